"""Attacks an application's route with tokens that it must refuse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cognitokit.errors import ConfigurationError
from cognitokit.testing.clients import default_header, send
from cognitokit.testing.forgery import bad_tokens
from cognitokit.testing.mint import SELF_SERVICE_SCOPE, TokenMint, list_of
from cognitokit.testing.routes import assert_all_routes_protected

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from cognitokit.testing.clients import Answer
    from cognitokit.testing.mint import TokenUse

__all__ = ["assert_all_routes_protected", "assert_rejects_bad_tokens"]

_BAD_REQUEST = 400


@dataclass(frozen=True, slots=True)
class _Attack:
    name: str
    flaw: str
    headers: tuple[tuple[str, str], ...] = ()
    query: str = ""
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
    header: str = "Authorization",
    scheme: str = "Bearer",
    unauthorized: Collection[int] = (401,),
    forbidden: Collection[int] = (403,),
    skip: Collection[str] = (),
    **request: Any,
) -> None:
    """Send a route every bad token there is, and fail with the list of those that got in.

    A good token is sent first and last, and has to be accepted, that is, answered with a status
    below 400 that you do not name as a refusal: a route that refuses everyone proves nothing. Then come requests without a token, with expired and tampered ones, tokens of
    another pool and another app client, of the other kind, unsigned, signed with another key or
    algorithm, with keys of their own, malformed, in the query string, sent twice.

    Args:
        client: A test client of the application: Flask's, Starlette's, Django's, httpx.Client,
            LambdaClient.
        path: The protected route; its view is run by the good requests.
        mint: What makes tokens that the application accepts. Default: TokenMint(), which is what
            the fixture cognito_mint gives.
        method: The request's method.
        token_use: The kind of token that the route wants: "access" or "id".
        groups: The groups that the route asks for; tokens without them must then get 403.
        scopes: The scopes that it asks for; the same.
        header: Where the route reads the token.
        scheme: What stands before the token; "" where it is sent bare.
        unauthorized: The statuses that count as refused.
        forbidden: Those that count as refused for want of a group or scope.
        skip: Names of attacks to leave out, where you accept the risk.
        **request: What else the requests carry, as the client takes it: json=, data=, ...

    Raises:
        AssertionError: Something got in, or was answered with neither success nor refusal; the
            message names each.
        ConfigurationError: An option is wrong.
    """
    mint = mint or TokenMint()
    mint.key(token_use)
    attacker = _Attacker(
        mint=mint,
        token_use=token_use,
        groups=list_of("groups", groups),
        scopes=list_of("scopes", scopes),
        header=header,
        scheme=scheme,
    )
    attacks = list(attacker.attacks(set(unauthorized), set(forbidden)))
    unknown = set(skip) - {attack.name for attack in attacks}
    if unknown:
        raise ConfigurationError(f"skip names no attack: {', '.join(sorted(unknown))}.")

    def ask(headers: tuple[tuple[str, str], ...], query: str = "") -> Answer:
        target = f"{path}{'&' if '?' in path else '?'}{query}" if query else path
        return send(client, method, target, headers, **request)

    tried = [attack for attack in attacks if attack.name not in skip]
    with default_header(client, header, None):
        before = ask(attacker.good_headers)
        answers = [ask(attack.headers, attack.query) for attack in tried]
        after = ask(attacker.good_headers)
    refusals = {*unauthorized, *forbidden}
    for answer, when in ((before, ""), (after, " after the bad ones")):
        if answer.status >= _BAD_REQUEST or answer.status in refusals:
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


class _Attacker:
    def __init__(
        self,
        *,
        mint: TokenMint,
        token_use: TokenUse,
        groups: list[str],
        scopes: list[str],
        header: str,
        scheme: str,
    ) -> None:
        self._mint = mint
        self._use: TokenUse = token_use
        self._groups = groups
        self._scopes = scopes
        self._header = header
        self._scheme = scheme
        self._good = self._make(groups, scopes)
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
        yield _Attack(
            "query-string",
            "the token is in the query string",
            query=f"access_token={quote(self._good)}",
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
        if self._groups:
            name = self._groups[0]
            alike = sorted({f"{name}s", f"x{name}", name.swapcase()} - set(self._groups))
            for attack, flaw, token in (
                ("no-group", "its user is in no group", self._make([], self._scopes)),
                (
                    "group-alike",
                    "its user is in a group of a similar name",
                    self._make(alike, self._scopes),
                ),
                (
                    "group-text",
                    "its cognito:groups is a string",
                    self._make([], self._scopes, {"cognito:groups": f"{name}s"}),
                ),
            ):
                yield _Attack(attack, flaw, self._carrying(token), refused=forbidden | {401})
        if self._scopes:
            name = self._scopes[0]
            for attack, flaw, token in (
                ("no-scope", "it has no scope that is asked for", self._make(self._groups, [])),
                (
                    "scope-alike",
                    "it has a scope of a similar name",
                    self._make(self._groups, [f"{name}.all", f"x{name}"]),
                ),
            ):
                yield _Attack(attack, flaw, self._carrying(token), refused=forbidden)

    def _carrying(self, token: str, scheme: str | None = None) -> tuple[tuple[str, str], ...]:
        prefix = self._scheme if scheme is None else scheme
        return ((self._header, f"{prefix} {token}".strip(" ")),)

    def _make(
        self, groups: list[str], scopes: list[str], claims: dict[str, Any] | None = None
    ) -> str:
        if self._use == "id":
            return self._mint.id_token(groups=groups, claims=claims)
        return self._mint.access_token(
            groups=groups, scopes=[*scopes, SELF_SERVICE_SCOPE], claims=claims
        )
