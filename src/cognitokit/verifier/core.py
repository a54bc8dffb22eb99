"""What the sync and the async verifier have in common: their options, and the short way through."""

from __future__ import annotations

import os
import time
from typing import Generic, TypeVar

from cognitokit import environment
from cognitokit.errors import ConfigurationError, InvalidSignature
from cognitokit.pool import UserPool, as_pool
from cognitokit.tokens import VerifiedToken
from cognitokit.verifier import policy
from cognitokit.verifier.examine import Choice, Rules
from cognitokit.verifier.jws import parse_object, split
from cognitokit.verifier.keys import InvalidKeySet, parse_jwks
from cognitokit.verifier.keystore import KeyStore
from cognitokit.verifier.policy import UNSET, Permissions, check_max_age
from cognitokit.verifier.remember import Memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from cognitokit.verifier.examine import Check
    from cognitokit.verifier.keysource import KeySource
    from cognitokit.verifier.options import JwkSet
    from cognitokit.verifier.policy import Extra

Token_co = TypeVar("Token_co", bound=VerifiedToken, covariant=True)
First = TypeVar("First", bound=VerifiedToken)
Second = TypeVar("Second", bound=VerifiedToken)

NONE: tuple[()] = ()
"""Where an argument is this very object, nothing was demanded."""

_LONGEST_MAX_AGE = 10 * 366 * 86_400

_OPTIONS = (
    "any_group", "any_scope", "audience", "check", "client_id", "clock", "fetcher", "groups", "jwks",
    "leeway", "max_age", "monotonic", "refresh_keys", "remember", "scopes", "token_use",
)  # fmt: skip


