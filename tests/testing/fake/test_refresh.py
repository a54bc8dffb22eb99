"""Refreshing, revoking, signing out, and the list of sessions."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from cognitokit.testing import FakePool
from tests.testing.fake.calls import (
    PASSWORD,
    REVOKED,
    admin,
    call,
    initiate,
    mine,
    refusal,
    tokens,
)

GONE = ("NotAuthorizedException", "Refresh Token has been revoked")
INVALID = ("NotAuthorizedException", "Invalid Refresh Token")


def refresh(pool: FakePool, refresh_token: str, **params: Any) -> Any:
    """GetTokensFromRefreshToken."""
    return call(pool, "GetTokensFromRefreshToken", RefreshToken=refresh_token, **params)[
        "AuthenticationResult"
    ]


def refresh_legacy(
    pool: FakePool, refresh_token: str, flow: str = "REFRESH_TOKEN_AUTH", **parameters: str
) -> Any:
    """InitiateAuth with REFRESH_TOKEN_AUTH."""
    request = {"AuthFlow": flow, "AuthParameters": {"REFRESH_TOKEN": refresh_token, **parameters}}
    return call(pool, "InitiateAuth", **request)["AuthenticationResult"]


def claims(result: Any) -> dict[str, Any]:
    """Return what the access token says, unverified."""
    body: dict[str, Any] = jwt.decode(result["AccessToken"], options={"verify_signature": False})
    return body


@pytest.mark.parametrize("how", [refresh, refresh_legacy])
def test_a_refresh_gives_new_tokens_of_the_same_sign_in(pool: FakePool, how: Any) -> None:
    """New access and id tokens keep auth_time and origin_jti and see the user as they are now."""
    result = tokens(pool)
    pool.advance(100)
    admin(pool, "CreateGroup", GroupName="admin")
    admin(pool, "AdminAddUserToGroup", Username="jane", GroupName="admin")
    renewed = how(pool, result["RefreshToken"])
    before, after = claims(result), claims(renewed)

    assert "RefreshToken" not in renewed
    assert after["iat"] - before["iat"] == 100
    assert (after["auth_time"], after["origin_jti"]) == (before["auth_time"], before["origin_jti"])
    assert after["jti"] != before["jti"]
    assert after["cognito:groups"] == ["admin"]
    assert mine(pool, "GetUser", renewed)["Username"] == "jane"


@pytest.mark.parametrize("how", [refresh, refresh_legacy])
def test_what_no_longer_refreshes(pool: FakePool, how: Any) -> None:
    """Unknown, another client's, a disabled and a deleted user's, and expired refresh tokens are refused."""
    other = pool.add_app_client()
    foreign = tokens(pool, client_id=other.id)["RefreshToken"]
    result = tokens(pool)
    refresh_token = result["RefreshToken"]
    admin(pool, "AdminDisableUser", Username="jane")
    disabled = refusal(how, pool, refresh_token)
    admin(pool, "AdminEnableUser", Username="jane")
    enabled = how(pool, refresh_token)
    pool.advance(30 * 86400)
    expired = refusal(how, pool, refresh_token)
    admin(pool, "AdminDeleteUser", Username="jane")

    assert refusal(how, pool, "garbage") == INVALID
    assert refusal(how, pool, foreign) == INVALID
    assert disabled == ("NotAuthorizedException", "User is disabled.")
    assert "AccessToken" in enabled
    assert expired == ("NotAuthorizedException", "Refresh Token has expired")
    assert refusal(how, pool, refresh_token) == INVALID


def test_the_legacy_flow_must_be_allowed(pool: FakePool) -> None:
    """ALLOW_REFRESH_TOKEN_AUTH is asked for, but of clients that name their flows the old way."""
    narrow = pool.add_app_client(ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    old = pool.add_app_client(ExplicitAuthFlows=["USER_PASSWORD_AUTH"])
    of_old = tokens(pool, client_id=old.id)["RefreshToken"]
    request = {"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": {"REFRESH_TOKEN": of_old}}

    assert refusal(pool.handle, "InitiateAuth", {"ClientId": narrow.id, **request}) == (
        "InvalidParameterException",
        "Auth flow not enabled for this client",
    )
    assert "AuthenticationResult" in pool.handle("InitiateAuth", {"ClientId": old.id, **request})
    assert "AccessToken" in refresh_legacy(pool, tokens(pool)["RefreshToken"], "REFRESH_TOKEN")


def test_the_refresh_token_is_required(pool: FakePool) -> None:
    """An empty REFRESH_TOKEN is named."""
    assert refusal(refresh_legacy, pool, "")[1] == "Missing required parameter REFRESH_TOKEN"


class TestSecret:
    @pytest.fixture
    def pool(self) -> FakePool:
        """A pool with a client that has a secret, where email is an alias."""
        made = FakePool(secret=True, pool_options={"AliasAttributes": ["email"]})
        made.add_user("jane", PASSWORD)
        return made

    def hash(self, pool: FakePool, username: str) -> str:
        """Return the SECRET_HASH of a name."""
        from cognitokit.client.secret_hash import secret_hash

        return secret_hash(username, pool.client_id, pool.client_secret or "")

    def test_the_legacy_flow_hashes_the_real_name(self, pool: FakePool) -> None:
        """The hash is over the user's own name whatever they signed in with."""
        alias = "jane@example.com"
        refresh_token = tokens(pool, alias, SECRET_HASH=self.hash(pool, alias))["RefreshToken"]

        assert refusal(refresh_legacy, pool, refresh_token) == (
            "NotAuthorizedException",
            f"Client {pool.client_id} is configured with secret but SECRET_HASH was not received",
        )
        assert refusal(refresh_legacy, pool, refresh_token, SECRET_HASH=self.hash(pool, alias)) == (
            "NotAuthorizedException",
            f"SecretHash does not match for the client: {pool.client_id}",
        )
        assert "AccessToken" in refresh_legacy(
            pool, refresh_token, SECRET_HASH=self.hash(pool, "jane")
        )

    def test_the_new_operations_take_the_secret_itself(self, pool: FakePool) -> None:
        """GetTokensFromRefreshToken and RevokeToken want ClientSecret."""
        refresh_token = tokens(pool, SECRET_HASH=self.hash(pool, "jane"))["RefreshToken"]
        wrong = {"ClientSecret": "x" * 30}
        right = {"ClientSecret": pool.client_secret}

        assert refusal(refresh, pool, refresh_token)[0] == "NotAuthorizedException"
        assert refusal(refresh, pool, refresh_token, **wrong)[0] == "NotAuthorizedException"
        assert "AccessToken" in refresh(pool, refresh_token, **right)
        assert refusal(call, pool, "RevokeToken", Token=refresh_token)[0] == "UnauthorizedException"
        assert call(pool, "RevokeToken", Token=refresh_token, **right) == {}


