"""Reading JSON objects with types: what fits is returned, what does not is refused by its name."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from cognitokit import Device, User
from cognitokit.client.calls import Reply
from cognitokit.client.flows.replies import tokens_of
from cognitokit.client.members import Members
from cognitokit.client.texts import Texts
from cognitokit.errors import InvalidData, UnexpectedReply

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

FITS: list[tuple[Callable[[Members], Any], Any, Any]] = [
    (lambda m: m.text("x"), "a", "a"),
    (lambda m: m.optional_text("x"), None, None),
    (lambda m: m.integer("x"), 5, 5),
    (lambda m: m.optional_integer("x"), None, None),
    (lambda m: m.flag("x"), True, True),
    (lambda m: m.flag("x"), None, False),
    (lambda m: m.optional_flag("x"), None, None),
    (lambda m: m.texts("x"), ["a"], ("a",)),
    (lambda m: m.texts("x"), None, ()),
    (lambda m: m.text_map("x"), {"a": "b"}, {"a": "b"}),
    (lambda m: m.text_map("x"), None, {}),
    (lambda m: m.members("x").text("y"), {"y": "z"}, "z"),
    (lambda m: m.optional_members("x"), None, None),
    (lambda m: [item.text("y") for item in m.each("x")], [{"y": "z"}], ["z"]),
    (
        lambda m: m.attributes("x"),
        [{"Name": "a"}, {"Name": "b", "Value": "c"}],
        {"a": "", "b": "c"},
    ),
    (lambda m: m.document("x"), {"a": [1]}, {"a": [1]}),
    (lambda m: m.json_list("x"), "[1]", [1]),
    (lambda m: m.json_list("x"), None, []),
    (lambda m: m.json_object("x"), '{"a": 1}', {"a": 1}),
    (lambda m: m.json_object("x"), "", {}),
    (lambda m: m.moment("x"), None, None),
    (lambda m: m.moment("x"), NOON.timestamp(), NOON),
    (lambda m: m.moment("x"), NOON.astimezone(timezone(timedelta(hours=2))), NOON),
]
UNFIT: list[tuple[Callable[[Members], Any], Any]] = [
    (lambda m: m.text("x"), None),
    (lambda m: m.text("x"), 5),
    (lambda m: m.optional_text("x"), b"a"),
    (lambda m: m.integer("x"), None),
    (lambda m: m.integer("x"), True),
    (lambda m: m.integer("x"), 5.5),
    (lambda m: m.flag("x"), 1),
    (lambda m: m.optional_flag("x"), "true"),
    (lambda m: m.texts("x"), "a"),
    (lambda m: m.texts("x"), ["a", 1]),
    (lambda m: m.text_map("x"), ["a"]),
    (lambda m: m.text_map("x"), {"a": 1}),
    (lambda m: m.text_map("x"), {1: "a"}),
    (lambda m: m.members("x"), None),
    (lambda m: m.members("x"), "a"),
    (lambda m: m.each("x"), {"a": 1}),
    (lambda m: m.document("x"), None),
    (lambda m: m.json_list("x"), "{}"),
    (lambda m: m.json_list("x"), "["),
    (lambda m: m.json_object("x"), "[]"),
    (lambda m: m.json_object("x"), 5),
    (lambda m: m.moment("x"), "2026-11-21"),
    (lambda m: m.moment("x"), True),
    (lambda m: m.moment("x"), 1e30),
    (lambda m: m.moment("x"), float("nan")),
]


@pytest.mark.parametrize(("read", "value", "expected"), FITS)
def test_fits(read: Callable[[Members], Any], value: Any, expected: Any) -> None:
    """A member of the right type is returned; an absent one as None or empty where it may be."""
    assert expected == read(Members({"x": value}))
    if value is None:
        assert expected == read(Members({}))


@pytest.mark.parametrize(("read", "value"), UNFIT)
def test_does_not_fit(read: Callable[[Members], Any], value: Any) -> None:
    """A member of a wrong type is UnexpectedReply in an answer and InvalidData in kept data."""
    with pytest.raises(UnexpectedReply, match=r"^x is "):
        read(Members({"x": value}))
    with pytest.raises(InvalidData, match=r"^x is "):
        read(Members.of_data({"x": value}))


@pytest.mark.parametrize("values", [None, [], "x", 5])
def test_no_object(values: Any) -> None:
    """What is no object has no members."""
    with pytest.raises(UnexpectedReply):
        Members(values)


def test_tokens_have_a_life() -> None:
    """Tokens without a lifetime are no tokens."""
    with pytest.raises(UnexpectedReply, match="ExpiresIn"):
        tokens_of(Reply({"AuthenticationResult": {"AccessToken": "a"}}, 0))


def test_results_read_well() -> None:
    """A user's and a device's common attributes have names of their own."""
    user = User(
        username="jane",
        attributes={
            "sub": "s-1",
            "email": "j@x.io",
            "email_verified": "true",
            "phone_number": "+1",
            "phone_number_verified": "false",
        },
    )

    assert ("s-1", "j@x.io", True) == (user.sub, user.email, user.email_verified)
    assert ("+1", False) == (user.phone_number, user.phone_number_verified)
    assert Device(key="k", attributes={"device_name": "phone"}).name == "phone"
    assert Device(key="k").name is None


def test_texts() -> None:
    """A read-only map of strings equals any mapping of the same, and hides its values."""
    texts = Texts({"a": "secret"})

    assert texts == {"a": "secret"}
    assert hash(texts) == hash(Texts({"a": "secret"}))
    assert repr(texts) == "Texts(a=...)"
    assert len(texts) == 1
