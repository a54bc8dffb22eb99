"""Typed views of tokens."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from decimal import Decimal
from typing import Any

import pytest

from cognitokit import AccessToken, IdToken, NewDevice, Tokens
from cognitokit.errors import InvalidData

RAW = "eyJhbGciOiJSUzI1NiJ9.hunter2-payload.hunter2-signature"


def access(**claims: Any) -> AccessToken:
    """An access token with these claims."""
    return AccessToken(claims, RAW)


def identity(**claims: Any) -> IdToken:
    """An id token with these claims."""
    return IdToken(claims, RAW)


def tokens(**changes: Any) -> Tokens:
    """Tokens of a sign-in, changed as told."""
    members: dict[str, Any] = {
        "access_token": "hunter2-access",
        "id_token": "hunter2-id",
        "refresh_token": "hunter2-refresh",
        "expires_in": 3600,
        "expires_at": 1_800_003_600,
    }
    return Tokens(**{**members, **changes})


def test_an_access_token_reads_its_claims() -> None:
    """Each property is a claim in the type that Python has for it."""
    token = AccessToken(
        {
            "sub": "a1",
            "username": "jane",
            "client_id": "c1",
            "scope": "openid tasks/read",
            "cognito:groups": ["admin", "staff"],
            "iss": "https://issuer.example",
            "iat": 1,
            "exp": 2,
            "auth_time": 3,
            "jti": "j",
            "origin_jti": "o",
            "event_id": "e",
            "device_key": "d",
            "aud": "https://api.example",
        },
        RAW,
    )

    assert ("a1", "jane", "c1") == (token.sub, token.username, token.client_id)
    assert frozenset({"openid", "tasks/read"}) == token.scopes
    assert ("admin", "staff") == token.groups
    assert "https://issuer.example" == token.issuer
    assert (1, 2, 3) == (token.issued_at, token.expires_at, token.auth_time)
    assert ("j", "o", "e") == (token.jti, token.origin_jti, token.event_id)
    assert ("d", "https://api.example") == (token.device_key, token.audience)
    assert RAW == token.raw


def test_an_id_token_reads_its_claims() -> None:
    """Each property is a claim in the type that Python has for it."""
    token = IdToken(
        {
            "cognito:username": "jane",
            "aud": "c1",
            "email": "jane@example.com",
            "email_verified": True,
            "phone_number": "+31600000000",
            "phone_number_verified": True,
            "cognito:roles": ["arn:1"],
            "cognito:preferred_role": "arn:1",
            "identities": [{"providerName": "Google"}],
            "custom:tenant": "t1",
            "nonce": "n",
            "at_hash": "h",
        },
        RAW,
    )

    assert ("jane", "c1") == (token.username, token.audience)
    assert ("jane@example.com", True) == (token.email, token.email_verified)
    assert ("+31600000000", True) == (token.phone_number, token.phone_number_verified)
    assert (("arn:1",), "arn:1") == (token.roles, token.preferred_role)
    assert "Google" == token.identities[0]["providerName"]
    assert {"tenant": "t1"} == token.custom
    assert ("n", "h") == (token.nonce, token.at_hash)


def test_absent_claims_of_an_access_token_are_empty() -> None:
    """No property raises for a claim that is not there."""
    token = access()

    assert ("", "", "", 0) == (token.sub, token.client_id, token.issuer, token.expires_at)
    assert (None,) * 8 == (
        token.username,
        token.audience,
        token.device_key,
        token.jti,
        token.origin_jti,
        token.event_id,
        token.issued_at,
        token.auth_time,
    )
    assert (frozenset(), ()) == (token.scopes, token.groups)


def test_absent_claims_of_an_id_token_are_empty() -> None:
    """No property raises for a claim that is not there."""
    token = identity()

    assert "" == token.audience
    assert (None,) * 6 == (
        token.username,
        token.email,
        token.phone_number,
        token.preferred_role,
        token.nonce,
        token.at_hash,
    )
    assert (False, False) == (token.email_verified, token.phone_number_verified)
    assert ((), (), {}) == (token.roles, token.identities, token.custom)


@pytest.mark.parametrize("wrong", ["superadmins", {"a": 1}, [1], [None], [["a"]], None, 5])
def test_groups_of_a_wrong_type_are_no_groups(wrong: Any) -> None:
    """A claim that is not a list of strings grants nothing, not even a part of it."""
    assert () == AccessToken({"cognito:groups": wrong}, RAW).groups


@pytest.mark.parametrize("wrong", [["a"], {"a": 1}, None, 5, ""])
def test_a_scope_of_a_wrong_type_is_no_scope(wrong: Any) -> None:
    """Scopes come from one string and nothing else."""
    assert frozenset() == access(scope=wrong).scopes


def test_scopes_are_split_at_single_spaces() -> None:
    """Superfluous spaces make no empty scope."""
    assert frozenset({"a", "b"}) == access(scope=" a  b ").scopes


@pytest.mark.parametrize("wrong", ["true", 1, "false", None, [True]])
def test_only_true_is_verified(wrong: Any) -> None:
    """A verified address is the JSON value true, not something that looks like it."""
    assert identity(email_verified=wrong).email_verified is False


@pytest.mark.parametrize("wrong", [True, "1", None, [1]])
def test_seconds_of_a_wrong_type_are_none(wrong: Any) -> None:
    """A boolean is not a point in time, though Python counts it as a number."""
    assert access(iat=wrong).issued_at is None


def test_fractions_of_a_second_are_dropped() -> None:
    """RFC 7519 allows fractions; epoch seconds are whole here."""
    assert 2 == access(exp=2.9).expires_at


def test_claims_are_read_only_at_every_depth() -> None:
    """Nobody who shares a token can change what it says."""
    token = AccessToken({"a": {"b": [{"c": 1}]}}, RAW)

    assert 1 == token.claims["a"]["b"][0]["c"]
    assert token.claims is token.claims
    with pytest.raises(TypeError):
        token.claims["a"] = 1  # type: ignore[index]
    with pytest.raises(TypeError):
        token.claims["a"]["b"][0]["c"] = 2
    with pytest.raises(AttributeError):
        token.claims["a"]["b"].append(2)


def test_to_dict_is_a_copy_for_json() -> None:
    """to_dict() gives plain data, and changing it changes nothing."""
    token = AccessToken({"a": {"b": [{"c": 1}]}}, RAW)

    data = token.to_dict()

    assert '{"a": {"b": [{"c": 1}]}}' == json.dumps(data)
    data["a"]["b"].append(2)
    assert {"a": {"b": [{"c": 1}]}} == token.to_dict()


def test_tokens_are_compared_by_kind_and_text() -> None:
    """The same text is the same token only as the same kind."""
    assert access(sub="a") == access(sub="a")
    assert hash(access()) == hash(access())
    assert access() != AccessToken({}, "other")
    assert access() != identity()
    assert access() != RAW


def test_a_verified_token_is_immutable() -> None:
    """No property can be set, and no attribute added."""
    with pytest.raises(AttributeError):
        access().sub = "b"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        access().extra = "b"  # type: ignore[attr-defined]


@pytest.mark.parametrize("value", [access(sub="a"), identity(sub="a"), tokens()])
def test_secrets_are_hidden(value: object, caplog: pytest.LogCaptureFixture) -> None:
    """No way of turning a token into text shows it, nor does a traceback with locals."""
    logging.getLogger("test").warning("%s %r", value, value)
    with pytest.raises(RuntimeError) as caught:
        _fail_holding(value)
    trace = traceback.TracebackException.from_exception(caught.value, capture_locals=True)

    for text in (
        repr(value),
        str(value),
        f"{value}",
        f"{value!r:>80}",
        caplog.text,
        "".join(trace.format()),
    ):
        assert "hunter2" not in text


def _fail_holding(value: object) -> None:
    held = [value]
    raise RuntimeError(len(held))


@pytest.mark.parametrize("value", [access(sub="a"), identity(sub="a"), tokens()])
def test_pickling_is_refused(value: object) -> None:
    """Secrets do not end up in a cache or a queue by accident."""
    with pytest.raises(TypeError, match="not pickled") as caught:
        pickle.dumps(value)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("value", [access(sub="a"), identity(sub="a"), tokens()])
def test_copies_are_the_same_object(value: object) -> None:
    """What is immutable need not be copied."""
    assert value is copy.copy(value)
    assert value is copy.deepcopy(value)


def test_repr_of_a_verified_token_names_the_user() -> None:
    """A log line can say whose token it was, by the id that is not personal."""
    assert "AccessToken(sub='a1', expires_at=2)" == repr(access(sub="a1", exp=2, username="jane"))


def test_repr_of_tokens_says_which_there_are() -> None:
    """The repr tells what was given, not what it is."""
    assert "Tokens(access_token=***, refresh_token=***, expires_at=1800003600)" == repr(
        tokens(id_token=None)
    )


def test_a_device_is_shown_and_survives_a_process_boundary() -> None:
    """A device's keys are no secret; two devices with the same keys are equal."""
    device = NewDevice("k", "g")

    assert "NewDevice(key='k', group_key='g')" == repr(device)
    assert device == pickle.loads(pickle.dumps(device)) == copy.copy(device)  # noqa: S301 - our own
    assert type(device) is type(copy.deepcopy(device))


