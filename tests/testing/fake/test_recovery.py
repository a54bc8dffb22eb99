"""A forgotten password, and one that an administrator resets."""

from __future__ import annotations

from typing import Any

import pytest

from cognitokit.testing import FakePool
from tests.testing.fake.calls import (
    NO_SUCH_CODE,
    PASSWORD,
    WRONG_CODE,
    admin,
    attributes,
    call,
    initiate,
    refusal,
    status,
    tokens,
)

NEW = "N3w-Passw0rd"
NOWHERE = (
    "InvalidParameterException",
    "Cannot reset password for the user as there is no registered/verified email or phone_number",
)


def forgot(pool: FakePool, username: str = "jane") -> Any:
    """ForgotPassword."""
    return call(pool, "ForgotPassword", Username=username)["CodeDeliveryDetails"]


def confirm(pool: FakePool, code: str, password: str = NEW, username: str = "jane") -> Any:
    """ConfirmForgotPassword."""
    return call(
        pool, "ConfirmForgotPassword", Username=username, ConfirmationCode=code, Password=password
    )


def test_a_code_sets_a_new_password(pool: FakePool) -> None:
    """The code that went by mail sets the new password; the old one is gone, and so is the code."""
    delivery = forgot(pool)
    code = pool.last_code("jane")
    assert refusal(confirm, pool, "000000") == WRONG_CODE
    confirm(pool, code)

    assert delivery["Destination"] == "j***@e***"
    assert "AccessToken" in tokens(pool, PASSWORD=NEW)
    assert refusal(initiate, pool)[0] == "NotAuthorizedException"
    assert refusal(confirm, pool, code) == NO_SUCH_CODE


def test_a_weak_password_does_not_cost_the_code(pool: FakePool) -> None:
    """After a password that the policy refuses, the same code still works."""
    forgot(pool)
    code = pool.last_code("jane")

    assert refusal(confirm, pool, code, "weak")[0] == "InvalidPasswordException"
    assert confirm(pool, code) == {}


def test_a_recovery_code_lives_an_hour(pool: FakePool) -> None:
    """One second before the hour is over the code works, then no more."""
    forgot(pool)
    code = pool.last_code("jane")
    pool.advance(3599)
    assert refusal(confirm, pool, code, "weak")[0] == "InvalidPasswordException"
    pool.advance(1)

    assert refusal(confirm, pool, code) == NO_SUCH_CODE


def test_without_a_verified_address_there_is_no_way_back(pool: FakePool) -> None:
    """An unverified address gets no recovery code."""
    pool.add_user("ann", PASSWORD, attributes={})

    assert refusal(forgot, pool, "ann") == NOWHERE


def test_an_unknown_user_is_hidden_or_named(pool: FakePool) -> None:
    """A hiding client pretends to send a code and calls any code expired; a legacy one says UserNotFound."""
    legacy = FakePool(client_options={"PreventUserExistenceErrors": "LEGACY"})

    assert forgot(pool, "nobody@example.com")["Destination"] == "n***@e***"
    assert refusal(confirm, pool, "123456", username="nobody") == NO_SUCH_CODE
    assert refusal(forgot, legacy)[0] == "UserNotFoundException"
    assert pool.outbox == []


def test_a_disabled_user_recovers_nothing(pool: FakePool) -> None:
    """Neither asking for a code nor using one works while the user is disabled."""
    forgot(pool)
    admin(pool, "AdminDisableUser", Username="jane")
    disabled = ("NotAuthorizedException", "User is disabled.")

    assert refusal(forgot, pool) == disabled
    assert refusal(confirm, pool, pool.last_code("jane")) == disabled


def test_a_temporary_password_is_not_forgotten(pool: FakePool) -> None:
    """A user who never chose a password cannot reset it."""
    pool.add_user("new", PASSWORD, temporary=True)

    assert refusal(forgot, pool, "new") == (
        "NotAuthorizedException",
        "User password cannot be reset in the current state.",
    )


