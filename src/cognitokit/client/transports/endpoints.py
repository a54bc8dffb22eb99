"""Where a pool's API is reached: the ordinary way, with FIPS 140 cryptography, or over IPv6 too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.errors import ConfigurationError

if TYPE_CHECKING:
    from cognitokit.pool import UserPool

_DUAL_STACK = {
    "aws": "api.aws",
    "aws-cn": "api.amazonwebservices.com.cn",
    "aws-eusc": "api.amazonwebservices.eu",
    "aws-iso": "api.aws.ic.gov",
    "aws-iso-b": "api.aws.scloud",
    "aws-iso-e": "api.cloud-aws.adc-e.uk",
    "aws-iso-f": "api.aws.hci.ic.gov",
    "aws-us-gov": "api.aws",
}
"""Partition -> the DNS suffix of hosts that have IPv6 addresses."""

_ONE_HOST_FOR_BOTH = frozenset({"us-east-1", "us-east-2", "us-west-1", "us-west-2"})
"""Regions whose FIPS host under amazonaws.com has IPv6 addresses as well."""


def endpoint_of(pool: UserPool, *, fips: bool, dual_stack: bool) -> str:
    """Return the URL to send a pool's calls to, by the rules that AWS publishes with its SDKs.

    Raises:
        ConfigurationError: The pool has an endpoint of its own.
    """
    if not (fips or dual_stack):
        return pool.endpoint
    if pool.endpoint_url is not None:
        raise ConfigurationError(
            "FIPS and dual-stack endpoints are AWS's own: leave out the pool's endpoint_url, or these options."
        )
    suffix = pool.endpoint.partition(f".{pool.region}.")[2]
    if dual_stack:
        shared = pool.region in _ONE_HOST_FOR_BOTH if fips else pool.partition == "aws"
        if not shared:
            suffix = _DUAL_STACK[pool.partition]
    service = "cognito-idp-fips" if fips else "cognito-idp"
    return f"https://{service}.{pool.region}.{suffix}"
