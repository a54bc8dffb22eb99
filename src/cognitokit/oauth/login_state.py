"""What an application remembers of a login from its begin to its callback."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from cognitokit.errors import InvalidData
from cognitokit.oauth.pkce import is_code_verifier
from cognitokit.oauth.redirect_target import safe_redirect_target

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Never, Self

_END_OF_TIME = 1e12  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginState:
    """One login attempt, kept in the user's own session until the callback, and used once.

    Keep it where only this browser's next request finds it (a server-side session, or an encrypted
    cookie), under its state, so that two tabs do not disturb each other. Take it out before
    `complete()` is called, whatever that returns: then a callback cannot be replayed.

    Its repr shows no secret and it is not pickled: store to_dict().
    """

    state: str = field(repr=False)
    """Ties the callback to this browser (RFC 6749 10.12)."""
    nonce: str = field(repr=False)
    """Ties the id token to this attempt (OpenID Connect Core 3.1.2.1)."""
    code_verifier: str | None = field(repr=False)
    """Ties the code to this attempt (RFC 7636); None in the implicit grant."""
    client_id: str
    """The app client."""
    redirect_uri: str
    """Where the callback comes in."""
    started_at: float
    """When the attempt began, epoch seconds."""
    redirect_target: str = "/"
    """Where to send the user after the login: a path on the application's own site."""
    openid: bool = True
    """Whether the scope openid was asked for, so that an id token must come."""
    max_age: int | None = None
    """How long ago the user may have signed in, seconds."""
    resource: str | None = None
    """The resource that the access token was asked for (RFC 8707)."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data with the secrets in it, fit for json.dumps."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the state that to_dict() wrote.

        Raises:
            InvalidData: The data is not of that form; the message names the member, not its value.
        """
        values = {
            name: _member(data, name, *kinds)
            for name, kinds in {
                "state": (str,),
                "nonce": (str,),
                "code_verifier": (str, type(None)),
                "client_id": (str,),
                "redirect_uri": (str,),
                "started_at": (float, int),
                "redirect_target": (str,),
                "openid": (bool,),
                "max_age": (int, type(None)),
                "resource": (str, type(None)),
            }.items()
        }
        verifier = values["code_verifier"]
        if verifier is not None and not is_code_verifier(verifier):
            raise InvalidData("code_verifier is not of the form of RFC 7636 4.1.")
        for name in ("state", "nonce", "client_id", "redirect_uri"):
            if not values[name] or not values[name].isprintable():
                raise InvalidData(f"{name} is empty or has control characters.")
        for name in ("started_at", "max_age"):
            if values[name] is not None and not 0 <= values[name] < _END_OF_TIME:
                raise InvalidData(f"{name} is not a sane number of seconds.")
        values["redirect_target"] = safe_redirect_target(values["redirect_target"], default="")
        if not values["redirect_target"]:
            raise InvalidData("redirect_target is not a path on the application's own site.")
        return cls(**values)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError(
            "LoginState holds secrets and is not pickled; keep login_state.to_dict() in the session."
        )


class LoginRequest(NamedTuple):
    """A login that begins: send the browser to the URL, and keep the state for the callback."""

    url: str
    """Where to redirect the browser. Holds the state and the nonce, so it is not shown in the repr."""
    login_state: LoginState
    """What complete() needs again."""

    def __repr__(self) -> str:
        return f"LoginRequest(url='{self.url.partition('?')[0]}?***', login_state={self.login_state!r})"


def _member(data: Any, name: str, *kinds: type) -> Any:
    try:
        value = data[name]
    except (KeyError, TypeError, IndexError):
        value = ...
    if type(value) not in kinds:
        raise InvalidData(f"{name} is missing or not of the type that to_dict() wrote.")
    return value
