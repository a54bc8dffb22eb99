"""cognito_authorizer: what API Gateway is told of a request, and what it may keep of that."""

from __future__ import annotations

import functools
import json
import logging
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from cognitokit import AccessToken, CognitoVerifier, ConfigurationError, KeysUnavailable
from cognitokit.aws_lambda import AuthorizerRefusal, cognito_authorizer
from cognitokit.testing import (
    AuthorizerClient,
    TokenMint,
    as_cognito_user,
    assert_rejects_bad_tokens,
    http_api_authorizer_event,
    request_authorizer_event,
    token_authorizer_event,
    websocket_authorizer_event,
)
from tests.frameworks.verifiers import NoKeys

Event = dict[str, Any]
Verifier = CognitoVerifier[AccessToken]

REST_STAGE = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod"
HTTP_STAGE = "arn:aws:execute-api:eu-west-1:123456789012:f6g7h8i9j0/$default"
WEBSOCKET_STAGE = "arn:aws:execute-api:eu-west-1:123456789012:k1l2m3n4o5/prod"


def token_event(method: str = "GET", path: str = "/", *, token: str | None = None) -> Event:
    """A TOKEN authorizer's event, made as the others are; without a token the gateway asks nobody."""
    return token_authorizer_event(f"Bearer {token}" if token else "", method, path)


def last_header_event(method: str, path: str, *, headers: Any, query: Any) -> Event:
    """A TOKEN authorizer's event as the gateway makes it of a request: the last header counts."""
    return token_authorizer_event(headers.get("Authorization", [""])[-1], method, path)


def connect_event(method: str = "GET", path: str = "/", **options: Any) -> Event:
    """A WebSocket authorizer's event, made as the others are."""
    options.pop("query", None)
    return websocket_authorizer_event(**options)


POLICIES = [
    pytest.param(token_event, REST_STAGE, "methodArn", id="token"),
    pytest.param(request_authorizer_event, REST_STAGE, "methodArn", id="request"),
    pytest.param(connect_event, WEBSOCKET_STAGE, "methodArn", id="websocket"),
    pytest.param(http_api_authorizer_event, HTTP_STAGE, "routeArn", id="http-iam"),
]


def policy(effect: str, resource: str) -> Event:
    """The policy document that says this."""
    return {
        "Version": "2012-10-17",
        "Statement": [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}],
    }


@pytest.mark.parametrize(("make_event", "stage", "arn"), POLICIES)
def test_a_good_token_is_allowed_the_stage(
    make_event: Callable[..., Event], stage: str, arn: str, mint: TokenMint, verifier: Verifier
) -> None:
    """The policy names API and stage, so that a kept verdict lets the user's next route through."""
    authorizer = cognito_authorizer(verifier, response_format="iam")
    answer = authorizer(make_event("GET", "/tasks/1", token=mint.access_token("jane")), None)

    sub = mint.sub("jane")
    assert {
        "principalId": sub,
        "policyDocument": policy("Allow", f"{stage}/*"),
        "context": {"sub": sub},
    } == answer


@pytest.mark.parametrize(("make_event", "stage", "arn"), POLICIES)
def test_a_lacking_group_is_denied(
    make_event: Callable[..., Event], stage: str, arn: str, mint: TokenMint, verifier: Verifier
) -> None:
    """Deny, of which the gateway makes 403, and no context; with the group it is Allow."""
    authorizer = cognito_authorizer(verifier, groups=["admin"], response_format="iam")
    denied = authorizer(make_event(token=mint.access_token("jane", groups=["admins"])), None)
    allowed = authorizer(make_event(token=mint.access_token("jane", groups=["admin"])), None)

    assert {
        "principalId": mint.sub("jane"),
        "policyDocument": policy("Deny", f"{stage}/*"),
    } == denied
    assert policy("Allow", f"{stage}/*") == allowed["policyDocument"]


@pytest.mark.parametrize(("make_event", "stage", "arn"), POLICIES)
def test_the_verifiers_own_demands_are_denied_too(
    make_event: Callable[..., Event], stage: str, arn: str, mint: TokenMint
) -> None:
    """A scope that the verifier asks for: Deny as well."""
    authorizer = cognito_authorizer(mint.verifier(scopes=["x/r"]), response_format="iam")

    denied = authorizer(make_event(token=mint.access_token()), None)
    assert policy("Deny", f"{stage}/*") == denied["policyDocument"]
    assert denied["principalId"]
    allowed = authorizer(make_event(token=mint.access_token(scopes=["x/r"])), None)
    assert policy("Allow", f"{stage}/*") == allowed["policyDocument"]


