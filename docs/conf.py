"""How Sphinx builds these pages: `nox -s docs`, offline, every warning an error."""

from __future__ import annotations

import importlib.metadata
import re
from typing import TYPE_CHECKING

from sphinx.ext.napoleon import Config, GoogleDocstring

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "cognitokit"
author = "The cognitokit authors"
project_copyright = author
release = version = importlib.metadata.version("cognitokit")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sphinx_click",
    "sphinx_copybutton",
]
exclude_patterns = ["_build", "tutorials/_*.md"]
default_role = "code"
nitpicky = True
nitpick_ignore_regex = [
    # What must resolve are the public names. Other packages are documented elsewhere, and their
    # inventories would have to be fetched; a signature may show a module's own type.
    (
        "py:.*",
        r"(?!cognitokit\.((asgi|aws_lambda|django|errors|fastapi|flask|mcp|oauth|starlette|testing)\.)?\w+$).*",
    ),
    # Type variables.
    ("py:.*", r"cognitokit\.\w+\.\w+T(_co)?"),
]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
# Names that a module imports for type checkers alone.
autodoc_type_aliases = {"Challenge": "cognitokit.client.challenges.Challenge"}

smartquotes = False  # two hyphens before an option are two

copybutton_prompt_text = "$ "  # of a terminal's commands and output the commands alone are copied

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["narrow.css"]
html_title = f"cognitokit {release}"

SECTION = re.compile(r"(Args|Attributes|Raises|Returns|Yields):|Entering the context raises:")


def read_docstring(
    _app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Turn Args, Returns and Raises into field lists, and an indented block into code.

    Napoleon's own hook also reads a property's docstring, and takes what stands before its first
    colon for a type; ours begin with a claim's name, such as cognito:groups.
    """
    sections = (number for number, line in enumerate(lines) if SECTION.fullmatch(line))
    prose = next(sections, len(lines))
    for number in reversed(range(1, prose)):
        begins = lines[number].startswith("    ") and not lines[number - 1]
        told = next((line for line in reversed(lines[:number]) if line), "")
        if begins and not told.startswith(" ") and not told.endswith("::"):
            lines[number:number] = ["::", ""]
    if what in {"class", "exception", "function", "method", "module"}:
        lines[:] = GoogleDocstring(lines, Config(), None, what, name, obj, options).lines()


ENVVARS = "sphinx-click-process-envars"  # as it is emitted, and not registered


def read_envvars(_app: Sphinx, _ctx: object, lines: list[str]) -> None:
    """Give each of an option's environment variables a line, in place of a list as Python writes it."""
    lines[:] = [
        each
        for line in lines
        for each in (
            re.sub(r"\['(.*)'\]$", r"\1", line).replace("', '", "\n             ").splitlines()
            or [""]
        )
    ]


def setup(app: Sphinx) -> None:
    """Register the hooks above."""
    app.connect("autodoc-process-docstring", read_docstring)
    app.add_event(ENVVARS)
    app.connect(ENVVARS, read_envvars)
