"""Passkeys: StartWebAuthnRegistration, CompleteWebAuthnRegistration, ListWebAuthnCredentials, DeleteWebAuthnCredential."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cognitokit.client.calls import Call
from cognitokit.client.flows.request import access_token_of, given
from cognitokit.client.members import Members
from cognitokit.client.results import Passkey
from cognitokit.client.webauthn import credential_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.calls import Flow, PagedFlow
    from cognitokit.tokens import Tokens


def start_registration(tokens: Tokens | str) -> Flow[dict[str, Any]]:
    """StartWebAuthnRegistration."""
    reply = yield Call("StartWebAuthnRegistration", {"AccessToken": access_token_of(tokens)})
    return Members(reply.body).document("CredentialCreationOptions")


def complete_registration(tokens: Tokens | str, credential: Mapping[str, Any] | str) -> Flow[None]:
    """CompleteWebAuthnRegistration."""
    yield Call(
        "CompleteWebAuthnRegistration",
        {
            "AccessToken": access_token_of(tokens),
            "Credential": json.loads(credential_json(credential)),
        },
    )


def list_passkeys(tokens: Tokens | str) -> PagedFlow[Passkey]:
    """ListWebAuthnCredentials."""

    def page(token: str | None) -> Flow[tuple[tuple[Passkey, ...], str | None]]:
        reply = yield Call(
            "ListWebAuthnCredentials", given(AccessToken=access_token_of(tokens), NextToken=token)
        )
        members = Members(reply.body)
        passkeys = tuple(Passkey.read(item) for item in members.each("Credentials"))
        return passkeys, members.optional_text("NextToken")

    return page


def delete_passkey(tokens: Tokens | str, credential_id: str) -> Flow[None]:
    """DeleteWebAuthnCredential."""
    yield Call(
        "DeleteWebAuthnCredential",
        {"AccessToken": access_token_of(tokens), "CredentialId": credential_id},
    )
