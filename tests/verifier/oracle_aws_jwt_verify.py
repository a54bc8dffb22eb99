"""What aws-jwt-verify (npm), run on node, says of the same tokens. `nox -s oracle` runs it.

Not collected by default: it needs node, and a folder in which npm has installed the package, named by
COGNITOKIT_ORACLE.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from cognitokit.errors import CognitoKitError
from cognitokit.testing import FederatedIdentity, TokenMint
from cognitokit.verifier import CognitoVerifier
from tests.verifier import corpus, forge, strategies
from tests.verifier.corpus import Case

SCRIPT = Path(__file__).with_name("oracle.mjs")


class Verdict(NamedTuple):
    """What the oracle says of one token."""

    accepted: bool
    error: str | None
    email: object
    sub: object


class Question(NamedTuple):
    """A token, and the rules to hold it against."""

    id: str
    token: str
    keys: Mapping[str, Any]
    options: Mapping[str, Any]

    def line(self) -> str:
        """Return it as a line of JSON."""
        return json.dumps(
            {
                "id": self.id,
                "token": self.token,
                "jwks": self.keys,
                "now": forge.NOW,
                "options": rules(self.options),
            }
        )


def rules(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return our options as aws-jwt-verify knows them.

    It has no rule for audience, nonce, max_age and check, and takes groups and scopes as any of
    them: there it asks for less than we do, so its refusals still count.
    """
    client = options.get("client_id", forge.CLIENT_ID)
    translated: dict[str, Any] = {
        "userPoolId": forge.POOL_ID,
        "tokenUse": options["token_use"],
        "clientId": client if client is None or isinstance(client, str) else sorted(client),
        "graceSeconds": options.get("leeway", 0),
    }
    groups = [*options.get("groups", ()), *options.get("any_group", ())]
    scopes = [*options.get("scopes", ()), *options.get("any_scope", ())]
    return (
        translated | ({"groups": groups} if groups else {}) | ({"scope": scopes} if scopes else {})
    )


