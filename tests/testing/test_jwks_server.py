"""The JWKS server and its faults, asked by plain http.client."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import threading
import time
from urllib.parse import urlsplit

import pytest

from cognitokit import ConfigurationError
from cognitokit.testing import JwksServer, TokenMint


@pytest.fixture
def mint() -> TokenMint:
    """A mint of some pool."""
    return TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")


def get(server: JwksServer, path: str | None = None, timeout: float = 5) -> tuple[int, bytes]:
    """Fetch the keys, or another path, over a connection of its own."""
    address = urlsplit(server.pool.jwks_uri)
    connection = http.client.HTTPConnection(address.netloc, timeout=timeout)
    try:
        connection.request("GET", path or address.path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_server_publishes_the_keys_of_now(mint: TokenMint) -> None:
    """The answer is the mint's JWK set of the moment, at the pool's own path."""
    with mint.serve() as server:
        before = get(server)
        mint.rotate()
        after = get(server)

    assert 200 == before[0] == after[0]
    assert mint.jwks == json.loads(after[1])
    assert json.loads(before[1])["keys"] == mint.jwks["keys"][2:]


def test_pool_is_the_real_one_but_for_the_keys_address(mint: TokenMint) -> None:
    """The served pool keeps id, issuers and endpoint."""
    with mint.serve() as server:
        pool = server.pool

        assert f"{server.url}/{mint.pool.id}/.well-known/jwks.json" == pool.jwks_uri
    assert (mint.pool.id, mint.pool.issuers, mint.pool.endpoint) == (
        pool.id,
        pool.issuers,
        pool.endpoint,
    )


def test_requests_are_counted(mint: TokenMint) -> None:
    """Every request counts, those for unknown paths too."""
    with mint.serve() as server:
        assert 0 == server.requests
        get(server)
        assert (404, b"") == get(server, "/elsewhere")
        assert 2 == server.requests
        assert (f"/{mint.pool.id}/.well-known/jwks.json", "/elsewhere") == server.paths


def test_down_breaks_connections_until_recovery(mint: TokenMint) -> None:
    """A server that is down gives no byte of an answer; recovered, it gives keys."""
    with mint.serve() as server:
        server.down()
        with pytest.raises(http.client.RemoteDisconnected):
            get(server)
        server.recover()

        assert 200 == get(server)[0]
        assert 2 == server.requests


def test_error_status_comes_without_keys(mint: TokenMint) -> None:
    """fail() answers with the status that it was given."""
    with mint.serve() as server:
        server.fail(503)

        assert (503, b"") == get(server)


def test_slow_answers_after_the_delay(mint: TokenMint) -> None:
    """A slow server answers, but not before its delay is over."""
    with mint.serve() as server:
        server.slow(0.1)
        begin = time.monotonic()

        assert 200 == get(server)[0]
        assert time.monotonic() - begin >= 0.1


def test_drip_sends_byte_by_byte(mint: TokenMint) -> None:
    """A dripping server's answer is whole in the end, and takes its time for each byte."""
    with mint.serve() as server:
        server.drip(0.0001)
        begin = time.monotonic()
        status, body = get(server)

        assert (200, mint.jwks) == (status, json.loads(body))
        assert time.monotonic() - begin >= 0.0001 * len(body)


def test_a_connection_outlives_a_drip(mint: TokenMint) -> None:
    """When the last byte is sent the connection takes the next request."""
    with mint.serve() as server:
        server.drip(0.0001)
        address = urlsplit(server.pool.jwks_uri)
        connection = http.client.HTTPConnection(address.netloc, timeout=5)
        answers = []
        for _ in range(2):
            connection.request("GET", address.path)
            answers.append(connection.getresponse().read())
        connection.close()

    assert [mint.jwks, mint.jwks] == [json.loads(answer) for answer in answers]


def test_a_client_that_hangs_up(mint: TokenMint, capfd: pytest.CaptureFixture[str]) -> None:
    """A connection that is torn down in the middle of an answer leaves no trace in the output."""
    before = threading.active_count()
    with mint.serve() as server:
        server.drip(0.001)
        address = urlsplit(server.pool.jwks_uri)
        with socket.create_connection((str(address.hostname), int(address.port or 0))) as client:
            client.sendall(f"GET {address.path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            client.recv(1)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        while threading.active_count() > before + 1:  # the server's own thread stays
            time.sleep(0.001)

    assert "" == capfd.readouterr().err


@pytest.mark.parametrize("fault", ["slow", "drip"])
def test_closing_does_not_wait_for_a_fault(mint: TokenMint, fault: str) -> None:
    """Leaving the context ends a request that would take an hour."""
    errors: list[Exception] = []

    def ask() -> None:
        try:
            get(server, timeout=30)
        except (OSError, http.client.HTTPException) as error:
            errors.append(error)

    with mint.serve() as server:
        getattr(server, fault)(3600)
        thread = threading.Thread(target=ask)
        thread.start()
        while not server.requests:
            time.sleep(0.001)
        begin = time.monotonic()
    thread.join(timeout=5)

    assert time.monotonic() - begin < 2
    assert 1 == len(errors)


def test_any_answer_can_be_set(mint: TokenMint) -> None:
    """answer() sends status, headers and body as given."""
    with mint.serve() as server:
        server.answer(status=302, body=b"<html>", headers={"Location": "https://example.com/"})

        assert (302, b"<html>") == get(server)


def test_fault_of_the_keys_source_is_not_hidden(
    mint: TokenMint, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error in what makes the keys breaks the connection and is shown; a client that gives up is not."""

    def broken() -> dict[str, object]:
        raise LookupError

    with JwksServer(mint.pool, broken) as server, pytest.raises(http.client.RemoteDisconnected):
        get(server)
    shown = capsys.readouterr().err
    with mint.serve() as server:
        server.drip(0.01)
        with pytest.raises(TimeoutError):
            get(server, timeout=0.001)

    assert "LookupError" in shown
    assert "" == capsys.readouterr().err


def test_address_is_known_only_while_it_runs(mint: TokenMint) -> None:
    """Outside its context the server has no address, and says what to do; it can be entered again."""
    server = mint.serve()
    with pytest.raises(ConfigurationError, match="with statement"):
        _ = server.url
    with server:
        assert 200 == get(server)[0]
    with pytest.raises(ConfigurationError, match="with statement"):
        _ = server.url
    with server:
        assert 200 == get(server)[0]
