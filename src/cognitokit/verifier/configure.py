"""A verifier's options become its rules, or a ConfigurationError that names the cure."""

from __future__ import annotations

import os
import time

from cognitokit.errors import ConfigurationError
from cognitokit.verifier import policy
from cognitokit.verifier.examine import Rules
from cognitokit.verifier.keys import GivenKeys, InvalidKeySet, parse_jwks
from cognitokit.verifier.policy import UNSET, Permissions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cognitokit.pool import UserPool
    from cognitokit.verifier.examine import Check
    from cognitokit.verifier.keys import KeySet
    from cognitokit.verifier.keysource import KeySource
    from cognitokit.verifier.options import JwkSet

_LONGEST_MAX_AGE = 10 * 366 * 86_400

_OPTIONS = (
    "any_group", "any_scope", "audience", "check", "client_id", "clock", "fetcher", "groups", "jwks",
    "leeway", "max_age", "monotonic", "refresh_keys", "remember", "scopes", "token_use",
)  # fmt: skip


def make_rules(
    pool: UserPool,
    make_source: Callable[..., KeySource],
    *,
    client_id: str | Iterable[str] | None = UNSET,
    token_use: str | None = UNSET,
    scopes: Iterable[str] = (),
    any_scope: Iterable[str] = (),
    groups: Iterable[str] = (),
    any_group: Iterable[str] = (),
    audience: str | Iterable[str] | None = None,
    leeway: float = 0,
    max_age: float | None = None,
    check: Check | None = None,
    jwks: JwkSet | None = None,
    refresh_keys: bool = False,
    fetcher: Callable[[str], object] | None = None,
    clock: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
    remember: int = 0,
    **unknown: object,
) -> Rules:
    """Check the options that CognitoVerifier documents, and return what a verifier goes by.

    Raises:
        ConfigurationError: An option is missing, unknown or wrong.
    """
    if unknown:
        raise ConfigurationError(
            f"Unknown option {', '.join(sorted(unknown))}. The options are {', '.join(_OPTIONS)}."
        )
    if client_id is UNSET:
        raise ConfigurationError(
            "client_id must be given: the app client's id, a collection of ids, "
            "or None to accept any app client of the pool."
        )
    if token_use not in ("access", "id", None):
        lead = "must be given:" if token_use is UNSET else "must be"
        raise ConfigurationError(f'token_use {lead} "access", "id", or None to accept either.')
    permissions = Permissions(
        scopes=scopes, any_scope=any_scope, groups=groups, any_group=any_group
    )
    if token_use == "id" and (audience is not None or permissions.scopes or permissions.any_scope):
        raise ConfigurationError(
            'An id token has no scopes, and its audience is client_id: use token_use="access".'
        )
    _check_functions({"clock": clock, "monotonic": monotonic})
    _check_functions({"check": check, "fetcher": fetcher}, optional=True)
    if type(remember) is not int or remember < 0:
        raise ConfigurationError("remember must be a number of tokens, 0 or more.")
    leeway = policy.seconds(leeway, "leeway", least=0, most=policy.MAX_LEEWAY)
    if max_age is not None:
        max_age = policy.seconds(max_age, "max_age", least=1, most=_LONGEST_MAX_AGE)
    judge = policy.compile_rules(
        issuers=pool.issuers,
        token_use=token_use,
        clients=None if client_id is None else policy.one_or_more(client_id, "client_id"),
        audiences=None if audience is None else policy.one_or_more(audience, "audience"),
        permissions=permissions,
        leeway=leeway,
    )
    source = _source(
        jwks,
        make_source,
        refresh_keys=refresh_keys,
        url=pool.jwks_uri,
        fetcher=fetcher,
        clock=clock,
        monotonic=monotonic,
    )
    memory = None
    if remember:
        from cognitokit.verifier.remember import Memory  # noqa: PLC0415 - not needed otherwise

        memory = Memory(remember, leeway)
    return Rules(
        source=source,
        issuers=pool.issuers,
        judge=judge,
        leeway=leeway,
        max_age=max_age,
        check=check,
        memory=memory,
        clock=clock,
        monotonic=monotonic,
    )


def _check_functions(options: Mapping[str, object], *, optional: bool = False) -> None:
    for name, value in options.items():
        if not callable(value) and not (optional and value is None):
            raise ConfigurationError(f"{name} must be a function.")


def _source(
    jwks: JwkSet | None,
    make_source: Callable[..., KeySource],
    *,
    refresh_keys: bool,
    url: str,
    fetcher: Callable[[str], object] | None,
    clock: Callable[[], float],
    monotonic: Callable[[], float],
) -> GivenKeys | KeySource:
    if type(refresh_keys) is not bool:
        raise ConfigurationError("refresh_keys must be True or False.")
    if jwks is None and refresh_keys:
        raise ConfigurationError(
            "refresh_keys is for keys that are given: add jwks=, or leave it out."
        )
    if jwks is not None and not refresh_keys:
        if fetcher is not None:
            raise ConfigurationError(
                "With jwks the fetcher is never called: add refresh_keys=True, or leave one out."
            )
        return GivenKeys(_given_keys(jwks))
    from cognitokit.verifier.keystore import KeyStore  # noqa: PLC0415 - not needed with keys given

    keys = None if jwks is None else _given_keys(jwks)
    store = KeyStore(keys, mono=monotonic(), wall=clock())
    return make_source(
        store, url=url, fetcher=fetcher, parse=parse_jwks, clock=clock, monotonic=monotonic
    )


def _given_keys(jwks: JwkSet) -> KeySet:
    if isinstance(jwks, os.PathLike):
        try:
            with open(jwks, "rb") as file:  # noqa: PTH123 - pathlib is slow to import
                jwks = file.read()
        except (OSError, ValueError):  # a path that no file can have
            jwks = b""
        if not jwks:
            raise ConfigurationError("The file that jwks names cannot be read, or is empty.")
    try:
        return parse_jwks(jwks)
    except InvalidKeySet as error:
        reason = str(error)
    raise ConfigurationError(f"jwks is of no use. {reason}")
