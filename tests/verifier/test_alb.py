"""The load balancer's token: its padded form, its signer, and keys that are fetched one by one."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import trio
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from cognitokit import AlbToken, AlbVerifier, AsyncAlbVerifier
from cognitokit.errors import (
    CognitoKitError,
    ConfigurationError,
    ExpiredToken,
    InvalidClaim,
    InvalidSignature,
    KeysUnavailable,
    MalformedToken,
    UnknownKey,
    UnsupportedAlgorithm,
)
from cognitokit.verifier import alb_keys
from cognitokit.verifier.alb_keys import parse_pem
from cognitokit.verifier.keys import InvalidKeySet
from tests.verifier.forge import (
    CLIENT_ID,
    ISSUER,
    NOW,
    OTHER_ISSUER,
    SUB,
    attacker_key,
    dump,
    replaced,
)
from tests.verifier.hostile_server import HostileServer, answering
from tests.verifier.shells import Clocks
from tests.verifier.subjects import unsuspicious

ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/front/50dc6c495c0c9188"
OTHER_ARN = ARN.replace("front", "back")
KEYS_URL = "https://public-keys.auth.elb.eu-west-1.amazonaws.com"
KEY = ec.generate_private_key(ec.SECP256R1())
KID = "d39846c3-18d4-4c5e-8148-27a63a4fa6d8"


def pem(key: Any = KEY) -> bytes:
    """A key's public half as the load balancers publish it."""
    public: bytes = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return public


def raw_signature(data: bytes, key: ec.EllipticCurvePrivateKey = KEY) -> bytes:
    """An ES256 signature: r and s side by side (RFC 7518 3.4)."""
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def padded(data: bytes) -> str:
    """Base64url with its padding."""
    return base64.urlsafe_b64encode(data).decode()


def alb_token(payload: object = None, key: Any = KEY, **members: Any) -> str:
    """A load balancer's token, with header members replaced; ... leaves one out."""
    header = replaced(
        {
            "typ": "JWT",
            "kid": KID,
            "alg": "ES256",
            "iss": ISSUER,
            "client": CLIENT_ID,
            "signer": ARN,
            "exp": NOW + 120,
        },
        members,
    )
    claims = {
        "sub": SUB,
        "email_verified": "true",
        "email": "jane@example.com",
        "username": "jane",
        "exp": NOW + 120,
        "iss": ISSUER,
    }
    data = f"{padded(dump(header))}.{padded(dump(claims if payload is None else payload))}"
    return f"{data}.{padded(raw_signature(data.encode(), key))}"


class Endpoint:
    """A fetcher that has the public keys of a region, and counts."""

    def __init__(self, keys: dict[str, Any] | None = None) -> None:
        self.keys = {KID: pem()} if keys is None else keys
        self.urls: list[str] = []
        self.broken = False
        self.meanwhile: Callable[[], object] = lambda: None

    def __call__(self, url: str) -> Any:
        """The PEM of one key, None where there is none."""
        self.urls.append(url)
        self.meanwhile()
        if self.broken:
            raise ConnectionError(url)
        return self.keys.get(url.rpartition("/")[2])


class Subject:
    """A verifier, sync or on one of the event loops, with its clocks and its endpoint."""

    def __init__(self, way: str, **options: Any) -> None:
        self.way = way
        self.clocks = Clocks()
        self.endpoint = options.pop("endpoint", None) or Endpoint()
        chosen = {"client_id": CLIENT_ID, "issuer": ISSUER, "fetcher": self.endpoint, **options}
        arn = chosen.pop("arn", ARN)
        kind: Any = AlbVerifier if way == "sync" else AsyncAlbVerifier
        self.verifier = kind(
            arn, clock=self.clocks.clock, monotonic=self.clocks.monotonic, **chosen
        )

    def verify(self, raw: Any) -> AlbToken:
        """Verify a token, each time in a new event loop."""
        if self.way == "asyncio":
            return asyncio.run(self.verifier.verify(raw))  # type: ignore[no-any-return]
        if self.way == "trio":
            return trio.run(self.verifier.verify, raw)  # type: ignore[no-any-return]
        return self.verifier.verify(raw)  # type: ignore[no-any-return]

    def refusal(self, raw: Any) -> CognitoKitError:
        """The error that a token is refused with."""
        with pytest.raises(CognitoKitError) as caught:
            self.verify(raw)
        return caught.value


