"""The exception tree."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.loaders import Loader

from cognitokit import errors
from cognitokit.errors import CognitoKitError, ServiceError


def _tree(cls: type[CognitoKitError] = CognitoKitError) -> Iterator[type[CognitoKitError]]:
    for child in cls.__subclasses__():
        if child.__module__.startswith(errors.__name__):
            yield child
            yield from _tree(child)


ALL = sorted(_tree(), key=lambda cls: cls.__name__)


def _example(cls: type[CognitoKitError]) -> CognitoKitError:
    arguments: dict[type, tuple[tuple[Any, ...], dict[str, Any]]] = {
        errors.InvalidClaim: (("iss",), {"expected": "https://issuer.example"}),
        errors.MissingDependency: (("ministack", "local"), {}),
        errors.ChallengeRequired: ((SimpleNamespace(name="SMS_MFA"), "Do this."), {}),
        errors.UnsupportedChallenge: (("Why.",), {"challenge": "PASSWORD_VERIFIER"}),
        errors.LoginError: (("state",), {}),
        errors.FlowNotEnabled: (
            ("Why.",),
            {"flows": ["ALLOW_USER_AUTH"], "operation": "InitiateAuth"},
        ),
        errors.MissingGroup: ((), {"expected": ["admin"]}),
        errors.KeysUnavailable: ((), {"retry_after": 2.5}),
    }
    args, options = arguments.get(cls, ((), {}))
    return cls(*args, **options)


@pytest.mark.parametrize("cls", ALL)
def test_every_error_is_documented_and_complete(cls: type[CognitoKitError]) -> None:
    """Each class has a docstring of its own, a status, and says whether to retry."""
    error = _example(cls)

    assert "__doc__" in cls.__dict__
    assert 400 <= error.http_status <= 599
    assert error.retryable in {True, False}


@pytest.mark.parametrize("cls", ALL)
def test_every_error_survives_a_process_boundary(cls: type[CognitoKitError]) -> None:
    """Task queues and process pools pickle exceptions; nothing is lost on the way."""
    error = _example(cls)

    other = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own

    assert type(error) is type(other)
    assert str(error) == str(other)
    assert vars(error) == vars(other)


def test_the_drawing_shows_every_group() -> None:
    """The tree at the top of the module names each class once, but for the leaves of ServiceError."""
    drawn = re.findall(r"[├└]── (\w+)", errors.__doc__ or "")

    leaves = {cls for cls in ALL if issubclass(cls, ServiceError) and not cls.__subclasses__()}
    assert sorted(cls.__name__ for cls in ALL if cls not in leaves) == sorted(drawn)


def test_the_module_lists_what_it_loads_late() -> None:
    """ServiceError's classes are found by completion and by import; any other name is refused as usual."""
    assert {"NotAuthorized", "ServiceError", "TokenError"} <= set(dir(errors))
    assert issubclass(errors.NotAuthorized, ServiceError)
    assert not hasattr(errors, "NotAnError")
    assert not hasattr(errors, "_with_code")
    assert [] == [name for name in dir(errors) if not hasattr(errors, name)]


@pytest.mark.parametrize(
    "cls, reason",
    [
        (errors.MalformedToken, "malformed"),
        (errors.UnsupportedAlgorithm, "algorithm"),
        (errors.UnknownKey, "key_not_found"),
        (errors.UntrustedKey, "key_invalid"),
        (errors.InvalidSignature, "signature"),
        (errors.ExpiredToken, "expired"),
        (errors.NotYetValidToken, "not_yet_valid"),
    ],
)
def test_token_errors_have_stable_reasons(cls: type[errors.TokenError], reason: str) -> None:
    """The reason is a word to count by; the status is 401."""
    assert (reason, 401, None) == (cls().reason, cls().http_status, cls().claim)


def test_an_invalid_claim_names_it() -> None:
    """The claim and what was expected are attributes; the message names them."""
    error = errors.InvalidClaim("iss", expected=("a", "b"))

    assert ("claim", "iss", ("a", "b")) == (error.reason, error.claim, error.expected)
    assert "The token's iss claim is not acceptable; expected: a, b." == str(error)


@pytest.mark.parametrize(
    ("expected", "told"),
    [(None, "."), ((), "."), (300, "."), (tuple("abcd"), "; expected: a, b, c, d."), (tuple("abcde"), "; expected: a, b, c, d, ....")],
)  # fmt: skip
def test_an_invalid_claim_tells_a_few_of_many(expected: object, told: str) -> None:
    """A verifier of a hundred app clients does not name them all, and what is no list is not told."""
    error = errors.InvalidClaim("client_id", expected=expected)

    assert f"The token's client_id claim is not acceptable{told}" == str(error)
    assert expected == error.expected


@pytest.mark.parametrize(
    "cls, claim", [(errors.MissingScope, "scope"), (errors.MissingGroup, "cognito:groups")]
)
def test_lacking_permission_is_not_a_bad_token(
    cls: type[errors.InsufficientPermission], claim: str
) -> None:
    """A good token without the right is 403, and stands beside the token errors."""
    error = cls(expected=["a", "b"])

    assert not isinstance(error, errors.TokenError)
    assert ("forbidden", 403, claim) == (error.reason, error.http_status, error.claim)
    assert ("a", "b") == error.expected


def test_unavailable_keys_are_our_fault() -> None:
    """An outage of the key endpoint is 503, worth a retry, and never the token's fault."""
    error = errors.KeysUnavailable(retry_after=2.5)

    assert ("keys_unavailable", 503, True, 2.5) == (
        error.reason,
        error.http_status,
        error.retryable,
        error.retry_after,
    )
    assert not isinstance(error, errors.TokenError)


