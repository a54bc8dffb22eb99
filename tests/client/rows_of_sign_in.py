"""What the methods for signing in and for tokens send, and what they make of the answer."""

from cognitokit import (
    CodeDelivery,
    CustomChallenge,
    EmailOtp,
    NewDevice,
    NewPasswordRequired,
    SelectChallenge,
    Tokens,
)
from tests.client.examples import (
    ACCESS,
    ADMIN_MFA,
    AS_ADMIN,
    AS_USER,
    CHALLENGED,
    CONTEXT,
    DEVICE,
    ID,
    MFA,
    REFRESH,
    RESULT,
    SESSION,
    TOKENS,
    Row,
)
from tests.client.scripted import CLIENT, NOW, POOL

ROWS = [
    Row(
        "sign_in",
        lambda c: c.sign_in(
            "jane",
            "pass word",
            device_key=DEVICE,
            client_metadata={"m": "2"},
            user_context=CONTEXT,
        ),
        {
            "AuthenticationResult": {
                **RESULT["AuthenticationResult"],
                "NewDeviceMetadata": {"DeviceKey": DEVICE, "DeviceGroupKey": "-group"},
            },
            "ChallengeParameters": {},
        },
        (
            "InitiateAuth",
            {
                "ClientId": CLIENT,
                "AuthFlow": "USER_PASSWORD_AUTH",
                "AuthParameters": {
                    "USERNAME": "jane",
                    "PASSWORD": "pass word",
                    "DEVICE_KEY": DEVICE,
                },
                "ClientMetadata": {"m": "2"},
                "UserContextData": AS_USER,
            },
        ),
        Tokens(
            access_token=ACCESS,
            id_token=ID,
            refresh_token=REFRESH,
            expires_in=3600,
            expires_at=NOW + 3600,
            new_device=NewDevice(DEVICE, "-group"),
        ),
    ),
    Row(
        "sign_in",
        lambda c: c.sign_in("jane", "pass word", flow="USER_AUTH"),
        CHALLENGED,
        (
            "InitiateAuth",
            {
                "ClientId": CLIENT,
                "AuthFlow": "USER_AUTH",
                "AuthParameters": {
                    "USERNAME": "jane",
                    "PASSWORD": "pass word",
                    "PREFERRED_CHALLENGE": "PASSWORD",
                },
            },
        ),
        MFA,
    ),
    Row(
        "sign_in_with_choice",
        lambda c: c.sign_in_with_choice("jane"),
        {
            "ChallengeName": "SELECT_CHALLENGE",
            "Session": SESSION,
            "ChallengeParameters": {},
            "AvailableChallenges": ["PASSWORD", "EMAIL_OTP"],
        },
        (
            "InitiateAuth",
            {
                "ClientId": CLIENT,
                "AuthFlow": "USER_AUTH",
                "AuthParameters": {"USERNAME": "jane"},
            },
        ),
        SelectChallenge(
            username="jane",
            client_id=CLIENT,
            session=SESSION,
            choices=("PASSWORD", "EMAIL_OTP"),
        ),
    ),
    Row(
        "sign_in_with_choice",
        lambda c: c.sign_in_with_choice(
            "jane",
            preferred="EMAIL_OTP",
            session=SESSION,
            device_key=DEVICE,
            client_metadata={"m": "2"},
            user_context=CONTEXT,
        ),
        {
            "ChallengeName": "EMAIL_OTP",
            "Session": SESSION,
            "ChallengeParameters": {
                "USERNAME": "jane-1",
                "CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL",
                "CODE_DELIVERY_DESTINATION": "j***@e***",
            },
        },
        (
            "InitiateAuth",
            {
                "ClientId": CLIENT,
                "AuthFlow": "USER_AUTH",
                "AuthParameters": {
                    "USERNAME": "jane",
                    "PREFERRED_CHALLENGE": "EMAIL_OTP",
                    "DEVICE_KEY": DEVICE,
                },
                "Session": SESSION,
                "ClientMetadata": {"m": "2"},
                "UserContextData": AS_USER,
            },
        ),
        EmailOtp(
            username="jane-1",
            client_id=CLIENT,
            session=SESSION,
            delivery=CodeDelivery(destination="j***@e***", medium="EMAIL"),
        ),
    ),
    Row(
        "sign_in_with_choice",
        lambda c: c.sign_in_with_choice("jane", preferred="PASSWORD", password="pass word"),
        RESULT,
        (
            "InitiateAuth",
            {
                "ClientId": CLIENT,
                "AuthFlow": "USER_AUTH",
                "AuthParameters": {
                    "USERNAME": "jane",
                    "PASSWORD": "pass word",
                    "PREFERRED_CHALLENGE": "PASSWORD",
                },
            },
        ),
        TOKENS,
    ),
    Row(
        "sign_in_with_custom_auth",
        lambda c: c.sign_in_with_custom_auth(
            "jane", device_key=DEVICE, client_metadata={"m": "2"}, user_context=CONTEXT
        ),
        {
            "ChallengeName": "CUSTOM_CHALLENGE",
            "Session": SESSION,
            "ChallengeParameters": {"USERNAME": "jane", "question": "why?"},
        },
        (
            "InitiateAuth",
            {
                "ClientId": CLIENT,
                "AuthFlow": "CUSTOM_AUTH",
                "AuthParameters": {"USERNAME": "jane", "DEVICE_KEY": DEVICE},
                "ClientMetadata": {"m": "2"},
                "UserContextData": AS_USER,
            },
        ),
        CustomChallenge(
            username="jane",
            client_id=CLIENT,
            session=SESSION,
            parameters={"USERNAME": "jane", "question": "why?"},
        ),
    ),
    Row(
        "respond",
        lambda c: c.respond(
            MFA.answer("864209"),
            device_key=DEVICE,
            client_metadata={"m": "2"},
            user_context=CONTEXT,
        ),
        RESULT,
        (
            "RespondToAuthChallenge",
            {
                "ClientId": CLIENT,
                "ChallengeName": "SOFTWARE_TOKEN_MFA",
                "Session": SESSION,
                "ChallengeResponses": {
                    "USERNAME": "real-name",
                    "SOFTWARE_TOKEN_MFA_CODE": "864209",
                    "DEVICE_KEY": DEVICE,
                },
                "ClientMetadata": {"m": "2"},
                "UserContextData": AS_USER,
            },
        ),
        TOKENS,
    ),
    Row(
        "respond",
        lambda c: c.respond(
            NewPasswordRequired(username="jane", client_id=CLIENT, admin=True).answer(
                "N3w passw0rd"
            ),
            user_context=CONTEXT,
        ),
        CHALLENGED,
        (
            "AdminRespondToAuthChallenge",
            {
                "UserPoolId": POOL,
                "ClientId": CLIENT,
                "ChallengeName": "NEW_PASSWORD_REQUIRED",
                "ChallengeResponses": {"USERNAME": "jane", "NEW_PASSWORD": "N3w passw0rd"},
                "ContextData": AS_ADMIN,
            },
        ),
        ADMIN_MFA,
    ),
    Row(
        "refresh",
        lambda c: c.refresh(REFRESH, device_key=DEVICE, client_metadata={"m": "2"}),
        {"AuthenticationResult": {"AccessToken": "new", "RefreshToken": "rotated", "ExpiresIn": 5}},
        (
            "GetTokensFromRefreshToken",
            {
                "RefreshToken": REFRESH,
                "ClientId": CLIENT,
                "DeviceKey": DEVICE,
                "ClientMetadata": {"m": "2"},
            },
        ),
        Tokens(access_token="new", refresh_token="rotated", expires_in=5, expires_at=NOW + 5),
    ),
    Row(
        "refresh",
        lambda c: c.refresh(
            Tokens(
                access_token="old",
                refresh_token=REFRESH,
                expires_in=5,
                expires_at=NOW,
                new_device=NewDevice(DEVICE, "-group"),
            )
        ),
        {"AuthenticationResult": {"AccessToken": "new", "ExpiresIn": 5}},
        (
            "GetTokensFromRefreshToken",
            {"RefreshToken": REFRESH, "ClientId": CLIENT, "DeviceKey": DEVICE},
        ),
        Tokens(
            access_token="new",
            refresh_token=REFRESH,
            expires_in=5,
            expires_at=NOW + 5,
            new_device=NewDevice(DEVICE, "-group"),
        ),
    ),
    Row(
        "refresh_legacy",
        lambda c: c.refresh_legacy(
            REFRESH, device_key=DEVICE, client_metadata={"m": "2"}, user_context=CONTEXT
        ),
        {"AuthenticationResult": {"AccessToken": "new", "IdToken": ID, "ExpiresIn": 5}},
        (
            "InitiateAuth",
            {
                "ClientId": CLIENT,
                "AuthFlow": "REFRESH_TOKEN_AUTH",
                "AuthParameters": {"REFRESH_TOKEN": REFRESH, "DEVICE_KEY": DEVICE},
                "ClientMetadata": {"m": "2"},
                "UserContextData": AS_USER,
            },
        ),
        Tokens(
            access_token="new",
            id_token=ID,
            refresh_token=REFRESH,
            expires_in=5,
            expires_at=NOW + 5,
        ),
    ),
    Row(
        "revoke",
        lambda c: c.revoke(TOKENS),
        {},
        ("RevokeToken", {"Token": REFRESH, "ClientId": CLIENT}),
        None,
    ),
    Row(
        "sign_out_everywhere",
        lambda c: c.sign_out_everywhere(TOKENS),
        {},
        ("GlobalSignOut", {"AccessToken": ACCESS}),
        None,
    ),
]
