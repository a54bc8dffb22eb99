"""The operations of the user pools API: which need no signature, which may be repeated."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PUBLIC_OPERATIONS = frozenset(
    {
        "AssociateSoftwareToken",
        "ChangePassword",
        "CompleteWebAuthnRegistration",
        "ConfirmDevice",
        "ConfirmForgotPassword",
        "ConfirmSignUp",
        "DeleteUser",
        "DeleteUserAttributes",
        "DeleteWebAuthnCredential",
        "ForgetDevice",
        "ForgotPassword",
        "GetDevice",
        "GetTokensFromRefreshToken",
        "GetUser",
        "GetUserAttributeVerificationCode",
        "GetUserAuthFactors",
        "GlobalSignOut",
        "InitiateAuth",
        "ListDevices",
        "ListUserSessions",
        "ListWebAuthnCredentials",
        "ResendConfirmationCode",
        "RespondToAuthChallenge",
        "RevokeToken",
        "RevokeUserSession",
        "SetUserMFAPreference",
        "SetUserSettings",
        "SignUp",
        "StartWebAuthnRegistration",
        "UpdateAuthEventFeedback",
        "UpdateDeviceStatus",
        "UpdateUserAttributes",
        "VerifySoftwareToken",
        "VerifyUserAttribute",
    }
)
"""Sent without AWS credentials: what authorizes them is in the request (authtype none)."""

SIGNED_OPERATIONS = frozenset(
    {
        "AddCustomAttributes",
        "AddUserPoolClientSecret",
        "AdminAddUserToGroup",
        "AdminConfirmSignUp",
        "AdminCreateUser",
        "AdminDeleteSoftwareToken",
        "AdminDeleteUser",
        "AdminDeleteUserAttributes",
        "AdminDisableProviderForUser",
        "AdminDisableUser",
        "AdminEnableUser",
        "AdminForgetDevice",
        "AdminGetDevice",
        "AdminGetUser",
        "AdminGetUserAuthFactors",
        "AdminInitiateAuth",
        "AdminLinkProviderForUser",
        "AdminListDevices",
        "AdminListGroupsForUser",
        "AdminListUserAuthEvents",
        "AdminListUserSessions",
        "AdminRemoveUserFromGroup",
        "AdminResetUserPassword",
        "AdminRespondToAuthChallenge",
        "AdminRevokeUserSession",
        "AdminSetUserMFAPreference",
        "AdminSetUserPassword",
        "AdminSetUserSettings",
        "AdminUpdateAuthEventFeedback",
        "AdminUpdateDeviceStatus",
        "AdminUpdateUserAttributes",
        "AdminUserGlobalSignOut",
        "CreateGroup",
        "CreateIdentityProvider",
        "CreateManagedLoginBranding",
        "CreateResourceServer",
        "CreateTerms",
        "CreateUserImportJob",
        "CreateUserPool",
        "CreateUserPoolClient",
        "CreateUserPoolDomain",
        "CreateUserPoolReplica",
        "DeleteGroup",
        "DeleteIdentityProvider",
        "DeleteManagedLoginBranding",
        "DeleteResourceServer",
        "DeleteTerms",
        "DeleteUserPool",
        "DeleteUserPoolClient",
        "DeleteUserPoolClientSecret",
        "DeleteUserPoolDomain",
        "DeleteUserPoolReplica",
        "DescribeIdentityProvider",
        "DescribeManagedLoginBranding",
        "DescribeManagedLoginBrandingByClient",
        "DescribeResourceServer",
        "DescribeRiskConfiguration",
        "DescribeTerms",
        "DescribeTermsByClient",
        "DescribeUserImportJob",
        "DescribeUserPool",
        "DescribeUserPoolClient",
        "DescribeUserPoolDomain",
        "GetCSVHeader",
        "GetClientToken",
        "GetDerivedToken",
        "GetGroup",
        "GetIdentityProviderByIdentifier",
        "GetLogDeliveryConfiguration",
        "GetProvisionedLimit",
        "GetSigningCertificate",
        "GetUICustomization",
        "GetUserPoolClientSessionConfiguration",
        "GetUserPoolMfaConfig",
        "GetUserPoolSessionConfiguration",
        "ListGroups",
        "ListIdentityProviders",
        "ListResourceServers",
        "ListTagsForResource",
        "ListTerms",
        "ListUserImportJobs",
        "ListUserPoolClientSecrets",
        "ListUserPoolClients",
        "ListUserPoolReplicas",
        "ListUserPools",
        "ListUsers",
        "ListUsersInGroup",
        "SetLogDeliveryConfiguration",
        "SetRiskConfiguration",
        "SetUICustomization",
        "SetUserPoolClientSessionConfiguration",
        "SetUserPoolMfaConfig",
        "SetUserPoolSessionConfiguration",
        "StartUserImportJob",
        "StopUserImportJob",
        "TagResource",
        "UntagResource",
        "UpdateGroup",
        "UpdateIdentityProvider",
        "UpdateManagedLoginBranding",
        "UpdateProvisionedLimit",
        "UpdateResourceServer",
        "UpdateTerms",
        "UpdateUserPool",
        "UpdateUserPoolClient",
        "UpdateUserPoolDomain",
        "UpdateUserPoolReplica",
    }
)
"""Signed with AWS credentials (SigV4). So is any operation that neither table knows."""

ENABLING_FLOWS: Mapping[str, tuple[str, ...]] = {
    "USER_PASSWORD_AUTH": ("ALLOW_USER_PASSWORD_AUTH",),
    "USER_AUTH": ("ALLOW_USER_AUTH",),
    "CUSTOM_AUTH": ("ALLOW_CUSTOM_AUTH",),
    "REFRESH_TOKEN_AUTH": ("ALLOW_REFRESH_TOKEN_AUTH",),
    "ADMIN_USER_PASSWORD_AUTH": ("ALLOW_ADMIN_USER_PASSWORD_AUTH",),
    "ADMIN_NO_SRP_AUTH": ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"),
}
"""AuthFlow -> the values of the app client's ExplicitAuthFlows that allow it."""


