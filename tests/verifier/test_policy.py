"""What a token must claim, check by check, and what the options for it may be."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from cognitokit.errors import (
    CognitoKitError,
    ConfigurationError,
    ExpiredToken,
    InsufficientPermission,
    InvalidClaim,
    MissingGroup,
    MissingScope,
    NotYetValidToken,
)
from cognitokit.tokens import AccessToken, IdToken
from cognitokit.verifier import policy
from cognitokit.verifier.policy import MAX_SECONDS, NONE, Extra, Permissions, compile_rules
from tests.verifier.forge import (
    CLIENT_ID,
    ISSUER,
    NOW,
    OTHER_CLIENT_ID,
    OTHER_ISSUER,
    UPDATED_ISSUER,
    access_claims,
    id_claims,
)

RESOURCE = "https://api.example.com"


def judge(**rules: Any) -> Callable[..., Any]:
    """The checks of a verifier for the access tokens of one app client, with rules replaced."""
    return compile_rules(
        **{
            "issuers": (ISSUER, UPDATED_ISSUER),
            "token_use": "access",
            "clients": frozenset({CLIENT_ID}),
            "audiences": None,
            "permissions": Permissions(),
            "leeway": 0,
            **rules,
        }
    )


def verdict(claims: dict[str, Any], now: float = NOW, **rules: Any) -> tuple[str, str | None]:
    """The name of what comes of the claims, and of the claim at fault."""
    try:
        token = judge(**rules)(claims, now, "raw")
    except CognitoKitError as error:
        return type(error).__name__, getattr(error, "claim", None)
    return type(token).__name__, None


ACCEPTED = ("AccessToken", None)

NO_EXPIRY: list[Any] = [..., None, "1900000000", True, [NOW + 1], {}, -1, -0.5, 1_900_000_000_000]
NO_EXPIRY += [MAX_SECONDS + 1, 10**4000, math.inf, math.nan]
NO_TIME: list[Any] = [None, "1", False, [NOW], {}, -1, MAX_SECONDS + 1, math.nan]
ANYTHING: list[Any] = [None, 1, [1], {}]


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        *[({"exp": exp}, ("InvalidClaim", "exp")) for exp in NO_EXPIRY],
        *[({"exp": exp}, ("ExpiredToken", "exp")) for exp in (0, NOW - 1, NOW, NOW - 0.5, float(NOW))],
        *[({"exp": exp}, ACCEPTED) for exp in (NOW + 1, NOW + 0.5, MAX_SECONDS)],
        *[({name: at}, ("InvalidClaim", name)) for name in ("nbf", "iat", "auth_time") for at in NO_TIME],
        ({"nbf": NOW + 1}, ("NotYetValidToken", "nbf")),
        ({"nbf": NOW}, ACCEPTED),
        ({"nbf": NOW - 0.5}, ACCEPTED),
        *[({name: NOW + 301}, ("NotYetValidToken", name)) for name in ("iat", "auth_time")],
        *[({name: NOW + 300.5}, ("NotYetValidToken", name)) for name in ("iat", "auth_time")],
        *[({name: NOW + 300}, ACCEPTED) for name in ("iat", "auth_time")],
        *[({name: ...}, ACCEPTED) for name in ("iat", "auth_time", "scope", "cognito:groups", "username", "jti")],
        *[({"iss": iss}, ("InvalidClaim", "iss")) for iss in (..., None, "", [ISSUER], {ISSUER: 1}, ISSUER + "/", ISSUER.upper(), OTHER_ISSUER, ISSUER[:-1])],
        ({"iss": UPDATED_ISSUER}, ACCEPTED),
        *[({"token_use": use}, ("InvalidClaim", "token_use")) for use in (..., None, "id", "refresh", "Access", ["access"])],
        *[({"client_id": client}, ("InvalidClaim", "client_id")) for client in (..., None, "", [CLIENT_ID], CLIENT_ID[:-1], CLIENT_ID.upper(), OTHER_CLIENT_ID)],
        *[({"aud": aud}, ("InvalidClaim", "aud")) for aud in (None, "", RESOURCE, [CLIENT_ID], OTHER_CLIENT_ID)],
        ({"aud": CLIENT_ID}, ACCEPTED),
        *[({name: value}, ("InvalidClaim", name)) for name in ("sub", "jti", "username") for value in (None, 1, ["x"], True, {"a": 1})],
        *[({"sub": sub}, ("InvalidClaim", "sub")) for sub in (..., "")],
        ({"sub": CLIENT_ID, "username": ..., "cognito:groups": ...}, ACCEPTED),
        *[({name: value}, ACCEPTED) for name in ("scope", "cognito:groups", "email", "nonce") for value in ANYTHING],
    ],
)  # fmt: skip
def test_claims_of_an_access_token(
    claims: dict[str, object], expected: tuple[str, str | None]
) -> None:
    """Each claim is of its type and has a value that was configured, or is named as the one at fault."""
    assert expected == verdict(access_claims(**claims))


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, ("IdToken", None)),
        ({"client_id": OTHER_CLIENT_ID}, ("IdToken", None)),
        *[({"sub": sub}, ("InvalidClaim", "sub")) for sub in (..., "", None, 1, ["x"])],
        *[({name: value}, ("IdToken", None)) for name in ("username", "cognito:username", "email") for value in (..., 1)],
        *[({"aud": aud}, ("InvalidClaim", "aud")) for aud in (..., None, "", [CLIENT_ID], [CLIENT_ID, OTHER_CLIENT_ID], OTHER_CLIENT_ID)],
        *[({"token_use": use}, ("InvalidClaim", "token_use")) for use in (..., "access", "Id")],
    ],
)  # fmt: skip
def test_claims_of_an_id_token(claims: dict[str, object], expected: tuple[str, str | None]) -> None:
    """An id token names its app client in aud, and nowhere else."""
    assert expected == verdict(id_claims(**claims), token_use="id")


def test_the_order_of_the_checks() -> None:
    """Where several claims are wrong, the first of the order is named: exp, nbf, iat, iss, and so on."""
    claims = access_claims(
        exp=NOW,
        nbf=NOW + 1,
        iat=NOW + 999,
        auth_time=NOW + 999,
        iss="x",
        token_use="x",
        client_id="x",
        aud="x",
        sub=1,
    )
    named = []
    for name in ("exp", "nbf", "iat", "auth_time", "iss", "token_use", "client_id", "aud", "sub"):
        named.append(verdict(claims, permissions=Permissions(scopes=["x"]))[1])
        claims[name] = {**access_claims(nbf=NOW, aud=CLIENT_ID)}[name]

    assert [
        "exp",
        "nbf",
        "iat",
        "auth_time",
        "iss",
        "token_use",
        "client_id",
        "aud",
        "sub",
    ] == named
    assert ("MissingScope", "scope") == verdict(claims, permissions=Permissions(scopes=["x"]))


def test_either_kind() -> None:
    """With token_use None both kinds are taken, each by its own rules, and nothing else."""
    assert ("AccessToken", None) == verdict(access_claims(), token_use=None)
    assert ("IdToken", None) == verdict(id_claims(), token_use=None)
    assert ("InvalidClaim", "client_id") == verdict(access_claims(client_id="x"), token_use=None)
    assert ("InvalidClaim", "aud") == verdict(id_claims(aud="x"), token_use=None)
    assert ("InvalidClaim", "token_use") == verdict(access_claims(token_use="x"), token_use=None)


@pytest.mark.parametrize(("use", "sent"), [("access", "id"), ("id", "access")])
def test_the_other_kind_of_token(use: str, sent: str) -> None:
    """The message says which kind is wanted, since sending the other is the mistake that is made most."""
    claims = (access_claims if use == "access" else id_claims)(token_use=sent)

    with pytest.raises(InvalidClaim, match=rf"claim is not acceptable; expected: {use}\.$"):
        judge(token_use=use)(claims, NOW, "raw")


def test_any_client() -> None:
    """With no client configured every app client of the pool is taken, but there must be one."""
    assert ACCEPTED == verdict(access_claims(client_id=OTHER_CLIENT_ID), clients=None)
    assert ("InvalidClaim", "client_id") == verdict(access_claims(client_id=...), clients=None)
    assert ("InvalidClaim", "client_id") == verdict(access_claims(client_id=""), clients=None)
    assert ("InvalidClaim", "aud") == verdict(
        access_claims(client_id=OTHER_CLIENT_ID, aud=CLIENT_ID), clients=None
    )


def test_a_bound_token_names_the_cure() -> None:
    """Where a token is bound to a resource and none is configured, the refusal names the option."""
    with pytest.raises(InvalidClaim) as caught:
        judge()(access_claims(aud=RESOURCE), NOW, "raw")

    assert "The token is bound to a resource: name it with audience=." == str(caught.value)


def test_audience() -> None:
    """With an audience configured an access token must be bound to it, or to another of several."""
    only: dict[str, Any] = {"audiences": frozenset({RESOURCE})}

    assert ACCEPTED == verdict(access_claims(aud=RESOURCE), **only)
    assert ACCEPTED == verdict(access_claims(aud="b"), audiences=frozenset({"a", "b"}))
    for aud in (..., None, [RESOURCE], CLIENT_ID, RESOURCE + "/"):
        assert ("InvalidClaim", "aud") == verdict(access_claims(aud=aud), **only)


@pytest.mark.parametrize("leeway", [0, 60, 600])
def test_leeway_widens_exp_and_nbf_alone(leeway: float) -> None:
    """The leeway counts for exp and nbf to the second; iat has its own."""
    assert ACCEPTED == verdict(access_claims(exp=NOW - leeway + 1), leeway=leeway)
    assert ("ExpiredToken", "exp") == verdict(access_claims(exp=NOW - leeway), leeway=leeway)
    assert ACCEPTED == verdict(access_claims(nbf=NOW + leeway), leeway=leeway)
    assert ACCEPTED == verdict(access_claims(nbf=NOW + leeway - 0.5), leeway=leeway)
    assert ("NotYetValidToken", "nbf") == verdict(
        access_claims(nbf=NOW + leeway + 1), leeway=leeway
    )
    assert ("NotYetValidToken", "iat") == verdict(access_claims(iat=NOW + 301), leeway=leeway)


def test_a_clock_that_tells_no_time_accepts_nothing() -> None:
    """A time that is not a number refuses: no comparison with it may pass for a yes."""
    assert ("ExpiredToken", "exp") == verdict(access_claims(), math.nan)


def test_errors_say_what_was_expected() -> None:
    """The error's expected is the configuration, never the token's content."""
    with pytest.raises(InvalidClaim) as caught:
        judge(clients=frozenset({"b", "a"}))(access_claims(), NOW, "raw")

    assert ("a", "b") == caught.value.expected


def test_check_before_fetch() -> None:
    """A token that is expired or foreign is refused as such; any other may cost a fetch."""
    policy.check_before_fetch(access_claims(), NOW, 0, (ISSUER,))
    policy.check_before_fetch(access_claims(client_id="x"), NOW, 0, (ISSUER,))

    with pytest.raises(ExpiredToken):
        policy.check_before_fetch(access_claims(exp=NOW, iss="x"), NOW, 0, (ISSUER,))
    with pytest.raises(InvalidClaim, match="exp"):
        policy.check_before_fetch(access_claims(exp=...), NOW, 0, (ISSUER,))
    with pytest.raises(InvalidClaim, match="iss"):
        policy.check_before_fetch(access_claims(iss=OTHER_ISSUER), NOW, 0, (ISSUER,))


@pytest.mark.parametrize("auth_time", [NOW - 100, NOW, NOW + 300, float(NOW)])
def test_max_age_accepts(auth_time: float) -> None:
    """A sign-in no longer ago than max_age is recent enough."""
    policy.check_max_age(AccessToken(access_claims(auth_time=auth_time), "raw"), NOW, 100)


@pytest.mark.parametrize("auth_time", [..., NOW - 100.5, NOW - 101, 0])
def test_max_age_refuses(auth_time: object) -> None:
    """An older sign-in is not, nor is one of an unknown time."""
    with pytest.raises(InvalidClaim) as caught:
        policy.check_max_age(AccessToken(access_claims(auth_time=auth_time), "raw"), NOW, 100)

    assert "auth_time" == caught.value.claim


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"nbf": NOW + 50},
        {"iat": NOW + 400},
        {"auth_time": NOW + 400},
        {"iat": ..., "auth_time": ...},
    ],
)
@pytest.mark.parametrize("leeway", [0, 30])
def test_lifetime_agrees_with_the_checks(claims: dict[str, object], leeway: float) -> None:
    """What is remembered is good from when the checks first pass until they first fail."""
    made = access_claims(**claims)
    begin, end = policy.lifetime(made, leeway)

    assert ACCEPTED == verdict(made, begin, leeway=leeway)
    assert ACCEPTED == verdict(made, end - 0.001, leeway=leeway)
    assert "ExpiredToken" == verdict(made, end, leeway=leeway)[0]
    if begin > 0:
        assert "NotYetValidToken" == verdict(made, begin - 0.001, leeway=leeway)[0]


def test_permissions_are_values() -> None:
    """Equal demands are equal, whatever order they are given in, and a demand for nothing is falsy."""
    one = Permissions(scopes=["b", "a", "a"], any_group=("x",))

    assert one == Permissions(scopes={"a", "b"}, any_group=["x"])
    assert hash(one) == hash(Permissions(scopes=("a", "b"), any_group=frozenset({"x"})))
    assert one != Permissions(scopes=["a"], any_group=["x"])
    assert one != Permissions(any_scope=["a", "b"], any_group=["x"])
    assert one != "a"
    assert (("a", "b"), (), (), ("x",)) == (one.scopes, one.any_scope, one.groups, one.any_group)
    assert "Permissions(scopes=('a', 'b'), any_group=('x',))" == repr(one)
    assert one
    assert not Permissions()
    assert "Permissions()" == repr(Permissions())


@pytest.mark.parametrize("option", ["scopes", "any_scope", "groups", "any_group"])
@pytest.mark.parametrize(
    "value", ["admin", b"admin", [], set(), iter(()), None, 1, [""], [1], [None], ["a", 2]]
)
def test_permissions_refuse_what_cannot_be_meant(option: str, value: object) -> None:
    """A single str, an empty collection or anything but names is a mistake that is named."""
    with pytest.raises(ConfigurationError, match=rf"\A{option} "):
        Permissions(**{option: value})  # type: ignore[arg-type]

    assert Permissions(**{option: ["admin"]})
    assert not Permissions(**{option: ()})


@pytest.mark.parametrize("scope", ["a b", " a", "a\n", "\t"])
def test_scopes_hold_no_white_space(scope: str) -> None:
    """Several scopes in one text are a mistake, since no token could ever have such a scope."""
    with pytest.raises(ConfigurationError, match="white space"):
        Permissions(scopes=[scope])
    with pytest.raises(ConfigurationError, match="white space"):
        Permissions(any_scope=["a", scope])

    assert Permissions(groups=["a group"])


@pytest.mark.parametrize(
    ("demand", "claims", "refusal"),
    [
        ({"scopes": ["tasks/read"]}, {}, None),
        ({"scopes": ["tasks/read", "openid"]}, {}, None),
        ({"scopes": ["tasks/read", "x"]}, {}, MissingScope),
        ({"scopes": ["tasks"]}, {}, MissingScope),
        ({"scopes": ["admin"]}, {"scope": "admin.read"}, MissingScope),
        ({"any_scope": ["x", "openid"]}, {}, None),
        ({"any_scope": ["x", "y"]}, {}, MissingScope),
        ({"any_scope": ["x"]}, {"scope": ""}, MissingScope),
        *[({"scopes": ["a"]}, {"scope": scope}, MissingScope) for scope in (..., None, ["a"], {"a": 1}, 1, "", "a.b", "ab", "a\tb")],
        ({"groups": ["admin"]}, {}, None),
        ({"groups": ["admin", "staff"]}, {}, None),
        ({"groups": ["admin", "x"]}, {}, MissingGroup),
        ({"any_group": ["x", "staff"]}, {}, None),
        ({"any_group": ["x", "y"]}, {}, MissingGroup),
        *[({"groups": ["admin"]}, {"cognito:groups": groups}, MissingGroup) for groups in (..., None, "admin", "superadmins", [], [1], [["admin"]], ["admin", 1], {"admin": 1})],
        ({"scopes": ["x"], "groups": ["x"]}, {}, MissingScope),
    ],
)  # fmt: skip
def test_permissions_check(
    demand: dict[str, list[str]],
    claims: dict[str, object],
    refusal: type[InsufficientPermission] | None,
) -> None:
    """All of, any of, whole names only; a claim of a wrong type grants nothing."""
    token = AccessToken(access_claims(**claims), "raw")
    permissions = Permissions(**demand)
    try:
        permissions.check(token)
    except InsufficientPermission as error:
        refused: object = type(error)
        expected = error.expected
    else:
        refused, expected = None, ()

    assert refusal is refused
    assert set(expected) <= {name for names in demand.values() for name in names}
    assert (refusal.__name__ if refusal else "AccessToken") == verdict(
        access_claims(**claims), permissions=permissions
    )[0]


def test_an_id_token_has_no_scopes() -> None:
    """A scope claim in an id token grants nothing, since Cognito puts none there; groups count."""
    token = IdToken(id_claims(scope="a"), "raw")
    Permissions(groups=["admin"]).check(token)

    with pytest.raises(MissingScope):
        Permissions(scopes=["a"]).check(token)
    assert (
        "MissingScope"
        == verdict(id_claims(scope="a"), token_use=None, permissions=Permissions(scopes=["a"]))[0]
    )


def test_extra_demands() -> None:
    """A call's nonce must be the token's, to the letter, beside the permissions."""
    token = IdToken(id_claims(nonce="n"), "raw")
    Extra(NONE, NONE, ["admin"], NONE, "n").check(token)

    with pytest.raises(InvalidClaim, match="nonce"):
        Extra(NONE, NONE, NONE, NONE, "m").check(token)
    with pytest.raises(InvalidClaim, match="nonce"):
        Extra(NONE, NONE, NONE, NONE, "n").check(IdToken(id_claims(nonce=...), "raw"))
    with pytest.raises(MissingGroup):
        Extra(NONE, NONE, ["x"], NONE, "n").check(token)


@pytest.mark.parametrize("nonce", [None, "", 1, b"n", ["n"]])
def test_nonce_is_a_text(nonce: object) -> None:
    """A nonce that got lost on the way must not turn the check off."""
    with pytest.raises(ConfigurationError, match="nonce"):
        Extra(NONE, NONE, NONE, NONE, nonce)

    assert "<not given>" == repr(policy.UNSET)


@pytest.mark.parametrize("value", ["", [], ["a", ""], "a b", " a", ["a\n"], None, 1, [1], b"a", {}])
def test_one_or_more_refuses(value: object) -> None:
    """An option of one name or several is no empty, blank or foreign value."""
    with pytest.raises(ConfigurationError, match="client_id"):
        policy.one_or_more(value, "client_id")

    assert {"a"} == policy.one_or_more("a", "client_id")
    assert {"a", "b"} == policy.one_or_more(["a", "b"], "client_id")


@pytest.mark.parametrize(
    "value", [None, "1", True, -1, 601, 600.1, math.nan, math.inf, -math.inf, [1], 10**400]
)
def test_seconds_refuses(value: object) -> None:
    """An option in seconds is a number within its bounds, and no truth value."""
    with pytest.raises(
        ConfigurationError, match="leeway must be a number of seconds from 0 to 600"
    ):
        policy.seconds(value, "leeway", least=0, most=600)

    assert (0, 600, 1.5) == tuple(
        policy.seconds(v, "leeway", least=0, most=600) for v in (0, 600, 1.5)
    )


def test_not_yet_valid_is_a_kind_of_its_own() -> None:
    """A client can tell a token that is early from one that is late."""
    with pytest.raises(NotYetValidToken):
        judge()(access_claims(nbf=NOW + 1), NOW, "raw")
    with pytest.raises(ExpiredToken):
        judge()(access_claims(nbf=NOW + 1), NOW + 3600, "raw")
