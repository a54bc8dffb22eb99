"""FastAPI: what the authenticator lets in, what it answers, and how often it verifies."""

# Annotations are evaluated when an app is made, so nothing is postponed here.

import contextlib
import functools
import threading
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, Literal

import anyio
import anyio.lowlevel
import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Security, WebSocket
from fastapi.exceptions import FastAPIError
from fastapi.responses import JSONResponse
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from cognitokit import AccessToken, IdToken
from cognitokit.errors import ConfigurationError, ExpiredToken, KeysUnavailable
from cognitokit.fastapi import AccessRefused, CognitoAuth, Require, require_cognito
from cognitokit.testing import TokenMint
from cognitokit.verifier import AsyncCognitoVerifier, CognitoVerifier
from tests.frameworks.verifiers import AsyncCountingVerifier, CountingVerifier, NoKeys

Bearer = Callable[[str], dict[str, str]]


def app_with(cognito: CognitoAuth[AccessToken]) -> FastAPI:
    """An app whose one route gives the name of its caller."""
    app = FastAPI()
    cognito.init_app(app)

    @app.get("/me")
    async def me(token: Annotated[AccessToken, Depends(cognito)]) -> str | None:
        return token.username

    return app


def client_of(cognito: CognitoAuth[AccessToken]) -> TestClient:
    """A client of that app."""
    return TestClient(app_with(cognito))


