"""The how-to guides' sample applications and their tests, run as a reader would run them."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from tests.own_pytest import run_pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples/testing"


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("test_*.py")))
def test_sample_applications_pass_their_tests(name: str) -> None:
    """Each file of tests passes in a pytest process of its own, with nothing but the kit's plugin."""
    has_ministack = importlib.util.find_spec("ministack") is not None
    plugin = ("-p", "cognitokit.testing.pytest_plugin")
    selection = () if has_ministack else ("-k", "not real_server")
    result = run_pytest(EXAMPLES, *plugin, str(EXAMPLES / name), *selection)

    assert 0 == result.returncode, result.stdout + result.stderr
    assert re.search(r"^[1-9]\d* passed", result.stdout, re.MULTILINE)


def test_guides_show_every_test() -> None:
    """No test of a sample application is left out of the guides."""
    guides = "".join(path.read_text() for path in (ROOT / "docs/how-to").glob("testing-*.md"))
    tests = [
        name
        for path in EXAMPLES.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    ]

    assert len(tests) > 20
    assert [] == [name for name in tests if f":pyobject: {name}\n" not in guides]


def test_sample_applications_are_small() -> None:
    """A sample application stays below fifty lines, so that a reader takes it in at a glance."""
    sizes = {path.name: len(path.read_text().splitlines()) for path in EXAMPLES.glob("tasks_*.py")}

    assert {"tasks_fastapi.py", "tasks_flask.py", "tasks_lambda.py"} == sizes.keys()
    assert max(sizes.values()) <= 50
