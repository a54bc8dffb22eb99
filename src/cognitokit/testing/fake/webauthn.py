"""The relying party's side of WebAuthn: options out, and what comes back checked (WebAuthn 3, 7.1 and 7.2)."""

from __future__ import annotations

import binascii
import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from cognitokit.testing.fake import cbor
from cognitokit.testing.fake.refusal import Refused, incorrect_credentials, invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cognitokit.testing.fake.settings import Passkeys

CEREMONY_SECONDS = 180
CHALLENGE_BYTES = 32
_ES256 = -7
_USER_PRESENT, _USER_VERIFIED, _ATTESTED = 0x01, 0x04, 0x40
_RP_ID_HASH = slice(0, 32)
_FLAGS = 32
_CREDENTIAL_LENGTH = slice(53, 55)
_CREDENTIAL_ID = 55
_SHORTEST = 37


@dataclass(frozen=True, slots=True)
class Ceremony:
    """A registration or assertion that was begun: the challenge that must come back."""

    client_id: str
    expires_at: float
    challenge: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Passkey:
    """A registered credential."""

    id: str
    relying_party: str
    transports: tuple[str, ...]
    attachment: str | None
    created_at: float
    key: ec.EllipticCurvePublicKey = field(repr=False)


def creation_options(
    configuration: Passkeys,
    ceremony: Ceremony,
    *,
    sub: str,
    username: str,
    passkeys: Iterable[Passkey],
) -> dict[str, Any]:
    """Return PublicKeyCredentialCreationOptionsJSON (WebAuthn 3, 5.1.8)."""
    return {
        "rp": {"id": configuration.relying_party, "name": configuration.relying_party},
        "user": {"id": encoded(sub.encode()), "name": username, "displayName": username},
        "challenge": encoded(ceremony.challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": _ES256}],
        "timeout": CEREMONY_SECONDS * 1000,
        "excludeCredentials": [{"type": "public-key", "id": passkey.id} for passkey in passkeys],
        "authenticatorSelection": {
            "requireResidentKey": True,
            "residentKey": "required",
            "userVerification": _user_verification(configuration),
        },
    }


def request_options(
    configuration: Passkeys, ceremony: Ceremony, passkeys: Iterable[Passkey]
) -> dict[str, Any]:
    """Return PublicKeyCredentialRequestOptionsJSON (WebAuthn 3, 5.5.1)."""
    return {
        "challenge": encoded(ceremony.challenge),
        "timeout": CEREMONY_SECONDS * 1000,
        "rpId": configuration.relying_party,
        "allowCredentials": [
            {"type": "public-key", "id": passkey.id, "transports": list(passkey.transports)}
            for passkey in passkeys
        ],
        "userVerification": _user_verification(configuration),
    }


def register(
    configuration: Passkeys, ceremony: Ceremony, credential: Mapping[str, Any], now: float
) -> Passkey:
    """Check a RegistrationResponseJSON and return the passkey, or refuse with the WebAuthn error that fits."""
    response = _response(credential)
    _check_client_data(configuration, ceremony, response, "webauthn.create")
    try:
        attestation, _ = cbor.decode(decoded(response["attestationObject"]))
        data: bytes = attestation["authData"]
        _check_authenticator_data(configuration, data)
        size = int.from_bytes(data[_CREDENTIAL_LENGTH], "big")
        credential_id = data[_CREDENTIAL_ID : _CREDENTIAL_ID + size]
        cose_key, _ = cbor.decode(data[_CREDENTIAL_ID + size :])
        attested = bool(data[_FLAGS] & _ATTESTED)
    except (cbor.NotCbor, KeyError, TypeError, ValueError):
        attested, cose_key, credential_id = False, {}, b""
    key = _public_key(cose_key) if attested else None
    if key is None or encoded(credential_id) != credential.get("id"):
        raise Refused("WebAuthnCredentialNotSupportedException", "The credential is not supported.")
    return Passkey(
        id=encoded(credential_id),
        relying_party=configuration.relying_party,
        transports=tuple(response.get("transports", ())),
        attachment=credential.get("authenticatorAttachment"),
        created_at=now,
        key=key,
    )


def check_assertion(
    configuration: Passkeys,
    ceremony: Ceremony,
    credential_json: str,
    passkeys: Mapping[str, Passkey],
    *,
    sub: str,
    now: float,
) -> bool:
    """Check an AuthenticationResponseJSON and return whether the authenticator verified the user.

    An assertion that is not good is refused: NotAuthorizedException.
    """
    try:
        credential = json.loads(credential_json)
        response = _response(credential)
        passkey = passkeys.get(credential.get("id"))
        data = decoded(response["authenticatorData"])
        client_data = decoded(response["clientDataJSON"])
        signature = decoded(response["signature"])
        handle = decoded(response["userHandle"]) if response.get("userHandle") else sub.encode()
    except (AttributeError, KeyError, TypeError, ValueError):
        response, passkey = dict[str, Any](), None
        data = client_data = signature = handle = b""
    if passkey is None or now >= ceremony.expires_at or handle != sub.encode():
        raise incorrect_credentials()
    try:
        _check_client_data(configuration, ceremony, response, "webauthn.get")
        _check_authenticator_data(configuration, data)
        passkey.key.verify(
            signature, data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256())
        )
        good = True
    except (Refused, InvalidSignature):
        good = False
    if not good:
        raise incorrect_credentials()
    return bool(data[_FLAGS] & _USER_VERIFIED)


