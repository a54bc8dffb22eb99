"""The callback of managed login: what may come in there, and each check that it must pass."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from cognitokit.errors import (
    InsufficientPermission,
    InvalidClaim,
    KeysUnavailable,
    LoginError,
    OAuthError,
    TokenError,
    TransportError,
)
from cognitokit.oauth.exchange import Prefetch, Verify
from cognitokit.oauth.login_state import LoginState
from cognitokit.oauth.pkce import at_hash, is_code_verifier
from cognitokit.oauth.token_endpoint import is_token, read_tokens
from cognitokit.tokens import AccessToken, IdToken, Tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cognitokit.oauth.exchange import Flow
    from cognitokit.oauth.token_endpoint import TokenClient

_MAX_LENGTH = 32_768  # a fragment with two tokens of 8 kB each, and room
_MAX_CODE = 2048
_CLOCK_SKEW = 60
_CODES = frozenset(
    {
        "access_denied",
        "account_selection_required",
        "consent_required",
        "interaction_required",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "invalid_target",
        "login_required",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_response_type",
    }
)
"""RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6, RFC 8707 2: no other text of the provider is passed on."""

_REASONS = frozenset({"at_hash", "auth_time", "azp", "nonce", "sub"})
"""Claims that are the reason of a LoginError by their own names; any other is "token"."""

_BARE_QUERY = re.compile(r"(?![a-z][a-z0-9+.-]*:)[^=/?]*=", re.ASCII | re.IGNORECASE)
"""The beginning of a query that stands alone, not behind a path or a scheme."""

_PARAMETERS = ("state", "code", "error", "iss")
_FRAGMENT = ("state", "error", "iss", "access_token", "id_token", "token_type", "expires_in")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedTokens:
    """Tokens, and what they say. Its repr shows no token."""

    tokens: Tokens
    """To store, to refresh and to call APIs with."""
    access_token: AccessToken
    """The access token's claims: for APIs."""
    id_token: IdToken | None
    """The id token's claims: who signed in. None where the scope openid was not asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRules:
    """What a callback is held against."""

    client: TokenClient
    issuers: tuple[str, ...]
    login_timeout: float

    @property
    def client_id(self) -> str:
        """The app client's id."""
        return self.client.app.client_id


def complete(
    rules: LoginRules, callback: object, login_state: object, *, now: float
) -> Flow[VerifiedTokens]:
    """Check a callback, exchange its code, verify what comes back (OpenID Connect Core 3.1.3)."""
    params = read_parameters(callback, _PARAMETERS, part="query")
    attempt = _checked_attempt(rules, params, login_state, now)
    code, verifier = params.get("code"), attempt.code_verifier
    if verifier is None or not is_code_verifier(verifier):
        raise LoginError("state")
    if code is None or not is_token(code) or len(code) > _MAX_CODE:
        raise LoginError("malformed")
    request = rules.client.exchange(
        code=code, redirect_uri=attempt.redirect_uri, code_verifier=verifier
    )
    try:
        # Without the pool's keys the code would be spent for nothing.
        yield Prefetch()
        tokens = read_tokens((yield request))
    except OAuthError as error:
        raise LoginError("exchange", code=error.code) from error
    except (TransportError, KeysUnavailable) as error:
        raise LoginError("unavailable") from error
    return (yield from _verified(rules, tokens, attempt, now=now, at_hash_required=False))


def complete_implicit(
    rules: LoginRules, fragment: object, login_state: object, *, now: float
) -> Flow[VerifiedTokens]:
    """Check the fragment of the implicit grant and verify its tokens (OpenID Connect Core 3.2.2)."""
    params = read_parameters(fragment, _FRAGMENT, part="fragment")
    attempt = _checked_attempt(rules, params, login_state, now)
    access_token, lifetime = params.get("access_token"), params.get("expires_in", "")
    if attempt.code_verifier is not None:
        raise LoginError("state")
    if (
        not access_token
        or params.get("token_type", "").lower() != "bearer"
        or not (lifetime.isascii() and lifetime.isdecimal() and len(lifetime) <= len("31622400"))
    ):
        raise LoginError("malformed")
    tokens = Tokens(
        access_token=access_token,
        id_token=params.get("id_token"),
        expires_in=int(lifetime),
        expires_at=int(now) + int(lifetime),
    )
    return (yield from _verified(rules, tokens, attempt, now=now, at_hash_required=True))


def verify_refreshed(rules: LoginRules, tokens: Tokens) -> Flow[VerifiedTokens]:
    """Verify refreshed tokens, and that they belong together (OpenID Connect Core 12.2)."""
    access = yield Verify(tokens.access_token)
    identity = None if tokens.id_token is None else (yield Verify(tokens.id_token))
    _check_pair(rules, access, identity)
    return VerifiedTokens(tokens=tokens, access_token=access, id_token=identity)


def read_parameters(source: object, names: Iterable[str], *, part: str) -> dict[str, str]:
    """Return the named parameters of a callback.

    Args:
        source: A URL, or its query or fragment, as str or bytes; or a mapping of names to values
            or lists of values, for instance a framework's query parameters.
        names: Those to read; the others are left alone.
        part: "query" or "fragment": which part of a URL to read.

    Raises:
        LoginError: reason "malformed": a parameter occurs twice, is no text, or all is too long.
    """
    if isinstance(source, (bytes, bytearray)):
        source = bytes(source).decode("latin-1")
    if isinstance(source, str):
        values = _parsed(source, part)
    else:
        values = {name: _values_of(source, name) for name in names}
    found: dict[str, str] = {}
    for name in names:
        texts = values.get(name, [])
        if len(texts) > 1 or not all(isinstance(text, str) for text in texts):
            raise LoginError("malformed")
        if texts:
            found[name] = texts[0]
    if sum(map(len, found.values())) > _MAX_LENGTH:
        raise LoginError("malformed")
    return found


