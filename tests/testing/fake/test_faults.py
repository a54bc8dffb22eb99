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
        ("SomethingNewException", ServiceError),
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
