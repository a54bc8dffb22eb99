"""Tokens that the testing kit makes, read back by PyJWT."""

from __future__ import annotations

import base64
import itertools
import re
import uuid
from typing import Any

import jwt
import pytest

from cognitokit import ConfigurationError, UserPool
from cognitokit.testing import FederatedIdentity, TokenMint

POOL = "eu-west-1_AbCdEfGhI"
CLIENT = "1example23456789"
NOW = 1_795_000_000


@pytest.fixture
def mint() -> TokenMint:
    """A mint whose clock stands still."""
    return TokenMint(POOL, client_id=CLIENT, clock=lambda: NOW)


def read(token: str, mint: TokenMint) -> dict[str, object]:
    """Check the signature against the published keys and return the claims."""
    kid = jwt.get_unverified_header(token)["kid"]
    key = next(k for k in jwt.PyJWKSet.from_dict(mint.jwks).keys if k.key_id == kid)
    claims: dict[str, object] = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        options={"verify_aud": False, "verify_exp": False, "verify_iat": False},
    )
    return claims


def test_access_token_has_the_claims_of_cognitos() -> None:
    """A user's access token has exactly the claims that Cognito gives one."""
    ids = (f"id-{n}" for n in itertools.count())
    mint = TokenMint(POOL, client_id=CLIENT, clock=lambda: NOW, new_id=lambda: next(ids))

    claims = read(mint.access_token("joe", groups=["admin"], scopes=["a/b", "openid"]), mint)

    assert {
        "sub": mint.sub("joe"),
        "cognito:groups": ["admin"],
        "iss": f"https://cognito-idp.eu-west-1.amazonaws.com/{POOL}",
        "version": 2,
        "client_id": CLIENT,
        "origin_jti": "id-0",
        "event_id": "id-1",
        "token_use": "access",
        "scope": "a/b openid",
        "auth_time": NOW,
        "exp": NOW + 3600,
        "iat": NOW,
        "jti": "id-2",
        "username": "joe",
    } == claims


def test_id_token_has_the_claims_of_cognitos() -> None:
    """A user's id token has exactly the claims that Cognito gives one."""
    ids = (f"id-{n}" for n in itertools.count())
    mint = TokenMint(POOL, client_id=CLIENT, clock=lambda: NOW, new_id=lambda: next(ids))
    roles = ["arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:role/b"]

    claims = read(
        mint.id_token("joe", groups=["admin"], roles=roles, custom={"tenant": "t1"}, nonce="n"),
        mint,
    )

    assert {
        "sub": mint.sub("joe"),
        "cognito:groups": ["admin"],
        "email_verified": True,
        "cognito:preferred_role": roles[0],
        "iss": f"https://cognito-idp.eu-west-1.amazonaws.com/{POOL}",
        "cognito:username": "joe",
        "nonce": "n",
        "origin_jti": "id-0",
        "cognito:roles": roles,
        "aud": CLIENT,
        "event_id": "id-1",
        "token_use": "id",
        "auth_time": NOW,
        "exp": NOW + 3600,
        "iat": NOW,
        "jti": "id-2",
        "email": "joe@example.com",
        "custom:tenant": "t1",
    } == claims


def test_machine_token_has_no_user() -> None:
    """A client credentials token is the client's own: no username, no groups, no origin_jti."""
    mint = TokenMint(POOL, client_id=CLIENT, clock=lambda: NOW, new_id=lambda: "an-id")

    claims = read(mint.machine_token(["tasks/read", "tasks/write"]), mint)

    assert {
        "sub": CLIENT,
        "token_use": "access",
        "scope": "tasks/read tasks/write",
        "auth_time": NOW,
        "iss": mint.issuer,
        "exp": NOW + 3600,
        "iat": NOW,
        "version": 2,
        "jti": "an-id",
        "client_id": CLIENT,
    } == claims