NOTHING: list[Any] = ["", [], 1]

EACH_WAY = pytest.mark.parametrize("way", ["sync", "asyncio", "trio"])


@EACH_WAY
def test_sound_token(way: str) -> None:
    """The claims are the payload's, the rest is the header's; the key is fetched once from the region."""
    subject = Subject(way)
    raw = alb_token()
    token = subject.verify(raw)
    subject.verify(raw)

    assert (SUB, "jane", "jane@example.com", True) == (
        token.sub,
        token.username,
        token.email,
        token.email_verified,
    )
    assert (ARN, CLIENT_ID, ISSUER, NOW + 120) == (
        token.signer,
        token.client_id,
        token.issuer,
        token.expires_at,
    )
    assert raw == token.raw
    assert raw not in repr(token)
    assert [f"{KEYS_URL}/{KID}"] == subject.endpoint.urls


@pytest.mark.parametrize(
    ("claim", "verified"),
    [
        ("true", True),
        (True, True),
        ("false", False),
        (False, False),
        ("True", False),
        (1, False),
        (None, False),
    ],
)
def test_email_verified(claim: object, verified: bool) -> None:
    """Cognito's userInfo endpoint writes truth as a text; anything else is none."""
    token = Subject("sync").verify(alb_token({"sub": SUB, "email_verified": claim}))

    assert verified is token.email_verified


@EACH_WAY
@pytest.mark.parametrize(
    ("members", "error", "claim"),
    [
        *[({"signer": signer}, InvalidClaim, "signer") for signer in (..., None, "", OTHER_ARN, [ARN], ARN + "x", ARN.upper())],
        *[({"client": client}, InvalidClaim, "client") for client in (..., None, "", "x", [CLIENT_ID])],
        *[({"iss": iss}, InvalidClaim, "iss") for iss in (..., None, OTHER_ISSUER, [ISSUER])],
        *[({"exp": exp}, InvalidClaim, "exp") for exp in (..., None, "1", -1, True)],
        *[({"exp": exp}, ExpiredToken, "exp") for exp in (NOW, NOW - 1, 0)],
        *[({"alg": alg}, UnsupportedAlgorithm, None) for alg in (..., "none", "RS256", "HS256", "es256")],
        *[({"kid": kid}, UnknownKey, None) for kid in (..., "", "../../evil", "x", KID.upper(), KID + "/", KID[:-1], KID.replace("-", ""), KID.replace("d", "g"), "-" * 36)],
        ({"kid": 1}, MalformedToken, None),
        ({"typ": "at+jwt"}, MalformedToken, None),
        ({"jku": "https://evil.example"}, MalformedToken, None),
    ],
)  # fmt: skip
def test_header_is_checked_before_any_fetch(
    way: str, members: dict[str, Any], error: type[CognitoKitError], claim: str | None
) -> None:
    """What the header says decides before a request is made; and only a UUID ever gets into a URL."""
    subject = Subject(way)
    refused = subject.refusal(alb_token(**members))

    assert (error, claim) == (type(refused), getattr(refused, "claim", None))
    assert [] == subject.endpoint.urls


