"""Signing requests with AWS credentials: SigV4, by botocore."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import botocore.exceptions as faults
import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from cognitokit.errors import MissingCredentials

if TYPE_CHECKING:
    from botocore.credentials import Credentials

NO_CREDENTIALS = (
    faults.ConfigNotFound,
    faults.ConfigParseError,
    faults.CredentialRetrievalError,
    faults.MetadataRetrievalError,
    faults.NoAuthTokenError,
    faults.NoCredentialsError,
    faults.PartialCredentialsError,
    faults.ProfileNotFound,
    faults.RefreshWithMFAUnsupportedError,
    faults.SSOError,
    faults.TokenRetrievalError,
    faults.UnknownCredentialError,
)
"""What botocore raises where it finds no usable credentials."""


class CredentialSource(Protocol):
    """A boto3.Session, a botocore session, or your own."""

    def get_credentials(self) -> Credentials | None:
        """Return the credentials to sign with; None where there are none."""
        ...


class Signer:
    """Signs requests to the user pools API of one region. Blocks while credentials are looked up."""

    def __init__(self, region: str, source: CredentialSource | None) -> None:
        self._region = region
        self._source = source
        self._credentials: Credentials | None = None

    def signed(
        self, operation: str, url: str, headers: dict[str, str], body: bytes
    ) -> dict[str, str]:
        """Return the headers with a signature.

        Raises:
            MissingCredentials: There are no usable AWS credentials.
        """
        why: Exception | None = None
        try:
            credentials = self._credentials or self._found()
            if credentials is not None:
                request = AWSRequest("POST", url, headers=headers, data=body)
                SigV4Auth(
                    credentials.get_frozen_credentials(), "cognito-idp", self._region
                ).add_auth(request)
                self._credentials = credentials
                return {name: str(value) for name, value in request.headers.items()}
        except NO_CREDENTIALS as error:
            why = error.with_traceback(None)
        raise missing_credentials(operation, why)

    def _found(self) -> Credentials | None:
        if self._source is None:
            self._source = botocore.session.get_session()
        return self._source.get_credentials()


def missing_credentials(operation: str, why: Exception | None = None) -> MissingCredentials:
    """Return the error of a call that must be signed and cannot be.

    Args:
        operation: Cognito's name of it.
        why: What botocore raised, if it did.
    """
    profile = why.kwargs.get("profile") if isinstance(why, faults.ProfileNotFound) else None
    fault = (
        "there are no usable AWS credentials"
        if profile is None
        else (f"there is no AWS profile {profile!r}, which AWS_PROFILE or a session names")
    )
    return MissingCredentials(
        f"{operation} must be signed, and {fault}: configure a role, "
        "a profile or AWS_ACCESS_KEY_ID, or give the transport a session that has some."
    )
