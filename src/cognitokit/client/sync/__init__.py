"""The client for threads."""

from cognitokit.client.sync.client import CognitoClient

__all__ = ["CognitoClient"]