@EACH_WAY
def test_signature(way: str) -> None:
    """A signature by another key, cut, lengthened or of zeros (CVE-2022-21449) is none."""
    subject = Subject(way)
    good = alb_token()
    data, _, signature = good.rpartition(".")
    raw = base64.urlsafe_b64decode(signature)
    other = ec.generate_private_key(ec.SECP256R1())

    assert isinstance(subject.refusal(alb_token(key=other)), InvalidSignature)
    for wrong in (
        b"",
        bytes(64),
        raw[:-1],
        raw + b"\0",
        b"\0" + raw,
        raw[:32] + b"\0" + raw[32:],
        raw[:32] + bytes(32) + raw[32:],
        raw[32:] + raw[:32],
        bytes(32) + raw[32:],
        b"\xff" * 64,
    ):
        assert isinstance(subject.refusal(f"{data}.{padded(wrong)}"), InvalidSignature)
    der = KEY.sign(data.encode(), ec.ECDSA(hashes.SHA256()))
    assert isinstance(subject.refusal(f"{data}.{padded(der)}"), InvalidSignature)
    assert SUB == subject.verify(good).sub


@EACH_WAY
def test_form(way: str) -> None:
    """Segments are padded as load balancers pad them; anything else is malformed."""
    subject = Subject(way)
    good = alb_token({"sub": SUB, "x": "??>>~~"})
    bare = ".".join(segment.rstrip("=") for segment in good.split("."))
    data, _, signature = good.rpartition(".")
    standard = f"{data}.+{signature[1:]}"

    assert SUB == subject.verify(good).sub
    assert bare != good
    for wrong in (
        bare,
        good + "=",
        standard,
        good + ".",
        "..",
        "",
        None,
        b"x",
        good.encode(),
    ):
        assert isinstance(subject.refusal(wrong), MalformedToken)


@EACH_WAY
@pytest.mark.parametrize(
    ("payload", "error", "claim"),
    [
        (b"[]", MalformedToken, None),
        (b'{"sub":"a","sub":"b"}', MalformedToken, None),
        ({}, InvalidClaim, "sub"),
        ({"sub": 1}, InvalidClaim, "sub"),
        ({"sub": ""}, InvalidClaim, "sub"),
        ({"sub": SUB, "exp": NOW}, ExpiredToken, "exp"),
        ({"sub": SUB, "exp": None}, InvalidClaim, "exp"),
        ({"sub": SUB, "iss": OTHER_ISSUER}, InvalidClaim, "iss"),
    ],
)
def test_payload(
    way: str, payload: object, error: type[CognitoKitError], claim: str | None
) -> None:
    """exp and iss may be absent from the payload, but must not speak against the header."""
    subject = Subject(way)
    refused = subject.refusal(alb_token(payload))

    assert (error, claim) == (type(refused), getattr(refused, "claim", None))
    assert SUB == subject.verify(alb_token({"sub": SUB})).sub


@EACH_WAY
@pytest.mark.parametrize(("takes", "error"), [(9, None), (10, ExpiredToken), (11, ExpiredToken)])
def test_a_token_may_expire_while_its_key_is_fetched(
    way: str, takes: float, error: type[CognitoKitError] | None
) -> None:
    """It is the time after the fetch that decides, also where the payload has no exp."""
    subject = Subject(way)
    subject.endpoint.meanwhile = lambda: subject.clocks.pass_(takes)
    raw = alb_token({"sub": SUB}, exp=NOW + 10)

    if error is None:
        assert SUB == subject.verify(raw).sub
    else:
        assert error is type(subject.refusal(raw))
    assert 1 == len(subject.endpoint.urls)


@EACH_WAY
def test_exp_of_the_payload_alone_does_not_do(way: str) -> None:
    """A token whose expiry stands in the payload only is not one of a load balancer's."""
    assert isinstance(
        Subject(way).refusal(alb_token({"sub": SUB, "exp": NOW + 9}, exp=...)), InvalidClaim
    )


@EACH_WAY
def test_leeway_and_looser_rules(way: str) -> None:
    """Several load balancers, any client and any issuer may be allowed, each aloud; the leeway is for exp."""
    subject = Subject(way, arn=[ARN, OTHER_ARN], client_id=None, issuer=None, leeway=60)

    token = subject.verify(
        alb_token(
            {"sub": SUB}, signer=OTHER_ARN, client="x", iss="https://idp.example", exp=NOW - 59
        )
    )
    assert (OTHER_ARN, "x", "https://idp.example") == (token.signer, token.client_id, token.issuer)
    assert isinstance(subject.refusal(alb_token(exp=NOW - 60)), ExpiredToken)
    assert isinstance(subject.refusal(alb_token(client="")), InvalidClaim)


