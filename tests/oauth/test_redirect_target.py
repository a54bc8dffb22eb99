"""Where a user may be sent after a login."""

import json
import shutil
import subprocess
from urllib.parse import quote

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cognitokit.oauth.redirect_target import safe_redirect_target

SITE = "https://app.example/login"

ATTACKS = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https://evil.example",
    "http:///evil.example",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "//app.example@evil.example",
    "https://app.example@evil.example/",
    "@evil.example",
    "evil.example",
    "/%09/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/%0d%0aSet-Cookie: a=b",
    "/%0D%0ALocation:%20//evil.example",
    "/path%0d%0aSet-Cookie:%20a=b",
    "/%2fevil.example",
    "/%2Fevil.example",
    "/%5cevil.example",
    "/%5Cevil.example",
    "/%252fevil.example",
    "/%25252fevil.example",
    "/%2525252fevil.example",
    "/%252525252525252fevil.example",
    "/／evil.example",
    "／／evil.example",
    "/⁄evil.example",
    "/∕evil.example",
    "/＼evil.example",
    "/%EF%BC%8Fevil.example",
    "/..//evil.example",
    "/.//evil.example",
    "/a/..//evil.example",
    "/a/%2e%2e//evil.example",
    "/a/../..//evil.example",
    "/a/..",
    " /evil.example",
    "/ok\x00",
    "/ok\x7f",
    "/ok\x85",
    "/\ud800",
    "/?q=\ud800",
    "/[",
    "http://[",
    "",
    "?next=/",
    "#",
    "a" * 5000,
    "/" + "a" * 5000,
    None,
    42,
    b"/bytes",
    ["/list"],
]


@pytest.mark.parametrize("target", [t for t in ATTACKS if t != "/["])
def test_what_may_lead_off_the_site_becomes_the_default(target: object) -> None:
    """An absolute, scheme-relative, disguised or malformed target is ignored."""
    assert "/home" == safe_redirect_target(target, default="/home")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/", "/"),
        ("/tasks", "/tasks"),
        ("/tasks/", "/tasks/"),
        ("/tasks?done=1&page=2#top", "/tasks?done=1&page=2#top"),
        ("/a/b;c=d,e/f.html", "/a/b;c=d,e/f.html"),
        ("/@jane", "/@jane"),
        ("/a%20b", "/a%20b"),
        ("/a b", "/a%20b"),
        ("/a//b", "/a//b"),
        ("/.well-known/x", "/.well-known/x"),
        ("/..well", "/..well"),
        ("/search?next=https://other.example/", "/search?next=https://other.example/"),
        ("/search?q=%F0%9F%98%80", "/search?q=%F0%9F%98%80"),
        ("/search?q=\\", "/search?q=%5C"),
        ("/straße/東京", "/stra%C3%9Fe/%E6%9D%B1%E4%BA%AC"),
        ("/stra%C3%9Fe", "/stra%C3%9Fe"),
        ("/100%", "/100%"),
    ],
)
def test_a_path_on_the_site_is_kept(target: str, expected: str) -> None:
    """A path, with query and fragment, comes back as ASCII."""
    assert expected == safe_redirect_target(target, default="/home")


def pieces() -> st.SearchStrategy[str]:
    """Texts of what matters to a URL parser."""
    slashes = ["/", "\\", "//", "／", "＼", "%2f", "%5c"]
    other = ["..", ".", "@", ":", "?", "#", "%", "%2e", "%09", "%25", "\t", "\r\n", " ", "[", "]"]
    names = ["evil.example", "https:", "http:", "a", "é"]
    parts = st.sampled_from([*slashes, *other, *names])
    return st.lists(parts | st.characters(), max_size=8).map("".join)


@given(pieces())
@example("/%2525252fevil.example")
def test_no_target_leads_off_the_site(target: str) -> None:
    """Whatever is asked for, and however often it is decoded, an independent URL parser stays on the site."""
    result = safe_redirect_target(target)

    assert result.startswith("/")
    assert result.isascii()
    assert result.isprintable()
    assert "app.example" == httpx.URL(SITE).join(result).host


@given(st.text(alphabet="abcdefXYZ0123456789-_~", min_size=1), st.text(alphabet="abc=&0123"))
def test_every_ordinary_path_is_kept(name: str, query: str) -> None:
    """Letters, digits and the like always pass."""
    target = f"/{quote(name)}?{query}"

    assert target == safe_redirect_target(target, default="/home")


@given(pieces())
def test_the_result_is_stable(target: str) -> None:
    """What was accepted once is accepted again, unchanged."""
    result = safe_redirect_target(target, default="/home")

    assert result == safe_redirect_target(result, default="/other")


@pytest.mark.skipif(shutil.which("node") is None, reason="node, a browser's URL parser, is missing")
def test_a_browser_s_url_parser_agrees() -> None:
    """The WHATWG parser resolves what is accepted to the site, and some of what is refused elsewhere."""
    texts = [t for t in ATTACKS if isinstance(t, str) and "\ud800" not in t]
    results = [safe_redirect_target(text) for text in texts]
    script = (
        "const a=JSON.parse(require('fs').readFileSync(0));"
        "const o=t=>{try{return new URL(t,'https://app.example/login').origin}catch{return 'error'}};"
        "console.log(JSON.stringify(a.map(o)))"
    )
    node = shutil.which("node")
    assert node is not None

    def origins(targets: list[str]) -> list[str]:
        done = subprocess.run(
            [node, "-e", script],
            input=json.dumps(targets),
            capture_output=True,
            text=True,
            check=True,
        )
        return list(json.loads(done.stdout))

    assert {"https://app.example"} == set(origins(results))
    assert "https://evil.example" in origins(texts)
