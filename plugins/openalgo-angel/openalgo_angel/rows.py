"""What is read of the order book. Importing this costs a start 20 ms: only what reads the book does."""

from __future__ import annotations

from typing import Any, TypedDict

from openalgo_core.rows import Row

__all__ = ["OrderBook", "OrderRow"]


class OrderRow(Row):
    orderid: Any = None
    uniqueorderid: Any = None
    ordertag: Any = None
    exchange: Any = None
    tradingsymbol: Any = None
    symboltoken: Any = None
    transactiontype: Any = None
    variety: Any = None
    ordertype: Any = None
    producttype: Any = None
    duration: Any = None
    quantity: Any = None
    filledshares: Any = None
    disclosedquantity: Any = None
    price: Any = None
    triggerprice: Any = None
    averageprice: Any = None
    status: Any = None
    orderstatus: Any = None
    text: Any = None
    updatetime: Any = None
    exchorderupdatetime: Any = None


class OrderBook(TypedDict):
    """A yes with rows."""

    status: bool
    data: list[OrderRow]
