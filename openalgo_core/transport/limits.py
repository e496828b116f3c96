"""Rate limits that every process of this machine keeps together.

A limit is a moving window: in any span of its length at most so many requests, whichever process sends them. The
counters stand in SQLite, behind a bucket of pyrate-limiter for each account and group, so that another of its buckets
can take them to a server when one machine is not enough.

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
    from ..models.broker import RateLimit
    from .bucket import NumberedBucket

__all__ = ["Limiter"]

#: Added to every window, in milliseconds: two requests that leave a second apart may arrive a little closer.
_JITTER = 50
#: Grants between two clean-ups of entries that no window reaches any more.
_LEAK_EVERY = 64


class _Full(NamedTuple):
    """A bucket that leaves no room, and the seconds after which it may."""

    bucket: NumberedBucket
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
        self._buckets: dict[str, NumberedBucket] = {}
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
            full = self._take(connection, buckets)
            if full is not None and self._follow_clock(connection, full.bucket):
                full = self._take(connection, buckets)
        return full

    def _take(self, connection: sqlite3.Connection, buckets: Sequence[NumberedBucket]) -> _Full | None:
        """A token of every bucket, or of none."""
        with _alone(connection):
            now = self._now()
            for bucket in buckets:
                wait = _put(bucket, now)
                if wait:
                    connection.execute("ROLLBACK")
                    return _Full(bucket, wait)
            self._grants += 1
            if self._grants % _LEAK_EVERY == 0:
                for bucket in buckets:
                    bucket.leak(now)
        return None

    def _follow_clock(self, connection: sqlite3.Connection, bucket: NumberedBucket) -> bool:
        """Whether what stood in the way came from the future, and does no more."""
        if not bucket.is_ahead(self._now()):
            return False
        with _alone(connection):  # a step of its own: what a refusal undoes must not undo this
            bucket.follow(self._now())
        return True

    def _now(self) -> int:
        """Milliseconds. To be asked while nobody else can come in between: who waits for that has an old time."""
        return int(self._clock.now().timestamp() * 1000)

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
            from .bucket import SCHEMA

            # After a fork the child opens its own. The parent's it may not even close, so the reference is kept.
            self._inherited = self._connection
            self._buckets = {}
            self._connection, self._owner = open_shared(self._path, schema=SCHEMA, version=2), os.getpid()
        return self._connection

    def _bucket(self, connection: sqlite3.Connection, group: str) -> NumberedBucket:
        if group not in self._buckets:
            from pyrate_limiter import Rate

            from .bucket import NumberedBucket

            # Hashed: which accounts there are is nobody else's business.
            name = hashlib.sha256(f"{self._scope}\n{group}".encode()).hexdigest()[:24]
            rates = [Rate(count, window) for count, window in _ordered(self._groups[group])]
            self._buckets[group] = NumberedBucket(connection, name, rates)
        return self._buckets[group]


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


def _put(bucket: NumberedBucket, now: int) -> float:
    """Take a token. Returns 0, or the seconds after which it is worth trying again."""
    from pyrate_limiter import Decision, RateItem

    decision = bucket.put_decision(RateItem("", now))
    assert isinstance(decision, Decision)  # other kinds of buckets answer with an awaitable
    return 0.0 if decision.allowed else max(decision.retry_after_ms or 0, 1) / 1000


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
