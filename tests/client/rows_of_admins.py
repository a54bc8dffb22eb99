"""What each method for administrators sends, and what it makes of the answer."""

from cognitokit import AuthEvent, Tokens, UserFilter
from tests.client.examples import (
    ADMIN_MFA,
    ADMINS,
    AS_ADMIN,
    ATTRIBUTES,
    CHALLENGED,
    CONTEXT,
    DEVICE,
    FACTORS,
    GROUP,
    HERE,
    JANE,
    JANES_FACTORS,
    JOE,
    LISTED,
    PHONE,
    REFRESH,
    RESULT,
    SEEN,
    SESSION,
    TOKENS,
    TRACKED,
    WHEN,
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
        "admin.set_mfa_preference",
        lambda c: c.admin.set_mfa_preference(
            "jane", sms=True, email=False, web_authn=False, preferred="SMS_MFA"
        ),
        {},
        (
            "AdminSetUserMFAPreference",
            {
                "UserPoolId": POOL,
                "Username": "jane",
                "SMSMfaSettings": {"Enabled": True, "PreferredMfa": True},
                "EmailMfaSettings": {"Enabled": False, "PreferredMfa": False},
                "WebAuthnMfaSettings": {"Enabled": False},
            },
        ),
        None,
    ),
    Row(
        "admin.set_mfa_preference",
        lambda c: c.admin.set_mfa_preference("jane", sms=False, email=True),
        {},
        (
            "AdminSetUserMFAPreference",
            {
                "UserPoolId": POOL,
                "Username": "jane",
                "SMSMfaSettings": {"Enabled": False, "PreferredMfa": False},
                "EmailMfaSettings": {"Enabled": True, "PreferredMfa": False},
            },
        ),
        None,
    ),
    Row(
        "admin.give_auth_event_feedback",
        lambda c: c.admin.give_auth_event_feedback("jane", "e-1", valid=True),
        {},
        (
            "AdminUpdateAuthEventFeedback",
            {
                "UserPoolId": POOL,
                "Username": "jane",
                "EventId": "e-1",
                "FeedbackValue": "Valid",
            },
        ),
        None,
    ),
    Row(
        "admin.create_user",
        lambda c: c.admin.create_user("joe"),
        {"User": {"Username": "joe"}},
        ("AdminCreateUser", {"UserPoolId": POOL, "Username": "joe"}),
        JOE,
    ),
    Row(
        "admin.list_users",
        lambda c: c.admin.list_users(),
        {"Users": [{"Username": "joe"}]},
        ("ListUsers", {"UserPoolId": POOL}),
        [JOE],
    ),
    Row(
        "admin.list_auth_events",
        lambda c: c.admin.list_auth_events("jane"),
        [{"AuthEvents": [{"EventId": "e-1"}], "NextToken": "p2"}, {"AuthEvents": []}],
        [
            ("AdminListUserAuthEvents", {"UserPoolId": POOL, "Username": "jane"}),
            (
                "AdminListUserAuthEvents",
                {"UserPoolId": POOL, "Username": "jane", "NextToken": "p2"},
            ),
        ],
        [AuthEvent(id="e-1")],
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
