"""The statuses that the command line ends with: a part of its interface."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What a shell script sees in `$?`; 0 is success."""

    REFUSED = 1
    """The answer is no: the token is refused, Cognito refuses, doctor found a fault, of which an
    address that does not answer is one."""
    USAGE = 2
    """The command line, a setting or a file is wrong; nothing was sent."""
    UNAVAILABLE = 3
    """No usable answer came back, or the keys could not be fetched: try again later. Or doctor could
    not look at what it was asked about."""
    MISSING = 4
    """A package is not installed; the message is the pip command."""
    DEFECT = 70
    """A defect of cognitokit itself (EX_SOFTWARE of sysexits.h)."""
    INTERRUPTED = 130
    """Ctrl-C, or the end of the input where an answer was asked for."""
    UNREAD = 141
    """Whoever read the output has gone, as `head` does (128 + SIGPIPE): there is no verdict."""
