"""What was settled long ago: moved out of the journal, never deleted."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from ..database import open_shared
from .intent import Intent
from .schema import COLUMNS, intent_of

__all__ = ["Archive"]

_VERSION = 1
#: As in the journal. There a number is free again once its row has been moved, so that a row is known by its owner too.
_SCHEMA = f"""
CREATE TABLE intents (day TEXT NOT NULL, {", ".join(COLUMNS.split(", "))}, UNIQUE (owner, id));
CREATE INDEX by_client_id ON intents (account, client_order_id)
"""
_MOVED = f"day, {COLUMNS}"
_KEEP = f"INSERT OR IGNORE INTO intents ({_MOVED}) VALUES ({', '.join('?' * len(_MOVED.split(', ')))})"  # noqa: S608 - our own names
_SETTLED = "state NOT IN ('intended', 'unknown')"
_OLD = f"{_SETTLED} AND day < ?"
#: Rows come day by day, so that where the first of them is young, ten million others need not be looked at.
_FIRST_DAY = f"SELECT day FROM intents WHERE {_SETTLED} ORDER BY id LIMIT 1"  # noqa: S608 - our own names


class Archive:
    """`archive.sqlite` beside the journal. Opened for each use, which is rare; raises `sqlite3.Error` and `OSError`."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "archive.sqlite"

    def take_from(self, journal: sqlite3.Connection, before: str) -> int:
        """Move what is settled and older than that day (YYYY-MM-DD). Returns how many.

        A row leaves the journal only when it is on the disk here. Who dies in between leaves it in both, which the next
        one mends.
        """
        first = journal.execute(_FIRST_DAY).fetchone()
        if first is None or first["day"] >= before:
            return 0
        rows = journal.execute(f"SELECT {_MOVED} FROM intents WHERE {_OLD}", (before,)).fetchall()  # noqa: S608 - our own names
        if rows:
            with closing(self._open()) as archive:
                archive.execute("BEGIN IMMEDIATE")
                archive.executemany(_KEEP, [tuple(row) for row in rows])
                archive.execute("COMMIT")
            journal.executemany(f"DELETE FROM intents WHERE id = ? AND {_OLD}", [(row["id"], before) for row in rows])  # noqa: S608 - our own names
        return len(rows)

    def intents(self, where: str, values: Sequence[Any]) -> list[Intent]:
        """What fits a condition made of the names of columns, oldest first."""
        if not self._path.exists():
            return []
        with closing(self._open()) as archive:
            found = archive.execute(f"SELECT {COLUMNS} FROM intents WHERE {where} ORDER BY created_at, id", values)  # noqa: S608 - as above
            return [intent_of(row) for row in found]

    def _open(self) -> sqlite3.Connection:
        # FULL whatever the journal's setting: what is deleted there must have reached the disk here.
        return open_shared(self._path, schema=_SCHEMA, version=_VERSION, synchronous="FULL")
