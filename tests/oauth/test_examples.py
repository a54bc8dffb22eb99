"""The login guides' code and its tests, run as a reader would run them."""

import re
from pathlib import Path

import pytest

from tests.own_pytest import run_pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples/login"
GUIDES = [
    ROOT / "docs/how-to" / f"{name}.md"
    for name in ("managed-login", "machine-to-machine", "server-rendered-login")
]


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("test_*.py")))
def test_the_examples_pass_their_tests(name: str) -> None:
    """Each file of tests passes in a pytest process of its own."""
    done = run_pytest(EXAMPLES, str(EXAMPLES / name))

    assert 0 == done.returncode, done.stdout + done.stderr
    assert re.search(r"^[1-9]\d* passed", done.stdout, re.MULTILINE)


def test_the_guides_offer_all_of_the_code() -> None:
    """Every file of the examples can be had from a guide, and the guides have no code but theirs."""
    text = "".join(path.read_text(encoding="utf-8") for path in GUIDES)
    names = [path.name for path in EXAMPLES.glob("*.py") if path.name != "conftest.py"]

    assert len(names) > 5
    assert [] == [
        name for name in names if f"{{download}}`{name} <../../examples/login/{name}>`" not in text
    ]
    assert "```python" not in text
