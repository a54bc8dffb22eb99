"""FastAPI: a decorated view stays what it was."""

# Annotations are evaluated when an app is made, so nothing is postponed here.

import functools
import inspect
import threading
import typing
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any, cast

import pytest
from fastapi import BackgroundTasks, Body, Depends, FastAPI, Request, Response, routing
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from pydantic import BaseModel
from starlette.endpoints import HTTPEndpoint
from starlette.routing import Route

from cognitokit import AccessToken, IdToken, VerifiedToken
from cognitokit.errors import ConfigurationError
from cognitokit.fastapi import CognitoAuth, require_cognito
from cognitokit.testing import TokenMint
from cognitokit.verifier import AsyncCognitoVerifier
from tests.frameworks import views_with_future_annotations

Bearer = Callable[[str], dict[str, str]]


class Task(BaseModel):
    """A body."""

    title: str


@pytest.fixture
def cognito(async_verifier: AsyncCognitoVerifier[AccessToken]) -> CognitoAuth[AccessToken]:
    """The authenticator."""
    return CognitoAuth(async_verifier)


@pytest.fixture
def app(cognito: CognitoAuth[AccessToken]) -> FastAPI:
    """An app that it serves."""
    made = FastAPI()
    cognito.init_app(made)
    return made


@pytest.fixture
def admin(mint: TokenMint, bearer: Bearer) -> dict[str, str]:
    """The headers of a user in the group "admin"."""
    return bearer(mint.access_token("jane", groups=["admin"], scopes=["tasks/read"]))


def test_every_kind_of_parameter(app: FastAPI, admin: dict[str, str]) -> None:
    """Path, query, body, request, response, background tasks and dependencies arrive as before."""
    done = list[str]()

    def settings() -> str:
        return "settings"

    @app.post("/tasks/{number}", status_code=201)
    @require_cognito(groups=["admin"])
    async def create(
        number: int,
        task: Task,
        request: Request,
        response: Response,
        background: BackgroundTasks,
        settings: Annotated[str, Depends(settings)],
        limit: int = 10,
        *,
        token: AccessToken,
    ) -> list[object]:
        response.headers["X-Number"] = str(number)
        background.add_task(done.append, task.title)
        return [number, task.title, request.method, settings, limit, token.username]

    answer = TestClient(app).post("/tasks/7?limit=3", json={"title": "t"}, headers=admin)

    assert [7, "t", "POST", "settings", 3, "jane"] == answer.json()
    assert (201, "7", ["t"]) == (answer.status_code, answer.headers["X-Number"], done)


def test_a_view_that_takes_no_token(app: FastAPI, admin: dict[str, str]) -> None:
    """The view need not ask for the token to be protected, and is not given what it did not ask for."""

    @app.get("/things")
    @require_cognito(groups=["admin"])
    def things(**query: str) -> list[str]:
        return sorted(query)

    @app.get("/nothing")
    @require_cognito
    def nothing() -> str:
        return "nothing"

    client = TestClient(app)

    assert "nothing" == client.get("/nothing", headers=admin).json()
    assert 401 == client.get("/nothing").status_code
    # FastAPI takes **query for a parameter of that name.
    assert ["query"] == client.get("/things?query=1", headers=admin).json()


def test_a_parameter_of_the_hidden_one_s_name(app: FastAPI, admin: dict[str, str]) -> None:
    """What the decorator adds does not get in the way of a parameter of the same name."""

    @app.get("/")
    @require_cognito
    async def home(cognitokit_token: str) -> str:
        return cognitokit_token

    client = TestClient(app)

    assert "mine" == client.get("/?cognitokit_token=mine", headers=admin).json()
    assert 401 == client.get("/?cognitokit_token=mine").status_code


