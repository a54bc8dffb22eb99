"""Throttling, outages and replies on demand."""

from __future__ import annotations

import pytest

from cognitokit.errors import (
    ConfigurationError,
    ConnectionFailed,
    InternalError,
    NotAuthorized,
    RequestTimeout,
    ServiceError,
    TooManyRequests,
)
from cognitokit.testing import FakePool, ServiceModelMismatch
from cognitokit.testing.fake import service_model
from tests.testing.fake.calls import admin, initiate, status, tokens


def test_the_next_calls_of_an_operation_fail(pool: FakePool) -> None:
    """As many as asked for, of that operation only, with operation and request id; then it works again."""
    pool.fail_next("InitiateAuth", "InternalErrorException", times=2)
    assert status(pool) == "CONFIRMED"
    for _ in range(2):
        with pytest.raises(InternalError) as caught:
            initiate(pool)
        assert (caught.value.operation, caught.value.retryable) == ("InitiateAuth", True)
        assert caught.value.request_id

    assert "AccessToken" in tokens(pool)


@pytest.mark.parametrize(
    "error,expected",
    [
        ("TooManyRequestsException", TooManyRequests),
        ("ThrottlingException", ServiceError),
        (ServiceError("new", code="SomethingNewException"), ServiceError),
        (NotAuthorized, NotAuthorized),
        (NotAuthorized("no"), NotAuthorized),
        (RequestTimeout, RequestTimeout),
        (RequestTimeout(operation="InitiateAuth"), RequestTimeout),
    ],
)
def test_errors_are_given_as_code_class_or_instance(
    pool: FakePool,
    error: str | ServiceError | RequestTimeout | type[ServiceError | RequestTimeout],
    expected: type[Exception],
) -> None:
    """Each way gives the error that a transport would raise."""
    pool.fail_next("InitiateAuth", error)

    with pytest.raises(expected):
        initiate(pool)


@pytest.mark.parametrize("error", [ValueError, ValueError("x"), 7])
def test_other_errors_are_refused(pool: FakePool, error: object) -> None:
    """What no transport would raise is a mistake in the test, and so is no time at all."""
    with pytest.raises(ConfigurationError, match=r"cognitokit\.errors"):
        pool.fail_next("InitiateAuth", error)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="at least 1"):
        pool.fail_next("InitiateAuth", "NotAuthorizedException", times=0)


@pytest.mark.parametrize(
    "operation, code, message",
    [
        (
            "InitiatAuth",
            "InternalErrorException",
            "'InitiatAuth' is not an operation of the user pools API. Did you mean 'InitiateAuth'?",
        ),
        (
            "InitiateAuth",
            "InternalErorException",
            "InitiateAuth has no error 'InternalErorException'. Did you mean 'InternalErrorException'?",
        ),
        ("InitiateAuth", "CodeMismatchException", "InitiateAuth has no error"),
        (None, "NotAuthorised", "Cognito has no error 'NotAuthorised'. "),
        ("InitiateAuth", "zzz", "InitiateAuth has no error 'zzz'. For one all the same, give"),
    ],
)
def test_what_cannot_happen_is_refused(
    pool: FakePool, operation: str | None, code: str, message: str
) -> None:
    """An operation that there is not, and a code that it has not, would make a test that tests nothing."""
    with pytest.raises(ConfigurationError) as caught:
        pool.fail_next(operation, code)

    assert message in str(caught.value)
    assert "AccessToken" in tokens(pool)


@pytest.mark.parametrize(
    "operation, code, members",
    [
        (
            "ConfirmSignUp",
            "CodeMismatchException",
            {"ClientId": "c", "Username": "joe", "ConfirmationCode": "1"},
        ),
        (None, "CodeMismatchException", {"UserPoolId": "eu-west-1_FakePool1"}),
        (
            "AdminCreateUser",
            "AliasExistsException",
            {"UserPoolId": "eu-west-1_FakePool1", "Username": "joe"},
        ),
        ("InitiateAuth", "ServiceUnavailable", {"ClientId": "c", "AuthFlow": "USER_AUTH"}),
        ("DescribeUserPool", "AccessDeniedException", {"UserPoolId": "eu-west-1_FakePool1"}),
    ],
)
def test_what_can_happen_is_taken(
    pool: FakePool, operation: str | None, code: str, members: dict[str, str]
) -> None:
    """An operation's own errors, those that AWS gives to any, and operations that the fake leaves out."""
    pool.fail_next(operation, code)

    with pytest.raises(ServiceError) as caught:
        pool.handle(operation or "ListUsers", members)
    assert caught.value.code == code


