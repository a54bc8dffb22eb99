"""What the methods for a user's factors, devices and sessions send, and what they make of the answer."""

from cognitokit import (
    MfaSetup,
    Passkey,
    TotpSetup,
    UserSession,
)
from tests.client.examples import (
    ACCESS,
    DEVICE,
    FACTORS,
    HERE,
    JANES_FACTORS,
    PHONE,
    SECRET,
    SEEN,
    SESSION,
    SETUP_CHALLENGE,
    TOKENS,
    TRACKED,
    WHEN,
    Row,
)
from tests.client.scripted import CLIENT

ROWS = [
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
        "mfa.set_preference",
        lambda c: c.mfa.set_preference(ACCESS, software_token=True),
        {},
        (
            "SetUserMFAPreference",
            {
                "AccessToken": ACCESS,
                "SoftwareTokenMfaSettings": {"Enabled": True, "PreferredMfa": False},
            },
        ),
        None,
    ),
    Row(
        "mfa.set_preference",
        lambda c: c.mfa.set_preference(ACCESS, software_token=False),
        {},
        (
            "SetUserMFAPreference",
            {
                "AccessToken": ACCESS,
                "SoftwareTokenMfaSettings": {"Enabled": False, "PreferredMfa": False},
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
        [
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
                ],
                "NextToken": "p2",
            },
            {"Credentials": []},
        ],
        [
            ("ListWebAuthnCredentials", {"AccessToken": ACCESS}),
            ("ListWebAuthnCredentials", {"AccessToken": ACCESS, "NextToken": "p2"}),
        ],
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
]
