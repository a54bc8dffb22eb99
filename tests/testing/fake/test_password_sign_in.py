"""Signing in by password, and what tokens say then."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest

from cognitokit.testing import FakePool, NotInFakePool
from tests.testing.fake.calls import (
    PASSWORD,
    UNKNOWN_USER,
    WRONG_PASSWORD,
    admin,
    attribute,
    attributes,
    initiate,
    refusal,
    respond,
    status,
    tokens,
)

NEW = "N3w-Passw0rd"


def claims(token: str) -> dict[str, Any]:
    """Return what a token says, unverified."""
    body: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return body


@pytest.mark.parametrize(
    "flow", ["USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"]
)
def test_a_password_gives_tokens(pool: FakePool, flow: str) -> None:
    """Each password flow gives all three tokens for an hour, and refuses a wrong password."""
    result = tokens(pool, flow=flow)

    assert (result["TokenType"], result["ExpiresIn"]) == ("Bearer", 3600)
    assert len(result["RefreshToken"].split(".")) == 5
    assert refusal(initiate, pool, flow, PASSWORD="wrong") == WRONG_PASSWORD


def test_tokens_say_who_signed_in(pool: FakePool) -> None:
    """Both tokens name user, client and one sign-in; attributes are in the id token alone."""
    result = tokens(pool)
    access, identity = claims(result["AccessToken"]), claims(result["IdToken"])

    assert access["username"] == identity["cognito:username"] == "jane"
    assert access["client_id"] == identity["aud"] == pool.client_id
    assert access["sub"] == identity["sub"] == attribute(pool, "sub")
    assert access["origin_jti"] == identity["origin_jti"]
    assert access["scope"] == "aws.cognito.signin.user.admin"
    assert identity["auth_time"] == identity["iat"] == 1_800_000_000
    assert (identity["email"], identity["email_verified"]) == ("jane@example.com", True)
    assert "email" not in access
    assert "cognito:groups" not in access


def test_attributes_become_claims_of_their_kind(pool: FakePool) -> None:
    """address is an object, updated_at a number, custom attributes strings; ReadAttributes narrows them."""
    narrow = pool.add_app_client(ReadAttributes=["name"])
    pool.add_user(
        "joe", PASSWORD, attributes={"name": "Joe", "address": "Main St", "updated_at": "17"}
    )
    identity = claims(tokens(pool, "joe")["IdToken"])
    narrowed = claims(tokens(pool, "joe", client_id=narrow.id)["IdToken"])

    assert (identity["address"], identity["updated_at"]) == ({"formatted": "Main St"}, 17)
    assert narrowed["name"] == "Joe"
    assert "address" not in narrowed


def test_groups_and_roles_come_by_precedence(pool: FakePool) -> None:
    """cognito:groups holds the user's groups, and the best precedence gives the preferred role."""
    role = "arn:aws:iam::123456789012:role/{}"
    for name, precedence in (("a", 3), ("b", 1), ("c", None)):
        members = {} if precedence is None else {"Precedence": precedence}
        admin(pool, "CreateGroup", GroupName=name, RoleArn=role.format(name), **members)
        admin(pool, "AdminAddUserToGroup", Username="jane", GroupName=name)
    result = tokens(pool)
    identity = claims(result["IdToken"])
    admin(pool, "UpdateGroup", GroupName="a", Precedence=1)
    undecided = claims(tokens(pool)["IdToken"])

    assert claims(result["AccessToken"])["cognito:groups"] == ["b", "a", "c"]
    assert identity["cognito:groups"] == ["b", "a", "c"]
    assert identity["cognito:roles"] == [role.format(name) for name in "bac"]
    assert identity["cognito:preferred_role"] == role.format("b")
    assert "cognito:preferred_role" not in undecided


