"""Whole stories, the same over every transport, on two servers that know nothing of this library."""

import contextlib
import importlib.util
import time
from collections.abc import Callable, Iterator
from typing import Any

import pyotp
import pytest

from cognitokit import (
    NewPasswordRequired,
    SoftwareTokenMfa,
    Tokens,
    UserFilter,
    errors,
)
from tests.client.servers import CLIENTS, FLOWS, KINDS, SERVERS, App, Server

pytestmark = [
    pytest.mark.local,
    pytest.mark.skipif(
        importlib.util.find_spec("ministack") is None, reason="ministack is not installed"
    ),
]

PASSWORD, NEW_PASSWORD = "Passw0rd!of-jane", "An0ther!Passw0rd"


class World:
    """A server, a way to make clients for it, and the pool of the story."""

    def __init__(
        self,
        server: Server,
        connect: Callable[..., contextlib.AbstractContextManager[Any]],
        stack: contextlib.ExitStack,
    ) -> None:
        self.server = server
        self._connect = connect
        self._stack = stack
        self.app = server.make_app()
        self.client = self.connect(self.app)

    def connect(self, app: App, **options: Any) -> Any:
        """A client of an app client."""
        return self._stack.enter_context(self._connect(self.server, app, **options))

    def user(self, client: Any = None, username: str = "jane") -> Tokens:
        """A user who has signed up, confirmed and signed in."""
        client = client or self.client
        client.sign_up(username, PASSWORD, attributes={"email": f"{username}@example.com"})
        client.confirm_sign_up(username, self.server.sign_up_code)
        tokens = client.sign_in(username, PASSWORD)
        assert isinstance(tokens, Tokens)
        return tokens


STORIES: list[Any] = []


def story(**wrong: str) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    """Add a story to the table, and say which server is known to be wrong about it, and how."""

    def add(tell: Callable[[World], None]) -> Callable[[World], None]:
        for name in SERVERS:
            reason = f"{name} {wrong.get(name)}"
            marks = [pytest.mark.xfail(strict=True, reason=reason)] if name in wrong else []
            for kind in KINDS[name][:1] if name in wrong else KINDS[name]:
                row = pytest.param(
                    name, kind, tell, id=f"{name}-{kind}-{tell.__name__}", marks=marks
                )
                STORIES.append(row)
        return tell

    return add


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Server]]:
    """Both servers, running."""
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(start()) for name, start in SERVERS.items()}


@story()
def sign_up_and_in(world: World) -> None:
    """A stranger signs up, confirms, signs in, and is who they are."""
    client = world.client
    result = client.sign_up("jane", PASSWORD, attributes={"email": "jane@example.com"})
    assert result.confirmed is False
    assert result.user_sub
    client.confirm_sign_up("jane", world.server.sign_up_code)
    tokens = client.sign_in("jane", PASSWORD).require_tokens()
    assert tokens.refresh_token
    assert tokens.expires_in == 3600
    user = client.get_user(tokens)
    assert ("jane", "jane@example.com") == (user.username, user.email)


@story()
def refused_sign_ups(world: World) -> None:
    """A weak password, a name that is taken and an unknown app client have errors of their own."""
    with pytest.raises((errors.InvalidPassword, errors.InvalidParameter)):
        world.client.sign_up("jane", "short")
    world.client.sign_up("jane", PASSWORD)
    with pytest.raises(errors.UsernameExists):
        world.client.sign_up("jane", PASSWORD)
    with pytest.raises(errors.ResourceNotFound):
        world.connect(App(world.app.pool, "nobody0client", None)).sign_up("jane", PASSWORD)


@story(moto="takes any confirmation code")
def wrong_confirmation_code(world: World) -> None:
    """A wrong code is CodeMismatch, and the right one still works."""
    world.client.sign_up("jane", PASSWORD)
    with pytest.raises(errors.CodeMismatch):
        world.client.confirm_sign_up("jane", "000000")
    world.client.confirm_sign_up("jane", world.server.sign_up_code)


