"""The table of error codes, as the reference shows it."""

from __future__ import annotations

from cognitokit import errors

OPERATORS = "Something is wrong on our side; tell your operators"

TELL: dict[type[errors.ServiceError], str] = {
    errors.NotAuthorized: "Name or password is wrong; of a signed-in user: sign in again",
    errors.RefreshTokenReuse: "Sign in again",
    errors.Unauthorized: OPERATORS,
    errors.UserNotConfirmed: "Enter the code that we sent; offer to send it again",
    errors.PasswordResetRequired: "Choose a new password; go on with forgot_password",
    errors.UnsupportedUserState: "The invitation was accepted already",
    errors.UserNotFound: "The same as for a wrong password; an administrator may know",
    errors.ResourceNotFound: OPERATORS + ": pool, app client, group or region is wrong",
    errors.ScopeDoesNotExist: OPERATORS,
    errors.UsernameExists: "That name is taken",
    errors.AliasExists: "That address or number belongs to another account",
    errors.GroupExists: "There is a group of that name",
    errors.CodeMismatch: "That code is wrong; try again",
    errors.ExpiredCode: "That code is too old; offer to send another",
    errors.TooManyFailedAttempts: "Too many wrong codes; wait before the next",
    errors.CodeDeliveryFailure: "We could not send the code; check the address or number",
    errors.InvalidPassword: "The password is too weak; show the rules",
    errors.PasswordHistoryPolicyViolation: "You have used that password before",
    errors.MFAMethodNotFound: "Set up a second factor first",
    errors.SoftwareTokenMFANotFound: "Set up the authenticator app first",
    errors.EnableSoftwareTokenMFA: "That code is wrong; wait for the next one and try again",
    errors.WebAuthnChallengeNotFound: "That took too long; register the passkey again",
    errors.WebAuthnCredentialNotSupported: "That kind of passkey does not work here; try another",
    errors.WebAuthnError: OPERATORS + ": the pool's passkey settings do not fit the page",
    errors.InvalidParameter: "Check what you entered; if that is well, tell your operators",
    errors.TooManyRequests: "Try again in a moment",
    errors.LimitExceeded: "Too many attempts; wait before the next",
    errors.ServiceQuotaExceeded: OPERATORS + ": a quota of the AWS account is used up",
    errors.UserLambdaValidation: "What your own trigger says, if you wrote it for users",
    errors.LambdaError: OPERATORS + ": a Lambda trigger failed",
    errors.AlreadyExistsError: "There is one of that name already",
    errors.UserImportInProgress: "Try again when the import is over",
    errors.UnsupportedTokenType: OPERATORS + ": only refresh tokens are revoked",
    errors.PoolSettingError: OPERATORS + ": a setting of the pool or app client does not allow it",
    errors.AccessDenied: OPERATORS + ": the IAM permission is missing",
    errors.CredentialsRejected: OPERATORS + ": the AWS credentials are unknown or expired",
    errors.Forbidden: "We cannot let you in from here",
    errors.ServiceFault: "Try again in a moment",
}
"""What to tell users of an error, or of all errors below a class."""


def advice(cls: type[errors.ServiceError]) -> str:
    """Return what to tell users of an error: the entry of its class, or of the nearest above."""
    return next(TELL[each] for each in cls.__mro__ if each in TELL)


def table() -> str:
    """Return the table, one line a code, from the package's own."""
    codes = {**errors.MODELLED_ERRORS, **errors.UNMODELLED_ERRORS}
    lines = [
        "| code | class | status | retry | what to tell the user |",
        "| --- | --- | --- | --- | --- |",
    ]
    for code in sorted(codes):
        cls = codes[code]
        retry = "yes" if cls.retryable else "no"
        name = f"{{py:class}}`~cognitokit.errors.{cls.__name__}`"
        lines.append(f"| `{code}` | {name} | {cls.http_status} | {retry} | {advice(cls)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())  # noqa: T201 - that is what it is for
