"""A CDK application's template, for a server that has no bootstrap stack."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any


def why_not() -> str | None:
    """Return what is missing for synthesizing; None if nothing is."""
    if importlib.util.find_spec("aws_cdk") is None:
        return "aws-cdk-lib is not installed"
    return None if shutil.which("node") else "aws-cdk-lib needs node, which is not installed"


def synthesized(app: Path, stack: str) -> dict[str, Any]:
    """Run a CDK application, and return a stack's template as CDK writes it.

    Raises:
        subprocess.CalledProcessError: The application failed; its stderr says why.
    """
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, str(app)],
            check=True,
            capture_output=True,
            env={
                **os.environ,
                "CDK_OUTDIR": folder,
                "CDK_DISABLE_CLI_TELEMETRY": "1",
                "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
            },
        )
        template: dict[str, Any] = json.loads(Path(folder, f"{stack}.template.json").read_text())
    return template


def without_bootstrap(template: dict[str, Any]) -> dict[str, Any]:
    """Return the template with the functions' code where its parameters say, not in CDK's bucket."""
    code = {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": {"Ref": "CodeKey"}}
    return {
        "Parameters": {"CodeBucket": {"Type": "String"}, "CodeKey": {"Type": "String"}},
        "Resources": {
            name: {**resource, "Properties": {**resource["Properties"], "Code": code}}
            if resource["Type"] == "AWS::Lambda::Function"
            else resource
            for name, resource in template["Resources"].items()
        },
        "Outputs": template.get("Outputs", {}),
    }