@story(moto="lacks ResendConfirmationCode")
def resent_confirmation_code(world: World) -> None:
    """The code is sent again, and says where to."""
    world.client.sign_up("jane", PASSWORD, attributes={"email": "jane@example.com"})
    delivery = world.client.resend_confirmation_code("jane")
    assert delivery.medium == "EMAIL"
    world.client.confirm_sign_up("jane", world.server.sign_up_code)


@story()
def refused_sign_ins(world: World) -> None:
    """Before confirmation, with a wrong password and as nobody: three different errors."""
    world.client.sign_up("jane", PASSWORD)
    with pytest.raises(errors.UserNotConfirmed):
        world.client.sign_in("jane", PASSWORD)
    world.client.admin.confirm_sign_up("jane")
    with pytest.raises(errors.NotAuthorized):
        world.client.sign_in("jane", "Wr0ng!password")
    with pytest.raises(errors.UserNotFound):
        world.client.sign_in("nobody", PASSWORD)


@story()
def one_public_error(world: World) -> None:
    """With prevent_user_existence_errors those who may not sign in look the same."""
    client = world.connect(world.app, prevent_user_existence_errors=True)
    world.user()
    seen = []
    for username in ("jane", "nobody"):
        with pytest.raises(errors.NotAuthorized) as raised:
            client.sign_in(username, "Wr0ng!password")
        seen.append(str(raised.value))
    assert seen[0] == seen[1]


@story(moto="does not check the app client's flows")
def flow_not_enabled(world: World) -> None:
    """A flow that the app client does not allow is FlowNotEnabled, which names what to enable."""
    app = world.server.make_app(flows=("ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"))
    client = world.connect(app)
    for sign_in, flow in (
        (client.sign_in, "ALLOW_USER_PASSWORD_AUTH"),
        (client.admin.sign_in, "ALLOW_ADMIN_USER_PASSWORD_AUTH"),
    ):
        with pytest.raises(errors.FlowNotEnabled, match=f"Enable {flow}") as raised:
            sign_in("jane", PASSWORD)
        assert (flow,) == raised.value.flows


@story()
def administrator_s_sign_in(world: World) -> None:
    """An administrator signs a user in, by either name of the flow."""
    world.user()
    assert isinstance(world.client.admin.sign_in("jane", PASSWORD), Tokens)
    assert isinstance(
        world.client.admin.sign_in("jane", PASSWORD, flow="ADMIN_NO_SRP_AUTH"), Tokens
    )


@story()
def first_sign_in_of_an_invited_user(world: World) -> None:
    """A temporary password leads to NewPasswordRequired, whose answer gives tokens."""
    for admin in (False, True):
        name = f"joe{admin}"
        world.client.admin.create_user(name, temporary_password="Temp0rary!pw")
        part = world.client.admin if admin else world.client
        challenge = part.sign_in(name, "Temp0rary!pw")
        assert isinstance(challenge, NewPasswordRequired)
        assert admin is challenge.admin
        tokens = world.client.respond(challenge.answer(NEW_PASSWORD))
        assert isinstance(tokens, Tokens)
        assert isinstance(world.client.sign_in(name, NEW_PASSWORD), Tokens)


