"""Registering passkeys, and what the pool checks of one."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from cognitokit.errors import ConfigurationError
from cognitokit.testing import FakePool, SoftwareAuthenticator
from cognitokit.testing.fake import cbor
from tests.testing.fake.calls import PASSWORD, initiate, mine, refusal, respond, tokens

RELYING_PARTY = "auth.example.com"
NOT_SUPPORTED = "WebAuthnCredentialNotSupportedException"


def make_pool(**configuration: str) -> FakePool:
    """A pool with passkeys, and jane."""
    made = FakePool(
        clock=lambda: 1_800_000_000.0,
        pool_options={
            "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}},
            "WebAuthnConfiguration": {"RelyingPartyId": RELYING_PARTY, **configuration},
        },
    )
    made.add_user("jane", PASSWORD)
    return made


@pytest.fixture
def pool() -> FakePool:
    """A pool with passkeys."""
    return make_pool()


def start(pool: FakePool, result: Any) -> Any:
    """StartWebAuthnRegistration."""
    return mine(pool, "StartWebAuthnRegistration", result)["CredentialCreationOptions"]


def complete(pool: FakePool, result: Any, credential: Any) -> Any:
    """CompleteWebAuthnRegistration."""
    return mine(pool, "CompleteWebAuthnRegistration", result, Credential=credential)


def listed(pool: FakePool, result: Any, **params: Any) -> Any:
    """ListWebAuthnCredentials."""
    return mine(pool, "ListWebAuthnCredentials", result, **params)


def changed(credential: Any, name: str, change: Any) -> Any:
    """Return a credential with one part of its response changed as JSON or as bytes."""
    data = urlsafe_b64decode(credential["response"][name] + "==")
    new = (
        json.dumps(change(json.loads(data))).encode() if name == "clientDataJSON" else change(data)
    )
    text = urlsafe_b64encode(new).rstrip(b"=").decode()
    return {**credential, "response": {**credential["response"], name: text}}


def test_a_passkey_is_registered_listed_and_deleted(pool: FakePool) -> None:
    """What is registered is listed with its relying party, and gone once deleted."""
    result = tokens(pool)
    assert complete(pool, result, SoftwareAuthenticator().create(start(pool, result))) == {}
    (credential,) = listed(pool, result)["Credentials"]
    mine(pool, "DeleteWebAuthnCredential", result, CredentialId=credential["CredentialId"])

    assert credential["RelyingPartyId"] == RELYING_PARTY
    assert credential["AuthenticatorAttachment"] == "platform"
    assert credential["AuthenticatorTransports"] == ["internal"]
    assert credential["CreatedAt"].timestamp() == 1_800_000_000
    assert listed(pool, result)["Credentials"] == []
    assert (
        refusal(
            mine, pool, "DeleteWebAuthnCredential", result, CredentialId=credential["CredentialId"]
        )[0]
        == "ResourceNotFoundException"
    )


def test_the_options_are_for_this_user(pool: FakePool) -> None:
    """They name user and relying party, and exclude what is registered, so that no device registers twice."""
    result = tokens(pool)
    authenticator = SoftwareAuthenticator()
    first = start(pool, result)
    complete(pool, result, authenticator.create(first))
    second = start(pool, result)

    assert first["rp"]["id"] == RELYING_PARTY
    assert first["user"]["name"] == "jane"
    assert first["excludeCredentials"] == []
    assert len(second["excludeCredentials"]) == 1
    with pytest.raises(ConfigurationError, match="registered already"):
        authenticator.create(second)


def test_passkeys_come_in_pages_and_are_twenty_at_most(pool: FakePool) -> None:
    """The list is paged; the twenty-first registration is refused."""
    result = tokens(pool)
    for _ in range(20):
        complete(pool, result, SoftwareAuthenticator().create(start(pool, result)))
    page = listed(pool, result, MaxResults=15)
    rest = listed(pool, result, NextToken=page["NextToken"])

    assert (len(page["Credentials"]), len(rest["Credentials"])) == (15, 5)
    assert "NextToken" not in rest
    assert refusal(start, pool, result)[0] == "LimitExceededException"


def test_a_credential_need_not_say_what_it_is(pool: FakePool) -> None:
    """Transports and attachment are optional."""
    result = tokens(pool)
    credential = SoftwareAuthenticator().create(start(pool, result))
    del credential["authenticatorAttachment"], credential["response"]["transports"]
    complete(pool, result, credential)
    (described,) = listed(pool, result)["Credentials"]

    assert "AuthenticatorAttachment" not in described
    assert described["AuthenticatorTransports"] == []


def test_passkeys_must_be_switched_on(pool: FakePool) -> None:
    """Without the factor, or without a relying party, registration says which is missing."""
    off = FakePool()
    off.add_user("jane", PASSWORD)
    policies = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}
    nameless = FakePool(pool_options={"Policies": policies})
    nameless.add_user("jane", PASSWORD)

    assert refusal(start, off, tokens(off))[0] == "WebAuthnNotEnabledException"
    assert refusal(start, nameless, tokens(nameless))[0] == "WebAuthnConfigurationMissingException"
    assert "WEB_AUTHN" not in initiate(nameless, "USER_AUTH")["AvailableChallenges"]


def test_a_registration_is_of_one_client_and_three_minutes(pool: FakePool) -> None:
    """Another client's token, a late answer and one without a beginning are refused."""
    result = tokens(pool)
    other = pool.add_app_client()
    of_other = tokens(pool, client_id=other.id)
    authenticator = SoftwareAuthenticator()
    early = refusal(complete, pool, result, {})
    credential = authenticator.create(start(pool, result))
    empty = refusal(complete, pool, result, {"id": "AAAA"})
    mismatch = refusal(complete, pool, of_other, credential)
    pool.advance(180)

    assert early[0] == "WebAuthnChallengeNotFoundException"
    assert empty[0] == "InvalidParameterException"
    assert mismatch[0] == "WebAuthnClientMismatchException"
    assert refusal(complete, pool, result, credential)[0] == "WebAuthnChallengeNotFoundException"


