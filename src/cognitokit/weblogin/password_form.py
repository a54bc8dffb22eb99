"""The routes of a login without a hosted page: sign-in, challenges, forgotten passwords, logout.

Between the steps the challenge lies in a cookie of its own, sealed and short-lived. A form gets
redirects and pages, JSON gets JSON.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from cognitokit.client.challenges import Challenge
from cognitokit.client.totp import TotpSetup
from cognitokit.errors import CognitoKitError, InvalidData
from cognitokit.tokens import Tokens
from cognitokit.weblogin import refusals
from cognitokit.weblogin.answers import (
    answer_of,
    described,
    is_answerable,
    required,
    sets_up_app,
)
from cognitokit.weblogin.cookies import fits
from cognitokit.weblogin.exchange import Reply, Step
from cognitokit.weblogin.logout import Logout
from cognitokit.weblogin.next_page import next_of, next_page
from cognitokit.weblogin.pages import FormPage
from cognitokit.weblogin.provider import Provider
from cognitokit.weblogin.replies import redirect

if TYPE_CHECKING:
    from collections.abc import Callable

    from cognitokit.client.challenges import SignInResult, SomeChallenge
    from cognitokit.weblogin.exchange import Flow
    from cognitokit.weblogin.refusals import FormError
    from cognitokit.weblogin.seals import Seals
    from cognitokit.weblogin.sessions import Sessions
    from cognitokit.weblogin.visit import Visit

Kind = Literal["sign_in", "challenge", "forgot_password", "reset_password"]

_PURPOSE = "challenge"
_OK = refusals.FormError(200, "", "")
_CODE_SENT = "If there is such a user, a code is on its way."
_PASSWORD_SET = "The password is set; sign in with it."


class PasswordProvider(Provider, Protocol):
    """What these routes need of a CognitoClient."""

    mfa: Any
    sign_in: Any
    sign_in_with_choice: Any
    respond: Any
    forgot_password: Any
    confirm_forgot_password: Any


class _Pending(NamedTuple):
    """A sign-in that waits for an answer."""

    challenge: SomeChallenge
    setup: TotpSetup[Any] | None
    target: str

    def __repr__(self) -> str:
        return f"_Pending({self.challenge!r})"


class PasswordRoutes(Logout):
    """What each route does.

    Args:
        client: The CognitoClient.
        seals: Seals the challenge's cookie.
        sessions: The sessions.
        paths: Where the forms are, by kind.
        render: Draws a form.
        flow: "USER_PASSWORD_AUTH" or "USER_AUTH".
        app_name: What an authenticator app calls the application.
        challenge_lifetime: Seconds for which a challenge can be answered.
        after_login: Where to go after a login that was begun without a place to return to.
        after_logout: Where to go after a logout.
    """

    def __init__(
        self,
        client: PasswordProvider,
        *,
        seals: Seals,
        sessions: Sessions,
        paths: dict[str, str],
        render: Callable[[FormPage], str],
        flow: str,
        app_name: str,
        challenge_lifetime: int,
        after_login: str,
        after_logout: str,
    ) -> None:
        super().__init__(sessions, after_logout=after_logout)
        self._client = client
        self._seals = seals
        self._paths = paths
        self._render = render
        self._flow = flow
        self._app_name = app_name
        self._lifetime = challenge_lifetime
        self._after_login = after_login

    def show(self, visit: Visit, kind: Kind) -> Flow[Reply]:
        """GET of a form. One for a challenge without a challenge leads back to the beginning."""
        visit.is_personal = True
        pending = self._pending(visit) if kind == "challenge" else None
        if kind == "challenge" and pending is None:
            return redirect(self._url(visit, "sign_in"))
        yield from ()  # a flow like the others, though it asks for nothing
        return self._page(visit, kind, _OK, pending=pending)

    def sign_in(self, visit: Visit) -> Flow[Reply]:
        """POST username, password, next."""
        fields = visit.request.fields
        target = next_page(fields.text("next"), default=self._after_login)
        try:
            username = required(fields, "username")
            if self._flow == "USER_AUTH" and not fields.text("password"):
                step = Step(self._client.sign_in_with_choice, username)
            else:
                call = partial(self._client.sign_in, flow=self._flow)
                step = Step(call, username, required(fields, "password"))
            result: SignInResult = yield step
        except InvalidData as error:
            return self._refused(visit, "sign_in", _missing(error))
        except CognitoKitError as error:
            refusal = refusals.of_sign_in(error)
            if refusal is None:
                raise
            visit.notes.append(f"A sign-in was refused: {type(error).__name__}.")
            return self._refused(visit, "sign_in", refusal)
        return (yield from self._next(visit, result, target))

    def answer(self, visit: Visit) -> Flow[Reply]:
        """POST the answer to the challenge: code, new_password, attributes, choice, ..."""
        pending = self._pending(visit)
        if pending is None:
            return self._refused(visit, "sign_in", refusals.NO_CHALLENGE)
        try:
            challenge = pending.challenge
            if pending.setup is not None:
                challenge = yield Step(
                    self._client.mfa.verify, pending.setup, required(visit.request.fields, "code")
                )
                answer = challenge.answer()
            else:
                answer = answer_of(challenge, visit.request.fields)
            result: SignInResult = yield Step(self._client.respond, answer)
        except CognitoKitError as error:
            refusal = refusals.of_challenge(error)
            if refusal is None:
                raise
            visit.notes.append(f"A challenge was not met: {type(error).__name__}.")
            if refusal.goes_on:
                return self._refused(visit, "challenge", refusal, pending)
            visit.delete(visit.rules.challenge)
            return self._refused(visit, "sign_in", refusal)
        return (yield from self._next(visit, result, pending.target))

    def forgot_password(self, visit: Visit) -> Flow[Reply]:
        """POST username: the reply is the same whether there is such a user or not."""
        try:
            yield Step(self._client.forgot_password, required(visit.request.fields, "username"))
        except InvalidData as error:
            return self._refused(visit, "forgot_password", _missing(error))
        except CognitoKitError as error:
            refusal = refusals.of_forgotten(error)
            if refusal is not None:
                return self._refused(visit, "forgot_password", refusal)
            if refusals.is_own_fault(error):
                raise
            visit.notes.append(f"No code was sent: {type(error).__name__}.")
        return self._done(visit, "reset_password", _CODE_SENT)

    def reset_password(self, visit: Visit) -> Flow[Reply]:
        """POST username, code, new_password."""
        fields = visit.request.fields
        try:
            yield Step(
                self._client.confirm_forgot_password,
                required(fields, "username"),
                required(fields, "code"),
                required(fields, "new_password"),
            )
        except InvalidData as error:
            return self._refused(visit, "reset_password", _missing(error))
        except CognitoKitError as error:
            refusal = refusals.of_reset(error)
            if refusal is None:
                raise
            visit.notes.append(f"A password was not set: {type(error).__name__}.")
            return self._refused(visit, "reset_password", refusal)
        return self._done(visit, "sign_in", _PASSWORD_SET)

    def _next(self, visit: Visit, result: SignInResult, target: str) -> Flow[Reply]:
        """Begin the session, or keep the next challenge until its answer comes."""
        if isinstance(result, Tokens):
            visit.delete(visit.rules.challenge)
            yield from self._sessions.begin(visit, result)
            if visit.request.is_json:
                return Reply(status=200, json={"next": target})
            return redirect(target)
        if not is_answerable(result):
            return self._given_up(visit, f"A challenge cannot be answered here: {result.name}.")
        setup = None
        if sets_up_app(result):
            try:
                setup = yield Step(self._client.mfa.associate, result)
            except CognitoKitError as error:
                refusal = refusals.of_set_up(error)
                if refusal is None:
                    raise
                visit.delete(visit.rules.challenge)
                visit.notes.append(f"No app could be set up: {type(error).__name__}.")
                return self._refused(visit, "sign_in", refusal)
        if not self._keep(visit, _Pending(result, setup, target)):
            return self._given_up(visit, f"A challenge does not fit into cookies: {result.name}.")
        if not visit.request.is_json:
            return redirect(self._url(visit, "challenge"))
        details = described(result)
        if setup is not None:
            details["totp_secret"] = setup.secret
            details["totp_uri"] = setup.otpauth_uri(issuer=self._app_name)
        return Reply(status=200, json={"challenge": details})

    def _given_up(self, visit: Visit, note: str) -> Reply:
        visit.delete(visit.rules.challenge)
        visit.notes.append(note)
        return self._refused(visit, "sign_in", refusals.SIGN_IN_OVER)

    def _keep(self, visit: Visit, pending: _Pending) -> bool:
        name = visit.rules.challenge
        content = {
            "challenge": pending.challenge.to_dict(),
            "setup": None if pending.setup is None else pending.setup.to_dict(),
            "target": pending.target,
        }
        expires_at = int(self._seals.clock()) + self._lifetime
        sealed = self._seals.seal(content, _PURPOSE, name, expires_at)
        if not fits(sealed):
            return False
        visit.write(name, sealed, self._lifetime)
        return True

    def _pending(self, visit: Visit) -> _Pending | None:
        content = self._seals.read(visit, _PURPOSE, visit.rules.challenge)
        if content is None:
            return None
        setup = content["setup"]
        return _Pending(
            Challenge.from_dict(content["challenge"]),
            None if setup is None else TotpSetup.from_dict(setup),
            content["target"],
        )

    def _done(self, visit: Visit, kind: Kind, message: str) -> Reply:
        if visit.request.is_json:
            return Reply(status=200, json={"message": message})
        return self._page(visit, kind, _OK._replace(message=message))

    def _refused(
        self, visit: Visit, kind: Kind, refusal: FormError, pending: _Pending | None = None
    ) -> Reply:
        if visit.request.is_json:
            body = {"error": refusal.code, "error_description": refusal.message}
            return Reply(status=refusal.status, json=body, retry_after=refusal.retry_after)
        return self._page(visit, kind, refusal, pending=pending)

    def _page(
        self, visit: Visit, kind: Kind, said: FormError, *, pending: _Pending | None = None
    ) -> Reply:
        request = visit.request
        wanted = request.fields.text("next") or next_of(request.query) or ""
        setup = None if pending is None else pending.setup
        page = FormPage(
            kind=kind,
            action=self._url(visit, kind),
            links={name: self._url(visit, name) for name in self._paths},
            message=said.message,
            next=next_page(wanted, default=""),
            challenge=None if pending is None else pending.challenge,
            totp_secret=None if setup is None else setup.secret,
            totp_uri=None if setup is None else setup.otpauth_uri(issuer=self._app_name),
        )
        return Reply(status=said.status, html=self._render(page), retry_after=said.retry_after)

    def _url(self, visit: Visit, kind: str) -> str:
        return f"{visit.request.root}{self._paths[kind]}"


def _missing(error: InvalidData) -> FormError:
    return refusals.FormError(400, "invalid_request", str(error))
