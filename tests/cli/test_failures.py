"""How commands end that go wrong."""

import builtins
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import click
import pytest
from click.testing import CliRunner

from cognitokit import UserPool, errors
from cognitokit import cli as package
from cognitokit.cli.commands import Commands, cli
from cognitokit.cli.exits import Exit
from cognitokit.cli.failures import OPTIONS, failure_of
from cognitokit.cli.talk import say, waiting
from tests.cli.running import CLIENT, POOL, run, start

SECRET = "hunter2hunter2"


def failing(error: BaseException) -> Any:
    """How a group ends whose command raises that."""

    class Failing(Commands):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
            def callback() -> None:
                raise error

            return click.Command(cmd_name, callback=callback)

    return CliRunner().invoke(Failing("cognitokit"), ["anything"])


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.ConfigurationError("Set it."), Exit.USAGE),
        (errors.InvalidData("Set it."), Exit.USAGE),
        (errors.MissingDependency("click", "cli"), Exit.MISSING),
        (errors.KeysUnavailable("None."), Exit.UNAVAILABLE),
        (errors.UnexpectedReply("What?"), Exit.UNAVAILABLE),
        (errors.MalformedToken(), Exit.REFUSED),
        (errors.NotAuthorized("Incorrect."), Exit.REFUSED),
        (KeyboardInterrupt(), Exit.INTERRUPTED),
        (EOFError(), Exit.INTERRUPTED),
        (click.Abort(), Exit.INTERRUPTED),
        (KeyError("x"), Exit.DEFECT),
    ],
)
def test_each_kind_of_failure_has_its_status(error: BaseException, status: Exit) -> None:
    """A script can tell a refusal from a wrong setting, an outage, a missing package and a defect."""
    ended = failing(error)

    assert status == ended.exit_code
    assert "" == ended.stdout
    assert ended.stderr.startswith("cognitokit: ")
    assert 1 == ended.stderr.count("\n")


class Hostile:
    """Whose iteration fails with a secret in the message."""

    def __iter__(self) -> Any:
        """Fail."""
        raise RuntimeError(SECRET)


def test_a_defect_tells_its_place_and_nothing_else() -> None:
    """What a foreign exception says may be secret: its kind and our line are told, no more."""
    with pytest.raises(RuntimeError) as raised:
        UserPool("eu-west-1_AbCdEfGhI", issuers=Hostile())
    failure = str(failure_of(raised.value))

    assert SECRET not in failure
    assert "RuntimeError at cognitokit/pool.py:" in failure


def test_a_defect_without_a_place() -> None:
    """An exception that went through no line of ours is told as well."""
    assert "RuntimeError at an unknown place." in str(failure_of(RuntimeError(SECRET)))


def test_a_closed_pipe_is_no_defect() -> None:
    """Where the reader has gone the command ends quietly, and not with a status that is an answer."""
    ended = failing(BrokenPipeError(32, "Broken pipe"))

    assert (141, "") == (ended.exit_code, ended.stderr)


@pytest.mark.parametrize("option", [[], ["--json"]])
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("both", [True, False])
def test_a_reader_that_has_gone(option: list[str], unbuffered: str, *, both: bool) -> None:
    """`cognitokit ... | head -0` ends with 141, and Python adds no complaint of its own at the end."""
    reader, writer = os.pipe()
    os.close(reader)
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "cognitokit", "decode", *option],
        stdin=subprocess.PIPE,
        stdout=writer,
        stderr=writer if both else subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    ) as process:
        os.close(writer)
        _, err = process.communicate(SECRET_TOKEN, timeout=60)

    assert 141 == process.returncode
    assert not err


