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
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import trio

from benchmarks.bars import Bar, judge, title
from benchmarks.candidates import PYJWT, Unavailable, peer, unpadded
from cognitokit import AlbVerifier, AsyncCognitoVerifier, CognitoVerifier
from cognitokit.errors import CognitoKitError
from cognitokit.testing import TokenMint

AT_ONCE = 100
FLOOD = 1_000
FORGED = 10_000
ANSWER_AFTER = 0.2
"""Seconds that the server takes, so that all are waiting when the first keys arrive."""

mint = TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")
GOOD = mint.access_token()
ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/front/50dc6c495c0c9188"


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


def memory(verify: Callable[[str], object], forged: Callable[[int], str]) -> float:
    """Kilobytes that forged tokens leave behind in a verifier."""

    def flood(tokens: list[str]) -> None:
        for raw in tokens:
            with contextlib.suppress(CognitoKitError):
                verify(raw)

    # Made beforehand, and others in the measured flood: what is kept of a token must show.
    first, second = (
        [forged(number) for number in range(begin, begin + FORGED)] for begin in (0, FORGED)
    )
    flood(first)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        flood(second)
        gc.collect()
        return (tracemalloc.get_traced_memory()[0] - before) / 1024
    finally:
        tracemalloc.stop()


def forged_of_a_pool(number: int) -> str:
    """A token of a forged kid, or of a forged issuer, by turns."""
    head, claims, signature = GOOD.split(".")
    if number % 2:
        head = segment({"alg": "RS256", "kid": f"forged {number}"})
    else:
        genuine = json.loads(unpadded(claims))
        claims = segment({**genuine, "iss": f"https://{number}.example"})
    return f"{head}.{claims}.{signature}"


def forged_of_a_load_balancer(number: int) -> str:
    """A load balancer's token, as it would be if its key existed."""
    exp = int(time.time()) + 3600
    head = {"alg": "ES256", "kid": str(uuid.UUID(int=number)), "signer": ARN, "exp": exp}
    head |= {"client": mint.client_id, "iss": mint.issuer}
    return ".".join(padded(part) for part in (head, {"sub": "x"}, "x" * 62))


def memory_bars() -> list[Bar]:
    """What floods leave behind in each kind of verifier."""
    options: dict[str, Any] = {"client_id": mint.client_id, "token_use": "access", "remember": 64}
    given: CognitoVerifier[Any] = CognitoVerifier(mint.pool, jwks=mint.jwks, **options)
    fetching: CognitoVerifier[Any] = CognitoVerifier(
        mint.pool, fetcher=lambda _: mint.jwks, **options
    )
    balanced = AlbVerifier(ARN, client_id=None, issuer=None, fetcher=lambda _: None)
    for verifying in (given, fetching):
        verifying.verify(GOOD)
    return [
        Bar(f"kB left by {FORGED} forged tokens, {name}", memory(verify, forged), 64, strict=True)
        for name, verify, forged in (
            ("keys given", given.verify, forged_of_a_pool),
            ("keys fetched", fetching.verify, forged_of_a_pool),
            ("load balancer", balanced.verify, forged_of_a_load_balancer),
        )
    ]


def padded(value: object) -> str:
    """JSON in base64url with its padding, as load balancers write it."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


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
            *memory_bars(),
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