class TestRotation:
    def make_pool(self, grace: int = 0) -> FakePool:
        """A pool whose client rotates refresh tokens."""
        rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": grace}
        made = FakePool(
            clock=lambda: 1_800_000_000.0, client_options={"RefreshTokenRotation": rotation}
        )
        made.add_user("jane", PASSWORD)
        return made

    def test_each_refresh_gives_another_token(self) -> None:
        """The new refresh token works; the old one is reuse from the first moment on."""
        pool = self.make_pool()
        first = tokens(pool)["RefreshToken"]
        second = refresh(pool, first)["RefreshToken"]

        assert first != second
        assert refusal(refresh, pool, first)[0] == "RefreshTokenReuseException"
        assert "RefreshToken" in refresh(pool, second)

    def test_a_grace_period_forgives_a_retry(self) -> None:
        """Within the grace the old token still refreshes, on its last second no more."""
        pool = self.make_pool(grace=20)
        first = tokens(pool)["RefreshToken"]
        refresh(pool, first)
        pool.advance(19)
        again = refresh(pool, first)["RefreshToken"]
        pool.advance(1)

        assert refusal(refresh, pool, first)[0] == "RefreshTokenReuseException"
        assert "AccessToken" in refresh(pool, again)

    def test_rotation_does_not_prolong(self) -> None:
        """A rotated token expires when the first one would have."""
        pool = self.make_pool()
        first = tokens(pool)["RefreshToken"]
        pool.advance(29 * 86400)
        second = refresh(pool, first)["RefreshToken"]
        pool.advance(86400)

        assert refusal(refresh, pool, second)[1] == "Refresh Token has expired"

    def test_the_legacy_flow_is_closed(self) -> None:
        """A client that rotates does not take REFRESH_TOKEN_AUTH, however its flows are named."""
        pool = self.make_pool()
        old = pool.add_app_client(ExplicitAuthFlows=["USER_PASSWORD_AUTH"])
        request = {"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": {"REFRESH_TOKEN": "x"}}

        assert refusal(refresh_legacy, pool, "x")[0] == "InvalidParameterException"
        assert (
            refusal(pool.handle, "InitiateAuth", {"ClientId": old.id, **request})[0]
            == "UnsupportedOperationException"
        )


