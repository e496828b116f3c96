"""What each command asks of the broker: the words of the command line, turned into arguments."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

import pytest

from openalgo_core.clock import SystemClock, day_of
from openalgo_core.models import Exchange
from openalgo_core.plugins.broker import Broker

from .conftest import Run
from .fakes import ENTRY, FakeBroker

_TERMS: dict[str, Any] = {
    "product": None,
    "price_type": None,
    "price": None,
    "trigger_price": None,
    "validity": "DAY",
    "disclosed_quantity": 0,
    "client_order_id": None,
}
_CHANGE: dict[str, Any] = {"quantity": None, "price": None, "trigger_price": None, "price_type": None}
_FILTERS: dict[str, Any] = {"day": None, "state": None, "symbol": None, "client_order_id": None, "archived": False}
_DAY = date(2026, 11, 20)
_SBIN = ("NSE:SBIN", "BUY", 10)


@pytest.mark.parametrize(
    ("words", "method", "args", "kwargs"),
    [
        ("quote NSE:SBIN NFO:X", "quotes", (("NSE:SBIN", "NFO:X"),), {}),
        ("depth NSE:SBIN", "depth", ("NSE:SBIN",), {}),
        ("history NSE:SBIN --from 2026-11-20 --to 2026-11-20", "history", ("NSE:SBIN", "D", _DAY, _DAY), {}),
        (
            "history NSE:SBIN --interval 5m --from 2026-11-20",
            "history",
            ("NSE:SBIN", "5m", _DAY, day_of(SystemClock().now())),
            {},
        ),
        ("instruments search nifty 24500 ce", "search_instruments", ("nifty 24500 ce", 50), {}),
        ("instruments search x --limit 3", "search_instruments", ("x", 3), {}),
        ("instruments show NSE:SBIN", "instrument", ("NSE:SBIN",), {}),
        ("order place NSE:SBIN buy 10", "place_order", _SBIN, _TERMS),
        (
            "order place NSE:SBIN BUY 10 --product mis --type sl --price 812.35 --trigger-price 812 --validity ioc "
            "--disclosed-quantity 5 --id mine",
            "place_order",
            _SBIN,
            {
                "product": "MIS",
                "price_type": "SL",
                "price": Decimal("812.35"),
                "trigger_price": Decimal(812),
                "validity": "IOC",
                "disclosed_quantity": 5,
                "client_order_id": "mine",
            },
        ),
        ("margin NSE:SBIN BUY 10 --type sl-m", "margin", _SBIN, {**_TERMS, "price_type": "SL-M"}),
        ("order modify 7 --price 5 --quantity 3", "modify_order", ("7",), {**_CHANGE, "price": 5, "quantity": 3}),
        ("order modify 7 --type market", "modify_order", ("7",), {**_CHANGE, "price_type": "MARKET"}),
        ("order cancel 7", "cancel_order", ("7",), {}),
        ("order cancel --all", "cancel_all_orders", (), {}),
        ("order show 7", "order", ("7",), {}),
        ("order list", "orders", (), {}),
        ("journal list", "journal", (), _FILTERS),
        (
            "journal list --day 2026-11-20 --state unknown --symbol NSE:SBIN --id mine",
            "journal",
            (),
            {"day": _DAY, "state": "unknown", "symbol": "SBIN", "client_order_id": "mine", "archived": False},
        ),
        ("journal reconcile", "reconcile", (), {}),
    ],
)
def test_words_become_arguments(
    words: str, method: str, args: tuple[Any, ...], kwargs: dict[str, Any], run: Run, broker: FakeBroker
) -> None:
    assert run(*words.split()).code == 0

    assert broker.called(method) == (args, kwargs)


def test_the_fake_has_the_signatures_of_the_real_broker() -> None:
    """Else the tests of this folder would say nothing about the real one."""
    for name in vars(FakeBroker):
        if name.startswith("_") or name in ("called", "settings") or not callable(getattr(FakeBroker, name)):
            continue
        assert _parameters(FakeBroker, name) == _parameters(Broker, name), name


def _parameters(kind: type, name: str) -> list[tuple[str, Any, Any]]:
    parameters: list[Parameter] = list(signature(getattr(kind, name)).parameters.values())
    return [(parameter.name, parameter.kind, parameter.default) for parameter in parameters]


def test_the_journal_of_a_symbol_on_one_exchange(run: Run, broker: FakeBroker) -> None:
    both = [ENTRY, replace(ENTRY, exchange=Exchange.BSE)]
    broker.answers["journal"] = both

    assert [row["exchange"] for row in run("journal", "list", "--symbol", "bse:sbin", "--json").json] == ["BSE"]
    assert len(run("journal", "list", "--symbol", "SBIN", "--json").json) == 2


def test_the_kill_switch_needs_no_broker(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("this is no .env file", encoding="utf-8")
    switch = tmp_path / "home" / "halted"

    assert run("halt", "feed", "is", "wrong", "--json").json == {"halted": True, "reason": "feed is wrong"}
    assert switch.read_text(encoding="utf-8") == "feed is wrong"
    assert run("resume", "--json").json == {"halted": False, "reason": None}
    assert not switch.exists()
    assert run("halt").out.startswith("Halted: ")
    assert run("resume").out.startswith("Resumed: ")
    assert run("resume").code == 0
