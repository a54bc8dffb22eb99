"""FakePool itself: what it tells of itself, that it repeats, and that it keeps its secrets."""

from __future__ import annotations

import asyncio
import copy
import re
import threading
from typing import Any

import pytest

from cognitokit import CognitoVerifier, Tokens
from cognitokit.client.calls import Call
from cognitokit.errors import ConfigurationError, ExpiredToken, NotAuthorized
from cognitokit.testing import Clock, FakePool, NoMessage, NotInFakePool, RecordedCall, TokenMint
from tests.testing.fake.calls import (
    EMAIL_OTP,
    PASSWORD,
    attribute,
    attributes,
    call,
    initiate,
    mine,
    respond,
    tokens,
)

FROZEN: dict[str, Any] = {"clock": lambda: 1_800_000_000.0}


def story(pool: FakePool) -> list[Any]:
    """Sign up, confirm, sign in, and return what was seen."""
    joe = call(
        pool,
        "SignUp",
        Username="joe",
        Password=PASSWORD,
        UserAttributes=attributes(email="joe@example.com"),
    )
    code = pool.last_code("joe")
    call(pool, "ConfirmSignUp", Username="joe", ConfirmationCode=code)
    return [pool.client_id, joe, code, tokens(pool, "joe")]


def test_pools_made_alike_answer_alike() -> None:
    """Ids, codes, sessions and tokens repeat, and differ under another seed."""
    first, again, other = (story(FakePool(seed=seed, **FROZEN)) for seed in (0, 0, 1))

    assert first == again
    for mine_, others in zip(first, other, strict=True):
        assert mine_ != others


def test_codes_may_be_chosen() -> None:
    """codes is asked for as many digits as the purpose needs."""
    pool = FakePool(codes=lambda digits: "123456789"[:digits], pool_options=EMAIL_OTP)
    pool.add_user("jane", PASSWORD)
    call(pool, "ForgotPassword", Username="jane")
    recovery = pool.last_code("jane")
    initiate(pool, "USER_AUTH", PREFERRED_CHALLENGE="EMAIL_OTP")

    assert recovery == "123456"
    assert pool.last_code("jane@example.com") == "12345678"
    with pytest.raises(NoMessage, match=r"email address or phone number\?.*the pool's outbox\."):
        pool.last_code("nobody")


def test_a_minted_token_is_the_users_own() -> None:
    """The mint gives a user of the pool the sub that the pool has for them."""
    pool = FakePool()
    name = pool.add_user("jane", PASSWORD)
    reply = pool.handle("GetUser", {"AccessToken": pool.mint.access_token(name)})

    assert isinstance(pool.mint, TokenMint)
    assert attribute(pool, "sub") == pool.mint.sub("jane")
    assert reply["Username"] == "jane"


def test_tokens_survive_key_rotation() -> None:
    """After mint.rotate() older tokens still work, until their key is dropped."""
    pool = FakePool("eu-west-1_Rotating1")
    pool.add_user("jane", PASSWORD)
    result = tokens(pool)
    pool.mint.rotate()
    assert mine(pool, "GetUser", result)["Username"] == "jane"
    pool.mint.drop_retired_keys()

    with pytest.raises(NotAuthorized, match="Invalid Access Token"):
        mine(pool, "GetUser", result)
    assert mine(pool, "GetUser", tokens(pool))["Username"] == "jane"


def test_groups_are_a_list() -> None:
    """One string in their place would be a group for each letter; nothing is made of it."""
    pool = FakePool()
    with pytest.raises(ConfigurationError, match=r"groups must be a list of names"):
        pool.add_user("jane", PASSWORD, groups="admin")
    pool.add_user("jane", PASSWORD, groups=("admin",))

    assert ["admin"] == [group.name for group in pool.client().admin.list_groups()]


def test_users_by_email_have_it_verified() -> None:
    """In a pool of email usernames add_user returns the sub and the address is verified."""
    pool = FakePool(username_attributes=["email"])
    name = pool.add_user("jane@example.com", PASSWORD)

    assert attribute(pool, "sub", name) == name
    assert attribute(pool, "email_verified", name) == "true"
    assert "AccessToken" in tokens(pool, "jane@example.com")


def test_the_environment_is_told() -> None:
    """environ has what from_env reads, and the secret only where there is one."""
    pool, secret = FakePool(), FakePool(secret=True)

    assert pool.environ == {
        "COGNITO_USER_POOL_ID": pool.pool.id,
        "COGNITO_CLIENT_ID": pool.client_id,
    }
    assert secret.environ["COGNITO_CLIENT_SECRET"] == secret.client_secret


def test_time_passes_on_demand() -> None:
    """advance() moves the kit's own clock, and adds to any other."""
    clock = Clock(1_800_000_000)
    pool, other = FakePool(clock=clock), FakePool(**FROZEN)
    for each in (pool, other):
        each.advance(90)

    assert pool.now() == other.now() == clock() == 1_800_000_090


def test_the_keys_verify_its_tokens() -> None:
    """A verifier with the pool's coordinates, keys and clock takes its tokens, and no longer than they live."""
    pool = FakePool(clock=Clock(1_800_000_000))
    pool.add_user("jane", PASSWORD, groups=["admin"])
    result = tokens(pool)
    verifier = CognitoVerifier(
        pool.pool, client_id=pool.client_id, token_use="access", jwks=pool.jwks, clock=pool.now
    )
    identity = CognitoVerifier(
        pool.pool, client_id=pool.client_id, token_use="id", jwks=pool.jwks, clock=pool.now
    )

    assert verifier.verify(result["AccessToken"], groups=["admin"]).username == "jane"
    assert identity.verify(result["IdToken"]).email == "jane@example.com"
    pool.advance(3600)
    with pytest.raises(ExpiredToken):
        verifier.verify(result["AccessToken"])


