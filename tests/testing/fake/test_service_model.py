"""Requests and replies against the service model of the botocore that is installed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.validate import ParamValidator

from cognitokit.client.operations import PUBLIC_OPERATIONS, SIGNED_OPERATIONS
from cognitokit.errors import InvalidParameter
from cognitokit.testing import FakePool, NotInFakePool, ServiceModelMismatch
from cognitokit.testing.fake import service_model
from cognitokit.testing.fake.operations import OPERATIONS
from tests.testing.fake.calls import admin, call, refusal


@pytest.mark.parametrize(
    "operation,params,text",
    [
        ("SignUp", {"Username": "joe"}, "ClientId is required"),
        ("SignUp", {"ClientId": "c", "Username": "joe", "Pasword": "x"}, "Pasword is unknown"),
        ("SignUp", {"ClientId": "c", "Username": 7}, "Username must be a string, not int"),
        (
            "SignUp",
            {"ClientId": "c", "Username": "j", "UserAttributes": {}},
            "UserAttributes must be a list",
        ),
        (
            "SignUp",
            {"ClientId": "c", "Username": "j", "UserAttributes": [{"Value": "x"}]},
            r"UserAttributes\[0\]\.Name is required",
        ),
        (
            "InitiateAuth",
            {"ClientId": "c", "AuthFlow": "CUSTOM_AUTH", "AuthParameters": {"USERNAME": 1}},
            r"AuthParameters\.USERNAME must be a string",
        ),
        (
            "ListUsers",
            {"UserPoolId": "eu-west-1_a", "Limit": True},
            "Limit must be a integer, not bool",
        ),
        (
            "AdminSetUserPassword",
            {"UserPoolId": "eu-west-1_a", "Username": "j", "Password": "p", "Permanent": 1},
            "Permanent must be a boolean, not int",
        ),
    ],
)
def test_what_boto3_would_not_send_is_refused(
    operation: str, params: dict[str, Any], text: str
) -> None:
    """Missing and unknown members and wrong types are named; boto3 refuses the same requests but for bools."""
    shape: Any = service_model.service_model().operation_model(operation).input_shape
    by_boto3 = ParamValidator().validate(params, shape).has_errors()

    with pytest.raises(ServiceModelMismatch, match=text):
        FakePool().handle(operation, params)
    assert by_boto3 or "bool" in text


@pytest.mark.parametrize(
    "operation,params,text",
    [
        (
            "InitiateAuth",
            {"AuthFlow": "NO_SUCH_FLOW"},
            "1 validation error detected: Value at 'authFlow' failed to satisfy constraint: Member must satisfy enum",
        ),
        (
            "SignUp",
            {"Username": "white space", "Password": "x" * 257},
            r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+; Value at 'password' failed to satisfy constraint: Member must have length less",
        ),
        ("SignUp", {"Username": ""}, "Member must have length greater than or equal to 1"),
        (
            "SignUp",
            {"Username": "joe", "UserAttributes": [{"Name": "name", "Value": "x" * 2049}]},
            "Value at 'userAttributes.1.member.value' failed to satisfy constraint",
        ),
        ("ConfirmSignUp", {"Username": "joe", "ConfirmationCode": "12 34"}, r"pattern: [\S]+"),
    ],
)
def test_values_outside_their_constraints_are_invalid_parameters(
    pool: FakePool, operation: str, params: dict[str, Any], text: str
) -> None:
    """Enums, lengths, ranges and patterns are Cognito's own to refuse, without quoting the value."""
    code, message = refusal(call, pool, operation, **params)

    assert code == "InvalidParameterException"
    assert text in message
    assert "white space" not in message


def test_half_a_character_is_no_text(pool: FakePool) -> None:
    """A lone surrogate is refused wherever it stands and without quoting it; the whole character is taken."""
    half, whole = "Passw0rd!\ud83d", "Passw0rd!\U0001f600"
    call(pool, "SignUp", Username="joe", Password=whole)
    pool.add_user("ann", whole)
    tried = [
        refusal(call, pool, "SignUp", Username="jim", Password=half),
        refusal(
            call,
            pool,
            "InitiateAuth",
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "ann", "PASSWORD": half},
        ),
    ]

    assert {"InvalidParameterException"} == {code for code, _ in tried}
    assert all("without lone surrogates" in message for _, message in tried)
    assert "Passw0rd" not in str(tried)
    with pytest.raises(InvalidParameter, match="lone surrogates"):
        pool.add_user("tim", half)
    assert "Bearer" == pool.client().sign_in("ann", whole).require_tokens().token_type


