"""What the gateway asks, hands on and answers: as API Gateway does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cognitokit import KeysUnavailable
from cognitokit.aws_lambda import claims_from_event, cognito_authorizer
from cognitokit.testing import Clock, TokenMint, assert_rejects_bad_tokens
from examples.gateway import (
    CognitoAuthorizer,
    Cors,
    Gateway,
    JwtAuthorizer,
    LambdaAuthorizer,
    Mock,
    Route,
    changed,
    served,
)

Event = dict[str, Any]


@pytest.fixture(scope="module")
def mint() -> TokenMint:
    """What makes the tokens."""
    return TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")


def echo(event: Event, _context: object) -> Event:
    """A function that answers with its event."""
    return {"statusCode": 200, "body": json.dumps(event)}


def rest(authorizer: Any = None, **options: Any) -> Gateway:
    """A REST API with one method."""
    route = Route(method="GET", path="/tasks", target=echo, authorizer=authorizer, **options)
    return Gateway([route], api_keys=["key"])


def test_the_cognito_authorizer(mint: TokenMint) -> None:
    """It takes an id token raw or with Bearer, and hands its claims on as text."""
    api = rest(CognitoAuthorizer(mint.pool, jwks=mint.jwks))
    token = mint.id_token("jane", groups=["admin", "staff"])

    for value in (token, f"Bearer {token}", f"bearer {token}"):
        answer = api.get("/tasks", headers={"authorization": value})
        assert 200 == answer.status_code
        claims = claims_from_event(answer.json())
        assert ("jane", "admin,staff") == (claims["cognito:username"], claims["cognito:groups"])
        assert all(isinstance(value, str) for value in claims.values())


def test_what_the_cognito_authorizer_refuses(mint: TokenMint) -> None:
    """No token, a changed one, an access token and a token elsewhere are 401; an expired one says so."""
    api = rest(CognitoAuthorizer(mint.pool, jwks=mint.jwks))
    token = mint.id_token()
    refused: list[dict[str, str]] = [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": changed(token)},
        {"Authorization": mint.access_token()},
        {"X-Token": token},
    ]

    for headers in refused:
        answer = api.get("/tasks", headers=headers)
        assert (401, {"message": "Unauthorized"}) == (answer.status_code, answer.json())
    expired = api.get(
        "/tasks",
        headers={
            "Authorization": mint.id_token(claims={"exp": 1_700_000_000, "iat": 1_699_999_000})
        },
    )
    assert 401 == expired.status_code
    assert {"message": "The incoming token has expired"} == expired.json()


def test_a_named_header(mint: TokenMint) -> None:
    """The token source is the one header, and no other is put into the event."""
    api = rest(CognitoAuthorizer(mint.pool, header="dev-auth-token", jwks=mint.jwks))
    answer = api.get("/tasks", headers={"Dev-Auth-Token": mint.id_token()})

    assert 200 == answer.status_code
    assert "Authorization" not in answer.json()["headers"]
    assert 401 == api.get("/tasks", headers={"Authorization": mint.id_token()}).status_code


def test_scopes(mint: TokenMint) -> None:
    """A method with scopes wants an access token that has one of them."""
    api = rest(CognitoAuthorizer(mint.pool, jwks=mint.jwks), scopes=("tasks/read", "tasks/write"))
    statuses = [
        api.get("/tasks", headers={"Authorization": token}).status_code
        for token in (
            mint.access_token(scopes=["tasks/write"]),
            mint.access_token(scopes=["tasks/readers"]),
            mint.id_token(),
        )
    ]

    assert [200, 401, 401] == statuses


@pytest.mark.parametrize("kind", ["TOKEN", "REQUEST"])
def test_lambda_authorizers(mint: TokenMint, kind: Any) -> None:
    """They get the event of their kind, and what they say becomes the function's context, or 401, 403 and 500."""
    asked: list[Event] = []
    decide = cognito_authorizer(mint.verifier(), groups=["admin"], context=["sub", "username"])

    def function(event: Event, context: object) -> Any:
        asked.append(event)
        return decide(event, context)

    api = rest(LambdaAuthorizer(function, kind=kind, ttl=0))
    good = api.get(
        "/tasks?a=b", headers={"Authorization": mint.access_token("jane", groups=["admin"])}
    )
    denied = api.get("/tasks", headers={"Authorization": mint.access_token("jane")})
    bad = api.get("/tasks", headers={"Authorization": "bad"})

    assert 200 == good.status_code
    authorizer = good.json()["requestContext"]["authorizer"]
    assert ("jane", mint.sub("jane")) == (authorizer["username"], authorizer["principalId"])
    assert kind == asked[0]["type"]
    assert asked[0]["methodArn"].endswith("/prod/GET/tasks")
    assert 403 == denied.status_code
    assert "not authorized" in denied.json()["Message"]
    assert (401, {"message": "Unauthorized"}) == (bad.status_code, bad.json())
    assert 3 == len(asked)
    assert 401 == api.get("/tasks").status_code
    assert 3 == len(asked), "without the identity source nobody is asked"


