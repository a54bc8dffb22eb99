"""The names that users import: complete, sorted, documented, and what a type checker sees."""

import ast
import importlib
import importlib.metadata
import inspect
import pkgutil
from pathlib import Path

import pytest

import cognitokit

EDGE = {"asgi", "aws_lambda", "cli", "django", "fastapi", "flask", "mcp", "starlette", "testing"}


def _public_modules() -> list[str]:
    found = [
        module.name
        for module in pkgutil.walk_packages(cognitokit.__path__, prefix="cognitokit.")
        if not any(part.startswith("_") for part in module.name.split("."))
    ]
    return ["cognitokit", *found]


def _edge(module: str) -> bool:
    return bool(EDGE & set(module.split(".")[1:2]))


@pytest.mark.parametrize("module", [m for m in _public_modules() if not _edge(m)])
def test_all_is_sorted_and_true(module: str) -> None:
    """A module that says what it exports says it sorted, once, and has it."""
    exported = getattr(importlib.import_module(module), "__all__", [])

    assert sorted(set(exported)) == list(exported)
    assert [] == [name for name in exported if not hasattr(importlib.import_module(module), name)]


PINNED = Path(__file__).with_name("public_names.txt")
# The modules that the documentation tells users to import from.
IMPORTED = (
    "",
    ".asgi",
    ".aws_lambda",
    ".aws_lambda.triggers",
    ".django",
    ".django.rest",
    ".errors",
    ".fastapi",
    ".flask",
    ".mcp",
    ".starlette",
    ".testing",
    ".verifier",
    ".weblogin",
)


def _names(module: str) -> set[str]:
    """A public module's names; those of the errors are its classes."""
    imported = importlib.import_module(module)
    exported = getattr(imported, "__all__", None)
    if exported is None:
        public = [name for name in dir(imported) if not name.startswith("_")]
        exported = [name for name in public if _is_error(getattr(imported, name))]
    return {f"{module}.{name}" for name in exported}


def _is_error(value: object) -> bool:
    return inspect.isclass(value) and issubclass(value, Exception)


@pytest.mark.parametrize("module", [f"cognitokit{name}" for name in IMPORTED])
def test_the_names_that_users_import_are_pinned(module: str) -> None:
    """A name comes, goes or is renamed by intention: with a line of public_names.txt and of the changelog."""
    try:
        names = _names(module)
    except ImportError as missing:
        pytest.skip(str(missing))
    lines = PINNED.read_text(encoding="utf-8").splitlines()
    pinned = {line for line in lines if line.rpartition(".")[0] == module}

    assert [] == sorted(pinned - names), (
        "gone: deprecate them first (docs/explanation/stability.md)"
    )
    assert [] == sorted(names - pinned), "new: add these lines to tests/public_names.txt"


def test_the_pinned_names_are_sorted() -> None:
    """The file reads like an index, each name once, and of a module that is checked."""
    lines = PINNED.read_text(encoding="utf-8").splitlines()

    assert sorted(set(lines)) == lines
    assert {f"cognitokit{name}" for name in IMPORTED} == {line.rpartition(".")[0] for line in lines}


def test_every_public_name_is_documented() -> None:
    """Each public class, function and module has a docstring of its own."""
    public = {name: getattr(cognitokit, name) for name in cognitokit.__all__}
    undocumented = [
        name
        for name, value in public.items()
        if (inspect.isclass(value) and not vars(value).get("__doc__"))
        or ((inspect.isroutine(value) or inspect.ismodule(value)) and not value.__doc__)
    ]

    assert [] == undocumented


def test_what_a_type_checker_sees_is_what_there_is() -> None:
    """The names imported for type checkers are the lazily loaded ones, from the same modules."""
    tree = ast.parse(Path(cognitokit.__file__).read_text(encoding="utf-8"))
    blocks = [node for node in tree.body if isinstance(node, ast.If)]
    imports = [node for node in ast.walk(blocks[0]) if isinstance(node, ast.ImportFrom)]
    seen = {alias.name: node.module for node in imports for alias in node.names}

    assert sorted(cognitokit.__all__) == sorted(seen)
    for name, module in seen.items():
        value = getattr(cognitokit, name)
        assert getattr(importlib.import_module(str(module)), name) is value


def test_dir_lists_the_public_names() -> None:
    """dir() and so an interactive shell's completion show exactly the public names."""
    assert sorted([*cognitokit.__all__, "__version__"]) == dir(cognitokit)


def test_the_errors_are_found_before_anything_imported_them() -> None:
    """`from cognitokit import errors` works in a process that has imported nothing else."""
    assert cognitokit.__getattr__("errors") is importlib.import_module("cognitokit.errors")


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A misspelt name fails as on any other module, and says which name."""
    with pytest.raises(AttributeError, match="'UserPol'"):
        _ = cognitokit.UserPol


def test_version_is_the_distribution_s() -> None:
    """__version__ is the installed distribution's."""
    assert importlib.metadata.version("cognitokit") == cognitokit.__version__


def test_the_package_is_marked_as_typed() -> None:
    """Type checkers read the annotations only where py.typed is installed (PEP 561)."""
    assert Path(cognitokit.__file__).with_name("py.typed").is_file()
