"""Calls over boto3."""

import sys
import threading
import time
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config

from cognitokit import (
    Boto3Transport,
    Call,
    UserPool,
)
from cognitokit.errors import (
    ConfigurationError,
    InvalidParameter,
    RequestTimeout,
    TooManyRequests,
    UnexpectedReply,
)
from tests.client.transports.canned_server import CannedServer
from tests.client.transports.ways import (
    GET_USER,
    POOL_ID,
    SIGN_IN,
    over_boto3,
    over_httpx,
    session_with_credentials,
)


def test_silence_over_boto3(silent: UserPool) -> None:
    """No answer in time is a RequestTimeout."""
    transport = Boto3Transport(
        session=session_with_credentials(), config=Config(read_timeout=0.05)
    ).for_pool(silent)

    with pytest.raises(RequestTimeout) as raised:
        transport.send(SIGN_IN)
    assert raised.value.sent is True
    transport.close()


def test_an_injected_boto3_client(pool: UserPool, server: CannedServer) -> None:
    """A boto3 client of the caller's is used for everything, as it was made."""
    session = session_with_credentials()
    client = session.client("cognito-idp", region_name="eu-west-1", endpoint_url=server.url)
    transport = Boto3Transport(client=client).for_pool(UserPool("us-east-1_AbCd"))

    transport.send(SIGN_IN)
    transport.send(GET_USER)
    transport.close()
    transport.send(GET_USER)

    assert "authorization" not in server.asked[0].headers
    assert "/eu-west-1/" in server.asked[1].headers["authorization"]


def test_other_users_of_an_injected_boto3_client(pool: UserPool, server: CannedServer) -> None:
    """A page is no success for us; whoever else uses the same client gets what boto3 makes of it."""
    session = session_with_credentials()
    client = session.client("cognito-idp", region_name="eu-west-1", endpoint_url=server.url)
    transports = [Boto3Transport(client=client).for_pool(pool) for _ in range(2)]
    server.answer(b"<html>")

    for transport in transports:
        with pytest.raises(UnexpectedReply):
            transport.send(SIGN_IN)

    reply: dict[str, Any] = dict(client.initiate_auth(**SIGN_IN.params))
    assert {"ResponseMetadata"} == set(reply)


def test_our_boto3_config(pool: UserPool, server: CannedServer) -> None:
    """Our boto3 clients try once, time out like a login page should, and a given Config goes before."""
    transport = Boto3Transport(
        session=session_with_credentials(),
        config=Config(read_timeout=7, user_agent_extra="shop/1.0"),
    ).for_pool(pool)
    server.answer({"__type": "TooManyRequestsException", "message": ""}, 400)

    with pytest.raises(TooManyRequests):
        transport.send(SIGN_IN)
    with pytest.raises(TooManyRequests):
        transport.send(GET_USER)

    configs: list[Any] = [client.meta.config for client in transport._made.values()]
    assert len(server.asked) == 2
    assert {(3.0, 7)} == {(config.connect_timeout, config.read_timeout) for config in configs}
    assert all("shop/1.0 cognitokit" in asked.headers["user-agent"] for asked in server.asked)
    transport.close()


ENDPOINTS = {
    "AWS_ENDPOINT_URL": "http://elsewhere.example",
    "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": "http://elsewhere.example",
}


class ReadableBytes(BytesIO):
    """Bytes as urllib3 gives them."""

    def stream(self, *_: Any, **__: Any) -> Any:
        """All of them."""
        yield self.read()


