"""Attacks through what a token says of issuer, client, use, permissions and login."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.verifier import forge
from tests.verifier.corpus.case import Case, case, row
from tests.verifier.forge import (
    ATTACKER_KID,
    CLIENT_ID,
    ISSUER,
    OTHER_CLIENT_ID,
    OTHER_ISSUER,
    REGION,
    UPDATED_ISSUER,
    access_claims,
    access_token,
    attacker_key,
    header,
    id_token,
    jwks,
    pool_key,
    sign,
)

REPLICA_ISSUER = f"https://cognito-idp.us-west-2.amazonaws.com/{forge.POOL_ID}"


@row
def iss_lookalike() -> Iterator[Case]:
    """Issuers that resemble the pool's (CVE-2024-53861)."""
    host = f"cognito-idp.{REGION}.amazonaws.com"
    for variant, iss in {
        "slash": ISSUER + "/",
        "suffix": ISSUER.replace(host, host + ".evil.com"),
        "prefix": ISSUER.replace(host, "evil-" + host),
        "truncated": ISSUER[:-1],
        "extended": ISSUER + "X",
        "upper": ISSUER.upper(),
        "lower": ISSUER.lower(),
        "http": ISSUER.replace("https:", "http:"),
        "no-scheme": ISSUER.removeprefix("https://"),
        "userinfo": ISSUER.replace("https://", "https://user@evil.com@"),
        "userinfo-host": f"https://{host}@evil.com/{forge.POOL_ID}",
        "port": ISSUER.replace(host, host + ":443"),
        "query": ISSUER + "?",
        "fragment": ISSUER + "#",
        "nul": ISSUER + "\0",
        "newline": ISSUER + "\n",
        "space": " " + ISSUER,
        "cyrillic": ISSUER.replace("a", "\u0430", 1),
        "fullwidth": ISSUER.replace("eu-west-1_", "eu-west-1\uff3f"),
        "empty": "",
        "pool-id": forge.POOL_ID,
    }.items():
        yield case(f"iss-lookalike/{variant}", access_token(iss=iss), "claim:iss")


@row
def iss_type() -> Iterator[Case]:
    """An issuer that is no str (CVE-2025-30144)."""
    for variant, iss in {
        "missing": ...,
        "null": None,
        "list": [ISSUER],
        "two": [ISSUER, OTHER_ISSUER],
        "object": {ISSUER: 1},
        "number": 1,
        "true": True,
    }.items():
        yield case(f"iss-type/{variant}", access_token(iss=iss), "claim:iss")


@row
def iss_other_pool() -> Iterator[Case]:
    """Sound tokens of another pool, with keys of ours, of theirs, or with a kid in common."""
    stranger = attacker_key()
    claims = access_claims(iss=OTHER_ISSUER)
    yield case("iss-other-pool/same-key", sign(claims), "claim:iss")
    yield case(
        "iss-other-pool/unknown-kid",
        sign(claims, header(kid=ATTACKER_KID), key=stranger),
        "claim:iss",
    )
    # Its own kid happens to be ours: the signature is checked before any claim is believed.
    yield case("iss-other-pool/kid-collision", sign(claims, key=stranger), "signature")
    shared = jwks(pool_key().jwk(), stranger.jwk())
    yield case(
        "iss-other-pool/key-in-set",
        sign(claims, header(kid=ATTACKER_KID), key=stranger),
        "claim:iss",
        sign(access_claims(), header(kid=ATTACKER_KID), key=stranger),
        keys=shared,
    )


@row
def iss_updated_and_replica() -> Iterator[Case]:
    """Cognito's other form of the issuer, and a replica's region, where they are not configured."""
    row_ = "iss-updated-and-replica"
    original = {"issuers": [ISSUER]}
    updated = {"issuers": [UPDATED_ISSUER]}
    yield case(f"{row_}/updated", access_token(iss=UPDATED_ISSUER), "claim:iss", pool=original)
    yield case(
        f"{row_}/original",
        access_token(),
        "claim:iss",
        access_token(iss=UPDATED_ISSUER),
        pool=updated,
    )
    both = access_token(iss=UPDATED_ISSUER)
    for variant, twin in (("replica-original", access_token()), ("replica-updated", both)):
        yield case(f"{row_}/{variant}", access_token(iss=REPLICA_ISSUER), "claim:iss", twin)
    yield case(
        f"{row_}/replica-region-is-no-issuer",
        access_token(iss=REPLICA_ISSUER),
        "claim:iss",
        pool={"region": "us-west-2"},
    )
    yield case(
        f"{row_}/replica-allowed",
        access_token(iss=UPDATED_ISSUER),
        "claim:iss",
        access_token(iss=REPLICA_ISSUER),
        pool={"issuers": [ISSUER, REPLICA_ISSUER]},
    )
    for variant, iss in {
        "dot": f"https://issuer.cognito-idp.{REGION}.amazonaws.com/{forge.POOL_ID}",
        "other-region": f"https://issuer-cognito-idp.us-west-2.amazonaws.com/{forge.POOL_ID}",
        "other-partition": f"https://cognito-idp.{REGION}.amazonaws.com.cn/{forge.POOL_ID}",
        "other-pool": f"https://issuer-cognito-idp.{REGION}.amazonaws.com/{forge.OTHER_POOL_ID}",
    }.items():
        yield case(f"{row_}/{variant}", access_token(iss=iss), "claim:iss", both)


