"""What an integration loads, seen in fresh processes, and what it says where its framework is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

INTEGRATIONS = {
    "cognitokit.flask": "flask",
    "cognitokit.fastapi": "fastapi",
}
FRAMEWORKS = {"django", "fastapi", "flask", "mcp", "rest_framework", "starlette", "werkzeug"}
BELONG_TOGETHER = {"flask": {"flask", "werkzeug"}, "fastapi": {"fastapi", "starlette"}}

REFUSE = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {missing!r}:
            raise ModuleNotFoundError(f"not installed here: {{name}}", name=name)

sys.meta_path.insert(0, Refuse())
"""
"""What stands for an environment in which packages are missing."""

HIDE = """
import importlib.util, sys

real = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in {missing!r} else real(name, package)
"""


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


@pytest.mark.parametrize("module, framework", INTEGRATIONS.items())
def test_an_integration_loads_its_own_framework_and_no_other(module: str, framework: str) -> None:
    """With every other framework, the client and the AWS SDK out of reach, it can be imported."""
    others = FRAMEWORKS - BELONG_TOGETHER.get(framework, {framework})
    missing = others | {"boto3", "botocore", "jwt", "pytest"}
    code = REFUSE.format(missing=missing) + (
        f"import json, {module}\n"
        "loaded = [n for n in sys.modules if n.startswith(('cognitokit.client', 'cognitokit.testing'))]\n"
        "print(json.dumps(loaded))"
    )

    assert [] == json.loads(run(code))


@pytest.mark.parametrize("module, framework", INTEGRATIONS.items())
def test_a_missing_framework_is_named(module: str, framework: str) -> None:
    """Where the framework is missing, the error is the command that installs it."""
    code = HIDE.format(missing={framework}) + (
        f"try:\n    import {module}\n"
        "except ImportError as error:\n    print(type(error).__name__, error)"
    )

    assert (
        f"MissingDependency {framework} is not installed. "
        f"Install it with: pip install 'cognitokit[{framework}]'"
    ) == run(code)


@pytest.mark.parametrize("module", INTEGRATIONS)
def test_every_public_name_is_there(module: str) -> None:
    """A fresh process finds each name of __all__."""
    code = f"import {module} as m\nprint([name for name in m.__all__ if not hasattr(m, name)])"

    assert "[]" == run(code)
