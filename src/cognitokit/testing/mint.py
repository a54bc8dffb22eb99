"""Tokens as Cognito issues them, made and signed on the spot by PyJWT."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple, cast, overload

from jwt.algorithms import get_default_algorithms
from jwt.utils import base64url_encode

from cognitokit.errors import ConfigurationError
from cognitokit.pool import as_pool
from cognitokit.testing import signing_keys
from cognitokit.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal

    from cognitokit.pool import UserPool
    from cognitokit.testing.jwks_server import JwksServer
    from cognitokit.testing.signing_keys import SigningKey
    from cognitokit.tokens import AccessToken, IdToken
    from cognitokit.verifier import AsyncCognitoVerifier, CognitoVerifier

    TokenUse = Literal["access", "id"]

SELF_SERVICE_SCOPE = "aws.cognito.signin.user.admin"
"""The scope of access tokens from the sign-in API, which opens the self-service operations."""

DEFAULT_POOL_ID = "eu-west-1_AbCdEfGhI"
"""The pool of a test that does not care which."""

DEFAULT_CLIENT_ID = "1example23456789"
"""Its app client."""

_ALGORITHMS = {
    name: algorithm
    for name, algorithm in get_default_algorithms().items()
    if name.startswith(("RS", "PS"))
}


class FederatedIdentity(NamedTuple):
    """A user's account at another identity provider, from which the pool's user was made."""

    provider: str
    """The provider's name in the pool, for instance "Google" or the name that you gave to a SAML provider."""
    user_id: str
    """The account's id there."""
    provider_type: str = ""
    """"Google", "Facebook", "LoginWithAmazon", "SignInWithApple", "SAML" or "OIDC". Default: the provider's name."""
    issuer: str | None = None
    """The SAML entity id or OIDC issuer."""

    @property
    def username(self) -> str:
        """The name that Cognito gives to the pool's user: provider, underscore, the id there."""
        return f"{self.provider}_{self.user_id}"


