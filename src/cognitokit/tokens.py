"""Typed views of tokens: what a verified token says, and what a sign-in gives.

Hand-written rather than dataclasses or named tuples: this module is on the verifier's cold path, of
which importing dataclasses would cost a quarter, and one named tuple as much as all that is here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

from cognitokit.errors import InvalidData

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Never, Self


class VerifiedToken:
    """What a verified token says. Immutable; properties are computed when they are read.

    A claim that is absent, or not of the type that Cognito gives it, reads as None or empty.
    Made by a verifier; the testing kit makes real ones for tests.
    """

    __slots__ = ("_claims", "_frozen", "_raw")

    def __init__(self, claims: dict[str, Any], raw: str) -> None:
        self._claims = claims
        self._raw = raw
        self._frozen: Mapping[str, Any] | None = None

    @property
    def claims(self) -> Mapping[str, Any]:
        """All claims, read-only at every depth: objects are mappings, arrays are tuples."""
        if self._frozen is None:
            self._frozen = MappingProxyType(
                {name: _frozen(value) for name, value in self._claims.items()}
            )
        return self._frozen

    @property
    def raw(self) -> str:
        """The token itself, to pass it on. A secret: it is in no repr."""
        return self._raw

    @property
    def sub(self) -> str:
        """The user's id in the pool, stable for ever; in a machine's token the app client's id."""
        return self._text("sub") or ""

    @property
    def groups(self) -> tuple[str, ...]:
        """cognito:groups: the user's groups when the token was issued."""
        return self._texts("cognito:groups")

    @property
    def issuer(self) -> str:
        """iss: which pool issued the token."""
        return self._text("iss") or ""

    @property
    def issued_at(self) -> int | None:
        """iat, epoch seconds."""
        return self._seconds("iat")

    @property
    def expires_at(self) -> int:
        """exp, epoch seconds."""
        return self._seconds("exp") or 0

    @property
    def auth_time(self) -> int | None:
        """When the user last proved who they are, epoch seconds."""
        return self._seconds("auth_time")

    @property
    def jti(self) -> str | None:
        """This token's own id; absent where token revocation is off."""
        return self._text("jti")

    @property
    def origin_jti(self) -> str | None:
        """The id that all tokens of one sign-in share; absent where token revocation is off."""
        return self._text("origin_jti")

    @property
    def event_id(self) -> str | None:
        """The id of the sign-in event in Cognito's logs."""
        return self._text("event_id")

    def to_dict(self) -> dict[str, Any]:
        """Return the claims as a new plain dict, fit for json.dumps."""
        return {name: _thawed(value) for name, value in self._claims.items()}

    def _text(self, name: str) -> str | None:
        value = self._claims.get(name)
        return value if isinstance(value, str) else None

    def _texts(self, name: str) -> tuple[str, ...]:
        values = _items(self._claims.get(name))
        return tuple(values) if all(isinstance(item, str) for item in values) else ()

    def _seconds(self, name: str) -> int | None:
        value = self._claims.get(name)
        return (
            int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, VerifiedToken) or type(self) is not type(other):
            # A proxy of a token, such as current_token, knows better: Python asks it next.
            return NotImplemented
        return self._raw == other._raw

    def __hash__(self) -> int:
        return hash(self._raw)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError(
            f"{type(self).__name__} holds a secret and is not pickled; pass token.raw on and verify it there."
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(sub={self.sub!r}, expires_at={self.expires_at})"


def claims_of(token: VerifiedToken) -> dict[str, Any]:
    """Return the claims as they were parsed: for those who read them and neither keep nor change them."""
    return token._claims  # a frozen copy is what users get, and what they pay for


class AccessToken(VerifiedToken):
    """A verified access token: the one to send to APIs."""

    __slots__ = ()

    @property
    def username(self) -> str | None:
        """The user's name in the pool; None in a machine's token (client credentials)."""
        return self._text("username")

    @property
    def client_id(self) -> str:
        """The app client that the token was issued to."""
        return self._text("client_id") or ""

    @property
    def scopes(self) -> frozenset[str]:
        """scope, split at spaces (RFC 6749 3.3)."""
        scope = self._text("scope")
        return frozenset(scope.split(" ")) - {""} if scope else frozenset()

    @property
    def audience(self) -> str | None:
        """aud: the resource that the token is bound to (RFC 8707); None in ordinary tokens."""
        return self._text("aud")

    @property
    def device_key(self) -> str | None:
        """The remembered device that the user signed in on."""
        return self._text("device_key")


class IdToken(VerifiedToken):
    """A verified id token: who the user is, for the application that signed them in."""

    __slots__ = ()

    @property
    def username(self) -> str | None:
        """cognito:username, the user's name in the pool."""
        return self._text("cognito:username")

    @property
    def audience(self) -> str:
        """aud: the app client that the token was issued to."""
        return self._text("aud") or ""

    @property
    def email(self) -> str | None:
        """The email address. Trust it only where email_verified is True."""
        return self._text("email")

    @property
    def email_verified(self) -> bool:
        """True only where the claim is the JSON value true."""
        return self._claims.get("email_verified") is True

    @property
    def phone_number(self) -> str | None:
        """The phone number, E.164. Trust it only where phone_number_verified is True."""
        return self._text("phone_number")

    @property
    def phone_number_verified(self) -> bool:
        """True only where the claim is the JSON value true."""
        return self._claims.get("phone_number_verified") is True

    @property
    def roles(self) -> tuple[str, ...]:
        """cognito:roles: the IAM roles of the user's groups, as ARNs."""
        return self._texts("cognito:roles")

    @property
    def preferred_role(self) -> str | None:
        """cognito:preferred_role: the IAM role of the group with the best precedence."""
        return self._text("cognito:preferred_role")

    @property
    def identities(self) -> tuple[Mapping[str, Any], ...]:
        """The accounts at other identity providers that are linked to the user."""
        values = _items(self._claims.get("identities"))
        return tuple(_frozen(item) for item in values if isinstance(item, dict))

    @property
    def custom(self) -> Mapping[str, Any]:
        """Custom attributes by their names without the "custom:" prefix.

        A user may write those for which the app client has write permission, so think before you
        decide anything by them.
        """
        return MappingProxyType(
            {
                name.removeprefix("custom:"): _frozen(value)
                for name, value in self._claims.items()
                if name.startswith("custom:")
            }
        )

    @property
    def nonce(self) -> str | None:
        """The nonce of the login that the token answers (OpenID Connect Core 3.1.2.1)."""
        return self._text("nonce")

    @property
    def at_hash(self) -> str | None:
        """The hash of the access token that was issued beside this one (OpenID Connect Core 3.1.3.6)."""
        return self._text("at_hash")


class NewDevice(tuple[str, str]):
    """A device that Cognito has just begun to track (NewDeviceMetadata)."""

    __slots__ = ()
    __match_args__ = ("key", "group_key")

    def __new__(cls, key: str, group_key: str) -> Self:  # noqa: D102 - what a constructor does
        return super().__new__(cls, (key, group_key))

    @property
    def key(self) -> str:
        """The device's key."""
        return self[0]

    @property
    def group_key(self) -> str:
        """The key of the group that the device belongs to."""
        return self[1]

    def __getnewargs__(self) -> tuple[str, str]:
        return self[0], self[1]

    def __repr__(self) -> str:
        return f"NewDevice(key={self.key!r}, group_key={self.group_key!r})"


class Tokens:
    """What a completed sign-in or refresh gives. Immutable; its repr shows no token.

    Args:
        access_token: For APIs.
        id_token: For the application itself; None where Cognito gave none.
        refresh_token: For new tokens; None where Cognito gave none.
        expires_in: How long the access and id tokens live, seconds.
        expires_at: When they expire, epoch seconds.
        token_type: "Bearer".
        new_device: The device that Cognito has just begun to track, if any.
    """

    __slots__ = (
        "_access_token",
        "_expires_at",
        "_expires_in",
        "_id_token",
        "_new_device",
        "_refresh_token",
        "_token_type",
    )

    def __init__(
        self,
        *,
        access_token: str,
        id_token: str | None = None,
        refresh_token: str | None = None,
        expires_in: int,
        expires_at: int,
        token_type: str = "Bearer",
        new_device: NewDevice | None = None,
    ) -> None:
        self._access_token = access_token
        self._id_token = id_token
        self._refresh_token = refresh_token
        self._expires_in = expires_in
        self._expires_at = expires_at
        self._token_type = token_type
        self._new_device = new_device

    @property
    def access_token(self) -> str:
        """For APIs."""
        return self._access_token

    @property
    def id_token(self) -> str | None:
        """For the application itself; None where Cognito gave none."""
        return self._id_token

    @property
    def refresh_token(self) -> str | None:
        """For new tokens. After a refresh with rotation this is the one to use next."""
        return self._refresh_token

    @property
    def expires_in(self) -> int:
        """How long the access and id tokens live from when they were issued, seconds."""
        return self._expires_in

    @property
    def expires_at(self) -> int:
        """When the access and id tokens expire, epoch seconds by this machine's clock."""
        return self._expires_at

    @property
    def token_type(self) -> str:
        """How to present the access token (RFC 6749 7.1): "Bearer"."""
        return self._token_type

    @property
    def new_device(self) -> NewDevice | None:
        """The device that Cognito has just begun to track, if any."""
        return self._new_device

    def require_tokens(self) -> Tokens:
        """Return these tokens. A challenge's method of the same name raises ChallengeRequired."""
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return plain data with every token in it, for a store that keeps secrets."""
        return {
            "access_token": self._access_token,
            "id_token": self._id_token,
            "refresh_token": self._refresh_token,
            "expires_in": self._expires_in,
            "expires_at": self._expires_at,
            "token_type": self._token_type,
            "new_device": self._new_device
            and {"key": self._new_device.key, "group_key": self._new_device.group_key},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the tokens that to_dict() wrote.

        Args:
            data: What to_dict() gave, also through JSON or DynamoDB, which makes numbers Decimals.

        Raises:
            InvalidData: The data is not of that form; the message names the member, not its value.
        """
        try:
            return cls(**_read(data))
        except InvalidData as error:
            failure = error.with_traceback(None)  # its frames hold what was stored
        raise failure

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tokens):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self._access_token, self._refresh_token))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError(
            "Tokens holds secrets and is not pickled; keep tokens.to_dict() in a store that you trust."
        )

    def __repr__(self) -> str:
        held = [
            name for name in ("access_token", "id_token", "refresh_token") if getattr(self, name)
        ]
        return f"Tokens({', '.join(f'{name}=***' for name in held)}, expires_at={self._expires_at})"


