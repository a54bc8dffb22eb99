"""What is played on every server, and what must come of it.

`expected` is what real Cognito does, by the source that is named: AWS's own reference or guide, or
what others saw a real pool answer ("observed"). FakePool has to give it. Where another server
gives something else, differences.py says what and why that is wrong.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jwt

from cognitokit.testing import totp_code
from tests.conformance.stage import NEW, PASSWORD, Options, Stage, code_of, shape

Play = Callable[[Stage], Any]


class Scenario(NamedTuple):
    """One row of the table."""

    name: str
    play: Play
    expected: Any
    source: str
    options: Options


SCENARIOS: list[Scenario] = []

API = "API reference, "
GUIDE = "Developer guide, "
MODEL = "service model, "


def scenario(
    name: str,
    expected: Any,
    source: str,
    *,
    options: Options = Options(),  # noqa: B008 - immutable
) -> Callable[[Play], Play]:
    """Put a row into the table."""

    def add(play: Play) -> Play:
        SCENARIOS.append(Scenario(name, play, expected, source, options))
        return play

    return add


DELIVERY = {"AttributeName": "str", "DeliveryMedium": "str", "Destination": "str"}
WRONG_CODE = "CodeMismatchException"


@scenario(
    "What SignUp answers",
    {
        "UserConfirmed": "bool",
        "UserSub": "str",
        "CodeDeliveryDetails": DELIVERY,
        "Session": "str",
    },
    API + "SignUp: Response Syntax",
)
def sign_up_shape(stage: Stage) -> Any:
    return shape(stage.sign_up())


@scenario("A weak password", "InvalidPasswordException", API + "SignUp: Errors")
def weak_password(stage: Stage) -> Any:
    return code_of(stage.sign_up, Password="weakpassword")


@scenario("A name that is taken", "UsernameExistsException", API + "SignUp: Errors")
def name_taken(stage: Stage) -> Any:
    stage.sign_up()
    return code_of(stage.sign_up)


@scenario("An unknown app client", "ResourceNotFoundException", API + "SignUp: Errors")
def unknown_client(stage: Stage) -> Any:
    return code_of(stage.sign_up, ClientId="nobody")


@scenario(
    "A required attribute is missing",
    "InvalidParameterException",
    GUIDE + "User attributes",
    options=Options(pool={"Schema": [{"Name": "name", "Required": True, "Mutable": True}]}),
)
def required_attribute(stage: Stage) -> Any:
    return code_of(stage.sign_up)


@scenario(
    "A custom attribute that the schema lacks",
    "InvalidParameterException",
    GUIDE + "User attributes",
)
def unknown_attribute(stage: Stage) -> Any:
    return code_of(stage.sign_up, UserAttributes=[{"Name": "custom:nope", "Value": "x"}])


@scenario(
    "email_verified is not the user's to set",
    "NotAuthorizedException",
    GUIDE + "Attribute permissions and scopes",
)
def verified_by_oneself(stage: Stage) -> Any:
    return code_of(stage.sign_up, UserAttributes=[{"Name": "email_verified", "Value": "true"}])


@scenario(
    "Signing in before the sign-up is confirmed",
    "UserNotConfirmedException",
    API + "InitiateAuth: Errors",
)
def unconfirmed(stage: Stage) -> Any:
    stage.sign_up()
    return code_of(stage.sign_in)


@scenario("A wrong sign-up code", WRONG_CODE, API + "ConfirmSignUp: Errors")
def wrong_sign_up_code(stage: Stage) -> Any:
    stage.sign_up()
    return code_of(stage.call, "confirm_sign_up", Username="jane", ConfirmationCode="000000")


@scenario(
    "A confirmed user has a verified address",
    ["CONFIRMED", "true"],
    GUIDE + "Signing up and confirming user accounts",
)
def confirmed(stage: Stage) -> Any:
    stage.sign_up()
    code = stage.last_code("jane")
    stage.call("confirm_sign_up", Username="jane", ConfirmationCode=code)
    user = stage.admin("admin_get_user", Username="jane")
    values = {pair["Name"]: pair["Value"] for pair in user["UserAttributes"]}
    return [user["UserStatus"], values.get("email_verified")]


@scenario(
    "Confirming twice",
    "NotAuthorizedException",
    "observed: User cannot be confirmed. Current status is CONFIRMED",
)
def confirmed_twice(stage: Stage) -> Any:
    stage.sign_up()
    code = stage.last_code("jane")
    stage.call("confirm_sign_up", Username="jane", ConfirmationCode=code)
    return code_of(stage.call, "confirm_sign_up", Username="jane", ConfirmationCode=code)


@scenario(
    "A sign-up code is sent again",
    {"CodeDeliveryDetails": DELIVERY},
    API + "ResendConfirmationCode: Response Syntax",
)
def resend(stage: Stage) -> Any:
    stage.sign_up()
    return shape(stage.call("resend_confirmation_code", Username="jane"))


@scenario(
    "Resending for a confirmed user",
    "InvalidParameterException",
    "observed: User is already confirmed.",
)
def resend_confirmed(stage: Stage) -> Any:
    stage.add_user()
    return code_of(stage.call, "resend_confirmation_code", Username="jane")


TOKENS = {
    "AuthenticationResult": {
        "AccessToken": "str",
        "ExpiresIn": "int",
        "IdToken": "str",
        "RefreshToken": "str",
        "TokenType": "str",
    },
    "ChallengeParameters": {},
}


@scenario("What a sign-in answers", TOKENS, API + "InitiateAuth: Response Syntax")
def tokens_shape(stage: Stage) -> Any:
    stage.add_user()
    return shape(stage.sign_in())


@scenario(
    "What an administrator's sign-in answers", TOKENS, API + "AdminInitiateAuth: Response Syntax"
)
def admin_tokens_shape(stage: Stage) -> Any:
    stage.add_user()
    return shape(stage.sign_in(flow="ADMIN_USER_PASSWORD_AUTH"))


@scenario(
    "The claims of an access token",
    [
        "auth_time",
        "client_id",
        "event_id",
        "exp",
        "iat",
        "iss",
        "jti",
        "origin_jti",
        "scope",
        "sub",
        "token_use",
        "username",
        "version",
    ],
    GUIDE + "Understanding the access token",
)
def access_claims(stage: Stage) -> Any:
    stage.add_user()
    return sorted(claims(stage.tokens()["AccessToken"]))


@scenario(
    "The claims of an id token",
    [
        "aud",
        "auth_time",
        "cognito:username",
        "email",
        "email_verified",
        "event_id",
        "exp",
        "iat",
        "iss",
        "jti",
        "origin_jti",
        "sub",
        "token_use",
    ],
    GUIDE + "Understanding the identity (ID) token",
)
def id_claims(stage: Stage) -> Any:
    stage.add_user()
    return sorted(claims(stage.tokens()["IdToken"]))


@scenario(
    "Groups are in both tokens", [["admin"], ["admin"]], GUIDE + "Adding groups to a user pool"
)
def groups_in_tokens(stage: Stage) -> Any:
    stage.add_user()
    stage.admin("create_group", GroupName="admin")
    stage.admin("admin_add_user_to_group", Username="jane", GroupName="admin")
    result = stage.tokens()
    return [claims(result[name]).get("cognito:groups") for name in ("AccessToken", "IdToken")]


@scenario(
    "AccessTokenValidity is kept",
    [600, 600],
    API + "CreateUserPoolClient: AccessTokenValidity",
    options=Options(
        client={"AccessTokenValidity": 10, "TokenValidityUnits": {"AccessToken": "minutes"}}
    ),
)
def access_lifetime(stage: Stage) -> Any:
    stage.add_user()
    result = stage.tokens()
    access = claims(result["AccessToken"])
    return [result["ExpiresIn"], access["exp"] - access["iat"]]


@scenario("A wrong password", "NotAuthorizedException", API + "InitiateAuth: Errors")
def wrong_password(stage: Stage) -> Any:
    stage.add_user()
    return code_of(stage.sign_in, password="wrong")


@scenario(
    "An unknown user is hidden",
    "NotAuthorizedException",
    GUIDE + "Managing user existence error responses",
)
def hidden_user(stage: Stage) -> Any:
    return code_of(stage.sign_in, "nobody")


@scenario(
    "An unknown user of a LEGACY client",
    "UserNotFoundException",
    GUIDE + "Managing user existence error responses",
    options=Options(client={"PreventUserExistenceErrors": "LEGACY"}),
)
def legacy_unknown_user(stage: Stage) -> Any:
    return code_of(stage.sign_in, "nobody")


@scenario("A disabled user", "NotAuthorizedException", "observed: User is disabled.")
def disabled_user(stage: Stage) -> Any:
    stage.add_user()
    stage.admin("admin_disable_user", Username="jane")
    return code_of(stage.sign_in)


@scenario(
    "A flow that the client does not allow",
    "InvalidParameterException",
    "observed: USER_PASSWORD_AUTH flow not enabled for this client",
    options=Options(
        client={"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}
    ),
)
def flow_not_enabled(stage: Stage) -> Any:
    stage.add_user()
    return code_of(stage.sign_in)


@scenario(
    "PASSWORD is missing",
    "InvalidParameterException",
    "observed: Missing required parameter PASSWORD",
)
def password_missing(stage: Stage) -> Any:
    stage.add_user()
    return code_of(
        stage.call,
        "initiate_auth",
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "jane"},
    )


@scenario(
    "The sixth sign-in after five wrong passwords",
    "Password attempts exceeded",
    GUIDE + "Lockout behavior for failed sign-in attempts",
)
def lockout(stage: Stage) -> Any:
    stage.add_user()
    for _ in range(5):
        code_of(stage.sign_in, password="wrong")
    try:
        stage.sign_in()
    except stage.cognito.exceptions.NotAuthorizedException as error:
        return error.response["Error"]["Message"]
    return "ok"


SECRET = Options(secret=True)


@scenario(
    "No SECRET_HASH where there is a secret",
    "NotAuthorizedException",
    GUIDE + "Computing secret hash values",
    options=SECRET,
)
def no_secret_hash(stage: Stage) -> Any:
    stage.add_user()
    return code_of(stage.sign_in)


@scenario(
    "A wrong SECRET_HASH",
    "NotAuthorizedException",
    GUIDE + "Computing secret hash values",
    options=SECRET,
)
def wrong_secret_hash(stage: Stage) -> Any:
    stage.add_user()
    return code_of(stage.sign_in, SECRET_HASH=stage.secret_hash("joe"))


@scenario("The right SECRET_HASH", "ok", GUIDE + "Computing secret hash values", options=SECRET)
def right_secret_hash(stage: Stage) -> Any:
    stage.add_user()
    return code_of(stage.sign_in, SECRET_HASH=stage.secret_hash("jane"))


@scenario(
    "No SecretHash at sign-up", "NotAuthorizedException", API + "SignUp: SecretHash", options=SECRET
)
def no_secret_hash_at_sign_up(stage: Stage) -> Any:
    return code_of(stage.sign_up)


@scenario(
    "A temporary password asks for another",
    ["NEW_PASSWORD_REQUIRED", ["USER_ID_FOR_SRP", "requiredAttributes", "userAttributes"], []],
    API + "InitiateAuth: ChallengeName; observed parameters",
)
def new_password_required(stage: Stage) -> Any:
    stage.add_user(temporary=True)
    challenge = stage.sign_in()
    parameters = challenge["ChallengeParameters"]
    return [
        challenge["ChallengeName"],
        sorted(parameters),
        json.loads(parameters.get("requiredAttributes", "[]")),
    ]


@scenario("A weak new password", "InvalidPasswordException", API + "RespondToAuthChallenge: Errors")
def weak_new_password(stage: Stage) -> Any:
    stage.add_user(temporary=True)
    return code_of(stage.respond, stage.sign_in(), NEW_PASSWORD="weakpassword")


@scenario(
    "A new password gives tokens",
    [TOKENS, "CONFIRMED"],
    API + "RespondToAuthChallenge: NEW_PASSWORD_REQUIRED",
)
def new_password(stage: Stage) -> Any:
    stage.add_user(temporary=True)
    reply = stage.respond(stage.sign_in(), NEW_PASSWORD=NEW)
    return [shape(reply), stage.admin("admin_get_user", Username="jane")["UserStatus"]]


@scenario(
    "A Session that was made up",
    "NotAuthorizedException",
    "observed: Invalid session for the user.",
)
def bogus_session(stage: Stage) -> Any:
    stage.add_user(temporary=True)
    challenge = {**stage.sign_in(), "Session": "x" * 40}
    return code_of(stage.respond, challenge, NEW_PASSWORD=NEW)


@scenario(
    "A Session that was used",
    "NotAuthorizedException",
    "observed: Invalid session for the user, session can only be used once.",
)
def used_session(stage: Stage) -> Any:
    stage.add_user(temporary=True)
    challenge = stage.sign_in()
    stage.respond(challenge, NEW_PASSWORD=NEW)
    return code_of(stage.respond, challenge, NEW_PASSWORD=NEW + "2")


def recovery(stage: Stage) -> str:
    """Make jane, ask for a recovery code and return it."""
    stage.add_user()
    stage.call("forgot_password", Username="jane")
    return stage.last_code("jane")


@scenario(
    "What ForgotPassword answers",
    {
        "CodeDeliveryDetails": {
            "AttributeName": "email",
            "DeliveryMedium": "EMAIL",
            "Destination": "j***@e***",
        }
    },
    API + "ForgotPassword: Response Syntax",
)
def forgot(stage: Stage) -> Any:
    stage.add_user()
    return stage.call("forgot_password", Username="jane")


@scenario(
    "ForgotPassword of an unknown user looks the same",
    {"CodeDeliveryDetails": DELIVERY},
    GUIDE + "Managing user existence error responses",
)
def forgot_unknown(stage: Stage) -> Any:
    return shape(stage.call("forgot_password", Username="nobody"))


@scenario(
    "ForgotPassword without a verified address", "InvalidParameterException", API + "ForgotPassword"
)
def forgot_unverified(stage: Stage) -> Any:
    stage.add_user(email_verified="false")
    return code_of(stage.call, "forgot_password", Username="jane")


@scenario("A wrong recovery code", WRONG_CODE, API + "ConfirmForgotPassword: Errors")
def wrong_recovery_code(stage: Stage) -> Any:
    recovery(stage)
    return code_of(
        stage.call,
        "confirm_forgot_password",
        Username="jane",
        ConfirmationCode="000000",
        Password=NEW,
    )


@scenario(
    "A weak password with the right recovery code",
    "InvalidPasswordException",
    API + "ConfirmForgotPassword: Errors",
)
def weak_recovery(stage: Stage) -> Any:
    code = recovery(stage)
    return code_of(
        stage.call,
        "confirm_forgot_password",
        Username="jane",
        ConfirmationCode=code,
        Password="weakpassword",
    )


@scenario(
    "The right recovery code sets the password",
    ["NotAuthorizedException", "ok"],
    API + "ConfirmForgotPassword",
)
def recovered(stage: Stage) -> Any:
    code = recovery(stage)
    stage.call("confirm_forgot_password", Username="jane", ConfirmationCode=code, Password=NEW)
    return [code_of(stage.sign_in), code_of(stage.sign_in, password=NEW)]


@scenario(
    "Signing in after AdminResetUserPassword",
    "PasswordResetRequiredException",
    API + "InitiateAuth: Errors",
)
def reset_required(stage: Stage) -> Any:
    stage.add_user()
    stage.admin("admin_reset_user_password", Username="jane")
    return code_of(stage.sign_in)


REFRESHED = {
    "AuthenticationResult": {
        "AccessToken": "str",
        "ExpiresIn": "int",
        "IdToken": "str",
        "TokenType": "str",
    }
}


@scenario(
    "What REFRESH_TOKEN_AUTH answers",
    {**REFRESHED, "ChallengeParameters": {}},
    API + "InitiateAuth",
)
def refresh_legacy(stage: Stage) -> Any:
    stage.add_user()
    return shape(legacy(stage, stage.tokens()["RefreshToken"]))


@scenario("What GetTokensFromRefreshToken answers", REFRESHED, API + "GetTokensFromRefreshToken")
def refresh(stage: Stage) -> Any:
    stage.add_user()
    token = stage.tokens()["RefreshToken"]
    return shape(stage.call("get_tokens_from_refresh_token", RefreshToken=token))


@scenario(
    "A refresh keeps auth_time and origin_jti",
    [True, True, False],
    GUIDE + "Understanding user pool JSON web tokens",
)
def refresh_keeps(stage: Stage) -> Any:
    stage.add_user()
    result = stage.tokens()
    before = claims(result["AccessToken"])
    stage.wait(1.1)
    after = claims(legacy(stage, result["RefreshToken"])["AuthenticationResult"]["AccessToken"])
    return [after.get(name) == before.get(name) for name in ("auth_time", "origin_jti", "jti")]


@scenario("A refresh sees groups joined since", ["admin"], GUIDE + "Adding groups to a user pool")
def refresh_groups(stage: Stage) -> Any:
    stage.add_user()
    token = stage.tokens()["RefreshToken"]
    stage.admin("create_group", GroupName="admin")
    stage.admin("admin_add_user_to_group", Username="jane", GroupName="admin")
    access = legacy(stage, token)["AuthenticationResult"]["AccessToken"]
    return claims(access).get("cognito:groups")


@scenario(
    "A refresh token that was made up", "NotAuthorizedException", "observed: Invalid Refresh Token"
)
def bogus_refresh(stage: Stage) -> Any:
    return code_of(legacy, stage, "garbage")


@scenario(
    "A rotating client gives a new refresh token",
    True,
    GUIDE + "Refresh token rotation",
    options=Options(
        client={"RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}}
    ),
)
def rotation(stage: Stage) -> Any:
    stage.add_user()
    token = stage.tokens()["RefreshToken"]
    result = stage.call("get_tokens_from_refresh_token", RefreshToken=token)["AuthenticationResult"]
    return result.get("RefreshToken") not in {None, token}


@scenario(
    "A rotated refresh token is used again",
    "RefreshTokenReuseException",
    API + "GetTokensFromRefreshToken: Errors",
    options=Options(
        client={"RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}}
    ),
)
def reuse(stage: Stage) -> Any:
    stage.add_user()
    token = stage.tokens()["RefreshToken"]
    stage.call("get_tokens_from_refresh_token", RefreshToken=token)
    return code_of(stage.call, "get_tokens_from_refresh_token", RefreshToken=token)


@scenario(
    "What RevokeToken ends",
    ["NotAuthorizedException", "NotAuthorizedException"],
    API + "RevokeToken",
)
def revoked(stage: Stage) -> Any:
    stage.add_user()
    result = stage.tokens()
    stage.call("revoke_token", Token=result["RefreshToken"])
    return [code_of(legacy, stage, result["RefreshToken"]), code_of(stage.mine, "get_user", result)]


@scenario(
    "What GlobalSignOut ends",
    ["NotAuthorizedException", "NotAuthorizedException"],
    API + "GlobalSignOut",
)
def signed_out(stage: Stage) -> Any:
    stage.add_user()
    result, other = stage.tokens(), stage.tokens()
    stage.mine("global_sign_out", result)
    return [code_of(legacy, stage, other["RefreshToken"]), code_of(stage.mine, "get_user", other)]


@scenario(
    "What GetUser answers",
    {"UserAttributes": [{"Name": "str", "Value": "str"}], "Username": "str"},
    API + "GetUser",
)
def get_user(stage: Stage) -> Any:
    stage.add_user()
    return shape(stage.mine("get_user", stage.tokens()))


@scenario(
    "An id token where an access token belongs", "NotAuthorizedException", API + "GetUser: Errors"
)
def id_for_access(stage: Stage) -> Any:
    stage.add_user()
    return code_of(stage.mine, "get_user", {"AccessToken": stage.tokens()["IdToken"]})


@scenario(
    "An access token with a forged signature", "NotAuthorizedException", API + "GetUser: Errors"
)
def forged(stage: Stage) -> Any:
    stage.add_user()
    token = stage.tokens()["AccessToken"]
    forged_token = token.rpartition(".")[0] + "." + "A" * 342
    return code_of(stage.mine, "get_user", {"AccessToken": forged_token})


@scenario(
    "A new email address is unverified and gets a code",
    ["new@example.com", "false", "email"],
    GUIDE + "Verifying updates to email addresses and phone numbers",
)
def new_email(stage: Stage) -> Any:
    stage.add_user()
    reply = stage.mine(
        "update_user_attributes",
        stage.tokens(),
        UserAttributes=[{"Name": "email", "Value": "new@example.com"}],
    )
    user = stage.admin("admin_get_user", Username="jane")
    values = {pair["Name"]: pair["Value"] for pair in user["UserAttributes"]}
    sent = reply.get("CodeDeliveryDetailsList") or [{}]
    return [values.get("email"), values.get("email_verified"), sent[0].get("AttributeName")]


@scenario("A wrong verification code", WRONG_CODE, API + "VerifyUserAttribute: Errors")
def wrong_verification_code(stage: Stage) -> Any:
    stage.add_user()
    result = stage.tokens()
    stage.mine("get_user_attribute_verification_code", result, AttributeName="email")
    return code_of(
        stage.mine, "verify_user_attribute", result, AttributeName="email", Code="000000"
    )


@scenario(
    "Changing the password",
    ["NotAuthorizedException", "InvalidPasswordException", "ok"],
    API + "ChangePassword",
)
def change_password(stage: Stage) -> Any:
    stage.add_user()
    result = stage.tokens()

    def change(old: str, new: str) -> Any:
        return code_of(
            stage.mine, "change_password", result, PreviousPassword=old, ProposedPassword=new
        )

    return [change("wrong", NEW), change(PASSWORD, "weakpassword"), change(PASSWORD, NEW)]


@scenario("A deleted user", "UserNotFoundException", API + "AdminGetUser: Errors")
def deleted(stage: Stage) -> Any:
    stage.add_user()
    stage.mine("delete_user", stage.tokens())
    return code_of(stage.admin, "admin_get_user", Username="jane")


@scenario(
    "A wrong code at enrolling an authenticator",
    "EnableSoftwareTokenMFAException",
    API + "VerifySoftwareToken: Errors",
)
def wrong_enrolment(stage: Stage) -> Any:
    stage.add_user()
    result = stage.tokens()
    stage.mine("associate_software_token", result)
    return code_of(stage.mine, "verify_software_token", result, UserCode="000000")


@scenario(
    "TOTP that was never enrolled is not switched on",
    "InvalidParameterException",
    "observed: User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA",
)
def totp_not_enrolled(stage: Stage) -> Any:
    stage.add_user()
    return code_of(
        stage.admin,
        "admin_set_user_mfa_preference",
        Username="jane",
        SoftwareTokenMfaSettings={"Enabled": True},
    )


@scenario(
    "An enrolled authenticator is asked for",
    ["SOFTWARE_TOKEN_MFA", WRONG_CODE, "ok"],
    API + "RespondToAuthChallenge: SOFTWARE_TOKEN_MFA",
)
def totp(stage: Stage) -> Any:
    stage.add_user()
    secret = stage.enrol_totp(stage.tokens(), PreferredMfa=True)
    challenge = stage.sign_in()
    wrong = code_of(stage.respond, challenge, SOFTWARE_TOKEN_MFA_CODE="000000")
    # The code that enrolled it may not serve again, so this is the one that comes next.
    code = totp_code(secret, time.time() + 30)
    return [
        challenge["ChallengeName"],
        wrong,
        code_of(stage.respond, challenge, SOFTWARE_TOKEN_MFA_CODE=code),
    ]


@scenario(
    "A code of the authenticator serves once",
    "ExpiredCodeException",
    "observed: Your software token has already been used once.",
)
def totp_once(stage: Stage) -> Any:
    stage.add_user()
    secret = stage.enrol_totp(stage.tokens(), PreferredMfa=True)
    code = totp_code(secret, time.time() + 30)
    stage.respond(stage.sign_in(), SOFTWARE_TOKEN_MFA_CODE=code)
    return code_of(stage.respond, stage.sign_in(), SOFTWARE_TOKEN_MFA_CODE=code)


@scenario("Authenticator secrets differ", True, API + "AssociateSoftwareToken")
def totp_secrets(stage: Stage) -> Any:
    stage.add_user()
    stage.add_user("joe")
    secrets = {
        stage.mine("associate_software_token", stage.tokens(name))["SecretCode"]
        for name in ("jane", "joe")
    }
    return len(secrets) == 2


@scenario(
    "What AdminGetUser says of MFA",
    [["SOFTWARE_TOKEN_MFA"], "SOFTWARE_TOKEN_MFA"],
    API + "AdminGetUser",
)
def mfa_settings(stage: Stage) -> Any:
    stage.add_user()
    stage.enrol_totp(stage.tokens(), PreferredMfa=True)
    user = stage.admin("admin_get_user", Username="jane")
    return [user.get("UserMFASettingList"), user.get("PreferredMfaSetting")]


@scenario(
    "MFA is demanded of a user who has none",
    ["MFA_SETUP", ["SOFTWARE_TOKEN_MFA"]],
    API + "InitiateAuth: MFA_SETUP",
    options=Options(mfa="ON"),
)
def mfa_setup(stage: Stage) -> Any:
    stage.add_user()
    challenge = stage.sign_in()
    parameters = challenge.get("ChallengeParameters", {})
    return [challenge.get("ChallengeName"), json.loads(parameters.get("MFAS_CAN_SETUP", "null"))]


@scenario(
    "SMS as second factor",
    ["SMS_MFA", "SMS", "+*******0100", WRONG_CODE],
    API + "RespondToAuthChallenge: SMS_MFA",
    options=Options(
        pool={
            "SmsMfaConfiguration": {
                "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::123456789012:role/sns"}
            }
        }
    ),
)
def sms_mfa(stage: Stage) -> Any:
    stage.add_user(phone_number="+15550100", phone_number_verified="true")
    stage.admin(
        "admin_set_user_mfa_preference",
        Username="jane",
        SMSMfaSettings={"Enabled": True, "PreferredMfa": True},
    )
    challenge = stage.sign_in()
    parameters = challenge.get("ChallengeParameters", {})
    wrong = (
        code_of(stage.respond, challenge, SMS_MFA_CODE="000000") if "Session" in challenge else None
    )
    return [
        challenge.get("ChallengeName"),
        parameters.get("CODE_DELIVERY_DELIVERY_MEDIUM"),
        parameters.get("CODE_DELIVERY_DESTINATION"),
        wrong,
    ]


@scenario(
    "Email as second factor",
    "EMAIL_OTP",
    API + "RespondToAuthChallenge: EMAIL_OTP",
    options=Options(
        pool={"EmailMfaConfiguration": {"Message": "Code {####}", "Subject": "Sign in"}}
    ),
)
def email_mfa(stage: Stage) -> Any:
    stage.add_user()
    stage.admin(
        "admin_set_user_mfa_preference",
        Username="jane",
        EmailMfaSettings={"Enabled": True, "PreferredMfa": True},
    )
    return stage.sign_in().get("ChallengeName")


@scenario(
    "USER_AUTH offers a choice",
    ["SELECT_CHALLENGE", ["PASSWORD", "PASSWORD_SRP"]],
    API + "InitiateAuth: USER_AUTH",
)
def choice(stage: Stage) -> Any:
    stage.add_user()
    reply = stage.call("initiate_auth", AuthFlow="USER_AUTH", AuthParameters={"USERNAME": "jane"})
    return [reply.get("ChallengeName"), sorted(reply.get("AvailableChallenges", []))]


@scenario(
    "USER_AUTH with a preferred code",
    "EMAIL_OTP",
    API + "InitiateAuth: USER_AUTH",
    options=Options(
        mfa="OFF",
        pool={"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}},
    ),
)
def preferred(stage: Stage) -> Any:
    stage.add_user()
    parameters = {"USERNAME": "jane", "PREFERRED_CHALLENGE": "EMAIL_OTP"}
    reply = stage.call("initiate_auth", AuthFlow="USER_AUTH", AuthParameters=parameters)
    return reply.get("ChallengeName")


@scenario("The factors that a user has", ["PASSWORD"], API + "GetUserAuthFactors")
def factors(stage: Stage) -> Any:
    stage.add_user()
    return stage.mine("get_user_auth_factors", stage.tokens()).get("ConfiguredUserAuthFactors")


@scenario(
    "CUSTOM_AUTH without triggers",
    "InvalidParameterException",
    "observed: Custom auth lambda trigger is not configured for the user pool.",
)
def custom_without_triggers(stage: Stage) -> Any:
    stage.add_user()
    return code_of(
        stage.call, "initiate_auth", AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": "jane"}
    )


EMAIL_POOL = Options(pool={"UsernameAttributes": ["email"]})
CASELESS = Options(
    pool={"UsernameAttributes": ["email"], "UsernameConfiguration": {"CaseSensitive": False}}
)


@scenario(
    "A username that is no email address",
    "InvalidParameterException",
    GUIDE + "Customizing sign-in attributes",
    options=EMAIL_POOL,
)
def no_email(stage: Stage) -> Any:
    return code_of(stage.sign_up, UserAttributes=[])


@scenario(
    "By email the username is the sub",
    True,
    GUIDE + "Customizing sign-in attributes",
    options=EMAIL_POOL,
)
def sub_as_username(stage: Stage) -> Any:
    sub = stage.sign_up("jane@example.com", UserAttributes=[])["UserSub"]
    return stage.admin("admin_get_user", Username="jane@example.com")["Username"] == sub


@scenario(
    "Another spelling of the address", "ok", API + "UsernameConfigurationType", options=CASELESS
)
def caseless(stage: Stage) -> Any:
    stage.sign_up("jane@example.com", UserAttributes=[])
    stage.admin("admin_confirm_sign_up", Username="jane@example.com")
    return code_of(stage.sign_in, "Jane@EXAMPLE.com")


ALIASES = Options(pool={"AliasAttributes": ["email"]})


@scenario(
    "Signing in by a verified alias",
    "ok",
    GUIDE + "Customizing sign-in attributes",
    options=ALIASES,
)
def alias(stage: Stage) -> Any:
    stage.add_user()
    return code_of(stage.sign_in, "jane@example.com")


@scenario(
    "Signing in by an unverified alias",
    "NotAuthorizedException",
    GUIDE + "Customizing sign-in attributes",
    options=ALIASES,
)
def unverified_alias(stage: Stage) -> Any:
    stage.add_user(email_verified="false")
    return code_of(stage.sign_in, "jane@example.com")


@scenario(
    "A username that looks like an alias",
    "InvalidParameterException",
    "observed: Username cannot be of email format, since user pool is configured for email alias.",
    options=ALIASES,
)
def username_like_alias(stage: Stage) -> Any:
    return code_of(stage.sign_up, "jane@example.com", UserAttributes=[])


PREFERRED = Options(pool={"AliasAttributes": ["preferred_username"]})


@scenario(
    "A preferred username at sign-up",
    "InvalidParameterException",
    "observed: Preferred username cannot be provided for unconfirmed account, since user pool is "
    "configured for preferred username alias.",
    options=PREFERRED,
)
def early_preferred_username(stage: Stage) -> Any:
    pair = {"Name": "preferred_username", "Value": "janey"}
    return code_of(stage.sign_up, UserAttributes=[pair])


@scenario(
    "A preferred username that is another's",
    ["ok", "AliasExistsException"],
    GUIDE + "Username and preferred username",
    options=PREFERRED,
)
def taken_preferred_username(stage: Stage) -> Any:
    stage.add_user()
    stage.add_user("joe")
    pair = {"Name": "preferred_username", "Value": "boss"}
    return [
        code_of(stage.admin, "admin_update_user_attributes", Username=name, UserAttributes=[pair])
        for name in ("jane", "joe")
    ]


@scenario(
    "What AdminCreateUser answers",
    {
        "User": {
            "Attributes": [{"Name": "str", "Value": "str"}],
            "Enabled": "bool",
            "UserCreateDate": "datetime",
            "UserLastModifiedDate": "datetime",
            "UserStatus": "str",
            "Username": "str",
        }
    },
    API + "AdminCreateUser: Response Syntax",
)
def admin_create_user(stage: Stage) -> Any:
    return shape(stage.admin("admin_create_user", Username="joe", MessageAction="SUPPRESS"))


@scenario("An administrator's unknown user", "UserNotFoundException", API + "AdminGetUser: Errors")
def admin_unknown(stage: Stage) -> Any:
    return code_of(stage.admin, "admin_get_user", Username="nobody")


@scenario("A prefix filter", ["ann", "anna"], API + "ListUsers: Filter")
def prefix_filter(stage: Stage) -> Any:
    for name in ("ann", "anna", "bob"):
        stage.add_user(name)
    users = stage.admin("list_users", Filter='email ^= "ann"')["Users"]
    return sorted(user["Username"] for user in users)


@scenario("A filter on a custom attribute", "InvalidParameterException", API + "ListUsers: Filter")
def custom_filter(stage: Stage) -> Any:
    return code_of(stage.admin, "list_users", Filter='custom:plan = "free"')


@scenario("Pages of users", [2, 1, False], API + "ListUsers: PaginationToken")
def user_pages(stage: Stage) -> Any:
    for name in ("ann", "anna", "bob"):
        stage.add_user(name)
    first = stage.admin("list_users", Limit=2)
    second = stage.admin("list_users", Limit=2, PaginationToken=first["PaginationToken"])
    return [len(first["Users"]), len(second["Users"]), "PaginationToken" in second]


@scenario("A limit that is too large", "InvalidParameterException", MODEL + "QueryLimitType")
def limit_too_large(stage: Stage) -> Any:
    return code_of(stage.admin, "list_users", Limit=61)


@scenario(
    "What CreateGroup answers",
    {
        "Group": {
            "CreationDate": "datetime",
            "GroupName": "str",
            "LastModifiedDate": "datetime",
            "Precedence": "int",
            "UserPoolId": "str",
        }
    },
    API + "CreateGroup: Response Syntax",
)
def create_group(stage: Stage) -> Any:
    return shape(stage.admin("create_group", GroupName="admin", Precedence=1))


@scenario("A group that exists", "GroupExistsException", API + "CreateGroup: Errors")
def group_exists(stage: Stage) -> Any:
    stage.admin("create_group", GroupName="admin")
    return code_of(stage.admin, "create_group", GroupName="admin")


@scenario(
    "A group that does not exist", "ResourceNotFoundException", API + "AdminAddUserToGroup: Errors"
)
def group_missing(stage: Stage) -> Any:
    stage.add_user()
    return code_of(stage.admin, "admin_add_user_to_group", Username="jane", GroupName="none")


@scenario("A group is changed", "ok", API + "UpdateGroup")
def update_group(stage: Stage) -> Any:
    stage.admin("create_group", GroupName="admin")
    return code_of(stage.admin, "update_group", GroupName="admin", Description="Admins")


@scenario("Members of a group", ["jane"], API + "ListUsersInGroup")
def members(stage: Stage) -> Any:
    stage.add_user()
    stage.add_user("joe")
    stage.admin("create_group", GroupName="admin")
    stage.admin("admin_add_user_to_group", Username="jane", GroupName="admin")
    return [
        user["Username"] for user in stage.admin("list_users_in_group", GroupName="admin")["Users"]
    ]


@scenario("Attributes are deleted", None, API + "AdminDeleteUserAttributes")
def delete_attributes(stage: Stage) -> Any:
    stage.add_user(nickname="J")
    stage.admin("admin_delete_user_attributes", Username="jane", UserAttributeNames=["nickname"])
    user = stage.admin("admin_get_user", Username="jane")
    return next(
        (pair["Value"] for pair in user["UserAttributes"] if pair["Name"] == "nickname"), None
    )


@scenario("Listing devices", {"Devices": []}, API + "AdminListDevices: Response Syntax")
def devices(stage: Stage) -> Any:
    stage.add_user()
    return stage.admin("admin_list_devices", Username="jane")


@scenario(
    "Registering a passkey where the pool has none",
    "WebAuthnNotEnabledException",
    API + "StartWebAuthnRegistration: Errors",
)
def no_passkeys(stage: Stage) -> Any:
    stage.add_user()
    return code_of(stage.mine, "start_web_authn_registration", stage.tokens())


@scenario(
    "Sign-in events without threat protection",
    "UserPoolAddOnNotEnabledException",
    API + "AdminListUserAuthEvents: Errors",
)
def events(stage: Stage) -> Any:
    stage.add_user()
    return code_of(stage.admin, "admin_list_user_auth_events", Username="jane")


def claims(token: str) -> dict[str, Any]:
    """Return what a token says, unverified."""
    body: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return body


def legacy(stage: Stage, refresh_token: str) -> dict[str, Any]:
    """REFRESH_TOKEN_AUTH."""
    return stage.call(
        "initiate_auth",
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": refresh_token},
    )
