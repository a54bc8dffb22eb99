"""Carrying calls to Cognito: over boto3, and over httpx or httpx2 from threads, asyncio and trio."""

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import Any

import anyio
import boto3
import botocore.session
import httpx
import httpx2
import pytest
from botocore.config import Config
from botocore.credentials import Credentials

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
    RequestTimeout,
    ServiceFault,
    TooManyRequests,
    TransportError,
    UnexpectedReply,
    UserNotFound,
)
from tests.client.canned_server import CannedServer, canned_server
from tests.client.scripted import CLIENT

POOL_ID = "eu-west-1_AbCdEfGhI"
TLS = ssl.create_default_context()
"""Made once: loading certificates takes longer than a test."""
SIGN_IN = Call(
    "InitiateAuth",
    {
        "ClientId": CLIENT,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "jane", "PASSWORD": "pass wörd"},
    },
)
GET_USER = Call("AdminGetUser", {"UserPoolId": POOL_ID, "Username": "jane"})


NOT_A_CLIENT: Any = object()


class Session:
    """Something with credentials."""

    def get_credentials(self) -> Credentials:
        """Return them."""
        return Credentials("AKIDEXAMPLE", "secret-key", "session-token")


@cache
def session_with_credentials() -> boto3.Session:
    """A boto3 session with the same credentials, one for all: it keeps the service model loaded."""
    return boto3.Session("AKIDEXAMPLE", "secret-key", "session-token")


@contextlib.contextmanager
def over_boto3(pool: UserPool) -> Iterator[Callable[[Call], Any]]:
    """boto3, of its own making."""
    transport = Boto3Transport(session=session_with_credentials()).for_pool(pool)
    yield transport.send
    transport.close()


@contextlib.contextmanager
def over_httpx(pool: UserPool) -> Iterator[Callable[[Call], Any]]:
    """httpx, of its own making."""
    transport = HttpTransport(session=Session()).for_pool(pool)
    yield transport.send
    transport.close()


@contextlib.contextmanager
def over_httpx2(pool: UserPool) -> Iterator[Callable[[Call], Any]]:
    """A caller's httpx2 client."""
    with httpx2.Client(verify=TLS) as client:
        yield HttpTransport(client=client, session=Session()).for_pool(pool).send


def awaited(
    backend: str, make: Callable[[], contextlib.AbstractAsyncContextManager[AsyncHttpTransport]]
) -> Callable[[UserPool], Any]:
    """A way to send from a task."""

    @contextlib.contextmanager
    def way(pool: UserPool) -> Iterator[Callable[[Call], Any]]:
        def send(call: Call) -> Any:
            async def run() -> Any:
                async with make() as transport:
                    return await transport.for_pool(pool).send(call)

            return anyio.run(run, backend=backend)

        yield send

    return way


@contextlib.asynccontextmanager
async def own_async() -> AsyncIterator[AsyncHttpTransport]:
    """httpx, of its own making."""
    async with httpx.AsyncClient(verify=TLS) as client:
        yield AsyncHttpTransport(client=client, session=Session())


@contextlib.asynccontextmanager
async def given_httpx2() -> AsyncIterator[AsyncHttpTransport]:
    """A caller's httpx2 client."""
    async with httpx2.AsyncClient(verify=TLS) as client:
        yield AsyncHttpTransport(client=client, session=Session())


WAYS = {
    "boto3": over_boto3,
    "httpx": over_httpx,
    "httpx2": over_httpx2,
    "asyncio": awaited("asyncio", own_async),
    "trio": awaited("trio", own_async),
    "asyncio-httpx2": awaited("asyncio", given_httpx2),
}
HTTP_WAYS = [name for name in WAYS if name != "boto3"]


@pytest.fixture(scope="module")
def _served() -> Iterator[CannedServer]:
    with canned_server() as server:
        yield server


@pytest.fixture
def server(_served: CannedServer) -> CannedServer:
    """A server that answers {} until told otherwise."""
    _served.asked.clear()
    _served.hang_up = False
    _served.answer({})
    return _served


@pytest.fixture
def pool(server: CannedServer) -> UserPool:
    """A pool whose API is the server."""
    return UserPool(POOL_ID, endpoint_url=server.url)


@pytest.fixture(params=WAYS)
def send(request: pytest.FixtureRequest, pool: UserPool) -> Iterator[Callable[[Call], Any]]:
    """Each way to carry a call."""
    with WAYS[request.param](pool) as way:
        yield way


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
    """A proxy's page, an empty error or odd JSON is told from Cognito's errors; only outages are retryable."""
    server.answer(body, status)

    with pytest.raises(kind) as raised:
        send(GET_USER)
    assert raised.value.retryable is (status >= 500)


