"""What is read of the order book and the master. Importing this costs a start 20 ms: only what reads them does."""

from __future__ import annotations

from typing import Any, TypedDict

from openalgo_core.rows import Row

__all__ = ["OrderBook", "OrderRow", "ScripRow"]


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


class ScripRow(Row):
    """A row of the master. Older files have no freeze quantities."""

    token: Any = None
    symbol: Any = None
    name: Any = None
    expiry: Any = None
    strike: Any = None
    lotsize: Any = None
    instrumenttype: Any = None
    exch_seg: Any = None
    tick_size: Any = None
    freeze_qty: Any = None
