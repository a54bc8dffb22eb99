"""Transports that answer from a script, and clients of both kinds that run one over them."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import anyio

from cognitokit.client.aio.client import AsyncCognitoClient
from cognitokit.client.calls import Call
from cognitokit.client.retry import Retry
from cognitokit.client.sync.client import CognitoClient
from cognitokit.errors import CognitoKitError
from tests.client.service_model import check_reply, check_request

POOL = "eu-west-1_AbCdEfGhI"
CLIENT = "1example23456789"
NOW = 1_800_000_000
SHELLS = ("threads", "asyncio", "trio")

Answer = Mapping[str, Any] | CognitoKitError


@dataclass
class Script:
    """The answers to come, and the calls that came. Holds every one against the service model."""

    answers: list[Answer]
    calls: list[Call] = field(default_factory=list)
    checked: bool = True

    def next_answer(self, call: Call) -> Mapping[str, Any]:
        """Record the call and give the next answer."""
        self.calls.append(call)
        if self.checked:
            check_request(call.operation, call.params)
        answer = self.answers.pop(0)
        if isinstance(answer, CognitoKitError):
            raise answer
        if self.checked:
            check_reply(call.operation, answer)
        return answer

    @property
    def sent(self) -> list[tuple[str, Mapping[str, Any]]]:
        """The calls as operation and members."""
        return [(call.operation, call.params) for call in self.calls]


@dataclass
class ScriptedTransport:
    """Answers from a script."""

    script: Script

    def send(self, call: Call) -> Mapping[str, Any]:
        """See Transport.send."""
        return self.script.next_answer(call)


@dataclass
class AsyncScriptedTransport:
    """Answers from a script, awaited."""

    script: Script

    async def send(self, call: Call) -> Mapping[str, Any]:
        """See AsyncTransport.send."""
        await anyio.lowlevel.checkpoint()
        return self.script.next_answer(call)


@dataclass
class Shell:
    """One of the two clients, run to the end: whatever it returns is awaited and listed."""

    kind: str
    script: Script
    options: dict[str, Any]
    slept: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, kind: str, *answers: Answer, checked: bool = True, **options: Any) -> Self:
        """Make one that gets these answers."""
        return cls(kind, Script(list(answers), checked=checked), options)

    def run(self, use: Callable[[Any], Any]) -> Any:
        """Return what a use of the client gives."""
        settings = {
            "client_id": CLIENT,
            "clock": lambda: NOW,
            "retry": Retry(attempts=1),
            **self.options,
        }
        if self.kind == "threads":
            client = CognitoClient(
                POOL, transport=ScriptedTransport(self.script), sleep=self.slept.append, **settings
            )
            result = use(client)
            return list(result) if isinstance(result, Iterator) else result
        return anyio.run(self._run, use, settings, backend=self.kind)

    async def _run(self, use: Callable[[Any], Any], settings: dict[str, Any]) -> Any:
        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        client = AsyncCognitoClient(
            POOL, transport=AsyncScriptedTransport(self.script), sleep=sleep, **settings
        )
        result = use(client)
        if hasattr(result, "__aiter__"):
            return [item async for item in result]
        return await result if inspect.isawaitable(result) else result

    @property
    def sent(self) -> list[tuple[str, Mapping[str, Any]]]:
        """The calls as operation and members."""
        return self.script.sent
