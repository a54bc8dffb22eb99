"""The token that a command is about: from stdin alone, because a command line is no place for it."""

from __future__ import annotations

import sys

from cognitokit.cli.exits import Exit
from cognitokit.cli.failures import Failure
from cognitokit.cli.talk import say

_MOST = 65_536  # characters that are read; no token of Cognito's has a quarter of them
_ENCRYPTED_DOTS = 4


def read_token() -> str:
    """Return what stdin holds, without white space around it or "Bearer " before it.

    Raises:
        Failure: There is nothing, or an encrypted token, which nobody but Cognito reads.
    """
    if sys.stdin.isatty():
        say("Paste the token, then press Return and Ctrl-D.")
    text = sys.stdin.buffer.read(_MOST).decode("utf-8", "replace").strip()
    scheme, _, rest = text.partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else text
    if not token:
        raise Failure("There is no token on stdin: pipe it in.")
    if token.count(".") == _ENCRYPTED_DOTS:
        raise Failure(
            "This token is encrypted (RFC 7516), as Cognito's refresh tokens are: "
            "nobody but Cognito reads it. Give the access or the id token.",
            Exit.REFUSED,
        )
    return token
