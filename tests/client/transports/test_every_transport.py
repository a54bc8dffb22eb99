"""What every transport does alike: the wire, the errors, the secrets."""

import logging
import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import boto3
import botocore.session
import httpx
import httpx2
import pytest
from botocore.config import Config

from cognitokit import (
    AsyncCognitoClient,
    AsyncHttpTransport,
    Boto3Transport,
    Call,
    CognitoClient,
    HttpTransport,
    UserPool,
)
from cognitokit.errors import (
    CognitoKitError,
    ConfigurationError,
    ConnectionFailed,
    CredentialsRejected,
    InternalError,
    InvalidParameter,
    MissingCredentials,
    NotAuthorized,
    ServiceFault,
    TooManyRequests,
    UnexpectedReply,
    UserNotFound,
)
from tests.client.scripted import CLIENT
from tests.client.transports.canned_server import CannedServer
from tests.client.transports.ways import (
    GET_USER,
    HTTP_WAYS,
    POOL_ID,
    SIGN_IN,
    TLS,
    WAYS,
    session_with_credentials,
)

NOT_A_CLIENT: Any = object()

SECRETS = {"USERNAME": "jane", "PASSWORD": "pass wörd!1"}
REVOKE = Call("RevokeToken", {"Token": "r", "ClientId": CLIENT})
"""An operation whose answer has no members."""


def test_what_is_on_the_wire(send: Callable[[Call], Any], server: CannedServer) -> None:
    """A public operation is one POST of JSON 1.1, unsigned, that names itself and this library."""
    server.answer({"ChallengeName": "SMS_MFA", "Session": "s" * 20})

    assert {"ChallengeName": "SMS_MFA", "Session": "s" * 20} == send(SIGN_IN)
    [asked] = server.asked
    assert asked.path == "/"
    assert asked.headers["content-type"] == "application/x-amz-json-1.1"
    assert asked.headers["x-amz-target"] == "AWSCognitoIdentityProviderService.InitiateAuth"
    assert "authorization" not in asked.headers
    assert "cognitokit" in asked.headers["user-agent"]
    assert SIGN_IN.params == asked.members


def test_signed(send: Callable[[Call], Any], server: CannedServer) -> None:
    """Any other operation is signed with the session's credentials for Cognito in the pool's region."""
    send(GET_USER)

    [asked] = server.asked
    credential = asked.headers["authorization"].partition("Credential=")[2].partition(",")[0]
    assert credential.startswith("AKIDEXAMPLE/")
    assert credential.endswith("/eu-west-1/cognito-idp/aws4_request")
    assert asked.headers["x-amz-security-token"] == "session-token"
    assert "x-amz-date" in asked.headers


def test_times_are_datetimes(send: Callable[[Call], Any], server: CannedServer) -> None:
    """Epoch seconds come back as aware datetimes, at every depth."""
    server.answer({"Username": "jane", "UserCreateDate": 1795233365.5, "UserAttributes": []})

    created = send(GET_USER)["UserCreateDate"]

    assert datetime(2026, 11, 21, 3, 56, 5, 500_000, tzinfo=UTC) == created.astimezone(UTC)


