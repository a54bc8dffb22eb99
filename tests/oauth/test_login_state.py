"""What an application remembers of a login."""

import copy
import json
import pickle
from typing import Any

import pytest

from cognitokit.errors import CognitoKitError, InvalidData
from cognitokit.oauth.client import ManagedLogin
from cognitokit.oauth.login_state import LoginRequest, LoginState
from tests.oauth.stage import CALLBACK, CLIENT, POOL


def begun(**options: Any) -> LoginRequest:
    """A login of some application."""
    login = ManagedLogin(POOL, domain="my-app", client_id=CLIENT, redirect_uri=CALLBACK)
    return login.begin("/tasks?page=2", **options)


def test_a_state_survives_json() -> None:
    """What to_dict gives comes back through JSON and from_dict as an equal state."""
    state = begun(max_age=60).login_state

    assert state == LoginState.from_dict(json.loads(json.dumps(state.to_dict())))


@pytest.mark.parametrize("name", sorted(begun().login_state.to_dict()))
@pytest.mark.parametrize("value", [..., b"bytes", [], object()])
def test_a_member_that_is_missing_or_of_another_type(name: str, value: object) -> None:
    """from_dict refuses what to_dict cannot have written, and names the member."""
    data = begun().login_state.to_dict()
    if value is ...:
        del data[name]
    else:
        data[name] = value

    with pytest.raises(InvalidData, match=name):
        LoginState.from_dict(data)


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("max_age", True, 1),
        ("max_age", 1.0, None),
        ("started_at", True, 1),
        ("started_at", "1", 1.5),
        ("openid", 1, True),
        ("openid", None, False),
    ],
)
def test_types_that_are_alike(name: str, wrong: object, right: object) -> None:
    """A bool is no number and a number no bool, whatever Python makes of them."""
    data = begun().login_state.to_dict()

    with pytest.raises(InvalidData, match=name):
        LoginState.from_dict({**data, name: wrong})
    assert right == getattr(LoginState.from_dict({**data, name: right}), name)


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("state", "", "s"),
        ("state", "a\nb", "s"),
        ("nonce", "", "n"),
        ("nonce", "\ud800", "n"),
        ("client_id", "", "another"),
        ("redirect_uri", "", "https://app.example/"),
        ("redirect_uri", "https://app.example/\ud800", "https://app.example/"),
        ("started_at", float("nan"), 0.0),
        ("started_at", float("inf"), 1e9),
        ("started_at", -1.0, 0),
        ("started_at", 10**400, 10**9),
        ("max_age", -1, 0),
        ("max_age", 10**400, 10**9),
        ("redirect_target", "//evil.example", "/"),
        ("redirect_target", "https://evil.example", "/tasks?page=2#top"),
        ("redirect_target", "", "/"),
        ("redirect_target", "/\\evil.example", "/evil.example"),
    ],
)
def test_values_that_no_login_has(name: str, wrong: object, right: object) -> None:
    """A store that was tampered with is refused by the member's name, and the value is not shown."""
    data = begun().login_state.to_dict()

    with pytest.raises(InvalidData, match=name) as caught:
        LoginState.from_dict({**data, name: wrong})
    assert "evil" not in str(caught.value)
    assert right == getattr(LoginState.from_dict({**data, name: right}), name)


@pytest.mark.parametrize("data", [None, [], "text", 42])
def test_data_that_is_no_mapping(data: Any) -> None:
    """from_dict refuses anything else than a mapping."""
    with pytest.raises(InvalidData):
        LoginState.from_dict(data)


@pytest.mark.parametrize("verifier", ["", "a" * 42, "a" * 129, "ü" * 50])
def test_a_code_verifier_of_the_wrong_form(verifier: str) -> None:
    """A code verifier that RFC 7636 does not allow is refused."""
    with pytest.raises(InvalidData, match="code_verifier"):
        LoginState.from_dict({**begun().login_state.to_dict(), "code_verifier": verifier})


def test_no_repr_shows_a_secret() -> None:
    """Neither the state's repr nor the request's, nor str or format, has a secret in it."""
    request = begun()
    state = request.login_state
    shown = f"{request!r} {request} {state!r} {state} {state:}"

    assert "/tasks?page=2" in shown
    for secret in (state.state, state.nonce, state.code_verifier):
        assert secret is not None
        assert secret not in shown


def test_a_state_is_not_pickled() -> None:
    """pickle refuses, and says what to store."""
    with pytest.raises(TypeError, match="to_dict"):
        pickle.dumps(begun().login_state)


def test_a_state_is_copied_by_reference() -> None:
    """copy and deepcopy give the same immutable object."""
    state = begun().login_state

    assert copy.copy(state) is state
    assert copy.deepcopy([state])[0] is state


def test_a_state_does_not_change() -> None:
    """Members cannot be set."""
    with pytest.raises(AttributeError):
        begun().login_state.nonce = "another"  # type: ignore[misc]


def test_a_request_unpacks() -> None:
    """begin's result is a pair of URL and state."""
    url, state = begun()

    assert f"state={state.state}&" in url
    assert issubclass(InvalidData, CognitoKitError)
