"""Two independent servers that speak Cognito's API, started on loopback: ministack and moto."""

import contextlib
import inspect
import os
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import boto3
import httpx
import httpx2
from anyio.from_thread import BlockingPortal, start_blocking_portal

from cognitokit import (
    AsyncCognitoClient,
    AsyncHttpTransport,
    Boto3Transport,
    CognitoClient,
    HttpTransport,
    UserPool,
)
from cognitokit.testing import LocalPool

TLS = ssl.create_default_context()
"""Made once: loading certificates takes longer than a story."""

REGION = "us-east-1"  # where moto looks for what an unsigned request names no region for
FLOWS = (
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
)


class App(NamedTuple):
    """An app client."""

    pool: UserPool
    id: str
    secret: str | None


@dataclass
class Server:
    """A server that runs, and what one has to know of it."""

    name: str
    url: str
    session: boto3.Session
    cognito: Any
    """A boto3 client with an administrator's rights, for set-up."""
    sign_up_code: str = "123456"
    reset_code: str = "654321"

    def make_app(
        self, *, secret: bool = False, flows: tuple[str, ...] = FLOWS, **options: Any
    ) -> App:
        """Make a pool with these options, and an app client in it."""
        settings = {"PoolName": "test", "AutoVerifiedAttributes": ["email"], **options}
        pool_id = self.cognito.create_user_pool(**settings)["UserPool"]["Id"]
        made = self.cognito.create_user_pool_client(
            UserPoolId=pool_id, ClientName="test", GenerateSecret=secret, ExplicitAuthFlows=flows
        )["UserPoolClient"]
        pool = UserPool(pool_id, endpoint_url=self.url)
        return App(pool, made["ClientId"], made.get("ClientSecret"))


@contextlib.contextmanager
def ministack() -> Iterator[Server]:
    """ministack, with its checks on."""
    with LocalPool(region=REGION) as local:
        yield Server("ministack", local.url, local.session, local.cognito)


@contextlib.contextmanager
def moto() -> Iterator[Server]:
    """moto's server."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    os.environ["MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP"] = "true"
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        session = boto3.Session("test", "test")
        cognito = session.client("cognito-idp", region_name=REGION, endpoint_url=url)
        yield Server("moto", url, session, cognito)
        cognito.close()
    finally:
        server.stop()
        del os.environ["MOTO_COGNITO_IDP_USER_POOL_ENABLE_TOTP"]


SERVERS = {"ministack": ministack, "moto": moto}
KINDS = {"ministack": ("boto3", "http", "asyncio", "trio"), "moto": ("boto3", "asyncio")}
"""Server -> the clients that stories are told with; moto is slow, and there for a second opinion."""


class Awaited:
    """An async client whose methods are called from a thread, so that one story serves both clients."""

    def __init__(self, thing: Any, portal: BlockingPortal) -> None:
        self._thing = thing
        self._portal = portal

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._thing, name)
        if not inspect.ismethod(member):
            return Awaited(member, self._portal)

        def called(*args: Any, **kwargs: Any) -> Any:
            result = self._portal.call(_finished, lambda: member(*args, **kwargs))
            return Awaited(result, self._portal) if name == "session" else result

        return called


async def _finished(call: Callable[[], Any]) -> Any:
    result = call()
    if isinstance(result, AsyncIterator):
        return [item async for item in result]
    return await result if inspect.isawaitable(result) else result


@contextlib.contextmanager
def boto3_client(server: Server, app: App, **options: Any) -> Iterator[Any]:
    """CognitoClient over boto3."""
    transport = Boto3Transport(session=server.session)
    settings = {"client_id": app.id, "client_secret": app.secret, "transport": transport, **options}
    with CognitoClient(app.pool, **settings) as client:
        yield client


@contextlib.contextmanager
def http_client(server: Server, app: App, **options: Any) -> Iterator[Any]:
    """CognitoClient over HTTP."""
    with httpx2.Client(verify=TLS) as http:
        transport = HttpTransport(client=http, session=server.session)
        settings = {"client_id": app.id, "client_secret": app.secret, "transport": transport}
        yield CognitoClient(app.pool, **{**settings, **options})


def async_client(backend: str) -> Callable[..., contextlib.AbstractContextManager[Any]]:
    """AsyncCognitoClient over HTTP, on asyncio or trio."""

    @contextlib.contextmanager
    def opened(server: Server, app: App, **options: Any) -> Iterator[Any]:
        with start_blocking_portal(backend) as portal:
            http = httpx.AsyncClient(verify=TLS)
            transport = AsyncHttpTransport(client=http, session=server.session)
            settings = {"client_id": app.id, "client_secret": app.secret, "transport": transport}
            yield Awaited(AsyncCognitoClient(app.pool, **{**settings, **options}), portal)
            portal.call(http.aclose)

    return opened


CLIENTS: dict[str, Callable[..., contextlib.AbstractContextManager[Any]]] = {
    "boto3": boto3_client,
    "http": http_client,
    "asyncio": async_client("asyncio"),
    "trio": async_client("trio"),
}