ERRORS: list[tuple[str, int, Any, dict[str, str], type[CognitoKitError], str]] = [
    ("plain", 400, {"__type": "NotAuthorizedException", "message": "no"}, {}, NotAuthorized, "no"),
    (
        "namespace",
        400,
        {"__type": "com.x#UserNotFoundException", "Message": "who"},
        {},
        UserNotFound,
        "who",
    ),
    (
        "colon",
        400,
        {"__type": "UserNotFoundException:http://internal.amazon.com/", "message": ""},
        {},
        UserNotFound,
        "",
    ),
    (
        "throttled",
        400,
        {"__type": "ThrottlingException", "message": "slow"},
        {},
        TooManyRequests,
        "slow",
    ),
    (
        "fault",
        500,
        {"__type": "InternalErrorException", "message": "oops"},
        {},
        InternalError,
        "oops",
    ),
    ("credentials", 400, {"__type": "UnrecognizedClientException"}, {}, CredentialsRejected, ""),
    ("new on 500", 500, {"__type": "BrandNewException", "message": "x"}, {}, ServiceFault, "x"),
]


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind", "message"),
    [row[1:] for row in ERRORS],
    ids=[row[0] for row in ERRORS],
)
def test_error_answers(
    send: Callable[[Call], Any],
    server: CannedServer,
    status: int,
    body: Any,
    headers: dict[str, str],
    kind: type[CognitoKitError],
    message: str,
) -> None:
    """Cognito's errors become ours by their code, with message, operation and request id."""
    server.answer(body, status, x_amzn_requestid="r-1", **headers)

    with pytest.raises(kind) as raised:
        send(GET_USER)

    assert kind is type(raised.value)
    assert body["__type"].partition(":")[0].rpartition("#")[2] == raised.value.code  # type: ignore[attr-defined]
    assert message == raised.value.message  # type: ignore[attr-defined]
    assert raised.value.operation == "AdminGetUser"  # type: ignore[attr-defined]
    assert raised.value.request_id == "r-1"  # type: ignore[attr-defined]


def test_reason_code(send: Callable[[Call], Any], server: CannedServer) -> None:
    """InvalidParameter keeps Cognito's reasonCode."""
    server.answer({"__type": "InvalidParameterException", "message": "m", "reasonCode": "why"}, 400)

    with pytest.raises(InvalidParameter) as raised:
        send(GET_USER)
    assert raised.value.reason_code == "why"


@pytest.mark.parametrize("way", HTTP_WAYS)
def test_the_code_may_be_in_a_header(way: str, pool: UserPool, server: CannedServer) -> None:
    """Where the body names no error, x-amzn-ErrorType does."""
    server.answer({"message": "no"}, 400, x_amzn_errortype="NotAuthorizedException:http://x/")

    with WAYS[way](pool) as send, pytest.raises(NotAuthorized, match="no"):
        send(SIGN_IN)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (403, b"<html>proxy</html>", UnexpectedReply),
        (404, b"{}", UnexpectedReply),
        (429, b"<html>slow down</html>", TooManyRequests),
        (502, b"<html>bad gateway</html>", ServiceFault),
        (503, b"", ServiceFault),
        (400, b"[1]", UnexpectedReply),
        (400, b'{"__type": "two words"}', CognitoKitError),
    ],
)
def test_answers_of_somebody_else(
    send: Callable[[Call], Any],
    server: CannedServer,
    status: int,
    body: bytes,
    kind: type[CognitoKitError],
) -> None:
    """A proxy's page, an empty error or odd JSON is told from Cognito's errors.

    Outages and too many requests are retryable, and nothing else.
    """
    server.answer(body, status)

    with pytest.raises(kind) as raised:
        send(GET_USER)
    assert raised.value.retryable is (status == 429 or status >= 500)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("body", [b"<html>", b"[]", b"5", b"\xff", b"[" * 100_000])
def test_success_that_is_no_object(
    way: str, pool: UserPool, server: CannedServer, body: bytes
) -> None:
    """A page with status 200 is not an answer of Cognito's; an empty one is an answer without members."""
    server.answer(body)
    with WAYS[way](pool) as send:
        for call in (SIGN_IN, REVOKE, GET_USER):
            with pytest.raises(UnexpectedReply) as raised:
                send(call)
            assert call.operation == raised.value.operation

    server.answer(b"")
    with WAYS[way](pool) as send:
        assert {} == send(SIGN_IN) == send(REVOKE)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", [201, 202, 204, 206, 300])
def test_success_of_another_kind(
    way: str, pool: UserPool, server: CannedServer, status: int
) -> None:
    """Cognito answers 200; any other success is a proxy's, and no sign-in."""
    server.answer(b"" if status == 204 else {"ChallengeName": "SMS_MFA"}, status)
    with WAYS[way](pool) as send, pytest.raises(UnexpectedReply):
        send(SIGN_IN)

    server.answer({"ChallengeName": "SMS_MFA"})
    with WAYS[way](pool) as send:
        assert {"ChallengeName": "SMS_MFA"} == send(SIGN_IN)


