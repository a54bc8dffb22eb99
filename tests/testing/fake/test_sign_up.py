"""Signing up and confirming it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cognitokit.testing import FakePool, NoMessage
from tests.testing.fake.calls import (
    EMAIL_OTP,
    NO_SUCH_CODE,
    PASSWORD,
    WRONG_CODE,
    admin,
    attribute,
    attributes,
    call,
    initiate,
    refusal,
    respond,
    status,
    tokens,
)

EMAIL = attributes(email="joe@example.com")
UNKNOWN = ("UserNotFoundException", "Username/client id combination not found.")


def sign_up(pool: FakePool, username: str = "joe", **params: Any) -> Any:
    """SignUp with a good password and an email address, unless told otherwise."""
    return call(
        pool,
        "SignUp",
        **{"Username": username, "Password": PASSWORD, "UserAttributes": EMAIL, **params},
    )


def confirm(pool: FakePool, code: str, username: str = "joe", **params: Any) -> Any:
    """ConfirmSignUp."""
    return call(pool, "ConfirmSignUp", Username=username, ConfirmationCode=code, **params)


def test_sign_up_sends_a_code_and_confirming_it_lets_the_user_in(pool: FakePool) -> None:
    """A new user gets a code by mail, and after it the email is verified and sign-in works."""
    reply = sign_up(pool)
    assert status(pool, "joe") == "UNCONFIRMED"
    assert attribute(pool, "email_verified", "joe") == "false"
    confirm(pool, pool.last_code("joe"))

    assert reply["UserConfirmed"] is False
    assert reply["UserSub"] == attribute(pool, "sub", "joe")
    assert reply["CodeDeliveryDetails"] == {
        "Destination": "j***@e***",
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }
    assert status(pool, "joe") == "CONFIRMED"
    assert attribute(pool, "email_verified", "joe") == "true"
    assert set(tokens(pool, "joe")) >= {"AccessToken", "IdToken", "RefreshToken"}


def test_an_unconfirmed_user_may_not_sign_in(pool: FakePool) -> None:
    """The right password of an unconfirmed user says so; a wrong one says only that it is wrong."""
    sign_up(pool)

    assert refusal(initiate, pool, username="joe") == (
        "UserNotConfirmedException",
        "User is not confirmed.",
    )
    assert refusal(initiate, pool, username="joe", PASSWORD="wrong")[0] == "NotAuthorizedException"


def test_a_code_is_taken_once_and_only_the_right_one(pool: FakePool) -> None:
    """A wrong code is refused, the right one taken, and a confirmed user is not confirmed again."""
    sign_up(pool)
    code = pool.last_code("joe")
    assert refusal(confirm, pool, "000000") == WRONG_CODE
    confirm(pool, code)

    assert refusal(confirm, pool, code) == (
        "NotAuthorizedException",
        "User cannot be confirmed. Current status is CONFIRMED",
    )


def test_a_sign_up_code_lives_a_day(pool: FakePool) -> None:
    """After 24 hours the code has expired; a second one sent then works."""
    sign_up(pool)
    pool.advance(24 * 3600)
    assert refusal(confirm, pool, pool.last_code("joe")) == NO_SUCH_CODE
    call(pool, "ResendConfirmationCode", Username="joe")
    confirm(pool, pool.last_code("joe"))

    assert status(pool, "joe") == "CONFIRMED"


def test_too_many_wrong_codes_pause_even_the_right_one(pool: FakePool) -> None:
    """Five wrong codes are answered as such, the next tries with LimitExceeded for a quarter of an hour."""
    sign_up(pool)
    code = pool.last_code("joe")
    outcomes = [refusal(confirm, pool, "000000")[0] for _ in range(5)]
    assert refusal(confirm, pool, code) == (
        "LimitExceededException",
        "Attempt limit exceeded, please try after some time.",
    )
    pool.advance(15 * 60)
    confirm(pool, code)

    assert outcomes == ["CodeMismatchException"] * 5
    assert status(pool, "joe") == "CONFIRMED"


def test_the_session_of_a_confirmed_sign_up_signs_in(pool: FakePool) -> None:
    """USER_AUTH with ConfirmSignUp's Session gives tokens without another factor, once."""
    session = sign_up(pool)["Session"]
    confirmed = confirm(pool, pool.last_code("joe"), Session=session)["Session"]
    members = {"Session": confirmed}
    reply = initiate(pool, "USER_AUTH", username="joe", members=members)

    assert "AccessToken" in reply["AuthenticationResult"]
    assert refusal(initiate, pool, "USER_AUTH", username="joe", members=members) == (
        "NotAuthorizedException",
        "Invalid session for the user, session can only be used once.",
    )


