"""Orders, trades, positions, holdings and funds, as Acme shows them."""

from __future__ import annotations

from typing import Any

from openalgo_core.exchange import BookOrder

from .desk import Answer, Call, Desk
from .market import names
from .words import PRICE_TYPES, PRODUCTS, SIDES, STATUSES, VALIDITIES

__all__ = ["funds", "holdings", "orders", "positions", "trades"]


def orders(desk: Desk, call: Call) -> Answer:
    return Answer({"orders": [_order(desk, order) for order in desk.books(call).orders()]})


def trades(desk: Desk, call: Call) -> Answer:
    rows = [
        {
            **names(desk, fill.contract),
            "id": fill.trade_id,
            "order": fill.order_id,
            "side": SIDES[fill.action],
            "quantity": fill.quantity,
            "price": fill.price,
            "product": PRODUCTS[fill.product],
            "time": fill.at.isoformat(),
        }
        for fill in desk.books(call).trades()
    ]
    return Answer({"trades": rows})


def positions(desk: Desk, call: Call) -> Answer:
    rows = [
        {
            **names(desk, row.contract),
            "product": PRODUCTS[row.product],
            "quantity": row.quantity,
            "average": row.average_price,
            "ltp": row.ltp,
            "pnl": row.pnl,
        }
        for row in desk.books(call).positions()
    ]
    return Answer({"positions": rows})


def holdings(desk: Desk, call: Call) -> Answer:
    rows = [
        {
            **names(desk, row.contract),
            "quantity": row.quantity,
            "average": row.average_price,
            "ltp": row.ltp,
            "pnl": row.pnl,
        }
        for row in desk.books(call).holdings()
    ]
    return Answer({"holdings": rows})


def funds(desk: Desk, call: Call) -> Answer:
    money = desk.books(call).funds()
    return Answer(
        {
            "available": money.available_cash,
            "used": money.used_margin,
            "collateral": money.collateral,
            "realised": money.realised_pnl,
            "unrealised": money.unrealised_pnl,
        }
    )


def _order(desk: Desk, order: BookOrder) -> dict[str, Any]:
    return {
        **names(desk, order.contract),
        "id": order.order_id,
        "side": SIDES[order.action],
        "quantity": order.quantity,
        "filled": order.filled_quantity,
        "price": order.price,
        "trigger": order.trigger_price,
        "average": order.average_price,
        "product": PRODUCTS[order.product],
        "type": PRICE_TYPES[order.price_type],
        "validity": VALIDITIES[order.validity],
        "disclosed": order.disclosed_quantity,
        "status": STATUSES[order.status],
        "reason": order.reason,
        "note": order.tag,
        "time": order.placed_at.isoformat(),
    }