def noting_session(hosts: list[str]) -> boto3.Session:
    """A boto3 session whose clients note where they would send to, and send nothing."""

    def note(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        hosts.append(str(urlsplit(request.url).hostname))
        return AWSResponse(request.url, 200, HTTPHeaders(), ReadableBytes(b"{}"))

    session = boto3.Session("AKIDEXAMPLE", "secret-key", "session-token")
    events: Any = session.events
    events.register("before-send.cognito-identity-provider", note)
    return session


@pytest.mark.parametrize("variable", ENDPOINTS)
def test_the_environment_does_not_say_where_passwords_go(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls go to the pool's own endpoint, as over HTTP, whatever boto3 would take from the environment."""
    monkeypatch.setenv(variable, ENDPOINTS[variable])
    hosts: list[str] = []
    session = noting_session(hosts)
    fips = Config(use_fips_endpoint=True)

    for pool, config in (
        (UserPool(POOL_ID), None),
        (UserPool("us-east-1_AbCd"), fips),
        (UserPool(POOL_ID, endpoint_url="https://pool.example"), None),
    ):
        transport = Boto3Transport(session=session, config=config).for_pool(pool)
        transport.send(SIGN_IN)
        transport.send(GET_USER)
        transport.close()

    assert [
        *2 * ["cognito-idp.eu-west-1.amazonaws.com"],
        *2 * ["cognito-idp-fips.us-east-1.amazonaws.com"],
        *2 * ["pool.example"],
    ] == hosts


@pytest.mark.parametrize("variable", ENDPOINTS)
def test_a_client_of_the_callers_obeys_the_environment(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A given boto3 client stays as it was made, and a Config that asks for the environment's endpoint wins."""
    monkeypatch.setenv(variable, ENDPOINTS[variable])
    hosts: list[str] = []
    session = noting_session(hosts)

    client = session.client("cognito-idp", region_name="eu-west-1")
    settings: dict[str, Any] = {"ignore_configured_endpoint_urls": False}
    for transport in (
        Boto3Transport(client=client),
        Boto3Transport(session=session, config=Config(**settings)),
    ):
        transport.for_pool(UserPool(POOL_ID)).send(SIGN_IN)

    assert ["elsewhere.example", "elsewhere.example"] == hosts


def test_boto3_clients_are_made_once(pool: UserPool, server: CannedServer) -> None:
    """However many threads begin at once, each kind of client is made once."""
    transport = Boto3Transport(session=session_with_credentials()).for_pool(pool)
    made = []
    make = transport._make

    def noting(*, public: bool) -> Any:
        made.append(public)
        return make(public=public)

    transport._make = noting  # type: ignore[method-assign]
    threads = [
        threading.Thread(target=transport.send, args=(call,)) for call in (SIGN_IN, GET_USER) * 8
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [False, True] == sorted(made)
    assert len(server.asked) == 16
    transport.close()


def test_a_thread_that_waits_for_a_boto3_client(pool: UserPool, server: CannedServer) -> None:
    """Whoever comes while a client is being made waits for it, and makes none."""
    transport = Boto3Transport(session=session_with_credentials()).for_pool(pool)
    second = threading.Thread(target=transport.send, args=(SIGN_IN,))
    make = transport._make

    def slowly(*, public: bool) -> Any:
        assert not second.is_alive(), "it is made a second time"
        second.start()
        while (frame := sys._current_frames().get(second.ident or 0)) is None or (
            frame.f_code is not Boto3Transport._client_for.__code__
        ):
            time.sleep(0.001)
        return make(public=public)

    transport._make = slowly  # type: ignore[method-assign]
    transport.send(SIGN_IN)
    second.join()

    assert len(server.asked) == 2
    transport.close()


@pytest.mark.parametrize(
    ("params", "members"),
    [
        ({"Username": "jane"}, ["UserPoolId"]),
        ({"UserPoolId": POOL_ID, "Username": "jane", "Pasword": "x"}, ["Pasword"]),
        ({"UserPoolId": "", "Username": ""}, ["UserPoolId", "Username"]),
    ],
)
def test_boto3_checks_members(
    pool: UserPool, params: Mapping[str, Any], members: list[str]
) -> None:
    """What boto3 refuses before sending is an InvalidParameter that names the members."""
    with over_boto3(pool) as send, pytest.raises(InvalidParameter) as raised:
        send(Call("AdminGetUser", params))

    assert all(member in str(raised.value) for member in members)


def test_an_operation_that_boto3_does_not_know(pool: UserPool, server: CannedServer) -> None:
    """boto3 cannot make an operation that it does not know, and says what to do; HTTP can."""
    with over_boto3(pool) as send, pytest.raises(ConfigurationError, match="update boto3"):
        send(Call("BrandNewOperation", {}))
    with over_httpx(pool) as send:
        assert {} == send(Call("BrandNewOperation", {}))


def test_what_boto3_cannot_be_made_with(pool: UserPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that boto3 refuses are a ConfigurationError with boto3's reason."""
    monkeypatch.setenv("AWS_RETRY_MODE", "zealous")

    with pytest.raises(ConfigurationError, match="zealous"):
        Boto3Transport().for_pool(pool).send(SIGN_IN)
