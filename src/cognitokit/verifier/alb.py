"""The token that an Application Load Balancer adds to requests: x-amzn-oidc-data.

All load balancers of a region share the keys, whoever owns them, so a good signature alone says
nothing: the signer in the header must be your own load balancer. Let targets take requests from
the load balancer only, or anyone may send them an older token.
"""

from __future__ import annotations

import time

from cognitokit.errors import (
    CognitoKitError,
    ConfigurationError,
    InvalidClaim,
    InvalidSignature,
    UnknownKey,
)
from cognitokit.pool import checked_url, is_region, partition_of
from cognitokit.tokens import VerifiedToken
from cognitokit.verifier import jws
from cognitokit.verifier.alb_keys import AlbKeys
from cognitokit.verifier.awaitables import is_async_callable
from cognitokit.verifier.examine import NeedKeys, advance
from cognitokit.verifier.keysource import AsyncKeySource, KeySource, SyncKeySource
from cognitokit.verifier.policy import MAX_LEEWAY, check_expiry, one_or_more, seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterable
    from typing import Any

_UUID_GROUPS = [8, 4, 4, 4, 12]
_HEX = frozenset("0123456789abcdef")


class AlbToken(VerifiedToken):
    """What a load balancer says of the user it has authenticated. Immutable.

    The claims are those of the identity provider's userInfo endpoint, all of them texts with Cognito.
    """

    __slots__ = ("_header",)

    def __init__(self, header: dict[str, Any], claims: dict[str, Any], raw: str) -> None:
        super().__init__(claims, raw)
        self._header = header

    @property
    def signer(self) -> str:
        """The ARN of the load balancer."""
        return str(self._header["signer"])

    @property
    def client_id(self) -> str:
        """The app client through which the load balancer signs users in."""
        return str(self._header["client"])

    @property
    def issuer(self) -> str:
        """The identity provider: iss of the header."""
        return str(self._header["iss"])

    @property
    def expires_at(self) -> int:
        """When it expires, epoch seconds: exp of the header."""
        return int(self._header["exp"])

    @property
    def username(self) -> str | None:
        """The user's name in the pool."""
        return self._text("username")

    @property
    def email(self) -> str | None:
        """The email address. Trust it only where email_verified is True."""
        return self._text("email")

    @property
    def email_verified(self) -> bool:
        """Whether the address was verified; Cognito's userInfo endpoint writes it as the text "true"."""
        verified = self._claims.get("email_verified")
        return verified is True or verified == "true"


class _AlbBase:
    """What the sync and the async verifier have in common."""

    def __init__(
        self,
        load_balancer_arn: str | Iterable[str],
        make_source: type[KeySource],
        *,
        client_id: str | Iterable[str] | None,
        issuer: str | Iterable[str] | None,
        leeway: float,
        keys_url: str | None,
        fetcher: Callable[[str], object] | None,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self._signers = one_or_more(load_balancer_arn, "load_balancer_arn")
        regions = {_region_of(arn) for arn in self._signers}
        if len(regions) != 1:
            raise ConfigurationError(
                "All load balancers must be in one region: make a verifier for each region."
            )
        self._clients = None if client_id is None else one_or_more(client_id, "client_id")
        self._issuers = None if issuer is None else one_or_more(issuer, "issuer")
        self._leeway = seconds(leeway, "leeway", least=0, most=MAX_LEEWAY)
        for name, function in (("clock", clock), ("fetcher", fetcher), ("monotonic", monotonic)):
            if not callable(function) and not (name == "fetcher" and function is None):
                raise ConfigurationError(f"{name} must be a function.")
        self._clock = clock
        url = _keys_url(regions.pop()) if keys_url is None else checked_url(keys_url, "keys_url")
        self._keys = AlbKeys(
            url.rstrip("/"), make_source, fetcher=fetcher, clock=clock, monotonic=monotonic
        )

    def _examine(self, raw: str) -> Generator[NeedKeys, Any, AlbToken]:
        """Verify a token; keys are asked for only when everything else in its header is right."""
        segment, signed, data, signature = jws.split(raw, jws.decode_padded)
        header = jws.parse_object(jws.decode_padded(segment))
        kid = jws.key_id(header, "ES256")
        if [len(group) for group in kid.split("-")] != _UUID_GROUPS or not _HEX.issuperset(
            kid.replace("-", "")
        ):
            raise UnknownKey
        _check_header(header, "signer", self._signers)
        _check_header(header, "client", self._clients)
        check_expiry(header, self._clock(), self._leeway)
        _check_header(header, "iss", self._issuers)
        source = self._keys.source_of(kid)
        keys = yield NeedKeys(source, kid)
        if isinstance(keys, CognitoKitError):
            raise keys
        if kid not in keys:
            self._keys.miss(kid)
        if not keys.find(kid).accepts(signature, signed):
            raise InvalidSignature
        self._keys.prove(kid, source)
        claims = jws.parse_object(data)
        now = self._clock()
        check_expiry(header, now, self._leeway)
        if "exp" in claims:
            check_expiry(claims, now, self._leeway)
        if "iss" in claims and claims["iss"] != header["iss"]:
            raise InvalidClaim("iss")
        if type(claims.get("sub")) is not str or not claims["sub"]:
            raise InvalidClaim("sub")
        return AlbToken(header, claims, raw)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(sorted(self._signers))})"


