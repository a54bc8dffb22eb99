"""What each method of both clients sends, and what it makes of the answer."""

import inspect
from datetime import UTC, datetime
from typing import Any

import pytest

from cognitokit import (
    AuthEvent,
    AuthFactors,
    CodeDelivery,
    ConfirmSignUpResult,
    CustomChallenge,
    Device,
    EmailOtp,
    Group,
    MfaSetup,
    NewDevice,
    NewPasswordRequired,
    Passkey,
    SelectChallenge,
    SignUpResult,
    SoftwareTokenMfa,
    Tokens,
    TotpSetup,
    User,
    UserContext,
    UserFilter,
    UserSession,
)
from cognitokit.client.sync.client import CognitoClient
from tests.client.scripted import CLIENT, NOW, POOL, SHELLS, Shell

ACCESS, REFRESH, ID = "access.token.value", "refresh.token.value", "id.token.value"
SESSION = "a-session-of-at-least-twenty-characters"
DEVICE = "eu-west-1_0a1b2c3d-0000-4000-8000-0123456789ab"
WHEN = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)

RESULT = {
    "AuthenticationResult": {
        "AccessToken": ACCESS,
        "IdToken": ID,
        "RefreshToken": REFRESH,
        "ExpiresIn": 3600,
        "TokenType": "Bearer",
    }
}
TOKENS = Tokens(
    access_token=ACCESS,
    id_token=ID,
    refresh_token=REFRESH,
    expires_in=3600,
    expires_at=NOW + 3600,
)
CHALLENGED = {
    "ChallengeName": "SOFTWARE_TOKEN_MFA",
    "Session": SESSION,
    "ChallengeParameters": {"USER_ID_FOR_SRP": "real-name"},
}
MFA = SoftwareTokenMfa(username="real-name", client_id=CLIENT, session=SESSION)
ADMIN_MFA = SoftwareTokenMfa(username="real-name", client_id=CLIENT, session=SESSION, admin=True)
DELIVERED = {
    "CodeDeliveryDetails": {
        "Destination": "j***@e***",
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }
}
DELIVERY = CodeDelivery(destination="j***@e***", medium="EMAIL", attribute="email")
ATTRIBUTES = [
    {"Name": "sub", "Value": "s-1"},
    {"Name": "email", "Value": "jane@example.com"},
    {"Name": "email_verified", "Value": "true"},
    {"Name": "custom:plan", "Value": "free"},
]
LISTED = {
    "Username": "jane",
    "Attributes": ATTRIBUTES,
    "UserStatus": "CONFIRMED",
    "Enabled": True,
    "UserCreateDate": WHEN,
    "UserLastModifiedDate": WHEN,
}
JANE = User(
    username="jane",
    status="CONFIRMED",
    enabled=True,
    attributes={"sub": "s-1", "email": "jane@example.com", "email_verified": "true"},
    custom={"plan": "free"},
    created_at=WHEN,
    modified_at=WHEN,
)
JOE = User(username="joe")
GROUP = {
    "GroupName": "admins",
    "UserPoolId": POOL,
    "Description": "those who may",
    "RoleArn": "arn:aws:iam::123456789012:role/admin",
    "Precedence": 1,
    "CreationDate": WHEN,
    "LastModifiedDate": WHEN,
}
ADMINS = Group(
    name="admins",
    description="those who may",
    role_arn="arn:aws:iam::123456789012:role/admin",
    precedence=1,
    created_at=WHEN,
    modified_at=WHEN,
)
TRACKED = {
    "DeviceKey": DEVICE,
    "DeviceAttributes": [{"Name": "device_name", "Value": "phone"}],
    "DeviceCreateDate": WHEN,
    "DeviceLastModifiedDate": WHEN,
    "DeviceLastAuthenticatedDate": WHEN,
}
PHONE = Device(
    key=DEVICE,
    attributes={"device_name": "phone"},
    created_at=WHEN,
    modified_at=WHEN,
    last_authenticated_at=WHEN,
)
SEEN = {
    "SessionId": "tkn0123456789abcdefghijklmno",
    "SessionType": "TOKEN",
    "ClientId": CLIENT,
    "CreateDate": WHEN,
    "LastActiveDate": WHEN,
    "DeviceType": "Mobile",
    "LastIPAddress": "192.0.2.1",
    "LastLocation": {"City": "Riga", "Country": "LV"},
    "OriginSessionId": "sso0123456789abcdefghijklmno",
    "IsCurrentSession": True,
}
HERE = UserSession(
    id="tkn0123456789abcdefghijklmno",
    kind="TOKEN",
    client_id=CLIENT,
    current=True,
    created_at=WHEN,
    last_active_at=WHEN,
    device_type="Mobile",
    ip_address="192.0.2.1",
    city="Riga",
    country="LV",
    origin_id="sso0123456789abcdefghijklmno",
)
CONTEXT = UserContext(
    ip_address="192.0.2.1",
    encoded_data="fingerprint",
    server_name="example.com",
    server_path="/login",
    http_headers={"User-Agent": "x"},
)
AS_USER = {"IpAddress": "192.0.2.1", "EncodedData": "fingerprint"}
AS_ADMIN = {
    "IpAddress": "192.0.2.1",
    "ServerName": "example.com",
    "ServerPath": "/login",
    "HttpHeaders": [{"headerName": "User-Agent", "headerValue": "x"}],
    "EncodedData": "fingerprint",
}
FACTORS = {
    "Username": "jane",
    "PreferredMfaSetting": "SOFTWARE_TOKEN_MFA",
    "UserMFASettingList": ["SOFTWARE_TOKEN_MFA"],
    "ConfiguredUserAuthFactors": ["PASSWORD", "WEB_AUTHN"],
}
JANES_FACTORS = AuthFactors(
    username="jane",
    factors=("PASSWORD", "WEB_AUTHN"),
    mfa_methods=("SOFTWARE_TOKEN_MFA",),
    preferred_mfa="SOFTWARE_TOKEN_MFA",
)
SETUP_CHALLENGE = MfaSetup(
    username="jane", client_id=CLIENT, session=SESSION, choices=("SOFTWARE_TOKEN_MFA",)
)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class Row:
    """One use of a method: its answers, the calls that are due, and the result."""

    def __init__(self, name: str, use: Any, answers: Any, calls: Any, result: Any) -> None:
        self.name = name
        self.use = use
        self.answers = answers if isinstance(answers, list) else [answers]
        self.calls = calls if isinstance(calls, list) else [calls]
        self.result = result

    def __repr__(self) -> str:
        return self.name


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
    Row(
        "get_user",
        lambda c: c.get_user(ACCESS),
        {
            "Username": "jane",
            "UserAttributes": ATTRIBUTES,
            "UserMFASettingList": ["SMS_MFA"],
            "PreferredMfaSetting": "SMS_MFA",
        },
        ("GetUser", {"AccessToken": ACCESS}),
        User(
            username="jane",
            attributes=JANE.attributes,
            custom=JANE.custom,
            mfa_methods=("SMS_MFA",),
            preferred_mfa="SMS_MFA",
        ),
    ),
    Row(
        "update_attributes",
        lambda c: c.update_attributes(
            ACCESS, {"email": "jane@example.org"}, client_metadata={"m": "2"}
        ),
        {"CodeDeliveryDetailsList": [DELIVERED["CodeDeliveryDetails"]]},
        (
            "UpdateUserAttributes",
            {
                "AccessToken": ACCESS,
                "UserAttributes": [{"Name": "email", "Value": "jane@example.org"}],
                "ClientMetadata": {"m": "2"},
            },
        ),
        (DELIVERY,),
    ),
    Row(
        "delete_attributes",
        lambda c: c.delete_attributes(ACCESS, ["custom:plan"]),
        {},
        ("DeleteUserAttributes", {"AccessToken": ACCESS, "UserAttributeNames": ["custom:plan"]}),
        None,
    ),
    Row(
        "request_attribute_code",
        lambda c: c.request_attribute_code(ACCESS, "email", client_metadata={"m": "2"}),
        DELIVERED,
        (
            "GetUserAttributeVerificationCode",
            {"AccessToken": ACCESS, "AttributeName": "email", "ClientMetadata": {"m": "2"}},
        ),
        DELIVERY,
    ),
    Row(
        "verify_attribute",
        lambda c: c.verify_attribute(ACCESS, "email", "864209"),
        {},
        (
            "VerifyUserAttribute",
            {"AccessToken": ACCESS, "AttributeName": "email", "Code": "864209"},
        ),
        None,
    ),
    Row(
        "delete_user",
        lambda c: c.delete_user(ACCESS),
        {},
        ("DeleteUser", {"AccessToken": ACCESS}),
        None,
    ),
    Row(
        "call",
        lambda c: c.call("DescribeUserPoolDomain", Domain="example"),
        {"DomainDescription": {"Domain": "example"}},
        ("DescribeUserPoolDomain", {"Domain": "example"}),
        {"DomainDescription": {"Domain": "example"}},
    ),
    Row(
        "mfa.associate",
        lambda c: c.mfa.associate(TOKENS),
        {"SecretCode": SECRET},
        ("AssociateSoftwareToken", {"AccessToken": ACCESS}),
        TotpSetup(secret=SECRET, access_token=ACCESS),
    ),
    Row(
        "mfa.associate",
        lambda c: c.mfa.associate(SETUP_CHALLENGE),
        {"SecretCode": SECRET, "Session": SESSION + "-2"},
        ("AssociateSoftwareToken", {"Session": SESSION}),
        TotpSetup(
            secret=SECRET,
            username="jane",
            challenge=MfaSetup(
                username="jane",
                client_id=CLIENT,
                session=SESSION + "-2",
                choices=("SOFTWARE_TOKEN_MFA",),
            ),
        ),
    ),
    Row(
        "mfa.verify",
        lambda c: c.mfa.verify(
            TotpSetup(secret=SECRET, access_token=ACCESS), "864209", device_name="phone"
        ),
        {"Status": "SUCCESS"},
        (
            "VerifySoftwareToken",
            {"AccessToken": ACCESS, "UserCode": "864209", "FriendlyDeviceName": "phone"},
        ),
        None,
    ),
    Row(
        "mfa.verify",
        lambda c: c.mfa.verify(TotpSetup(secret=SECRET, challenge=SETUP_CHALLENGE), "864209"),
        {"Status": "SUCCESS", "Session": SESSION + "-3"},
        ("VerifySoftwareToken", {"Session": SESSION, "UserCode": "864209"}),
        MfaSetup(
            username="jane",
            client_id=CLIENT,
            session=SESSION + "-3",
            choices=("SOFTWARE_TOKEN_MFA",),
        ),
    ),
    Row(
        "mfa.set_preference",
        lambda c: c.mfa.set_preference(
            ACCESS, sms=False, email=True, web_authn=True, preferred="SOFTWARE_TOKEN_MFA"
        ),
        {},
        (
            "SetUserMFAPreference",
            {
                "AccessToken": ACCESS,
                "SMSMfaSettings": {"Enabled": False, "PreferredMfa": False},
                "SoftwareTokenMfaSettings": {"Enabled": True, "PreferredMfa": True},
                "EmailMfaSettings": {"Enabled": True, "PreferredMfa": False},
                "WebAuthnMfaSettings": {"Enabled": True},
            },
        ),
        None,
    ),
    Row(
        "mfa.get_factors",
        lambda c: c.mfa.get_factors(ACCESS),
        FACTORS,
        ("GetUserAuthFactors", {"AccessToken": ACCESS}),
        JANES_FACTORS,
    ),
    Row(
        "passkeys.start_registration",
        lambda c: c.passkeys.start_registration(ACCESS),
        {"CredentialCreationOptions": {"rp": {"id": "example.com"}, "challenge": "abc"}},
        ("StartWebAuthnRegistration", {"AccessToken": ACCESS}),
        {"rp": {"id": "example.com"}, "challenge": "abc"},
    ),
    Row(
        "passkeys.complete_registration",
        lambda c: c.passkeys.complete_registration(ACCESS, '{"id": "abc"}'),
        {},
        ("CompleteWebAuthnRegistration", {"AccessToken": ACCESS, "Credential": {"id": "abc"}}),
        None,
    ),
    Row(
        "passkeys.list",
        lambda c: c.passkeys.list(ACCESS),
        {
            "Credentials": [
                {
                    "CredentialId": "c-1",
                    "FriendlyCredentialName": "Keychain",
                    "RelyingPartyId": "example.com",
                    "AuthenticatorAttachment": "platform",
                    "AuthenticatorTransports": ["internal"],
                    "CreatedAt": WHEN,
                }
            ]
        },
        ("ListWebAuthnCredentials", {"AccessToken": ACCESS}),
        [
            Passkey(
                credential_id="c-1",
                name="Keychain",
                relying_party_id="example.com",
                attachment="platform",
                transports=("internal",),
                created_at=WHEN,
            )
        ],
    ),
    Row(
        "passkeys.delete",
        lambda c: c.passkeys.delete(ACCESS, "c-1"),
        {},
        ("DeleteWebAuthnCredential", {"AccessToken": ACCESS, "CredentialId": "c-1"}),
        None,
    ),
    Row(
        "devices.get",
        lambda c: c.devices.get(ACCESS, DEVICE),
        {"Device": TRACKED},
        ("GetDevice", {"AccessToken": ACCESS, "DeviceKey": DEVICE}),
        PHONE,
    ),
    Row(
        "devices.list",
        lambda c: c.devices.list(ACCESS),
        [{"Devices": [TRACKED], "PaginationToken": "p2"}, {"Devices": [TRACKED]}],
        [
            ("ListDevices", {"AccessToken": ACCESS}),
            ("ListDevices", {"AccessToken": ACCESS, "PaginationToken": "p2"}),
        ],
        [PHONE, PHONE],
    ),
    Row(
        "devices.forget",
        lambda c: c.devices.forget(ACCESS, DEVICE),
        {},
        ("ForgetDevice", {"AccessToken": ACCESS, "DeviceKey": DEVICE}),
        None,
    ),
    Row(
        "devices.remember",
        lambda c: c.devices.remember(ACCESS, DEVICE),
        {},
        (
            "UpdateDeviceStatus",
            {
                "AccessToken": ACCESS,
                "DeviceKey": DEVICE,
                "DeviceRememberedStatus": "remembered",
            },
        ),
        None,
    ),
    Row(
        "sessions.list",
        lambda c: c.sessions.list(ACCESS),
        {"Sessions": [SEEN, {"SessionId": "sso0123456789abcdefghijklmno"}]},
        ("ListUserSessions", {"AccessToken": ACCESS}),
        [HERE, UserSession(id="sso0123456789abcdefghijklmno")],
    ),
    Row(
        "sessions.revoke",
        lambda c: c.sessions.revoke(ACCESS, "tkn0", linked=True),
        {},
        (
            "RevokeUserSession",
            {"AccessToken": ACCESS, "SessionId": "tkn0", "RevokeAssociatedSessions": "LINKED"},
        ),
        None,
    ),
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
    Row(
        "admin.create_user",
        lambda c: c.admin.create_user(
            "jane",
            temporary_password="Temp0rary!",
            attributes={"email": "jane@example.com"},
            validation_data={"v": "1"},
            delivery=["EMAIL"],
            suppress_invitation=True,
            force_alias_creation=False,
            client_metadata={"m": "2"},
        ),
        {"User": LISTED},
        (
            "AdminCreateUser",
            {
                "UserPoolId": POOL,
                "Username": "jane",
                "TemporaryPassword": "Temp0rary!",
                "UserAttributes": [{"Name": "email", "Value": "jane@example.com"}],
                "ValidationData": [{"Name": "v", "Value": "1"}],
                "DesiredDeliveryMediums": ["EMAIL"],
                "MessageAction": "SUPPRESS",
                "ForceAliasCreation": False,
                "ClientMetadata": {"m": "2"},
            },
        ),
        JANE,
    ),
    Row(
        "admin.resend_invitation",
        lambda c: c.admin.resend_invitation("joe", delivery=["SMS"], client_metadata={"m": "2"}),
        {"User": {"Username": "joe"}},
        (
            "AdminCreateUser",
            {
                "UserPoolId": POOL,
                "Username": "joe",
                "MessageAction": "RESEND",
                "DesiredDeliveryMediums": ["SMS"],
                "ClientMetadata": {"m": "2"},
            },
        ),
        JOE,
    ),
    Row(
        "admin.get_user",
        lambda c: c.admin.get_user("jane"),
        {
            "Username": "jane",
            "UserAttributes": ATTRIBUTES,
            "UserStatus": "CONFIRMED",
            "Enabled": True,
            "UserCreateDate": WHEN,
            "UserLastModifiedDate": WHEN,
        },
        ("AdminGetUser", {"UserPoolId": POOL, "Username": "jane"}),
        JANE,
    ),
    Row(
        "admin.list_users",
        lambda c: c.admin.list_users(
            UserFilter.starts_with("email", 'ja"ne\\'), attributes=["sub"], page_size=1
        ),
        [
            {"Users": [LISTED], "PaginationToken": "p2"},
            {"Users": [], "PaginationToken": "p3"},
            {"Users": [{"Username": "joe"}]},
        ],
        [
            (
                "ListUsers",
                {
                    "UserPoolId": POOL,
                    "AttributesToGet": ["sub"],
                    "Filter": 'email ^= "ja\\"ne\\\\"',
                    "Limit": 1,
                    **({"PaginationToken": page} if page else {}),
                },
            )
            for page in (None, "p2", "p3")
        ],
        [JANE, JOE],
    ),
    Row(
        "admin.list_users",
        lambda c: c.admin.list_users('status = "Enabled"'),
        {"Users": []},
        ("ListUsers", {"UserPoolId": POOL, "Filter": 'status = "Enabled"'}),
        [],
    ),
    Row(
        "admin.update_attributes",
        lambda c: c.admin.update_attributes("jane", {"name": "J"}, client_metadata={"m": "2"}),
        {},
        (
            "AdminUpdateUserAttributes",
            {
                "UserPoolId": POOL,
                "Username": "jane",
                "UserAttributes": [{"Name": "name", "Value": "J"}],
                "ClientMetadata": {"m": "2"},
            },
        ),
        None,
    ),
    Row(
        "admin.delete_attributes",
        lambda c: c.admin.delete_attributes("jane", ["name"]),
        {},
        (
            "AdminDeleteUserAttributes",
            {"UserPoolId": POOL, "Username": "jane", "UserAttributeNames": ["name"]},
        ),
        None,
    ),
    Row(
        "admin.set_password",
        lambda c: c.admin.set_password("jane", "N3w passw0rd", permanent=True),
        {},
        (
            "AdminSetUserPassword",
            {
                "UserPoolId": POOL,
                "Username": "jane",
                "Password": "N3w passw0rd",
                "Permanent": True,
            },
        ),
        None,
    ),
    Row(
        "admin.confirm_sign_up",
        lambda c: c.admin.confirm_sign_up("jane", client_metadata={"m": "2"}),
        {},
        (
            "AdminConfirmSignUp",
            {"UserPoolId": POOL, "Username": "jane", "ClientMetadata": {"m": "2"}},
        ),
        None,
    ),
    Row(
        "admin.reset_password",
        lambda c: c.admin.reset_password("jane", client_metadata={"m": "2"}),
        {},
        (
            "AdminResetUserPassword",
            {"UserPoolId": POOL, "Username": "jane", "ClientMetadata": {"m": "2"}},
        ),
        None,
    ),
    *(
        Row(
            f"admin.{method}",
            lambda c, method=method: getattr(c.admin, method)("jane"),
            {},
            (operation, {"UserPoolId": POOL, "Username": "jane"}),
            None,
        )
        for method, operation in {
            "enable_user": "AdminEnableUser",
            "disable_user": "AdminDisableUser",
            "delete_user": "AdminDeleteUser",
            "sign_out_everywhere": "AdminUserGlobalSignOut",
            "delete_software_token": "AdminDeleteSoftwareToken",
        }.items()
    ),
    *(
        Row(
            f"admin.{method}",
            lambda c, method=method: getattr(c.admin, method)(
                "admins",
                description="those who may",
                role_arn="arn:aws:iam::123456789012:role/admin",
                precedence=1,
            ),
            {"Group": GROUP},
            (
                operation,
                {
                    "UserPoolId": POOL,
                    "GroupName": "admins",
                    "Description": "those who may",
                    "RoleArn": "arn:aws:iam::123456789012:role/admin",
                    "Precedence": 1,
                },
            ),
            ADMINS,
        )
        for method, operation in {
            "create_group": "CreateGroup",
            "update_group": "UpdateGroup",
        }.items()
    ),
    Row(
        "admin.get_group",
        lambda c: c.admin.get_group("admins"),
        {"Group": GROUP},
        ("GetGroup", {"UserPoolId": POOL, "GroupName": "admins"}),
        ADMINS,
    ),
    Row(
        "admin.delete_group",
        lambda c: c.admin.delete_group("admins"),
        {},
        ("DeleteGroup", {"UserPoolId": POOL, "GroupName": "admins"}),
        None,
    ),
    Row(
        "admin.list_groups",
        lambda c: c.admin.list_groups(page_size=1),
        [{"Groups": [GROUP], "NextToken": "p2"}, {"Groups": [GROUP]}],
        [
            ("ListGroups", {"UserPoolId": POOL, "Limit": 1}),
            ("ListGroups", {"UserPoolId": POOL, "Limit": 1, "NextToken": "p2"}),
        ],
        [ADMINS, ADMINS],
    ),
    Row(
        "admin.list_groups_for_user",
        lambda c: c.admin.list_groups_for_user("jane"),
        {"Groups": [GROUP]},
        ("AdminListGroupsForUser", {"UserPoolId": POOL, "Username": "jane"}),
        [ADMINS],
    ),
    Row(
        "admin.list_users_in_group",
        lambda c: c.admin.list_users_in_group("admins", page_size=1),
        [{"Users": [LISTED], "NextToken": "p2"}, {"Users": []}],
        [
            ("ListUsersInGroup", {"UserPoolId": POOL, "GroupName": "admins", "Limit": 1}),
            (
                "ListUsersInGroup",
                {"UserPoolId": POOL, "GroupName": "admins", "Limit": 1, "NextToken": "p2"},
            ),
        ],
        [JANE],
    ),
    *(
        Row(
            f"admin.{method}",
            lambda c, method=method: getattr(c.admin, method)("jane", "admins"),
            {},
            (operation, {"UserPoolId": POOL, "Username": "jane", "GroupName": "admins"}),
            None,
        )
        for method, operation in {
            "add_user_to_group": "AdminAddUserToGroup",
            "remove_user_from_group": "AdminRemoveUserFromGroup",
        }.items()
    ),
    Row(
        "admin.set_mfa_preference",
        lambda c: c.admin.set_mfa_preference("jane", software_token=True),
        {},
        (
            "AdminSetUserMFAPreference",
            {
                "UserPoolId": POOL,
                "Username": "jane",
                "SoftwareTokenMfaSettings": {"Enabled": True, "PreferredMfa": False},
            },
        ),
        None,
    ),
    Row(
        "admin.get_factors",
        lambda c: c.admin.get_factors("jane"),
        FACTORS,
        ("AdminGetUserAuthFactors", {"UserPoolId": POOL, "Username": "jane"}),
        JANES_FACTORS,
    ),
    Row(
        "admin.list_auth_events",
        lambda c: c.admin.list_auth_events("jane", page_size=5),
        {
            "AuthEvents": [
                {
                    "EventId": "e-1",
                    "EventType": "SignIn",
                    "CreationDate": WHEN,
                    "EventResponse": "Fail",
                    "EventRisk": {
                        "RiskDecision": "Block",
                        "RiskLevel": "High",
                        "CompromisedCredentialsDetected": True,
                    },
                    "ChallengeResponses": [
                        {"ChallengeName": "Password", "ChallengeResponse": "Failure"}
                    ],
                    "EventContextData": {
                        "IpAddress": "192.0.2.1",
                        "DeviceName": "Chrome",
                        "City": "Riga",
                        "Country": "LV",
                    },
                    "EventFeedback": {"FeedbackValue": "Invalid", "Provider": "admin"},
                },
                {"EventId": "e-2"},
            ]
        },
        (
            "AdminListUserAuthEvents",
            {"UserPoolId": POOL, "Username": "jane", "MaxResults": 5},
        ),
        [
            AuthEvent(
                id="e-1",
                kind="SignIn",
                outcome="Fail",
                created_at=WHEN,
                risk_decision="Block",
                risk_level="High",
                compromised_credentials=True,
                challenges=(("Password", "Failure"),),
                ip_address="192.0.2.1",
                device_name="Chrome",
                city="Riga",
                country="LV",
                feedback="Invalid",
            ),
            AuthEvent(id="e-2"),
        ],
    ),
    Row(
        "admin.give_auth_event_feedback",
        lambda c: c.admin.give_auth_event_feedback("jane", "e-1", valid=False),
        {},
        (
            "AdminUpdateAuthEventFeedback",
            {
                "UserPoolId": POOL,
                "Username": "jane",
                "EventId": "e-1",
                "FeedbackValue": "Invalid",
            },
        ),
        None,
    ),
    Row(
        "admin.list_sessions",
        lambda c: c.admin.list_sessions("jane"),
        [{"Sessions": [SEEN], "NextToken": "p2"}, {"Sessions": []}],
        [
            ("AdminListUserSessions", {"UserPoolId": POOL, "Username": "jane"}),
            (
                "AdminListUserSessions",
                {"UserPoolId": POOL, "Username": "jane", "NextToken": "p2"},
            ),
        ],
        [HERE],
    ),
    Row(
        "admin.revoke_session",
        lambda c: c.admin.revoke_session("jane", "tkn0"),
        {},
        (
            "AdminRevokeUserSession",
            {"UserPoolId": POOL, "Username": "jane", "SessionId": "tkn0"},
        ),
        None,
    ),
    Row(
        "admin.list_devices",
        lambda c: c.admin.list_devices("jane"),
        {"Devices": [TRACKED]},
        ("AdminListDevices", {"UserPoolId": POOL, "Username": "jane"}),
        [PHONE],
    ),
    Row(
        "admin.get_device",
        lambda c: c.admin.get_device("jane", DEVICE),
        {"Device": TRACKED},
        ("AdminGetDevice", {"UserPoolId": POOL, "Username": "jane", "DeviceKey": DEVICE}),
        PHONE,
    ),
    Row(
        "admin.forget_device",
        lambda c: c.admin.forget_device("jane", DEVICE),
        {},
        ("AdminForgetDevice", {"UserPoolId": POOL, "Username": "jane", "DeviceKey": DEVICE}),
        None,
    ),
    Row(
        "admin.remember_device",
        lambda c: c.admin.remember_device("jane", DEVICE, remembered=False),
        {},
        (
            "AdminUpdateDeviceStatus",
            {
                "UserPoolId": POOL,
                "Username": "jane",
                "DeviceKey": DEVICE,
                "DeviceRememberedStatus": "not_remembered",
            },
        ),
        None,
    ),
    Row(
        "admin.link_provider",
        lambda c: c.admin.link_provider("jane", "Google", "1234"),
        {},
        (
            "AdminLinkProviderForUser",
            {
                "UserPoolId": POOL,
                "DestinationUser": {"ProviderName": "Cognito", "ProviderAttributeValue": "jane"},
                "SourceUser": {
                    "ProviderName": "Google",
                    "ProviderAttributeName": "Cognito_Subject",
                    "ProviderAttributeValue": "1234",
                },
            },
        ),
        None,
    ),
    Row(
        "admin.unlink_provider",
        lambda c: c.admin.unlink_provider("Okta", "jane@x", attribute="NameID"),
        {},
        (
            "AdminDisableProviderForUser",
            {
                "UserPoolId": POOL,
                "User": {
                    "ProviderName": "Okta",
                    "ProviderAttributeName": "NameID",
                    "ProviderAttributeValue": "jane@x",
                },
            },
        ),
        None,
    ),
]


@pytest.mark.parametrize("shell_kind", SHELLS)
@pytest.mark.parametrize("row", ROWS, ids=repr)
def test_method(shell_kind: str, row: Row) -> None:
    """The method sends exactly these calls and returns exactly this."""
    shell = Shell.of(shell_kind, *row.answers)

    result = shell.run(row.use)

    assert row.calls == shell.sent
    assert row.result == result
    assert not shell.script.answers


def test_every_method_has_its_row() -> None:
    """No public method of the client or of its parts goes without a row above."""
    client = CognitoClient(POOL, client_id=CLIENT)
    parts = {"": client, "admin.": client.admin, "devices.": client.devices, "mfa.": client.mfa}
    parts |= {"passkeys.": client.passkeys, "sessions.": client.sessions}
    methods = {
        prefix + name
        for prefix, part in parts.items()
        for name, _ in inspect.getmembers(part, inspect.ismethod)
        if not name.startswith("_")
    }

    assert methods - {"close", "from_env", "session"} == {row.name for row in ROWS}
