"""Requests to the token, revocation and userInfo endpoints, and what their answers mean.

Amazon Cognito: "The token issuer endpoint", "The token revocation endpoint", "The user attributes
endpoint"; RFC 6749 4.1.3, 4.4.2, 5.1, 5.2 and 6; RFC 7009; OpenID Connect Core 5.3.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import urlencode

from cognitokit.errors import ConfigurationError, OAuthError, TransportError, UnexpectedReply
from cognitokit.oauth.exchange import HttpRequest
from cognitokit.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.app import AppClient
    from cognitokit.oauth.exchange import HttpReply
    from cognitokit.oauth.urls import Endpoints

ClientAuthentication = Literal["basic", "body"]

_MESSAGES: Mapping[str, str] = {
    "invalid_request": (
        "The authorization server finds the request malformed; check redirect_uri and the app client."
    ),
    "invalid_client": (
        "The app client was not accepted: its id or its secret is wrong, it has a secret and none "
        "was given, or it has none and one was given."
    ),
    "invalid_grant": "The code or refresh token is not valid any more; the user has to sign in again.",
    "invalid_scope": (
        "A scope is not allowed for this app client; allow it in the app client's login page settings."
    ),
    "invalid_token": "The access token is not accepted any more; refresh it.",
    "insufficient_scope": "The access token lacks the scope openid; ask for it at the login.",
    "unauthorized_client": (
        "The app client may not use this grant; allow it in the app client's login page settings."
    ),
    "unsupported_grant_type": "The authorization server does not know this grant.",
    "unsupported_token_type": (
        "This kind of token cannot be revoked; revoke the refresh token, and check that the app "
        "client has token revocation on."
    ),
}
"""Error code of RFC 6749 5.2, RFC 6750 3.1 or RFC 7009 2.2.1, and what we say about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenClient:
    """An app client at the endpoints of its pool's domain. Builds requests; its repr hides the secret."""

    app: AppClient
    endpoints: Endpoints
    authentication: ClientAuthentication = "basic"
    """How a secret is sent: HTTP Basic, or in the body (OpenID Connect Core 9)."""

    def __post_init__(self) -> None:
        if self.authentication not in {"basic", "body"}:
            raise ConfigurationError("client_authentication must be 'basic' or 'body'.")
        if self.app.client_secret is not None and not self.app.client_secret.isprintable():
            raise ConfigurationError(
                "client_secret must be the app client's secret, as the Cognito console shows it."
            )

    def exchange(self, *, code: str, redirect_uri: str, code_verifier: str) -> HttpRequest:
        """Return the request that turns a code into tokens (RFC 6749 4.1.3, RFC 7636 4.5)."""
        return self._token_request(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "code_verifier": code_verifier,
            }
        )

    def refresh(self, refresh_token: str) -> HttpRequest:
        """Return the request for new tokens (RFC 6749 6)."""
        return self._token_request({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def client_credentials(
        self, scopes: tuple[str, ...], client_metadata: Mapping[str, str] | None
    ) -> HttpRequest:
        """Return the request for an access token of the app client itself (RFC 6749 4.4.2)."""
        form = {"grant_type": "client_credentials"}
        if scopes:
            form["scope"] = " ".join(scopes)
        if client_metadata:
            form["aws_client_metadata"] = json.dumps(dict(client_metadata), separators=(",", ":"))
        return self._token_request(form)

    def revoke(self, refresh_token: str) -> HttpRequest:
        """Return the request that revokes a refresh token and what was issued from it (RFC 7009 2.1)."""
        return self._post("oauth2/revoke", self.endpoints.revoke, {"token": refresh_token})

    def user_info(self, access_token: str) -> HttpRequest:
        """Return the request for the user's attributes (OpenID Connect Core 5.3.1)."""
        return HttpRequest(
            operation="oauth2/userInfo",
            method="GET",
            url=self.endpoints.user_info,
            headers={"Authorization": f"Bearer {access_token}", "Accept": "application/json"},
        )

    def _token_request(self, form: dict[str, str]) -> HttpRequest:
        return self._post("oauth2/token", self.endpoints.token, form)

    def _post(self, operation: str, url: str, form: dict[str, str]) -> HttpRequest:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        # Beside HTTP Basic too, as in Cognito's own examples; one emulator asks for it.
        fields = {**form, "client_id": self.app.client_id}
        if self.app.client_secret is not None:
            if self.authentication == "body":
                fields["client_secret"] = self.app.client_secret
            else:
                headers["Authorization"] = _basic(self.app.client_id, self.app.client_secret)
        return HttpRequest(
            operation=operation,
            method="POST",
            url=url,
            headers=headers,
            body=urlencode(fields).encode("ascii"),
        )


def read_tokens(reply: HttpReply, *, refresh_token: str | None = None) -> Tokens:
    """Return the tokens of the token endpoint's answer (RFC 6749 5.1).

    Args:
        reply: The answer.
        refresh_token: The one that was sent: it stays in use where the answer has no new one.

    Raises:
        OAuthError: The endpoint refused.
        TransportError: The endpoint failed, or its answer is not of the form of RFC 6749.
    """
    data = _members(reply)
    access_token: Any = data.get("access_token")
    token_type: Any = data.get("token_type")
    id_token: Any = data.get("id_token")
    rotated: Any = data.get("refresh_token")
    expires_in: Any = data.get("expires_in")
    if not (
        is_token(access_token)
        and isinstance(token_type, str)
        and token_type.lower() == "bearer"
        and type(expires_in) is int
        and 0 < expires_in <= 366 * 86400
        and (id_token is None or is_token(id_token))
        and (rotated is None or is_token(rotated))
    ):
        raise UnexpectedReply(operation=reply.operation)
    return Tokens(
        access_token=access_token,
        id_token=id_token,
        refresh_token=rotated if rotated is not None else refresh_token,
        expires_in=expires_in,
        expires_at=int(reply.received_at) + expires_in,
    )


def read_user_info(reply: HttpReply) -> dict[str, Any]:
    """Return the attributes of the userInfo endpoint's answer.

    Raises:
        OAuthError: The endpoint refused the access token.
        TransportError: The endpoint failed, or its answer is not a JSON object with a sub.
    """
    data = _members(reply)
    if not isinstance(data.get("sub"), str) or not data["sub"]:
        raise UnexpectedReply(operation=reply.operation)
    return data


def check_revoked(reply: HttpReply) -> None:
    """Return if the revocation endpoint did what was asked; its answer has no body (RFC 7009 2.2).

    Raises:
        OAuthError: The endpoint refused.
        TransportError: The endpoint failed.
    """
    if reply.status != 200:  # noqa: PLR2004 - OK
        raise _refusal(reply)


def _members(reply: HttpReply) -> dict[str, Any]:
    if reply.status != 200:  # noqa: PLR2004 - OK
        raise _refusal(reply)
    data = _json_object(reply.body)
    if data is None:
        raise UnexpectedReply(operation=reply.operation)
    return data


def _refusal(reply: HttpReply) -> OAuthError | TransportError:
    if reply.status >= 500 or reply.status == 429:  # noqa: PLR2004 - server errors, Too Many Requests
        return TransportError("Cognito could not serve the request now.", operation=reply.operation)
    if not 400 <= reply.status < 500:  # noqa: PLR2004 - client errors
        return UnexpectedReply(operation=reply.operation)
    given: object = (_json_object(reply.body) or {}).get("error")
    code = given if isinstance(given, str) and given in _MESSAGES else None
    if code is None and reply.operation == "oauth2/userInfo":
        code = {401: "invalid_token", 403: "insufficient_scope"}.get(reply.status)
    return OAuthError() if code is None else OAuthError(_MESSAGES[code], code=code)


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        data: Any = json.loads(body.decode("utf-8"), object_pairs_hook=_unrepeated)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", data) if isinstance(data, dict) else None


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError  # two readers could each take another one for the true one
    return members


def is_token(value: object) -> bool:
    """Whether it is of the form of a code, an access token or a refresh token (RFC 6749 A.11, A.12, A.17)."""
    return isinstance(value, str) and bool(value) and value.isascii() and value.isprintable()


def _basic(client_id: str, client_secret: str) -> str:
    # Not form-encoded first, as RFC 6749 2.3.1 would have it: Cognito's documentation encodes the
    # bare "client_id:client_secret", and only + would make a difference.
    pair = base64.b64encode(f"{client_id}:{client_secret}".encode())
    return f"Basic {pair.decode('ascii')}"