@pytest.mark.parametrize(
    "origin,allowed",
    [
        ("https://auth.example.com", True),
        ("https://app.auth.example.com", True),
        ("https://example.com", False),
        ("https://evilauth.example.com", False),
        ("http://auth.example.com", False),
    ],
)
def test_the_page_belongs_to_the_relying_party(
    pool: FakePool, origin: str, *, allowed: bool
) -> None:
    """Its host is the relying party's id or below it, by https."""
    result = tokens(pool)
    credential = SoftwareAuthenticator(origin=origin).create(start(pool, result))

    if allowed:
        assert complete(pool, result, credential) == {}
    else:
        assert refusal(complete, pool, result, credential)[0] == "WebAuthnOriginNotAllowedException"


def test_localhost_may_be_plain() -> None:
    """On localhost http will do."""
    pool = make_pool(RelyingPartyId="localhost")
    result = tokens(pool)
    credential = SoftwareAuthenticator(origin="http://localhost:3000").create(start(pool, result))

    assert complete(pool, result, credential) == {}


@pytest.mark.parametrize(
    "name,change,code",
    [
        (
            "clientDataJSON",
            lambda data: data | {"type": "webauthn.get"},
            "WebAuthnChallengeNotFoundException",
        ),
        (
            "clientDataJSON",
            lambda data: data | {"challenge": "AAAA"},
            "WebAuthnChallengeNotFoundException",
        ),
        ("clientDataJSON", lambda data: [], "WebAuthnChallengeNotFoundException"),
        ("attestationObject", lambda data: data[:40], NOT_SUPPORTED),
        ("attestationObject", lambda data: cbor.encode({"authData": 1}), NOT_SUPPORTED),
        ("attestationObject", lambda data: cbor.encode({}), NOT_SUPPORTED),
        (
            "attestationObject",
            lambda data: cbor.encode({"authData": b""}),
            "WebAuthnRelyingPartyMismatchException",
        ),
    ],
)
def test_what_does_not_fit_is_refused(pool: FakePool, name: str, change: Any, code: str) -> None:
    """Another kind, another challenge, and attestations that are none."""
    result = tokens(pool)
    credential = SoftwareAuthenticator().create(start(pool, result))

    assert refusal(complete, pool, result, changed(credential, name, change))[0] == code
    assert complete(pool, result, credential) == {}


def rewritten(credential: Any, change: Any) -> Any:
    """Return a credential whose authenticator data is changed."""

    def attestation(data: bytes) -> bytes:
        decoded, _ = cbor.decode(data)
        return cbor.encode({**decoded, "authData": change(decoded["authData"])})

    return changed(credential, "attestationObject", attestation)


def cose(key: dict[int, Any]) -> Any:
    """Return a change of authenticator data that puts another public key in."""

    def change(data: bytes) -> bytes:
        size = int.from_bytes(data[53:55], "big")
        return data[: 55 + size] + cbor.encode(key)

    return change


@pytest.mark.parametrize(
    "change,code",
    [
        (lambda data: b"x" * 32 + data[32:], "WebAuthnRelyingPartyMismatchException"),
        (lambda data: data[:32] + b"\x00" + data[33:], NOT_SUPPORTED),
        (lambda data: data[:32] + b"\x01" + data[33:], NOT_SUPPORTED),
        (lambda data: data[:55] + bytes([data[55] ^ 1]) + data[56:], NOT_SUPPORTED),
        (cose({1: 3, 3: -257, -1: b"n", -2: b"e"}), NOT_SUPPORTED),
        (cose({1: 2, 3: -7, -1: 1, -2: b"x", -3: b"y"}), NOT_SUPPORTED),
        (cose({1: 2}), NOT_SUPPORTED),
    ],
)
def test_the_authenticators_data_is_checked(pool: FakePool, change: Any, code: str) -> None:
    """Relying party, presence, an attested key of a kind that is taken, and the id that was named."""
    result = tokens(pool)
    credential = SoftwareAuthenticator().create(start(pool, result))

    assert refusal(complete, pool, result, rewritten(credential, change))[0] == code


