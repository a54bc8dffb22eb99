"""The names under which settings are read."""

from __future__ import annotations

import os
import traceback
from typing import Any

import pytest

from cognitokit import (
    AsyncCognitoClient,
    AsyncCognitoVerifier,
    AsyncManagedLogin,
    CognitoClient,
    CognitoVerifier,
    ConfigurationError,
    ManagedLogin,
    UserPool,
    environment,
)

POOL = "eu-west-1_AbCdEfGhI"
SECRET = "what0only0this0process0knows"
GOOD = {
    "COGNITO_USER_POOL_ID": POOL,
    "COGNITO_CLIENT_ID": "abc",
    "COGNITO_CLIENT_SECRET": SECRET,
    "COGNITO_DOMAIN": "my-app",
    "COGNITO_REDIRECT_URI": "https://example.com/callback",
}


@pytest.mark.parametrize(
    "setting, name",
    [(setting, name) for setting, names in environment.SETTINGS.items() for name in names],
)
def test_every_name_is_read(setting: str, name: str) -> None:
    """A setting is found under each of its names."""
    assert "x" == environment.read({name: "x"}, setting)


def test_our_own_name_comes_first() -> None:
    """Where several names are set, the first of the table wins."""
    source = {"AWS_COGNITO_USER_POOL_ID": "theirs", "COGNITO_USER_POOL_ID": "ours"}

    assert "ours" == environment.read(source, "user_pool_id")


@pytest.mark.parametrize("value", [None, ""])
def test_unset_and_empty_are_none(value: str | None) -> None:
    """An empty variable counts as one that is not set."""
    assert environment.read({"COGNITO_CLIENT_ID": value}, "client_id") is None


def test_an_empty_name_does_not_hide_an_alias() -> None:
    """An alias is read where the first name is set to nothing."""
    source = {"COGNITO_DOMAIN": "", "AWS_COGNITO_DOMAIN": "example"}

    assert "example" == environment.read(source, "domain")


def test_a_required_setting_names_its_variable() -> None:
    """What is missing is named in the error."""
    with pytest.raises(ConfigurationError, match=r"^COGNITO_USER_POOL_ID is not set.$"):
        environment.require({}, "user_pool_id")


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ({}, "COGNITO_USER_POOL_ID, COGNITO_DOMAIN and COGNITO_CLIENT_ID are not set."),
        ({"COGNITO_DOMAIN": "x"}, "COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID are not set."),
        ({"COGNITO_DOMAIN": "x", "COGNITO_CLIENT_ID": "y"}, "COGNITO_USER_POOL_ID is not set."),
    ],
)
def test_everything_that_is_missing_is_named(source: dict[str, str], told: str) -> None:
    """One error has all of the variables, and none where all are set."""
    with pytest.raises(ConfigurationError) as refused:
        environment.demand(source, "user_pool_id", "domain", "client_id")

    assert told == str(refused.value)
    environment.demand({"COGNITO_DOMAIN": "x"}, "domain")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (UserPool.from_env, "COGNITO_USER_POOL_ID is"),
        (
            lambda source: CognitoVerifier.from_env(source, token_use="access"),
            "COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID are",
        ),
        (
            lambda source: AsyncCognitoVerifier.from_env(source, token_use="access"),
            "COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID are",
        ),
        (
            lambda source: CognitoVerifier.from_env(source, token_use="access", client_id=None),
            "COGNITO_USER_POOL_ID is",
        ),
        (CognitoClient.from_env, "COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID are"),
        (AsyncCognitoClient.from_env, "COGNITO_USER_POOL_ID and COGNITO_CLIENT_ID are"),
        (lambda source: CognitoClient.from_env(source, client_id="c"), "COGNITO_USER_POOL_ID is"),
        (
            ManagedLogin.from_env,
            "COGNITO_USER_POOL_ID, COGNITO_DOMAIN, COGNITO_CLIENT_ID and COGNITO_REDIRECT_URI are",
        ),
        (
            lambda source: ManagedLogin.from_env(source, domain="my-app", client_id="c"),
            "COGNITO_USER_POOL_ID and COGNITO_REDIRECT_URI are",
        ),
    ],
)
def test_from_env_names_all_that_is_missing(make: Any, told: str) -> None:
    """Nobody sets one variable after the other to learn which comes next."""
    with pytest.raises(ConfigurationError) as refused:
        make({})

    assert f"{told} not set." == str(refused.value)


def test_a_required_setting_is_returned() -> None:
    """A required setting that is there is returned."""
    assert "x" == environment.require({"COGNITO_USER_POOL_ID": "x"}, "user_pool_id")