def test_lifetimes_are_the_clients() -> None:
    """Validities and their units are the app client's, and reach the tokens."""
    pool = FakePool(
        clock=lambda: 1_800_000_000.0,
        client_options={
            "AccessTokenValidity": 10,
            "IdTokenValidity": 1,
            "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "days"},
        },
    )
    pool.add_user("jane", PASSWORD)
    result = tokens(pool)

    assert result["ExpiresIn"] == 600
    assert claims(result["AccessToken"])["exp"] == 1_800_000_600
    assert claims(result["IdToken"])["exp"] == 1_800_086_400


def test_a_client_without_revocation_issues_no_ids(pool: FakePool) -> None:
    """Without EnableTokenRevocation tokens carry neither jti nor origin_jti."""
    plain = pool.add_app_client(EnableTokenRevocation=False)
    access = claims(tokens(pool, client_id=plain.id)["AccessToken"])

    assert {"jti", "origin_jti"} & set(access) == set()


def test_the_updated_issuer_is_named(pool: FakePool) -> None:
    """IssuerConfiguration UPDATED changes iss; the default is the original form."""
    updated = pytest.importorskip("cognitokit.testing.fake.service_model").service_model()
    shape = updated.operation_model("CreateUserPool").input_shape
    if "IssuerConfiguration" not in shape.members:
        pytest.skip("this botocore has no IssuerConfiguration")
    other = FakePool(pool_options={"IssuerConfiguration": {"Type": "UPDATED"}})
    other.add_user("jane", PASSWORD)

    assert claims(tokens(pool)["IdToken"])["iss"] == pool.pool.issuers[0]
    assert claims(tokens(other)["IdToken"])["iss"] == other.pool.issuers[1]


def test_unknown_and_disabled_users(pool: FakePool) -> None:
    """A hiding client gives the same answer to an unknown user; a disabled one is told so after the right password."""
    legacy = pool.add_app_client(PreventUserExistenceErrors="LEGACY")
    admin(pool, "AdminDisableUser", Username="jane")

    assert refusal(initiate, pool, username="nobody") == WRONG_PASSWORD
    assert refusal(initiate, pool, username="nobody", client_id=legacy.id) == UNKNOWN_USER
    assert refusal(initiate, pool) == ("NotAuthorizedException", "User is disabled.")
    assert refusal(initiate, pool, PASSWORD="wrong") == WRONG_PASSWORD


def test_five_misses_lock_for_a_while(pool: FakePool) -> None:
    """After five wrong passwords each further one locks for twice as long; waiting opens the lock."""
    exceeded = ("NotAuthorizedException", "Password attempts exceeded")
    for _ in range(5):
        assert refusal(initiate, pool, PASSWORD="wrong") == WRONG_PASSWORD
    assert refusal(initiate, pool) == exceeded
    pool.advance(1)
    assert refusal(initiate, pool, PASSWORD="wrong") == WRONG_PASSWORD
    pool.advance(1)
    assert refusal(initiate, pool) == exceeded
    pool.advance(1)

    assert "AccessToken" in tokens(pool)
    assert refusal(initiate, pool, PASSWORD="wrong") == WRONG_PASSWORD


def test_a_quarter_of_an_hour_forgives(pool: FakePool) -> None:
    """Fifteen minutes without an attempt bring the count back to nothing."""
    for _ in range(5):
        refusal(initiate, pool, PASSWORD="wrong")
    pool.advance(15 * 60)
    for _ in range(5):
        assert refusal(initiate, pool, PASSWORD="wrong") == WRONG_PASSWORD

    assert refusal(initiate, pool)[1] == "Password attempts exceeded"


