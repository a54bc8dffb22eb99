"""What the replies of several operations have in common: tokens, challenges, users, deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognitokit.client.flows.challenges import challenge_of
from cognitokit.client.members import Members
from cognitokit.client.results import CodeDelivery, User
from cognitokit.client.texts import Texts
from cognitokit.errors import UnexpectedReply
from cognitokit.tokens import NewDevice, Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cognitokit.client.app import AppClient
    from cognitokit.client.calls import Reply
    from cognitokit.client.challenges import SignInResult

_CUSTOM = "custom:"


def signed_in(app: AppClient, reply: Reply, *, username: str, admin: bool) -> SignInResult:
    """Return the tokens, or the challenge, of a reply to a step of a sign-in."""
    members = Members(reply.body)
    if members.optional_text("ChallengeName"):
        return challenge_of(members, username=username, client_id=app.client_id, admin=admin)
    return tokens_of(reply)


def tokens_of(
    reply: Reply, *, refresh_token: str | None = None, new_device: NewDevice | None = None
) -> Tokens:
    """Return the tokens of a reply.

    Args:
        reply: The reply to a step of a sign-in, or to a refresh.
        refresh_token: The one to use next where the reply brings none.
        new_device: The device to keep where the reply names none.

    Raises:
        UnexpectedReply: There are none.
    """
    members = Members(reply.body).optional_members("AuthenticationResult")
    if members is None:
        raise UnexpectedReply("The reply holds neither tokens nor a challenge.")
    expires_in = members.integer("ExpiresIn")
    device = members.optional_members("NewDeviceMetadata")
    return Tokens(
        access_token=members.text("AccessToken"),
        id_token=members.optional_text("IdToken"),
        refresh_token=members.optional_text("RefreshToken") or refresh_token,
        expires_in=expires_in,
        expires_at=int(reply.received_at) + expires_in,
        token_type=members.optional_text("TokenType") or "Bearer",
        new_device=new_device
        if device is None
        else NewDevice(device.text("DeviceKey"), device.text("DeviceGroupKey")),
    )


def delivery_of(reply: Reply) -> CodeDelivery | None:
    """Return where a code went; None where the reply does not say."""
    details = Members(reply.body).optional_members("CodeDeliveryDetails")
    return None if details is None else CodeDelivery.read(details)


def user_of(members: Members) -> User:
    """Return the user of a response of GetUser or AdminGetUser."""
    return _user(members, members.attributes("UserAttributes"))


def listed_user(members: Members) -> User:
    """Return the user of a UserType, as lists and AdminCreateUser give it."""
    return _user(members, members.attributes("Attributes"))


def _user(members: Members, everything: Mapping[str, str]) -> User:
    return User(
        username=members.text("Username"),
        status=members.optional_text("UserStatus"),
        enabled=members.optional_flag("Enabled"),
        attributes=Texts(
            {name: value for name, value in everything.items() if not name.startswith(_CUSTOM)}
        ),
        custom=Texts(
            {
                name.removeprefix(_CUSTOM): value
                for name, value in everything.items()
                if name.startswith(_CUSTOM)
            }
        ),
        created_at=members.moment("UserCreateDate"),
        modified_at=members.moment("UserLastModifiedDate"),
        mfa_methods=members.texts("UserMFASettingList"),
        preferred_mfa=members.optional_text("PreferredMfaSetting") or None,
    )
