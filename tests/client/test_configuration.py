"""What the clients and their methods are given: taken, or refused before any call, with the cure."""

import importlib.metadata
import inspect
import traceback
from collections.abc import Callable
from dataclasses import replace
from enum import Enum, StrEnum
from operator import attrgetter
from typing import Any

import pytest

from cognitokit import (
    AccessToken,
    AsyncCognitoClient,
    CognitoClient,
    NewPasswordRequired,
    SoftwareTokenMfa,
    Tokens,
    TotpSetup,
    UserContext,
    UserFilter,
    UserPool,
)
from cognitokit.client.secret_hash import secret_hash
from cognitokit.client.transports import defaults
from cognitokit.errors import (
    ConfigurationError,
    EnableSoftwareTokenMFA,
    FlowNotEnabled,
    InvalidParameter,
    OperationNotEnabled,
    UnsupportedChallenge,
    service_error_class,
)
from tests.client.scripted import CLIENT, POOL, SHELLS, Shell

CLIENTS: list[Any] = [CognitoClient, AsyncCognitoClient]
GOOD: dict[str, Any] = {"pool": POOL, "client_id": CLIENT}


@pytest.mark.parametrize("make", CLIENTS)
@pytest.mark.parametrize(
    ("change", "cure"),
    [
        ({"pool": "eu-west-1"}, "looks like"),
        ({"pool": None}, "looks like"),
        ({"client_id": ""}, "console"),
        ({"client_id": None}, "console"),
        ({"client_id": "two words"}, "console"),
        ({"client_id": "x" * 129}, "console"),
        ({"client_secret": ""}, "leave it out"),
        ({"client_secret": "two words"}, "leave it out"),
        ({"client_secret": 5}, "leave it out"),
        ({"rotation_grace": -1}, "RetryGracePeriodSeconds"),
        ({"rotation_grace": 61}, "RetryGracePeriodSeconds"),
        ({"rotation_grace": "10"}, "RetryGracePeriodSeconds"),
        ({"rotation_grace": float("nan")}, "RetryGracePeriodSeconds"),
        ({"transport": 0}, "transport must have"),
    ],
)
def test_bad_settings(make: Any, change: dict[str, Any], cure: str) -> None:
    """A malformed setting is refused when the client is made, by a sentence that names the cure."""
    assert make(**GOOD).client_id == CLIENT
    with pytest.raises(ConfigurationError, match=cure):
        make(**{**GOOD, **change})


@pytest.mark.parametrize("make", CLIENTS)
def test_unknown_options(make: Any) -> None:
    """An option that does not exist is a TypeError of Python's, which names it."""
    with pytest.raises(TypeError, match="client_sekret"):
        make(**GOOD, client_sekret="x")


@pytest.mark.parametrize("make", CLIENTS)
def test_a_pool_or_its_id(make: Any) -> None:
    """The pool may be given as an id or as a UserPool."""
    pool = UserPool(POOL, endpoint_url="http://localhost:9000")

    assert pool == make(pool, client_id=CLIENT).pool
    assert UserPool(POOL) == make(POOL, client_id=CLIENT).pool