WRONG_CLIENTS: dict[str, object] = {
    "other": OTHER_CLIENT_ID,
    "missing": ...,
    "null": None,
    "list": [CLIENT_ID],
    "two": [CLIENT_ID, OTHER_CLIENT_ID],
    "object": {CLIENT_ID: CLIENT_ID},
    "prefix": CLIENT_ID[:-1],
    "extended": CLIENT_ID + "0",
    "upper": CLIENT_ID.upper(),
    "space": CLIENT_ID + " ",
    "empty": "",
    "number": 1,
}


@row
def client_other() -> Iterator[Case]:
    """An access token of another app client, or of none."""
    for variant, client in WRONG_CLIENTS.items():
        attack = access_token(client_id=client)
        yield case(f"client-other/{variant}", attack, "claim:client_id")
        several = {"client_id": {CLIENT_ID, "2example23456789"}}
        yield case(f"client-other/{variant}-of-several", attack, "claim:client_id", options=several)
    listed = {"client_id": [CLIENT_ID, OTHER_CLIENT_ID]}
    third = access_token(client_id="3example23456789")
    yield case(
        "client-other/third",
        third,
        "claim:client_id",
        access_token(client_id=OTHER_CLIENT_ID),
        options=listed,
    )
    for variant, client in (("missing", ...), ("null", None), ("list", [CLIENT_ID]), ("number", 1)):
        yield case(
            f"client-other/any-client-{variant}",
            access_token(client_id=client),
            "claim:client_id",
            access_token(client_id=OTHER_CLIENT_ID),
            options={"client_id": None},
        )


@row
def aud_other() -> Iterator[Case]:
    """An id token of another app client, an access token that is bound to something else (RFC 7519 4.1.3, RFC 8707)."""
    for variant, aud in WRONG_CLIENTS.items():
        yield case(
            f"aud-other/id-{variant}",
            id_token(aud=aud),
            "claim:aud",
            id_token(),
            options={"token_use": "id"},
        )
    for variant, aud in (("missing", ...), ("null", None), ("list", [CLIENT_ID])):
        yield case(
            f"aud-other/any-client-id-{variant}",
            id_token(aud=aud),
            "claim:aud",
            id_token(aud=OTHER_CLIENT_ID),
            options={"token_use": "id", "client_id": None},
        )
    resource = "https://api.example.com"
    bound = access_token(aud=resource)
    for variant, aud in {
        "other": "https://evil.example.com",
        "list": [resource],
        "slash": resource + "/",
        "prefix": resource[:-1],
        "null": None,
        "number": 1,
        "empty": "",
    }.items():
        yield case(
            f"aud-other/access-{variant}",
            access_token(aud=aud),
            "claim:aud",
            bound,
            options={"audience": resource},
        )
    yield case(
        "aud-other/access-missing",
        access_token(),
        "claim:aud",
        bound,
        options={"audience": resource},
    )
    for variant, aud in (("other", resource), ("list", [CLIENT_ID]), ("null", None)):
        yield case(
            f"aud-other/access-unconfigured-{variant}",
            access_token(aud=aud),
            "claim:aud",
            access_token(aud=CLIENT_ID),
        )


@row
def use_swapped() -> Iterator[Case]:
    """An id token offered as an access token, and the reverse."""
    as_id = {"token_use": "id"}
    yield case("use-swapped/id-as-access", id_token(), "claim:token_use")
    yield case("use-swapped/id-with-client", id_token(client_id=CLIENT_ID), "claim:token_use")
    yield case(
        "use-swapped/id-with-all",
        id_token(client_id=CLIENT_ID, scope="openid", username="jane"),
        "claim:token_use",
    )
    yield case(
        "use-swapped/access-as-id", access_token(), "claim:token_use", id_token(), options=as_id
    )
    yield case(
        "use-swapped/access-with-aud",
        access_token(aud=CLIENT_ID),
        "claim:token_use",
        id_token(),
        options=as_id,
    )


@row
def use_shape() -> Iterator[Case]:
    """A token_use that is neither of the two."""
    for variant, use in {
        "missing": ...,
        "null": None,
        "refresh": "refresh",
        "capital": "Access",
        "list": ["access"],
        "both": ["access", "id"],
        "object": {"access": 1},
        "space": "access ",
        "empty": "",
        "true": True,
    }.items():
        yield case(f"use-shape/{variant}", access_token(token_use=use), "claim:token_use")
        yield case(
            f"use-shape/{variant}-either",
            access_token(token_use=use),
            "claim:token_use",
            options={"token_use": None},
        )
        yield case(
            f"use-shape/{variant}-id",
            id_token(token_use=use),
            "claim:token_use",
            id_token(),
            options={"token_use": "id"},
        )


def _named(values: Mapping[str, object]) -> list[tuple[str, object]]:
    return list(values.items())


