"""The long way through a verification: everything that may have to wait, as a generator.

It yields what it needs, keys or the answer of a caller's check, and a shell sends it; so the sync
and the async verifier share every step. Most tokens never come here: their header is
remembered, and core.py takes the short way.
"""

from __future__ import annotations

from cognitokit.errors import CognitoKitError, InvalidClaim, InvalidSignature, KeysUnavailable
from cognitokit.verifier import jws
from cognitokit.verifier.keys import GivenKeys
from cognitokit.verifier.policy import check_before_fetch, check_max_age

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from typing import Any

    from cognitokit.tokens import VerifiedToken
    from cognitokit.verifier.keys import KeySet
    from cognitokit.verifier.keysource import KeySource
    from cognitokit.verifier.policy import Claims, Extra, Judge
    from cognitokit.verifier.remember import Memory

    Check = Callable[[Any], object]
    Examination = Generator["NeedKeys | NeedCheck", Any, VerifiedToken]


class NeedKeys:
    """Send the source's keys for this kid, or the KeysUnavailable that came instead."""

    __slots__ = ("kid", "source")

    def __init__(self, source: Any, kid: str) -> None:
        self.source: Any = source
        self.kid: str = kid


class NeedCheck:
    """Send what the caller's check says of this token."""

    __slots__ = ("check", "token")

    def __init__(self, check: Check, token: VerifiedToken) -> None:
        self.check: Check = check
        self.token: VerifiedToken = token


