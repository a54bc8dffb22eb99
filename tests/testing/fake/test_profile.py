"""What signed-in users do with their own profile."""

from __future__ import annotations

from typing import Any

import pytest

from cognitokit.testing import FakePool
from tests.testing.fake.calls import (
    NO_SUCH_CODE,
    PASSWORD,
    WRONG_CODE,
    WRONG_PASSWORD,
    admin,
    attribute,
    attributes,
    call,
    initiate,
    mine,
    refusal,
    tokens,
)

NEW = "N3w-Passw0rd"


def update(pool: FakePool, result: Any, **values: str) -> Any:
    """UpdateUserAttributes."""
    return mine(pool, "UpdateUserAttributes", result, UserAttributes=attributes(**values))


def verify(pool: FakePool, result: Any, code: str, name: str = "email") -> Any:
    """VerifyUserAttribute."""
    return mine(pool, "VerifyUserAttribute", result, AttributeName=name, Code=code)


def test_a_user_sees_themselves(pool: FakePool) -> None:
    """GetUser gives username and attributes, as far as the client may read."""
    narrow = pool.add_app_client(ReadAttributes=["email"])
    whole = mine(pool, "GetUser", tokens(pool))
    part = mine(pool, "GetUser", tokens(pool, client_id=narrow.id))

    assert whole["Username"] == "jane"
    assert {pair["Name"] for pair in whole["UserAttributes"]} == {"sub", "email", "email_verified"}
    assert {pair["Name"] for pair in part["UserAttributes"]} == {"sub", "email"}


def test_attributes_are_set_and_deleted(pool: FakePool) -> None:
    """A value is set, an empty one deletes, and so does DeleteUserAttributes."""
    result = tokens(pool)
    assert update(pool, result, name="Jane", nickname="J", website="x") == {}
    update(pool, result, nickname="")
    mine(pool, "DeleteUserAttributes", result, UserAttributeNames=["website"])

    assert attribute(pool, "name") == "Jane"
    assert attribute(pool, "nickname") is None
    assert attribute(pool, "website") is None


@pytest.mark.parametrize(
    "name,code",
    [
        ("sub", "InvalidParameterException"),
        ("email_verified", "NotAuthorizedException"),
        ("custom:nope", "InvalidParameterException"),
        ("custom:tenant", "InvalidParameterException"),
    ],
)
def test_what_a_user_may_not_change(name: str, code: str) -> None:
    """sub, verification flags, unknown and immutable attributes are neither set nor deleted."""
    schema = [{"Name": "tenant", "AttributeDataType": "String", "Mutable": False}]
    pool = FakePool(pool_options={"Schema": schema})
    pool.add_user("jane", PASSWORD, attributes={"custom:tenant": "a"})
    result = tokens(pool)
    pair = [{"Name": name, "Value": "x"}]

    assert refusal(mine, pool, "UpdateUserAttributes", result, UserAttributes=pair)[0] == code
    assert refusal(mine, pool, "DeleteUserAttributes", result, UserAttributeNames=[name])[0] == code
    assert attribute(pool, "custom:tenant") == "a"


def test_required_attributes_stay() -> None:
    """A required attribute is changed and not deleted."""
    pool = FakePool(pool_options={"Schema": [{"Name": "name", "Required": True, "Mutable": True}]})
    pool.add_user("jane", PASSWORD, attributes={"name": "Jane"})
    result = tokens(pool)
    update(pool, result, name="Janet")

    assert refusal(mine, pool, "DeleteUserAttributes", result, UserAttributeNames=["name"])[0] == (
        "InvalidParameterException"
    )
    refused = refusal(update, pool, result, nickname="J", name="")

    assert refused[0] == "InvalidParameterException"
    assert attribute(pool, "nickname") is None
    assert attribute(pool, "name") == "Janet"


