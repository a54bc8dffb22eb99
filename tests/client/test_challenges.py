"""Each challenge: read from Cognito's answer, answered, kept between two requests."""

import copy
import json
import pickle
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from cognitokit import (
    Challenge,
    ChallengeAnswer,
    ChallengeRequired,
    CodeDelivery,
    CustomChallenge,
    EmailOtp,
    MfaSetup,
    NewPasswordRequired,
    PasswordRequired,
    SelectChallenge,
    SelectMfaType,
    SmsMfa,
    SmsOtp,
    SoftwareTokenMfa,
    SrpChallenge,
    UnknownChallenge,
    WebAuthn,
)
from cognitokit.client.flows.challenges import challenge_of
from cognitokit.client.members import Members
from cognitokit.errors import (
    ConfigurationError,
    InvalidData,
    UnexpectedReply,
    UnsupportedChallenge,
)
from tests.client.scripted import CLIENT, SHELLS, Shell
from tests.client.service_model import challenge_names, check_request

SESSION = "a-session-of-at-least-twenty-characters"
WHO: dict[str, Any] = {"username": "jane", "client_id": CLIENT, "session": SESSION}
BY_EMAIL = {
    "CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL",
    "CODE_DELIVERY_DESTINATION": "j***@e***",
}
BY_SMS = {"CODE_DELIVERY_DELIVERY_MEDIUM": "SMS", "CODE_DELIVERY_DESTINATION": "+*******1234"}
OPTIONS = {"challenge": "abc", "rpId": "example.com", "allowCredentials": []}

READ: list[tuple[str, dict[str, str], Challenge]] = [
    (
        "NEW_PASSWORD_REQUIRED",
        {
            "requiredAttributes": '["userAttributes.name", "userAttributes.custom:plan"]',
            "userAttributes": '{"email": "jane@example.com", "email_verified": true}',
        },
        NewPasswordRequired(
            **WHO,
            required_attributes=("name", "custom:plan"),
            attributes={"email": "jane@example.com", "email_verified": "true"},
        ),
    ),
    ("NEW_PASSWORD_REQUIRED", {}, NewPasswordRequired(**WHO)),
    (
        "SMS_MFA",
        BY_SMS,
        SmsMfa(**WHO, delivery=CodeDelivery(medium="SMS", destination="+*******1234")),
    ),
    ("SMS_MFA", {}, SmsMfa(**WHO)),
    (
        "SMS_MFA",
        {"CODE_DELIVERY_DESTINATION": "+1"},
        SmsMfa(**WHO, delivery=CodeDelivery(destination="+1")),
    ),
    (
        "SMS_MFA",
        {"CODE_DELIVERY_DELIVERY_MEDIUM": "SMS"},
        SmsMfa(**WHO, delivery=CodeDelivery(medium="SMS")),
    ),
    (
        "SOFTWARE_TOKEN_MFA",
        {"FRIENDLY_DEVICE_NAME": "phone"},
        SoftwareTokenMfa(**WHO, device_name="phone"),
    ),
    (
        "EMAIL_OTP",
        BY_EMAIL,
        EmailOtp(**WHO, delivery=CodeDelivery(medium="EMAIL", destination="j***@e***")),
    ),
    (
        "SMS_OTP",
        BY_SMS,
        SmsOtp(**WHO, delivery=CodeDelivery(medium="SMS", destination="+*******1234")),
    ),
    (
        "SELECT_MFA_TYPE",
        {"MFAS_CAN_CHOOSE": '["SMS_MFA","SOFTWARE_TOKEN_MFA"]'},
        SelectMfaType(**WHO, choices=("SMS_MFA", "SOFTWARE_TOKEN_MFA")),
    ),
    (
        "MFA_SETUP",
        {"MFAS_CAN_SETUP": '["SOFTWARE_TOKEN_MFA"]'},
        MfaSetup(**WHO, choices=("SOFTWARE_TOKEN_MFA",)),
    ),
    ("SELECT_CHALLENGE", {}, SelectChallenge(**WHO, choices=("PASSWORD", "EMAIL_OTP"))),
    (
        "SELECT_CHALLENGE",
        {"CREDENTIAL_REQUEST_OPTIONS": json.dumps(OPTIONS)},
        SelectChallenge(
            **WHO, choices=("PASSWORD", "EMAIL_OTP"), request_options_json=json.dumps(OPTIONS)
        ),
    ),
    ("PASSWORD", {}, PasswordRequired(**WHO)),
    ("ADMIN_NO_SRP_AUTH", {}, PasswordRequired(**WHO, name="ADMIN_NO_SRP_AUTH")),
    (
        "WEB_AUTHN",
        {"CREDENTIAL_REQUEST_OPTIONS": json.dumps(OPTIONS)},
        WebAuthn(**WHO, request_options_json=json.dumps(OPTIONS)),
    ),
    ("WEB_AUTHN", {}, WebAuthn(**WHO)),
    (
        "CUSTOM_CHALLENGE",
        {"question": "why?"},
        CustomChallenge(**WHO, parameters={"question": "why?"}),
    ),
    *(
        (name, {"SRP_B": "ab"}, SrpChallenge(**WHO, name=name, parameters={"SRP_B": "ab"}))
        for name in (
            "PASSWORD_VERIFIER",
            "PASSWORD_SRP",
            "DEVICE_SRP_AUTH",
            "DEVICE_PASSWORD_VERIFIER",
        )
    ),
    (
        "FINGER_PRINT",
        {"x": "y"},
        UnknownChallenge(
            **WHO, name="FINGER_PRINT", parameters={"x": "y"}, choices=("PASSWORD", "EMAIL_OTP")
        ),
    ),
]
NAMES = [name for name, _, _ in READ]
CHALLENGES = [challenge for _, _, challenge in READ]


