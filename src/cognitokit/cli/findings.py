"""What is right and wrong with an app client, by what Cognito says of it: no I/O, no clock."""

from __future__ import annotations

import hmac
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cognitokit.cli.talk import span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SETTINGS: Mapping[str, tuple[str, ...]] = {
    "password": ("ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"),
    "choice": ("ALLOW_USER_AUTH",),
    "custom": ("ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY"),
    "admin": ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"),
}
"""Flow -> what enables it in ExplicitAuthFlows: today's name, then the older one."""

GRANTS: Mapping[str, str] = {
    "code": "code",
    "implicit": "implicit",
    "client-credentials": "client_credentials",
}
"""Flow -> what enables it in AllowedOAuthFlows."""

FLOWS = (*SETTINGS, *GRANTS)

_CUSTOM_TRIGGERS = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
_BROWSER = frozenset({"code", "implicit"})

_UNITS = {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400}
_LIFETIMES = (("Access", 1, "hours"), ("Id", 1, "hours"), ("Refresh", 30, "days"))
"""Kind of token, how long it lives where that is not said, and in which unit the number is."""

_LONG_ACCESS = 3_600
_CLOSE = 5
_TOO_FAR = 300  # beyond this AWS refuses signatures, and verifiers tokens as not yet valid


class Finding(NamedTuple):
    """One thing that was looked at.

    Attributes:
        verdict: "bad" is what keeps a flow from working.
        about: What was looked at.
        told: What is the case, and the cure.
    """

    verdict: Literal["ok", "warn", "bad"]
    about: str
    told: str


def examine(
    pool: Mapping[str, Any],
    client: Mapping[str, Any],
    *,
    flows: Iterable[str],
    redirect_uri: str | None,
    secret: str | None,
) -> Iterator[Finding]:
    """Hold an app client against what it is to be used for.

    Args:
        pool: UserPool of DescribeUserPool.
        client: UserPoolClient of DescribeUserPoolClient.
        flows: Of FLOWS: what must work. None at all: what is enabled is told.
        redirect_uri: A callback URL that must be allowed.
        secret: The app client's secret, as the application has it.
    """
    wanted = tuple(flows)
    for flow in wanted:
        yield from _flow(pool, client, flow)
    if not wanted:
        yield _flows(pool, client)
    if redirect_uri is not None:
        yield _callback(client, redirect_uri)
    yield _secret(client, secret)
    yield from _lifetimes(client)
    yield _refresh(client)
    yield _existence(client)
    yield _revocation(client)


def clock_finding(date: str | None, now: float) -> Finding:
    """Hold this machine's clock against a server's.

    Args:
        date: The Date header of an answer that came just now (RFC 9110 6.6.1).
        now: Epoch seconds by this machine.
    """
    try:
        away = now - parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return Finding("warn", "clock", "The server says no time to compare with.")
    if abs(away) <= _CLOSE:
        return Finding("ok", "clock", "Right to within seconds.")
    told = f"{span(away)} {'ahead of' if away > 0 else 'behind'} the server's"
    if abs(away) <= _TOO_FAR:
        return Finding("warn", "clock", f"{told}: tokens expire at the wrong time. Set it by NTP.")
    return Finding(
        "bad", "clock", f"{told}: signatures and good tokens are refused. Set it by NTP."
    )


def _enabled(client: Mapping[str, Any], flow: str) -> bool:
    if flow in SETTINGS:
        return not set(SETTINGS[flow]).isdisjoint(client.get("ExplicitAuthFlows", ()))
    return bool(client.get("AllowedOAuthFlowsUserPoolClient")) and (
        GRANTS[flow] in client.get("AllowedOAuthFlows", ())
    )


def _flows(pool: Mapping[str, Any], client: Mapping[str, Any]) -> Finding:
    enabled = [flow for flow in FLOWS if _enabled(client, flow)]
    useless = [flow for flow in enabled if any(_lacks(pool, client, flow))]
    useful = [flow for flow in enabled if flow not in useless]
    told = f"Enabled: {', '.join(useful) or 'none of ours'}."
    if useless:
        told += f" Enabled, and lacking something: {', '.join(useless)}; --flow says what."
    return Finding("ok", "flows", told)


def _flow(pool: Mapping[str, Any], client: Mapping[str, Any], flow: str) -> Iterator[Finding]:
    about = f"flow {flow}"
    if not _enabled(client, flow):
        cure = (
            f"Add {SETTINGS[flow][0]} to the app client's ExplicitAuthFlows."
            if flow in SETTINGS
            else f"Add {GRANTS[flow]} to the app client's AllowedOAuthFlows, and set "
            "AllowedOAuthFlowsUserPoolClient."
        )
        yield Finding("bad", about, f"Not enabled. {cure}")
        return
    lacks = tuple(_lacks(pool, client, flow))
    for lack in lacks:
        yield Finding("bad", about, f"Enabled, and cannot work. {lack}")
    if not lacks:
        yield Finding("ok", about, "Enabled.")


