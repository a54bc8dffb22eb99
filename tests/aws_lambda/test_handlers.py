"""@require_cognito: which events of which gateway reach the handler, and what the others are answered."""

from __future__ import annotations

import copy
import functools
import json
import logging
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest

from cognitokit import AccessToken, CognitoVerifier, ConfigurationError, Permissions, errors
from cognitokit.aws_lambda import current_id_token, current_token, require_cognito
from cognitokit.testing import (
    LambdaClient,
    TokenMint,
    alb_event,
    assert_rejects_bad_tokens,
    http_api_event,
    rest_event,
    websocket_event,
)
from tests.frameworks.verifiers import NoKeys

Event = dict[str, Any]
Verifier = CognitoVerifier[AccessToken]

alb_multi_event = functools.partial(alb_event, multi_value_headers=True)


def connect_event(method: str = "GET", path: str = "/", **options: Any) -> Event:
    """The event of a WebSocket handshake, made as those of requests are."""
    return websocket_event("$connect", **options)


def plain(event: Event, context: object) -> Event:
    """A handler that tells who is there."""
    return {"statusCode": 200, "body": current_token.username if bool(current_token) else "nobody"}


REQUESTS = [
    pytest.param(rest_event, id="rest"),
    pytest.param(http_api_event, id="http"),
    pytest.param(connect_event, id="websocket"),
    pytest.param(alb_event, id="alb"),
    pytest.param(alb_multi_event, id="alb-multi"),
]
EVERY_HEADER_LINE = [
    pytest.param(rest_event, id="rest"),
    pytest.param(http_api_event, id="http"),
    pytest.param(alb_multi_event, id="alb-multi"),
]


def reason_of(response: Event) -> str:
    """The error code in a response's body."""
    error: str = json.loads(response["body"])["error"]
    return error


@pytest.mark.parametrize("make_event", REQUESTS)
def test_a_good_token_reaches_the_handler(
    make_event: Callable[..., Event], mint: TokenMint, verifier: Verifier
) -> None:
    """Whatever the gateway, the handler runs with the token at hand, and without one it does not."""
    handler = require_cognito(verifier)(plain)

    assert {"statusCode": 200, "body": "jane"} == handler(
        make_event(token=mint.access_token("jane")), None
    )
    assert 401 == handler(make_event(), None)["statusCode"]


@pytest.mark.parametrize("make_event", EVERY_HEADER_LINE)
def test_bad_tokens_are_refused(
    make_event: Callable[..., Event], mint: TokenMint, verifier: Verifier
) -> None:
    """The whole attack set is refused, two Authorization headers included."""
    handler = require_cognito(verifier, groups=["admin"], scopes=["tasks/read"])(plain)

    assert_rejects_bad_tokens(
        LambdaClient(handler, make_event),
        "/tasks",
        mint=mint,
        groups=["admin"],
        scopes=["tasks/read"],
    )


def test_a_load_balancer_shows_the_last_header_only(mint: TokenMint, verifier: Verifier) -> None:
    """Without multi-value headers a load balancer hands on the last of two, and that one is judged."""
    assert_rejects_bad_tokens(
        LambdaClient(require_cognito(verifier)(plain), alb_event),
        "/tasks",
        mint=mint,
        skip=["two-headers-bad-first"],
    )


@pytest.mark.parametrize(
    ("make_event", "has_description", "headers"),
    [
        pytest.param(rest_event, False, "headers", id="rest"),
        pytest.param(http_api_event, False, "headers", id="http"),
        pytest.param(connect_event, False, "headers", id="websocket"),
        pytest.param(alb_event, True, "headers", id="alb"),
        pytest.param(alb_multi_event, True, "multiValueHeaders", id="alb-multi"),
    ],
)
def test_a_refusal_has_the_form_that_the_gateway_reads(
    make_event: Callable[..., Event], has_description: bool, headers: str, verifier: Verifier
) -> None:
    """Status, headers, JSON body; a load balancer gets its description, and headers in its form."""
    response = require_cognito(verifier)(plain)(make_event(token="bad"), None)

    assert 401 == response.pop("statusCode")
    assert ("401 Unauthorized" if has_description else None) == response.pop(
        "statusDescription", None
    )
    expected = {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "WWW-Authenticate": 'Bearer error="invalid_token"',
    }
    if headers == "multiValueHeaders":
        assert {name: [value] for name, value in expected.items()} == response.pop(headers)
    else:
        assert expected == response.pop(headers)
    assert {"error": "invalid_token", "error_description": "The token is not accepted."} == (
        json.loads(response.pop("body"))
    )
    assert {"isBase64Encoded": False} == response