def read(name: str, parameters: Mapping[str, str], **members: Any) -> Challenge:
    """The challenge of a reply with these parameters."""
    reply = {
        "ChallengeName": name,
        "ChallengeParameters": parameters,
        "Session": SESSION,
        "AvailableChallenges": ["PASSWORD", "EMAIL_OTP"],
    }
    return challenge_of(
        Members({**reply, **members}), username="jane", client_id=CLIENT, admin=False
    )


def test_every_challenge_of_the_service_model_is_read() -> None:
    """A challenge that the installed botocore knows is known here."""
    assert not set(challenge_names()) - set(NAMES)


@pytest.mark.parametrize(("name", "parameters", "challenge"), READ, ids=NAMES)
def test_read(name: str, parameters: dict[str, str], challenge: Challenge) -> None:
    """Cognito's parameters become typed members, and its name is kept."""
    found = read(name, parameters)

    assert challenge == found
    assert type(challenge) is type(found)
    assert name == found.name


@pytest.mark.parametrize(
    ("parameters", "username"),
    [
        ({"USERNAME": "from-username", "USER_ID_FOR_SRP": "from-srp"}, "from-username"),
        ({"USER_ID_FOR_SRP": "from-srp"}, "from-srp"),
        ({"USERNAME": ""}, "jane"),
        ({}, "jane"),
    ],
)
def test_username(parameters: dict[str, str], username: str) -> None:
    """The name to answer with is the one that Cognito returned, else the one that signed in."""
    assert username == read("SMS_MFA", parameters).username


@pytest.mark.parametrize("session", [None, ""])
def test_without_session(session: str | None) -> None:
    """A challenge without a session is one."""
    assert read("PASSWORD_VERIFIER", {}, Session=session).session is None


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("NEW_PASSWORD_REQUIRED", {"requiredAttributes": "["}),
        ("NEW_PASSWORD_REQUIRED", {"requiredAttributes": "{}"}),
        ("NEW_PASSWORD_REQUIRED", {"userAttributes": "[]"}),
        ("NEW_PASSWORD_REQUIRED", {"userAttributes": "[" * 100_000}),
        ("SELECT_MFA_TYPE", {"MFAS_CAN_CHOOSE": '"SMS_MFA"'}),
        ("MFA_SETUP", {"MFAS_CAN_SETUP": "SMS_MFA"}),
        ("WEB_AUTHN", {"CREDENTIAL_REQUEST_OPTIONS": "1"}),
        ("SMS_MFA", {"USERNAME": 5}),
        ("SMS_MFA", []),
    ],
)
def test_unreadable_parameters(name: str, parameters: Any) -> None:
    """Parameters that are not what Cognito sends are an UnexpectedReply."""
    with pytest.raises(UnexpectedReply):
        read(name, parameters)


