"""The options that say which user pool a command is about."""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING, Any

import click

from cognitokit import environment
from cognitokit.pool import UserPool

if TYPE_CHECKING:
    from collections.abc import Callable


def variables(setting: str) -> list[str]:
    """Return the environment variables that a setting is read from."""
    return list(environment.SETTINGS[setting])


def pool_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the argument POOL and what goes with it; it is called with pool=UserPool(...)."""

    @click.argument("pool_id", metavar="POOL", envvar=variables("user_pool_id"))
    @click.option("--region", envvar=variables("region"), help="Where API calls go.")
    @click.option(
        "--issuer",
        "--issuers",
        "issuers",
        multiple=True,
        metavar="URL",
        help="An iss value to accept in place of the pool's own, as an emulator names itself. Repeatable.",
    )
    @click.option("--jwks-uri", envvar=variables("jwks_uri"), help="Where the keys are fetched.")
    @click.option(
        "--endpoint-url",
        envvar=variables("endpoint_url"),
        help="The API's address, for an emulator, a VPC endpoint or a proxy.",
    )
    @click.option(
        "--allow-http",
        envvar=variables("allow_http"),
        is_flag=True,
        help="Allow plain http beyond this machine.",
    )
    @functools.wraps(command)
    def with_pool(
        *,
        pool_id: str,
        region: str | None,
        issuers: tuple[str, ...],
        jwks_uri: str | None,
        endpoint_url: str | None,
        allow_http: bool,
        **options: Any,
    ) -> None:
        pool = UserPool(
            pool_id,
            region=region,
            issuers=issuers or environment.read_list(os.environ, "issuers"),
            jwks_uri=jwks_uri,
            endpoint_url=endpoint_url,
            allow_http=allow_http,
        )
        command(pool=pool, **options)

    return with_pool


def client_option(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the option --client-id, which it needs."""
    return click.option(
        "--client-id", required=True, envvar=variables("client_id"), help="The app client's id."
    )(command)


def json_option(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the option --json; it is called with as_json."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(
        command
    )


def domain_option(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the option --domain, which it needs."""
    return click.option(
        "--domain",
        required=True,
        envvar=variables("domain"),
        help="The pool's domain: a prefix, a full name or an https URL.",
    )(command)


def http_is_allowed() -> bool:
    """Whether the command that runs was given --allow-http."""
    return bool(click.get_current_context().params["allow_http"])
