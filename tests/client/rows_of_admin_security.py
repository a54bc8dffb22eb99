"""What an administrator's methods for factors, history and linked accounts send, and what they make of the answer."""

from cognitokit import AuthEvent
from tests.client.examples import (
    DEVICE,
    FACTORS,
    HERE,
    JANES_FACTORS,
    PHONE,
    SEEN,
    TRACKED,
    WHEN,
    Row,
)
from tests.client.scripted import POOL

ROWS = [
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
