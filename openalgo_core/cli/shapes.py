"""The JSON contract: what every command prints with `--json`, field by field, in order.

Numbers are JSON numbers (prices in rupees, quantities in units), times ISO 8601 with +05:30, days YYYY-MM-DD;
what the broker does not say is `null`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ..clock import ist

__all__ = [
    "BROKER",
    "CANCEL",
    "CANDLE",
    "CASE",
    "CHECK",
    "DEPTH",
    "FINDING",
    "FUNDS",
    "HALT",
    "HOLDING",
    "INSTRUMENT",
    "JOURNAL",
    "LEVEL",
    "MARGIN",
    "ORDER",
    "ORDER_RESULT",
    "POSITION",
    "QUOTE",
    "QUOTE_FAILURE",
    "REQUEST",
    "SETTLEMENT",
    "SIMULATION",
    "STATUS",
    "STEP",
    "SYNC",
    "TRADE",
    "Shape",
    "as_json",
]

#: Attribute names in the order of the JSON keys; a pair is the name of a list of rows and the shape of a row.
Shape = tuple["str | tuple[str, Shape]", ...]

# fmt: off
BROKER: Shape = ("name", "distribution", "version", "state", "api", "capabilities", "cause", "remedy")
STATUS: Shape = ("broker", "profile", "user_id", "logged_in", "expires_at")
SYNC: Shape = ("broker", "rows", "seconds", "unchanged", "source_time")
INSTRUMENT: Shape = (
    "symbol", "exchange", "name", "kind", "expiry", "strike", "lot_size", "tick_size", "freeze_quantity",
    "multiplier", "broker_symbol", "broker_exchange", "token",
)
QUOTE: Shape = (
    "symbol", "exchange", "ltp", "open", "high", "low", "prev_close", "volume", "bid", "ask", "oi", "time",
)
QUOTE_FAILURE: Shape = ("symbol", "exchange", "error")
LEVEL: Shape = ("price", "quantity", "orders")
DEPTH: Shape = (
    "symbol", "exchange", "ltp", ("bids", LEVEL), ("asks", LEVEL),
    "total_buy_quantity", "total_sell_quantity", "time",
)
CANDLE: Shape = ("time", "open", "high", "low", "close", "volume", "oi")
ORDER_RESULT: Shape = ("status", "order_id", "client_order_id", "broker")
CANCEL: Shape = ("order_id", "status", "reason")
ORDER: Shape = (
    "order_id", "client_order_id", "symbol", "exchange", "action", "quantity", "filled_quantity", "price",
    "trigger_price", "average_price", "product", "price_type", "validity", "status", "reason", "time",
)
TRADE: Shape = (
    "trade_id", "order_id", "symbol", "exchange", "action", "quantity", "price", "product", "time",
)
POSITION: Shape = ("symbol", "exchange", "product", "quantity", "average_price", "ltp", "pnl")
HOLDING: Shape = ("symbol", "exchange", "quantity", "average_price", "ltp", "pnl")
FUNDS: Shape = ("available_cash", "used_margin", "collateral", "realised_pnl", "unrealised_pnl")
MARGIN: Shape = ("required_margin", "available_cash", "components")
JOURNAL: Shape = (
    "client_order_id", "order_id", "kind", "state", "broker", "profile", "symbol", "exchange", "action",
    "quantity", "price", "created_at", "settled_at", "reason",
)
SETTLEMENT: Shape = ("client_order_id", "before", "after", "order_id", "reason")
HALT: Shape = ("halted", "reason")
SIMULATION: Shape = ("broker", "url", "environment")
REQUEST: Shape = ("method", "path", "status")
STEP: Shape = ("step", "ok", "detail", ("requests", REQUEST))
FINDING: Shape = ("check", "state", "message", "remedy")
CASE: Shape = ("number", "variant", "title", "outcome", "reason", "page", "seconds")
CHECK: Shape = (
    "name", "distribution", "version", "state", "api", "cause", "remedy", "seconds", "passed", "failed", "exempt",
    "skipped", ("cases", CASE),
)
# fmt: on


def as_json(row: Any, shape: Shape) -> dict[str, Any]:
    """One row as a JSON object with exactly the keys of `shape`."""
    result: dict[str, Any] = {}
    for field in shape:
        if isinstance(field, tuple):
            name, inner = field
            result[name] = [as_json(item, inner) for item in getattr(row, name)]
        else:
            result[field] = _value(getattr(row, field))
    return result


def _value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return ist(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _value(item) for key, item in value.items()}
    return value
