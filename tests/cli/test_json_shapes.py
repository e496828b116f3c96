"""The JSON contract, key by key and in order, with every kind of value in it."""

from __future__ import annotations

import pytest

from openalgo_core.models import Exchange, QuoteFailure

from .conftest import Run
from .fakes import FakeBroker

INSTRUMENT = {
    "symbol": "NIFTY24NOV2624500CE",
    "exchange": "NFO",
    "name": "NIFTY",
    "kind": "CE",
    "expiry": "2026-11-24",
    "strike": 24500.0,
    "lot_size": 75,
    "tick_size": 0.05,
    "freeze_quantity": 1800,
    "multiplier": 1.0,
    "broker_symbol": "NIFTY26NOV24500CE",
    "broker_exchange": "NFO",
    "token": "54321",
}
EQUITY = {
    "symbol": "SBIN",
    "exchange": "NSE",
    "name": "STATE BANK OF INDIA",
    "kind": "EQ",
    "expiry": None,
    "strike": None,
    "lot_size": 1,
    "tick_size": 0.05,
    "freeze_quantity": None,
    "multiplier": 1.0,
    "broker_symbol": "SBIN-EQ",
    "broker_exchange": "NSE",
    "token": "3045",
}
ORDER = {
    "order_id": "26112000000001",
    "client_order_id": "mine-1",
    "symbol": "SBIN",
    "exchange": "NSE",
    "action": "BUY",
    "quantity": 10,
    "filled_quantity": 0,
    "price": 800.5,
    "trigger_price": None,
    "average_price": None,
    "product": "CNC",
    "price_type": "LIMIT",
    "validity": "DAY",
    "status": "open",
    "reason": None,
    "time": "2026-11-20T12:00:00+05:30",
}
RESULT = {
    "status": "acknowledged",
    "order_id": "26112000000001",
    "client_order_id": "mine-1",
    "broker": "fake",
}
STATUS = {
    "broker": "fake",
    "profile": "default",
    "user_id": "A123",
    "logged_in": True,
    "expires_at": "2026-11-21T05:00:00+05:30",
}
QUOTE = {
    "symbol": "SBIN",
    "exchange": "NSE",
    "ltp": 812.35,
    "open": 810.0,
    "high": 815.5,
    "low": 808.1,
    "prev_close": 809.0,
    "volume": 1234567,
    "bid": 812.3,
    "ask": 812.4,
    "oi": None,
    "time": "2026-11-20T12:00:00+05:30",
}
MARGIN = {"required_margin": 8123.5, "available_cash": 10000000.0, "components": {"exposure": 123.5}}

