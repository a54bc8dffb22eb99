"""What protecting a route costs, and what it costs with other libraries: `nox -s bench`.

Each application is served by processes of its own and asked by this one over several connections
at once, so that there is always a request waiting. The applications take turns, round by round.
What counts is what the serving process computes for a request, which says how many requests a
core can answer and does not depend on what else the machine does; the rates that were seen stand
beside it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from benchmarks.bars import Bar, judge, ratios, title
from benchmarks.served_apps import (
    FASTAPI,
    FASTAPI_BARE,
    FASTAPI_COGNITO,
    FASTAPI_REQUIRE,
    FASTAPI_SUM,
    FLASK,
    FLASK_BARE,
    FLASK_COGNITO_LIB,
    FLASK_SUM,
    SETTINGS,
    Settings,
)
from cognitokit.testing import TokenMint

PROCESSES = 5
"""How many processes serve each application, one after another: some are slower than their like."""
ROUNDS = 30
"""How often the applications take turns while their processes live: often, for a machine changes its speed."""
REQUESTS = 40
CONNECTIONS = 4
PATIENCE = 30

ROOM = 1.15
"""How much more a protected route may cost than an unprotected one and one verification."""


class Cost(NamedTuple):
    """What one request cost."""

    computed: float
    """Microseconds that the serving process computed."""
    elapsed: float
    """Microseconds until the answer to the next one could be sent for."""


class Server:
    """A served application.

    Args:
        port: Where.
        headers: What every request carries.
        keeps: Whether it keeps connections open from one request to the next.
    """

    def __init__(self, port: int, headers: str, *, keeps: bool) -> None:
        self._port = port
        self._headers = headers
        self._keeps = keeps
        self._open: list[socket.socket] = []

    def cost(self) -> Cost:
        """Ask for the route many times."""
        request = self._request("/tasks")
        before, begin = self._computed(), time.perf_counter_ns()
        for _ in range(REQUESTS // CONNECTIONS):
            asked = [self._ask(request) for _ in range(CONNECTIONS)]
            for each in asked:
                status, _ = self._answer(each)
                assert status == 200, f"it answered {status}"
        elapsed = time.perf_counter_ns() - begin
        computed = self._computed() - before
        return Cost(computed / REQUESTS / 1000, elapsed / REQUESTS / 1000)

    def status(self, headers: str = "") -> int:
        """What the route answers."""
        return self._answer(self._ask(self._request("/tasks", headers)))[0]

    def close(self) -> None:
        """Close the connections."""
        for each in self._open:
            each.close()

    def _computed(self) -> int:
        _, body = self._answer(self._ask(self._request("/computed")))
        nanoseconds: int = json.loads(body)["nanoseconds"]
        return nanoseconds

    def _request(self, path: str, headers: str | None = None) -> bytes:
        given = self._headers if headers is None else headers
        return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{given}\r\n".encode()

    def _ask(self, request: bytes) -> socket.socket:
        if self._open:
            connection = self._open.pop()
        else:
            connection = socket.create_connection(("127.0.0.1", self._port), PATIENCE)
        connection.sendall(request)
        return connection

    def _answer(self, connection: socket.socket) -> tuple[int, bytes]:
        received = b""
        while b"\r\n\r\n" not in received:
            received += _more(connection)
        head, _, body = received.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
        while len(body) < length:
            body += _more(connection)
        if self._keeps:
            self._open.append(connection)
        else:
            connection.close()
        return int(lines[0].split()[1]), body


def _more(connection: socket.socket) -> bytes:
    more = connection.recv(65536)
    assert more, "the server closed the connection"
    return more


@contextlib.contextmanager
def served(name: str, settings: Settings) -> Iterator[Server]:
    """Serve an application for as long as the context is open."""
    on_flask = name in {FLASK_BARE, FLASK_SUM, FLASK, FLASK_COGNITO_LIB}
    is_open = name in {FASTAPI_BARE, FASTAPI_SUM, FLASK_BARE, FLASK_SUM}
    with socket.create_server(("127.0.0.1", 0)) as listening, contextlib.ExitStack() as stack:
        number = listening.fileno()
        if on_flask:
            command = ["gunicorn", f"--bind=fd://{number}", "--log-level=error"]
            command += ["--no-control-socket", f"benchmarks.served_apps:flask_app({name!r})"]
        else:
            command = ["benchmarks.served_apps", name, str(number)]
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", *command],
            env={**os.environ, SETTINGS: json.dumps(settings)},
            pass_fds=[number],
        )
        stack.callback(process.wait, PATIENCE)
        stack.callback(process.terminate)
        headers = f"Authorization: Bearer {settings.token}\r\n"
        if name == FLASK_COGNITO_LIB:
            headers = f"Cookie: cognito_access_token={settings.token}\r\n"
        server = Server(listening.getsockname()[1], headers, keeps=not on_flask)
        stack.callback(server.close)
        without = server.status()
        assert (without == 200) == is_open, f"{name} answers {without} without a token"
        yield server


def measure(names: Sequence[str], settings: Settings) -> dict[str, list[Cost]]:
    """Let the applications take turns."""
    seen: dict[str, list[Cost]] = {name: [] for name in names}
    for _ in range(PROCESSES):
        with contextlib.ExitStack() as stack:
            servers = {name: stack.enter_context(served(name, settings)) for name in names}
            for server in servers.values():
                server.cost()
            for _ in range(ROUNDS):
                for name, server in servers.items():
                    seen[name].append(server.cost())
    return seen


class Framework(NamedTuple):
    """What is compared on one framework."""

    heading: str
    bare: str
    """The unprotected route."""
    verifying: str
    """The same, whose view verifies a token: what protection cannot do without."""
    ours: Sequence[str]
    peer: str
    least: float
    """How many times the peer's computing must be of ours."""


