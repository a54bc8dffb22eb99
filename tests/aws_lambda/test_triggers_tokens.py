"""pre_token_generation: scopes, groups and claims of the tokens that Cognito makes."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from cognitokit import CognitoVerifier, ConfigurationError
from cognitokit.aws_lambda.triggers import TokenChanges, TokenRequest, pre_token_generation
from cognitokit.testing import LocalPool

Event = dict[str, Any]


def event(**request: Any) -> Event:
    """What Cognito sends, V2_0."""
    return {
        "version": "2",
        "triggerSource": "TokenGeneration_Authentication",
        "region": "eu-west-1",
        "userPoolId": "eu-west-1_AbCdEfGhI",
        "userName": "jane",
        "callerContext": {"awsSdkVersion": "x", "clientId": "1example23456789"},
        "request": {
            "userAttributes": {"sub": "1", "email": "jane@example.com"},
            "groupConfiguration": {
                "groupsToOverride": ["editors", "staff"],
                "iamRolesToOverride": ["arn:aws:iam::123456789012:role/editors"],
                "preferredRole": "arn:aws:iam::123456789012:role/editors",
            },
            "scopes": ["openid", "email"],
            **request,
        },
        "response": {"claimsAndScopeOverrideDetails": None},
    }


def test_what_is_asked() -> None:
    """The change is told whose tokens are made, with which groups and scopes, and by which app client."""
    asked: list[TokenRequest] = []

    def change(request: TokenRequest) -> TokenChanges:
        asked.append(request)
        return TokenChanges()

    answer = pre_token_generation(change)(event(clientMetadata={"tenant": "acme"}), None)
    [request] = asked

    assert ("jane", "1example23456789") == (request.username, request.client_id)
    assert "TokenGeneration_Authentication" == request.trigger
    assert ("editors", "staff") == request.groups
    assert ("openid", "email") == request.scopes
    assert "jane@example.com" == request.attributes["email"]
    assert {"tenant": "acme"} == request.client_metadata
    assert "jane@example.com" not in repr(request)
    assert "acme" not in repr(request)
    empty: Event = {"claimsToAddOrOverride": {}, "claimsToSuppress": []}
    assert {
        "accessTokenGeneration": {**empty, "scopesToAdd": [], "scopesToSuppress": []},
        "idTokenGeneration": empty,
    } == answer["response"]["claimsAndScopeOverrideDetails"]


def test_a_machines_token() -> None:
    """V3_0 asks for clients too, who have no attributes, no groups and perhaps no scopes."""
    asked: list[TokenRequest] = []

    @pre_token_generation
    def handler(request: TokenRequest) -> TokenChanges:
        asked.append(request)
        return TokenChanges(groups=["machines"])

    given = event(userAttributes=None, groupConfiguration=None, scopes=None)
    given |= {
        "version": "3",
        "triggerSource": "TokenGeneration_ClientCredentials",
        "userName": None,
    }
    answer = handler(given, None)["response"]["claimsAndScopeOverrideDetails"]

    assert ("", (), (), {}) == (
        asked[0].username,
        asked[0].groups,
        asked[0].scopes,
        asked[0].attributes,
    )
    assert {
        "groupsToOverride": ["machines"],
        "iamRolesToOverride": [],
        "preferredRole": "",
    } == answer["groupOverrideDetails"]
    assert "handler" == handler.__name__


def test_what_is_answered() -> None:
    """Every change goes where Cognito reads it, and the roles of the user's groups are kept."""

    @pre_token_generation
    def handler(request: TokenRequest) -> TokenChanges:
        return TokenChanges(
            add_scopes={"tasks/write"},
            suppress_scopes=("email",),
            groups=(*request.groups, "beta"),
            access_claims={"tenant": "acme", "limits": {"tasks": 5}},
            id_claims={"tenant": "acme"},
            suppress_access_claims=["custom"],
            suppress_id_claims=["email"],
        )

    assert {
        "accessTokenGeneration": {
            "claimsToAddOrOverride": {"tenant": "acme", "limits": {"tasks": 5}},
            "claimsToSuppress": ["custom"],
            "scopesToAdd": ["tasks/write"],
            "scopesToSuppress": ["email"],
        },
        "idTokenGeneration": {
            "claimsToAddOrOverride": {"tenant": "acme"},
            "claimsToSuppress": ["email"],
        },
        "groupOverrideDetails": {
            "groupsToOverride": ["editors", "staff", "beta"],
            "iamRolesToOverride": ["arn:aws:iam::123456789012:role/editors"],
            "preferredRole": "arn:aws:iam::123456789012:role/editors",
        },
    } == handler(event(), None)["response"]["claimsAndScopeOverrideDetails"]


