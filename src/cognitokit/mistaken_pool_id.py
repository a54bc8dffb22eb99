"""What somebody gave who did not give a user pool's id, and where to find that."""

from __future__ import annotations

_FORM = "A user pool id looks like 'eu-west-1_AbCdEfGhI': region, underscore, letters and digits."
_PLACE = "The Cognito console shows it under User pools, in the overview of the pool."


def mistake_in(given: object) -> str:
    """Return a message that names the kind of mistake and repeats nothing of what was given."""
    kind = _kind_of(given)
    return f"{_FORM} {kind} {_PLACE}" if kind else f"{_FORM} {_PLACE}"


def _kind_of(given: object) -> str:
    if given is None:
        return "None was given."
    if not isinstance(given, str):
        return "It must be a str."
    if given.split() != [given]:
        return "This one is empty or has white space in it."
    if given.startswith("arn:"):
        return "This is an ARN: the id is what stands behind its 'userpool/'."
    if "/" in given:
        return "This is a URL or a path: of an issuer the id is the last part."
    if ":" in given:
        return "This looks like the id of an identity pool, which is something else."
    if given.isalnum():
        return "This looks like an app client's id: that is client_id."
    return ""
