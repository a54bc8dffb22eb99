"""A server that answers every request with one sign-in's reply, as fast as it can, in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator

from cognitokit.testing import TokenMint


def reply() -> bytes:
    """The HTTP response to a successful InitiateAuth."""
    mint = TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")
    result = {
        "AccessToken": mint.access_token(),
        "IdToken": mint.id_token(),
        "RefreshToken": "r" * 1_000,
        "ExpiresIn": 3600,
        "TokenType": "Bearer",
    }
    body = json.dumps({"AuthenticationResult": result, "ChallengeParameters": {}}).encode()
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\n"
        f"x-amzn-RequestId: 11111111-2222-4333-8444-555555555555\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def serve() -> None:
    """Print the port, and answer until standard input ends."""
    answer = reply()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(
            asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError
        ):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length or 0))
                writer.write(answer)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


@contextlib.contextmanager
def replies() -> Iterator[str]:
    """Run the server while the context is open; gives its address."""
    command = [sys.executable, "-m", "benchmarks.replies"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        assert process.stdin is not None
        process.stdin.close()


if __name__ == "__main__":
    asyncio.run(serve())
