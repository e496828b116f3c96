"""What the plugin declares about itself, and its windows of history."""

from __future__ import annotations

import importlib
import subprocess
import sys
from itertools import pairwise

import openalgo_icici
from openalgo_core.capabilities import HOOK_OF, Capability, Support
from openalgo_core.models import BrokerInfo, Exchange

INFO = openalgo_icici.describe()

#: Minutes that an exchange trades on a long day, and of a candle.
SESSIONS = {"NSE": 375, "MCX": 14 * 60 + 55}
MINUTES = {"1m": 1, "5m": 5, "30m": 30}


def test_the_declaration() -> None:
    assert isinstance(INFO, BrokerInfo)
    assert (INFO.name, INFO.api, INFO.quote_batch, INFO.native_market_orders) == ("icici", 1, 1, False)
    assert (INFO.tag.max_length, INFO.tag.comes_back) == (20, False)
    assert INFO.session.dies_at is not None
    assert INFO.session.dies_at.isoformat() == "00:00:00"
    assert INFO.exchanges == {Exchange(code) for code in ["NSE", "BSE", "NFO", "BFO", "NSE_INDEX", "BSE_INDEX"]}


def test_every_capability_is_stated_and_agrees_with_the_hooks() -> None:
    assert INFO.capabilities.keys() == set(Capability)
    for capability, hook in HOOK_OF.items():
        implemented = hasattr(getattr(openalgo_icici, hook, None), "openalgo_impl")
        assert implemented is INFO.support(capability).available, capability
    assert Support.UNSTATED not in INFO.capabilities.values()


def test_what_is_not_to_be_had() -> None:
    impossible = {one.value for one, support in INFO.capabilities.items() if support is Support.IMPOSSIBLE}
    assert impossible == {"login", "request_otp", "refresh_session", "logout", "MIS", "SL-M"}


def test_all_calls_share_the_limits_which_are_fit_for_moving_windows() -> None:
    (rates,) = INFO.rate_limits.values()
    assert [(rate.count, rate.seconds) for rate in rates] == [(10, 1), (100, 60), (5000, 86400)]
    for shorter, longer in pairwise(rates):
        assert shorter.count / shorter.seconds >= longer.count / longer.seconds


def test_no_window_of_history_has_more_than_a_thousand_candles() -> None:
    from openalgo_icici.tables import INTERVALS

    assert {interval.value: days for interval, days in INFO.history_windows.items()} == {
        "1m": 2, "5m": 13, "30m": 75, "D": 900,
    }  # fmt: skip
    for interval, (_, days, long_days) in INTERVALS.items():
        if interval in MINUTES:
            assert days * -(-SESSIONS["NSE"] // MINUTES[interval]) <= 1000
            assert long_days * -(-SESSIONS["MCX"] // MINUTES[interval]) <= 1000


def test_the_simulator_hook_outlives_an_import_of_the_simulator() -> None:
    importlib.import_module("openalgo_icici.simulator.app")
    assert hasattr(openalgo_icici.simulator, "openalgo_impl")


def test_importing_the_plugin_imports_no_starlette() -> None:
    script = "import openalgo_icici, sys; print('starlette' in sys.modules or 'requests' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
