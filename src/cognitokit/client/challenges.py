"""The challenges of a sign-in, each a frozen typed value with its answer.

A challenge is what Cognito asks before it gives tokens. Its answer() does no I/O: it makes a
ChallengeAnswer, which client.respond() sends. Between two requests of a web application a
challenge is kept with to_dict() and read back with Challenge.from_dict().
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeAlias, cast

from cognitokit.client.members import Members
from cognitokit.client.results import CodeDelivery
from cognitokit.client.texts import NOTHING, Texts, freeze_texts
from cognitokit.client.webauthn import credential_json
from cognitokit.errors import (
    ChallengeRequired,
    InvalidData,
    UnsupportedChallenge,
)
from cognitokit.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Never, Self

ATTRIBUTE_PREFIX = "userAttributes."
"""What Cognito puts before the names of attributes in NEW_PASSWORD_REQUIRED."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeAnswer:
    """What client.respond() sends. Made by a challenge's answer(); its repr hides the answer itself."""

    name: str
    """Cognito's name of the challenge that this answers."""

    username: str
    client_id: str
    session: str | None = field(default=None, repr=False)
    admin: bool = False
    responses: Mapping[str, str] = field(repr=False)
    """ChallengeResponses, but for SECRET_HASH, which the client adds."""

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError(
            "ChallengeAnswer holds secrets and is not pickled; keep the challenge's to_dict()."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What every challenge has. The repr hides the session, which is a secret."""

    KIND: ClassVar[str] = ""
    """Cognito's name of the challenge; empty where one class stands for several."""

    name: str = ""
    """Cognito's name of the challenge, for instance "SMS_MFA"."""

    username: str
    """The name to answer with: the one that Cognito returned, else the one that signed in."""

    client_id: str
    """The app client that the sign-in is for. Another one cannot answer."""

    session: str | None = field(default=None, repr=False)
    """Cognito's thread through the sign-in; lives 3 to 15 minutes. Not every challenge has one."""

    admin: bool = False
    """Whether the sign-in was started by client.admin, which then answers it too."""

    def __post_init__(self) -> None:
        if self.KIND:
            object.__setattr__(self, "name", self.KIND)
        freeze_texts(self, "attributes", "parameters")

    def require_tokens(self) -> Tokens:
        """Raise ChallengeRequired, which carries this challenge. Tokens' method of the same name returns them."""
        challenge = cast("SomeChallenge", self)
        if isinstance(challenge, SrpChallenge):
            raise ChallengeRequired(challenge, challenge.reason)
        if isinstance(challenge, MfaSetup):
            raise ChallengeRequired(challenge, _SETUP_ADVICE)
        raise ChallengeRequired(challenge)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, the session included, for a store that keeps secrets."""
        return {item.name: _plain(getattr(self, item.name)) for item in fields(self)}

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> SomeChallenge:
        """Return the challenge that to_dict() wrote, in its own class.

        Raises:
            InvalidData: The data is not of that form; the message names the member, not its value.
        """
        try:
            members = Members.of_data(data)
            cls = class_of(members.text("name"))
            return cls(
                **{item.name: _READERS[item.name](members, item.name) for item in fields(cls)}
            )
        except InvalidData as error:
            failure = error.with_traceback(None)  # its frames hold what was stored
        raise failure

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError(
            f"{type(self).__name__} holds a secret and is not pickled; keep challenge.to_dict()."
        )

    def _answer(self, **responses: str) -> ChallengeAnswer:
        # A code that is a number has lost its zeros.
        wrong = [
            name for name, value in responses.items() if not isinstance(cast("object", value), str)
        ]
        if wrong:
            responses.clear()  # a traceback shows what is in this frame
            raise InvalidData(
                f"These parts of an answer must be strings, codes included: {', '.join(wrong)}."
            )
        return ChallengeAnswer(
            name=self.name,
            username=self.username,
            client_id=self.client_id,
            session=self.session,
            admin=self.admin,
            responses=Texts({"USERNAME": self.username, **responses}),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPasswordRequired(Challenge):
    """The user has a temporary password and must choose one of their own."""

    KIND: ClassVar[str] = "NEW_PASSWORD_REQUIRED"

    required_attributes: tuple[str, ...] = ()
    """What the pool requires and the user lacks, without the "userAttributes." prefix: give it with the answer."""

    attributes: Mapping[str, str] = field(default=NOTHING, repr=False)
    """What the pool knows of the user already."""

    def answer(
        self, new_password: str, *, attributes: Mapping[str, str] | None = None
    ) -> ChallengeAnswer:
        """Answer with the new password.

        Args:
            new_password: The permanent password.
            attributes: Those of required_attributes, and others that the app client may write.

        Raises:
            InvalidData: One of required_attributes is not given, the message names it; or
                attributes is no mapping of strings.
        """
        if not _is_named(attributes):
            raise InvalidData("attributes must be a mapping of names to strings.")
        given = {
            name.removeprefix(ATTRIBUTE_PREFIX): value for name, value in (attributes or {}).items()
        }
        missing = [name for name in self.required_attributes if name not in given]
        if missing:
            raise InvalidData(
                f"These attributes are required with the new password: {', '.join(missing)}."
            )
        return self._answer(
            NEW_PASSWORD=new_password,
            **{ATTRIBUTE_PREFIX + name: value for name, value in given.items()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsMfa(Challenge):
    """A second factor: the code that Cognito sent by SMS."""

    KIND: ClassVar[str] = "SMS_MFA"

    delivery: CodeDelivery | None = None
    """Where the code went."""

    def answer(self, code: str) -> ChallengeAnswer:
        """Answer with the code."""
        return self._answer(SMS_MFA_CODE=code)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareTokenMfa(Challenge):
    """A second factor: the code that the user's authenticator app shows (TOTP)."""

    KIND: ClassVar[str] = "SOFTWARE_TOKEN_MFA"

    device_name: str | None = None
    """The name that the user gave the authenticator (FRIENDLY_DEVICE_NAME)."""

    def answer(self, code: str) -> ChallengeAnswer:
        """Answer with the code: six digits that change every 30 seconds."""
        return self._answer(SOFTWARE_TOKEN_MFA_CODE=code)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailOtp(Challenge):
    """A first or a second factor: the code that Cognito sent by email."""

    KIND: ClassVar[str] = "EMAIL_OTP"

    delivery: CodeDelivery | None = None
    """Where the code went."""

    def answer(self, code: str) -> ChallengeAnswer:
        """Answer with the code."""
        return self._answer(EMAIL_OTP_CODE=code)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsOtp(Challenge):
    """A first factor: the code that Cognito sent by SMS."""

    KIND: ClassVar[str] = "SMS_OTP"

    delivery: CodeDelivery | None = None
    """Where the code went."""

    def answer(self, code: str) -> ChallengeAnswer:
        """Answer with the code."""
        return self._answer(SMS_OTP_CODE=code)


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectMfaType(Challenge):
    """The user has several second factors and chooses one; Cognito then asks for it."""

    KIND: ClassVar[str] = "SELECT_MFA_TYPE"

    choices: tuple[str, ...] = ()
    """The names of the challenges to choose from, for instance ("SMS_MFA", "SOFTWARE_TOKEN_MFA")."""

    def answer(self, choice: str) -> ChallengeAnswer:
        """Answer with one of the choices.

        Raises:
            InvalidData: It is none of them.
        """
        return self._answer(ANSWER=_offered(choice, self.choices))


@dataclass(frozen=True, slots=True, kw_only=True)
class MfaSetup(Challenge):
    """The pool demands a second factor and the user has none yet.

    With an authenticator app:

        setup = client.mfa.associate(challenge)        # show setup.otpauth_uri() or setup.qr_svg()
        challenge = client.mfa.verify(setup, "123456")  # the code that the app shows
        result = client.respond(challenge.answer())

    By SMS, an administrator sets the user's phone number and the sign-in starts over.
    """

    KIND: ClassVar[str] = "MFA_SETUP"

    choices: tuple[str, ...] = ()
    """The methods that the pool allows, for instance ("SOFTWARE_TOKEN_MFA", "EMAIL_OTP")."""

    def answer(self, *, email: str | None = None) -> ChallengeAnswer:
        """Answer once the method is set up.

        Args:
            email: The address for codes by email, where EMAIL_OTP is the method to set up. The
                service model does not list this response; AWS Amplify's libraries send it.
        """
        return self._answer() if email is None else self._answer(EMAIL=email)


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectChallenge(Challenge):
    """The user chooses how to sign in (USER_AUTH without a preferred challenge, or with one they lack)."""

    KIND: ClassVar[str] = "SELECT_CHALLENGE"

    choices: tuple[str, ...] = ()
    """The names to choose from (AvailableChallenges): "PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN", ..."""

    request_options_json: str = field(default="{}", repr=False)
    """As WebAuthn has it, where Cognito sends it with the choice; else "{}"."""

    @property
    def request_options(self) -> dict[str, Any]:
        """As WebAuthn has it, where Cognito sends it with the choice; else empty."""
        return _object(self.request_options_json)

    def answer(
        self,
        choice: str,
        *,
        password: str | None = None,
        credential: Mapping[str, Any] | str | None = None,
    ) -> ChallengeAnswer:
        """Answer with one of the choices.

        Args:
            choice: One of the choices. "EMAIL_OTP" and "SMS_OTP" have Cognito send a code and ask for it.
            password: With "PASSWORD": the password, which saves a step.
            credential: With "WEB_AUTHN", where request_options are there: what the browser's
                navigator.credentials.get() made of them, as AuthenticationResponseJSON. Without it
                Cognito answers with the WEB_AUTHN challenge.

        Raises:
            InvalidData: The choice is not offered, the password is no string, the credential is
                not a JSON object, or one of them is given with another choice.
            UnsupportedChallenge: The choice is "PASSWORD_SRP", which this library leaves out.
        """
        if choice == "PASSWORD_SRP":
            offered = "PASSWORD" in self.choices
            raise UnsupportedChallenge(_CHOICE_ADVICE if offered else _SRP_ADVICE, challenge=choice)
        for name, proof, of in (
            ("password", password, "PASSWORD"),
            ("credential", credential, "WEB_AUTHN"),
        ):
            if proof is not None and choice != of:
                raise _misplaced(name, of)
        responses = {"ANSWER": _offered(choice, self.choices)}
        if password is not None:
            responses["PASSWORD"] = password
        if credential is not None:
            responses["CREDENTIAL"] = credential_json(credential)
        return self._answer(**responses)


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordRequired(Challenge):
    """The password, as a first factor that was chosen or preferred (PASSWORD; ADMIN_NO_SRP_AUTH)."""

    name: str = "PASSWORD"

    def answer(self, password: str) -> ChallengeAnswer:
        """Answer with the password."""
        return self._answer(PASSWORD=password)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAuthn(Challenge):
    """A passkey."""

    KIND: ClassVar[str] = "WEB_AUTHN"

    request_options_json: str = field(default="{}", repr=False)
    """PublicKeyCredentialRequestOptionsJSON as text, for the page's navigator.credentials.get()."""

    @property
    def request_options(self) -> dict[str, Any]:
        """PublicKeyCredentialRequestOptionsJSON as a new dict."""
        return _object(self.request_options_json)

    def answer(self, credential: Mapping[str, Any] | str) -> ChallengeAnswer:
        """Answer with what the browser gave.

        Args:
            credential: AuthenticationResponseJSON, as an object or as its JSON text.

        Raises:
            InvalidData: It is not a JSON object.
        """
        return self._answer(CREDENTIAL=credential_json(credential))


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomChallenge(Challenge):
    """A challenge of the pool's own Lambda triggers."""

    KIND: ClassVar[str] = "CUSTOM_CHALLENGE"

    parameters: Mapping[str, str] = field(default=NOTHING, repr=False)
    """publicChallengeParameters of CreateAuthChallenge."""

    def answer(self, answer: str) -> ChallengeAnswer:
        """Answer with what VerifyAuthChallengeResponse is to see as challengeAnswer."""
        return self._answer(ANSWER=answer)


_SRP_ADVICE = (
    "This step needs the Secure Remote Password protocol, which this library leaves out. "
    "Enable ALLOW_USER_PASSWORD_AUTH, ALLOW_USER_AUTH or ALLOW_ADMIN_USER_PASSWORD_AUTH on the app "
    "client and sign in with that flow; the password then travels inside TLS."
)
_CHOICE_ADVICE = (
    "PASSWORD_SRP needs the Secure Remote Password protocol, which this library leaves out. Choose "
    "PASSWORD, which is offered too: the password then travels inside TLS."
)
_SETUP_ADVICE = (
    "Set up an authenticator app with client.mfa.associate(challenge) and client.mfa.verify(setup, "
    "code), whose result is the challenge to answer with client.respond(challenge.answer())."
)
_DEVICE_ADVICE = (
    "A remembered device proves itself by the Secure Remote Password protocol, which this library "
    "leaves out. Sign in without device_key, and forget the device or switch device tracking off."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SrpChallenge(Challenge):
    """A step of the Secure Remote Password protocol, which this library leaves out on purpose.

    One of PASSWORD_SRP, PASSWORD_VERIFIER, DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER.
    """

    parameters: Mapping[str, str] = field(default=NOTHING, repr=False)
    """ChallengeParameters, for whoever brings an SRP implementation of their own."""

    @property
    def reason(self) -> str:
        """Why it cannot be answered here, and the way round it."""
        return _DEVICE_ADVICE if self.name.startswith("DEVICE_") else _SRP_ADVICE

    def answer(self) -> NoReturn:
        """Raise UnsupportedChallenge, whose message names the way round."""
        raise UnsupportedChallenge(self.reason, challenge=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownChallenge(Challenge):
    """A challenge that this version does not know, kept whole."""

    parameters: Mapping[str, str] = field(default=NOTHING, repr=False)
    """ChallengeParameters."""

    choices: tuple[str, ...] = ()
    """AvailableChallenges."""

    def answer(self, **responses: str) -> ChallengeAnswer:
        """Answer with ChallengeResponses by Cognito's names; USERNAME is added.

        Raises:
            InvalidData: USERNAME is among them, or one of them is no string.
        """
        if "USERNAME" in responses:
            raise InvalidData("USERNAME is the challenge's own, and added: leave it out.")
        return self._answer(**responses)


SomeChallenge: TypeAlias = (
    NewPasswordRequired
    | SmsMfa
    | SoftwareTokenMfa
    | EmailOtp
    | SmsOtp
    | SelectMfaType
    | MfaSetup
    | SelectChallenge
    | PasswordRequired
    | WebAuthn
    | CustomChallenge
    | SrpChallenge
    | UnknownChallenge
)
"""Every challenge there is, for a match that a type checker finds complete."""

SignInResult: TypeAlias = Tokens | SomeChallenge
"""What a sign-in or an answer gives: tokens, or the next challenge."""

SRP_CHALLENGES = (
    "DEVICE_PASSWORD_VERIFIER",
    "DEVICE_SRP_AUTH",
    "PASSWORD_SRP",
    "PASSWORD_VERIFIER",
)

_CLASSES: Mapping[str, type[SomeChallenge]] = {
    **{
        cls.KIND: cls
        for cls in (
            NewPasswordRequired,
            SmsMfa,
            SoftwareTokenMfa,
            EmailOtp,
            SmsOtp,
            SelectMfaType,
            MfaSetup,
            SelectChallenge,
            WebAuthn,
            CustomChallenge,
        )
    },
    "PASSWORD": PasswordRequired,
    "ADMIN_NO_SRP_AUTH": PasswordRequired,
    **dict.fromkeys(SRP_CHALLENGES, SrpChallenge),
}


def class_of(name: str) -> type[SomeChallenge]:
    """Return the class of a challenge by Cognito's name of it; UnknownChallenge for a new one."""
    return _CLASSES.get(name, UnknownChallenge)


def _misplaced(name: str, choice: str) -> InvalidData:
    return InvalidData(f"{name} goes with the choice {choice} and no other.")


def _is_named(attributes: object) -> bool:
    return attributes is None or (
        isinstance(attributes, Mapping)
        and all(isinstance(name, str) for name in cast("Mapping[object, object]", attributes))
    )


def _offered(choice: str, choices: tuple[str, ...]) -> str:
    if choices and choice not in choices:
        raise InvalidData(f"The choice must be one of {', '.join(choices)}.")
    return choice


def _object(text: str) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(text)
    return members


def _plain(value: object) -> object:
    if isinstance(value, CodeDelivery):
        return value.to_dict()
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, str]", value))
    return list(cast("tuple[str, ...]", value)) if isinstance(value, tuple) else value


def _read_delivery(data: Members, name: str) -> CodeDelivery | None:
    details = data.optional_members(name)
    return None if details is None else CodeDelivery.from_data(details)


_READERS: Mapping[str, Callable[[Members, str], Any]] = {
    "admin": Members.flag,
    "attributes": Members.text_map,
    "choices": Members.texts,
    "client_id": Members.text,
    "delivery": _read_delivery,
    "device_name": Members.optional_text,
    "name": Members.text,
    "parameters": Members.text_map,
    "request_options_json": Members.json_object_text,
    "required_attributes": Members.texts,
    "session": Members.optional_text,
    "username": Members.text,
}
"""Field of a challenge -> how from_dict() reads it."""