def test_tokens_read_what_they_were_given() -> None:
    """Each member is kept as it was given."""
    device = NewDevice("k", "g")

    value = tokens(new_device=device)

    assert "hunter2-access" == value.access_token
    assert "hunter2-id" == value.id_token
    assert "hunter2-refresh" == value.refresh_token
    assert (3600, 1_800_003_600) == (value.expires_in, value.expires_at)
    assert ("Bearer", device) == (value.token_type, value.new_device)
    assert value is value.require_tokens()


@pytest.mark.parametrize(
    "value",
    [tokens(), tokens(id_token=None, refresh_token=None), tokens(new_device=NewDevice("k", "g"))],
)
def test_tokens_round_trip(value: Tokens) -> None:
    """Stored as JSON and read back they are equal."""
    assert value == Tokens.from_dict(json.loads(json.dumps(value.to_dict())))


@pytest.mark.parametrize(
    "change, member",
    [
        ({"access_token": None}, "access_token"),
        ({"access_token": b"hunter2"}, "access_token"),
        ({"id_token": 5}, "id_token"),
        ({"refresh_token": ["hunter2"]}, "refresh_token"),
        ({"expires_in": "3600"}, "expires_in"),
        ({"expires_at": True}, "expires_at"),
        ({"token_type": None}, "token_type"),
        ({"expires_in": Decimal("3600.5")}, "expires_in"),
        ({"expires_at": Decimal("Infinity")}, "expires_at"),
        ({"new_device": "hunter2"}, "new_device"),
        ({"new_device": 0}, "new_device"),
        ({"new_device": {}}, "key"),
        ({"new_device": {"key": "hunter2"}}, "group_key"),
    ],
)
def test_foreign_data_is_refused(change: dict[str, Any], member: str) -> None:
    """The error names the member at fault and shows nothing of the data."""
    with pytest.raises(InvalidData, match=f"^{member} ") as caught:
        Tokens.from_dict({**tokens().to_dict(), **change})

    assert "hunter2" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("data", [None, "x", 5, ["access_token"]])
def test_what_is_no_object_is_refused(data: Any) -> None:
    """An empty cell of a store, for instance, is bad data and no TypeError."""
    with pytest.raises(InvalidData, match=r"^An object of named members was expected\.$"):
        Tokens.from_dict(data)


def test_whole_numbers_of_dynamodb_are_read() -> None:
    """DynamoDB gives numbers as Decimals; they are read as the whole numbers that they are."""
    stored = {
        name: Decimal(value) if isinstance(value, int) else value
        for name, value in tokens().to_dict().items()
    }

    read = Tokens.from_dict(stored)

    assert tokens() == read
    assert [int, int] == [type(read.expires_in), type(read.expires_at)]


def test_tokens_are_values() -> None:
    """Equal members make equal tokens; a different one does not."""
    assert tokens() == tokens()
    assert hash(tokens()) == hash(tokens())
    assert tokens() != tokens(access_token="other")
    assert tokens() != "tokens"


def test_tokens_are_immutable() -> None:
    """No member can be set."""
    with pytest.raises(AttributeError):
        tokens().access_token = "other"  # type: ignore[misc]
