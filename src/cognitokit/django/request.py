"""From a request to its token, or to the reason why it has no good one; and to its user."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest

from cognitokit.asgi import Denial
from cognitokit.bearer import UNKNOWN_USER, Refusal, refusal_of, wsgi_values
from cognitokit.django.setup import Setup, setup
from cognitokit.django.user import CognitoUser
from cognitokit.errors import CognitoKitError, ConfigurationError
from cognitokit.tokens import AccessToken, IdToken
from cognitokit.verifier.policy import Permissions

# In META, which REST framework's requests share with Django's.
ADMITTED = "cognitokit.admitted"
_VERIFIED = "cognitokit.verified"

Outcome = AccessToken | IdToken | Denial | None


def examine(request: HttpRequest, permissions: Permissions | None = None) -> Outcome:
    """Return the request's verified token; None where it has none; the Denial of a bad one.

    Raises:
        ConfigurationError: The project, and not the client, made a mistake.
    """
    return _raised(_examined(request, permissions))


async def aexamine(request: HttpRequest, permissions: Permissions | None = None) -> Outcome:
    """Same as examine, awaited: keys are then fetched without blocking the event loop."""
    return _raised(await _aexamined(request, permissions))


def admit(request: HttpRequest, outcome: Outcome) -> Denial | None:
    """Make the token's user the request's; or return why not."""
    if isinstance(outcome, Denial):
        outcome.log()
        return outcome
    if outcome is None:
        request.META.setdefault(ADMITTED, None)
        return None
    if request.META.get(ADMITTED) is outcome:
        return None
    user = setup().load_user(outcome)
    if user is None:
        denial = Denial(UNKNOWN_USER)
        denial.log()
        return denial

    async def auser() -> Any:
        return user

    request.META[ADMITTED] = outcome
    request.user = user
    request.auser = auser
    return None


async def aadmit(request: HttpRequest, outcome: Outcome) -> Denial | None:
    """Same as admit, awaited: a hook that asks a database does so outside the event loop."""
    if setup().load_user is CognitoUser:
        return admit(request, outcome)
    return await sync_to_async(admit)(request, outcome)


def _examined(request: HttpRequest, permissions: Permissions | None) -> Outcome | CognitoKitError:
    now = setup()
    if now.is_async:
        return ConfigurationError(
            "COGNITO_VERIFIER is asynchronous, and this view is not: give a CognitoVerifier, which does for both."
        )
    raw = _read(request, now)
    if not isinstance(raw, str):
        return raw
    verdict = _remembered(request, raw)
    if verdict is None:
        try:
            verdict = now.verifier.verify(raw)
        except CognitoKitError as error:
            verdict = error.with_traceback(None)
    return _judged(request, verdict, permissions)


async def _aexamined(
    request: HttpRequest, permissions: Permissions | None
) -> Outcome | CognitoKitError:
    now = setup()
    raw = _read(request, now)
    if not isinstance(raw, str):
        return raw
    verdict = _remembered(request, raw)
    if verdict is None:
        try:
            verdict = await now.check.verify(raw)
        except CognitoKitError as error:
            verdict = error.with_traceback(None)
    return _judged(request, verdict, permissions)


def _raised(outcome: Outcome | CognitoKitError) -> Outcome:
    """Raise what is the project's own fault from here, where no frame holds the token."""
    if isinstance(outcome, CognitoKitError):
        raise outcome
    return outcome


def _read(request: HttpRequest, now: Setup) -> str | Denial | None:
    raw = now.location.read(wsgi_values(request.META), method=request.method)
    return Denial(raw) if isinstance(raw, Refusal) else raw


def _remembered(request: HttpRequest, raw: str) -> Any:
    """The verified token, if another guard has seen it in this request."""
    token: AccessToken | IdToken | None = request.META.get(_VERIFIED)
    return token if token is not None and token.raw == raw else None


def _judged(
    request: HttpRequest, verdict: Any, permissions: Permissions | None
) -> Outcome | CognitoKitError:
    """What is to become of the request, by what the verifier says of its token."""
    if isinstance(verdict, AccessToken | IdToken):
        # As an object whose repr hides it: Django's reports of errors print META.
        request.META[_VERIFIED] = verdict
        try:
            if permissions is not None:
                permissions.check(verdict)
        except CognitoKitError as error:
            lacking = error.with_traceback(None)
        else:
            return verdict
        verdict = lacking
    if not isinstance(verdict, CognitoKitError):
        return ConfigurationError("The verifier's verify() must return a verified token, or raise.")
    refusal = refusal_of(verdict)
    return verdict if refusal is None else Denial(refusal, verdict)