@pytest.mark.parametrize(
    "annotation",
    [
        AccessToken,
        VerifiedToken,
        AccessToken | IdToken,
        typing.Union[AccessToken, IdToken],  # noqa: UP007 - older code has it
        AccessToken | None,
    ],
)
def test_every_way_to_ask_for_the_token(
    app: FastAPI, admin: dict[str, str], annotation: Any
) -> None:
    """A parameter that is annotated as a token gets it, whichever way it is written."""

    @app.get("/plain")
    @require_cognito
    async def plain(token: annotation) -> str | None:
        return str(token.username)

    @app.get("/default")
    @require_cognito
    async def default(token: annotation = None, limit: int = 1) -> str | None:
        return str(token.username)

    client = TestClient(app)

    assert ["jane", "jane"] == [
        client.get(f"/{n}", headers=admin).json() for n in ("plain", "default")
    ]
    assert [401, 401] == [client.get(f"/{name}").status_code for name in ("plain", "default")]


def test_a_token_of_the_view_s_own_dependency(
    app: FastAPI, cognito: CognitoAuth[AccessToken], admin: dict[str, str]
) -> None:
    """A parameter that has its dependency already keeps it, and the decorator demands its own."""

    @app.get("/")
    @cognito.require(groups=["admin"])
    async def home(token: Annotated[AccessToken, Depends(cognito)]) -> str | None:
        return token.username

    assert "jane" == TestClient(app).get("/", headers=admin).json()
    assert 401 == TestClient(app).get("/").status_code


def test_synchronous_views_stay_in_the_thread_pool(app: FastAPI, admin: dict[str, str]) -> None:
    """A view that may block does not block the event loop; one that is asynchronous runs in it."""

    @app.get("/sync")
    @require_cognito
    def sync() -> int:
        return threading.get_ident()

    @app.get("/async")
    @require_cognito
    async def in_loop() -> int:
        return threading.get_ident()

    @app.get("/bare")
    async def bare() -> int:
        return threading.get_ident()

    with TestClient(app) as client:
        sync_in, async_in, loop = (
            client.get(path, headers=admin).json() for path in ("/sync", "/async", "/bare")
        )

    assert loop == async_in
    assert loop != sync_in


def test_callables_that_are_no_functions(app: FastAPI, admin: dict[str, str]) -> None:
    """Partials and callable objects can be decorated, synchronous or not."""

    class Greeter:
        async def __call__(self, name: str) -> str:
            return f"hello {name}"

    async def greet(greeting: str, name: str) -> str:
        return f"{greeting} {name}"

    app.get("/object")(require_cognito(Greeter()))
    app.get("/partial")(require_cognito(functools.partial(greet, "good day")))
    client = TestClient(app)

    assert "hello jane" == client.get("/object?name=jane", headers=admin).json()
    assert "good day jane" == client.get("/partial?name=jane", headers=admin).json()
    assert [401, 401] == [
        client.get(f"/{name}?name=x").status_code for name in ("object", "partial")
    ]


def test_bound_methods(app: FastAPI, admin: dict[str, str]) -> None:
    """A method of an object can be decorated, and is found where it was registered without its guard."""

    class Service:
        def __init__(self, name: str) -> None:
            self._name = name

        async def hello(self, token: AccessToken) -> str:
            return f"{self._name} {token.username}"

        async def plain(self) -> str:
            return "plain"

    one, two = Service("one"), Service("two")
    app.get("/hello")(require_cognito(one.hello))
    # The same method of another object is another view.
    app.get("/public")(two.plain)
    require_cognito(one.plain)

    assert "one jane" == TestClient(app).get("/hello", headers=admin).json()
    assert "plain" == TestClient(app).get("/public").json()
    app.get("/open")(one.plain)
    with pytest.raises(ConfigurationError, match="/open"):
        TestClient(app).get("/hello", headers=admin)