def test_federated_tokens_name_the_provider(mint: TokenMint) -> None:
    """A federated user has the provider in the name, the provider's group, and an identity in the id token."""
    identity = FederatedIdentity("Corp", "117", "SAML", "https://idp.example.com")

    access = read(mint.access_token(identity=identity, groups=["staff"]), mint)
    id_ = read(mint.id_token(identity=identity), mint)

    assert ("Corp_117", ["staff", f"{POOL}_Corp"]) == (access["username"], access["cognito:groups"])
    assert ("Corp_117", False) == (id_["cognito:username"], id_["email_verified"])
    assert [
        {
            "dateCreated": f"{NOW}000",
            "userId": "117",
            "providerName": "Corp",
            "providerType": "SAML",
            "issuer": "https://idp.example.com",
            "primary": "true",
        }
    ] == id_["identities"]


def test_header_has_kid_and_alg_alone(mint: TokenMint) -> None:
    """As Cognito's, the header holds nothing but kid and alg."""
    header = jwt.get_unverified_header(mint.access_token())

    assert {"kid": mint.key("access").kid, "alg": "RS256"} == header


def test_kids_look_like_cognitos(mint: TokenMint) -> None:
    """A kid is the padded standard base64 of 32 bytes."""
    kids = [key["kid"] for key in mint.jwks["keys"]]

    assert all(kid.endswith("=") and len(base64.b64decode(kid)) == 32 for kid in kids)


def test_id_and_access_tokens_have_keys_of_their_own(mint: TokenMint) -> None:
    """The pool publishes two keys, one for each kind of token."""
    published = {key["kid"] for key in mint.jwks["keys"]}
    used = {
        jwt.get_unverified_header(token)["kid"] for token in (mint.access_token(), mint.id_token())
    }

    assert 2 == len(published)
    assert published == used


def test_mints_of_one_pool_share_keys_of_two_pools_do_not(mint: TokenMint) -> None:
    """Within a process a pool id has one set of keys, unless a mint asks for its own."""
    same = TokenMint(POOL, client_id="other")
    other = TokenMint("eu-west-1_ZZZZZZZZZ", client_id=CLIENT)
    own = TokenMint(POOL, client_id=CLIENT, own_keys=True)

    assert mint.jwks == same.jwks
    assert mint.jwks != other.jwks
    assert mint.jwks != own.jwks


def test_rotation_keeps_old_keys_until_they_are_dropped(mint: TokenMint) -> None:
    """After a rotation new tokens have a new kid and old ones still verify, until their key is dropped."""
    old = mint.access_token()
    mint.rotate()
    new = mint.access_token()

    assert jwt.get_unverified_header(old)["kid"] != jwt.get_unverified_header(new)["kid"]
    assert 4 == len(mint.jwks["keys"])
    assert "jane" == read(old, mint)["username"]
    mint.drop_retired_keys()
    assert 2 == len(mint.jwks["keys"])
    assert "jane" == read(new, mint)["username"]
    with pytest.raises(StopIteration):
        read(old, mint)


def test_rotation_of_own_keys_makes_new_ones() -> None:
    """A mint with keys of its own rotates to keys of its own."""
    mint = TokenMint(POOL, client_id=CLIENT, own_keys=True)
    before = mint.jwks["keys"]
    mint.rotate()

    assert before == mint.jwks["keys"][2:]
    assert not [key for key in mint.jwks["keys"][:2] if key in before]


def test_claims_can_be_set_and_removed(mint: TokenMint) -> None:
    """Claims given win over the usual ones, and None takes one away."""
    claims = read(
        mint.access_token(claims={"custom:x": "1", "jti": None}, exp=NOW + 5, event_id=None), mint
    )

    assert ("1", NOW + 5) == (claims["custom:x"], claims["exp"])
    assert not {"jti", "event_id"} & claims.keys()


