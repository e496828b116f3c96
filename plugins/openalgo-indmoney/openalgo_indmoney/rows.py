"""What is read of the order book. Importing this costs a start 20 ms: only what reads the book does."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

from openalgo_core.rows import Row

__all__ = ["OrderBook", "OrderRow"]


class OrderRow(Row):
    id: Any = None
    remarks: Any = None
    exchange: Any = None
    segment: Any = None
    security_id: Any = None
    name: Any = None
    txn_type: Any = None
    product: Any = None
    order_type: Any = None
    validity: Any = None
    off_mkt_flag: Any = None
    exch_order_id: Any = None
    requested_qty: Any = None
    traded_qty: Any = None
    requested_price: Any = None
    traded_price: Any = None
    sl_trigger_price: Any = None
    sl_limit_price: Any = None
    tgt_trigger_price: Any = None
    tgt_limit_price: Any = None
    status: Any = None
    extra_info: Any = None
    created_at: Any = None


class OrderBook(TypedDict):
    """A yes with rows."""

    status: Literal["success"]
    success: NotRequired[bool | None]
    data: list[OrderRow]
