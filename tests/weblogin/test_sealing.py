"""Seals and cookies: what was sealed comes back, and whatever else comes opens nothing and breaks nothing."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognitokit.errors import ConfigurationError
from cognitokit.weblogin.cookies import (
    MAX_COOKIE,
    MAX_TOTAL,
    CookieRules,
    cookies_of,
    joined,
    read_cookies,
    split,
)
from cognitokit.weblogin.exchange import Fields, Step, WebRequest
from cognitokit.weblogin.memory import MemoryStore
from cognitokit.weblogin.sealing import RANDOM_BYTES, Opened, Sealer
from cognitokit.weblogin.visit import Visit
from tests.weblogin.stage import CLIENT, KEY, Clock

NOW = 1_800_000_000
RANDOM = bytes(range(RANDOM_BYTES))


def sealer(*keys: str | bytes, client_id: str = CLIENT) -> Sealer:
    """A sealer with these keys."""
    return Sealer(keys or [KEY], client_id=client_id)


def sealed(content: dict[str, Any] | None = None, random: bytes = RANDOM) -> str:
    """A seal of some content."""
    return sealer().seal(
        content or {"sub": "jane"}, purpose="session", name="a", expires_at=NOW + 10, random=random
    )


def opened(text: str, by: Sealer | None = None, **options: Any) -> Opened | None:
    """What is in it."""
    asked: dict[str, Any] = {"purpose": "session", "name": "a", "now": NOW, **options}
    return (by or sealer()).open(text, **asked)


json_objects = st.dictionaries(
    st.text(),
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5),
)


@given(json_objects, st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES))
def test_what_was_sealed_comes_back(content: dict[str, Any], random: bytes) -> None:
    """Any JSON object, unchanged, in characters that a cookie may have."""
    text = sealer().seal(content, purpose="p", name="n", expires_at=NOW + 1, random=random)

    assert set(text) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
    assert (content, NOW + 1) == opened(text, purpose="p", name="n")


@given(st.data())
def test_any_change_of_a_seal(data: st.DataObject) -> None:
    """A character changed, left out or added, anywhere: nothing is opened and nothing is raised."""
    text = sealed()
    at = data.draw(st.integers(0, len(text)))
    kind = data.draw(st.sampled_from(["change", "drop", "add"]))
    char = data.draw(st.characters())
    changed = {
        "change": text[:at] + char + text[at + 1 :],
        "drop": text[:at] + text[at + 1 :],
        "add": text[:at] + char + text[at:],
    }[kind]

    assert (opened(text) if changed == text else None) == opened(changed)


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("=")))
def test_anything_else(text: str) -> None:
    """Any text at all is no seal, however long."""
    assert opened(text) is None
    assert opened(text + "A" * 40_000) is None


def test_the_last_character_s_spare_bits() -> None:
    """Several texts stand for the same bytes; only the one that was made is accepted."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for filler in "", "x", "xx":
        text = sealed({"sub": filler})
        others = [text[:-1] + char for char in alphabet]
        assert [text] == [other for other in others if opened(other) is not None]


@pytest.mark.parametrize(
    ("by", "options"),
    [
        (None, {"purpose": "login"}),
        (None, {"name": "b"}),
        (None, {"now": NOW + 10}),
        (sealer(client_id="another"), {}),
        (sealer("another key, as long as it must be"), {}),
    ],
    ids=["purpose", "name", "expired", "client", "key"],
)
def test_what_a_seal_is_bound_to(by: Sealer | None, options: dict[str, Any]) -> None:
    """Its purpose, its name, its time, its app client and its key; each right, it opens."""
    assert opened(sealed(), by, **options) is None
    assert ({"sub": "jane"}, NOW + 10) == opened(sealed(), now=NOW + 9)


def test_the_first_key_seals_and_every_one_opens() -> None:
    """A new key in front seals, and what the old one sealed still opens."""
    old, new = "o" * 32, b"n" * 32
    text = sealer(old).seal({}, purpose="session", name="a", expires_at=NOW + 1, random=RANDOM)
    again = sealer(new, old).seal(
        {}, purpose="session", name="a", expires_at=NOW + 1, random=RANDOM
    )

    assert opened(text, sealer(new, old)) is not None
    assert opened(text, sealer(new)) is None
    assert opened(again, sealer(new)) is not None
    assert opened(again, sealer(old)) is None


def test_every_seal_is_another() -> None:
    """Two seals of the same content have nothing in common."""
    assert sealed(random=b"a" * RANDOM_BYTES)[20:] != sealed(random=b"b" * RANDOM_BYTES)[20:]


@pytest.mark.parametrize("keys", [[], ["short"], "k" * 40, b"k" * 40, ["k" * 40, "short"], [None]])
def test_keys_that_are_none(keys: Any) -> None:
    """Are refused with a sentence that says how to make one."""
    with pytest.raises(ConfigurationError, match="token_urlsafe"):
        Sealer(keys, client_id=CLIENT)


