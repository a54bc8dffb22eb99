"""Attacks on x-amzn-oidc-data: load balancers share their keys, so who signed is what matters."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from cognitokit.errors import CognitoKitError, KeysUnavailable, TokenError, UnknownKey
from cognitokit.verifier import AlbVerifier, AsyncAlbVerifier
from tests.verifier import forge, hostile_server, strategies
from tests.verifier.corpus.form import CHANGES
from tests.verifier.forge import NOW, LoadBalancer, dump, load_balancer, padded_b64
from tests.verifier.hostile_server import HostileServer, answering
from tests.verifier.shells import Clocks, run_in_asyncio, run_in_trio

MINE = load_balancer()
OTHER_ARN = MINE.arn.replace("123456789012", "210987654321")
NEIGHBOUR = LoadBalancer("11111111-2222-4333-8444-555555555555", load_balancer("x").key, OTHER_ARN)
GOOD = MINE.sign(MINE.claims())


class Published:
    """A fetcher of keys by the URL's last part, which counts."""

    def __init__(self, *balancers: LoadBalancer) -> None:
        self.pems: dict[str, object] = {b.kid: b.pem() for b in balancers or (MINE, NEIGHBOUR)}
        self.urls: list[str] = []

    def __call__(self, url: str) -> Any:
        """Return the PEM, None for a key that is not there."""
        self.urls.append(url)
        return self.pems.get(url.rpartition("/")[2])


def options(clocks: Clocks, **changes: Any) -> dict[str, Any]:
    """Return a verifier's options."""
    return {
        "client_id": forge.CLIENT_ID,
        "issuer": forge.ISSUER,
        "clock": clocks.clock,
        "monotonic": clocks.monotonic,
        **changes,
    }


def verifier(
    published: Published | None = None, clocks: Clocks | None = None, **changes: Any
) -> AlbVerifier:
    """Return a verifier for our own load balancer."""
    fetcher = published or Published()
    return AlbVerifier(MINE.arn, fetcher=fetcher, **options(clocks or Clocks(), **changes))


class Case(NamedTuple):
    """One attack, what it is refused for, its twin, and whether its refusal may cost a fetch."""

    id: str
    attack: Any
    kind: str
    twin: str = GOOD
    fetches: int = 0


def with_header(**members: object) -> str:
    """Return our load balancer's token with header members replaced."""
    return MINE.sign(MINE.claims(), MINE.header(**members))


def _signers() -> Iterator[Case]:
    for variant, signer in {
        "other-account": OTHER_ARN,
        "other-name": MINE.arn.replace("/front/", "/back/"),
        "prefix": MINE.arn[:-1],
        "extended": MINE.arn + "0",
        "upper": MINE.arn.upper(),
        "empty": "",
        "missing": ...,
        "null": None,
        "list": [MINE.arn],
        "number": 1,
        "newline": MINE.arn + "\n",
    }.items():
        yield Case(f"signer-{variant}", with_header(signer=signer), "claim:signer")
    # ALBeast: another account's load balancer signs with the region's shared keys.
    theirs = NEIGHBOUR.sign(NEIGHBOUR.claims(), NEIGHBOUR.header())
    yield Case("signer-albeast", theirs, "claim:signer")
    pretending = NEIGHBOUR.sign(MINE.claims(), MINE.header())
    yield Case("signer-forged", pretending, "signature", fetches=1)


def _headers() -> Iterator[Case]:
    for variant, client in {
        "other": forge.OTHER_CLIENT_ID,
        "missing": ...,
        "list": [forge.CLIENT_ID],
        "null": None,
    }.items():
        yield Case(f"client-{variant}", with_header(client=client), "claim:client")
    for variant, iss in {
        "other": forge.OTHER_ISSUER,
        "slash": forge.ISSUER + "/",
        "missing": ...,
        "list": [forge.ISSUER],
    }.items():
        yield Case(f"iss-{variant}", with_header(iss=iss), "claim:iss")
    for variant, exp in {
        "missing": ...,
        "null": None,
        "text": str(NOW + 60),
        "true": True,
        "huge": 10**15,
        "negative": -1,
    }.items():
        yield Case(f"exp-{variant}", with_header(exp=exp), "claim:exp")
    for variant, exp in {"now": NOW, "before": NOW - 1, "zero": 0}.items():
        yield Case(f"exp-{variant}", with_header(exp=exp), "expired:exp", with_header(exp=NOW + 1))
    for alg in ("RS256", "HS256", "none", "ES384", "es256", ["ES256"], None, ...):
        yield Case(f"alg-{alg}", with_header(alg=alg), "algorithm")
    for name, value in {
        "crit": [], "jwk": {}, "jku": "https://evil.example", "x5u": "https://evil.example", "x5c": [],
        "b64": False, "zip": "DEF", "enc": "x", "cty": "JWT", "typ": "at+jwt",
    }.items():  # fmt: skip
        yield Case(f"header-{name}", with_header(**{name: value}), "malformed")