ON_FASTAPI = Framework(
    "A protected route on FastAPI, served by uvicorn",
    FASTAPI_BARE,
    FASTAPI_SUM,
    [FASTAPI, FASTAPI_REQUIRE],
    FASTAPI_COGNITO,
    1.5,
)
ON_FLASK = Framework(
    "A protected route on Flask, served by gunicorn",
    FLASK_BARE,
    FLASK_SUM,
    [FLASK],
    FLASK_COGNITO_LIB,
    3.0,
)


def report(compared: Framework, settings: Settings) -> None:
    """Print the table of one framework, and its bars."""
    title(compared.heading)
    peer = compared.peer
    names = [compared.bare, compared.verifying, *compared.ours]
    if importlib.util.find_spec(peer.replace("-", "_")) is not None:
        names.append(peer)
    seen = measure(names, settings)
    computed = {name: [cost.computed for cost in costs] for name, costs in seen.items()}
    of_bare, of_both = ratios(computed, compared.bare), ratios(computed, compared.verifying)
    print(f"  {'':38}{'computing':>14}{'requests/s':>12}{'of unprotected':>16}")
    for name, costs in seen.items():
        microseconds = statistics.median(computed[name])
        rate = 1e6 / statistics.median(cost.elapsed for cost in costs)
        print(f"  {name:38}{microseconds:11.0f} us{rate:12.0f}{of_bare[name]:16.2f}")
    if peer not in seen:
        print(f"  {peer} is left out: it cannot be imported.")
    print()
    bars = [
        Bar(f"{name}, of unprotected and verifying", of_both[name], ROOM) for name in compared.ours
    ]
    if peer in seen:
        # Against the one that checks as much as the peer does.
        like = compared.ours[0]
        times = ratios(computed, like)[peer]
        bars.append(Bar(f"{peer}, of {like}", times, compared.least, at_least=True))
    judge(bars)


def main() -> None:
    """Print both frameworks' tables."""
    mint = TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")
    with mint.serve() as server:
        settings = Settings.of(mint, server.pool.jwks_uri)
        report(ON_FASTAPI, settings)
        report(ON_FLASK, settings)


if __name__ == "__main__":
    main()
