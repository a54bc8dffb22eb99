"""What an administrator's methods for groups send, and what they make of the answer."""

from tests.client.examples import (
    ADMINS,
    GROUP,
    JANE,
    LISTED,
    Row,
)
from tests.client.scripted import POOL

ROWS = [
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
]