@pytest.mark.parametrize(("make_event", "stage", "arn"), POLICIES)
@pytest.mark.parametrize("token", [None, "bad"])
def test_no_token_or_a_bad_one_is_the_gateways_401(
    make_event: Callable[..., Event], stage: str, arn: str, token: str | None, verifier: Verifier
) -> None:
    """The text of what is raised is exactly what API Gateway looks for."""
    with pytest.raises(AuthorizerRefusal) as caught:
        cognito_authorizer(verifier, response_format="iam")(make_event(token=token), None)

    assert "Unauthorized" == str(caught.value)
    assert 401 == caught.value.http_status
    assert ("no_credentials" if token is None else "malformed") == caught.value.reason
    assert caught.value.__context__ is None
    assert "Unauthorized" == str(pickle.loads(pickle.dumps(caught.value)))  # noqa: S301 - our own


@pytest.mark.parametrize("make_event", [request_authorizer_event, http_api_authorizer_event])
def test_bad_tokens_are_refused(
    make_event: Callable[..., Event], mint: TokenMint, verifier: Verifier
) -> None:
    """The whole attack set: 401, from simple responses 403, and 403 without the permission."""
    is_simple = make_event is http_api_authorizer_event
    assert_rejects_bad_tokens(
        AuthorizerClient(
            cognito_authorizer(verifier, groups=["admin"], scopes=["tasks/read"]), make_event
        ),
        "/tasks",
        mint=mint,
        groups=["admin"],
        scopes=["tasks/read"],
        unauthorized={401, 403} if is_simple else {401},
    )


@pytest.mark.parametrize(
    ("make_event", "skip"),
    [
        (last_header_event, ["two-headers-bad-first"]),
        (connect_event, []),
    ],
)
def test_bad_tokens_are_refused_by_these_too(
    make_event: Callable[..., Event], skip: list[str], mint: TokenMint, verifier: Verifier
) -> None:
    """The attack set against a TOKEN authorizer, and at $connect."""
    assert_rejects_bad_tokens(
        AuthorizerClient(cognito_authorizer(verifier), make_event), "/", mint=mint, skip=skip
    )


def test_simple_responses(mint: TokenMint, verifier: Verifier) -> None:
    """An HTTP API's authorizer answers yes with a context, or no without."""
    authorizer = cognito_authorizer(verifier, groups=["admin"], context=["username"])
    good = mint.access_token("jane", groups=["admin"])

    assert {"isAuthorized": True, "context": {"username": "jane"}} == authorizer(
        http_api_authorizer_event(token=good), None
    )
    for token in (None, "bad", mint.access_token(), good + "A"):
        assert {"isAuthorized": False} == authorizer(http_api_authorizer_event(token=token), None)


def test_a_verifiers_demand_in_a_simple_response(mint: TokenMint) -> None:
    """A group that the verifier asks for is a no as well."""
    authorizer = cognito_authorizer(mint.verifier(groups=["admin"]))

    assert {"isAuthorized": False} == authorizer(
        http_api_authorizer_event(token=mint.access_token()), None
    )


@pytest.mark.parametrize(("make_event", "stage", "arn"), POLICIES)
@pytest.mark.parametrize("response_format", ["iam", "simple"])
def test_an_outage_of_the_keys_is_no_verdict(
    make_event: Callable[..., Event],
    stage: str,
    arn: str,
    response_format: Any,
    mint: TokenMint,
) -> None:
    """It is raised, under no text that the gateway would take for a refusal."""
    with pytest.raises(KeysUnavailable) as caught:
        cognito_authorizer(NoKeys(), response_format=response_format)(
            make_event(token=mint.access_token()), None
        )

    assert "Unauthorized" != str(caught.value)


def test_an_outage_is_500_at_the_gateway(mint: TokenMint) -> None:
    """Neither 401 nor 403, which a client would take for the token's fault."""
    client = AuthorizerClient(cognito_authorizer(NoKeys()), request_authorizer_event)

    with as_cognito_user(client, mint=mint):
        assert 500 == client.get("/tasks").status_code


