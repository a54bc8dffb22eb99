"""What the methods for signing up and for passwords send, and what they make of the answer."""

from cognitokit import (
    ConfirmSignUpResult,
    SignUpResult,
)
from tests.client.examples import (
    ACCESS,
    AS_USER,
    CONTEXT,
    DELIVERED,
    DELIVERY,
    SESSION,
    Row,
)
from tests.client.scripted import CLIENT

ROWS = [
    Row(
        "sign_up",
        lambda c: c.sign_up(
            "jane",
            "pass word",
            attributes={"email": "jane@example.com"},
            validation_data={"v": "1"},
            client_metadata={"m": "2"},
            user_context=CONTEXT,
        ),
        {"UserConfirmed": False, "UserSub": "s-1", "Session": SESSION, **DELIVERED},
        (
            "SignUp",
            {
                "ClientId": CLIENT,
                "Username": "jane",
                "Password": "pass word",
                "UserAttributes": [{"Name": "email", "Value": "jane@example.com"}],
                "ValidationData": [{"Name": "v", "Value": "1"}],
                "ClientMetadata": {"m": "2"},
                "UserContextData": AS_USER,
            },
        ),
        SignUpResult(user_sub="s-1", confirmed=False, delivery=DELIVERY, session=SESSION),
    ),
    Row(
        "sign_up",
        lambda c: c.sign_up("jane"),
        {"UserConfirmed": True, "UserSub": "s-1"},
        ("SignUp", {"ClientId": CLIENT, "Username": "jane"}),
        SignUpResult(user_sub="s-1", confirmed=True),
    ),
    Row(
        "confirm_sign_up",
        lambda c: c.confirm_sign_up(
            "jane",
            "864209",
            session=SESSION,
            force_alias_creation=True,
            client_metadata={"m": "2"},
            user_context=CONTEXT,
        ),
        {"Session": SESSION},
        (
            "ConfirmSignUp",
            {
                "ClientId": CLIENT,
                "Username": "jane",
                "ConfirmationCode": "864209",
                "Session": SESSION,
                "ForceAliasCreation": True,
                "ClientMetadata": {"m": "2"},
                "UserContextData": AS_USER,
            },
        ),
        ConfirmSignUpResult(session=SESSION),
    ),
    Row(
        "resend_confirmation_code",
        lambda c: c.resend_confirmation_code(
            "jane", client_metadata={"m": "2"}, user_context=CONTEXT
        ),
        DELIVERED,
        (
            "ResendConfirmationCode",
            {
                "ClientId": CLIENT,
                "Username": "jane",
                "ClientMetadata": {"m": "2"},
                "UserContextData": AS_USER,
            },
        ),
        DELIVERY,
    ),
    Row(
        "resend_confirmation_code",
        lambda c: c.resend_confirmation_code("jane"),
        {},
        ("ResendConfirmationCode", {"ClientId": CLIENT, "Username": "jane"}),
        None,
    ),
    Row(
        "forgot_password",
        lambda c: c.forgot_password("jane", client_metadata={"m": "2"}, user_context=CONTEXT),
        DELIVERED,
        (
            "ForgotPassword",
            {
                "ClientId": CLIENT,
                "Username": "jane",
                "ClientMetadata": {"m": "2"},
                "UserContextData": AS_USER,
            },
        ),
        DELIVERY,
    ),
    Row(
        "confirm_forgot_password",
        lambda c: c.confirm_forgot_password(
            "jane", "864209", "N3w passw0rd", client_metadata={"m": "2"}, user_context=CONTEXT
        ),
        {},
        (
            "ConfirmForgotPassword",
            {
                "ClientId": CLIENT,
                "Username": "jane",
                "ConfirmationCode": "864209",
                "Password": "N3w passw0rd",
                "ClientMetadata": {"m": "2"},
                "UserContextData": AS_USER,
            },
        ),
        None,
    ),
    Row(
        "change_password",
        lambda c: c.change_password(ACCESS, "0ld passw0rd", "N3w passw0rd"),
        {},
        (
            "ChangePassword",
            {
                "AccessToken": ACCESS,
                "PreviousPassword": "0ld passw0rd",
                "ProposedPassword": "N3w passw0rd",
            },
        ),
        None,
    ),
    Row(
        "change_password",
        lambda c: c.change_password(ACCESS, None, "N3w passw0rd"),
        {},
        ("ChangePassword", {"AccessToken": ACCESS, "ProposedPassword": "N3w passw0rd"}),
        None,
    ),
]
