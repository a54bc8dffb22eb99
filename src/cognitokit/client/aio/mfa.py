"""client.mfa: a signed-in user's second factors, and setting one up in the middle of a sign-in, awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from cognitokit.client.aio.part import AsyncPart
from cognitokit.client.challenges import MfaSetup
from cognitokit.client.flows import mfa
from cognitokit.client.flows.request import token_member

if TYPE_CHECKING:
    from cognitokit.client.results import AuthFactors
    from cognitokit.client.totp import TotpSetup
    from cognitokit.tokens import Tokens

S = TypeVar("S", bound=MfaSetup | None)


class AsyncMfa(AsyncPart):
    """Same as Mfa, awaited."""

    @overload
    async def associate(self, for_whom: MfaSetup) -> TotpSetup[MfaSetup]: ...
    @overload
    async def associate(self, for_whom: Tokens | str) -> TotpSetup[None]: ...
    async def associate(self, for_whom: Tokens | str | MfaSetup) -> TotpSetup[Any]:
        """Same as CognitoClient.mfa.associate, awaited."""
        return await self._driver.run(mfa.associate(for_whom))

    async def verify(self, setup: TotpSetup[S], code: str, *, device_name: str | None = None) -> S:
        """Same as CognitoClient.mfa.verify, awaited."""
        return await self._driver.run(mfa.verify(setup, code, device_name=device_name))

    async def set_preference(
        self,
        access_token: Tokens | str,
        *,
        sms: bool | None = None,
        software_token: bool | None = None,
        email: bool | None = None,
        web_authn: bool | None = None,
        preferred: Literal["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"] | None = None,
    ) -> None:
        """Same as CognitoClient.mfa.set_preference, awaited."""
        return await self._driver.run(
            mfa.set_preference(
                token_member(access_token),
                sms=sms,
                software_token=software_token,
                email=email,
                web_authn=web_authn,
                preferred=preferred,
            )
        )

    async def get_factors(self, access_token: Tokens | str) -> AuthFactors:
        """Same as CognitoClient.mfa.get_factors, awaited."""
        return await self._driver.run(mfa.auth_factors(token_member(access_token)))
