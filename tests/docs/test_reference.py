"""The reference misses no public name."""

import re
from pathlib import Path

import pytest

import cognitokit
from cognitokit import errors
from cognitokit.errors import calls

FRAMEWORKS = {
    "asgi": ["asgi"],
    "aws_lambda": ["aws_lambda", "aws_lambda.triggers"],
    "django": ["django", "django.rest"],
    "fastapi": ["fastapi"],
    "flask": ["flask"],
    "mcp": ["mcp"],
    "starlette": ["starlette"],
    "weblogin": ["weblogin"],
}
"""The page of each framework's integration, and the modules that it describes."""
REFERENCE = Path(__file__).parents[2] / "docs/reference"


def _described(page: str) -> set[str]:
    text = (REFERENCE / page).read_text(encoding="utf-8")
    return set(re.findall(r"^\.\. (?:auto\w+|py:\w+):: (\w+)$", text, flags=re.MULTILINE))


def test_every_public_name_has_its_entry() -> None:
    """Each name of the package is described on one page, or is an error, which has its own page."""
    described: list[str] = []
    for page in REFERENCE.glob("*.md"):
        if page.stem not in {*FRAMEWORKS, "errors"}:
            described += _described(page.name)
    public = {name for name in cognitokit.__all__ if name != "errors" and not hasattr(errors, name)}

    assert [] == sorted(public - set(described)), "add these to a page in docs/reference"
    assert [] == sorted(set(described) - public), "these are public no more"
    assert sorted(set(described)) == sorted(described)


def test_every_error_of_a_call_has_its_entry() -> None:
    """The page of errors describes each class that an answer of Cognito's may become, and what calls raise besides."""
    answers: set[type[Exception]] = {errors.ServiceError, *_descendants(errors.ServiceError)}
    besides = {
        name
        for name, value in vars(calls).items()
        if isinstance(value, type) and value.__module__ == calls.__name__
    }

    assert {cls.__name__ for cls in answers} | besides == _described("errors.md")


def _descendants(cls: type[Exception]) -> set[type[Exception]]:
    children = {
        child for child in cls.__subclasses__() if child.__module__.startswith("cognitokit.")
    }
    return children.union(*map(_descendants, children))


@pytest.mark.parametrize("page", FRAMEWORKS)
def test_every_name_of_a_framework_has_its_entry(page: str) -> None:
    """The page of a framework's integration describes everything that its modules export."""
    exported: list[str] = []
    for name in FRAMEWORKS[page]:
        module = pytest.importorskip(f"cognitokit.{name}", exc_type=ImportError)
        exported += module.__all__

    assert sorted(exported) == sorted(_described(f"{page}.md"))