def _kids() -> Iterator[Case]:
    for variant, kid in {
        "path": "../../" + MINE.kid,
        "traversal": "../../../latest/meta-data/iam",
        "url": "https://evil.example/" + MINE.kid,
        "query": MINE.kid + "?x=y",
        "fragment": MINE.kid + "#",
        "encoded": MINE.kid.replace("-", "%2d"),
        "slash": MINE.kid + "/",
        "at": "@evil.example/" + MINE.kid,
        "newline": MINE.kid + "\n",
        "space": " " + MINE.kid,
        "nul": MINE.kid + "\0",
        "short": MINE.kid[:-1],
        "no-hyphens": MINE.kid.replace("-", ""),
        "braces": "{" + MINE.kid + "}",
        "letters": "g" * 8 + MINE.kid[8:],
        "fullwidth": "\uff10" * 8 + MINE.kid[8:],
        "arabic": "\u0661" * 8 + MINE.kid[8:],
        "empty": "",
        "missing": ...,
        "null": None,
    }.items():
        yield Case(f"kid-{variant}", with_header(kid=kid), "key_not_found")
    for variant, kid in {"list": [MINE.kid], "number": 1, "long": MINE.kid * 10}.items():
        yield Case(f"kid-{variant}", with_header(kid=kid), "malformed")
    unknown = "99999999-9999-4999-8999-999999999999"
    yield Case("kid-unknown", with_header(kid=unknown), "key_not_found", fetches=1)


def _signatures() -> Iterator[Case]:
    head, payload, signature = GOOD.split(".")
    raw = forge.unb64(signature.rstrip("="))
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    r, s = raw[:32], raw[32:]
    for variant, changed in {
        "empty": b"",
        "zeros": bytes(64),
        "r-zero": bytes(32) + s,
        "s-zero": r + bytes(32),
        "r-order": order.to_bytes(32, "big") + s,
        "s-order": r + order.to_bytes(32, "big"),
        "ones": b"\xff" * 64,
        "truncated": raw[:-1],
        "longer": raw + b"\0",
        "half": raw[:32],
        "swapped": s + r,
        "bit": raw[:10] + bytes([raw[10] ^ 1]) + raw[11:],
        "der": MINE.key.sign(f"{head}.{payload}".encode(), ec.ECDSA(hashes.SHA256())),
        "s-plus-order": (r + (int.from_bytes(s, "big") + order).to_bytes(33, "big")),
    }.items():
        yield Case(
            f"signature-{variant}",
            f"{head}.{payload}.{padded_b64(changed)}",
            "signature",
            fetches=1,
        )
    other = MINE.sign(MINE.claims(username="root")).split(".")[1]
    yield Case("payload-changed", f"{head}.{other}.{signature}", "signature", fetches=1)


