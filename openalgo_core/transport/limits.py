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
from typing import TYPE_CHECKING

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

    def acquire(self, group: str) -> None:
        """Take one token of the group, waiting for it up to `max_wait` seconds.

        Raises `RateLimited` with `retry_after` as soon as it is clear that the wait would be longer, `PluginBroken`
        for a group that describe() does not name, `ConfigurationError` where the counters cannot be kept.
        """
        if not self._limits(group):
            return
        deadline = self._clock.monotonic() + self._max_wait
        while wait := self._try(group):
            if self._clock.monotonic() + wait > deadline:
                raise RateLimited(
                    f"The limit for {group} leaves no room for another {wait:.1f} s; nothing was sent.",
                    retry_after=wait,
                    hint=f"Try again in {ceil(wait)} s, or send fewer requests.",
                )
            self._clock.sleep(wait)

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

    def _try(self, group: str) -> float:
        """Take a token if there is one. Returns 0, or the seconds after which it is worth trying again."""
        from pyrate_limiter import Decision, RateItem

        with self._exclusive() as connection:
            bucket = self._bucket(connection, group)
            now = int(self._clock.now().timestamp() * 1000)
            _follow_clock(connection, bucket, now)
            decision = bucket.put_decision(RateItem(group, now))
        assert isinstance(decision, Decision)  # other buckets answer with an awaitable
        if not decision.allowed:
            return max(decision.retry_after_ms or 0, 1) / 1000
        self._grants += 1
        if self._grants % _LEAK_EVERY == 0:
            with self._exclusive():
                bucket.leak(now)
        return 0.0

    @contextmanager
    def _exclusive(self) -> Iterator[sqlite3.Connection]:
        """No other thread and no other process comes in between; commits at the end."""
        with self._lock:
            try:
                connection = self._open()
                connection.execute("BEGIN IMMEDIATE")
                with connection:
                    yield connection
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
            self._connection, self._owner = open_shared(self._path, schema="", version=1), os.getpid()
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


def _follow_clock(connection: sqlite3.Connection, bucket: SQLiteBucket, now: int) -> None:
    """After the clock jumped back, move all entries along, so that the newest counts as granted just now.

    Left alone, entries from the future would block the account until the clock has caught up with them.
    """
    newest = bucket.peek(0)
    if newest is not None and newest.timestamp > now:
        shift = newest.timestamp - now
        connection.execute(f"UPDATE {bucket.table} SET item_timestamp = item_timestamp - ?", (shift,))  # noqa: S608 - our own table name
