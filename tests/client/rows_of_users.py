"""What each method for users sends, and what it makes of the answer."""

from cognitokit import (
    CodeDelivery,
    ConfirmSignUpResult,
    CustomChallenge,
    EmailOtp,
    MfaSetup,
    NewDevice,
    NewPasswordRequired,
    Passkey,
    SelectChallenge,
    SignUpResult,
    Tokens,
    TotpSetup,
    User,
    UserSession,
)
from tests.client.examples import (
    ACCESS,
    ADMIN_MFA,
    AS_ADMIN,
    AS_USER,
    ATTRIBUTES,
    CHALLENGED,
    CONTEXT,
    DELIVERED,
    DELIVERY,
    DEVICE,
    FACTORS,
    HERE,
    ID,
    JANE,
    JANES_FACTORS,
    MFA,
    PHONE,
    REFRESH,
    RESULT,
    SECRET,
    SEEN,
    SESSION,
    SETUP_CHALLENGE,
    TOKENS,
    TRACKED,
    WHEN,
    Row,
)
from tests.client.scripted import CLIENT, NOW, POOL

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