@EACH_WAY
def test_unknown_key(way: str) -> None:
    """A key that the region does not publish is unknown, and is not asked for again at once."""
    subject = Subject(way)
    stranger = str(uuid.uuid4())

    assert isinstance(subject.refusal(alb_token(kid=stranger)), UnknownKey)
    assert isinstance(subject.refusal(alb_token(kid=stranger)), UnknownKey)
    assert isinstance(subject.refusal(alb_token(kid=stranger)), UnknownKey)
    assert len(subject.endpoint.urls) <= 2


@EACH_WAY
def test_flood_of_unknown_keys(way: str) -> None:
    """A thousand new kids cost two requests in ten seconds; the key in use is not held up."""
    subject = Subject(way)
    assert SUB == subject.verify(alb_token()).sub
    subject.clocks.pass_(10)
    kinds = {type(subject.refusal(alb_token(kid=str(uuid.uuid4())))) for _ in range(50)}

    assert {UnknownKey, KeysUnavailable} == kinds
    assert 3 == len(subject.endpoint.urls)
    assert SUB == subject.verify(alb_token()).sub
    error = subject.refusal(alb_token(kid=str(uuid.uuid4())))
    assert isinstance(error, KeysUnavailable)
    assert 10 == error.retry_after

    subject.clocks.pass_(10)
    new = str(uuid.uuid4())
    subject.endpoint.keys[new] = pem()
    assert SUB == subject.verify(alb_token(kid=new)).sub


@EACH_WAY
def test_a_new_key_in_a_flood(way: str) -> None:
    """While new kids flood in, before each request, a key that the load balancer begins to use is there in ten seconds."""
    subject = Subject(way)
    refused: list[type[CognitoKitError]] = []
    for _ in range(20):
        for _ in range(2):
            subject.refusal(alb_token(kid=str(uuid.uuid4())))
        try:
            assert SUB == subject.verify(alb_token()).sub
        except KeysUnavailable as error:
            refused.append(type(error))
        subject.clocks.pass_(1)

    assert [KeysUnavailable] * 10 == refused
    assert 1 == sum(url.endswith(KID) for url in subject.endpoint.urls)
    assert len(subject.endpoint.urls) <= 4


@EACH_WAY
def test_a_key_that_does_not_exist(way: str) -> None:
    """Asked for again and again it costs a request in ten seconds, and is found once it is published."""
    subject = Subject(way, endpoint=Endpoint({}))
    for seconds in (0, 5, 4.9):
        subject.clocks.pass_(seconds)
        assert isinstance(subject.refusal(alb_token()), UnknownKey)
    assert 1 == len(subject.endpoint.urls)

    subject.endpoint.keys[KID] = pem()
    assert isinstance(subject.refusal(alb_token()), UnknownKey)
    subject.clocks.pass_(0.1)
    assert SUB == subject.verify(alb_token()).sub
    assert 2 == len(subject.endpoint.urls)


@EACH_WAY
def test_keys_that_do_not_exist_are_few(way: str) -> None:
    """Keys that do not exist are kept in mind for ten seconds, and no longer."""
    subject = Subject(way)
    for _ in range(20):
        subject.clocks.pass_(5)
        assert isinstance(subject.refusal(alb_token(kid=str(uuid.uuid4()))), UnknownKey)

    assert 20 == len(subject.endpoint.urls)
    assert 2 == len(subject.verifier._keys._absent)
    assert {} == subject.verifier._keys._tried


@EACH_WAY
def test_a_key_that_only_forgeries_have_named(way: str) -> None:
    """A forged token that names the key in use costs its own users neither a request nor a refusal."""
    subject = Subject(way)
    forgery = alb_token(key=ec.generate_private_key(ec.SECP256R1()))
    for _ in range(3):
        assert isinstance(subject.refusal(forgery), InvalidSignature)
    for _ in range(5):
        subject.refusal(alb_token(kid=str(uuid.uuid4())))

    assert SUB == subject.verify(alb_token()).sub
    assert 1 == sum(url.endswith(KID) for url in subject.endpoint.urls)


