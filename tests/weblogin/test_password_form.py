"""Login with forms of the application's own, the same stories in both frameworks."""

import html
import re
import traceback
from typing import Any

import pytest

from cognitokit.client.challenges import (
    Challenge,
    CustomChallenge,
    MfaSetup,
    NewPasswordRequired,
    SelectChallenge,
    SmsMfa,
    SrpChallenge,
    WebAuthn,
)
from cognitokit.client.results import CodeDelivery
from cognitokit.errors import (
    FlowNotEnabled,
    InternalError,
    InvalidData,
    LimitExceeded,
    OperationNotEnabled,
    ServiceError,
    ServiceQuotaExceeded,
    TooManyFailedAttempts,
    TooManyRequests,
    TransportError,
    WrongClientSecret,
)
from cognitokit.testing import FakePool
from cognitokit.testing.totp import totp_code
from cognitokit.weblogin.answers import answer_of, described
from cognitokit.weblogin.exchange import Fields
from cognitokit.weblogin.pages import FormPage, form_page
from cognitokit.weblogin.password_form import _Pending
from tests.weblogin.stage import Answer, Browser, Clock, Stage, password_app

PASSWORD = "Passw0rd!"
NEW = "An0ther-Passw0rd!"


@pytest.fixture
def pool() -> FakePool:
    """A pool with some users, in which time passes only when it is told to."""
    made = FakePool(clock=Clock())
    made.add_user("jane", PASSWORD)
    made.add_user("tess", PASSWORD, temporary=True)
    return made


def browser_of(framework: str, pool: FakePool, **options: Any) -> Browser:
    """A browser at an application of the pool."""
    return password_app(framework, pool, **options).browser()


def sign_in(browser: Browser, username: str = "jane", password: str = PASSWORD) -> Answer:
    """Fill in the form."""
    form = {"username": username, "password": password, "next": "/me?x=1"}
    return browser.post("/login", form)


def test_a_person_signs_in_and_out(framework: str, keeping: str, pool: FakePool) -> None:
    """The page leads to the form, the form to the page, and a logout to the start."""
    store = None
    if keeping == "store":
        from cognitokit.weblogin import MemoryStore

        store = MemoryStore(clock=pool.now)
    browser = browser_of(framework, pool, store=store, after_logout="/bye")
    asked = browser.get("/me?x=1")

    assert (303, "/login?next=%2Fme%3Fx%3D1") == (asked.status, asked.location)
    shown = browser.get(asked.location)
    assert 'name="next" value="/me?x=1"' in shown.text
    done = sign_in(browser)
    assert (303, "/me?x=1") == (done.status, done.location)
    assert "jane" == browser.get("/me").json["user"]
    out = browser.post("/logout")
    assert (303, "/bye") == (out.status, out.location)
    assert [] == browser.named("session")
    with pytest.raises(ServiceError):
        pool.client().refresh("the refresh token is not known here, but revoked tokens fail alike")


def test_a_script_signs_in(framework: str, pool: FakePool) -> None:
    """JSON gets JSON: the place to go to, or the reason why not."""
    browser = browser_of(framework, pool)
    wrong = browser.send_json("/login", {"username": "jane", "password": "wrong"})
    done = browser.send_json("/login", {"username": "jane", "password": PASSWORD, "next": "/me"})

    assert (401, "login_failed") == (wrong.status, wrong.json["error"])
    assert (200, {"next": "/me"}) == (done.status, done.json)
    assert 200 == browser.fetch("/me").status
    assert {"location": "/"} == browser.fetch("/logout", "POST").json


def test_a_temporary_password(framework: str, pool: FakePool) -> None:
    """The challenge waits in a cookie of its own, and a password that is too weak may be corrected."""
    browser = browser_of(framework, pool)
    asked = sign_in(browser, "tess")

    assert (303, "/login/challenge") == (asked.status, asked.location)
    assert "Choose a new password" in browser.get("/login/challenge").text
    assert browser.named("challenge")
    weak = browser.post("/login/challenge", {"new_password": "weak"})
    assert 422 == weak.status
    assert "Choose a new password" in weak.text
    missing = browser.post("/login/challenge", {})
    assert (400, True) == (missing.status, "new_password is missing" in missing.text)
    done = browser.post("/login/challenge", {"new_password": NEW})
    assert (303, "/me?x=1") == (done.status, done.location)
    assert [] == browser.named("challenge")
    assert "tess" == browser.get("/me").json["user"]


