"""Refuses an order whose price is far from the last one.

`[guards.fat_finger] percent = 5` in openalgo.toml; without `percent` it is 10.
"""

from __future__ import annotations

from decimal import Decimal

from openalgo_core import hookimpl
from openalgo_core.guards.context import OrderContext
from openalgo_core.models import IntentKind

__all__ = ["check_order"]


@hookimpl
def check_order(context: OrderContext) -> str | None:
    if context.kind is IntentKind.CANCEL or context.price is None:
        return None
    allowed = Decimal(str(context.settings.get("percent", 10)))
    last = context.last_price()  # asks the broker, once per order however many guards do
    distance = abs(context.price - last) / last * 100
    if distance <= allowed:
        return None
    return f"₹{context.price} is {distance:.1f} % from the last price of ₹{last}; {allowed} % are allowed"