@pytest.mark.parametrize(("make_event", "stage", "arn"), POLICIES)
def test_exact_policies_by_choice(
    make_event: Callable[..., Event], stage: str, arn: str, mint: TokenMint, verifier: Verifier
) -> None:
    """policy_scope="exact" names the one method and path, for Allow and Deny."""
    event = make_event("GET", "/tasks/1", token=mint.access_token())
    allow = cognito_authorizer(verifier, policy_scope="exact", response_format="iam")
    deny = cognito_authorizer(
        verifier, groups=["admin"], policy_scope="exact", response_format="iam"
    )

    assert policy("Allow", event[arn]) == allow(event, None)["policyDocument"]
    assert policy("Deny", event[arn]) == deny(event, None)["policyDocument"]
    assert event[arn].startswith(f"{stage}/")
    assert not event[arn].endswith("*")


@pytest.mark.parametrize(("make_event", "stage", "arn"), POLICIES)
def test_a_check_of_the_request_makes_an_exact_policy(
    make_event: Callable[..., Event], stage: str, arn: str, mint: TokenMint, verifier: Verifier
) -> None:
    """What holds for one route is not said of others; only True passes."""
    event = make_event("GET", "/tasks/1", token=mint.access_token("jane"))
    said: list[Any] = []

    def check(token: AccessToken, asked: Event) -> Any:
        assert "jane" == token.username
        assert event == asked
        return said.pop()

    authorizer = cognito_authorizer(verifier, check=check)

    said.append(True)
    assert policy("Allow", event[arn]) == authorizer(event, None)["policyDocument"]
    for answer in (False, None, 1, "yes"):
        said.append(answer)
        assert policy("Deny", event[arn]) == authorizer(event, None)["policyDocument"]


def test_a_check_comes_after_the_rest(mint: TokenMint, verifier: Verifier) -> None:
    """It is not asked about a token that is refused anyway, and what it raises comes through."""

    def check(token: AccessToken, event: Event) -> bool:
        raise ZeroDivisionError

    authorizer = cognito_authorizer(verifier, groups=["admin"], check=check)

    with pytest.raises(AuthorizerRefusal):
        authorizer(request_authorizer_event(token="bad"), None)
    denied = authorizer(request_authorizer_event(token=mint.access_token()), None)
    assert "Deny" == denied["policyDocument"]["Statement"][0]["Effect"]
    with pytest.raises(ZeroDivisionError):
        authorizer(request_authorizer_event(token=mint.access_token(groups=["admin"])), None)


@pytest.mark.parametrize("scope", ["stage", "exact"])
@pytest.mark.parametrize("bad", ["*", "?", "\r", "\n", "\x00", "\x7f", "${aws:username}"])
@pytest.mark.parametrize(
    "place", ["{stage}/GET/a{bad}b", "{stage}{bad}/GET/a", "arn:aws:execute-api:{bad}:1:x/y/GET/"]
)
def test_wildcards_in_the_arn_are_refused(
    scope: Any, bad: str, place: str, mint: TokenMint, verifier: Verifier
) -> None:
    """Neither an Allow nor a Deny ever names them; the same request without one passes."""
    authorizer = cognito_authorizer(verifier, policy_scope=scope, groups=["admin"])
    event = request_authorizer_event(token=mint.access_token(groups=["admin"]))
    arn = place.format(stage=REST_STAGE, bad=bad)

    for token in (mint.access_token(groups=["admin"]), mint.access_token()):
        event = request_authorizer_event(token=token) | {"methodArn": arn}
        with pytest.raises(AuthorizerRefusal) as caught:
            authorizer(event, None)
        assert "resource" == caught.value.reason
    event = request_authorizer_event(token=mint.access_token(groups=["admin"]))
    good = event | {"methodArn": arn.replace(bad, "")}
    assert "Allow" == authorizer(good, None)["policyDocument"]["Statement"][0]["Effect"]


def test_simple_responses_name_no_arn(mint: TokenMint, verifier: Verifier) -> None:
    """A strange path does not make a verdict that the gateway would keep for the others."""
    event = http_api_authorizer_event("GET", "/a*b", token=mint.access_token())

    assert cognito_authorizer(verifier)(event, None)["isAuthorized"] is True


