"""Attacks an application's route with tokens that it must refuse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cognitokit.errors import ConfigurationError
from cognitokit.testing.clients import default_header, send, send_with_cookie
from cognitokit.testing.forgery import bad_tokens
from cognitokit.testing.mint import SELF_SERVICE_SCOPE, TokenMint, list_of
from cognitokit.testing.routes import assert_all_routes_protected

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from cognitokit.testing.clients import Answer
    from cognitokit.testing.mint import TokenUse

__all__ = ["assert_all_routes_protected", "assert_rejects_bad_tokens"]

_BAD_REQUEST = 400

_DONE_BEFORE = frozenset({400, 404, 409, 410, 412, 422})
"""What a route may answer to a good request that it has carried out before."""


@dataclass(frozen=True, slots=True)
class _Attack:
    name: str
    flaw: str
    headers: tuple[tuple[str, str], ...] = ()
    query: str = ""
    cookie: tuple[str, str] | None = None
    refused: Collection[int] = ()


def assert_rejects_bad_tokens(
    client: Any,
    path: str,
    *,
    mint: TokenMint | None = None,
    method: str = "GET",
    token_use: TokenUse = "access",
    groups: Iterable[str] = (),
    scopes: Iterable[str] = (),
    any_group: Iterable[str] = (),
    any_scope: Iterable[str] = (),
    header: str = "Authorization",
    scheme: str = "Bearer",
    unauthorized: Collection[int] = (401,),
    forbidden: Collection[int] = (403,),
    skip: Collection[str] = (),
    **request: Any,
) -> None:
    """Send a route every bad token there is, and fail with the list of those that got in.

    A good token is sent first, and has to be accepted, that is, answered with a status below 400
    that you do not name as a refusal: a route that refuses everyone proves nothing. It is sent again
    at the end, and must not be refused then either; a route that has done its work and finds nothing
    left to do, such as 404 after a DELETE, does not refuse. In between come requests without a token,
    with expired and tampered ones, tokens of another pool and another app client, with names that are
    like theirs, of the other kind, for another audience, unsigned, signed with another key or
    algorithm, with keys of their own, malformed, in the query string, in a cookie, sent twice; and
    good ones that lack a single group or scope.

    Args:
        client: A test client of the application: Flask's, Starlette's, Django's, httpx.Client,
            LambdaClient.
        path: The protected route; its view is run by the good requests.
        mint: What makes tokens that the application accepts. Default: TokenMint(), which is what
            the fixture cognito_mint gives.
        method: The request's method.
        token_use: The kind of token that the route wants: "access" or "id".
        groups: The groups that the route asks for, all of them; tokens without any one of them must
            then get 403.
        scopes: The scopes that it asks for; the same.
        any_group: Groups of which the route asks for at least one; tokens that have none of them
            must then get 403.
        any_scope: Scopes of which it asks for at least one; the same.
        header: Where the route reads the token.
        scheme: What stands before the token; "" where it is sent bare.
        unauthorized: The statuses that count as refused.
        forbidden: Those that count as refused for want of a group or scope.
        skip: Names of attacks to leave out, where you accept the risk: "cookie", for instance, where
            the token may be in a cookie named access_token.
        **request: What else the requests carry, as the client takes it: json=, data=, ...

    Raises:
        AssertionError: Something got in, or was answered with neither success nor refusal; the
            message names each.
        ConfigurationError: An option is wrong.
    """
    mint = mint or TokenMint()
    mint.key(token_use)
    if token_use == "id" and (scopes or any_scope):
        raise ConfigurationError("Id tokens have no scopes: leave scopes and any_scope out.")
    attacker = _Attacker(
        mint=mint,
        token_use=token_use,
        groups=_Asked(list_of("groups", groups), list_of("any_group", any_group)),
        scopes=_Asked(list_of("scopes", scopes), list_of("any_scope", any_scope)),
        header=header,
        scheme=scheme,
    )
    attacks = list(attacker.attacks(set(unauthorized), set(forbidden)))
    unknown = set(skip) - {attack.name for attack in attacks}
    if unknown:
        raise ConfigurationError(f"skip names no attack: {', '.join(sorted(unknown))}.")

    def ask(
        headers: tuple[tuple[str, str], ...],
        query: str = "",
        cookie: tuple[str, str] | None = None,
    ) -> Answer:
        target = f"{path}{'&' if '?' in path else '?'}{query}" if query else path
        if cookie is None:
            return send(client, method, target, headers, **request)
        return send_with_cookie(client, method, target, cookie, headers, **request)

    tried = [attack for attack in attacks if attack.name not in skip]
    with default_header(client, header, None):
        before = ask(attacker.good_headers)
        answers = [ask(attack.headers, attack.query, attack.cookie) for attack in tried]
        after = ask(attacker.good_headers)
    refusals = {*unauthorized, *forbidden}
    for answer, when, also in ((before, "", ()), (after, " after the bad ones", _DONE_BEFORE)):
        is_accepted = answer.status < _BAD_REQUEST or answer.status in also
        if not is_accepted or answer.status in refusals:
            raise AssertionError(
                f"{method} {path} answers a good token with {answer.status}{when}, so its refusals "
                "prove nothing. Give the mint whose tokens it accepts, the groups and scopes that "
                "it wants, and what else the request needs."
            ) from answer.error
    failures = [
        f"  {_describe(attack, answer)}"
        for attack, answer in zip(tried, answers, strict=True)
        if answer.status not in attack.refused
    ]
    if failures:
        listed = "\n".join(failures)
        raise AssertionError(
            f"{method} {path} did not refuse {len(failures)} of {len(tried)} bad requests:\n{listed}"
        )


def _describe(attack: _Attack, answer: Answer) -> str:
    if answer.status < _BAD_REQUEST:
        what = "GOT IN"
    elif answer.error is not None:
        what = f"raised {type(answer.error).__name__}"
    else:
        what = "was not refused as it should be"
    return f"{attack.name}: {what} ({answer.status}); {attack.flaw}"


@dataclass(frozen=True, slots=True)
class _Asked:
    """The groups or scopes that a route asks for."""

    each: list[str]
    """All of them."""
    any: list[str]
    """At least one of them."""

    @property
    def all(self) -> list[str]:
        """The fewest that a good token has."""
        return list(dict.fromkeys([*self.each, *self.any[:1]]))

    def lacking(
        self, kind: str, flaw: str, lookalikes: Callable[[str], Iterable[str]]
    ) -> Iterator[tuple[str, str, list[str]]]:
        """What tokens have that lack something: name of the attack, what is wrong, names that they have."""
        named = {*self.each, *self.any}
        if named:
            yield f"no-{kind}", f"{flaw} any {kind} that is asked for", []
            likely = sorted({like for name in named for like in lookalikes(name)} - named)
            yield f"{kind}-alike", f"its {kind}s are but similar to what is asked for", likely
        if len(named) == 1:
            return
        for name in self.each:
            rest = [other for other in self.all if other != name]
            like = sorted(set(lookalikes(name)) - named)
            yield f"without-{kind}-{name}", f"{flaw} the {kind} {name}", rest
            yield f"{kind}-alike-{name}", f"one {kind} is but similar to {name}", [*rest, *like]
        if self.any and self.each:
            rest = [name for name in self.each if name not in self.any]
            like = sorted({like for name in self.any for like in lookalikes(name)} - named)
            yield f"without-any-{kind}", f"{flaw} any of the {kind}s of which one is needed", rest
            yield f"any-{kind}-alike", f"it has but similar {kind}s to those", [*rest, *like]


def _group_lookalikes(name: str) -> tuple[str, ...]:
    return f"{name}s", f"x{name}", name.swapcase()


def _scope_lookalikes(name: str) -> tuple[str, ...]:
    return f"{name}.all", f"x{name}"


class _Attacker:
    def __init__(
        self,
        *,
        mint: TokenMint,
        token_use: TokenUse,
        groups: _Asked,
        scopes: _Asked,
        header: str,
        scheme: str,
    ) -> None:
        self._mint = mint
        self._use: TokenUse = token_use
        self._groups = groups
        self._scopes = scopes
        self._header = header
        self._scheme = scheme
        # A user's token has it anyway, but where the route asks for it some must lack it.
        is_asked = SELF_SERVICE_SCOPE in (*scopes.each, *scopes.any)
        self._usual = [] if is_asked else [SELF_SERVICE_SCOPE]
        self._good = self._make(groups.all, scopes.all)
        self.good_headers = self._carrying(self._good)
        """What a request that is to be accepted carries."""

    def attacks(self, unauthorized: set[int], forbidden: set[int]) -> Iterator[_Attack]:
        """Every request that must be refused."""
        yield _Attack("no-token", "it carries no token", refused=unauthorized)
        for bad in bad_tokens(self._mint, self._good, token_use=self._use):
            yield _Attack(bad.name, bad.flaw, self._carrying(bad.token), refused=unauthorized)
        yield from self._misplaced(unauthorized)
        yield from self._without_permission(forbidden)

    def _misplaced(self, unauthorized: set[int]) -> Iterator[_Attack]:
        for name, parameter in (("query-string", "access_token"), ("query-string-token", "token")):
            yield _Attack(
                name,
                "the token is in the query string",
                query=f"{parameter}={quote(self._good)}",
                refused=unauthorized,
            )
        yield _Attack(
            "cookie",
            "the token is in a cookie",
            cookie=("access_token", self._good),
            refused=unauthorized,
        )
        twice = unauthorized | {_BAD_REQUEST}
        bad = f"{self._good[:-4]}AAAA"
        for name, first, second in (
            ("two-headers-good-first", self._good, bad),
            ("two-headers-bad-first", bad, self._good),
        ):
            yield _Attack(
                name,
                "it carries two tokens, one of them bad",
                (*self._carrying(first), *self._carrying(second)),
                refused=twice,
            )
        if self._scheme:
            yield _Attack(
                "scheme-alone",
                "it carries no token after the scheme",
                self._carrying(""),
                refused=unauthorized,
            )
            yield _Attack(
                "other-scheme",
                "the token comes as Basic credentials",
                self._carrying(self._good, "Basic"),
                refused=unauthorized,
            )

    def _without_permission(self, forbidden: set[int]) -> Iterator[_Attack]:
        mine = self._scopes.all
        for name, flaw, groups in self._groups.lacking(
            "group", "its user is not in", _group_lookalikes
        ):
            token = self._make(groups, mine)
            yield _Attack(name, flaw, self._carrying(token), refused=forbidden | {401})
        for asked in self._groups.all[:1]:
            yield _Attack(
                "group-text",
                "its cognito:groups is a string",
                self._carrying(self._make([], mine, {"cognito:groups": f"{asked}s"})),
                refused=forbidden | {401},
            )
        for name, flaw, scopes in self._scopes.lacking("scope", "it has not", _scope_lookalikes):
            token = self._make(self._groups.all, scopes)
            yield _Attack(name, flaw, self._carrying(token), refused=forbidden)

    def _carrying(self, token: str, scheme: str | None = None) -> tuple[tuple[str, str], ...]:
        prefix = self._scheme if scheme is None else scheme
        return ((self._header, f"{prefix} {token}".strip(" ")),)

    def _make(
        self, groups: list[str], scopes: list[str], claims: dict[str, Any] | None = None
    ) -> str:
        if self._use == "id":
            return self._mint.id_token(groups=groups, claims=claims)
        return self._mint.access_token(groups=groups, scopes=[*scopes, *self._usual], claims=claims)
