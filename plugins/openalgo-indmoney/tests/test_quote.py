"""Prices beyond the golden cases: batches with bad codes in them, spans of candles; and what the plugin declares."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import openalgo_indmoney
from openalgo_core.capabilities import HOOK_OF, Capability, Support
from openalgo_core.models import BrokerInfo, Exchange, Interval, Quote, QuoteFailure
from openalgo_core.testing import Table, World
from openalgo_indmoney.tables import DAILY, INTERVALS

INFO = openalgo_indmoney.describe()


# --- Batches ---


class _Poisoned:
    """INDmoney's quotes: one bad code in a batch and the whole of it is refused."""

    def __init__(self, bad: set[str]) -> None:
        self._bad = bad
        self.asked: list[list[str]] = []

    def request(self, method: str, url: str, *, params: dict[str, str], **options: Any) -> Any:
        codes = params["scrip-codes"].split(",")
        self.asked.append(codes)
        if self._bad.isdisjoint(codes):
            return _Reply(200, {"status": "success", "data": {code: {"live_price": 1} for code in codes}})
        return _Reply(400, {"message": "Invalid scrip codes or mode", "success": False})


@dataclass
class _Reply:
    status: int
    body: Any

    def json(self, shape: Any = None) -> Any:
        return self.body


def _tradable(table: Table) -> Sequence[Any]:
    return [one for one in table.by_name.values() if not one.exchange.is_index]


@settings(max_examples=60)
@given(data=st.data())
def test_of_a_spoilt_batch_exactly_the_bad_ones_fail(
    world: Callable[..., World], table: Table, data: st.DataObject
) -> None:
    wanted = data.draw(st.lists(st.sampled_from(_tradable(table)), unique=True, min_size=1, max_size=40))
    bad = data.draw(st.sets(st.sampled_from(wanted), max_size=3))
    use = world()
    answering: Any = _Poisoned({_code(one) for one in bad})
    account = replace(use.account, http=answering)
    answers = use.hooks.quotes(account=account, instruments=wanted)
    assert [(answer.exchange, answer.symbol) for answer in answers] == [(one.exchange, one.symbol) for one in wanted]
    assert {one for one, answer in zip(wanted, answers, strict=True) if isinstance(answer, QuoteFailure)} == bad
    assert all(isinstance(answer, Quote) for one, answer in zip(wanted, answers, strict=True) if one not in bad)
    # Each bad code costs at most two requests for each time that the batch can be halved.
    assert len(answering.asked) <= 1 + 2 * len(bad) * max(1, len(wanted) - 1).bit_length()


def _code(instrument: Any) -> str:
    return f"{instrument.broker_exchange}_{instrument.token}"


def test_a_good_batch_is_one_request(world: Callable[..., World], table: Table) -> None:
    wanted = _tradable(table)
    use = world({"body": {"status": "success", "data": {_code(one): {"live_price": 1} for one in wanted}}})
    assert all(isinstance(answer, Quote) for answer in use.call("quotes", instruments=wanted))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("NSE:SBIN", "NSE_3045"), ("BSE:SBIN", "BSE_500112"), ("NFO:NIFTY18AUG2624450CE", "NFO_45108"),
        ("BFO:SENSEX24SEP2682000CE", "BFO_823590"), ("NSE_INDEX:NIFTY", "NIDX_40000001"),
        ("BSE_INDEX:SENSEX", "BIDX_40000006"),
    ],
)  # fmt: skip
def test_codes_are_made_of_the_exchange_never_of_its_parent(world: Callable[..., World], name: str, code: str) -> None:
    use = world({"body": {"status": "success", "data": {code: {"live_price": 1}}}})
    (answer,) = use.call("quotes", instruments=[use.account.instruments.get(*name.split(":"))])
    assert answer.ltp == 1
    assert use.http.requests[0]["params"] == {"scrip-codes": code}


# --- Candles ---