@story(moto="gives every user one TOTP secret of 60 bits, which pyotp refuses")
def authenticator_app(world: World) -> None:
    """A user sets an authenticator app up, and is asked for its code from then on."""
    client = world.client
    world.server.cognito.set_user_pool_mfa_config(
        UserPoolId=world.app.pool.id,
        MfaConfiguration="OPTIONAL",
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    tokens = world.user()
    setup = client.mfa.associate(tokens)
    totp = pyotp.TOTP(setup.secret)
    with pytest.raises((errors.EnableSoftwareTokenMFA, errors.CodeMismatch)):
        client.mfa.verify(setup, "000000")
    assert client.mfa.verify(setup, totp.now()) is None
    client.mfa.set_preference(tokens, preferred="SOFTWARE_TOKEN_MFA")
    assert ("SOFTWARE_TOKEN_MFA",) == client.get_user(tokens).mfa_methods

    challenge = client.sign_in("jane", PASSWORD)
    assert isinstance(challenge, SoftwareTokenMfa)
    with pytest.raises(errors.CodeMismatch):
        client.respond(challenge.answer("000000"))
    challenge = client.sign_in("jane", PASSWORD)
    assert isinstance(client.respond(challenge.answer(totp.now())), Tokens)

    client.admin.set_mfa_preference("jane", software_token=False)
    assert isinstance(client.sign_in("jane", PASSWORD), Tokens)


@story(moto="lacks GetTokensFromRefreshToken")
def refresh(world: World) -> None:
    """A refresh gives new tokens and the refresh token to use next."""
    tokens = world.user()
    renewed = world.client.refresh(tokens)
    assert renewed.access_token != tokens.access_token
    assert renewed.refresh_token
    assert world.client.get_user(world.client.refresh(renewed)).username == "jane"
    with pytest.raises(errors.NotAuthorized):
        world.client.refresh("no-refresh-token")


@story(moto="lacks GetTokensFromRefreshToken")
def kept_session(world: World) -> None:
    """A session that is due refreshes for many callers at once, and stores what it got."""
    stored: list[Tokens] = []
    ahead = [0]
    client = world.connect(world.app, clock=lambda: time.time() + ahead[0])
    tokens = world.user(client)
    session = client.session(tokens, stored.append)
    assert tokens.access_token == session.access_token()
    ahead[0] = 3590
    token = session.access_token()
    assert token != tokens.access_token
    assert [token] == [new.access_token for new in stored]


@story()
def legacy_refresh(world: World) -> None:
    """The older flow gives new tokens and keeps the refresh token."""
    tokens = world.user()
    renewed = world.client.refresh_legacy(tokens)
    assert renewed.access_token != tokens.access_token
    assert tokens.refresh_token == renewed.refresh_token
    with pytest.raises(errors.NotAuthorized):
        world.client.refresh_legacy("no-refresh-token")


@story(moto="checks no secret hash")
def wrong_client_secret(world: World) -> None:
    """A wrong secret is refused by every operation that carries its hash."""
    app = world.server.make_app(secret=True)
    world.user(world.connect(app))
    wrong = world.connect(app._replace(secret="wrong" * 8))
    for method, arguments in (
        (wrong.sign_up, ("joe", PASSWORD)),
        (wrong.sign_in, ("jane", PASSWORD)),
        (wrong.forgot_password, ("jane",)),
    ):
        with pytest.raises(errors.WrongClientSecret):
            method(*arguments)


@story(moto="lacks GetTokensFromRefreshToken")
def client_with_a_secret(world: World) -> None:
    """With a secret everything works the same: sign-up, sign-in, both refreshes, revocation."""
    app = world.server.make_app(secret=True)
    assert app.secret
    client = world.connect(app)
    tokens = world.user(client)
    assert isinstance(client.refresh(tokens), Tokens)
    assert isinstance(client.refresh_legacy(tokens, username="jane"), Tokens)
    with pytest.raises(errors.NotAuthorized):
        client.refresh_legacy(tokens, username="jane@example.com")
    client.revoke(tokens)
    with pytest.raises(errors.NotAuthorized):
        client.refresh(tokens)


@story()
def alias_with_a_secret(world: World) -> None:
    """Who signs in by an alias answers challenges by the name that Cognito returned, and refreshes by the real one."""
    app = world.server.make_app(secret=True, UsernameAttributes=["email"])
    client = world.connect(app)
    made = client.admin.create_user(
        "joe@example.com",
        temporary_password="Temp0rary!pw",
        attributes={"email": "joe@example.com", "email_verified": "true"},
    )
    assert made.username == made.sub
    challenge = client.sign_in("joe@example.com", "Temp0rary!pw")
    tokens = client.respond(challenge.answer(NEW_PASSWORD))
    assert isinstance(tokens, Tokens)
    assert client.get_user(tokens).username == made.username
    assert isinstance(client.refresh_legacy(tokens, username=made.username), Tokens)
    with pytest.raises(errors.NotAuthorized):
        client.refresh_legacy(tokens, username="joe@example.com")


@story()
def changed_password(world: World) -> None:
    """The old password is needed to change it, and is no good afterwards."""
    tokens = world.user()
    with pytest.raises(errors.NotAuthorized):
        world.client.change_password(tokens, "Wr0ng!password", NEW_PASSWORD)
    with pytest.raises((errors.InvalidPassword, errors.InvalidParameter)):
        world.client.change_password(tokens, PASSWORD, "short")
    world.client.change_password(tokens, PASSWORD, NEW_PASSWORD)
    with pytest.raises(errors.NotAuthorized):
        world.client.sign_in("jane", PASSWORD)
    assert isinstance(world.client.sign_in("jane", NEW_PASSWORD), Tokens)


@story(moto="takes any code")
def forgotten_password(world: World) -> None:
    """A code by mail sets a new password; a wrong one does not."""
    world.user()
    delivery = world.client.forgot_password("jane")
    assert delivery.medium == "EMAIL"
    with pytest.raises(errors.CodeMismatch):
        world.client.confirm_forgot_password("jane", "000000", NEW_PASSWORD)
    world.client.confirm_forgot_password("jane", world.server.reset_code, NEW_PASSWORD)
    assert isinstance(world.client.sign_in("jane", NEW_PASSWORD), Tokens)


@story()
def own_attributes(world: World) -> None:
    """A user changes their attributes and sees them changed."""
    tokens = world.user()
    world.client.update_attributes(tokens, {"name": "Jane"})
    assert world.client.get_user(tokens).attributes["name"] == "Jane"


@story(ministack="lacks DeleteUserAttributes", moto="lacks DeleteUserAttributes")
def deleted_attributes(world: World) -> None:
    """A user removes an attribute."""
    tokens = world.user()
    world.client.update_attributes(tokens, {"name": "Jane"})
    world.client.delete_attributes(tokens, ["name"])
    assert "name" not in world.client.get_user(tokens).attributes


@story()
def signed_out_everywhere(world: World) -> None:
    """After signing out everywhere the access token is no good, whoever asked for it."""
    tokens = world.user()
    world.client.sign_out_everywhere(tokens)
    with pytest.raises(errors.NotAuthorized):
        world.client.get_user(tokens)
    with pytest.raises(errors.NotAuthorized):
        world.client.get_user("no.access.token")
    tokens = world.client.sign_in("jane", PASSWORD)
    world.client.admin.sign_out_everywhere("jane")
    with pytest.raises(errors.NotAuthorized):
        world.client.get_user(tokens)


@story(moto="lacks RevokeToken")
def revoked(world: World) -> None:
    """A revoked refresh token gives no more tokens."""
    tokens = world.user()
    world.client.revoke(tokens)
    with pytest.raises(errors.NotAuthorized):
        world.client.refresh_legacy(tokens)


@story(moto="lacks DeleteUser")
def deleted_by_themselves(world: World) -> None:
    """A user who deletes themselves is gone."""
    tokens = world.user()
    world.client.delete_user(tokens)
    with pytest.raises(errors.UserNotFound):
        world.client.admin.get_user("jane")


@story()
def administration_of_users(world: World) -> None:
    """An administrator makes, finds, changes, locks out and deletes users."""
    admin = world.client.admin
    made = admin.create_user(
        "joe",
        temporary_password="Temp0rary!pw",
        attributes={"email": "joe@example.com", "email_verified": "true"},
        suppress_invitation=True,
    )
    assert ("joe", "FORCE_CHANGE_PASSWORD", True) == (made.username, made.status, made.enabled)
    assert made.email_verified is True
    assert made.created_at is not None
    assert made.created_at.tzinfo is not None
    with pytest.raises(errors.UsernameExists):
        admin.create_user("joe")

    admin.set_password("joe", NEW_PASSWORD)
    assert isinstance(world.client.sign_in("joe", NEW_PASSWORD), Tokens)
    admin.set_password("joe", PASSWORD, permanent=False)
    assert isinstance(world.client.sign_in("joe", PASSWORD), NewPasswordRequired)
    admin.set_password("joe", NEW_PASSWORD)

    admin.update_attributes("joe", {"name": "Joe"})
    assert admin.get_user("joe").attributes["name"] == "Joe"

    admin.disable_user("joe")
    assert admin.get_user("joe").enabled is False
    with pytest.raises(errors.NotAuthorized):
        world.client.sign_in("joe", NEW_PASSWORD)
    admin.enable_user("joe")
    assert isinstance(world.client.sign_in("joe", NEW_PASSWORD), Tokens)

    for number in range(4):
        admin.create_user(f"user{number}", attributes={"email": f"u{number}@example.com"})
    names = [user.username for user in admin.list_users(page_size=2)]
    assert sorted(names) == ["joe", "user0", "user1", "user2", "user3"]
    assert ["joe"] == [
        user.username for user in admin.list_users(UserFilter.equals("email", "joe@example.com"))
    ]
    assert len(list(admin.list_users(UserFilter.starts_with("email", "u")))) == 4

    admin.delete_user("joe")
    with pytest.raises(errors.UserNotFound):
        admin.get_user("joe")


@story(ministack="lacks AdminDeleteUserAttributes")
def administration_of_attributes(world: World) -> None:
    """An administrator removes a user's attribute."""
    world.client.admin.create_user("joe", attributes={"name": "Joe"})
    world.client.admin.delete_attributes("joe", ["name"])
    assert "name" not in world.client.admin.get_user("joe").attributes


@story(moto="lets the user sign in with the old password")
def password_reset_by_an_administrator(world: World) -> None:
    """A user whose password was reset is told so, and sets a new one with the code."""
    world.user()
    world.client.admin.reset_password("jane")
    with pytest.raises(errors.PasswordResetRequired):
        world.client.sign_in("jane", PASSWORD)
    world.client.confirm_forgot_password("jane", world.server.reset_code, NEW_PASSWORD)
    assert isinstance(world.client.sign_in("jane", NEW_PASSWORD), Tokens)


@story()
def groups(world: World) -> None:
    """Groups are made, listed, filled and emptied."""
    admin = world.client.admin
    world.user()
    made = admin.create_group("admins", description="those who may", precedence=1)
    assert ("admins", "those who may", 1) == (made.name, made.description, made.precedence)
    with pytest.raises(errors.GroupExists):
        admin.create_group("admins")
    for number in range(3):
        admin.create_group(f"group{number}")
    assert len(list(admin.list_groups(page_size=2))) == 4
    assert admin.get_group("admins").precedence == 1

    admin.add_user_to_group("jane", "admins")
    with pytest.raises(errors.ResourceNotFound):
        admin.add_user_to_group("jane", "nobodies")
    assert ["admins"] == [group.name for group in admin.list_groups_for_user("jane")]
    assert ["jane"] == [user.username for user in admin.list_users_in_group("admins")]

    admin.remove_user_from_group("jane", "admins")
    assert [] == list(admin.list_groups_for_user("jane"))
    admin.delete_group("admins")
    with pytest.raises(errors.ResourceNotFound):
        admin.get_group("admins")


@story(ministack="lacks UpdateGroup")
def changed_group(world: World) -> None:
    """A group's description can be changed."""
    world.client.admin.create_group("admins")
    assert world.client.admin.update_group("admins", description="new").description == "new"


@story(moto="lacks AdminLinkProviderForUser")
def linked_account(world: World) -> None:
    """An account at another provider is linked to a user."""
    world.server.cognito.create_identity_provider(
        UserPoolId=world.app.pool.id,
        ProviderName="Google",
        ProviderType="Google",
        ProviderDetails={"client_id": "a", "client_secret": "b", "authorize_scopes": "openid"},
    )
    world.user()
    world.client.admin.link_provider("jane", "Google", "1234")


@story()
def any_operation(world: World) -> None:
    """Every other operation is one call away, with the same errors."""
    described = world.client.call("DescribeUserPool", UserPoolId=world.app.pool.id)
    assert described["UserPool"]["Name"] == "test"
    with pytest.raises(errors.ResourceNotFound):
        world.client.call("DescribeUserPool", UserPoolId="eu-west-1_NoSuch0000")


@pytest.mark.parametrize(("name", "kind", "tell"), STORIES)
def test_story(
    servers: dict[str, Server], name: str, kind: str, tell: Callable[[World], None]
) -> None:
    """The story goes as it is told."""
    with contextlib.ExitStack() as stack:
        tell(World(servers[name], CLIENTS[kind], stack))


def test_the_flows_that_stories_use() -> None:
    """The app clients of the stories allow no SRP: nothing here depends on it."""
    assert not [flow for flow in FLOWS if "SRP" in flow]