def test_streaming(app: FastAPI, admin: dict[str, str]) -> None:
    """A response that streams streams, and is protected."""

    @app.get("/")
    @require_cognito
    async def numbers() -> StreamingResponse:
        async def lines() -> AsyncIterator[str]:
            for number in range(3):
                yield f"{number}\n"

        return StreamingResponse(lines())

    client = TestClient(app)

    assert "0\n1\n2\n" == client.get("/", headers=admin).text
    assert 401 == client.get("/").status_code


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_generator_views(app: FastAPI, admin: dict[str, str], kind: str) -> None:
    """Generator views stream each item, close as they should, and are protected."""
    closed = list[str]()

    def sync(token: AccessToken) -> Iterator[dict[str, int]]:
        try:
            for number in range(3):
                yield {"n": number}
        finally:
            closed.append("sync")

    async def in_loop() -> AsyncIterator[dict[str, int]]:
        try:
            for number in range(3):
                yield {"n": number}
        finally:
            closed.append("async")

    view: Callable[..., Any] = sync if kind == "sync" else in_loop
    if "is_json_stream" not in inspect.getsource(routing):
        pytest.skip("this FastAPI has no generator views")
    app.get("/")(require_cognito(view))
    client = TestClient(app)

    assert 401 == client.get("/").status_code
    assert [] == closed
    assert ['{"n":0}', '{"n":1}', '{"n":2}'] == client.get("/", headers=admin).text.split()
    assert [kind] == closed


def test_authentication_comes_before_validation(app: FastAPI, admin: dict[str, str]) -> None:
    """Without a token nobody learns what a good request looks like: 401 before 422."""

    @app.post("/tasks/{number}")
    @require_cognito(groups=["admin"])
    async def create(number: int, task: Task) -> None:
        return None

    client = TestClient(app)
    requests: list[dict[str, Any]] = [
        {"url": "/tasks/x", "json": {"title": "t"}},
        {"url": "/tasks/1", "json": {"no": "title"}},
        {"url": "/tasks/1", "content": b"{", "headers": {"Content-Type": "application/json"}},
        {"url": "/tasks/1", "content": b"\xff", "headers": {"Content-Type": "application/json"}},
    ]

    for request in requests:
        assert 401 == client.post(**request).status_code
        request["headers"] = admin | request.get("headers", {})
        assert client.post(**request).status_code in {400, 422}


@pytest.mark.parametrize("where", ["parameter", "route", "decorator"])
def test_authentication_comes_before_the_body(
    app: FastAPI, cognito: CognitoAuth[AccessToken], where: str, admin: dict[str, str]
) -> None:
    """Without a token no body is read, so that nobody can fill the memory with one."""
    read = list[bytes]()

    def body() -> Iterator[bytes]:
        read.append(b"")
        yield b'{"title": "t"}'

    async def by_parameter(
        task: Task, token: Annotated[AccessToken, Depends(cognito)]
    ) -> str | None:
        return token.username

    async def plain(task: Task) -> str:
        return "jane"

    if where == "parameter":
        app.post("/")(by_parameter)
    elif where == "route":
        app.post("/", dependencies=[Depends(cognito.require())])(plain)
    else:
        app.post("/")(require_cognito(plain))

    messages = 0

    async def reading_app(scope: Any, receive: Any, send: Any) -> None:
        async def counted() -> Any:
            nonlocal messages
            message = await receive()
            messages += message["type"] == "http.request"
            return message

        await app(scope, counted, send)

    client = TestClient(reading_app)
    headers = {"Content-Type": "application/json"}

    assert 401 == client.post("/", content=b'{"title": "t"}', headers=headers).status_code
    assert 0 == messages
    assert "jane" == client.post("/", content=b'{"title": "t"}', headers=headers | admin).json()
    assert 1 <= messages


def test_forms_too(app: FastAPI, admin: dict[str, str]) -> None:
    """A body that is read in another way is read after authentication as well."""

    @app.post("/raw")
    @require_cognito
    async def raw(request: Request) -> str:
        return (await request.body()).decode()

    @app.post("/bytes")
    @require_cognito
    async def as_bytes(data: Annotated[bytes, Body(media_type="text/plain")]) -> str:
        return data.decode()

    client = TestClient(app)

    assert ["in", "in"] == [
        client.post(path, content=b"in", headers=admin | {"Content-Type": "text/plain"}).json()
        for path in ("/raw", "/bytes")
    ]
    assert [401, 401] == [client.post(p, content=b"in").status_code for p in ("/raw", "/bytes")]


