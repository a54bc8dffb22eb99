"""client.passkeys: a signed-in user's passkeys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cognitokit.client.flows import passkeys
from cognitokit.client.flows.request import token_member
from cognitokit.client.sync.part import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cognitokit.client.results import Passkey
    from cognitokit.tokens import Tokens


class Passkeys(Part):
    """Registers, lists and deletes passkeys. Every access token needs the scope aws.cognito.signin.user.admin."""

    def start_registration(self, access_token: Tokens | str) -> dict[str, Any]:
        """Begin to register a passkey (StartWebAuthnRegistration).

        Returns:
            PublicKeyCredentialCreationOptionsJSON, for the page's navigator.credentials.create().

        Raises:
            WebAuthnNotEnabled: The pool does not allow passkeys.
            WebAuthnConfigurationMissing: The pool has no relying party configured.
            LimitExceeded: The user has as many passkeys as Cognito allows.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(passkeys.start_registration(access_token))

    def complete_registration(
        self, access_token: Tokens | str, credential: Mapping[str, Any] | str
    ) -> None:
        """Register the passkey that the browser made (CompleteWebAuthnRegistration).

        Args:
            access_token: The user's.
            credential: RegistrationResponseJSON, as an object or as its JSON text.

        Raises:
            InvalidData: The credential is not a JSON object.
            WebAuthnError: Cognito does not take the credential; the subclasses say why.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(passkeys.complete_registration(access_token, credential))

    def list(self, access_token: Tokens | str) -> Iterator[Passkey]:
        """Iterate over the user's passkeys (ListWebAuthnCredentials).

        Raises:
            ServiceError: Cognito refused.
            TransportError: No usable answer came back.
        """
        return self._driver.iterate(passkeys.list_passkeys(token_member(access_token)))

    def delete(self, access_token: Tokens | str, credential_id: str) -> None:
        """Delete one of the user's passkeys (DeleteWebAuthnCredential).

        Args:
            access_token: The user's.
            credential_id: Passkey.credential_id.

        Raises:
            ResourceNotFound: The user has no such passkey.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(passkeys.delete_passkey(access_token, credential_id))
