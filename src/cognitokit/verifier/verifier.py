"""The verifier for threads: a thin shell over the pure modules."""

from __future__ import annotations

from typing import overload

from cognitokit.errors import (
    CognitoKitError,
    ConfigurationError,
    InvalidClaim,
    KeysUnavailable,
)
from cognitokit.pool import UserPool, as_pool
from cognitokit.tokens import AccessToken, IdToken, VerifiedToken
from cognitokit.verifier.configure import make_rules
from cognitokit.verifier.core import (
    First,
    Second,
    Third,
    Token_co,
    Verifier,
    client_from,
    overrides_verify,
)
from cognitokit.verifier.examine import NeedKeys, advance, examine
from cognitokit.verifier.policy import NONE, UNSET, Extra

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, Literal, Unpack

    from cognitokit.verifier.examine import Examination
    from cognitokit.verifier.keysource import KeySource
    from cognitokit.verifier.keystore import KeyStore
    from cognitokit.verifier.options import SyncAccessOptions, SyncOptions


class CognitoVerifier(Verifier[Token_co]):
    """Verifies a user pool's tokens. Safe to share between threads; make one and keep it.

    Args:
        pool: The user pool, or its id.
        client_id: The app client, or several; None to accept any app client of the pool.
        token_use: "access" or "id"; None to accept either.
        scopes: Scopes that an access token must have, all of them.
        any_scope: Scopes of which it must have at least one.
        groups: Groups that the user must be in, all of them.
        any_group: Groups of which the user must be in at least one.
        audience: The resource that an access token must be bound to (RFC 8707), or several. By
            default a token that is bound to a resource is refused.
        leeway: Seconds by which exp and nbf are widened, at most 600.
        max_age: Seconds since the user signed in, by auth_time (OpenID Connect Core 3.1.2.1).
        check: Called with each token that passed everything else; anything that it returns but
            True refuses the token. What it raises, verify raises.
        jwks: The pool's keys, when they are to be had without a request: a JWK set as a mapping,
            as JSON text, or the path of a file. Then no request is ever made.
        refresh_keys: With jwks: fetch newer keys when those are an hour old, or lack a token's.
        fetcher: Called with the URL of the keys in place of our own HTTP request.
        clock: Returns the time, epoch seconds.
        monotonic: Returns seconds that never go back, for the age of keys.
        remember: For how many tokens to keep the outcome of parsing, signature and claims: those
            that were used last, and at most as many others.

    Raises:
        ConfigurationError: An option is missing, unknown or wrong; the message names the cure.
    """

    __slots__ = ()

    @overload
    def __init__(
        self: CognitoVerifier[AccessToken],
        pool: UserPool | str,
        *,
        client_id: str | Iterable[str] | None,
        token_use: Literal["access"],
        **options: Unpack[SyncAccessOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: CognitoVerifier[IdToken],
        pool: UserPool | str,
        *,
        client_id: str | Iterable[str] | None,
        token_use: Literal["id"],
        **options: Unpack[SyncOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: CognitoVerifier[AccessToken | IdToken],
        pool: UserPool | str,
        *,
        client_id: str | Iterable[str] | None,
        token_use: Literal["access", "id"] | None,
        **options: Unpack[SyncAccessOptions],
    ) -> None: ...
    def __init__(
        self,
        pool: UserPool | str,
        *,
        client_id: str | Iterable[str] | None = UNSET,
        token_use: Literal["access", "id"] | None = UNSET,
        **options: Any,
    ) -> None:
        _check_synchronous(**options)
        pool = as_pool(pool)
        rules = make_rules(pool, _key_source, client_id=client_id, token_use=token_use, **options)
        self._adopt(rules, f"{pool.id!r}, token_use={token_use!r}")

    @overload
    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        token_use: Literal["access"],
        client_id: str | Iterable[str] | None = UNSET,
        **options: Unpack[SyncAccessOptions],
    ) -> CognitoVerifier[AccessToken]: ...
    @overload
    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        token_use: Literal["id"],
        client_id: str | Iterable[str] | None = UNSET,
        **options: Unpack[SyncOptions],
    ) -> CognitoVerifier[IdToken]: ...
    @overload
    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        token_use: Literal["access", "id"] | None,
        client_id: str | Iterable[str] | None = UNSET,
        **options: Unpack[SyncAccessOptions],
    ) -> CognitoVerifier[AccessToken | IdToken]: ...
    @classmethod
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        token_use: Any = UNSET,
        client_id: Any = UNSET,
        **options: Any,
    ) -> CognitoVerifier[Any]:
        """Make a verifier for the pool and the app client that environment variables name.

        COGNITO_USER_POOL_ID and, unless client_id is given, COGNITO_CLIENT_ID are required;
        UserPool.from_env names the others. Every other option is as in the constructor.

        Args:
            environ: What to read instead of os.environ.
            token_use: As in the constructor.
            client_id: As in the constructor, instead of COGNITO_CLIENT_ID.
            options: As in the constructor.

        Raises:
            ConfigurationError: A variable or an option is missing or wrong.
        """
        client_id = client_from(environ) if client_id is UNSET else client_id
        make: Any = cls
        verifier: CognitoVerifier[Any] = make(
            UserPool.from_env(environ), client_id=client_id, token_use=token_use, **options
        )
        return verifier

    @overload
    @staticmethod
    def any_of(
        first: CognitoVerifier[First], second: CognitoVerifier[Second], /
    ) -> CognitoVerifier[First | Second]: ...
    @overload
    @staticmethod
    def any_of(
        first: CognitoVerifier[First],
        second: CognitoVerifier[Second],
        third: CognitoVerifier[Third],
        /,
    ) -> CognitoVerifier[First | Second | Third]: ...
    @overload
    @staticmethod
    def any_of(*verifiers: CognitoVerifier[First]) -> CognitoVerifier[First]: ...
    @staticmethod
    def any_of(*verifiers: CognitoVerifier[Any]) -> CognitoVerifier[Any]:
        """Combine verifiers: a token is good if one of them takes it.

        A token's iss selects among the pools that are configured, and nothing else. Verifiers of one
        pool are tried in order after a single signature check; where all refuse, the last
        one's error is raised, but KeysUnavailable if one of them lacked its keys. What the verifiers
        remember they do not share with the combined one.

        Args:
            verifiers: One or more.

        Raises:
            ConfigurationError: There is none, or something that is no CognitoVerifier, or one that
                overrides verify: check= is for rules of your own.
        """
        combined: CognitoVerifier[Any] = object.__new__(CognitoVerifier)  # pyright: ignore[reportUnknownVariableType]
        combined._combine(verifiers, CognitoVerifier)
        return combined

    def prefetch(self) -> None:
        """Fetch the keys now, unless they are at hand and fresh: at start, say, instead of at the first token.

        Raises:
            KeysUnavailable: There are none, and none could be fetched. Of several pools' the others were.
        """
        failure: KeysUnavailable | None = None
        for source in self._sources():
            try:
                source.obtain(None)
            except KeysUnavailable as error:
                failure = failure or error.with_traceback(None)
        if failure is not None:
            try:
                raise failure
            finally:
                del failure  # or the error and this frame would keep each other alive

    def verify(
        self,
        raw: str,
        *,
        scopes: Iterable[str] = (),
        any_scope: Iterable[str] = (),
        groups: Iterable[str] = (),
        any_group: Iterable[str] = (),
        nonce: str = UNSET,
    ) -> Token_co:
        """Verify a token: its form, its signature, its claims (RFC 7515, RFC 7519, RFC 8725).

        Every argument but the token adds a demand to those that the verifier was made with.

        Args:
            raw: The token, as it came. Anything may be given; what is no token is refused.
            scopes: Scopes that it must have, all of them.
            any_scope: Scopes of which it must have at least one.
            groups: Groups that the user must be in, all of them.
            any_group: Groups of which the user must be in at least one.
            nonce: What an id token's nonce must be (OpenID Connect Core 3.1.3.7).

        Returns:
            The token, its claims typed.

        Raises:
            TokenError: The token is refused; reason says which check did.
            InsufficientPermission: The token is good, but a scope or group is missing.
            KeysUnavailable: The pool's keys could not be fetched.
            ConfigurationError: An argument other than the token is wrong.
        """
        try:
            extra = None
            if not (scopes is any_scope is groups is any_group is NONE and nonce is UNSET):
                extra = Extra(scopes, any_scope, groups, any_group, nonce)
            token = self._quick(raw, extra)
            if token is not None and self._check is None:
                return token
        except CognitoKitError as error:
            refusal = error
            del raw
        else:
            examination = examine(self._rules, raw, extra) if token is None else None
            # What a check raises passes through this frame.
            del raw
            outcome: Token_co | CognitoKitError
            outcome = self._settle(token) if examination is None else self._advance(examination)
            if not isinstance(outcome, CognitoKitError):
                return outcome
            refusal = outcome
            del outcome  # or the error and this frame would keep each other alive
        # Without the frames below, whose locals hold the token's parts.
        try:
            raise refusal.with_traceback(None)
        finally:
            del refusal

    def _settle(self, token: Any) -> Any:
        if self._check is None or _answer(self._check, token) is True:
            return token
        return InvalidClaim("check")

    def _advance(self, examination: Examination) -> Any:
        need = advance(examination, None)
        while True:
            if isinstance(need, NeedKeys):
                need = advance(examination, need.source.answer(need.kid))
            elif isinstance(need, (VerifiedToken, CognitoKitError)):
                return need
            else:
                need = advance(examination, _answer(need.check, need.token))

    def try_verify(
        self,
        raw: str,
        *,
        scopes: Iterable[str] = (),
        any_scope: Iterable[str] = (),
        groups: Iterable[str] = (),
        any_group: Iterable[str] = (),
        nonce: str = UNSET,
    ) -> Token_co | None:
        """Same as verify, but never waits: for code in an event loop that has a sync verifier.

        Returns:
            The token, or None where verify would have to fetch keys, or to call the verifier's
            check, which may block, or is a subclass's own: then call verify in a worker thread.
        """
        if any(rules.check is not None for rules in self._members()):
            return None
        if overrides_verify(self, CognitoVerifier):
            return None
        try:
            extra = None
            if not (scopes is any_scope is groups is any_group is NONE and nonce is UNSET):
                extra = Extra(scopes, any_scope, groups, any_group, nonce)
            token = self._quick(raw, extra)
        except CognitoKitError as error:
            refusal = error
        else:
            outcome: Token_co | CognitoKitError | None = self._examine_at_hand(raw, extra, token)
            if not isinstance(outcome, CognitoKitError):
                return outcome
            refusal = outcome
            del outcome  # or the error and this frame would keep each other alive
        del raw
        try:
            raise refusal.with_traceback(None)
        finally:
            del refusal

    def _examine_at_hand(self, raw: str, extra: Extra | None, token: VerifiedToken | None) -> Any:
        if token is not None:
            return token
        examination = examine(self._rules, raw, extra)
        need = advance(examination, None)
        while isinstance(need, NeedKeys):
            keys = need.source.at_hand(need.kid)
            if keys is None:
                examination.close()
                return None
            need = advance(examination, keys)
        return need


def _key_source(store: KeyStore, **origin: Any) -> KeySource:
    from cognitokit.verifier.keysource import SyncKeySource  # noqa: PLC0415 - not needed with keys given

    return SyncKeySource(store, **origin)


def _check_synchronous(*, check: object = None, fetcher: object = None, **_: object) -> None:
    if check is None and fetcher is None:
        return
    from cognitokit.verifier.awaitables import is_async_callable  # noqa: PLC0415 - as above

    for name, function in (("check", check), ("fetcher", fetcher)):
        if function is not None and is_async_callable(function):
            raise ConfigurationError(f"An async {name} needs an AsyncCognitoVerifier.")


def _answer(check: Callable[[Any], object], token: VerifiedToken) -> object:
    answer = check(token)
    if answer is not True:
        from cognitokit.verifier.awaitables import close_coroutine, is_awaitable  # noqa: PLC0415 - as above

        if is_awaitable(answer):
            close_coroutine(answer)
    return answer
