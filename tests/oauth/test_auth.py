"""Calling APIs: the token is attached, renewed once, and goes nowhere else."""

import asyncio
import sys
import traceback
from collections.abc import Iterator
from typing import Any, NoReturn

import httpx
import httpx2
import pytest

from cognitokit.errors import ConfigurationError, OAuthError
from cognitokit.oauth.auth import AsyncBearerAuth, BearerAuth

API = "https://api.example.com"
TOKEN = "the-token-that-is-refused"


class Source:
    """Gives numbered tokens, a new one when the current one was refused."""

    def __init__(self, *, renewable: bool = True) -> None:
        self.number = 1
        self.asked: list[str | None] = []
        self._renewable = renewable

    def access_token(self, *, rejected: str | None = None) -> str:
        """The current token."""
        self.asked.append(rejected)
        if rejected == f"token-{self.number}" and self._renewable:
            self.number += 1
        return f"token-{self.number}"


class AsyncSource(Source):
    """The same, awaited."""

    async def access_token(self, *, rejected: str | None = None) -> str:  # type: ignore[override]
        """The current token."""
        await asyncio.sleep(0)
        return super().access_token(rejected=rejected)


class Api:
    """Remembers what came in, and answers as it is told."""

    def __init__(self, accepts: str = "token-1", **redirects: str) -> None:
        self.accepts = accepts
        self.redirects = redirects
        self.seen: list[tuple[str, str | None, bytes]] = []

    def answer(self, request: Any, body: bytes) -> Any:
        """Answer a request of httpx or httpx2."""
        stack = httpx2 if isinstance(request, httpx2.Request) else httpx
        given = request.headers.get("authorization")
        self.seen.append((str(request.url), given, body))
        target = self.redirects.get(request.url.path.strip("/"))
        if target:
            return stack.Response(307, headers={"Location": target})
        return stack.Response(200 if given == f"Bearer {self.accepts}" else 401)

    @property
    def tokens(self) -> list[str | None]:
        """The Authorization headers that came in."""
        return [given for _, given, _ in self.seen]


class Caller:
    """A client of httpx or httpx2, sync or async, behind one sync face."""

    def __init__(self, stack: Any, kind: str) -> None:
        self.stack = stack
        self.kind = kind

    def source(self, **options: Any) -> Any:
        """A source of the right kind."""
        return Source(**options) if self.kind == "sync" else AsyncSource(**options)

    def auth(self, source: Any, origins: Any = API, **options: Any) -> Any:
        """The authentication of the right kind."""
        cls: Any = BearerAuth if self.kind == "sync" else AsyncBearerAuth
        return cls(source, origins=origins, **options)

    def transport(self, api: Api) -> Any:
        """What reads a request's body as a connection does, and leaves it read."""
        kind = self.stack.BaseTransport if self.kind == "sync" else self.stack.AsyncBaseTransport

        class Wire(kind):  # type: ignore[misc, valid-type]
            def handle_request(self, request: Any) -> Any:
                return api.answer(request, b"".join(request.stream))

            async def handle_async_request(self, request: Any) -> Any:
                return api.answer(request, b"".join([chunk async for chunk in request.stream]))

        return Wire()

    def request(self, api: Api, auth: Any, method: str, url: str, **options: Any) -> Any:
        """Send one request."""
        settings = {"auth": auth, "follow_redirects": True, "base_url": API}
        transport = self.transport(api)
        if self.kind == "sync":
            with self.stack.Client(transport=transport, **settings) as client:
                return client.request(method, url, **options)

        async def call() -> Any:
            async with self.stack.AsyncClient(transport=transport, **settings) as client:
                return await client.request(method, url, **options)

        return asyncio.run(call())


@pytest.fixture(params=["httpx-sync", "httpx-async", "httpx2-sync", "httpx2-async"])
def caller(request: pytest.FixtureRequest) -> Caller:
    """Each kind of client."""
    package, _, kind = request.param.partition("-")
    return Caller({"httpx": httpx, "httpx2": httpx2}[package], kind)


