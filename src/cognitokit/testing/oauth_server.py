"""A user pool's domain on loopback: managed login with every grant, for tests without a network."""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from cognitokit.errors import CognitoKitError, ConfigurationError
from cognitokit.testing.loopback import LoopbackServer
from cognitokit.testing.oauth_provider import Client, OAuthAnswer, OAuthProvider, OAuthRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from http.server import BaseHTTPRequestHandler
    from types import TracebackType
    from typing import Any, Self

    from cognitokit.pool import UserPool
    from cognitokit.testing.mint import TokenMint

GRANTS = frozenset({"code", "implicit", "client_credentials"})


class NotSignedIn(CognitoKitError):
    """The browser of sign_in() did not come back to the application: a wrong password, a refused URL."""


class OAuthServer:
    """Serves the endpoints of a user pool's domain while its context is open.

    It signs with the keys of a TokenMint and behaves as Cognito documents its endpoints, which the
    embedded pool does only in part: authorize with PKCE, the login page, the token endpoint with
    all three grants and with refresh token rotation, revocation, userInfo, both forms of logout.

    Args:
        mint: Whose tokens it issues; the app client is the mint's.
        client_secret: The app client's secret; None for a public client.
        redirect_uris: The allowed callback URLs.
        logout_uris: The allowed sign-out URLs.
        grants: Of "code", "implicit", "client_credentials".
        scopes: The scopes that the app client may have.
        rotation: Refresh token rotation: each refresh gives a new refresh token.
        retry_grace: Seconds for which a rotated refresh token still works, 0 to 60.
        token_lifetime: How long access and id tokens live, seconds.
        clock: What gives the time, epoch seconds; give the mint the same.

    Raises:
        ConfigurationError: An option is wrong.
    """

    def __init__(
        self,
        mint: TokenMint,
        *,
        client_secret: str | None = None,
        redirect_uris: Iterable[str] = ("http://localhost:8000/callback",),
        logout_uris: Iterable[str] = ("http://localhost:8000/",),
        grants: Iterable[str] = ("code",),
        scopes: Iterable[str] = ("openid", "email", "profile"),
        rotation: bool = False,
        retry_grace: float = 0,
        token_lifetime: int = 3600,
        clock: Callable[[], float] = time.time,
    ) -> None:
        chosen = frozenset(grants)
        callbacks, sign_outs = tuple(redirect_uris), tuple(logout_uris)
        if not chosen <= GRANTS:
            raise ConfigurationError(f"grants must be of {', '.join(sorted(GRANTS))}.")
        self._mint = mint
        self._registered = {
            "COGNITO_REDIRECT_URI": callbacks[:1],
            "COGNITO_LOGOUT_URI": sign_outs[:1],
            "COGNITO_CLIENT_SECRET": () if client_secret is None else (client_secret,),
        }
        self._provider = OAuthProvider(
            mint,
            Client(
                id=mint.client_id,
                secret=client_secret,
                redirect_uris=callbacks,
                logout_uris=sign_outs,
                grants=chosen,
                scopes=tuple(scopes),
                rotation=rotation,
                retry_grace=retry_grace,
                token_lifetime=token_lifetime,
            ),
            clock=clock,
            new_token=lambda: secrets.token_urlsafe(32),
        )
        self._lock = threading.Lock()
        self._requests: list[OAuthRequest] = []
        self._overrides: dict[str, Callable[[OAuthRequest], OAuthAnswer]] = {}
        self._http = LoopbackServer("OAuth server", self._respond)

    def __enter__(self) -> Self:
        self._http.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.stop()

    @property
    def url(self) -> str:
        """The server's address: what ManagedLogin takes as domain."""
        return self._http.url

    @property
    def pool(self) -> UserPool:
        """The mint's pool with this server as its JWKS address; its issuers are the real ones."""
        return self._http.publishing(self._mint.pool)

    @property
    def environ(self) -> dict[str, str]:
        """The environment variables by which `ManagedLogin.from_env` and its like find this server.

        The callback and the sign-out URL are the first that are allowed.
        """
        pool = self.pool
        return {
            "COGNITO_USER_POOL_ID": pool.id,
            "COGNITO_CLIENT_ID": self._mint.client_id,
            "COGNITO_DOMAIN": self.url,
            "COGNITO_ISSUERS": ",".join(pool.issuers),
            "COGNITO_JWKS_URI": pool.jwks_uri,
            **{name: value for name, values in self._registered.items() for value in values},
        }

    @property
    def requests(self) -> tuple[OAuthRequest, ...]:
        """What has come in, in the order of arrival."""
        with self._lock:
            return tuple(self._requests)

    def add_user(self, username: str, password: str, **attributes: str) -> None:
        """Add a user who can sign in; the attributes are what userInfo tells."""
        with self._lock:
            self._provider.users[username] = (password, dict(attributes))

    def sign_in(
        self,
        url: str,
        username: str,
        password: str,
        *,
        cookies: dict[str, str] | None = None,
    ) -> str:
        """Do what a person with a browser does at an authorize URL, and return the callback's URL.

        Args:
            url: The authorize URL.
            username: Typed into the login page, if there is one.
            password: The same.
            cookies: The browser's cookies, kept up to date; give the same dict again for the
                same browser. Default: a browser without any.

        Raises:
            NotSignedIn: The browser ends on a page of this server.
        """
        jar = {} if cookies is None else cookies
        form = urlencode({"username": username, "password": password}).encode()
        for _ in range(4):
            parts = urlsplit(url)
            typed = parts.path == "/login"
            answer = self.handle(
                OAuthRequest(
                    method="POST" if typed else "GET",
                    path=parts.path,
                    query=parts.query,
                    headers={"cookie": "; ".join(f"{k}={v}" for k, v in jar.items())},
                    body=form if typed else b"",
                )
            )
            for name, morsel in SimpleCookie(answer.headers.get("Set-Cookie", "")).items():
                jar[name] = morsel.value
            if "Location" not in answer.headers:
                raise NotSignedIn(f"The browser ended on a page with status {answer.status}.")
            url = answer.headers["Location"]
            if not url.startswith("/"):
                return url
        raise NotSignedIn("The browser was sent round in circles.")

    def answer(self, path: str, reply: Callable[[OAuthRequest], OAuthAnswer] | None) -> None:
        """Answer requests for a path in another way, to see how an application takes it.

        Args:
            path: For instance "/oauth2/token".
            reply: Makes the answer; None goes back to what Cognito would do.
        """
        with self._lock:
            if reply is None:
                self._overrides.pop(path, None)
            else:
                self._overrides[path] = reply

    def handle(self, request: OAuthRequest) -> OAuthAnswer:
        """Answer a request without a socket."""
        with self._lock:
            self._requests.append(request)
            override_ = self._overrides.get(request.path)
            if override_ is None:
                return self._provider.handle(request)
        return override_(request)

    def _respond(self, request: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(request.path)
        answer = self.handle(
            OAuthRequest(
                method=request.command,
                path=parts.path,
                query=parts.query,
                headers=_lower(request.headers),
                body=request.rfile.read(int(request.headers.get("Content-Length") or 0)),
            )
        )
        with contextlib.suppress(ConnectionError):
            request.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": len(answer.body)}.items():
                request.send_header(name, str(value))
            request.end_headers()
            request.wfile.write(answer.body)

    def __repr__(self) -> str:
        state = self.url if self._http.is_running else "not running"
        return f"OAuthServer({self._mint.pool.id!r}, {state})"


def _lower(headers: Any) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}