@row
def groups_scope_type() -> Iterator[Case]:
    """Groups and scopes of wrong types, and those that merely contain what is asked for."""
    row_ = "groups-scope-type"
    admin: dict[str, Any] = {"groups": ["admin"]}
    for variant, groups in _named(
        {
            "text": "superadmins",
            "exact-text": "admin",
            "numbers": [1],
            "mixed": ["admin", 1],
            "object": {"admin": True},
            "null": None,
            "true": True,
            "nested": [["admin"]],
        }
    ):
        attack = access_token(**{"cognito:groups": groups})
        yield case(f"{row_}/groups-{variant}", attack, "forbidden:cognito:groups", options=admin)
        yield case(f"{row_}/groups-{variant}-call", attack, "forbidden:cognito:groups", call=admin)
    for variant, groups in _named(
        {
            "missing": ...,
            "empty": [],
            "longer": ["superadmins", "administrators"],
            "capital": ["Admin"],
            "space": ["admin "],
        }
    ):
        attack = access_token(**{"cognito:groups": groups})
        yield case(f"{row_}/groups-{variant}", attack, "forbidden:cognito:groups", options=admin)
        yield case(
            f"{row_}/any-group-{variant}",
            attack,
            "forbidden:cognito:groups",
            options={"any_group": ["admin"]},
        )
        yield case(f"{row_}/groups-{variant}-call", attack, "forbidden:cognito:groups", call=admin)
        yield case(
            f"{row_}/any-group-{variant}-call",
            attack,
            "forbidden:cognito:groups",
            call={"any_group": ["admin"]},
        )
    one_of_two = access_token(**{"cognito:groups": ["admin"]})
    yield case(
        f"{row_}/groups-all",
        one_of_two,
        "forbidden:cognito:groups",
        options={"groups": ["admin", "staff"]},
    )
    scoped: dict[str, Any] = {"scopes": ["tasks/read"]}
    for variant, scope in _named(
        {
            "list": ["tasks/read"],
            "number": 1,
            "object": {"tasks/read": 1},
            "null": None,
            "true": True,
        }
    ):
        attack = access_token(scope=scope)
        yield case(f"{row_}/scope-{variant}", attack, "forbidden:scope", options=scoped)
        yield case(f"{row_}/scope-{variant}-call", attack, "forbidden:scope", call=scoped)
    for variant, scope in _named(
        {
            "missing": ...,
            "empty": "",
            "longer": "tasks/read.all tasks/readonly",
            "shorter": "tasks",
            "capital": "Tasks/Read",
            "comma": "tasks/read,tasks/write",
            "tab": "openid\ttasks/read",
            "newline": "openid\ntasks/read",
        }
    ):
        attack = access_token(scope=scope)
        yield case(f"{row_}/scope-{variant}", attack, "forbidden:scope", options=scoped)
        yield case(
            f"{row_}/any-scope-{variant}",
            attack,
            "forbidden:scope",
            options={"any_scope": ["tasks/read"]},
        )
        yield case(f"{row_}/scope-{variant}-call", attack, "forbidden:scope", call=scoped)
        yield case(
            f"{row_}/any-scope-{variant}-call",
            attack,
            "forbidden:scope",
            call={"any_scope": ["tasks/read"]},
        )
    yield case(
        f"{row_}/scopes-all",
        access_token(scope="tasks/read"),
        "forbidden:scope",
        options={"scopes": ["tasks/read", "tasks/write"]},
    )
    # What an id token says of groups grants nothing where access tokens are asked for.
    yield case(f"{row_}/id-token", id_token(), "claim:token_use", options=admin)
    unforgiving = sign(access_claims(**{"cognito:groups": ["staff"]}))
    yield case(
        f"{row_}/call-only-adds",
        unforgiving,
        "forbidden:cognito:groups",
        options=admin,
        call={"groups": ["staff"]},
    )


@row
def login_nonce() -> Iterator[Case]:
    """What verify(nonce=...) adds; the login's own rules are the managed login's."""
    nonce = "n-0S6_WzA2Mj"
    for variant, value in {
        "missing": ...,
        "null": None,
        "other": "n-0S6_WzA2Mk",
        "prefix": nonce[:-1],
        "extended": nonce + "x",
        "upper": nonce.upper(),
        "list": [nonce],
        "empty": "",
        "number": 1,
        "non-ascii": "ñ-0S6_WzA2Mj",
    }.items():
        yield case(
            f"login-nonce/{variant}",
            id_token(nonce=value),
            "claim:nonce",
            id_token(),
            options={"token_use": "id"},
            call={"nonce": nonce},
        )


@row
def own_check() -> Iterator[Case]:
    """The caller's check passes a token with the value True and with nothing else."""
    for variant, verdict in {
        "false": False,
        "none": None,
        "one": 1,
        "text": "True",
        "list": [True],
        "zero": 0,
    }.items():
        yield case(
            f"own-check/{variant}",
            access_token(),
            "claim:check",
            options={"check": lambda _, verdict=verdict: verdict},
            twin_options={"check": lambda _: True},
        )