ANSWERS: list[tuple[str, Callable[[], ChallengeAnswer], dict[str, str]]] = [
    (
        "NEW_PASSWORD_REQUIRED",
        lambda: NewPasswordRequired(**WHO, required_attributes=("name",)).answer(
            "N3w passw0rd", attributes={"name": "Jane", "userAttributes.locale": "lv"}
        ),
        {
            "NEW_PASSWORD": "N3w passw0rd",
            "userAttributes.name": "Jane",
            "userAttributes.locale": "lv",
        },
    ),
    ("SMS_MFA", lambda: SmsMfa(**WHO).answer("123456"), {"SMS_MFA_CODE": "123456"}),
    (
        "SOFTWARE_TOKEN_MFA",
        lambda: SoftwareTokenMfa(**WHO).answer("123456"),
        {"SOFTWARE_TOKEN_MFA_CODE": "123456"},
    ),
    ("EMAIL_OTP", lambda: EmailOtp(**WHO).answer("12345678"), {"EMAIL_OTP_CODE": "12345678"}),
    ("SMS_OTP", lambda: SmsOtp(**WHO).answer("123456"), {"SMS_OTP_CODE": "123456"}),
    (
        "SELECT_MFA_TYPE",
        lambda: SelectMfaType(**WHO, choices=("SMS_MFA", "EMAIL_OTP")).answer("EMAIL_OTP"),
        {"ANSWER": "EMAIL_OTP"},
    ),
    ("MFA_SETUP", lambda: MfaSetup(**WHO).answer(), {}),
    (
        "MFA_SETUP",
        lambda: MfaSetup(**WHO).answer(email="jane@example.com"),
        {"EMAIL": "jane@example.com"},
    ),
    (
        "SELECT_CHALLENGE",
        lambda: SelectChallenge(**WHO).answer("EMAIL_OTP"),
        {"ANSWER": "EMAIL_OTP"},
    ),
    (
        "SELECT_CHALLENGE",
        lambda: SelectChallenge(**WHO, choices=("PASSWORD",)).answer(
            "PASSWORD", password="pass word"
        ),
        {"ANSWER": "PASSWORD", "PASSWORD": "pass word"},
    ),
    (
        "SELECT_CHALLENGE",
        lambda: SelectChallenge(**WHO).answer("WEB_AUTHN", credential={"id": "abc"}),
        {"ANSWER": "WEB_AUTHN", "CREDENTIAL": '{"id": "abc"}'},
    ),
    ("PASSWORD", lambda: PasswordRequired(**WHO).answer("pass word"), {"PASSWORD": "pass word"}),
    (
        "ADMIN_NO_SRP_AUTH",
        lambda: PasswordRequired(**WHO, name="ADMIN_NO_SRP_AUTH").answer("pass word"),
        {"PASSWORD": "pass word"},
    ),
    ("WEB_AUTHN", lambda: WebAuthn(**WHO).answer('{"id":"abc"}'), {"CREDENTIAL": '{"id":"abc"}'}),
    ("CUSTOM_CHALLENGE", lambda: CustomChallenge(**WHO).answer("because"), {"ANSWER": "because"}),
    (
        "FINGER_PRINT",
        lambda: UnknownChallenge(**WHO, name="FINGER_PRINT").answer(FINGER="left"),
        {"FINGER": "left"},
    ),
]


@pytest.mark.parametrize(("name", "answer", "responses"), ANSWERS)
def test_answer(
    name: str, answer: Callable[[], ChallengeAnswer], responses: dict[str, str]
) -> None:
    """An answer carries the challenge's name, session and username, and the responses by Cognito's names."""
    made = answer()

    assert (name, SESSION, "jane", CLIENT) == (
        made.name,
        made.session,
        made.username,
        made.client_id,
    )
    assert {"USERNAME": "jane", **responses} == made.responses


@pytest.mark.parametrize(("name", "answer", "responses"), ANSWERS)
@pytest.mark.parametrize("shell_kind", SHELLS)
def test_respond(
    shell_kind: str, name: str, answer: Callable[[], ChallengeAnswer], responses: dict[str, str]
) -> None:
    """Both clients send the answer as it is, and the secret hash over the name in it."""
    shell = Shell.of(
        shell_kind,
        {"AuthenticationResult": {"AccessToken": "a", "ExpiresIn": 60}},
        client_secret="0123456789abcdefghijklmnopqrstuv",
    )

    tokens = shell.run(lambda client: client.respond(answer()))

    [(operation, params)] = shell.sent
    hashed = "Nff2/YOqv7RF6L8oGHfhHyeIbJUN9WB9uGfWtyMkYKw="
    assert operation == "RespondToAuthChallenge"
    assert name == params["ChallengeName"]
    assert {"USERNAME": "jane", "SECRET_HASH": hashed, **responses} == params["ChallengeResponses"]
    assert tokens.access_token == "a"


