"""The user of a token, where the project keeps no users of its own."""

from __future__ import annotations

from typing import Any

from cognitokit.tokens import AccessToken, IdToken


class CognitoUser:
    """A user without a row in a database: what the token says, and no permissions of Django's.

    Two of them are equal when they are the same user of the same pool.
    """

    is_active = True
    is_anonymous = False
    is_authenticated = True
    is_staff = False
    is_superuser = False

    def __init__(self, token: AccessToken | IdToken) -> None:
        self.token = token
        """The verified token."""

    @property
    def pk(self) -> str:
        """sub: stable for ever, within one user pool."""
        return self.token.sub

    id = pk

    @property
    def username(self) -> str:
        """The user's name in the pool; in a machine's token the app client's id."""
        return self.token.username or self.token.sub

    @property
    def email(self) -> str:
        """The address of an id token, if it is verified; else empty."""
        if isinstance(self.token, IdToken) and self.token.email_verified:
            return self.token.email or ""
        return ""

    def get_username(self) -> str:
        """Same as username: Django's user interface."""
        return self.username

    def natural_key(self) -> tuple[str]:
        """Return the username, as Django's users do."""
        return (self.username,)

    def has_perm(self, perm: str, obj: object = None) -> bool:  # noqa: ARG002 - Django's interface
        """False: the groups of the pool are no permissions of Django's."""
        return False

    def has_perms(self, perm_list: Any, obj: object = None) -> bool:  # noqa: ARG002 - Django's interface
        """Whether no permission is asked for."""
        return not list(perm_list)

    def has_module_perms(self, app_label: str) -> bool:  # noqa: ARG002 - Django's interface
        """False, as has_perm()."""
        return False

    def __str__(self) -> str:
        return self.username

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CognitoUser):
            return NotImplemented
        return user_key(self.token) == user_key(other.token)

    def __hash__(self) -> int:
        return hash(user_key(self.token))

    def __repr__(self) -> str:
        return f"CognitoUser({self.pk!r})"


def user_key(token: AccessToken | IdToken) -> tuple[str, str]:
    """Return what identifies a token's user for ever: the user pool's id and the user's sub.

    Keep users by these two. A username or an email address can pass from one person to another; and
    a pool has more than one issuer URL, which all end in its id.
    """
    return token.issuer.rpartition("/")[2], token.sub
