"""Rate limits that every process of this machine keeps together.

A limit is a moving window: in any span of its length at most so many requests, whichever process sends them. Each
group of an account is a row of numbered grants in SQLite; there is room under a limit of n once the n-th last grant is
older than its window, which is one look by primary key, however large n is.

SQLite's own write lock (`BEGIN IMMEDIATE`) makes look and take one step between processes, and a lock of ours between
the threads that share the connection. A library for this was measured: four times as slow for each order, and 40 ms
of imports for each command.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from ..clock import Clock
from ..database import open_shared
from ..errors import ConfigurationError, PluginBroken, RateLimited

if TYPE_CHECKING:
    from ..models.broker import RateLimit

__all__ = ["Limiter"]

_VERSION = 2
_NEWEST = "SELECT number, at FROM grants WHERE ring = ? ORDER BY number DESC LIMIT 1"
_GRANT = "SELECT at FROM grants WHERE ring = ? AND number = ?"
_SCHEMA = """
CREATE TABLE grants (
    ring TEXT NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (ring, number)
) WITHOUT ROWID
"""
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
        self._ring = cache(self._ring_of)

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
        ring, windows = self._ring(group)
        with self._exclusive() as db:
            now = int(self._clock.now().timestamp() * 1000)
            newest, at = db.execute(_NEWEST, (ring,)).fetchone() or (0, now)
            if at > now:
                # The clock was set back: what was granted "later" counts as granted just now. Left alone, it would
                # block the account until the clock has caught up with it.
                db.execute("UPDATE grants SET at = at - ? WHERE ring = ?", (at - now, ring))
            wait = max(_since(db, ring, newest + 1 - count) + window for count, window in windows) - now
            if wait > 0:
                return wait / 1000
            db.execute("INSERT INTO grants (ring, number, at) VALUES (?, ?, ?)", (ring, newest + 1, now))
            if newest % _LEAK_EVERY == 0:
                longest = max(window for _, window in windows)
                db.execute("DELETE FROM grants WHERE ring = ? AND at < ?", (ring, now - longest))
        return 0.0

    def _ring_of(self, group: str) -> tuple[str, list[tuple[int, int]]]:
        """The name of a group's grants, and its limits as (count, milliseconds)."""
        # Hashed: an account's name is nobody else's business.
        digest = hashlib.sha256(f"{self._scope}\n{group}".encode()).hexdigest()
        return digest[:24], [(limit.count, limit.seconds * 1000 + _JITTER) for limit in self._limits(group)]

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
            self._connection = open_shared(self._path, schema=_SCHEMA, version=_VERSION)
            self._owner = os.getpid()
        return self._connection


def _since(db: sqlite3.Connection, ring: str, number: int) -> float:
    """When that grant was given; long ago if there is none of that number any more."""
    row = db.execute(_GRANT, (ring, number)).fetchone()
    return float("-inf") if row is None else row[0]