@pytest.mark.parametrize("challenge", CHALLENGES, ids=NAMES)
def test_kept_between_two_requests(challenge: Challenge) -> None:
    """What to_dict() writes survives JSON, and from_dict() gives the same challenge in the same class."""
    kept = json.loads(json.dumps(challenge.to_dict()))

    again = Challenge.from_dict(kept)

    assert challenge == again
    assert type(challenge) is type(again)
    assert hash(challenge) == hash(again)


def test_admin_is_kept() -> None:
    """A challenge remembers that an administrator started the sign-in."""
    challenge = SmsMfa(**WHO, admin=True)

    assert Challenge.from_dict(challenge.to_dict()).admin is True


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"name": None}, "name"),
        ({"name": 5}, "name"),
        ({"username": None}, "username"),
        ({"client_id": 7}, "client_id"),
        ({"session": 1}, "session"),
        ({"admin": "yes"}, "admin"),
        ({"required_attributes": "name"}, "required_attributes"),
        ({"required_attributes": [1]}, "required_attributes"),
        ({"attributes": {"a": 1}}, "attributes"),
    ],
)
def test_foreign_data(change: dict[str, Any], member: str) -> None:
    """Data that to_dict() did not write is refused by the member's name, never its value."""
    data = {**NewPasswordRequired(**WHO).to_dict(), **change}

    with pytest.raises(InvalidData, match=member):
        Challenge.from_dict(data)


@pytest.mark.parametrize("data", [None, [], "x", 5])
def test_data_that_is_no_object(data: Any) -> None:
    """Whatever is not an object is refused as well."""
    with pytest.raises(InvalidData):
        Challenge.from_dict(data)


def test_foreign_delivery_and_options() -> None:
    """Nested data is held to its form too."""
    with pytest.raises(InvalidData, match="medium"):
        Challenge.from_dict({**SmsMfa(**WHO).to_dict(), "delivery": {"medium": 5}})
    with pytest.raises(InvalidData, match="request_options_json"):
        Challenge.from_dict({**WebAuthn(**WHO).to_dict(), "request_options_json": "["})


def test_required_attributes_must_be_given() -> None:
    """Leaving a required attribute out is refused by its name; giving it is not."""
    challenge = NewPasswordRequired(**WHO, required_attributes=("name", "email"))

    with pytest.raises(InvalidData, match="name, email"):
        challenge.answer("N3w passw0rd")
    assert (
        "userAttributes.name"
        in challenge.answer("N3w passw0rd", attributes={"name": "J", "email": "j@x"}).responses
    )


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        (lambda code: SmsMfa(**WHO).answer(code), "SMS_MFA_CODE"),
        (lambda code: SoftwareTokenMfa(**WHO).answer(code), "SOFTWARE_TOKEN_MFA_CODE"),
        (lambda code: PasswordRequired(**WHO).answer(code), "PASSWORD"),
        (lambda code: NewPasswordRequired(**WHO).answer(code), "NEW_PASSWORD"),
        (
            lambda value: NewPasswordRequired(**WHO).answer("pw", attributes={"age": value}),
            "userAttributes.age",
        ),
        (lambda value: UnknownChallenge(**WHO, name="X").answer(A=value, B=value), "A, B"),
    ],
)
def test_answers_are_strings(answer: Callable[[Any], Any], wrong: str) -> None:
    """A code that is a number may have lost its zeros: it is refused by its name, and not shown."""
    with pytest.raises(InvalidData, match=rf"codes included: {wrong}\.$") as raised:
        answer(12345)

    assert "12345" not in str(raised.value)
    assert "012345" in answer("012345").responses.values()


def test_passkey_options_that_come_with_the_choice() -> None:
    """Where Cognito sends the request options with the choice, they are there; else there are none."""
    told = SelectChallenge(**WHO, request_options_json=json.dumps(OPTIONS))

    assert (OPTIONS, {}) == (told.request_options, SelectChallenge(**WHO).request_options)
    stored = told.to_dict()
    del stored["request_options_json"]
    assert SelectChallenge(**WHO) == Challenge.from_dict(stored)


