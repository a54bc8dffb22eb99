"""client.mfa: a signed-in user's second factors, and setting one up in the middle of a sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from cognitokit.client.challenges import MfaSetup
from cognitokit.client.flows import mfa
from cognitokit.client.flows.request import token_member
from cognitokit.client.sync.part import Part

if TYPE_CHECKING:
    from cognitokit.client.results import AuthFactors
    from cognitokit.client.totp import TotpSetup
    from cognitokit.tokens import Tokens

S = TypeVar("S", bound=MfaSetup | None)


class Mfa(Part):
    """Sets up, switches and lists a user's factors."""

    @overload
    def associate(self, for_whom: MfaSetup) -> TotpSetup[MfaSetup]: ...
    @overload
    def associate(self, for_whom: Tokens | str) -> TotpSetup[None]: ...
    def associate(self, for_whom: Tokens | str | MfaSetup) -> TotpSetup[Any]:
        """Begin to set up an authenticator app (AssociateSoftwareToken).

        Args:
            for_whom: A signed-in user's access token, with the scope aws.cognito.signin.user.admin,
                or the MfaSetup challenge of a sign-in.

        Returns:
            What to show the user, and to give to verify().

        Raises:
            SoftwareTokenMFANotFound: The pool does not allow authenticator apps.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(mfa.associate(for_whom))

    def verify(self, setup: TotpSetup[S], code: str, *, device_name: str | None = None) -> S:
        """Finish setting up an authenticator app with the code that it shows (VerifySoftwareToken).

        The user is asked for codes from then on only after set_preference().

        Args:
            setup: What associate() gave.
            code: Six digits.
            device_name: What the user calls the authenticator.

        Returns:
            The challenge to go on with, by client.respond(challenge.answer()), where the set-up
            began with one; else None.

        Raises:
            EnableSoftwareTokenMFA: The code is wrong.
            CodeMismatch: The code is wrong.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(mfa.verify(setup, code, device_name=device_name))

    def set_preference(
        self,
        access_token: Tokens | str,
        *,
        sms: bool | None = None,
        software_token: bool | None = None,
        email: bool | None = None,
        web_authn: bool | None = None,
        preferred: Literal["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"] | None = None,
    ) -> None:
        """Switch the signed-in user's second factors (SetUserMFAPreference).

        Args:
            access_token: With the scope aws.cognito.signin.user.admin.
            sms: On or off; None leaves it as it is.
            software_token: The same for the authenticator app.
            email: The same for codes by email.
            web_authn: The same for passkeys as a factor that satisfies MFA.
            preferred: The method to ask for first, which switches it on. Cognito forgets that a
                method was preferred when a call switches it, on or off, without naming it here:
                to switch it and keep the preference, name it again.

        Raises:
            InvalidParameter: The user has not set the method up, or the pool does not allow it.
            ServiceError: Cognito refused for another reason.
            TransportError: No usable answer came back.
        """
        return self._driver.run(
            mfa.set_preference(
                token_member(access_token),
                sms=sms,
                software_token=software_token,
                email=email,
                web_authn=web_authn,
                preferred=preferred,
            )
        )

    def get_factors(self, access_token: Tokens | str) -> AuthFactors:
        """Return what the signed-in user can prove themselves with (GetUserAuthFactors).

        Args:
            access_token: With the scope aws.cognito.signin.user.admin.

        Raises:
            ServiceError: Cognito refused.
            TransportError: No usable answer came back.
        """
        return self._driver.run(mfa.auth_factors(token_member(access_token)))