class Repeat(Enum):
    """When a failed call may be sent again."""

    NEVER = "never"
    """Not at all: the first attempt may have used up a code or a session, or sent a message."""

    IF_REFUSED = "if refused"
    """Where it is known that nothing was done: there were too many calls, or it never left."""

    ALWAYS = "always"
    """Whatever happened: doing it twice is the same as doing it once."""


_ALWAYS = (
    "AdminAddUserToGroup",
    "AdminDisableUser",
    "AdminEnableUser",
    "AdminRemoveUserFromGroup",
    "AdminSetUserMFAPreference",
    "AdminSetUserSettings",
    "AdminUpdateDeviceStatus",
    "AdminUserGlobalSignOut",
    "GetClientToken",
    "RevokeToken",
    "SetUserMFAPreference",
    "SetUserSettings",
    "TagResource",
    "UntagResource",
    "UpdateDeviceStatus",
)

_IF_REFUSED = (
    "AdminConfirmSignUp",
    "AdminDeleteSoftwareToken",
    "AdminDeleteUser",
    "AdminDeleteUserAttributes",
    "AdminForgetDevice",
    "AdminInitiateAuth",
    "AdminLinkProviderForUser",
    "AdminDisableProviderForUser",
    "AdminRevokeUserSession",
    "AdminSetUserPassword",
    "AdminUpdateAuthEventFeedback",
    "AdminUpdateUserAttributes",
    "CreateGroup",
    "DeleteGroup",
    "DeleteUser",
    "DeleteUserAttributes",
    "DeleteWebAuthnCredential",
    "ForgetDevice",
    "GetDerivedToken",
    "GlobalSignOut",
    "InitiateAuth",
    "RevokeUserSession",
    "StartWebAuthnRegistration",
    "UpdateAuthEventFeedback",
    "UpdateGroup",
    "UpdateUserAttributes",
)

_READING = ("AdminGet", "AdminList", "Describe", "Get", "List")
_NOT_READING = frozenset(
    {
        "GetClientToken",
        "GetDerivedToken",
        "GetTokensFromRefreshToken",  # uses the token up where rotation is on
        "GetUserAttributeVerificationCode",  # sends a message
    }
)

REPEAT: Mapping[str, Repeat] = MappingProxyType(
    {
        **dict.fromkeys(sorted(PUBLIC_OPERATIONS | SIGNED_OPERATIONS), Repeat.NEVER),
        **{
            name: Repeat.ALWAYS
            for name in sorted(PUBLIC_OPERATIONS | SIGNED_OPERATIONS)
            if name.startswith(_READING) and name not in _NOT_READING
        },
        **dict.fromkeys(_IF_REFUSED, Repeat.IF_REFUSED),
        **dict.fromkeys(_ALWAYS, Repeat.ALWAYS),
    }
)
"""Operation -> when it may be sent again. An operation that is not here is never repeated."""
