"""The client: every sign-in flow without SRP, every challenge, sync and async."""
