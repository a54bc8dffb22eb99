"""Second factors: choosing, enrolling, answering."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cognitokit.testing import FakePool, totp_code
from cognitokit.testing.fake.service_model import service_model
from tests.testing.fake.calls import (
    PASSWORD,
    admin,
    attribute,
    initiate,
    mine,
    refusal,
    respond,
    tokens,
)

EVERY_METHOD = {
    "SmsMfaConfiguration": {"SmsAuthenticationMessage": "Code {####}"},
    "SoftwareTokenMfaConfiguration": {"Enabled": True},
    "EmailMfaConfiguration": {"Message": "Code {####}", "Subject": "Sign in"},
}
CONTACTS = {"email": "jane@example.com", "phone_number": "+15550100"}
WRONG_TOTP = ("CodeMismatchException", "Invalid code received for user")
WRONG_OTP = ("CodeMismatchException", "Invalid code or auth state for the user.")


def make_pool(mfa: Any = "OPTIONAL", **user: Any) -> FakePool:
    """A pool with every second factor, and jane with email and phone."""
    made = FakePool(clock=lambda: 1_800_000_000.0, mfa=mfa, pool_options=EVERY_METHOD)
    made.add_user("jane", PASSWORD, attributes=user.get("attributes", CONTACTS))
    return made


def enrol(pool: FakePool, **params: Any) -> str:
    """Give jane an authenticator app and return its secret."""
    result = tokens(pool)
    secret: str = mine(pool, "AssociateSoftwareToken", result)["SecretCode"]
    code = totp_code(secret, pool.now())
    assert mine(pool, "VerifySoftwareToken", result, UserCode=code, **params) == {
        "Status": "SUCCESS"
    }
    return secret


def prefer(pool: FakePool, **settings: Any) -> Any:
    """AdminSetUserMFAPreference for jane."""
    return admin(pool, "AdminSetUserMFAPreference", Username="jane", **settings)


ON = {"Enabled": True}
PREFERRED = {"Enabled": True, "PreferredMfa": True}


class TestSoftwareToken:
    def test_a_code_is_asked_for_and_taken_once(self) -> None:
        """Once preferred, the app's code completes the sign-in; it does not serve twice."""
        pool = make_pool()
        secret = enrol(pool, FriendlyDeviceName="phone")
        prefer(pool, SoftwareTokenMfaSettings=PREFERRED)
        pool.advance(30)
        code = totp_code(secret, pool.now())
        challenge = initiate(pool)
        wrong = refusal(respond, pool, challenge, SOFTWARE_TOKEN_MFA_CODE="000000")
        reply = respond(pool, challenge, SOFTWARE_TOKEN_MFA_CODE=code)

        assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
        assert challenge["ChallengeParameters"] == {
            "USER_ID_FOR_SRP": "jane",
            "FRIENDLY_DEVICE_NAME": "phone",
        }
        assert wrong == WRONG_TOTP
        assert "AccessToken" in reply["AuthenticationResult"]
        assert refusal(respond, pool, initiate(pool), SOFTWARE_TOKEN_MFA_CODE=code) == (
            "ExpiredCodeException",
            "Your software token has already been used once.",
        )

    @pytest.mark.parametrize("drift,taken", [(-60, False), (-30, True), (30, True), (60, False)])
    def test_clocks_may_differ_by_half_a_minute(self, drift: int, *, taken: bool) -> None:
        """A code of the period before or after is taken, one further off not."""
        pool = make_pool()
        secret = enrol(pool)
        prefer(pool, SoftwareTokenMfaSettings=ON)
        pool.advance(90)
        challenge = initiate(pool)
        answer = {"SOFTWARE_TOKEN_MFA_CODE": totp_code(secret, pool.now() + drift)}

        if taken:
            assert "AuthenticationResult" in respond(pool, challenge, **answer)
        else:
            assert refusal(respond, pool, challenge, **answer) == WRONG_TOTP

    def test_enrolling_wants_the_apps_code(self) -> None:
        """A wrong code, or one before there is a secret, enrols nothing."""
        pool = make_pool()
        result = tokens(pool)
        early = refusal(mine, pool, "VerifySoftwareToken", result, UserCode="123456")
        mine(pool, "AssociateSoftwareToken", result)

        assert early[0] == "InvalidParameterException"
        assert refusal(mine, pool, "VerifySoftwareToken", result, UserCode="000000") == (
            "EnableSoftwareTokenMFAException",
            "Code mismatch",
        )
        assert refusal(prefer, pool, SoftwareTokenMfaSettings=ON) == (
            "InvalidParameterException",
            "User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA",
        )

    def test_secrets_differ(self) -> None:
        """Each association has its own secret."""
        pool = make_pool()
        result = tokens(pool)
        secrets = {mine(pool, "AssociateSoftwareToken", result)["SecretCode"] for _ in range(3)}

        assert len(secrets) == 3

    def test_a_pool_without_it_says_so(self) -> None:
        """Where the pool has no TOTP, neither step is possible."""
        pool = FakePool(mfa="OFF")
        pool.add_user("jane", PASSWORD)
        result = tokens(pool)

        for operation, params in (
            ("AssociateSoftwareToken", {}),
            ("VerifySoftwareToken", {"UserCode": "123456"}),
        ):
            assert (
                refusal(mine, pool, operation, result, **params)[0]
                == "SoftwareTokenMFANotFoundException"
            )

    def test_token_or_session_is_needed(self, pool: FakePool) -> None:
        """Without either, what is missing is named."""
        assert (
            refusal(pool.handle, "AssociateSoftwareToken", {})[1]
            == "Missing required parameter Session"
        )

    def test_an_administrator_takes_it_away(self) -> None:
        """AdminDeleteSoftwareToken lets the user sign in without it and enrol another."""
        pool = make_pool()
        enrol(pool)
        prefer(pool, SoftwareTokenMfaSettings=PREFERRED)
        admin(pool, "AdminDeleteSoftwareToken", Username="jane")

        assert "AccessToken" in tokens(pool)
        assert "PreferredMfaSetting" not in admin(pool, "AdminGetUser", Username="jane")