def test_calls_are_recorded(pool: FakePool) -> None:
    """Every call is kept with its parameters, which the repr hides."""
    initiate(pool)
    recorded = pool.calls[-1]

    assert recorded == RecordedCall("InitiateAuth", recorded.params)
    assert recorded.params["AuthParameters"]["PASSWORD"] == PASSWORD
    assert repr(recorded) == "RecordedCall('InitiateAuth')"


class TestClients:
    def test_sync(self) -> None:
        """client() signs in through the pool and goes by its clock; another app client may be named."""
        pool = FakePool(clock=Clock(1_800_000_000))
        pool.add_user("jane", PASSWORD)
        other = pool.add_app_client(secret=True)
        result = pool.client().sign_in("jane", PASSWORD)

        assert isinstance(result, Tokens)
        assert result.expires_at == 1_800_003_600
        assert isinstance(pool.client(other).sign_in("jane", PASSWORD), Tokens)
        assert pool.calls[-1].params["ClientId"] == other.id

    def test_async(self) -> None:
        """So does async_client()."""
        pool = FakePool()
        pool.add_user("jane", PASSWORD)

        assert isinstance(asyncio.run(pool.async_client().sign_in("jane", PASSWORD)), Tokens)


class TestTransports:
    def test_sync(self, pool: FakePool) -> None:
        """The transport carries the client's calls."""
        reply = pool.transport.send(
            Call("AdminGetUser", {"UserPoolId": pool.pool.id, "Username": "jane"})
        )

        assert reply["Username"] == "jane"

    def test_async(self, pool: FakePool) -> None:
        """So does its async twin."""
        sent = pool.async_transport.send(
            Call("AdminGetUser", {"UserPoolId": pool.pool.id, "Username": "jane"})
        )

        assert asyncio.run(sent)["Username"] == "jane"

    def test_no_secret_is_in_the_frames_of_an_error(self, pool: FakePool) -> None:
        """Below the transport's own frame nothing travels with the error."""
        secret = "Very-Secret-1"
        request = {"USERNAME": "jane", "PASSWORD": secret}
        params = {
            "ClientId": pool.client_id,
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": request,
        }
        with pytest.raises(NotAuthorized) as caught:
            pool.transport.send(Call("InitiateAuth", params))
        frames = [entry.frame for entry in caught.traceback if "testing/fake/" in str(entry.path)][
            1:
        ]

        assert caught.value.__context__ is None
        assert [frame.code.name for frame in frames] == ["send"]
        assert secret not in repr([frame.f_locals for frame in frames])

    def test_many_threads_may_share_it(self, pool: FakePool) -> None:
        """Sign-ins from many threads all succeed and are all recorded."""
        results: list[Any] = []
        before = len(pool.calls)
        threads = [threading.Thread(target=lambda: results.append(tokens(pool))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len({result["RefreshToken"] for result in results}) == 8
        assert len(pool.calls) - before == 8


def test_reprs_show_no_secret() -> None:
    """Whatever the pool holds, a repr of it shows no password, code, secret, session or token."""
    pool = FakePool(secret=True, pool_options=EMAIL_OTP, codes=lambda digits: "918273645"[:digits])
    open_ = pool.add_app_client(secret=False)
    pool.add_user("jane", PASSWORD)
    pool.add_user("new", PASSWORD + "x", temporary=True)
    result = tokens(pool, client_id=open_.id)
    secret_code = mine(pool, "AssociateSoftwareToken", result)["SecretCode"]
    challenge = initiate(pool, "USER_AUTH", client_id=open_.id, PREFERRED_CHALLENGE="EMAIL_OTP")
    call(pool, "ForgotPassword", Username="jane", ClientId=open_.id)
    respond(pool, challenge, client_id=open_.id, EMAIL_OTP_CODE="91827364")
    shown = "\n".join(_reprs(pool))

    assert "User(username='jane'" in shown
    for secret in (
        PASSWORD,
        pool.client_secret,
        secret_code,
        result["RefreshToken"],
        challenge["Session"],
        "918273",
        "jane@example.com'",
    ):
        assert secret is not None
        assert secret not in shown.replace("destination='jane@example.com'", "")


def _reprs(pool: FakePool) -> list[str]:
    """Return the reprs of the pool and of every object of the package that it holds."""
    seen: set[int] = set()
    shown: list[str] = []
    waiting: list[Any] = [pool, pool.transport, pool.async_transport]
    while waiting:
        held = waiting.pop()
        if id(held) in seen:
            continue
        seen.add(id(held))
        if isinstance(held, dict):
            waiting += held.values()
        elif isinstance(held, (list, tuple, set)):
            waiting += held
        if re.match(r"cognitokit\.testing\.(fake|outbox|local)", type(held).__module__):
            shown.append(repr(held))
            slots = getattr(type(held), "__slots__", ())
            waiting += getattr(held, "__dict__", {}).values()
            waiting += [getattr(held, name) for name in slots]
    return shown


def test_its_own_errors_can_be_copied() -> None:
    """NotInFakePool keeps what it says, as it must on the way from one xdist worker to another."""
    error = NotInFakePool("that", "Use this.")
    again = copy.copy(error)

    assert (str(again), again.what, again.instead) == (str(error), "that", "Use this.")
