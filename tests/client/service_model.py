"""Requests and replies held against the service model of the botocore that is installed."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.loaders
from botocore.model import OperationModel, ServiceModel, StringShape
from botocore.validate import ParamValidator

from cognitokit.client.operations import PUBLIC_OPERATIONS, SIGNED_OPERATIONS


@cache
def service_model() -> ServiceModel:
    """Cognito's service model."""
    loaded = botocore.loaders.Loader().load_service_model("cognito-idp", "service-2")
    return ServiceModel(loaded, "cognito-idp")


def challenge_names() -> list[str]:
    """The names of the challenges."""
    shape = service_model().shape_for("ChallengeNameType")
    assert isinstance(shape, StringShape)
    return shape.enum


def operation_model(operation: str) -> OperationModel | None:
    """The model of one operation; None for one that is newer than the installed botocore."""
    if operation not in service_model().operation_names:
        assert operation in PUBLIC_OPERATIONS | SIGNED_OPERATIONS
        return None
    return service_model().operation_model(operation)


NEWER = {
    "SetUserMFAPreference": {"WebAuthnMfaSettings"},
    "AdminSetUserMFAPreference": {"WebAuthnMfaSettings"},
}
"""Members that the oldest supported botocore does not know yet."""


def check_request(operation: str, params: Mapping[str, Any]) -> None:
    """Fail where a member's name or type is not the model's, or a required one is missing."""
    model = operation_model(operation)
    if model is not None:
        known = model.input_shape.members if model.input_shape else {}
        unknown = NEWER.get(operation, set()) - set(known)
        checked = {name: value for name, value in params.items() if name not in unknown}
        _check(checked, model.input_shape, f"{operation}'s request")


def check_reply(operation: str, body: Mapping[str, Any]) -> None:
    """The same for a reply: a test's own canned answers have to be ones that Cognito can give."""
    model = operation_model(operation)
    if model is not None and model.output_shape is None:
        assert {} == body, f"{operation} answers nothing"
    elif model is not None:
        _check(body, model.output_shape, f"{operation}'s reply")


def _check(members: Mapping[str, Any], shape: Any, what: str) -> None:
    report = ParamValidator().validate(members, shape)

    assert not report.has_errors(), f"{what}: {report.generate_report()}"