def test_version_one() -> None:
    """An event that cannot carry scopes is refused, and the setting to change is named."""
    handler = pre_token_generation(lambda _: TokenChanges(add_scopes=["tasks/write"]))

    with pytest.raises(ConfigurationError, match="V2_0"):
        handler(event() | {"version": "1"}, None)
    with pytest.raises(ConfigurationError, match="PreTokenGenerationConfig"):
        handler({"triggerSource": "PreSignUp_SignUp"}, None)
    with pytest.raises(ConfigurationError, match="PreTokenGenerationConfig"):
        handler({}, None)


@pytest.mark.parametrize(
    "claim",
    [
        "sub", "iss", "exp", "iat", "jti", "token_use", "auth_time", "cognito:groups",
        "cognito:username", "origin_jti", "dev:role",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "option", ["access_claims", "id_claims", "suppress_access_claims", "suppress_id_claims"]
)
def test_claims_that_no_trigger_changes(option: str, claim: str) -> None:
    """What Cognito would leave out without a word is refused; a claim of one's own is not."""
    suppress = option.startswith("suppress")
    refused: Any = {option: [claim] if suppress else {claim: "x"}}
    taken: Any = {option: ["tenant"] if suppress else {"tenant": "x"}}

    with pytest.raises(ConfigurationError, match=claim):
        TokenChanges(**refused)
    assert TokenChanges(**taken) is not None


def test_claims_of_one_kind_of_token() -> None:
    """aud is fixed in the id token alone, scope and client_id in the access token alone."""
    with pytest.raises(ConfigurationError, match="aud"):
        TokenChanges(id_claims={"aud": "x"})
    with pytest.raises(ConfigurationError, match="client_id, scope"):
        TokenChanges(access_claims={"scope": "x", "client_id": "x"})

    assert {"aud": "x"} == TokenChanges(access_claims={"aud": "x"}).access_claims
    assert {"scope": "x"} == TokenChanges(id_claims={"scope": "x"}).id_claims


@pytest.mark.parametrize("scope", ["", "tasks/read tasks/write", 'a"b', "a\\b", "é", "a\n"])
def test_what_is_no_scope(scope: str) -> None:
    """A scope is one word: two of them in one text would be neither."""
    with pytest.raises(ConfigurationError, match="6749"):
        TokenChanges(add_scopes=[scope])
    assert ["tasks/read"] == TokenChanges(add_scopes=["tasks/read"]).add_scopes


@pytest.mark.parametrize(
    "option",
    ["add_scopes", "suppress_scopes", "groups", "suppress_access_claims", "suppress_id_claims"],
)
def test_one_string_for_many(option: str) -> None:
    """A text where a list is meant would be taken letter by letter."""
    wrong: Any = {option: "tasks"}
    right: Any = {option: ["tasks"]}

    with pytest.raises(ConfigurationError, match=option):
        TokenChanges(**wrong)
    assert ["tasks"] == getattr(TokenChanges(**right), option)


SOURCE = """
from cognitokit.aws_lambda.triggers import TokenChanges, pre_token_generation

@pre_token_generation
def handler(request):
    editor = "editors" in request.groups
    return TokenChanges(
        add_scopes=["tasks/write"] if editor else [],
        access_claims={"tenant": "acme"},
    )
"""


@pytest.mark.local
@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("ministack") is None, reason="ministack is not installed"
)
def test_in_the_embedded_pool() -> None:
    """Run by another's implementation of Cognito and Lambda, scope and claim are in verified tokens.

    It looks for groups elsewhere than AWS documents them, and leaves those alone.
    """
    with LocalPool(triggers={"PreTokenGeneration": SOURCE}) as pool:
        arn = pool.cognito.describe_user_pool(UserPoolId=pool.pool.id)["UserPool"]["LambdaConfig"]
        pool.cognito.update_user_pool(
            UserPoolId=pool.pool.id,
            LambdaConfig={
                "PreTokenGenerationConfig": {
                    "LambdaVersion": "V2_0",
                    "LambdaArn": arn["PreTokenGeneration"],
                }
            },
        )
        pool.add_user("jane", "Passw0rd!of-jane", groups=["editors"])
        pool.add_user("joe", "Passw0rd!of-joe")
        verifier = CognitoVerifier(pool.pool, client_id=pool.client_id, token_use="access")
        with pool.client() as client:
            jane, joe = (
                verifier.verify(client.sign_in(name, password).require_tokens().access_token)
                for name, password in (("jane", "Passw0rd!of-jane"), ("joe", "Passw0rd!of-joe"))
            )

    assert "tasks/write" in jane.scopes
    assert "acme" == jane.claims["tenant"]
    assert "tasks/write" not in joe.scopes


