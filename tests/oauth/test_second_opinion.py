"""Code and PKCE against cognito-local, a second implementation; `nox -s oauth_second_opinion` installs it.

COGNITO_LOCAL names the folder that npm has installed it into.
"""

import dataclasses
import json
import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import boto3
import pytest

from cognitokit.errors import LoginError
from cognitokit.oauth.http import Sender
from cognitokit.oauth.token_endpoint import read_tokens
from cognitokit.pool import UserPool
from tests.oauth.browser import sign_in
from tests.oauth.stage import CALLBACK, SHELLS, Driven, shells

SCRIPT = Path("node_modules", "cognito-local", "lib", "bin", "start.js")
FOLDER = os.environ.get("COGNITO_LOCAL", "")

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed"),
    pytest.mark.skipif(
        not FOLDER or not Path(FOLDER, SCRIPT).is_file(),
        reason="COGNITO_LOCAL does not name a folder with cognito-local in it",
    ),
]


class SecondOpinion(NamedTuple):
    """A running server, with a pool, an app client and a user."""

    url: str
    pool: UserPool
    client_id: str


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecondOpinion]:
    """cognito-local on a free port of loopback, which it says on its standard output."""
    folder = tmp_path_factory.mktemp("cognito-local")
    (folder / ".cognito").mkdir()
    # The server names itself in iss, so the port has to be known beforehand.
    port = _free_port()
    config = {"TokenConfig": {"IssuerDomain": f"http://127.0.0.1:{port}"}}
    (folder / ".cognito" / "config.json").write_text(json.dumps(config), encoding="utf-8")
    node = shutil.which("node")
    assert node is not None
    process = subprocess.Popen(
        [node, str(Path(FOLDER, SCRIPT).resolve())],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    output: list[str] = []
    ready = threading.Event()

    def read() -> None:
        for line in process.stdout or ():
            output.append(line)
            if "running on" in re.sub(r"\x1b\[\d+m", "", line):
                ready.set()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert ready.wait(30), "".join(output)
        yield _prepared(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait()
        reader.join()
        process.stdout.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _prepared(url: str) -> SecondOpinion:
    cognito: Any = boto3.client(
        "cognito-idp",
        endpoint_url=url,
        region_name="eu-west-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    pool_id = cognito.create_user_pool(PoolName="second")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="web",
        CallbackURLs=[CALLBACK],
        AllowedOAuthFlows=["code"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthScopes=["openid", "email"],
    )["UserPoolClient"]
    cognito.admin_create_user(
        UserPoolId=pool_id,
        Username="jane@example.com",
        UserAttributes=[
            {"Name": "email", "Value": "jane@example.com"},
            {"Name": "email_verified", "Value": "true"},
        ],
        MessageAction="SUPPRESS",
    )
    cognito.admin_set_user_password(
        UserPoolId=pool_id, Username="jane@example.com", Password="Passw0rd!", Permanent=True
    )
    pool = UserPool(pool_id, region="eu-west-1", issuers=[f"{url}/{pool_id}"], endpoint_url=url)
    return SecondOpinion(url, pool, client["ClientId"])


def login_of(server: SecondOpinion, shell: str) -> Driven:
    """An application of that pool."""
    cls, runner = SHELLS[shell]
    login = cls(server.pool, domain=server.url, client_id=server.client_id, redirect_uri=CALLBACK)
    return Driven(login, runner)


@shells
def test_a_login(server: SecondOpinion, shell: str) -> None:
    """Another server takes our requests, and we take its tokens."""
    login = login_of(server, shell)
    request = login.begin()
    callback = sign_in(request.url, "jane@example.com", "Passw0rd!", until=CALLBACK)
    # It does not pass a nonce on; everything else of its answer is held against the rules.
    with pytest.raises(LoginError) as caught:
        login.complete(callback, request.login_state)

    assert "nonce" == caught.value.reason


@shells
def test_a_session(server: SecondOpinion, shell: str) -> None:
    """Its answer to our exchange is one that we read, and after a refresh its tokens verify as a pair."""
    login = login_of(server, shell)
    request = login.begin()
    callback = sign_in(request.url, "jane@example.com", "Passw0rd!", until=CALLBACK)
    verifier = request.login_state.code_verifier
    assert verifier is not None
    sent = login.login._application.rules.client.exchange(
        code=dict(parse_qsl(urlsplit(callback).query))["code"],
        redirect_uri=CALLBACK,
        code_verifier=verifier,
    )
    tokens = read_tokens(Sender().send(sent))
    done = login.refresh(tokens)

    assert done.id_token is not None
    assert "jane@example.com" == done.id_token.email
    assert done.access_token.sub == done.id_token.sub
    assert tokens.refresh_token == done.tokens.refresh_token


@shells
def test_a_code_is_bound_to_its_verifier(server: SecondOpinion, shell: str) -> None:
    """A code with another verifier is refused by the server itself."""
    login = login_of(server, shell)
    request, other = login.begin(), login.begin()
    callback = sign_in(request.url, "jane@example.com", "Passw0rd!", until=CALLBACK)
    mixed = dataclasses.replace(request.login_state, code_verifier=other.login_state.code_verifier)

    with pytest.raises(LoginError) as caught:
        login.complete(callback, mixed)

    assert "exchange" == caught.value.reason
    assert "invalid_grant" == caught.value.code
