"""The embedded user pool: what is made, what can be asked of it, and that its tokens are sound."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import time
from collections.abc import Iterator
from typing import Any, Literal

import jwt
import pytest

from cognitokit import (
    AsyncCognitoVerifier,
    CognitoVerifier,
    ConfigurationError,
    InvalidClaim,
    TokenError,
    UserPool,
)
from cognitokit.errors import WrongClientSecret
from cognitokit.testing import (
    AppClient,
    FakePool,
    LocalPool,
    LocalPoolFailed,
    LocalServer,
    NoMessage,
    totp_code,
)

pytestmark = [
    pytest.mark.local,
    pytest.mark.skipif(
        importlib.util.find_spec("ministack") is None, reason="ministack is not installed"
    ),
]

PASSWORD = "Passw0rd!"


@pytest.fixture(scope="module")
def pool() -> Iterator[LocalPool]:
    """A pool as it comes, shared by the tests: each has users of its own."""
    with LocalPool() as running:
        yield running


def sign_in(pool: LocalPool, username: str, password: str = PASSWORD) -> dict[str, Any]:
    """Sign in by password; return what Cognito answers."""
    answer: dict[str, Any] = pool.cognito.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": username, "PASSWORD": password},
    )
    return answer


def read(pool: LocalPool, token: str) -> dict[str, Any]:
    """Verify a token through the pool's own JWKS address and issuer; return its claims."""
    key = jwt.PyJWKClient(pool.pool.jwks_uri).get_signing_key_from_jwt(token)
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        issuer=pool.pool.issuers[0],
        options={"verify_aud": False},
    )
    return claims


def assert_group_is_gone(group: int) -> None:
    """Wait a few seconds at most until no process of the group is left."""
    deadline = time.monotonic() + 10
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.01)
        pytest.fail("A process of the group is still there.")


def test_pool_has_local_addresses_and_real_issuers(pool: LocalPool) -> None:
    """API and keys are at the local address; the issuers are those that Cognito would have."""
    assert pool.pool.id.startswith("eu-west-1_")
    assert pool.url == pool.pool.endpoint
    assert f"{pool.url}/{pool.pool.id}/.well-known/jwks.json" == pool.pool.jwks_uri
    assert UserPool(pool.pool.id).issuers == pool.pool.issuers


def test_tokens_verify_through_the_pools_own_keys(pool: LocalPool) -> None:
    """Tokens of a sign-in are signed by the published keys and carry user, client and groups."""
    pool.add_user("joe", PASSWORD, groups=["admin", "staff"])
    pool.add_user("jim", PASSWORD, groups=["staff"])
    result = sign_in(pool, "joe")["AuthenticationResult"]
    access = read(pool, result["AccessToken"])
    id_ = read(pool, result["IdToken"])

    assert ("joe", pool.client_id, "access") == tuple(
        access[name] for name in ("username", "client_id", "token_use")
    )
    assert {"admin", "staff"} == set(access["cognito:groups"])
    assert ("joe@example.com", True, pool.client_id) == tuple(
        id_[name] for name in ("email", "email_verified", "aud")
    )


def test_groups_are_a_list(pool: LocalPool) -> None:
    """One string in their place is refused before a user is made; a list is taken."""
    with pytest.raises(ConfigurationError, match="groups must be a list of names"):
        pool.add_user("abe", PASSWORD, groups="admin")
    pool.add_user("abe", PASSWORD, groups=["admin"])

    assert "AuthenticationResult" in sign_in(pool, "abe")


def test_added_user_has_the_attributes_given(pool: LocalPool) -> None:
    """Attributes are kept as given, and addresses count as verified unless it is said otherwise."""
    pool.add_user("ann", PASSWORD, attributes={"email": "ann@example.org", "name": "Ann"})
    pool.add_user(
        "amy", PASSWORD, attributes={"email": "amy@example.org", "email_verified": "false"}
    )
    ann = read(pool, sign_in(pool, "ann")["AuthenticationResult"]["IdToken"])
    amy = read(pool, sign_in(pool, "amy")["AuthenticationResult"]["IdToken"])

    assert ("ann@example.org", True, "Ann") == (ann["email"], ann["email_verified"], ann["name"])
    assert ("amy@example.org", False) == (amy["email"], amy["email_verified"])


