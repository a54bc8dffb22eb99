"""A passkey authenticator in software, for the side of WebAuthn that a browser usually plays."""

from __future__ import annotations

import hashlib
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from cognitokit.errors import ConfigurationError
from cognitokit.testing.fake import cbor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

ES256 = -7
USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, ATTESTED = 0x01, 0x04, 0x08, 0x40
_COORDINATE = 32
_AAGUID = bytes(16)


@dataclass(slots=True)
class _Credential:
    id: bytes
    relying_party: str
    user_handle: bytes
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    uses: int = 0


class SoftwareAuthenticator:
    """Makes and uses passkeys: what navigator.credentials does in a browser, with real ES256 keys.

    Args:
        origin: The page that the user is on; default: https at the relying party's own host.
        verifies_user: Whether it checks who holds it, by fingerprint or PIN.
        random_bytes: Where credential ids come from.
    """

    def __init__(
        self,
        *,
        origin: str | None = None,
        verifies_user: bool = True,
        random_bytes: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._origin = origin
        self._verifies_user = verifies_user
        self._random_bytes = random_bytes
        self._credentials: list[_Credential] = []

    def __repr__(self) -> str:
        return (
            f"SoftwareAuthenticator(origin={self._origin!r}, credentials={len(self._credentials)})"
        )

    def create(self, options: Mapping[str, Any] | str) -> dict[str, Any]:
        """Register a passkey, as navigator.credentials.create() does.

        Args:
            options: PublicKeyCredentialCreationOptionsJSON (WebAuthn 3, 5.1.8), a mapping or JSON
                text: what StartWebAuthnRegistration answers.

        Returns:
            RegistrationResponseJSON, for CompleteWebAuthnRegistration.

        Raises:
            ConfigurationError: It has a passkey for the user already, or cannot make such a one.
        """
        asked = _mapping(options)
        relying_party = asked["rp"]["id"]
        if not any(each["alg"] == ES256 for each in asked["pubKeyCredParams"]):
            raise ConfigurationError(
                "The options do not allow ES256, which is what this authenticator has."
            )
        excluded = {_bytes(each["id"]) for each in asked.get("excludeCredentials", ())}
        if any(each.id in excluded for each in self._credentials):
            raise ConfigurationError(
                "This authenticator is registered already (excludeCredentials)."
            )
        credential = _Credential(
            self._random_bytes(_COORDINATE),
            relying_party,
            _bytes(asked["user"]["id"]),
            ec.generate_private_key(ec.SECP256R1()),
        )
        self._credentials.append(credential)
        numbers = credential.key.public_key().public_numbers()
        cose_key = cbor.encode(
            {
                1: 2,
                3: ES256,
                -1: 1,
                -2: numbers.x.to_bytes(_COORDINATE, "big"),
                -3: numbers.y.to_bytes(_COORDINATE, "big"),
            }
        )
        attested = _AAGUID + len(credential.id).to_bytes(2, "big") + credential.id + cose_key
        data = self._authenticator_data(credential, ATTESTED) + attested
        return {
            "id": _text(credential.id),
            "rawId": _text(credential.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": _text(self._client_data("webauthn.create", asked, relying_party)),
                "attestationObject": _text(
                    cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
                ),
                "transports": ["internal"],
            },
        }

    def get(self, options: Mapping[str, Any] | str) -> dict[str, Any]:
        """Sign in with a passkey, as navigator.credentials.get() does.

        Args:
            options: PublicKeyCredentialRequestOptionsJSON (WebAuthn 3, 5.5.1), a mapping or JSON
                text: what a WEB_AUTHN challenge carries.

        Returns:
            AuthenticationResponseJSON, for the answer to the challenge.

        Raises:
            ConfigurationError: It has no passkey that the options allow.
        """
        asked = _mapping(options)
        allowed = {_bytes(each["id"]) for each in asked.get("allowCredentials", ())}
        for credential in reversed(self._credentials):
            if credential.relying_party == asked["rpId"] and (
                not allowed or credential.id in allowed
            ):
                break
        else:
            raise ConfigurationError("This authenticator has no passkey that the options allow.")
        credential.uses += 1
        client_data = self._client_data("webauthn.get", asked, credential.relying_party)
        data = self._authenticator_data(credential, 0)
        signature = credential.key.sign(
            data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256())
        )
        return {
            "id": _text(credential.id),
            "rawId": _text(credential.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": _text(client_data),
                "authenticatorData": _text(data),
                "signature": _text(signature),
                "userHandle": _text(credential.user_handle),
            },
        }

    def _authenticator_data(self, credential: _Credential, flags: int) -> bytes:
        flags |= USER_PRESENT | BACKUP_ELIGIBLE | (USER_VERIFIED if self._verifies_user else 0)
        relying_party = hashlib.sha256(credential.relying_party.encode()).digest()
        return relying_party + bytes([flags]) + credential.uses.to_bytes(4, "big")

    def _client_data(self, kind: str, asked: Mapping[str, Any], relying_party: str) -> bytes:
        return json.dumps(
            {
                "type": kind,
                "challenge": asked["challenge"],
                "origin": self._origin or f"https://{relying_party}",
                "crossOrigin": False,
            }
        ).encode()


def _mapping(options: Mapping[str, Any] | str) -> Mapping[str, Any]:
    return json.loads(options) if isinstance(options, str) else options


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
