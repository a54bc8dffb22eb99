"""What the rows of test_methods.py are made of: Cognito's members on one side, results on the other."""

from datetime import UTC, datetime
from typing import Any

from cognitokit import (
    AuthFactors,
    CodeDelivery,
    Device,
    Group,
    MfaSetup,
    SoftwareTokenMfa,
    Tokens,
    User,
    UserContext,
    UserSession,
)
from tests.client.scripted import CLIENT, NOW, POOL

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