def _parsed(text: str, part: str) -> dict[str, list[str]]:
    if len(text) > _MAX_LENGTH:
        raise LoginError("malformed")
    if part == "fragment":
        text = text.rpartition("#")[2]
    else:
        text = text.partition("#")[0]
        _, mark, query = text.partition("?")
        # A question mark within a query stands for itself (RFC 3986 3.4).
        if mark and not _BARE_QUERY.match(text):
            text = query
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        pairs = None
    if pairs is None:
        raise LoginError("malformed")
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


def _values_of(source: Any, name: str) -> list[Any]:
    try:
        # Werkzeug, Starlette and Django keep repeated parameters behind getlist, httpx behind
        # get_list, aiohttp, WebOb and Bottle behind getall; asked as a mapping they would show one
        # and hide the other.
        for method in ("getlist", "get_list", "getall"):
            read: Any = getattr(source, method, None)
            if read is not None:
                return [*read(name)]
        value = source[name]
    except (KeyError, TypeError, IndexError):
        return []
    except Exception:  # noqa: BLE001 - what comes in may be anything
        return [None]
    return [*value] if isinstance(value, (list, tuple)) else [value]


def _checked_attempt(
    rules: LoginRules, params: Mapping[str, str], login_state: object, now: float
) -> LoginState:
    if not isinstance(login_state, LoginState) or login_state.client_id != rules.client_id:
        raise LoginError("state")
    error, state = params.get("error"), params.get("state")
    # A refusal may come without a state; nothing follows from it but that the login failed.
    if state is None and error is None:
        raise LoginError("state")
    if state is not None and not _equal(state, login_state.state):
        raise LoginError("state")
    if error is not None:
        code = error if error in _CODES else None
        raise LoginError("denied" if code == "access_denied" else "provider", code=code)
    if not -_CLOCK_SKEW <= now - login_state.started_at <= rules.login_timeout:
        raise LoginError("expired")
    if "iss" in params and params["iss"] not in rules.issuers:
        raise LoginError("issuer")
    return login_state


def _verified(
    rules: LoginRules, tokens: Tokens, attempt: LoginState, *, now: float, at_hash_required: bool
) -> Flow[VerifiedTokens]:
    if attempt.openid and tokens.id_token is None:
        raise LoginError("id_token")
    try:
        identity = None
        if tokens.id_token is not None:
            identity = yield Verify(tokens.id_token, attempt.nonce)
        access = yield Verify(tokens.access_token)
        _check_pair(rules, access, identity)
        if identity is not None:
            _check_binding(tokens.access_token, identity, attempt, required=at_hash_required)
        # Without the scope openid only the access token says when the user signed in.
        _check_age(access if identity is None else identity, attempt, now)
        if access.audience not in _audiences(rules, attempt):
            raise InvalidClaim("aud")
    except TokenError as error:
        claim = error.claim or ""
        raise LoginError(claim if claim in _REASONS else "token") from error
    except InsufficientPermission as error:
        # The application's own verifier asks for more than a good token.
        raise LoginError("forbidden") from error
    except KeysUnavailable as error:
        raise LoginError("unavailable") from error
    return VerifiedTokens(tokens=tokens, access_token=access, id_token=identity)


def _check_pair(rules: LoginRules, access: object, identity: object) -> None:
    # The verifier has checked all of this once; one that the application brought may not have.
    if not isinstance(access, AccessToken) or access.client_id != rules.client_id:
        raise InvalidClaim("client_id")
    if identity is None:
        return
    if not isinstance(identity, IdToken) or identity.audience != rules.client_id:
        raise InvalidClaim("aud")
    if "azp" in identity.claims and identity.claims["azp"] != rules.client_id:
        raise InvalidClaim("azp")
    if not identity.sub or identity.sub != access.sub:
        raise InvalidClaim("sub")


def _check_binding(
    access_token: str, identity: IdToken, attempt: LoginState, *, required: bool
) -> None:
    if identity.nonce is None or not _equal(identity.nonce, attempt.nonce):
        raise InvalidClaim("nonce")
    # Cognito sends at_hash; OpenID Connect wants it in the implicit grant, where the tokens come
    # through the browser (3.2.2.9), and leaves it open where they come from the token endpoint.
    if "at_hash" in identity.claims or required:
        given = identity.claims.get("at_hash")
        if not isinstance(given, str) or not _equal(given, at_hash(access_token)):
            raise InvalidClaim("at_hash")


def _check_age(token: AccessToken | IdToken, attempt: LoginState, now: float) -> None:
    if attempt.max_age is None:
        return
    if token.auth_time is None or now - token.auth_time > attempt.max_age + _CLOCK_SKEW:
        raise InvalidClaim("auth_time")


def _audiences(rules: LoginRules, attempt: LoginState) -> tuple[str | None, ...]:
    return (None, rules.client_id) if attempt.resource is None else (attempt.resource,)


def _equal(given: str, expected: str) -> bool:
    # compare_digest takes no str outside ASCII, and utf-8 no half of a surrogate pair.
    return hmac.compare_digest(
        given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass")
    )