class TestCodes:
    @pytest.mark.parametrize(
        "setting,challenge_name,medium,answer",
        [
            ("SMSMfaSettings", "SMS_MFA", "SMS", "SMS_MFA_CODE"),
            ("EmailMfaSettings", "EMAIL_OTP", "EMAIL", "EMAIL_OTP_CODE"),
        ],
    )
    def test_a_code_travels(
        self, setting: str, challenge_name: str, medium: str, answer: str
    ) -> None:
        """The challenge says where the code of six digits went; it and no other completes the sign-in."""
        pool = make_pool()
        prefer(pool, **{setting: ON})
        challenge = initiate(pool)
        parameters = challenge["ChallengeParameters"]
        code = pool.last_code("jane")
        wrong = refusal(respond, pool, challenge, **{answer: "000000"})

        assert challenge["ChallengeName"] == challenge_name
        assert parameters["CODE_DELIVERY_DELIVERY_MEDIUM"] == medium
        assert parameters["USER_ID_FOR_SRP"] == "jane"
        assert pool.outbox[-1].body == f"Code {code}"
        assert len(code) == 6
        assert wrong == WRONG_OTP
        assert "AuthenticationResult" in respond(pool, challenge, **{answer: code})

    def test_five_misses_lock(self) -> None:
        """Wrong second factors lock the user out as wrong passwords do."""
        pool = make_pool()
        prefer(pool, SMSMfaSettings=ON)
        challenge = initiate(pool)
        for _ in range(5):
            assert refusal(respond, pool, challenge, SMS_MFA_CODE="000000") == WRONG_OTP

        assert refusal(respond, pool, challenge, SMS_MFA_CODE=pool.last_code("jane"))[1] == (
            "Password attempts exceeded"
        )

    def test_a_disabled_user_does_not_finish(self) -> None:
        """Disabling the user between the factors refuses the second."""
        pool = make_pool()
        prefer(pool, SMSMfaSettings=ON)
        challenge = initiate(pool)
        admin(pool, "AdminDisableUser", Username="jane")

        assert (
            refusal(respond, pool, challenge, SMS_MFA_CODE=pool.last_code("jane"))[1]
            == "User is disabled."
        )


