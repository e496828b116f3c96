"""What is read of the order book. Importing this costs a start 20 ms: only what reads the book does."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from openalgo_core.rows import Row

__all__ = ["OrderBook", "OrderRow"]


class OrderRow(Row):
    order_id: Any = None
    exchange_code: Any = None
    stock_code: Any = None
    expiry_date: Any = None
    right: Any = None
    strike_price: Any = None
    action: Any = None
    product_type: Any = None
    order_type: Any = None
    validity: Any = None
    quantity: Any = None
    cancelled_quantity: Any = None
    pending_quantity: Any = None
    disclosed_quantity: Any = None
    price: Any = None
    stoploss: Any = None
    average_price: Any = None
    status: Any = None
    order_datetime: Any = None


class OrderBook(TypedDict):
    """A yes with the rows of one exchange."""

    Status: Literal[200]
    Error: None
    Success: list[OrderRow]