class TokenMint:
    """Makes tokens of one user pool and app client, with real signatures.

    Nothing is faked on the verifying side: give a verifier `mint.pool` and `mint.jwks`, or let it
    fetch them from `mint.serve()`, and it accepts these tokens and no others.

    Every token method takes further claims by name (`mint.id_token(given_name="Jane")`), and a
    mapping `claims` for names that are no Python names; both win over what the mint would have
    put there, and None removes a claim. `headers` does the same for the JOSE header.

    Args:
        pool: The user pool, or its id; default: one that exists in tests alone.
        client_id: The app client that the tokens are issued to; default: the same.
        clock: What gives the time, epoch seconds.
        new_id: What makes jti, origin_jti and event_id. Default: random UUIDs.
        issuer_form: Which of the pool's issuers the tokens name: "ORIGINAL"
            (https://cognito-idp.{region}...) or "UPDATED" (https://issuer-cognito-idp.{region}...).
        own_keys: Make keys for this mint alone. By default all mints of one pool id in a process
            share their keys, because making them takes time.

    Raises:
        ConfigurationError: The pool id is malformed, client_id is missing, or the pool has no
            issuer of that form.
    """

    def __init__(
        self,
        pool: UserPool | str = DEFAULT_POOL_ID,
        *,
        client_id: str = DEFAULT_CLIENT_ID,
        clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
        issuer_form: Literal["ORIGINAL", "UPDATED"] = "ORIGINAL",
        own_keys: bool = False,
    ) -> None:
        if not client_id:
            raise ConfigurationError(
                "client_id is missing: give the app client that the tokens are issued to."
            )
        self._pool = as_pool(pool)
        self._client_id = client_id
        self._clock = clock
        self._new_id = new_id
        forms = dict(zip(("ORIGINAL", "UPDATED"), self._pool.issuers, strict=False))
        if issuer_form not in forms:
            raise ConfigurationError(
                f"issuer_form must be one that the pool has: {', '.join(forms)}."
            )
        self._issuer = forms[issuer_form]
        self._own_keys = own_keys
        self._generation = 0
        self._current = self._make_keys()
        self._retired: list[SigningKey] = []

    def __repr__(self) -> str:
        return f"TokenMint({self._pool.id!r}, client_id={self._client_id!r})"

    @property
    def pool(self) -> UserPool:
        """The user pool whose tokens these are."""
        return self._pool

    @property
    def client_id(self) -> str:
        """The app client that tokens are issued to."""
        return self._client_id

    @property
    def issuer(self) -> str:
        """What the tokens say in iss."""
        return self._issuer

    @property
    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The JWK set as the pool publishes it now: the id token's key, the access token's, and retired ones."""
        return {"keys": [key.to_jwk() for key in (*self._current.values(), *self._retired)]}

    @property
    def clock(self) -> Callable[[], float]:
        """What gives the mint the time: give it to the verifier too, and both agree."""
        return self._clock

    def key(self, token_use: TokenUse = "access") -> SigningKey:
        """Return the key that signs tokens of this kind now; Cognito has one for each kind."""
        if token_use not in self._current:
            raise ConfigurationError('token_use must be "access" or "id".')
        return self._current[token_use]

    def rotate(self) -> None:
        """Sign with new keys from now on. The old ones stay published until drop_retired_keys()."""
        self._generation += 1
        self._retired[:0] = self._current.values()
        self._current = self._make_keys()

    def drop_retired_keys(self) -> None:
        """Publish the keys that sign now and no others, so that older tokens name an unknown key."""
        self._retired.clear()

    def serve(self) -> JwksServer:
        """Return a server on loopback that publishes these keys; use it as a context manager.

        Its `pool` is this one with its JWKS address, so that a verifier really fetches.
        """
        from cognitokit.testing.jwks_server import JwksServer  # noqa: PLC0415 - http.server is slow to import

        return JwksServer(self._pool, lambda: self.jwks)

    @overload
    def verifier(
        self, token_use: Literal["access"] = "access", **options: Any
    ) -> CognitoVerifier[AccessToken]: ...
    @overload
    def verifier(self, token_use: Literal["id"], **options: Any) -> CognitoVerifier[IdToken]: ...
    @overload
    def verifier(
        self, token_use: None, **options: Any
    ) -> CognitoVerifier[AccessToken | IdToken]: ...
    def verifier(self, token_use: Any = "access", **options: Any) -> CognitoVerifier[Any]:
        """Return a verifier of these tokens, with every check on and no network.

        It takes the keys that the mint publishes at the time, and the mint's clock.

        Args:
            token_use: "access", "id" or None, as CognitoVerifier has it.
            **options: CognitoVerifier's other options; client_id is the mint's by default.
        """
        from cognitokit.verifier import CognitoVerifier  # noqa: PLC0415 - not every test needs one

        return CognitoVerifier(self._pool, **self._verifier_options(token_use, options))

    @overload
    def async_verifier(
        self, token_use: Literal["access"] = "access", **options: Any
    ) -> AsyncCognitoVerifier[AccessToken]: ...
    @overload
    def async_verifier(
        self, token_use: Literal["id"], **options: Any
    ) -> AsyncCognitoVerifier[IdToken]: ...
    @overload
    def async_verifier(
        self, token_use: None, **options: Any
    ) -> AsyncCognitoVerifier[AccessToken | IdToken]: ...
    def async_verifier(
        self, token_use: Any = "access", **options: Any
    ) -> AsyncCognitoVerifier[Any]:
        """Same as verifier(), for `await verifier.verify(token)`."""
        from cognitokit.verifier import (  # noqa: PLC0415 - not every test needs one
            AsyncCognitoVerifier,
        )

        return AsyncCognitoVerifier(self._pool, **self._verifier_options(token_use, options))

    def sub(self, username: str) -> str:
        """Return the sub of the user of that name: a UUID, always the same in one pool."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self._pool.id}/{username}"))

    def access_token(
        self,
        username: str | None = None,
        *,
        groups: Iterable[str] = (),
        scopes: Iterable[str] = (SELF_SERVICE_SCOPE,),
        identity: FederatedIdentity | None = None,
        expires_in: int = 3600,
        device_key: str | None = None,
        headers: Mapping[str, Any] | None = None,
        claims: Mapping[str, Any] | None = None,
        **more_claims: Any,
    ) -> str:
        """Make a user's access token.

        Args:
            username: The user's name; default "jane", or what identity gives.
            groups: cognito:groups.
            scopes: Joined to the scope claim; none leaves it out.
            identity: Makes it the token of a federated user.
            expires_in: Seconds from now; zero or less gives a token that has expired.
            device_key: The remembered device that the user signed in on.
            headers: Members of the JOSE header to set; None removes one.
            claims: Claims to set; None removes one.
            **more_claims: The same by name.
        """
        name = _username(username, identity)
        issued_at, expires_at = self._times(expires_in)
        body: dict[str, Any] = {
            "sub": self.sub(name),
            "device_key": device_key,
            "cognito:groups": self._groups(groups, identity),
            "iss": self._issuer,
            "version": 2,
            "client_id": self._client_id,
            "origin_jti": self._new_id(),
            "event_id": self._new_id(),
            "token_use": "access",
            "scope": " ".join(list_of("scopes", scopes)) or None,
            "auth_time": issued_at,
            "exp": expires_at,
            "iat": issued_at,
            "jti": self._new_id(),
            "username": name,
        }
        return self.sign(_merged("claims", body, claims, more_claims), headers=headers)

    def id_token(
        self,
        username: str | None = None,
        *,
        groups: Iterable[str] = (),
        roles: Iterable[str] = (),
        custom: Mapping[str, str] | None = None,
        identity: FederatedIdentity | None = None,
        nonce: str | None = None,
        access_token: str | None = None,
        expires_in: int = 3600,
        headers: Mapping[str, Any] | None = None,
        claims: Mapping[str, Any] | None = None,
        **more_claims: Any,
    ) -> str:
        """Make a user's id token, with a verified email address.

        Args:
            username: The user's name; default "jane", or what identity gives.
            groups: cognito:groups.
            roles: cognito:roles, ARNs of IAM roles; the first is also cognito:preferred_role.
            custom: Custom attributes by their names without "custom:"; Cognito has only strings.
            identity: Makes it the token of a federated user.
            nonce: The nonce of the login that it answers.
            access_token: The access token that it was issued beside: adds at_hash
                (OpenID Connect Core 3.1.3.6), as managed login does.
            expires_in: Seconds from now; zero or less gives a token that has expired.
            headers: Members of the JOSE header to set; None removes one.
            claims: Claims to set; None removes one.
            **more_claims: The same by name.
        """
        name = _username(username, identity)
        issued_at, expires_at = self._times(expires_in)
        role_names = list_of("roles", roles)
        body: dict[str, Any] = {
            "at_hash": None if access_token is None else at_hash(access_token),
            "sub": self.sub(name),
            "cognito:groups": self._groups(groups, identity),
            # Cognito does not take the provider's word for the address.
            "email_verified": identity is None,
            "cognito:preferred_role": role_names[0] if role_names else None,
            "iss": self._issuer,
            "cognito:username": name,
            "nonce": nonce,
            "origin_jti": self._new_id(),
            "cognito:roles": role_names or None,
            "aud": self._client_id,
            "identities": identity and [_identity_claim(identity, issued_at)],
            "event_id": self._new_id(),
            "token_use": "id",
            "auth_time": issued_at,
            "exp": expires_at,
            "iat": issued_at,
            "jti": self._new_id(),
            "email": f"{name}@example.com",
            **{f"custom:{key}": value for key, value in (custom or {}).items()},
        }
        return self.sign(
            _merged("claims", body, claims, more_claims), token_use="id", headers=headers
        )

    def machine_token(
        self,
        scopes: Iterable[str],
        *,
        expires_in: int = 3600,
        headers: Mapping[str, Any] | None = None,
        claims: Mapping[str, Any] | None = None,
        **more_claims: Any,
    ) -> str:
        """Make an access token of the client credentials grant: no user, so no username and no groups.

        Args:
            scopes: Scopes of resource servers, for instance ["tasks/read"].
            expires_in: Seconds from now; zero or less gives a token that has expired.
            headers: Members of the JOSE header to set; None removes one.
            claims: Claims to set; None removes one.
            **more_claims: The same by name.
        """
        issued_at, expires_at = self._times(expires_in)
        body: dict[str, Any] = {
            "sub": self._client_id,
            "token_use": "access",
            "scope": " ".join(list_of("scopes", scopes)) or None,
            "auth_time": issued_at,
            "iss": self._issuer,
            "exp": expires_at,
            "iat": issued_at,
            "version": 2,
            "jti": self._new_id(),
            "client_id": self._client_id,
        }
        return self.sign(_merged("claims", body, claims, more_claims), headers=headers)

    def tokens(
        self,
        username: str | None = None,
        *,
        groups: Iterable[str] = (),
        scopes: Iterable[str] = (SELF_SERVICE_SCOPE,),
        identity: FederatedIdentity | None = None,
        expires_in: int = 3600,
    ) -> Tokens:
        """Make what one sign-in gives: both tokens with the same origin_jti and event_id, and a refresh token.

        The refresh token has the form of Cognito's and opens nothing.
        """
        in_common = {"origin_jti": self._new_id(), "event_id": self._new_id()}
        group_names = list_of("groups", groups)
        access_token = self.access_token(
            username,
            groups=group_names,
            scopes=scopes,
            identity=identity,
            expires_in=expires_in,
            claims=in_common,
        )
        id_token = self.id_token(
            username, groups=group_names, identity=identity, expires_in=expires_in, claims=in_common
        )
        header = base64url_encode(b'{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}').decode()
        rest = (base64url_encode(self._new_id().encode()).decode() for _ in range(4))
        return Tokens(
            access_token=access_token,
            id_token=id_token,
            refresh_token=".".join((header, *rest)),
            expires_in=expires_in,
            expires_at=int(self._clock()) + expires_in,
        )

    def sign(
        self,
        claims: Mapping[str, Any],
        *,
        token_use: TokenUse = "access",
        headers: Mapping[str, Any] | None = None,
        algorithm: str = "RS256",
    ) -> str:
        """Sign exactly these claims with the key of that kind of token.

        Args:
            claims: The payload; None stays and becomes null.
            token_use: Whose key signs.
            headers: Members of the header to set beside kid and alg; None removes one. What they
                say of alg and kid is said only: key and algorithm stay what they are.
            algorithm: How it is really signed: an RSA algorithm of RFC 7518, for instance "PS256".
        """
        key = self.key(token_use)
        header = _merged("headers", {"kid": key.kid, "alg": algorithm}, headers)
        return self.sign_bytes(
            _json("headers", header), _json("claims", claims), key=key, algorithm=algorithm
        )

    def sign_bytes(
        self,
        header: bytes,
        payload: bytes,
        *,
        key: SigningKey | None = None,
        algorithm: str = "RS256",
    ) -> str:
        """Sign any bytes as header and payload, for tokens that no honest issuer makes.

        Args:
            header: What stands for the JOSE header.
            payload: What stands for the claims.
            key: Who signs; default: the key of access tokens.
            algorithm: How it is signed, whatever the header says.
        """
        if algorithm not in _ALGORITHMS:
            raise ConfigurationError(f"algorithm must be one of {', '.join(sorted(_ALGORITHMS))}.")
        signing_input = base64url_encode(header) + b"." + base64url_encode(payload)
        signature = _ALGORITHMS[algorithm].sign(signing_input, (key or self.key()).private)
        return (signing_input + b"." + base64url_encode(signature)).decode()

    def _verifier_options(self, token_use: Any, options: dict[str, Any]) -> dict[str, Any]:
        return {
            "client_id": self._client_id,
            "token_use": token_use,
            "clock": self._clock,
            "fetcher": None if "jwks" in options else self._fetch,
            **options,
        }

    def _fetch(self, url: str) -> dict[str, Any]:
        del url
        return self.jwks

    def _make_keys(self) -> dict[TokenUse, SigningKey]:
        if self._own_keys:
            return {"id": signing_keys.make_key(), "access": signing_keys.make_key()}
        return {
            "id": signing_keys.pool_key(self._pool.id, "id", self._generation),
            "access": signing_keys.pool_key(self._pool.id, "access", self._generation),
        }

    def _times(self, expires_in: int) -> tuple[int, int]:
        if type(expires_in) is not int:
            raise ConfigurationError("expires_in must be a whole number of seconds from now.")
        now = int(self._clock())
        expires_at = now + expires_in
        # A token that has expired was issued before that, for the usual hour.
        return (now if expires_in > 0 else expires_at - 3600), expires_at

    def _groups(
        self, groups: Iterable[str], identity: FederatedIdentity | None
    ) -> list[str] | None:
        names = list_of("groups", groups)
        if identity is not None:
            # Cognito makes a group for each provider and puts its users there.
            names.append(f"{self._pool.id}_{identity.provider}")
        return names or None


