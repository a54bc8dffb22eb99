"""Calls over boto3."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import boto3
import botocore
import botocore.exceptions as faults
from botocore.config import Config
from botocore.session import Session as BotocoreSession

from cognitokit.client.failures import service_error, unnamed_error
from cognitokit.client.operations import PUBLIC_OPERATIONS
from cognitokit.client.transports.defaults import CONNECT_TIMEOUT, READ_TIMEOUT, user_agent
from cognitokit.client.transports.signing import NO_CREDENTIALS, missing_credentials
from cognitokit.client.transports.wire import json_object
from cognitokit.errors import (
    CognitoKitError,
    ConfigurationError,
    ConnectionFailed,
    InvalidParameter,
    RequestTimeout,
    UnexpectedReply,
)
from cognitokit.pool import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.client import BaseClient

    from cognitokit.client.calls import Call
    from cognitokit.pool import UserPool

_NEVER_SENT = (
    faults.ConnectTimeoutError,
    faults.EndpointConnectionError,
    faults.ProxyConnectionError,
    faults.SSLError,
)
_TIMEOUTS = (faults.ConnectTimeoutError, faults.ReadTimeoutError)
_BROKEN = (
    faults.ConnectionError,
    faults.HTTPClientError,
    faults.IncompleteReadError,
)


_PARSING = "before-parse.cognito-identity-provider"

_UNSET = None, None, None, None
"""A setting of botocore's that is read from nowhere."""

_ours = threading.local()
"""Its `call` is the call that this thread is sending for us: a caller's client has other users too."""


class Boto3Transport:
    """Talks to Cognito through boto3.

    Without `client` it makes its own two, each when it is first needed: an unsigned one for the
    public operations, which therefore looks for no credentials, and a signed one for the rest.
    Both make one attempt: repeating is the cognitokit client's business, which knows what is safe
    to repeat. They connect within 3 seconds and wait 10 for each part of an answer: a server that
    drips takes longer in all. Where they go follows from the pool, over this transport as over any
    other: AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER and the endpoint_url of a
    profile do not count. Give `UserPool(endpoint_url=...)` or set COGNITO_ENDPOINT_URL instead. What
    is for loopback passes no proxy of the environment.

    Args:
        client: A boto3 client of "cognito-idp" to use for everything. Its region, endpoint,
            credentials, timeouts and retries are as you made it; give it
            `Config(retries={"total_max_attempts": 1})` unless you want retries on top of ours.
        session: The boto3.Session to make clients from: its credentials, its profile.
        config: A botocore Config whose values go before ours.

    Raises:
        ConfigurationError: client is not one of Cognito's, or is given together with session or
            config; session or config is none.
    """

    def __init__(
        self,
        *,
        client: BaseClient | None = None,
        session: boto3.Session | None = None,
        config: Config | None = None,
    ) -> None:
        if client is not None and (session is not None or config is not None):
            raise ConfigurationError(
                "Give Boto3Transport a client, or a session and a config to make clients from; not both."
            )
        if client is not None and _service_of(client) != "cognito-idp":
            raise ConfigurationError(
                "client must be one of boto3's, made with boto3.client('cognito-idp')."
            )
        if not (session is None or callable(getattr(session, "client", None))):
            raise ConfigurationError("session must be a boto3.Session.")
        if not (config is None or isinstance(cast("object", config), Config)):
            raise ConfigurationError("config must be a botocore.config.Config.")
        if client is not None:
            _watch(client)
        self._client = client
        self._session = session
        self._config = config
        self._pool: UserPool | None = None
        self._made: dict[bool, BaseClient] = {}
        self._methods: Mapping[str, str] = {}
        self._lock = threading.Lock()

    def for_pool(self, pool: UserPool) -> Boto3Transport:
        """Return a transport with the same settings to the pool's region or endpoint."""
        bound = Boto3Transport(client=self._client, session=self._session, config=self._config)
        bound._pool = pool
        return bound

    def send(self, call: Call) -> Mapping[str, Any]:
        """Carry one call to Cognito. See Transport.send."""
        failure: CognitoKitError
        _ours.call = call
        try:
            client = self._client_for(call.operation)
            method = self._methods.get(call.operation)
            if method is None:
                failure = ConfigurationError(
                    f"boto3 {boto3.__version__} does not know the operation {call.operation}: "
                    "check its name, update boto3, or use HttpTransport."
                )
            else:
                body: dict[str, Any] = getattr(client, method)(**call.params)
                body.pop("ResponseMetadata", None)
                return body
        except CognitoKitError as error:
            failure = error
        except faults.ClientError as error:
            failure = _service_error(call, error)
        except (faults.ParamValidationError, faults.ValidationError) as error:
            failure = _invalid(call, self._client_for(call.operation), str(error))
        except faults.BotoCoreError as error:
            failure = _other_error(call, error)
        except Exception as error:  # noqa: BLE001 - boto3's frames hold the request
            failure = UnexpectedReply(
                f"boto3 could not read the answer ({type(error).__name__}).",
                operation=call.operation,
            )
        finally:
            _ours.call = None
        raise failure

    def close(self) -> None:
        """Close the connections of the clients that this transport made."""
        with self._lock:
            made, self._made = self._made, {}
        for client in made.values():
            client.close()

    def _client_for(self, operation: str) -> BaseClient:
        if self._client is not None:
            if not self._methods:
                self._methods = _methods_of(self._client)
            return self._client
        public = operation in PUBLIC_OPERATIONS
        client = self._made.get(public)
        if client is None:
            with self._lock:  # making a client is not thread-safe in boto3
                client = self._made.get(public)
                if client is None:
                    client = self._make(public=public)
                    _watch(client)
                    self._methods = self._methods or _methods_of(client)
                    self._made[public] = client
        return client

    def _make(self, *, public: bool) -> BaseClient:
        if self._pool is None:
            raise ConfigurationError("Give the transport to a CognitoClient, which knows the pool.")
        settings: dict[str, Any] = {
            "connect_timeout": CONNECT_TIMEOUT,
            "read_timeout": READ_TIMEOUT,
            "retries": {"total_max_attempts": 1},
            "user_agent_extra": user_agent(),
            # Where the passwords go follows from the pool, not from AWS_ENDPOINT_URL and the like.
            "ignore_configured_endpoint_urls": True,
        }
        if is_loopback(urlsplit(self._pool.endpoint_url or "").hostname or ""):
            settings["proxies"] = {}  # the environment's is for what leaves this machine
        config = Config(**settings)
        if self._config is not None:
            config = config.merge(self._config)
            theirs = getattr(self._config, "user_agent_extra", None)
            if theirs:
                config = config.merge(Config(user_agent_extra=f"{theirs} {user_agent()}"))
        if public:
            config = config.merge(Config(signature_version=botocore.UNSIGNED))
        make: Callable[..., BaseClient] = cast("Any", self._session_for(public=public)).client
        return make(
            "cognito-idp",
            region_name=self._pool.region,
            endpoint_url=self._pool.endpoint_url,
            config=config,
        )

    def _session_for(self, *, public: bool) -> boto3.Session:
        if self._session is None:
            try:
                self._session = boto3.Session()
            except faults.ProfileNotFound:
                if not public:
                    raise
                # What a profile is for is credentials, and a public operation needs none.
                return boto3.Session(botocore_session=BotocoreSession({"profile": _UNSET}))
        return self._session


