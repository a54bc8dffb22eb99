"""A server-side store for sessions, in SQLite: what any database has to do."""

import sqlite3
import time


class SqliteStore:
    """Keeps sealed sessions in a table; several processes may share the file."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._run("CREATE TABLE IF NOT EXISTS entries (key PRIMARY KEY, value, until)")

    def get(self, key: str, /) -> str | None:
        """Return the value, if its time is not over."""
        return self._value("SELECT value, until FROM entries WHERE key = ?", key)

    def put(self, key: str, value: str, /, *, expected: str | None, lifetime: int) -> bool:
        """Compare and swap, in one statement."""
        until = time.time() + lifetime
        if expected is None:
            self._run("DELETE FROM entries WHERE until <= ?", time.time())
            insert = "INSERT INTO entries VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1"
            return bool(self._run(insert, key, value, until))
        update = "UPDATE entries SET value = ?, until = ? WHERE key = ? AND value = ? RETURNING 1"
        return bool(self._run(update, value, until, key, expected))

    def delete(self, key: str, /) -> None:
        """Forget the value."""
        self._run("DELETE FROM entries WHERE key = ?", key)

    def pop(self, key: str, /) -> str | None:
        """Return the value to one caller, and forget it, in one statement."""
        return self._value("DELETE FROM entries WHERE key = ? RETURNING value, until", key)

    def _value(self, statement: str, key: str) -> str | None:
        rows = self._run(statement, key)
        return rows[0][0] if rows and rows[0][1] > time.time() else None

    def _run(self, statement: str, *values: object) -> list[tuple[str, float]]:
        database = sqlite3.connect(self._path)
        try:
            with database:  # a transaction
                return database.execute(statement, values).fetchall()
        finally:
            database.close()
