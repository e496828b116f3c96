"""What is read of the order book. Importing this costs a start 20 ms: only what reads the book does."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from openalgo_core.rows import Row

__all__ = ["OrderBook", "OrderRow"]


class OrderRow(Row):
    order_id: Any = None
    exchange: Any = None
    tradingsymbol: Any = None
    token: Any = None
    order_type: Any = None
    price_type: Any = None
    product_type: Any = None
    validity: Any = None
    quantity: Any = None
    filled_qty: Any = None
    pending_qty: Any = None
    cancel_qty: Any = None
    disclosed_quantity: Any = None
    price: Any = None
    trigger_price: Any = None
    average_traded_price: Any = None
    order_status: Any = None
    message: Any = None
    rejreason: Any = None
    rejection_reason: Any = None
    order_entry_time: Any = None
    exchange_time: Any = None
    remarks: Any = None


class OrderBook(TypedDict):
    """A yes with rows."""

    status: Literal["SUCCESS"]
    orders: list[OrderRow]