@pytest.mark.parametrize("cls", [SelectMfaType, SelectChallenge])
def test_only_what_is_offered(cls: Any) -> None:
    """A choice that Cognito does not offer is refused, with those that it does; an offered one is taken."""
    challenge = cls(**WHO, choices=("SMS_MFA", "EMAIL_OTP"))

    with pytest.raises(InvalidData, match="SMS_MFA, EMAIL_OTP"):
        challenge.answer("PASSWORD")
    assert challenge.answer("SMS_MFA").responses["ANSWER"] == "SMS_MFA"


def test_srp_is_not_chosen() -> None:
    """Choosing SRP is refused with the way round it."""
    with pytest.raises(UnsupportedChallenge, match="ALLOW_USER_PASSWORD_AUTH") as refusal:
        SelectChallenge(**WHO, choices=("PASSWORD_SRP",)).answer("PASSWORD_SRP")
    assert refusal.value.challenge == "PASSWORD_SRP"


def test_srp_beside_the_password() -> None:
    """Where the plain password is offered as well, the way round is to choose that."""
    challenge = SelectChallenge(**WHO, choices=("PASSWORD_SRP", "PASSWORD"))

    with pytest.raises(UnsupportedChallenge, match="Choose PASSWORD, which is offered too"):
        challenge.answer("PASSWORD_SRP")
    assert "PASSWORD" == challenge.answer("PASSWORD", password="pw").responses["ANSWER"]


@pytest.mark.parametrize(
    ("choice", "proof", "of"),
    [
        ("EMAIL_OTP", {"password": "pw"}, "PASSWORD"),
        ("WEB_AUTHN", {"password": "pw"}, "PASSWORD"),
        ("PASSWORD", {"credential": "{}"}, "WEB_AUTHN"),
    ],
)
def test_a_proof_of_another_choice(choice: str, proof: dict[str, Any], of: str) -> None:
    """A password is sent with the choice of the password and no other, a credential with that of a passkey."""
    challenge = SelectChallenge(**WHO)
    assert {of, *proof.values()} <= set(challenge.answer(of, **proof).responses.values())
    assert choice == challenge.answer(choice).responses["ANSWER"]

    (name,) = proof
    with pytest.raises(InvalidData, match=f"^{name} goes with the choice {of} and no other"):
        challenge.answer(choice, **proof)


def test_a_user_of_ones_own() -> None:
    """An answer is for the user whose challenge it is: the SECRET_HASH is over that name."""
    challenge = UnknownChallenge(**WHO, name="FINGER_PRINT")

    with pytest.raises(InvalidData, match=r"^USERNAME is the challenge's own"):
        challenge.answer(USERNAME="other", FINGER="left")
    assert WHO["username"] == challenge.answer(FINGER="left").responses["USERNAME"]


@pytest.mark.parametrize("attributes", [["name"], [], "name", 5, {1: "x"}, {None: "x"}])
def test_attributes_that_are_no_mapping(attributes: Any) -> None:
    """What is no mapping of names is refused by a sentence; a mapping and nothing are taken."""
    challenge = NewPasswordRequired(**WHO)

    with pytest.raises(InvalidData, match=r"^attributes must be a mapping of names to strings"):
        challenge.answer("N3w passw0rd", attributes=attributes)
    for known in ({"name": "Jane"}, {}, None):
        responses = challenge.answer("N3w passw0rd", attributes=known).responses
        assert (2 + len(known or ())) == len(responses)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("PASSWORD_VERIFIER", "ALLOW_USER_PASSWORD_AUTH"),
        ("PASSWORD_SRP", "ALLOW_USER_PASSWORD_AUTH"),
        ("DEVICE_SRP_AUTH", "device_key"),
        ("DEVICE_PASSWORD_VERIFIER", "device_key"),
    ],
)
def test_srp_says_why(name: str, advice: str) -> None:
    """An SRP challenge explains itself, and answering it raises the same explanation."""
    challenge = SrpChallenge(**WHO, name=name)

    assert advice in challenge.reason
    with pytest.raises(UnsupportedChallenge, match=advice) as refusal:
        challenge.answer()
    assert refusal.value.challenge == name


