"""What a user pool on this machine has sent: mails and text messages, and the codes in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cognitokit.errors import CognitoKitError

if TYPE_CHECKING:
    from typing import Literal

# Six digits, but for the code that signs in without a password: that has eight.
_CODE = re.compile(r"(?<!\d)\d{6}(?:\d{2})?(?!\d)", re.ASCII)


class NoMessage(CognitoKitError, LookupError):
    """The pool has sent no such message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that a pool has sent. Its repr shows neither text nor code."""

    medium: Literal["EMAIL", "SMS"]
    destination: str
    subject: str = ""
    body: str

    @property
    def code(self) -> str | None:
        """The code of six or eight digits in the body, if there is one."""
        found = _CODE.search(self.body)
        return None if found is None else found[0]

    def __repr__(self) -> str:
        return f"Message(medium={self.medium!r}, destination={self.destination!r}, subject={self.subject!r})"
