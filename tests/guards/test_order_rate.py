"""Ten orders a second for each exchange, counted over all processes of the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from bisect import bisect_left
from pathlib import Path

import pytest
from clocks import FakeClock

from openalgo_core import connect
from openalgo_core.errors import RateLimited
from openalgo_core.models import IntentState, Quote

TESTS = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPENALGO_HOME", str(tmp_path))
    monkeypatch.setenv("OPENALGO_BROKER", "paper")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_eight_processes_together_keep_to_ten_a_second(home: Path) -> None:
    """Measured at the exchange, with some leave for a process that stops between its token and the exchange."""
    (home / "openalgo.toml").write_text("[timeouts]\nrate_wait = 60\n")
    with connect() as broker:
        (quote,) = broker.quotes(["NSE:SBIN"])
        assert isinstance(quote, Quote) and quote.ltp is not None
        crowd = subprocess.run(
            [sys.executable, "-m", "chaos.crowd", "8", "4", str(int(quote.ltp) - 20)],
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": str(TESTS)},
            check=True,
        )
        assert crowd.stdout.count('"acknowledged"') == 32
        times = sorted(row.time.timestamp() for row in broker.orders() if row.time is not None)
    assert len(times) == 32
    assert max(bisect_left(times, start + 0.5) - index for index, start in enumerate(times)) <= 10
    assert times[-1] - times[0] >= 3  # ten at once, and twenty-two more after one, two and three seconds


def test_the_eleventh_order_waits_and_another_exchange_does_not(clock: FakeClock) -> None:
    with connect(clock=clock) as broker:
        for _ in range(10):
            broker.place_order("NSE:SBIN", "BUY", 1)
        assert clock.slept == []
        broker.place_order("BSE:SBIN", "BUY", 1)
        assert clock.slept == []
        broker.place_order("NSE:SBIN", "BUY", 1)
        assert 0.9 < sum(clock.slept) < 1.2


def test_a_limit_that_leaves_no_room_in_time_places_nothing(home: Path, clock: FakeClock) -> None:
    (home / "openalgo.toml").write_text("[guards.order_rate]\nper_second = 1\n[timeouts]\nrate_wait = 0.5\n")
    with connect(clock=clock) as broker:
        broker.place_order("NSE:SBIN", "BUY", 1)
        with pytest.raises(RateLimited):
            broker.place_order("NSE:SBIN", "BUY", 1)
        assert len(broker.orders()) == 1
        assert [entry.state for entry in broker.journal()] == [IntentState.ACKNOWLEDGED, IntentState.NOT_PLACED]