@EACH_WAY
def test_keys_are_few(way: str) -> None:
    """Of keys that were only named few are kept, of those in use a few more; none is lost to the others."""
    subject = Subject(way)
    assert SUB == subject.verify(alb_token()).sub
    for _ in range(10):
        subject.clocks.pass_(10)
        subject.refusal(alb_token({"sub": SUB}, exp=NOW + 9999, kid=str(uuid.uuid4())))
    before = len(subject.endpoint.urls)
    assert SUB == subject.verify(alb_token({"sub": SUB}, exp=NOW + 9999)).sub
    assert before == len(subject.endpoint.urls)
    for _ in range(10):
        subject.clocks.pass_(10)
        kid = str(uuid.uuid4())
        subject.endpoint.keys[kid] = pem()
        assert SUB == subject.verify(alb_token({"sub": SUB}, exp=NOW + 9999, kid=kid)).sub

    keys = subject.verifier._keys
    assert 8 == len(keys._proved)
    assert len(keys._tried) <= 4


@EACH_WAY
def test_outage(way: str) -> None:
    """An endpoint that fails is KeysUnavailable, backs off, and does not cost the key at hand."""
    subject = Subject(way)
    subject.endpoint.broken = True
    for _ in range(5):
        assert isinstance(subject.refusal(alb_token()), KeysUnavailable)
    assert 1 == len(subject.endpoint.urls)

    subject.endpoint.broken = False
    subject.clocks.pass_(2)
    raw = alb_token(exp=NOW + 10**6)
    assert SUB == subject.verify(alb_token({"sub": SUB}, exp=NOW + 9999)).sub
    subject.endpoint.broken = True
    subject.clocks.pass_(3600)
    assert SUB == subject.verify(alb_token({"sub": SUB}, exp=NOW + 10**6)).sub
    subject.clocks.pass_(86_400)
    assert isinstance(subject.refusal(raw), KeysUnavailable)


@EACH_WAY
def test_key_that_is_withdrawn(way: str) -> None:
    """A key that has verified a signature and is published no more serves until the hard age, and no longer."""
    subject = Subject(way)
    raw = alb_token({"sub": SUB}, exp=NOW + 99_999)
    assert SUB == subject.verify(raw).sub
    subject.endpoint.keys.clear()
    fetches = len(subject.endpoint.urls)
    for _ in range(3):
        subject.clocks.pass_(3600)
        assert SUB == subject.verify(raw).sub
    assert 3 == len(subject.endpoint.urls) - fetches
    subject.clocks.pass_(86_400 - 3 * 3600)

    assert isinstance(subject.refusal(raw), UnknownKey)


@EACH_WAY
@pytest.mark.parametrize("status", ["403 Forbidden", "404 Not Found", "500 Oops"])
def test_key_whose_address_is_shut_for_a_while(way: str, status: str) -> None:
    """A refresh that is told 403 or 404 has failed like any other: the key is there, and again in use later."""
    with HostileServer(answering(pem())) as server:
        subject = Subject(way, keys_url=f"http://127.0.0.1:{server.port}", fetcher=None)
        raw = alb_token({"sub": SUB}, exp=NOW + 99_999)
        assert SUB == subject.verify(raw).sub
        subject.clocks.pass_(3600)
        server.behave = answering(b"AccessDenied", status)
        for _ in range(3):
            assert SUB == subject.verify(raw).sub
            subject.clocks.pass_(60)
        server.behave = answering(pem())
        assert SUB == subject.verify(raw).sub
        requests = server.requests
        assert SUB == subject.verify(raw).sub
        assert requests == server.requests

        # A key that was never there is unknown at once, not an outage.
        server.behave = answering(b"AccessDenied", status)
        unknown = subject.refusal(
            alb_token(kid="0f3b8a4e-5c1d-4a7e-9b2f-000000000000", exp=NOW + 99_999)
        )
        expected = KeysUnavailable if status.startswith("500") else UnknownKey
        assert isinstance(unknown, expected)


