"""What type checkers say of applications with a login. Never run: mypy and pyright read it."""

from typing import Annotated, assert_type

from fastapi import Depends

from cognitokit import (
    AccessToken,
    AsyncCognitoClient,
    AsyncManagedLogin,
    CognitoClient,
    IdToken,
    ManagedLogin,
)
from cognitokit import fastapi as for_fastapi
from cognitokit import flask as for_flask
from cognitokit.weblogin import (
    AsyncSessionStore,
    FormPage,
    MemoryStore,
    SessionStore,
    WebSession,
)

KEY = "a key that is as long as it must be"
managed = ManagedLogin.from_env()
async_managed = AsyncManagedLogin.from_env()
store: SessionStore = MemoryStore()


class AsyncStore:
    async def get(self, key: str, /) -> str | None:
        """Get."""

    async def put(self, key: str, value: str, /, *, expected: str | None, lifetime: int) -> bool:
        """Put."""
        return True

    async def delete(self, key: str, /) -> None:
        """Delete."""

    async def pop(self, key: str, /) -> str | None:
        """Pop."""


async_store: AsyncSessionStore = AsyncStore()


def draw(page: FormPage) -> str:
    return page.action


flask_login = for_flask.CognitoLogin(managed, cookie_keys=[KEY], store=store, hints={"lang": "de"})
flask_auth = for_flask.CognitoAuth(login=flask_login)
forms = for_flask.CognitoPasswordLogin(CognitoClient.from_env(), cookie_keys=[KEY], render=draw)

fastapi_login = for_fastapi.CognitoLogin(async_managed, cookie_keys=[KEY], store=async_store)
fastapi_auth = for_fastapi.CognitoAuth(login=fastapi_login)
async_forms = for_fastapi.CognitoPasswordLogin(
    AsyncCognitoClient.from_env(), cookie_keys=[KEY], store=store, flow="USER_AUTH"
)


@fastapi_auth.require
async def page(
    token: AccessToken, session: Annotated[WebSession | None, Depends(fastapi_login.session)]
) -> str | None:
    return session.tokens.id_token if session else token.username


def sessions_are_known() -> None:
    assert_type(fastapi_auth, for_fastapi.CognitoAuth[AccessToken])
    assert_type(flask_login.session, WebSession | None)
    assert_type(for_flask.current_session, WebSession)


def mistakes_are_found(identity: for_fastapi.CognitoAuth[IdToken]) -> None:
    for_flask.CognitoLogin(async_managed, cookie_keys=[KEY])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    for_fastapi.CognitoLogin(managed, cookie_keys=[KEY])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    for_flask.CognitoLogin(managed, cookie_keys=[KEY], store=async_store)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    for_flask.CognitoLogin(managed)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    for_flask.CognitoLogin(managed, cookie_keys=[KEY], colour="red")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
