"""A domain's endpoints, and which URLs may be registered."""

import pytest

from cognitokit.errors import ConfigurationError
from cognitokit.oauth.urls import checked_return_uri, endpoints, with_query
from cognitokit.pool import UserPool

POOL = UserPool("eu-west-1_AbCdEfGhI")
GOV = UserPool("us-gov-west-1_AbCdEfGhI")


@pytest.mark.parametrize(
    ("domain", "pool", "fips", "base"),
    [
        ("my-app", POOL, False, "https://my-app.auth.eu-west-1.amazoncognito.com"),
        ("my-app", POOL, True, "https://my-app.auth-fips.eu-west-1.amazoncognito.com"),
        ("my-app", GOV, False, "https://my-app.auth-fips.us-gov-west-1.amazoncognito.com"),
        ("my-app", GOV, True, "https://my-app.auth-fips.us-gov-west-1.amazoncognito.com"),
        ("a", POOL, False, "https://a.auth.eu-west-1.amazoncognito.com"),
        ("auth.example.com", POOL, False, "https://auth.example.com"),
        ("Auth.Example.com", POOL, False, "https://auth.example.com"),
        ("https://auth.example.com", POOL, False, "https://auth.example.com"),
        ("https://auth.example.com/", POOL, False, "https://auth.example.com"),
        ("https://auth.example.com:8443", POOL, False, "https://auth.example.com:8443"),
        ("http://127.0.0.1:4566", POOL, False, "http://127.0.0.1:4566"),
        ("http://localhost:4566", POOL, False, "http://localhost:4566"),
        ("http://[::1]:4566", POOL, False, "http://[::1]:4566"),
    ],
)
def test_every_form_of_domain(domain: str, pool: UserPool, fips: bool, base: str) -> None:
    """A prefix, its FIPS form, a full name, a URL and loopback give the endpoints."""
    found = endpoints(domain, pool, fips=fips)

    assert base == found.base
    assert f"{base}/oauth2/authorize" == found.authorize
    assert f"{base}/oauth2/token" == found.token
    assert f"{base}/oauth2/revoke" == found.revoke
    assert f"{base}/oauth2/userInfo" == found.user_info
    assert f"{base}/logout" == found.logout


@pytest.mark.parametrize(
    "domain",
    [
        "",
        "My-App",
        "-app",
        "app-",
        "a" * 64,
        "my_app",
        "my app",
        "my-app\n",
        "auth.example.com\n",
        "auth..example.com",
        ".example.com",
        "auth.example.com/path",
        "auth.example.com:443",
        "user@auth.example.com",
        "http://auth.example.com",
        "http://169.254.169.254",
        "ftp://auth.example.com",
        "https://user@auth.example.com",
        "https://auth.example.com/path",
        "https://auth.example.com?a=b",
        "https://auth.example.com#a",
        "https://",
        "https://[",
        None,
        42,
    ],
)
def test_a_malformed_domain(domain: str) -> None:
    """What is neither prefix nor name nor https URL is refused when the object is made."""
    with pytest.raises(ConfigurationError, match="domain"):
        endpoints(domain, POOL)


def test_plain_http_only_on_demand() -> None:
    """http to another host needs allow_http=True."""
    assert "http://emulator:4566" == endpoints("http://emulator:4566", POOL, allow_http=True).base


def test_fips_goes_with_a_prefix() -> None:
    """fips=True beside a full name says that nothing would come of it."""
    with pytest.raises(ConfigurationError, match="fips"):
        endpoints("auth.example.com", POOL, fips=True)


def test_a_prefix_in_a_partition_whose_form_is_unknown() -> None:
    """Where no documentation says how prefix domains look, the full name is asked for."""
    with pytest.raises(ConfigurationError, match="full domain name"):
        endpoints("my-app", UserPool("eusc-de-east-1_AbCdEfGhI"))


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/callback",
        "https://app.example/callback?tenant=1",
        "http://localhost:8000/callback",
        "http://127.0.0.1/callback",
        "com.example.app:/callback",
        "com.example.app://login/callback",
    ],
)
def test_return_uris_that_cognito_registers(uri: str) -> None:
    """https, loopback, and an own scheme in reverse domain form."""
    assert uri == checked_return_uri(uri, "redirect_uri")


@pytest.mark.parametrize(
    "uri",
    [
        "http://app.example/callback",
        "https://app.example/callback#fragment",
        "com.example.app:/callback#fragment",
        "myapp:/callback",
        "javascript:alert(1)",
        "/callback",
        "",
        None,
    ],
)
def test_return_uris_that_are_refused(uri: str) -> None:
    """Plain http, fragments, relative URLs and schemes without a dot are refused by the option's name."""
    with pytest.raises(ConfigurationError, match="redirect_uri"):
        checked_return_uri(uri, "redirect_uri")


def test_parameters_are_encoded() -> None:
    """Nothing in a value can end it, and what is None is left out."""
    url = with_query("https://a.example/x", {"a": "1&b=2 +#ü", "c": None, "d": "https://e/"})

    assert "https://a.example/x?a=1%26b%3D2%20%2B%23%C3%BC&d=https%3A%2F%2Fe%2F" == url