def test_a_session_is_the_users_and_the_clients_own(pool: FakePool) -> None:
    """Another user's or app client's Session neither confirms nor signs in."""
    invalid = ("NotAuthorizedException", "Invalid session for the user.")
    sign_up(pool, "ann", UserAttributes=attributes(email="ann@example.com"))
    session = sign_up(pool)["Session"]
    assert refusal(confirm, pool, pool.last_code("ann"), "ann", Session=session) == invalid
    confirmed = confirm(pool, pool.last_code("joe"), Session=session)["Session"]
    other = pool.add_app_client()

    assert refusal(initiate, pool, "USER_AUTH", members={"Session": confirmed}) == invalid
    assert (
        refusal(
            initiate,
            pool,
            "USER_AUTH",
            username="joe",
            client_id=other.id,
            members={"Session": confirmed},
        )
        == invalid
    )


def test_a_session_is_given_only_where_it_can_be_used(pool: FakePool) -> None:
    """An app client without USER_AUTH gets no Session from sign-up."""
    other = pool.add_app_client(ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    reply = sign_up(pool, ClientId=other.id)

    assert "Session" not in reply
    assert confirm(pool, pool.last_code("joe"), ClientId=other.id) == {}


@pytest.mark.parametrize(
    "password,complaint",
    [
        ("Aa1!", "Password not long enough"),
        ("passw0rd!", "Password must have uppercase characters"),
        ("PASSW0RD!", "Password must have lowercase characters"),
        ("Password!", "Password must have numeric characters"),
        ("Passw0rdd", "Password must have symbol characters"),
    ],
)
def test_the_password_policy_holds(pool: FakePool, password: str, complaint: str) -> None:
    """A password that the policy does not take is refused with what it lacks."""
    expected = ("InvalidPasswordException", f"Password did not conform with policy: {complaint}")

    assert refusal(sign_up, pool, Password=password) == expected


def test_a_policy_asks_only_for_what_it_names() -> None:
    """A policy that is given in part does not ask for the kinds of characters it leaves out."""
    pool = FakePool(pool_options={"Policies": {"PasswordPolicy": {"MinimumLength": 6}}})

    assert sign_up(pool, Password="simple")["UserConfirmed"] is False


def test_a_password_may_have_spaces_inside_and_not_outside(pool: FakePool) -> None:
    """A space within counts as a symbol; one at the end is refused as malformed."""
    assert sign_up(pool, Password="Passw0rd two")["UserConfirmed"] is False

    assert refusal(sign_up, pool, "ann", Password="Passw0rd ")[0] == "InvalidParameterException"


def test_a_refused_sign_up_leaves_nothing_behind(pool: FakePool) -> None:
    """After a refusal the user does not exist, and the next attempt gets the sub that the mint has for the name."""
    refusal(sign_up, pool, Password="weak")

    assert refusal(admin, pool, "AdminGetUser", Username="joe")[0] == "UserNotFoundException"
    assert sign_up(pool)["UserSub"] == pool.mint.sub("joe")


def test_a_name_is_taken_once(pool: FakePool) -> None:
    """A second sign-up by the same name is refused."""
    assert refusal(sign_up, pool, "jane") == ("UsernameExistsException", "User already exists")


def test_without_a_password_only_where_codes_sign_in(pool: FakePool) -> None:
    """Password may be left out in a pool with one-time codes, and not elsewhere."""
    params = {"Username": "joe", "UserAttributes": EMAIL}
    passwordless = FakePool(pool_options=EMAIL_OTP)

    assert refusal(call, pool, "SignUp", **params) == (
        "InvalidParameterException",
        "Missing required parameter Password",
    )
    assert call(passwordless, "SignUp", **params)["UserConfirmed"] is False


def test_a_pool_may_forbid_sign_up() -> None:
    """AllowAdminCreateUserOnly refuses SignUp."""
    pool = FakePool(pool_options={"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}})

    assert refusal(sign_up, pool) == (
        "NotAuthorizedException",
        "SignUp is not permitted for this user pool",
    )


def test_an_unknown_client_is_named(pool: FakePool) -> None:
    """An app client that the pool does not have is ResourceNotFound."""
    assert refusal(sign_up, pool, ClientId="nobody") == (
        "ResourceNotFoundException",
        "User pool client nobody does not exist.",
    )


def test_a_user_without_address_gets_no_code(pool: FakePool) -> None:
    """Without an attribute to verify there is no delivery, no code, and nothing to send again."""
    reply = sign_up(pool, UserAttributes=[])

    assert "CodeDeliveryDetails" not in reply
    assert (
        refusal(call, pool, "ResendConfirmationCode", Username="joe")[0]
        == "InvalidParameterException"
    )
    assert refusal(confirm, pool, "123456") == NO_SUCH_CODE
    with pytest.raises(NoMessage):
        pool.last_code("joe")


def test_an_address_that_is_gone_is_not_verified(pool: FakePool) -> None:
    """A code still confirms the user when the address it went to was deleted meanwhile."""
    sign_up(pool)
    admin(pool, "AdminDeleteUserAttributes", Username="joe", UserAttributeNames=["email"])
    confirm(pool, pool.last_code("joe"))

    assert status(pool, "joe") == "CONFIRMED"
    assert attribute(pool, "email_verified", "joe") is None


def test_an_administrator_confirms_without_verifying(pool: FakePool) -> None:
    """AdminConfirmSignUp lets the user in and leaves the email unverified; once."""
    sign_up(pool)
    admin(pool, "AdminConfirmSignUp", Username="joe")

    assert attribute(pool, "email_verified", "joe") == "false"
    assert status(pool, "joe") == "CONFIRMED"
    assert refusal(admin, pool, "AdminConfirmSignUp", Username="joe")[0] == "NotAuthorizedException"


def test_resending_is_for_the_unconfirmed(pool: FakePool) -> None:
    """A confirmed user gets no sign-up code."""
    assert refusal(call, pool, "ResendConfirmationCode", Username="jane") == (
        "InvalidParameterException",
        "User is already confirmed.",
    )


def test_unknown_users_are_hidden_where_the_client_hides_them(pool: FakePool) -> None:
    """With PreventUserExistenceErrors the answers for an unknown user look like those for a known one."""
    resent = call(pool, "ResendConfirmationCode", Username="nobody")
    to_phone = call(pool, "ResendConfirmationCode", Username="+15550100")

    assert resent["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    assert to_phone["CodeDeliveryDetails"] == {
        "Destination": "+*******0100",
        "DeliveryMedium": "SMS",
        "AttributeName": "phone_number",
    }
    assert refusal(confirm, pool, "123456", "nobody") == NO_SUCH_CODE
    assert pool.outbox == []


def test_a_legacy_client_says_who_is_unknown() -> None:
    """Without PreventUserExistenceErrors the same calls say UserNotFound."""
    pool = FakePool(client_options={"PreventUserExistenceErrors": "LEGACY"})

    assert refusal(call, pool, "ResendConfirmationCode", Username="nobody") == UNKNOWN
    assert refusal(confirm, pool, "123456", "nobody") == UNKNOWN


def test_codes_go_to_the_phone_first() -> None:
    """Where email and phone are both verified by code, the phone gets it."""
    pool = FakePool(pool_options={"AutoVerifiedAttributes": ["email", "phone_number"]})
    reply = sign_up(
        pool, UserAttributes=attributes(email="joe@example.com", phone_number="+15550199")
    )
    (message,) = pool.outbox
    confirm(pool, pool.last_code("+15550199"))

    assert reply["CodeDeliveryDetails"]["DeliveryMedium"] == "SMS"
    assert (message.medium, message.destination, message.subject) == ("SMS", "+15550199", "")
    assert attribute(pool, "phone_number_verified", "joe") == "true"
    assert attribute(pool, "email_verified", "joe") == "false"


def test_messages_are_worded_as_the_pool_says() -> None:
    """VerificationMessageTemplate gives subject and text of the mail."""
    template = {"EmailSubject": "Welcome", "EmailMessage": "{username}: {####}!"}
    pool = FakePool(
        pool_options={"VerificationMessageTemplate": template}, codes=lambda digits: "7" * digits
    )
    sign_up(pool)
    (message,) = pool.outbox

    assert (message.subject, message.body, message.code) == ("Welcome", "joe: 777777!", "777777")


class TestAttributes:
    @pytest.fixture
    def pool(self) -> FakePool:
        """A pool with required, custom and constrained attributes."""
        schema = [
            {"Name": "name", "Required": True, "Mutable": True},
            {"Name": "tenant", "AttributeDataType": "String", "Mutable": False},
            {
                "Name": "plan",
                "AttributeDataType": "String",
                "StringAttributeConstraints": {"MinLength": "2", "MaxLength": "4"},
            },
            {
                "Name": "seats",
                "AttributeDataType": "Number",
                "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "9"},
            },
            {"Name": "internal", "AttributeDataType": "String", "DeveloperOnlyAttribute": True},
        ]
        return FakePool(pool_options={"Schema": schema})

    def test_required_ones_must_be_there(self, pool: FakePool) -> None:
        """A sign-up without a required attribute is refused, with it taken."""
        assert refusal(sign_up, pool) == (
            "InvalidParameterException",
            "Attributes did not conform to the schema: name: The attribute is required\n",
        )
        assert sign_up(pool, UserAttributes=attributes(name="Joe"))["UserConfirmed"] is False

    @pytest.mark.parametrize(
        "name,good,bad",
        [
            ("email", "joe@example.com", "joe"),
            ("phone_number", "+15550100", "555-0100"),
            ("custom:plan", "free", "f"),
            ("custom:plan", "free", "gratis"),
            ("custom:seats", "9", "ten"),
            ("custom:seats", "1", "0"),
            ("custom:seats", "5", "10"),
            ("custom:seats", "2.5", "nan"),
            ("custom:seats", "5", "٥"),
            ("custom:seats", "5", " 5"),
            ("custom:seats", "5", "0_5"),
            ("updated_at", "1800000000", "now"),
            ("updated_at", "1800000000.5", "1e9"),
            ("updated_at", "0", "-1"),
            ("birthdate", "2000-02-29", "29.02.2000"),
            ("birthdate", "0000-02-29", "2001-02-29"),
            ("custom:tenant", "a", None),
            ("dev:custom:internal", "a", None),
        ],
    )
    def test_values_must_fit(self, pool: FakePool, name: str, good: str, bad: str | None) -> None:
        """A value of the right form is kept, another refused."""
        required = {"Name": "name", "Value": "Joe"}
        sign_up(pool, UserAttributes=[required, {"Name": name, "Value": good}])

        assert attribute(pool, name, "joe") == good
        if bad is not None:
            pair = {"Name": name, "Value": bad}
            assert (
                refusal(sign_up, pool, "ann", UserAttributes=[required, pair])[0]
                == "InvalidParameterException"
            )

    def test_unknown_ones_are_refused(self, pool: FakePool) -> None:
        """An attribute that the schema lacks is named."""
        assert refusal(sign_up, pool, UserAttributes=attributes(name="Joe", custom__nope="x")) == (
            "InvalidParameterException",
            "Attributes did not conform to the schema: custom:nope: Attribute does not exist in the schema.",
        )

    def test_sub_is_not_chosen(self, pool: FakePool) -> None:
        """A user cannot bring a sub."""
        assert refusal(sign_up, pool, UserAttributes=attributes(name="Joe", sub="x")) == (
            "InvalidParameterException",
            "Cannot modify the non-mutable attribute sub",
        )

    def test_only_what_the_client_may_write(self, pool: FakePool) -> None:
        """email_verified is nobody's to write, and WriteAttributes narrows the rest."""
        unauthorized = (
            "NotAuthorizedException",
            "A client attempted to write unauthorized attribute",
        )
        narrow = pool.add_app_client(WriteAttributes=["name"])

        assert (
            refusal(sign_up, pool, UserAttributes=attributes(name="Joe", email_verified="true"))
            == unauthorized
        )
        assert (
            refusal(
                sign_up,
                pool,
                ClientId=narrow.id,
                UserAttributes=attributes(name="Joe", email="joe@example.com"),
            )
            == unauthorized
        )
        assert "UserSub" in sign_up(pool, ClientId=narrow.id, UserAttributes=attributes(name="Joe"))


class TestEmailAsUsername:
    @pytest.fixture
    def pool(self) -> FakePool:
        """A pool whose users sign in by email address."""
        return FakePool(username_attributes=["email"])

    def test_the_name_becomes_the_sub(self, pool: FakePool) -> None:
        """The email becomes an attribute, the username is the sub, and either finds the user."""
        sub = sign_up(pool, "joe@example.com", UserAttributes=[])["UserSub"]
        confirm(pool, pool.last_code("joe@example.com"), "joe@example.com")
        user = admin(pool, "AdminGetUser", Username=sub)

        assert user["Username"] == sub
        assert attribute(pool, "email", sub) == "joe@example.com"
        assert initiate(pool, username="joe@example.com") is not None

    def test_another_kind_of_name_is_refused(self, pool: FakePool) -> None:
        """A username that is no email address is refused, in words that fit the pool."""
        either = FakePool(username_attributes=["email", "phone_number"])
        phone = FakePool(username_attributes=["phone_number"])

        assert refusal(sign_up, pool, "joe") == (
            "InvalidParameterException",
            "Username should be an email.",
        )
        assert refusal(sign_up, phone, "joe")[1] == "Username should be a phone number."
        assert (
            refusal(sign_up, either, "joe")[1]
            == "Username should be either an email or a phone number."
        )
        assert "UserSub" in sign_up(either, "+15550100", UserAttributes=[])

    def test_the_address_is_unique(self, pool: FakePool) -> None:
        """An address is taken once, as a name and as an attribute."""
        sign_up(pool, "joe@example.com")
        both = FakePool(username_attributes=["email", "phone_number"])
        sign_up(both, "joe@example.com")

        assert refusal(sign_up, pool, "joe@example.com") == (
            "UsernameExistsException",
            "An account with the given email already exists.",
        )
        assert (
            refusal(sign_up, both, "+15550100", UserAttributes=EMAIL)[0]
            == "UsernameExistsException"
        )

    def test_name_and_attribute_agree(self, pool: FakePool) -> None:
        """An email attribute other than the username is refused."""
        assert refusal(sign_up, pool, "ann@example.com")[0] == "InvalidParameterException"


class TestAliases:
    @pytest.fixture
    def pool(self) -> FakePool:
        """A pool where an email address or preferred username is an alias."""
        made = FakePool(pool_options={"AliasAttributes": ["email", "preferred_username"]})
        made.add_user("jane", PASSWORD)
        return made

    def test_a_verified_address_signs_in(self, pool: FakePool) -> None:
        """The verified email and the preferred username stand for the username; tokens carry the real one."""
        admin(
            pool,
            "AdminUpdateUserAttributes",
            Username="jane",
            UserAttributes=attributes(preferred_username="janey"),
        )

        assert "AccessToken" in tokens(pool, "jane@example.com")
        assert "AccessToken" in tokens(pool, "janey")

    def test_an_unverified_address_does_not(self, pool: FakePool) -> None:
        """Before it is verified an email is no alias."""
        sign_up(pool)

        assert refusal(initiate, pool, username="joe@example.com")[0] == "NotAuthorizedException"

    def test_the_username_itself_is_no_address(self, pool: FakePool) -> None:
        """Where email is an alias, a username must not look like one."""
        assert refusal(sign_up, pool, "joe@example.com") == (
            "InvalidParameterException",
            "Username cannot be of email format, since user pool is configured for email alias.",
        )
        assert "UserSub" in sign_up(pool, "+15550100")

    def test_an_alias_is_one_users_unless_it_is_forced(self, pool: FakePool) -> None:
        """Confirming an address that is another's alias is refused, or takes it over with ForceAliasCreation."""
        sign_up(pool, UserAttributes=attributes(email="jane@example.com"))
        code = pool.last_code("joe")
        refused = refusal(confirm, pool, code)
        confirm(pool, code, ForceAliasCreation=True)

        assert refused == (
            "AliasExistsException",
            "An account with the given email already exists.",
        )
        assert attribute(pool, "email_verified", "jane") == "false"
        assert "AccessToken" in tokens(pool, "jane@example.com")
        assert attribute(pool, "sub", "jane@example.com") == attribute(pool, "sub", "joe")


class TestPreferredUsernames:
    @pytest.fixture
    def pool(self) -> FakePool:
        """A pool where a preferred username is an alias, with jane in it."""
        made = FakePool(pool_options={"AliasAttributes": ["preferred_username"]})
        made.add_user("jane", PASSWORD)
        return made

    def prefer(self, pool: FakePool, value: str, username: str = "jane") -> None:
        """Give a user a preferred username."""
        pairs = attributes(preferred_username=value)
        admin(pool, "AdminUpdateUserAttributes", Username=username, UserAttributes=pairs)

    def test_they_come_after_the_sign_up_is_confirmed(self, pool: FakePool) -> None:
        """Neither the user nor an administrator gives one before; without the alias it is an attribute."""
        early = (
            "InvalidParameterException",
            (
                "Preferred username cannot be provided for unconfirmed account, since user pool is "
                "configured for preferred username alias."
            ),
        )
        pairs = attributes(email="joe@example.com", preferred_username="joey")
        assert refusal(sign_up, pool, UserAttributes=pairs) == early
        sign_up(pool)
        assert refusal(self.prefer, pool, "joey", "joe") == early
        confirm(pool, pool.last_code("joe"))
        self.prefer(pool, "joey", "joe")

        assert "AccessToken" in tokens(pool, "joey")
        assert "UserSub" in sign_up(FakePool(), UserAttributes=pairs)

    def test_they_are_one_users(self, pool: FakePool) -> None:
        """One that another user has, as an alias or as the username, is refused; one's own is kept."""
        taken = (
            "AliasExistsException",
            "An account with the given preferred_username already exists.",
        )
        pool.add_user("joe", PASSWORD)
        self.prefer(pool, "boss")
        self.prefer(pool, "boss")

        assert refusal(self.prefer, pool, "boss", "joe") == taken
        assert refusal(self.prefer, pool, "jane", "joe") == taken
        assert attribute(pool, "preferred_username", "joe") is None
        self.prefer(pool, "joe", "joe")
        assert attribute(pool, "preferred_username", "joe") == "joe"

    def test_administrators_give_them_to_new_users(self, pool: FakePool) -> None:
        """AdminCreateUser takes one that is free, and refuses a username that is an alias already."""
        self.prefer(pool, "boss")

        def create(username: str, preferred: str) -> Mapping[str, Any]:
            pairs = attributes(preferred_username=preferred)
            return admin(pool, "AdminCreateUser", Username=username, UserAttributes=pairs)

        assert refusal(create, "joe", "boss")[0] == "AliasExistsException"
        assert refusal(create, "boss", "joey")[0] == "UsernameExistsException"
        assert create("joe", "joey")["User"]["Username"] == "joe"

    def test_a_first_password_may_bring_one(self, pool: FakePool) -> None:
        """At NEW_PASSWORD_REQUIRED a free one is taken, and another's refused."""
        self.prefer(pool, "boss")
        pool.add_user("joe", PASSWORD, temporary=True)
        challenge = initiate(pool, username="joe")
        answer = {"username": "joe", "NEW_PASSWORD": "N3w Passw0rd!"}
        name = "userAttributes.preferred_username"

        assert refusal(respond, pool, challenge, **answer, **{name: "boss"})[0] == (
            "AliasExistsException"
        )
        respond(pool, challenge, **answer, **{name: "joey"})
        assert attribute(pool, "preferred_username", "joe") == "joey"


@pytest.mark.parametrize(
    "value, claim",
    [("1800000000", 1_800_000_000), ("1800000000.5", 1_800_000_000.5), ("yesterday", "yesterday")],
)
def test_updated_at_is_a_number_in_tokens(value: str, claim: object) -> None:
    """updated_at is a number there, but for a pool whose schema makes it a text."""
    schema = [{"Name": "updated_at", "AttributeDataType": "String", "Mutable": True}]
    pool = FakePool(pool_options={"Schema": schema} if value == "yesterday" else {})
    pool.add_user("jane", PASSWORD, attributes={"updated_at": value})
    token = pool.mint.verifier("id").verify(tokens(pool)["IdToken"])

    assert token.claims["updated_at"] == claim


def test_a_schema_keeps_the_types_that_it_does_not_name(pool: FakePool) -> None:
    """Making a standard attribute required does not change what it may hold."""
    schema = [{"Name": "updated_at", "Required": True, "Mutable": True}]
    strict = FakePool(pool_options={"Schema": schema})

    assert refusal(sign_up, strict, UserAttributes=attributes(updated_at="now"))[0] == (
        "InvalidParameterException"
    )
    assert refusal(sign_up, strict, UserAttributes=attributes(updated_at="-1"))[0] == (
        "InvalidParameterException"
    )
    assert "UserSub" in sign_up(strict, UserAttributes=attributes(updated_at="1"))


def test_case_matters_unless_the_pool_says_otherwise(pool: FakePool) -> None:
    """Usernames are case-sensitive by default, and not with CaseSensitive false."""
    insensitive = FakePool(
        username_attributes=["email"],
        pool_options={"UsernameConfiguration": {"CaseSensitive": False}},
    )
    insensitive.add_user("Jane@Example.com", PASSWORD)

    assert refusal(initiate, pool, username="Jane")[0] == "NotAuthorizedException"
    assert "AccessToken" in tokens(insensitive, "jane@EXAMPLE.com")
    assert (
        refusal(sign_up, insensitive, "JANE@example.com", UserAttributes=[])[0]
        == "UsernameExistsException"
    )


class TestSecret:
    @pytest.fixture
    def pool(self) -> FakePool:
        """A pool whose app client has a secret."""
        return FakePool(secret=True)

    def test_the_hash_is_over_the_name_as_it_is_sent(self, pool: FakePool) -> None:
        """SECRET_HASH is asked for and checked in sign-up and recovery."""
        from cognitokit.client.secret_hash import secret_hash

        good = secret_hash("joe", pool.client_id, pool.client_secret or "")

        assert refusal(sign_up, pool) == (
            "NotAuthorizedException",
            f"Client {pool.client_id} is configured with secret but SECRET_HASH was not received",
        )
        assert refusal(sign_up, pool, "ann", SecretHash=good) == (
            "NotAuthorizedException",
            f"Unable to verify secret hash for client {pool.client_id}",
        )
        assert "UserSub" in sign_up(pool, SecretHash=good)

    def test_a_client_without_secret_takes_no_hash(self, pool: FakePool) -> None:
        """A hash where there is no secret is refused too."""
        public = pool.add_app_client()

        assert (
            refusal(sign_up, pool, ClientId=public.id, SecretHash="x")[0]
            == "NotAuthorizedException"
        )
        assert "UserSub" in sign_up(pool, ClientId=public.id)
