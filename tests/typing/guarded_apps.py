"""What type checkers say of whole applications. Never run: mypy and pyright read it."""

from collections.abc import Awaitable, Iterator
from typing import Annotated, assert_type

from fastapi import APIRouter, Depends, FastAPI, Security, WebSocket
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware

from cognitokit import AccessToken, AsyncCognitoVerifier, CognitoVerifier, IdToken
from cognitokit.asgi import CognitoMiddleware
from cognitokit.fastapi import CognitoAuth, Require, require_cognito
from cognitokit.flask import CognitoAuth as FlaskAuth
from cognitokit.starlette import CognitoBackend

POOL = "eu-west-1_AbCdEfGhI"
ACCESS = AsyncCognitoVerifier(POOL, client_id="app", token_use="access")
IDENTITY = CognitoVerifier(POOL, client_id="app", token_use="id")

access = CognitoAuth(ACCESS)
identity = CognitoAuth(IDENTITY, cookie="token", domain="auth.example.com", scopes=["openid"])
app = FastAPI(dependencies=[Depends(access.require(any_group=["staff", "admin"]))])
access.init_app(app, prefetch=True)
router = APIRouter(dependencies=[Security(access, scopes=["tasks/read"])])


async def authenticators_know_their_tokens() -> None:
    assert_type(access, CognitoAuth[AccessToken])
    assert_type(identity, CognitoAuth[IdToken])
    assert_type(access.require(groups=["admin"]), Require)
    assert_type(require_cognito(groups=["admin"]), Require)
    await access.prefetch()


@router.get("/tasks")
@access.require(scopes=["tasks/read"])
async def tasks(token: AccessToken, limit: int = 10) -> list[int]:
    return [limit]


@router.get("/stream")
@require_cognito
def stream() -> Iterator[int]:
    yield 1


@router.websocket("/socket")
@require_cognito(groups=["admin"])
async def socket(websocket: WebSocket, token: AccessToken) -> None: ...


@router.get("/me")
async def me(
    token: Annotated[AccessToken, Depends(access)],
    maybe: Annotated[IdToken | None, Depends(identity.optional)],
) -> str | None:
    return token.username


def decorated_views_keep_their_types(token: AccessToken, websocket: WebSocket) -> None:
    assert_type(stream(), Iterator[int])
    answer: Awaitable[list[int]] = tasks(token, limit=3)
    nothing: Awaitable[None] = socket(websocket, token)
    tasks(token, limit="3")  # type: ignore[arg-type,unused-coroutine]  # pyright: ignore[reportArgumentType, reportUnusedCoroutine]
    del answer, nothing


def hooks_take_the_token(user_id: int) -> None:
    def load(token: AccessToken) -> int | None:
        return user_id if token.username else None

    async def load_async(token: IdToken) -> str | None:
        return token.email

    def load_wrongly(token: int) -> str:
        return str(token)

    access.user(load)
    identity.user(load_async)
    access.user(load_wrongly)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def demands_have_names() -> None:
    access.require(roles=["admin"])  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    require_cognito(group="admin")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


def flask_takes_no_asynchronous_verifier() -> None:
    FlaskAuth(verifier=IDENTITY)
    FlaskAuth(verifier=ACCESS)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def other_applications() -> None:
    backend = CognitoBackend(ACCESS)
    assert_type(backend, CognitoBackend[AccessToken])
    Starlette(
        middleware=[
            Middleware(AuthenticationMiddleware, backend=backend, on_error=backend.on_error),
            Middleware(CognitoMiddleware, IDENTITY, groups=["admin"]),
        ]
    )