@pytest.mark.parametrize(
    ("scope", "length", "passes"),
    [
        ("exact", 512, True),
        ("exact", 513, False),
        ("stage", 513, True),
        ("stage", 1600, True),
        ("stage", 1601, False),
    ],
)
def test_long_arns_are_refused(
    scope: Any, length: int, passes: bool, mint: TokenMint, verifier: Verifier
) -> None:
    """API Gateway takes 1,600 bytes, and 512 characters in a policy."""
    start = f"{REST_STAGE}/GET/"
    event = request_authorizer_event(token=mint.access_token()) | {
        "methodArn": start + "x" * (length - len(start))
    }
    authorizer = cognito_authorizer(verifier, policy_scope=scope)

    if passes:
        assert authorizer(event, None)["principalId"]
    else:
        with pytest.raises(AuthorizerRefusal):
            authorizer(event, None)


@pytest.mark.parametrize(("characters", "passes"), [(500, True), (800, False)])
def test_long_arns_are_measured_in_bytes(
    characters: int, passes: bool, mint: TokenMint, verifier: Verifier
) -> None:
    """A character that takes two bytes or more counts as that many of the 1,600."""
    arn = f"{REST_STAGE}/GET/{'é' * characters}"
    event = request_authorizer_event(token=mint.access_token()) | {"methodArn": arn}
    authorizer = cognito_authorizer(verifier, policy_scope="stage")

    assert len(arn) <= 1600
    assert passes is (len(arn.encode()) <= 1600)
    if passes:
        assert authorizer(event, None)["principalId"]
    else:
        with pytest.raises(AuthorizerRefusal) as caught:
            authorizer(event, None)
        assert "resource" == caught.value.reason


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "*",
        "arn:aws:execute-api:eu-west-1:123456789012:api",
        "arn:aws:execute-api:eu-west-1:123456789012:api/prod",
        "arn:aws:execute-api:eu-west-1:123456789012:api/prod/",
        "arn:aws:execute-api:eu-west-1:123456789012:/prod/GET/",
        "arn:aws:execute-api:eu-west-1:123456789012:api//GET/",
        "arn:aws:lambda:eu-west-1:123456789012:api/prod/GET/",
    ],
)
def test_what_is_no_arn_of_a_method_is_refused(
    arn: str, mint: TokenMint, verifier: Verifier
) -> None:
    """The gateway never sends it, so it is the caller's mistake."""
    event = request_authorizer_event(token=mint.access_token()) | {"methodArn": arn}

    with pytest.raises(ConfigurationError, match="methodArn must be"):
        cognito_authorizer(verifier)(event, None)


def test_other_partitions(mint: TokenMint, verifier: Verifier) -> None:
    """A policy keeps the partition of the request, and so does the root path."""
    stage = "arn:aws-cn:execute-api:cn-north-1:123456789012:abc/test"
    event = request_authorizer_event(token=mint.access_token()) | {"methodArn": f"{stage}/GET/"}

    assert (
        policy("Allow", f"{stage}/*") == cognito_authorizer(verifier)(event, None)["policyDocument"]
    )


def test_context_by_names(
    mint: TokenMint, verifier: Verifier, caplog: pytest.LogCaptureFixture
) -> None:
    """Chosen claims alone are handed on, as flat values; what is no flat value is left out, and the log names it."""
    token = mint.access_token(
        "jane",
        groups=["admin", "a,b"],
        claims={
            "number": 1,
            "half": 0.5,
            "yes": True,
            "nested": {"a": 1},
            "list_of_lists": [["a"]],
            "spaced": ["a b"],
            "numbers": [1],
            "null": None,
            "quoted": 'a "b"',
            "lines": "a\r\nb",
            "secret": "not chosen",
        },
    )
    chosen = (
        *("username", "cognito:groups", "number", "half", "yes", "nested", "list_of_lists"),
        *("spaced", "numbers", "null", "quoted", "lines", "absent"),
    )
    with caplog.at_level(logging.WARNING, "cognitokit"):
        answer = cognito_authorizer(verifier, context=chosen)(
            request_authorizer_event(token=token), None
        )

    assert {
        "username": "jane",
        "cognito:groups": "admin a,b",
        "number": 1,
        "half": 0.5,
        "yes": True,
    } == answer["context"]
    assert [
        (
            "Not handed on, because API Gateway could not carry what the token says there: "
            "lines, list_of_lists, nested, numbers, quoted, spaced"
        )
    ] == caplog.messages


