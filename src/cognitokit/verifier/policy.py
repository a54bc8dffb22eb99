"""What a verified token must claim: the rules, checked when they are written down, and the checks."""

from __future__ import annotations

from typing import cast

from cognitokit.errors import (
    ConfigurationError,
    ExpiredToken,
    InvalidClaim,
    MissingGroup,
    MissingScope,
    NotYetValidToken,
)
from cognitokit.tokens import AccessToken, IdToken, claims_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from typing import Any

    from cognitokit.tokens import VerifiedToken

    Claims = dict[str, Any]
    Judge = Callable[[Claims, float, str], VerifiedToken]

MAX_LEEWAY = 600.0
"""Seconds. More than that is no difference between clocks, but a longer life for every token."""

CLOCK_SKEW = 300
"""Seconds that iat and auth_time may lie ahead: the issuer's clock is not ours."""

MAX_SECONDS = 253_402_300_799
"""The last second of the year 9999: a larger number is no time in seconds."""

USES = ("access", "id")
"""The values of token_use."""


class _Unset:
    __slots__ = ()

    def __repr__(self) -> str:
        return "<not given>"


UNSET: Any = _Unset()
"""Stands for an argument that was not given, where None means something."""


NONE: tuple[()] = ()
"""Where scopes or groups are this very object, nothing is demanded."""


class Permissions:
    """Scopes and groups that a token must have. Immutable, equal by value.

    Args:
        scopes: All of these scopes.
        any_scope: At least one of these scopes.
        groups: All of these groups.
        any_group: At least one of these groups.

    Raises:
        ConfigurationError: A str where a collection is meant, a list or set that is empty, or a
            name that cannot occur. An empty tuple is the default and demands nothing, so that a
            function with the same defaults can pass its arguments on.
    """

    __slots__ = ("_any_group", "_any_scope", "_groups", "_scopes")

    def __init__(
        self,
        *,
        scopes: Iterable[str] = (),
        any_scope: Iterable[str] = (),
        groups: Iterable[str] = (),
        any_group: Iterable[str] = (),
    ) -> None:
        self._scopes = _names(scopes, "scopes")
        self._any_scope = _names(any_scope, "any_scope")
        self._groups = _names(groups, "groups")
        self._any_group = _names(any_group, "any_group")
        if any(scope.split() != [scope] for scope in (*self._scopes, *self._any_scope)):
            raise ConfigurationError(
                "A scope holds no white space: give each scope as an item of its own."
            )

    @property
    def scopes(self) -> tuple[str, ...]:
        """All of these scopes are needed; sorted."""
        return self._scopes

    @property
    def any_scope(self) -> tuple[str, ...]:
        """At least one of these scopes is needed; sorted."""
        return self._any_scope

    @property
    def groups(self) -> tuple[str, ...]:
        """All of these groups are needed; sorted."""
        return self._groups

    @property
    def any_group(self) -> tuple[str, ...]:
        """At least one of these groups is needed; sorted."""
        return self._any_group

    def check(self, token: VerifiedToken) -> None:
        """Refuse a verified token that lacks a scope or group.

        A claim of a wrong type grants nothing, and an id token has no scopes.

        Raises:
            MissingScope: A scope is missing.
            MissingGroup: A group is missing.
        """
        self.check_claims(claims_of(token), scoped=isinstance(token, AccessToken))

    def check_claims(self, claims: Claims, *, scoped: bool) -> None:
        """Same as check, of the claims alone; scoped says that they are an access token's."""
        if self._scopes or self._any_scope:
            scope = claims.get("scope")
            held: Collection[str] = scope.split(" ") if scoped and isinstance(scope, str) else ()
            for name in self._scopes:
                if name not in held:
                    raise MissingScope(expected=self._scopes)
            if self._any_scope and not _share(self._any_scope, held):
                raise MissingScope(expected=self._any_scope)
        if self._groups or self._any_group:
            groups: Any = claims.get("cognito:groups")
            if not _is_text_list(groups):
                groups = ()
            for name in self._groups:
                if name not in groups:
                    raise MissingGroup(expected=self._groups)
            if self._any_group and not _share(self._any_group, groups):
                raise MissingGroup(expected=self._any_group)

    def __bool__(self) -> bool:
        """Whether anything is asked for."""
        return bool(self._scopes or self._any_scope or self._groups or self._any_group)

    def _key(self) -> tuple[tuple[str, ...], ...]:
        return self._scopes, self._any_scope, self._groups, self._any_group

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Permissions):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        names = ("scopes", "any_scope", "groups", "any_group")
        given = [
            f"{name}={value!r}" for name, value in zip(names, self._key(), strict=True) if value
        ]
        return f"Permissions({', '.join(given)})"