def _watch(client: BaseClient) -> None:
    """Have a client's answers looked at before boto3 reads them, in calls of ours."""
    events: Any = client.meta.events
    events.register(_PARSING, _refuse_what_is_no_answer, unique_id="cognitokit-answers")


def _refuse_what_is_no_answer(response_dict: Mapping[str, Any], **_: object) -> None:
    """Refuse what is no answer of Cognito's: boto3 reads any page with status 200 as success."""
    call: Call | None = getattr(_ours, "call", None)
    status = response_dict["status_code"]
    if call is None or status > 300:  # noqa: PLR2004 - an error, as boto3 tells them
        return
    if status != 200 or json_object(response_dict["body"]) is None:  # noqa: PLR2004 - OK
        raise UnexpectedReply(operation=call.operation)


def _service_of(client: BaseClient) -> object:
    meta = getattr(client, "meta", None)
    return getattr(getattr(meta, "service_model", None), "service_name", None)


def _methods_of(client: BaseClient) -> dict[str, str]:
    return {operation: method for method, operation in client.meta.method_to_api_mapping.items()}


def _service_error(call: Call, error: faults.ClientError) -> CognitoKitError:
    response: Mapping[str, Any] = error.response
    described = response.get("Error", {})
    metadata = response.get("ResponseMetadata", {})
    code = str(described.get("Code") or "")
    status = int(metadata.get("HTTPStatusCode") or 400)
    if not code or code.isdigit():
        return unnamed_error(call.operation, status)
    return service_error(
        call,
        code=code,
        message=str(described.get("Message") or ""),
        status=status,
        request_id=metadata.get("RequestId"),
        reason_code=response.get("reasonCode"),
    )


def _invalid(call: Call, client: BaseClient, report: str) -> InvalidParameter:
    # boto3's own text quotes the values, so only the names of the members are taken from it.
    shape = client.meta.service_model.operation_model(call.operation).input_shape
    known = shape.members if shape else {}
    required = shape.required_members if shape else []
    wrong = [
        *(name for name in required if name not in call.params),
        *(name for name in call.params if name not in known),
        *(
            name
            for name in call.params
            if any(f"parameter {name}{end}" in report for end in (",", ".", "["))
        ),
    ]
    return InvalidParameter(
        f"{call.operation} does not take these members as they are given, or needs them: "
        f"{', '.join(wrong) or 'unknown'}. Check their types and lengths.",
        operation=call.operation,
    )


def _other_error(call: Call, error: faults.BotoCoreError) -> CognitoKitError:
    sent = not isinstance(error, _NEVER_SENT)
    if isinstance(error, _TIMEOUTS):
        return RequestTimeout(operation=call.operation, sent=sent)
    if isinstance(error, _BROKEN):
        return ConnectionFailed(operation=call.operation, sent=sent)
    if isinstance(error, NO_CREDENTIALS) and call.operation not in PUBLIC_OPERATIONS:
        return missing_credentials(call.operation, error)
    return ConfigurationError(f"boto3 cannot make the call {call.operation}: {error}")
