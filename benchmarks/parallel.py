"""What threads and processes gain: `nox -s bench`.

Whether threads gain anything hangs on the interpreter's lock: the first table says whether a signature
check lets it go. The second one means something on a machine with nothing else to do.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa

from benchmarks.bars import title
from benchmarks.candidates import PKCS1, SHA256, public_key, unpadded
from cognitokit import CognitoVerifier
from cognitokit.testing import TokenMint

CALLS = 2_000
ROUNDS = 10
LONG_CALLS = 100
WORKERS = (1, 2, 4)

Work = Callable[[int], None]


def some_key() -> rsa.RSAPublicKey:
    """A pool's public key."""
    mint = TokenMint("eu-west-1_AbCdEfGhI")
    return public_key(mint.jwks, mint.access_token())


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

    def check(calls: int) -> None:
        for _ in range(calls):
            key.verify(signature, signing_input, PKCS1, SHA256)

    return {"verifications": verify, "bare RSA checks": check}


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


def shared(call: Callable[[], object]) -> float:
    """The share of calls during which another thread ran Python code.

    Nobody is asked to hand over the interpreter's lock while this runs, so the other thread gets it
    only from a call that lets it go. Unlike a throughput that does not depend on idle cores.
    """
    stop = threading.Event()
    ran = 0

    def other() -> None:
        nonlocal ran
        while not stop.is_set():
            ran += 1
            time.sleep(0.0001)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(3600)
    thread = threading.Thread(target=other)
    thread.start()
    hits = 0
    try:
        for _ in range(LONG_CALLS):
            before = ran
            call()
            hits += ran != before
    finally:
        sys.setswitchinterval(interval)
        stop.set()
        thread.join()
    return hits / LONG_CALLS


def lock_report() -> None:
    """Print whether a signature check lets other threads run, beside a call that is known to.

    Both are made to take some milliseconds, in which another thread has the time to wake up: the
    check by a public exponent as long as the modulus.
    """
    title("Calls during which another thread ran")
    data = bytes(5_000_000)
    numbers = some_key().public_numbers()
    slow = rsa.RSAPublicNumbers(numbers.n - 2, numbers.n).public_key()
    signature = bytes(255) + b"\x02"

    def check() -> None:
        with contextlib.suppress(InvalidSignature):
            slow.verify(signature, b"", PKCS1, SHA256)

    for name, call in {
        "sha256 of 5 MB, which releases the lock": lambda: hashlib.sha256(data),
        "an RSA check": check,
    }.items():
        print(f"  {name:40}{shared(call):10.0%}")


def main() -> None:
    """Print the tables."""
    lock_report()
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
