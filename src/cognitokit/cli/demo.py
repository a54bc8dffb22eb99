"""`cognitokit demo`: the quick start, played on an embedded user pool."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cognitokit.cli.exits import Exit
from cognitokit.cli.failures import Failure
from cognitokit.cli.talk import show, waiting
from cognitokit.client.challenges import NewPasswordRequired, SoftwareTokenMfa
from cognitokit.errors import InsufficientPermission, TokenError
from cognitokit.testing import LocalPool, totp_code
from cognitokit.verifier import CognitoVerifier

if TYPE_CHECKING:
    from cognitokit.client.sync.client import CognitoClient
    from cognitokit.tokens import AccessToken, Tokens

T = TypeVar("T")

_PASSWORD = "Tr0ub4dor&3"
_TEMPORARY = "Temp0rary!"


@click.command(name="demo")
def command() -> None:
    """Play the quick start on a user pool of this machine.

    Users sign up and in, tokens are verified, bad ones refused. Nothing leaves this machine. The user pool is a real server on loopback, which the extra
    `local` brings: pip install "cognitokit[cli,local]"
    """
    with contextlib.ExitStack() as stack:
        with waiting("Starting a user pool on this machine"):
            local = stack.enter_context(LocalPool())
        client = stack.enter_context(local.client())
        _chapter("A user pool on this machine")
        _step("LocalPool()", f"{local.pool.id} at {local.url}")
        tokens = _sign_up(local, client)
        _temporary_password(client)
        tokens = _authenticator_app(client, tokens)
        _verify(local, tokens)
        _chapter("The user stays signed in")
        _step("client.refresh(tokens)", client.refresh(tokens))
    show("\nEverything went as it should.", "bold green")


def _chapter(title: str) -> None:
    show(f"\n{title}", "bold")


def _step(code: str, result: object) -> None:
    show(f"  {code:52}{result}")


def _expected(kind: type[T], result: object, where: str) -> T:
    """Return the result if it is of that kind; else the demo has failed."""
    if isinstance(result, kind):
        _step(where, kind.__name__)
        return result
    raise Failure(f"{where} gave no {kind.__name__}.", Exit.REFUSED)


def _sign_up(local: LocalPool, client: CognitoClient) -> Tokens:
    _chapter("A user signs up")
    signed_up = client.sign_up("jane", _PASSWORD, attributes={"email": "jane@example.com"})
    _step('client.sign_up("jane", password, ...)', f"user {signed_up.user_sub}")
    client.confirm_sign_up("jane", local.last_code("jane"))
    _step('client.confirm_sign_up("jane", code)', "confirmed")
    tokens = client.sign_in("jane", _PASSWORD).require_tokens()
    _step('client.sign_in("jane", password)', tokens)
    return tokens


def _temporary_password(client: CognitoClient) -> None:
    _chapter("An administrator makes a user, who must choose a password")
    user = client.admin.create_user("joe", temporary_password=_TEMPORARY, suppress_invitation=True)
    _step('client.admin.create_user("joe", ...)', user.status)
    signed_in = client.sign_in("joe", _TEMPORARY)
    challenge = _expected(NewPasswordRequired, signed_in, 'client.sign_in("joe", temporary)')
    tokens = client.respond(challenge.answer(_PASSWORD)).require_tokens()
    _step("client.respond(challenge.answer(password))", tokens)


def _authenticator_app(client: CognitoClient, tokens: Tokens) -> Tokens:
    _chapter("The user adds an authenticator app")
    setup = client.mfa.associate(tokens)
    client.mfa.verify(setup, totp_code(setup.secret, time.time()))
    client.mfa.set_preference(tokens, preferred="SOFTWARE_TOKEN_MFA")
    _step("client.mfa.verify(setup, code)", "registered, and asked for from now on")
    signed_in = client.sign_in("jane", _PASSWORD)
    challenge = _expected(SoftwareTokenMfa, signed_in, 'client.sign_in("jane", password)')
    # The app's next code: each counts once.
    answer = challenge.answer(totp_code(setup.secret, time.time() + 30))
    tokens = client.respond(answer).require_tokens()
    _step("client.respond(challenge.answer(code))", tokens)
    return tokens


def _verify(local: LocalPool, tokens: Tokens) -> None:
    _chapter("An API verifies tokens")
    raw = tokens.access_token
    verifier = CognitoVerifier(local.pool, client_id=local.client_id, token_use="access")
    elsewhere = CognitoVerifier(local.pool, client_id="another0client", token_use="access")
    _step("verifier.verify(access_token).username", verifier.verify(raw).username)
    middle = len(raw) // 2
    changed = f"{raw[:middle]}{'A' if raw[middle] != 'A' else 'B'}{raw[middle + 1 :]}"
    _refused("one character changed", verifier, changed)
    _refused("at another app client", elsewhere, raw)
    _refused('groups=["admin"]', verifier, raw, groups=["admin"])


def _refused(
    what: str,
    verifier: CognitoVerifier[AccessToken],
    raw: str,
    **demands: Any,
) -> None:
    try:
        verifier.verify(raw, **demands)
    except (TokenError, InsufficientPermission) as error:
        _step(what, f"{type(error).__name__}, status {error.http_status}")
    else:
        raise Failure(f"A token was accepted: {what}.", Exit.REFUSED)