def test_secrets_in_answers(send: Callable[[Call], Any], server: CannedServer) -> None:
    """A message that quotes the password does not reach the caller with it."""
    server.answer(
        {"__type": "InvalidParameterException", "message": "bad 'pass wörd!1' of jane"}, 400
    )

    with pytest.raises(InvalidParameter) as raised:
        send(Call("InitiateAuth", {**SIGN_IN.params, "AuthParameters": SECRETS}))
    assert "bad '***' of jane" == raised.value.message


def test_redirects_are_not_followed(send: Callable[[Call], Any], server: CannedServer) -> None:
    """A redirect would take the password elsewhere: it is an unexpected reply."""
    server.answer(b"", 307, location=server.url + "/elsewhere")

    with pytest.raises(CognitoKitError):
        send(SIGN_IN)
    assert {"/"} == {asked.path for asked in server.asked}
    assert len(server.asked) == 1


def test_a_connection_that_breaks(send: Callable[[Call], Any], server: CannedServer) -> None:
    """A connection that breaks after the request went out may have taken effect."""
    server.hang_up = True

    with pytest.raises(ConnectionFailed) as raised:
        send(SIGN_IN)
    assert raised.value.sent is True
    assert len(server.asked) == 1


@pytest.mark.parametrize("way", WAYS)
def test_nobody_there(way: str) -> None:
    """A connection that was never made surely had no effect."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = UserPool(POOL_ID, endpoint_url=f"http://127.0.0.1:{unused.getsockname()[1]}")
        with WAYS[way](nobody) as send, pytest.raises(ConnectionFailed) as raised:
            send(SIGN_IN)

    assert raised.value.sent is False
    assert raised.value.operation == "InitiateAuth"


def test_public_operations_look_for_no_credentials(
    server: CannedServer, pool: UserPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any credentials a sign-in works over every transport, and nobody looked for some."""

    def looked(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(botocore.session.Session, "get_credentials", looked)
    monkeypatch.setattr("botocore.credentials.CredentialResolver.load_credentials", looked)
    http = HttpTransport().for_pool(pool)
    unsigned = Boto3Transport().for_pool(pool)

    http.send(SIGN_IN)
    unsigned.send(SIGN_IN)

    assert len(server.asked) == 2
    http.close()
    unsigned.close()


class NoCredentials:
    """A session that has none."""

    def get_credentials(self) -> None:
        """Return none."""
        return


@pytest.mark.parametrize("way", ["boto3", "httpx", "asyncio"])
def test_without_credentials(way: str, pool: UserPool, server: CannedServer) -> None:
    """A signed operation without credentials is MissingCredentials, which says what to do; nothing is sent."""
    sends: dict[str, Callable[[Call], object]] = {
        "boto3": Boto3Transport().for_pool(pool).send,
        "httpx": HttpTransport(session=NoCredentials()).for_pool(pool).send,
        "asyncio": lambda call: anyio.run(AsyncHttpTransport().for_pool(pool).send, call),
    }

    with pytest.raises(MissingCredentials, match="AWS_ACCESS_KEY_ID"):
        sends[way](GET_USER)
    assert [] == server.asked


def test_a_profile_that_is_not_there(pool: UserPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that does not exist is MissingCredentials, which names it; public operations need none."""
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    transports: list[Any] = [HttpTransport(), Boto3Transport()]

    for transport in transports:
        bound = transport.for_pool(pool)
        with pytest.raises(MissingCredentials, match="there is no AWS profile 'nobody'"):
            bound.send(GET_USER)
        assert {} == bound.send(SIGN_IN)
        with pytest.raises(MissingCredentials):
            bound.send(GET_USER)
        bound.close()


def test_a_configuration_that_cannot_be_read(
    pool: UserPool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is wrong with AWS's own files is told as it is: a sign-in is not said to need a signature."""
    broken = tmp_path / "config"
    broken.write_text("no section\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(broken))
    transport = Boto3Transport().for_pool(pool)

    with pytest.raises(ConfigurationError, match="Unable to parse config file") as raised:
        transport.send(SIGN_IN)
    assert "signed" not in str(raised.value)
    with pytest.raises(MissingCredentials):
        transport.send(GET_USER)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("params", "member"),
    [
        ({"UserPoolId": POOL_ID, "Username": {1, 2}}, "Username"),
        ({"UserPoolId": object(), "Username": "hunter2"}, "UserPoolId"),
        ({"UserPoolId": POOL_ID, "Username": float("nan")}, "Username"),
    ],
)
def test_members_of_wrong_types(
    way: str, pool: UserPool, server: CannedServer, params: Mapping[str, Any], member: str
) -> None:
    """A member that cannot be sent is refused by its name, without its value, before anything is sent."""
    with WAYS[way](pool) as send, pytest.raises(InvalidParameter, match=member) as raised:
        send(Call("AdminGetUser", params))

    assert "hunter2" not in str(raised.value)
    assert [] == server.asked


@pytest.mark.parametrize(
    "make",
    [
        lambda: Boto3Transport(client=NOT_A_CLIENT),
        lambda: Boto3Transport(client=session_with_credentials().client("s3")),
        lambda: Boto3Transport(
            client=session_with_credentials().client("cognito-idp", region_name="eu-west-1"),
            config=Config(),
        ),
        lambda: Boto3Transport(session=NOT_A_CLIENT),
        lambda: Boto3Transport(config={"read_timeout": 1}),  # type: ignore[arg-type]
        lambda: HttpTransport(session=NOT_A_CLIENT),
        lambda: AsyncHttpTransport(session="default"),  # type: ignore[arg-type]
        lambda: HttpTransport(client=NOT_A_CLIENT),
        lambda: HttpTransport(client=httpx.AsyncClient(verify=TLS)),
        lambda: AsyncHttpTransport(client=httpx2.Client(verify=TLS)),  # type: ignore[arg-type]
    ],
)
def test_wrong_clients_are_refused(make: Callable[[], object]) -> None:
    """A client that the transport cannot use is refused when the transport is made."""
    with pytest.raises(ConfigurationError):
        make()


@pytest.mark.parametrize("transport", [Boto3Transport(), HttpTransport()])
def test_an_unbound_transport(transport: Any) -> None:
    """A transport that belongs to no client yet says so."""
    with pytest.raises(ConfigurationError, match="knows the pool"):
        transport.send(SIGN_IN)


@pytest.mark.parametrize(
    "transport",
    [object(), httpx.Client(), AsyncHttpTransport(), "boto3", boto3.Session],
)
def test_what_is_no_transport(transport: Any) -> None:
    """CognitoClient refuses what is no transport for threads, with the way to wrap it."""
    with pytest.raises(ConfigurationError, match="HttpTransport"):
        CognitoClient(POOL_ID, client_id=CLIENT, transport=transport)


@pytest.mark.parametrize("transport", [object(), HttpTransport(), Boto3Transport()])
def test_what_is_no_async_transport(transport: Any) -> None:
    """AsyncCognitoClient refuses what is no transport for tasks."""
    with pytest.raises(ConfigurationError, match="AsyncHttpTransport"):
        AsyncCognitoClient(POOL_ID, client_id=CLIENT, transport=transport)


def test_nothing_secret_is_logged(
    send: Callable[[Call], Any], server: CannedServer, caplog: pytest.LogCaptureFixture
) -> None:
    """At the lowest level no logger of ours writes anything of a request or an answer."""
    caplog.set_level(logging.DEBUG)
    server.answer({"__type": "NotAuthorizedException", "message": "pass wörd"}, 400)

    with pytest.raises(NotAuthorized):
        send(SIGN_IN)

    ours = [
        record.getMessage() for record in caplog.records if record.name.startswith("cognitokit")
    ]
    assert not [line for line in ours if "wörd" in line]
