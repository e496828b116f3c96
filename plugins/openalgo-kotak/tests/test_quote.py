"""Prices beyond the golden cases, and what the plugin declares about itself."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import openalgo_kotak
from openalgo_core.capabilities import HOOK_OF, Capability, Support
from openalgo_core.models import BrokerInfo, Exchange, QuoteFailure

INFO = openalgo_kotak.describe()
NO = {"body": {"stat": "Not_Ok", "emsg": "Invalid instrument/code", "stCode": 1009}}


class _Market:
    """An `Http` that answers quotes, and refuses a whole request for one bad name in it."""

    def __init__(self, bad: set[str], reply_of: Callable[[Any], Any]) -> None:
        self._bad = bad
        self._reply_of = reply_of
        self.requests = 0

    def request(self, method: str, url: str, **options: Any) -> Any:
        self.requests += 1
        names = unquote(url).split("/neosymbol/")[1].removesuffix("/all").split(",")
        if not self._bad.isdisjoint(names):
            return self._reply_of(NO)
        parts = [name.split("|") for name in names]
        return self._reply_of(
            {"body": [{"exchange": segment, "exchange_token": token, "ltp": "1"} for segment, token in parts]}
        )


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_bad_instruments_cost_themselves_only(world: Callable[..., Any], data: st.DataObject) -> None:
    use = world({})
    shares = [one for one in use.account.instruments.by_name.values() if not one.exchange.is_index]
    chosen = data.draw(st.lists(st.sampled_from(shares), min_size=1, max_size=50, unique=True))
    bad = set(data.draw(st.lists(st.sampled_from(chosen), max_size=3)))
    market = _Market({f"{one.broker_exchange}|{one.token}" for one in bad}, type(use.http.replies[0]).of)
    answers = openalgo_kotak.quotes(replace(use.account, http=market), chosen)
    assert [(answer.exchange, answer.symbol) for answer in answers] == [(one.exchange, one.symbol) for one in chosen]
    assert {one for one, answer in zip(chosen, answers, strict=True) if isinstance(answer, QuoteFailure)} == bad
    assert market.requests <= 1 + len(bad) * 12  # two for each halving of fifty


def test_the_declaration() -> None:
    assert isinstance(INFO, BrokerInfo)
    assert (INFO.name, INFO.api, INFO.quote_batch, INFO.native_market_orders) == ("kotak", 1, 50, True)
    assert (INFO.tag.max_length, INFO.tag.comes_back, INFO.tag.characters) == (20, True, "A-Za-z0-9-")
    assert INFO.session.dies_at is not None
    assert INFO.session.dies_at.isoformat() == "00:00:00"
    assert INFO.exchanges == {
        Exchange(code) for code in ["NSE", "BSE", "NFO", "BFO", "CDS", "MCX", "NSE_INDEX", "BSE_INDEX"]
    }
    assert {interval.value: days for interval, days in INFO.history_windows.items()} == {
        "1m": 30, "3m": 30, "5m": 30, "10m": 60, "15m": 60, "30m": 90, "1h": 90, "D": 180, "W": 180,
    }  # fmt: skip


def test_eight_requests_a_second_so_that_no_connection_hangs() -> None:
    assert {group: [(rate.count, rate.seconds) for rate in rates] for group, rates in INFO.rate_limits.items()} == {
        "orders": [(8, 1)],
        "reads": [(8, 1)],
    }


@pytest.mark.parametrize("capability", [Capability.SL_M, Capability.WEB_LOGIN, Capability.REFRESH_SESSION])
def test_what_kotak_cannot(capability: Capability) -> None:
    assert INFO.support(capability) is Support.IMPOSSIBLE


def test_every_capability_is_stated_and_agrees_with_the_hooks() -> None:
    assert INFO.capabilities.keys() == set(Capability)
    for capability, hook in HOOK_OF.items():
        implemented = hasattr(getattr(openalgo_kotak, hook, None), "openalgo_impl")
        assert implemented is INFO.support(capability).available, capability
    assert Support.UNSTATED not in INFO.capabilities.values()


def test_the_simulator_hook_outlives_an_import_of_the_simulator() -> None:
    importlib.import_module("openalgo_kotak.simulator.app")
    assert hasattr(openalgo_kotak.simulator, "openalgo_impl")


def test_importing_the_plugin_imports_no_starlette() -> None:
    script = "import openalgo_kotak, sys; print('starlette' in sys.modules or 'requests' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