def test_headers_can_be_set_and_removed(mint: TokenMint) -> None:
    """Members of the header can be added, replaced and taken away, without changing who signs."""
    token = mint.access_token(headers={"typ": "JWT", "kid": None})

    assert {"alg": "RS256", "typ": "JWT"} == jwt.get_unverified_header(token)
    key = mint.key("access").public
    assert (
        "jane"
        == jwt.decode(
            token, key, algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
        )["username"]
    )


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_other_algorithms_really_sign(mint: TokenMint, algorithm: str) -> None:
    """sign() with another RSA algorithm makes a token that is right in that algorithm."""
    token = mint.sign({"sub": "x"}, algorithm=algorithm)

    assert {"sub": "x"} == jwt.decode(token, mint.key().public, algorithms=[algorithm])


def test_sign_keeps_null(mint: TokenMint) -> None:
    """sign() signs exactly what it is given, null included."""
    assert {"exp": None} == read(mint.sign({"exp": None}), mint)


def test_sign_bytes_signs_any_bytes(mint: TokenMint) -> None:
    """Header and payload need not be JSON to be signed."""
    token = mint.sign_bytes(b"\xff", b"{", key=mint.key("id"))
    head, payload, _ = token.split(".")

    assert ("_w", "ew") == (head, payload)
    signed = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)
    signature = jwt.utils.base64url_decode(token.rpartition(".")[2])
    assert signed.verify(f"{head}.{payload}".encode(), mint.key("id").public, signature)
    assert not signed.verify(f"{head}.{payload}".encode(), mint.key("access").public, signature)


@pytest.mark.parametrize(
    "expires_in, issued", [(300, NOW), (1, NOW), (0, NOW - 3600), (-10, NOW - 3610)]
)
def test_expiry_is_counted_from_the_clock(mint: TokenMint, expires_in: int, issued: int) -> None:
    """expires_in counts from now; what has expired was issued an hour before that."""
    claims = read(mint.access_token(expires_in=expires_in), mint)

    assert (NOW + expires_in, issued) == (claims["exp"], claims["iat"])


def test_tokens_belong_together(mint: TokenMint) -> None:
    """What one sign-in gives shares user, origin_jti and event_id, and its refresh token is no JWS."""
    tokens = mint.tokens("joe", groups=(name for name in ["admin"]), expires_in=60)
    access = read(tokens.access_token, mint)
    id_ = read(tokens.id_token or "", mint)

    for name in ("sub", "origin_jti", "event_id", "auth_time", "cognito:groups"):
        assert access[name] == id_[name]
    assert access["jti"] != id_["jti"]
    assert (60, NOW + 60) == (tokens.expires_in, tokens.expires_at)
    assert 5 == len((tokens.refresh_token or "").split("."))


