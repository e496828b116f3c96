"""Prices beyond the golden cases, and what the plugin declares about itself."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

import openalgo_angel
from openalgo_core.capabilities import HOOK_OF, Capability, Support
from openalgo_core.models import BrokerInfo, Exchange, QuoteFailure

INFO = openalgo_angel.describe()


def test_fifty_instruments_are_one_request(world: Callable[..., Any], table: Any) -> None:
    batch = list(table.by_name.values())[: INFO.quote_batch]
    use = world({"body": {"status": True, "data": {"fetched": [], "unfetched": []}}})
    answers = use.call("quotes", instruments=batch)
    (sent,) = use.http.requests
    assert sum(map(len, sent["json"]["exchangeTokens"].values())) == INFO.quote_batch == 50
    assert [(one.exchange, one.symbol) for one in answers] == [(one.exchange, one.symbol) for one in batch]
    assert all(isinstance(one, QuoteFailure) for one in answers)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "20-Foo-2026 10:15:02", "20-Nov-2026", "31-Feb-2026 10:00:00", "20-11-2026 10:15:02"]
)
def test_a_time_that_is_none_is_null(world: Callable[..., Any], text: str) -> None:
    row = {"exchange": "NSE", "symbolToken": "3045", "ltp": 1, "exchFeedTime": text}
    use = world({"body": {"status": True, "data": {"fetched": [row], "unfetched": []}}})
    (answer,) = use.call("quotes", instruments=[use.account.instruments.get("NSE", "SBIN")])
    assert answer.time is None


def test_the_declaration() -> None:
    assert isinstance(INFO, BrokerInfo)
    assert (INFO.name, INFO.api, INFO.quote_batch, INFO.native_market_orders) == ("angel", 1, 50, True)
    assert (INFO.tag.max_length, INFO.tag.comes_back) == (19, True)
    assert INFO.session.dies_at is not None
    assert INFO.session.dies_at.isoformat() == "00:00:00"
    assert INFO.exchanges == {
        Exchange(code) for code in ["NSE", "BSE", "NFO", "BFO", "CDS", "MCX", "NSE_INDEX", "BSE_INDEX", "MCX_INDEX"]
    }
    assert {interval.value: days for interval, days in INFO.history_windows.items()} == {
        "1m": 30, "3m": 60, "5m": 100, "10m": 100, "15m": 200, "30m": 200, "1h": 400, "D": 2000,
    }  # fmt: skip


def test_every_capability_is_stated_and_agrees_with_the_hooks() -> None:
    assert INFO.capabilities.keys() == set(Capability)
    for capability, hook in HOOK_OF.items():
        implemented = hasattr(getattr(openalgo_angel, hook, None), "openalgo_impl")
        assert implemented is INFO.support(capability).available, capability
    assert Support.UNSTATED not in INFO.capabilities.values()


def test_the_limits_are_fit_for_moving_windows() -> None:
    """Longer spans allow more in all and no more per second, which is what the limiter asks for."""
    assert [(rate.count, rate.seconds) for rate in INFO.rate_limits["orders"]] == [(9, 1), (500, 60), (1000, 3600)]
    for rates in INFO.rate_limits.values():
        for shorter, longer in pairwise(rates):
            assert shorter.seconds < longer.seconds
            assert shorter.count < longer.count
            assert shorter.count / shorter.seconds >= longer.count / longer.seconds


def test_the_simulator_hook_outlives_an_import_of_the_simulator() -> None:
    importlib.import_module("openalgo_angel.simulator.app")
    assert hasattr(openalgo_angel.simulator, "openalgo_impl")


def test_importing_the_plugin_imports_no_starlette() -> None:
    script = "import openalgo_angel, sys; print('starlette' in sys.modules or 'requests' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
