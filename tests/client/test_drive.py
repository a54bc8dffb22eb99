"""Running a flow: repeating what may be repeated, and handing errors to the flow."""

import logging
from collections.abc import Mapping
from math import inf
from operator import methodcaller
from typing import Any

import anyio
import pytest

from cognitokit import AsyncCognitoClient, CognitoClient, Retry, SmsMfa, Tokens
from cognitokit.client.calls import Call, Flow, Reply
from cognitokit.client.drive import Driver
from cognitokit.client.failures import service_error, unnamed_error
from cognitokit.client.retry import RetryBudget
from cognitokit.errors import (
    CognitoKitError,
    ConcurrentModification,
    ConfigurationError,
    ConnectionFailed,
    InternalError,
    LimitExceeded,
    NotAuthorized,
    RequestTimeout,
    TooManyRequests,
    UnexpectedReply,
    UserNotFound,
    WrongClientSecret,
)
from cognitokit.testing import FakePool
from tests.client.scripted import CLIENT, NOW, POOL, SHELLS, AsyncScriptedTransport, Script, Shell

REFRESHED = {"AuthenticationResult": {"AccessToken": "a", "ExpiresIn": 60}}
USER = {"Username": "jane", "UserAttributes": []}
UNSENT = ConnectionFailed(sent=False)


def get_user(client: Any) -> Any:
    """Reads only."""
    return client.get_user("token")


def sign_in(client: Any) -> Any:
    """May send a code."""
    return client.sign_in("jane", "pass word")


def refresh(client: Any) -> Any:
    """May use the refresh token up."""
    return client.refresh("refresh")


@pytest.mark.parametrize("kind", SHELLS)
@pytest.mark.parametrize(
    ("use", "answer", "error", "sent"),
    [
        (get_user, USER, TooManyRequests(), 2),
        (get_user, USER, InternalError(), 2),
        (get_user, USER, RequestTimeout(), 2),
        (get_user, USER, ConnectionFailed(), 2),
        (get_user, USER, UnexpectedReply(), 1),
        (get_user, USER, LimitExceeded(), 1),
        (get_user, USER, NotAuthorized(), 1),
        (sign_in, REFRESHED, TooManyRequests(), 2),
        (sign_in, REFRESHED, ConcurrentModification(), 2),
        (sign_in, REFRESHED, InternalError(), 1),
        (sign_in, REFRESHED, unnamed_error("InitiateAuth", 504), 1),
        (sign_in, REFRESHED, unnamed_error("InitiateAuth", 429), 2),
        (get_user, USER, unnamed_error("GetUser", 504), 2),
        (lambda c: c.delete_user("token"), {}, unnamed_error("DeleteUser", 500), 1),
        (lambda c: c.delete_user("token"), {}, TooManyRequests(), 2),
        (
            lambda c: c.admin.create_group("staff"),
            {"Group": {"GroupName": "staff"}},
            InternalError(),
            1,
        ),
        (
            lambda c: c.admin.create_group("staff"),
            {"Group": {"GroupName": "staff"}},
            TooManyRequests(),
            2,
        ),
        (sign_in, REFRESHED, UNSENT, 2),
        (sign_in, REFRESHED, RequestTimeout(), 1),
        (sign_in, REFRESHED, ConnectionFailed(), 1),
        (refresh, REFRESHED, TooManyRequests(), 1),
        (refresh, REFRESHED, RequestTimeout(), 1),
        (lambda c: c.refresh_legacy("refresh"), REFRESHED, RequestTimeout(), 2),
        (
            lambda c: c.sign_up("jane"),
            {"UserConfirmed": True, "UserSub": "s"},
            TooManyRequests(),
            1,
        ),
        (lambda c: c.call("BrandNew"), {}, TooManyRequests(), 1),
    ],
)
def test_repeated_or_not(
    kind: str, use: Any, answer: Mapping[str, Any], error: CognitoKitError, sent: int
) -> None:
    """A failed call is sent again only where that is safe for this operation and this failure."""
    shell = Shell.of(kind, error, answer, checked=False, retry=Retry())

    if sent == 2:
        shell.run(use)
    else:
        with pytest.raises(type(error)):
            shell.run(use)

    assert sent == len(shell.sent)
    assert sent - 1 == len(shell.slept)