@pytest.mark.parametrize("kind", ["TOKEN", "REQUEST"])
def test_every_bad_token_at_our_authorizer(mint: TokenMint, kind: Any) -> None:
    """Nothing of the attack set gets past it, kept verdicts included; a TOKEN event has the last header alone."""
    authorizer = cognito_authorizer(mint.verifier(), groups=["admin"], scopes=["tasks/read"])
    assert_rejects_bad_tokens(
        rest(LambdaAuthorizer(authorizer, kind=kind)),
        "/tasks",
        mint=mint,
        groups=["admin"],
        scopes=["tasks/read"],
        skip=["two-headers-bad-first"] if kind == "TOKEN" else [],
    )


def test_every_bad_token_at_an_http_api(mint: TokenMint) -> None:
    """The same for simple responses, whose refusals are 403."""
    authorizer = cognito_authorizer(mint.verifier(), groups=["admin"])
    route = Route(
        method="GET",
        path="/tasks",
        target=echo,
        authorizer=LambdaAuthorizer(authorizer, kind="HTTP"),
    )
    assert_rejects_bad_tokens(
        Gateway([route], kind="http"),
        "/tasks",
        mint=mint,
        groups=["admin"],
        unauthorized=[401, 403],
    )


def test_kept_verdicts(mint: TokenMint) -> None:
    """An answer counts for the user's other routes until its time is up, as the policy says; an outage is not kept."""
    clock = Clock(0.0)
    calls: list[str] = []
    decide = cognito_authorizer(mint.verifier())
    exact = cognito_authorizer(mint.verifier(), policy_scope="exact")

    def counting(which: Callable[[Event, object], Event]) -> Callable[[Event, object], Event]:
        def function(event: Event, context: object) -> Event:
            calls.append(event["methodArn"])
            if len(calls) == 1:
                raise KeysUnavailable("no keys")
            return which(event, context)

        return function

    def api(which: Callable[[Event, object], Event]) -> Gateway:
        calls.clear()
        authorizer = LambdaAuthorizer(counting(which), ttl=300, clock=clock)
        return Gateway(
            Route(method="GET", path=path, target=echo, authorizer=authorizer)
            for path in ("/a", "/b")
        )

    headers = {"Authorization": mint.access_token("jane")}
    kept = api(decide)
    assert 500 == kept.get("/a", headers=headers).status_code
    assert [200, 200, 200] == [kept.get(p, headers=headers).status_code for p in ("/a", "/b", "/a")]
    assert 2 == len(calls)
    clock.advance(300)
    assert 200 == kept.get("/b", headers=headers).status_code
    assert 3 == len(calls)

    narrow = api(exact)
    assert 500 == narrow.get("/a", headers=headers).status_code
    assert [200, 403] == [narrow.get(p, headers=headers).status_code for p in ("/a", "/b")]


def test_the_order_of_checks(mint: TokenMint) -> None:
    """First the authorizer, then the API key, then the parameters, then the function."""
    api = rest(
        CognitoAuthorizer(mint.pool, jwks=mint.jwks),
        needs_api_key=True,
        required=("querystring.a", "header.X-Tenant"),
    )
    headers: dict[str, str] = {}
    answers = [api.get("/tasks", headers=headers)]
    for name, value in (
        ("Authorization", mint.id_token()),
        ("X-Api-Key", "key"),
        ("x-tenant", "acme"),
    ):
        headers[name] = value
        answers.append(api.get("/tasks", headers=headers))
    answers.append(api.get("/tasks?a=", headers=headers))
    answers.append(api.get("/tasks?a=b", headers=headers))

    assert [401, 403, 400, 400, 400, 200] == [answer.status_code for answer in answers]
    assert {"message": "Forbidden"} == answers[1].json()
    assert {"message": "Missing required request parameters: [a, X-Tenant]"} == answers[2].json()
    assert {"message": "Missing required request parameters: [a]"} == answers[3].json()
    assert 403 == api.get("/tasks?a=b", headers={**headers, "X-Api-Key": "another"}).status_code


