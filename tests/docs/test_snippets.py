"""The documentation's code runs as it is printed there."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.local
@pytest.mark.skipif(not importlib.util.find_spec("ministack"), reason="the extra local is missing")
@pytest.mark.parametrize("snippet", sorted(DOCS.glob("snippets/*.py")), ids=lambda path: path.stem)
def test_a_snippet_prints_what_its_page_shows(snippet: Path) -> None:
    """A page's script ends well, and every line that the page shows as its output is printed."""
    page = (DOCS / f"{snippet.stem}.md").read_text(encoding="utf-8")
    shown = [
        line for block in page.split("```text\n")[1:] for line in block.split("```")[0].splitlines()
    ]

    done = subprocess.run(
        [sys.executable, "-W", "error", str(snippet)], capture_output=True, text=True, check=False
    )

    assert "" == done.stderr
    assert 0 == done.returncode
    assert shown
    assert shown == done.stdout.splitlines()
