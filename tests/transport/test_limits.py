"""Rate limits: moving windows that all threads and processes of the machine keep together."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from clocks import FakeClock
from hypothesis import given, settings
from hypothesis import strategies as st

from openalgo_core.errors import ConfigurationError, PluginBroken, RateLimited
from openalgo_core.models.broker import RateLimit
from openalgo_core.transport import Limiter

Make = Callable[..., Limiter]


@pytest.fixture
def limiter(clock: FakeClock) -> Iterator[Make]:
    """Makes limiters with a single group `orders`, closed at the end."""
    made: list[Limiter] = []

    def make(*limits: RateLimit, path: Path | None = None, scope: str = "me", max_wait: float = 5.0) -> Limiter:
        made.append(Limiter(path, scope, {"orders": limits}, clock=clock, max_wait=max_wait))
        return made[-1]

    yield make
    for each in made:
        each.close()


def fullest(grants: Sequence[float], seconds: float) -> int:
    """How many grants the fullest window of that length holds."""
    times = sorted(grants)
    return max(bisect_left(times, start + seconds) - index for index, start in enumerate(times))


def test_room_is_given_at_once_and_the_next_waits_until_the_window_has_moved_on(
    limiter: Make, clock: FakeClock
) -> None:
    orders = limiter(RateLimit(3, 1))
    for _ in range(3):
        orders.acquire("orders")
        clock.advance(0.2)
    assert clock.slept == []
    orders.acquire("orders")
    assert sum(clock.slept) == pytest.approx(1.0 - 3 * 0.2, abs=0.1)


def test_a_wait_that_would_be_too_long_is_refused_at_once(limiter: Make, clock: FakeClock) -> None:
    orders = limiter(RateLimit(2, 60))
    orders.acquire("orders")
    clock.advance(10)
    orders.acquire("orders")
    with pytest.raises(RateLimited, match="The limit for orders leaves no room for another 50") as caught:
        orders.acquire("orders")
    assert caught.value.retry_after == pytest.approx(50, abs=0.1)
    assert clock.slept == []
    assert caught.value.retry_after is not None
    clock.advance(caught.value.retry_after)
    orders.acquire("orders")


def test_max_wait_is_the_callers(limiter: Make, clock: FakeClock) -> None:
    orders = limiter(RateLimit(1, 60), max_wait=90)
    orders.acquire("orders")
    orders.acquire("orders")
    assert sum(clock.slept) == pytest.approx(60, abs=0.1)


def test_no_limit_is_no_limit(limiter: Make, clock: FakeClock) -> None:
    orders = limiter()
    for _ in range(1000):
        orders.acquire("orders")
    assert orders.wait_needed("orders", 1000) == 0


def test_an_unknown_group_is_the_plugins_fault(limiter: Make) -> None:
    with pytest.raises(PluginBroken, match="'quotes'"):
        limiter(RateLimit(1, 1)).acquire("quotes")


@pytest.mark.parametrize(
    ("limits", "requests", "seconds"),
    [
        ([RateLimit(10, 1)], 10, 0),
        ([RateLimit(10, 1)], 11, 1),
        ([RateLimit(10, 1), RateLimit(20, 60)], 41, 120),
        ([], 500, 0),
    ],
)
def test_how_long_so_many_will_take(limiter: Make, limits: list[RateLimit], requests: int, seconds: float) -> None:
    assert limiter(*limits).wait_needed("orders", requests) == seconds


@pytest.mark.parametrize(
    "limits",
    [
        [RateLimit(9, 1), RateLimit(500, 60), RateLimit(1000, 3600)],
        [RateLimit(1000, 3600), RateLimit(9, 1)],
        [RateLimit(5, 60), RateLimit(10, 1)],  # the first implies the second
        [RateLimit(10, 1), RateLimit(1000, 60)],  # and here too
        [RateLimit(10, 1), RateLimit(599, 60)],
        [RateLimit(10, 2), RateLimit(16, 3)],
        [RateLimit(3, 1), RateLimit(7, 1)],
    ],
)
def test_all_limits_of_a_group_hold_in_any_order(limiter: Make, clock: FakeClock, limits: list[RateLimit]) -> None:
    orders = limiter(*limits, max_wait=4000)
    grants = []
    for _ in range(80):
        orders.acquire("orders")
        grants.append(clock.monotonic())
    for limit in limits:
        assert fullest(grants, limit.seconds) <= limit.count
    tightest = min(limits, key=lambda limit: limit.count)
    assert fullest(grants, tightest.seconds) == tightest.count  # nobody is kept waiting for nothing


lists_of_limits = st.lists(st.builds(RateLimit, st.integers(1, 12), st.integers(1, 20)), min_size=1, max_size=4)


@settings(deadline=None)  # the first example imports the library
@given(lists_of_limits, st.lists(st.integers(0, 1500), min_size=1, max_size=60))
def test_no_window_ever_holds_more_than_its_limit(limits: list[RateLimit], pauses: list[int]) -> None:
    clock = FakeClock()
    grants = []
    with closing(Limiter(None, "me", {"orders": limits}, clock=clock, max_wait=10_000)) as limiter:
        for pause in pauses:
            clock.advance(pause / 1000)
            limiter.acquire("orders")
            grants.append(clock.monotonic())
    assert all(fullest(grants, limit.seconds) <= limit.count for limit in limits)


def test_limiters_of_one_file_count_together_and_accounts_by_themselves(
    limiter: Make, clock: FakeClock, tmp_path: Path
) -> None:
    path = tmp_path / "state" / "limits.sqlite"
    limiter(RateLimit(1, 60), path=path).acquire("orders")
    with pytest.raises(RateLimited):
        limiter(RateLimit(1, 60), path=path).acquire("orders")
    limiter(RateLimit(1, 60), path=path, scope="somebody else").acquire("orders")
    limiter(RateLimit(1, 60)).acquire("orders")


def test_groups_count_by_themselves(clock: FakeClock) -> None:
    groups = {"orders": [RateLimit(1, 60)], "quotes": [RateLimit(1, 60)]}
    with closing(Limiter(None, "me", groups, clock=clock)) as limiter:
        limiter.acquire("orders")
        limiter.acquire("quotes")
        with pytest.raises(RateLimited):
            limiter.acquire("quotes")


def test_a_clock_set_back_neither_blocks_the_account_nor_opens_a_second_window(limiter: Make, clock: FakeClock) -> None:
    orders = limiter(RateLimit(3, 1))
    for _ in range(3):
        orders.acquire("orders")
    clock.advance(-3600)
    orders.acquire("orders")
    assert sum(clock.slept) == pytest.approx(1.0, abs=0.1)
    orders.acquire("orders")
    orders.acquire("orders")
    assert len(clock.slept) == 1


def test_entries_that_no_window_reaches_are_cleared_away(limiter: Make, clock: FakeClock, tmp_path: Path) -> None:
    path = tmp_path / "limits.sqlite"
    orders = limiter(RateLimit(10, 1), path=path)
    for _ in range(500):
        orders.acquire("orders")
    with closing(sqlite3.connect(path)) as database:
        [table] = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        [(entries,)] = database.execute(f"SELECT COUNT(*) FROM {table}")
    assert 10 <= entries <= 100


def test_counters_that_cannot_be_kept_are_an_error_and_not_a_free_pass(limiter: Make, tmp_path: Path) -> None:
    path = tmp_path / "limits.sqlite"
    path.write_bytes(b"this is no database " * 100)
    with pytest.raises(ConfigurationError, match="request counters"):
        limiter(RateLimit(1, 1), path=path).acquire("orders")
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="request counters"):
        limiter(RateLimit(1, 1), path=tmp_path / "file" / "limits.sqlite").acquire("orders")


def test_a_forked_process_opens_the_file_for_itself(
    limiter: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def remembered(*args: Any, **options: Any) -> sqlite3.Connection:
        opened.append(connect(*args, **options))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", remembered)
    orders = limiter(RateLimit(2, 60), path=tmp_path / "limits.sqlite")
    orders.acquire("orders")
    monkeypatch.setattr(os, "getpid", lambda: -1)
    orders.acquire("orders")
    with pytest.raises(RateLimited):
        orders.acquire("orders")
    assert len(opened) == 2
    opened[0].close()


def test_threads_share_what_there_is(limiter: Make) -> None:
    orders = limiter(RateLimit(20, 3600), max_wait=1)
    start = threading.Barrier(16)

    def take(_: int) -> int:
        start.wait(10)
        taken = 0
        try:
            while True:
                orders.acquire("orders")
                taken += 1
        except RateLimited:
            return taken

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(take, range(16))) == 20


HAMMER = """
import json, sys, threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from openalgo_core.clock import SystemClock
from openalgo_core.errors import RateLimited
from openalgo_core.models.broker import RateLimit
from openalgo_core.transport import Limiter