def test_a_good_token_is_let_in(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """The dependency's value is the verified token."""
    response = client_of(CognitoAuth(async_verifier)).get(
        "/me", headers=bearer(mint.access_token("jane"))
    )

    assert 200 == response.status_code
    assert "jane" == response.json()


def test_a_synchronous_verifier_does_as_well(
    mint: TokenMint, verifier: CognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """A CognitoVerifier gives the same answers."""
    client = client_of(CognitoAuth(verifier))

    assert 200 == client.get("/me", headers=bearer(mint.access_token())).status_code
    assert 401 == client.get("/me", headers=bearer(mint.id_token())).status_code


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_both_event_loops(
    mint: TokenMint,
    verifier: CognitoVerifier[AccessToken],
    async_verifier: AsyncCognitoVerifier[AccessToken],
    bearer: Bearer,
    backend: Literal["asyncio", "trio"],
) -> None:
    """Apps run on asyncio and on trio, with either kind of verifier."""
    headers = bearer(mint.access_token("jane"))

    for each in (verifier, async_verifier):
        app = app_with(CognitoAuth(each))
        with TestClient(app, backend=backend) as client:
            assert "jane" == client.get("/me", headers=headers).json()
            assert 401 == client.get("/me").status_code


@pytest.mark.parametrize(
    "headers, status, challenge",
    [
        ([], 401, "Bearer"),
        ([("Authorization", "")], 401, "Bearer"),
        ([("Authorization", "Basic dTpw")], 401, "Bearer"),
        ([("Authorization", "Bearer")], 401, 'Bearer error="invalid_token"'),
        ([("Authorization", "Bearer a b")], 401, 'Bearer error="invalid_token"'),
        ([("Authorization", "Bearer a,Bearer b")], 401, 'Bearer error="invalid_token"'),
        ([("Authorization", "Bearer a.b.c")], 401, 'Bearer error="invalid_token"'),
        (
            [("Authorization", "Bearer a"), ("Authorization", "Bearer b")],
            400,
            'Bearer error="invalid_request"',
        ),
    ],
)
def test_bad_credentials(
    async_verifier: AsyncCognitoVerifier[AccessToken],
    headers: list[tuple[str, str]],
    status: int,
    challenge: str,
) -> None:
    """Each kind of bad credentials has its status and its challenge (RFC 6750 3.1)."""
    response = client_of(CognitoAuth(async_verifier)).get("/me?access_token=a.b.c", headers=headers)

    assert status == response.status_code
    assert challenge == response.headers["WWW-Authenticate"]


def test_a_refusal_says_nothing(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """An expired token, another client's and garbage get the same answer to the last byte."""
    client = client_of(CognitoAuth(async_verifier))
    tokens = [
        mint.access_token(expires_in=-1),
        mint.access_token(client_id="other"),
        mint.id_token(),
        "garbage",
    ]

    answers = [client.get("/me", headers=bearer(token)) for token in tokens]

    assert {(401, '{"detail":"The token is not accepted."}')} == {
        (answer.status_code, answer.text) for answer in answers
    }
    assert 1 == len({tuple(answer.headers.items()) for answer in answers})


def test_an_outage_is_not_the_token_s_fault(mint: TokenMint, bearer: Bearer) -> None:
    """Where the keys cannot be had the answer is 503, with the time to come back."""
    response = client_of(CognitoAuth(NoKeys())).get("/me", headers=bearer(mint.access_token()))

    assert 503 == response.status_code
    assert "7" == response.headers["Retry-After"]
    assert "WWW-Authenticate" not in response.headers


def test_an_app_may_answer_in_its_own_way(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """A refusal is an HTTPException with its reason and our error, so that handlers can make another answer."""
    app = app_with(CognitoAuth(async_verifier))

    @app.exception_handler(AccessRefused)
    async def refused(request: Request, error: AccessRefused) -> JSONResponse:
        return JSONResponse(
            {"reason": error.reason, "kind": type(error.error).__name__},
            error.status_code,
            error.headers,
        )

    response = TestClient(app).get("/me", headers=bearer(mint.access_token(expires_in=-1)))

    assert issubclass(AccessRefused, HTTPException)
    assert {"reason": "expired", "kind": "ExpiredToken"} == response.json()
    assert 401 == response.status_code
    assert 'Bearer error="invalid_token"' == response.headers["WWW-Authenticate"]


def test_a_refusal_keeps_no_frame_that_held_the_token(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """Error trackers record local variables: none of those that travel with a refusal holds the token."""
    app, kept = app_with(CognitoAuth(async_verifier)), list[AccessRefused]()

    @app.exception_handler(AccessRefused)
    async def refused(request: Request, error: AccessRefused) -> JSONResponse:
        kept.append(error)
        frames = list[dict[str, Any]]()
        for exception in (error, error.error):
            traceback = exception and exception.__traceback__
            while traceback:
                if "/cognitokit/" in traceback.tb_frame.f_code.co_filename:
                    frames.append(dict(traceback.tb_frame.f_locals))
                traceback = traceback.tb_next
        return JSONResponse(repr(frames))

    token = mint.access_token(expires_in=-1)
    response = TestClient(app).get("/me", headers=bearer(token))

    assert isinstance(kept[0].error, ExpiredToken)
    assert kept[0].__context__ is None
    assert token.rpartition(".")[2] not in response.text


@pytest.mark.parametrize(
    "options, headers",
    [
        ({"header": "dev-auth-token", "raw_token": True}, {"dev-auth-token": "{token}"}),
        ({"raw_token": True}, {"Authorization": "{token}"}),
        ({"cookie": "token"}, {"Cookie": "token={token}"}),
        ({"cookie": "token"}, {"Authorization": "Bearer {token}", "Cookie": "token={token}"}),
    ],
)
def test_other_places_for_the_token(
    mint: TokenMint,
    async_verifier: AsyncCognitoVerifier[AccessToken],
    options: dict[str, Any],
    headers: dict[str, str],
) -> None:
    """Another header, a raw token and a cookie are taken where an option says so, and else are not."""
    token = mint.access_token()
    filled = {name: value.format(token=token) for name, value in headers.items()}

    with_option = client_of(CognitoAuth(async_verifier, **options)).get("/me", headers=filled)
    filled.pop("Authorization", None) if "Cookie" in filled else None
    without = client_of(CognitoAuth(async_verifier)).get("/me", headers=filled)

    assert 200 == with_option.status_code
    assert 401 == without.status_code


def test_header_and_cookie_that_differ(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """Two different tokens in one request are refused, good as they may be."""
    client = client_of(CognitoAuth(async_verifier, cookie="token"))
    headers = bearer(mint.access_token()) | {"Cookie": f"token={mint.access_token()}"}

    assert 400 == client.get("/me", headers=headers).status_code


def test_a_cookie_from_another_site(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken]
) -> None:
    """A form on another site cannot use the cookie that the browser sends along with it."""
    cognito = CognitoAuth(async_verifier, cookie="token")
    app = FastAPI()

    @app.post("/pay")
    async def pay(token: Annotated[AccessToken, Depends(cognito)]) -> None:
        return None

    headers = {"Cookie": f"token={mint.access_token()}"}
    evil = TestClient(app).post("/pay", headers=headers | {"Sec-Fetch-Site": "cross-site"})
    own = TestClient(app).post("/pay", headers=headers | {"Sec-Fetch-Site": "same-origin"})

    assert (403, 200) == (evil.status_code, own.status_code)


def test_optional_authentication(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """Those without a token are let in as nobody; those with a bad one are not let in."""
    cognito = CognitoAuth(async_verifier)
    app = FastAPI()

    @app.get("/")
    async def home(token: Annotated[AccessToken | None, Depends(cognito.optional)]) -> str | None:
        return token.username if token else None

    client = TestClient(app)

    assert "jane" == client.get("/", headers=bearer(mint.access_token("jane"))).json()
    assert client.get("/").json() is None
    assert client.get("/", headers={"Authorization": "Basic dTpw"}).json() is None
    assert 401 == client.get("/", headers=bearer("garbage")).status_code
    assert 401 == client.get("/", headers=bearer(mint.access_token(expires_in=0))).status_code


def test_a_token_is_verified_once_a_request(
    mint: TokenMint, async_counting: AsyncCountingVerifier, bearer: Bearer
) -> None:
    """App, router, route and parameter may each demand a token, with scopes or without: one verification."""
    cognito = CognitoAuth(async_counting)
    app = FastAPI(dependencies=[Depends(cognito)])
    cognito.init_app(app)
    router = APIRouter(dependencies=[Security(cognito.require(any_scope=["a", "b"]), scopes=["a"])])

    @router.post("/")
    @cognito.require(scopes=["b"])
    async def home(
        body: dict[str, int],
        token: Annotated[AccessToken, Depends(cognito)],
        maybe: Annotated[AccessToken | None, Depends(cognito.optional)],
    ) -> list[object]:
        return [body, token.username, maybe is token]

    app.include_router(router)
    headers = bearer(mint.access_token("jane", scopes=["a", "b"]))

    assert [{"n": 1}, "jane", True] == TestClient(app).post(
        "/", headers=headers, json={"n": 1}
    ).json()
    assert 1 == async_counting.calls


def test_another_request_is_verified_again(
    mint: TokenMint, async_counting: AsyncCountingVerifier, bearer: Bearer
) -> None:
    """What was verified is kept for a request, not for an app."""
    client = client_of(CognitoAuth(async_counting))
    headers = bearer(mint.access_token())

    assert [200, 200] == [client.get("/me", headers=headers).status_code for _ in range(2)]
    assert 2 == async_counting.calls


def test_a_verifier_that_may_block_gets_a_thread(
    mint: TokenMint, counting: CountingVerifier, bearer: Bearer
) -> None:
    """A synchronous verifier that cannot say that it will not wait runs outside the event loop."""
    app, loops = FastAPI(), set[int]()

    async def note() -> None:
        loops.add(threading.get_ident())

    @app.get("/", dependencies=[Depends(note), Depends(CognitoAuth(counting))])
    async def home() -> None:
        return None

    assert 200 == TestClient(app).get("/", headers=bearer(mint.access_token())).status_code
    assert 1 == len(loops)
    assert loops.isdisjoint(counting.threads)


def test_keys_are_fetched_in_a_thread(mint: TokenMint, bearer: Bearer) -> None:
    """A CognitoVerifier fetches its keys outside the event loop, and then verifies inside it."""
    fetched_in, checked_in = list[int](), list[int]()

    def fetch(url: str) -> dict[str, Any]:
        fetched_in.append(threading.get_ident())
        return mint.jwks

    verifier = CognitoVerifier(
        mint.pool, client_id=mint.client_id, token_use="access", fetcher=fetch
    )
    app = FastAPI()

    @app.get("/")
    async def home(token: Annotated[AccessToken, Depends(CognitoAuth(verifier))]) -> None:
        checked_in.append(threading.get_ident())

    with TestClient(app) as client:
        statuses = [
            client.get("/", headers=bearer(mint.access_token())).status_code for _ in range(3)
        ]

    assert [200, 200, 200] == statuses
    assert 1 == len(fetched_in)
    assert fetched_in[0] not in checked_in


def test_what_is_no_token_is_not_taken_for_one(mint: TokenMint, bearer: Bearer) -> None:
    """A verifier that gives back anything but a token is a mistake, and lets nobody in."""

    class Careless:
        def verify(self, raw: str, /) -> Any:
            async def later() -> None:
                """Never awaited."""

            coroutine = later()
            coroutine.close()
            return coroutine

    app = app_with(CognitoAuth(Careless()))

    with pytest.raises(ConfigurationError, match="must return a verified token"):
        TestClient(app).get("/me", headers=bearer(mint.access_token()))
    client = TestClient(app, raise_server_exceptions=False)
    assert 500 == client.get("/me", headers=bearer(mint.access_token())).status_code


def test_not_a_verifier() -> None:
    """A CognitoAuth of something else fails when it is made."""
    with pytest.raises(ConfigurationError, match="AsyncCognitoVerifier"):
        CognitoAuth("eu-west-1_AbCdEfGhI")  # type: ignore[arg-type]


def test_id_tokens(mint: TokenMint, bearer: Bearer) -> None:
    """With a verifier of id tokens the dependency's value is an IdToken."""
    verifier = AsyncCognitoVerifier(
        mint.pool, client_id=mint.client_id, token_use="id", jwks=mint.jwks
    )
    cognito = CognitoAuth(verifier)
    app = FastAPI()

    @app.get("/")
    @cognito.require(groups=["admin"])
    async def home(token: IdToken) -> str | None:
        return token.email

    cognito.init_app(app)
    client = TestClient(app)

    assert (
        "jane@example.com"
        == client.get("/", headers=bearer(mint.id_token("jane", groups=["admin"]))).json()
    )
    assert 403 == client.get("/", headers=bearer(mint.id_token("jane"))).status_code
    assert 401 == client.get("/", headers=bearer(mint.access_token("jane"))).status_code


@pytest.mark.parametrize("kind", ["sync", "async", "partial", "object"])
def test_a_user_of_your_own_kind(
    mint: TokenMint,
    async_verifier: AsyncCognitoVerifier[AccessToken],
    bearer: Bearer,
    kind: str,
) -> None:
    """The hook makes the application's user of a token, once a request, whichever way it is written; None refuses the request."""
    cognito, calls = CognitoAuth(async_verifier), list[str]()
    users = {mint.sub("jane"): {"name": "Jane Doe"}}

    def load(token: AccessToken) -> dict[str, str] | None:
        calls.append(token.sub)
        return users.get(token.sub)

    async def load_async(token: AccessToken) -> dict[str, str] | None:
        await anyio.lowlevel.checkpoint()
        return load(token)

    class Load:
        async def __call__(self, token: AccessToken) -> dict[str, str] | None:
            return await load_async(token)

    hooks: dict[str, Any] = {
        "sync": load,
        "async": load_async,
        "partial": functools.partial(load_async),
        "object": Load(),
    }
    hook = hooks[kind]
    app = FastAPI(dependencies=[Depends(cognito.user(hook))])

    @app.get("/")
    async def home(user: Annotated[dict[str, str], Depends(cognito.user(hook))]) -> str:
        return user["name"]

    client = TestClient(app)

    assert "Jane Doe" == client.get("/", headers=bearer(mint.access_token("jane"))).json()
    assert [mint.sub("jane")] == calls
    assert 401 == client.get("/", headers=bearer(mint.access_token("joe"))).status_code
    assert 401 == client.get("/").status_code


def test_a_user_hook_can_be_overridden(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken]
) -> None:
    """The dependency is equal by value, so that a test can put a user in its place."""
    cognito = CognitoAuth(async_verifier)
    app = FastAPI()

    def load(token: AccessToken) -> str:
        return "real"

    @app.get("/")
    async def home(user: Annotated[str, Depends(cognito.user(load))]) -> str:
        return user

    app.dependency_overrides[cognito.user(load)] = lambda: "fake"

    assert "fake" == TestClient(app).get("/").json()
    assert cognito.user(load) != cognito.user(lambda token: "other")
    assert cognito.user(load) != "user"


def websocket_app(cognito: CognitoAuth[AccessToken]) -> FastAPI:
    """An app with WebSockets, protected by dependency and by decorator."""
    app = FastAPI()
    cognito.init_app(app)

    @app.websocket("/by-dependency")
    async def by_dependency(
        websocket: WebSocket, token: Annotated[AccessToken, Depends(cognito)]
    ) -> None:
        await websocket.accept()
        await websocket.send_text(token.username or "")
        await websocket.close()

    @app.websocket("/by-decorator")
    @require_cognito(groups=["admin"])
    async def by_decorator(websocket: WebSocket, token: AccessToken) -> None:
        await websocket.accept()
        await websocket.send_text(token.username or "")
        await websocket.close()

    return app


@pytest.mark.parametrize("path", ["/by-dependency", "/by-decorator"])
def test_websockets(
    mint: TokenMint,
    async_verifier: AsyncCognitoVerifier[AccessToken],
    bearer: Bearer,
    path: str,
) -> None:
    """A handshake without a good token is closed with 1008 before it is accepted."""
    client = TestClient(websocket_app(CognitoAuth(async_verifier)))

    with client.websocket_connect(path, headers=bearer(mint.access_token(groups=["admin"]))) as ws:
        greeting = ws.receive_text()
    with pytest.raises(WebSocketDisconnect) as nothing, client.websocket_connect(path):
        pass
    with (
        pytest.raises(WebSocketDisconnect) as expired,
        client.websocket_connect(path, headers=bearer(mint.access_token(expires_in=0))),
    ):
        pass

    assert "jane" == greeting
    assert (1008, 1008) == (nothing.value.code, expired.value.code)


def test_a_websocket_without_the_group(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """A good token without the group opens no WebSocket either."""
    client = TestClient(websocket_app(CognitoAuth(async_verifier)))

    with (
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect("/by-decorator", headers=bearer(mint.access_token())),
    ):
        pass

    assert 1008 == refused.value.code


def test_a_websocket_in_an_outage(mint: TokenMint, bearer: Bearer) -> None:
    """Where the keys cannot be had the WebSocket is closed with 1013, try again later."""
    client = TestClient(websocket_app(CognitoAuth(NoKeys())))

    with (
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect("/by-dependency", headers=bearer(mint.access_token())),
    ):
        pass

    assert 1013 == refused.value.code


def test_a_websocket_by_cookie_from_another_site(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken]
) -> None:
    """Another site's page cannot open a WebSocket with the cookie that the browser sends along."""
    client = TestClient(websocket_app(CognitoAuth(async_verifier, cookie="token")))
    cookie = {"Cookie": f"token={mint.access_token()}"}

    with (
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect(
            "/by-dependency", headers=cookie | {"Origin": "https://evil.example"}
        ),
    ):
        pass
    own = cookie | {"Origin": "http://testserver"}
    with client.websocket_connect("/by-dependency", headers=own) as ws:
        greeting = ws.receive_text()

    assert 1008 == refused.value.code
    assert "jane" == greeting


def test_prefetch_at_startup(mint: TokenMint) -> None:
    """With prefetch the keys are there before the first request; without, they are fetched by it."""
    urls = list[str]()

    def fetch(url: str) -> dict[str, Any]:
        urls.append(url)
        return mint.jwks

    def app(prefetch: bool) -> FastAPI:
        made = FastAPI()
        verifier = AsyncCognitoVerifier(
            mint.pool, client_id=mint.client_id, token_use="access", fetcher=fetch
        )
        CognitoAuth(verifier).init_app(made, prefetch=prefetch)
        return made

    with TestClient(app(prefetch=False)):
        lazy = len(urls)
    with TestClient(app(prefetch=True)):
        eager = len(urls)

    assert (0, 1) == (lazy, eager)


def test_an_outage_does_not_keep_an_app_from_starting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """If the keys cannot be had at startup the app says so, and starts."""
    app = FastAPI()
    cognito = CognitoAuth(NoKeys())
    cognito.init_app(app, prefetch=True)

    @app.get("/")
    async def home() -> str:
        return "up"

    with TestClient(app) as client:
        assert "up" == client.get("/").json()
    assert "The app starts without the user pool's keys" in caplog.text


def test_prefetch_by_hand() -> None:
    """prefetch() itself says that it could not."""
    with pytest.raises(KeysUnavailable):
        anyio.run(CognitoAuth(NoKeys()).prefetch)


def test_prefetch_of_a_verifier_that_has_none(async_counting: AsyncCountingVerifier) -> None:
    """A verifier of one's own need not know how to prefetch."""
    anyio.run(CognitoAuth(async_counting).prefetch)

    assert 0 == async_counting.calls


def test_the_app_s_own_lifespan_still_runs(
    async_verifier: AsyncCognitoVerifier[AccessToken],
) -> None:
    """What the app does at startup and shutdown, and the state that it gives, stay as they are."""
    seen = list[str]()

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, str]]:
        seen.append("started")
        yield {"database": "open"}
        seen.append("stopped")

    app = FastAPI(lifespan=lifespan)
    CognitoAuth(async_verifier).init_app(app)

    @app.get("/")
    async def home(request: Request) -> str:
        return str(request.state.database)

    with TestClient(app) as client:
        database = client.get("/").json()

    assert "open" == database
    assert ["started", "stopped"] == seen


def test_refusals_are_logged_without_a_secret(
    mint: TokenMint,
    async_verifier: AsyncCognitoVerifier[AccessToken],
    bearer: Bearer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log has the status, a fixed word for the reason and the claim at fault, and nothing of the token."""
    token = mint.access_token(expires_in=0)

    with caplog.at_level("INFO", logger="cognitokit"):
        client = client_of(CognitoAuth(async_verifier))
        client.get("/me", headers=bearer(token))
        client.get("/me", headers=bearer(mint.id_token()))

    assert ["Refused with 401: expired", "Refused with 401: claim token_use"] == [
        record.getMessage() for record in caplog.records if record.name == "cognitokit"
    ]


def test_an_authenticator_serves_an_app_once(
    async_verifier: AsyncCognitoVerifier[AccessToken],
) -> None:
    """Setting the same one up twice is a mistake; setting it up for two apps is not."""
    cognito = CognitoAuth(async_verifier)
    app = FastAPI()
    cognito.init_app(app)
    cognito.init_app(FastAPI())

    with pytest.raises(ConfigurationError, match="already"):
        cognito.init_app(app)


def test_init_app_comes_before_the_first_request(
    async_verifier: AsyncCognitoVerifier[AccessToken],
) -> None:
    """An app that has answered requests cannot be watched any more, and says so."""
    app = FastAPI()
    TestClient(app).get("/")

    with pytest.raises(ConfigurationError, match="before the app answers"):
        CognitoAuth(async_verifier).init_app(app)


def test_without_an_authenticator_nobody_gets_in(mint: TokenMint, bearer: Bearer) -> None:
    """@require_cognito on an app that no CognitoAuth serves is an error, and never a public route."""
    app = FastAPI()

    @app.get("/")
    @require_cognito
    async def home() -> str:
        return "in"

    with pytest.raises(ConfigurationError, match="init_app"):
        TestClient(app).get("/", headers=bearer(mint.access_token()))
    assert 500 == TestClient(app, raise_server_exceptions=False).get("/").status_code


def test_several_authenticators(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """An app may have several; a decorator then says which it means."""
    ids = CognitoAuth(
        AsyncCognitoVerifier(mint.pool, client_id=mint.client_id, token_use="id", jwks=mint.jwks)
    )
    access = CognitoAuth(async_verifier)
    app = FastAPI()
    ids.init_app(app)
    access.init_app(app)

    @app.get("/access")
    @require_cognito(auth=access)
    async def by_access() -> None:
        return None

    @app.get("/id")
    @require_cognito(auth=ids)
    async def by_id() -> None:
        return None

    client = TestClient(app)

    assert 200 == client.get("/access", headers=bearer(mint.access_token())).status_code
    assert 401 == client.get("/access", headers=bearer(mint.id_token())).status_code
    assert 200 == client.get("/id", headers=bearer(mint.id_token())).status_code
    assert 401 == client.get("/id", headers=bearer(mint.access_token())).status_code


def test_one_authenticator_does_not_do_for_another(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """A route that depends on one authenticator, and on the app's only one, is asked for both tokens."""
    ids = CognitoAuth(
        AsyncCognitoVerifier(mint.pool, client_id=mint.client_id, token_use="id", jwks=mint.jwks),
        header="x-id-token",
        raw_token=True,
    )
    app = FastAPI()
    CognitoAuth(async_verifier).init_app(app)

    @app.get("/")
    @require_cognito
    async def home(identity: Annotated[IdToken, Depends(ids)], token: AccessToken) -> list[str]:
        return [type(identity).__name__, type(token).__name__]

    client = TestClient(app)
    access, identity = bearer(mint.access_token()), {"x-id-token": mint.id_token()}

    assert ["IdToken", "AccessToken"] == client.get("/", headers=access | identity).json()
    assert [401, 401] == [client.get("/", headers=h).status_code for h in (access, identity)]


def test_forgotten_parentheses(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """As a decorator require stands bare as well; as a dependency it is refused when the route is registered."""
    cognito = CognitoAuth(async_verifier)
    app = FastAPI()
    app.get("/decorated")(cognito.require(lambda: "in"))

    for forgotten in (cognito.require, require_cognito):
        with pytest.raises(FastAPIError, match="View"):
            app.get("/open", dependencies=[Depends(forgotten)])(lambda: "in")
    client = TestClient(app)

    assert 404 == client.get("/open").status_code
    assert 401 == client.get("/decorated").status_code
    assert "in" == client.get("/decorated", headers=bearer(mint.access_token())).json()


@pytest.mark.parametrize("nested", [False, True])
def test_several_authenticators_and_none_named(
    mint: TokenMint,
    async_verifier: AsyncCognitoVerifier[AccessToken],
    bearer: Bearer,
    nested: bool,
) -> None:
    """A decorator that could mean either of two is an error when the app starts, and at a request."""
    app = FastAPI()
    target: FastAPI | APIRouter = APIRouter() if nested else app
    CognitoAuth(async_verifier).init_app(app)
    CognitoAuth(async_verifier).init_app(app)

    @target.get("/")
    @require_cognito
    async def home() -> None:
        return None

    if isinstance(target, APIRouter):
        app.include_router(target)

    with pytest.raises(ConfigurationError, match="auth="), TestClient(app):
        pass
    with pytest.raises(ConfigurationError, match="auth="):
        TestClient(app).get("/", headers=bearer(mint.access_token()))


def test_several_authenticators_and_none_named_by_an_inclusion(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """A router that is included with a demand that could mean either of two is an error, and not public."""
    app, router = FastAPI(), APIRouter()
    router.get("/")(lambda: "in")
    app.include_router(router, dependencies=[Depends(require_cognito())])
    CognitoAuth(async_verifier).init_app(app)
    CognitoAuth(async_verifier).init_app(app)

    with pytest.raises(ConfigurationError, match="auth="):
        TestClient(app).get("/", headers=bearer(mint.access_token()))


def test_an_authenticator_that_is_named_counts_in_a_mounted_app(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """A mounted app with one authenticator of its own may leave it unnamed, though its parent has two."""
    outer, inner = FastAPI(), FastAPI()
    for app in (outer, outer, inner):
        CognitoAuth(async_verifier).init_app(app)
    inner.get("/")(require_cognito(lambda: "in"))
    outer.mount("/inner", inner)

    with TestClient(outer) as client:
        assert "in" == client.get("/inner/", headers=bearer(mint.access_token())).json()


def test_a_body_for_a_mounted_app(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """A mounted app's own middleware may stand between."""
    outer, inner = FastAPI(), FastAPI()
    CognitoAuth(async_verifier).init_app(outer)

    @inner.middleware("http")
    async def passing(request: Request, call_next: Callable[[Request], Any]) -> Any:
        return await call_next(request)

    @inner.post("/")
    @require_cognito
    async def home(body: dict[str, int]) -> dict[str, int]:
        return body

    outer.mount("/inner", inner)
    client = TestClient(outer)

    assert 401 == client.post("/inner/", json={"n": 1}).status_code
    assert {"n": 1} == client.post(
        "/inner/", json={"n": 1}, headers=bearer(mint.access_token())
    ).json()


def test_middleware_around_the_body(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """Middleware that was added before and after leaves 401 what it is, even for a body that is no JSON."""

    async def passing(request: Request, call_next: Callable[[Request], Any]) -> Any:
        return await call_next(request)

    app = FastAPI()
    app.middleware("http")(passing)
    CognitoAuth(async_verifier).init_app(app)
    app.middleware("http")(passing)

    @app.post("/")
    @require_cognito
    async def home(body: dict[str, int]) -> dict[str, int]:
        return body

    client = TestClient(app)
    json_type = {"Content-Type": "application/json"}

    assert 401 == client.post("/", content=b"{", headers=json_type).status_code
    assert (
        422
        == client.post(
            "/", content=b"{", headers=json_type | bearer(mint.access_token())
        ).status_code
    )


def test_a_mounted_app_with_an_authenticator_of_its_own(
    mint: TokenMint, async_verifier: AsyncCognitoVerifier[AccessToken], bearer: Bearer
) -> None:
    """The innermost app's authenticator counts; a mounted app without one has its parent's."""
    outer, inner, plain = FastAPI(), FastAPI(), FastAPI()
    CognitoAuth(async_verifier).init_app(outer)
    CognitoAuth(async_verifier, header="x-token", raw_token=True).init_app(inner)

    for app in (outer, inner, plain):

        @app.get("/x")
        @require_cognito
        async def x() -> None:
            return None

    outer.mount("/inner", inner)
    outer.mount("/plain", plain)
    client = TestClient(outer)
    authorization, own = bearer(mint.access_token()), {"x-token": mint.access_token()}

    assert [200, 401, 200] == [
        client.get(path, headers=authorization).status_code
        for path in ("/x", "/inner/x", "/plain/x")
    ]
    assert [401, 200, 401] == [
        client.get(path, headers=own).status_code for path in ("/x", "/inner/x", "/plain/x")
    ]


def test_require_is_equal_by_value(async_verifier: AsyncCognitoVerifier[AccessToken]) -> None:
    """Two demands for the same are one, whatever the order; another authenticator's is another."""
    cognito, other = CognitoAuth(async_verifier), CognitoAuth(async_verifier)
    one = cognito.require(groups=["a", "b"], scopes=["x"])
    two = cognito.require(groups=["b", "a"], scopes=["x"])

    assert one == two
    assert hash(one) == hash(two)
    assert one != cognito.require(groups=["a"], scopes=["x"])
    assert one != other.require(groups=["a", "b"], scopes=["x"])
    assert one != "require"
    assert "Require(Permissions(scopes=('x',), groups=('a', 'b')))" == repr(one)
    assert ("x",) == one.permissions.scopes
    assert isinstance(require_cognito(), Require)


@pytest.mark.parametrize(
    "demands",
    [
        {"groups": "admin"},
        {"groups": []},
        {"scopes": ["a b"]},
        {"scopes": [1]},
        {"any_group": {"": 1}},
    ],
)
def test_demands_that_cannot_be_met(
    async_verifier: AsyncCognitoVerifier[AccessToken], demands: dict[str, Any]
) -> None:
    """A demand that is written wrongly is an error when it is written, not a route that nobody can call."""
    with pytest.raises(ConfigurationError):
        CognitoAuth(async_verifier).require(**demands)