@pytest.mark.parametrize("kind", SHELLS)
def test_a_challenge_s_answer_is_sent_once(kind: str) -> None:
    """An answer is never repeated, whatever went wrong."""
    for error in (TooManyRequests(), InternalError(), RequestTimeout(), UNSENT):
        shell = Shell.of(kind, error, REFRESHED, retry=Retry())
        answer = SmsMfa(username="jane", client_id=CLIENT).answer("123456")

        with pytest.raises(type(error)):
            shell.run(methodcaller("respond", answer))

        assert len(shell.sent) == 1


@pytest.mark.parametrize("kind", SHELLS)
def test_rotation_with_a_grace_period(kind: str) -> None:
    """Where the app client gives a used refresh token some grace, a failed refresh is repeated."""
    shell = Shell.of(kind, RequestTimeout(), REFRESHED, retry=Retry(), rotation_grace=30)

    assert isinstance(shell.run(refresh), Tokens)
    assert len(shell.sent) == 2


def attempts(
    retry: Retry, call: Call, *, jitter: float = 1.0, times: list[float] | None = None
) -> Any:
    """The attempts of a call, with chance and time in hand."""
    clock = iter(times or [0.0] * 100)
    budget = RetryBudget(retry, random=lambda: jitter, monotonic=lambda: next(clock))
    return budget.begin(call)


def test_delays_double_up_to_the_longest() -> None:
    """The delay is a random part of a span that doubles from the first to the longest."""
    retry = Retry(attempts=6, first_delay=0.1, longest_delay=0.5)
    call = Call("GetUser", {})
    full, half = attempts(retry, call), attempts(retry, call, jitter=0.5)

    assert [0.1, 0.2, 0.4, 0.5, 0.5, None] == [
        full.delay_after(TooManyRequests()) for _ in range(6)
    ]
    assert [0.05, 0.1, 0.2] == [half.delay_after(TooManyRequests()) for _ in range(3)]


def test_the_grace_period_ends() -> None:
    """A call that may be repeated for a while is not when its next attempt would come too late."""
    retry = Retry(attempts=9, first_delay=1, longest_delay=1)
    call = Call("GetTokensFromRefreshToken", {}, repeat_within=10)

    assert attempts(retry, call, times=[0, 8.9]).delay_after(RequestTimeout()) == 1
    assert attempts(retry, call, times=[0, 9.0]).delay_after(RequestTimeout()) is None
    assert attempts(retry, Call("X", {}, inf), times=[0, 1e9]).delay_after(RequestTimeout()) == 1


def test_the_budget_runs_out_and_is_earned_again() -> None:
    """A client repeats no more than its reserve, and earns repetitions by calling."""
    budget = RetryBudget(Retry(reserve=2, earned=0.5), random=lambda: 0.0, monotonic=lambda: 0.0)
    call = Call("GetUser", {})

    def repeated() -> bool:
        return budget.begin(call).delay_after(TooManyRequests()) is not None

    assert [True, True, True, False, True, False] == [repeated() for _ in range(6)]


def test_what_is_not_repeated_costs_no_budget() -> None:
    """A call that must not be repeated leaves the reserve to those that may be."""
    budget = RetryBudget(Retry(reserve=1, earned=0), random=lambda: 0.0, monotonic=lambda: 0.0)
    refused = [
        budget.begin(Call(operation, {})).delay_after(error)
        for operation, error in (("SignUp", TooManyRequests()), ("DeleteUser", RequestTimeout()))
    ]

    assert [None, None] == refused
    assert budget.begin(Call("GetUser", {})).delay_after(RequestTimeout()) == 0
    assert budget.begin(Call("GetUser", {})).delay_after(RequestTimeout()) is None