def test_scopes_and_groups(
    app: FastAPI, cognito: CognitoAuth[AccessToken], mint: TokenMint, bearer: Bearer
) -> None:
    """All of the scopes and groups, or any of them; what lacks is 403, and the scopes are told."""
    demands: dict[str, dict[str, list[str]]] = {
        "scopes": {"scopes": ["tasks/read", "tasks/write"]},
        "any_scope": {"any_scope": ["tasks/read", "tasks/write"]},
        "groups": {"groups": ["admin", "ops"]},
        "any_group": {"any_group": ["admin", "ops"]},
    }
    for name, demand in demands.items():

        @app.get(f"/{name}")
        @cognito.require(**demand)
        async def view() -> None:
            return None

    client = TestClient(app)

    def statuses(**claims: list[str]) -> dict[str, int]:
        headers = bearer(mint.access_token(**claims))  # type: ignore[arg-type]
        return {name: client.get(f"/{name}", headers=headers).status_code for name in demands}

    assert {"scopes": 403, "any_scope": 200, "groups": 403, "any_group": 403} == statuses(
        scopes=["tasks/read"]
    )
    assert {"scopes": 200, "any_scope": 200, "groups": 403, "any_group": 200} == statuses(
        scopes=["tasks/read", "tasks/write"], groups=["ops"]
    )
    assert {"scopes": 403, "any_scope": 403, "groups": 200, "any_group": 200} == statuses(
        groups=["ops", "admin"]
    )
    refused = client.get("/scopes", headers=bearer(mint.access_token()))
    assert (
        'Bearer error="insufficient_scope", scope="tasks/read tasks/write"'
        == refused.headers["WWW-Authenticate"]
    )


@pytest.mark.parametrize(
    "claims",
    [
        {"cognito:groups": "superadmins"},
        {"cognito:groups": "admin"},
        {"cognito:groups": ["admins", "ADMIN", "superadmin"]},
        {"cognito:groups": [1]},
        {"cognito:groups": None},
        {"cognito:groups": {"admin": True}},
        {"cognito:groups": ["admin", 1]},
        {"custom:cognito:groups": ["admin"]},
    ],
)
def test_groups_that_only_look_alike(
    app: FastAPI, mint: TokenMint, bearer: Bearer, claims: dict[str, Any]
) -> None:
    """A group counts if it is in a list of strings, as a whole; a claim of another type grants nothing."""

    @app.get("/")
    @require_cognito(groups=["admin"])
    async def home() -> None:
        return None

    client = TestClient(app)

    assert 403 == client.get("/", headers=bearer(mint.access_token(claims=claims))).status_code
    assert 200 == client.get("/", headers=bearer(mint.access_token(groups=["admin"]))).status_code


@pytest.mark.parametrize(
    "scope", ["admin.read", "admins", "ADMIN", ["admin"], {"admin": 1}, "xadmin admin2"]
)
def test_scopes_that_only_look_alike(
    app: FastAPI, mint: TokenMint, bearer: Bearer, scope: object
) -> None:
    """A scope counts if it is one of the words of the claim, as a whole."""

    @app.get("/")
    @require_cognito(scopes=["admin"])
    async def home() -> None:
        return None

    client = TestClient(app)
    headers = bearer(mint.access_token(claims={"scope": scope}))

    assert 403 == client.get("/", headers=headers).status_code
    assert 200 == client.get("/", headers=bearer(mint.access_token(scopes=["admin"]))).status_code


def test_annotations_that_are_strings(app: FastAPI, mint: TokenMint, bearer: Bearer) -> None:
    """Postponed annotations work, and one that only type checkers can resolve does not spoil the others."""
    app.include_router(views_with_future_annotations.router)
    client = TestClient(app)
    admin, user = bearer(mint.access_token(groups=["admin"])), bearer(mint.access_token())

    created = client.post("/tasks/3?limit=4", json={"title": "t"}, headers=admin)

    assert {"number": 3, "title": "t", "user": "jane", "limit": 4} == created.json()
    assert 422 == client.post("/tasks/0", json={"title": "t"}, headers=admin).status_code
    assert 403 == client.post("/tasks/3", json={"title": "t"}, headers=user).status_code
    assert 401 == client.post("/tasks/3", json={"title": "t"}).status_code
    assert {"user": "jane", "limit": 7, "price": 3} == client.get(
        "/unresolvable?limit=7", headers=user
    ).json()