class Witness(SystemClock):
    last = threading.local()
    def now(self):
        self.last.moment = super().now()
        return self.last.moment

clock, grants, limits = Witness(), [], [RateLimit(20, 1), RateLimit(30, 2)]
limiter = Limiter(Path(sys.argv[1]), "me", {"orders": limits}, clock=clock, max_wait=0.3)

def take(until):
    while clock.monotonic() < until:
        try:
            limiter.acquire("orders")
            grants.append(clock.last.moment.timestamp())
        except RateLimited:
            clock.sleep(0.2)

print("ready", flush=True)
sys.stdin.read()
with ThreadPoolExecutor(16) as pool:
    list(pool.map(take, [clock.monotonic() + 2.5] * 16))
print(json.dumps(grants))
"""


def test_eight_processes_of_sixteen_threads_keep_the_limit_together(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HAMMER, str(tmp_path / "limits.sqlite")]
    grants: list[float] = []
    with ExitStack() as stack:
        hammers = [
            stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            for _ in range(8)
        ]
        for hammer in hammers:
            stack.callback(hammer.kill)
            assert hammer.stdout is not None
            assert hammer.stdout.readline() == "ready\n"
        for hammer in hammers:
            assert hammer.stdin is not None
            hammer.stdin.close()
            hammer.stdin = None
        for hammer in hammers:
            output, _ = hammer.communicate(timeout=30)
            assert hammer.returncode == 0
            grants += json.loads(output)
    # All of them, where the machine has time for it; never one more.
    assert 15 <= fullest(grants, 1) <= 20
    assert 25 <= fullest(grants, 2) <= 30