SHAPES = {
    "status": STATUS,
    "login": STATUS,
    "logout": {"broker": "fake", "profile": "default", "user_id": None, "logged_in": False, "expires_at": None},
    "instruments sync": {
        "broker": "fake",
        "rows": 180000,
        "seconds": 2.34,
        "unchanged": False,
        "source_time": "2026-11-20T09:15:00+05:30",
    },
    "instruments show NFO:NIFTY24NOV2624500CE": INSTRUMENT,
    "instruments search NIFTY": [EQUITY, INSTRUMENT],
    "quote NSE:SBIN": [QUOTE],
    "depth NSE:SBIN": {
        "symbol": "SBIN",
        "exchange": "NSE",
        "ltp": 812.35,
        "bids": [
            {"price": 812.3, "quantity": 500, "orders": 4},
            {"price": 812.25, "quantity": 900, "orders": None},
        ],
        "asks": [{"price": 812.4, "quantity": 700, "orders": 6}],
        "total_buy_quantity": 150000,
        "total_sell_quantity": None,
        "time": "2026-11-20T12:00:00+05:30",
    },
    "history NSE:SBIN --interval 5m --from 2026-11-20": [
        {
            "time": "2026-11-20T09:15:00+05:30",
            "open": 810.0,
            "high": 812.5,
            "low": 809.9,
            "close": 812.0,
            "volume": 45000,
            "oi": None,
        }
    ],
    "order place NSE:SBIN BUY 10": RESULT,
    "order modify 26112000000001 --price 801": RESULT,
    "order cancel 26112000000001": RESULT,
    "order cancel --all": [{"order_id": "1", "status": "acknowledged", "reason": None}],
    "order show 26112000000001": ORDER,
    "order list": [ORDER],
    "margin NSE:SBIN BUY 10": MARGIN,
    "trades": [
        {
            "trade_id": "T1",
            "order_id": "26112000000001",
            "symbol": "SBIN",
            "exchange": "NSE",
            "action": "BUY",
            "quantity": 10,
            "price": 812.4,
            "product": "CNC",
            "time": "2026-11-20T12:00:00+05:30",
        }
    ],
    "positions": [
        {
            "symbol": "SBIN",
            "exchange": "NSE",
            "product": "MIS",
            "quantity": -10,
            "average_price": 812.4,
            "ltp": 812.35,
            "pnl": -1234567.8,
        }
    ],
    "holdings": [
        {
            "symbol": "INFY",
            "exchange": "NSE",
            "quantity": 5,
            "average_price": 1500.333333,
            "ltp": 1510.0,
            "pnl": 48.333335,
        }
    ],
    "funds": {
        "available_cash": 10000000.0,
        "used_margin": 8124.5,
        "collateral": None,
        "realised_pnl": 0.0,
        "unrealised_pnl": -0.5,
    },
    "journal list": [
        {
            "client_order_id": "mine-1",
            "order_id": None,
            "kind": "place",
            "state": "unknown",
            "broker": "fake",
            "profile": "default",
            "symbol": "SBIN",
            "exchange": "NSE",
            "action": "BUY",
            "quantity": 10,
            "price": None,
            "created_at": "2026-11-20T12:00:00+05:30",
            "settled_at": None,
            "reason": "read time-out",
        }
    ],
    "journal reconcile": [
        {
            "client_order_id": "mine-1",
            "before": "unknown",
            "after": "acknowledged",
            "order_id": "26112000000001",
            "reason": None,
        }
    ],
}


def _in_order(value: object) -> object:
    """The same value with objects as pairs, so that a comparison minds the order of the keys."""
    if isinstance(value, dict):
        return [(key, _in_order(item)) for key, item in value.items()]
    return [_in_order(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("words", SHAPES)
def test_json_has_exactly_the_keys_of_the_contract(words: str, run: Run, broker: FakeBroker) -> None:
    ran = run(*words.split(), "--json")

    assert (ran.code, ran.err) == (0, "")
    assert _in_order(ran.json) == _in_order(SHAPES[words])
    assert broker.closed


@pytest.mark.parametrize(
    ("words", "method"),
    {
        "instruments search x": "search_instruments",
        "history NSE:SBIN --from 2026-11-20": "history",
        "order cancel --all": "cancel_all_orders",
        "order list": "orders",
        "trades": "trades",
        "positions": "positions",
        "holdings": "holdings",
        "journal list": "journal",
        "journal reconcile": "reconcile",
    }.items(),
)
def test_nothing_is_an_empty_array_or_a_note(words: str, method: str, run: Run, broker: FakeBroker) -> None:
    broker.answers[method] = []

    assert run(*words.split(), "--json").json == []
    plain = run(*words.split())
    assert (plain.code, plain.out) == (0, "")
    assert plain.err.count("\n") == 1


def test_a_quote_that_failed_carries_the_error_in_its_place(run: Run, broker: FakeBroker) -> None:
    broker.answers["quotes"] = [QuoteFailure("NOPE", Exchange.NSE, "no such symbol"), *broker.quotes(["NSE:SBIN"])]

    ran = run("--json", "quote", "NSE:NOPE", "NSE:SBIN")

    assert ran.code == 0
    assert _in_order(ran.json) == _in_order([{"symbol": "NOPE", "exchange": "NSE", "error": "no such symbol"}, QUOTE])
