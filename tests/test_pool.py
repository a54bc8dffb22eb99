"""A user pool's coordinates."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from botocore.loaders import Loader

from cognitokit import ConfigurationError, UserPool
from cognitokit.pool import as_pool

POOL_ID = "eu-west-1_AbCdEfGhI"


def test_everything_follows_from_the_id() -> None:
    """A pool id is all that a pool on AWS needs."""
    pool = UserPool(POOL_ID)

    assert POOL_ID == pool.id
    assert "eu-west-1" == pool.region
    assert "aws" == pool.partition
    assert "https://cognito-idp.eu-west-1.amazonaws.com" == pool.endpoint
    assert (
        "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI",
        "https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI",
    ) == pool.issuers
    assert (
        "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI/.well-known/jwks.json"
        == pool.jwks_uri
    )


@pytest.mark.parametrize(
    "region, partition, host",
    [
        ("us-east-1", "aws", "cognito-idp.us-east-1.amazonaws.com"),
        ("cn-north-1", "aws-cn", "cognito-idp.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "cognito-idp.us-gov-west-1.amazonaws.com"),
        ("eusc-de-east-1", "aws-eusc", "cognito-idp.eusc-de-east-1.amazonaws.eu"),
    ],
)
def test_partitions(region: str, partition: str, host: str) -> None:
    """Each partition has its own host names."""
    pool = UserPool(f"{region}_AbCdEfGhI")

    assert partition == pool.partition
    assert f"https://{host}" == pool.endpoint
    assert f"https://{host}/{region}_AbCdEfGhI" == pool.issuers[0]
    assert f"https://issuer-{host}/{region}_AbCdEfGhI" == pool.issuers[1]


def _regions() -> list[tuple[str, str, str]]:
    partitions: list[dict[str, Any]] = Loader().load_data("partitions")["partitions"]
    return [
        (region, partition["id"], partition["outputs"]["dnsSuffix"])
        for partition in partitions
        for region in partition["regions"]
        if not region.endswith("-global")
    ]


@pytest.mark.parametrize("region, partition, suffix", _regions())
def test_regions_agree_with_botocore(region: str, partition: str, suffix: str) -> None:
    """Partition and DNS suffix of every region that botocore knows are the same here."""
    pool = UserPool(f"{region}_AbCdEfGhI")

    assert (partition, f"https://cognito-idp.{region}.{suffix}") == (pool.partition, pool.endpoint)


@pytest.mark.parametrize(
    "pool_id",
    [
        "",
        "eu-west-1",
        "eu-west-1_",
        "_AbCdEfGhI",
        "eu-west-1_AbC dEf",
        "eu-west-1_AbCdEfGhI\n",
        "eu-west-1_AbCdEfGh\u0131",
        "eu-west-\u0661_AbCdEfGhI",
        "EU-WEST-1_AbCdEfGhI",
        "eu-west-1_AbC/../x",
        "evil.com/eu-west-1_AbCdEfGhI",
        "eu-west-1_" + "A" * 46,
        "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEfGhI",
        None,
        5,
        b"eu-west-1_AbCdEfGhI",
    ],
)
def test_malformed_ids_are_refused(pool_id: Any) -> None:
    """Anything but a whole, ASCII pool id is refused at construction."""
    with pytest.raises(ConfigurationError, match="user pool id"):
        UserPool(pool_id)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, "None was given."),
        (b"eu-west-1_AbCdEfGhI", "It must be a str."),
        ("", "empty or has white space"),
        (" eu-west-1_AbCdEfGhI", "empty or has white space"),
        ("eu-west-1_AbCdEfGhI\n", "empty or has white space"),
        (
            "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEfGhI",
            "This is an ARN",
        ),
        ("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI", "This is a URL"),
        ("eu-west-1:12345678-1234-1234-1234-123456789012", "identity pool"),
        ("1example23456789abcdefghij", "app client's id: that is client_id"),
        ("eu-west-1-AbCdEfGhI", "letters and digits. The Cognito console"),
    ],
)
def test_the_kind_of_mistake_is_named(given: Any, told: str) -> None:
    """The message says what it looks like and where the id is found, and repeats nothing of it."""
    with pytest.raises(ConfigurationError, match="A user pool id looks like") as refused:
        UserPool(given)

    assert told in str(refused.value)
    assert str(refused.value).endswith("under User pools, in the overview of the pool.")
    assert not given or str(given) not in str(refused.value)


def test_the_longest_id_is_taken() -> None:
    """55 characters, Cognito's own limit, are still a pool id."""
    assert 55 == len(UserPool("eu-west-1_" + "A" * 45).id)


