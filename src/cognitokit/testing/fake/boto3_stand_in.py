"""A real boto3 client whose requests end in the pool instead of the network.

Serialising, validating, errors and paginators are therefore boto3's own.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from botocore.session import Session

from cognitokit.errors import RequestTimeout, ServiceError, ServiceFault, TransportError
from cognitokit.testing.fake import service_model

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from botocore.awsrequest import AWSPreparedRequest

    from cognitokit.testing.fake.pool import FakePool

_NOTHING = (None, None, None, None)
_NOWHERE = (None, None, os.devnull, None)


def boto3_client(pool: FakePool, region: str) -> Any:
    """Return a boto3 client of "cognito-idp" that the pool answers.

    It looks for no profile, no configuration file and no credentials, and makes one attempt.
    """
    core = Session(
        {
            "profile": _NOTHING,
            "config_file": _NOWHERE,
            "credentials_file": _NOWHERE,
            "ignore_configured_endpoint_urls": (None, None, True, None),
        }
    )
    core.set_credentials("fake", "fake")
    # Its data files are most of what a client costs: read once for all pools.
    core.register_component("data_loader", service_model.loader())
    session: Any = boto3.Session(region_name=region, botocore_session=core)
    config = Config(retries={"total_max_attempts": 1}, proxies={})
    client = session.client("cognito-idp", config=config)

    def answer(request: AWSPreparedRequest, **context: Any) -> AWSResponse:
        operation = context["event_name"].rpartition(".")[2]
        body: Any = request.body
        try:
            reply = pool.handle(operation, json.loads(body))
        except ServiceError as error:
            status = 500 if isinstance(error, ServiceFault) else 400
            failure = {"__type": error.code, "message": error.message}
            return _response(request.url, status, failure, error.request_id)
        except TransportError as error:
            timed_out = isinstance(error, RequestTimeout)
        else:
            return _response(request.url, 200, reply, pool.new_request_id())
        if timed_out:
            raise ReadTimeoutError(endpoint_url=request.url)
        raise EndpointConnectionError(endpoint_url=request.url)

    client.meta.events.register("before-send.cognito-identity-provider", answer)
    return client


class _Body:
    """What AWSResponse reads a body from."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Any:
        yield self._content


def _response(url: str, status: int, body: Any, request_id: str | None) -> AWSResponse:
    headers = HTTPHeaders()
    headers["Content-Type"] = "application/x-amz-json-1.1"
    headers["x-amzn-RequestId"] = request_id or ""
    content = json.dumps(body, default=_epoch_seconds).encode()
    return AWSResponse(url, status, headers, _Body(content))


def _epoch_seconds(value: datetime) -> float:
    return value.timestamp()