def encoded(data: bytes) -> str:
    """Return base64url without padding, as WebAuthn's JSON has it."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _user_verification(configuration: Passkeys) -> str:
    return "required" if configuration.user_verification_required else "preferred"


def _response(credential: Mapping[str, Any]) -> Mapping[str, Any]:
    response = credential.get("response")
    if not isinstance(response, dict):
        raise invalid_parameter("The credential has no response.")
    return cast("dict[str, Any]", response)


def _check_client_data(
    configuration: Passkeys, ceremony: Ceremony, response: Mapping[str, Any], kind: str
) -> None:
    try:
        data: Any = json.loads(decoded(response["clientDataJSON"]))
        challenge = decoded(data["challenge"])
        origin = urlsplit(str(data["origin"]))
        scheme, host = origin.scheme, origin.hostname or ""
        right_kind: bool = data["type"] == kind
    except (binascii.Error, KeyError, TypeError, ValueError):
        right_kind, challenge, scheme, host = False, b"", "", ""
    if not right_kind or not hmac.compare_digest(challenge, ceremony.challenge):
        raise Refused(
            "WebAuthnChallengeNotFoundException", "The challenge is not one that was given out."
        )
    inside = host == configuration.relying_party or host.endswith(f".{configuration.relying_party}")
    if not inside or (scheme != "https" and host != "localhost"):
        raise Refused(
            "WebAuthnOriginNotAllowedException", "The origin does not belong to the relying party."
        )


def _check_authenticator_data(configuration: Passkeys, data: bytes) -> None:
    expected = hashlib.sha256(configuration.relying_party.encode()).digest()
    if len(data) < _SHORTEST or data[_RP_ID_HASH] != expected:
        raise Refused(
            "WebAuthnRelyingPartyMismatchException", "The credential is for another relying party."
        )
    flags = data[_FLAGS]
    if not flags & _USER_PRESENT or (
        configuration.user_verification_required and not flags & _USER_VERIFIED
    ):
        raise Refused(
            "WebAuthnCredentialNotSupportedException", "The authenticator did not verify the user."
        )


def _public_key(cose_key: Any) -> ec.EllipticCurvePublicKey | None:
    try:
        if (cose_key[1], cose_key[3], cose_key[-1]) != (2, _ES256, 1):
            return None
        x, y = (int.from_bytes(cose_key[name], "big") for name in (-2, -3))
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except (KeyError, TypeError, ValueError):
        return None
