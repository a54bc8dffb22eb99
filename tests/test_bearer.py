"""From header values to a token, and from an error to what a response says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognitokit.bearer import (
    CROSS_SITE,
    MALFORMED,
    NO_CREDENTIALS,
    REPEATED,
    Refusal,
    TokenLocation,
    refusal_of,
    wsgi_values,
)
from cognitokit.errors import (
    CognitoKitError,
    ConfigurationError,
    ExpiredToken,
    InvalidClaim,
    KeysUnavailable,
    MissingGroup,
    MissingScope,
)

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl-_x"
OTHER = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIyIn0.c2lnbmF0dXJl"


def headers(*pairs: tuple[str, str]) -> Callable[[str], Sequence[str]]:
    """The header lines of one request, as a framework looks them up."""

    def values_of(name: str) -> Sequence[str]:
        return [value for key, value in pairs if key.lower() == name]

    return values_of


def authorization(*values: str) -> Callable[[str], Sequence[str]]:
    """A request with these Authorization headers."""
    return headers(*(("Authorization", value) for value in values))


@pytest.mark.parametrize(
    "value",
    [
        f"Bearer {JWT}",
        f"bearer {JWT}",
        f"BEARER {JWT}",
        f"Bearer   {JWT}",
        f" Bearer {JWT} ",
        f"\tBearer {JWT}\t",
    ],
)
def test_a_bearer_token_is_found(value: str) -> None:
    """The scheme's case does not count (RFC 9110 11.1), nor do the spaces around the parts."""
    assert JWT == TokenLocation().read(authorization(value))


@pytest.mark.parametrize(
    "value",
    [
        "Bearer",
        "Bearer ",
        f"Bearer {JWT} {JWT}",
        f"Bearer {JWT},Bearer {JWT}",
        f"Bearer {JWT}, Bearer {JWT}",
        f"Bearer {JWT}, Basic dTpw",
        f"Bearer\t{JWT}",
        f'Bearer "{JWT}"',
        f"Bearer {JWT}\x00",
        f"Bearer {JWT}\n",
        f"Bearer {JWT}é",
        "Bearer ٣",
        "Bearer =",
        "Bearer a=b",
    ],
)
def test_what_is_not_one_token_is_malformed(value: str) -> None:
    """After the scheme stands one token of RFC 6750's alphabet, and nothing else."""
    assert MALFORMED == TokenLocation().read(authorization(value))


@pytest.mark.parametrize(
    "value", ["", " ", "Basic dTpw", "Digest username=x", "Bearerx y", f"Token {JWT}", JWT]
)
def test_credentials_of_another_scheme_are_no_credentials(value: str) -> None:
    """What is not for us is left to others, and the challenge says what we take."""
    assert TokenLocation().read(authorization(value)) is None


def test_no_header_is_no_credentials() -> None:
    """A request without the header carries no token."""
    assert TokenLocation().read(authorization()) is None


@pytest.mark.parametrize(
    "values",
    [
        (f"Bearer {JWT}", f"Bearer {OTHER}"),
        (f"Bearer {JWT}", f"Bearer {JWT}"),
        ("Basic dTpw", f"Bearer {JWT}"),
        ("", ""),
    ],
)
def test_two_headers_are_refused(values: tuple[str, str]) -> None:
    """Servers differ on which of two headers counts, so none does, be they equal."""
    assert REPEATED == TokenLocation().read(authorization(*values))


def test_a_token_in_the_query_is_not_looked_for() -> None:
    """Only what is configured is read: of all headers Authorization, and no cookie."""
    asked: list[str] = []

    def values_of(name: str) -> Sequence[str]:
        asked.append(name)
        return ()

    assert TokenLocation().read(values_of) is None
    assert ["authorization"] == asked


def test_a_raw_token_is_an_option() -> None:
    """API Gateway's habit, the bare token, is taken where the option says so, and not elsewhere."""
    location = TokenLocation(raw=True)

    assert JWT == location.read(authorization(JWT))
    assert JWT == location.read(authorization(f"Bearer {JWT}"))
    assert TokenLocation().read(authorization(JWT)) is None


@pytest.mark.parametrize("value", ["Bearer", "bearer ", f"{JWT},{JWT}", "tök", f"{JWT} {JWT}\x01"])
def test_a_raw_token_is_one_token_too(value: str) -> None:
    """The option takes a bare token, and nothing that is not one."""
    assert TokenLocation(raw=True).read(authorization(value)) in {MALFORMED, None}