def test_a_reader_that_stays() -> None:
    """The same command with a reader ends with 0."""
    assert 0 == start("decode", stdin=SECRET_TOKEN).status


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["jwks", POOL, "--jwks-uri", "http://example.com/jwks.json"],
            "--jwks-uri must be https; plain http is for loopback, or by --allow-http.",
        ),
        (
            ["verify", POOL, "--any-client", "--token-use", "id", "--scope", "a"],
            "use --token-use access.",
        ),
        (
            ["verify", POOL, "--any-client", "--token-use", "access", "--refresh-keys"],
            "--refresh-keys is for keys that are given: add --jwks, or leave it out.",
        ),
        (
            ["token", "browser", POOL, "--client-id", CLIENT, "--domain", "http://example.com"],
            "domain must be https; plain http is for loopback, or by --allow-http.",
        ),
        (["jwks", CLIENT], "that is --client-id."),
    ],
)
def test_the_librarys_arguments_are_options_here(arguments: list[str], told: str) -> None:
    """A cure is told as it is typed, and not as Python would say it."""
    done = run(*arguments, stdin="")

    assert (2, "") == (done.status, done.out)
    assert told in done.err
    assert "=" not in done.err
    assert "_" not in done.err.replace(POOL, "")


def test_an_outage_names_options_too() -> None:
    """So is what to look at when a server does not answer; what is no argument stays as it is."""
    told = "The connection to the domain failed; check domain= and the network."

    assert "check --domain and" in str(failure_of(errors.ConnectionFailed(told)))
    assert "a token_use claim" in str(failure_of(errors.KeysUnavailable("a token_use claim")))


def test_every_option_that_is_told_exists() -> None:
    """No sentence names an option that no command has."""
    there = {option for _, parameter in options(cli) for option in parameter.opts}

    assert set(OPTIONS.values()) <= there


def test_another_error_of_the_system_is_a_defect() -> None:
    """Only the closed pipe is expected."""
    assert Exit.DEFECT == failing(PermissionError(13, "no")).exit_code


def test_what_is_no_command_is_refused() -> None:
    """A misspelt command is an error of usage."""
    done = run("decod")

    assert 2 == done.status
    assert "No such command" in done.err


def test_the_help_lists_the_commands() -> None:
    """Every command is in the help, with a line that says what it does."""
    done = run("--help")

    assert 0 == done.status
    for name in ("decode", "demo", "doctor", "jwks", "token", "verify"):
        assert f"\n  {name} " in done.out


@pytest.mark.parametrize(
    "program", [("-m", "cognitokit"), ("-c", "from cognitokit.cli import main; main()")]
)
def test_it_is_a_program(program: tuple[str, ...]) -> None:
    """Module and script tell the distribution's version."""
    from cognitokit import __version__

    done = start("--version", python=("-W", "error", *program))

    assert (0, "") == (done.status, done.err)
    assert done.out.endswith(f", version {__version__}\n")


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_the_extra_one_sentence_names_the_cure(missing: str) -> None:
    """Where a package is not installed the message is the pip command, and the status 4."""
    block = f"import sys; sys.modules[{missing!r}] = None; from cognitokit.cli import main; main()"
    done = start("decode", python=("-c", block))

    assert (4, "") == (done.status, done.out)
    assert (
        f'cognitokit: {missing} is not installed. Install it with: pip install "cognitokit[cli]"\n'
        == done.err
    )


def test_main_without_the_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same in this process."""
    real = builtins.__import__

    def without_click(name: str, *rest: Any, **more: Any) -> Any:
        if name == "click":
            raise ImportError("gone")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without_click)
    with pytest.raises(SystemExit) as ended:
        package.main()

    assert Exit.MISSING == ended.value.code
    assert 'pip install "cognitokit[cli]"' in capsys.readouterr().err


def test_main_runs_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With it the command line runs."""
    monkeypatch.setattr(sys, "argv", ["cognitokit", "--version"])
    with pytest.raises(SystemExit) as ended:
        package.main()

    assert 0 == ended.value.code
    assert capsys.readouterr().out.startswith("cognitokit, version ")


