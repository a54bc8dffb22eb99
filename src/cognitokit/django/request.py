"""From a request to its token, or to the reason why it has no good one; and to its user."""

from __future__ import annotations

import inspect
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from cognitokit.asgi import Denial
from cognitokit.bearer import UNKNOWN_USER, Refusal, refusal_of, wsgi_values
from cognitokit.django.setup import Setup, setup
from cognitokit.errors import CognitoKitError, ConfigurationError
from cognitokit.frames import without_our_frames
from cognitokit.tokens import AccessToken, IdToken
from cognitokit.verifier.policy import Permissions

# In META, which REST framework's requests share with Django's.
ADMITTED = "cognitokit.admitted"
_VERIFIED = "cognitokit.verified"
_USER = "cognitokit.user"

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
    """Make the token's user the request's; or return why not.

    Raises:
        ConfigurationError: COGNITO_USER_LOADER is asynchronous.
    """
    if _is_new(request, outcome):
        user = setup().load_user(outcome)
        if inspect.isawaitable(user):
            if inspect.iscoroutine(user):
                user.close()
            raise ConfigurationError(
                "COGNITO_USER_LOADER is asynchronous, and this view is not: give a function that is "
                "not, which does for both."
            )
        request.META[_USER] = user
    return _admitted(request, outcome)


async def aadmit(request: HttpRequest, outcome: Outcome) -> Denial | None:
    """Same as admit, awaited: a hook that asks a database does so outside the event loop."""
    if _is_new(request, outcome):
        now = setup()
        load: Any = now.load_user if now.loads_at_once else sync_to_async(now.load_user)
        user = load(outcome)
        while inspect.isawaitable(user):
            user = await user
        request.META[_USER] = user
    return _admitted(request, outcome)


def keep_private(response: Any) -> Any:
    """Keep caches from giving one user's response to another, where the token may be in a cookie."""
    if setup().location.cookie is not None and isinstance(response, HttpResponseBase):
        patch_vary_headers(response, ("Cookie",))
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
    return response


def _is_new(request: HttpRequest, outcome: Outcome) -> bool:
    """Whether there is a token whose user is still to be found."""
    is_token = isinstance(outcome, AccessToken | IdToken)
    return is_token and request.META.get(ADMITTED) is not outcome


def _admitted(request: HttpRequest, outcome: Outcome) -> Denial | None:
    if isinstance(outcome, Denial):
        return outcome
    if outcome is None:
        request.META.setdefault(ADMITTED, None)
        return None
    user = request.META[_USER]
    if user is None:
        return Denial(UNKNOWN_USER)

    async def auser() -> Any:
        return user

    request.META[ADMITTED] = outcome
    # Every time: a middleware between two guards may have put a session's user there.
    request.user = user
    request.auser = auser
    return None


def _examined(request: HttpRequest, permissions: Permissions | None) -> Outcome | Exception:
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
        except Exception as error:  # noqa: BLE001 - what a check raises goes on, without our frames
            verdict = without_our_frames(error)
    return _judged(request, verdict, permissions)


async def _aexamined(request: HttpRequest, permissions: Permissions | None) -> Outcome | Exception:
    now = setup()
    raw = _read(request, now)
    if not isinstance(raw, str):
        return raw
    verdict = _remembered(request, raw)
    if verdict is None:
        try:
            verdict = await now.check.verify(raw)
        except Exception as error:  # noqa: BLE001 - what a check raises goes on, without our frames
            verdict = without_our_frames(error)
    return _judged(request, verdict, permissions)


def _raised(outcome: Outcome | Exception) -> Outcome:
    """Raise what is the project's own fault from here, where no frame holds the token."""
    if isinstance(outcome, Exception):
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
) -> Outcome | Exception:
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
    if isinstance(verdict, Exception) and not isinstance(verdict, CognitoKitError):
        return verdict
    if not isinstance(verdict, CognitoKitError):
        return ConfigurationError("The verifier's verify() must return a verified token, or raise.")
    refusal = refusal_of(verdict)
    return verdict if refusal is None else Denial(refusal, verdict)
