"""Passkeys: StartWebAuthnRegistration, CompleteWebAuthnRegistration, ListWebAuthnCredentials, DeleteWebAuthnCredential."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cognitokit.client.calls import Call
from cognitokit.client.flows.pages import pages
from cognitokit.client.flows.request import token_member
from cognitokit.client.members import Members
from cognitokit.client.results import Passkey
from cognitokit.client.webauthn import credential_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.calls import Flow, PagedFlow
    from cognitokit.tokens import Tokens


def start_registration(tokens: Tokens | str) -> Flow[dict[str, Any]]:
    """StartWebAuthnRegistration."""
    reply = yield Call("StartWebAuthnRegistration", token_member(tokens))
    return Members(reply.body).document("CredentialCreationOptions")


def complete_registration(tokens: Tokens | str, credential: Mapping[str, Any] | str) -> Flow[None]:
    """CompleteWebAuthnRegistration."""
    yield Call(
        "CompleteWebAuthnRegistration",
        {**token_member(tokens), "Credential": json.loads(credential_json(credential))},
    )


def list_passkeys(owner: Mapping[str, str]) -> PagedFlow[Passkey]:
    """ListWebAuthnCredentials; owner is the member that says whose they are: AccessToken."""
    return pages("ListWebAuthnCredentials", owner, items="Credentials", read=Passkey.read)


def delete_passkey(tokens: Tokens | str, credential_id: str) -> Flow[None]:
    """DeleteWebAuthnCredential."""
    yield Call("DeleteWebAuthnCredential", {**token_member(tokens), "CredentialId": credential_id})
