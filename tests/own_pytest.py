"""pytest in a process of its own, as a user of the library would start it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a folder's tests with nothing of this project's set-up and no plugin but those named.

    What it prints is the same everywhere: on a CI server pytest would print each message twice, the
    second time in its summary, and it would heed the options and colors of the environment.
    """
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-rN", "--color=no", "-p", "no:cacheprovider"),
            *("-c", os.devnull, "--rootdir", str(folder), "--confcutdir", str(folder)),
            *("--strict-markers", "-W", "error", *arguments),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PYTEST_ADDOPTS": "",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        },
    )
