"""Where to send the user after a login: never off the application's own site."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, unquote, urlsplit

_MAX_LENGTH = 2048
_MAX_ENCODINGS = 4
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DOT_SEGMENT = re.compile(r"/\.{1,2}(?:/|\Z)")


def safe_redirect_target(target: object, *, default: str = "/") -> str:
    """Return the target if it is a path on the application's own site, else the default.

    A target comes from the address bar (`?next=`), so anybody can choose it. Accepted is what
    starts with exactly one slash and can be taken by no browser or proxy for another origin:
    no control character anywhere; in the path no backslash, no dot segment, and outside ASCII
    nothing but letters, marks and digits. All of that must hold after percent-decoding too.

    Args:
        target: What was asked for, of whatever type.
        default: A path that the application itself chose.

    Returns:
        An ASCII path with its query and fragment, fit for a Location header.
    """
    if not isinstance(target, str) or len(target) > _MAX_LENGTH:
        return default
    form = target
    for _ in range(_MAX_ENCODINGS):
        if not _stays_on_site(form) or not _stays_on_site(unicodedata.normalize("NFKC", form)):
            return default
        decoded = unquote(form)
        if decoded == form:
            return quote(target, safe="/?#[]@!$&'()*+,;=:%~-._")
        form = decoded
    return default


def _stays_on_site(target: str) -> bool:
    path = re.split(r"[?#]", target, maxsplit=1)[0]
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        return False
    if _CONTROL.search(target) or _DOT_SEGMENT.search(path):
        return False
    if not all(char.isascii() or char.isalnum() or _is_mark(char) for char in path):
        return False
    try:
        target.encode()
        parts = urlsplit(target)
    except ValueError:  # UnicodeEncodeError is one: half of a surrogate pair
        return False
    return not parts.scheme and not parts.netloc


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M")