def test_no_secret_is_in_a_repr() -> None:
    """Sealers, opened seals, steps, fields and visits hide what they hold."""
    content = opened(sealed())

    def values(name: str) -> list[str]:
        return [f"a={KEY}"] if name == "cookie" else []

    request = WebRequest(method="GET", values_of=values, query=KEY, fields=Fields({"x": KEY}))
    visit = Visit(request, CookieRules("cognito", insecure=False))
    shown: list[object] = [sealer(), content, Step(print, KEY), Fields({"x": KEY}), request, visit]
    shown += [MemoryStore(), Step(len)]

    assert KEY not in " ".join(map(repr, shown))
    assert "jane" not in repr(content)
    assert "Step(print)" == repr(Step(print, KEY))


@given(st.text("ab", max_size=MAX_TOTAL))
def test_a_long_value_is_spread_and_joined(value: str) -> None:
    """Each part fits into a cookie, and together they are the value again; a part missing, nothing is."""
    value = value or "a"
    parts = split("c", value)

    assert value == joined("c", parts)
    assert all(len(part) <= MAX_COOKIE + 2 for part in parts.values())
    for name in parts:
        assert joined("c", {k: v for k, v in parts.items() if k != name}) is None
    assert sorted(parts) == sorted(cookies_of("c", {**parts, "other": ""}))


@given(st.dictionaries(st.sampled_from(["c", "c.1", "c.2", "c.9"]), st.text()))
def test_any_cookies(cookies: dict[str, str]) -> None:
    """Whatever cookies a browser sends, joining them raises nothing."""
    value = joined("c", cookies)

    assert value is None or isinstance(value, str)


def test_a_value_that_is_too_long() -> None:
    """7,000 bytes fit; one more is an error that names the store."""
    assert 2 == len(split("c", "a" * MAX_TOTAL))
    with pytest.raises(ConfigurationError, match="store="):
        split("c", "a" * (MAX_TOTAL + 1))


def test_parts_that_are_no_longer_needed_are_deleted() -> None:
    """A shorter value deletes the further cookies of a longer one."""
    cookies = split("__Host-x-session", "a" * 5_000)
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    request = WebRequest(method="GET", values_of=lambda n: [header] if n == "cookie" else [])
    visit = Visit(request, CookieRules("x", insecure=False))
    visit.write("__Host-x-session", "b", 10)

    assert [
        "__Host-x-session=1.b; Max-Age=10; Path=/; HttpOnly; SameSite=Lax; Secure",
        "__Host-x-session.1=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure",
    ] == visit.set_cookie
    visit.delete("__Host-x-session")
    assert 2 == sum("Max-Age=0" in cookie for cookie in visit.set_cookie)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], {}),
        (["a=1; b=2"], {"a": "1", "b": "2"}),
        (["a=1", "b=2"], {"a": "1", "b": "2"}),
        (['a="1"'], {"a": "1"}),
        (["a=1; a=1"], {"a": "1"}),
        (["a=1; a=2; b=3"], {"b": "3"}),
        (["a=1; a=2; a=1"], {}),
        (["a; =; ;;b=1=2"], {"": "", "b": "1=2"}),
    ],
)
def test_cookie_headers(headers: list[str], expected: dict[str, str]) -> None:
    """Are read as they are; a name with two values has none."""
    assert expected == read_cookies(headers)


@given(st.lists(st.text()))
def test_any_cookie_header(headers: list[str]) -> None:
    """Any text is read without an error."""
    assert isinstance(read_cookies(headers), dict)


@pytest.mark.parametrize("name", ["", "a b", "a;b", "\u00e4", "a" * 41, "a\n"])
def test_cookie_names(name: str) -> None:
    """A name that a cookie cannot have is refused at once."""
    with pytest.raises(ConfigurationError, match="cookie_name"):
        CookieRules(name, insecure=False)


def test_a_store_in_memory() -> None:
    """Compares and swaps, forgets in time, gives a value out once, and is bounded."""
    clock = Clock()
    store = MemoryStore(max_entries=2, clock=clock)

    assert store.put("a", "1", expected=None, lifetime=10)
    assert not store.put("a", "2", expected=None, lifetime=10)
    assert not store.put("a", "2", expected="0", lifetime=10)
    assert store.put("a", "2", expected="1", lifetime=10)
    assert "2" == store.get("a")
    clock.now += 10
    assert store.get("a") is None
    assert store.pop("a") is None
    for key in "abc":
        assert store.put(key, key, expected=None, lifetime=10)
    assert [None, "b", "c"] == [store.get(key) for key in "abc"]
    assert ["b", None] == [store.pop("b"), store.pop("b")]
    store.delete("c")
    store.delete("c")
    assert 0 == len(store)
    assert store.put("session:1", "jane", expected=None, lifetime=10)
    for number in range(5):
        assert store.put(f"login:{number}", "x", expected=None, lifetime=5)
    assert ("jane", 3) == (store.get("session:1"), len(store))
    clock.now += 5
    assert store.put("login:6", "x", expected=None, lifetime=5)
    assert 2 == len(store)
    with pytest.raises(ConfigurationError, match="max_entries"):
        MemoryStore(max_entries=0)