def test_the_token_is_attached(caller: Caller) -> None:
    """A request to the API carries the source's token."""
    api, source = Api(), caller.source()
    response = caller.request(api, caller.auth(source), "GET", "/tasks")

    assert 200 == response.status_code
    assert ["Bearer token-1"] == api.tokens
    assert [None] == source.asked


def test_a_401_is_tried_again_once_with_another_token(caller: Caller) -> None:
    """A refused token is renewed, and the same request sent again with its body."""
    api, source = Api(accepts="token-2"), caller.source()
    response = caller.request(api, caller.auth(source), "POST", "/tasks", json={"a": 1})

    assert 200 == response.status_code
    assert ["Bearer token-1", "Bearer token-2"] == api.tokens
    assert [b'{"a":1}'] * 2 == [body.replace(b" ", b"") for _, _, body in api.seen]
    assert [None, "token-1"] == source.asked


def test_a_second_401_is_the_answer(caller: Caller) -> None:
    """There is one attempt more, and no third."""
    api, source = Api(accepts="none of them"), caller.source()
    response = caller.request(api, caller.auth(source), "GET", "/tasks")

    assert 401 == response.status_code
    assert ["Bearer token-1", "Bearer token-2"] == api.tokens


class StoreIsDown(Exception):
    """What a source of the application's own raises."""


def fail(error: BaseException) -> NoReturn:
    """Raise an error in a frame of the application's own."""
    raise error


def failing(caller: Caller, error: BaseException) -> Any:
    """A source that gives one token, and cannot replace it."""

    class Failing(Source):
        def access_token(self, *, rejected: str | None = None) -> str:
            if rejected is not None:
                fail(error)
            return TOKEN

    class AsyncFailing(Failing):
        async def access_token(self, *, rejected: str | None = None) -> str:  # type: ignore[override]
            return Failing.access_token(self, rejected=rejected)

    return Failing() if caller.kind == "sync" else AsyncFailing()


def showing(error: BaseException) -> tuple[list[str], list[str]]:
    """The functions that an error has passed, and those of them whose frames show the token."""
    passed, shown = [], []
    for frame, _ in traceback.walk_tb(error.__traceback__):
        name = frame.f_code.co_name
        passed.append(name)
        values = list(frame.f_locals.values())
        # A request's repr hides its headers; an error tracker may look deeper.
        values += [dict(v.headers) for v in values if hasattr(v, "headers")]
        if "/tests/" not in frame.f_code.co_filename and TOKEN in repr(values):
            shown.append(name)
    return passed, shown


@pytest.mark.parametrize(
    "error", [OAuthError(code="invalid_client"), StoreIsDown(), KeyboardInterrupt()]
)
@pytest.mark.parametrize("redirected", [False, True])
def test_a_failed_renewal_shows_no_token(
    caller: Caller, error: BaseException, redirected: bool
) -> None:
    """Where a refused token cannot be renewed, neither our frames nor the client's show it."""
    api = Api(accepts="another", **({"first": f"{API}/tasks"} if redirected else {}))
    with pytest.raises(type(error)) as caught:
        caller.request(api, caller.auth(failing(caller, error)), "GET", "/first")
    passed, shown = showing(caught.value)

    assert caught.value is error
    assert {f"Bearer {TOKEN}"} == set(api.tokens)
    assert [] == shown
    assert any(name.endswith("_auth_flow") for name in passed)
    # What the application itself raised still tells it where.
    assert ("fail" in passed) == (not isinstance(error, OAuthError))
    assert caught.value.__context__ is None


def test_the_search_for_the_token_would_find_it(caller: Caller) -> None:
    """A request that fails on its way is seen with its token by the test above."""

    class Broken(Api):
        def answer(self, request: Any, body: bytes) -> Any:
            raise StoreIsDown

    with pytest.raises(StoreIsDown) as caught:
        caller.request(Broken(), caller.auth(failing(caller, StoreIsDown())), "GET", "/tasks")

    assert showing(caught.value)[1]


def test_no_second_attempt_with_the_same_token(caller: Caller) -> None:
    """Where the source has no other token, the 401 is the answer."""
    api, source = Api(accepts="another"), caller.source(renewable=False)
    response = caller.request(api, caller.auth(source), "GET", "/tasks")

    assert 401 == response.status_code
    assert ["Bearer token-1"] == api.tokens


