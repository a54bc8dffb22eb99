"""The implicit grant, for an app client that has no other. Prefer managed_login.py."""

from cognitokit import LoginState, ManagedLogin, VerifiedTokens


def start(login: ManagedLogin, session: dict[str, object]) -> str:
    """GET /login: where to redirect the browser."""
    url, login_state = login.begin_implicit()
    session["login"] = login_state.to_dict()
    return url


def fragment(login: ManagedLogin, session: dict[str, object], text: str) -> VerifiedTokens:
    """POST /fragment: what a script of the callback page sends on, for a server never sees it."""
    stored = session.pop("login", None)
    login_state = LoginState.from_dict(stored) if isinstance(stored, dict) else None
    return login.complete_implicit(text, login_state)