@pytest.mark.parametrize("name", ["CORP\\jane", 'jane "j"', "jane\t"])
def test_names_that_the_gateway_cannot_carry(
    name: str, mint: TokenMint, verifier: Verifier, caplog: pytest.LogCaptureFixture
) -> None:
    """The user is let in; the name is left out, which the log says without it. Any other name is handed on."""
    authorizer = cognito_authorizer(verifier, context=["sub", "username"])
    with caplog.at_level(logging.WARNING, "cognitokit"):
        odd = authorizer(request_authorizer_event(token=mint.access_token(name)), None)
        plain = authorizer(request_authorizer_event(token=mint.access_token("jané o'x")), None)

    assert {"sub": mint.sub(name)} == odd["context"]
    assert "jané o'x" == plain["context"]["username"]
    [said] = caplog.messages
    assert said.endswith("there: username")
    assert name not in said


def test_one_odd_group_costs_them_all(
    mint: TokenMint, verifier: Verifier, caplog: pytest.LogCaptureFixture
) -> None:
    """A list is handed on as a whole or not at all, so that nobody takes a part for the whole."""
    authorizer = cognito_authorizer(verifier, context=["cognito:groups"])
    odd = mint.access_token(groups=["admin", 'a"b'])
    with caplog.at_level(logging.WARNING, "cognitokit"):
        answers = [
            authorizer(request_authorizer_event(token=token), None)["context"]
            for token in (odd, mint.access_token(groups=["admin"]))
        ]

    assert [{}, {"cognito:groups": "admin"}] == answers
    assert 1 == len(caplog.messages)


def test_no_context(mint: TokenMint, verifier: Verifier) -> None:
    """An empty choice hands on nothing."""
    answer = cognito_authorizer(verifier, context=())(
        request_authorizer_event(token=mint.access_token()), None
    )

    assert {} == answer["context"]


def test_context_by_a_function(mint: TokenMint, verifier: Verifier) -> None:
    """A function of the token makes names and values of its own."""

    def context(token: AccessToken) -> dict[str, str | bool]:
        return {"user": token.username or "", "admin": "admin" in token.groups}

    answer = cognito_authorizer(verifier, context=context)(
        request_authorizer_event(token=mint.access_token("jane", groups=["admin"])), None
    )

    assert {"user": "jane", "admin": True} == answer["context"]


@pytest.mark.parametrize(
    "made",
    [
        {"a": ["x"]},
        {"a": {"b": "c"}},
        {"a": None},
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": "x\ny"},
        {"a": '{"b": 1}'},
        {"claims": "x"},
        {"principalId": "x"},
        {"a b": "x"},
        {1: "x"},
        {"": "x"},
        [("a", "b")],
        None,
    ],
)
def test_a_context_that_the_gateway_cannot_take(
    made: Any, mint: TokenMint, verifier: Verifier
) -> None:
    """A function's mistake is named, not sent on."""
    authorizer = cognito_authorizer(verifier, context=lambda token: made)

    with pytest.raises(ConfigurationError, match="context"):
        authorizer(request_authorizer_event(token=mint.access_token()), None)


@pytest.mark.parametrize(
    "names",
    ["sub", ["claims"], ["principalId"], ["integrationLatency"], ["jwt"], ["lambda"], ["a b"], [1]],
)
def test_context_names_that_cannot_be(names: Any, verifier: Verifier) -> None:
    """Names that the gateway uses itself are refused when the authorizer is made."""
    with pytest.raises(ConfigurationError, match="context"):
        cognito_authorizer(verifier, context=names)


def test_an_answer_that_is_too_large_names_the_cure(mint: TokenMint, verifier: Verifier) -> None:
    """The gateway takes 8 kB; what exceeds them raises here, where the log says why."""
    authorizer = cognito_authorizer(verifier, context=["note"])

    def event(size: int) -> Event:
        return request_authorizer_event(token=mint.access_token(claims={"note": "x" * size}))

    assert authorizer(event(7800), None)["principalId"]
    with pytest.raises(ConfigurationError, match="8 kB"):
        authorizer(event(8192), None)


