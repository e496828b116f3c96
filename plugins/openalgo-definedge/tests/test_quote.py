"""Prices beyond the golden cases, and what the plugin declares about itself."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import openalgo_definedge
from openalgo_core.capabilities import HOOK_OF, Capability, Support
from openalgo_core.clock import IST
from openalgo_core.models import BrokerInfo, Exchange, Interval
from openalgo_definedge.tables import INTERVALS

INFO = openalgo_definedge.describe()
QUOTE = {"status": "SUCCESS", "ltp": "1", "last_trade_time": "15:29:59"}
DAY = date(2026, 8, 20)


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        (datetime(2026, 8, 21, 15, 30, tzinfo=IST), True),
        (datetime(2026, 8, 21, 9, 0, tzinfo=IST), False),  # yesterday's
        (datetime(2026, 8, 22, 18, 0, tzinfo=IST), False),  # Saturday: Friday's
    ],
)
def test_a_last_trade_has_no_date(world: Callable[..., Any], now: datetime, shown: bool) -> None:
    use = world({"body": QUOTE}, moment=now)
    (answer,) = use.call("quotes", instruments=[use.account.instruments.get("NSE", "SBIN")])
    assert answer.time == (datetime(2026, 8, 21, 15, 29, 59, tzinfo=IST) if shown else None)


@pytest.mark.parametrize("text", ["", "now", "25:00:00"])
def test_a_time_that_is_none_is_null(world: Callable[..., Any], text: str) -> None:
    use = world({"body": {**QUOTE, "last_trade_time": text}})
    (answer,) = use.call("quotes", instruments=[use.account.instruments.get("NSE", "SBIN")])
    assert answer.time is None


minutes = st.sets(st.integers(0, 374), min_size=1, max_size=60)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(minutes=minutes, interval=st.sampled_from([interval for interval in INTERVALS if interval is not Interval.DAY]))
def test_longer_candles_hold_what_their_minutes_hold(
    world: Callable[..., Any], minutes: set[int], interval: Interval
) -> None:
    begin = datetime(2026, 8, 20, 9, 15, tzinfo=IST)
    moments = [begin + timedelta(minutes=minute) for minute in minutes]
    rows = [f"{moment:%d%m%Y%H%M},{10 + n},{20 + n},{5 + n},{11 + n},{n}" for n, moment in enumerate(moments)]
    use = world({"text": "\n".join(rows)})
    instrument = use.account.instruments.get("NSE", "SBIN")
    candles = use.call("history", instrument=instrument, interval=interval, start=DAY, end=DAY)
    span = timedelta(minutes=INTERVALS[interval][1])
    starts = [candle.time for candle in candles]
    assert starts == sorted(set(starts))
    assert all((start - begin) % span == timedelta(0) for start in starts)
    for candle in candles:
        inside = [n for n, moment in enumerate(moments) if candle.time <= moment < candle.time + span]
        first, last = min(inside, key=moments.__getitem__), max(inside, key=moments.__getitem__)
        assert (candle.open, candle.close) == (10 + first, 11 + last)
        assert (candle.high, candle.low) == (20 + max(inside), 5 + min(inside))
        assert candle.volume == sum(inside)
    assert sum(candle.volume for candle in candles) == sum(range(len(moments)))


def test_a_volume_that_is_not_told_makes_the_sum_unknown(world: Callable[..., Any]) -> None:
    use = world({"text": "200820260915,1,1,1,1,5\n200820260916,1,1,1,1,-\n"})
    instrument = use.account.instruments.get("NSE", "SBIN")
    (candle,) = use.call("history", instrument=instrument, interval=Interval.M5, start=DAY, end=DAY)
    assert (candle.volume, candle.close) == (None, Decimal(1))


def test_the_declaration() -> None:
    assert isinstance(INFO, BrokerInfo)
    assert (INFO.name, INFO.api, INFO.quote_batch, INFO.native_market_orders) == ("definedge", 1, 1, True)
    assert (INFO.tag.max_length, INFO.tag.comes_back, INFO.tag.characters) == (20, True, "A-Za-z0-9_-")
    assert INFO.session.dies_at is not None
    assert INFO.session.dies_at.isoformat() == "03:00:00"
    assert INFO.exchanges == {
        Exchange(code) for code in ["NSE", "BSE", "NFO", "BFO", "CDS", "MCX", "NSE_INDEX", "BSE_INDEX", "MCX_INDEX"]
    }
    assert {interval.value: days for interval, days in INFO.history_windows.items()} == {
        "1m": 30, "3m": 30, "5m": 90, "10m": 90, "15m": 150, "30m": 180, "1h": 180, "D": 365,
    }  # fmt: skip


def test_an_algo_id_for_every_exchange_that_takes_orders() -> None:
    nse, bse = "99999", "9999999999999999"
    assert INFO.algo_ids == {
        Exchange.NSE: nse, Exchange.NFO: nse, Exchange.CDS: nse, Exchange.MCX: nse,
        Exchange.BSE: bse, Exchange.BFO: bse,
    }  # fmt: skip
    assert INFO.algo_ids.keys() == {exchange for exchange in INFO.exchanges if not exchange.is_index}


def test_ten_requests_a_second_to_each_of_two_hosts() -> None:
    assert {group: [(rate.count, rate.seconds) for rate in rates] for group, rates in INFO.rate_limits.items()} == {
        "integrate": [(10, 1)],
        "data": [(10, 1)],
    }


def test_every_capability_is_stated_and_agrees_with_the_hooks() -> None:
    assert INFO.capabilities.keys() == set(Capability)
    for capability, hook in HOOK_OF.items():
        implemented = hasattr(getattr(openalgo_definedge, hook, None), "openalgo_impl")
        assert implemented is INFO.support(capability).available, capability
    assert Support.UNSTATED not in INFO.capabilities.values()


def test_the_simulator_hook_outlives_an_import_of_the_simulator() -> None:
    importlib.import_module("openalgo_definedge.simulator.app")
    assert hasattr(openalgo_definedge.simulator, "openalgo_impl")


def test_importing_the_plugin_imports_no_starlette() -> None:
    script = "import openalgo_definedge, sys; print('starlette' in sys.modules or 'requests' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