def test_configuration_errors_are_value_errors() -> None:
    """Code that knows nothing of this library catches them by the built-in name."""
    assert issubclass(errors.ConfigurationError, ValueError)
    assert issubclass(errors.InvalidData, ValueError)


def test_a_missing_package_names_the_command() -> None:
    """The message is the cure."""
    error = errors.MissingDependency("ministack", "local")

    assert isinstance(error, ImportError)
    assert 'ministack is not installed. Install it with: pip install "cognitokit[local]"' == str(
        error
    )
    assert 'pip install "segno"' in str(errors.MissingDependency("segno"))


def test_a_required_challenge_is_carried() -> None:
    """The challenge travels with the error, so that a caller can go on from there."""
    challenge: Any = SimpleNamespace(name="SMS_MFA")

    error = errors.ChallengeRequired(challenge)

    assert challenge is error.challenge
    assert "SMS_MFA" in str(error)
    assert "client.respond(challenge.answer(...))" in str(error)
    assert str(errors.ChallengeRequired(challenge, "Do this.")).endswith("gives tokens. Do this.")


def _modelled() -> set[str]:
    model = Loader().load_service_model("cognito-idp", "service-2")
    return {name for name, shape in model["shapes"].items() if shape.get("exception")}


def test_every_modelled_error_has_its_class() -> None:
    """Whatever the installed service model can raise has a class, found by its code."""
    missing = _modelled() - set(errors.MODELLED_ERRORS)

    assert set() == missing


@pytest.mark.parametrize("code, cls", sorted(errors.MODELLED_ERRORS.items()))
def test_a_code_finds_its_class(code: str, cls: type[ServiceError]) -> None:
    """The class is named after the code, and carries it."""
    assert cls is errors.service_error_class(code)
    assert code == cls("m").code
    stem = code.removesuffix("Exception")
    assert cls.__name__ in {stem, stem.removesuffix("Error"), "InternalServerError"}


@pytest.mark.parametrize(
    "code, cls, retryable",
    [
        ("ThrottlingException", errors.TooManyRequests, True),
        ("ServiceUnavailable", errors.ServiceFault, True),
        ("ExpiredTokenException", errors.CredentialsRejected, False),
        ("ValidationException", errors.InvalidParameter, False),
        ("LimitExceededException", errors.LimitExceeded, False),
        ("SerializationException", errors.InvalidParameter, False),
        ("MissingParameter", errors.InvalidParameter, False),
        ("RequestEntityTooLargeException", errors.InvalidParameter, False),
        ("MalformedHttpRequestException", errors.InvalidParameter, False),
        ("UnknownOperationException", errors.OperationNotEnabled, False),
        ("InvalidAction", errors.OperationNotEnabled, False),
        ("RequestTimeoutException", errors.ServiceFault, True),
        ("RequestAbortedException", errors.ServiceFault, True),
        ("RequestTimeTooSkewed", errors.CredentialsRejected, False),
        ("AuthFailure", errors.CredentialsRejected, False),
        ("NotAuthorized", errors.AccessDenied, False),
        ("SlowDown", errors.TooManyRequests, True),
        ("BrandNewException", ServiceError, False),
    ],
)
def test_other_codes_find_a_fitting_class(
    code: str, cls: type[ServiceError], retryable: bool
) -> None:
    """What any AWS service may answer has a class too; a code nobody knows is the plain one."""
    found = errors.service_error_class(code)

    assert cls is found
    assert retryable is found.retryable


def test_a_service_error_keeps_the_facts() -> None:
    """Code, message, operation and request id are attributes, and the text has them but the id."""
    error = errors.UserNotFound("User does not exist.", operation="InitiateAuth", request_id="r1")

    assert ("UserNotFoundException", "User does not exist.") == (error.code, error.message)
    assert ("InitiateAuth", "r1") == (error.operation, error.request_id)
    assert "UserNotFoundException from InitiateAuth: User does not exist." == str(error)


def test_an_unknown_code_is_kept() -> None:
    """A code that no class has is still the error's code."""
    error = ServiceError("New.", code="BrandNewException")

    assert "BrandNewException" == error.code
    assert "BrandNewException from Cognito: New." == str(error)


def test_a_flow_that_is_not_enabled_names_the_cure() -> None:
    """The flows to enable are an attribute and part of the text."""
    error = errors.FlowNotEnabled(
        "USER_PASSWORD_AUTH flow not enabled for this client",
        flows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"],
        operation="InitiateAuth",
    )

    assert isinstance(error, errors.InvalidParameter)
    assert ("ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH") == error.flows
    assert str(error).endswith(
        "not enabled for this client. "
        "Enable ALLOW_USER_PASSWORD_AUTH or ALLOW_USER_AUTH on the app client: "
        "in the console under App clients, the client, Edit, Authentication flows."
    )
    assert str(errors.FlowNotEnabled("The flow is off")).endswith(": The flow is off.")


@pytest.mark.parametrize("message", ["Unable to verify secret hash for client x", "No.", "No!"])
def test_a_wrong_client_secret_names_the_cure(message: str) -> None:
    """It is no wrong password, and the text says where the secret goes, in sentences."""
    error = errors.WrongClientSecret(message, code="NotAuthorizedException")

    assert not isinstance(error, errors.NotAuthorized)
    assert 500 == error.http_status
    assert str(error) == (
        f"NotAuthorizedException from Cognito: {message.rstrip('.!')}"
        f"{message[-1] if message[-1] in '.!' else '.'} "
        "Give the app client's secret with client_secret= or COGNITO_CLIENT_SECRET; "
        "leave it out where the app client has none."
    )