def test_an_authenticator_app_is_set_up(framework: str) -> None:
    """Where the pool demands a second factor, the form shows the key and takes its code."""
    pool = FakePool(mfa="ON")
    pool.add_user("jane", PASSWORD)
    browser = browser_of(framework, pool, app_name="Tasks")
    sign_in(browser)
    shown = html.unescape(browser.get("/login/challenge").text)
    found = re.search(r"otpauth://totp/Tasks:jane\?secret=([A-Z2-7]+)", shown)

    assert found is not None
    assert 401 == browser.post("/login/challenge", {"code": "000000"}).status
    code = totp_code(found[1], at=pool.now())
    done = browser.post("/login/challenge", {"code": code})
    assert (303, "/me?x=1") == (done.status, done.location)
    pool.advance(60)
    again = browser_of(framework, pool)
    asked = again.send_json("/login", {"username": "jane", "password": PASSWORD})
    assert {"challenge": {"name": "SOFTWARE_TOKEN_MFA"}} == asked.json
    assert "your authenticator app" in again.get("/login/challenge").text
    wrong = again.send_json("/login/challenge", {"code": "000000"})
    assert (401, "code_rejected") == (wrong.status, wrong.json["error"])
    right = {"code": totp_code(found[1], at=pool.now())}
    assert {"next": "/"} == again.send_json("/login/challenge", right).json


def test_a_script_is_told_how_to_set_up_an_app(framework: str) -> None:
    """The key and its URI come as JSON."""
    pool = FakePool(mfa="ON")
    pool.add_user("jane", PASSWORD)
    browser = browser_of(framework, pool)
    asked = browser.send_json("/login", {"username": "jane", "password": PASSWORD}).json

    assert {"name", "choices", "totp_secret", "totp_uri"} == set(asked["challenge"])


def test_a_forgotten_password(framework: str, pool: FakePool) -> None:
    """A code is sent, a wrong one refused, the right one sets the password."""
    browser = browser_of(framework, pool)

    assert "Send me a code" in browser.get("/login/forgot-password").text
    sent = browser.post("/login/forgot-password", {"username": "jane"})
    assert 200 == sent.status
    assert 'action="/login/reset-password"' in sent.text
    form = {"username": "jane", "code": pool.last_code("jane"), "new_password": NEW}
    assert 401 == browser.post("/login/reset-password", {**form, "code": "000000"}).status
    weak = browser.post("/login/reset-password", {**form, "new_password": "weak"})
    assert (401, True) == (weak.status, "does not meet the rules" in weak.text)
    assert 400 == browser.post("/login/reset-password", {"username": "jane"}).status
    done = browser.post("/login/reset-password", form)
    assert (200, True) == (done.status, "The password is set" in done.text)
    assert 401 == sign_in(browser).status
    assert 303 == sign_in(browser, password=NEW).status


@pytest.mark.parametrize("prevented", [True, False])
def test_nobody_learns_who_is_a_user(framework: str, prevented: bool) -> None:
    """Unknown, wrong password, not confirmed, disabled, reset required: one and the same answer."""
    setting = "ENABLED" if prevented else "LEGACY"
    pool = FakePool(client_options={"PreventUserExistenceErrors": setting})
    for name in "jane", "disabled", "reset":
        pool.add_user(name, PASSWORD)
    pool.client().sign_up("new", PASSWORD, attributes={"email": "new@example.com"})
    pool.cognito.admin_disable_user(UserPoolId=pool.pool.id, Username="disabled")
    pool.cognito.admin_reset_user_password(UserPoolId=pool.pool.id, Username="reset")
    browser = browser_of(framework, pool)
    tried = [("nobody", PASSWORD), ("jane", "wrong"), ("new", PASSWORD)]
    tried += [("disabled", PASSWORD), ("reset", PASSWORD)]

    answers = [sign_in(browser, *pair) for pair in tried]
    assert 1 == len({(answer.status, answer.text) for answer in answers})
    assert 401 == answers[0].status
    names = ["nobody", "jane", "new", "disabled"]
    codes = [browser.post("/login/forgot-password", {"username": name}) for name in names]
    assert 1 == len({(answer.status, answer.text) for answer in codes})
    form = {"code": "000000", "new_password": NEW}
    resets = [
        browser.post("/login/reset-password", {**form, **password, "username": n})
        for n in names
        for password in ({}, {"new_password": "weak"})
    ]
    assert 1 == len({(answer.status, answer.text) for answer in resets})


