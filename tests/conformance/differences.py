"""Where ministack and moto give something else than real Cognito, and why that is wrong.

A test fails when an entry no longer holds, so that a server that was mended loses its entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.conformance.scenarios import DELIVERY, TOKENS, WRONG_CODE
from tests.conformance.stage import MISSING


class Differs(NamedTuple):
    """What a server gives instead, and why that is not right."""

    outcome: Any
    why: str


def lacks(what: str) -> Differs:
    """Say that a server cannot play a scenario."""
    return Differs(MISSING, f"has no {what}")


BARE_TOKENS = {"AuthenticationResult": TOKENS["AuthenticationResult"]}
NO_PARAMETERS = "leaves ChallengeParameters out, which is there and empty"
NO_SESSION = "leaves Session out, which clients with USER_AUTH get"
NO_SCHEMA = "does not hold attributes against the schema"
NO_CLAIMS = [
    "auth_time",
    "client_id",
    "exp",
    "iat",
    "iss",
    "jti",
    "origin_jti",
    "scope",
    "sub",
    "token_use",
    "username",
]
EMPTY_MFA = {"MFAOptions": [], "PreferredMfaSetting": "str", "UserMFASettingList": []}
EMPTY = "shows members that are not set, which Cognito leaves out"
GET_USER = {"UserAttributes": [{"Name": "str", "Value": "str"}], "Username": "str"}
NEW_USER = {
    "User": {
        "Attributes": [{"Name": "str", "Value": "str"}],
        "Enabled": "bool",
        "MFAOptions": [],
        "UserCreateDate": "datetime",
        "UserLastModifiedDate": "datetime",
        "UserStatus": "str",
        "Username": "str",
    }
}
GROUP = {
    "CreationDate": "datetime",
    "Description": "str",
    "GroupName": "str",
    "LastModifiedDate": "datetime",
    "Precedence": "int",
    "UserPoolId": "str",
}
NO_USER_AUTH = "does not know the flow USER_AUTH"

MINISTACK: Mapping[str, Differs] = {
    "What SignUp answers": Differs(
        {"UserConfirmed": "bool", "UserSub": "str", "CodeDeliveryDetails": DELIVERY}, NO_SESSION
    ),
    "A required attribute is missing": Differs("ok", NO_SCHEMA),
    "A custom attribute that the schema lacks": Differs("ok", NO_SCHEMA),
    "email_verified is not the user's to set": Differs(
        "ok", "lets users call their address verified"
    ),
    "A confirmed user has a verified address": Differs(
        ["CONFIRMED", None], "does not mark the address as verified"
    ),
    "Resending for a confirmed user": Differs("ok", "sends a code to a user who needs none"),
    "What a sign-in answers": Differs(BARE_TOKENS, NO_PARAMETERS),
    "What an administrator's sign-in answers": Differs(BARE_TOKENS, NO_PARAMETERS),
    "The claims of an access token": Differs(NO_CLAIMS, "leaves event_id and version out"),
    "The claims of an id token": Differs(
        [
            "aud",
            "auth_time",
            "cognito:username",
            "email",
            "email_verified",
            "exp",
            "iat",
            "iss",
            "jti",
            "origin_jti",
            "sub",
            "token_use",
        ],
        "leaves event_id out",
    ),
    "PASSWORD is missing": Differs(
        "NotAuthorizedException", "takes a missing password for a wrong one"
    ),
    "The sixth sign-in after five wrong passwords": Differs("ok", "never locks anyone out"),
    "A weak new password": Differs("ok", "does not hold the new password against the policy"),
    "A new password gives tokens": Differs([BARE_TOKENS, "CONFIRMED"], NO_PARAMETERS),
    "A Session that was made up": Differs("ok", "takes any Session at NEW_PASSWORD_REQUIRED"),
    "A Session that was used": Differs("ok", "takes any Session at NEW_PASSWORD_REQUIRED"),
    "What ForgotPassword answers": Differs(
        {
            "CodeDeliveryDetails": {
                "AttributeName": "email",
                "DeliveryMedium": "EMAIL",
                "Destination": "j****@e****",
            }
        },
        "masks the address with one star too many",
    ),
    "ForgotPassword without a verified address": Differs(
        "ok", "sends codes to unverified addresses"
    ),
    "What REFRESH_TOKEN_AUTH answers": Differs(
        {
            "AuthenticationResult": {
                "AccessToken": "str",
                "ExpiresIn": "int",
                "IdToken": "str",
                "TokenType": "str",
            }
        },
        NO_PARAMETERS,
    ),
    "A refresh keeps auth_time and origin_jti": Differs(
        [False, True, False], "sets auth_time to the time of the refresh"
    ),
    "A rotating client gives a new refresh token": Differs(False, "does not rotate"),
    "A rotated refresh token is used again": Differs("ok", "does not rotate"),
    "What GetUser answers": Differs({**EMPTY_MFA, **GET_USER}, EMPTY),
    "A new email address is unverified and gets a code": Differs(
        ["new@example.com", "true", None], "keeps the new address verified and sends no code"
    ),
    "A wrong verification code": lacks("GetUserAttributeVerificationCode and VerifyUserAttribute"),
    "TOTP that was never enrolled is not switched on": Differs(
        "ok", "does not ask for an authenticator first"
    ),
    "A code of the authenticator serves once": Differs("ok", "takes a code twice"),
    "MFA is demanded of a user who has none": Differs(
        [None, None], "gives tokens without a second factor"
    ),
    "SMS as second factor": Differs(
        [None, None, None, None], "gives tokens without the second factor"
    ),
    "Email as second factor": Differs(None, "gives tokens without the second factor"),
    "USER_AUTH offers a choice": Differs("InvalidParameterException", NO_USER_AUTH),
    "USER_AUTH with a preferred code": Differs("InvalidParameterException", NO_USER_AUTH),
    "The factors that a user has": lacks("GetUserAuthFactors"),
    "CUSTOM_AUTH without triggers": Differs("ok", "makes up a challenge"),
    "Another spelling of the address": Differs(
        "NotAuthorizedException", "compares usernames with case whatever the pool says"
    ),
    "A username that looks like an alias": Differs(
        "ok", "does not hold the username against the aliases"
    ),
    "A preferred username at sign-up": Differs("ok", "takes one before the user is confirmed"),
    "A preferred username that is another's": Differs(
        ["ok", "ok"], "gives two users the same preferred username"
    ),
    "What AdminCreateUser answers": Differs(NEW_USER, EMPTY),
    "A filter on a custom attribute": Differs("ok", "searches attributes that Cognito does not"),
    "A limit that is too large": Differs("ok", "does not check limits"),
    "What CreateGroup answers": Differs({"Group": {**GROUP, "RoleArn": "str"}}, EMPTY),
    "A group is changed": lacks("UpdateGroup"),
    "Attributes are deleted": lacks("AdminDeleteUserAttributes"),
    "Listing devices": lacks("devices"),
    "Registering a passkey where the pool has none": lacks("passkeys"),
}

MOTO: Mapping[str, Differs] = {
    "What SignUp answers": MINISTACK["What SignUp answers"],
    "A required attribute is missing": Differs("ok", NO_SCHEMA),
    "A custom attribute that the schema lacks": Differs("ok", NO_SCHEMA),
    "email_verified is not the user's to set": Differs(
        "ok", "lets users call their address verified"
    ),
    "A wrong sign-up code": Differs("ok", "takes any code"),
    "A confirmed user has a verified address": Differs(
        ["CONFIRMED", None], "does not mark the address as verified"
    ),
    "Confirming twice": Differs("ok", "confirms as often as one likes"),
    "A sign-up code is sent again": lacks("ResendConfirmationCode"),
    "Resending for a confirmed user": lacks("ResendConfirmationCode"),
    "What a sign-in answers": Differs(BARE_TOKENS, NO_PARAMETERS),
    "The claims of an access token": Differs(NO_CLAIMS, "leaves event_id and version out"),
    "The claims of an id token": Differs(
        [
            "aud",
            "auth_time",
            "cognito:username",
            "exp",
            "iat",
            "iss",
            "jti",
            "origin_jti",
            "sub",
            "token_use",
        ],
        "leaves event_id out, and attributes that ReadAttributes does not name",
    ),
    "AccessTokenValidity is kept": Differs([3600, 3600], "issues every token for an hour"),
    "An unknown user is hidden": Differs(
        "UserNotFoundException", "ignores PreventUserExistenceErrors"
    ),
    "A flow that the client does not allow": Differs("ok", "ignores ExplicitAuthFlows"),
    "PASSWORD is missing": Differs(
        "NotAuthorizedException", "takes a missing password for a wrong one"
    ),
    "The sixth sign-in after five wrong passwords": Differs("ok", "never locks anyone out"),
    "No SECRET_HASH where there is a secret": Differs("ok", "ignores the client's secret"),
    "A wrong SECRET_HASH": Differs("ok", "ignores the client's secret"),
    "No SecretHash at sign-up": Differs("ok", "ignores the client's secret"),
    "A temporary password asks for another": Differs(
        ["NEW_PASSWORD_REQUIRED", ["USERNAME"], []], "gives USERNAME and nothing else"
    ),
    "A Session that was made up": Differs("ResourceNotFoundException", "answers ResourceNotFound"),
    "A Session that was used": Differs("ResourceNotFoundException", "answers ResourceNotFound"),
    "What ForgotPassword answers": Differs(
        {
            "CodeDeliveryDetails": {
                "AttributeName": "phone_number",
                "DeliveryMedium": "SMS",
                "Destination": "+*******9934",
            }
        },
        "pretends to send to a phone that the user does not have",
    ),
    "ForgotPassword without a verified address": Differs(
        "ok", "sends codes to unverified addresses"
    ),
    "A wrong recovery code": Differs("ok", "takes any code"),
    "A weak password with the right recovery code": Differs(
        "ok", "does not hold the new password against the policy"
    ),
    "Signing in after AdminResetUserPassword": Differs("ok", "lets the old password in"),
    "What REFRESH_TOKEN_AUTH answers": MINISTACK["What REFRESH_TOKEN_AUTH answers"],
    "What GetTokensFromRefreshToken answers": lacks("GetTokensFromRefreshToken"),
    "A refresh keeps auth_time and origin_jti": MINISTACK[
        "A refresh keeps auth_time and origin_jti"
    ],
    "A rotating client gives a new refresh token": lacks("GetTokensFromRefreshToken"),
    "A rotated refresh token is used again": lacks("GetTokensFromRefreshToken"),
    "What RevokeToken ends": lacks("RevokeToken"),
    "What GetUser answers": Differs({**EMPTY_MFA, **GET_USER}, EMPTY),
    "A new email address is unverified and gets a code": Differs(
        ["new@example.com", "true", None], "keeps the new address verified and sends no code"
    ),
    "A wrong verification code": lacks("GetUserAttributeVerificationCode and VerifyUserAttribute"),
    "A deleted user": lacks("DeleteUser"),
    "A wrong code at enrolling an authenticator": Differs(WRONG_CODE, "answers CodeMismatch"),
    "An enrolled authenticator is asked for": Differs(
        ["SOFTWARE_TOKEN_MFA", WRONG_CODE, WRONG_CODE],
        "allows no difference between clocks (RFC 6238 6)",
    ),
    "A code of the authenticator serves once": Differs(
        WRONG_CODE, "allows no difference between clocks (RFC 6238 6)"
    ),
    "Authenticator secrets differ": Differs(False, "gives every user the same secret"),
    "MFA is demanded of a user who has none": Differs(
        [None, None], "gives tokens without a second factor"
    ),
    "SMS as second factor": Differs(
        ["SMS_MFA", None, None, "ok"], "does not say where the code went and takes any"
    ),
    "Email as second factor": Differs(None, "gives tokens without the second factor"),
    "USER_AUTH offers a choice": Differs("InvalidParameterException", NO_USER_AUTH),
    "USER_AUTH with a preferred code": Differs("InvalidParameterException", NO_USER_AUTH),
    "The factors that a user has": lacks("GetUserAuthFactors"),
    "CUSTOM_AUTH without triggers": Differs("ok", "makes up a challenge"),
    "Another spelling of the address": Differs(
        "UserNotFoundException", "compares usernames with case whatever the pool says"
    ),
    "Signing in by a verified alias": Differs("UserNotFoundException", "knows no aliases"),
    "Signing in by an unverified alias": Differs(
        "UserNotFoundException", "ignores PreventUserExistenceErrors"
    ),
    "A username that looks like an alias": Differs(
        "ok", "does not hold the username against the aliases"
    ),
    "A preferred username at sign-up": Differs("ok", "takes one before the user is confirmed"),
    "A preferred username that is another's": Differs(
        ["ok", "ok"], "gives two users the same preferred username"
    ),
    "What AdminCreateUser answers": Differs(NEW_USER, EMPTY),
    "A limit that is too large": Differs("ok", "does not check limits"),
    "What CreateGroup answers": Differs({"Group": GROUP}, EMPTY),
    "Listing devices": lacks("devices"),
    "Registering a passkey where the pool has none": lacks("passkeys"),
    "Sign-in events without threat protection": lacks("AdminListUserAuthEvents"),
}

DIFFERENCES = {"ministack": MINISTACK, "moto": MOTO}