def test_another_header() -> None:
    """With another header named, that one is read, and Authorization is not."""
    location = TokenLocation(header="dev-auth-token", raw=True)

    assert JWT == location.read(headers(("Dev-Auth-Token", JWT)))
    assert JWT == location.read(headers(("dev-auth-token", JWT), ("Authorization", "Basic dTpw")))
    assert location.read(authorization(f"Bearer {JWT}")) is None
    assert REPEATED == location.read(headers(("dev-auth-token", JWT), ("dev-auth-token", JWT)))


def test_a_cookie_is_an_option() -> None:
    """The named cookie is read where the option says so, and not elsewhere."""
    request = headers(("Cookie", f"theme=dark; token={JWT}; x=y"))

    assert JWT == TokenLocation(cookie="token").read(request)
    assert TokenLocation(cookie="other").read(request) is None
    assert TokenLocation().read(request) is None


@pytest.mark.parametrize(
    "lines",
    [
        (f"token={JWT}; token={OTHER}",),
        (f"token={JWT}", f"token={OTHER}"),
        (f'token={JWT}; token="{OTHER}"',),
    ],
)
def test_two_cookies_of_the_name_are_refused(lines: tuple[str, ...]) -> None:
    """A second cookie that a sibling domain planted does not take the place of the first."""
    request = headers(*(("Cookie", line) for line in lines))

    assert REPEATED == TokenLocation(cookie="token").read(request)


@pytest.mark.parametrize("value", ["a b", "ä", "=", "a\x00"])
def test_a_cookie_holds_one_token(value: str) -> None:
    """What is in the cookie is a token, or is refused."""
    assert MALFORMED == TokenLocation(cookie="token").read(headers(("Cookie", f"token={value}")))


def test_header_and_cookie_must_agree() -> None:
    """Where both carry a token they carry the same, or the request is refused (RFC 6750 3.1)."""
    location = TokenLocation(cookie="token")
    header = ("Authorization", f"Bearer {JWT}")

    assert JWT == location.read(headers(header, ("Cookie", f"token={JWT}")))
    assert JWT == location.read(headers(header, ("Cookie", "theme=dark")))
    assert REPEATED == location.read(headers(header, ("Cookie", f"token={OTHER}")))
    assert MALFORMED == location.read(
        headers(("Authorization", "Bearer"), ("Cookie", f"token={JWT}"))
    )


COOKIE = ("Cookie", f"token={JWT}")


@pytest.mark.parametrize(
    "more, accepted",
    [
        ((), True),
        ((("Sec-Fetch-Site", "same-origin"),), True),
        ((("Sec-Fetch-Site", "none"),), True),
        ((("Sec-Fetch-Site", "same-site"),), False),
        ((("Sec-Fetch-Site", "cross-site"),), False),
        ((("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")), False),
        ((("Origin", "https://api.example.com"), ("Host", "api.example.com")), True),
        ((("Origin", "http://localhost:8000"), ("Host", "localhost:8000")), True),
        ((("Origin", "https://evil.example"), ("Host", "api.example.com")), False),
        ((("Origin", "https://api.example.com:8443"), ("Host", "api.example.com")), False),
        ((("Origin", "null"), ("Host", "api.example.com")), False),
        ((("Origin", "https://api.example.com"),), False),
        ((("Origin", "https://evil.example"), ("Sec-Fetch-Site", "same-origin")), True),
        ((("Origin", "https://app.example.com"), ("Sec-Fetch-Site", "same-site")), True),
        ((("Origin", "https://APP.example.com"), ("Host", "api.example.com")), True),
        ((("Origin", "https://app.example.com"), ("Origin", "https://APP.example.com")), True),
        ((("Origin", "https://app.example.com"), ("Origin", "https://evil.example")), False),
        ((("Origin", "https://evil.example"), ("Origin", "https://app.example.com")), False),
        ((("Origin", "https://app.example.com.evil.example"), ("Host", "api.example.com")), False),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "ANYTHING", None])
def test_a_cookie_changes_nothing_for_other_sites(
    more: tuple[tuple[str, str], ...], accepted: bool, method: str | None
) -> None:
    """A browser sends a cookie along for any site, so requests that change something must be the site's own.

    A WebSocket handshake (no method) counts as one.
    """
    location = TokenLocation(cookie="token", trusted_origins=["https://app.example.com"])

    assert (JWT if accepted else CROSS_SITE) == location.read(headers(COOKIE, *more), method=method)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
def test_a_cookie_reads_for_other_sites(method: str) -> None:
    """Safe methods are let through: who may read the answer is for SameSite and CORS to say."""
    request = headers(COOKIE, ("Sec-Fetch-Site", "cross-site"))

    assert JWT == TokenLocation(cookie="token").read(request, method=method)