@pytest.mark.parametrize("make_event", REQUESTS)
def test_each_kind_of_refusal_has_its_status(
    make_event: Callable[..., Event], mint: TokenMint, verifier: Verifier
) -> None:
    """401 bare without credentials, 401 for a bad token, 403 for want of a scope, 503 without keys."""
    handler = require_cognito(verifier, scopes=["tasks/write"])(plain)
    outage = require_cognito(NoKeys())(plain)
    headers = "multiValueHeaders" if make_event is alb_multi_event else "headers"

    def answer(response: Event) -> tuple[int, Any, Any]:
        values = {
            name: value[0] if isinstance(value, list) else value
            for name, value in response[headers].items()
        }
        return (
            response["statusCode"],
            values.get("WWW-Authenticate"),
            values.get("Retry-After"),
        )

    good = mint.access_token(scopes=["tasks/write"])
    assert 200 == handler(make_event(token=good), None)["statusCode"]
    assert (401, "Bearer", None) == answer(handler(make_event(), None))
    assert (401, 'Bearer error="invalid_token"', None) == answer(
        handler(make_event(token=good + "A"), None)
    )
    assert (403, 'Bearer error="insufficient_scope", scope="tasks/write"', None) == answer(
        handler(make_event(token=mint.access_token()), None)
    )
    assert (503, None, "7") == answer(outage(make_event(token=good), None))


@pytest.mark.parametrize(
    ("make_event", "headers", "status"),
    [
        (rest_event, {"AUTHORIZATION": ["{bearer}"]}, 200),
        (rest_event, {"authorization": ["{bearer}"]}, 200),
        (rest_event, {"Authorization": ["bearer {token}"]}, 200),
        (rest_event, {"Authorization": ["{bearer}", "{bearer}"]}, 400),
        (rest_event, {"Authorization": ["{bearer},{bearer}"]}, 401),
        (rest_event, {"Authorization": ["{bearer} b"]}, 401),
        (rest_event, {"Authorization": ["Bearer"]}, 401),
        (rest_event, {"Authorization": ["Basic {token}"]}, 401),
        (rest_event, {"Authorization": ["{token}"]}, 401),
        (rest_event, {"Authorization": [""]}, 401),
        (http_api_event, {"AUTHORIZATION": ["{bearer}"]}, 200),
        (http_api_event, {"Authorization": ["{bearer}", "{bearer}"]}, 400),
        (http_api_event, {"Authorization": ["{bearer}", "Basic b"]}, 400),
        (http_api_event, {"Authorization": ["{bearer} b"]}, 401),
        (alb_multi_event, {"Authorization": ["{bearer}", "{bearer}"]}, 400),
        (connect_event, {"Authorization": ["{bearer}", "{bearer}"]}, 400),
        (connect_event, {"authorization": ["{bearer}"]}, 200),
    ],
)
def test_exactly_one_token_in_the_header(
    make_event: Callable[..., Event],
    headers: dict[str, list[str]],
    status: int,
    mint: TokenMint,
    verifier: Verifier,
) -> None:
    """The header's name and the scheme have any case; two headers are 400, anything odd is 401."""
    token = mint.access_token()
    sent = {
        name: [value.format(bearer=f"Bearer {token}", token=token) for value in values]
        for name, values in headers.items()
    }

    assert status == require_cognito(verifier)(plain)(make_event(headers=sent), None)["statusCode"]


def test_two_spellings_of_the_header_are_two_headers(mint: TokenMint, verifier: Verifier) -> None:
    """A REST API keeps the names apart that a client wrote differently: together they are too many."""
    bearer = f"Bearer {mint.access_token()}"
    event = rest_event()
    event["multiValueHeaders"] = {"Authorization": [bearer], "authorization": [bearer]}
    handler = require_cognito(verifier)(plain)

    assert (400, "invalid_request") == (
        (response := handler(event, None))["statusCode"],
        reason_of(response),
    )
    del event["multiValueHeaders"]["authorization"]
    assert 200 == handler(event, None)["statusCode"]


def test_single_headers_count_where_there_are_no_others(
    mint: TokenMint, verifier: Verifier
) -> None:
    """An event whose multiValueHeaders are null, as written by hand, is read by its headers."""
    event = rest_event(token=mint.access_token())
    event["multiValueHeaders"] = None
    handler = require_cognito(verifier)(plain)

    assert 200 == handler(event, None)["statusCode"]
    event["headers"] = None
    assert 401 == handler(event, None)["statusCode"]


