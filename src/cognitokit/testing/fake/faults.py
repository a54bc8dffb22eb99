"""Throttling, outages and answers on demand."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cognitokit.client.calls import Call
from cognitokit.client.failures import service_error
from cognitokit.errors import ConfigurationError, ServiceError, TransportError
from cognitokit.testing.fake import service_model
from cognitokit.testing.fake.operations import exists

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, TypeAlias

    Error: TypeAlias = "str | ServiceError | TransportError | type[ServiceError | TransportError]"


@dataclass(slots=True)
class Fault:
    """What happens to the next calls of an operation, or of any."""

    operation: str | None
    times: int
    error: Error | None = None
    reply: Mapping[str, Any] | None = field(default=None, repr=False)
    after_effect: bool = False


class FaultBook:
    """The faults that are still to come, the oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Note a fault.

        Raises:
            ConfigurationError: It is none that a transport could meet.
        """
        if fault.operation is not None and not exists(fault.operation):
            raise ConfigurationError(
                f"{fault.operation!r} is not an operation of the user pools API."
                f"{_meant(fault.operation, service_model.service_model().operation_names)}"
            )
        if fault.times < 1:
            raise ConfigurationError("times must be at least 1.")
        if fault.error is not None and not _is_error(fault.error):
            raise ConfigurationError(
                "An error is one of Cognito's codes ('TooManyRequestsException'), or a ServiceError or "
                "TransportError of cognitokit.errors."
            )
        if isinstance(fault.error, str):
            codes = service_model.error_codes(fault.operation)
            if fault.error not in codes:
                raise ConfigurationError(
                    f"{fault.operation or 'Cognito'} has no error {fault.error!r}."
                    f"{_meant(fault.error, codes)} "
                    "For one all the same, give cognitokit.errors.ServiceError('text', code=...)."
                )
        self._faults.append(fault)

    def take(self, operation: str) -> Fault | None:
        """Return what happens to this call, if anything, and count it."""
        for fault in self._faults:
            if fault.operation in {None, operation}:
                fault.times -= 1
                if not fault.times:
                    self._faults.remove(fault)
                return fault
        return None


def exception(
    error: Error, operation: str, params: Mapping[str, Any], request_id: str
) -> Exception:
    """Return the exception that a transport would raise for it."""
    call = Call(operation, params)
    if isinstance(error, str):
        return service_error(
            call, code=error, message="Made by fail_next().", request_id=request_id
        )
    if isinstance(error, (ServiceError, TransportError)):
        return error
    if issubclass(error, TransportError):
        return error(operation=operation)
    return error("Made by fail_next().", operation=operation, request_id=request_id)


def _meant(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def _is_error(error: object) -> bool:
    if isinstance(error, type):
        return issubclass(error, (ServiceError, TransportError))
    return isinstance(error, (str, ServiceError, TransportError))
