"""Every exception that cognitokit raises.

The tree, with what each carries and the status that goes with it::

    CognitoKitError                     .http_status
    ├── TokenError                      .reason .claim .expected                       401
    │   ├── MalformedToken              "malformed"
    │   ├── UnsupportedAlgorithm        "algorithm"
    │   ├── UnknownKey                  "key_not_found"
    │   ├── UntrustedKey                "key_invalid"
    │   ├── InvalidSignature            "signature"
    │   ├── ExpiredToken                "expired"
    │   ├── NotYetValidToken            "not_yet_valid"
    │   └── InvalidClaim                "claim"
    ├── InsufficientPermission          "forbidden"                                    403
    │   ├── MissingScope
    │   └── MissingGroup
    ├── KeysUnavailable                 "keys_unavailable", retryable                  503
    ├── ConfigurationError              also a ValueError
    │   └── MissingCredentials
    ├── InvalidData                     also a ValueError: what from_dict() was given
    ├── MissingDependency               also an ImportError: names the pip command
    ├── ChallengeRequired               .challenge
    ├── UnsupportedChallenge            .challenge: SRP, which this library leaves out
    ├── TransportError                  no usable answer came back
    │   ├── ConnectionFailed
    │   ├── RequestTimeout
    │   └── UnexpectedReply
    ├── OAuthError                      .code, from the token endpoint
    ├── LoginError                      .reason, from the callback of managed login
    └── ServiceError                    .code .message .operation .request_id .retryable
        ├── NotAuthorized               RefreshTokenReuse, Unauthorized
        ├── UserStateError              UserNotConfirmed, PasswordResetRequired, ...
        ├── NotFoundError               UserNotFound, ResourceNotFound, ...
        ├── AlreadyExistsError          UsernameExists, AliasExists, GroupExists, ...
        ├── CodeError                   CodeMismatch, ExpiredCode, TooManyFailedAttempts, ...
        ├── PasswordError               InvalidPassword, PasswordHistoryPolicyViolation
        ├── MfaError                    MFAMethodNotFound, SoftwareTokenMFANotFound, ...
        ├── WebAuthnError               WebAuthnNotEnabled, WebAuthnOriginNotAllowed, ...
        ├── InvalidParameter            .reason_code; FlowNotEnabled: .flows
        ├── LimitError                  TooManyRequests (retryable), LimitExceeded, ...
        ├── LambdaError                 UnexpectedLambda, UserLambdaValidation, ...
        ├── PoolSettingError            OperationNotEnabled, FeatureUnavailableInTier, ...
        ├── AccessError                 AccessDenied, CredentialsRejected, Forbidden
        └── ServiceFault                InternalError, ConcurrentModification (retryable)

Messages are fixed sentences; facts are attributes. No message, attribute or repr
holds a token, a password, a code, a session or a key.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from cognitokit.client.challenges import Challenge


class CognitoKitError(Exception):
    """The root: catch it to catch whatever this library raises on purpose."""

    http_status: int = 500
    """The status that a web application would usually answer with."""

    retryable: bool = False
    """Whether the same call may succeed a little later."""


class TokenError(CognitoKitError):
    """The token is refused. Ask the caller for another one; never say more than 401."""

    http_status = 401
    reason: str = "invalid"
    """Which check refused it: a stable word, safe to log and to count."""
    _message = "The token is not valid."

    def __init__(
        self,
        message: str | None = None,
        *,
        claim: str | None = None,
        expected: object = None,
    ) -> None:
        super().__init__(message or self._message)
        self.claim = claim
        """The claim at fault, or None where the fault is not in a claim."""
        self.expected = expected
        """What the verifier was configured to accept: never a part of the token."""


class MalformedToken(TokenError):
    """Not a compact JWS of three strict base64url segments over strict JSON (RFC 7515 7.1)."""

    reason = "malformed"
    _message = "The token is not a well-formed JSON Web Token."


class UnsupportedAlgorithm(TokenError):
    """The header's alg is not the one that the verifier accepts (RFC 8725 3.1)."""

    reason = "algorithm"
    _message = "The token is not signed with the expected algorithm."


