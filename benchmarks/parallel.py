"""What threads and processes gain: `nox -s bench`.

cryptography keeps the interpreter's lock while it checks a signature, so threads are not expected
to gain anything: the table says how much they cost, and what processes gain instead.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any

from benchmarks.bars import title
from benchmarks.candidates import PKCS1, SHA256, public_key, unpadded
from cognitokit import CognitoVerifier
from cognitokit.testing import TokenMint

CALLS = 3_000
ROUNDS = 15
WORKERS = (1, 2, 4)

Work = Callable[[int], None]


@functools.cache
def works() -> dict[str, Work]:
    """What is run in parallel, made once in each process."""
    mint = TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")
    raw = mint.access_token()
    verifier: CognitoVerifier[Any] = mint.verifier()
    key = public_key(mint.jwks, raw)
    signed, _, last = raw.rpartition(".")
    signature, signing_input = unpadded(last), signed.encode()

    def verify(calls: int) -> None:
        for _ in range(calls):
            verifier.verify(raw)

    def rsa(calls: int) -> None:
        for _ in range(calls):
            key.verify(signature, signing_input, PKCS1, SHA256)

    return {"verifications": verify, "bare RSA checks": rsa}


def run(name: str, calls: int) -> None:
    """Do a share of the work in this thread or process."""
    works()[name](calls)


def rate(executor: Executor, workers: int, name: str) -> float:
    """Calls a second of all workers together."""
    begin = time.perf_counter()
    done = [executor.submit(run, name, CALLS) for _ in range(workers)]
    for each in done:
        each.result()
    return CALLS * workers / (time.perf_counter() - begin)


def main() -> None:
    """Print the table."""
    title("Throughput, as a multiple of one thread's")
    if len(os.sched_getaffinity(0)) < 2:
        print("  left out: there is one core")
        return
    works()
    pools: dict[tuple[str, int], Executor] = {}
    for workers in WORKERS:
        pools["threads", workers] = ThreadPoolExecutor(workers)
        pools["processes", workers] = ProcessPoolExecutor(workers, get_context("spawn"))
    for (_, workers), pool in pools.items():  # each process imports, and makes its keys
        for _ in range(3):
            rate(pool, workers, "verifications")
    print(f"  {'':40}" + "".join(f"{workers:>10}" for workers in WORKERS))
    for name in works():
        seen: dict[tuple[str, int], list[float]] = {each: [] for each in pools}
        for _ in range(ROUNDS):
            for each, pool in pools.items():
                seen[each].append(rate(pool, each[1], name))
        base = seen["threads", 1]
        for kind in ("threads", "processes"):
            # The best of each: other people's work only ever takes away.
            gains = [max(seen[kind, workers]) / max(base) for workers in WORKERS]
            label = f"{name}, {kind}"
            print(f"  {label:40}" + "".join(f"{gain:10.2f}" for gain in gains))
    for pool in pools.values():
        pool.shutdown()


if __name__ == "__main__":
    main()