def test_what_others_see_of_the_view(cognito: CognitoAuth[AccessToken]) -> None:
    """Name, docstring and type hints are the view's own, and so is the function beneath."""

    async def home(number: int, token: AccessToken) -> list[int]:
        """Say home."""
        return [number]

    guarded = cognito.require(groups=["admin"])(home)

    assert "home" == guarded.__name__
    assert "Say home." == guarded.__doc__
    assert {"number": int, "token": AccessToken, "return": list[int]} == typing.get_type_hints(
        guarded
    )
    assert home is inspect.unwrap(guarded)
    assert inspect.iscoroutinefunction(guarded)


def test_a_view_that_was_called_past_its_check(
    cognito: CognitoAuth[AccessToken], app: FastAPI
) -> None:
    """A decorator in between that hides the check makes an error, and not a public route."""

    @cognito.require()
    async def home() -> str:
        return "in"

    @app.get("/")
    async def hides(name: str = "x") -> str:
        return await home()

    with pytest.raises(ConfigurationError, match="without its check"):
        TestClient(app).get("/")
    with pytest.raises(ConfigurationError, match="without its check"):
        home().send(None)


def test_other_decorators_may_stand_around(app: FastAPI, admin: dict[str, str]) -> None:
    """A well-behaved decorator above or below changes nothing."""

    def shouting(view: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(view)
        async def shout(*args: Any, **kwargs: Any) -> Any:
            return str(await view(*args, **kwargs)).upper()

        return shout

    @app.get("/above")
    @shouting
    @require_cognito
    async def above(name: str) -> str:
        return name

    @app.get("/below")
    @require_cognito
    @shouting
    async def below(name: str, token: AccessToken) -> str:
        return f"{name} {token.username}"

    client = TestClient(app)

    assert "X" == client.get("/above?name=x", headers=admin).json()
    assert "X JANE" == client.get("/below?name=x", headers=admin).json()
    assert [401, 401] == [
        client.get(p, params={"name": "x"}).status_code for p in ("/above", "/below")
    ]


def test_two_decorators(app: FastAPI, mint: TokenMint, bearer: Bearer) -> None:
    """Two of them demand what each demands."""

    @app.get("/")
    @require_cognito(groups=["a"])
    @require_cognito(scopes=["b"])
    async def home(token: AccessToken) -> None:
        return None

    client = TestClient(app)

    assert [403, 403, 200] == [
        client.get("/", headers=bearer(token)).status_code
        for token in (
            mint.access_token(groups=["a"]),
            mint.access_token(scopes=["b"]),
            mint.access_token(groups=["a"], scopes=["b"]),
        )
    ]


@pytest.mark.parametrize("view", [dict, "admin", ["admin"], 1])
def test_what_is_no_view(cognito: CognitoAuth[AccessToken], view: Any) -> None:
    """A class, or an argument without its name, is an error that says what to write."""
    with pytest.raises(ConfigurationError, match="groups="):
        cognito.require()(view)
    with pytest.raises(ConfigurationError, match="groups="):
        require_cognito(view)


def on_a_route_of_starlette_s(app: FastAPI, cognito: CognitoAuth[AccessToken]) -> None:
    """A route that has no dependencies."""

    @cognito.require(groups=["admin"])
    async def view(request: Request, token: AccessToken | None = None) -> Response:
        return Response("in")

    app.add_route("/", view)


def on_a_route_that_passes_the_request_for_a_token(
    app: FastAPI, cognito: CognitoAuth[AccessToken]
) -> None:
    """A route that gives the view its one argument."""

    @cognito.require(groups=["admin"])
    async def view(token: AccessToken) -> Response:
        return Response("in")

    app.add_route("/", cast("Any", view))


def on_an_endpoint_class(app: FastAPI, cognito: CognitoAuth[AccessToken]) -> None:
    """A method of a class-based endpoint."""

    class Endpoint(HTTPEndpoint):
        @cognito.require(groups=["admin"])
        async def get(self, request: Request, token: AccessToken | None = None) -> Response:
            return Response("in")

    app.router.routes.append(Route("/", Endpoint))


def behind_a_decorator_that_hides_it(app: FastAPI, cognito: CognitoAuth[AccessToken]) -> None:
    """A decorator above that shows FastAPI a signature of its own."""

    @cognito.require(groups=["admin"])
    async def view(token: AccessToken | None = None) -> str:
        return "in"

    @app.get("/")
    async def hides() -> str:
        return await view()


def behind_a_decorator_that_passes_the_query_on(
    app: FastAPI, cognito: CognitoAuth[AccessToken]
) -> None:
    """A decorator above that passes on what the client sends."""

    @cognito.require(groups=["admin"])
    async def view(token: AccessToken | None = None) -> str:
        return "in"

    @cognito.require(groups=["admin"])
    async def without(**query: str) -> str:
        return "in"

    @app.get("/")
    async def hides(request: Request) -> str:
        try:
            return await without(cognitokit_token=request.query_params["token"])
        except ConfigurationError:
            return await view(**cast("Any", request.query_params))


def by_an_override(app: FastAPI, cognito: CognitoAuth[AccessToken]) -> None:
    """A view whose demand is overridden with what gives no token."""

    @app.get("/")
    @cognito.require(any_group=["admin"])
    async def view(token: AccessToken) -> str:
        return "in"

    app.dependency_overrides[cognito.require(any_group=["admin"])] = lambda: {"sub": "x"}


@pytest.mark.parametrize(
    "register",
    [
        on_a_route_of_starlette_s,
        on_a_route_that_passes_the_request_for_a_token,
        on_an_endpoint_class,
        behind_a_decorator_that_hides_it,
        behind_a_decorator_that_passes_the_query_on,
        by_an_override,
    ],
)
def test_a_view_that_would_run_without_a_verified_token(
    app: FastAPI,
    cognito: CognitoAuth[AccessToken],
    admin: dict[str, str],
    register: Callable[[FastAPI, CognitoAuth[AccessToken]], None],
) -> None:
    """A view that takes the token runs with a verified one or not at all, with a default or without; rightly registered it runs."""

    @app.get("/right")
    @cognito.require(groups=["admin"])
    async def right(token: AccessToken | None = None) -> str:
        return "in"

    register(app, cognito)

    assert "in" == TestClient(app).get("/right", headers=admin).json()
    for headers in ({}, admin):
        with pytest.raises(ConfigurationError, match="without its check"):
            TestClient(app).get("/?token=x", headers=headers)


def test_a_token_by_position(cognito: CognitoAuth[AccessToken]) -> None:
    """A parameter that FastAPI cannot pass by name is refused where it is written, and others are none of ours."""

    async def before_the_slash(token: AccessToken, /) -> None:
        return None

    async def after_the_star(*tokens: AccessToken) -> None:
        return None

    async def by_name(number: int, /, token: AccessToken) -> None:
        return None

    for view, name in ((before_the_slash, "token"), (after_the_star, "tokens")):
        with pytest.raises(ConfigurationError, match=f"by name: '{name}'"):
            cognito.require(view)
    assert "by_name" == cognito.require(by_name).__name__


def test_a_route_that_fastapi_does_not_solve(app: FastAPI, admin: dict[str, str]) -> None:
    """A route of Starlette's, which has no dependencies, is an error and never public."""

    @require_cognito
    async def bare(request: Request) -> Response:
        return Response("in")

    app.add_route("/", bare)

    with pytest.raises(ConfigurationError, match="without its check"):
        TestClient(app).get("/", headers=admin)
