"""What an administrator's methods for signing in send, and what they make of the answer."""

from cognitokit import Tokens
from tests.client.examples import (
    ADMIN_MFA,
    AS_ADMIN,
    CHALLENGED,
    CONTEXT,
    DEVICE,
    REFRESH,
    RESULT,
    SESSION,
    TOKENS,
    Row,
)
from tests.client.scripted import CLIENT, NOW, POOL

ROWS = [
    Row(
        "admin.sign_in",
        lambda c: c.admin.sign_in(
            "jane",
            "pass word",
            device_key=DEVICE,
            client_metadata={"m": "2"},
            user_context=CONTEXT,
        ),
        CHALLENGED,
        (
            "AdminInitiateAuth",
            {
                "UserPoolId": POOL,
                "ClientId": CLIENT,
                "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
                "AuthParameters": {
                    "USERNAME": "jane",
                    "PASSWORD": "pass word",
                    "DEVICE_KEY": DEVICE,
                },
                "ClientMetadata": {"m": "2"},
                "ContextData": AS_ADMIN,
            },
        ),
        ADMIN_MFA,
    ),
    Row(
        "admin.sign_in",
        lambda c: c.admin.sign_in("jane", "pass word", flow="ADMIN_NO_SRP_AUTH"),
        RESULT,
        (
            "AdminInitiateAuth",
            {
                "UserPoolId": POOL,
                "ClientId": CLIENT,
                "AuthFlow": "ADMIN_NO_SRP_AUTH",
                "AuthParameters": {"USERNAME": "jane", "PASSWORD": "pass word"},
            },
        ),
        TOKENS,
    ),
    Row(
        "admin.sign_in_with_choice",
        lambda c: c.admin.sign_in_with_choice("jane", preferred="SMS_OTP", session=SESSION),
        CHALLENGED,
        (
            "AdminInitiateAuth",
            {
                "UserPoolId": POOL,
                "ClientId": CLIENT,
                "AuthFlow": "USER_AUTH",
                "AuthParameters": {"USERNAME": "jane", "PREFERRED_CHALLENGE": "SMS_OTP"},
                "Session": SESSION,
            },
        ),
        ADMIN_MFA,
    ),
    Row(
        "admin.sign_in_with_custom_auth",
        lambda c: c.admin.sign_in_with_custom_auth("jane"),
        CHALLENGED,
        (
            "AdminInitiateAuth",
            {
                "UserPoolId": POOL,
                "ClientId": CLIENT,
                "AuthFlow": "CUSTOM_AUTH",
                "AuthParameters": {"USERNAME": "jane"},
            },
        ),
        ADMIN_MFA,
    ),
    Row(
        "admin.respond",
        lambda c: c.admin.respond(ADMIN_MFA.answer("864209"), device_key=DEVICE),
        RESULT,
        (
            "AdminRespondToAuthChallenge",
            {
                "UserPoolId": POOL,
                "ClientId": CLIENT,
                "ChallengeName": "SOFTWARE_TOKEN_MFA",
                "Session": SESSION,
                "ChallengeResponses": {
                    "USERNAME": "real-name",
                    "SOFTWARE_TOKEN_MFA_CODE": "864209",
                    "DEVICE_KEY": DEVICE,
                },
            },
        ),
        TOKENS,
    ),
    Row(
        "admin.refresh_legacy",
        lambda c: c.admin.refresh_legacy(REFRESH),
        {"AuthenticationResult": {"AccessToken": "new", "ExpiresIn": 5}},
        (
            "AdminInitiateAuth",
            {
                "UserPoolId": POOL,
                "ClientId": CLIENT,
                "AuthFlow": "REFRESH_TOKEN_AUTH",
                "AuthParameters": {"REFRESH_TOKEN": REFRESH},
            },
        ),
        Tokens(access_token="new", refresh_token=REFRESH, expires_in=5, expires_at=NOW + 5),
    ),
]
