"""Messages that pools of the testing kit have sent."""

from __future__ import annotations

import pytest

from cognitokit.testing import Message


@pytest.mark.parametrize(
    "body, code",
    [
        ("Your verification code is 123456.", "123456"),
        ("000001", "000001"),
        ("<b>654321</b>", "654321"),
        ("Order 1234567 has shipped.", None),
        ("Welcome.", None),
    ],
)
def test_code_is_the_six_digits_that_stand_alone(body: str, code: str | None) -> None:
    """A message's code is found wherever it stands in the text, and longer numbers are none."""
    message = Message(medium="EMAIL", destination="jane@example.com", body=body)

    assert code == message.code


def test_repr_hides_the_text() -> None:
    """A message's repr shows where it went, not what it says."""
    message = Message(medium="SMS", destination="+15550100", body="Your code is 123456.")

    assert "Message(medium='SMS', destination='+15550100', subject='')" == repr(message)