def test_id_token_is_bound_to_its_access_token(mint: TokenMint) -> None:
    """at_hash is the left half of the access token's SHA-256 (the example of OpenID Connect Core A.4)."""
    claims = read(mint.id_token(access_token="jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), mint)

    assert "77QmUPtjPfzWtF2AnpK9RQ" == claims["at_hash"]


def test_sub_is_stable_and_a_uuid(mint: TokenMint) -> None:
    """A user's sub depends on pool and name alone."""
    again = TokenMint(POOL, client_id="other")
    elsewhere = TokenMint("eu-west-1_ZZZZZZZZZ", client_id=CLIENT)

    assert mint.sub("joe") == again.sub("joe")
    assert mint.sub("joe") not in {mint.sub("jane"), elsewhere.sub("joe")}
    assert mint.sub("joe") == str(uuid.UUID(mint.sub("joe")))


def test_issuer_form_is_chosen() -> None:
    """Tokens name the issuer in the form that the mint was told."""
    mint = TokenMint(POOL, client_id=CLIENT, clock=lambda: NOW, issuer_form="UPDATED")

    assert (
        f"https://issuer-cognito-idp.eu-west-1.amazonaws.com/{POOL}"
        == read(mint.access_token(), mint)["iss"]
    )


def test_pool_with_one_issuer_has_no_updated_form() -> None:
    """A pool that was given one issuer mints with that and refuses the second form."""
    pool = UserPool(POOL, issuers=["https://emulator.example.com/pool"])

    assert "https://emulator.example.com/pool" == TokenMint(pool, client_id=CLIENT).issuer
    with pytest.raises(ConfigurationError, match="ORIGINAL"):
        TokenMint(pool, client_id=CLIENT, issuer_form="UPDATED")


def test_client_id_is_needed() -> None:
    """An empty client_id is refused where the mint is made."""
    with pytest.raises(ConfigurationError, match="client_id"):
        TokenMint(POOL, client_id="")


@pytest.mark.parametrize("option", ["groups", "scopes"])
def test_one_string_is_no_list_of_names(mint: TokenMint, option: str) -> None:
    """A string where a list of names is meant is refused, not taken letter by letter."""
    good: dict[str, Any] = {option: ["admin"]}
    bad: dict[str, Any] = {option: "admin"}

    assert mint.access_token(**good)
    with pytest.raises(ConfigurationError, match=f"{option} must be a list"):
        mint.access_token(**bad)


@pytest.mark.parametrize(
    "bad, good, message",
    [
        ({"expires_in": "3600"}, {"expires_in": 3600}, "expires_in must be a whole number"),
        ({"expires_in": True}, {"expires_in": 0}, "expires_in must be a whole number"),
        ({"expires_in": 0.5}, {"expires_in": -5}, "expires_in must be a whole number"),
        ({"username": 5}, {"username": "5"}, "username must be a str"),
        ({"groups": [None]}, {"groups": ("a",)}, "groups must be a list of names"),
        ({"groups": [""]}, {"groups": {"a"}}, "groups must be a list of names"),
        ({"groups": None}, {"groups": []}, "groups must be a list of names"),
        ({"scopes": [1]}, {"scopes": ["1"]}, "scopes must be a list of names"),
        ({"claims": [("a", 1)]}, {"claims": {"a": 1}}, "claims must be a mapping"),
        ({"headers": "kid"}, {"headers": {"kid": "x"}}, "headers must be a mapping"),
        (
            {"claims": {"a": object()}},
            {"claims": {"a": [None]}},
            r"claims must be .* \(TypeError\)",
        ),
        ({"claims": {"a": "\ud800"}}, {"claims": {"a": "ä"}}, "claims must be what JSON"),
        ({"headers": {"a": {1}}}, {"headers": {"a": 1}}, "headers must be what JSON"),
    ],
)
def test_what_no_token_can_hold_is_refused(
    mint: TokenMint, bad: dict[str, Any], good: dict[str, Any], message: str
) -> None:
    """A wrong type is refused with the option's name, and a right one taken."""
    assert mint.access_token(**good)
    with pytest.raises(ConfigurationError, match=message):
        mint.access_token(**bad)


def test_odd_tokens_can_be_made_on_purpose(mint: TokenMint) -> None:
    """What an option refuses can be set as a claim, to see whether it is refused."""
    token = mint.access_token(claims={"cognito:groups": [None], "exp": "soon"})

    assert [None] == jwt.decode(token, options={"verify_signature": False})["cognito:groups"]


def test_kinds_and_algorithms_are_checked(mint: TokenMint) -> None:
    """A kind of token or an algorithm that there is not is refused with what there is."""
    unknown: Any = "refresh"
    with pytest.raises(ConfigurationError, match='"access" or "id"'):
        mint.key(unknown)
    with pytest.raises(ConfigurationError, match=r"PS256, .*RS256"):
        mint.sign({}, algorithm="HS256")


def test_reprs_show_no_key(mint: TokenMint) -> None:
    """Neither the mint nor its keys show key material."""
    shown = repr(mint) + repr(mint.key())

    assert re.fullmatch(
        rf"TokenMint\('{POOL}', client_id='{CLIENT}'\)SigningKey\(kid='[A-Za-z0-9+/]{{43}}='\)",
        shown,
    )
