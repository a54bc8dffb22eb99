"""A page's code can be taken from the page: what it uses is imported or defined where readers see it."""

import ast
import builtins
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "quickstart.md", *sorted(DOCS.glob("how-to/*.md"))]

# What a page says in words, and its reader has: a code that was mailed, a function of the reader's own.
GIVEN = {
    "lambda": {"app"},
    "lambda-triggers": {"mail", "typed"},
    "migrate-from-pycognito": {"code"},
    "multi-factor": {"code"},
    "sign-in-as-administrator": {"secret_of"},
    "sign-in-with-choice": {"code", "credential"},
    "sign-in-with-custom-auth": {"send_by_carrier_pigeon"},
    "sign-up": {"code"},
}

BLOCK = re.compile(r"^```(python|\{literalinclude\} (\S+))\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"<!---.*?-->", re.DOTALL)
DOWNLOAD = re.compile(r"\{download\}`[^`<]*<([^`>]+)>`")


def shown_in(page: Path, text: str) -> Iterator[str]:
    """The Python that a page shows itself, and of a file that it shows in parts and offers whole, the file."""
    text = COMMENT.sub("", text)
    offered = {(page.parent / path).resolve() for path in DOWNLOAD.findall(text)}
    for _, path, body in BLOCK.findall(text):
        if not path:
            yield body
        elif path.endswith(".py"):
            file = (page.parent / path).resolve()
            whole = file in offered or not re.search(r"^:(pyobject|start|end)", body, re.MULTILINE)
            yield file.read_text(encoding="utf-8") if whole else textwrap.dedent(_part(file, body))


def _part(file: Path, options: str) -> str:
    """What Sphinx shows of a file; nothing is dedented unless an option says so."""
    source = file.read_text(encoding="utf-8")
    given = dict(re.findall(r'^:([\w-]+): "?(.*?)"?$', options, re.MULTILINE))
    if "pyobject" in given:
        tree = ast.parse(source)
        wanted = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and node.name == given["pyobject"]
        ]
        return ast.unparse(wanted[0])
    for start in ("start-at", "start-after"):
        if start in given:
            before, found, after = source.partition(given[start])
            assert found, (file, before[:0])
            source = found + after if start == "start-at" else after
    if "end-before" in given:
        source = source.partition(given["end-before"])[0]
    return source


def unknown_names(blocks: Iterator[str]) -> set[str]:
    """The names that a block uses, and neither it nor one before it binds anywhere."""
    known = {*dir(builtins), "__file__", "__name__"}
    unknown: set[str] = set()
    for block in blocks:
        nodes = list(ast.walk(ast.parse(block)))
        for node in nodes:
            match node:
                case ast.Import(names=names) | ast.ImportFrom(names=names):
                    known |= {(each.asname or each.name).partition(".")[0] for each in names}
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    known.add(name)
                case ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)):
                    known.add(name)
                case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                    known.add(name)
                case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                    known.add(name)
                case _:
                    pass
        used = {node.id for node in nodes if isinstance(node, ast.Name)}
        unknown |= used - known
    return unknown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_where_its_names_come_from(page: Path) -> None:
    """Every name is imported or defined by a block that the page shows, or by the file that it offers."""
    unknown = unknown_names(shown_in(page, page.read_text(encoding="utf-8")))

    assert GIVEN.get(page.stem, set()) == unknown


def test_each_snippet_of_the_front_page_stands_alone() -> None:
    """Pasted into a file of its own, a snippet has all that it uses."""
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    blocks = list(shown_in(DOCS.parent / "README.md", readme))
    unknown = {block: unknown_names(iter([block])) for block in blocks}

    assert len(blocks) >= 4
    assert {block: set() for block in blocks} == unknown


def test_a_name_that_only_a_hidden_block_has_is_found() -> None:
    """A block that readers do not see defines nothing; the same block, shown, does."""
    page = DOCS / "how-to/page.md"
    hidden = "<!--- invisible-code-block: python\nraw = 'a'\n-->\n```python\nprint(raw)\n```\n"
    shown = "```python\nraw = 'a'\n```\n```python\nprint(raw)\n```\n"

    assert {"raw"} == unknown_names(shown_in(page, hidden))
    assert set() == unknown_names(shown_in(page, shown))


def test_a_part_of_a_file_needs_the_whole_of_it() -> None:
    """A function that is shown alone lacks its imports, unless the page offers its file."""
    page = DOCS / "how-to/page.md"
    part = "```{literalinclude} ../../examples/login/flask_app.py\n:pyobject: add_pages\n```\n"
    offer = "{download}`flask_app.py <../../examples/login/flask_app.py>`\n"

    assert "LOGOUT" in unknown_names(shown_in(page, part))
    assert set() == unknown_names(shown_in(page, offer + part))


def test_the_quick_start_is_its_blocks_one_below_the_other() -> None:
    """Copied from the page in their order, the blocks are the program that the page offers."""
    page = DOCS / "quickstart.md"
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    assert all(":dedent:" not in options for _, _, options in blocks)
    copied = "".join(_part(page.parent / path, options) for _, path, options in blocks if path)
    program = (DOCS / "snippets/quickstart.py").read_text(encoding="utf-8")

    assert ast.dump(ast.parse(program.partition("\n")[2])) == ast.dump(ast.parse(copied))