def _forms() -> Iterator[Case]:
    head, payload, signature = GOOD.split(".")
    for place, (variant, change) in itertools.product(range(3), CHANGES.items()):
        if variant in {"padding", "two-paddings", "right-padding", "plus", "slash"}:
            continue
        parts = [head, payload, signature]
        parts[place] = change(parts[place])
        yield Case(f"form-{place}-{variant}", ".".join(parts), "malformed")
    bare = MINE.sign(MINE.claims(pad="xx"), MINE.header(pad="xx"), padded=False)
    whole = MINE.sign(MINE.claims(pad="xx"), MINE.header(pad="xx"))
    assert "=" in whole
    yield Case("form-unpadded", bare, "malformed", whole)
    for place in range(3):
        parts = whole.split(".")
        parts[place] += "="
        yield Case(f"form-{place}-too-much-padding", ".".join(parts), "malformed", whole)
        parts[place] = parts[place].rstrip("=") + "===="
        yield Case(f"form-{place}-four-paddings", ".".join(parts), "malformed", whole)
    for variant, attack in {
        "nothing": "", "dots": "..", "two": f"{head}.{payload}", "four": f"{GOOD}.{signature}",
        "no-payload": f"{head}..{signature}", "none": None, "bytes": GOOD.encode(), "long": "a" * 20_000,
        "joined": f"{GOOD},{GOOD}",
    }.items():  # fmt: skip
        yield Case(f"form-{variant}", attack, "malformed")
    claims = dump(MINE.claims())
    for variant, text in {
        "twice": claims[:-1] + b',"sub":"x"}',
        "list": b"[" + claims + b"]",
        "bom": b"\xef\xbb\xbf" + claims,
        "nan": claims[:-1] + b',"x":NaN}',
        "utf-16": claims.decode().encode("utf-16"),
        "surrogate": claims[:-1] + b',"x":"\\ud800"}',
        "deep": claims[:-1] + b',"x":' + b"[" * 100 + b"]" * 100 + b"}",
    }.items():
        yield Case(f"payload-{variant}", MINE.sign(text), "malformed", fetches=1)
    header = dump(MINE.header())
    twice = header[:-1] + b',"signer":"' + OTHER_ARN.encode() + b'"}'
    yield Case("header-twice", MINE.sign(MINE.claims(), twice), "malformed")


def _payloads() -> Iterator[Case]:
    for variant, claims, kind in (
        ("exp-passed", {"exp": NOW}, "expired:exp"),
        ("exp-text", {"exp": str(NOW + 60)}, "claim:exp"),
        ("iss-other", {"iss": forge.OTHER_ISSUER}, "claim:iss"),
        ("sub-missing", {"sub": ...}, "claim:sub"),
        ("sub-empty", {"sub": ""}, "claim:sub"),
        ("sub-list", {"sub": [forge.SUB]}, "claim:sub"),
    ):
        yield Case(f"payload-{variant}", MINE.sign(MINE.claims(**claims)), kind, fetches=1)
    # An exp in the payload alone does not stand for the header's.
    yield Case("payload-exp-only", with_header(exp=...), "claim:exp")


CASES = [
    case for make in (_signers, _headers, _kids, _signatures, _forms, _payloads) for case in make()
]
EACH_CASE = pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])


def refusal(call: Callable[[], object]) -> str:
    """Return the reason of a refusal, with its claim."""
    with pytest.raises(TokenError) as caught:
        call()
    return caught.value.reason + (f":{caught.value.claim}" if caught.value.claim else "")


@EACH_CASE
def test_attack_is_refused_for_its_own_reason(case: Case) -> None:
    """An attack is refused for its defect, before a key is fetched wherever the header tells."""
    published = Published()

    assert case.kind == refusal(lambda: verifier(published).verify(case.attack))
    assert case.fetches == len(published.urls)


@EACH_CASE
def test_twin_is_accepted(case: Case) -> None:
    """The same token without the defect is accepted."""
    assert case.twin == verifier().verify(case.twin).raw


@pytest.mark.parametrize("run", [run_in_asyncio, run_in_trio])
def test_the_asynchronous_verifier_says_the_same(run: Callable[..., Any]) -> None:
    """The awaited verifier takes the same twins, and refuses the same attacks for the same reasons."""
    for case in CASES:
        strict = AsyncAlbVerifier(MINE.arn, fetcher=Published(), **options(Clocks()))

        assert case.twin == run(functools.partial(strict.verify, case.twin)).raw
        assert case.kind == refusal(
            functools.partial(run, functools.partial(strict.verify, case.attack))
        )


