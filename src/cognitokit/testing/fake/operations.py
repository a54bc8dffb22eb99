"""The operations that FakePool does, and what to use for those that it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.operations import PUBLIC_OPERATIONS, SIGNED_OPERATIONS
from cognitokit.testing.fake import (
    administration,
    devices,
    factors,
    groups,
    passkeys,
    profile,
    refresh,
    service_model,
    sign_in,
    sign_up,
    software_tokens,
)
from cognitokit.testing.fake.refusal import NotInFakePool, ServiceModelMismatch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from cognitokit.testing.fake.state import PoolState

    Operation = Callable[[PoolState, Mapping[str, Any]], dict[str, Any]]

OPERATIONS: Mapping[str, Operation] = {
    "AdminAddUserToGroup": groups.admin_add_user_to_group,
    "AdminConfirmSignUp": administration.admin_confirm_sign_up,
    "AdminCreateUser": administration.admin_create_user,
    "AdminDeleteSoftwareToken": factors.admin_delete_software_token,
    "AdminDeleteUser": administration.admin_delete_user,
    "AdminDeleteUserAttributes": administration.admin_delete_user_attributes,
    "AdminDisableUser": administration.admin_disable_user,
    "AdminEnableUser": administration.admin_enable_user,
    "AdminForgetDevice": devices.admin_forget_device,
    "AdminGetDevice": devices.admin_get_device,
    "AdminGetUser": administration.admin_get_user,
    "AdminGetUserAuthFactors": factors.admin_get_user_auth_factors,
    "AdminInitiateAuth": sign_in.admin_initiate_auth,
    "AdminListDevices": devices.admin_list_devices,
    "AdminListGroupsForUser": groups.admin_list_groups_for_user,
    "AdminListUserAuthEvents": administration.admin_list_user_auth_events,
    "AdminListUserSessions": refresh.admin_list_user_sessions,
    "AdminRemoveUserFromGroup": groups.admin_remove_user_from_group,
    "AdminResetUserPassword": administration.admin_reset_user_password,
    "AdminRespondToAuthChallenge": sign_in.admin_respond_to_auth_challenge,
    "AdminRevokeUserSession": refresh.admin_revoke_user_session,
    "AdminSetUserMFAPreference": factors.admin_set_user_mfa_preference,
    "AdminSetUserPassword": administration.admin_set_user_password,
    "AdminUpdateDeviceStatus": devices.admin_update_device_status,
    "AdminUpdateUserAttributes": administration.admin_update_user_attributes,
    "AdminUserGlobalSignOut": refresh.admin_user_global_sign_out,
    "AssociateSoftwareToken": software_tokens.associate_software_token,
    "ChangePassword": profile.change_password,
    "CompleteWebAuthnRegistration": passkeys.complete_web_authn_registration,
    "ConfirmDevice": devices.confirm_device,
    "ConfirmForgotPassword": sign_up.confirm_forgot_password,
    "ConfirmSignUp": sign_up.confirm_sign_up,
    "CreateGroup": groups.create_group,
    "DeleteGroup": groups.delete_group,
    "DeleteUser": profile.delete_user,
    "DeleteUserAttributes": profile.delete_user_attributes,
    "DeleteWebAuthnCredential": passkeys.delete_web_authn_credential,
    "ForgetDevice": devices.forget_device,
    "ForgotPassword": sign_up.forgot_password,
    "GetDevice": devices.get_device,
    "GetGroup": groups.get_group,
    "GetTokensFromRefreshToken": refresh.get_tokens_from_refresh_token,
    "GetUser": profile.get_user,
    "GetUserAttributeVerificationCode": profile.get_user_attribute_verification_code,
    "GetUserAuthFactors": factors.get_user_auth_factors,
    "GlobalSignOut": refresh.global_sign_out,
    "InitiateAuth": sign_in.initiate_auth,
    "ListDevices": devices.list_devices,
    "ListGroups": groups.list_groups,
    "ListUserSessions": refresh.list_user_sessions,
    "ListUsers": administration.list_users,
    "ListUsersInGroup": groups.list_users_in_group,
    "ListWebAuthnCredentials": passkeys.list_web_authn_credentials,
    "ResendConfirmationCode": sign_up.resend_confirmation_code,
    "RespondToAuthChallenge": sign_in.respond_to_auth_challenge,
    "RevokeToken": refresh.revoke_token,
    "RevokeUserSession": refresh.revoke_user_session,
    "SetUserMFAPreference": factors.set_user_mfa_preference,
    "SignUp": sign_up.sign_up,
    "StartWebAuthnRegistration": passkeys.start_web_authn_registration,
    "UpdateDeviceStatus": devices.update_device_status,
    "UpdateGroup": groups.update_group,
    "UpdateUserAttributes": profile.update_user_attributes,
    "VerifySoftwareToken": software_tokens.verify_software_token,
    "VerifyUserAttribute": profile.verify_user_attribute,
}

_INSTEAD = (
    (
        ("SetUserSettings", "AdminSetUserSettings"),
        "Use SetUserMFAPreference, which took its place.",
    ),
    (("GetClientToken", "GetDerivedToken"), "Mint the token: pool.mint.machine_token(scopes)."),
    (
        ("UserPoolClient",),
        "Make app clients with pool.add_app_client(**options), or use LocalPool.",
    ),
    (("UserImportJob", "CSVHeader"), "Make users with pool.add_user(...)."),
    (
        (
            "CreateUserPool",
            "UpdateUserPool",
            "DeleteUserPool",
            "DescribeUserPool",
            "UserPoolMfaConfig",
            "CustomAttributes",
            "SessionConfiguration",
        ),
        "FakePool(pool_options={...}) is one pool; to make and change pools use LocalPool.",
    ),
    (
        (
            "Provider",
            "ResourceServer",
            "Domain",
            "Branding",
            "Terms",
            "UICustomization",
            "Certificate",
        ),
        "Managed login and federation need a server: use LocalPool.",
    ),
)


def exists(name: str) -> bool:
    """Whether Cognito has the operation, done here or not."""
    return service_model.knows(name) or name in PUBLIC_OPERATIONS | SIGNED_OPERATIONS


def operation(name: str) -> Operation:
    """Return what does the operation.

    Raises:
        NotInFakePool: It is one of Cognito's that the fake leaves out.
        ServiceModelMismatch: Cognito has no such operation.
    """
    done = OPERATIONS.get(name)
    if done is not None:
        return done
    if not exists(name):
        raise ServiceModelMismatch(f"{name!r} is not an operation of the user pools API.")
    for parts, instead in _INSTEAD:
        if any(part in name for part in parts):
            raise NotInFakePool(name, instead)
    raise NotInFakePool(name, "Use LocalPool or a real user pool.")
