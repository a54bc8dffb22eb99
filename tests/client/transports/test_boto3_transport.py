"""Calls over boto3."""

import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest
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
