"""Acme's words, read from its documentation a second time: a simulator that took them from the plugin would agree with
every mistake in `tables`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from openalgo_core.models import Action, Exchange, InstrumentKind, OrderStatus, PriceType, Product, Validity

__all__ = ["KINDS", "PRICE_TYPES", "PRODUCTS", "SEGMENTS", "SIDES", "STATUSES", "VALIDITIES", "meaning"]

Thing = TypeVar("Thing")

SEGMENTS = {Exchange.NSE: "CASH", Exchange.NFO: "DERIV", Exchange.NSE_INDEX: "INDEX"}
KINDS = {
    InstrumentKind.EQ: "SHARE",
    InstrumentKind.INDEX: "INDEX",
    InstrumentKind.FUT: "FUTURE",
    InstrumentKind.CE: "CALL",
    InstrumentKind.PE: "PUT",
}
SIDES = {Action.BUY: "B", Action.SELL: "S"}
PRODUCTS = {Product.CNC: "DELIVERY", Product.MIS: "INTRADAY", Product.NRML: "CARRY"}
PRICE_TYPES = {PriceType.MARKET: "MKT", PriceType.LIMIT: "LMT", PriceType.SL: "STOP_LMT", PriceType.SL_M: "STOP_MKT"}
VALIDITIES = {Validity.DAY: "DAY", Validity.IOC: "IOC"}
STATUSES = {
    OrderStatus.OPEN: "WORKING",
    OrderStatus.TRIGGER_PENDING: "WAITING",
    OrderStatus.COMPLETE: "FILLED",
    OrderStatus.CANCELLED: "CANCELLED",
    OrderStatus.REJECTED: "REFUSED",
    OrderStatus.PENDING: "SENT",
}


def meaning(table: Mapping[Thing, str], word: str) -> Thing:
    """What a word stands for. Raises `ValueError`, which is a surprise, for one that Acme does not know."""
    for thing, known in table.items():
        if known == word:
            return thing
    raise ValueError(f"{word!r} is none of {', '.join(table.values())}")