class Rules:
    """What one verifier goes by."""

    __slots__ = (
        "check",
        "clock",
        "issuers",
        "judge",
        "leeway",
        "max_age",
        "memory",
        "monotonic",
        "source",
    )

    def __init__(
        self,
        *,
        source: GivenKeys | KeySource,
        issuers: tuple[str, ...],
        judge: Judge,
        leeway: float,
        max_age: float | None,
        check: Check | None,
        memory: Memory | None,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self.source: GivenKeys | KeySource = source
        self.issuers: tuple[str, ...] = issuers
        self.judge: Judge = judge
        self.leeway: float = leeway
        self.max_age: float | None = max_age
        self.check: Check | None = check
        self.memory: Memory | None = memory
        self.clock: Callable[[], float] = clock
        self.monotonic: Callable[[], float] = monotonic

    def combined(self, source: GivenKeys | KeySource) -> Rules:
        """Return the same rules for another verifier, with keys from there and a memory of its own."""
        return Rules(
            source=source,
            issuers=self.issuers,
            judge=self.judge,
            leeway=self.leeway,
            max_age=self.max_age,
            check=self.check,
            memory=None if self.memory is None else self.memory.emptied(),
            clock=self.clock,
            monotonic=self.monotonic,
        )

    def recall(self, raw: str, extra: Extra | None) -> VerifiedToken | None:
        """Return a token that these rules accepted before and still accept, None where that takes a closer look."""
        if self.memory is None or self.check is not None:
            return None
        now = self.clock()
        keys = self._fresh(now)
        token = None if keys is None else self.memory.recall(raw, keys, now)
        if token is None:
            return None
        try:
            self.check_call(token, now, extra)
        except CognitoKitError:
            return None
        return token

    def check_call(self, token: VerifiedToken, now: float, extra: Extra | None) -> None:
        """Check what depends on the moment or on the call, and so is never remembered."""
        if extra is not None:
            extra.check(token)
        if self.max_age is not None:
            check_max_age(token, now, self.max_age)

    def _fresh(self, now: float) -> KeySet | None:
        source = self.source
        keys, mono, wall = (source if isinstance(source, GivenKeys) else source.store).fresh
        return keys if now < wall and self.monotonic() < mono else None


class Choice:
    """Several verifiers' rules, of which a token's issuer selects those to try, in their order.

    Args:
        members: The rules. Those that would get the same keys share them, and neighbours the signature check.
    """

    __slots__ = ("_of_issuer", "members", "sources")

    def __init__(self, members: Iterable[Rules]) -> None:
        self.sources: list[GivenKeys | KeySource] = []
        """Where the keys come from, each place once."""
        verifiers = list(members)
        for rules in verifiers:
            self._gather(rules.source)
        self.members: tuple[Rules, ...] = tuple(
            rules.combined(self._shared(rules.source)) for rules in verifiers
        )
        self._of_issuer: dict[str, list[list[Rules]]] = {}
        for rules in self.members:
            for issuer in rules.issuers:
                groups = self._of_issuer.setdefault(issuer, [])
                if groups and groups[-1][0].source is rules.source:
                    groups[-1].append(rules)
                else:
                    groups.append([rules])

    def _gather(self, source: GivenKeys | KeySource) -> None:
        """Have each place once, by the source that has the best keys of it already."""
        for index, known in enumerate(self.sources):
            if source.serves_like(known):
                if source.age() < known.age():
                    self.sources[index] = source
                return
        self.sources.append(source)

    def _shared(self, source: GivenKeys | KeySource) -> GivenKeys | KeySource:
        return next(known for known in self.sources if known.serves_like(source))

    def of_issuer(self, issuer: object) -> list[list[Rules]]:
        """Return the rules to try, those that share keys together.

        Raises:
            InvalidClaim: No verifier is configured for that issuer.
        """
        groups = self._of_issuer.get(issuer) if type(issuer) is str else None
        if groups is None:
            raise InvalidClaim("iss", expected=tuple(self._of_issuer))
        return groups


def examine(rules: Rules | Choice, raw: str, extra: Extra | None) -> Examination:
    """Verify a token by the rules of one verifier, or of the first of several that takes it.

    Args:
        rules: One verifier's rules, or several.
        raw: Whatever was presented as a token.
        extra: What this call demands beyond the rules.

    Raises:
        TokenError, InsufficientPermission: Of several refusals the last.
        KeysUnavailable: One of several had no keys, and no other took the token.
    """
    header, signed, payload, signature = jws.split(raw)
    kid = jws.key_id(jws.parse_object(jws.decode(header)))
    claims: Claims | None = None
    groups = [[rules]] if isinstance(rules, Rules) else []
    if isinstance(rules, Choice):
        # iss only selects among what is configured; it is checked after the signature like any claim.
        claims = jws.parse_object(payload)
        groups = rules.of_issuer(claims.get("iss"))
    refusal: CognitoKitError = InvalidClaim("iss")
    for group in groups:
        try:
            source = group[0].source
            at_hand = _at_hand(group[0])
            if at_hand is None or kid not in at_hand:
                claims = jws.parse_object(payload) if claims is None else claims
                _check_before_fetch(claims, group)
            keys = source.keys if isinstance(source, GivenKeys) else (yield NeedKeys(source, kid))
            if isinstance(keys, CognitoKitError):
                raise keys
            key = keys.find(kid)
            if not key.accepts(signature, signed):
                raise InvalidSignature
            keys.remember_header(header, key)
            claims = jws.parse_object(payload) if claims is None else claims
        except CognitoKitError as error:
            refusal = _graver(refusal, error.with_traceback(None))
            continue
        for member in group:
            outcome = yield from _judge(member, claims, raw, keys, extra)
            if not isinstance(outcome, CognitoKitError):
                return outcome
            refusal = _graver(refusal, outcome)
    raise refusal


def _graver(before: CognitoKitError, refusal: CognitoKitError) -> CognitoKitError:
    """Of two refusals the later, but an outage goes before: without it the token might have been good."""
    if isinstance(before, KeysUnavailable) and not isinstance(refusal, KeysUnavailable):
        return before
    return refusal


def _at_hand(rules: Rules) -> KeySet | None:
    if isinstance(rules.source, GivenKeys):
        return rules.source.keys
    return rules.source.store.usable(rules.monotonic(), rules.clock())


def _check_before_fetch(claims: Claims, group: list[Rules]) -> None:
    leeway = max(rules.leeway for rules in group)
    check_before_fetch(claims, group[0].clock(), leeway, group[0].issuers)


def _judge(
    rules: Rules, claims: Claims, raw: str, keys: KeySet, extra: Extra | None
) -> Generator[NeedCheck, object, VerifiedToken | CognitoKitError]:
    """Check what a token claims, by the rules of one verifier; the refusal is returned."""
    now = rules.clock()
    try:
        token = rules.judge(claims, now, raw)
        if rules.memory is not None:
            rules.memory.keep(token, keys)
        rules.check_call(token, now, extra)
    except CognitoKitError as error:
        return error.with_traceback(None)
    if rules.check is None or (yield NeedCheck(rules.check, token)) is True:
        return token
    return InvalidClaim("check")


def advance(
    examination: Examination, answer: object
) -> NeedKeys | NeedCheck | VerifiedToken | CognitoKitError:
    """Send an answer, None to begin with, and return the next need, the token, or the refusal.

    The refusal is returned and not raised: so it has no traceback whose frames hold a token.
    """
    try:
        return examination.send(answer)
    except StopIteration as stop:
        token: VerifiedToken = stop.value
        return token
    except CognitoKitError as error:
        return error.with_traceback(None)