def test_numbers_have_a_range(pool: FakePool) -> None:
    """A limit above the largest is refused, at the largest taken."""
    assert refusal(admin, pool, "ListUsers", Limit=61)[1].endswith(
        "Member must have value less than or equal to 60"
    )
    assert len(admin(pool, "ListUsers", Limit=60)["Users"]) == 1


def test_names_may_be_in_any_script(pool: FakePool) -> None:
    """Letters, marks and symbols of any script are a username; control characters are not."""
    for name in ("jürgen", "ひな", "a\u0301", "€"):
        call(pool, "SignUp", Username=name, Password="Passw0rd!")

    assert (
        refusal(call, pool, "SignUp", Username="a\x07", Password="Passw0rd!")[0]
        == "InvalidParameterException"
    )


@pytest.mark.parametrize(
    "reply",
    [
        {"UserConfirmed": False},
        {"UserConfirmed": "no", "UserSub": "x"},
        {"UserConfirmed": False, "UserSub": "x", "Nickname": "x"},
        {"UserConfirmed": False, "UserSub": "x", "Session": "short"},
    ],
)
def test_replies_are_held_against_the_model_too(reply: dict[str, Any]) -> None:
    """A reply that lacks, adds or mistypes a member is a fault of the fake's, named before anyone sees it."""
    good = {"UserConfirmed": False, "UserSub": "x"}

    with pytest.raises(ServiceModelMismatch, match="SignUp's reply"):
        service_model.check_reply("SignUp", reply)
    service_model.check_reply("SignUp", good)


def test_errors_are_the_operations_own(pool: FakePool) -> None:
    """An error that an operation does not have is a fault of the fake's; some have no UserNotFound and say other."""
    with pytest.raises(ServiceModelMismatch, match="RevokeToken has no NotAuthorizedException"):
        service_model.check_error("RevokeToken", "NotAuthorizedException")
    service_model.check_error("GetUser", "NotAuthorizedException")

    assert refusal(admin, pool, "AdminGetUser", Username="nobody")[0] == "UserNotFoundException"
    assert refusal(admin, pool, "AdminListDevices", Username="nobody")[0] == (
        "ResourceNotFoundException"
    )


def test_an_operation_without_response_members_has_none() -> None:
    """Where the model has no output at all, a reply with members does not fit."""
    with pytest.raises(ServiceModelMismatch, match="it has no Group"):
        service_model.check_reply("DeleteGroup", {"Group": {}})
    service_model.check_reply("DeleteGroup", {})


def test_times_are_datetimes() -> None:
    """A timestamp in a reply is a datetime, as botocore gives it."""
    service_model.check_reply("GetGroup", {"Group": {"CreationDate": datetime.now(UTC)}})
    with pytest.raises(
        ServiceModelMismatch, match=r"Group\.CreationDate must be a timestamp, not int"
    ):
        service_model.check_reply("GetGroup", {"Group": {"CreationDate": 1}})


def test_newer_operations_than_botocores_are_not_checked(
    monkeypatch: pytest.MonkeyPatch, pool: FakePool
) -> None:
    """An operation that the installed model lacks works all the same."""
    monkeypatch.setattr(service_model, "knows", lambda operation: False)

    assert admin(pool, "AdminGetUser", Username="jane")["Username"] == "jane"


class TestLeftOut:
    def test_every_operation_is_done_or_names_what_to_use(self) -> None:
        """Of all operations of the API, each is done or raises an error with advice; nothing else is."""
        pool = FakePool()
        for name in sorted((PUBLIC_OPERATIONS | SIGNED_OPERATIONS) - set(OPERATIONS)):
            with pytest.raises(NotInFakePool) as caught:
                pool.handle(name, {})
            assert caught.value.what == name
            assert caught.value.instead.endswith(".")

        assert set(OPERATIONS) <= PUBLIC_OPERATIONS | SIGNED_OPERATIONS

    @pytest.mark.parametrize(
        "operation,advice",
        [
            ("CreateUserPool", "pool_options"),
            ("UpdateUserPoolClient", "add_app_client"),
            ("CreateIdentityProvider", "LocalPool"),
            ("GetClientToken", "machine_token"),
            ("SetUserSettings", "SetUserMFAPreference"),
            ("StartUserImportJob", "add_user"),
            ("TagResource", "real user pool"),
        ],
    )
    def test_the_advice_fits(self, operation: str, advice: str) -> None:
        """What to use instead depends on what was asked."""
        with pytest.raises(NotInFakePool, match=advice):
            FakePool().handle(operation, {})

    def test_what_cognito_lacks_is_a_mistake(self) -> None:
        """A name that is no operation is said to be none."""
        with pytest.raises(ServiceModelMismatch, match="'SignIn' is not an operation"):
            FakePool().handle("SignIn", {})