def test_a_token_in_the_query_string_is_not_read(mint: TokenMint, verifier: Verifier) -> None:
    """What stands in the URL ends up in logs."""
    event = http_api_event(query={"access_token": mint.access_token()})

    assert 401 == require_cognito(verifier)(plain)(event, None)["statusCode"]


def test_another_header_and_bare_tokens_by_choice(mint: TokenMint, verifier: Verifier) -> None:
    """header= names the only header that counts, raw_token=True accepts tokens without "Bearer "."""
    token = mint.access_token()
    handler = require_cognito(verifier, header="dev-auth-token", raw_token=True)(plain)

    for value in (token, f"Bearer {token}"):
        assert 200 == handler(rest_event(headers={"Dev-Auth-Token": value}), None)["statusCode"]
    assert 401 == handler(rest_event(token=token), None)["statusCode"]
    bearer_only = require_cognito(verifier, header="dev-auth-token")(plain)
    assert 401 == bearer_only(rest_event(headers={"dev-auth-token": token}), None)["statusCode"]
    twice = http_api_event(headers={"dev-auth-token": [token, token]})
    assert 400 == handler(twice, None)["statusCode"]


def test_optional_lets_requests_without_a_token_pass(mint: TokenMint, verifier: Verifier) -> None:
    """The current token is then false; a bad token is refused all the same."""
    handler = require_cognito(verifier, optional=True)(plain)

    assert "nobody" == handler(rest_event(), None)["body"]
    assert "jane" == handler(rest_event(token=mint.access_token("jane")), None)["body"]
    assert 401 == handler(rest_event(token="bad"), None)["statusCode"]


def test_options_requests_need_a_token(mint: TokenMint, verifier: Verifier) -> None:
    """A handler that does not look at the method would otherwise be open to anyone."""
    handler = require_cognito(verifier)(plain)
    preflight = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}

    assert 401 == handler(rest_event("OPTIONS", headers=preflight), None)["statusCode"]
    assert 200 == handler(rest_event("OPTIONS", token=mint.access_token()), None)["statusCode"]


@pytest.mark.parametrize(
    ("demands", "groups", "scopes", "status"),
    [
        ({"groups": ["a", "b"]}, ["a", "b"], [], 200),
        ({"groups": ["a", "b"]}, ["a"], [], 403),
        ({"any_group": ["a", "b"]}, ["b"], [], 200),
        ({"any_group": ["a", "b"]}, ["ab"], [], 403),
        ({"scopes": ["x/r", "x/w"]}, [], ["x/r", "x/w"], 200),
        ({"scopes": ["x/r", "x/w"]}, [], ["x/r"], 403),
        ({"any_scope": ["x/r", "x/w"]}, [], ["x/w"], 200),
        ({"any_scope": ["x/r", "x/w"]}, [], ["x/rw"], 403),
    ],
)
def test_permissions_are_asked_for(
    demands: dict[str, Any],
    groups: list[str],
    scopes: list[str],
    status: int,
    mint: TokenMint,
    verifier: Verifier,
) -> None:
    """groups= and scopes= demand all, any_group= and any_scope= at least one."""
    event = rest_event(token=mint.access_token(groups=groups, scopes=scopes))

    assert status == require_cognito(verifier, **demands)(plain)(event, None)["statusCode"]


def test_the_verifiers_own_demands_are_403(mint: TokenMint) -> None:
    """A group that the verifier itself asks for is answered as those of the decorator are."""
    handler = require_cognito(mint.verifier(groups=["admin"]))(plain)

    assert 403 == handler(rest_event(token=mint.access_token()), None)["statusCode"]
    good = rest_event(token=mint.access_token(groups=["admin"]))
    assert 200 == handler(good, None)["statusCode"]


def test_a_permission_that_the_handler_finds_lacking_is_403(
    mint: TokenMint, verifier: Verifier
) -> None:
    """The handler may demand more of the current token, by route for instance."""

    @require_cognito(verifier)
    def handler(event: Event, context: object) -> Event:
        if event["httpMethod"] == "DELETE":
            Permissions(groups=["admin"], scopes=["tasks/write"]).check(current_token)
        return {"statusCode": 200}

    user = mint.access_token()
    admin = mint.access_token(groups=["admin"], scopes=["tasks/write"])
    assert 200 == handler(rest_event("GET", token=user), None)["statusCode"]
    assert 403 == handler(rest_event("DELETE", token=user), None)["statusCode"]
    assert 200 == handler(rest_event("DELETE", token=admin), None)["statusCode"]


