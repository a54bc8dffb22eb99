"""What the client adds to boto3 and to the HTTP client below it: `nox -s bench`.

Both talk to a server on loopback that always gives the same reply.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import time
from collections.abc import Awaitable, Callable

import boto3
import httpx
from botocore import UNSIGNED
from botocore.config import Config

from benchmarks.bars import Bar, judge, title
from benchmarks.replies import replies
from cognitokit import AsyncCognitoClient, CognitoClient, UserPool
from cognitokit.client.transports.boto3 import Boto3Transport
from cognitokit.client.transports.http import AsyncHttpTransport

PAIRS = 30
CALLS = 10
WARM_UP = 20
TOGETHER = 200
ASYNC_ROUNDS = 9
CLIENT_ID = "1example23456789"
PARAMETERS = {"USERNAME": "jane", "PASSWORD": "pass word"}


def seconds(run: Callable[[], object], calls: int) -> tuple[float, float]:
    """Seconds elapsed and seconds computed a call."""
    begin, work = time.perf_counter(), time.thread_time()
    for _ in itertools.repeat(None, calls):
        run()
    return (time.perf_counter() - begin) / calls, (time.thread_time() - work) / calls


def over_boto3(url: str) -> tuple[float, float]:
    """A sign-in of the client as a multiple of boto3's call: elapsed, and computed."""
    config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}, proxies={})
    bare = boto3.client("cognito-idp", region_name="eu-west-1", endpoint_url=url, config=config)
    client = CognitoClient(
        UserPool("eu-west-1_AbCdEfGhI", endpoint_url=url),
        client_id=CLIENT_ID,
        transport=Boto3Transport(client=bare),
    )

    def ours() -> object:
        return client.sign_in("jane", "pass word").require_tokens()

    def theirs() -> object:
        return bare.initiate_auth(
            ClientId=CLIENT_ID, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=PARAMETERS
        )

    for _ in range(WARM_UP):
        seconds(ours, CALLS), seconds(theirs, CALLS)
    elapsed, computed = [], []
    for number in range(PAIRS):
        # Neither is always the first: the second finds the caches warm.
        if number % 2:
            mine, other = seconds(ours, CALLS), seconds(theirs, CALLS)
        else:
            other, mine = seconds(theirs, CALLS), seconds(ours, CALLS)
        elapsed.append(mine[0] / other[0])
        computed.append(mine[1] / other[1])
    return statistics.median(elapsed), statistics.median(computed)


async def concurrent(url: str) -> tuple[float, float]:
    """Many sign-ins at once as a multiple of as many posts: elapsed, and computed."""
    limits = httpx.Limits(max_connections=TOGETHER, max_keepalive_connections=TOGETHER)
    body = json.dumps(
        {"ClientId": CLIENT_ID, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": PARAMETERS}
    ).encode()
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
    }

    async def together(one: Callable[[], Awaitable[object]]) -> tuple[float, float]:
        begin, work = time.perf_counter(), time.thread_time()
        await asyncio.gather(*(one() for _ in range(TOGETHER)))
        return time.perf_counter() - begin, time.thread_time() - work

    async with httpx.AsyncClient(limits=limits, timeout=30) as http:
        client = AsyncCognitoClient(
            UserPool("eu-west-1_AbCdEfGhI", endpoint_url=url),
            client_id=CLIENT_ID,
            transport=AsyncHttpTransport(client=http),
        )

        async def ours() -> object:
            return (await client.sign_in("jane", "pass word")).require_tokens()

        async def theirs() -> object:
            return await http.post(url + "/", content=body, headers=headers)

        for _ in range(3):
            await together(ours), await together(theirs)
        elapsed, computed = [], []
        for number in range(ASYNC_ROUNDS):
            if number % 2:
                mine, other = await together(ours), await together(theirs)
            else:
                other, mine = await together(theirs), await together(ours)
            elapsed.append(mine[0] / other[0])
            computed.append(mine[1] / other[1])
    return statistics.median(elapsed), statistics.median(computed)


def main() -> None:
    """Print the ratios."""
    title("The client, against what it stands on")
    with replies() as url:
        boto3_elapsed, boto3_computed = over_boto3(url)
        async_elapsed, async_computed = asyncio.run(concurrent(url))
    judge(
        [
            Bar("a sign-in through boto3, of boto3's own call, elapsed", boto3_elapsed, 1.1),
            Bar("  the same, computing", boto3_computed, 1.1),
            Bar(f"{TOGETHER} async sign-ins, of {TOGETHER} posts, elapsed", async_elapsed, 1.2),
            Bar("  the same, computing", async_computed, 1.2),
        ]
    )


if __name__ == "__main__":
    main()
