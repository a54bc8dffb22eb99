"""A user pool's coordinates: which issuers its tokens name, where its keys are, where its API is.

Everything follows from the configuration; nothing is ever derived from a token.
"""

from __future__ import annotations

from cognitokit.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Self

_POOL_ID_MAX = 55  # UserPoolIdType in Cognito's service model

_PARTITIONS = (
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("eusc-", "aws-eusc", "amazonaws.eu"),
    ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
    ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
    ("us-iso-", "aws-iso", "c2s.ic.gov"),
    ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
    ("", "aws", "amazonaws.com"),
)
"""Region prefix, partition, DNS suffix: the first prefix that fits decides."""


class UserPool:
    """One user pool, immutable. Two pools are equal when all their coordinates are.

    Args:
        id: The pool's id, for instance "eu-west-1_AbCdEfGhI".
        region: Where API calls go, and nothing else. Default: the id's own region. Give it
            for a replica of the pool in another region.
        issuers: The exact iss values to accept. Default: both forms that Cognito uses for the
            id's own region, https://cognito-idp.{region}... and https://issuer-cognito-idp.{region}...
            Give them for a replica region's tokens, or for an emulator that names itself.
        jwks_uri: Where the keys are fetched. Default: {id}/.well-known/jwks.json below
            endpoint_url where that is given, else below the API host of the id's own region.
        endpoint_url: The API's address, for an emulator, a VPC endpoint or a proxy.
        allow_http: Allow plain http for hosts other than loopback, for instance an emulator in
            another container. Everything that travels is then readable on the way.

    Raises:
        ConfigurationError: An argument is missing or malformed; the message names the cure.
    """

    __slots__ = (
        "_endpoint",
        "_endpoint_url",
        "_id",
        "_issuers",
        "_jwks_uri",
        "_partition",
        "_region",
    )

    def __init__(
        self,
        id: str,  # noqa: A002 - the field's own name for it
        *,
        region: str | None = None,
        issuers: Iterable[str] | None = None,
        jwks_uri: str | None = None,
        endpoint_url: str | None = None,
        allow_http: bool = False,
    ) -> None:
        home = _home_of(id)
        if not home:
            from cognitokit.mistaken_pool_id import (  # noqa: PLC0415 - a cold start is not mistaken
                mistake_in,
            )

            raise ConfigurationError(mistake_in(id))
        if not is_region(home):
            # Emulators make ids such as local_1a2b3c: nothing follows from those.
            if region is None or issuers is None or (jwks_uri is None and endpoint_url is None):
                raise ConfigurationError(
                    f"{home!r} in the user pool id is not an AWS region. "
                    "For an emulator give region=, issuers= and endpoint_url= (or jwks_uri=) as well."
                )
            home = region
        if region is not None and not is_region(region):
            raise ConfigurationError("region must be an AWS region such as 'eu-west-1'.")
        self._id = id
        self._region = region or home
        self._partition, suffix = partition_of(self._region)
        home_suffix = partition_of(home)[1]
        original = f"https://cognito-idp.{home}.{home_suffix}/{id}"
        if issuers is None:
            updated = f"https://issuer-cognito-idp.{home}.{home_suffix}/{id}"
            self._issuers: tuple[str, ...] = (original, updated)
        else:
            self._issuers = _checked_issuers(issuers)
        self._endpoint_url = endpoint_url
        if endpoint_url is None:
            self._endpoint = f"https://cognito-idp.{self._region}.{suffix}"
        else:
            self._endpoint = checked_url(
                endpoint_url, "endpoint_url", allow_http=allow_http
            ).rstrip("/")
        if jwks_uri is not None:
            self._jwks_uri = checked_url(jwks_uri, "jwks_uri", allow_http=allow_http)
        elif endpoint_url is not None:
            self._jwks_uri = f"{self._endpoint}/{id}/.well-known/jwks.json"
        else:
            self._jwks_uri = f"{original}/.well-known/jwks.json"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Make the pool from environment variables.

        COGNITO_USER_POOL_ID is required. COGNITO_REGION, COGNITO_ISSUERS (several: separated by
        commas or spaces), COGNITO_JWKS_URI, COGNITO_ENDPOINT_URL and COGNITO_ALLOW_HTTP stand for
        the arguments of the same names. AWS_COGNITO_USER_POOL_ID is taken as well.

        Args:
            environ: What to read instead of os.environ.

        Raises:
            ConfigurationError: A variable is missing or malformed.
        """
        from cognitokit import environment  # noqa: PLC0415 - few need it, and each import counts

        source = environment.Known(environ)
        return cls(
            environment.require(source, "user_pool_id"),
            region=environment.read(source, "region"),
            issuers=environment.read_list(source, "issuers"),
            jwks_uri=environment.read(source, "jwks_uri"),
            endpoint_url=environment.read(source, "endpoint_url"),
            allow_http=environment.read_flag(source, "allow_http"),
        )

    @property
    def id(self) -> str:
        """The pool's id."""
        return self._id

    @property
    def region(self) -> str:
        """Where API calls go."""
        return self._region

    @property
    def partition(self) -> str:
        """The region's AWS partition: "aws", "aws-cn", "aws-us-gov", "aws-eusc" or an isolated one."""
        return self._partition

    @property
    def issuers(self) -> tuple[str, ...]:
        """The iss values that this pool's tokens may carry."""
        return self._issuers

    @property
    def jwks_uri(self) -> str:
        """Where the pool's public keys are published."""
        return self._jwks_uri

    @property
    def endpoint(self) -> str:
        """The address of the user pools API, without a trailing slash."""
        return self._endpoint

    @property
    def endpoint_url(self) -> str | None:
        """The address that was given in place of the region's own; None where none was."""
        return self._endpoint_url

    def _coordinates(self) -> tuple[object, ...]:
        return self._id, self._region, self._issuers, self._jwks_uri, self._endpoint

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, UserPool):
            return NotImplemented
        return self._coordinates() == other._coordinates()

    def __hash__(self) -> int:
        return hash(self._coordinates())

    def __repr__(self) -> str:
        if not hasattr(self, "_endpoint"):  # a traceback shows a pool that was refused half-made
            return "UserPool(...)"
        return f"UserPool({self._id!r}, region={self._region!r}, endpoint={self._endpoint!r})"