def _items(value: Any) -> list[Any]:
    # pyright narrows to list[Unknown] here, mypy to list[Any].
    return cast("list[Any]", value) if type(value) is list else []  # type: ignore[redundant-cast]


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return MappingProxyType({name: _frozen(item) for name, item in members.items()})
    if isinstance(value, list):
        return tuple(_frozen(item) for item in _items(value))
    return value


def _thawed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _thawed(item) for name, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_thawed(item) for item in _items(value)]
    return value


def _read(data: object) -> dict[str, Any]:
    members = _object(data, "An object of named members was expected.")
    device = members.get("new_device")
    return {
        "access_token": _text(members, "access_token"),
        "id_token": _optional_text(members, "id_token"),
        "refresh_token": _optional_text(members, "refresh_token"),
        "expires_in": _whole(members, "expires_in"),
        "expires_at": _whole(members, "expires_at"),
        "token_type": _text(members, "token_type"),
        "new_device": None if device is None else _read_device(device),
    }


def _read_device(data: object) -> NewDevice:
    members = _object(data, "new_device is not an object.")
    return NewDevice(_text(members, "key"), _text(members, "group_key"))


def _object(data: object, refusal: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise InvalidData(refusal)
    return cast("Mapping[str, Any]", data)


def _text(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name)
    if type(value) is not str:
        raise InvalidData(f"{name} is missing or not of type str.")
    return value


def _optional_text(members: Mapping[str, Any], name: str) -> str | None:
    return None if members.get(name) is None else _text(members, name)


def _whole(members: Mapping[str, Any], name: str) -> int:
    value = members.get(name)
    if type(value) is int:
        return value
    from decimal import Decimal  # noqa: PLC0415 - slow to import, and few stores need it

    if type(value) is Decimal and value.is_finite() and value == value.to_integral_value():
        return int(value)
    raise InvalidData(f"{name} is missing or not of type int.")
