"""The table of challenges, as the page on the steps of a sign-in shows it."""

from __future__ import annotations

import inspect

from cognitokit.client import challenges


def table() -> str:
    """Return the table, one line a challenge, from the package's own."""
    lines = ["| Cognito's name | class | answer |", "| --- | --- | --- |"]
    for name in sorted(challenges._CLASSES):
        cls = challenges._CLASSES[name]
        given = inspect.signature(cls.answer).parameters
        names = ", ".join(
            f"{each.name}=" if each.kind is each.KEYWORD_ONLY else each.name
            for each in given.values()
            if each.name != "self"
        )
        answer = "none: it needs SRP" if cls is challenges.SrpChallenge else f"`answer({names})`"
        lines.append(f"| `{name}` | {{py:class}}`~cognitokit.{cls.__name__}` | {answer} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())  # noqa: T201 - that is what it is for