class Extra:
    """What one call demands beyond the verifier's own rules.

    Raises:
        ConfigurationError: An argument is wrong.
    """

    __slots__ = ("_nonce", "_permissions")

    def __init__(
        self,
        scopes: Iterable[str],
        any_scope: Iterable[str],
        groups: Iterable[str],
        any_group: Iterable[str],
        nonce: Any,
    ) -> None:
        if nonce is not UNSET and (type(nonce) is not str or not nonce):
            raise ConfigurationError(
                "nonce must be the text that the login was started with; leave it out where there was none."
            )
        self._permissions = Permissions(
            scopes=scopes, any_scope=any_scope, groups=groups, any_group=any_group
        )
        self._nonce = nonce

    def check(self, token: VerifiedToken) -> None:
        """Refuse a token that does not meet the demands of this call."""
        self._permissions.check(token)
        if self._nonce is not UNSET and claims_of(token).get("nonce") != self._nonce:
            raise InvalidClaim("nonce")


def compile_rules(  # noqa: C901 - holds judge
    *,
    issuers: tuple[str, ...],
    token_use: str | None,
    clients: frozenset[str] | None,
    audiences: frozenset[str] | None,
    permissions: Permissions,
    leeway: float,
) -> Judge:
    """Return a function that checks claims and makes the token.

    A closure, because this runs for every token: what is known beforehand is looked up once.

    Args:
        issuers: The exact values of iss to accept.
        token_use: "access", "id", or None for either.
        clients: The app clients to accept, None for any of the pool.
        audiences: What an access token may be bound to; None for nothing but its own app client.
        permissions: Scopes and groups to demand.
        leeway: Seconds by which exp and nbf are widened.

    Returns:
        A function of the claims, the time in epoch seconds and the raw token that returns the
        token, or raises a TokenError or an InsufficientPermission.
    """
    uses = USES if token_use is None else (token_use,)
    expected_clients = None if clients is None else tuple(sorted(clients))
    expected_audiences = None if audiences is None else tuple(sorted(audiences))
    check_permissions = permissions.check_claims if permissions else None

    def judge(claims: Claims, now: float, raw: str) -> VerifiedToken:  # noqa: C901, PLR0912 - a list of checks, in their order
        get = claims.get
        exp = get("exp")
        # Each comparison is written so that a time which is not a number refuses.
        if type(exp) is not int or not now - leeway < exp <= MAX_SECONDS:
            check_expiry(claims, now, leeway)
        nbf = get("nbf", 0)
        if type(nbf) is not int or not 0 <= nbf <= now + leeway:
            _check_begin(nbf, "nbf", now + leeway)
        latest = now + CLOCK_SKEW
        iat = get("iat", 0)
        if type(iat) is not int or not 0 <= iat <= latest:
            _check_begin(iat, "iat", latest)
        auth_time = get("auth_time", 0)
        if type(auth_time) is not int or not 0 <= auth_time <= latest:
            _check_begin(auth_time, "auth_time", latest)
        if get("iss") not in issuers:
            raise InvalidClaim("iss", expected=issuers)
        use = get("token_use")
        if use not in uses:
            raise InvalidClaim("token_use", expected=uses)
        if use == "access":
            client = get("client_id")
            if type(client) is not str or not (
                client in clients if clients is not None else client
            ):
                raise InvalidClaim("client_id", expected=expected_clients)
            if audiences is not None:
                audience = get("aud")
                if type(audience) is not str or audience not in audiences:
                    raise InvalidClaim("aud", expected=expected_audiences)
            elif "aud" in claims and get("aud") != client:
                raise InvalidClaim(
                    "aud", "The token is bound to a resource: name it with audience=."
                )
            if type(get("username", "")) is not str:
                # A user's token must not read as a machine's.
                raise InvalidClaim("username")
            token: VerifiedToken = AccessToken(claims, raw)
        else:
            client = get("aud")
            if type(client) is not str or not (
                client in clients if clients is not None else client
            ):
                raise InvalidClaim("aud", expected=expected_clients)
            token = IdToken(claims, raw)
        sub = get("sub")
        if type(sub) is not str or not sub:
            raise InvalidClaim("sub")
        if type(get("jti", "")) is not str:
            raise InvalidClaim("jti")
        if check_permissions is not None:
            check_permissions(claims, scoped=use == "access")
        return token

    return judge


