"""`cognitokit doctor`, and what it makes of settings."""

from email.utils import formatdate
from typing import Any

import pytest

from cognitokit.cli.findings import clock_finding, examine
from cognitokit.testing import LocalPool, TokenMint
from tests.cli.running import CALLBACK, CLIENT, POOL, run, start
from tests.client.transports.canned_server import canned_server

GOOD: dict[str, Any] = {
    "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"],
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code", "client_credentials"],
    "AllowedOAuthScopes": ["openid", "tasks/read"],
    "CallbackURLs": ["https://example.com/callback"],
    "SupportedIdentityProviders": ["COGNITO"],
    "ClientSecret": "the-secret",
    "PreventUserExistenceErrors": "ENABLED",
    "EnableTokenRevocation": True,
}
FLOWS = ("password", "choice", "code", "client-credentials")
TRIGGERS = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
POOL_SETTINGS: dict[str, Any] = {
    "Domain": "my-app",
    "LambdaConfig": dict.fromkeys(TRIGGERS, "arn:aws:lambda:eu-west-1:123456789012:function:code"),
    "UserPoolTier": "ESSENTIALS",
}
AWS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def found(
    client: dict[str, Any],
    *flows: str,
    pool: dict[str, Any] | None = None,
    redirect_uri: str | None = None,
    secret: str | None = "the-secret",
) -> dict[str, list[tuple[str, str]]]:
    """What is found, by what it is about."""
    findings: dict[str, list[tuple[str, str]]] = {}
    for verdict, about, told in examine(
        POOL_SETTINGS if pool is None else pool,
        client,
        flows=flows,
        redirect_uri=redirect_uri,
        secret=secret,
    ):
        findings.setdefault(about, []).append((verdict, told))
    return findings


def test_a_good_app_client_has_nothing_bad() -> None:
    """What fits is all ok."""
    findings = found(GOOD, *FLOWS, redirect_uri="https://example.com/callback")

    assert {"ok"} == {verdict for each in findings.values() for verdict, _ in each}
    assert "callback URL" in findings


def test_without_flows_what_is_enabled_is_told() -> None:
    """Whoever names no flow reads which ones there are."""
    assert [("ok", "Enabled: password, choice, code, client-credentials.")] == found(GOOD)["flows"]
    assert [("ok", "Enabled: none of ours.")] == found({})["flows"]


def test_what_is_enabled_and_cannot_work_is_told_apart() -> None:
    """A flow that somebody switched on, and that lacks something, is not among those that work."""
    told = "Enabled: password. Enabled, and lacking something: custom, implicit; --flow says what."
    client = {
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_CUSTOM_AUTH"],
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["implicit"],
    }

    assert [("ok", told)] == found(client, pool={})["flows"]


