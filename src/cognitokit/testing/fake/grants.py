"""Tokens: issued, refreshed, rotated, revoked, and checked when they come back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import jwt

from cognitokit.testing.fake.refusal import Refused, not_authorized, unknown_user, user_disabled
from cognitokit.testing.fake.users import NUMBER
from cognitokit.testing.mint import SELF_SERVICE_SCOPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from cognitokit.testing.fake.devices import Device
    from cognitokit.testing.fake.state import Randomness, RegisteredClient
    from cognitokit.testing.fake.users import Directory, Group, User
    from cognitokit.testing.mint import TokenMint

_REFRESH_TOKEN_HEADER = "eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ"

_REQUIRED_CLAIMS = frozenset({"client_id", "exp", "iat", "sub"})


@dataclass(slots=True)
class Grant:
    """One completed sign-in: every token that follows from it shares its origin_jti."""

    session_id: str
    origin_jti: str
    client: RegisteredClient
    user: User
    auth_time: int
    created_at: float
    active_at: float
    expires_at: float
    device_key: str | None
    event_id: str
    refresh_token: str = field(repr=False)
    rotated_until: dict[str, float] = field(default_factory=dict[str, float], repr=False)
    access_ids: set[str] = field(default_factory=set[str], repr=False)
    revoked: bool = False


class GrantBook:
    """Every grant of one pool."""

    def __init__(
        self,
        mint: TokenMint,
        directory: Directory,
        randomness: Randomness,
        now: Callable[[], float],
    ) -> None:
        self._mint = mint
        self._directory = directory
        self._randomness = randomness
        self._now = now
        self._grants: list[Grant] = []
        self._signed_out_at: dict[str, int] = {}

    def open(self, client: RegisteredClient, user: User, device: Device | None) -> Grant:
        """Note a completed sign-in."""
        now = self._now()
        grant = Grant(
            session_id=f"tkn{self._randomness.name(25)}",
            origin_jti=self._randomness.uuid(),
            client=client,
            user=user,
            auth_time=int(now),
            created_at=now,
            active_at=now,
            expires_at=now + client.settings.refresh_token_lifetime,
            device_key=device.key if device else None,
            event_id=self._randomness.uuid(),
            refresh_token=self._new_refresh_token(),
        )
        self._grants.append(grant)
        return grant

    def of(self, user: User) -> list[Grant]:
        """Return the user's grants that still hold."""
        now = self._now()
        return [
            grant
            for grant in self._grants
            if grant.user is user and not grant.revoked and now < grant.expires_at
        ]

    def find(self, refresh_token: str) -> Grant | None:
        """Return the grant that a refresh token, current or rotated out, belongs to."""
        for grant in self._grants:
            if refresh_token == grant.refresh_token or refresh_token in grant.rotated_until:
                return grant
        return None

    def redeem(self, refresh_token: str, client: RegisteredClient, device_key: str | None) -> Grant:
        """Return the grant of a refresh token that still opens something, or refuse."""
        grant = self.find(refresh_token)
        if grant is None or grant.client is not client or self._is_gone(grant.user):
            raise not_authorized("Invalid Refresh Token")
        if grant.revoked:
            raise not_authorized("Refresh Token has been revoked")
        if self._now() >= grant.expires_at:
            raise not_authorized("Refresh Token has expired")
        if not grant.user.enabled:
            raise user_disabled()
        if grant.device_key is not None and device_key != grant.device_key:
            raise not_authorized("Invalid Refresh Token")
        if self._now() >= grant.rotated_until.get(refresh_token, float("inf")):
            raise Refused("RefreshTokenReuseException", "Refresh token has been used already.")
        grant.active_at = self._now()
        return grant

    def rotate(self, grant: Grant) -> str:
        """Give the grant a new refresh token. The one before stays good for the grace period."""
        grant.rotated_until[grant.refresh_token] = self._now() + grant.client.settings.grace
        grant.refresh_token = self._new_refresh_token()
        return grant.refresh_token

    def authentication_result(
        self, grant: Grant, groups: Iterable[Group], *, refresh_token: str | None
    ) -> dict[str, Any]:
        """Mint the tokens of a grant and return Cognito's AuthenticationResult."""
        user, settings = grant.user, grant.client.settings
        ranked = sorted(groups, key=lambda group: (_rank(group), group.name))
        access_id = self._randomness.uuid()
        grant.access_ids.add(access_id)
        in_common: dict[str, Any] = {
            "sub": user.sub,
            "auth_time": grant.auth_time,
            "event_id": grant.event_id,
            "origin_jti": grant.origin_jti,
        }
        if not settings.revocable:
            in_common |= {"origin_jti": None, "jti": None}
        access_token = self._mint.access_token(
            user.username,
            groups=[group.name for group in ranked],
            expires_in=settings.access_token_lifetime,
            device_key=grant.device_key,
            claims={"jti": access_id, "client_id": grant.client.client_id, **in_common},
        )
        roles = [group.role_arn for group in ranked if group.role_arn]
        id_token = self._mint.id_token(
            user.username,
            groups=[group.name for group in ranked],
            roles=roles,
            expires_in=settings.id_token_lifetime,
            claims={
                "email": None,
                "email_verified": None,
                **in_common,
                "aud": grant.client.client_id,
                "cognito:preferred_role": _preferred_role(ranked),
                **_profile_claims(user.attributes, settings.may_read),
            },
        )
        result = {
            "AccessToken": access_token,
            "IdToken": id_token,
            "TokenType": "Bearer",
            "ExpiresIn": settings.access_token_lifetime,
        }
        if refresh_token is not None:
            result["RefreshToken"] = refresh_token
        return result

    def authorize(self, access_token: str) -> tuple[User, Mapping[str, Any]]:
        """Return whose access token this is, and its claims, or refuse: NotAuthorizedException."""
        claims = self._verified(access_token)
        if (
            claims.get("token_use") != "access"
            or claims.get("iss") != self._mint.issuer
            or not claims.keys() >= _REQUIRED_CLAIMS
        ):
            raise not_authorized("Invalid Access Token")
        if self._now() >= claims["exp"]:
            raise not_authorized("Access Token has expired")
        if SELF_SERVICE_SCOPE not in claims.get("scope", "").split(" "):
            raise not_authorized("Access Token does not have required scopes")
        user = self._directory.by_sub(claims["sub"])
        if user is None:
            raise unknown_user()
        if not user.enabled:
            raise user_disabled()
        grant = self.of_claims(claims)
        if grant is None:
            # A token that the mint made alone: all that is known of it is when.
            revoked = claims["iat"] <= self._signed_out_at.get(user.sub, -1)
        else:
            revoked = grant.revoked or claims.get("jti") not in grant.access_ids
        if revoked:
            raise not_authorized("Access Token has been revoked")
        return user, claims

    def of_claims(self, claims: Mapping[str, Any]) -> Grant | None:
        """Return the grant that a token's origin_jti names; None for a token that the mint made alone."""
        origin = claims.get("origin_jti")
        return next((grant for grant in self._grants if grant.origin_jti == origin), None)

    def revoke(self, grant: Grant) -> None:
        """Let neither the refresh token nor the access tokens of a grant open anything any more."""
        grant.revoked = True

    def revoke_all(self, user: User) -> None:
        """The same for all of a user's grants."""
        for grant in self._grants:
            if grant.user is user:
                grant.revoked = True
        self._signed_out_at[user.sub] = int(self._now())

    def revoke_access(self, user: User) -> None:
        """Let the user's access tokens open nothing any more; refresh tokens still give new ones."""
        for grant in self._grants:
            if grant.user is user:
                grant.access_ids.clear()
        self._signed_out_at[user.sub] = int(self._now())

    def _is_gone(self, user: User) -> bool:
        return self._directory.by_sub(user.sub) is not user

    def _new_refresh_token(self) -> str:
        rest = (self._randomness.token(size) for size in (32, 12, 48, 16))
        return ".".join((_REFRESH_TOKEN_HEADER, *rest))

    def _verified(self, access_token: str) -> dict[str, Any]:
        try:
            kid = jwt.get_unverified_header(access_token).get("kid")
        except jwt.InvalidTokenError:
            kid = None
        keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(self._mint.jwks).keys}
        if kid not in keys:
            raise not_authorized("Invalid Access Token")
        try:
            claims: dict[str, Any] = jwt.decode(
                access_token,
                keys[kid].key,
                algorithms=["RS256"],
                # The pool's clock decides, not this machine's.
                options={"verify_exp": False, "verify_iat": False, "verify_aud": False},
            )
        except jwt.InvalidTokenError:
            claims = {}
        if not claims:
            raise not_authorized("Could not verify signature for Access Token")
        return claims


def _rank(group: Group) -> float:
    return float("inf") if group.precedence is None else group.precedence


def _preferred_role(ranked: list[Group]) -> str | None:
    with_role = [group for group in ranked if group.role_arn and group.precedence is not None]
    best = {group.role_arn for group in with_role if group.precedence == with_role[0].precedence}
    # Two groups of the same precedence with different roles: Cognito prefers neither.
    return best.pop() if len(best) == 1 else None


def _profile_claims(
    attributes: Mapping[str, str], may_read: Callable[[str], bool]
) -> dict[str, Any]:
    claims: dict[str, Any] = {}
    for name, value in attributes.items():
        if not may_read(name):
            continue
        if name in {"email_verified", "phone_number_verified"}:
            claims[name] = value == "true"
        elif name == "address":
            claims[name] = {"formatted": value}
        elif name == "updated_at" and NUMBER.fullmatch(value):
            # A schema of one's own may make it a text.
            claims[name] = float(value) if "." in value else int(value)
        else:
            claims[name] = value
    return claims