def test_a_header_is_no_one_else_s_doing() -> None:
    """No browser adds an Authorization header by itself, so its origin does not count."""
    request = headers(("Authorization", f"Bearer {JWT}"), COOKIE, ("Sec-Fetch-Site", "cross-site"))

    assert JWT == TokenLocation(cookie="token").read(request, method="POST")


@pytest.mark.parametrize(
    "options",
    [
        {"header": ""},
        {"header": "X Token"},
        {"header": "X-Token:"},
        {"header": "X-Tokén"},
        {"cookie": ""},
        {"cookie": "a=b"},
        {"cookie": "a;b"},
        {"cookie": "token", "trusted_origins": "https://app.example.com"},
        {"cookie": "token", "trusted_origins": ["app.example.com"]},
        {"cookie": "token", "trusted_origins": ["https://app.example.com/"]},
        {"cookie": "token", "trusted_origins": ["https://"]},
        {"cookie": "token", "trusted_origins": ["ftp://app.example.com"]},
        {"cookie": "token", "trusted_origins": [1]},
        {"trusted_origins": ["https://app.example.com"]},
    ],
)
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    """A location that could never work is refused when it is made."""
    with pytest.raises(ConfigurationError):
        TokenLocation(**options)  # type: ignore[arg-type]


def test_sources_are_equal_by_value() -> None:
    """Two sources with the same settings are the same, and their repr says which."""
    assert TokenLocation(header="X-Token") == TokenLocation(header="x-token")
    assert hash(TokenLocation(cookie="a")) == hash(TokenLocation(cookie="a"))
    assert TokenLocation(raw=True) != TokenLocation()
    assert TokenLocation() != "TokenLocation()"
    assert "TokenLocation(header='x-token', raw=True, cookie=None)" == repr(
        TokenLocation(header="X-Token", raw=True)
    )


@given(
    st.lists(st.text() | st.just("Bearer ") | st.just(JWT), max_size=3).map("".join)
    | st.binary().map(lambda raw: raw.decode("latin-1")),
    st.lists(st.text(), max_size=2),
    st.booleans(),
)
def test_any_headers_give_one_of_three_answers(value: str, cookies: list[str], raw: bool) -> None:
    """Whatever a client sends, the answer is a token that stood there, no credentials, or a refusal."""
    location = TokenLocation(raw=raw, cookie="token")
    lines = [("Authorization", value), *(("Cookie", f"token={cookie}") for cookie in cookies)]

    found = location.read(headers(*lines), method="POST")

    assert found is None or isinstance(found, (str, Refusal))
    if type(found) is str:
        assert any(found in line for _, line in lines)
        assert found.isascii()
        assert not set(found) & set(" ,;\"'\r\n\t")


@pytest.mark.parametrize(
    "refusal, status, challenge",
    [
        (NO_CREDENTIALS, 401, "Bearer"),
        (MALFORMED, 401, 'Bearer error="invalid_token"'),
        (REPEATED, 400, 'Bearer error="invalid_request"'),
        (CROSS_SITE, 403, None),
        (refusal_of(ExpiredToken()), 401, 'Bearer error="invalid_token"'),
        (refusal_of(InvalidClaim("client_id")), 401, 'Bearer error="invalid_token"'),
        (refusal_of(MissingGroup(expected=["admin"])), 403, 'Bearer error="insufficient_scope"'),
        (
            refusal_of(MissingScope(expected=["tasks/read", "tasks/write"])),
            403,
            'Bearer error="insufficient_scope", scope="tasks/read tasks/write"',
        ),
        (refusal_of(KeysUnavailable()), 503, None),
    ],
)
def test_statuses_and_challenges(refusal: Refusal, status: int, challenge: str | None) -> None:
    """RFC 6750 3 and 3.1: who has no token learns how to bring one, who has a bad one that it is bad."""
    assert status == refusal.status
    assert challenge == refusal.headers.get("WWW-Authenticate")
    assert "no-store" == refusal.headers["Cache-Control"]


@pytest.mark.parametrize(
    "error",
    [ExpiredToken(), InvalidClaim("aud", f"The token {JWT} has aud x", expected=["secret-client"])],
)
def test_a_bad_token_is_a_bad_token(error: CognitoKitError) -> None:
    """The response does not say which check refused, nor anything of the token or of the configuration."""
    refusal = refusal_of(error)

    assert refusal is not None
    assert {
        "error": "invalid_token",
        "error_description": "The token is not accepted.",
    } == refusal.body
    assert {"Cache-Control", "WWW-Authenticate"} == set(refusal.headers)