SAID = "text that Cognito wrote and nobody may see"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ServiceError(SAID, code="SomethingNewException"), 401),
        (TooManyRequests(SAID), 429),
        (ServiceQuotaExceeded(SAID), 429),
        (LimitExceeded(SAID), 401),
        (TooManyFailedAttempts(SAID), 401),
        (InternalError(SAID), 503),
        (TransportError(SAID, operation="InitiateAuth", sent=False), 503),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_errors_of_cognito(framework: str, pool: FakePool, error: Exception, status: int) -> None:
    """None is shown raw, in no step; what passes is said to pass."""
    browser = browser_of(framework, pool)
    pool.fail_next("InitiateAuth", error, times=5)  # type: ignore[arg-type]
    answer = sign_in(browser)
    assert status == answer.status
    assert "Cognito" not in answer.text
    assert ("" != answer.header("retry-after")) is (status in {429, 503})

    other = browser_of(framework, fresh := FakePool())
    fresh.add_user("tess", PASSWORD, temporary=True)
    sign_in(other, "tess")
    fresh.fail_next("RespondToAuthChallenge", error, times=5)  # type: ignore[arg-type]
    answer = other.post("/login/challenge", {"new_password": NEW})
    assert status == answer.status
    assert "Cognito" not in answer.text
    assert bool(other.named("challenge")) is (type(error) is not ServiceError)

    fresh.fail_next("ForgotPassword", error, times=5)  # type: ignore[arg-type]
    answer = other.post("/login/forgot-password", {"username": "tess"})
    assert (503 if status == 503 else 200) == answer.status
    fresh.fail_next("ConfirmForgotPassword", error, times=5)  # type: ignore[arg-type]
    form = {"username": "tess", "code": "1", "new_password": NEW}
    answer = other.post("/login/reset-password", form)
    assert status == answer.status
    assert "Cognito" not in answer.text


def test_attempts_that_are_too_many(framework: str, pool: FakePool) -> None:
    """Look like the ones before, and like those at a user who does not exist."""
    browser = browser_of(framework, pool)
    browser.post("/login/forgot-password", {"username": "jane"})
    code = pool.last_code("jane")
    form = {"code": "000000", "new_password": NEW}
    said = {
        (answer.status, answer.text, answer.header("retry-after"))
        for username in ("jane", "nobody")
        for _ in range(7)
        for answer in [browser.post("/login/reset-password", {**form, "username": username})]
    }
    right = browser.post("/login/reset-password", {**form, "username": "jane", "code": code})
    with pytest.raises(LimitExceeded):
        pool.client().confirm_forgot_password("jane", code, NEW)

    assert [401] == [status for status, _, _ in said]
    assert said == {(right.status, right.text, right.header("retry-after"))}
    pool.advance(3_600)
    browser.post("/login/forgot-password", {"username": "jane"})
    form = {"username": "jane", "code": pool.last_code("jane"), "new_password": NEW}
    assert 200 == browser.post("/login/reset-password", form).status


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (TooManyRequests(SAID), 429),
        (InternalError(SAID), 503),
        (LimitExceeded(SAID), 401),
        (ServiceError(SAID, code="SoftwareTokenMFANotFoundException"), 401),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_an_app_that_cannot_be_set_up(framework: str, error: ServiceError, status: int) -> None:
    """Leads back to the sign-in and says why; the next sign-in can go on."""
    pool = FakePool(mfa="ON")
    pool.add_user("jane", PASSWORD)
    browser = browser_of(framework, pool)
    pool.fail_next("AssociateSoftwareToken", error, times=5)
    refused = browser.send_json("/login", {"username": "jane", "password": PASSWORD})

    assert status == refused.status
    assert "Cognito" not in refused.text
    assert [] == browser.named("challenge")
    pool.advance(60)
    other = browser_of(framework, fresh := FakePool(mfa="ON"))
    fresh.add_user("jane", PASSWORD)
    assert "challenge" in other.send_json("/login", {"username": "jane", "password": PASSWORD}).json


