"""What cfn-lint says of every example's template."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from examples.gateway import as_cloudformation, cdk

EXAMPLES = Path(__file__).parents[1]
RUN = "import sys; from cfnlint.runner import main; sys.exit(main())"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("cfnlint") is None, reason="cfn-lint is not installed"
    ),
]


def lint(*paths: Path, ignored: str = "") -> subprocess.CompletedProcess[str]:
    """Run cfn-lint, in whose eyes warnings count too."""
    options = ["--ignore-checks", ignored] if ignored else []
    return subprocess.run(
        [sys.executable, "-c", RUN, "--non-zero-exit-code", "warning", *options, "--", *paths],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )


def test_templates(tmp_path: Path) -> None:
    """There is nothing to say of those in files, nor of what serverless.yml becomes."""
    service = tmp_path / "serverless.json"
    service.write_text(json.dumps(as_cloudformation(EXAMPLES / "hosted_ui/serverless.yml")))
    templates = sorted(EXAMPLES.glob("*/template.yaml"))
    found = lint(*templates, service)

    assert len(templates) >= 3
    assert (0, "") == (found.returncode, found.stdout)


def test_a_mistake_is_found(tmp_path: Path) -> None:
    """The same look at a template with a reference to nothing ends with an error."""
    text = (EXAMPLES / "todo_api/template.yaml").read_text()
    broken = tmp_path / "template.yaml"
    broken.write_text(text.replace("!Ref UserPoolClient", "!Ref UserPoolCleint"))
    found = lint(broken)

    assert 0 != found.returncode
    assert "UserPoolCleint" in found.stdout


@pytest.mark.skipif(cdk.why_not() is not None, reason=str(cdk.why_not()))
def test_the_cdk_stack(tmp_path: Path) -> None:
    """Nor of what CDK makes, but for the dependencies that it writes down twice (W3005)."""
    template = tmp_path / "stack.json"
    template.write_text(json.dumps(cdk.synthesized(EXAMPLES / "cdk_sign_up/app.py", "SignUp")))
    found = lint(template, ignored="W3005")

    assert (0, "") == (found.returncode, found.stdout)
