"""How a user pool's domain behaves: authorize, login, token, revoke, userInfo, logout.

All decisions of OAuthServer are here, with no sockets. It follows Cognito's documentation of the
endpoints, RFC 6749, RFC 7009 and RFC 7636.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from cognitokit.testing.mint import TokenMint

CODE_LIFETIME = 300
SESSION_COOKIE = "cognito"


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthRequest:
    """What came in."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def params(self) -> dict[str, str]:
        """The query's parameters."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        """The body's fields."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthAnswer:
    """What goes out."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The app client's settings."""

    id: str
    secret: str | None = field(default=None, repr=False)
    redirect_uris: tuple[str, ...] = ()
    logout_uris: tuple[str, ...] = ()
    grants: frozenset[str] = frozenset({"code"})
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    rotation: bool = False
    retry_grace: float = 0
    token_lifetime: int = 3600


@dataclass(slots=True)
class _Code:
    username: str
    params: Mapping[str, str]
    scopes: list[str]
    auth_time: int
    expires_at: float


@dataclass(slots=True)
class _Session:
    """What one sign-in has led to; a revocation ends all of it."""

    username: str
    scopes: list[str]
    auth_time: int
    origin_jti: str
    resource: str | None = None
    revoked: bool = False


@dataclass(slots=True)
class _RefreshToken:
    session: _Session
    rotated_at: float | None = None


