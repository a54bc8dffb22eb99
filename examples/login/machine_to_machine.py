"""One service calls another, with a token of its own."""

import httpx

from cognitokit import (
    AccessToken,
    AsyncBearerAuth,
    AsyncClientCredentials,
    BearerAuth,
    ClientCredentials,
    CognitoVerifier,
)

API = "https://api.example.com"


def make_credentials(secret: str) -> ClientCredentials:
    """One object for the whole process: it keeps the token, and Cognito bills each new one."""
    return ClientCredentials(
        "eu-west-1_AbCdEfGhI",
        domain="my-app",
        client_id="1example23456789",
        client_secret=secret,
        scopes=["tasks/read"],
    )


def make_client(credentials: ClientCredentials) -> httpx.Client:
    """A client whose requests to the API carry the token, and whose other requests do not."""
    return httpx.Client(auth=BearerAuth(credentials, origins=API))


def make_async_client(credentials: AsyncClientCredentials) -> httpx.AsyncClient:
    """The same for asyncio and trio."""
    return httpx.AsyncClient(auth=AsyncBearerAuth(credentials, origins=API))


def header(credentials: ClientCredentials) -> dict[str, str]:
    """The same by hand, for any other HTTP library."""
    return {"Authorization": f"Bearer {credentials.access_token()}"}


def verify(verifier: CognitoVerifier[AccessToken], raw: str) -> str:
    """At the API: the token of a machine has a client and scopes, but no user."""
    token = verifier.verify(raw, scopes=["tasks/read"])
    assert token.username is None
    return token.client_id