class TestNewPassword:
    @pytest.fixture
    def pool(self) -> FakePool:
        """A pool that requires a name, with a user who was invited."""
        made = FakePool(
            pool_options={"Schema": [{"Name": "name", "Required": True, "Mutable": True}]}
        )
        made.add_user("jane", PASSWORD, temporary=True)
        return made

    def test_the_challenge_says_what_is_missing(self, pool: FakePool) -> None:
        """requiredAttributes is a JSON list with prefixes, userAttributes a JSON object."""
        challenge = initiate(pool)
        parameters = challenge["ChallengeParameters"]

        assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
        assert json.loads(parameters["requiredAttributes"]) == ["userAttributes.name"]
        assert json.loads(parameters["userAttributes"]) == {
            "email_verified": "true",
            "email": "jane@example.com",
        }
        assert parameters["USER_ID_FOR_SRP"] == "jane"
        assert status(pool) == "FORCE_CHANGE_PASSWORD"

    def test_the_answer_confirms_the_user(self, pool: FakePool) -> None:
        """The new password and the missing attribute give tokens; the session serves once."""
        challenge = initiate(pool)
        answer = {
            "NEW_PASSWORD": NEW,
            "userAttributes.name": "Jane",
            "userAttributes.nickname": "J",
        }
        reply = respond(pool, challenge, **answer)

        assert "AccessToken" in reply["AuthenticationResult"]
        assert (attribute(pool, "name"), attribute(pool, "nickname")) == ("Jane", "J")
        assert status(pool) == "CONFIRMED"
        assert refusal(respond, pool, challenge, **answer)[1] == (
            "Invalid session for the user, session can only be used once."
        )
        assert "AccessToken" in tokens(pool, PASSWORD=NEW)

    def test_a_refused_answer_leaves_the_session(self, pool: FakePool) -> None:
        """Weak passwords and missing, known or forbidden attributes are refused; the right answer still works."""
        challenge = initiate(pool)
        name = {"userAttributes.name": "Jane"}
        refusals = [
            refusal(respond, pool, challenge, **answer)
            for answer in (
                {"NEW_PASSWORD": "weak", **name},
                {"NEW_PASSWORD": NEW},
                {**name},
                {"NEW_PASSWORD": NEW, **name, "userAttributes.email_verified": "true"},
                {"NEW_PASSWORD": NEW, **name, "userAttributes.custom:nope": "x"},
            )
        ]

        assert [code for code, _ in refusals] == [
            "InvalidPasswordException",
            "InvalidParameterException",
            "InvalidParameterException",
            "NotAuthorizedException",
            "InvalidParameterException",
        ]
        assert "AuthenticationResult" in respond(pool, challenge, NEW_PASSWORD=NEW, **name)

    def test_a_required_attribute_that_is_known_stays(self, pool: FakePool) -> None:
        """What the administrator gave is not changed in the answer."""
        admin(
            pool,
            "AdminUpdateUserAttributes",
            Username="jane",
            UserAttributes=attributes(name="Jane"),
        )
        challenge = initiate(pool)

        assert json.loads(challenge["ChallengeParameters"]["requiredAttributes"]) == []
        assert (
            refusal(respond, pool, challenge, NEW_PASSWORD=NEW, **{"userAttributes.name": "X"})[0]
            == "NotAuthorizedException"
        )

    def test_a_temporary_password_lives_a_week(self, pool: FakePool) -> None:
        """After TemporaryPasswordValidityDays the temporary password opens nothing."""
        pool.advance(7 * 86400)

        assert refusal(initiate, pool) == (
            "NotAuthorizedException",
            "Temporary password has expired and must be reset by an administrator.",
        )


