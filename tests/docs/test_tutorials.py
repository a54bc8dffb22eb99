"""The tutorials, played: every step of each file is served and asked as its page does, on a user pool that really runs."""

from __future__ import annotations

import contextlib
import difflib
import importlib.util
import io
import itertools
import json
import os
import re
import runpy
import shlex
import string
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import httpx
import pytest

TUTORIALS = Path(__file__).parents[2] / "docs/tutorials"
STEPS = TUTORIALS / "steps"
PAGES = ("django", "fastapi", "flask", "lambda")

pytestmark = [
    pytest.mark.local,
    pytest.mark.slow,
    pytest.mark.skipif(
        not importlib.util.find_spec("ministack"), reason="the extra local is missing"
    ),
]

BLOCK = re.compile(r"^```\{?(\w+)\}?(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Step(NamedTuple):
    """A state of a tutorial's file, and what the page then does with it."""

    file: Path
    emphasized: list[int]
    commands: list[tuple[str, list[str]]]


def steps_of(page: str) -> list[Step]:
    """Read a page."""
    steps: list[Step] = []
    for kind, argument, body in BLOCK.findall((TUTORIALS / f"{page}.md").read_text()):
        if kind == "literalinclude" and ":caption: main.py" in body:
            steps.append(Step(TUTORIALS / argument, list(_emphasized(body)), []))
        elif kind == "console":
            for command in body.split("$ ")[1:]:
                first, *shown = command.splitlines()
                steps[-1].commands.append((first, [line for line in shown if line]))
    return steps


def _emphasized(options: str) -> Iterator[int]:
    found = re.search(r"^:emphasize-lines: (.*)$", options, re.MULTILINE)
    for part in found[1].split(",") if found else ():
        first, _, last = part.strip().partition("-")
        yield from range(int(first), int(last or first) + 1)


@pytest.fixture(scope="module")
def settings() -> Iterator[dict[str, str]]:
    """What the tutorials' pool prints, while it runs."""
    with subprocess.Popen(
        [sys.executable, str(STEPS / "pool.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        given = {}
        for line in process.stdout:
            if not line.startswith("export "):
                break
            name, _, value = line.removeprefix("export ").strip().partition("=")
            given[name] = value
        yield given
        process.communicate("\n")

    assert 0 == process.returncode


@pytest.fixture
def shell(settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The same, in the environment."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return settings


def _loaded(step: Step, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("main", step.file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "main", module)
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def _django_served(step: Step) -> Iterator[int]:
    """A project's settings are made once in a process, so each step has its own."""
    code = (
        "import importlib, sys; from werkzeug.serving import make_server\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "application = importlib.import_module(sys.argv[2]).application\n"
        "server = make_server('127.0.0.1', 0, application)\n"
        "print(server.server_port, flush=True); server.serve_forever()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(STEPS), step.file.stem],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()


@contextlib.contextmanager
def _served(page: str, step: Step, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    from tests.frameworks.served import by_uvicorn, by_werkzeug

    if page == "django":
        with _django_served(step) as port:
            yield port
    else:
        serve: Callable[[Any], Any] = by_uvicorn if page == "fastapi" else by_werkzeug
        with serve(_loaded(step, monkeypatch).app) as port:
            yield port


def _curl(command: str, port: int, settings: dict[str, str]) -> list[str]:
    """The lines that curl -i would print, headers in lower case."""
    words = shlex.split(string.Template(command).substitute(settings))
    assert ["curl", "-i"] == words[:2]
    method, headers, content, path = "GET", {}, None, ""
    rest = iter(words[2:])
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-H":
            name, _, value = next(rest).partition(": ")
            headers[name] = value
        elif word == "-d":
            method, content = "POST", next(rest)
        else:
            path = re.sub(r"^localhost:\d+", "", word)
    with httpx.Client(base_url=f"http://localhost:{port}", trust_env=False) as http:
        answer = http.request(method, path, headers=headers, content=content)
    lines = [f"{name}: {value}".lower() for name, value in answer.headers.items()]
    status = f"{answer.status_code} {answer.reason_phrase}"
    return [f"HTTP/1.1 {status}", *lines, answer.text.strip()]


def _is_in(lines: list[str], shown: str) -> bool:
    """Three dots stand for the rest of a token."""
    pattern = re.escape(shown).replace(r"\.\.\.", r"[\w.-]+")
    return any(re.fullmatch(pattern, line) for line in lines)


@pytest.mark.parametrize("page", [page for page in PAGES if page != "lambda"])
def test_an_application_answers_as_its_tutorial_shows(
    page: str, shell: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step is served, and each request that the page makes gets the answer that it shows."""
    pytest.importorskip(page)
    asked = 0
    for step in steps_of(page):
        with _served(page, step, monkeypatch) as port:
            for command, shown in step.commands:
                answer = _curl(command, port, shell)
                wanted = [line.lower() if re.match(r"[\w-]+: ", line) else line for line in shown]

                assert [] == [line for line in wanted if not _is_in(answer, line)], command
                asked += 1

    assert asked >= 5


def test_the_function_answers_as_its_tutorial_shows(
    shell: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step of the function is called by the page's own script, and answers what the page shows."""
    called = 0
    for step in steps_of("lambda"):
        _loaded(step, monkeypatch)
        for command, shown in step.commands:
            python, *arguments = shlex.split(string.Template(command).substitute(shell))
            monkeypatch.setattr(sys, "argv", arguments)
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                runpy.run_path(str(STEPS / "call.py"))

            assert "python" == python
            assert shown == printed.getvalue().splitlines(), command
            called += 1

    assert called >= 5


# How each page's step is asked without a server.
CLIENTS = {
    "django": "from django.test import Client; client = Client(SERVER_NAME='localhost')",
    "fastapi": "from fastapi.testclient import TestClient; client = TestClient(main.app)",
    "flask": "client = main.app.test_client()",
    "lambda": "from cognitokit.testing import LambdaClient, http_api_event\n"
    "client = LambdaClient(main.handler, http_api_event)",
}


@pytest.mark.parametrize("page", PAGES)
def test_the_log_says_why_as_the_pages_show(
    page: str, settings: dict[str, str], tmp_path: Path
) -> None:
    """With the pages' lines above the first protected step, its two refusals are logged as shown."""
    pytest.importorskip("cognitokit.aws_lambda" if page == "lambda" else page)
    told = (TUTORIALS / "_log.md").read_text()
    _, _, shown = next(block for block in BLOCK.findall(told) if block[0] == "text")
    step = steps_of(page)[1].file.read_text()
    (tmp_path / "main.py").write_text((STEPS / "log.py").read_text() + step)
    code = (
        f"import os, main; {CLIENTS[page]}\n"
        "for token in None, os.environ['JANE'], os.environ['JANE'] + '.x':\n"
        "    headers = {} if token is None else {'Authorization': f'Bearer {token}'}\n"
        "    print(client.get('/tasks', headers=headers).status_code)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
    )

    assert ["401", "200", "401"] == done.stdout.split()
    text = (TUTORIALS / f"{page}.md").read_text()
    logged = [line for line in done.stderr.splitlines() if line.startswith("INFO:cognitokit:")]
    assert "_log.md" in text
    assert shown.splitlines() == [line for line in logged if line not in text]


@pytest.mark.parametrize("page", PAGES)
def test_the_lines_that_change_are_highlighted(page: str) -> None:
    """What a step adds or changes is what the page highlights, and nothing else."""
    steps = steps_of(page)

    assert len(steps) >= 4
    for before, after in itertools.pairwise(steps):
        old, new = before.file.read_text().splitlines(), after.file.read_text().splitlines()
        matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
        changed = [
            number + 1
            for kind, _, _, first, last in matcher.get_opcodes()
            if kind in {"insert", "replace"}
            for number in range(first, last)
            if new[number].strip()
        ]

        assert changed == [number for number in after.emphasized if new[number - 1].strip()]


@pytest.mark.parametrize("page", PAGES)
def test_a_tutorials_tests_pass(page: str, tmp_path: Path) -> None:
    """The tests that a page shows pass on the file as its last step leaves it; one page's are seen to fail on the first."""
    pytest.importorskip("cognitokit.aws_lambda" if page == "lambda" else page)
    steps = steps_of(page)
    (tmp_path / "test_main.py").write_text((STEPS / f"test_{page}.py").read_text())
    outcomes = {}
    for step in (steps[-1], steps[0]) if page == "lambda" else (steps[-1],):
        (tmp_path / "main.py").write_text(step.file.read_text())
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=."]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        outcomes[step.file.stem] = done.returncode

    assert 0 == outcomes.pop(steps[-1].file.stem)
    assert 1 == outcomes.get(steps[0].file.stem, 1)


def test_the_script_that_signs_in_prints_a_token(settings: dict[str, str]) -> None:
    """What a page gives for a real pool works on this one: it prints an access token that the pool issued."""
    from cognitokit import CognitoVerifier

    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(STEPS / "sign_in.py"), "jane"],
        input="Tr0ub4dor&3\n",
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
    )
    verifier = CognitoVerifier.from_env(settings, token_use="access")

    assert "jane" == verifier.verify(done.stdout.strip()).username


@pytest.mark.parametrize("page", PAGES)
def test_what_a_terminal_without_the_settings_shows(page: str, tmp_path: Path) -> None:
    """The first protected step does not start there, and says what the page quotes."""
    pytest.importorskip("cognitokit.aws_lambda" if page == "lambda" else page)
    done = subprocess.run(
        [sys.executable, str(steps_of(page)[1].file)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    told = done.stderr.splitlines()[-1].partition("ConfigurationError: ")[2]

    assert 1 == done.returncode
    assert f"`{told.removesuffix('.')}`" in (TUTORIALS / f"{page}.md").read_text()


def test_the_django_project_has_its_commands(settings: dict[str, str]) -> None:
    """The file of the last step runs Django's commands, as the page runs its server."""
    pytest.importorskip("django")
    last = steps_of("django")[-1].file

    done = subprocess.run(
        [sys.executable, str(last), "check"],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode
    assert "no issues" in done.stdout


def test_rest_framework_is_protected_as_the_page_shows(settings: dict[str, str]) -> None:
    """The view of the Django tutorial's last part knows its user, and refuses others."""
    pytest.importorskip("rest_framework")
    code = (
        "import json, os, sys, runpy, types, django\n"
        "from django.conf import settings\n"
        "given = runpy.run_path(sys.argv[1])\n"
        "settings.configure(ROOT_URLCONF='page', ALLOWED_HOSTS=['testserver'],"
        " **{name: value for name, value in given.items() if name.isupper()})\n"
        "django.setup()\n"
        "sys.modules['page'] = types.SimpleNamespace(**runpy.run_path(sys.argv[2]))\n"
        "from django.test import Client\n"
        "tokens = [None, os.environ['JANE'], os.environ['JOE']]\n"
        "headers = [{'Authorization': f'Bearer {token}'} if token else {} for token in tokens]\n"
        "print(json.dumps([Client().get('/tasks', headers=each).status_code for each in headers]))"
    )

    parts = [str(STEPS / f"{name}.py") for name in ("django_rest_settings", "django_rest")]

    done = subprocess.run(
        [sys.executable, "-c", code, *parts],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=True,
    )

    assert [401, 403, 200] == json.loads(done.stdout)