def where_turns_are_taken(way: str) -> tuple[Subject, str]:
    """A verifier that has looked for two keys that there are not, and a token whose key has to wait for its turn."""
    subject = Subject(way)
    for digit in range(2):
        absent = alb_token(kid=f"0f3b8a4e-5c1d-4a7e-9b2f-00000000000{digit}")
        assert isinstance(subject.refusal(absent), UnknownKey)
    return subject, alb_token({"sub": SUB}, exp=NOW + 99_999)


@EACH_WAY
def test_a_process_frozen_while_keys_waited(way: str) -> None:
    """Turns and absent keys count time by the faster clock: what a frozen process slept through has passed."""
    subject, good = where_turns_are_taken(way)
    assert isinstance(subject.refusal(good), KeysUnavailable)
    subject.clocks.wall += 10

    assert SUB == subject.verify(good).sub


@EACH_WAY
def test_a_monotonic_clock_that_begins_anew_while_keys_waited(way: str) -> None:
    """Turns that were taken when the monotonic clock was ahead are over when ten seconds have passed."""
    subject, good = where_turns_are_taken(way)
    subject.clocks.mono = 0.0
    assert isinstance(subject.refusal(good), KeysUnavailable)
    subject.clocks.pass_(10)

    assert SUB == subject.verify(good).sub


@EACH_WAY
def test_threads_that_look_at_the_clock_and_come_late(way: str) -> None:
    """Time does not run faster where one who looked at the clocks before comes after one who looked later."""
    subject, good = where_turns_are_taken(way)
    for seconds in (6, -6, 6):
        subject.clocks.pass_(seconds)
        assert isinstance(subject.refusal(good), KeysUnavailable)
    subject.clocks.pass_(4)

    assert SUB == subject.verify(good).sub


def test_many_threads_fetch_a_key_once() -> None:
    """A hundred threads with the same new key make one request."""
    subject = Subject("sync")
    start = threading.Barrier(20)
    found: list[str] = []

    def work() -> None:
        start.wait()
        found.append(subject.verify(alb_token()).sub)

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [SUB] * 20 == found
    assert 1 == len(subject.endpoint.urls)


def test_async_fetcher() -> None:
    """The async verifier awaits an async fetcher, and the sync one says that it cannot."""

    async def fetcher(_: str) -> bytes:
        await asyncio.sleep(0)
        return pem()

    assert SUB == Subject("asyncio", fetcher=fetcher).verify(alb_token()).sub
    assert SUB == Subject("asyncio", fetcher=unsuspicious(fetcher)).verify(alb_token()).sub
    with pytest.raises(ConfigurationError, match="An async fetcher needs an AsyncAlbVerifier"):
        Subject("sync", fetcher=fetcher)


@EACH_WAY
def test_over_http(way: str) -> None:
    """Without a fetcher the key comes by HTTP; 403 and 404 say that there is none."""
    with HostileServer(answering(pem())) as server:
        options = {"fetcher": None, "keys_url": f"http://127.0.0.1:{server.port}/keys/"}
        assert SUB == Subject(way, **options).verify(alb_token()).sub

        for status in ("403 Forbidden", "404 Not Found"):
            server.behave = answering(b"", status)
            assert isinstance(Subject(way, **options).refusal(alb_token()), UnknownKey)
        server.behave = answering(b"", "500 Oops")
        assert isinstance(Subject(way, **options).refusal(alb_token()), KeysUnavailable)