@pytest.mark.parametrize("credential", ["", "[]", "5", "{", None, 5, {"id": {1, 2}}, {"id": b""}])
def test_credentials_that_are_no_json_object(credential: Any) -> None:
    """A credential that is not a JSON object is the browser's fault: InvalidData."""
    with pytest.raises(InvalidData, match="credential"):
        WebAuthn(**WHO).answer(credential)


def test_request_options_are_the_caller_s() -> None:
    """The options for the browser are a new dict each time."""
    challenge = WebAuthn(**WHO, request_options_json=json.dumps(OPTIONS))

    challenge.request_options.clear()

    assert OPTIONS == challenge.request_options


def test_require_tokens() -> None:
    """Demanding tokens of a challenge raises ChallengeRequired, which carries it."""
    challenge = SmsMfa(**WHO)

    with pytest.raises(ChallengeRequired, match="SMS_MFA") as refusal:
        challenge.require_tokens()
    assert refusal.value.challenge is challenge
    assert "client.respond(challenge.answer(...))" in str(refusal.value)


@pytest.mark.parametrize(
    ("challenge", "cure"),
    [
        (MfaSetup(**WHO), "client.mfa.associate(challenge)"),
        (SrpChallenge(**WHO, name="PASSWORD_VERIFIER"), "ALLOW_USER_PASSWORD_AUTH"),
        (SrpChallenge(**WHO, name="DEVICE_SRP_AUTH"), "without device_key"),
    ],
)
def test_the_cure_is_the_challenges_own(challenge: Challenge, cure: str) -> None:
    """Where answer() alone does not lead on, ChallengeRequired says what does."""
    with pytest.raises(ChallengeRequired) as refusal:
        challenge.require_tokens()

    assert f"Cognito asks for {challenge.name} before it gives tokens. " in str(refusal.value)
    assert cure in str(refusal.value)
    assert "answer(...)" not in str(refusal.value)


@pytest.mark.parametrize("challenge", CHALLENGES, ids=NAMES)
def test_immutable_and_guarded(challenge: Challenge) -> None:
    """A challenge cannot be changed or pickled, copies are itself, and its repr hides the session."""
    with pytest.raises(AttributeError):
        challenge.username = "joe"  # type: ignore[misc]
    with pytest.raises(
        TypeError, match=rf"^{type(challenge).__name__} holds .* challenge\.to_dict"
    ):
        pickle.dumps(challenge)
    assert copy.copy(challenge) is challenge
    assert copy.deepcopy(challenge) is challenge
    assert SESSION not in repr(challenge)
    assert SESSION not in str(challenge)


def test_the_name_is_the_class_s() -> None:
    """A challenge that has a class of its own cannot be given another's name."""
    assert SmsMfa(**WHO, name="EMAIL_OTP").name == "SMS_MFA"


def test_answers_are_guarded() -> None:
    """An answer's repr shows no secret, and it is not pickled."""
    answer = SoftwareTokenMfa(**WHO).answer("135792")

    assert "135792" not in repr(answer) + repr(answer.responses)
    assert SESSION not in repr(answer)
    with pytest.raises(TypeError, match=r"^ChallengeAnswer holds .* challenge's to_dict\(\)\.$"):
        pickle.dumps(answer)


@pytest.mark.parametrize("shell_kind", SHELLS)
def test_another_client_s_challenge(shell_kind: str) -> None:
    """A client refuses to answer another app client's challenge, before any call; its own it answers."""
    shell = Shell.of(shell_kind)
    foreign = SmsMfa(username="jane", client_id="another1client").answer("1")

    with pytest.raises(ConfigurationError, match="another app client"):
        shell.run(lambda client: client.respond(foreign))
    assert [] == shell.sent


@pytest.mark.parametrize("shell_kind", SHELLS)
def test_a_challenge_is_no_answer(shell_kind: str) -> None:
    """Sending the challenge itself is refused with the way to do it right."""
    shell = Shell.of(shell_kind)

    with pytest.raises(ConfigurationError, match=r"challenge\.answer"):
        shell.run(lambda client: client.respond(SmsMfa(**WHO)))


def test_answers_fit_the_service_model() -> None:
    """What answer() makes is what RespondToAuthChallenge takes."""
    for name, answer, _ in ANSWERS:
        check_request(
            "RespondToAuthChallenge",
            {
                "ClientId": CLIENT,
                "ChallengeName": name,
                "ChallengeResponses": dict(answer().responses),
            },
        )