def test_only_text_is_taken() -> None:
    """A framework's configuration may hold anything; a value that is no text is refused."""
    with pytest.raises(ConfigurationError, match=r"^COGNITO_CLIENT_ID must be a string.$"):
        environment.read({"COGNITO_CLIENT_ID": 5}, "client_id")


def test_lists_are_split_at_commas_and_spaces() -> None:
    """Several values stand in one variable."""
    expected = ("https://a", "https://b", "https://c")

    assert expected == environment.read_list(
        {"COGNITO_ISSUERS": "https://a, https://b https://c"}, "issuers"
    )


def test_an_unset_list_is_none() -> None:
    """A list that is not set is None, not empty."""
    assert environment.read_list({}, "issuers") is None


@pytest.mark.parametrize(
    "value, expected",
    [
        ("1", True),
        ("TRUE", True),
        ("yes", True),
        ("on", True),
        ("0", False),
        ("False", False),
        ("no", False),
        ("off", False),
        ("", False),
    ],
)
def test_flags(value: str, expected: bool) -> None:
    """The usual words for yes and no are understood, in any case."""
    assert expected is environment.read_flag({"COGNITO_ALLOW_HTTP": value}, "allow_http")


def test_another_word_is_no_flag() -> None:
    """A word that is neither yes nor no is refused rather than guessed."""
    with pytest.raises(ConfigurationError, match="COGNITO_ALLOW_HTTP must be one of"):
        environment.read_flag({"COGNITO_ALLOW_HTTP": "maybe"}, "allow_http")


def frames_with(secret: str, error: BaseException) -> list[str]:
    """The names of the functions in whose frames a traceback would show a text."""
    described = traceback.TracebackException.from_exception(error, capture_locals=True)
    return [
        frame.name
        for frame in described.stack
        if frame.filename != __file__ and secret in str(frame.locals)
    ]


@pytest.mark.parametrize(
    "make",
    [
        UserPool.from_env,
        lambda: CognitoVerifier.from_env(token_use="access"),
        lambda: AsyncCognitoVerifier.from_env(token_use="access"),
        CognitoClient.from_env,
        AsyncCognitoClient.from_env,
        ManagedLogin.from_env,
        AsyncManagedLogin.from_env,
    ],
)
@pytest.mark.parametrize(
    "change",
    [
        {"COGNITO_USER_POOL_ID": ""},
        {"COGNITO_USER_POOL_ID": "no"},
        {"COGNITO_ALLOW_HTTP": "perhaps"},
    ],
)
def test_a_traceback_shows_nothing_of_the_environment(
    make: Any, change: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable that is missing or wrong does not put the process's secrets into a traceback's locals."""
    for name, value in (GOOD | {"DATABASE_PASSWORD": SECRET}).items():
        monkeypatch.setenv(name, value)
    assert make()
    for name, value in change.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(ConfigurationError) as refused:
        make()

    assert [] == frames_with(SECRET, refused.value)


@pytest.mark.parametrize(
    "make",
    [
        CognitoClient.from_env,
        AsyncCognitoClient.from_env,
        ManagedLogin.from_env,
        AsyncManagedLogin.from_env,
    ],
)
def test_a_traceback_shows_no_client_secret(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does an app client's id that is refused show the secret that stands beside it."""
    for name, value in (GOOD | {"COGNITO_CLIENT_ID": "a b"}).items():
        monkeypatch.setenv(name, value)

    with pytest.raises(ConfigurationError, match="client_id must be") as refused:
        make()

    assert [] == frames_with(SECRET, refused.value)


def test_that_a_traceback_would_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds os.environ in a local does show it, and Known of the same variables does not."""
    monkeypatch.setenv("COGNITO_CLIENT_SECRET", SECRET)

    assert SECRET in repr(os.environ)
    assert SECRET not in repr(environment.Known())
    assert "COGNITO_CLIENT_SECRET" in repr(environment.Known())
    assert SECRET == environment.read(environment.Known(), "client_secret")


@pytest.mark.parametrize("make", [CognitoClient, AsyncCognitoClient])
def test_a_traceback_with_locals_of_what_was_refused(make: Any) -> None:
    """A client or a pool that was refused half-made has a repr, which such tracebacks ask for."""
    pool, client = object.__new__(UserPool), object.__new__(make)

    assert ["UserPool(...)", f"{make.__name__}(...)"] == [repr(pool), repr(client)]
    assert repr(UserPool(POOL)).startswith(f"UserPool('{POOL}', region=")
    assert f"{make.__name__}('{POOL}', client_id='abc')" == repr(make(POOL, client_id="abc"))