class UnknownKey(TokenError):
    """No key of the pool has the token's kid, and the key set is fresh."""

    reason = "key_not_found"
    _message = "The token names a key that the user pool does not publish."


class UntrustedKey(TokenError):
    """The pool's key set has an entry of that kid, which is too weak, ambiguous or not for signing."""

    reason = "key_invalid"
    _message = "The token names a key that is not fit to verify signatures."


class InvalidSignature(TokenError):
    """The signature does not match (RFC 7515 5.2)."""

    reason = "signature"
    _message = "The token's signature is not valid."


class ExpiredToken(TokenError):
    """exp has passed (RFC 7519 4.1.4: refused on and after that second)."""

    reason = "expired"
    _message = "The token has expired."


class NotYetValidToken(TokenError):
    """nbf, iat or auth_time lies ahead by more than clocks differ (RFC 7519 4.1.5)."""

    reason = "not_yet_valid"
    _message = "The token is not valid yet; check that this machine's clock is right."


class InvalidClaim(TokenError):
    """A claim is missing, of a wrong type, or not what the verifier accepts."""

    reason = "claim"
    _message = "A claim of the token is not acceptable."

    def __init__(self, claim: str, message: str | None = None, *, expected: object = None) -> None:
        super().__init__(
            message or f"The token's {claim} claim is not acceptable.",
            claim=claim,
            expected=expected,
        )

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.claim, self.args[0]), self.__dict__


class InsufficientPermission(CognitoKitError):
    """The token is good, but does not grant what is asked (RFC 6750 3.1, insufficient_scope)."""

    http_status = 403
    reason = "forbidden"
    claim: str = ""
    _message = "The token does not grant what this request needs."

    def __init__(self, message: str | None = None, *, expected: Collection[str] = ()) -> None:
        super().__init__(message or self._message)
        self.expected = tuple(expected)
        """The scopes or groups that were asked for."""


class MissingScope(InsufficientPermission):
    """A scope is missing."""

    claim = "scope"
    _message = "The token lacks a scope that this request needs."


class MissingGroup(InsufficientPermission):
    """The user is in none of the groups asked for, or not in all of them."""

    claim = "cognito:groups"
    _message = "The user is not in a group that this request needs."