def test_temporary_password_has_to_be_changed(pool: LocalPool) -> None:
    """A user with a temporary password meets NEW_PASSWORD_REQUIRED."""
    pool.add_user("tim", PASSWORD, temporary=True)

    assert "NEW_PASSWORD_REQUIRED" == sign_in(pool, "tim")["ChallengeName"]


def test_code_of_a_sign_up_is_mailed(pool: LocalPool) -> None:
    """The code that sign-up mails is in the outbox and confirms the user."""
    with pytest.raises(NoMessage):
        pool.last_code("sue")
    pool.cognito.sign_up(
        ClientId=pool.client_id,
        Username="sue",
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": "sue@example.com"}],
    )
    code = pool.last_code("sue")

    assert code == pool.last_code("sue@example.com")
    assert code in pool.outbox[-1].body
    assert ("EMAIL", "sue@example.com") == (pool.outbox[-1].medium, pool.outbox[-1].destination)
    wrong = "000000" if code != "000000" else "000001"
    with pytest.raises(pool.cognito.exceptions.CodeMismatchException):
        pool.cognito.confirm_sign_up(
            ClientId=pool.client_id, Username="sue", ConfirmationCode=wrong
        )
    pool.cognito.confirm_sign_up(ClientId=pool.client_id, Username="sue", ConfirmationCode=code)
    assert "AuthenticationResult" in sign_in(pool, "sue")


def test_last_code_is_the_newest(pool: LocalPool) -> None:
    """After a second mail with a code, that code is the last one."""
    pool.cognito.sign_up(
        ClientId=pool.client_id,
        Username="zoe",
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": "zoe@example.com"}],
    )
    first = pool.last_code("zoe")
    pool.cognito.confirm_sign_up(ClientId=pool.client_id, Username="zoe", ConfirmationCode=first)
    pool.cognito.admin_update_user_attributes(
        UserPoolId=pool.pool.id,
        Username="zoe",
        UserAttributes=[{"Name": "email_verified", "Value": "true"}],
    )
    pool.cognito.forgot_password(ClientId=pool.client_id, Username="zoe")
    pool.cognito.confirm_forgot_password(
        ClientId=pool.client_id,
        Username="zoe",
        ConfirmationCode=pool.last_code("zoe"),
        Password="N3w passw0rd!",
    )

    assert first != pool.last_code("zoe")
    assert "AuthenticationResult" in sign_in(pool, "zoe", "N3w passw0rd!")


def test_user_without_an_address_has_no_code(pool: LocalPool) -> None:
    """Where no mail can have gone, last_code says so."""
    pool.add_user("ned", PASSWORD, attributes={})
    with pytest.raises(NoMessage, match=r"email address.*outbox"):
        pool.last_code("ned")


