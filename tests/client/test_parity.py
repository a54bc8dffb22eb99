"""Both clients have the same methods, with the same arguments and results."""

import inspect
import re
from typing import Any

import pytest

from cognitokit.client.aio import admin as aio_admin
from cognitokit.client.aio import devices as aio_devices
from cognitokit.client.aio import mfa as aio_mfa
from cognitokit.client.aio import passkeys as aio_passkeys
from cognitokit.client.aio import sessions as aio_sessions
from cognitokit.client.aio.client import AsyncCognitoClient
from cognitokit.client.session import AsyncTokenSession, TokenSession
from cognitokit.client.sync import admin, devices, mfa, passkeys, sessions
from cognitokit.client.sync.client import CognitoClient

PAIRS = [
    (CognitoClient, AsyncCognitoClient),
    (admin.Admin, aio_admin.AsyncAdmin),
    (devices.Devices, aio_devices.AsyncDevices),
    (mfa.Mfa, aio_mfa.AsyncMfa),
    (passkeys.Passkeys, aio_passkeys.AsyncPasskeys),
    (sessions.Sessions, aio_sessions.AsyncSessions),
    (TokenSession, AsyncTokenSession),
]
NOT_AWAITED = {"client_id", "ended", "from_env", "pool", "session"}


def public(cls: type) -> dict[str, Any]:
    """The public members of a class, those it inherits included."""
    return {
        name: inspect.getattr_static(cls, name) for name in dir(cls) if not name.startswith("_")
    }


def arguments(function: Any) -> list[tuple[str, Any, Any]]:
    """What a function takes: names, kinds and defaults."""
    function = function.__func__ if isinstance(function, classmethod) else function
    return [
        (item.name, item.kind, item.default)
        for item in inspect.signature(function).parameters.values()
    ]


METHODS = [
    pytest.param(
        member,
        public(twin)[name.replace("close", "aclose") if name == "close" else name],
        id=f"{cls.__name__}.{name}",
    )
    for cls, twin in PAIRS
    for name, member in public(cls).items()
    if inspect.isfunction(member) or isinstance(member, classmethod)
]


@pytest.mark.parametrize(("cls", "twin"), PAIRS)
def test_same_names(cls: type, twin: type) -> None:
    """What one client has the other has, but that closing is awaited under its usual name."""
    assert {name.replace("aclose", "close") for name in public(twin)} == set(public(cls))


@pytest.mark.parametrize(("method", "twin"), METHODS)
def test_same_arguments(method: Any, twin: Any) -> None:
    """Each method takes the same arguments in the same order with the same defaults."""
    assert arguments(method) == arguments(twin)


@pytest.mark.parametrize(("method", "twin"), METHODS)
def test_same_annotations(method: Any, twin: Any) -> None:
    """The annotations are the same, but for iterators and what is awaited by its nature."""
    if method.__name__ in {"from_env", "session"}:
        return
    theirs = {
        name: re.sub(r"\bAsyncIterator\b", "Iterator", hint)
        for name, hint in twin.__annotations__.items()
    }

    assert method.__annotations__ == theirs


@pytest.mark.parametrize(("method", "twin"), METHODS)
def test_awaited_or_iterated(method: Any, twin: Any) -> None:
    """A method of the async client is a coroutine function, or gives an async iterator."""
    if method.__name__ in NOT_AWAITED:
        return
    listed = method.__annotations__["return"].startswith("Iterator[")

    assert inspect.iscoroutinefunction(twin) is not listed


@pytest.mark.parametrize(("method", "twin"), METHODS)
def test_documented_by_reference(method: Any, twin: Any) -> None:
    """The async twin's docstring names the method that it is the twin of, or says itself what it does."""
    twin = getattr(twin, "__func__", twin)
    words = re.findall(r"\w+", (twin.__doc__ or "").replace("CognitoClient", ""))

    assert method.__name__ in [word.lower() for word in words]


@pytest.mark.parametrize(("cls", "twin"), PAIRS[:1])
def test_same_construction(cls: type, twin: type) -> None:
    """Both clients are made with the same options."""
    ours, theirs = inspect.signature(cls).parameters, inspect.signature(twin).parameters

    assert list(ours) == list(theirs)
    assert [ours[name].kind for name in ours] == [theirs[name].kind for name in theirs]
