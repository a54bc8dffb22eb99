"""Login for server-rendered applications: what the integrations for Flask and FastAPI share.

No framework is imported here. The stores are what applications import:
`from cognitokit.weblogin import MemoryStore, SessionStore, AsyncSessionStore`.
"""

from __future__ import annotations

from cognitokit.weblogin.memory import MemoryStore
from cognitokit.weblogin.options import LoginOptions, ManagedOptions, PasswordOptions
from cognitokit.weblogin.pages import FormPage
from cognitokit.weblogin.record import WebSession
from cognitokit.weblogin.store import AsyncSessionStore, SessionStore

__all__ = [
    "AsyncSessionStore",
    "FormPage",
    "LoginOptions",
    "ManagedOptions",
    "MemoryStore",
    "PasswordOptions",
    "SessionStore",
    "WebSession",
]
