"""A change of an order: what it is to look like, and what of that differs from how it looks now."""

from __future__ import annotations

from ..errors import InvalidRequest, NotSupported
from ..models.order import Order
from ..models.request import OrderChange, OrderRequest
from .checks import request_of

__all__ = ["changed", "difference"]


def changed(row: Order, change: OrderChange) -> OrderRequest:
    """The order as it is to look afterwards. Raises `InvalidRequest` where that is no valid order."""
    if row.product is None or row.price_type is None:
        raise NotSupported(
            f"Order {row.order_id} is of a kind of the broker's own; change it in the broker's terminal."
        )
    price_type = change.price_type or row.price_type
    quantity = row.quantity if change.quantity is None else change.quantity
    if row.filled_quantity and quantity < row.filled_quantity:
        raise InvalidRequest(f"Quantity {quantity} is below the {row.filled_quantity} units that are filled already.")
    # A price that the broker merely shows (0, or the protected limit of a market order) is not carried along.
    price = change.price if change.price is not None or not price_type.needs_price else row.price
    trigger = (
        change.trigger_price if change.trigger_price is not None or not price_type.needs_trigger else row.trigger_price
    )
    order: OrderRequest = request_of(
        OrderRequest,
        {
            "symbol": row.symbol,
            "exchange": row.exchange,
            "action": row.action,
            "quantity": quantity,
            "product": row.product,
            "price_type": price_type,
            "price": price or None,
            "trigger_price": trigger or None,
            "validity": row.validity or "DAY",
        },
    )
    return order


def difference(row: Order, wanted: OrderRequest) -> OrderChange:
    """What of `wanted` differs from `row`. Raises `InvalidRequest` if nothing does."""
    change: OrderChange = request_of(
        OrderChange,
        {
            "quantity": wanted.quantity if wanted.quantity != row.quantity else None,
            "price": wanted.price if wanted.price != row.price else None,
            "trigger_price": wanted.trigger_price if wanted.trigger_price != row.trigger_price else None,
            "price_type": wanted.price_type if wanted.price_type is not row.price_type else None,
        },
    )
    return change
