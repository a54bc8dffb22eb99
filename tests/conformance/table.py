"""The table of differences, as the documentation shows it."""

from __future__ import annotations

from tests.conformance.differences import DIFFERENCES
from tests.conformance.scenarios import SCENARIOS


def table() -> str:
    """Return the rows where ministack or moto differs from Cognito, as Markdown."""
    lines = ["| | ministack | moto |", "| --- | --- | --- |"]
    for row in SCENARIOS:
        cells = [
            DIFFERENCES[server][row.name].why if row.name in DIFFERENCES[server] else ""
            for server in ("ministack", "moto")
        ]
        if any(cells):
            lines.append(f"| {row.name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