@pytest.mark.parametrize("way", HTTP_WAYS)
@pytest.mark.parametrize("body", [b"<html>", b"[]", b"5", b"\xff", b"[" * 100_000])
def test_success_that_is_no_object(
    way: str, pool: UserPool, server: CannedServer, body: bytes
) -> None:
    """A page with status 200 is not an answer of Cognito's; an empty one is an answer without members."""
    server.answer(body)
    with WAYS[way](pool) as send, pytest.raises(UnexpectedReply):
        send(SIGN_IN)

    server.answer(b"")
    with WAYS[way](pool) as send:
        assert {} == send(SIGN_IN)


def test_secrets_in_answers(send: Callable[[Call], Any], server: CannedServer) -> None:
    """A message that quotes the password does not reach the caller with it."""
    server.answer(
        {"__type": "InvalidParameterException", "message": "bad 'pass wörd' of jane"}, 400
    )

    with pytest.raises(InvalidParameter) as raised:
        send(SIGN_IN)
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


@pytest.fixture
def silent() -> Iterator[UserPool]:
    """A pool behind a server that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield UserPool(POOL_ID, endpoint_url=f"http://127.0.0.1:{listener.getsockname()[1]}")


def test_silence_over_boto3(silent: UserPool) -> None:
    """No answer in time is a RequestTimeout."""
    transport = Boto3Transport(
        session=session_with_credentials(), config=Config(read_timeout=0.05)
    ).for_pool(silent)

    with pytest.raises(RequestTimeout) as raised:
        transport.send(SIGN_IN)
    assert raised.value.sent is True
    transport.close()


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_silence_over_http(silent: UserPool, library: Any) -> None:
    """The same with either library's own timeouts."""
    with library.Client(timeout=0.05) as client, pytest.raises(RequestTimeout) as raised:
        HttpTransport(client=client).for_pool(silent).send(SIGN_IN)
    assert raised.value.sent is True


@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize(
    ("fault", "kind", "sent"),
    [
        ("ConnectTimeout", RequestTimeout, False),
        ("PoolTimeout", RequestTimeout, False),
        ("ReadTimeout", RequestTimeout, True),
        ("WriteTimeout", RequestTimeout, True),
        ("ConnectError", ConnectionFailed, False),
        ("ProxyError", ConnectionFailed, False),
        ("ReadError", ConnectionFailed, True),
        ("RemoteProtocolError", ConnectionFailed, True),
        ("DecodingError", UnexpectedReply, True),
        ("TooManyRedirects", ConnectionFailed, True),
    ],
)
def test_every_http_fault_is_ours(
    library: Any, fault: str, kind: type[TransportError], sent: bool
) -> None:
    """Whatever either library raises becomes one of our errors, without its text."""

    def fail(request: Any) -> Any:
        raise getattr(library, fault)("pass wörd")

    with library.Client(transport=library.MockTransport(fail)) as client:
        transport = HttpTransport(client=client).for_pool(UserPool(POOL_ID))
        with pytest.raises(kind) as raised:
            transport.send(SIGN_IN)

    assert kind is type(raised.value)
    assert sent is raised.value.sent
    assert "wörd" not in str(raised.value)
    assert raised.value.__context__ is None


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_every_fault_class_is_mapped(library: Any) -> None:
    """No exception class of either library is left over: each is one of the families we map."""
    faults = [
        value
        for value in vars(library).values()
        if isinstance(value, type) and issubclass(value, Exception)
    ]
    families = (library.HTTPError, library.InvalidURL, library.StreamError, library.CookieConflict)
    left = [fault.__name__ for fault in faults if not issubclass(fault, families)]

    assert not [name for name in left if not name.startswith(("WebSocket", "SSE"))]