@pytest.mark.parametrize("status", [400, 403, 500])
def test_other_refusals_are_answers(caller: Caller, status: int) -> None:
    """Only a 401 says that the token is at fault."""
    source = caller.source()
    calls: list[Any] = []

    class Refusing(Api):
        def answer(self, request: Any, body: bytes) -> Any:
            calls.append((request, body))
            return caller.stack.Response(status)

    response = caller.request(Refusing(), caller.auth(source), "GET", "/tasks")

    assert status == response.status_code
    assert 1 == len(calls)


def test_a_stream_is_not_sent_twice(caller: Caller) -> None:
    """A body that can be read only once: the 401 is the answer, and the next request has the new token."""
    api, source = Api(accepts="token-2"), caller.source()

    def chunks() -> Iterator[bytes]:
        yield b"one "
        yield b"two"

    async def async_chunks() -> Any:
        for chunk in chunks():
            yield chunk

    body = chunks() if caller.kind == "sync" else async_chunks()
    auth = caller.auth(source)
    first = caller.request(api, auth, "POST", "/tasks", content=body)
    second = caller.request(api, auth, "GET", "/tasks")

    assert 401 == first.status_code
    assert 200 == second.status_code
    assert b"one two" == api.seen[0][2]
    assert ["Bearer token-1", "Bearer token-2"] == api.tokens


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "https://api.example.com:8443/",
        "https://api.example.com.evil.example/",
        "http://api.example.com/",
    ],
)
@pytest.mark.parametrize("origins", [API, None])
def test_a_redirect_to_another_origin_goes_without_the_token(
    caller: Caller, elsewhere: str, origins: str | None
) -> None:
    """Neither the token nor a second attempt follows a redirect away from the API."""
    api, source = Api(go=elsewhere), caller.source()
    response = caller.request(api, caller.auth(source, origins), "GET", "/go")

    assert 401 == response.status_code
    assert ["Bearer token-1", None] == api.tokens
    assert [None] == source.asked


def test_a_redirect_within_the_api_keeps_the_token(caller: Caller) -> None:
    """A redirect to the same origin is followed with the token, and a 401 there is tried again there."""
    api, source = Api(accepts="token-2", go="/tasks"), caller.source()
    response = caller.request(api, caller.auth(source), "GET", "/go")

    assert 200 == response.status_code
    assert [
        (f"{API}/go", "Bearer token-1"),
        (f"{API}/tasks", "Bearer token-1"),
        (f"{API}/tasks", "Bearer token-2"),
    ] == [seen[:2] for seen in api.seen]
    assert [None, "token-1"] == source.asked


@pytest.mark.parametrize(
    ("status", "again"), [(303, ("GET", b"")), (307, ("POST", b"one")), (308, ("POST", b"one"))]
)
def test_what_an_api_has_done_is_not_asked_for_again(
    caller: Caller, status: int, again: tuple[str, bytes]
) -> None:
    """A 401 behind a redirect repeats the request that was refused, and never the one before it."""
    sent: list[tuple[str, str, bytes]] = []

    class Ordering(Api):
        def answer(self, request: Any, body: bytes) -> Any:
            sent.append((request.method, request.url.path, body))
            if request.url.path == "/orders":
                return caller.stack.Response(status, headers={"Location": "/orders/1"})
            return super().answer(request, body)

    api = Ordering(accepts="token-2")
    response = caller.request(api, caller.auth(caller.source()), "POST", "/orders", content=b"one")

    method, body = again
    assert 200 == response.status_code
    assert [("POST", "/orders", b"one"), *2 * [(method, "/orders/1", body)]] == sent
    assert ["Bearer token-1", "Bearer token-2"] == api.tokens


