"""The client for asyncio and trio."""

from cognitokit.client.aio.client import AsyncCognitoClient

__all__ = ["AsyncCognitoClient"]
