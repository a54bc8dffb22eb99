"""An application that signs users in through managed login: the URLs it sends a browser to."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cognitokit.errors import ConfigurationError
from cognitokit.oauth.login_state import LoginRequest, LoginState
from cognitokit.oauth.pkce import code_challenge
from cognitokit.oauth.redirect_target import safe_redirect_target
from cognitokit.oauth.urls import checked_return_uri, with_query
from cognitokit.pool import checked_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cognitokit.oauth.callback import LoginRules

_SCOPE = re.compile(r"[!#-\[\]-~]+", re.ASCII)  # RFC 6749 3.3


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginHints:
    """What managed login may be told about the login that is wanted; all of it is optional."""

    identity_provider: str | None = None
    idp_identifier: str | None = None
    login_hint: str | None = None
    lang: str | None = None
    prompt: str | None = None
    acr_values: Iterable[str] = ()
    max_age: int | None = None
    resource: str | None = None

    def __post_init__(self) -> None:
        for name in (
            "identity_provider", "idp_identifier", "login_hint", "lang", "prompt", "resource",
        ):  # fmt: skip
            value = getattr(self, name)
            if value is not None and not _is_text(value):
                raise ConfigurationError(
                    f"{name} must be a non-empty string without control characters, or None."
                )
        if self.identity_provider is not None and self.idp_identifier is not None:
            raise ConfigurationError("Give identity_provider or idp_identifier, not both.")
        if self.max_age is not None and (type(self.max_age) is not int or self.max_age < 0):
            raise ConfigurationError("max_age must be a whole number of seconds.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What an application has registered, checked; it makes the URLs. Its repr hides the secret."""

    rules: LoginRules
    redirect_uri: str
    scopes: tuple[str, ...]
    logout_uri: str | None = None
    resources: tuple[str, ...] = ()
    allow_http: bool = False

    def begin(
        self,
        hints: LoginHints,
        redirect_target: object,
        *,
        state: str,
        nonce: str,
        code_verifier: str | None,
        now: float,
        sign_out_first: bool = False,
    ) -> LoginRequest:
        """Return where to send the browser, and what to remember (OpenID Connect Core 3.1.2.1)."""
        if hints.resource is not None and hints.resource not in self.resources:
            raise ConfigurationError(
                "resource must be one of those named with resources= when the login was set up."
            )
        login_state = LoginState(
            state=state,
            nonce=nonce,
            code_verifier=code_verifier,
            client_id=self.rules.client_id,
            redirect_uri=self.redirect_uri,
            started_at=now,
            redirect_target=safe_redirect_target(redirect_target),
            openid="openid" in self.scopes,
            max_age=hints.max_age,
            resource=hints.resource,
        )
        endpoints = self.rules.client.endpoints
        url = with_query(
            endpoints.logout if sign_out_first else endpoints.authorize,
            {
                "response_type": "token" if code_verifier is None else "code",
                "client_id": self.rules.client_id,
                "redirect_uri": self.redirect_uri,
                "scope": " ".join(self.scopes),
                "state": state,
                "nonce": nonce,
                "code_challenge": code_verifier and code_challenge(code_verifier),
                "code_challenge_method": code_verifier and "S256",
                "identity_provider": hints.identity_provider,
                "idp_identifier": hints.idp_identifier,
                "login_hint": hints.login_hint,
                "lang": hints.lang,
                "prompt": hints.prompt,
                "acr_values": " ".join(texts("acr_values", hints.acr_values)) or None,
                "max_age": None if hints.max_age is None else str(hints.max_age),
                "resource": hints.resource,
            },
        )
        return LoginRequest(url, login_state)

    def logout_url(self, logout_uri: str | None) -> str:
        """Return where to send the browser to end managed login's session for it."""
        target = self.logout_uri
        if logout_uri is not None:
            target = checked_return_uri(logout_uri, "logout_uri", allow_http=self.allow_http)
        if target is None:
            raise ConfigurationError(
                "logout_uri is missing: give one of the app client's allowed sign-out URLs."
            )
        return with_query(
            self.rules.client.endpoints.logout,
            {"client_id": self.rules.client_id, "logout_uri": target},
        )


def application(
    rules: LoginRules,
    *,
    redirect_uri: str,
    scopes: Iterable[str],
    logout_uri: str | None,
    resources: Iterable[str],
    allow_http: bool,
) -> Application:
    """Return the application, its settings checked.

    Raises:
        ConfigurationError: One is missing or malformed; the message names it.
    """
    if type(rules.login_timeout) not in {int, float} or not 0 < rules.login_timeout < math.inf:
        raise ConfigurationError("login_timeout must be a number of seconds, more than 0.")
    return Application(
        rules=rules,
        redirect_uri=checked_return_uri(redirect_uri, "redirect_uri", allow_http=allow_http),
        scopes=checked_scopes(scopes, required=True),
        logout_uri=None
        if logout_uri is None
        else checked_return_uri(logout_uri, "logout_uri", allow_http=allow_http),
        resources=tuple(
            checked_url(resource, "resources", allow_http=True)
            for resource in texts("resources", resources)
        ),
        allow_http=allow_http,
    )


def checked_scopes(scopes: Iterable[str], *, required: bool = False) -> tuple[str, ...]:
    """Return the scopes, each once.

    Raises:
        ConfigurationError: One is no scope (RFC 6749 3.3), or none is given where some must be.
    """
    names = tuple(dict.fromkeys(texts("scopes", scopes)))
    if (required and not names) or not all(_SCOPE.fullmatch(name) for name in names):
        raise ConfigurationError(
            'scopes must be a list of scope names such as ["openid", "email", "tasks/read"].'
        )
    return names


def texts(option: str, values: Any) -> list[str]:
    """Return a list of strings; ConfigurationError where it is one string, or holds anything else."""
    items: list[Any] = []
    try:
        items += [""] if isinstance(values, str) else values
    except TypeError:
        items = [""]
    if not all(map(_is_text, items)):
        raise ConfigurationError(f"{option} must be a list of strings.")
    return items


def _is_text(value: object) -> bool:
    # Half of a surrogate pair is not printable either, and cannot be sent.
    return isinstance(value, str) and bool(value) and value.isprintable()
