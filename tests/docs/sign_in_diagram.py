"""The steps of a sign-in as a picture, which a test holds against what was seen.

`python -m tests.docs.sign_in_diagram` draws docs/explanation/sign-in-steps.svg.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

from tests.docs.sign_in_steps import TOKENS, Step

PICTURE = Path(__file__).parents[2] / "docs/explanation/sign-in-steps.svg"
WIDTH, HEIGHT = 980, 800


class Box(NamedTuple):
    """A flow, a challenge, or tokens; or, without names, a point where arrows meet."""

    x: int
    y: int
    names: tuple[str, ...] = ()
    note: str = ""
    width: int = 0


BOXES = {
    "password flows": Box(130, 50, ("USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH")),
    "choice flow": Box(570, 50, ("USER_AUTH",)),
    "custom flow": Box(880, 50, ("CUSTOM_AUTH",)),
    "choice": Box(350, 150, ("SELECT_CHALLENGE",)),
    "chosen": Box(440, 225, note="a factor is chosen"),
    "password": Box(408, 300, ("PASSWORD",)),
    "email code": Box(500, 300, ("EMAIL_OTP",)),
    "sms code": Box(665, 300, ("SMS_OTP",)),
    "passkey": Box(760, 300, ("WEB_AUTHN",)),
    "custom": Box(880, 300, ("CUSTOM_CHALLENGE",)),
    "password taken": Box(200, 375, note="the password is right"),
    "signed up": Box(570, 375, note="after sign-up"),
    "device": Box(90, 450, ("DEVICE_SRP_AUTH",)),
    "new password": Box(330, 450, ("NEW_PASSWORD_REQUIRED",)),
    "first factor": Box(200, 525, note="the first factor is right"),
    "set-up": Box(60, 600, ("MFA_SETUP",)),
    "second choice": Box(432, 600, ("SELECT_MFA_TYPE",)),
    "second email": Box(150, 675, ("EMAIL_OTP",)),
    "app": Box(285, 675, ("SOFTWARE_TOKEN_MFA",)),
    "second sms": Box(405, 675, ("SMS_MFA",)),
    "end": Box(490, 760, (TOKENS,), width=940),
}
ARROWS = [
    ("password flows", "password taken"),
    ("choice flow", "choice"),
    ("choice flow", "chosen"),
    ("choice flow", "signed up"),
    ("signed up", "end"),
    ("custom flow", "custom"),
    ("choice", "chosen"),
    ("chosen", "password"),
    ("chosen", "email code"),
    ("chosen", "sms code"),
    ("chosen", "passkey"),
    ("chosen", "password taken"),
    ("password", "password taken"),
    ("email code", "end"),
    ("sms code", "end"),
    ("passkey", "end"),
    ("custom", "custom"),
    ("custom", "end"),
    ("password taken", "device"),
    ("password taken", "new password"),
    ("password taken", "first factor"),
    ("new password", "first factor"),
    ("first factor", "set-up"),
    ("first factor", "second choice"),
    ("first factor", "second email"),
    ("first factor", "app"),
    ("first factor", "second sms"),
    ("first factor", "end"),
    ("set-up", "second email"),
    ("set-up", "end"),
    ("second choice", "second email"),
    ("second choice", "app"),
    ("second choice", "second sms"),
    ("second email", "end"),
    ("app", "end"),
    ("second sms", "end"),
]
UNANSWERED = {"DEVICE_SRP_AUTH"}
"""Challenges that are not answered here, drawn with a broken line."""


def drawn() -> set[Step]:
    """Return the steps that the picture shows."""
    return {
        Step(before, after)
        for start, box in BOXES.items()
        for before in box.names
        for after in _reached(start)
    }


def _reached(start: str) -> Iterator[str]:
    for before, after in ARROWS:
        if before == start:
            names = BOXES[after].names
            yield from names or _reached(after)


def svg() -> str:
    """Return the picture."""
    arrows = [_arrow(BOXES[before], BOXES[after]) for before, after in ARROWS]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"',
            '  font-family="sans-serif" font-size="11" text-anchor="middle">',
            "<title>The steps of a sign-in</title>",
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" orient="auto"',
            '  markerWidth="7" markerHeight="7"><path d="M0 0 8 4 0 8z" fill="#5a6b7b"/></marker></defs>',
            f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="#fff"/>',
            '<g fill="none" stroke="#5a6b7b" marker-end="url(#tip)">',
            *arrows,
            "</g>",
            *(_box(box) for box in BOXES.values()),
            "</svg>",
            "",
        ]
    )


def _half_height(box: Box) -> int:
    return 8 + 7 * len(box.names) if box.names else 5


def _arrow(start: Box, end: Box) -> str:
    top, bottom = start.y + _half_height(start), end.y - _half_height(end)
    if start is end:
        right = start.x + _width(start) // 2
        return f'<path d="M{right} {start.y - 6}c34-14 34 26 0 12"/>'
    x = start.x if end.width else end.x
    bend = (bottom - top) // 2
    return f'<path d="M{start.x} {top}C{start.x} {top + bend} {x} {bottom - bend} {x} {bottom}"/>'


def _width(box: Box) -> int:
    return box.width or 18 + max(int(7.2 * len(name)) for name in box.names)


def _box(box: Box) -> str:
    if not box.names:
        return (
            f'<circle cx="{box.x}" cy="{box.y}" r="5" fill="#5a6b7b"/>'
            f'<text x="{box.x + 12}" y="{box.y + 4}" text-anchor="start" fill="#5a6b7b" '
            f'font-style="italic">{escape(box.note)}</text>'
        )
    width, half = _width(box), _half_height(box)
    dashes = ' stroke-dasharray="5 3"' if UNANSWERED & set(box.names) else ""
    flow = box.names[0].endswith("_AUTH") and not dashes
    fill = "#e3f1e5" if box.names == (TOKENS,) else "#e6eefb" if flow else "#fdf3df"
    lines = "".join(
        f'<text x="{box.x}" y="{box.y + 4 + 14 * number - 7 * (len(box.names) - 1)}">{escape(name)}</text>'
        for number, name in enumerate(box.names)
    )
    return (
        f'<rect x="{box.x - width // 2}" y="{box.y - half}" width="{width}" height="{2 * half}" '
        f'rx="5" fill="{fill}" stroke="#5a6b7b"{dashes}/>{lines}'
    )


if __name__ == "__main__":
    PICTURE.write_text(svg(), encoding="utf-8")