@pytest.mark.parametrize(
    ("origins", "tokens"),
    [
        ("http://localhost", ["token-1", "token-1"]),
        (["http://localhost", "https://localhost"], ["token-1", "token-1", "token-2"]),
    ],
)
def test_a_redirect_to_https_of_the_same_host(
    caller: Caller, origins: Any, tokens: list[str]
) -> None:
    """httpx takes the token along from http to https; a 401 there renews it only for a named origin."""

    class Upgrading(Api):
        def answer(self, request: Any, body: bytes) -> Any:
            self.redirects = {"x": "https://localhost/x"} if request.url.scheme == "http" else {}
            return super().answer(request, body)

    api = Upgrading(accepts="token-2")
    caller.request(api, caller.auth(caller.source(), origins), "GET", "http://localhost/x")

    assert [f"Bearer {token}" for token in tokens] == api.tokens


@pytest.mark.parametrize(
    "url", ["https://evil.example/", "http://api.example.com/", "https://api.example.com:8443/"]
)
def test_another_origin_never_gets_the_token(caller: Caller, url: str) -> None:
    """A request to an origin that is not named goes without the token, whoever sends it."""
    api, source = Api(), caller.source()
    response = caller.request(api, caller.auth(source), "GET", url)

    assert 401 == response.status_code
    assert [None] == api.tokens
    assert [] == source.asked


@pytest.mark.parametrize(
    ("origins", "url", "attached"),
    [
        (None, "https://anywhere.example/", True),
        (None, "http://localhost:8000/", True),
        (None, "http://[::1]:8000/", True),
        (None, "http://anywhere.example/", False),
        (["https://a.example", "https://b.example:8443"], "https://b.example:8443/x", True),
        (["https://a.example", "https://b.example:8443"], "https://b.example/x", False),
        ("https://A.example:443/", "https://a.example/x", True),
        ("http://localhost:8000", "http://localhost:8000/x", True),
        ("http://localhost:8000", "http://localhost:8001/x", False),
    ],
)
def test_which_origins_get_the_token(
    caller: Caller, origins: Any, url: str, attached: bool
) -> None:
    """Scheme, host and port must be those of a named origin; None means any over https, and loopback."""
    api = Api()
    caller.request(api, caller.auth(caller.source(), origins), "GET", url)

    assert ["Bearer token-1" if attached else None] == api.tokens


def test_plain_http_on_demand(caller: Caller) -> None:
    """allow_http=True sends the token over plain http too, for a service mesh."""
    for origins in (None, "http://tasks.internal"):
        api = Api()
        auth = caller.auth(caller.source(), origins, allow_http=True)
        caller.request(api, auth, "GET", "http://tasks.internal/x")

        assert ["Bearer token-1"] == api.tokens


@pytest.mark.parametrize(
    "origins",
    [
        "",
        "api.example.com",
        "http://api.example.com",
        "https://api.example.com/v1",
        "https://a/?b",
        [],
    ],
)
@pytest.mark.parametrize("cls", [BearerAuth, AsyncBearerAuth])
def test_a_malformed_origin(cls: Any, origins: Any) -> None:
    """An origin that is none is refused when the authentication is made."""
    with pytest.raises(ConfigurationError, match="origins"):
        cls(Source(), origins=origins)


def test_the_kinds_do_not_mix() -> None:
    """A sync client refuses the async authentication and the other way round, and says which to take."""

    async def use_sync_one() -> None:
        async with httpx.AsyncClient(auth=BearerAuth(Source(), origins=API)) as client:
            await client.get(f"{API}/tasks")

    with (
        httpx.Client(auth=AsyncBearerAuth(AsyncSource(), origins=API)) as client,
        pytest.raises(ConfigurationError, match="BearerAuth"),
    ):
        client.get(f"{API}/tasks")
    with pytest.raises(ConfigurationError, match="AsyncBearerAuth"):
        asyncio.run(use_sync_one())


def test_the_authentication_is_of_its_class() -> None:
    """What httpx2 takes as well is still a BearerAuth, and its repr shows no token."""
    auth = BearerAuth(Source(), origins=API)

    assert isinstance(auth, httpx.Auth)
    assert isinstance(auth, httpx2.Auth)
    assert isinstance(auth, BearerAuth)
    assert "BearerAuth()" == repr(auth)
    assert type(auth) is type(BearerAuth(Source(), origins=None))


def test_where_httpx2_is_not_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without httpx2 gets the plain class."""
    monkeypatch.delitem(sys.modules, "httpx2")

    assert BearerAuth is type(BearerAuth(Source(), origins=API))
