"""Acme's words and ours. Each table is written once; the other way round is derived from it."""

from __future__ import annotations

from openalgo_core import errors
from openalgo_core.models import Action, Exchange, InstrumentKind, OrderStatus, PriceType, Product, Validity

__all__ = [
    "ACTIONS", "ACTION_OF", "ERRORS", "EXCHANGES", "KINDS", "PRICE_TYPES", "PRICE_TYPE_OF", "PRODUCTS", "PRODUCT_OF",
    "STATUSES", "VALIDITIES", "VALIDITY_OF",
]  # fmt: skip

#: Acme's segment and our exchange.
EXCHANGES = {"CASH": Exchange.NSE, "DERIV": Exchange.NFO, "INDEX": Exchange.NSE_INDEX}
KINDS = {
    "SHARE": InstrumentKind.EQ,
    "INDEX": InstrumentKind.INDEX,
    "FUTURE": InstrumentKind.FUT,
    "CALL": InstrumentKind.CE,
    "PUT": InstrumentKind.PE,
}

ACTIONS = {Action.BUY: "B", Action.SELL: "S"}
PRODUCTS = {Product.CNC: "DELIVERY", Product.MIS: "INTRADAY", Product.NRML: "CARRY"}
PRICE_TYPES = {PriceType.MARKET: "MKT", PriceType.LIMIT: "LMT", PriceType.SL: "STOP_LMT", PriceType.SL_M: "STOP_MKT"}
VALIDITIES = {Validity.DAY: "DAY", Validity.IOC: "IOC"}

ACTION_OF = {word: action for action, word in ACTIONS.items()}
PRODUCT_OF = {word: product for product, word in PRODUCTS.items()}
PRICE_TYPE_OF = {word: price_type for price_type, word in PRICE_TYPES.items()}
VALIDITY_OF = {word: validity for validity, word in VALIDITIES.items()}

STATUSES = {
    "WORKING": OrderStatus.OPEN,
    "WAITING": OrderStatus.TRIGGER_PENDING,
    "FILLED": OrderStatus.COMPLETE,
    "CANCELLED": OrderStatus.CANCELLED,
    "REFUSED": OrderStatus.REJECTED,
    "SENT": OrderStatus.PENDING,
}

#: What the codes of Acme's error object prove. A code that is not listed proves nothing.
ERRORS: dict[str, type[errors.OpenAlgoError]] = {
    "BAD_LOGIN": errors.AuthenticationError,
    "NO_SESSION": errors.SessionExpired,
    "WRONG_IP": errors.OrderRejected,
    "REFUSED": errors.OrderRejected,
    "NOT_OPEN": errors.OrderNotOpen,
}