@pytest.mark.parametrize(
    ("flow", "cure"),
    [
        ("password", "ALLOW_USER_PASSWORD_AUTH"),
        ("choice", "ALLOW_USER_AUTH"),
        ("custom", "ALLOW_CUSTOM_AUTH"),
        ("admin", "ALLOW_ADMIN_USER_PASSWORD_AUTH"),
        ("code", "Add code to the app client's AllowedOAuthFlows"),
        ("implicit", "Add implicit to the app client's AllowedOAuthFlows"),
        ("client-credentials", "Add client_credentials to"),
    ],
)
def test_a_flow_that_is_not_enabled(flow: str, cure: str) -> None:
    """What is missing is bad, and the setting is named."""
    [(verdict, told)] = found({"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]}, flow)[f"flow {flow}"]

    assert "bad" == verdict
    assert cure in told


@pytest.mark.parametrize(
    ("flow", "name"),
    [("password", "USER_PASSWORD_AUTH"), ("custom", "CUSTOM_AUTH_FLOW_ONLY"), ("admin", "ADMIN_NO_SRP_AUTH")],
)  # fmt: skip
def test_the_older_names_count(flow: str, name: str) -> None:
    """An app client that was made long ago has the older names."""
    assert [("ok", "Enabled.")] == found({"ExplicitAuthFlows": [name]}, flow)[f"flow {flow}"]


@pytest.mark.parametrize(
    ("flow", "without", "told"),
    [
        ("code", "CallbackURLs", "no callback URL"),
        ("code", "SupportedIdentityProviders", "add COGNITO"),
        ("code", "AllowedOAuthScopes", "AllowedOAuthScopes"),
        ("implicit", "CallbackURLs", "no callback URL"),
        ("implicit", "SupportedIdentityProviders", "add COGNITO"),
        ("client-credentials", "AllowedOAuthScopes", "AllowedOAuthScopes"),
        ("client-credentials", "ClientSecret", "no secret"),
    ],
)
def test_what_a_grant_needs_besides(flow: str, without: str, told: str) -> None:
    """A grant that is allowed may still lack a setting of the app client, and with it lacks nothing."""
    whole = GOOD | {"AllowedOAuthFlows": ["code", "implicit", "client_credentials"]}
    client = {name: value for name, value in whole.items() if name != without}
    [(verdict, sentence)] = found(client, flow)[f"flow {flow}"]

    assert "bad" == verdict
    assert sentence.startswith("Enabled, and cannot work. ")
    assert told in sentence
    assert [("ok", "Enabled.")] == found(whole, flow)[f"flow {flow}"]


@pytest.mark.parametrize("without", ["CallbackURLs", "SupportedIdentityProviders"])
def test_machines_need_no_browser(without: str) -> None:
    """A client of its own comes back nowhere, and signs nobody in."""
    client = {name: value for name, value in GOOD.items() if name != without}

    assert [("ok", "Enabled.")] == found(client, "client-credentials")["flow client-credentials"]


@pytest.mark.parametrize("flow", ["code", "client-credentials"])
@pytest.mark.parametrize("domain", [{"Domain": "x"}, {"CustomDomain": "x.example.com"}])
def test_a_grant_needs_a_domain(flow: str, domain: dict[str, str]) -> None:
    """Either kind of domain will do, and none will not."""
    [(verdict, told)] = found(GOOD, flow, pool={})[f"flow {flow}"]

    assert ("bad", True) == (verdict, "no domain" in told)
    assert [("ok", "Enabled.")] == found(GOOD, flow, pool=domain)[f"flow {flow}"]


@pytest.mark.parametrize("without", TRIGGERS)
def test_custom_needs_its_triggers(without: str) -> None:
    """Each of the three Lambda triggers that is missing is named."""
    client = {"ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH"]}
    triggers = {name: arn for name, arn in POOL_SETTINGS["LambdaConfig"].items() if name != without}
    [lacking] = found(client, "custom", pool={"LambdaConfig": triggers})["flow custom"]
    [nothing] = found(client, "custom", pool={})["flow custom"]
    [whole] = found(client, "custom")["flow custom"]

    sentence = "Enabled, and cannot work. The user pool lacks Lambda triggers"
    assert ("bad", f"{sentence}: {without}.") == lacking
    assert ("bad", f"{sentence}: {', '.join(TRIGGERS)}.") == nothing
    assert ("ok", "Enabled.") == whole


@pytest.mark.parametrize(
    ("tier", "verdict"),
    [({"UserPoolTier": "LITE"}, "bad"), ({"UserPoolTier": "PLUS"}, "ok"), ({}, "ok")],
)
def test_choice_needs_a_plan(tier: dict[str, str], verdict: str) -> None:
    """The plan Lite has no choice of factors."""
    [(seen, told)] = found(GOOD, "choice", pool=tier)["flow choice"]

    assert verdict == seen
    assert ("Essentials" in told) is (verdict == "bad")


def test_a_callback_url_must_be_there_to_the_letter() -> None:
    """A slash more is another URL; what is allowed is told."""
    [(verdict, told)] = found(GOOD, redirect_uri="https://example.com/callback/")["callback URL"]
    [(_, none)] = found({}, redirect_uri="https://example.com/callback/")["callback URL"]

    assert "bad" == verdict
    assert "Allowed: https://example.com/callback." in told
    assert "Allowed: none." in none


@pytest.mark.parametrize(
    ("held", "given", "verdict"),
    [
        (None, None, "ok"),
        (None, "x", "bad"),
        ("x", None, "warn"),
        ("x", "x", "ok"),
        ("x", "y", "bad"),
        ("ü", "ü", "ok"),
    ],
)
def test_a_secret_is_compared_and_never_told(
    held: str | None, given: str | None, verdict: str
) -> None:
    """Whether it is right is told, and not what it is."""
    client = {} if held is None else {"ClientSecret": held * 8}
    [(seen, told)] = found(client, secret=given and given * 8)["secret"]

    assert verdict == seen
    assert "xxxxxxxx" not in told
    assert "yyyyyyyy" not in told


def test_lifetimes_have_their_units() -> None:
    """Cognito's defaults are an hour and 30 days; a long-lived access token is worth a warning."""
    units = {"AccessToken": "minutes", "IdToken": "days", "RefreshToken": "hours"}
    numbers = {f"{kind}TokenValidity": 90 for kind in ("Access", "Id", "Refresh")}
    plain, own = found({}), found({**numbers, "TokenValidityUnits": units})

    assert [("ok", "Lives 1 hour.")] == plain["access token"]
    assert [("ok", "Lives 1 hour.")] == plain["id token"]
    assert [("ok", "Lives 30 days.")] == plain["refresh token"]
    assert "warn" == own["access token"][0][0]
    assert own["access token"][0][1].startswith("Lives 1 hour. Nobody can revoke it")
    assert [("ok", "Lives 90 days.")] == own["id token"]
    assert [("ok", "Lives 3 days.")] == own["refresh token"]


def test_what_is_weaker_than_it_could_be() -> None:
    """User existence that is told, and tokens that cannot be revoked, are warned of."""
    findings = found({"EnableTokenRevocation": False, "PreventUserExistenceErrors": "LEGACY"})

    assert "warn" == findings["user existence"][0][0]
    assert "warn" == findings["revocation"][0][0]


def test_rotation_says_what_the_client_must_know() -> None:
    """With rotation the client is to be given the grace period."""
    rotating = {"RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10}}

    assert "rotation_grace=10" in found(rotating)["rotation"][0][1]
    assert "Off" in found({})["rotation"][0][1]


@pytest.mark.parametrize(
    ("ahead", "verdict", "told"),
    [
        (4, "ok", "Right to within seconds."),
        (-4, "ok", "Right"),
        (60, "warn", "1 minute ahead of the server's"),
        (-3600, "bad", "1 hour behind the server's"),
    ],
)
def test_clocks_are_compared(ahead: int, verdict: str, told: str) -> None:
    """A clock that is wrong is told by how much, and beyond five minutes it is bad."""
    finding = clock_finding(formatdate(1_800_000_000, usegmt=True), 1_800_000_000 + ahead)

    assert verdict == finding.verdict
    assert finding.told.startswith(told)


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_a_server_without_a_clock(date: str | None) -> None:
    """Without a date there is nothing to compare with."""
    assert "warn" == clock_finding(date, 0.0).verdict


@pytest.mark.local
class TestOnTheEmbeddedPool:
    """A real server over HTTP."""

    def test_all_is_well(self, local: LocalPool) -> None:
        """Keys, clock and settings are looked at, and the status is 0."""
        done = run("doctor", "--flow", "password", "--json", env={**local.environ, **AWS})
        verdicts = {each["about"]: each["verdict"] for each in done.json}

        assert 0 == done.status, done.out
        assert "ok" == verdicts["keys"] == verdicts["clock"] == verdicts["flow password"]
        assert "bad" not in verdicts.values()

    def test_what_is_bad_is_counted(self, local: LocalPool) -> None:
        """A flow that is not enabled ends with 1, as a process too."""
        options = ["--flow", "choice", "--redirect-uri", f"{CALLBACK}/other"]
        done = start("doctor", *options, env={**local.environ, **AWS})

        assert 1 == done.status, done.err
        assert "bad   flow choice     Not enabled. Add ALLOW_USER_AUTH" in done.out
        assert "2 of " in done.err
        assert "\x1b" not in done.out

    def test_without_credentials(self, local: LocalPool) -> None:
        """The rest is looked at all the same."""
        done = run("doctor", env=local.environ)

        assert 0 == done.status, done.out
        assert "warn  app client  Not looked at." in done.out
        assert "ok    keys" in done.out

    @pytest.mark.parametrize(
        ("asked", "told"),
        [
            (["--flow", "password", "--flow", "code"], "--flow password, --flow code"),
            (["--redirect-uri", CALLBACK], "--redirect-uri"),
        ],
    )
    def test_what_was_asked_for_and_not_looked_at(
        self, local: LocalPool, asked: list[str], told: str
    ) -> None:
        """Without credentials there is no answer, which is neither a yes nor a no."""
        done = run("doctor", *asked, env=local.environ)

        assert 3 == done.status, done.out
        assert "warn  app client  Not looked at." in done.out
        assert f"Nothing can be said of {told}.\n" == done.err

    def test_an_app_client_that_is_not_there(self, local: LocalPool) -> None:
        """It is bad, and told in Cognito's words."""
        done = run("doctor", "--client-id", "another0client", env={**local.environ, **AWS})

        assert 1 == done.status
        assert "bad   app client" in done.out

    def test_the_secret_is_never_told(self, local: LocalPool) -> None:
        """Right, wrong or missing: neither side's secret is shown."""
        app = local.add_app_client(secret=True)
        secret = app.secret
        assert secret is not None
        env = {**local.environ, **AWS, "COGNITO_CLIENT_ID": app.id}
        ended = [
            run("doctor", "--json", env={**env, "COGNITO_CLIENT_SECRET": given})
            for given in (secret, "Wr0ngSecretOfTheAppClient", None)
        ]

        assert [0, 1, 0] == [each.status for each in ended]
        assert not [each for each in ended if secret in each.out + each.err]
        assert not [each for each in ended if "Wr0ng" in each.out + each.err]


@pytest.mark.parametrize(
    ("code", "verdict", "status"), [("AccessDeniedException", "warn", 3), ("Other", "bad", 1)]
)
def test_credentials_that_may_not_look(
    mint: TokenMint, code: str, verdict: str, status: int
) -> None:
    """Whoever lacks the IAM permission reads that nothing was seen, and not that anything is wrong."""
    with mint.serve() as keys, canned_server() as api:
        api.answer({"__type": code, "message": "You may not."}, 400)
        done = run(
            "doctor", POOL, "--client-id", CLIENT, "--jwks-uri", keys.pool.jwks_uri,
            "--endpoint-url", api.url, "--flow", "password", env=AWS,
        )  # fmt: skip

    assert status == done.status, done.out
    assert f"{verdict:4}  app client" in done.out
    assert ("Not looked at" in done.out) is (verdict == "warn")


def test_a_dead_key_endpoint(mint: TokenMint) -> None:
    """It is a fault that was found, with status 1; the clock cannot be compared, and the pool cannot be looked at without credentials."""
    with mint.serve() as server:
        uri = server.pool.jwks_uri
    done = run("doctor", POOL, "--client-id", CLIENT, "--jwks-uri", uri)

    assert 1 == done.status
    assert "bad   keys" in done.out
    assert "warn  clock" in done.out
