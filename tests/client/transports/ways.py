"""Every way to carry a call: over boto3, httpx and httpx2, from threads, asyncio and trio."""

import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from typing import Any

import anyio
import boto3
import httpx
import httpx2
from botocore.credentials import Credentials

from cognitokit import (
    AsyncHttpTransport,
    Boto3Transport,
    Call,
    HttpTransport,
    UserPool,
)
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
