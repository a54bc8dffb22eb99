"""USER_AUTH: choosing how to sign in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cognitokit.testing import FakePool, NotInFakePool, SoftwareAuthenticator, totp_code
from tests.testing.fake.calls import (
    PASSWORD,
    WRONG_PASSWORD,
    admin,
    attributes,
    initiate,
    mine,
    refusal,
    respond,
    tokens,
)

ALL: dict[str, Any] = {
    "AutoVerifiedAttributes": ["email", "phone_number"],
    "Policies": {
        "SignInPolicy": {
            "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]
        }
    },
    "WebAuthnConfiguration": {
        "RelyingPartyId": "auth.example.com",
        "UserVerification": "preferred",
    },
}
CONTACTS = {"email": "jane@example.com", "phone_number": "+15550100"}
WRONG_OTP = ("CodeMismatchException", "Invalid code or auth state for the user.")


def make_pool(**options: Any) -> FakePool:
    """A pool with every first factor, and jane with email and phone."""
    pool_options = {**ALL, **options.pop("pool_options", {})}
    made = FakePool(clock=lambda: 1_800_000_000.0, pool_options=pool_options, **options)
    made.add_user("jane", PASSWORD, attributes=CONTACTS)
    return made


@pytest.fixture
def pool() -> FakePool:
    """A pool with every first factor."""
    return make_pool()


def register(pool: FakePool, result: Any, **options: Any) -> SoftwareAuthenticator:
    """Give the user of the tokens a passkey."""
    authenticator = SoftwareAuthenticator(**options)
    begun = mine(pool, "StartWebAuthnRegistration", result)["CredentialCreationOptions"]
    mine(pool, "CompleteWebAuthnRegistration", result, Credential=authenticator.create(begun))
    return authenticator


def choose(pool: FakePool, choice: str, **responses: str) -> Any:
    """Begin without a preference and answer SELECT_CHALLENGE."""
    return respond(pool, initiate(pool, "USER_AUTH"), ANSWER=choice, **responses)


def test_without_a_preference_the_choice_is_offered(pool: FakePool) -> None:
    """SELECT_CHALLENGE lists what the user has: no passkey before one is registered."""
    challenge = initiate(pool, "USER_AUTH")
    register(pool, tokens(pool))
    with_passkey = initiate(pool, "USER_AUTH")

    assert challenge["ChallengeName"] == "SELECT_CHALLENGE"
    assert challenge["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD", "EMAIL_OTP", "SMS_OTP"]
    assert with_passkey["AvailableChallenges"][-1] == "WEB_AUTHN"


@pytest.mark.parametrize("otp,medium", [("EMAIL_OTP", "EMAIL"), ("SMS_OTP", "SMS")])
def test_a_code_signs_in(pool: FakePool, otp: str, medium: str) -> None:
    """A chosen or preferred code of eight digits goes out; it and no other signs in."""
    preferred = initiate(pool, "USER_AUTH", PREFERRED_CHALLENGE=otp)
    chosen = choose(pool, otp)
    code = pool.last_code("jane")
    wrong = refusal(respond, pool, chosen, **{f"{otp}_CODE": "00000000"})
    reply = respond(pool, chosen, **{f"{otp}_CODE": code})

    assert preferred["ChallengeName"] == chosen["ChallengeName"] == otp
    assert chosen["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"] == medium
    assert len(code) == 8
    assert pool.outbox[-1].code == code
    assert wrong == WRONG_OTP
    assert "AccessToken" in reply["AuthenticationResult"]


def test_a_first_code_does_not_lock(pool: FakePool) -> None:
    """However many wrong codes, the right one of the session still signs in."""
    challenge = initiate(pool, "USER_AUTH", PREFERRED_CHALLENGE="EMAIL_OTP")
    for _ in range(7):
        assert refusal(respond, pool, challenge, EMAIL_OTP_CODE="00000000") == WRONG_OTP

    assert "AuthenticationResult" in respond(pool, challenge, EMAIL_OTP_CODE=pool.last_code("jane"))


def test_a_password_in_one_step_or_two(pool: FakePool) -> None:
    """The password goes with the preference, with the choice, or in answer to PASSWORD."""
    at_once = initiate(pool, "USER_AUTH", PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)
    asked = initiate(pool, "USER_AUTH", PREFERRED_CHALLENGE="PASSWORD")
    with_choice = choose(pool, "PASSWORD", PASSWORD=PASSWORD)

    assert "AvailableChallenges" not in at_once
    assert asked["ChallengeName"] == "PASSWORD"
    assert refusal(respond, pool, asked, PASSWORD="wrong") == WRONG_PASSWORD
    for reply in (at_once, with_choice, respond(pool, asked, PASSWORD=PASSWORD)):
        assert "AccessToken" in reply["AuthenticationResult"]


def test_srp_is_left_out(pool: FakePool) -> None:
    """PASSWORD_SRP is offered, as Cognito does, and choosing it names what to choose instead."""
    with pytest.raises(NotInFakePool, match="PASSWORD choice"):
        choose(pool, "PASSWORD_SRP", SRP_A="ab")


def test_a_choice_must_be_one_that_is_offered(pool: FakePool) -> None:
    """An answer outside the list, or none, is refused; the session stays."""
    challenge = initiate(pool, "USER_AUTH")

    assert refusal(respond, pool, challenge)[1] == "Missing required parameter ANSWER"
    assert refusal(respond, pool, challenge, ANSWER="WEB_AUTHN")[0] == "InvalidParameterException"
    assert respond(pool, challenge, ANSWER="PASSWORD")["ChallengeName"] == "PASSWORD"


def test_a_preference_that_is_not_available_offers_the_choice(pool: FakePool) -> None:
    """A user with a temporary password prefers a code in vain: only the password is offered."""
    pool.add_user(
        "new", PASSWORD, attributes=CONTACTS | {"email": "new@example.com"}, temporary=True
    )
    challenge = initiate(pool, "USER_AUTH", username="new", PREFERRED_CHALLENGE="EMAIL_OTP")

    assert challenge["ChallengeName"] == "SELECT_CHALLENGE"
    assert challenge["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD"]


def test_an_address_may_go_before_its_code_does(pool: FakePool) -> None:
    """A factor that was offered and whose address was deleted meanwhile is refused; another still works."""
    challenge = initiate(pool, "USER_AUTH")
    admin(pool, "AdminDeleteUserAttributes", Username="jane", UserAttributeNames=["email"])

    assert refusal(respond, pool, challenge, ANSWER="EMAIL_OTP")[0] == "InvalidParameterException"
    assert respond(pool, challenge, ANSWER="SMS_OTP")["ChallengeName"] == "SMS_OTP"


def test_unverified_addresses_get_no_code(pool: FakePool) -> None:
    """An address that is not verified is no first factor."""
    admin(
        pool,
        "AdminUpdateUserAttributes",
        Username="jane",
        UserAttributes=attributes(email_verified="false"),
    )

    assert "EMAIL_OTP" not in initiate(pool, "USER_AUTH")["AvailableChallenges"]


def test_who_may_not_sign_in_is_told_first(pool: FakePool) -> None:
    """Disabled and unconfirmed users get no challenge."""
    admin(pool, "AdminDisableUser", Username="jane")
    pool.handle(
        "SignUp",
        {
            "ClientId": pool.client_id,
            "Username": "joe",
            "Password": PASSWORD,
            "UserAttributes": attributes(email="joe@example.com"),
        },
    )

    assert refusal(initiate, pool, "USER_AUTH") == ("NotAuthorizedException", "User is disabled.")
    assert refusal(initiate, pool, "USER_AUTH", username="joe")[0] == "UserNotConfirmedException"


def test_an_unknown_user_gets_a_challenge_that_cannot_be_met(pool: FakePool) -> None:
    """A hiding client simulates the preferred challenge, or one of the pool's; no answer is right."""
    otp = initiate(
        pool, "USER_AUTH", username="nobody@example.com", PREFERRED_CHALLENGE="EMAIL_OTP"
    )
    sms = initiate(pool, "USER_AUTH", username="nobody", PREFERRED_CHALLENGE="SMS_OTP")
    passkey = initiate(pool, "USER_AUTH", username="nobody", PREFERRED_CHALLENGE="WEB_AUTHN")
    password = initiate(pool, "USER_AUTH", username="nobody", PREFERRED_CHALLENGE="PASSWORD")
    kinds = {initiate(pool, "USER_AUTH", username=f"u{n}")["ChallengeName"] for n in range(40)}

    assert otp["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "n***@e***"
    assert sms["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"] == "SMS"
    assert (
        refusal(respond, pool, otp, username="nobody@example.com", EMAIL_OTP_CODE="1") == WRONG_OTP
    )
    assert refusal(respond, pool, passkey, username="nobody", CREDENTIAL="{}") == WRONG_PASSWORD
    assert refusal(respond, pool, password, username="nobody", PASSWORD=PASSWORD) == WRONG_PASSWORD
    assert refusal(respond, pool, password, username="else", PASSWORD=PASSWORD)[1] == (
        "Invalid session for the user."
    )
    assert kinds == {"EMAIL_OTP", "SMS_OTP", "WEB_AUTHN", "PASSWORD"}
    assert pool.outbox == []


def test_a_pool_may_have_nothing_to_begin_with() -> None:
    """Where the only factor is not set up, known and unknown users get an empty choice."""
    policies = {"SignInPolicy": {"AllowedFirstAuthFactors": ["WEB_AUTHN"]}}
    pool = FakePool(pool_options={"Policies": policies})
    pool.add_user("jane", PASSWORD)

    for name in ("jane", "nobody"):
        challenge = initiate(pool, "USER_AUTH", username=name)
        assert challenge["ChallengeName"] == "SELECT_CHALLENGE"
        assert challenge["AvailableChallenges"] == []


def test_step_up_is_left_out(pool: FakePool) -> None:
    """TARGET_ACR_VALUES names the mint as the way to such a token."""
    with pytest.raises(NotInFakePool, match=r"pool\.mint"):
        initiate(pool, "USER_AUTH", TARGET_ACR_VALUES="urn:cognito:loa:2")


class TestPasskeys:
    def options(self, challenge: Any) -> Any:
        """Return the request options of a challenge."""
        return json.loads(challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])

    def test_a_passkey_signs_in(self, pool: FakePool) -> None:
        """Preferred, chosen, or given with the choice, the assertion gives tokens."""
        key = register(pool, tokens(pool))
        preferred = initiate(pool, "USER_AUTH", PREFERRED_CHALLENGE="WEB_AUTHN")
        chosen = choose(pool, "WEB_AUTHN")
        offered = initiate(pool, "USER_AUTH")
        replies = [
            respond(pool, each, CREDENTIAL=json.dumps(key.get(self.options(each))))
            for each in (preferred, chosen)
        ]
        replies.append(
            respond(
                pool,
                offered,
                ANSWER="WEB_AUTHN",
                CREDENTIAL=json.dumps(key.get(self.options(offered))),
            )
        )

        assert self.options(preferred)["rpId"] == "auth.example.com"
        for reply in replies:
            assert "AccessToken" in reply["AuthenticationResult"]

    def test_an_assertion_is_for_one_challenge(self, pool: FakePool) -> None:
        """An assertion over another challenge is refused, and so is one that comes too late."""
        patient = pool.add_app_client(AuthSessionValidity=15)
        key = register(pool, tokens(pool))
        first = initiate(pool, "USER_AUTH", PREFERRED_CHALLENGE="WEB_AUTHN", client_id=patient.id)
        second = initiate(pool, "USER_AUTH", PREFERRED_CHALLENGE="WEB_AUTHN", client_id=patient.id)
        answer = json.dumps(key.get(self.options(first)))
        replayed = refusal(respond, pool, second, CREDENTIAL=answer, client_id=patient.id)
        pool.advance(180)

        assert replayed == WRONG_PASSWORD
        assert (
            refusal(respond, pool, first, CREDENTIAL=answer, client_id=patient.id) == WRONG_PASSWORD
        )

    def test_passkeys_and_mfa(self) -> None:
        """Where MFA is due, a passkey is offered if pool and user let it stand for both, with the user verified."""
        satisfying = ALL["WebAuthnConfiguration"] | {
            "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"
        }
        single = make_pool()
        try:
            double = make_pool(pool_options={"WebAuthnConfiguration": satisfying})
        except ValueError:
            pytest.skip("this botocore has no FactorConfiguration")
        keys: dict[FakePool, list[SoftwareAuthenticator]] = {}
        for each in (single, double):
            result = tokens(each)
            keys[each] = [
                register(each, result, verifies_user=verifies) for verifies in (True, False)
            ]
            secret = mine(each, "AssociateSoftwareToken", result)["SecretCode"]
            mine(each, "VerifySoftwareToken", result, UserCode=totp_code(secret, each.now()))
            mine(each, "SetUserMFAPreference", result, SoftwareTokenMfaSettings={"Enabled": True})
        not_yet = initiate(double, "USER_AUTH")
        admin(
            double,
            "AdminSetUserMFAPreference",
            Username="jane",
            SoftwareTokenMfaSettings={"Enabled": True},
            WebAuthnMfaSettings={"Enabled": True},
        )
        alone = initiate(single, "USER_AUTH")
        both = initiate(double, "USER_AUTH", PREFERRED_CHALLENGE="WEB_AUTHN")
        verified, unverified = keys[double]
        refused = refusal(
            respond, double, both, CREDENTIAL=json.dumps(unverified.get(self.options(both)))
        )

        assert alone["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD"]
        assert not_yet["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD"]
        assert both["AvailableChallenges"] == ["PASSWORD_SRP", "PASSWORD", "WEB_AUTHN"]
        assert refused == ("NotAuthorizedException", "User verification is required.")
        assert "AuthenticationResult" in respond(
            double, both, CREDENTIAL=json.dumps(verified.get(self.options(both)))
        )
