"""The hosted UI on this machine: the embedded server's pages, and what they leave out.

That server knows the authorization code grant alone. For GET /login, and for the implicit grant, this one
stands in front of it: it asks for a code, exchanges it, and hands the tokens to the browser in
the fragment, as Cognito does. Pages, forms and tokens are the server's.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from typing_extensions import override

from cognitokit.testing import LocalPool

COOKIE = "implicit"


class Domain:
    """What the embedded server's pages are asked, and what is made of its answers."""

    def __init__(self, local: LocalPool, pool_id: str) -> None:
        self._cognito = local.cognito
        self._pool_id = pool_id
        self.pages = httpx.Client(base_url=local.url, trust_env=False)

    def get(self, target: str) -> tuple[httpx.Response, str | None]:
        """Open a page, and return it with the cookie that it sets: the app client of an implicit grant."""
        parts = urlsplit(target)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path not in {"/login", "/oauth2/authorize"}:
            return self.pages.get(parts.path, params=asked), None
        client_id = ""
        if asked.get("response_type") == "token":
            client_id = asked.get("client_id", "")
            if not self._may_have_tokens(client_id):
                return httpx.Response(400, text="unauthorized_client"), None
            asked["response_type"] = "code"
        return self.pages.get("/oauth2/authorize", params=asked), client_id

    def with_tokens(self, location: str, client_id: str) -> str:
        """Return the callback's address with tokens in its fragment, instead of a code in its query."""
        callback, _, query = location.partition("?")
        back = {name: values[0] for name, values in parse_qs(query).items()}
        if "code" not in back:
            return location
        grant = {"grant_type": "authorization_code", "code": back["code"], "client_id": client_id}
        tokens = self.pages.post("/oauth2/token", data={**grant, "redirect_uri": callback}).json()
        names = ("id_token", "access_token", "expires_in", "token_type")
        fragment = {name: tokens[name] for name in names}
        state = {"state": back["state"]} if "state" in back else {}
        return f"{callback}#{urlencode({**fragment, **state})}"

    def _may_have_tokens(self, client_id: str) -> bool:
        try:
            found = self._cognito.describe_user_pool_client(
                UserPoolId=self._pool_id, ClientId=client_id
            )
        except self._cognito.exceptions.ResourceNotFoundException:
            return False
        return "implicit" in found["UserPoolClient"].get("AllowedOAuthFlows", [])


@contextlib.contextmanager
def hosted_ui(local: LocalPool, pool_id: str) -> Iterator[str]:
    """Serve a pool's domain while the context is open, and give its address.

    Args:
        local: The server that the pool is on.
        pool_id: The pool.
    """
    domain = Domain(local, pool_id)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Open a page."""
            page, cookie = domain.get(self.path)
            self.say(page, cookie)

        def do_POST(self) -> None:
            """Send a form."""
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            names = ("Authorization", "Content-Type")
            headers = {name: self.headers[name] for name in names if name in self.headers}
            self.say(domain.pages.post(self.path, content=body, headers=headers))

        def say(self, page: httpx.Response, cookie: str | None = None) -> None:
            self.send_response(page.status_code)
            if "location" in page.headers:
                kept = SimpleCookie(self.headers.get("Cookie", "")).get(COOKIE)
                location = page.headers["location"]
                if kept is not None and kept.value:
                    location = domain.with_tokens(location, kept.value)
                self.send_header("Location", location)
            if cookie is not None:
                self.send_header("Set-Cookie", f"{COOKIE}={cookie}; HttpOnly; SameSite=Lax")
            self.send_header("Content-Type", page.headers.get("content-type", "text/plain"))
            self.send_header("Content-Length", str(len(page.content)))
            self.end_headers()
            self.wfile.write(page.content)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with domain.pages, ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