class TestRevocation:
    def test_a_revoked_token_takes_its_access_tokens_along(self, pool: FakePool) -> None:
        """RevokeToken ends one sign-in and leaves the others."""
        result, other = tokens(pool), tokens(pool)
        call(pool, "RevokeToken", Token=result["RefreshToken"])

        assert refusal(refresh, pool, result["RefreshToken"]) == GONE
        assert refusal(mine, pool, "GetUser", result) == REVOKED
        assert mine(pool, "GetUser", other)["Username"] == "jane"

    def test_what_cannot_be_revoked(self, pool: FakePool) -> None:
        """Access tokens, garbage, another client's tokens, and clients without revocation."""
        other = pool.add_app_client()
        plain = pool.add_app_client(EnableTokenRevocation=False)
        result = tokens(pool)

        assert (
            refusal(call, pool, "RevokeToken", Token=result["AccessToken"])[0]
            == "UnsupportedTokenTypeException"
        )
        assert refusal(call, pool, "RevokeToken", Token="x", ClientId="nobody")[0] == (
            "InvalidParameterException"
        )
        assert refusal(call, pool, "RevokeToken", Token="garbage")[0] == "InvalidParameterException"
        assert (
            refusal(call, pool, "RevokeToken", Token=result["RefreshToken"], ClientId=other.id)[0]
            == "UnauthorizedException"
        )
        assert (
            refusal(call, pool, "RevokeToken", Token=result["RefreshToken"], ClientId=plain.id)[0]
            == "UnsupportedOperationException"
        )

    @pytest.mark.parametrize("by_administrator", [False, True])
    def test_signing_out_everywhere(self, pool: FakePool, *, by_administrator: bool) -> None:
        """Every token of the user is dead, another user's and the next sign-in's are not."""
        pool.add_user("joe", PASSWORD)
        first, second, joe = tokens(pool), tokens(pool), tokens(pool, "joe")
        if by_administrator:
            admin(pool, "AdminUserGlobalSignOut", Username="jane")
        else:
            mine(pool, "GlobalSignOut", first)

        for result in (first, second):
            assert refusal(mine, pool, "GetUser", result) == REVOKED
            assert refusal(refresh, pool, result["RefreshToken"]) == GONE
        assert mine(pool, "GetUser", joe)["Username"] == "joe"
        assert mine(pool, "GetUser", tokens(pool))["Username"] == "jane"

    def test_disabling_ends_access_and_not_refresh(self, pool: FakePool) -> None:
        """After disabling and enabling, old access tokens stay dead and the refresh token gives new ones."""
        pool.add_user("joe", PASSWORD)
        joe = tokens(pool, "joe")
        result = tokens(pool)
        admin(pool, "AdminDisableUser", Username="jane")
        disabled = refusal(mine, pool, "GetUser", result)
        admin(pool, "AdminEnableUser", Username="jane")

        assert disabled == ("NotAuthorizedException", "User is disabled.")
        assert refusal(mine, pool, "GetUser", result) == REVOKED
        assert mine(pool, "GetUser", joe)["Username"] == "joe"
        assert mine(pool, "GetUser", refresh(pool, result["RefreshToken"]))["Username"] == "jane"