def _lacks(pool: Mapping[str, Any], client: Mapping[str, Any], flow: str) -> Iterator[str]:
    """What a flow that is enabled lacks, each with its cure."""
    if flow == "custom":
        triggers = pool.get("LambdaConfig", {})
        missing = [name for name in _CUSTOM_TRIGGERS if not triggers.get(name)]
        if missing:
            yield f"The user pool lacks Lambda triggers: {', '.join(missing)}."
    if flow == "choice" and pool.get("UserPoolTier") == "LITE":
        yield "The user pool's plan is Lite: it takes Essentials or Plus."
    if flow in GRANTS:
        yield from _grant_lacks(pool, client, flow)


def _grant_lacks(pool: Mapping[str, Any], client: Mapping[str, Any], flow: str) -> Iterator[str]:
    if not (pool.get("Domain") or pool.get("CustomDomain")):
        yield "The user pool has no domain: make one."
    if not client.get("AllowedOAuthScopes"):
        yield "The app client has no scopes: add some to AllowedOAuthScopes."
    if flow in _BROWSER and not client.get("CallbackURLs"):
        yield "The app client has no callback URL."
    if flow in _BROWSER and not client.get("SupportedIdentityProviders"):
        yield (
            "The app client has no identity provider, so nobody can sign in: add COGNITO, or "
            "another, to SupportedIdentityProviders."
        )
    if flow == "client-credentials" and "ClientSecret" not in client:
        yield "The app client has no secret: make one that has."


def _callback(client: Mapping[str, Any], redirect_uri: str) -> Finding:
    allowed = client.get("CallbackURLs", ())
    if redirect_uri in allowed:
        return Finding("ok", "callback URL", f"{redirect_uri} is allowed.")
    return Finding(
        "bad",
        "callback URL",
        f"{redirect_uri} is not allowed, to the letter. Allowed: {', '.join(allowed) or 'none'}.",
    )


def _secret(client: Mapping[str, Any], secret: str | None) -> Finding:
    held = client.get("ClientSecret")
    if held is None:
        if secret is None:
            return Finding("ok", "secret", "A public client: it has none, and none is given.")
        return Finding("bad", "secret", "The app client has none: unset COGNITO_CLIENT_SECRET.")
    if secret is None:
        return Finding("warn", "secret", "The app client has one: set COGNITO_CLIENT_SECRET.")
    if hmac.compare_digest(held.encode(), secret.encode()):
        return Finding("ok", "secret", "COGNITO_CLIENT_SECRET is the app client's.")
    return Finding("bad", "secret", "COGNITO_CLIENT_SECRET is not the app client's.")


def _lifetimes(client: Mapping[str, Any]) -> Iterator[Finding]:
    units = client.get("TokenValidityUnits", {})
    for kind, default, unit in _LIFETIMES:
        # 0 is what Cognito says of a refresh token's default.
        count = client.get(f"{kind}TokenValidity") or default
        seconds = count * _UNITS[units.get(f"{kind}Token", unit)]
        about, told = f"{kind.lower()} token", f"Lives {span(seconds)}"
        if kind == "Access" and seconds > _LONG_ACCESS:
            yield Finding("warn", about, f"{told}. Nobody can revoke it: an hour is enough.")
        else:
            yield Finding("ok", about, f"{told}.")


def _refresh(client: Mapping[str, Any]) -> Finding:
    rotation = client.get("RefreshTokenRotation", {})
    if rotation.get("Feature") != "ENABLED":
        return Finding("ok", "rotation", "Off: a refresh token stays the same.")
    grace = rotation.get("RetryGracePeriodSeconds", 0)
    return Finding(
        "ok",
        "rotation",
        f"On: each refresh gives a new refresh token. Give the client rotation_grace={grace}.",
    )


def _existence(client: Mapping[str, Any]) -> Finding:
    if client.get("PreventUserExistenceErrors") == "ENABLED":
        return Finding("ok", "user existence", "Not told to strangers.")
    return Finding(
        "warn",
        "user existence",
        "Told to anybody who asks: set PreventUserExistenceErrors to ENABLED.",
    )


def _revocation(client: Mapping[str, Any]) -> Finding:
    if client.get("EnableTokenRevocation", True):
        return Finding("ok", "revocation", "Refresh tokens can be revoked.")
    return Finding("warn", "revocation", "Off, so that revoke() fails: set EnableTokenRevocation.")
