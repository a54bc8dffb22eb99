"""Any operation by its own name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cognitokit.client.calls import Call
from cognitokit.errors import ConfigurationError, OperationNotEnabled
from cognitokit.errors.service import UNKNOWN_OPERATION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.calls import Flow

_OPERATION = re.compile(r"[A-Z][A-Za-z0-9]{2,63}", re.ASCII)


def call(operation: object, params: Mapping[str, Any]) -> Flow[Mapping[str, Any]]:
    """Send one call and return the response's members.

    Raises:
        ConfigurationError: There is no operation of that name.
    """
    if not isinstance(operation, str) or _OPERATION.fullmatch(operation) is None:
        raise ConfigurationError(
            "operation must be Cognito's name of one, such as 'DescribeUserPool'."
        )
    try:
        reply = yield Call(operation, params)
    except OperationNotEnabled as error:
        if error.code not in UNKNOWN_OPERATION:
            raise
        refusal = ConfigurationError(
            f"Cognito does not know the operation {operation}: check its name, and whether the "
            "pool's region has it."
        )
    else:
        return reply.body
    raise refusal