def test_a_wrong_set_up_is_an_error_of_the_application(framework: str) -> None:
    """A flow that the app client does not allow is for the log, and not a wrong password."""
    pool = FakePool(client_options={"ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]})
    app = password_app(framework, pool)
    if framework == "flask":
        app.app.testing = True

    with pytest.raises(FlowNotEnabled):
        sign_in(app.browser())


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        ("/login/challenge", "RespondToAuthChallenge"),
        ("/login/forgot-password", "ForgotPassword"),
        ("/login/reset-password", "ConfirmForgotPassword"),
    ],
)
def test_a_wrong_set_up_in_a_later_step(
    framework: str, pool: FakePool, path: str, operation: str
) -> None:
    """The same holds in each step."""
    app = password_app(framework, pool)
    browser = app.browser()
    sign_in(browser, "tess")
    if framework == "flask":
        app.app.testing = True
    form = {"username": "jane", "code": "1", "new_password": NEW}

    for error in (FlowNotEnabled("not allowed"), WrongClientSecret("Unable to verify secret")):
        pool.fail_next(operation, error)
        with pytest.raises(type(error)):
            browser.post(path, form)


def test_a_wrong_set_up_while_an_app_is_set_up(framework: str) -> None:
    """And between two steps."""
    pool = FakePool(mfa="ON")
    pool.add_user("jane", PASSWORD)
    app = password_app(framework, pool)
    if framework == "flask":
        app.app.testing = True
    pool.fail_next("AssociateSoftwareToken", OperationNotEnabled("not allowed"))

    with pytest.raises(OperationNotEnabled):
        sign_in(app.browser())
    assert 303 == sign_in(app.browser()).status


@pytest.mark.parametrize(
    "path",
    ["/login", "/login/challenge", "/login/forgot-password", "/login/reset-password", "/logout"],
)
def test_forms_of_other_sites(framework: str, pool: FakePool, path: str) -> None:
    """Are refused: nobody is signed in as somebody else by a page of a stranger."""
    browser = browser_of(framework, pool)
    form = {"username": "jane", "password": PASSWORD}

    answer = browser.post(path, form, origin="https://evil.example")
    assert 403 == answer.status
    assert {} == browser.cookies
    as_json = browser.send_json(path, form, origin="https://evil.example")
    assert (403, "forbidden") == (as_json.status, as_json.json["error"])


def test_a_challenge_without_a_sign_in(framework: str, pool: FakePool) -> None:
    """Leads to the beginning; and a script is told so."""
    browser = browser_of(framework, pool)
    asked = browser.get("/login/challenge")

    assert (303, "/login") == (asked.status, asked.location)
    assert 400 == browser.post("/login/challenge", {"code": "1"}).status
    assert "no_challenge" == browser.send_json("/login/challenge", {"code": "1"}).json["error"]


def test_a_challenge_that_waited_too_long(framework: str, pool: FakePool) -> None:
    """Is forgotten when challenge_lifetime is over."""
    browser = browser_of(framework, pool, challenge_lifetime=60)
    sign_in(browser, "tess")
    pool.advance(59)

    assert 200 == browser.get("/login/challenge").status
    pool.advance(1)
    assert 303 == browser.get("/login/challenge").status


def test_a_challenge_that_cannot_go_on(framework: str, pool: FakePool) -> None:
    """A session that Cognito no longer knows leads back to the beginning."""
    browser = browser_of(framework, pool)
    sign_in(browser, "tess")
    pool.fail_next("RespondToAuthChallenge", "NotAuthorizedException")
    answer = browser.post("/login/challenge", {"new_password": NEW})

    assert (401, True) == (answer.status, "start again" in answer.text)
    assert {} == browser.cookies