def as_pool(pool: UserPool | str) -> UserPool:
    """Return a UserPool for what callers may give: one, or a pool id."""
    return pool if isinstance(pool, UserPool) else UserPool(pool)


def checked_url(url: str, name: str, *, allow_http: bool = False) -> str:
    """Return the URL if it is https, or http to loopback (or anywhere with allow_http).

    Raises:
        ConfigurationError: It is not; the message says which option is at fault.
    """
    why = _fault(url, allow_http=allow_http)
    if why:
        raise ConfigurationError(f"{name} {why}")
    return url


def _fault(url: str, *, allow_http: bool) -> str | None:
    from urllib.parse import urlsplit  # noqa: PLC0415 - only overrides need it; it is slow to import

    if not _is_printable(url):
        return "must be a URL of printable ASCII characters."
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "must be a URL with a valid host and port."
    if not host:
        return "must be an absolute URL such as 'https://example.com'."
    if parts.username is not None or parts.fragment:
        return "must not contain a user name or a fragment."
    if parts.scheme == "http" and not allow_http and not is_loopback(host):
        return "must be https; plain http is for loopback, or by allow_http=True."
    if parts.scheme not in {"http", "https"}:
        return "must be an https URL."
    return None


def is_loopback(host: str) -> bool:
    """Whether a host name or address stays on this machine (RFC 6761 6.3, RFC 1122 3.2.1.3, RFC 4291 2.5.3)."""
    from ipaddress import ip_address  # noqa: PLC0415 - only overrides need it; it is slow to import

    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


# Written without regular expressions: to load and compile them would be a twentieth of the cold start.


def _home_of(pool_id: object) -> str:
    """Return what stands before a pool id's last underscore; empty where it is no pool id."""
    if type(pool_id) is not str or len(pool_id) > _POOL_ID_MAX or not pool_id.isascii():
        return ""
    home, _, name = pool_id.rpartition("_")
    return home if name.isalnum() and home.replace("_", "").replace("-", "").isalnum() else ""


def is_region(value: object) -> bool:
    """Whether it looks like "eu-west-1" or "us-gov-west-1"."""
    if type(value) is not str or not value.isascii():
        return False
    area, *words, number = value.split("-") if "-" in value else ("", "")
    return (
        len(area) in range(2, 5)
        and len(words) in range(1, 3)
        and all(len(word) in range(2, 11) for word in words)
        and all(word.isalpha() and word.islower() for word in (area, *words))
        and number.isdigit()
        and len(number) in range(1, 3)
    )


def _is_printable(value: object) -> bool:
    """Whether it is a str of visible ASCII characters."""
    return (
        type(value) is str and value.isascii() and value.isprintable() and value.split() == [value]
    )


def partition_of(region: str) -> tuple[str, str]:
    """Return the AWS partition that a region belongs to, and the suffix of its host names."""
    return next((name, suffix) for prefix, name, suffix in _PARTITIONS if region.startswith(prefix))


def _checked_issuers(issuers: Iterable[str]) -> tuple[str, ...]:
    try:
        values = () if isinstance(issuers, str) else tuple(issuers)
    except TypeError:
        values = ()
    if not values or not all(
        _is_printable(issuer) and issuer.startswith(("https://", "http://")) for issuer in values
    ):
        raise ConfigurationError(
            "issuers must be a non-empty list of URLs, exactly as tokens carry them in iss."
        )
    return tuple(dict.fromkeys(values))
