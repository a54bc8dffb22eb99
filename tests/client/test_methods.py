"""What each method of both clients sends, and what it makes of the answer."""

import inspect

import pytest

from cognitokit import CognitoClient
from tests.client import (
    rows_of_admin_groups,
    rows_of_admin_security,
    rows_of_admin_sign_in,
    rows_of_admin_users,
    rows_of_factors,
    rows_of_profiles,
    rows_of_sign_in,
    rows_of_sign_up,
)
from tests.client.examples import Row
from tests.client.scripted import CLIENT, POOL, SHELLS, Shell

ROWS = [
    *rows_of_sign_up.ROWS,
    *rows_of_sign_in.ROWS,
    *rows_of_profiles.ROWS,
    *rows_of_factors.ROWS,
    *rows_of_admin_sign_in.ROWS,
    *rows_of_admin_users.ROWS,
    *rows_of_admin_groups.ROWS,
    *rows_of_admin_security.ROWS,
]


@pytest.mark.parametrize("shell_kind", SHELLS)
@pytest.mark.parametrize("row", ROWS, ids=repr)
def test_method(shell_kind: str, row: Row) -> None:
    """The method sends exactly these calls and returns exactly this."""
    shell = Shell.of(shell_kind, *row.answers)

    result = shell.run(row.use)

    assert row.calls == shell.sent
    assert row.result == result
    assert not shell.script.answers


def test_every_method_has_its_row() -> None:
    """No public method of the client or of its parts goes without a row above."""
    client = CognitoClient(POOL, client_id=CLIENT)
    parts = {"": client, "admin.": client.admin, "devices.": client.devices, "mfa.": client.mfa}
    parts |= {"passkeys.": client.passkeys, "sessions.": client.sessions}
    methods = {
        prefix + name
        for prefix, part in parts.items()
        for name, _ in inspect.getmembers(part, inspect.ismethod)
        if not name.startswith("_")
    }

    assert methods - {"close", "from_env", "session"} == {row.name for row in ROWS}
