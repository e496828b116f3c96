"""Rate limits that every process of this machine keeps together.

A limit is a moving window: in any span of its length at most so many requests, whichever process sends them. The
counters stand in SQLite, behind a bucket of pyrate-limiter for each account and group, so that another of its buckets
can take them to a server when one machine is not enough.

Two things are done differently from how that library is used by itself. Its file lock is polled every 50 ms and costs
40 ms to import; here SQLite's own write lock (`BEGIN IMMEDIATE`) makes look and take one step between processes, and a
lock of ours between the threads that share the connection. And its clock is replaced by ours.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from ..clock import Clock
from ..errors import ConfigurationError, PluginBroken, RateLimited

if TYPE_CHECKING:
    from ..models.broker import RateLimit
    from .bucket import Counters, Full

__all__ = ["Limiter"]

#: Added to every window, in milliseconds: two requests that leave a second apart may arrive a little closer.
_JITTER = 50


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
        self._counters: Counters | None = None
        self._inherited: Counters | None = None
        self._owner = 0

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
                raise RateLimited(
                    f"The limit for {full.group} leaves no room for another {full.wait:.1f} s; nothing was sent.",
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
            counters, self._counters = self._counters, None
        if counters is not None:
            counters.close()

    def _limits(self, group: str) -> Sequence[RateLimit]:
        try:
            return self._groups[group]
        except KeyError:
            raise PluginBroken(
                f"The plugin counts a request against the rate limit {group!r}, which its describe() does not name.",
                hint="Report this to the plugin's author; nothing was sent.",
            ) from None

    def _try(self, groups: Sequence[str]) -> Full | None:
        """Take the tokens if all are there; else tell which is not, and after how many seconds to try again."""
        with self._lock:
            try:
                return self._open().take(groups)
            except (sqlite3.Error, OSError) as error:
                raise ConfigurationError(
                    f"The request counters in {self._path} cannot be used: {error}.",
                    hint="Make the directory writable, or delete the file; it holds nothing but counters.",
                ) from error

    def _open(self) -> Counters:
        if self._counters is None or self._owner != os.getpid():
            from .bucket import Counters  # here, because it imports pyrate-limiter

            # After a fork the child opens its own. The parent's it may not even close, so the reference is kept.
            self._inherited = self._counters
            self._counters, self._owner = Counters(self._path, self._scope, self._rates, self._clock), os.getpid()
        return self._counters

    def _rates(self, group: str) -> list[tuple[int, int]]:
        return _ordered(self._groups[group])


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