def test_authenticator_app_can_be_played(pool: LocalPool) -> None:
    """A user can register TOTP and answer its challenge with codes of the kit; a wrong one is refused."""
    pool.add_user("tom", PASSWORD)
    token = sign_in(pool, "tom")["AuthenticationResult"]["AccessToken"]
    secret = pool.cognito.associate_software_token(AccessToken=token)["SecretCode"]
    pool.cognito.verify_software_token(
        AccessToken=token, UserCode=totp_code(secret, time.time() - 30)
    )
    pool.cognito.set_user_mfa_preference(
        AccessToken=token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    challenge = sign_in(pool, "tom")

    def answer(code: str) -> dict[str, Any]:
        replied: dict[str, Any] = pool.cognito.respond_to_auth_challenge(
            ClientId=pool.client_id,
            ChallengeName="SOFTWARE_TOKEN_MFA",
            Session=challenge["Session"],
            ChallengeResponses={"USERNAME": "tom", "SOFTWARE_TOKEN_MFA_CODE": code},
        )
        return replied

    assert "SOFTWARE_TOKEN_MFA" == challenge["ChallengeName"]
    with pytest.raises(pool.cognito.exceptions.CodeMismatchException):
        answer(totp_code(secret, time.time() - 3600))
    assert "AuthenticationResult" in answer(totp_code(secret, time.time()))


def test_further_app_clients_can_be_made(pool: LocalPool) -> None:
    """An app client with a secret and other settings stands beside the first one."""
    made = pool.add_app_client(secret=True, ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"])
    settings = pool.cognito.describe_user_pool_client(UserPoolId=pool.pool.id, ClientId=made.id)[
        "UserPoolClient"
    ]

    assert made.id != pool.client_id
    assert made.secret == settings["ClientSecret"]
    assert ["ALLOW_REFRESH_TOKEN_AUTH"] == settings["ExplicitAuthFlows"]
    assert (made.secret or "") not in repr(made)


def test_group_may_be_made_twice(pool: LocalPool) -> None:
    """add_group is content with a group that exists."""
    pool.add_group("twice")
    pool.add_group("twice")
    groups = pool.cognito.list_groups(UserPoolId=pool.pool.id)["Groups"]

    assert 1 == [group["GroupName"] for group in groups].count("twice")


def test_environment_leads_to_the_pool(pool: LocalPool) -> None:
    """UserPool.from_env finds the pool by the variables that it gives."""
    assert pool.pool == UserPool.from_env(pool.environ)
    assert pool.client_id == pool.environ["COGNITO_CLIENT_ID"]
    assert "COGNITO_CLIENT_SECRET" not in pool.environ


def test_two_pools_at_once_know_nothing_of_each_other(pool: LocalPool) -> None:
    """A second pool, made as its options say, has its own server, users and keys."""
    with LocalPool(
        region="us-east-1",
        secret=True,
        mfa="OFF",
        username_attributes=["email"],
        callback_urls=["http://localhost:8000/callback"],
        pool_options={"Policies": {"PasswordPolicy": {"MinimumLength": 20}}},
        client_options={"AccessTokenValidity": 5, "TokenValidityUnits": {"AccessToken": "minutes"}},
    ) as other:
        with pytest.raises(other.cognito.exceptions.InvalidPasswordException):
            other.add_user("weak@example.com", PASSWORD)
        name = other.add_user("joe@example.com", PASSWORD * 3)
        described = other.cognito.describe_user_pool(UserPoolId=other.pool.id)["UserPool"]
        client = other.cognito.describe_user_pool_client(
            UserPoolId=other.pool.id, ClientId=other.client_id
        )["UserPoolClient"]
        users = other.cognito.list_users(UserPoolId=other.pool.id)["Users"]

        assert pool.url != other.url
        assert other.pool.id.startswith("us-east-1_")
        assert ["email"] == described["UsernameAttributes"]
        assert ["http://localhost:8000/callback"] == client["CallbackURLs"]
        assert (5, client["ClientSecret"]) == (client["AccessTokenValidity"], other.client_secret)
        assert other.client_secret == other.environ["COGNITO_CLIENT_SECRET"]
        assert name in [user["Username"] for user in users]
        assert pool.pool.id not in str(other.cognito.list_user_pools(MaxResults=10))
        assert other.pool.id not in str(pool.cognito.list_user_pools(MaxResults=10))


@pytest.mark.parametrize("kind", ["fake", "local"])
@pytest.mark.parametrize(
    ("username", "verified"), [("joe@example.com", "email"), ("+4912345678", "phone_number")]
)
def test_a_username_of_two_kinds(kind: str, username: str, verified: str) -> None:
    """Where users may choose, what a new user's name is counts as verified, and nothing else."""
    both: list[Literal["email", "phone_number"]] = ["email", "phone_number"]
    made = (
        FakePool(username_attributes=both)
        if kind == "fake"
        else LocalPool(username_attributes=both)
    )
    with contextlib.ExitStack() as stack:
        if isinstance(made, LocalPool):
            stack.enter_context(made)
        name = made.add_user(username, PASSWORD)
        found = made.cognito.admin_get_user(UserPoolId=made.pool.id, Username=name)

    assert [(f"{verified}_verified", "true")] == [
        (each["Name"], each["Value"])
        for each in found["UserAttributes"]
        if each["Name"].endswith("_verified")
    ]


@pytest.mark.parametrize("kind", ["fake", "local"])
def test_settings_of_mfa(kind: str) -> None:
    """pool_options takes what SetUserPoolMfaConfig takes, in either kind of pool."""
    options: dict[str, Any] = {
        "MfaConfiguration": "ON",
        "SoftwareTokenMfaConfiguration": {"Enabled": False},
        "SmsMfaConfiguration": {"SmsAuthenticationMessage": "Your code is {####}"},
    }
    with contextlib.ExitStack() as stack:
        pool: Any
        if kind == "fake":
            pool = FakePool(pool_options=options)
            state = pool._state.settings
            seen = (
                state.mfa,
                "SOFTWARE_TOKEN_MFA" in state.mfa_methods,
                state.texts["sign_in_sms"],
            )
        else:
            pool = stack.enter_context(LocalPool(pool_options=options))
            config = pool.cognito.get_user_pool_mfa_config(UserPoolId=pool.pool.id)
            seen = (
                config["MfaConfiguration"],
                config["SoftwareTokenMfaConfiguration"]["Enabled"],
                config["SmsMfaConfiguration"]["SmsAuthenticationMessage"],
            )

    assert ("ON", False, "Your code is {####}") == seen


def test_client_plays_the_main_job(pool: LocalPool) -> None:
    """The pool's client signs up, confirms, signs in and refreshes; our verifier takes what it gets, and no other."""
    client = pool.client()
    client.sign_up("eva", PASSWORD, attributes={"email": "eva@example.com"})
    client.confirm_sign_up("eva", pool.last_code("eva"))
    tokens = client.sign_in("eva", PASSWORD).require_tokens()
    verifier = CognitoVerifier(pool.pool, client_id=pool.client_id, token_use="access")

    assert "eva" == verifier.verify(tokens.access_token).username
    assert "eva" == verifier.verify(client.refresh(tokens).access_token).username
    assert "CONFIRMED" == client.admin.get_user("eva").status
    for refused, reason in (
        (tokens.id_token or "", "claim"),
        (tokens.access_token[:-8] + "AAAAAAAA", "signature"),
        (pool.client().sign_in("eva", PASSWORD).require_tokens().access_token + "=", "malformed"),
    ):
        with pytest.raises(TokenError) as caught:
            verifier.verify(refused)
        assert reason == caught.value.reason
    elsewhere = CognitoVerifier(pool.pool, client_id="another", token_use="access")
    with pytest.raises(InvalidClaim, match="client_id"):
        elsewhere.verify(tokens.access_token)


def test_asynchronous_client_does_the_same(pool: LocalPool) -> None:
    """The pool's async client talks to the server too, signed operations included."""
    pool.add_user("ian", PASSWORD)

    async def play() -> tuple[str | None, str]:
        verifier = AsyncCognitoVerifier(pool.pool, client_id=pool.client_id, token_use="access")
        async with pool.async_client() as client:
            tokens = (await client.sign_in("ian", PASSWORD)).require_tokens()
            verified = await verifier.verify(tokens.access_token)
            return verified.username, (await client.admin.get_user("ian")).username

    assert ("ian", "ian") == asyncio.run(play())


def test_client_of_an_app_client_with_a_secret(pool: LocalPool) -> None:
    """A client made for another app client knows its secret, whose hash Cognito checks."""
    pool.add_user("kim", PASSWORD)
    confidential = pool.add_app_client(secret=True)

    tokens = pool.client(confidential).sign_in("kim", PASSWORD).require_tokens()
    assert confidential.id == read(pool, tokens.access_token)["client_id"]
    with pytest.raises(WrongClientSecret):
        pool.client(AppClient(confidential.id, "wrong" * 6)).sign_in("kim", PASSWORD)


def test_pools_can_share_a_server() -> None:
    """Pools on one server are made and removed one after the other, mail and triggers included."""
    with LocalServer() as server:
        for _ in range(2):
            with LocalPool(server=server, triggers={"PreSignUp": TRIGGER}) as pool:
                assert server.process.pid == pool.pid
                assert [] == pool.outbox
                assert 1 == len(pool.cognito.list_user_pools(MaxResults=10)["UserPools"])
                assert pool.client().sign_up("auto-jane", PASSWORD).confirmed
                pool.client().sign_up("jane", PASSWORD, attributes={"email": "jane@example.com"})
                assert 1 == len(pool.outbox)
            assert pool.pid is None
    with pytest.raises(ConfigurationError, match="with statement"):
        _ = server.process


def test_server_may_be_gone_before_its_pool() -> None:
    """Leaving a pool whose server was killed raises nothing that would hide what went wrong."""
    with LocalServer() as server, LocalPool(server=server) as pool:
        assert pool.pid is not None
        os.kill(pool.pid, 9)

    assert pool.pid is None


TRIGGER = """
def handler(event, context):
    event["response"]["autoConfirmUser"] = event["userName"].startswith("auto")
    return event
"""


def test_lambda_triggers_run() -> None:
    """A trigger's Python source is run by the pool, in a process that ends with it."""
    with LocalPool(triggers={"PreSignUp": TRIGGER}) as pool:
        confirmed = {
            name: pool.cognito.sign_up(ClientId=pool.client_id, Username=name, Password=PASSWORD)[
                "UserConfirmed"
            ]
            for name in ("auto-jane", "jane")
        }
        group = pool.pid
        assert group is not None

    assert {"auto-jane": True, "jane": False} == confirmed
    assert_group_is_gone(group)


def test_environment_of_the_tests_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a profile, nor an endpoint, nor a proxy of the environment reaches the pool."""
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with LocalPool() as pool:
        assert "joe" == pool.add_user("joe", PASSWORD)


def test_error_inside_the_context_stops_the_pool() -> None:
    """The server is gone after an exception, which comes through, and the pool can be started again."""
    pool = LocalPool()
    first: int | None = None
    try:
        with pool:
            first = pool.pid
            _ = 1 / 0
    except ZeroDivisionError:
        pass
    else:
        pytest.fail("The error did not come through.")
    assert first is not None
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)
    with pool:
        assert pool.pid not in {None, first}


def test_refused_settings_stop_the_pool() -> None:
    """Where the pool cannot be made the error comes through and no server is left."""
    pool = LocalPool(client_options={"ExplicitAuthFlows": "not a list"})
    with pytest.raises(Exception, match="ExplicitAuthFlows"):
        pool.__enter__()

    assert pool.pid is None


def test_killed_server_is_reported() -> None:
    """A pool whose server died says so where it is asked for mail."""
    with LocalPool() as pool:
        assert pool.pid is not None
        os.kill(pool.pid, 9)
        with pytest.raises(LocalPoolFailed):
            _ = pool.outbox


@pytest.mark.parametrize(
    "name", ["pool", "client_id", "url", "cognito", "outbox", "log", "session"]
)
def test_pool_that_does_not_run_says_so(name: str) -> None:
    """Before its context is entered a pool has no address, no client and no mail."""
    with pytest.raises(ConfigurationError, match="with statement"):
        getattr(LocalPool(), name)


def test_repr_shows_the_pool_and_no_secret() -> None:
    """A repr tells whether it runs, and hides client secrets."""
    assert "LocalPool(not running)" == repr(LocalPool())
    assert "AppClient(id='abc', secret=***)" == repr(AppClient("abc", "s3cret"))
    assert "AppClient(id='abc', secret=None)" == repr(AppClient("abc", None))


@pytest.mark.parametrize(
    "options, message",
    [
        ({"mfa": "on"}, "mfa must be"),
        ({"username_attributes": "email"}, "username_attributes must be a list"),
        ({"callback_urls": "http://localhost/"}, "callback_urls must be a list"),
        ({"server": LocalServer(), "python": "python3"}, "python is the server's"),
    ],
)
def test_wrong_options_are_refused_at_once(options: dict[str, Any], message: str) -> None:
    """A wrong option fails when the pool is described, before anything starts."""
    with pytest.raises(ConfigurationError, match=message):
        LocalPool(**options)