@pytest.mark.parametrize(
    "options",
    [
        {"attempts": 0},
        {"first_delay": -1},
        {"longest_delay": -0.1},
        {"reserve": -1},
        {"earned": -1},
        {"attempts": "3"},
        {"attempts": 2.5},
        {"attempts": True},
        {"attempts": float("inf")},
        {"first_delay": float("nan")},
        {"longest_delay": None},
        {"reserve": "50"},
    ],
)
def test_retry_out_of_range(options: dict[str, Any]) -> None:
    """Values out of range or of another type are refused when they are given."""
    assert 1 == Retry(attempts=1, first_delay=0, longest_delay=0.5, reserve=0).attempts
    with pytest.raises(ConfigurationError, match="Retry"):
        Retry(**options)


@pytest.mark.parametrize("make", [CognitoClient, AsyncCognitoClient])
@pytest.mark.parametrize("retry", [5, 0, "3", {"attempts": 2}])
def test_what_is_no_retry(make: Any, retry: Any) -> None:
    """Whatever else is given as retry is refused when the client is made."""
    assert make(POOL, client_id=CLIENT, retry=Retry())
    with pytest.raises(ConfigurationError, match=r"^retry must be a Retry, for instance"):
        make(POOL, client_id=CLIENT, retry=retry)


def test_very_many_attempts() -> None:
    """The delay doubles until it is the longest, however many attempts there are."""
    retry = Retry(attempts=3000, first_delay=0.1, longest_delay=2, reserve=5000)
    attempts = RetryBudget(retry, random=lambda: 1.0, monotonic=lambda: 0.0).begin(
        Call("GetUser", {})
    )

    delays = [attempts.delay_after(RequestTimeout()) for _ in range(3000)]

    assert [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0] == delays[:7]
    assert [2.0, None] == delays[-2:]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_waiting_on_either_event_loop(backend: str) -> None:
    """Without a sleep of the caller's, the async client waits as its event loop does."""
    script = Script([TooManyRequests(), USER])
    client = AsyncCognitoClient(
        POOL,
        client_id=CLIENT,
        transport=AsyncScriptedTransport(script),
        retry=Retry(first_delay=0.001),
    )

    user = anyio.run(client.get_user, "token", backend=backend)

    assert user.username == "jane"
    assert len(script.calls) == 2


def page(name: str, token: str | None = None) -> dict[str, Any]:
    """A page of one user, and the token of the next."""
    users = {"Users": [{"Username": name}]}
    return users if token is None else {**users, "PaginationToken": token}


@pytest.mark.parametrize("kind", SHELLS)
@pytest.mark.parametrize("tokens", ["aa", "aba", "abcb"])
def test_pages_without_end(kind: str, tokens: str) -> None:
    """A list that gives a pagination token a second time is refused rather than read for ever."""
    shell = Shell.of(kind, *(page("jane", token) for token in tokens))

    with pytest.raises(UnexpectedReply, match="pagination token"):
        shell.run(lambda client: client.admin.list_users())
    assert len(shell.sent) == len(tokens)


