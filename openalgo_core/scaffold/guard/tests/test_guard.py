"""The guard as the core asks it: enabled in openalgo.toml, on paper, at a time of the test's choice."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from openalgo_core import connect
from openalgo_core.clock import IST
from openalgo_core.errors import GuardRefused
from openalgo_core.testing import StandingClock

CONFIGURATION = """
[guards]
enabled = ["acme"]

[guards.acme]
from = "09:30"
until = "15:00"
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "openalgo.toml").write_text(CONFIGURATION, encoding="utf-8")
    monkeypatch.setenv("OPENALGO_HOME", str(tmp_path))
    monkeypatch.delenv("OPENALGO_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def at(hour: int, minute: int) -> StandingClock:
    return StandingClock(datetime(2026, 11, 20, hour, minute, tzinfo=IST))


@pytest.mark.parametrize(("hour", "minute"), [(9, 30), (12, 0), (15, 0)])
def test_inside_the_hours_orders_pass(hour: int, minute: int) -> None:
    with connect("paper", clock=at(hour, minute)) as broker:
        assert broker.place_order("NSE:SBIN", "BUY", 1, product="MIS").status == "acknowledged"


@pytest.mark.parametrize(("hour", "minute"), [(9, 29), (15, 1)])
def test_outside_the_hours_orders_stop_and_reads_go_on(hour: int, minute: int) -> None:
    with connect("paper", clock=at(hour, minute)) as broker:
        with pytest.raises(GuardRefused, match="no orders outside 09:30 to 15:00"):
            broker.place_order("NSE:SBIN", "BUY", 1, product="MIS")
        assert broker.quotes(["NSE:SBIN"])


def test_cancelling_is_always_allowed() -> None:
    clock = at(14, 59)
    with connect("paper", clock=clock) as broker:
        below = broker.depth("NSE:SBIN").bids[-1].price
        order_id = broker.place_order("NSE:SBIN", "BUY", 1, product="MIS", price=below).order_id
        clock.advance(61)
        assert order_id is not None
        assert broker.cancel_order(order_id).status == "acknowledged"


def test_an_hour_that_is_none_stops_orders(home: Path) -> None:
    (home / "openalgo.toml").write_text(CONFIGURATION.replace("15:00", "tea time"), encoding="utf-8")
    with connect("paper", clock=at(12, 0)) as broker, pytest.raises(GuardRefused, match="ValueError"):
        broker.place_order("NSE:SBIN", "BUY", 1, product="MIS")