def test_a_terminal_gets_color_and_a_spinner(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What waits shows so on a terminal, and the spinner is gone afterwards."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    with waiting("Fetching the keys"):
        pass
    say("done", "bold green")
    told = capsys.readouterr()

    assert "" == told.out
    assert "Fetching the keys ..." in told.err
    assert "\x1b[1;32mdone\x1b[0m" in told.err


def test_nothing_is_shown_of_waiting_without_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a file or a pipe stderr has what a command says, and nothing that is over with it."""
    monkeypatch.setenv("TERM", "xterm-256color")
    with waiting("Fetching the keys"):
        pass
    say("done", "bold green")

    assert ("", "done\n") == capsys.readouterr()


def test_no_color_is_respected(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """NO_COLOR takes the color away, on a terminal too (no-color.org)."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    say("done", "green")

    assert "\x1b[32m" not in capsys.readouterr().err


def test_commands_load_only_what_they_need() -> None:
    """Decoding a token loads neither an HTTP stack nor the client."""
    code = (
        "import sys; from click.testing import CliRunner\n"
        "from cognitokit.cli.commands import cli\n"
        "CliRunner().invoke(cli, ['decode'], input='x')\n"
        "print(sorted({'httpx', 'boto3', 'cognitokit.client', 'cognitokit.cli.decode'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "['cognitokit.cli.decode']\n" == done.stdout


def test_a_command_that_ends_itself_keeps_its_status() -> None:
    """Click's own errors and exits pass through."""
    assert 2 == CliRunner().invoke(cli, ["jwks"]).exit_code


def options(group: click.Group) -> Iterator[tuple[str, click.Parameter]]:
    """Every parameter of every command below a group, with the command's name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from options(command)
        for parameter in command.params:
            yield name, parameter


def test_nothing_secret_is_an_argument() -> None:
    """What is named after a password, a secret or a token is a switch that says where it comes from."""
    found = list(options(cli))
    secret = [
        (command, parameter)
        for command, parameter in found
        if {"code", "password", "secret", "token"} & set((parameter.name or "").split("_"))
    ]

    assert len(found) > len(secret) > 0
    assert [("verify", "token_use")] == [
        (command, parameter.name)
        for command, parameter in secret
        if not getattr(parameter, "is_flag", False)
    ]


SECRET_TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJqYW5lIn0."


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["decode", SECRET_TOKEN], "never on the command line"),
        (["decode", SECRET_TOKEN, "too"], "never on the command line"),
        (["verify", "x", SECRET_TOKEN, "--token-use", "any"], "never on the command line"),
        (["verify", "x", SECRET_TOKEN], "Missing option '--token-use'"),
        (["jwks", "x", SECRET_TOKEN], "never on the command line"),
        ([SECRET_TOKEN], "No such command. There are decode, demo, doctor, jwks, token, verify."),
        (
            ["token", SECRET_TOKEN],
            "No such command. There are browser, client-credentials, password.",
        ),
        ([f"--{SECRET_TOKEN}"], "No such option."),
        (["decode", f"--{SECRET_TOKEN}"], "No such option."),
        (["decode", f"--json={SECRET_TOKEN}"], "'--json' does not take a value"),
        (["verify", SECRET_TOKEN, "--any-client", "--token-use", "any"], "A user pool id"),
        (["verify", "--token-use", SECRET_TOKEN], "What was given is not one of 'access'"),
        (["verify", f"--leeway={SECRET_TOKEN}"], "What was given is not a valid float"),
        (["verify", "--leeway", "it's"], "What was given is not a valid float"),
    ],
)
def test_what_is_typed_is_not_repeated(arguments: list[str], told: str) -> None:
    """A token that was pasted to the wrong place is in no message, and the message says what is wrong."""
    done = run(*arguments, stdin="")

    assert (2, "") == (done.status, done.out)
    assert told in " ".join(done.err.split())
    assert "eyJ" not in done.err
    assert "it's" not in done.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["jwks"], "Missing argument 'POOL'. Give it, or set COGNITO_USER_POOL_ID."),
        (["doctor", "x"], "Missing option '--client-id'. Give it, or set COGNITO_CLIENT_ID."),
        (["verify", "x", "--any-client"], "Missing option '--token-use'. Choose from"),
    ],
)
def test_what_is_missing_may_be_a_variable(arguments: list[str], told: str) -> None:
    """The environment variable is told wherever there is one."""
    done = run(*arguments)

    assert 2 == done.status
    assert told in " ".join(done.err.split())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["decode", "--token", "x"], "No such option '--token'"),
        (["verify", "--jwks", "no-such-file"], "'no-such-file' does not exist"),
        (["--"], "Missing command"),
    ],
)
def test_names_of_options_and_files_are_repeated(arguments: list[str], told: str) -> None:
    """A mistake there is hard to see without; and click's other sentences stay."""
    done = run(*arguments, stdin="")

    assert 2 == done.status
    assert told in " ".join(done.err.split())