def test_a_page_that_cannot_be_had() -> None:
    """An iterator that has raised asks for the same page again: it never ends as if the list were over."""
    answers: list[Any] = [
        page("a", "1"),
        RequestTimeout(),
        page("b", "2"),
        RequestTimeout(),
        page("c"),
    ]
    shell = Shell.of("threads", *answers)
    users = shell.run(lambda client: [client.admin.list_users()])[0]
    seen = []

    for _ in range(5):
        try:
            seen.append(next(users).username)
        except RequestTimeout:
            seen.append("-")

    assert ["a", "-", "b", "-", "c"] == seen
    assert [None, "1", "1", "2", "2"] == [sent.get("PaginationToken") for _, sent in shell.sent]
    assert [] == list(users) == list(users)
    assert iter(users) is users


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_page_that_cannot_be_had_awaited(backend: str) -> None:
    """The same for the async client."""
    script = Script([page("a", "1"), RequestTimeout(), page("b")])

    async def run() -> list[str]:
        users = AsyncCognitoClient(
            POOL,
            client_id=CLIENT,
            transport=AsyncScriptedTransport(script),
            retry=Retry(attempts=1),
        ).admin.list_users()
        first = await anext(users)
        with pytest.raises(RequestTimeout):
            await anext(users)
        return [first.username, *[user.username async for user in users]]

    assert ["a", "b"] == anyio.run(run, backend=backend)
    assert [None, "1", "1"] == [call.params.get("PaginationToken") for call in script.calls]


def test_pages_are_fetched_as_they_are_used() -> None:
    """The first item costs one call."""
    first = {"Users": [{"Username": "jane"}], "PaginationToken": "p"}
    shell = Shell.of("threads", first)

    user = shell.run(lambda client: next(client.admin.list_users()))

    assert user.username == "jane"
    assert len(shell.sent) == 1


class Scripted:
    """A transport that raises or returns what it is given."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def send(self, call: Call) -> Mapping[str, Any]:
        """See Transport.send."""
        answer: Mapping[str, Any] | BaseException = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


def driver(*answers: Any) -> Driver:
    """A driver over a script."""
    return Driver(
        Scripted(*answers),
        budget=RetryBudget(Retry(attempts=1)),
        clock=lambda: NOW,
        sleep=lambda seconds: None,
    )


def test_a_flow_may_handle_an_error_and_go_on() -> None:
    """A failed call is thrown in where the flow waits; the flow may make another call."""

    def flow() -> Flow[tuple[Any, float]]:
        try:
            yield Call("AdminGetUser", {})
        except UserNotFound:
            reply = yield Call("AdminCreateUser", {})
            return reply.body, reply.received_at
        raise AssertionError

    assert ({"made": True}, NOW) == driver(UserNotFound(), {"made": True}).run(flow())


def test_an_error_leaves_its_past_behind() -> None:
    """What a flow raises has no cause, no context and no frame of the flow or the transport."""

    def flow() -> Flow[None]:
        try:
            yield Call("GetUser", {})
        except NotAuthorized as error:
            raise InternalError from error

    with pytest.raises(InternalError) as raised:
        driver(NotAuthorized()).run(flow())

    names = [frame.name for frame in raised.traceback]
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    assert names[1:] == ["run", "result"]


def test_errors_know_their_operation() -> None:
    """An error that a flow raises about a reply names the operation that the reply was for."""

    def flow() -> Flow[None]:
        yield Call("GetUser", {})
        raise UnexpectedReply

    with pytest.raises(UnexpectedReply) as raised:
        driver({}).run(flow())
    assert raised.value.operation == "GetUser"


def test_a_foreign_exception_closes_the_flow() -> None:
    """What is none of our errors passes through, and the flow is closed."""
    closed = []

    def flow() -> Flow[None]:
        try:
            yield Call("GetUser", {})
        finally:
            closed.append(True)

    with pytest.raises(KeyboardInterrupt):
        driver(KeyboardInterrupt()).run(flow())
    assert [True] == closed


def test_repeating_is_logged_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    """A repetition is logged with the operation and the error's name, and nothing of the request."""
    caplog.set_level(logging.DEBUG, logger="cognitokit.client")
    shell = Shell.of("threads", TooManyRequests("s3cret"), USER, retry=Retry())

    shell.run(lambda client: client.get_user("s3cret"))

    assert "GetUser failed (TooManyRequests)" in caplog.text
    assert "s3cret" not in caplog.text