class TestChoosing:
    def test_several_without_preference_are_offered(self) -> None:
        """SELECT_MFA_TYPE lists them as JSON; the chosen one is then asked for."""
        pool = make_pool()
        secret = enrol(pool)
        prefer(pool, SMSMfaSettings=ON, SoftwareTokenMfaSettings=ON, EmailMfaSettings=ON)
        pool.advance(30)
        challenge = initiate(pool)
        offered = json.loads(challenge["ChallengeParameters"]["MFAS_CAN_CHOOSE"])
        refused = refusal(respond, pool, challenge, ANSWER="WEB_AUTHN")
        asked = respond(pool, challenge, ANSWER="SOFTWARE_TOKEN_MFA")
        reply = respond(pool, asked, SOFTWARE_TOKEN_MFA_CODE=totp_code(secret, pool.now()))

        assert challenge["ChallengeName"] == "SELECT_MFA_TYPE"
        assert offered == ["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]
        assert refused[0] == "InvalidParameterException"
        assert "AuthenticationResult" in reply

    def test_a_preference_decides(self) -> None:
        """Of several, the preferred one is asked for, and shown with the user."""
        pool = make_pool()
        prefer(pool, SMSMfaSettings=ON, EmailMfaSettings=PREFERRED)
        user = admin(pool, "AdminGetUser", Username="jane")

        assert initiate(pool)["ChallengeName"] == "EMAIL_OTP"
        assert user["UserMFASettingList"] == ["SMS_MFA", "EMAIL_OTP"]
        assert user["PreferredMfaSetting"] == "EMAIL_OTP"

    def test_switching_off(self) -> None:
        """What is switched off is no longer asked for; without a preference none is left."""
        pool = make_pool()
        prefer(pool, SMSMfaSettings=PREFERRED)
        prefer(pool, SMSMfaSettings=ON)
        without_preference = admin(pool, "AdminGetUser", Username="jane")
        prefer(pool, SMSMfaSettings={"Enabled": False}, EmailMfaSettings={"Enabled": False})

        assert "PreferredMfaSetting" not in without_preference
        assert "AccessToken" in tokens(pool)

    @pytest.mark.parametrize(
        "settings",
        [
            {"SMSMfaSettings": PREFERRED, "EmailMfaSettings": PREFERRED},
            {"SMSMfaSettings": {"Enabled": False, "PreferredMfa": True}},
            {"WebAuthnMfaSettings": ON},
        ],
    )
    def test_impossible_wishes_are_refused(self, settings: Any) -> None:
        """Two preferences, one that is off, and passkeys that are not there change nothing."""
        shape: Any = service_model().operation_model("AdminSetUserMFAPreference").input_shape
        if not set(settings) <= set(shape.members):
            pytest.skip("this botocore has no WebAuthnMfaSettings")
        pool = make_pool()

        assert refusal(prefer, pool, **settings)[0] == "InvalidParameterException"
        assert "AccessToken" in tokens(pool)

    def test_what_the_pool_lacks_is_refused(self, pool: FakePool) -> None:
        """A method that the pool does not offer, or an address that the user lacks."""
        with_sms = make_pool(attributes={"email": "jane@example.com"})

        for each in (pool, with_sms):
            assert refusal(prefer, each, SMSMfaSettings=ON)[1] == (
                "User does not have delivery config set to turn on SMS_MFA"
            )


class TestDemanded:
    def test_an_address_serves_without_being_set_up(self) -> None:
        """With MFA ON a phone number is enough for SMS_MFA, phone and email for a choice."""
        both = make_pool("ON")
        phone = make_pool("ON", attributes={"phone_number": "+15550100"})

        assert initiate(both)["ChallengeName"] == "SELECT_MFA_TYPE"
        assert initiate(phone)["ChallengeName"] == "SMS_MFA"

    def test_an_app_is_set_up_during_the_sign_in(self) -> None:
        """MFA_SETUP, associate, verify and answer lead to tokens; the next sign-in asks for the code."""
        pool = make_pool("ON", attributes={})
        challenge = initiate(pool)
        too_early = refusal(respond, pool, challenge)
        associated = pool.handle("AssociateSoftwareToken", {"Session": challenge["Session"]})
        secret = associated["SecretCode"]
        verified = pool.handle(
            "VerifySoftwareToken",
            {"Session": associated["Session"], "UserCode": totp_code(secret, pool.now())},
        )
        reply = respond(pool, {**challenge, "Session": verified["Session"]})

        assert challenge["ChallengeName"] == "MFA_SETUP"
        assert json.loads(challenge["ChallengeParameters"]["MFAS_CAN_SETUP"]) == [
            "SMS_MFA",
            "SOFTWARE_TOKEN_MFA",
            "EMAIL_OTP",
        ]
        assert too_early[0] == "InvalidParameterException"
        assert verified["Status"] == "SUCCESS"
        assert "AccessToken" in reply["AuthenticationResult"]
        assert initiate(pool)["ChallengeName"] == "SOFTWARE_TOKEN_MFA"

    def test_setting_up_needs_a_code_of_the_same_session(self) -> None:
        """Verifying before associating fails, and so does any session but MFA_SETUP's."""
        pool = make_pool("ON", attributes={})
        challenge = initiate(pool)
        pool.add_user("joe", PASSWORD, temporary=True, attributes={})
        other = initiate(pool, username="joe")

        assert (
            refusal(
                pool.handle,
                "VerifySoftwareToken",
                {"Session": challenge["Session"], "UserCode": "123456"},
            )[0]
            == "InvalidParameterException"
        )
        assert refusal(pool.handle, "AssociateSoftwareToken", {"Session": other["Session"]})[1] == (
            "Invalid session for the user."
        )

    def test_an_email_address_is_set_up_with_the_answer(self) -> None:
        """MFA_SETUP answered with EMAIL sends a code there and asks for it."""
        pool = make_pool("ON", attributes={})
        challenge = respond(pool, initiate(pool), EMAIL="jane@example.com")
        reply = respond(pool, challenge, EMAIL_OTP_CODE=pool.last_code("jane@example.com"))

        assert challenge["ChallengeName"] == "EMAIL_OTP"
        assert "AuthenticationResult" in reply
        assert attribute(pool, "email") == "jane@example.com"


class TestFactors:
    def test_they_are_listed(self) -> None:
        """GetUserAuthFactors and its twin list first factors and MFA."""
        pool = make_pool()
        result = tokens(pool)
        prefer(pool, SMSMfaSettings=PREFERRED)
        expected = {
            "Username": "jane",
            "UserMFASettingList": ["SMS_MFA"],
            "PreferredMfaSetting": "SMS_MFA",
            "ConfiguredUserAuthFactors": ["PASSWORD"],
        }

        assert mine(pool, "GetUserAuthFactors", result) == expected
        assert admin(pool, "AdminGetUserAuthFactors", Username="jane") == expected

    def test_a_user_may_have_none(self) -> None:
        """A user without password and address has nothing to sign in with."""
        policies = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
        pool = FakePool(pool_options={"Policies": policies})
        pool.handle("SignUp", {"ClientId": pool.client_id, "Username": "joe"})

        assert admin(pool, "AdminGetUserAuthFactors", Username="joe") == {"Username": "joe"}
