"""Runs the command line as a shell would see it: in this process, or as one of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from cognitokit.cli.commands import cli

POOL = "eu-west-1_AbCdEfGhI"
CLIENT = "1example23456789"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


CALLBACK = f"http://localhost:{free_port()}/callback"


class Ended(NamedTuple):
    """How a command ended.

    Attributes:
        status: 0 is success.
        out: What it wrote to stdout.
        err: What it wrote to stderr.
    """

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What stdout says as JSON."""
        return json.loads(self.out)


def run(
    *arguments: str, stdin: str | bytes = "", env: Mapping[str, str | None] | None = None
) -> Ended:
    """Run a command in this process."""
    result = CliRunner().invoke(cli, arguments, input=stdin, env=env)
    return Ended(result.exit_code, result.stdout, result.stderr)


def start(
    *arguments: str,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
    python: tuple[str, ...] = ("-W", "error", "-m", "cognitokit"),
) -> Ended:
    """Run a command as a process without a terminal."""
    done = subprocess.run(
        [sys.executable, *python, *arguments],
        input=stdin,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
        timeout=60,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def type_at(*arguments: str, typed: str, env: Mapping[str, str] | None = None) -> Ended:
    """Run a command as a process whose stdin is a terminal, and type there."""
    pty = pytest.importorskip("pty")
    keyboard, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "cognitokit", *arguments],
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(env or {})},
    ) as process:
        os.write(keyboard, typed.encode())
        out, err = process.communicate(timeout=60)
    for end in keyboard, terminal:
        os.close(end)
    return Ended(process.returncode, out, err)
