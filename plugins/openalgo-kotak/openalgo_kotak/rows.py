"""What is read of the order book. Importing this costs a start 20 ms: only what reads the book does."""

# ruff: noqa: N815  # the wire's own names
from __future__ import annotations

from typing import Any, Required, TypedDict

from openalgo_core.rows import Row

__all__ = ["OrderBook", "OrderRow"]


class OrderRow(Row):
    nOrdNo: Any = None
    GuiOrdId: Any = None
    ordGenTp: Any = None
    exSeg: Any = None
    trdSym: Any = None
    tok: Any = None
    trnsTp: Any = None
    prod: Any = None
    prcTp: Any = None
    vldt: Any = None
    qty: Any = None
    fldQty: Any = None
    dscQty: Any = None
    prc: Any = None
    trgPrc: Any = None
    avgPrc: Any = None
    ordSt: Any = None
    stat: Any = None
    rejRsn: Any = None
    ordEntTm: Any = None
    ordDtTm: Any = None
    hsUpTm: Any = None


class OrderBook(TypedDict, total=False):
    """An answer that has rows, with what tells a yes from a no beside the HTTP status."""

    stat: Any
    status: Any
    error: Any
    fault: Any
    errorCode: Any
    stCode: Any
    code: Any
    emsg: Any
    errMsg: Any
    message: Any
    data: Required[list[OrderRow]]
