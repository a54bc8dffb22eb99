"""What an integration loads, seen in fresh processes, and what it says where its framework is missing."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import os
import subprocess
import sys
import typing

import pytest

from cognitokit.errors import MissingDependency

INTEGRATIONS = {
    "cognitokit.asgi": set[str](),
    "cognitokit.django": {"django"},
    "cognitokit.fastapi": {"fastapi", "starlette"},
    "cognitokit.flask": {"flask", "werkzeug"},
    "cognitokit.mcp": {"fastmcp", "mcp", "starlette"},
    "cognitokit.starlette": {"starlette"},
}
"""What each needs."""

FRAMEWORKS = {
    "django",
    "fastapi",
    "fastmcp",
    "flask",
    "mcp",
    "rest_framework",
    "starlette",
    "werkzeug",
}

REFUSE = """
import sys
import typing

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing!r}:
            raise ModuleNotFoundError(f"not installed here: {{name}}", name=name)

sys.meta_path.insert(0, Refuse())
"""
"""What stands for an environment in which packages are missing."""


def run(code: str) -> str:
    """The output of a fresh, isolated Python."""
    clean = {
        k: v for k, v in os.environ.items() if not k.startswith(("COVERAGE", "COV_", "PYTHON"))
    }
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], env=clean, capture_output=True, text=True, check=False
    )

    assert "" == done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("module", INTEGRATIONS)
def test_an_integration_loads_its_own_framework_and_no_other(module: str) -> None:
    """With every other framework, the client and the AWS SDK out of reach, it can be imported."""
    needed = INTEGRATIONS[module]
    skip_without(needed)
    code = REFUSE.format(missing=FRAMEWORKS - needed | {"boto3", "botocore", "jwt", "pytest"}) + (
        f"import json, {module}\n"
        "ours = ('cognitokit.client', 'cognitokit.testing')\n"
        "print(json.dumps([name for name in sys.modules if name.startswith(ours)]))"
    )

    assert [] == json.loads(run(code))


@pytest.mark.parametrize(
    "module, package, extra",
    [
        ("cognitokit.django", "django", "django"),
        ("cognitokit.django.rest", "rest_framework", "django"),
        ("cognitokit.fastapi", "fastapi", "fastapi"),
        ("cognitokit.flask", "flask", "flask"),
        ("cognitokit.mcp", "fastmcp", "mcp"),
        ("cognitokit.starlette", "starlette", "fastapi"),
    ],
)
def test_a_missing_framework_is_named(
    monkeypatch: pytest.MonkeyPatch, module: str, package: str, extra: str
) -> None:
    """Where the framework is missing, the error is the command that installs it."""
    if module != "cognitokit.mcp":
        pytest.importorskip(package)
    found = importlib.util.find_spec(module)
    assert found is not None
    assert found.loader is not None
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, parent=None: None if name == package else real(name, parent),
    )

    with pytest.raises(MissingDependency) as missing:
        found.loader.exec_module(importlib.util.module_from_spec(found))

    assert isinstance(missing.value, ImportError)
    assert f'pip install "cognitokit[{extra}]"' in str(missing.value)


def test_a_missing_mcp_names_its_own_extra() -> None:
    """Where all that it brings is missing too, the command is that of the extra that was meant."""
    missing = {"fastmcp", "mcp", "starlette", "fastapi"}
    code = REFUSE.format(missing=missing) + (
        "import importlib.util\n"
        "real = importlib.util.find_spec\n"
        f"importlib.util.find_spec = lambda name: None if name in {missing!r} else real(name)\n"
        "try:\n    import cognitokit.mcp\nexcept ImportError as error:\n    print(error)"
    )

    assert run(code).endswith('pip install "cognitokit[mcp]"')


@pytest.mark.parametrize("module", INTEGRATIONS)
def test_every_public_name_is_there(module: str) -> None:
    """A fresh process finds each name of __all__."""
    skip_without(INTEGRATIONS[module])
    code = f"import {module} as m\nprint([name for name in m.__all__ if not hasattr(m, name)])"

    assert "[]" == run(code)


def skip_without(packages: set[str]) -> None:
    """Leave a test out where what it is about is not installed."""
    for package in packages:
        pytest.importorskip(package)


@pytest.mark.parametrize("module", INTEGRATIONS)
def test_every_annotation_can_be_evaluated(module: str) -> None:
    """Tools that read annotations when a program runs (typing.get_type_hints) find all of them."""
    skip_without(INTEGRATIONS[module])
    loaded = importlib.import_module(module)

    # The current ones are proxies, which stand for nothing outside of a request.
    for name in [name for name in loaded.__all__ if not name.startswith("current_")]:
        found = getattr(loaded, name)
        members = vars(found).values() if inspect.isclass(found) else [found]
        for member in members:
            function = getattr(member, "__func__", getattr(member, "fget", member))
            if inspect.isfunction(function) and function.__module__.startswith("cognitokit"):
                assert "return" in typing.get_type_hints(function)