def ask(questions: list[Question]) -> dict[str, Verdict]:
    """Return the oracle's verdicts by the questions' ids."""
    node = shutil.which("node")
    folder = os.environ.get("COGNITOKIT_ORACLE")
    if node is None or folder is None:
        pytest.fail("Run `nox -s oracle`, on a machine with node and npm.")
    answered = subprocess.run(
        [node, str(SCRIPT)],
        cwd=folder,
        input="".join(f"{question.line()}\n" for question in questions),
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    # Only at line feeds: splitlines() would also break at characters that JSON leaves in strings.
    answers = [json.loads(line) for line in answered.stdout.split("\n") if line]
    verdicts = {answer.pop("id"): Verdict(**answer) for answer in answers}

    assert [question.id for question in questions] == list(verdicts)
    return verdicts


def ours(question: Question, pool: Mapping[str, Any] | None = None) -> CognitoKitError | None:
    """Return our refusal of the question's token, or None."""
    from tests.verifier.test_attack_cases import configuration

    case = corpus.case("question/asked", question.token, "claim", "", keys=question.keys, pool=pool)
    where, arguments = configuration(case, question.keys, question.options)
    try:
        CognitoVerifier(where, **arguments).verify(question.token)
    except CognitoKitError as error:
        return error
    return None


def merged(options: Mapping[str, Any], call: Mapping[str, Any]) -> dict[str, Any]:
    """Return a verifier's options with those of a call, where they ask for the same kind of thing."""
    return {**options, **{name: value for name, value in call.items() if name not in options}}


def attack_questions(cases: list[Case]) -> list[Question]:
    """Return the attacks that are text at all."""
    return [
        Question(case.id, case.attack, case.keys, merged(case.options, case.call))
        for case in cases
        if isinstance(case.attack, str)
    ]


def twin_questions(cases: list[Case]) -> list[Question]:
    """Return the twins of verifiers whose pool has the usual issuers, the only ones the oracle knows."""
    return [
        Question(case.id, case.twin, case.twin_keys, merged(case.twin_options, case.call))
        for case in cases
        if not case.pool
    ]


def test_it_accepts_what_our_mint_makes() -> None:
    """Tokens of users, of federated users and of machines are tokens of Cognito in its eyes too."""
    mint = TokenMint(forge.POOL_ID, client_id=forge.CLIENT_ID, clock=lambda: forge.NOW)
    provider = FederatedIdentity("Google", "123456789")
    access = {
        "plain": mint.access_token("jane"),
        "groups": mint.access_token("jane", groups=["admin", "staff"]),
        "federated": mint.access_token(identity=provider),
        "machine": mint.machine_token(["tasks/read"]),
        "both": mint.tokens("jane").access_token,
    }
    identity = {
        "plain-id": mint.id_token("jane", nonce="n", custom={"tenant": "blue"}),
        "roles-id": mint.id_token("jane", roles=["arn:aws:iam::123456789012:role/x"]),
        "federated-id": mint.id_token(identity=provider),
        "bound-id": mint.id_token("jane", access_token=mint.access_token("jane")),
    }
    questions = [
        Question(id_, raw, mint.jwks, {"token_use": "access"}) for id_, raw in access.items()
    ]
    questions += [
        Question(id_, raw, mint.jwks, {"token_use": "id"}) for id_, raw in identity.items()
    ]

    verdicts = ask(questions)

    assert dict.fromkeys(verdicts) == {id_: verdict.error for id_, verdict in verdicts.items()}
    for question in questions:
        assert ours(question) is None
        claims = json.loads(forge.unb64(question.token.split(".")[1]))
        assert claims["sub"] == verdicts[question.id].sub
        assert claims.get("email") == verdicts[question.id].email


def test_it_accepts_every_twin() -> None:
    """What we accept in the corpus it accepts too: no twin is sound in our eyes alone.

    But for one: an entry null in the key set ends its work with a TypeError, ours not.
    """
    questions = twin_questions(corpus.cases())

    verdicts = ask(questions)

    assert len(questions) >= 700
    assert {"jwks-poison/null": "TypeError"} == {
        id_: verdict.error for id_, verdict in verdicts.items() if not verdict.accepted
    }


def test_what_it_refuses_we_refuse() -> None:
    """No attack of the corpus gets past us that it stops; many get past it."""
    cases = corpus.cases()
    pools = {case.id: case.pool for case in cases}
    questions = attack_questions(cases)

    verdicts = ask(questions)
    passed = [
        q.id for q in questions if not verdicts[q.id].accepted and ours(q, pools[q.id]) is None
    ]
    stopped_by_us_alone = [id_ for id_, verdict in verdicts.items() if verdict.accepted]

    assert [] == passed
    assert len(questions) >= 700
    # What the documentation's table is made of.
    print(f"\n{len(questions)} attacks; accepted by aws-jwt-verify: {len(stopped_by_us_alone)}")  # noqa: T201
    for id_ in stopped_by_us_alone:
        print(f"  {id_}")  # noqa: T201


def test_what_it_refuses_we_refuse_of_mutations() -> None:
    """The same of tokens that are signed over headers and payloads drawn at random."""
    drawn: list[str] = []

    @settings(
        max_examples=2000,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategies.SIGNED | strategies.UNSIGNED)
    def draw(token: str) -> None:
        drawn.append(token)

    draw()
    questions = [
        Question(f"{use}-{index}", token, forge.jwks(), {"token_use": use})
        for use in ("access", "id")
        for index, token in enumerate(drawn)
    ]

    verdicts = ask(questions)
    passed = [
        (question.token, verdicts[question.id].error)
        for question in questions
        if not verdicts[question.id].accepted and ours(question) is None
    ]

    assert [] == passed
    assert len(questions) >= 2000
    assert any(verdict.accepted for verdict in verdicts.values())