BOTH = {
    "email": "joe@example.com",
    "phone_number": "+15550100",
    "email_verified": "true",
    "phone_number_verified": "true",
}


@pytest.mark.parametrize(
    "setting,medium",
    [
        (None, "SMS"),
        (
            [
                {"Priority": 2, "Name": "verified_phone_number"},
                {"Priority": 1, "Name": "verified_email"},
            ],
            "EMAIL",
        ),
        ([{"Priority": 1, "Name": "verified_phone_number"}], "SMS"),
    ],
)
def test_the_pool_says_where_the_code_goes(setting: Any, medium: str) -> None:
    """AccountRecoverySetting's first mechanism that the user has; without one the phone comes first."""
    options = {"AccountRecoverySetting": {"RecoveryMechanisms": setting}} if setting else {}
    pool = FakePool(pool_options=options)
    pool.add_user("joe", PASSWORD, attributes=BOTH)

    assert forgot(pool, "joe")["DeliveryMedium"] == medium


def test_recovery_may_be_the_administrators() -> None:
    """With admin_only nobody gets a code."""
    mechanisms = [{"Priority": 1, "Name": "admin_only"}]
    pool = FakePool(pool_options={"AccountRecoverySetting": {"RecoveryMechanisms": mechanisms}})
    pool.add_user("jane", PASSWORD)

    assert refusal(forgot, pool) == (
        "NotAuthorizedException",
        "Contact administrator to reset password.",
    )


def test_the_second_factor_is_no_way_back() -> None:
    """What serves as second factor does not serve for recovery."""
    pool = FakePool(pool_options={"SmsMfaConfiguration": {}})
    pool.add_user("joe", PASSWORD, attributes=BOTH)
    admin(pool, "AdminSetUserMFAPreference", Username="joe", SMSMfaSettings={"Enabled": True})

    assert forgot(pool, "joe")["DeliveryMedium"] == "EMAIL"


def test_an_administrator_resets(pool: FakePool) -> None:
    """After AdminResetUserPassword no password signs in until the code that was sent sets one."""
    admin(pool, "AdminResetUserPassword", Username="jane")
    assert status(pool) == "RESET_REQUIRED"
    assert refusal(initiate, pool) == (
        "PasswordResetRequiredException",
        "Password reset required for the user",
    )
    confirm(pool, pool.last_code("jane"))

    assert status(pool) == "CONFIRMED"
    assert "AccessToken" in tokens(pool, PASSWORD=NEW)


def test_an_administrator_sets(pool: FakePool) -> None:
    """A permanent password signs in at once, a temporary one asks for another."""
    admin(pool, "AdminSetUserPassword", Username="jane", Password=NEW, Permanent=True)
    assert "AccessToken" in tokens(pool, PASSWORD=NEW)
    admin(pool, "AdminSetUserPassword", Username="jane", Password=PASSWORD)

    assert initiate(pool)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_old_passwords_are_refused_where_the_pool_remembers_them() -> None:
    """PasswordHistorySize counts the current password and those before it."""
    pool = FakePool(pool_options={"Policies": {"PasswordPolicy": {"PasswordHistorySize": 2}}})
    admin(
        pool,
        "AdminCreateUser",
        Username="jane",
        TemporaryPassword="pa55-0-x",
        MessageAction="SUPPRESS",
        UserAttributes=attributes(email="jane@example.com"),
    )
    for password in ("pa55-1-x", "pa55-2-x"):
        admin(pool, "AdminSetUserPassword", Username="jane", Password=password, Permanent=True)

    assert refusal(
        admin, pool, "AdminSetUserPassword", Username="jane", Password="pa55-1-x", Permanent=True
    ) == ("PasswordHistoryPolicyViolationException", "Password has previously been used")
    assert (
        admin(pool, "AdminSetUserPassword", Username="jane", Password="pa55-0-x", Permanent=True)
        == {}
    )