def at_hash(access_token: str) -> str:
    """Return the hash that binds an id token to an access token (OpenID Connect Core 3.1.3.6, RS256)."""
    digest = hashlib.sha256(access_token.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def _username(username: str | None, identity: FederatedIdentity | None) -> str:
    if not _is_a(username, str, type(None)):
        raise ConfigurationError("username must be a str.")
    if username is not None:
        return username
    return "jane" if identity is None else identity.username


def _identity_claim(identity: FederatedIdentity, created_at: int) -> dict[str, str | None]:
    # Cognito writes these as strings, the date in milliseconds.
    return {
        "dateCreated": str(created_at * 1000),
        "userId": identity.user_id,
        "providerName": identity.provider,
        "providerType": identity.provider_type or identity.provider,
        "issuer": identity.issuer,
        "primary": "true",
    }


def list_of(option: str, names: Iterable[str]) -> list[str]:
    """Return the names as a list; ConfigurationError where one string stands for them, or one is none."""
    if isinstance(names, str):
        raise ConfigurationError(f"{option} must be a list of names, not one string.")
    listed: list[object] = [*names] if _is_a(names, Iterable) else [None]
    if not all(isinstance(name, str) and name for name in listed):
        raise ConfigurationError(
            f"{option} must be a list of names, each a str. What no honest issuer writes can be "
            "set with claims={...}."
        )
    return cast("list[str]", listed)


def _is_a(value: object, *kinds: type) -> bool:
    """Whether it is what its annotation says, which not every caller's type checker has seen."""
    return isinstance(value, kinds)


def _merged(
    option: str, body: Mapping[str, Any], *overrides: Mapping[str, Any] | None
) -> dict[str, Any]:
    merged = dict(body)
    for override in overrides:
        if not _is_a(override, Mapping, type(None)):
            raise ConfigurationError(f"{option} must be a mapping of names to values.")
        merged.update(override or {})
    return {name: value for name, value in merged.items() if value is not None}


def _json(option: str, value: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"{option} must be what JSON in UTF-8 can hold; for other bytes there is sign_bytes(). "
            f"({type(error).__name__})"
        ) from None
