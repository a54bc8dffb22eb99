"""The implicit grant, offline."""

from urllib.parse import urlsplit

import implicit as app
import pytest

from cognitokit import ManagedLogin, errors
from cognitokit.testing import OAuthServer, TokenMint


def test_tokens_from_the_fragment() -> None:
    """The fragment is taken once, by the browser that began the login."""
    mint = TokenMint("eu-west-1_AbCdEfGhI", client_id="1example23456789")
    page = "https://app.example.com/callback"
    with OAuthServer(mint, redirect_uris=[page], grants=["implicit"]) as server:
        server.add_user("jane", "Passw0rd!")
        login = ManagedLogin(
            server.pool, domain=server.url, client_id=mint.client_id, redirect_uri=page
        )
        session: dict[str, object] = {}
        callback = server.sign_in(app.start(login, session), "jane", "Passw0rd!")
        text = urlsplit(callback).fragment
        done = app.fragment(login, session, text)

        assert done.access_token.username == "jane"
        with pytest.raises(errors.LoginError):
            app.fragment(login, session, text)
