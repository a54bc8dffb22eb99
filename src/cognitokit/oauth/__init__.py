"""Managed login and machine-to-machine: OAuth 2.0 and OpenID Connect against a user pool's domain."""