class TestSessions:
    @pytest.fixture
    def challenge(self, pool: FakePool) -> Any:
        """A sign-in that waits for a new password."""
        pool.add_user("joe", PASSWORD, temporary=True)
        return initiate(pool, username="joe")

    def test_a_session_lives_three_minutes(self, pool: FakePool, challenge: Any) -> None:
        """One second before the end a session is good, then expired."""
        pool.advance(179)
        assert refusal(respond, pool, challenge, username="joe", NEW_PASSWORD="weak")[0] == (
            "InvalidPasswordException"
        )
        pool.advance(1)

        assert refusal(respond, pool, challenge, username="joe", NEW_PASSWORD=NEW) == (
            "NotAuthorizedException",
            "Invalid session for the user, session is expired.",
        )

    def test_a_client_may_give_longer(self, pool: FakePool) -> None:
        """AuthSessionValidity is minutes."""
        patient = pool.add_app_client(AuthSessionValidity=15)
        pool.add_user("ann", PASSWORD, temporary=True)
        challenge = initiate(pool, username="ann", client_id=patient.id)
        pool.advance(14 * 60)

        assert "AuthenticationResult" in respond(
            pool, challenge, username="ann", client_id=patient.id, NEW_PASSWORD=NEW
        )

    @pytest.mark.parametrize(
        "change",
        [
            {"members": {"Session": "x" * 30}},
            {"username": "jane"},
            {"members": {"ChallengeName": "SMS_MFA"}},
        ],
    )
    def test_a_session_is_of_one_user_and_challenge(
        self, pool: FakePool, challenge: Any, change: dict[str, Any]
    ) -> None:
        """A made-up session, another user's name and another challenge are refused alike."""
        assert refusal(
            respond, pool, challenge, **{"username": "joe", **change}, NEW_PASSWORD=NEW
        ) == (
            "NotAuthorizedException",
            "Invalid session for the user.",
        )

    def test_a_session_is_of_one_client(self, pool: FakePool, challenge: Any) -> None:
        """Another app client does not take it."""
        other = pool.add_app_client()

        assert (
            refusal(respond, pool, challenge, username="joe", client_id=other.id, NEW_PASSWORD=NEW)[
                1
            ]
            == "Invalid session for the user."
        )

    def test_session_and_username_are_required(self, pool: FakePool, challenge: Any) -> None:
        """An answer without either names what is missing."""
        request = {"ClientId": pool.client_id, "ChallengeName": "NEW_PASSWORD_REQUIRED"}

        assert refusal(pool.handle, "RespondToAuthChallenge", request)[1] == (
            "Missing required parameter USERNAME"
        )
        request["ChallengeResponses"] = {"USERNAME": "joe"}  # type: ignore[assignment]
        assert refusal(pool.handle, "RespondToAuthChallenge", request)[1] == (
            "Missing required parameter Session"
        )

    def test_either_twin_may_answer(self, pool: FakePool, challenge: Any) -> None:
        """AdminRespondToAuthChallenge takes what InitiateAuth began."""
        reply = admin(
            pool,
            "AdminRespondToAuthChallenge",
            ClientId=pool.client_id,
            ChallengeName=challenge["ChallengeName"],
            Session=challenge["Session"],
            ChallengeResponses={"USERNAME": "joe", "NEW_PASSWORD": NEW},
        )

        assert "AuthenticationResult" in reply