def check_expiry(claims: Claims, now: float, leeway: float) -> None:
    """Refuse a token without a sane exp, or past it (RFC 7519 4.1.4: on or after that second).

    Raises:
        InvalidClaim: exp is missing or no time.
        ExpiredToken: exp has passed.
    """
    exp: Any = claims.get("exp")
    if not _is_seconds(exp):
        raise InvalidClaim("exp")
    if not now - leeway < exp:
        raise ExpiredToken(claim="exp")


def check_before_fetch(claims: Claims, now: float, leeway: float, issuers: tuple[str, ...]) -> None:
    """Refuse a token that no key could save, so that it costs no fetch.

    Raises:
        InvalidClaim: exp is missing or no time, or iss is not one of the issuers.
        ExpiredToken: exp has passed.
    """
    check_expiry(claims, now, leeway)
    if claims.get("iss") not in issuers:
        raise InvalidClaim("iss", expected=issuers)


def check_max_age(token: VerifiedToken, now: float, max_age: float) -> None:
    """Refuse a token whose user signed in too long ago (OpenID Connect Core 3.1.2.1).

    Raises:
        InvalidClaim: auth_time is missing, or longer ago than max_age seconds.
    """
    auth_time = claims_of(token).get("auth_time")
    if auth_time is None or not now - auth_time <= max_age:
        raise InvalidClaim(
            "auth_time",
            "The user signed in too long ago, or the token does not say when.",
            expected=max_age,
        )


def lifetime(claims: Claims, leeway: float) -> tuple[float, float]:
    """Return when claims that were accepted begin and cease to be acceptable, in epoch seconds."""
    signed_in = max(claims.get("iat", 0), claims.get("auth_time", 0))
    return max(claims.get("nbf", 0) - leeway, signed_in - CLOCK_SKEW), claims["exp"] + leeway


def _is_seconds(value: Any) -> bool:
    return type(value) in {int, float} and 0 <= value <= MAX_SECONDS


def _check_begin(value: Any, claim: str, latest: float) -> None:
    if not _is_seconds(value):
        raise InvalidClaim(claim)
    if not value <= latest:
        raise NotYetValidToken(claim=claim)


def _share(wanted: Collection[str], held: Collection[str]) -> bool:
    for name in wanted:  # noqa: SIM110 - a generator costs more than the search
        if name in held:
            return True
    return False


def _is_text_list(values: Any) -> bool:
    if not isinstance(values, list):
        return False
    for value in cast("list[object]", values):  # noqa: SIM110 - the same
        if type(value) is not str:
            return False
    return True


def _names(values: Iterable[str], option: str) -> tuple[str, ...]:
    if values == ():
        return ()
    return tuple(sorted(names(values, option)))


def names(values: Any, option: str) -> frozenset[str]:
    """Check an option that takes a collection of names.

    Raises:
        ConfigurationError: It is a str, empty, or holds anything but non-empty strings.
    """
    if isinstance(values, (str, bytes)):
        raise ConfigurationError(f"{option} takes a collection: write ['...'], not '...'.")
    try:
        items: list[Any] = list(values)
    except TypeError:
        items = [None]
    if not items:
        raise ConfigurationError(
            f"{option} is empty, so nothing could meet it: name at least one, or leave it out."
        )
    if not all(type(item) is str and item for item in items):
        raise ConfigurationError(f"{option} must be a collection of non-empty strings.")
    return frozenset(items)


def one_or_more(values: object, option: str) -> frozenset[str]:
    """Check an option that takes one name or a collection of names, none with white space.

    Raises:
        ConfigurationError: It is empty, or holds anything else.
    """
    found = names([values] if isinstance(values, str) else values, option)
    if any(name.split() != [name] for name in found):
        raise ConfigurationError(f"{option} must not hold white space.")
    return found


def seconds(value: Any, option: str, *, least: float, most: float) -> float:
    """Check an option that is a number of seconds.

    Raises:
        ConfigurationError: It is no number, or outside the bounds.
    """
    if type(value) not in {int, float} or not least <= value <= most:
        raise ConfigurationError(
            f"{option} must be a number of seconds from {least:g} to {most:g}."
        )
    number: float = value
    return number
