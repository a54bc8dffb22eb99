"""Session strings: what joins the steps of one sign-in, and for how long."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cognitokit.testing.fake.refusal import not_authorized

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from cognitokit.testing.fake.state import Randomness, RegisteredClient
    from cognitokit.testing.fake.users import User
    from cognitokit.testing.fake.webauthn import Ceremony

SESSION_BYTES = 96

AFTER_SIGN_UP = "CONFIRMED_SIGN_UP"
"""What a Session of SignUp or ConfirmSignUp waits for: InitiateAuth, and no challenge."""


@dataclass(slots=True, kw_only=True)
class SignIn:
    """Where one sign-in stands: who, from where, and which challenge waits for an answer."""

    client: RegisteredClient
    name: str
    """The name that the sign-in began with: a username or an alias."""
    user: User | None
    """None: there is no such user, and the app client does not say so."""
    challenge: str
    device_key: str | None = None
    code: str | None = field(default=None, repr=False)
    ceremony: Ceremony | None = None
    choices: tuple[str, ...] = ()
    secret: str | None = field(default=None, repr=False)
    """A software token's secret that awaits its first code (MFA_SETUP)."""
    set_up: bool = False
    """Whether that code came."""
    rounds: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    """The custom challenges so far, as the triggers are told of them."""
    private: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """What CreateAuthChallenge keeps for VerifyAuthChallengeResponse."""
    second_factor: bool = False
    """Whether what waits for an answer is the second factor."""


@dataclass(slots=True)
class _Opened:
    sign_in: SignIn
    expires_at: float
    used: bool = False


class SignInSessions:
    """The sessions of one pool."""

    def __init__(self, randomness: Randomness, now: Callable[[], float]) -> None:
        self._randomness = randomness
        self._now = now
        self._opened: dict[str, _Opened] = {}

    def open(self, sign_in: SignIn) -> str:
        """Return a new Session for a sign-in that waits for an answer."""
        session = self._randomness.token(SESSION_BYTES)
        lifetime = sign_in.client.settings.session_lifetime
        self._opened[session] = _Opened(sign_in, self._now() + lifetime)
        return session

    def find(self, session: str) -> SignIn:
        """Return the sign-in of a Session, or refuse: NotAuthorizedException."""
        opened = self._opened.get(session)
        if opened is None:
            raise not_authorized("Invalid session for the user.")
        if opened.used:
            raise not_authorized("Invalid session for the user, session can only be used once.")
        if self._now() >= opened.expires_at:
            raise not_authorized("Invalid session for the user, session is expired.")
        return opened.sign_in

    def spend(self, session: str) -> None:
        """Note that the Session served: it does not serve again."""
        self._opened[session].used = True
