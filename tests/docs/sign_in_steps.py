"""Which challenge may follow which: found by playing every way to sign in on FakePools.

Each setting of a pool and each state of a user that matters for a sign-in is tried with each flow,
and at each challenge each right answer. What follows what is then what was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

from cognitokit import (
    ChallengeAnswer,
    CognitoClient,
    CustomChallenge,
    EmailOtp,
    MfaSetup,
    NewPasswordRequired,
    PasswordRequired,
    SelectChallenge,
    SelectMfaType,
    SignInResult,
    SmsMfa,
    SmsOtp,
    SoftwareTokenMfa,
    SrpChallenge,
    Tokens,
    WebAuthn,
)
from cognitokit.testing import FakePool, SoftwareAuthenticator, totp_code

PASSWORD = "Pass word 1!"
NEW_PASSWORD = "Pass word 2!"
NAME = "jane"
TOKENS = "tokens"
FIRST_FACTORS = ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]
SECOND_FACTORS: Mapping[str, dict[str, Any]] = {
    "SMS_MFA": {"SmsMfaConfiguration": {}},
    "SOFTWARE_TOKEN_MFA": {"SoftwareTokenMfaConfiguration": {"Enabled": True}},
    "EMAIL_OTP": {"EmailMfaConfiguration": {}},
}

Begin = Callable[["Stage"], SignInResult]
Go = Callable[["Stage"], SignInResult]


class Step(NamedTuple):
    """One step of a sign-in: from a flow or a challenge to a challenge or tokens."""

    before: str
    after: str


class Setting(NamedTuple):
    """A pool and a user as they may be."""

    mfa: str
    has: tuple[str, ...]
    """The second factors that the user has switched on."""

    temporary: bool
    """Whether an administrator has set the password."""

    remembered: bool = False
    """Whether the user comes with a device that the pool remembers."""


SETTINGS = [
    *(
        Setting(mfa, has, temporary)
        for mfa, has, temporary in product(
            ["OPTIONAL"],
            [(), *((each,) for each in SECOND_FACTORS), tuple(SECOND_FACTORS)],
            [False, True],
        )
    ),
    Setting("ON", (), temporary=False),
    Setting("ON", (), temporary=True),
    Setting("OPTIONAL", (), temporary=False, remembered=True),
]


class Stage:
    """A pool in a setting, with a user and what the user holds in their hands."""

    def __init__(self, setting: Setting) -> None:
        self.pool = FakePool(
            mfa="OPTIONAL" if setting.mfa == "OPTIONAL" else "ON",
            triggers={
                "DefineAuthChallenge": _define,
                "CreateAuthChallenge": _create,
                "VerifyAuthChallengeResponse": _verify,
            },
            pool_options={
                "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": FIRST_FACTORS}},
                "WebAuthnConfiguration": {"RelyingPartyId": "auth.example.com"},
                **{key: value for each in SECOND_FACTORS.values() for key, value in each.items()},
                **({"DeviceConfiguration": {}} if setting.remembered else {}),
            },
        )
        self.client: CognitoClient = self.pool.client()
        self.browser = SoftwareAuthenticator()
        self.secret = ""
        self.device_key: str | None = None
        contacts = {"email": "jane@example.com", "phone_number": "+15550100"}
        self.pool.add_user(NAME, PASSWORD, attributes={} if setting.mfa == "ON" else contacts)
        if setting.mfa == "OPTIONAL":
            self._equip(setting)
        if setting.temporary:
            self.client.admin.set_password(NAME, PASSWORD, permanent=False)

    def _equip(self, setting: Setting) -> None:
        tokens = self.client.sign_in(NAME, PASSWORD).require_tokens()
        self.client.passkeys.complete_registration(
            tokens, self.browser.create(self.client.passkeys.start_registration(tokens))
        )
        if setting.remembered and tokens.new_device is not None:
            self.device_key = tokens.new_device.key
            self.client.call(
                "ConfirmDevice",
                AccessToken=tokens.access_token,
                DeviceKey=self.device_key,
                DeviceSecretVerifierConfig={"PasswordVerifier": "verifier", "Salt": "salt"},
            )
            self.client.admin.remember_device(NAME, self.device_key)
        if "SOFTWARE_TOKEN_MFA" in setting.has:
            setup = self.client.mfa.associate(tokens)
            self.secret = setup.secret
            self.client.mfa.verify(setup, self.code())
        self.client.mfa.set_preference(
            tokens,
            sms="SMS_MFA" in setting.has or None,
            software_token="SOFTWARE_TOKEN_MFA" in setting.has or None,
            email="EMAIL_OTP" in setting.has or None,
        )

    def code(self) -> str:
        """The authenticator app's next code."""
        self.pool.advance(30)
        return totp_code(self.secret, self.pool.now())


def _define(event: dict[str, Any], _context: object) -> dict[str, Any]:
    asked = event["request"]["session"]
    event["response"].update(
        issueTokens=bool(asked) and asked[-1]["challengeResult"],
        failAuthentication=False,
        challengeName="CUSTOM_CHALLENGE",
    )
    return event


