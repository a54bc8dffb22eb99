"""What an administrator's methods for users send, and what they make of the answer."""

from cognitokit import UserFilter
from tests.client.examples import (
    ATTRIBUTES,
    JANE,
    JOE,
    LISTED,
    WHEN,
    Row,
)
from tests.client.scripted import POOL

ROWS = [
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
]