class KeysUnavailable(CognitoKitError):
    """The pool's keys could not be fetched: our side is at fault, not the token. Answer 503."""

    http_status = 503
    reason = "keys_unavailable"
    retryable = True

    def __init__(
        self,
        message: str = "The user pool's keys could not be fetched.",
        *,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds until the next fetch is allowed, or None where that is not known."""


class ConfigurationError(CognitoKitError, ValueError):
    """An option is missing or wrong. Raised when an object is built, never at a first request."""


class MissingCredentials(ConfigurationError):
    """The operation must be signed, and no AWS credentials were found."""


class InvalidData(CognitoKitError, ValueError):
    """from_dict() was given something that to_dict() did not write."""

    http_status = 400


class MissingDependency(CognitoKitError, ImportError):
    """A package that this feature needs is not installed; the message is the pip command."""

    def __init__(self, package: str, extra: str | None = None) -> None:
        wanted = f"cognitokit[{extra}]" if extra else package
        super().__init__(f"{package} is not installed. Install it with: pip install '{wanted}'")
        self.package = package
        self.extra = extra

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.package, self.extra)


class ChallengeRequired(CognitoKitError):
    """Tokens were demanded, but Cognito asks for one more step first."""

    http_status = 401

    def __init__(self, challenge: Challenge) -> None:
        super().__init__(
            f"Cognito asks for {challenge.name} before it gives tokens: "
            "answer it with client.respond(challenge.answer(...))."
        )
        self.challenge = challenge

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.challenge,)


class UnsupportedChallenge(CognitoKitError):
    """The challenge is SRP, which this library leaves out; the message names the way round it."""

    http_status = 501

    def __init__(self, message: str, *, challenge: str = "") -> None:
        super().__init__(message)
        self.challenge = challenge
        """Cognito's name of the challenge."""


class TransportError(CognitoKitError):
    """No usable answer came back, so it is not known whether the call took effect."""

    http_status = 503
    retryable = True
    _message = "Cognito could not be reached."

    def __init__(
        self, message: str | None = None, *, operation: str | None = None, sent: bool = True
    ) -> None:
        super().__init__(message or self._message)
        self.operation = operation
        """The Cognito operation, for instance "InitiateAuth"."""
        self.sent = sent
        """Whether the request may have reached Cognito. False: it surely did not take effect."""


class ConnectionFailed(TransportError):
    """No connection, or it broke."""

    _message = "The connection to Cognito failed; check the region, the endpoint and the network."


class RequestTimeout(TransportError):
    """Cognito did not answer in time."""

    http_status = 504
    _message = "Cognito did not answer in time."


class UnexpectedReply(TransportError):
    """The answer is not one that the operation can give, for instance a proxy's HTML page."""

    http_status = 502
    retryable = False
    _message = "The answer is not one of Cognito's; check the endpoint and any proxy on the way."


class OAuthError(CognitoKitError):
    """The token, revocation or userInfo endpoint refused (RFC 6749 5.2)."""

    http_status = 401

    def __init__(
        self, message: str = "The authorization server refused.", *, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        """One of the error codes of RFC 6749, 6750 or 7009, for instance "invalid_grant"; None where it gave no known one."""
        if code is not None and code not in {"invalid_grant", "invalid_token"}:
            # The app client's settings or ours are at fault, not the user.
            self.http_status = 500


class LoginError(CognitoKitError):
    """The callback of managed login is refused. Start over with a new login."""

    http_status = 400
    _messages: Mapping[str, str] = {
        "denied": "The login was cancelled or not allowed; start again.",
        "expired": "The login took too long; start again.",
        "state": "The callback does not belong to a login that this browser began; start again.",
        "unavailable": "The login could not be completed now; start again a little later.",
    }

    def __init__(self, reason: str, message: str | None = None, *, code: str | None = None) -> None:
        super().__init__(
            message or self._messages.get(reason, "The login could not be completed; start again.")
        )
        self.reason = reason
        """Which check refused it: a stable word, safe to log and to count."""
        self.code = code
        """The provider's error code, for instance "access_denied"; None where it gave no known one."""
        if reason == "unavailable":
            self.http_status = 503
            self.retryable = True
        elif reason == "forbidden":
            self.http_status = 403

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.reason, self.args[0]), self.__dict__


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
    """Wrong password, unknown or disabled user, a token that is revoked or expired, a wrong secret hash."""

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
        self.flows = tuple(flows)
        """Values for the app client's ExplicitAuthFlows, for instance ("ALLOW_USER_PASSWORD_AUTH",)."""

    def __str__(self) -> str:
        return f"{super().__str__()} Enable {' or '.join(self.flows)} on the app client."


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


def _with_code(cls: type[ServiceError]) -> Iterator[tuple[str, type[ServiceError]]]:
    for child in cls.__subclasses__():
        if "code" in child.__dict__:
            yield child.code, child
        yield from _with_code(child)


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
        ),
        TooManyRequests,
    ),
    **dict.fromkeys(
        (
            "InternalFailure",
            "InternalServerError",
            "ServiceUnavailable",
            "ServiceUnavailableException",
        ),
        ServiceFault,
    ),
    **dict.fromkeys(
        (
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "RequestExpired",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ),
        CredentialsRejected,
    ),
    "AccessDenied": AccessDenied,
    "OptInRequired": AccessDenied,
    "ValidationError": InvalidParameter,
    "ValidationException": InvalidParameter,
}
"""Error code -> class, for what AWS answers to any service and no service model lists."""


def service_error_class(code: str) -> type[ServiceError]:
    """Return the class for one of Cognito's error codes; ServiceError itself for an unknown one."""
    return MODELLED_ERRORS.get(code) or UNMODELLED_ERRORS.get(code) or ServiceError
