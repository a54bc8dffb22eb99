"""Tokens that a sound application refuses, each a good one with a single thing wrong."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cognitokit.testing.mint import TokenMint
from cognitokit.testing.signing_keys import make_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cognitokit.testing.mint import TokenUse
    from cognitokit.testing.signing_keys import SigningKey

_OTHER_CLIENT = "2stranger3456789"


@dataclass(frozen=True, slots=True)
class BadToken:
    """A token that must be refused."""

    name: str
    """A stable word, for instance "expired"."""
    flaw: str
    """What is wrong with it, as the end of a sentence."""
    token: str = field(repr=False)


def bad_tokens(
    mint: TokenMint,
    good: str,
    *,
    token_use: TokenUse = "access",
) -> list[BadToken]:
    """Return tokens that must be refused although the good one is accepted.

    Each differs from the good one in one respect, so that it is refused for that, if at all.

    Args:
        mint: What made the good token.
        good: A token that the application accepts.
        token_use: What kind of token it is.
    """
    return list(_Forger(mint, good, token_use).all())


class _Forger:
    def __init__(self, mint: TokenMint, good: str, token_use: TokenUse) -> None:
        self._mint = mint
        self._good = good
        self._use: TokenUse = token_use
        self._other_use: TokenUse = "id" if token_use == "access" else "access"
        self._header, self._claims = (_read(part) for part in good.split(".")[:2])
        self._now = int(mint.clock())

    def all(self) -> Iterator[BadToken]:
        for name, flaw, token in (
            *self._of_time(),
            *self._of_someone_else(),
            *self._of_another_key(),
            *self._of_another_algorithm(),
            *self._tampered(),
            *self._malformed(),
        ):
            yield BadToken(name, flaw, token)

    def _of_time(self) -> Iterator[tuple[str, str, str]]:
        day = 86_400
        yield (
            "expired",
            "its time is over",
            self._with(exp=self._now - 3600, iat=self._now - 7200, auth_time=self._now - 7200),
        )
        yield "no-exp", "it never expires", self._with(exp=None)
        yield "exp-text", "its exp is a string", self._with(exp=str(self._claims["exp"]))
        yield "not-yet-valid", "its nbf is tomorrow", self._with(nbf=self._now + day)
        yield (
            "issued-tomorrow",
            "its iat is tomorrow",
            self._with(iat=self._now + day, exp=self._now + 2 * day),
        )

    def _of_someone_else(self) -> Iterator[tuple[str, str, str]]:
        stranger = TokenMint(
            f"{self._mint.pool.region}_Stranger1",
            client_id=self._mint.client_id,
            clock=self._mint.clock,
        )
        client = "client_id" if self._use == "access" else "aud"
        theirs = {**self._claims, "iss": stranger.issuer}
        yield (
            "other-pool",
            "another user pool issued it",
            stranger.sign(theirs, token_use=self._use),
        )
        yield "other-issuer", "its iss is another pool's", self._with(iss=stranger.issuer)
        yield (
            "issuer-extended",
            "its iss only begins like the pool's",
            self._with(iss=f"{self._claims['iss']}.example.com"),
        )
        yield "no-issuer", "it has no iss", self._with(iss=None)
        yield (
            "other-client",
            "it was issued to another app client",
            self._with(**{client: _OTHER_CLIENT}),
        )
        yield "no-client", f"it has no {client}", self._with(**{client: None})
        yield (
            "client-list",
            f"its {client} is a list",
            self._with(**{client: [self._mint.client_id, _OTHER_CLIENT]}),
        )
        groups = self._claims.get("cognito:groups", ())
        yield (
            f"{self._other_use}-token",
            f"it is an {self._other_use} token",
            self._mint.id_token(self._username, groups=groups)
            if self._other_use == "id"
            else self._mint.access_token(self._username, groups=groups),
        )
        either = {"client_id": self._mint.client_id, "aud": self._mint.client_id}
        yield (
            f"{self._other_use}-token-dressed-up",
            f"it is an {self._other_use} token with every claim of an {self._use} token",
            self._mint.sign(
                {**self._claims, **either, "token_use": self._other_use}, token_use=self._other_use
            ),
        )
        yield "no-token-use", "it has no token_use", self._with(token_use=None)
        yield "other-token-use", 'its token_use is "refresh"', self._with(token_use="refresh")

    def _of_another_key(self) -> Iterator[tuple[str, str, str]]:
        attacker = _attacker()
        payload = _json(self._claims)
        header = {**self._header, "kid": attacker.kid}
        sign = functools.partial(self._mint.sign_bytes, payload=payload, key=attacker)
        yield (
            "unknown-kid",
            "a key that the pool does not publish signed it",
            sign(header=_json(header)),
        )
        yield (
            "forged",
            "another key than the one it names signed it",
            sign(header=_json(self._header)),
        )
        yield (
            "embedded-jwk",
            "it brings its own key in jwk",
            sign(header=_json({**self._header, "jwk": attacker.to_jwk()})),
        )
        yield (
            "embedded-jwk-unknown-kid",
            "it brings its own key in jwk, under a kid of its own",
            sign(header=_json({**header, "jwk": attacker.to_jwk()})),
        )
        yield (
            "jku",
            "it says in jku where its key is",
            sign(header=_json({**header, "jku": "https://attacker.example/jwks.json"})),
        )
        yield (
            "x5u",
            "it says in x5u where its certificate is",
            sign(header=_json({**header, "x5u": "https://attacker.example/cert.pem"})),
        )
        yield (
            "no-kid",
            "it names no key",
            self._mint.sign(self._claims, token_use=self._use, headers={"kid": None}),
        )
        yield (
            "other-kid",
            "it names the pool's other key",
            self._mint.sign(
                self._claims,
                token_use=self._use,
                headers={"kid": self._mint.key(self._other_use).kid},
            ),
        )

    def _of_another_algorithm(self) -> Iterator[tuple[str, str, str]]:
        body = _encode(_json(self._claims))
        for spelling in ("none", "None", "NONE"):
            head = _encode(_json({**self._header, "alg": spelling}))
            yield f"alg-{spelling}", "it is not signed", f"{head}.{body}."
        head = _encode(_json({**self._header, "alg": "none"}))
        yield (
            "alg-none-signed",
            'its alg is "none", its signature that of the good token',
            f"{head}.{body}.{self._good.rpartition('.')[2]}",
        )
        head = _encode(_json({**self._header, "alg": "HS256"}))
        public = self._mint.key(self._use).public
        for form, secret in (
            ("pem", public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)),
            ("der", public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
            ("jwk", _json(self._mint.key(self._use).to_jwk())),
            ("empty", b""),
        ):
            mac = hmac.digest(secret, f"{head}.{body}".encode(), hashlib.sha256)
            flaw = (
                "an empty HMAC key"
                if form == "empty"
                else f"the public key as HMAC key ({form.upper()})"
            )
            yield f"hs256-{form}", f"it is signed with {flaw}", f"{head}.{body}.{_encode(mac)}"
        for algorithm in ("RS512", "PS256"):
            yield (
                f"alg-{algorithm}",
                f"it is signed with {algorithm}",
                self._mint.sign(self._claims, token_use=self._use, algorithm=algorithm),
            )

    def _tampered(self) -> Iterator[tuple[str, str, str]]:
        head, body, signature = self._good.split(".")
        richer = {**self._claims, "cognito:groups": ["admin", "administrators"], "sub": "0"}
        yield (
            "tampered-payload",
            "its claims were changed",
            f"{head}.{_encode(_json(richer))}.{signature}",
        )
        flipped = bytearray(base64.urlsafe_b64decode(signature + "=="))
        flipped[0] ^= 1
        yield (
            "tampered-signature",
            "a bit of its signature was changed",
            f"{head}.{body}.{_encode(bytes(flipped))}",
        )
        short = base64.urlsafe_b64decode(signature + "==")[:-1]
        yield "truncated", "the end of its signature is missing", f"{head}.{body}.{_encode(short)}"
        yield "no-signature", "its signature is missing", f"{head}.{body}."
        other = self._mint.sign({**self._claims, "jti": "another"}, token_use=self._use).rpartition(
            "."
        )[2]
        yield (
            "swapped-signature",
            "its signature is that of another good token",
            f"{head}.{body}.{other}",
        )

    def _malformed(self) -> Iterator[tuple[str, str, str]]:
        head, body, signature = self._good.split(".")
        key = self._mint.key(self._use)
        twice = _json(self._claims)[:-1] + b',"exp":99999999999}'
        yield "garbage", "it is no token at all", "not-a-token"
        yield "two-segments", "its signature and the dot before it are missing", f"{head}.{body}"
        yield "four-segments", "it has a segment too many", f"{self._good}.{signature}"
        yield (
            "refresh-token",
            "it is a refresh token",
            self._mint.tokens(self._username).refresh_token or "",
        )
        yield "padded", "it is padded with =", f"{head}.{body}.{signature}=="
        yield (
            "claims-list",
            "its payload is no object",
            self._mint.sign_bytes(_json(self._header), b"[]", key=key),
        )
        yield (
            "claim-twice",
            "a claim occurs twice in it",
            self._mint.sign_bytes(_json(self._header), twice, key=key),
        )
        yield (
            "crit",
            "its crit names an extension that nobody knows",
            self._mint.sign(
                self._claims, token_use=self._use, headers={"crit": ["urn:x"], "urn:x": True}
            ),
        )

    @property
    def _username(self) -> str:
        name: str = self._claims.get("username") or self._claims.get("cognito:username") or "jane"
        return name

    def _with(self, **changes: Any) -> str:
        claims = {n: v for n, v in {**self._claims, **changes}.items() if v is not None}
        return self._mint.sign(claims, token_use=self._use)


@functools.cache
def _attacker() -> SigningKey:
    return make_key()


def _read(part: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return value


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
