"""A largest value per order: `[guards.max_value] limit = 200000`."""

from __future__ import annotations

from decimal import Decimal

from ..hookspecs.markers import hookimpl
from ..models.journal import IntentKind
from .context import OrderContext

__all__ = ["check_order"]


@hookimpl
def check_order(context: OrderContext) -> str | None:
    limit = context.settings.get("limit")
    if limit is None or context.kind is IntentKind.CANCEL:
        return None
    value = context.value()
    if value <= Decimal(str(limit)):
        return None
    return f"the order's value of ₹{value:,.2f} is above the limit of ₹{limit:,} per order (guards.max_value)"