def test_api_keys_of_usage_plans(mint: TokenMint, verifier: Verifier) -> None:
    """One key for all, or one by the token; a Deny and an HTTP API's answer have none."""
    request = request_authorizer_event(token=mint.access_token("jane"))
    http = http_api_authorizer_event(token=mint.access_token("jane"))
    make = functools.partial(cognito_authorizer, verifier, response_format="iam")

    assert "key-1" == make(usage_identifier_key="key-1")(request, None)["usageIdentifierKey"]
    by_token = make(usage_identifier_key=lambda token: f"key-of-{token.username}")
    assert "key-of-jane" == by_token(request, None)["usageIdentifierKey"]
    assert "usageIdentifierKey" not in make(usage_identifier_key=lambda token: None)(request, None)
    assert "usageIdentifierKey" not in make()(request, None)
    assert "usageIdentifierKey" not in make(usage_identifier_key="key-1")(http, None)
    denied = make(usage_identifier_key="key-1", groups=["admin"])(request, None)
    assert "usageIdentifierKey" not in denied
    wrong: list[Any] = ["", lambda token: "", lambda token: 1]
    for bad in wrong:
        with pytest.raises(ConfigurationError, match="usage_identifier_key"):
            make(usage_identifier_key=bad)(request, None)


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer "])
def test_bare_tokens_pass_as_at_the_gateways_own_authorizers(
    prefix: str, mint: TokenMint, verifier: Verifier
) -> None:
    """With or without "Bearer ", unless raw_token=False."""
    event = token_authorizer_event(prefix + mint.access_token())

    assert cognito_authorizer(verifier)(event, None)["principalId"]
    strict = cognito_authorizer(verifier, raw_token=False)
    if prefix:
        assert strict(event, None)["principalId"]
    else:
        with pytest.raises(AuthorizerRefusal):
            strict(event, None)


def test_another_header(mint: TokenMint, verifier: Verifier) -> None:
    """header= names the one that counts; a TOKEN authorizer's event has only the one."""
    authorizer = cognito_authorizer(verifier, header="dev-auth-token")
    token = mint.access_token()

    for event in (
        request_authorizer_event(headers={"Dev-Auth-Token": token}),
        token_authorizer_event(token),
    ):
        assert authorizer(event, None)["principalId"]
    with pytest.raises(AuthorizerRefusal):
        authorizer(request_authorizer_event(token=token), None)


def test_two_headers_are_refused(mint: TokenMint, verifier: Verifier) -> None:
    """Which of two tokens counts is nobody's to guess, even where both are good."""
    bearer = f"Bearer {mint.access_token()}"
    twice = {"Authorization": [bearer, bearer]}
    authorizer = cognito_authorizer(verifier)

    for event in (
        request_authorizer_event(headers=twice),
        websocket_authorizer_event(headers=twice),
    ):
        with pytest.raises(AuthorizerRefusal) as caught:
            authorizer(event, None)
        assert "repeated" == caught.value.reason
    assert {"isAuthorized": False} == authorizer(http_api_authorizer_event(headers=twice), None)


def test_the_older_payload_of_http_apis(mint: TokenMint, verifier: Verifier) -> None:
    """Payload format 1.0 is answered with a policy, whatever response_format says."""
    event = request_authorizer_event(token=mint.access_token()) | {"version": "1.0"}

    assert cognito_authorizer(verifier, response_format="simple")(event, None)["policyDocument"]


class Lenient:
    """A verifier of one's own, that takes any token."""

    def __init__(self, claims: dict[str, Any]) -> None:
        self.claims = claims

    def verify(self, raw: str, /) -> AccessToken:
        """Return the token that it was made with."""
        return AccessToken(self.claims, raw)


@pytest.mark.parametrize("claims", [{"sub": ""}, {}])
def test_a_token_without_a_sub_names_nobody(mint: TokenMint, claims: dict[str, Any]) -> None:
    """Without a principal there is no Allow, whatever the verifier lets through; with one there is."""
    event = request_authorizer_event(token=mint.access_token())

    with pytest.raises(AuthorizerRefusal) as caught:
        cognito_authorizer(Lenient(claims))(event, None)
    assert "claim" == caught.value.reason
    assert "1" == cognito_authorizer(Lenient({"sub": "1"}))(event, None)["principalId"]


def test_machines_are_principals_too(mint: TokenMint, verifier: Verifier) -> None:
    """The principal of a client credentials token is the app client."""
    token = mint.machine_token(scopes=["tasks/read"])
    answer = cognito_authorizer(verifier, scopes=["tasks/read"])(
        request_authorizer_event(token=token), None
    )

    assert mint.client_id == answer["principalId"]