def test_region_moves_the_api_and_nothing_else() -> None:
    """A replica's region changes where calls go, not what tokens must say or where keys are."""
    home, replica = UserPool(POOL_ID), UserPool(POOL_ID, region="us-west-2")

    assert "https://cognito-idp.us-west-2.amazonaws.com" == replica.endpoint
    assert (home.issuers, home.jwks_uri) == (replica.issuers, replica.jwks_uri)


@pytest.mark.parametrize("region", ["", "Ireland", "eu-west-1\n", "eu-west-1.evil.com", 5])
def test_a_malformed_region_is_refused(region: Any) -> None:
    """A region is part of a host name, so it is parsed strictly."""
    with pytest.raises(ConfigurationError, match="region"):
        UserPool(POOL_ID, region=region)


def test_issuers_replace_the_computed_ones() -> None:
    """Issuers that are given are all that is accepted, in their order, once each."""
    issuers = ["https://b.example/x", "https://a.example/x", "https://b.example/x"]

    pool = UserPool(POOL_ID, issuers=issuers)

    assert ("https://b.example/x", "https://a.example/x") == pool.issuers


@pytest.mark.parametrize(
    "issuers", [[], "https://one.example", ["not a url"], [""], [5], [None], 5, b"https://a"]
)
def test_malformed_issuers_are_refused(issuers: Any) -> None:
    """An empty list, a bare string and what is no URL are refused."""
    with pytest.raises(ConfigurationError, match="issuers"):
        UserPool(POOL_ID, issuers=issuers)


def test_an_emulator_serves_api_and_keys_but_keeps_the_issuer() -> None:
    """endpoint_url moves the API and the keys; what tokens must say stays."""
    pool = UserPool(POOL_ID, endpoint_url="http://127.0.0.1:4566/")

    assert "http://127.0.0.1:4566" == pool.endpoint
    assert f"http://127.0.0.1:4566/{POOL_ID}/.well-known/jwks.json" == pool.jwks_uri
    assert UserPool(POOL_ID).issuers == pool.issuers


def test_keys_can_come_from_elsewhere() -> None:
    """jwks_uri wins over what endpoint_url would make of it."""
    pool = UserPool(
        POOL_ID, endpoint_url="https://vpce.example", jwks_uri="https://mirror.example/keys.json"
    )

    assert "https://mirror.example/keys.json" == pool.jwks_uri


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:4566",
        "http://pool.localhost",
        "http://127.0.0.1:1",
        "http://127.8.9.1",
        "http://[::1]:4566",
    ],
)
def test_plain_http_to_loopback_is_taken(url: str) -> None:
    """What stays on this machine may travel in the clear."""
    assert url == UserPool(POOL_ID, endpoint_url=url).endpoint


@pytest.mark.parametrize(
    "url",
    [
        "http://cognito:4566",
        "http://10.0.0.1",
        "http://localhost.evil.com",
        "http://127.0.0.1.evil.com",
        "http://localhost:4566@evil.com",
        "http://evil.com#localhost",
    ],
)
def test_plain_http_to_elsewhere_is_refused(url: str) -> None:
    """Whatever only looks like loopback is not."""
    with pytest.raises(ConfigurationError, match="endpoint_url"):
        UserPool(POOL_ID, endpoint_url=url)