def test_what_the_handler_raises_comes_through(mint: TokenMint, verifier: Verifier) -> None:
    """Errors other than a lacking permission are the function's own, those of tokens included."""

    @require_cognito(verifier)
    def handler(event: Event, context: object) -> Event:
        raise errors.ExpiredToken

    with pytest.raises(errors.ExpiredToken):
        handler(rest_event(token=mint.access_token()), None)
    with pytest.raises(ConfigurationError, match="no current token"):
        assert current_token.sub


def test_an_error_of_the_application_is_raised_without_the_token(mint: TokenMint) -> None:
    """A fault that is not the client's is no refusal, and no frame below the handler's holds the token."""

    class Broken:
        def verify(self, raw: str, /) -> AccessToken:
            raise ConfigurationError("Broken.")

    class Careless:
        def verify(self, raw: str, /) -> Any:
            return len(raw)

    token = mint.access_token()
    for verifier, message in (Broken(), "Broken"), (Careless(), "must return a verified token"):
        with pytest.raises(ConfigurationError, match=message) as caught:
            require_cognito(verifier)(plain)(rest_event(token=token), None)

        frames = []
        trace = caught.value.__traceback__
        while trace is not None:
            frames.append(trace.tb_frame.f_code.co_name)
            trace = trace.tb_next
        assert "guarded" == frames[-1]
        assert caught.value.__context__ is None


