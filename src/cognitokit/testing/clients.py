"""The test clients of web frameworks, spoken to in one way.

Flask's and Django's test clients, Starlette's and FastAPI's TestClient, httpx clients and the kit's own
LambdaClient differ in how headers are given and where default headers live; nothing else is needed.
"""

from __future__ import annotations

import contextlib
import inspect
from json import dumps
from typing import TYPE_CHECKING, Any, NamedTuple

from cognitokit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Generator, MutableMapping, Sequence


class Answer(NamedTuple):
    """What came back."""

    status: int
    error: Exception | None = None
    """What the application raised: its status is 500 then, which it would be in a server."""
    is_empty_allow: bool = False
    """Whether it says nothing but which methods there are, as an answer to OPTIONS that no view makes."""


def send(
    client: Any,
    method: str,
    path: str,
    headers: Sequence[tuple[str, str]] = (),
    **request: Any,
) -> Answer:
    """Send a request, without following redirects.

    Args:
        client: The test client.
        method: GET, POST, ...
        path: Path and query.
        headers: Sent besides the client's default headers. A name may occur twice.
        **request: Passed on to the client: json=, data= and so on.

    Raises:
        ConfigurationError: The client is asynchronous, or the application raised it: its
            authorization is set up wrongly.
    """
    try:
        if hasattr(client, "environ_base"):
            response = client.open(path, method=method, headers=list(headers), **request)
        elif hasattr(client, "generic"):
            response = client.generic(method, path, headers=_joined(headers), **_body(**request))
        else:
            response = client.request(
                method, path, headers=list(headers), follow_redirects=False, **request
            )
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever an application may raise
        return Answer(500, error)
    if inspect.iscoroutine(response):
        response.close()
        raise ConfigurationError("Give a synchronous test client, such as Starlette's TestClient.")
    is_empty_allow = method == "OPTIONS" and _is_empty_allow(response)
    return Answer(response.status_code, is_empty_allow=is_empty_allow)


def send_with_cookie(
    client: Any,
    method: str,
    path: str,
    cookie: tuple[str, str],
    headers: Sequence[tuple[str, str]] = (),
    **request: Any,
) -> Answer:
    """Same as send(), with a cookie, which the client does not keep."""
    name, value = cookie
    config = getattr(getattr(client, "application", None), "config", {})
    domain = (config.get("SERVER_NAME") or "localhost").partition(":")[0]
    try:
        # Werkzeug's client sends the cookies of its own jar and no others, if it has a jar.
        before = client.get_cookie(name, domain=domain)
    except (AttributeError, TypeError):
        return send(client, method, path, (*headers, ("Cookie", f"{name}={value}")), **request)
    client.set_cookie(name, value, domain=domain)
    try:
        return send(client, method, path, headers, **request)
    finally:
        client.delete_cookie(name, domain=domain)
        if before is not None:
            client.set_cookie(name, before.decoded_value, domain=domain)


def _is_empty_allow(response: Any) -> bool:
    content = response.data if hasattr(response, "data") else getattr(response, "content", b"")
    return not content and "Allow" in response.headers


@contextlib.contextmanager
def default_header(client: Any, name: str, value: str | None) -> Generator[None]:
    """Send a header with every request of the client, or with None leave it out, while the context is open."""
    headers, key = _default_headers(client, name)
    before = headers.get(key)
    _put(headers, key, value)
    try:
        yield
    finally:
        _put(headers, key, before)


def _default_headers(client: Any, name: str) -> tuple[MutableMapping[str, str], str]:
    environ = getattr(client, "environ_base", None)
    if environ is None and hasattr(client, "generic"):
        environ = client.defaults
    if environ is not None:
        # Flask's and Django's: a WSGI environment.
        return environ, f"HTTP_{name.upper().replace('-', '_')}"
    headers = getattr(client, "headers", None)
    if headers is None or not hasattr(client, "request"):
        raise ConfigurationError(
            "client must be a test client: Flask's app.test_client(), Starlette's TestClient(app), "
            "Django's Client(), an httpx.Client or cognitokit.testing.LambdaClient."
        )
    return headers, name


def _put(headers: MutableMapping[str, str], key: str, value: str | None) -> None:
    if value is not None:
        headers[key] = value
    elif key in headers:
        del headers[key]


def _joined(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The headers as a WSGI server hands them on: repeated ones with commas between (RFC 9110 5.3)."""
    joined: dict[str, str] = {}
    for name, value in headers:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(json: object = None, **request: Any) -> dict[str, Any]:
    if json is None:
        return request
    return {"data": dumps(json), "content_type": "application/json", **request}