class TestFlows:
    @pytest.mark.parametrize(
        "flow,allow,complaint",
        [
            (
                "USER_PASSWORD_AUTH",
                "ALLOW_USER_PASSWORD_AUTH",
                "USER_PASSWORD_AUTH flow not enabled for this client",
            ),
            (
                "ADMIN_USER_PASSWORD_AUTH",
                "ALLOW_ADMIN_USER_PASSWORD_AUTH",
                "Auth flow not enabled for this client",
            ),
            ("ADMIN_NO_SRP_AUTH", "ADMIN_NO_SRP_AUTH", "Auth flow not enabled for this client"),
            ("USER_AUTH", "ALLOW_USER_AUTH", "USER_AUTH flow not enabled for this client"),
        ],
    )
    def test_a_flow_must_be_allowed(
        self, pool: FakePool, flow: str, allow: str, complaint: str
    ) -> None:
        """A client without the flow refuses it, one with it goes on."""
        without = pool.add_app_client(ExplicitAuthFlows=["ALLOW_CUSTOM_AUTH"])
        with_it = pool.add_app_client(ExplicitAuthFlows=[allow])

        assert refusal(initiate, pool, flow, client_id=without.id) == (
            "InvalidParameterException",
            complaint,
        )
        assert set(initiate(pool, flow, client_id=with_it.id)) & {"AuthenticationResult", "Session"}

    def test_srp_is_named_and_left_out(self, pool: FakePool) -> None:
        """A client that allows SRP meets the error that says what to use; one that does not, Cognito's."""
        srp = pool.add_app_client(ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"])

        assert refusal(initiate, pool, "USER_SRP_AUTH", SRP_A="ab")[1] == (
            "USER_SRP_AUTH is not enabled for the client."
        )
        with pytest.raises(NotInFakePool, match="USER_PASSWORD_AUTH"):
            initiate(pool, "USER_SRP_AUTH", client_id=srp.id, SRP_A="ab")

    def test_each_twin_has_its_own_flows(self, pool: FakePool) -> None:
        """InitiateAuth takes no administrator's flow, AdminInitiateAuth not USER_PASSWORD_AUTH."""
        parameters = {"USERNAME": "jane", "PASSWORD": PASSWORD}
        request = {"ClientId": pool.client_id, "AuthParameters": parameters}

        assert refusal(
            pool.handle, "InitiateAuth", {**request, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH"}
        ) == (
            "InvalidParameterException",
            "Initiate Auth method not supported.",
        )
        assert (
            refusal(admin, pool, "AdminInitiateAuth", **request, AuthFlow="USER_PASSWORD_AUTH")[0]
            == "InvalidParameterException"
        )

    @pytest.mark.parametrize("name", ["USERNAME", "PASSWORD"])
    def test_parameters_are_required(self, pool: FakePool, name: str) -> None:
        """A missing or empty key of AuthParameters is named."""
        parameters = {"USERNAME": "jane", "PASSWORD": PASSWORD, name: ""}

        assert refusal(
            pool.handle,
            "InitiateAuth",
            {
                "ClientId": pool.client_id,
                "AuthFlow": "USER_PASSWORD_AUTH",
                "AuthParameters": parameters,
            },
        ) == ("InvalidParameterException", f"Missing required parameter {name}")

    def test_another_pool_is_not_here(self, pool: FakePool) -> None:
        """An administrator's call for another pool is ResourceNotFound."""
        assert refusal(
            pool.handle, "AdminGetUser", {"UserPoolId": "eu-west-1_Another1", "Username": "jane"}
        ) == ("ResourceNotFoundException", "User pool eu-west-1_Another1 does not exist.")


class TestSecretHash:
    @pytest.fixture
    def pool(self) -> FakePool:
        """A pool with aliases and a client with a secret."""
        made = FakePool(secret=True, pool_options={"AliasAttributes": ["email"]})
        made.add_user("jane", PASSWORD, temporary=True)
        return made

    def hash(self, pool: FakePool, username: str) -> str:
        """Return the SECRET_HASH of a name."""
        from cognitokit.client.secret_hash import secret_hash

        return secret_hash(username, pool.client_id, pool.client_secret or "")

    def test_first_the_name_that_is_sent_then_the_real_one(self, pool: FakePool) -> None:
        """A sign-in by alias hashes the alias; the answer to its challenge hashes the name that Cognito told."""
        alias = "jane@example.com"
        challenge = initiate(pool, username=alias, SECRET_HASH=self.hash(pool, alias))
        real = challenge["ChallengeParameters"]["USER_ID_FOR_SRP"]
        unverified = (
            "NotAuthorizedException",
            f"Unable to verify secret hash for client {pool.client_id}",
        )

        assert (
            refusal(initiate, pool, username=alias, SECRET_HASH=self.hash(pool, "jane"))
            == unverified
        )
        assert (
            refusal(
                respond,
                pool,
                challenge,
                username=alias,
                NEW_PASSWORD=NEW,
                SECRET_HASH=self.hash(pool, alias),
            )
            == unverified
        )
        assert "AuthenticationResult" in respond(
            pool, challenge, username=real, NEW_PASSWORD=NEW, SECRET_HASH=self.hash(pool, real)
        )
