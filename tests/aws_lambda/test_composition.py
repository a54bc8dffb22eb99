"""Guarded handlers around what people run in Lambda functions: Powertools and Mangum."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from cognitokit import AccessToken, CognitoVerifier, Permissions
from cognitokit.aws_lambda import current_token, require_cognito
from cognitokit.testing import (
    LambdaClient,
    TokenMint,
    alb_event,
    as_cognito_user,
    assert_rejects_bad_tokens,
    http_api_event,
    rest_event,
)

Event = dict[str, Any]
Verifier = CognitoVerifier[AccessToken]


@pytest.mark.parametrize(
    ("resolver", "make_event"),
    [
        ("APIGatewayRestResolver", rest_event),
        ("APIGatewayHttpResolver", http_api_event),
        ("LambdaFunctionUrlResolver", http_api_event),
        ("ALBResolver", alb_event),
    ],
)
def test_powertools_event_handlers(
    resolver: str, make_event: Any, mint: TokenMint, verifier: Verifier
) -> None:
    """Routes find the current token, and what they demand of it is answered with 403."""
    event_handler = pytest.importorskip("aws_lambda_powertools.event_handler")
    app = getattr(event_handler, resolver)()

    @app.get("/tasks")
    def tasks() -> Event:
        return {"user": current_token.username}

    @app.get("/admin")
    def admin() -> Event:
        Permissions(groups=["admin"]).check(current_token)
        return {"admin": current_token.username}

    @require_cognito(verifier)
    def handler(event: Event, context: Any) -> Any:
        return app.resolve(event, context)

    client = LambdaClient(handler, make_event)
    assert 401 == client.get("/tasks").status_code
    with as_cognito_user(client, "jane", mint=mint):
        assert {"user": "jane"} == client.get("/tasks").json()
        assert 403 == client.get("/admin").status_code
    with as_cognito_user(client, "joe", groups=["admin"], mint=mint):
        assert {"admin": "joe"} == client.get("/admin").json()


def test_powertools_event_classes(mint: TokenMint, verifier: Verifier) -> None:
    """The event may be one of Powertools' data classes, above or below the guard."""
    data_classes = pytest.importorskip("aws_lambda_powertools.utilities.data_classes")
    wrap = data_classes.event_source(data_class=data_classes.APIGatewayProxyEventV2)

    def handler(event: Any, context: Any) -> Event:
        return {"statusCode": 200, "body": json.dumps([event.raw_path, current_token.username])}

    above = wrap(require_cognito(verifier)(handler))
    below = require_cognito(verifier)(wrap(handler))
    for guarded in (above, below):
        client = LambdaClient(guarded, http_api_event)
        assert 401 == client.get("/tasks").status_code
        with as_cognito_user(client, "jane", mint=mint):
            assert ["/tasks", "jane"] == client.get("/tasks").json()


@pytest.fixture
def loop_of_the_runtime() -> Iterator[None]:
    """Mangum runs an application in the thread's event loop, and leaves one behind where it finds none."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.mark.usefixtures("loop_of_the_runtime")
@pytest.mark.parametrize("make_event", [rest_event, http_api_event, alb_event])
def test_mangum(make_event: Any, mint: TokenMint, verifier: Verifier) -> None:
    """An ASGI application on Lambda: its routes find the token, in the event loop and in threads."""
    mangum = pytest.importorskip("mangum")
    fastapi = pytest.importorskip("fastapi")
    app = fastapi.FastAPI()

    @app.get("/async")
    async def in_the_loop() -> Event:
        return {"user": current_token.username}

    @app.get("/thread")
    def in_a_thread() -> Event:
        return {"user": current_token.username}

    handler = require_cognito(verifier)(mangum.Mangum(app, lifespan="off"))
    client = LambdaClient(handler, make_event)
    for path in ("/async", "/thread"):
        assert 401 == client.get(path).status_code
        with as_cognito_user(client, "jane", mint=mint):
            assert {"user": "jane"} == client.get(path).json()


@pytest.mark.usefixtures("loop_of_the_runtime")
def test_bad_tokens_do_not_reach_an_asgi_application(mint: TokenMint, verifier: Verifier) -> None:
    """The attack set against the whole of it."""
    mangum = pytest.importorskip("mangum")
    fastapi = pytest.importorskip("fastapi")
    app = fastapi.FastAPI()
    app.get("/tasks")(lambda: {"user": current_token.username})
    handler = require_cognito(verifier)(mangum.Mangum(app, lifespan="off"))

    assert_rejects_bad_tokens(LambdaClient(handler, rest_event), "/tasks", mint=mint)
