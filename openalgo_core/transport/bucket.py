"""Buckets of pyrate-limiter whose entries stand numbered in SQLite, for many processes.

The library's own SQLite bucket counts all entries of each window whenever one more is wanted, some thousand rows for a
limit by the hour, and commits by itself. Here the entry that stands in the way is found by its number, and several
buckets can take one step together.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from pyrate_limiter import AbstractBucket, Decision, Rate, RateItem

from ..clock import Clock
from ..database import open_shared

__all__ = ["Counters", "Full"]

#: Grants between two clean-ups of entries that no window reaches any more.
_LEAK_EVERY = 64
#: The numbers of a bucket have no gaps, and no entry is earlier than the one before it.
_SCHEMA = """
CREATE TABLE grants (bucket TEXT, number INTEGER, at INTEGER, PRIMARY KEY (bucket, number)) WITHOUT ROWID
"""
_NEWEST = "SELECT number, at FROM grants WHERE bucket = ? ORDER BY number DESC LIMIT 1 OFFSET ?"
_EARLIER = "(SELECT at FROM grants WHERE bucket = newest.bucket AND number = newest.number - ?)"
_LOOK = "SELECT number, at, {} FROM grants AS newest WHERE bucket = ? ORDER BY number DESC LIMIT 1"
_INSERT = "INSERT INTO grants VALUES (?, ?, ?)"
_COUNT = "SELECT count(*) FROM grants WHERE bucket = ?"
_LEAK = "DELETE FROM grants WHERE bucket = ? AND at < ?"
_FLUSH = "DELETE FROM grants WHERE bucket = ?"
_SHIFT = "UPDATE grants SET at = at - :newest + :now WHERE bucket = :bucket"


class Full(NamedTuple):
    """A group that leaves no room, and the seconds after which it may."""

    group: str
    wait: float


class Counters:
    """The buckets of one account in a file, `None` for memory. To be used by one thread at a time.

    `rates` tells a group's (count, milliseconds) as pyrate-limiter wants them. Methods raise `sqlite3.Error` and
    `OSError`.
    """

    def __init__(
        self, path: Path | None, scope: str, rates: Callable[[str], list[tuple[int, int]]], clock: Clock
    ) -> None:
        self._connection = open_shared(path, schema=_SCHEMA, version=2)
        self._scope = scope
        self._rates = rates
        self._clock = clock
        self._buckets: dict[str, _NumberedBucket] = {}
        self._grants = 0

    def take(self, groups: Sequence[str]) -> Full | None:
        """A token of every group, or of none: then it tells which leaves no room."""
        full = self._take(groups)
        if full is not None and self._follow_clock(self._bucket(full.group)):
            full = self._take(groups)
        return full

    def close(self) -> None:
        self._connection.close()

    def _take(self, groups: Sequence[str]) -> Full | None:
        buckets = [self._bucket(group) for group in groups]
        self._begin()
        try:
            item = RateItem("", self._now())
            for group, bucket in zip(groups, buckets, strict=True):
                if not bucket.put(item):
                    wait = bucket.waiting(item)
                    assert isinstance(wait, int)  # other kinds of buckets answer with an awaitable
                    return Full(group, max(wait, 1) / 1000)
            self._grants += 1
            if self._grants % _LEAK_EVERY == 0:
                for bucket in buckets:
                    bucket.leak(item.timestamp)
            self._connection.execute("COMMIT")
        finally:
            self._end()
        return None

    def _follow_clock(self, bucket: _NumberedBucket) -> bool:
        """Whether what stood in the way came from the future, and does no more."""
        if not bucket.is_ahead(self._now()):
            return False
        self._begin()  # a step of its own: what a refusal undoes must not undo this
        try:
            bucket.follow(self._now())
            self._connection.execute("COMMIT")
        finally:
            self._end()
        return True

    def _begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")  # no other process comes in between

    def _end(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _now(self) -> int:
        """Milliseconds. To be asked while nobody else can come in between: who waits for that has an old time."""
        return int(self._clock.now().timestamp() * 1000)

    def _bucket(self, group: str) -> _NumberedBucket:
        if group not in self._buckets:
            # Hashed: which accounts there are is nobody else's business.
            name = hashlib.sha256(f"{self._scope}\n{group}".encode()).hexdigest()[:24]
            rates = [Rate(count, window) for count, window in self._rates(group)]
            self._buckets[group] = _NumberedBucket(self._connection, name, rates)
        return self._buckets[group]


class _NumberedBucket(AbstractBucket):
    """The entries of one name, times in milliseconds. Whoever calls begins and ends the transaction around it."""

    is_async = False

    def __init__(self, connection: sqlite3.Connection, name: str, rates: Sequence[Rate]) -> None:
        self.rates = list(rates)
        self._connection = connection
        self._name = name
        self._look = _LOOK.format(", ".join([_EARLIER] * len(self.rates)))

    def put(self, item: RateItem) -> bool:
        offsets = [self._algorithm.blocking_offset(rate, item.weight) for rate in self.rates]
        found = self._connection.execute(self._look, (*offsets, self._name)).fetchone() or (0, 0)
        number, newest, *blocking = found
        decision = self._decide(item.timestamp, blocking)
        if decision.allowed:
            # A clock that was set back makes no entry earlier than another.
            at = max(item.timestamp, newest)
            for _ in range(item.weight):
                number += 1
                self._connection.execute(_INSERT, (self._name, number, at))
        return self._record(item, decision)

    def _decide(self, now: int, blocking: Sequence[int | None]) -> Decision:
        """A rate leaves room if the entry whose end would make some is not there, or has left the window already."""
        for rate, at in zip(self.rates, blocking, strict=False):  # of an empty bucket nothing was found
            if at is not None and at >= self._algorithm.window_start(rate, now):
                return Decision(rate, self._algorithm.retry_after(rate, now, at))
        return Decision()

    def is_ahead(self, now: int) -> bool:
        """Whether there are entries from the future: the clock was set back."""
        newest = self.peek(0)
        return newest is not None and newest.timestamp > now

    def follow(self, now: int) -> None:
        """Move all entries along with a clock that was set back, so that the newest counts as granted just now.

        Left alone, they would block the account until the clock has caught up with them.
        """
        newest = self.peek(0)
        if newest is not None and newest.timestamp > now:
            self._connection.execute(_SHIFT, {"bucket": self._name, "newest": newest.timestamp, "now": now})

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
