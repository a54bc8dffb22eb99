"""What a warm verification costs, side by side with the least that it could cost: `nox -s bench`.

All candidates take turns, round by round, so that a slow moment of the machine hits every one of
them. What counts is the ratio to the RSA check in the same round.
"""

from __future__ import annotations

import contextlib
import gc
import sys

from benchmarks.bars import Bar, judge, ratios, title
from benchmarks.candidates import (
    AWS_JWT_VERIFY,
    COGNITOJWT,
    FASTAPI_COGNITO,
    FLASK_COGNITO_LIB,
    OURS,
    PYJWT,
    REMEMBERED,
    RSA_ALONE,
    UNCHECKED,
    Candidate,
    TokenUse,
    everyone,
)

ROUNDS = 200
CALLS = 40

TIMES_AS_FAST = {
    PYJWT: 4.0,
    FLASK_COGNITO_LIB: 4.0,
    FASTAPI_COGNITO: 3.5,
    COGNITOJWT: 2.7,
}


def measure(candidates: list[Candidate]) -> dict[str, list[float]]:
    """Each candidate's microseconds a call, round by round."""
    taken: dict[str, list[float]] = {candidate.name: [] for candidate in candidates}
    for candidate in candidates:
        candidate.timed(CALLS)
    gc.disable()
    try:
        for _ in range(ROUNDS):
            for candidate in candidates:
                taken[candidate.name].append(candidate.timed(CALLS))
            gc.collect()
    finally:
        gc.enable()
    return taken


def report(use: TokenUse) -> None:
    """Print the table of one kind of token, and for access tokens the bars."""
    version = ".".join(map(str, sys.version_info[:3]))
    title(f"One RS256/2048 {use} token, warm, on Python {version}")
    with contextlib.ExitStack() as stack:
        entered = list(everyone(use, stack))
        taken = measure([each for each in entered if isinstance(each, Candidate)])
    of_rsa, of_least, of_us = (ratios(taken, name) for name in (RSA_ALONE, UNCHECKED, OURS))

    print(f"  {'':40}{'of RSA':>10}{'of unchecked':>14}{'of cognitokit':>15}")
    for name in taken:
        print(f"  {name:40}{of_rsa[name]:10.2f}{of_least[name]:14.2f}{of_us[name]:15.3f}")
    for reason in entered:
        if isinstance(reason, str):
            print(f"  {reason}")
    if use == "id":
        return
    print()
    judge(
        [
            Bar("a verification, of the RSA check", of_rsa[OURS], 1.52),
            Bar("a verification, of the unchecked path", of_least[OURS], 1.15),
            Bar("a remembered token, of a verification", of_us[REMEMBERED], 1 / 30),
            *(
                Bar(f"{name}, of a verification", of_us[name], least, at_least=True)
                for name, least in TIMES_AS_FAST.items()
                if name in of_us
            ),
            *(
                Bar(f"a verification, of {name}'s", 1 / of_us[name], 1.0, strict=True)
                for name in (AWS_JWT_VERIFY,)
                if name in of_us
            ),
        ]
    )


if __name__ == "__main__":
    report("access")
    report("id")
