"""Requests and replies held against the service model of the botocore that is installed.

botocore itself checks names, types, required members and minima, and quotes the value at fault.
The service also checks enums, maxima and patterns, and answers without quoting secrets. Both is
done here in one walk, so that a request refused by either is refused by the fake.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cognitokit.errors import ConfigurationError
from cognitokit.testing.fake.refusal import ServiceModelMismatch, invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, TypeAlias

    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    Path: TypeAlias = tuple[str | int, ...]

_VISIBLE = r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+"
_PATTERNS = {
    # Cognito takes spaces inside a password, and its own error text gives this pattern.
    "PasswordType": r"^[\S]+.*[\S]+$",
}
_ERRORS_IN_TEXT = {
    # The description of ForceAliasCreation names it.
    ("AdminCreateUser", "AliasExistsException"),
}
COMMON_ERRORS = frozenset(
    {
        "AccessDeniedException",
        "ExpiredTokenException",
        "ForbiddenException",
        "IncompleteSignature",
        "InternalErrorException",
        "InternalFailure",
        "InternalServerError",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "OptInRequired",
        "RequestExpired",
        "RequestTimeoutException",
        "SerializationException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "UnknownOperationException",
        "UnrecognizedClientException",
        "ValidationError",
        "ValidationException",
    }
)
"""What any operation may answer, listed among its errors or not: AWS's common errors, and what stands before Cognito."""

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list, tuple),
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "boolean": (bool,),
}


@lru_cache(maxsize=1)
def loader() -> Loader:
    """Return what reads botocore's data files, each once a process."""
    from botocore.loaders import Loader  # noqa: PLC0415 - slow to import, and not before a call

    return Loader()


@lru_cache(maxsize=1)
def service_model() -> ServiceModel:
    """Return Cognito's service model as the installed botocore has it."""
    from botocore.model import ServiceModel  # noqa: PLC0415 - slow to import, and not before a call

    return ServiceModel(loader().load_service_model("cognito-idp", "service-2"), "cognito-idp")


def knows(operation: str) -> bool:
    """Whether the installed botocore has the operation."""
    return operation in service_model().operation_names


def check_request(operation: str, params: Mapping[str, Any]) -> None:
    """Refuse what real Cognito, or boto3 before it, would refuse.

    An operation newer than the installed botocore is taken unchecked.

    Raises:
        ServiceModelMismatch: A member is unknown, missing or of a wrong type.
        Refused: InvalidParameterException: a value is outside its enum, length, range or pattern.
    """
    if not knows(operation):
        return
    shape = service_model().operation_model(operation).input_shape
    complaints = list(_complaints(params, shape, ()))
    for complaint in complaints:
        if complaint.structural:
            raise ServiceModelMismatch(f"{operation}'s request: {complaint.text}")
    if complaints:
        plural = "s" if len(complaints) > 1 else ""
        texts = "; ".join(complaint.text for complaint in complaints)
        raise invalid_parameter(f"{len(complaints)} validation error{plural} detected: {texts}")


def check_reply(operation: str, reply: Mapping[str, Any], *, open_enums: bool = False) -> None:
    """Refuse a reply that real Cognito could not give.

    Args:
        operation: Cognito's name of the operation.
        reply: The members of the response.
        open_enums: Take values that the installed model does not list.

    Raises:
        ServiceModelMismatch: The reply does not fit; the message names the member, not its value.
    """
    if not knows(operation):
        return
    shape = service_model().operation_model(operation).output_shape
    for complaint in _complaints(reply, shape, ()):
        if complaint.structural or not open_enums:
            raise ServiceModelMismatch(f"{operation}'s reply: {complaint.text}")


def check_error(operation: str, code: str) -> None:
    """Refuse an error that the operation does not have.

    Raises:
        ServiceModelMismatch: The model does not list the code among the operation's errors.
    """
    if knows(operation) and not has_error(operation, code):
        raise ServiceModelMismatch(f"{operation} has no {code}.")


@cache
def error_codes(operation: str | None) -> frozenset[str]:
    """Return the codes of the errors that an operation may give, or any may; those of every one with None.

    An operation newer than the installed botocore may give every one too.
    """
    model = service_model()
    if operation is None or not knows(operation):
        shapes = (model.operation_model(name).error_shapes for name in model.operation_names)
        return COMMON_ERRORS | {shape.name for each in shapes for shape in each}
    own = {shape.name for shape in model.operation_model(operation).error_shapes}
    in_text = {code for name, code in _ERRORS_IN_TEXT if name == operation}
    return COMMON_ERRORS | own | in_text