class OAuthProvider:
    """The domain of one pool with one app client. Call handle() from one thread at a time."""

    def __init__(
        self,
        mint: TokenMint,
        client: Client,
        *,
        clock: Callable[[], float],
        new_token: Callable[[], str],
    ) -> None:
        self.client = client
        self.users: dict[str, tuple[str, dict[str, str]]] = {}
        self._mint = mint
        self._clock = clock
        self._new_token = new_token
        self._codes: dict[str, _Code] = {}
        self._refresh_tokens: dict[str, _RefreshToken] = {}
        self._access_tokens: dict[str, tuple[_Session, float]] = {}
        self._browsers: dict[str, tuple[str, int]] = {}

    def handle(self, request: OAuthRequest) -> OAuthAnswer:
        """Answer a request."""
        routes: dict[tuple[str, str], Callable[[OAuthRequest], OAuthAnswer]] = {
            ("GET", "/oauth2/authorize"): self._authorize,
            ("GET", "/login"): self._login_page,
            ("POST", "/login"): self._log_in,
            ("POST", "/oauth2/token"): self._token,
            ("POST", "/oauth2/revoke"): self._revoke,
            ("GET", "/oauth2/userInfo"): self._user_info,
            ("POST", "/oauth2/userInfo"): self._user_info,
            ("GET", "/logout"): self._logout,
            ("GET", f"/{self._mint.pool.id}/.well-known/jwks.json"): self._jwks,
        }
        route = routes.get((request.method, request.path))
        if route is None:
            known = any(path == request.path for _, path in routes)
            return _page(405 if known else 404, "Not found")
        return route(request)

    def _jwks(self, _: OAuthRequest) -> OAuthAnswer:
        return _json(200, self._mint.jwks)

    def _authorize(self, request: OAuthRequest) -> OAuthAnswer:
        params = request.params
        refusal = self._refused(params)
        if refusal is not None:
            return refusal
        browser = self._browsers.get(_cookie(request, SESSION_COOKIE))
        if browser is not None and params.get("prompt") not in {"login", "select_account"}:
            return self._signed_in(params, *browser)
        if params.get("prompt") == "none":
            return _back(params, {"error": "login_required"})
        return _redirect(f"/login?{request.query}")

    def _refused(self, params: Mapping[str, str]) -> OAuthAnswer | None:
        if params.get("client_id") != self.client.id:
            return _page(400, "Client does not exist")
        if params.get("redirect_uri") not in self.client.redirect_uris:
            # Never sent back there: it may be anybody's.
            return _page(400, "redirect_mismatch")
        grant = {"code": "code", "token": "implicit"}.get(params.get("response_type", ""))
        if grant is None:
            return _back(params, {"error": "unsupported_response_type"})
        if grant not in self.client.grants:
            return _back(params, {"error": "unauthorized_client"})
        if self._granted(params) is None:
            return _back(
                params, {"error": "invalid_scope", "error_description": "<b>invalid_scope</b>"}
            )
        challenge, method = params.get("code_challenge"), params.get("code_challenge_method")
        if (challenge is None) != (method is None) or method not in {None, "S256"}:
            return _back(params, {"error": "invalid_request"})
        return None

    def _granted(self, params: Mapping[str, str]) -> list[str] | None:
        asked = params.get("scope", "").split()
        if not set(asked) <= set(self.client.scopes):
            return None
        return asked or list(self.client.scopes)

    def _login_page(self, request: OAuthRequest, message: str = "") -> OAuthAnswer:
        refusal = self._refused(request.params)
        if refusal is not None:
            return refusal
        hint = html.escape(request.params.get("login_hint", ""))
        return _page(
            200,
            f'<form method="post" action="/login?{html.escape(request.query)}">'
            f'<p role="alert">{html.escape(message)}</p>'
            f'<label>Username <input name="username" value="{hint}"></label>'
            '<label>Password <input name="password" type="password"></label>'
            '<button name="signInSubmitButton">Sign in</button></form>',
        )

    def _log_in(self, request: OAuthRequest) -> OAuthAnswer:
        refusal = self._refused(request.params)
        if refusal is not None:
            return refusal
        username = request.form.get("username", "")
        user = self.users.get(username)
        if user is None or user[0] != request.form.get("password"):
            return self._login_page(request, "Incorrect username or password.")
        browser, auth_time = self._new_token(), int(self._clock())
        self._browsers[browser] = (username, auth_time)
        answer = self._signed_in(request.params, username, auth_time)
        cookie = f"{SESSION_COOKIE}={browser}; Path=/; HttpOnly; SameSite=Lax"
        return OAuthAnswer(status=answer.status, headers={**answer.headers, "Set-Cookie": cookie})

    def _signed_in(self, params: Mapping[str, str], username: str, auth_time: int) -> OAuthAnswer:
        scopes = self._granted(params) or []
        if params["response_type"] == "code":
            code = self._new_token()
            expires_at = self._clock() + CODE_LIFETIME
            self._codes[code] = _Code(username, params, scopes, auth_time, expires_at)
            return _back(params, {"code": code})
        session = self._session(username, scopes, auth_time, params)
        tokens = self._issue(session, nonce=params.get("nonce"))
        return _back(params, {name: str(value) for name, value in tokens.items()})

    def _token(self, request: OAuthRequest) -> OAuthAnswer:
        form = request.form
        if not self._authenticated(request, form):
            return _error(400, "invalid_client")
        grants: dict[str, Callable[[Mapping[str, str]], OAuthAnswer]] = {
            "authorization_code": self._exchange,
            "refresh_token": self._refresh,
            "client_credentials": self._client_credentials,
        }
        grant = grants.get(form.get("grant_type", ""))
        return _error(400, "unsupported_grant_type") if grant is None else grant(form)

    def _authenticated(self, request: OAuthRequest, form: Mapping[str, str]) -> bool:
        client_id, secret = form.get("client_id"), form.get("client_secret")
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                pair = base64.b64decode(credentials, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                return False
            basic_id, _, secret = pair.partition(":")
            if client_id not in {None, basic_id}:
                return False
            client_id = basic_id
        return client_id == self.client.id and secret == self.client.secret

    def _exchange(self, form: Mapping[str, str]) -> OAuthAnswer:
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or code.expires_at <= self._clock():
            return _error(400, "invalid_grant")
        if code.params["redirect_uri"] != form.get("redirect_uri"):
            return _error(400, "invalid_grant")
        challenge = code.params.get("code_challenge")
        if challenge is not None and challenge != _s256(form.get("code_verifier", "")):
            return _error(400, "invalid_grant")
        session = self._session(code.username, code.scopes, code.auth_time, code.params)
        refresh_token = self._new_token()
        self._refresh_tokens[refresh_token] = _RefreshToken(session)
        tokens = self._issue(session, nonce=code.params.get("nonce"))
        return _json(200, {**tokens, "refresh_token": refresh_token})

    def _refresh(self, form: Mapping[str, str]) -> OAuthAnswer:
        held = self._refresh_tokens.get(form.get("refresh_token", ""))
        now = self._clock()
        if held is None or held.session.revoked:
            return _error(400, "invalid_grant")
        if held.rotated_at is not None and now >= held.rotated_at + self.client.retry_grace:
            return _error(400, "invalid_grant")
        tokens: dict[str, Any] = self._issue(held.session)
        if self.client.rotation:
            held.rotated_at = now if held.rotated_at is None else held.rotated_at
            tokens["refresh_token"] = self._new_token()
            self._refresh_tokens[tokens["refresh_token"]] = _RefreshToken(held.session)
        return _json(200, tokens)

    def _client_credentials(self, form: Mapping[str, str]) -> OAuthAnswer:
        if self.client.secret is None or "client_credentials" not in self.client.grants:
            return _error(400, "unauthorized_client")
        scopes = self._granted(form)
        if scopes is None:
            return _error(400, "invalid_scope")
        lifetime = self.client.token_lifetime
        token = self._mint.machine_token(scopes, expires_in=lifetime, jti=self._new_token())
        return _json(200, {"access_token": token, "expires_in": lifetime, "token_type": "Bearer"})

    def _session(
        self, username: str, scopes: list[str], auth_time: int, params: Mapping[str, str]
    ) -> _Session:
        return _Session(username, scopes, auth_time, self._new_token(), params.get("resource"))

    def _issue(self, session: _Session, *, nonce: str | None = None) -> dict[str, Any]:
        lifetime = self.client.token_lifetime
        shared = {"origin_jti": session.origin_jti, "auth_time": session.auth_time}
        access_token = self._mint.access_token(
            session.username,
            scopes=session.scopes,
            expires_in=lifetime,
            claims={**shared, "aud": session.resource, "jti": self._new_token()},
        )
        self._access_tokens[access_token] = (session, self._clock() + lifetime)
        tokens: dict[str, Any] = {
            "access_token": access_token,
            "expires_in": lifetime,
            "token_type": "Bearer",
        }
        if "openid" in session.scopes:
            tokens["id_token"] = self._mint.id_token(
                session.username,
                nonce=nonce,
                access_token=access_token,
                expires_in=lifetime,
                claims={**shared, "jti": self._new_token()},
            )
        return tokens

    def _revoke(self, request: OAuthRequest) -> OAuthAnswer:
        form = request.form
        token = form.get("token")
        if not token:
            return _error(400, "invalid_request")
        if not self._authenticated(request, form):
            return _error(401, "invalid_client")
        if token in self._access_tokens or token.count(".") == 2:  # noqa: PLR2004 - a signed JWT
            return _error(400, "unsupported_token_type")
        held = self._refresh_tokens.get(token)
        if held is not None:
            held.session.revoked = True
        return OAuthAnswer(status=200)

    def _user_info(self, request: OAuthRequest) -> OAuthAnswer:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        session, expires_at = self._access_tokens.get(token, (None, 0.0))
        if scheme.lower() != "bearer" or session is None:
            return _unauthorized("Access token is not valid")
        if session.revoked or expires_at <= self._clock() or "openid" not in session.scopes:
            return _unauthorized("Access token is expired, revoked or lacks the scope openid")
        attributes = self.users[session.username][1]
        sub = self._mint.sub(session.username)
        return _json(200, {"sub": sub, "username": session.username, **attributes})

    def _logout(self, request: OAuthRequest) -> OAuthAnswer:
        params = request.params
        if params.get("client_id") != self.client.id:
            return _page(400, "Client does not exist")
        self._browsers.pop(_cookie(request, SESSION_COOKIE), None)
        if "logout_uri" in params:
            if params["logout_uri"] not in self.client.logout_uris:
                return _page(400, "Invalid redirect")
            return _redirect(params["logout_uri"])
        if "redirect_uri" in params and "response_type" in params:
            return _redirect(f"/login?{request.query}")
        return _page(400, "Required String parameter 'redirect_uri' is not present")


def _back(params: Mapping[str, str], answer: Mapping[str, str]) -> OAuthAnswer:
    """Redirect to the application, with the answer in the query, or in the implicit grant the fragment."""
    if "state" in params:
        answer = {**answer, "state": params["state"]}
    uri, text = params["redirect_uri"], urlencode(answer, quote_via=quote)
    if params.get("response_type") == "token":
        return _redirect(f"{uri}#{text}")
    # RFC 6749 3.1.2: a query that the redirect URI has by itself is kept.
    return _redirect(f"{uri}{'&' if '?' in uri else '?'}{text}")


def _redirect(url: str) -> OAuthAnswer:
    return OAuthAnswer(status=302, headers={"Location": url})


def _page(status: int, content: str) -> OAuthAnswer:
    body = f"<!DOCTYPE html><html><body>{content}</body></html>".encode()
    return OAuthAnswer(
        status=status, headers={"Content-Type": "text/html; charset=utf-8"}, body=body
    )


def _json(status: int, data: Mapping[str, Any]) -> OAuthAnswer:
    headers = {"Content-Type": "application/json;charset=UTF-8", "Cache-Control": "no-store"}
    return OAuthAnswer(status=status, headers=headers, body=json.dumps(data).encode())


def _error(status: int, code: str) -> OAuthAnswer:
    return _json(status, {"error": code})


def _unauthorized(description: str) -> OAuthAnswer:
    answer = _json(401, {"error": "invalid_token", "error_description": description})
    challenge = f'error="invalid_token", error_description="{description}"'
    return OAuthAnswer(
        status=401, headers={**answer.headers, "WWW-Authenticate": challenge}, body=answer.body
    )


def _cookie(request: OAuthRequest, name: str) -> str:
    for pair in request.headers.get("cookie", "").split(";"):
        key, _, value = pair.strip().partition("=")
        if key == name:
            return value
    return ""


def _s256(code_verifier: str) -> str:
    digest = hashlib.sha256(code_verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