class Verifier(Generic[Token_co]):
    """What the sync and the async verifier have in common."""

    __slots__ = (
        "_check",
        "_clock",
        "_judge",
        "_label",
        "_max_age",
        "_memory",
        "_monotonic",
        "_rules",
        "_store",
    )

    _rules: Rules | Choice

    def _configure(
        self,
        pool: UserPool | str,
        source_class: type[KeySource],
        *,
        client_id: str | Iterable[str] | None = UNSET,
        token_use: str | None = UNSET,
        scopes: Iterable[str] = NONE,
        any_scope: Iterable[str] = NONE,
        groups: Iterable[str] = NONE,
        any_group: Iterable[str] = NONE,
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
    ) -> None:
        pool = as_pool(pool)
        policy.refuse_unknown(unknown, _OPTIONS)
        if client_id is UNSET:
            raise ConfigurationError(
                "client_id must be given: the app client's id, a collection of ids, "
                "or None to accept any app client of the pool."
            )
        if token_use is UNSET or token_use not in ("access", "id", None):
            raise ConfigurationError(
                'token_use must be given: "access", "id", or None to accept either.'
            )
        permissions = Permissions(
            scopes=scopes, any_scope=any_scope, groups=groups, any_group=any_group
        )
        if token_use == "id" and (
            audience is not None or permissions.scopes or permissions.any_scope
        ):
            raise ConfigurationError(
                'An id token has no scopes, and its audience is client_id: use token_use="access".'
            )
        for name, function in (("check", check), ("fetcher", fetcher)):
            if function is not None and not callable(function):
                raise ConfigurationError(f"{name} must be a function.")
        for name, function in (("clock", clock), ("monotonic", monotonic)):
            if not callable(function):
                raise ConfigurationError(
                    f"{name} must be a function that returns seconds, such as time.{name}."
                )
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
        source = source_class(
            _store(
                jwks, refresh_keys=refresh_keys, fetcher=fetcher, clock=clock, monotonic=monotonic
            ),
            pool.jwks_uri,
            fetcher=fetcher,
            parse=parse_jwks,
            clock=clock,
            monotonic=monotonic,
        )
        memory = Memory(remember, leeway) if remember else None
        self._rules = Rules(
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
        self._label = f"{pool.id!r}, token_use={token_use!r}"
        # Looked up for every token, so without a step in between.
        self._check = check
        self._clock = clock
        self._judge = judge
        self._max_age = max_age
        self._memory = memory
        self._monotonic = monotonic
        self._store = source.store

    def _combine(self, verifiers: tuple[Verifier[Any], ...], kind: type[Verifier[Any]]) -> None:
        if not verifiers or not all(isinstance(verifier, kind) for verifier in verifiers):
            raise ConfigurationError(f"any_of takes one {kind.__name__} or more.")
        members: list[Rules] = []
        for verifier in verifiers:
            rules = verifier._rules
            members.extend(rules.members if isinstance(rules, Choice) else (rules,))
        self._rules = Choice(tuple(members))
        # An issuer has to be looked at first, so there is no short way: these keys are never fresh.
        self._store = KeyStore()
        self._clock = time.time
        self._check = None
        self._label = "any of " + " or ".join(f"({verifier._label})" for verifier in verifiers)

    def _quick(self, raw: str, extra: Extra | None) -> VerifiedToken | None:
        """Take the short way: None where keys are to be had first, or the header is a new one."""
        now = self._clock()
        keys, mono_limit, wall_limit = self._store.fresh
        if keys is None or not (now < wall_limit and self._monotonic() < mono_limit):
            return None
        memory = self._memory
        token = None
        if memory is not None and type(raw) is str:  # a subclass may claim to equal any token
            token = memory.recall(raw, keys, now)
        if token is None:
            header, signed, payload, signature = split(raw)
            key = keys.of_header(header)
            if key is None:
                return None
            if not key.accepts(signature, signed):
                raise InvalidSignature
            token = self._judge(parse_object(payload), now, raw)
            if memory is not None:
                memory.keep(token, keys)
        if extra is not None:
            extra.check(token)
        if self._max_age is not None:
            check_max_age(token, now, self._max_age)
        return token

    def _sources(self) -> Iterator[Any]:
        rules = self._rules
        seen: list[KeySource] = []
        for member in rules.members if isinstance(rules, Choice) else (rules,):
            if not any(source.serves_like(member.source) for source in seen):
                seen.append(member.source)
                yield member.source

    def _may_block(self) -> bool:
        rules = self._rules
        members = rules.members if isinstance(rules, Choice) else (rules,)
        return any(member.check is not None for member in members)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._label})"


def client_from(environ: Mapping[str, str] | None) -> str:
    """Return the app client's id that environment variables name."""
    return environment.require(os.environ if environ is None else environ, "client_id")


def _given_keys(jwks: JwkSet) -> KeySet:
    if isinstance(jwks, os.PathLike):
        try:
            with open(jwks, "rb") as file:  # noqa: PTH123 - pathlib is slow to import
                jwks = file.read()
        except OSError:
            jwks = ""
        if not jwks:
            raise ConfigurationError("The file that jwks names cannot be read, or is empty.")
    try:
        return parse_jwks(jwks)
    except InvalidKeySet as error:
        reason = str(error)
    raise ConfigurationError(f"jwks is of no use. {reason}")


def _store(
    jwks: JwkSet | None,
    *,
    refresh_keys: bool,
    fetcher: object,
    clock: Callable[[], float],
    monotonic: Callable[[], float],
) -> KeyStore:
    if type(refresh_keys) is not bool:
        raise ConfigurationError("refresh_keys must be True or False.")
    if jwks is None:
        if refresh_keys:
            raise ConfigurationError(
                "refresh_keys is for keys that are given: add jwks=, or leave it out."
            )
        return KeyStore()
    if fetcher is not None and not refresh_keys:
        raise ConfigurationError(
            "With jwks the fetcher is never called: add refresh_keys=True, or leave one out."
        )
    keys = _given_keys(jwks)
    if not refresh_keys:
        return KeyStore(keys, fixed=True)
    return KeyStore(keys, mono=monotonic(), wall=clock())
