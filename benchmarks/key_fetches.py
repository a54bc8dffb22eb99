"""How often keys are fetched, and what memory forged tokens leave behind: `nox -s bench`.

These are counts and bytes: they do not depend on how busy the machine is.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gc
import json
import logging
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import trio

from benchmarks.bars import Bar, judge, title
from benchmarks.candidates import PYJWT, Unavailable, peer, unpadded
from cognitokit import AsyncCognitoVerifier, CognitoVerifier
from cognitokit.errors import CognitoKitError
from cognitokit.testing import TokenMint

AT_ONCE = 100
FLOOD = 1_000
FORGED = 10_000
ANSWER_AFTER = 0.2
"""Seconds that the server takes, so that all are waiting when the first keys arrive."""

mint = TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")
GOOD = mint.access_token()


def verifier(server: Any, **options: Any) -> CognitoVerifier[Any]:
    """A verifier of the mint's tokens that fetches from the server."""
    return CognitoVerifier(server.pool, client_id=mint.client_id, token_use="access", **options)


def async_verifier(server: Any) -> AsyncCognitoVerifier[Any]:
    """Same as verifier(), for tasks."""
    return AsyncCognitoVerifier(server.pool, client_id=mint.client_id, token_use="access")


def unsigned(number: int, **claims: Any) -> str:
    """A token of an unknown kid, or with other claims; its signature is nobody's."""
    signed = mint.access_token(headers={"kid": f"forged {number}"}, **claims)
    return f"{signed.rpartition('.')[0]}.{GOOD.rpartition('.')[2]}"


def refused(verify: Callable[[str], object], tokens: Iterable[str]) -> None:
    """Show tokens that must all be refused."""
    for raw in tokens:
        try:
            verify(raw)
        except Exception:  # noqa: BLE001, S112 - peers raise what they like
            continue
        raise AssertionError("a forged token was accepted")


def threads() -> int:
    """Fetches of many threads on a cold cache."""
    with mint.serve() as server, ThreadPoolExecutor(AT_ONCE) as pool:
        server.slow(ANSWER_AFTER)
        shared, together = verifier(server), threading.Barrier(AT_ONCE)

        def one() -> str:
            together.wait()
            return str(shared.verify(GOOD).sub)

        done = [pool.submit(one) for _ in range(AT_ONCE)]
        assert {mint.sub("jane")} == {each.result() for each in done}
        return server.requests


def asyncio_tasks() -> int:
    """Fetches of many asyncio tasks on a cold cache."""
    with mint.serve() as server:
        server.slow(ANSWER_AFTER)
        shared = async_verifier(server)

        async def main() -> None:
            await asyncio.gather(*(shared.verify(GOOD) for _ in range(AT_ONCE)))

        asyncio.run(main())
        return server.requests


def trio_tasks() -> int:
    """Fetches of many trio tasks on a cold cache."""
    with mint.serve() as server:
        server.slow(ANSWER_AFTER)
        shared = async_verifier(server)

        async def main() -> None:
            async with trio.open_nursery() as nursery:
                for _ in range(AT_ONCE):
                    nursery.start_soon(shared.verify, GOOD)

        trio.run(main)
        return server.requests


def unknown_kids(tokens: list[str]) -> tuple[int, float]:
    """Fetches that a flood of unknown kids causes, and the seconds that it took."""
    with mint.serve() as server:
        shared = verifier(server)
        shared.verify(GOOD)
        before, begin = server.requests, time.monotonic()
        refused(shared.verify, tokens)
        return server.requests - before, time.monotonic() - begin


def dead_endpoint() -> tuple[int, float]:
    """Fetches of verifications while the endpoint breaks every connection, and the seconds."""
    with mint.serve() as server:
        server.down()
        shared, begin = verifier(server), time.monotonic()
        refused(shared.verify, [GOOD] * FLOOD)
        return server.requests, time.monotonic() - begin


def pyjwt_fetches(tokens: list[str]) -> tuple[int, int]:
    """What PyJWKClient makes of both floods."""
    jwt = peer("jwt")
    with mint.serve() as server:
        client = jwt.PyJWKClient(server.pool.jwks_uri)
        client.get_signing_key_from_jwt(GOOD)
        before = server.requests
        refused(client.get_signing_key_from_jwt, tokens)
        flood = server.requests - before
    with mint.serve() as server:
        server.down()
        client = jwt.PyJWKClient(server.pool.jwks_uri)
        refused(client.get_signing_key_from_jwt, [GOOD] * FLOOD)
        return flood, server.requests


def memory() -> float:
    """Kilobytes that tokens of forged kids or issuers leave behind, half of either."""
    shared: CognitoVerifier[Any] = mint.verifier(remember=64)
    shared.verify(GOOD)
    half = FORGED // 2
    genuine = json.loads(unpadded(GOOD.split(".")[1]))
    head, claims, signature = GOOD.split(".")

    def flood(first: int) -> None:
        for number in range(first, first + half):
            with contextlib.suppress(CognitoKitError):
                shared.verify(f"{kids[number]}.{claims}.{signature}")
            with contextlib.suppress(CognitoKitError):
                shared.verify(f"{head}.{issuers[number]}.{signature}")

    # Made beforehand, and others in the measured half: what is kept of a token must show.
    kids = [segment({"alg": "RS256", "kid": f"forged {number}"}) for number in range(FORGED)]
    issuers = [segment({**genuine, "iss": f"https://{number}.example"}) for number in range(FORGED)]
    flood(0)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        flood(half)
        gc.collect()
        return (tracemalloc.get_traced_memory()[0] - before) / 1024
    finally:
        tracemalloc.stop()


def segment(value: object) -> str:
    """JSON in unpadded base64url."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def main() -> None:
    """Print the counts."""
    title("Fetches of the keys, and memory")
    logging.getLogger("cognitokit").addHandler(logging.NullHandler())
    flood = [unsigned(number) for number in range(FLOOD)]
    kids, kids_took = unknown_kids(flood)
    dead, dead_took = dead_endpoint()
    judge(
        [
            Bar(f"{AT_ONCE} threads on a cold cache", threads(), 1),
            Bar(f"{AT_ONCE} asyncio tasks on a cold cache", asyncio_tasks(), 1),
            Bar(f"{AT_ONCE} trio tasks on a cold cache", trio_tasks(), 1),
            Bar(f"{FLOOD} unknown kids (in {kids_took:.1f} s)", kids, 2),
            Bar(f"a dead endpoint, {FLOOD} verifications (in {dead_took:.1f} s)", dead, 2),
            Bar(f"kB left by {FORGED} tokens of forged kids or issuers", memory(), 64, strict=True),
        ]
    )
    try:
        kids, dead = pyjwt_fetches(flood)
    except Unavailable as reason:
        print(f"  {PYJWT} is left out: {reason}.")
    else:
        print(f"  for comparison, {PYJWT}: unknown kids {kids}, dead endpoint {dead}")


if __name__ == "__main__":
    main()
