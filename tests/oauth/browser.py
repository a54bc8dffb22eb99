"""As much of a browser as a login page needs: cookies, redirects, and one form to fill in."""

from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx
from typing_extensions import override


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


def sign_in(url: str, username: str, password: str, *, until: str) -> str:
    """Go to the URL, fill in the login form, and return the address below `until` that it ends at."""
    with httpx.Client() as browser:
        answer = browser.get(url)
        for _ in range(5):
            if answer.has_redirect_location:
                url = urljoin(str(answer.url), answer.headers["location"])
                if url.startswith(until):
                    return url
                answer = browser.get(url)
                continue
            form = Form(answer.text)
            filled = {**form.fields, "username": username, "password": password}
            answer = browser.post(urljoin(str(answer.url), form.action), data=filled)
    raise AssertionError(f"the login ended with status {answer.status_code}: {answer.text[:500]}")