class TestAccessTokens:
    def test_a_minted_token_works_until_the_user_signs_out(self, pool: FakePool) -> None:
        """A token that pool.mint made for a user is theirs; after a sign-out only newer ones are."""
        before = {"AccessToken": pool.mint.access_token("jane")}
        username = mine(pool, "GetUser", before)["Username"]
        admin(pool, "AdminUserGlobalSignOut", Username="jane")
        pool.advance(1)
        after = {"AccessToken": pool.mint.access_token("jane")}

        assert username == "jane"
        assert refusal(mine, pool, "GetUser", before) == REVOKED
        assert mine(pool, "GetUser", after)["Username"] == "jane"

    def test_a_token_of_a_client_without_revocation_ends_with_the_sign_out(
        self, pool: FakePool
    ) -> None:
        """Without jti and origin_jti it is the time of issue that counts."""
        plain = pool.add_app_client(EnableTokenRevocation=False)
        result = tokens(pool, client_id=plain.id)
        mine(pool, "GlobalSignOut", result)

        assert refusal(mine, pool, "GetUser", result) == REVOKED

    @pytest.mark.parametrize(
        "make,message",
        [
            (lambda pool, result: "garbage", "Invalid Access Token"),
            (lambda pool, result: result["IdToken"], "Invalid Access Token"),
            (lambda pool, result: pool.mint.access_token("jane", exp=None), "Invalid Access Token"),
            (
                lambda pool, result: FakePool("eu-west-1_Another1").mint.access_token("jane"),
                "Invalid Access Token",
            ),
            (
                lambda pool, result: pool.mint.access_token("jane", expires_in=0),
                "Access Token has expired",
            ),
            (
                lambda pool, result: pool.mint.access_token("jane", scopes=["openid"]),
                "Access Token does not have required scopes",
            ),
            (
                lambda pool, result: pool.mint.access_token(
                    "jane", claims={"iss": "https://example.com"}
                ),
                "Invalid Access Token",
            ),
            (
                lambda pool, result: result["AccessToken"].rpartition(".")[0] + "." + "A" * 342,
                "Could not verify signature for Access Token",
            ),
        ],
    )
    def test_other_tokens_are_refused(self, pool: FakePool, make: Any, message: str) -> None:
        """Id tokens, other pools', expired, narrow and forged ones say what is wrong."""
        token = {"AccessToken": make(pool, tokens(pool))}

        assert refusal(mine, pool, "GetUser", token) == ("NotAuthorizedException", message)

    def test_a_deleted_users_token_finds_nobody(self, pool: FakePool) -> None:
        """The user is not found, not even when there is a new one of the same name."""
        result = tokens(pool)
        admin(pool, "AdminDeleteUser", Username="jane")
        pool.add_user("jane", PASSWORD)

        assert refusal(mine, pool, "GetUser", result) == (
            "UserNotFoundException",
            "User does not exist.",
        )
        assert refusal(mine, pool, "GlobalSignOut", result)[0] == "NotAuthorizedException"


class TestSessions:
    def test_they_are_listed_and_revoked(self, pool: FakePool) -> None:
        """A user sees every sign-in, which is the current one, and ends another."""
        first, second = tokens(pool), tokens(pool)
        sessions = mine(pool, "ListUserSessions", first)["Sessions"]
        current = [each for each in sessions if each["IsCurrentSession"]]
        other = next(each for each in sessions if not each["IsCurrentSession"])
        mine(pool, "RevokeUserSession", first, SessionId=other["SessionId"])

        assert len(sessions) == 2
        assert len(current) == 1
        assert {each["SessionType"] for each in sessions} == {"TOKEN"}
        assert refusal(mine, pool, "GetUser", second) == REVOKED
        assert len(mine(pool, "ListUserSessions", first)["Sessions"]) == 1
        assert (
            refusal(mine, pool, "RevokeUserSession", first, SessionId=current[0]["SessionId"])[0]
            == "InvalidParameterException"
        )
        assert (
            refusal(mine, pool, "RevokeUserSession", first, SessionId=other["SessionId"])[0]
            == "ResourceNotFoundException"
        )

    def test_an_administrator_ends_any(self, pool: FakePool) -> None:
        """None is current to an administrator, and each can be revoked."""
        result = tokens(pool)
        (session,) = admin(pool, "AdminListUserSessions", Username="jane")["Sessions"]
        admin(pool, "AdminRevokeUserSession", Username="jane", SessionId=session["SessionId"])

        assert session["IsCurrentSession"] is False
        assert refusal(mine, pool, "GetUser", result) == REVOKED

    def test_they_come_in_pages(self, pool: FakePool) -> None:
        """A page holds 125 sessions at most."""
        for _ in range(126):
            initiate(pool)
        page = admin(pool, "AdminListUserSessions", Username="jane")
        rest = admin(pool, "AdminListUserSessions", Username="jane", NextToken=page["NextToken"])

        assert (len(page["Sessions"]), len(rest["Sessions"])) == (125, 1)
        assert "NextToken" not in rest