@pytest.mark.parametrize("fields", [{}, {"username": "jane"}, {"password": "x"}, {"username": ""}])
def test_missing_fields(framework: str, pool: FakePool, fields: dict[str, str]) -> None:
    """Are named; nothing is sent to Cognito."""
    browser = browser_of(framework, pool)
    answer = browser.post("/login", fields)
    as_json = browser.send_json("/login", fields)

    assert (400, 400) == (answer.status, as_json.status)
    assert "is missing" in as_json.json["error_description"]
    assert 400 == browser.post("/login/forgot-password", {}).status
    assert 400 == browser.send_json("/login", ["username"]).status


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"username": 1, "password": null}', b"[" * 9000])
def test_a_body_that_is_no_form(framework: str, pool: FakePool, body: bytes) -> None:
    """Any bytes get 400; too many of them 413."""
    browser = browser_of(framework, pool)
    for kind in "application/json", "application/x-www-form-urlencoded", "", "application/b+json":
        answer = browser.ask("POST", "/login", {"content-type": kind}, body)
        assert 400 == answer.status
        answer = browser.ask("POST", "/login", {"content-type": kind}, b"a=" + b"b" * 65_536)
        assert 413 == answer.status


def test_open_redirects(framework: str, pool: FakePool) -> None:
    """A place off the site is neither shown in the form nor gone to."""
    browser = browser_of(framework, pool)

    assert "evil" not in browser.get("/login?next=//evil.example").text
    form = {"username": "jane", "password": PASSWORD, "next": "https://evil.example/"}
    assert "/" == browser.post("/login", form).location


def test_pages_of_one_s_own(framework: str, pool: FakePool) -> None:
    """render= draws each form."""
    seen: list[FormPage] = []

    def render(page: FormPage) -> str:
        seen.append(page)
        return f"<h1>{page.kind}</h1>"

    browser = browser_of(framework, pool, render=render, login_path="/in")

    assert "<h1>sign_in</h1>" == browser.get("/in").text
    browser.post("/in", {"username": "tess", "password": PASSWORD})
    assert "<h1>challenge</h1>" == browser.get("/in/challenge").text
    assert isinstance(seen[-1].challenge, Challenge)
    assert "/in/challenge" == seen[-1].action
    assert PASSWORD not in repr(seen)
    assert "session" not in repr(seen)


def test_choice_based_sign_in(framework: str) -> None:
    """With USER_AUTH a user who gives no password chooses how to sign in."""
    pool = FakePool(
        pool_options={
            "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
        }
    )
    pool.add_user("jane", PASSWORD)
    browser = browser_of(framework, pool, flow="USER_AUTH")
    assert 303 == sign_in(browser).status
    assert browser.named("session")

    browser = browser_of(framework, pool, flow="USER_AUTH")
    asked = browser.send_json("/login", {"username": "jane"}).json["challenge"]
    assert "SELECT_CHALLENGE" == asked["name"]
    assert "EMAIL_OTP" in asked["choices"]
    assert 'value="EMAIL_OTP"' in browser.get("/login/challenge").text
    none = browser.send_json("/login/challenge", {"choice": "NONE"})
    assert (400, "invalid_request") == (none.status, none.json["error"])
    sent = browser.send_json("/login/challenge", {"choice": "EMAIL_OTP"}).json["challenge"]
    assert "EMAIL_OTP" == sent["name"]
    assert sent["destination"] in html.unescape(browser.get("/login/challenge").text)
    code = pool.last_code("jane")
    assert {"next": "/"} == browser.send_json("/login/challenge", {"code": code}).json


WHO: dict[str, Any] = {"username": "jane", "client_id": "c", "session": "the session"}


