"""Rate limits that every process of this machine keeps together.

A limit is a moving window: in any span of its length at most so many requests, whichever process sends them. The
counters stand in SQLite, behind pyrate-limiter's bucket, one table for each account and group.

Two things are done differently from how that library is used by itself. Its file lock is polled every 50 ms and costs
40 ms to import; here SQLite's own write lock (`BEGIN IMMEDIATE`) makes look and take one step between processes, and a
lock of ours between the threads that share the connection. And its clock is replaced by ours.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..clock import Clock
from ..database import open_shared
from ..errors import ConfigurationError, PluginBroken, RateLimited

if TYPE_CHECKING:
    from pyrate_limiter import SQLiteBucket

    from ..models.broker import RateLimit

__all__ = ["Limiter"]

#: Added to every window, in milliseconds: two requests that leave a second apart may arrive a little closer.
_JITTER = 50
#: Grants between two clean-ups of entries that no window reaches any more.
_LEAK_EVERY = 64


class _Step(sqlite3.Connection):
    """A connection on which several buckets take one step together."""

    def commit(self) -> None:
        """Nothing: a bucket commits what it has done, which is only a part of the step."""


class _Full(NamedTuple):
    """A bucket that leaves no room, and the seconds after which it may."""

    bucket: SQLiteBucket
    wait: float


class Limiter:
    """Waits until the broker's limits leave room. Safe to use from many threads and processes.

    `path` is the SQLite file that all processes share, or `None` for counters of this object alone. `scope` names the
    account: accounts do not share counters. `groups` maps a group's name to its limits, all of which hold. `max_wait`
    is in seconds.
    """

    def __init__(
        self,
        path: Path | None,
        scope: str,
        groups: Mapping[str, Sequence[RateLimit]],
        *,
        clock: Clock,
        max_wait: float = 5.0,
    ) -> None:
        self._path = path
        self._scope = scope
        self._groups = groups
        self._clock = clock
        self._max_wait = max_wait
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._inherited: sqlite3.Connection | None = None
        self._owner = 0
        self._buckets: dict[str, SQLiteBucket] = {}
        self._grants = 0

    def acquire(self, *groups: str) -> None:
        """Take one token of each group, all or none, waiting for them up to `max_wait` seconds.

        Raises `RateLimited` with `retry_after` as soon as it is clear that the wait would be longer, `PluginBroken`
        for a group that describe() does not name, `ConfigurationError` where the counters cannot be kept.
        """
        limited = [group for group in groups if self._limits(group)]
        if not limited:
            return
        deadline = self._clock.monotonic() + self._max_wait
        while full := self._try(limited):
            if self._clock.monotonic() + full.wait > deadline:
                group = next(name for name, bucket in self._buckets.items() if bucket is full.bucket)
                raise RateLimited(
                    f"The limit for {group} leaves no room for another {full.wait:.1f} s; nothing was sent.",
                    retry_after=full.wait,
                    hint=f"Try again in {ceil(full.wait)} s, or send fewer requests.",
                )
            self._clock.sleep(full.wait)

    def wait_needed(self, group: str, requests: int) -> float:
        """Seconds that so many requests of the group take at least, if nobody else sends any."""
        return max(((requests - 1) // limit.count * limit.seconds for limit in self._limits(group)), default=0.0)

    def close(self) -> None:
        """Close the file; a later `acquire` opens it again."""
        with self._lock:
            connection, self._connection = self._connection, None
            self._buckets.clear()
        if connection is not None:
            connection.close()

    def _limits(self, group: str) -> Sequence[RateLimit]:
        try:
            return self._groups[group]
        except KeyError:
            raise PluginBroken(
                f"The plugin counts a request against the rate limit {group!r}, which its describe() does not name.",
                hint="Report this to the plugin's author; nothing was sent.",
            ) from None

    def _try(self, groups: Sequence[str]) -> _Full | None:
        """Take the tokens if all are there; else tell which is not, and after how many seconds to try again."""
        with self._lock, self._counters() as connection:
            buckets = [self._bucket(connection, group) for group in groups]
            now = int(self._clock.now().timestamp() * 1000)
            full = _take(connection, buckets, now)
            if full is not None and _follow_clock(full.bucket, now):
                full = _take(connection, buckets, now)
            if full is None:
                self._grants += 1
                if self._grants % _LEAK_EVERY == 0:
                    _tidy(connection, buckets, now)
        return full

    @contextmanager
    def _counters(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._open()
        except (sqlite3.Error, OSError) as error:
            raise ConfigurationError(
                f"The request counters in {self._path} cannot be used: {error}.",
                hint="Make the directory writable, or delete the file; it holds nothing but counters.",
            ) from error

    def _open(self) -> sqlite3.Connection:
        if self._connection is None or self._owner != os.getpid():
            # After a fork the child opens its own. The parent's it may not even close, so the reference is kept.
            self._inherited = self._connection
            self._buckets = {}
            self._connection = open_shared(self._path, schema="", version=1, factory=_Step)
            self._owner = os.getpid()
        return self._connection

    def _bucket(self, connection: sqlite3.Connection, group: str) -> SQLiteBucket:
        if group not in self._buckets:
            # Hashed: an account's name is no table name, and nobody else's business.
            digest = hashlib.sha256(f"{self._scope}\n{group}".encode()).hexdigest()
            self._buckets[group] = _new_bucket(connection, f"grants_{digest[:24]}", self._groups[group])
        return self._buckets[group]


def _new_bucket(connection: sqlite3.Connection, table: str, limits: Sequence[RateLimit]) -> SQLiteBucket:
    from pyrate_limiter import Rate, SQLiteBucket, SQLiteQueries

    connection.execute(SQLiteQueries.CREATE_BUCKET_TABLE.format(table=table))
    connection.execute(SQLiteQueries.CREATE_INDEX_ON_TIMESTAMP.format(index_name=f"{table}_age", table_name=table))
    rates = [Rate(count, window) for count, window in _ordered(limits)]
    return SQLiteBucket(rates, connection, table)


def _ordered(limits: Sequence[RateLimit]) -> list[tuple[int, int]]:
    """(count, milliseconds) as the bucket wants them: each longer window with a larger count and a lower density.

    A limit that another one implies is left out. A longer one that neither implies nor is implied, such as 16 in 3 s
    beside 10 in 2 s, is tightened to the shorter one's density; it never becomes looser than the broker says.
    """
    ordered: list[tuple[int, int]] = []
    for window, count in sorted((limit.seconds * 1000 + _JITTER, limit.count) for limit in limits):
        if ordered:
            short_count, short_window = ordered[-1]
            if count >= short_count * -(-window // short_window):
                continue
            count = min(count, short_count * window // short_window)
        while ordered and ordered[-1][0] >= count:
            ordered.pop()
        ordered.append((count, window))
    return ordered


def _take(connection: sqlite3.Connection, buckets: Sequence[SQLiteBucket], now: int) -> _Full | None:
    """A token of every bucket, or of none."""
    with _alone(connection):
        for bucket in buckets:
            wait = _put(bucket, now)
            if wait:
                connection.execute("ROLLBACK")
                return _Full(bucket, wait)
    return None


def _put(bucket: SQLiteBucket, now: int) -> float:
    """Take a token. Returns 0, or the seconds after which it is worth trying again."""
    from pyrate_limiter import Decision, RateItem

    decision = bucket.put_decision(RateItem("", now))
    assert isinstance(decision, Decision)  # other kinds of buckets answer with an awaitable
    return 0.0 if decision.allowed else max(decision.retry_after_ms or 0, 1) / 1000


def _tidy(connection: sqlite3.Connection, buckets: Sequence[SQLiteBucket], now: int) -> None:
    """Remove entries that no window reaches any more."""
    with _alone(connection):
        for bucket in buckets:
            bucket.leak(now)


@contextmanager
def _alone(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction, unless it is rolled back inside: no other process comes in between."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        if connection.in_transaction:
            connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _follow_clock(bucket: SQLiteBucket, now: int) -> bool:
    """After the clock jumped back, move all entries along, so that the newest counts as granted just now.

    Left alone, entries from the future would block the account until the clock has caught up with them. Returns
    whether there were any.
    """
    newest = f"(SELECT max(item_timestamp) FROM {bucket.table})"  # noqa: S608 - our own table name
    moved = bucket.conn.execute(
        f"UPDATE {bucket.table} SET item_timestamp = item_timestamp - {newest} + :now WHERE {newest} > :now",  # noqa: S608 - as above
        {"now": now},
    )
    return moved.rowcount > 0