def test_plain_http_to_elsewhere_can_be_allowed() -> None:
    """An emulator in another container is reached by saying so aloud."""
    pool = UserPool(POOL_ID, endpoint_url="http://cognito:4566", allow_http=True)

    assert "http://cognito:4566" == pool.endpoint


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com",
        "ftp://example.com",
        "file:///etc/passwd",
        "https://",
        "https://exa mple.com",
        "https://example.com\n",
        "https://ex\u00e4mple.com",
        "https://user:pw@example.com",
        "https://example.com:port",
        "https://[::1",
        5,
    ],
)
def test_malformed_urls_are_refused(url: Any) -> None:
    """A URL that is not plain, absolute and https is refused, by the option's name."""
    with pytest.raises(ConfigurationError, match=r"^jwks_uri must"):
        UserPool(POOL_ID, jwks_uri=url)


def test_an_emulators_own_kind_of_id_needs_everything_said() -> None:
    """Nothing follows from an id without a region, so all that would follow must be given."""
    with pytest.raises(ConfigurationError, match="is not an AWS region"):
        UserPool("local_1a2b3c")

    pool = UserPool(
        "local_1a2b3c",
        region="us-east-1",
        issuers=["http://localhost:9229/local_1a2b3c"],
        endpoint_url="http://localhost:9229",
    )

    assert "us-east-1" == pool.region
    assert "http://localhost:9229/local_1a2b3c/.well-known/jwks.json" == pool.jwks_uri


def test_from_env_reads_every_coordinate() -> None:
    """Each variable stands for the argument of its name."""
    pool = UserPool.from_env(
        {
            "COGNITO_USER_POOL_ID": POOL_ID,
            "COGNITO_REGION": "us-west-2",
            "COGNITO_ISSUERS": "https://a.example/x https://b.example/x",
            "COGNITO_JWKS_URI": "http://keys.example/jwks.json",
            "COGNITO_ENDPOINT_URL": "http://cognito:4566",
            "COGNITO_ALLOW_HTTP": "1",
        }
    )

    expected = UserPool(
        POOL_ID,
        region="us-west-2",
        issuers=["https://a.example/x", "https://b.example/x"],
        jwks_uri="http://keys.example/jwks.json",
        endpoint_url="http://cognito:4566",
        allow_http=True,
    )
    assert expected == pool


def test_from_env_reads_the_process_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an argument the process's environment is read."""
    monkeypatch.setenv("COGNITO_USER_POOL_ID", POOL_ID)

    assert UserPool(POOL_ID) == UserPool.from_env()


def test_from_env_names_what_is_missing() -> None:
    """No pool id is an error that names the variable."""
    with pytest.raises(ConfigurationError, match="COGNITO_USER_POOL_ID is not set"):
        UserPool.from_env({})


def test_pools_are_values() -> None:
    """Equal coordinates make equal pools; a different one does not."""
    pool = UserPool(POOL_ID)

    assert pool == UserPool(POOL_ID)
    assert hash(pool) == hash(UserPool(POOL_ID))
    assert pool != UserPool(POOL_ID, region="us-west-2")
    assert pool != POOL_ID


def test_pools_are_immutable_and_copyable() -> None:
    """A pool cannot be changed, and survives copying and pickling."""
    pool = UserPool(POOL_ID)

    assert pool == copy.deepcopy(pool) == pickle.loads(pickle.dumps(pool))  # noqa: S301 - our own
    with pytest.raises(AttributeError):
        pool.region = "us-west-2"  # type: ignore[misc]


def test_repr_says_where_calls_go() -> None:
    """The repr tells pools and endpoints apart."""
    assert (
        "UserPool('eu-west-1_AbCdEfGhI', region='eu-west-1', "
        "endpoint='https://cognito-idp.eu-west-1.amazonaws.com')" == repr(UserPool(POOL_ID))
    )


def test_as_pool_takes_ids_and_pools() -> None:
    """Where a pool is asked for, its id will do."""
    pool = UserPool(POOL_ID)

    assert pool is as_pool(pool)
    assert pool == as_pool(POOL_ID)