def test_every_refusal_has_a_body() -> None:
    """The body is an error code and a sentence, whatever the status."""
    outage = refusal_of(KeysUnavailable())

    assert outage is not None
    assert {
        "error": "temporarily_unavailable",
        "error_description": "Tokens cannot be checked at the moment.",
    } == outage.body
    assert "unauthorized" == NO_CREDENTIALS.body["error"]
    assert "forbidden" == CROSS_SITE.body["error"]
    assert "invalid_request" == REPEATED.body["error"]


@pytest.mark.parametrize(
    "retry_after, header",
    [
        (None, "5"),
        (0.0, "1"),
        (0.2, "1"),
        (3.2, "4"),
        (1e9, "3600"),
        (float("inf"), "5"),
        (float("nan"), "5"),
        (-1.0, "1"),
    ],
)
def test_an_outage_says_when_to_come_back(retry_after: float | None, header: str) -> None:
    """Retry-After is a whole number of seconds, from one up to an hour (RFC 9110 10.2.3)."""
    refusal = refusal_of(KeysUnavailable(retry_after=retry_after))

    assert refusal is not None
    assert header == refusal.headers["Retry-After"]


def test_a_scope_cannot_break_out_of_the_challenge() -> None:
    """A scope that is none by RFC 6749 3.3 is left out, so that it adds no parameter and no header."""
    error = MissingScope(expected=['a"', "b\r\nSet-Cookie: x=y", "c\\", "good/one"])
    refusal = refusal_of(error)

    assert refusal is not None
    assert 'Bearer error="insufficient_scope", scope="good/one"' == refusal.challenge


def test_our_own_mistakes_are_no_refusals() -> None:
    """A wrong configuration is not the client's fault: the application answers 500."""
    assert refusal_of(ConfigurationError("No CognitoAuth.")) is None


@pytest.mark.parametrize(
    "value, expected",
    [
        (f"Bearer {JWT}", JWT),
        (f"Bearer {JWT},Bearer {OTHER}", REPEATED),
        (f"Bearer {JWT}, Bearer {OTHER}", REPEATED),
        (f"Basic dTpw,bearer {JWT}", REPEATED),
        (f"Bearer {JWT},Basic dTpw", REPEATED),
        ("Basic dTpw,Basic dTpw", REPEATED),
        ("Basic dTpw, Negotiate", REPEATED),
        (f"Digest username=x,Bearer {JWT}", REPEATED),
        (f'Digest username="x,Bearer {JWT}', REPEATED),
        (f"Bearer {JWT},", REPEATED),
        (f",Bearer {JWT}", REPEATED),
        (f"Bearer {JWT},realm=x", MALFORMED),
        ('Digest username="x", realm="y"', None),
        ('Digest username="a, bearer x", realm = "b"', None),
        ('Digest username="\\"a, bearer x", realm="b, \\\\", nc=00000001', None),
        ("AWS4-HMAC-SHA256 Credential=A/s3/aws4_request, SignedHeaders=host;range", None),
        ("", None),
        (None, None),
    ],
)
def test_wsgi_servers_join_two_headers(value: str | None, expected: object) -> None:
    """In a WSGI environment two headers are one value with a comma, and are refused as two."""
    environ = {} if value is None else {"HTTP_AUTHORIZATION": value}

    assert expected == TokenLocation().read(wsgi_values(environ))


def test_wsgi_servers_join_two_bare_tokens() -> None:
    """Without a scheme two tokens are two all the same; one is accepted."""
    location = TokenLocation(header="dev-auth-token", raw=True)
    read = [
        location.read(wsgi_values({"HTTP_DEV_AUTH_TOKEN": value}))
        for value in (JWT, f"{JWT},{JWT}", f"{JWT}, {OTHER}", f"{JWT},Bearer {JWT}")
    ]

    assert [JWT, REPEATED, REPEATED, REPEATED] == read


@pytest.mark.parametrize("value", ["text/html,*/*", "Digest, Digest", 'a,"'])
@pytest.mark.parametrize("name", ["accept", "content-type", "cookie", "host", "origin"])
def test_headers_without_credentials_stay_whole(name: str, value: str) -> None:
    """Their commas are their own."""
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value}

    assert (value,) == wsgi_values(environ)(name)


def test_wsgi_names() -> None:
    """Headers are found under the names that PEP 3333 gives them; a Cookie header stays whole."""
    environ = {"HTTP_DEV_AUTH_TOKEN": JWT, "HTTP_COOKIE": "a=bearer x, bearer y", "HTTP_HOST": 1}
    values_of = wsgi_values(environ)

    assert (JWT,) == values_of("dev-auth-token")
    assert ("a=bearer x, bearer y",) == values_of("cookie")
    assert () == values_of("host")
