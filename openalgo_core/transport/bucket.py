"""A bucket of pyrate-limiter whose entries stand numbered in SQLite, for many processes.

The library's own SQLite bucket counts all entries of each window whenever one more is wanted, some thousand rows for a
limit by the hour, and commits by itself. Here the entry that stands in the way is found by its number, and several
buckets can take one step together.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from pyrate_limiter import AbstractBucket, Decision, Rate, RateItem

__all__ = ["SCHEMA", "NumberedBucket"]

#: The numbers of a bucket have no gaps, and no entry is earlier than the one before it.
SCHEMA = """
CREATE TABLE grants (bucket TEXT, number INTEGER, at INTEGER, PRIMARY KEY (bucket, number)) WITHOUT ROWID
"""
_NEWEST = "SELECT number, at FROM grants WHERE bucket = ? ORDER BY number DESC LIMIT 1 OFFSET ?"
_AT = "SELECT at FROM grants WHERE bucket = ? AND number = ?"
_INSERT = "INSERT INTO grants VALUES (?, ?, ?)"
_COUNT = "SELECT count(*) FROM grants WHERE bucket = ?"
_LEAK = "DELETE FROM grants WHERE bucket = ? AND at < ?"
_FLUSH = "DELETE FROM grants WHERE bucket = ?"
_SHIFT = """
UPDATE grants SET at = at - :newest + :now WHERE bucket = :bucket
"""


class NumberedBucket(AbstractBucket):
    """The entries of one name, times in milliseconds. Whoever calls begins and ends the transaction around it."""

    is_async = False

    def __init__(self, connection: sqlite3.Connection, name: str, rates: Sequence[Rate]) -> None:
        self.rates = list(rates)
        self._connection = connection
        self._name = name

    def put(self, item: RateItem) -> bool:
        number, newest = self._newest()
        decision = self._decide(item, number)
        if decision.allowed:
            # A clock that was set back makes no entry earlier than another.
            at = max(item.timestamp, newest)
            for _ in range(item.weight):
                number += 1
                self._connection.execute(_INSERT, (self._name, number, at))
        return self._record(item, decision)

    def follow(self, now: int) -> bool:
        """After the clock jumped back, move all entries along, so that the newest counts as granted just now.

        Left alone, entries from the future would block the account until the clock has caught up with them. Returns
        whether there were any.
        """
        _, newest = self._newest()
        if newest <= now:
            return False
        self._connection.execute(_SHIFT, {"bucket": self._name, "newest": newest, "now": now})
        return True

    def leak(self, current_timestamp: int | None = None) -> int:
        assert current_timestamp is not None  # the base class allows it for buckets with a clock of their own
        bound = self._algorithm.leak_bound(self.rates, current_timestamp)
        return self._connection.execute(_LEAK, (self._name, bound)).rowcount

    def flush(self) -> None:
        self._connection.execute(_FLUSH, (self._name,))
        self.failing_rate = None
        self._last_wait = None

    def count(self) -> int:
        found: int = self._connection.execute(_COUNT, (self._name,)).fetchone()[0]
        return found

    def peek(self, index: int) -> RateItem | None:
        row = self._connection.execute(_NEWEST, (self._name, index)).fetchone()
        return None if row is None else RateItem(self._name, row[1])

    def _newest(self) -> tuple[int, int]:
        """Number and time of the newest entry; zeros where there is none."""
        number, at = self._connection.execute(_NEWEST, (self._name, 0)).fetchone() or (0, 0)
        return number, at

    def _decide(self, item: RateItem, newest: int) -> Decision:
        """The limit of a rate is kept if the entry whose end would make room has left the window already."""
        for rate in self.rates:
            offset = self._algorithm.blocking_offset(rate, item.weight)
            row = self._connection.execute(_AT, (self._name, newest - (offset or 0))).fetchone()
            if row is not None and row[0] >= self._algorithm.window_start(rate, item.timestamp):
                return Decision(rate, self._algorithm.retry_after(rate, item.timestamp, row[0]))
        return Decision()