def test_a_pool_may_require_the_user_to_be_verified() -> None:
    """With UserVerification required an authenticator that checks nobody neither registers nor signs in."""
    pool = make_pool(UserVerification="required")
    result = tokens(pool)
    careless = SoftwareAuthenticator(verifies_user=False)

    assert refusal(complete, pool, result, careless.create(start(pool, result)))[0] == NOT_SUPPORTED
    assert complete(pool, result, SoftwareAuthenticator().create(start(pool, result))) == {}


class TestAssertions:
    @pytest.fixture
    def stage(self, pool: FakePool) -> Any:
        """A registered authenticator and a challenge for it."""
        result = tokens(pool)
        authenticator = SoftwareAuthenticator()
        complete(pool, result, authenticator.create(start(pool, result)))
        challenge = initiate(pool, "USER_AUTH", PREFERRED_CHALLENGE="WEB_AUTHN")
        options = json.loads(challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
        return authenticator, challenge, options

    @pytest.mark.parametrize(
        "change",
        [
            lambda credential: {**credential, "id": "AAAA"},
            lambda credential: changed(
                credential, "signature", lambda data: data[:-1] + bytes([data[-1] ^ 1])
            ),
            lambda credential: changed(
                credential, "authenticatorData", lambda data: b"x" * 32 + data[32:]
            ),
            lambda credential: changed(
                credential, "authenticatorData", lambda data: data[:33] + b"\x00" * 4
            ),
            lambda credential: changed(credential, "userHandle", lambda data: b"somebody"),
            lambda credential: changed(
                credential, "clientDataJSON", lambda data: data | {"origin": "https://x.y"}
            ),
            lambda credential: {**credential, "response": {}},
            lambda credential: [],
        ],
    )
    def test_a_false_one_is_refused(self, pool: FakePool, stage: Any, change: Any) -> None:
        """Whatever is wrong with an assertion, the answer is the same; a sound one still signs in."""
        authenticator, challenge, options = stage
        credential = authenticator.get(options)
        refused = refusal(respond, pool, challenge, CREDENTIAL=json.dumps(change(credential)))

        assert refused == ("NotAuthorizedException", "Incorrect username or password.")
        assert "AuthenticationResult" in respond(pool, challenge, CREDENTIAL=json.dumps(credential))

    def test_a_user_handle_is_optional(self, pool: FakePool, stage: Any) -> None:
        """An authenticator may leave userHandle out."""
        authenticator, challenge, options = stage
        credential = authenticator.get(options)
        credential["response"]["userHandle"] = None

        assert "AuthenticationResult" in respond(pool, challenge, CREDENTIAL=json.dumps(credential))

    def test_no_json_is_no_credential(self, pool: FakePool, stage: Any) -> None:
        """Text that is no JSON is refused like any bad assertion."""
        assert refusal(respond, pool, stage[1], CREDENTIAL="{")[0] == "NotAuthorizedException"


class TestAuthenticator:
    def test_it_has_passkeys_for_relying_parties_it_knows(self, pool: FakePool) -> None:
        """Another relying party, and credentials that it does not hold, find none."""
        result = tokens(pool)
        authenticator = SoftwareAuthenticator()
        authenticator.create(json.dumps(start(pool, result)))
        options = {"challenge": "AAAA", "rpId": RELYING_PARTY}
        foreign = {**options, "allowCredentials": [{"type": "public-key", "id": "AAAA"}]}

        assert authenticator.get(json.dumps(options))["type"] == "public-key"
        for asked in (foreign, {**options, "rpId": "example.org"}):
            with pytest.raises(ConfigurationError, match="no passkey"):
                authenticator.get(asked)

    def test_it_makes_one_kind_of_key(self, pool: FakePool) -> None:
        """Options without ES256 are refused with the reason."""
        options = start(pool, tokens(pool)) | {
            "pubKeyCredParams": [{"type": "public-key", "alg": -257}]
        }

        with pytest.raises(ConfigurationError, match="ES256"):
            SoftwareAuthenticator().create(options)

    def test_its_repr_counts(self, pool: FakePool) -> None:
        """The repr shows no key."""
        authenticator = SoftwareAuthenticator(origin="https://auth.example.com")
        authenticator.create(start(pool, tokens(pool)))

        assert (
            repr(authenticator)
            == "SoftwareAuthenticator(origin='https://auth.example.com', credentials=1)"
        )
        assert "PrivateKey" not in repr(vars(authenticator))

    def test_its_keys_are_real(self, pool: FakePool) -> None:
        """The key in the attestation is a point on P-256."""
        credential = SoftwareAuthenticator().create(start(pool, tokens(pool)))
        data = urlsafe_b64decode(credential["response"]["attestationObject"] + "==")
        authenticator_data = cbor.decode(data)[0]["authData"]
        key, end = cbor.decode(authenticator_data[87:])
        numbers = ec.EllipticCurvePublicNumbers(
            int.from_bytes(key[-2], "big"), int.from_bytes(key[-3], "big"), ec.SECP256R1()
        )

        assert numbers.public_key().key_size == 256
        assert end == len(authenticator_data) - 87