@pytest.mark.parametrize(
    ("challenge", "fields", "answered", "shown"),
    [
        (SmsMfa(**WHO), {"code": "1"}, {"SMS_MFA_CODE": "1"}, "Enter the code"),
        (
            SmsMfa(**WHO, delivery=CodeDelivery(destination="+***1")),
            {"code": "1"},
            {"SMS_MFA_CODE": "1"},
            "sent to +***1",
        ),
        (
            Challenge.from_dict({"name": "PASSWORD", **WHO}),
            {"password": "p"},
            {"PASSWORD": "p"},
            "Enter your password",
        ),
        (
            Challenge.from_dict({"name": "SELECT_MFA_TYPE", "choices": ["SMS_MFA"], **WHO}),
            {"choice": "SMS_MFA"},
            {"ANSWER": "SMS_MFA"},
            "Code by text message",
        ),
        (CustomChallenge(**WHO), {"answer": "42"}, {"ANSWER": "42"}, "Answer to go on"),
        (
            MfaSetup(**WHO, choices=("EMAIL_OTP",)),
            {"email": "j@example.com"},
            {"EMAIL": "j@example.com"},
            "Give an address",
        ),
        (
            WebAuthn(**WHO),
            {"credential": {"id": "x"}},
            {"CREDENTIAL": '{"id": "x"}'},
            "application",
        ),
        (
            SelectChallenge(**WHO, choices=("WEB_AUTHN", "PASSWORD")),
            {"choice": "WEB_AUTHN", "credential": {"id": "x"}},
            {"ANSWER": "WEB_AUTHN", "CREDENTIAL": '{"id": "x"}'},
            "Choose how",
        ),
        (
            Challenge.from_dict(
                {"name": "NEW_PASSWORD_REQUIRED", "required_attributes": ["name"], **WHO}
            ),
            {"new_password": "p", "attributes.name": "J", "attributes.custom:role": "admin"},
            {"NEW_PASSWORD": "p", "userAttributes.name": "J"},
            'name="attributes.name"',
        ),
        (
            Challenge.from_dict(
                {"name": "NEW_PASSWORD_REQUIRED", "required_attributes": ["name"], **WHO}
            ),
            {"new_password": "p", "attributes": {"name": "J", "x": 1, "custom:role": "admin"}},
            {"NEW_PASSWORD": "p", "userAttributes.name": "J"},
            "Choose a new password",
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Challenge) else "",
)
def test_every_challenge(
    challenge: Any, fields: dict[str, Any], answered: dict[str, str], shown: str
) -> None:
    """Is answered from its fields, drawn as a form, and described without its session."""
    answer = answer_of(challenge, Fields(fields))

    assert {"USERNAME": "jane", **answered} == dict(answer.responses)
    page = FormPage(kind="challenge", action="/c", links={}, challenge=challenge)
    assert shown in html.unescape(form_page(page))
    assert "the session" not in form_page(page) + str(described(challenge))
    assert challenge.name == described(challenge)["name"]


@pytest.mark.parametrize("name", [{}, {"attributes.name": ""}, {"attributes": {"name": 1}}])
def test_a_required_attribute_that_is_missing(name: dict[str, Any]) -> None:
    """Is named, and nothing is sent to Cognito."""
    challenge = NewPasswordRequired(**WHO, required_attributes=("name",))

    with pytest.raises(InvalidData, match=r"required with the new password: name\."):
        answer_of(challenge, Fields({"new_password": "p", **name}))


def test_attributes_that_nobody_asked_for(framework: str, pool: FakePool) -> None:
    """Are not written: who chooses a password does not choose a role as well."""
    browser = browser_of(framework, pool)
    sign_in(browser, "tess")
    form = {
        "new_password": NEW,
        "attributes.nickname": "T",
        "attributes.userAttributes.zoneinfo": "Z",
    }
    done = browser.post("/login/challenge", form)
    attributes = pool.client().admin.get_user("tess").attributes

    assert 303 == done.status
    assert not {"nickname", "zoneinfo"} & set(attributes)


def test_a_custom_challenge_s_parameters() -> None:
    """Are what a script may know."""
    challenge = CustomChallenge(**WHO, parameters={"question": "?"})

    assert {"name": "CUSTOM_CHALLENGE", "parameters": {"question": "?"}} == described(challenge)
    assert {"name": "WEB_AUTHN", "request_options": {}} == described(WebAuthn(**WHO))


def test_a_challenge_that_nobody_can_answer(framework: str, pool: FakePool) -> None:
    """SRP, or one that is newer than this library, ends the sign-in politely."""
    browser = browser_of(framework, pool)
    pool.reply_next(  # the app client demands a device's proof
        "InitiateAuth",
        {"ChallengeName": "DEVICE_SRP_AUTH", "Session": "s" * 30, "ChallengeParameters": {}},
    )
    answer = sign_in(browser)

    assert (401, True) == (answer.status, "start again" in answer.text)
    assert {} == browser.cookies
    with pytest.raises(ValueError, match="form"):
        answer_of(SrpChallenge(**WHO, name="DEVICE_SRP_AUTH"), Fields())


def test_srp_as_a_choice(framework: str) -> None:
    """Choosing SRP ends the sign-in, because nothing here can go on with it."""
    pool = FakePool(
        pool_options={
            "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
        }
    )
    pool.add_user("jane", PASSWORD)
    browser = browser_of(framework, pool, flow="USER_AUTH")
    browser.send_json("/login", {"username": "jane"})
    answer = browser.send_json("/login/challenge", {"choice": "PASSWORD_SRP"})

    assert (400, "invalid_request") == (answer.status, answer.json["error"])
    assert {} == browser.cookies


def test_tokens_stay_fresh_with_a_password_too(framework: str, pool: FakePool) -> None:
    """The session is the same as after managed login: refreshed when it is due."""
    browser = browser_of(framework, pool)
    sign_in(browser)
    before = browser.get("/me").json["raw"]
    pool.advance(3_550)

    assert before != browser.get("/me").json["raw"]


def test_another_user_s_tokens(framework: str, pool: FakePool) -> None:
    """Tokens of somebody else end the session instead of changing it."""
    pool.add_user("joe", PASSWORD)
    tokens = pool.client().sign_in("joe", PASSWORD).require_tokens()
    browser = browser_of(framework, pool)
    sign_in(browser)
    pool.advance(3_600)
    reply = {"AccessToken": tokens.access_token, "ExpiresIn": 3600, "TokenType": "Bearer"}
    pool.reply_next("GetTokensFromRefreshToken", {"AuthenticationResult": reply})

    assert 401 == browser.fetch("/me").status
    assert {} == browser.cookies


def test_a_script_resets_a_password(framework: str, pool: FakePool) -> None:
    """Each step answers in JSON."""
    browser = browser_of(framework, pool)
    sent = browser.send_json("/login/forgot-password", {"username": "jane"})
    form = {"username": "jane", "code": pool.last_code("jane"), "new_password": NEW}
    done = browser.send_json("/login/reset-password", form)

    assert ({"message"}, {"message"}) == (set(sent.json), set(done.json))
    assert {"next": "/"} == browser.send_json("/login", {"username": "jane", "password": NEW}).json


def test_a_sign_in_that_waits_hides_what_it_holds(framework: str, pool: FakePool) -> None:
    """No challenge's session is in a repr."""
    pending = _Pending(SmsMfa(**WHO), None, "/")

    assert "the session" not in repr(pending)


def test_the_password_is_in_no_log(
    framework: str, pool: FakePool, caplog: pytest.LogCaptureFixture
) -> None:
    """What is refused is logged by its kind alone."""
    caplog.set_level("DEBUG")
    sign_in(browser_of(framework, pool), "jane", "the wrong password")
    said = [r.getMessage() for r in caplog.records if r.name.startswith("cognitokit")]

    assert "A sign-in was refused: NotAuthorized." in said
    assert "the wrong password" not in caplog.text


@pytest.mark.parametrize("operation", ["InitiateAuth", "RespondToAuthChallenge"])
def test_the_password_is_in_no_frame(framework: str, pool: FakePool, operation: str) -> None:
    """An error that reaches the application's log shows no secret, even with each frame's variables."""
    app = password_app(framework, pool)
    if framework == "flask":
        app.app.testing = True
    browser = app.browser()
    if operation != "InitiateAuth":
        sign_in(browser, "tess")
    pool.fail_next(operation, FlowNotEnabled("not allowed"))
    path = "/login" if operation == "InitiateAuth" else "/login/challenge"
    form = {"username": "jane", "password": PASSWORD, "new_password": NEW}
    with pytest.raises(FlowNotEnabled) as caught:
        browser.post(path, form)
    told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    frames = [frame for frame in told.stack if "cognitokit/weblogin" in frame.filename]

    assert frames
    assert [] == [frame for frame in frames if "Passw0rd" in str(frame.locals)]


def test_stage_has_both_ways(stage: Stage) -> None:
    """Sessions of managed login open nothing in an application with forms, whose client is another."""
    browser = stage.app().browser()
    stage.sign_in(browser)
    other = browser_of(stage.framework, FakePool())
    other.cookies = dict(browser.cookies)

    assert 401 == other.fetch("/me").status