@pytest.mark.parametrize(
    "option",
    ["add_scopes", "suppress_scopes", "groups", "suppress_access_claims", "suppress_id_claims"],
)
@pytest.mark.parametrize("wrong", [[1], [None], 5, b"tasks", iter(["tasks"])])
def test_what_is_no_collection_of_strings(option: str, wrong: Any) -> None:
    """Anything but strings, or what can be looked through only once, is refused; sets and tuples are not."""
    given: Any = {option: wrong}
    right: Any = {option: {"tasks"}}

    with pytest.raises(ConfigurationError, match=f"{option} must be a collection of strings"):
        TokenChanges(**given)
    assert TokenChanges(**right) != TokenChanges()


def test_nothing_where_a_collection_is_meant() -> None:
    """None leaves the groups as they are, and is none of the others."""
    nothing: Any = None
    with pytest.raises(ConfigurationError, match="add_scopes"):
        TokenChanges(add_scopes=nothing)

    assert TokenChanges() == TokenChanges(groups=None)


@pytest.mark.parametrize("option", ["access_claims", "id_claims"])
@pytest.mark.parametrize("wrong", [None, ["tenant"], {1: "x"}])
def test_what_is_no_mapping_of_claims(option: str, wrong: Any) -> None:
    """Claims are a mapping from their names, which are strings."""
    given: Any = {option: wrong}
    right: Any = {option: {"tenant": 1}}

    with pytest.raises(ConfigurationError, match=option):
        TokenChanges(**given)
    assert TokenChanges(**right) != TokenChanges()


async def change_later(_: TokenRequest) -> TokenChanges:
    """What Lambda's handler cannot await."""
    return TokenChanges()


@pytest.mark.parametrize(
    ("change", "message"),
    [(None, "Give pre_token_generation a function"), (5, "a function"), (change_later, "await")],
)
def test_what_is_no_change(change: Any, message: str) -> None:
    """What cannot be called, or would have to be awaited, is refused before anybody signs in; a function is not."""
    with pytest.raises(ConfigurationError, match=message):
        pre_token_generation(change)
    assert callable(pre_token_generation(lambda _: TokenChanges()))


@pytest.mark.parametrize("change", [lambda _: None, lambda _: {}, lambda _: change_later(_)])  # noqa: PLW0108 - hides that it is async
def test_a_change_that_says_nothing(change: Any) -> None:
    """What returns anything but TokenChanges is told so, and TokenChanges() is no change."""
    with pytest.raises(ConfigurationError, match="must return TokenChanges"):
        pre_token_generation(change)(event(), None)
    answer = pre_token_generation(lambda _: TokenChanges())(event(), None)["response"]

    assert [] == answer["claimsAndScopeOverrideDetails"]["accessTokenGeneration"]["scopesToAdd"]