def test_a_foreign_exception_of_the_client() -> None:
    """A bug in an injected client is a ConnectionFailed that names its kind and nothing else."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise RuntimeError(request.content)

    with httpx.Client(transport=httpx.MockTransport(fail)) as client:
        transport = HttpTransport(client=client).for_pool(UserPool(POOL_ID))
        with pytest.raises(ConnectionFailed, match="RuntimeError") as raised:
            transport.send(SIGN_IN)
    assert "pass" not in str(raised.value)


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
    """A profile that does not exist is MissingCredentials too."""
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    with pytest.raises(MissingCredentials):
        HttpTransport().for_pool(pool).send(GET_USER)
    with pytest.raises(MissingCredentials):
        Boto3Transport().for_pool(pool).send(GET_USER)


def test_credentials_are_found_off_the_event_loop(pool: UserPool) -> None:
    """Looking for credentials blocks, so an async call does it in another thread."""
    threads = []

    class Slow(Session):
        def get_credentials(self) -> Credentials:
            threads.append(threading.current_thread())
            return super().get_credentials()

    async def main() -> None:
        async with httpx.AsyncClient() as client:
            await AsyncHttpTransport(client=client, session=Slow()).for_pool(pool).send(GET_USER)

    anyio.run(main)

    assert threading.main_thread() not in threads
    assert len(threads) == 1


def test_fips_and_dual_stack() -> None:
    """The endpoint options send calls to AWS's hosts for them, over either transport."""
    hosts = []

    def note(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(200, json={})

    with httpx.Client(transport=httpx.MockTransport(note)) as client:
        for fips, dual in ((False, False), (True, False), (False, True)):
            HttpTransport(
                client=client, use_fips_endpoint=fips, use_dualstack_endpoint=dual
            ).for_pool(UserPool("us-gov-west-1_AbCd")).send(SIGN_IN)

    assert [
        "cognito-idp.us-gov-west-1.amazonaws.com",
        "cognito-idp-fips.us-gov-west-1.amazonaws.com",
        "cognito-idp.us-gov-west-1.api.aws",
    ] == hosts


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


def test_bytes_and_times_go_out(pool: UserPool, server: CannedServer) -> None:
    """Bytes travel as base64 and datetimes as epoch seconds, as over boto3."""
    with over_httpx(pool) as send:
        send(
            Call(
                "SetUICustomization",
                {"ImageFile": b"\x00\x01", "When": datetime.fromtimestamp(5, UTC)},
            )
        )

    assert {"ImageFile": "AAE=", "When": 5.0} == server.asked[0].members


@pytest.mark.parametrize("value", [True, "yesterday", 1e30, None])
def test_times_that_are_none(pool: UserPool, server: CannedServer, value: object) -> None:
    """What is no point in time stays as it is, for the flow to refuse."""
    server.answer({"Groups": [{"CreationDate": value}]})

    with over_httpx(pool) as send:
        assert {"Groups": [{"CreationDate": value}]} == send(Call("ListGroups", {}))


def test_mappings_go_out(pool: UserPool, server: CannedServer) -> None:
    """Any mapping is an object on the wire."""
    with over_httpx(pool) as send:
        send(Call("BrandNewOperation", {"Settings": MappingProxyType({"A": 1})}))

    assert {"Settings": {"A": 1}} == server.asked[0].members


def test_an_operation_that_boto3_does_not_know(pool: UserPool, server: CannedServer) -> None:
    """boto3 cannot make an operation that it does not know, and says what to do; HTTP can."""
    with over_boto3(pool) as send, pytest.raises(ConfigurationError, match="update boto3"):
        send(Call("BrandNewOperation", {}))
    with over_httpx(pool) as send:
        assert {} == send(Call("BrandNewOperation", {}))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Boto3Transport(client=NOT_A_CLIENT),
        lambda: Boto3Transport(client=session_with_credentials().client("s3")),
        lambda: Boto3Transport(
            client=session_with_credentials().client("cognito-idp", region_name="eu-west-1"),
            config=Config(),
        ),
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


def test_an_own_async_client_for_each_event_loop(pool: UserPool, server: CannedServer) -> None:
    """One async client serves several event loops, one after the other and with different libraries."""
    server.answer({"AuthenticationResult": {"AccessToken": "a", "ExpiresIn": 60}})
    client = AsyncCognitoClient(pool, client_id=CLIENT)

    async def main() -> None:
        async with client:
            await client.sign_in("jane", "pass word")
            await client.sign_in("jane", "pass word")

    for backend in ("asyncio", "asyncio", "trio"):
        anyio.run(main, backend=backend)

    assert len(server.asked) == 6


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_closing_what_was_never_opened(pool: UserPool, backend: str) -> None:
    """Closing before any call does nothing."""
    anyio.run(AsyncCognitoClient(pool, client_id=CLIENT).aclose, backend=backend)


def test_what_boto3_cannot_be_made_with(pool: UserPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that boto3 refuses are a ConfigurationError with boto3's reason."""
    monkeypatch.setenv("AWS_RETRY_MODE", "zealous")

    with pytest.raises(ConfigurationError, match="zealous"):
        Boto3Transport().for_pool(pool).send(SIGN_IN)


def test_connections_and_signers_are_kept(pool: UserPool, server: CannedServer) -> None:
    """One HTTP client and one look for credentials serve every call of a transport."""
    looked = []

    class Counting(Session):
        def get_credentials(self) -> Credentials:
            looked.append(True)
            return super().get_credentials()

    transport = HttpTransport(session=Counting()).for_pool(pool)
    transport.send(GET_USER)
    own = transport._own
    transport.send(GET_USER)

    assert own is transport._own
    assert [True] == looked
    transport.close()


def test_closing_ends_the_connections(pool: UserPool, server: CannedServer) -> None:
    """A client is a context manager; after it closed, the next call opens anew."""
    server.answer({"AuthenticationResult": {"AccessToken": "a", "ExpiresIn": 60}})
    with CognitoClient(pool, client_id=CLIENT, transport=HttpTransport()) as client:
        client.sign_in("jane", "pass word")
    client.sign_in("jane", "pass word")
    client.close()
    client.close()
    HttpTransport().for_pool(pool).close()

    assert len(server.asked) == 2


def test_a_cancelled_call_is_cancelled(silent: UserPool) -> None:
    """Cancellation passes through, as itself."""

    async def main() -> None:
        async with AsyncCognitoClient(silent, client_id=CLIENT) as client:
            task = asyncio.create_task(client.sign_in("jane", "pass word"))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())


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