class TestEmail:
    def test_a_new_address_is_unverified_until_its_code_comes(self, pool: FakePool) -> None:
        """Changing the address sends a code there; the right one verifies it, once."""
        result = tokens(pool)
        (delivery,) = update(pool, result, email="new@example.com")["CodeDeliveryDetailsList"]
        changed = (attribute(pool, "email"), attribute(pool, "email_verified"))
        code = pool.last_code("new@example.com")
        wrong = refusal(verify, pool, result, "000000")
        verify(pool, result, code)

        assert delivery == {
            "Destination": "n***@e***",
            "DeliveryMedium": "EMAIL",
            "AttributeName": "email",
        }
        assert changed == ("new@example.com", "false")
        assert wrong == WRONG_CODE
        assert attribute(pool, "email_verified") == "true"
        assert refusal(verify, pool, result, code) == NO_SUCH_CODE

    def test_the_same_address_changes_nothing(self, pool: FakePool) -> None:
        """Writing the address that is there keeps it verified and sends nothing."""
        assert update(pool, tokens(pool), email="jane@example.com") == {}
        assert attribute(pool, "email_verified") == "true"
        assert pool.outbox == []

    def test_an_address_that_is_not_verified_by_code_is_just_set(self) -> None:
        """Without AutoVerifiedAttributes no code is sent."""
        pool = FakePool(pool_options={"AutoVerifiedAttributes": []})
        pool.add_user("jane", PASSWORD)

        assert update(pool, tokens(pool), email="new@example.com") == {}
        assert attribute(pool, "email_verified") == "false"

    def test_a_code_is_sent_on_request(self, pool: FakePool) -> None:
        """GetUserAttributeVerificationCode sends one, for what can be verified and is there."""
        result = tokens(pool)

        def ask(name: str) -> Any:
            return mine(pool, "GetUserAttributeVerificationCode", result, AttributeName=name)

        assert ask("email")["CodeDeliveryDetails"]["AttributeName"] == "email"
        assert verify(pool, result, pool.last_code("jane")) == {}
        assert refusal(ask, "name")[0] == "InvalidParameterException"
        assert refusal(ask, "phone_number")[0] == "InvalidParameterException"

    def test_the_old_address_may_stay_until_then(self) -> None:
        """With AttributesRequireVerificationBeforeUpdate the old address holds until the code comes."""
        settings = {"AttributesRequireVerificationBeforeUpdate": ["email"]}
        pool = FakePool(pool_options={"UserAttributeUpdateSettings": settings})
        pool.add_user("jane", PASSWORD)
        result = tokens(pool)
        update(pool, result, email="new@example.com")
        before = (attribute(pool, "email"), attribute(pool, "email_verified"))
        message = pool.outbox[-1]
        verify(pool, result, pool.last_code("jane"))

        assert before == ("jane@example.com", "true")
        assert message.destination == "new@example.com"
        assert (attribute(pool, "email"), attribute(pool, "email_verified")) == (
            "new@example.com",
            "true",
        )

    def test_deleting_the_address_forgets_its_code(self, pool: FakePool) -> None:
        """The flag goes with the address, and a code that is on its way verifies nothing."""
        result = tokens(pool)
        update(pool, result, email="new@example.com")
        code = pool.last_code("new@example.com")
        update(pool, result, email="")

        assert attribute(pool, "email") is None
        assert attribute(pool, "email_verified") is None
        assert refusal(verify, pool, result, code) == NO_SUCH_CODE

    def test_an_alias_is_one_users(self) -> None:
        """In a pool of email usernames an address that another user has is refused."""
        pool = FakePool(username_attributes=["email"])
        pool.add_user("jane@example.com", PASSWORD)
        pool.add_user("joe@example.com", PASSWORD)
        result = tokens(pool, "jane@example.com")

        assert refusal(update, pool, result, email="joe@example.com") == (
            "AliasExistsException",
            "An account with the given email already exists.",
        )
        assert update(pool, result, email="jane2@example.com") != {}


class TestPassword:
    def test_a_password_is_changed(self, pool: FakePool) -> None:
        """With the old one, and to one that the policy takes; tokens stay good."""
        result = tokens(pool)

        def change(old: str | None, new: str) -> Any:
            previous = {} if old is None else {"PreviousPassword": old}
            return mine(pool, "ChangePassword", result, ProposedPassword=new, **previous)

        assert refusal(change, "wrong", NEW) == WRONG_PASSWORD
        assert refusal(change, None, NEW)[1] == "Missing required parameter PreviousPassword"
        assert refusal(change, PASSWORD, "weak")[0] == "InvalidPasswordException"
        assert change(PASSWORD, NEW) == {}
        assert "AccessToken" in tokens(pool, PASSWORD=NEW)
        assert mine(pool, "GetUser", result)["Username"] == "jane"

    def test_a_first_password_needs_no_old_one(self) -> None:
        """A user who signed up without a password sets one."""
        policies = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
        pool = FakePool(pool_options={"Policies": policies})
        email = attributes(email="joe@example.com")
        call(pool, "SignUp", Username="joe", UserAttributes=email)
        session = call(
            pool, "ConfirmSignUp", Username="joe", ConfirmationCode=pool.last_code("joe")
        )
        reply = initiate(pool, "USER_AUTH", username="joe", members={"Session": session["Session"]})
        mine(pool, "ChangePassword", reply["AuthenticationResult"], ProposedPassword=PASSWORD)

        assert "AccessToken" in tokens(pool, "joe")


def test_a_user_deletes_themselves(pool: FakePool) -> None:
    """DeleteUser takes the user, their codes and tokens; the name is free and gets another sub."""
    sub = attribute(pool, "sub")
    call(pool, "ForgotPassword", Username="jane")
    code = pool.last_code("jane")
    mine(pool, "DeleteUser", tokens(pool))
    pool.add_user("jane", PASSWORD)

    assert attribute(pool, "sub") != sub
    assert (
        refusal(
            call,
            pool,
            "ConfirmForgotPassword",
            Username="jane",
            ConfirmationCode=code,
            Password=NEW,
        )
        == NO_SUCH_CODE
    )


def test_a_token_of_an_unknown_client_opens_nothing(pool: FakePool) -> None:
    """A minted token for an app client that the pool lacks says so."""
    token = pool.mint.access_token("jane", claims={"client_id": "nobody"})

    assert refusal(mine, pool, "GetUser", {"AccessToken": token})[0] == "ResourceNotFoundException"
    assert admin(pool, "AdminGetUser", Username="jane")["Username"] == "jane"