def has_error(operation: str, code: str) -> bool:
    """Whether the installed model, or the text beside it, gives the operation that error."""
    shapes = service_model().operation_model(operation).error_shapes
    return code in {shape.name for shape in shapes} or (operation, code) in _ERRORS_IN_TEXT


def check_settings(settings: Mapping[str, Any], *operations: str) -> None:
    """Refuse settings that are no members of any of these operations' requests.

    Raises:
        ConfigurationError: A setting is unknown, of a wrong type, or outside its enum, length,
            range or pattern.
    """
    known: dict[str, Any] = {}
    for name in operations:
        shape: Any = service_model().operation_model(name).input_shape
        known |= shape.members
    for name, value in settings.items():
        if name not in known:
            raise ConfigurationError(
                f"{name} is not a setting that {' or '.join(operations)} takes; "
                f"those are {', '.join(sorted(known))}."
            )
        for complaint in _complaints(value, known[name], (name,)):
            raise ConfigurationError(complaint.text)


class _Complaint(NamedTuple):
    text: str
    structural: bool
    """Whether a name or type is wrong, which boto3 would not send; else it is a value."""


def _complaints(value: Any, shape: Any, path: Path) -> Iterator[_Complaint]:
    """Walk a value along its shape (a botocore.model.Shape; None: no members)."""
    if shape is None:
        yield from (_Complaint(f"it has no {name}.", structural=True) for name in value)
        return
    if shape.type_name == "structure" and shape.is_document_type:
        return
    if not _is_of_type(value, shape.type_name):
        yield _Complaint(
            f"{_python_path(path)} must be a {shape.type_name}, not {type(value).__name__}.",
            structural=True,
        )
        return
    for rule in _broken_rules(value, shape):
        where = _cognito_path(path)
        yield _Complaint(
            f"Value at '{where}' failed to satisfy constraint: Member must {rule}", structural=False
        )
    if shape.type_name == "structure":
        yield from _member_complaints(value, shape, path)
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            yield from _complaints(item, shape.member, (*path, index))
    elif shape.type_name == "map":
        for name, item in value.items():
            yield from _complaints(name, shape.key, path)
            yield from _complaints(item, shape.value, (*path, name))


def _member_complaints(value: Any, shape: Any, path: Path) -> Iterator[_Complaint]:
    for name in shape.metadata.get("required", ()):
        if name not in value:
            yield _Complaint(f"{_python_path((*path, name))} is required.", structural=True)
    for name, item in value.items():
        if name in shape.members:
            yield from _complaints(item, shape.members[name], (*path, name))
        else:
            yield _Complaint(
                f"{_python_path((*path, name))} is unknown; known are {', '.join(shape.members)}.",
                structural=True,
            )


def _is_of_type(value: Any, kind: str) -> bool:
    if kind == "timestamp":
        return isinstance(value, datetime)
    types = _PYTHON_TYPES.get(kind)
    # bool is an int to Python and is none to Cognito.
    return types is None or (
        isinstance(value, types) and isinstance(value, bool) == (kind == "boolean")
    )


def _python_path(path: Path) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).lstrip(".") or "it"


def _cognito_path(path: Path) -> str:
    return ".".join(
        f"{part + 1}.member" if isinstance(part, int) else part[:1].lower() + part[1:]
        for part in path
    )


def _broken_rules(value: Any, shape: Any) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    measured = shape.type_name in {"string", "list", "map"}
    size = len(value) if measured else value
    what = "have length" if measured else "have value"
    if low is not None and size < low:
        yield f"{what} greater than or equal to {low}"
    if high is not None and size > high:
        yield f"{what} less than or equal to {high}"
    if shape.type_name == "string":
        if not _is_unicode(value):
            yield "be text without lone surrogates"
        allowed = shape.metadata.get("enum")
        if allowed and value not in allowed:
            yield f"satisfy enum value set: [{', '.join(allowed)}]"
        pattern = _PATTERNS.get(shape.name) or shape.metadata.get("pattern")
        if pattern and value and not _matcher(pattern)(value):
            yield f"satisfy regular expression pattern: {pattern}"


def _is_unicode(text: str) -> bool:
    """Whether it can be sent: JSON and Python know halves of characters, UTF-8 does not."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=64)
def _matcher(pattern: str) -> Callable[[str], object]:
    if pattern.strip("^$") == _VISIBLE:
        return lambda text: all(unicodedata.category(letter)[0] in "LMSNP" for letter in text)
    if r"\p{" in pattern:
        # Those left allow white space as well: nothing that a caller could type is outside them.
        return lambda _text: True
    return re.compile(pattern, re.ASCII).fullmatch
