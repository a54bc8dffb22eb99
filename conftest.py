"""What every test starts from, and the code in README.md and in the documentation run as tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sybil import Sybil
from sybil.parsers.myst import CodeBlockParser, PythonCodeBlockParser, SkipParser

if TYPE_CHECKING:
    from sybil import Example


def pytest_configure() -> None:
    """No developer's profile, CI role or proxy reaches a test, a fixture or a process of theirs."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "COGNITO_")) or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.devnull
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"


def _read_template(example: Example) -> None:
    from tests.docs.cloudformation import read_template  # noqa: PLC0415 - few pages have templates

    read_template(example)


# Readers' own tests: tests/docs/test_tutorials.py runs them beside the file that they import. A built
# documentation has copies of all that its pages offer.
collect_ignore = ["docs/_build", "docs/tutorials/steps"]

pytest_collect_file = Sybil(
    parsers=[
        PythonCodeBlockParser(),
        CodeBlockParser(language="yaml", evaluator=_read_template),
        SkipParser(),
    ],
    patterns=[
        "README.md",
        "docs/*.md",
        "docs/how-to/*.md",
        "docs/explanation/*.md",
        "docs/migration/*.md",
    ],
).pytest()