def test_refusals_say_nothing_of_the_token(
    mint: TokenMint, verifier: Verifier, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the response nor the log holds any part of it; the log has the reason."""
    token = mint.access_token("mallory", groups=["x\r\ny"]) + "A"
    with caplog.at_level(logging.INFO, "cognitokit"):
        said = json.dumps(require_cognito(verifier)(plain)(rest_event(token=token), None))

        require_cognito(verifier)(plain)(rest_event(token=mint.id_token()), None)

    assert ["Refused with 401: signature", "Refused with 401: claim token_use"] == caplog.messages
    for part in (*token.split("."), "mallory", mint.client_id, "signature"):
        assert part not in said


def test_the_current_token_is_the_calls_own(mint: TokenMint, verifier: Verifier) -> None:
    """Nested and parallel calls see their own token each, and afterwards there is none."""
    inner = require_cognito(verifier)(plain)

    @require_cognito(verifier)
    def outer(event: Event, context: object) -> list[Any]:
        within = inner(rest_event(token=mint.access_token("inner")), None)
        with ThreadPoolExecutor(1) as pool:
            run = copy_context().run
            elsewhere = pool.submit(run, lambda: current_token.username).result()
        return [within["body"], current_token.username, elsewhere]

    assert ["inner", "outer", "outer"] == outer(rest_event(token=mint.access_token("outer")), None)
    with pytest.raises(ConfigurationError, match="no current token"):
        bool(current_token)


def test_a_thread_without_the_calls_context(mint: TokenMint, verifier: Verifier) -> None:
    """A thread that was started without a copy of the context sees no token, and the error says how it would."""

    @require_cognito(verifier)
    def handler(event: Event, context: object) -> str | None:
        with ThreadPoolExecutor(1) as pool:
            with pytest.raises(ConfigurationError, match=r"contextvars\.copy_context\(\)\.run"):
                pool.submit(lambda: current_token.username).result()
            return pool.submit(copy_context().run, lambda: current_token.username).result()

    assert "jane" == handler(rest_event(token=mint.access_token("jane")), None)


def test_the_current_token_stands_for_the_token(mint: TokenMint, verifier: Verifier) -> None:
    """It equals the token, has its type, its hash and its repr, and is not pickled either."""
    raw = mint.access_token("jane")

    @require_cognito(verifier)
    def handler(event: Event, context: object) -> None:
        token = verifier.verify(raw)
        assert isinstance(current_token, AccessToken)
        assert current_token == token
        assert current_token == current_id_token
        assert hash(token) == hash(current_token)
        assert repr(token) == repr(current_token)
        assert raw not in repr(current_token)
        assert type(copy.copy(current_token)) is AccessToken
        assert type(copy.deepcopy(current_token)) is AccessToken
        with pytest.raises(TypeError, match="is not pickled"):
            pickle.dumps(current_token)
        with pytest.raises(AttributeError):
            current_token.sub = "x"  # type: ignore[misc]

    assert handler(rest_event(token=raw), None) is None


def test_the_current_token_equals_no_other(mint: TokenMint, verifier: Verifier) -> None:
    """Another token, another object or nothing is not the current token, in either order."""
    raw = mint.access_token("jane")
    others = [verifier.verify(mint.access_token("jane")), raw, None, object()]

    @require_cognito(verifier)
    def handler(event: Event, context: object) -> list[bool]:
        return [
            verifier.verify(raw) == current_token,
            current_token == verifier.verify(raw),
            *[current_token == other for other in others],
            *[other == current_token for other in others],
        ]

    assert [True, True, *[False] * 8] == handler(rest_event(token=raw), None)


def test_tools_may_look_at_the_current_token_at_any_time() -> None:
    """Outside a request its repr, type and special names do not raise, for what walks through modules."""
    assert "<no current token>" == repr(current_token)
    assert not isinstance(current_token, AccessToken)
    assert not hasattr(current_token, "__wrapped__")


def test_id_tokens_by_a_verifier_of_them(mint: TokenMint) -> None:
    """The same decorator takes a verifier of id tokens."""

    @require_cognito(mint.verifier("id"))
    def handler(event: Event, context: object) -> Event:
        return {"statusCode": 200, "body": current_id_token.email}

    token = mint.id_token("jane", claims={"email": "jane@example.com"})
    assert "jane@example.com" == handler(rest_event(token=token), None)["body"]
    assert 401 == handler(rest_event(token=mint.access_token()), None)["statusCode"]


def test_the_handler_keeps_its_name_and_arguments(mint: TokenMint, verifier: Verifier) -> None:
    """Arguments go through as they came, the event by name too."""

    @require_cognito(verifier)
    def handler(event: Event, context: object, *, extra: int = 0) -> int:
        """Do things."""
        return extra

    event = rest_event(token=mint.access_token())
    assert ("handler", "Do things.") == (handler.__name__, handler.__doc__)
    assert 3 == handler(event=event, context=None, extra=3)


def test_handlers_that_are_objects(mint: TokenMint, verifier: Verifier) -> None:
    """Any callable may be guarded, as the adapters of web frameworks are."""

    class Adapter:
        def __call__(self, event: Event, context: object) -> str | None:
            return current_token.username

    event = rest_event(token=mint.access_token("jane"))
    assert "jane" == require_cognito(verifier)(Adapter())(event, None)


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        {},
        {"Records": []},
        {"headers": {"authorization": "Bearer x"}},
        {"version": "2.0", "requestContext": {}},
    ],
)
def test_events_of_no_gateway_are_refused(event: Any, verifier: Verifier) -> None:
    """A queue's message or a bare dict does not reach the handler; the error says what would."""
    with pytest.raises(ConfigurationError, match=r"rest_event\(\)"):
        require_cognito(verifier)(plain)(event, None)


@pytest.mark.parametrize("route", ["$default", "$disconnect", "chat"])
def test_later_websocket_messages_carry_no_token(route: str, verifier: Verifier) -> None:
    """A guard on any route but $connect could only refuse, so it says where it belongs."""
    with pytest.raises(ConfigurationError, match=r"Only \$connect"):
        require_cognito(verifier)(plain)(websocket_event(route), None)


def test_wrong_arguments_are_refused_at_once(mint: TokenMint, verifier: Verifier) -> None:
    """Before any request: no verifier, an asynchronous one, a text for a list, an async handler."""

    async def asynchronous(event: Event, context: object) -> None: ...

    for no_verifier in (plain, None, CognitoVerifier, {"verify": 1}):
        with pytest.raises(ConfigurationError, match="Give the verifier first"):
            require_cognito(no_verifier)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="not an asynchronous one"):
        require_cognito(mint.async_verifier())  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="groups takes a collection"):
        require_cognito(verifier, groups="admin")
    for header in ("a b", None, 5, ["Authorization"]):
        with pytest.raises(ConfigurationError, match="header must be"):
            require_cognito(verifier, header=header)  # type: ignore[arg-type]
    for switch in ("optional", "raw_token"):
        for value in ("no", None, 0):
            options: dict[str, Any] = {switch: value}
            with pytest.raises(ConfigurationError, match=f"{switch} must be True or False"):
                require_cognito(verifier, **options)
    for handler in (asynchronous, dict, "handler"):
        with pytest.raises(ConfigurationError, match="synchronous function"):
            require_cognito(verifier)(handler)  # type: ignore[arg-type]


def test_a_verifier_that_returns_no_token_is_refused(mint: TokenMint) -> None:
    """Whatever it returns instead, the handler does not run on it."""

    class Lax:
        def verify(self, raw: str, /) -> AccessToken:
            return {"sub": "x"}  # type: ignore[return-value]

    with pytest.raises(ConfigurationError, match="must return a verified token"):
        require_cognito(Lax())(plain)(rest_event(token=mint.access_token()), None)
