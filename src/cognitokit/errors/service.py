"""What Cognito answers instead of a result: ServiceError, and a class for each code.

Import the names from cognitokit.errors, which loads this module when one of them is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.errors import CognitoKitError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


class ServiceError(CognitoKitError):
    """Cognito answered with an error. A code that this library does not know is a plain ServiceError."""

    http_status = 400
    code: str = ""
    """Cognito's error code, for instance "NotAuthorizedException"."""

    def __init__(
        self,
        message: str = "",
        *,
        code: str | None = None,
        operation: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code
        self.message = message
        """Cognito's own text. Written for developers: do not show it to users."""
        self.operation = operation
        """The Cognito operation, for instance "InitiateAuth"."""
        self.request_id = request_id
        """What AWS support asks for."""

    def __str__(self) -> str:
        return (
            f"{self.code or type(self).__name__} from {self.operation or 'Cognito'}: {self.message}"
        )


class NotAuthorized(ServiceError):
    """Wrong password, unknown or disabled user, a token that is revoked or expired."""

    http_status = 401
    code = "NotAuthorizedException"
    detail: ServiceError | None = None
    """What Cognito really said, for logs, where the client is told to prevent user existence errors.

    It tells an unknown user from a wrong password: never show it to users.
    """


class RefreshTokenReuse(NotAuthorized):
    """A rotated refresh token was used again after its grace period."""

    code = "RefreshTokenReuseException"


class Unauthorized(NotAuthorized):
    """The app client may not revoke this token."""

    code = "UnauthorizedException"


class UserStateError(ServiceError):
    """The user exists, but is not in a state that allows the operation."""

    http_status = 403


class UserNotConfirmed(UserStateError):
    """The sign-up was never confirmed: send a new code with resend_confirmation_code."""

    code = "UserNotConfirmedException"


class PasswordResetRequired(UserStateError):
    """An administrator reset the password: go on with forgot_password."""

    code = "PasswordResetRequiredException"


class UnsupportedUserState(UserStateError):
    """The user is in a state that the operation does not take."""

    code = "UnsupportedUserStateException"


class NotFoundError(ServiceError):
    """What the call names does not exist."""

    http_status = 404


class UserNotFound(NotFoundError):
    """No such user. With PreventUserExistenceErrors on, Cognito says NotAuthorized instead."""

    code = "UserNotFoundException"


class ResourceNotFound(NotFoundError):
    """No such pool, app client or group in this region."""

    code = "ResourceNotFoundException"


class ScopeDoesNotExist(NotFoundError):
    """No such scope in the pool's resource servers."""

    code = "ScopeDoesNotExistException"


class AlreadyExistsError(ServiceError):
    """What the call would create exists already."""

    http_status = 409


class UsernameExists(AlreadyExistsError):
    """The username is taken."""

    code = "UsernameExistsException"


class AliasExists(AlreadyExistsError):
    """Another user has this email address, phone number or preferred username as an alias."""

    code = "AliasExistsException"


class GroupExists(AlreadyExistsError):
    """The group name is taken."""

    code = "GroupExistsException"


class DeviceKeyExists(AlreadyExistsError):
    """The device key is taken."""

    code = "DeviceKeyExistsException"


class DuplicateProvider(AlreadyExistsError):
    """The identity provider's name is taken."""

    code = "DuplicateProviderException"


class ManagedLoginBrandingExists(AlreadyExistsError):
    """The app client has a branding style already."""

    code = "ManagedLoginBrandingExistsException"


class TermsExists(AlreadyExistsError):
    """The terms documents exist already."""

    code = "TermsExistsException"


class CodeError(ServiceError):
    """Something about a confirmation, verification or MFA code."""


class CodeMismatch(CodeError):
    """The code is wrong."""

    code = "CodeMismatchException"


class ExpiredCode(CodeError):
    """The code is too old, or was never sent: ask for a new one."""

    code = "ExpiredCodeException"


class TooManyFailedAttempts(CodeError):
    """Too many wrong codes; wait before the next one."""

    http_status = 429
    code = "TooManyFailedAttemptsException"


class CodeDeliveryFailure(CodeError):
    """The code could not be delivered."""

    http_status = 502
    code = "CodeDeliveryFailureException"


class PasswordError(ServiceError):
    """The new password is refused."""


class InvalidPassword(PasswordError):
    """The password does not meet the pool's password policy."""

    code = "InvalidPasswordException"


class PasswordHistoryPolicyViolation(PasswordError):
    """The password was used before."""

    code = "PasswordHistoryPolicyViolationException"


class MfaError(ServiceError):
    """Something about multi-factor authentication."""


class MFAMethodNotFound(MfaError):
    """Cognito finds no MFA method for the user."""

    code = "MFAMethodNotFoundException"


class SoftwareTokenMFANotFound(MfaError):
    """The user has no authenticator app, or the pool does not allow one."""

    code = "SoftwareTokenMFANotFoundException"


class EnableSoftwareTokenMFA(MfaError):
    """The code of the new authenticator app is wrong."""

    code = "EnableSoftwareTokenMFAException"


class WebAuthnError(ServiceError):
    """Something about passkeys."""


class WebAuthnChallengeNotFound(WebAuthnError):
    """The registration was not started, or took too long."""

    code = "WebAuthnChallengeNotFoundException"


class WebAuthnClientMismatch(WebAuthnError):
    """The access token belongs to another app client."""

    code = "WebAuthnClientMismatchException"


class WebAuthnConfigurationMissing(WebAuthnError):
    """The pool has no relying party configured."""

    code = "WebAuthnConfigurationMissingException"


class WebAuthnCredentialNotSupported(WebAuthnError):
    """The authenticator's kind of credential is not supported."""

    code = "WebAuthnCredentialNotSupportedException"


class WebAuthnNotEnabled(WebAuthnError):
    """Passkeys are not switched on for the pool."""

    code = "WebAuthnNotEnabledException"


class WebAuthnOriginNotAllowed(WebAuthnError):
    """The page's origin does not belong to the relying party."""

    code = "WebAuthnOriginNotAllowedException"


class WebAuthnRelyingPartyMismatch(WebAuthnError):
    """The credential was made for another relying party."""

    code = "WebAuthnRelyingPartyMismatchException"


class InvalidParameter(ServiceError):
    """Cognito does not take a parameter's value."""

    code = "InvalidParameterException"
    reason_code: str | None = None
    """Cognito's reasonCode, where it gives one."""


class FlowNotEnabled(InvalidParameter):
    """The app client does not allow this sign-in flow; flows names what to enable."""

    def __init__(
        self,
        message: str = "",
        *,
        flows: Collection[str] = (),
        code: str | None = None,
        operation: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, code=code, operation=operation, request_id=request_id)
        self.flows: tuple[str, ...] = tuple(flows)
        """Values for the app client's ExplicitAuthFlows, for instance ("ALLOW_USER_PASSWORD_AUTH",)."""

    def __str__(self) -> str:
        said = _ended(super().__str__())
        if not self.flows:
            return said
        return (
            f"{said} Enable {' or '.join(self.flows)} on the app client: in the console under "
            "App clients, the client, Edit, Authentication flows."
        )


class LimitError(ServiceError):
    """A limit is reached."""

    http_status = 429


class TooManyRequests(LimitError):
    """The pool's request rate is exceeded; Cognito takes the same call a moment later."""

    code = "TooManyRequestsException"
    retryable = True


class LimitExceeded(LimitError):
    """The user's own limit is reached, for instance of codes an hour: retrying makes it worse."""

    code = "LimitExceededException"


class ServiceQuotaExceeded(LimitError):
    """An account quota is reached; ask AWS for more."""

    code = "ServiceQuotaExceededException"


class LambdaError(ServiceError):
    """One of the pool's Lambda triggers is at fault, or said no."""

    http_status = 502


class UnexpectedLambda(LambdaError):
    """The trigger failed, or Cognito may not call it."""

    code = "UnexpectedLambdaException"


class UserLambdaValidation(LambdaError):
    """The trigger refused; the message is the trigger's own."""

    http_status = 400
    code = "UserLambdaValidationException"


class InvalidLambdaResponse(LambdaError):
    """The trigger's answer is not one that Cognito takes."""

    code = "InvalidLambdaResponseException"


class PoolSettingError(ServiceError):
    """The pool or the app client is not set up for the operation."""

    http_status = 500


class WrongClientSecret(PoolSettingError):
    """The app client's secret is missing, wrong, or given where the app client has none.

    Cognito says NotAuthorizedException of it, as of a wrong password; its text tells them apart.
    """

    def __str__(self) -> str:
        return (
            f"{_ended(super().__str__())} Give the app client's secret with client_secret= or "
            "COGNITO_CLIENT_SECRET; leave it out where the app client has none."
        )


class OperationNotEnabled(PoolSettingError):
    """The operation is switched off for the pool or in this region."""

    code = "OperationNotEnabledException"


class FeatureUnavailableInTier(PoolSettingError):
    """The pool's feature plan does not include this."""

    code = "FeatureUnavailableInTierException"


class TierChangeNotAllowed(PoolSettingError):
    """The pool cannot move to that feature plan."""

    code = "TierChangeNotAllowedException"


class InvalidUserPoolConfiguration(PoolSettingError):
    """The pool's configuration does not allow this, for instance device tracking is off."""

    code = "InvalidUserPoolConfigurationException"


class InvalidEmailRoleAccessPolicy(PoolSettingError):
    """Cognito may not send email with the pool's identity."""

    code = "InvalidEmailRoleAccessPolicyException"


class InvalidSmsRoleAccessPolicy(PoolSettingError):
    """The pool's SMS role lacks the permission to publish."""

    code = "InvalidSmsRoleAccessPolicyException"


class InvalidSmsRoleTrustRelationship(PoolSettingError):
    """The pool's SMS role does not trust Cognito, or the external id differs."""

    code = "InvalidSmsRoleTrustRelationshipException"


class InvalidOAuthFlow(PoolSettingError):
    """The OAuth flow does not fit the app client."""

    code = "InvalidOAuthFlowException"


class UserPoolAddOnNotEnabled(PoolSettingError):
    """Threat protection is off."""

    code = "UserPoolAddOnNotEnabledException"


class UserPoolTagging(PoolSettingError):
    """A tag cannot be set or changed."""

    code = "UserPoolTaggingException"


class UserImportInProgress(PoolSettingError):
    """A user import is running."""

    http_status = 409
    code = "UserImportInProgressException"


class PreconditionNotMet(PoolSettingError):
    """A precondition of the operation is not met."""

    http_status = 409
    code = "PreconditionNotMetException"


class UnsupportedIdentityProvider(PoolSettingError):
    """The identity provider is not supported here."""

    code = "UnsupportedIdentityProviderException"


class UnsupportedOperation(PoolSettingError):
    """The app client or the token does not support the operation."""

    code = "UnsupportedOperationException"


class UnsupportedTokenType(PoolSettingError):
    """Only refresh tokens can be revoked."""

    http_status = 400
    code = "UnsupportedTokenTypeException"


class AccessError(ServiceError):
    """AWS refuses the caller, before Cognito looks at the user."""

    http_status = 500


class AccessDenied(AccessError):
    """The IAM identity lacks the permission for the operation."""

    code = "AccessDeniedException"


class Forbidden(AccessError):
    """A web ACL of the pool (AWS WAF) blocked the request."""

    http_status = 403
    code = "ForbiddenException"


class CredentialsRejected(AccessError):
    """The AWS credentials are unknown, expired or signed wrongly."""


class ServiceFault(ServiceError):
    """Cognito failed; the same call may succeed a moment later."""

    http_status = 503
    retryable = True


class InternalError(ServiceFault):
    """An internal error of Cognito's."""

    code = "InternalErrorException"


class InternalServerError(ServiceFault):
    """An internal error of Cognito's, by the name that the client secret operations use."""

    code = "InternalServerException"


class ConcurrentModification(ServiceFault):
    """Two calls changed the same thing at once."""

    http_status = 409
    code = "ConcurrentModificationException"


def _ended(sentence: str) -> str:
    """Return Cognito's sentence with the full stop that another one may follow."""
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _with_code(cls: type[ServiceError]) -> Iterator[tuple[str, type[ServiceError]]]:
    for child in cls.__subclasses__():
        if "code" in child.__dict__:
            yield child.code, child
        yield from _with_code(child)


UNKNOWN_OPERATION = "UnknownOperationException", "InvalidAction"
"""Error codes that say that there is no operation of that name, or none in that region."""

MODELLED_ERRORS: Mapping[str, type[ServiceError]] = dict(_with_code(ServiceError))
"""Cognito's error code -> class, for the errors in Cognito's service model."""

UNMODELLED_ERRORS: Mapping[str, type[ServiceError]] = {
    **dict.fromkeys(
        (
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "RequestThrottled",
            "RequestThrottledException",
            "RequestLimitExceeded",
            "SlowDown",
        ),
        TooManyRequests,
    ),
    **dict.fromkeys(
        (
            "InternalFailure",
            "InternalServerError",
            "RequestAbortedException",
            "RequestTimeout",
            "RequestTimeoutException",
            "ServiceUnavailable",
            "ServiceUnavailableException",
        ),
        ServiceFault,
    ),
    **dict.fromkeys(
        (
            "AuthFailure",
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "RequestExpired",
            "RequestTimeTooSkewed",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ),
        CredentialsRejected,
    ),
    **dict.fromkeys(("AccessDenied", "NotAuthorized", "OptInRequired"), AccessDenied),
    **dict.fromkeys(
        (
            "MalformedHttpRequestException",
            "MissingParameter",
            "RequestEntityTooLargeException",
            "SerializationException",
            "ValidationError",
            "ValidationException",
        ),
        InvalidParameter,
    ),
    **dict.fromkeys(UNKNOWN_OPERATION, OperationNotEnabled),
}
"""Error code -> class, for what AWS answers to any service and no service model lists."""


def service_error_class(code: str) -> type[ServiceError]:
    """Return the class for one of Cognito's error codes; ServiceError itself for an unknown one."""
    return MODELLED_ERRORS.get(code) or UNMODELLED_ERRORS.get(code) or ServiceError