def test_reprs_hide_what_travels() -> None:
    """A call shows its operation, a reply its time."""
    assert "Call('SignUp')" == repr(Call("SignUp", {"Password": "s3cret"}))
    assert "Reply(received_at=5.0)" == repr(Reply({"Session": "s3cret"}, 5.0))


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("TooManyRequestsException", 400, "TooManyRequests"),
        ("BrandNewException", 400, "ServiceError"),
        ("BrandNewException", 429, "TooManyRequests"),
        ("BrandNewException", 503, "ServiceFault"),
    ],
)
def test_unknown_codes_by_status(code: str, status: int, kind: str) -> None:
    """An unknown code keeps its name and gets its class from the HTTP status."""
    error = service_error(Call("GetUser", {}), code=code, status=status, request_id="r-1")

    assert kind == type(error).__name__
    assert (code, "r-1") == (error.code, error.request_id)


@pytest.mark.parametrize(
    ("code", "message", "flow", "kind"),
    [
        (
            "NotAuthorizedException",
            "Client x is configured with secret but SECRET_HASH was not received",
            "USER_PASSWORD_AUTH",
            "WrongClientSecret",
        ),
        (
            "NotAuthorizedException",
            "Client x is configured with secret but SECRET_HASH was not received",
            "REFRESH_TOKEN_AUTH",
            "WrongClientSecret",
        ),
        (
            "NotAuthorizedException",
            "Unable to verify secret hash for client x",
            "USER_PASSWORD_AUTH",
            "WrongClientSecret",
        ),
        (
            "NotAuthorizedException",
            "Unable to verify secret for client x",
            None,
            "WrongClientSecret",
        ),
        (
            "UnauthorizedException",
            "Unable to verify secret for client x",
            None,
            "WrongClientSecret",
        ),
        (
            "InvalidParameterException",
            "App client x is not configured for secret but secret hash was received",
            None,
            "WrongClientSecret",
        ),
        (
            "NotAuthorizedException",
            "Unable to verify secret hash for client x",
            "REFRESH_TOKEN_AUTH",
            "NotAuthorized",
        ),
        (
            "NotAuthorizedException",
            "Incorrect username or password.",
            "USER_PASSWORD_AUTH",
            "NotAuthorized",
        ),
        (
            "InvalidParameterException",
            "Value at 'secretHash' failed to satisfy constraint",
            None,
            "InvalidParameter",
        ),
        (
            "UserLambdaValidationException",
            "Unable to verify secret hash",
            None,
            "UserLambdaValidation",
        ),
    ],
)
def test_a_wrong_client_secret(code: str, message: str, flow: str | None, kind: str) -> None:
    """Words about the app client's secret are its own error; a legacy refresh may have a wrong name instead."""
    call = Call("InitiateAuth", {} if flow is None else {"AuthFlow": flow})
    error = service_error(call, code=code, message=message)

    assert kind == type(error).__name__
    assert (code, message) == (error.code, error.message)


@pytest.mark.parametrize("prevent", [True, False])
@pytest.mark.parametrize(
    ("with_secret", "given", "says"),
    [
        (True, None, "SECRET_HASH was not received"),
        (True, "wrong" * 8, "Unable to verify secret hash"),
        (False, "uncalled" * 4, "Unable to verify secret hash"),
    ],
)
def test_a_wrong_client_secret_is_no_wrong_password(
    prevent: bool, with_secret: bool, given: str | None, says: str
) -> None:
    """A client without its secret says so, also where user existence errors are prevented."""
    pool = FakePool(secret=with_secret)
    pool.add_user("jane", "Passw0rd!")
    right = pool.client()
    wrong = CognitoClient(
        pool.pool,
        client_id=pool.client_id,
        client_secret=given,
        transport=pool.transport,
        prevent_user_existence_errors=prevent,
    )

    assert isinstance(right.sign_in("jane", "Passw0rd!"), Tokens)
    with pytest.raises(WrongClientSecret, match=f"{says}.*COGNITO_CLIENT_SECRET"):
        wrong.sign_in("jane", "Passw0rd!")