def test_refusals_are_logged_without_the_token(
    mint: TokenMint, verifier: Verifier, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has the reason of each refusal, and nothing of the request."""
    authorizer = cognito_authorizer(verifier, groups=["admin"])
    checked = cognito_authorizer(verifier, check=lambda token, event: False)
    good = request_authorizer_event(token=mint.access_token())
    with caplog.at_level(logging.INFO, "cognitokit"):
        authorizer(good, None)
        checked(good, None)
        authorizer(http_api_authorizer_event(), None)
        with pytest.raises(AuthorizerRefusal):
            authorizer(good | {"methodArn": f"{REST_STAGE}/GET/*"}, None)
        with pytest.raises(AuthorizerRefusal):
            authorizer(request_authorizer_event(token=mint.id_token()), None)

    assert [
        "Refused with 403: forbidden",
        "Refused with 403: check",
        "Refused with 401: no_credentials",
        "Refused with 401: resource",
        "Refused with 401: claim token_use",
    ] == caplog.messages


@pytest.mark.parametrize("make_event", [request_authorizer_event, http_api_authorizer_event])
def test_the_context_reaches_the_client_of_the_gateway(
    make_event: Callable[..., Event], mint: TokenMint, verifier: Verifier
) -> None:
    """Asked as a gateway asks, it lets the user through to any route of the stage."""
    client = AuthorizerClient(cognito_authorizer(verifier, context=["username"]), make_event)

    with as_cognito_user(client, "jane", mint=mint):
        response = client.get("/tasks/1?x=y")
    assert (200, {"username": "jane"}) == (response.status_code, json.loads(response.text))
    assert 401 == client.get("/tasks/1").status_code


@pytest.mark.parametrize(
    "event",
    [
        None,
        {},
        {"type": "TOKEN"},
        {"type": "REQUEST"},
        {"type": "REQUEST", "version": "2.0"},
        {"type": "OTHER", "methodArn": REST_STAGE},
    ],
)
def test_events_of_no_authorizer_are_refused(event: Any, verifier: Verifier) -> None:
    """What the gateway never asks is answered with how to ask."""
    with pytest.raises(ConfigurationError, match=r"request_authorizer_event\(\)"):
        cognito_authorizer(verifier)(event, None)


def test_wrong_arguments_are_refused_at_once(mint: TokenMint, verifier: Verifier) -> None:
    """When the authorizer is made, not at the first request."""

    async def check(token: AccessToken, event: Event) -> bool:
        return True

    def sync_check(token: AccessToken, event: Event) -> bool:
        return True

    wrong: list[tuple[dict[str, Any], str]] = [
        ({"check": check}, "synchronous"),
        ({"check": "x"}, "check must be a synchronous function"),
        ({"check": True}, "check must be a synchronous function"),
        ({"context": check}, "context must be a synchronous function"),
        ({"context": None}, "context must be a collection"),
        ({"usage_identifier_key": check}, "usage_identifier_key must be a synchronous function"),
        ({"usage_identifier_key": 5}, "usage_identifier_key must be a non-empty str"),
        ({"usage_identifier_key": ""}, "usage_identifier_key must be a non-empty str"),
        ({"policy_scope": "*"}, "policy_scope is"),
        ({"policy_scope": []}, "policy_scope is"),
        ({"response_format": "json"}, "response_format is 'simple' or 'iam'"),
        ({"response_format": {}}, "response_format is 'simple' or 'iam'"),
        ({"raw_token": "no"}, "raw_token must be True or False"),
        ({"header": None}, "header must be"),
        ({"check": sync_check, "policy_scope": "stage"}, "must not be kept"),
        ({"check": sync_check, "response_format": "simple"}, "must not be kept"),
        ({"groups": "admin"}, "groups takes a collection"),
        ({"header": ""}, "header must be"),
    ]
    for options, message in wrong:
        with pytest.raises(ConfigurationError, match=message):
            cognito_authorizer(verifier, **options)
    with pytest.raises(ConfigurationError, match="Give the verifier first"):
        cognito_authorizer(CognitoVerifier)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="not an asynchronous one"):
        cognito_authorizer(mint.async_verifier())  # type: ignore[arg-type]