def test_only_the_key_of_the_kid_is_asked_for() -> None:
    """The one request goes to the region's own address and ends in the kid."""
    published = Published()

    assert forge.SUB == verifier(published).verify(GOOD).sub
    assert [f"https://public-keys.auth.elb.eu-west-1.amazonaws.com/{MINE.kid}"] == published.urls


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"<html></html>",
        load_balancer().pem()[:-30],
        forge.pool_key().pem(),
        ec.generate_private_key(ec.SECP384R1())
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        load_balancer().key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        load_balancer()
        .key.public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
        load_balancer().pem() + b" " * 300_000,
        "\ud800",
        {"kty": "EC"},
        1,
    ],
    ids=[
        "empty",
        "html",
        "truncated",
        "rsa",
        "p-384",
        "private",
        "der",
        "long",
        "surrogate",
        "jwk",
        "number",
    ],
)
def test_what_is_no_key_on_p_256_is_an_outage(pem: object) -> None:
    """An answer that is no public key on P-256 is a failed fetch, and the next good answer heals it."""
    clocks, published = Clocks(), Published()
    published.pems[MINE.kid] = pem
    strict = verifier(published, clocks)
    with pytest.raises(KeysUnavailable):
        strict.verify(GOOD)
    published.pems[MINE.kid] = MINE.pem()
    clocks.pass_(2)

    assert forge.SUB == strict.verify(GOOD).sub


def test_a_flood_of_kids() -> None:
    """A thousand kids that nobody has seen cost two fetches in ten seconds; the known key verifies on."""
    clocks, published = Clocks(), Published()
    strict = verifier(published, clocks)
    assert forge.SUB == strict.verify(GOOD).sub
    clocks.pass_(10)
    before = len(published.urls)
    refusals = set()
    for number in range(1_000):
        clocks.pass_(0.001)
        raw = MINE.sign(MINE.claims(), MINE.header(kid=f"{number:08x}-0000-4000-8000-000000000000"))
        with pytest.raises(CognitoKitError) as caught:
            strict.verify(raw)
        refusals.add(type(caught.value))
        assert forge.SUB == strict.verify(GOOD).sub

    assert refusals <= {UnknownKey, KeysUnavailable}
    assert 1 <= len(published.urls) - before <= 2


@pytest.mark.parametrize(
    "answer",
    [
        "403 Forbidden",
        "404 Not Found",
        "500 Internal Server Error",
        "html",
        "reset",
        "flood-of-body",
    ],
)
def test_a_hostile_key_endpoint(answer: str) -> None:
    """No answer of the key endpoint but the key's makes a token good, and none costs more than a request."""
    answers = dict(hostile_server.bad_answers(forge.jwks()))
    with HostileServer(answers[answer]) as server:
        clocks = Clocks()
        strict = AlbVerifier(
            MINE.arn, keys_url=f"http://127.0.0.1:{server.port}", **options(clocks)
        )
        with pytest.raises((KeysUnavailable, UnknownKey)):
            strict.verify(GOOD)
        assert 1 == server.requests

        server.behave = answering(MINE.pem())
        clocks.pass_(10)

        assert forge.SUB == strict.verify(GOOD).sub


@given(strategies.UNSIGNED | st.text() | st.binary() | st.none())
def test_anything_is_refused_by_one_of_our_errors(raw: Any) -> None:
    """Whatever is in the header is refused by one of our errors."""
    with pytest.raises(TokenError):
        verifier().verify(raw)


@given(
    strategies.scratched(st.just(dump(MINE.claims()))),
    strategies.scratched(st.just(dump(MINE.header()))),
)
def test_anything_signed_is_a_token_or_one_of_our_errors(payload: bytes, header: bytes) -> None:
    """Whatever the load balancer signs is a token or one of our errors."""
    raw = MINE.sign(payload, header)
    try:
        token = verifier().verify(raw)
    except (TokenError, KeysUnavailable):
        return

    assert (MINE.arn, forge.CLIENT_ID, forge.ISSUER) == (
        token.signer,
        token.client_id,
        token.issuer,
    )
    assert token.expires_at >= NOW
    assert raw == token.raw


def test_only_true_and_its_text_mean_verified() -> None:
    """email_verified is True for the text "true" and the value true, and for nothing that resembles them."""
    values: list[object] = [True, "true", "True", "yes", 1, 1.0, "1", None, [True]]

    verified = [
        verifier().verify(MINE.sign(MINE.claims(email_verified=v))).email_verified for v in values
    ]

    assert [True, True, False, False, False, False, False, False, False] == verified
