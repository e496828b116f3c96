"""The layout of a table file, and how one is read.

A file is never changed once it is in place: every sync writes a new one beside it and renames it over the old one.
Kept apart from `writing`, so that a look-up does not import what only a sync needs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

__all__ = ["LOOK_UP", "SELECT", "VERSION", "Stored", "connect_to_read", "read_facts"]

#: The `user_version` of table files. One of another number is taken for absent, and the next sync makes it anew.
VERSION: Final = 3
#: Bytes, more than any broker's table has.
_MAPPED: Final = 1 << 28
_FIELDS: Final = (
    "SELECT symbol, exchange, name, kind, expiry, strike, lot_size, tick_size, freeze_quantity, multiplier,"
    " broker_symbol, broker_exchange, token"
)
#: What an `Instrument` is made of, in its order; a condition is to follow.
SELECT: Final = f"{_FIELDS} FROM listed WHERE "
#: The same for a look-up by one key, past the view, which has more to it: a twentieth less for sqlite to do.
LOOK_UP: Final = f"{_FIELDS} FROM instrument CROSS JOIN terms ON terms.id = terms WHERE {{}} = ? AND {{}} = ?"


class Stored(NamedTuple):
    """What a table file holds: when it was fetched, and how many rows were left out while writing it, by reason.

    `source_time` is when the broker says that it made its file; `skipped` is empty for a file read back.
    """

    rows: int
    stamp: str | None
    source_time: datetime | None
    synced_at: datetime
    skipped: Mapping[str, int] = MappingProxyType({})


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A connection that any thread may use, one at a time. Raises `sqlite3.OperationalError`.

    Files in place never change. So `immutable` saves the locks that sqlite would take for each statement, and the file
    is looked at where it is in memory anyway: reading its pages would be a quarter of a look-up.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    db = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
    db.execute(f"PRAGMA mmap_size = {_MAPPED}")
    return db


def read_facts(db: sqlite3.Connection) -> Stored:
    """What the table file says of itself."""
    rows, stamp, source_time, synced_at = db.execute("SELECT * FROM facts").fetchone()
    at = datetime.fromisoformat(source_time) if source_time else None
    return Stored(rows, stamp, at, datetime.fromisoformat(synced_at))
