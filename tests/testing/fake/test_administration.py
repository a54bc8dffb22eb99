"""What administrators do with users and groups."""

from __future__ import annotations

from typing import Any

import pytest

from cognitokit.testing import FakePool, NoMessage
from tests.testing.fake.calls import (
    EMAIL_OTP,
    PASSWORD,
    UNKNOWN_USER,
    admin,
    attribute,
    attributes,
    initiate,
    refusal,
    respond,
    status,
    tokens,
)

EMAIL = attributes(email="joe@example.com")


def create(pool: FakePool, username: str = "joe", **params: Any) -> Any:
    """AdminCreateUser."""
    return admin(
        pool, "AdminCreateUser", **{"Username": username, "UserAttributes": EMAIL, **params}
    )["User"]


class TestInvitation:
    def test_a_new_user_is_invited_with_a_temporary_password(self, pool: FakePool) -> None:
        """The mail has username and password; with it the user comes in and chooses another."""
        user = create(pool)
        (message,) = pool.outbox
        password = message.body.rpartition(" ")[2].removesuffix(".")
        challenge = initiate(pool, username="joe", PASSWORD=password)
        reply = respond(pool, challenge, username="joe", NEW_PASSWORD=PASSWORD)

        assert (user["Username"], user["UserStatus"], user["Enabled"]) == (
            "joe",
            "FORCE_CHANGE_PASSWORD",
            True,
        )
        assert message.subject == "Your temporary password"
        assert "joe" in message.body
        assert "AuthenticationResult" in reply
        with pytest.raises(NoMessage):
            pool.last_code("joe")

    def test_a_password_may_be_given_and_the_mail_suppressed(self, pool: FakePool) -> None:
        """TemporaryPassword must fit the policy; SUPPRESS sends nothing."""
        assert refusal(create, pool, TemporaryPassword="weak")[0] == "InvalidPasswordException"
        create(pool, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS")

        assert pool.outbox == []
        assert initiate(pool, username="joe")["ChallengeName"] == "NEW_PASSWORD_REQUIRED"

    @pytest.mark.parametrize("length", [6, 9, 10, 12, 99])
    def test_a_made_password_meets_the_policy(self, length: int) -> None:
        """However long passwords must be, the temporary one that nobody chose is long enough."""
        pool = FakePool(pool_options={"Policies": {"PasswordPolicy": {"MinimumLength": length}}})
        create(pool)

        assert len(pool.outbox[-1].body.rpartition(" ")[2].removesuffix(".")) >= length

    def test_media(self, pool: FakePool) -> None:
        """DesiredDeliveryMediums says where to; without it the phone comes before the mail."""
        both = attributes(email="joe@example.com", phone_number="+15550100")
        create(pool, UserAttributes=both)
        create(pool, "ann", UserAttributes=both, DesiredDeliveryMediums=["EMAIL", "SMS"])
        create(pool, "bob", UserAttributes=EMAIL, DesiredDeliveryMediums=["SMS"])
        create(pool, "eve", UserAttributes=[])

        assert [message.medium for message in pool.outbox] == ["SMS", "EMAIL", "SMS"]

    def test_it_is_sent_again_with_a_new_password(self, pool: FakePool) -> None:
        """RESEND renews an expired invitation; for unknown and confirmed users it is refused."""
        create(pool)
        pool.advance(8 * 86400)
        create(pool, MessageAction="RESEND", UserAttributes=[])
        old, new = (message.body.rpartition(" ")[2].removesuffix(".") for message in pool.outbox)

        assert refusal(initiate, pool, username="joe", PASSWORD=old)[0] == "NotAuthorizedException"
        assert (
            initiate(pool, username="joe", PASSWORD=new)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
        )
        assert refusal(create, pool, "nobody", MessageAction="RESEND") == UNKNOWN_USER
        assert (
            refusal(create, pool, "jane", MessageAction="RESEND")[0]
            == "UnsupportedUserStateException"
        )

    def test_a_name_is_taken_once(self, pool: FakePool) -> None:
        """A second user of the name is refused."""
        assert refusal(create, pool, "jane") == (
            "UsernameExistsException",
            "User account already exists",
        )

    def test_an_alias_is_taken_over_only_by_force(self) -> None:
        """A verified address that is another's alias is refused, or moves with ForceAliasCreation."""
        pool = FakePool(pool_options={"AliasAttributes": ["email"]})
        pool.add_user("jane", PASSWORD)
        same = attributes(email="jane@example.com", email_verified="true")

        assert refusal(create, pool, UserAttributes=same)[0] == "AliasExistsException"
        create(pool, UserAttributes=same, ForceAliasCreation=True)
        assert attribute(pool, "email_verified", "jane") == "false"

    def test_where_codes_sign_in_no_password_is_needed(self) -> None:
        """A user with a verified address and no temporary password is confirmed at once."""
        pool = FakePool(pool_options=EMAIL_OTP)
        verified = attributes(email="joe@example.com", email_verified="true")
        user = create(pool, UserAttributes=verified)
        unverified = create(pool, "ann")
        challenge = initiate(pool, "USER_AUTH", username="joe")

        assert user["UserStatus"] == "CONFIRMED"
        assert unverified["UserStatus"] == "FORCE_CHANGE_PASSWORD"
        assert challenge["AvailableChallenges"] == ["EMAIL_OTP"]


class TestUsers:
    def test_a_user_is_described(self, pool: FakePool) -> None:
        """AdminGetUser has names, dates, status and attributes."""
        user = admin(pool, "AdminGetUser", Username="jane")

        assert user["UserCreateDate"].timestamp() == 1_800_000_000.25
        assert user["UserCreateDate"].tzinfo is not None
        assert (user["Enabled"], user["UserStatus"]) == (True, "CONFIRMED")
        assert "UserMFASettingList" not in user
        assert refusal(admin, pool, "AdminGetUser", Username="nobody") == UNKNOWN_USER

    def test_changes_are_dated(self, pool: FakePool) -> None:
        """UserLastModifiedDate moves with a change, UserCreateDate does not."""
        pool.advance(60)
        admin(
            pool,
            "AdminUpdateUserAttributes",
            Username="jane",
            UserAttributes=attributes(name="Jane"),
        )
        user = admin(pool, "AdminGetUser", Username="jane")

        assert (user["UserLastModifiedDate"] - user["UserCreateDate"]).total_seconds() == 60

    def test_attributes_are_set_verified_and_deleted(self, pool: FakePool) -> None:
        """An administrator may call an address verified, if there is one."""
        admin(
            pool,
            "AdminUpdateUserAttributes",
            Username="jane",
            UserAttributes=attributes(email="new@example.com", email_verified="true", name="Jane"),
        )
        admin(pool, "AdminDeleteUserAttributes", Username="jane", UserAttributeNames=["name"])

        assert (attribute(pool, "email"), attribute(pool, "email_verified")) == (
            "new@example.com",
            "true",
        )
        assert attribute(pool, "name") is None
        assert pool.outbox == []
        assert refusal(
            admin,
            pool,
            "AdminUpdateUserAttributes",
            Username="jane",
            UserAttributes=attributes(phone_number_verified="true"),
        ) == (
            "InvalidParameterException",
            "phone_number is required to verify/un-verify phone_number",
        )

    def test_a_user_is_deleted(self, pool: FakePool) -> None:
        """After AdminDeleteUser the name is unknown."""
        admin(pool, "AdminDeleteUser", Username="jane")

        assert refusal(admin, pool, "AdminGetUser", Username="jane") == UNKNOWN_USER

    def test_events_are_recorded_with_threat_protection(self) -> None:
        """Passed and failed sign-ins are listed, newest first, in pages; without the add-on that says so."""
        pool = FakePool(pool_options={"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}})
        pool.add_user("jane", PASSWORD)
        refusal(initiate, pool, PASSWORD="wrong")
        tokens(pool)
        page = admin(pool, "AdminListUserAuthEvents", Username="jane", MaxResults=1)
        rest = admin(pool, "AdminListUserAuthEvents", Username="jane", NextToken=page["NextToken"])
        plain = FakePool()
        plain.add_user("jane", PASSWORD)

        assert [event["EventResponse"] for event in (*page["AuthEvents"], *rest["AuthEvents"])] == [
            "Pass",
            "Fail",
        ]
        assert refusal(admin, plain, "AdminListUserAuthEvents", Username="jane")[0] == (
            "UserPoolAddOnNotEnabledException"
        )


class TestListing:
    @pytest.fixture
    def pool(self) -> FakePool:
        """A pool with a few users."""
        made = FakePool()
        for name in ("ann", "anna", "bob"):
            made.add_user(
                name, PASSWORD, attributes={"email": f"{name}@example.com", "name": f'"{name}"'}
            )
        made.add_user("new", PASSWORD, attributes={}, temporary=True)
        admin(made, "AdminDisableUser", Username="bob")
        return made

    def names(self, pool: FakePool, **params: Any) -> list[str]:
        """Return whom ListUsers gives."""
        return [user["Username"] for user in admin(pool, "ListUsers", **params)["Users"]]

    @pytest.mark.parametrize(
        "text,names",
        [
            (None, ["ann", "anna", "bob", "new"]),
            ("", ["ann", "anna", "bob", "new"]),
            ('email = "ann@example.com"', ["ann"]),
            ('email ^= "ann"', ["ann", "anna"]),
            ('"email"^="ann"', ["ann", "anna"]),
            ('email ^= ""', ["ann", "anna", "bob"]),
            ('username = "bob"', ["bob"]),
            ('name = "\\"ann\\""', ["ann"]),
            ('cognito:user_status = "force_change_password"', ["new"]),
            ('status = "Disabled"', ["bob"]),
            ('status = "Enabled"', ["ann", "anna", "new"]),
            ('sub = "nobody"', []),
        ],
    )
    def test_filters(self, pool: FakePool, text: str | None, names: list[str]) -> None:
        """Equality and prefixes of standard attributes, username and status."""
        assert self.names(pool, **({} if text is None else {"Filter": text})) == names

    @pytest.mark.parametrize(
        "text,message",
        [
            ("email: ann", "Error while parsing filter."),
            ('email = "a" and name = "b"', "Error while parsing filter."),
            ('custom:plan = "free"', "Invalid search attribute: custom:plan"),
            ('nickname = "x"', "Invalid search attribute: nickname"),
        ],
    )
    def test_what_cannot_be_searched(self, pool: FakePool, text: str, message: str) -> None:
        """Several attributes, custom ones and those that Cognito does not index."""
        assert refusal(admin, pool, "ListUsers", Filter=text) == (
            "InvalidParameterException",
            message,
        )

    def test_pages(self, pool: FakePool) -> None:
        """Limit and PaginationToken page the list; a token of one's own making is refused."""
        page = admin(pool, "ListUsers", Limit=3)
        rest = admin(pool, "ListUsers", Limit=3, PaginationToken=page["PaginationToken"])

        assert [user["Username"] for user in rest["Users"]] == ["new"]
        assert "PaginationToken" not in rest
        for token in ("nonsense", "bm8gMQ=="):
            assert (
                refusal(admin, pool, "ListUsers", PaginationToken=token)[0]
                == "InvalidParameterException"
            )

    def test_attributes_may_be_chosen(self, pool: FakePool) -> None:
        """AttributesToGet narrows what is shown of each user."""
        users = admin(pool, "ListUsers", AttributesToGet=["email"], Filter='username = "ann"')[
            "Users"
        ]

        assert users[0]["Attributes"] == attributes(email="ann@example.com")


class TestGroups:
    def test_a_group_is_made_changed_and_deleted(self, pool: FakePool) -> None:
        """What is set is shown; a deleted group leaves its members."""
        admin(pool, "CreateGroup", GroupName="admin", Description="Admins", Precedence=0)
        admin(pool, "AdminAddUserToGroup", Username="jane", GroupName="admin")
        pool.add_user("joe", PASSWORD)
        pool.advance(60)
        admin(pool, "UpdateGroup", GroupName="admin", Description="All of them")
        group = admin(pool, "GetGroup", GroupName="admin")["Group"]
        admin(pool, "DeleteGroup", GroupName="admin")

        assert (group["Description"], group["Precedence"]) == ("All of them", 0)
        assert (group["LastModifiedDate"] - group["CreationDate"]).total_seconds() == 60
        assert "RoleArn" not in group
        assert admin(pool, "AdminListGroupsForUser", Username="jane")["Groups"] == []
        assert refusal(admin, pool, "GetGroup", GroupName="admin") == (
            "ResourceNotFoundException",
            "Group not found.",
        )

    def test_a_name_is_taken_once(self, pool: FakePool) -> None:
        """A second group of the name is refused; add_group does not mind."""
        pool.add_group("admin")
        pool.add_group("admin")

        assert refusal(admin, pool, "CreateGroup", GroupName="admin") == (
            "GroupExistsException",
            "A group with the name already exists.",
        )

    def test_members(self, pool: FakePool) -> None:
        """Joining and leaving is idempotent, and both sides list it."""
        pool.add_user("joe", PASSWORD, groups=["admin", "staff"])
        for _ in range(2):
            admin(pool, "AdminAddUserToGroup", Username="jane", GroupName="admin")
        members = admin(pool, "ListUsersInGroup", GroupName="admin")["Users"]
        for _ in range(2):
            admin(pool, "AdminRemoveUserFromGroup", Username="jane", GroupName="admin")
        groups = admin(pool, "AdminListGroupsForUser", Username="joe")["Groups"]

        assert [user["Username"] for user in members] == ["jane", "joe"]
        assert [group["GroupName"] for group in groups] == ["admin", "staff"]
        assert admin(pool, "AdminListGroupsForUser", Username="jane")["Groups"] == []
        assert refusal(admin, pool, "AdminAddUserToGroup", Username="jane", GroupName="none")[
            0
        ] == ("ResourceNotFoundException")

    def test_pages(self, pool: FakePool) -> None:
        """Groups and members come in pages."""
        for name in ("a", "b", "c"):
            pool.add_user(name, PASSWORD, groups=[name, "all"])
        groups = admin(pool, "ListGroups", Limit=3)
        more = admin(pool, "ListGroups", NextToken=groups["NextToken"])
        members = admin(pool, "ListUsersInGroup", GroupName="all", Limit=2)
        rest = admin(pool, "ListUsersInGroup", GroupName="all", NextToken=members["NextToken"])

        assert [len(each["Groups"]) for each in (groups, more)] == [3, 1]
        assert [len(each["Users"]) for each in (members, rest)] == [2, 1]


def test_add_user_makes_users_who_can_sign_in(pool: FakePool) -> None:
    """A user made by add_user is confirmed, or with temporary=True must change the password."""
    pool.add_user("new", PASSWORD, temporary=True)

    assert (status(pool), status(pool, "new")) == ("CONFIRMED", "FORCE_CHANGE_PASSWORD")