class AlbVerifier(_AlbBase):
    """Verifies x-amzn-oidc-data. Safe to share between threads; make one and keep it.

    Args:
        load_balancer_arn: Your load balancer, or several of one region.
        client_id: The app client that it signs users in with, or several; None to accept any.
        issuer: The iss of the identity provider, or several, such as UserPool(...).issuers; None to
            accept any.
        leeway: Seconds by which exp is widened, at most 600.
        keys_url: What a key's id is appended to, in place of the region's own address.
        fetcher: Called with the URL of a key in place of our own HTTP request; returns its PEM, or
            None where there is none.
        clock: Returns the time, epoch seconds.
        monotonic: Returns seconds that never go back, for the age of keys.

    Raises:
        ConfigurationError: An option is wrong; the message names the cure.
    """

    def __init__(
        self,
        load_balancer_arn: str | Iterable[str],
        *,
        client_id: str | Iterable[str] | None,
        issuer: str | Iterable[str] | None,
        leeway: float = 0,
        keys_url: str | None = None,
        fetcher: Callable[[str], bytes | str | None] | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if fetcher is not None and is_async_callable(fetcher):
            raise ConfigurationError("An async fetcher needs an AsyncAlbVerifier.")
        super().__init__(
            load_balancer_arn,
            SyncKeySource,
            client_id=client_id,
            issuer=issuer,
            leeway=leeway,
            keys_url=keys_url,
            fetcher=fetcher,
            clock=clock,
            monotonic=monotonic,
        )

    def verify(self, raw: str) -> AlbToken:
        """Verify the header's value (Elastic Load Balancing guide: user claims encoding).

        Args:
            raw: The value of x-amzn-oidc-data, as it came. Anything may be given.

        Raises:
            TokenError: The token is refused; reason says which check did.
            KeysUnavailable: The key could not be fetched.
        """
        examination = self._examine(raw)
        outcome: Any = advance(examination, None)
        while isinstance(outcome, NeedKeys):
            outcome = advance(examination, outcome.source.answer(outcome.kid))
        if isinstance(outcome, AlbToken):
            return outcome
        del raw, examination
        try:
            raise outcome
        finally:
            del outcome


class AsyncAlbVerifier(_AlbBase):
    """Same as AlbVerifier, awaited; on asyncio and on trio. The fetcher may be async.

    Raises:
        ConfigurationError: An option is wrong; the message names the cure.
    """

    def __init__(
        self,
        load_balancer_arn: str | Iterable[str],
        *,
        client_id: str | Iterable[str] | None,
        issuer: str | Iterable[str] | None,
        leeway: float = 0,
        keys_url: str | None = None,
        fetcher: Callable[[str], Awaitable[bytes | str | None] | bytes | str | None] | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(
            load_balancer_arn,
            AsyncKeySource,
            client_id=client_id,
            issuer=issuer,
            leeway=leeway,
            keys_url=keys_url,
            fetcher=fetcher,
            clock=clock,
            monotonic=monotonic,
        )

    async def verify(self, raw: str) -> AlbToken:
        """Same as AlbVerifier.verify, awaited.

        Raises:
            TokenError: The token is refused; reason says which check did.
            KeysUnavailable: The key could not be fetched.
        """
        examination = self._examine(raw)
        outcome: Any = advance(examination, None)
        while isinstance(outcome, NeedKeys):
            outcome = advance(examination, await outcome.source.answer(outcome.kid))
        if isinstance(outcome, AlbToken):
            return outcome
        del raw, examination
        try:
            raise outcome
        finally:
            del outcome


def _check_header(header: dict[str, Any], name: str, accepted: frozenset[str] | None) -> None:
    value = header.get(name)
    if type(value) is not str or not (value in accepted if accepted is not None else value):
        raise InvalidClaim(name, expected=None if accepted is None else tuple(sorted(accepted)))


def _region_of(arn: str) -> str:
    parts = arn.split(":", 5)
    if (
        len(parts) != 6  # noqa: PLR2004
        or parts[0] != "arn"
        or parts[2] != "elasticloadbalancing"
        or not is_region(parts[3])
        or parts[1] != partition_of(parts[3])[0]
        or not parts[5].startswith("loadbalancer/app/")
    ):
        raise ConfigurationError(
            "A load balancer's ARN looks like 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:"
            "loadbalancer/app/name/0123456789abcdef'."
        )
    return parts[3]


def _keys_url(region: str) -> str:
    partition, suffix = partition_of(region)
    if partition == "aws-us-gov":
        return f"https://s3-{region}.{suffix}/aws-elb-public-keys-prod-{region}"
    return f"https://public-keys.auth.elb.{region}.{suffix}"