@given(start=st.dates(date(2014, 1, 1), date(2030, 1, 1)), days=st.integers(1, 365))
@settings(max_examples=60)
def test_a_span_runs_from_ist_midnight_to_ist_midnight(world: Callable[..., World], start: date, days: int) -> None:
    use = world({"body": {"success": True, "data": {}}})
    instrument = use.account.instruments.get("NSE", "SBIN")
    end = start + timedelta(days=days - 1)
    assert use.call("history", instrument=instrument, interval=Interval.DAY, start=start, end=end) == []
    params = use.http.requests[0]["params"]
    first, last = int(params["start_time"]), int(params["end_time"])
    assert last - first == days * 86_400_000
    assert first % 86_400_000 == 86_400_000 - 5.5 * 3_600_000  # 18:30 UTC


def test_no_window_is_wider_than_one_that_is_answered_whole() -> None:
    widest = {"minute": 7, "hour": 14}
    for interval, (word, days) in INTERVALS.items():
        minutes = int(word.removesuffix("minute")) if word.endswith("minute") else 0
        limit = 365 if interval in DAILY else widest["minute" if minutes < 60 else "hour"]
        assert days <= limit, interval
    assert INFO.history_windows == {interval: days for interval, (_, days) in INTERVALS.items()}


# --- The declaration ---


def test_the_declaration() -> None:
    assert isinstance(INFO, BrokerInfo)
    assert (INFO.name, INFO.api, INFO.quote_batch, INFO.native_market_orders) == ("indmoney", 1, 500, True)
    assert (INFO.tag.max_length, INFO.tag.comes_back, INFO.tag.unverified) == (100, True, True)
    assert INFO.session.lifetime == timedelta(hours=24)
    assert INFO.session.dies_at is None
    assert INFO.hosts == ("api.indstocks.com",)
    assert INFO.exchanges == {Exchange(code) for code in ["NSE", "BSE", "NFO", "BFO", "NSE_INDEX", "BSE_INDEX"]}
    assert {interval.value: days for interval, days in INFO.history_windows.items()} == {
        "1m": 6, "2m": 6, "3m": 6, "5m": 6, "10m": 6, "15m": 6, "30m": 6, "1h": 14, "2h": 14, "3h": 14, "4h": 14,
        "D": 365, "W": 365, "M": 365,
    }  # fmt: skip


def test_the_published_limits() -> None:
    day = (100_000, 86_400)
    assert {group: [(rate.count, rate.seconds) for rate in rates] for group, rates in INFO.rate_limits.items()} == {
        "token": [(1, 60)],
        "orders": [(10, 1)],
        "data": [(5, 1), day],
        "quotes": [(5, 1), day],
        "account": [(15, 1), day],
    }


def test_an_algo_id_for_every_exchange_that_takes_orders() -> None:
    assert INFO.algo_ids == {
        Exchange.NSE: "99999", Exchange.NFO: "99999", Exchange.BSE: "9" * 16, Exchange.BFO: "9" * 16,
    }  # fmt: skip


def test_what_the_broker_cannot() -> None:
    impossible = {name for name, support in INFO.capabilities.items() if support is Support.IMPOSSIBLE}
    assert impossible == {
        Capability.REQUEST_OTP, Capability.WEB_LOGIN, Capability.REFRESH_SESSION, Capability.LOGOUT,
        Capability.SL_M, Capability.DISCLOSED_QUANTITY,
    }  # fmt: skip


def test_every_capability_is_stated_and_agrees_with_the_hooks() -> None:
    assert INFO.capabilities.keys() == set(Capability)
    for capability, hook in HOOK_OF.items():
        implemented = hasattr(getattr(openalgo_indmoney, hook, None), "openalgo_impl")
        assert implemented is INFO.support(capability).available, capability
    assert Support.UNSTATED not in INFO.capabilities.values()


def test_the_simulator_hook_outlives_an_import_of_the_simulator() -> None:
    importlib.import_module("openalgo_indmoney.simulator.app")
    assert hasattr(openalgo_indmoney.simulator, "openalgo_impl")


def test_importing_the_plugin_imports_no_starlette() -> None:
    script = "import openalgo_indmoney, sys; print('starlette' in sys.modules or 'requests' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