@pytest.mark.parametrize(
    "reply",
    [
        None,
        "text",
        {},
        {"body": "x"},
        {"statusCode": "two hundred"},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "extra": 1},
    ],
)
def test_broken_replies(reply: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A reply that is none is 502, and says nothing of why; the log does."""
    api = Gateway([Route(method="GET", path="/", target=lambda _event, _context: reply)])
    answer = api.get("/")

    assert "BrokenReply" in caplog.text
    assert (502, {"message": "Internal server error"}) == (answer.status_code, answer.json())


def test_a_function_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """What a function raises is 502 at a REST API and 500 at an HTTP API."""

    def failing(_event: Event, _context: object) -> Event:
        raise RuntimeError("the password is secret")

    route = Route(method="GET", path="/", target=failing)
    answers = [Gateway([route]).get("/"), Gateway([route], kind="http").get("/")]

    assert [502, 500] == [answer.status_code for answer in answers]
    assert all("secret" not in answer.text for answer in answers)
    assert "the password is secret" in caplog.text


def test_routes() -> None:
    """The most specific path counts; what there is none of is 403 at a REST API, 404 at an HTTP API."""

    def named(name: str) -> Callable[[Event, object], Event]:
        return lambda event, _: {
            "statusCode": 200,
            "body": json.dumps([name, event.get("pathParameters")]),
        }

    routes = [
        Route(method="ANY", path="/{proxy+}", target=named("proxy")),
        Route(method="GET", path="/tasks/{id}", target=named("id")),
        Route(method="GET", path="/tasks/new", target=named("new")),
    ]
    api = Gateway(routes)

    assert ["new", None] == api.get("/tasks/new").json()
    assert ["id", {"id": "a b"}] == api.get("/tasks/a%20b").json()
    assert ["proxy", {"proxy": "tasks/1/parts"}] == api.get("/tasks/1/parts").json()
    assert ["proxy", {"proxy": "tasks/1"}] == api.post("/tasks/1").json()
    missing = Gateway(routes[1:]).post("/tasks/1")
    assert (403, {"message": "Missing Authentication Token"}) == (
        missing.status_code,
        missing.json(),
    )
    missing = Gateway(routes[1:], kind="http").post("/tasks/1")
    assert (404, {"message": "Not Found"}) == (missing.status_code, missing.json())
    catch_all = Gateway(
        [*routes[1:], Route(method="ANY", path="$default", target=echo)], kind="http"
    )
    assert "$default" == catch_all.post("/x").json()["routeKey"]
    assert "new" == catch_all.get("/tasks/new").json()[0]


def test_the_jwt_authorizer(mint: TokenMint) -> None:
    """An HTTP API's own takes both kinds of token of its audience; a scope that is lacking is 403."""
    authorizer = JwtAuthorizer(mint.pool, audience=[mint.client_id], jwks=mint.jwks)
    other = JwtAuthorizer(mint.pool, audience=["another0client"], jwks=mint.jwks)

    def api(authorizer: JwtAuthorizer, **options: Any) -> Gateway:
        route = Route(method="GET", path="/tasks", target=echo, authorizer=authorizer, **options)
        return Gateway([route], kind="http")

    access, identity = (
        {"Authorization": f"Bearer {token}"}
        for token in (mint.access_token("jane", scopes=["tasks/read"]), mint.id_token("jane"))
    )
    plain, scoped = api(authorizer), api(authorizer, scopes=("tasks/read",))

    assert [200, 200] == [plain.get("/tasks", headers=h).status_code for h in (access, identity)]
    assert [200, 403] == [scoped.get("/tasks", headers=h).status_code for h in (access, identity)]
    assert [401, 401] == [
        api(other).get("/tasks", headers=access).status_code,
        plain.get("/tasks").status_code,
    ]
    claims = claims_from_event(plain.get("/tasks", headers=access).json())
    assert "jane" == claims["username"]


def test_cors_of_an_http_api(mint: TokenMint) -> None:
    """A preflight request of an allowed origin is answered before anybody is asked; others get no headers."""
    authorizer = JwtAuthorizer(mint.pool, audience=[mint.client_id], jwks=mint.jwks)
    api = Gateway(
        [Route(method="ANY", path="/tasks", target=echo, authorizer=authorizer)],
        kind="http",
        cors=Cors(origins=["https://a.example"], methods=["GET"], headers=["authorization"]),
    )
    asked = {"Access-Control-Request-Method": "GET"}
    good = api.request("OPTIONS", "/tasks", headers={"Origin": "https://a.example", **asked})
    evil = api.request("OPTIONS", "/tasks", headers={"Origin": "https://b.example", **asked})

    assert (204, "authorization") == (
        good.status_code,
        good.headers["access-control-allow-headers"],
    )
    assert (204, {}) == (evil.status_code, evil.headers)
    refused = api.get("/tasks", headers={"Origin": "https://a.example"})
    assert (401, "https://a.example") == (
        refused.status_code,
        refused.headers["access-control-allow-origin"],
    )
    anybody = Gateway(api.routes, kind="http", cors=Cors(origins=["*"]))
    answer = anybody.get("/tasks", headers={"Origin": "https://b.example"})
    assert "*" == answer.headers["access-control-allow-origin"]


def test_served(mint: TokenMint) -> None:
    """On a port it answers as it does in this process: headers, bodies and refusals."""
    authorizer = CognitoAuthorizer(mint.pool, jwks=mint.jwks)
    api = Gateway(
        [
            Route(method="POST", path="/tasks", target=echo, authorizer=authorizer),
            Route(method="OPTIONS", path="/tasks", target=Mock(status=204, headers={"Vary": "x"})),
        ]
    )
    with served(api) as url, httpx.Client(base_url=url, trust_env=False) as client:
        headers = {"Authorization": mint.id_token("jane")}
        good = client.post("/tasks?a=b", headers=headers, json={"title": "Buy milk"})
        refused = client.post("/tasks")
        preflight = client.options("/tasks")

    assert 200 == good.status_code
    assert {"title": "Buy milk"} == json.loads(good.json()["body"])
    assert {"a": "b"} == good.json()["queryStringParameters"]
    assert (401, {"message": "Unauthorized"}) == (refused.status_code, refused.json())
    assert (204, "x") == (preflight.status_code, preflight.headers["vary"])
