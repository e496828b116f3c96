"""A largest loss of the day, realised and unrealised: `[guards.daily_loss] limit = 10000`.

Orders that only reduce a position still pass: a trader beyond the limit must be able to get out.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ..hookspecs.markers import hookimpl
from ..models.journal import IntentKind
from ..models.portfolio import Position
from .context import OrderContext

__all__ = ["check_order"]


@hookimpl
def check_order(context: OrderContext) -> str | None:
    limit = context.settings.get("limit")
    if limit is None or context.kind is IntentKind.CANCEL:
        return None
    positions = context.positions()
    if any(position.pnl is None for position in positions):
        return "the day's profit and loss cannot be read, so guards.daily_loss cannot be checked"
    result = sum((position.pnl for position in positions if position.pnl is not None), Decimal(0))
    if result > -Decimal(str(limit)) or _reduces(context, positions):
        return None
    return f"the day's result of ₹{result:,.2f} is at the loss limit of ₹{limit:,} (guards.daily_loss)"


def _reduces(context: OrderContext, positions: Sequence[Position]) -> bool:
    held = sum(
        position.quantity
        for position in positions
        if (position.exchange, position.symbol, position.product)
        == (context.instrument.exchange, context.instrument.symbol, context.product)
    )
    return held * context.action.sign < 0 and context.quantity <= abs(held)