@pytest.mark.parametrize("make", CLIENTS)
def test_from_env(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings come from the environment or a mapping, under either of their names; options go before."""
    environ = {
        "COGNITO_USER_POOL_ID": POOL,
        "COGNITO_CLIENT_ID": CLIENT,
        "AWS_COGNITO_USER_POOL_CLIENT_SECRET": "shh" * 8,
        "COGNITO_ENDPOINT_URL": "http://localhost:9000",
    }
    client = make.from_env(environ)
    assert (POOL, CLIENT) == (client.pool.id, client.client_id)
    assert client.pool.endpoint == "http://localhost:9000"
    assert client._app.client_secret == "shh" * 8

    chosen = make.from_env(
        environ, client_id="another1client", client_secret=None, pool="us-east-1_AbCd"
    )
    assert ("us-east-1_AbCd", "another1client") == (chosen.pool.id, chosen.client_id)
    assert chosen._app.client_secret is None

    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert make.from_env().client_id == CLIENT


@pytest.mark.parametrize("make", CLIENTS)
@pytest.mark.parametrize("missing", ["COGNITO_USER_POOL_ID", "COGNITO_CLIENT_ID"])
def test_from_env_without(make: Any, missing: str) -> None:
    """A variable that is missing is named."""
    environ = {"COGNITO_USER_POOL_ID": POOL, "COGNITO_CLIENT_ID": CLIENT}
    del environ[missing]

    with pytest.raises(ConfigurationError, match=missing):
        make.from_env(environ)


FULL_CONTEXT = UserContext(ip_address="192.0.2.1", server_name="x", server_path="/")
ADMIN_NEEDS = ("ip_address", "server_name", "server_path")
BAD_CALLS: list[tuple[str, Callable[[Any], Any], type[Exception], str]] = [
    (
        "srp flow",
        lambda c: c.sign_in("jane", "pw", flow="USER_SRP_AUTH"),
        ConfigurationError,
        "USER_AUTH",
    ),
    (
        "admin flow for users",
        lambda c: c.sign_in("jane", "pw", flow="ADMIN_USER_PASSWORD_AUTH"),
        ConfigurationError,
        r"flow must be one of USER_PASSWORD_AUTH, USER_AUTH, CUSTOM_AUTH\.$",
    ),
    (
        "preferred srp",
        lambda c: c.sign_in_with_choice("jane", preferred="PASSWORD_SRP"),
        UnsupportedChallenge,
        r"^PASSWORD_SRP is left out of this library; prefer PASSWORD",
    ),
    (
        "attributes that are no mapping",
        lambda c: c.sign_up("jane", "pw", attributes=[("email", "x")]),
        ConfigurationError,
        "attributes must be a mapping",
    ),
    (
        "attributes that are no strings",
        lambda c: c.admin.create_user("jane", attributes={"email_verified": True}),
        ConfigurationError,
        "'true'",
    ),
    (
        "metadata that is no string",
        lambda c: c.sign_up("jane", "pw", client_metadata={"a": 1}),
        ConfigurationError,
        "client_metadata",
    ),
    ("one name", lambda c: c.delete_attributes("token", "name"), ConfigurationError, "names"),
    ("odd names", lambda c: c.delete_attributes("token", ["a", 5]), ConfigurationError, "names"),
    ("no names", lambda c: c.delete_attributes("token", []), ConfigurationError, "names"),
    (
        "no flow",
        lambda c: c.admin.sign_in("jane", "pw", flow="REFRESH"),
        ConfigurationError,
        r"USER_AUTH, CUSTOM_AUTH, ADMIN_USER_PASSWORD_AUTH, ADMIN_NO_SRP_AUTH\.$",
    ),
    *(
        (
            f"admin context without {missing}",
            lambda c, missing=missing: c.admin.sign_in(
                "jane",
                "pw",
                user_context=replace(FULL_CONTEXT, **{missing: None}),
            ),
            ConfigurationError,
            "ip_address, server_name and server_path",
        )
        for missing in ADMIN_NEEDS
    ),
    (
        "no refresh token",
        lambda c: c.refresh(Tokens(access_token="a", expires_in=1, expires_at=1)),
        ConfigurationError,
        "no refresh token",
    ),
    ("empty refresh token", lambda c: c.revoke(""), ConfigurationError, "no refresh token"),
    (
        "an operation",
        lambda c: c.call("describe_user_pool"),
        ConfigurationError,
        "DescribeUserPool",
    ),
    ("no operation", lambda c: c.call(5), ConfigurationError, "DescribeUserPool"),
    ("no setup", lambda c: c.mfa.verify("secret", "123456"), ConfigurationError, "associate"),
    (
        "a number as code",
        lambda c: c.mfa.verify(TotpSetup(secret="A" * 16, access_token="a"), 12345),
        ConfigurationError,
        "code must be a str",
    ),
    (
        "another challenge",
        lambda c: c.mfa.associate(SoftwareTokenMfa(username="j", client_id="c", session="s")),
        ConfigurationError,
        "no SOFTWARE_TOKEN_MFA: it takes an MfaSetup",
    ),
    (
        "no attributes to update",
        lambda c: c.update_attributes("token", {}),
        ConfigurationError,
        "^attributes must be a mapping of strings with at least one",
    ),
    (
        "None to update",
        lambda c: c.admin.update_attributes("jane", None),
        ConfigurationError,
        "^attributes must be a mapping of strings with at least one",
    ),
    (
        "a list as metadata",
        lambda c: c.sign_in("jane", "pw", client_metadata=[]),
        ConfigurationError,
        "^client_metadata must be a mapping",
    ),
    *(
        (
            f"a context that is none, {number}",
            use,
            ConfigurationError,
            "^user_context must be a UserContext",
        )
        for number, use in enumerate(
            (
                lambda c: c.sign_in("jane", "pw", user_context={"ip_address": "192.0.2.1"}),
                lambda c: c.sign_up("jane", "pw", user_context={}),
                lambda c: c.forgot_password("jane", user_context="192.0.2.1"),
                lambda c: c.admin.sign_in("jane", "pw", user_context={"ip_address": "x"}),
                lambda c: c.respond(
                    NewPasswordRequired(username="j", client_id=CLIENT).answer("pw"),
                    user_context=0,
                ),
            )
        )
    ),
    (
        "a list as flow",
        lambda c: c.sign_in("jane", "pw", flow=["USER_AUTH"]),
        ConfigurationError,
        "^flow must be one of",
    ),
    (
        "a list as preference",
        lambda c: c.mfa.set_preference("token", preferred=["SMS_MFA"]),
        ConfigurationError,
        "^preferred must be one of",
    ),
    (
        "a verified token",
        lambda c: c.get_user(AccessToken({"sub": "x"}, "raw")),
        ConfigurationError,
        r"of a verified token its \.raw\.$",
    ),
    ("nobody", lambda c: c.mfa.associate(None), ConfigurationError, "Tokens or their access token"),
    ("bytes", lambda c: c.get_user(b"token"), ConfigurationError, "Tokens or their access token"),
    (
        "unknown preference",
        lambda c: c.mfa.set_preference("token", preferred="SMS"),
        ConfigurationError,
        "SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP",
    ),
    (
        "preferred and off",
        lambda c: c.mfa.set_preference("token", sms=False, preferred="SMS_MFA"),
        ConfigurationError,
        "switched off",
    ),
]


@pytest.mark.parametrize("kind", SHELLS)
@pytest.mark.parametrize(
    ("use", "error", "cure"), [row[1:] for row in BAD_CALLS], ids=[row[0] for row in BAD_CALLS]
)
def test_bad_arguments(
    kind: str, use: Callable[[Any], Any], error: type[Exception], cure: str
) -> None:
    """An argument that cannot work is refused before any call, by a sentence that names the cure."""
    shell = Shell.of(kind)

    with pytest.raises(error, match=cure):
        shell.run(use)
    assert [] == shell.sent


OPTIONS = {
    "attributes": 5,
    "client_metadata": {"a": 1},
    "delivery": "EMAIL",
    "names": "name",
    "validation_data": ["a"],
}
"""Option -> a value that it cannot have."""


def methods_with_options() -> list[tuple[str, str]]:
    """Every method of the client and of its parts that has one of these options."""
    client = CognitoClient(POOL, client_id=CLIENT)
    found = []
    for part in ("", "admin"):
        thing = getattr(client, part) if part else client
        for name, method in inspect.getmembers(thing, inspect.ismethod):
            if not name.startswith("_"):
                path = f"{part}.{name}".lstrip(".")
                found += [
                    (path, option)
                    for option in OPTIONS
                    if option in inspect.signature(method).parameters
                ]
    return found


@pytest.mark.parametrize(("path", "option"), methods_with_options())
def test_options_of_wrong_types(path: str, option: str) -> None:
    """Wherever an option of this name occurs, a value of a wrong type is refused by that name."""
    shell = Shell.of("threads")

    def use(client: Any) -> Any:
        method = attrgetter(path)(client)
        needed = [
            item.name
            for item in inspect.signature(method).parameters.values()
            if item.default is item.empty and item.kind is item.POSITIONAL_OR_KEYWORD
        ]
        given: dict[str, Any] = {name: "x" for name in needed if name != option}
        if "answer" in given:
            given["answer"] = NewPasswordRequired(username="jane", client_id=CLIENT).answer("pw")
        if "attributes" in given:
            given["attributes"] = {"a": "b"}
        return method(**given, **{option: OPTIONS[option]})

    with pytest.raises(ConfigurationError, match=rf"^{option} must be"):
        shell.run(use)
    assert [] == shell.sent


class Name(StrEnum):
    """Names as an application may keep them."""

    EMAIL = "email"
    MEDIUM = "EMAIL"


class Mixed(str, Enum):  # noqa: UP042 - what older code has
    """The same, as before Python 3.11."""

    NAME = "name"


@pytest.mark.parametrize("kind", SHELLS)
def test_names_of_an_enum(kind: str) -> None:
    """Strings of an enum are strings: they are sent as what they stand for."""
    shell = Shell.of(kind, {}, {}, {"User": {"Username": "jane"}}, {})

    shell.run(lambda c: c.update_attributes("token", {Name.EMAIL: "x", "name": Mixed.NAME}))
    shell.run(lambda c: c.delete_attributes("token", [Name.EMAIL, Mixed.NAME]))
    shell.run(lambda c: c.admin.create_user("jane", delivery=[Name.MEDIUM]))

    updated, deleted, created = (members for _, members in shell.sent)
    assert [
        {"Name": "email", "Value": "x"},
        {"Name": "name", "Value": "name"},
    ] == updated["UserAttributes"]
    assert ["email", "name"] == deleted["UserAttributeNames"]
    assert ["EMAIL"] == created["DesiredDeliveryMediums"]
    texts = [*deleted["UserAttributeNames"], *created["DesiredDeliveryMediums"]]
    texts += [text for item in updated["UserAttributes"] for text in item.values()]
    assert {str} == set(map(type, texts))


@pytest.mark.parametrize(
    ("members", "cure"),
    [
        ({"ip_address": 5}, "ip_address must be a str"),
        ({"encoded_data": b"x"}, "encoded_data must be a str"),
        ({"server_name": ["x"]}, "server_name must be a str"),
        ({"server_path": 5}, "server_path must be a str"),
        ({"http_headers": [("a", "b")]}, "http_headers must be a mapping of strings"),
        ({"http_headers": {"a": 1}}, "http_headers must be a mapping of strings"),
        ({"http_headers": []}, "http_headers must be a mapping of strings"),
    ],
)
def test_what_no_context_is_made_of(members: dict[str, Any], cure: str) -> None:
    """A member of a wrong type is refused when the context is made, by its name."""
    assert UserContext(ip_address="192.0.2.1", http_headers={"a": "b"}).for_user()
    with pytest.raises(ConfigurationError, match=f"^{cure}"):
        UserContext(**members)


@pytest.mark.parametrize("kind", SHELLS)
@pytest.mark.parametrize("code", ["UnknownOperationException", "InvalidAction"])
def test_an_operation_that_cognito_does_not_know(kind: str, code: str) -> None:
    """call() with a name that is none says so, over HTTP too; a switched-off operation is another matter."""
    unknown = service_error_class(code)("no", code=code)

    with pytest.raises(ConfigurationError, match="NoSuchOperation: check its name"):
        Shell.of(kind, unknown, checked=False).run(lambda c: c.call("NoSuchOperation"))
    with pytest.raises(OperationNotEnabled):
        Shell.of(kind, OperationNotEnabled("off"), checked=False).run(lambda c: c.call("GetThat"))


SECRET = "0123456789abcdefghijklmnopqrstuv"


@pytest.mark.parametrize("kind", SHELLS)
def test_bad_arguments_beside_a_secret(kind: str) -> None:
    """With a secret, a username is needed for the older refresh, and must be a string everywhere."""
    for use, cure in (
        (lambda client: client.refresh_legacy("refresh"), "username="),
        (lambda client: client.sign_up(None), "username must be a string"),
    ):
        shell = Shell.of(kind, client_secret=SECRET)
        with pytest.raises(ConfigurationError, match=cure):
            shell.run(use)
        assert [] == shell.sent


@pytest.mark.parametrize("kind", SHELLS)
@pytest.mark.parametrize(
    ("use", "names"),
    [
        (lambda c: c.sign_up("jane", "pw"), ["SecretHash"]),
        (lambda c: c.confirm_sign_up("jane", "1"), ["SecretHash"]),
        (lambda c: c.resend_confirmation_code("jane"), ["SecretHash"]),
        (lambda c: c.forgot_password("jane"), ["SecretHash"]),
        (lambda c: c.confirm_forgot_password("jane", "1", "pw"), ["SecretHash"]),
        (lambda c: c.sign_in("jane", "pw"), ["AuthParameters", "SECRET_HASH"]),
        (lambda c: c.admin.sign_in("jane", "pw"), ["AuthParameters", "SECRET_HASH"]),
        (lambda c: c.sign_in_with_choice("jane"), ["AuthParameters", "SECRET_HASH"]),
        (lambda c: c.sign_in_with_custom_auth("jane"), ["AuthParameters", "SECRET_HASH"]),
        (lambda c: c.refresh_legacy("r", username="jane"), ["AuthParameters", "SECRET_HASH"]),
        (
            lambda c: c.respond(
                NewPasswordRequired(username="jane", client_id=CLIENT).answer("pw")
            ),
            ["ChallengeResponses", "SECRET_HASH"],
        ),
    ],
)
def test_where_the_secret_hash_goes(kind: str, use: Callable[[Any], Any], names: list[str]) -> None:
    """With a secret every call that names a user carries the hash over that name, and never the secret."""
    shell = Shell.of(kind, InvalidParameter(), client_secret=SECRET)

    with pytest.raises(InvalidParameter):
        shell.run(use)

    [(_, params)] = shell.sent
    found: Any = params
    for name in names:
        found = found[name]
    assert found == secret_hash("jane", CLIENT, SECRET)
    assert SECRET not in str(params)


@pytest.mark.parametrize("kind", SHELLS)
@pytest.mark.parametrize("use", [lambda c: c.refresh("r"), lambda c: c.revoke("r")])
def test_where_the_secret_itself_goes(kind: str, use: Callable[[Any], Any]) -> None:
    """The two operations that take no hash carry the secret."""
    shell = Shell.of(kind, InvalidParameter(), client_secret=SECRET)

    with pytest.raises(InvalidParameter):
        shell.run(use)
    assert SECRET == shell.sent[0][1]["ClientSecret"]


def test_secret_hash() -> None:
    """The hash is HMAC-SHA256 of username and client id under the secret, in base64."""
    # printf 'jane1example23456789' | openssl dgst -sha256 -hmac '0123456789abcdefghijklmnopqrstuv' -binary | base64
    assert secret_hash("jane", CLIENT, SECRET) == "Nff2/YOqv7RF6L8oGHfhHyeIbJUN9WB9uGfWtyMkYKw="


@pytest.mark.parametrize("kind", SHELLS)
@pytest.mark.parametrize(
    ("use", "flows"),
    [
        (lambda c: c.sign_in("jane", "pw"), ("ALLOW_USER_PASSWORD_AUTH",)),
        (lambda c: c.sign_in("jane", "pw", flow="USER_AUTH"), ("ALLOW_USER_AUTH",)),
        (lambda c: c.sign_in_with_choice("jane"), ("ALLOW_USER_AUTH",)),
        (lambda c: c.sign_in_with_custom_auth("jane"), ("ALLOW_CUSTOM_AUTH",)),
        (lambda c: c.refresh_legacy("r"), ("ALLOW_REFRESH_TOKEN_AUTH",)),
        (lambda c: c.admin.sign_in("jane", "pw"), ("ALLOW_ADMIN_USER_PASSWORD_AUTH",)),
        (
            lambda c: c.admin.sign_in("jane", "pw", flow="ADMIN_NO_SRP_AUTH"),
            ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"),
        ),
    ],
)
@pytest.mark.parametrize(
    "message",
    [
        "USER_PASSWORD_AUTH flow not enabled for this client",
        "Auth flow not enabled for this client",
        "CUSTOM_AUTH is not enabled for the client.",
    ],
)
def test_flow_not_enabled(
    kind: str, use: Callable[[Any], Any], flows: tuple[str, ...], message: str
) -> None:
    """However Cognito words it, a flow that the app client lacks is told with what to enable."""
    refused = InvalidParameter(message, operation="InitiateAuth", request_id="r-1")
    shell = Shell.of(kind, refused)

    with pytest.raises(FlowNotEnabled, match=f"Enable {flows[0]}") as raised:
        shell.run(use)
    assert (flows, message, "r-1") == (
        raised.value.flows,
        raised.value.message,
        raised.value.request_id,
    )
    assert raised.value.__context__ is None


@pytest.mark.parametrize("kind", SHELLS)
def test_other_invalid_parameters_stay(kind: str) -> None:
    """Another InvalidParameter is not taken for a flow that is not enabled."""
    shell = Shell.of(kind, InvalidParameter("Missing required parameter USERNAME"))

    with pytest.raises(InvalidParameter) as raised:
        shell.run(lambda client: client.sign_in("", "pw"))
    assert type(raised.value) is InvalidParameter


@pytest.mark.parametrize("kind", SHELLS)
def test_a_setup_that_fails(kind: str) -> None:
    """A software token that Cognito could not verify is an error, not a result."""
    shell = Shell.of(kind, {"Status": "ERROR"})

    with pytest.raises(EnableSoftwareTokenMFA, match=r": Cognito could not verify the code\.$"):
        shell.run(lambda client: client.mfa.verify(TotpSetup(secret="A" * 16), "123456"))


def test_filters() -> None:
    """A filter is one attribute that Cognito searches by, and a value that is quoted."""
    assert str(UserFilter.equals("email", "jane@example.com")) == 'email = "jane@example.com"'
    assert str(UserFilter.starts_with("name", 'J"\\')) == 'name ^= "J\\"\\\\"'
    with pytest.raises(ConfigurationError, match="preferred_username"):
        UserFilter.equals("custom:plan", "free")
    with pytest.raises(ConfigurationError, match="must be a string"):
        UserFilter.equals("username", 5)  # type: ignore[arg-type]


def test_user_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls name this library and its version; where the distribution's data are stripped, its name alone."""
    monkeypatch.setattr(importlib.metadata, "version", {"cognitokit": "1.2.3"}.__getitem__)
    defaults.user_agent.cache_clear()
    assert "cognitokit/1.2.3" == defaults.user_agent()

    def stripped(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", stripped)
    defaults.user_agent.cache_clear()
    assert defaults.user_agent() == "cognitokit"
    defaults.user_agent.cache_clear()


def test_closing_what_cannot_be_closed() -> None:
    """A transport without connections needs no closing."""
    shell = Shell.of("threads", {"Username": "jane"})

    shell.run(lambda client: client.close())
    shell.run(lambda client: client.__enter__().__exit__(None, None, None))
    Shell.of("asyncio").run(lambda client: client.aclose())


@pytest.mark.parametrize("kind", SHELLS)
@pytest.mark.parametrize(
    "use",
    [
        lambda c: c.get_user(b"t0ken"),
        lambda c: c.mfa.get_factors(b"t0ken"),
        lambda c: c.mfa.set_preference(b"t0ken", sms=True),
        lambda c: c.passkeys.list(b"t0ken"),
        lambda c: c.sessions.list(b"t0ken"),
        lambda c: c.devices.get(b"t0ken", "key"),
    ],
)
def test_what_is_no_access_token_stays_out_of_the_flows_frames(
    kind: str, use: Callable[[Any], Any]
) -> None:
    """An access token of a wrong type is refused, and no frame below the method shows it."""
    shell = Shell.of(kind)

    with pytest.raises(ConfigurationError, match="Tokens or their access token") as raised:
        shell.run(use)

    told = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    below = [frame for frame in told.stack if "client/flows/" in frame.filename]
    assert not [frame for frame in below if "t0ken" in repr(frame.locals)]
