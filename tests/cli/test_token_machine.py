"""`cognitokit token client-credentials`."""

from collections.abc import Iterator

import pytest

from cognitokit import CognitoVerifier
from cognitokit.testing import LocalPool, TokenMint
from cognitokit.testing.oauth_server import OAuthServer
from tests.cli.running import CLIENT, POOL, Ended, run, start

SECRET = "S3cretOfTheAppClient0123456789"


@pytest.fixture
def server(mint: TokenMint) -> Iterator[OAuthServer]:
    """A pool's domain with a machine's app client."""
    grants, scopes = ["client_credentials"], ["tasks/read", "tasks/write"]
    with OAuthServer(mint, client_secret=SECRET, grants=grants, scopes=scopes) as running:
        yield running


def arguments(server: OAuthServer, *more: str) -> list[str]:
    """What everyone gives."""
    return [
        "token", "client-credentials", POOL, "--client-id", CLIENT, "--domain", server.url, *more
    ]  # fmt: skip


def ask(server: OAuthServer, *more: str, secret: str | None = SECRET, stdin: str = "") -> Ended:
    """Ask for a token."""
    return run(*arguments(server, *more), stdin=stdin, env={"COGNITO_CLIENT_SECRET": secret})


def test_the_token_is_alone_on_stdout(server: OAuthServer, mint: TokenMint) -> None:
    """A script takes stdout as the token; it has the scope that was asked for."""
    done = ask(server, "--scope", "tasks/read")

    assert 0 == done.status
    assert {"tasks/read"} == mint.verifier().verify(done.out.removesuffix("\n")).scopes
    assert "" == done.err


def test_json(server: OAuthServer, mint: TokenMint) -> None:
    """A program reads the token from JSON."""
    done = ask(server, "--json")

    assert "Bearer" == done.json["token_type"]
    assert CLIENT == mint.verifier().verify(done.json["access_token"]).client_id


def test_the_secret_may_be_asked_for(server: OAuthServer) -> None:
    """With --ask-secret it is typed, and not shown."""
    done = ask(server, "--ask-secret", secret=None, stdin=f"{SECRET}\n")

    assert 0 == done.status
    assert SECRET not in done.out + done.err


def test_there_is_no_option_for_the_secret(server: OAuthServer) -> None:
    """A command line is read by every process: the secret has no place in it."""
    done = ask(server, "--client-secret", SECRET)

    assert 2 == done.status
    assert SECRET not in done.out + done.err


def test_without_a_secret_the_cure_is_named(server: OAuthServer) -> None:
    """The sentence says where the secret is taken from."""
    done = ask(server, secret=None)

    assert (2, "") == (done.status, done.out)
    assert "set COGNITO_CLIENT_SECRET" in done.err


def test_a_refusal_shows_nothing_secret(server: OAuthServer) -> None:
    """A wrong secret ends with 1 and the endpoint's error."""
    done = ask(server, secret="Wr0ngSecretOfTheAppClient")

    assert (1, "") == (done.status, done.out)
    assert "Wr0ng" not in done.err
    assert 1 == done.err.count("\n")


def test_as_a_process(server: OAuthServer, mint: TokenMint) -> None:
    """The script does the same; without a terminal it cannot ask, and says so."""
    given = start(*arguments(server), env={"COGNITO_CLIENT_SECRET": SECRET})
    asked = start(*arguments(server, "--ask-secret"))

    assert 0 == given.status
    assert CLIENT == mint.verifier().verify(given.out.strip()).client_id
    assert (2, "") == (asked.status, asked.out)
    assert "Client secret: there is no terminal to ask on" in asked.err


def test_plain_http_beyond_this_machine_must_be_allowed(mint: TokenMint) -> None:
    """A domain elsewhere over http is refused before anything is sent."""
    options = ["--client-id", CLIENT, "--domain", "http://auth.example.com"]
    env = {"COGNITO_CLIENT_SECRET": SECRET}
    done = run("token", "client-credentials", POOL, *options, env=env)
    allowed = run("token", "client-credentials", POOL, *options, "--allow-http", env=env)

    assert (2, True) == (done.status, "must be https" in done.err)
    assert 2 != allowed.status


@pytest.mark.local
def test_against_another_implementation(local: LocalPool) -> None:
    """The embedded pool gives a machine's token with the scope that was asked for."""
    local.cognito.create_resource_server(
        UserPoolId=local.pool.id,
        Identifier="tasks",
        Name="tasks",
        Scopes=[{"ScopeName": "read", "ScopeDescription": "read"}],
    )
    app = local.add_app_client(
        secret=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthScopes=["tasks/read"],
        CallbackURLs=[],
    )
    assert app.secret is not None
    where = ["--client-id", app.id, "--domain", local.url, "--scope", "tasks/read"]
    env = {**local.environ, "COGNITO_CLIENT_SECRET": app.secret}
    done = run("token", "client-credentials", *where, env=env)
    verifier = CognitoVerifier(local.pool, client_id=app.id, token_use="access")

    assert 0 == done.status, done.err
    assert {"tasks/read"} == verifier.verify(done.out.strip()).scopes
