"""As much of a browser as a login page needs: cookies, redirects, and forms to fill in."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx
from typing_extensions import override


class NotSignedIn(AssertionError):
    """The browser did not come back to the application; the message says where it ended."""


def sign_in(url: str, typed: dict[str, str], *, until: str) -> str:
    """Open a page, fill in every form that comes, and return the address where it ends.

    Args:
        url: The login page.
        typed: What to type into the fields, by their names.
        until: How the application's own address begins: nothing is sent there.

    Raises:
        NotSignedIn: A page has no form, or the same one again.
    """
    with httpx.Client(trust_env=False) as browser:
        answer = browser.get(url)
        for _ in range(6):
            if answer.has_redirect_location:
                url = urljoin(str(answer.url), answer.headers["location"])
                if url.startswith(until):
                    return url
                answer = browser.get(url)
                continue
            form = Form(answer.text)
            if not form.fields:
                break
            filled = {**form.fields, **{n: v for n, v in typed.items() if n in form.fields}}
            answer = browser.post(urljoin(str(answer.url), form.action), data=filled)
    raise NotSignedIn(f"The browser ended on a page with status {answer.status_code}.")


class Form(HTMLParser):
    """The first form of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(html)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.action = given.get("action") or ""
        elif tag == "input" and given.get("name"):
            self.fields[str(given["name"])] = given.get("value") or ""