def test_operations_that_boto3_does_not_know_may_fail_in_any_way(
    pool: FakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is newer than the installed boto3 is taken with any of Cognito's codes."""
    monkeypatch.setattr(service_model, "knows", lambda operation: operation != "SignUp")
    service_model.error_codes.cache_clear()
    pool.fail_next("SignUp", "ScopeDoesNotExistException")
    service_model.error_codes.cache_clear()

    with pytest.raises(ServiceError, match="ScopeDoesNotExistException from SignUp"):
        pool.handle("SignUp", {})


def test_a_reply_of_no_operation_is_refused(pool: FakePool) -> None:
    """A reply for an operation that there is not would never be given."""
    with pytest.raises(ConfigurationError, match="Did you mean 'SignUp'"):
        pool.reply_next("SignUpp", {})


def test_throttling_may_hit_any_operation(pool: FakePool) -> None:
    """Without an operation the next call is throttled, whatever it is."""
    pool.throttle()

    with pytest.raises(TooManyRequests):
        status(pool)
    assert status(pool) == "CONFIRMED"


def test_a_reply_may_get_lost(pool: FakePool) -> None:
    """With after_effect the operation is done and its reply never arrives."""
    pool.fail_next("AdminDisableUser", RequestTimeout, after_effect=True)

    with pytest.raises(RequestTimeout):
        admin(pool, "AdminDisableUser", Username="jane")
    assert admin(pool, "AdminGetUser", Username="jane")["Enabled"] is False


def test_a_lost_refusal_is_lost_all_the_same(pool: FakePool) -> None:
    """What was refused does not show when the reply is lost."""
    pool.fail_next("AdminGetUser", ConnectionFailed, after_effect=True)

    with pytest.raises(ConnectionFailed):
        admin(pool, "AdminGetUser", Username="nobody")


def test_an_outage_stops_everything_while_it_lasts(pool: FakePool) -> None:
    """Within the block no call gets through, after it they do, also when the block fails."""

    def broken_block() -> None:
        with pool.outage():
            with pytest.raises(ConnectionFailed):
                status(pool)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken_block()
    assert status(pool) == "CONFIRMED"


def test_requests_are_checked_all_the_same(pool: FakePool) -> None:
    """A request that boto3 would not send is refused even where a fault or a reply waits."""
    pool.throttle("SignUp")
    pool.reply_next("SignUp", {"UserConfirmed": True, "UserSub": "x"})

    for _ in range(2):
        with pytest.raises(ServiceModelMismatch, match="Username is required"):
            pool.handle("SignUp", {"ClientId": pool.client_id})


def test_a_reply_may_stand_for_an_operation_that_is_left_out(pool: FakePool) -> None:
    """What the fake does not do can still be answered."""
    pool.reply_next("DescribeUserPool", {"UserPool": {"Name": "mine"}})

    assert admin(pool, "DescribeUserPool") == {"UserPool": {"Name": "mine"}}


def test_a_reply_may_be_given(pool: FakePool) -> None:
    """A reply that the fake cannot bring about is given once, new enum values included, if its form is right."""
    reply = {"ChallengeName": "BIOMETRY", "Session": "s" * 30, "ChallengeParameters": {}}
    pool.reply_next("InitiateAuth", reply)
    given = initiate(pool)
    pool.reply_next("InitiateAuth", {"Challenge": "BIOMETRY"})

    assert given == reply
    with pytest.raises(ServiceModelMismatch, match="InitiateAuth's reply: Challenge is unknown"):
        initiate(pool)
    assert "AccessToken" in tokens(pool)
