"""What the sync and the async verifier have in common: rules, and the short way through them."""

from __future__ import annotations

import time
from typing import Generic, TypeVar

from cognitokit.errors import ConfigurationError, InvalidSignature
from cognitokit.tokens import VerifiedToken
from cognitokit.verifier.examine import Choice, Rules
from cognitokit.verifier.jws import parse_object, split
from cognitokit.verifier.keys import GivenKeys
from cognitokit.verifier.policy import check_max_age

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cognitokit.verifier.keystore import KeyStore
    from cognitokit.verifier.policy import Extra

Token_co = TypeVar("Token_co", bound=VerifiedToken, covariant=True)
First = TypeVar("First", bound=VerifiedToken)
Second = TypeVar("Second", bound=VerifiedToken)
Third = TypeVar("Third", bound=VerifiedToken)


class _NothingFresh:
    """Has no keys that may be used without asking."""

    __slots__ = ()
    fresh = (None, 0.0, 0.0)


class Verifier(Generic[Token_co]):
    """A verifier without the waiting."""

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
    _store: GivenKeys | KeyStore | _NothingFresh

    def _adopt(self, rules: Rules, label: str) -> None:
        self._rules = rules
        self._label = label
        # Looked up for every token, so without a step in between.
        self._check = rules.check
        self._clock = rules.clock
        self._judge = rules.judge
        self._max_age = rules.max_age
        self._memory = rules.memory
        self._monotonic = rules.monotonic
        self._store = rules.source if isinstance(rules.source, GivenKeys) else rules.source.store

    def _combine(self, verifiers: tuple[Verifier[Any], ...], kind: type[Verifier[Any]]) -> None:
        if not verifiers or not all(isinstance(verifier, kind) for verifier in verifiers):
            raise ConfigurationError(f"any_of takes one {kind.__name__} or more.")
        members: list[Rules] = []
        for verifier in verifiers:
            if overrides_verify(verifier, kind):
                raise ConfigurationError(
                    f"{type(verifier).__name__} overrides verify, which any_of does not call: "
                    "put its rule into a function and give that as check=."
                )
            rules = verifier._rules
            members.extend(rules.members if isinstance(rules, Choice) else (rules,))
        self._rules = Choice(members)
        self._label = " or ".join(str(verifier) for verifier in verifiers)
        # A token's issuer has to be looked at first, so there is no short way: these keys are never fresh.
        self._store = _NothingFresh()
        self._clock = time.time
        self._check = None

    def _quick(self, raw: str, extra: Extra | None) -> Token_co | None:
        """Take the short way: None where keys are to be had first, or the header is a new one."""
        now = self._clock()
        keys, mono_limit, wall_limit = self._store.fresh
        if keys is None or not (now < wall_limit and self._monotonic() < mono_limit):
            return self._recall(raw, extra) if isinstance(self._rules, Choice) else None
        memory = self._memory
        token: Any = None
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
        verified: Token_co = token
        return verified

    def _recall(self, raw: str, extra: Extra | None) -> Any:
        if type(raw) is str:
            for rules in self._members():
                token = rules.recall(raw, extra)
                if token is not None:
                    return token
        return None

    def _members(self) -> tuple[Rules, ...]:
        return self._rules.members if isinstance(self._rules, Choice) else (self._rules,)

    def _sources(self) -> list[Any]:
        """Return where keys are fetched, each place once."""
        rules = self._rules
        sources = rules.sources if isinstance(rules, Choice) else [rules.source]
        return [source for source in sources if not isinstance(source, GivenKeys)]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._label})"


def overrides_verify(verifier: Verifier[Any], kind: type[Verifier[Any]]) -> bool:
    """Whether a verifier has a verify of its own, whose rules the rest of its kind knows nothing of."""
    method: Any = getattr(verifier, "verify", None)
    return getattr(method, "__func__", None) is not vars(kind)["verify"]


def client_from(environ: Mapping[str, str] | None) -> str:
    """Return the app client's id that environment variables name, beside the pool's."""
    from cognitokit import environment  # noqa: PLC0415 - few need it, and each import counts

    source = environment.Known(environ)
    environment.demand(source, "user_pool_id", "client_id")
    return environment.require(source, "client_id")