def _create(event: dict[str, Any], _context: object) -> dict[str, Any]:
    event["response"].update(publicChallengeParameters={}, privateChallengeParameters={})
    return event


def _verify(event: dict[str, Any], _context: object) -> dict[str, Any]:
    event["response"]["answerCorrect"] = event["request"]["challengeAnswer"] == "right"
    return event


def _after_sign_up(stage: Stage) -> SignInResult:
    signed_up = stage.client.sign_up("ann", PASSWORD, attributes={"email": "ann@example.com"})
    confirmed = stage.client.confirm_sign_up(
        "ann", stage.pool.last_code("ann"), session=signed_up.session
    )
    return stage.client.sign_in_with_choice("ann", session=confirmed.session)


def _preferring(factor: str) -> Begin:
    return lambda stage: stage.client.sign_in_with_choice(
        NAME, preferred=factor, device_key=stage.device_key
    )


FLOWS: list[tuple[str, Begin]] = [
    (
        "USER_PASSWORD_AUTH",
        lambda stage: stage.client.sign_in(NAME, PASSWORD, device_key=stage.device_key),
    ),
    (
        "ADMIN_USER_PASSWORD_AUTH",
        lambda stage: stage.client.admin.sign_in(NAME, PASSWORD, device_key=stage.device_key),
    ),
    ("USER_AUTH", lambda stage: stage.client.sign_in_with_choice(NAME)),
    (
        "USER_AUTH",
        lambda stage: stage.client.sign_in(
            NAME, PASSWORD, flow="USER_AUTH", device_key=stage.device_key
        ),
    ),
    *(("USER_AUTH", _preferring(factor)) for factor in FIRST_FACTORS),
    ("USER_AUTH", _after_sign_up),
    ("CUSTOM_AUTH", lambda stage: stage.client.sign_in_with_custom_auth(NAME)),
]
"""Every way to begin."""


def answers(result: SignInResult) -> list[Go]:  # noqa: C901 - a case each
    """What may be done at a challenge: each right answer, and each wrong one that is answered by another."""
    match result:
        case Tokens() | SrpChallenge():
            return []
        case NewPasswordRequired():
            return [lambda stage: _send(stage, result.answer(NEW_PASSWORD))]
        case SmsMfa() | EmailOtp() | SmsOtp():
            return [lambda stage: _send(stage, result.answer(stage.pool.last_code(NAME)))]
        case SoftwareTokenMfa():
            return [lambda stage: _send(stage, result.answer(stage.code()))]
        case SelectMfaType():
            return [_choosing(result, choice) for choice in result.choices]
        case MfaSetup():
            return [_set_up_app(result), _set_up_email(result)]
        case SelectChallenge():
            offered = [choice for choice in result.choices if choice != "PASSWORD_SRP"]
            return [
                lambda stage: _send(stage, result.answer("PASSWORD", password=PASSWORD)),
                *(_choosing(result, choice) for choice in offered),
            ]
        case PasswordRequired():
            return [lambda stage: _send(stage, result.answer(PASSWORD))]
        case WebAuthn():
            return [
                lambda stage: stage.client.respond(
                    result.answer(stage.browser.get(result.request_options))
                )
            ]
        case CustomChallenge():
            return [
                lambda stage: _send(stage, result.answer("right")),
                lambda stage: _send(stage, result.answer("wrong")),
            ]
        case _:
            raise AssertionError(result)


def _send(stage: Stage, answer: ChallengeAnswer) -> SignInResult:
    return stage.client.respond(answer, device_key=stage.device_key)


def _choosing(challenge: SelectMfaType | SelectChallenge, choice: str) -> Go:
    return lambda stage: _send(stage, challenge.answer(choice))


def _set_up_app(challenge: MfaSetup) -> Go:
    def go(stage: Stage) -> SignInResult:
        setup = stage.client.mfa.associate(challenge)
        stage.secret = setup.secret
        return _send(stage, stage.client.mfa.verify(setup, stage.code()).answer())

    return go


def _set_up_email(challenge: MfaSetup) -> Go:
    return lambda stage: _send(stage, challenge.answer(email="jane@example.com"))


def seen() -> set[Step]:
    """Play everything and return the steps that were seen."""
    return {
        step
        for setting in SETTINGS
        for flow, begin in FLOWS
        for step in _walk(setting, flow, begin, ())
    }


def _walk(setting: Setting, flow: str, begin: Begin, path: tuple[int, ...]) -> Iterator[Step]:
    stage = Stage(setting)
    before, result = flow, begin(stage)
    for taken in path:
        before, result = _name(result), answers(result)[taken](stage)
    yield Step(before, _name(result))
    if before == _name(result):
        return  # asked once more: from here on everything repeats itself
    for number in range(len(answers(result))):
        yield from _walk(setting, flow, begin, (*path, number))


def _name(result: SignInResult) -> str:
    return TOKENS if isinstance(result, Tokens) else result.name