@pytest.mark.parametrize(
    ("arn", "url"),
    [
        (ARN, KEYS_URL),
        (
            ARN.replace("eu-west-1", "us-gov-west-1").replace(":aws:", ":aws-us-gov:"),
            "https://s3-us-gov-west-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-west-1",
        ),
        (
            ARN.replace("eu-west-1", "us-gov-east-1").replace(":aws:", ":aws-us-gov:"),
            "https://s3-us-gov-east-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-east-1",
        ),
        (
            ARN.replace("eu-west-1", "cn-north-1").replace(":aws:", ":aws-cn:"),
            "https://public-keys.auth.elb.cn-north-1.amazonaws.com.cn",
        ),
    ],
)
def test_where_the_keys_are(arn: str, url: str) -> None:
    """Keys come from the region of the load balancer's ARN, never from what a token says."""
    subject = Subject("sync", arn=arn)
    subject.verify(alb_token(signer=arn))

    assert [f"{url}/{KID}"] == subject.endpoint.urls


@pytest.mark.parametrize("kind", [AlbVerifier, AsyncAlbVerifier])
@pytest.mark.parametrize(
    ("arn", "options", "said"),
    [
        *[(arn, {}, "A load balancer's ARN looks like") for arn in ("x", "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/x/y", ARN.replace(":aws:", ":aws-cn:"), ARN.replace("eu-west-1", "mars"), ARN.replace("elasticloadbalancing", "ec2"), "x" + ARN)],
        *[(arn, {}, "load_balancer_arn") for arn in ("", [], None, 1, [""], ARN + "\n")],
        ([ARN, ARN.replace("eu-west-1", "eu-west-2")], {}, "one region"),
        *[(ARN, {"client_id": client}, "client_id") for client in NOTHING],
        *[(ARN, {"issuer": issuer}, "issuer") for issuer in NOTHING],
        *[(ARN, {"leeway": leeway}, "leeway") for leeway in (-1, 601, None, "1")],
        *[(ARN, {name: 1}, f"{name} must be a function") for name in ("fetcher", "clock", "monotonic")],
        *[(ARN, {"keys_url": url}, "keys_url") for url in ("http://keys.example.com", "x", 1, "ftp://127.0.0.1")],
    ],
)  # fmt: skip
def test_wrong_options(kind: Any, arn: object, options: dict[str, object], said: str) -> None:
    """A wrong option is refused when the verifier is made, in a sentence that names it."""
    with pytest.raises(ConfigurationError, match=said):
        kind(arn, **{"client_id": CLIENT_ID, "issuer": ISSUER, **options})

    assert f"{kind.__name__}({ARN})" == repr(kind(ARN, client_id=CLIENT_ID, issuer=[ISSUER]))


@pytest.mark.parametrize(
    "source",
    [
        1,
        "",
        b"",
        "\ud800",
        b"nothing",
        pem(attacker_key().key),
        pem(ec.generate_private_key(ec.SECP384R1())),
        json.dumps({"keys": []}),
        pem() * 100,
        KEY.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    ],
)
def test_what_is_no_key(source: object) -> None:
    """Only the PEM of a public key on P-256 is a key; None says that there is none."""
    with pytest.raises(InvalidKeySet):
        parse_pem(KID, source)

    assert KID in parse_pem(KID, pem())
    assert KID in parse_pem(KID, pem().decode())
    assert KID not in parse_pem(KID, None)
    assert parse_pem(KID, pem()).same_as(parse_pem(KID, pem().decode()))


def test_a_forked_child_does_not_wait_for_a_lock_of_its_parent() -> None:
    """What another thread held at the moment of a fork is replaced in the child."""
    held = alb_keys._lock
    with held:
        alb_keys._after_fork()
        kid = Subject("sync").verify(alb_token()).sub

    assert SUB == kid
    assert held is not alb_keys._lock


@EACH_WAY
def test_errors_hold_nothing(way: str) -> None:
    """A refusal comes without the frames that hold the token's parts."""
    subject = Subject(way)
    raw = alb_token(client="x")
    error = subject.refusal(raw)
    trace = error.__traceback__
    names = []
    while trace is not None:
        if "/cognitokit/" in trace.tb_frame.f_code.co_filename:
            names.append(trace.tb_frame.f_code.co_name)
            assert raw not in trace.tb_frame.f_locals.values()
        trace = trace.tb_next

    assert ["verify"] == names
    assert error.__context__ is error.__cause__ is None
