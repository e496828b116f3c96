"""A largest quantity per order: `[guards.max_quantity] limit = 1000`."""

from __future__ import annotations

from ..hookspecs.markers import hookimpl
from ..models.journal import IntentKind
from .context import OrderContext

__all__ = ["check_order"]


@hookimpl
def check_order(context: OrderContext) -> str | None:
    limit = context.settings.get("limit")
    if limit is None or context.kind is IntentKind.CANCEL or context.quantity <= limit:
        return None
    return f"quantity {context.quantity} is above the limit of {limit} units per order (guards.max_quantity)"
