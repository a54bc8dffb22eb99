"""Code verifiers and challenges."""

from hypothesis import given
from hypothesis import strategies as st

from cognitokit.oauth import pkce


def test_the_challenge_is_that_of_the_rfc() -> None:
    """The example of RFC 7636 appendix B comes out as printed there."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    assert "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" == pkce.code_challenge(verifier)


def test_the_at_hash_is_that_of_the_specification() -> None:
    """The example of OpenID Connect Core A.3 comes out as printed there."""
    access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"

    assert "77QmUPtjPfzWtF2AnpK9RQ" == pkce.at_hash(access_token)


@given(st.binary(min_size=pkce.CODE_VERIFIER_BYTES, max_size=pkce.CODE_VERIFIER_BYTES))
def test_a_code_verifier_has_the_length_of_the_rfc(random: bytes) -> None:
    """Whatever the random bytes, the verifier has 43 to 128 allowed characters, always as many."""
    verifier = pkce.random_text(random)

    assert pkce.is_code_verifier(verifier)
    assert 86 == len(verifier)


def test_texts_that_are_no_code_verifiers() -> None:
    """42 characters are too few, 129 too many, and only unreserved characters count."""
    assert not pkce.is_code_verifier("a" * 42)
    assert pkce.is_code_verifier("a" * 43)
    assert pkce.is_code_verifier("a" * 128)
    assert not pkce.is_code_verifier("a" * 129)
    assert not pkce.is_code_verifier("a" * 43 + "\n")
    assert not pkce.is_code_verifier("a" * 43 + "+")
