"""Calls over httpx and httpx2, from threads and from tasks."""

import asyncio
import subprocess
import sys
import threading
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import anyio
import httpx
import httpx2
import pytest
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
from cognitokit.client.transports.http import _direct
from cognitokit.errors import (
    ConnectionFailed,
    RequestTimeout,
    TransportError,
    UnexpectedReply,
)
from tests.client.scripted import CLIENT
from tests.client.transports.canned_server import CannedServer, canned_server
from tests.client.transports.ways import GET_USER, POOL_ID, SIGN_IN, TLS, Session, over_httpx


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


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_clients_own_auth_stays_at_home(
    library: Any, pool: UserPool, server: CannedServer
) -> None:
    """What a given client would authenticate with elsewhere does not go to Cognito."""

    async def send() -> None:
        async with library.AsyncClient(auth=("svc", "pw")) as client:
            transport = AsyncHttpTransport(client=client, session=Session()).for_pool(pool)
            for call in (SIGN_IN, GET_USER):
                await transport.send(call)

    with library.Client(auth=("svc", "pw")) as client:
        client.post(server.url)
        transport = HttpTransport(client=client, session=Session()).for_pool(pool)
        for call in (SIGN_IN, GET_USER):
            transport.send(call)
    anyio.run(send)

    sent = [asked.headers.get("authorization", "").partition(" ")[0] for asked in server.asked]
    assert ["Basic", *2 * ["", "AWS4-HMAC-SHA256"]] == sent


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


def sign_in_as(kind: str, pool: UserPool) -> None:
    """Send a password over a transport's own client."""
    if kind in {"boto3", "sync"}:
        made = Boto3Transport() if kind == "boto3" else HttpTransport()
        transport = made.for_pool(pool)
        try:
            transport.send(SIGN_IN)
        finally:
            transport.close()
        return

    async def send() -> None:
        transport = AsyncHttpTransport().for_pool(pool)
        try:
            await transport.send(SIGN_IN)
        finally:
            await transport.aclose()

    anyio.run(send, backend=kind)


@pytest.mark.parametrize("kind", ["boto3", "sync", "asyncio", "trio"])
def test_passwords_for_loopback_pass_no_proxy(
    pool: UserPool, server: CannedServer, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment's proxy gets what is for elsewhere, and nothing that is for this machine."""
    elsewhere = UserPool(POOL_ID, endpoint_url="http://cognito.example.com", allow_http=True)
    with canned_server() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        sign_in_as(kind, pool)

        assert (1, 0) == (len(server.asked), len(proxy.asked))
        sign_in_as(kind, elsewhere)
        assert ["http://cognito.example.com/"] == [asked.path for asked in proxy.asked]
        assert 1 == len(server.asked)


@pytest.mark.parametrize(
    ("url", "passes"),
    [
        ("http://127.0.0.1:9229/", False),
        ("http://localhost:9229/", False),
        ("https://localhost/", False),
        ("http://cognito.localhost:9229/", False),
        ("http://[::1]:9229/", False),
        ("http://[fd00::1]:9229/", True),
        ("http://localhost.example.com/", True),
        ("https://cognito-idp.eu-west-1.amazonaws.com/", True),
    ],
)
def test_what_passes_the_proxy(url: str, passes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is loopback by name or address is asked directly."""
    monkeypatch.setenv("all_proxy", "http://proxy.example.com:3128")
    with httpx.Client(mounts=_direct(url), verify=TLS) as client:
        assert passes == (client._transport_for_url(httpx.URL(url)) is not client._transport)


@pytest.mark.parametrize("kind", ["sync", "asyncio", "trio"])
def test_a_socks_proxy_without_its_package(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A SOCKS proxy that httpx cannot use is named with the package that is missing."""
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("all_proxy", "socks5://jane:proxy-password@proxy.example.com:1080")

    with pytest.raises(ConnectionFailed, match=r"pip install 'httpx\[socks\]'") as caught:
        sign_in_as(kind, UserPool(POOL_ID))

    assert not caught.value.sent
    assert "proxy-password" not in str(caught.value)


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


def test_what_is_loaded(server: CannedServer) -> None:
    """A sign-in over HTTP loads neither boto3 nor botocore, which a signed operation needs."""
    script = f"""
import sys
from cognitokit import CognitoClient, HttpTransport, UserPool
from cognitokit.errors import MissingCredentials
pool = UserPool({POOL_ID!r}, endpoint_url={server.url!r})
with CognitoClient(pool, client_id={CLIENT!r}, transport=HttpTransport()) as client:
    client.call("RevokeToken")
    print(sorted({{"boto3", "botocore"}} & set(sys.modules)))
    try:
        client.admin.get_user("jane")
    except MissingCredentials:
        print(sorted({{"boto3", "botocore"}} & set(sys.modules)))
"""

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )

    assert ["[]", "['botocore']"] == done.stdout.splitlines()
