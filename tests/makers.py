"""Small builders of models, with everything but what a test is about filled in."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from clocks import TRADING_DAY

from openalgo_core.capabilities import HOOK_OF, Capability, Support
from openalgo_core.journal import Draft
from openalgo_core.models import (
    API_VERSION,
    Action,
    BrokerInfo,
    Exchange,
    Instrument,
    InstrumentKind,
    IntentKind,
    Interval,
    Order,
    OrderRequest,
    OrderStatus,
    PriceType,
    Product,
    TagRule,
    Validity,
)


def instrument(symbol: str = "SBIN", exchange: Exchange = Exchange.NSE, **changes: Any) -> Instrument:
    facts: dict[str, Any] = {
        "symbol": symbol,
        "exchange": exchange,
        "name": symbol,
        "kind": InstrumentKind.EQ,
        "expiry": None,
        "strike": None,
        "lot_size": 1,
        "tick_size": Decimal("0.05"),
        "freeze_quantity": None,
        "multiplier": Decimal(1),
        "broker_symbol": f"{symbol}-EQ",
        "broker_exchange": exchange.value,
        "token": "3045",
    }
    return Instrument(**{**facts, **changes})


def option(**changes: Any) -> Instrument:
    facts: dict[str, Any] = {
        "kind": InstrumentKind.CE,
        "expiry": date(2026, 11, 23),
        "strike": Decimal(25000),
        "lot_size": 65,
        "freeze_quantity": 1800,
    }
    return instrument("NIFTY23NOV2625000CE", Exchange.NFO, **{**facts, **changes})


def request(**changes: Any) -> OrderRequest:
    facts: dict[str, Any] = {
        "symbol": "SBIN",
        "exchange": Exchange.NSE,
        "action": Action.BUY,
        "quantity": 10,
        "product": Product.MIS,
        "price_type": PriceType.LIMIT,
        "price": Decimal(800),
    }
    facts |= changes
    if facts["price_type"] in (PriceType.MARKET, PriceType.SL_M) and "price" not in changes:
        facts["price"] = None
    return OrderRequest(**facts)


def order(order_id: str = "1", **changes: Any) -> Order:
    facts: dict[str, Any] = {
        "order_id": order_id,
        "symbol": "SBIN",
        "exchange": Exchange.NSE,
        "action": Action.BUY,
        "quantity": 10,
        "filled_quantity": 0,
        "price": Decimal(800),
        "trigger_price": None,
        "average_price": None,
        "product": Product.MIS,
        "price_type": PriceType.LIMIT,
        "validity": Validity.DAY,
        "status": OrderStatus.OPEN,
        "reason": None,
        "time": TRADING_DAY,
    }
    return Order(**{**facts, **changes})


def draft(client_order_id: str = "mine", **changes: Any) -> Draft:
    facts: dict[str, Any] = {
        "kind": IntentKind.PLACE,
        "client_order_id": client_order_id,
        "request": "{}",
        "symbol": "SBIN",
        "exchange": Exchange.NSE,
        "action": Action.BUY,
        "quantity": 10,
        "product": Product.MIS,
        "price_type": PriceType.LIMIT,
        "price": Decimal(800),
        "trigger_price": None,
        "validity": Validity.DAY,
        "tag": "abcd",
    }
    return Draft(**{**facts, **changes})


def broker_info(**changes: Any) -> BrokerInfo:
    words = [Capability(word) for word in (*Product, *PriceType, *Validity)]
    facts: dict[str, Any] = {
        "name": "toy",
        "title": "Toy",
        "api": API_VERSION,
        "exchanges": frozenset(Exchange),
        "capabilities": dict.fromkeys([*HOOK_OF, *words, Capability.DISCLOSED_QUANTITY], Support.FULL),
        "hosts": ("toy.example",),
        "tag": TagRule(20, comes_back=True),
        "quote_batch": 50,
        "history_windows": {Interval.M1: 30, Interval.DAY: 2000},
    }
    return BrokerInfo(**{**facts, **changes})


def moment(hour: int, minute: int = 0, second: int = 0, *, day: int = 20) -> datetime:
    return TRADING_DAY.replace(day=day, hour=hour, minute=minute, second=second)
