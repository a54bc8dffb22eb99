"""What the methods for a user's own attributes, and call(), send, and what they make of the answer."""

from cognitokit import (
    User,
)
from tests.client.examples import (
    ACCESS,
    ATTRIBUTES,
    DELIVERED,
    DELIVERY,
    JANE,
    Row,
)

ROWS = [
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
]
