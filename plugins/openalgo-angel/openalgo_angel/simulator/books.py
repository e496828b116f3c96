"""The order book and the trade book, in the types that SmartAPI's samples show."""

from __future__ import annotations

import uuid
from typing import Any, Final

from openalgo_core.exchange import BookOrder, Fill
from openalgo_core.models import OrderStatus, PriceType

from .desk import Call, Desk, moment_text, number
from .envelopes import Refusal
from .master import Listing

__all__ = ["ORDER_TYPES", "facts_of", "order_book", "order_details", "order_id_of", "trade_book", "unique_id_of"]

ORDER_TYPES: Final = {
    PriceType.LIMIT: "LIMIT",
    PriceType.SL: "STOPLOSS_LIMIT",
    PriceType.SL_M: "STOPLOSS_MARKET",
}
#: The namespace of the UUIDs that stand for order ids.
_NAMESPACE: Final = uuid.UUID("5d0c8a52-6f0b-4b0e-9a6a-1c0f4a3b2d11")


def order_id_of(order: BookOrder | Fill) -> str:
    """YYMMDD and nine digits, however many the exchange counts with."""
    return order.order_id[:6] + order.order_id[6:].zfill(9)


def unique_id_of(order: BookOrder) -> str:
    """The broker's UUID of an order, always the same."""
    return str(uuid.uuid5(_NAMESPACE, order.order_id))


def order_book(desk: Desk, call: Call) -> list[dict[str, Any]] | None:
    """Today's orders; none is null."""
    return [_order_row(desk, order) for order in desk.books(call).orders()] or None


def order_details(desk: Desk, call: Call) -> dict[str, Any]:
    """One order by its UUID. Raises `Refusal` AB1013."""
    for order in desk.books(call).orders():
        if unique_id_of(order) == call.path["unique_id"]:
            return _order_row(desk, order)
    raise Refusal("AB1013")


def trade_book(desk: Desk, call: Call) -> list[dict[str, str]] | None:
    """Today's fills, a row each; none is null."""
    books = desk.books(call)
    products = {order.order_id: order.wire["producttype"] for order in books.orders()}
    return [_trade_row(desk, fill, products) for fill in books.trades()] or None


def facts_of(listing: Listing) -> dict[str, str]:
    """What positions and trades repeat of the instrument, as text."""
    contract = listing.contract
    return {
        "instrumenttype": listing.row["instrumenttype"],
        "symbolgroup": listing.symbol.rpartition("-")[2] if contract.exchange.is_cash else "XX",
        "strikeprice": "-1" if contract.strike is None else str(float(contract.strike)),
        "optiontype": contract.kind.value if contract.kind.is_option else "",
        "expirydate": listing.row["expiry"],
        "precision": "2",
        "multiplier": "-1",
    }


def _order_row(desk: Desk, order: BookOrder) -> dict[str, Any]:
    listing = desk.master.of(order.contract)
    left = order.quantity - order.filled_quantity
    reached = order.status is not OrderStatus.REJECTED
    updated = moment_text(order.updated_at)
    facts = facts_of(listing)
    return {
        "variety": order.wire["variety"],
        "ordertype": ORDER_TYPES[order.price_type],
        "producttype": order.wire["producttype"],
        "duration": order.validity.value,
        "price": number(order.price),
        "triggerprice": number(order.trigger_price),
        "quantity": str(order.quantity),
        "disclosedquantity": str(order.disclosed_quantity),
        "squareoff": 0.0,
        "stoploss": 0.0,
        "trailingstoploss": 0.0,
        "tradingsymbol": listing.symbol,
        "transactiontype": order.action.value,
        "exchange": listing.segment,
        "symboltoken": listing.token,
        "ordertag": order.tag or "",
        "instrumenttype": facts["instrumenttype"],
        "strikeprice": float(facts["strikeprice"]),
        "optiontype": facts["optiontype"],
        "expirydate": facts["expirydate"],
        "lotsize": listing.row["lotsize"],
        "cancelsize": str(left if order.status is OrderStatus.CANCELLED else 0),
        "averageprice": number(order.average_price),
        "filledshares": str(order.filled_quantity),
        "unfilledshares": str(left),
        "orderid": order_id_of(order),
        "text": order.reason or "",
        "status": _status(order),
        "orderstatus": order.status.value,
        "updatetime": updated,
        "exchtime": moment_text(order.placed_at) if reached else "",
        "exchorderupdatetime": updated if reached else "",
        "fillid": "",
        "filltime": "",
        "parentorderid": "",
        "uniqueorderid": unique_id_of(order),
        "exchangeorderid": order.exchange_order_id if reached else "",
    }


def _status(order: BookOrder) -> str:
    """After a change `status` says so, while `orderstatus` keeps what the order is."""
    return "modified" if "modified" in order.wire and not order.status.is_final else order.status.value


def _trade_row(desk: Desk, fill: Fill, products: dict[str, str]) -> dict[str, str]:
    listing = desk.master.of(fill.contract)
    value = fill.quantity * fill.price * fill.contract.multiplier
    return {
        "exchange": listing.segment,
        "producttype": products[fill.order_id],
        "tradingsymbol": listing.symbol,
        **facts_of(listing),
        "marketlot": listing.row["lotsize"],
        "tradevalue": f"{value:.2f}",
        "transactiontype": fill.action.value,
        "fillprice": f"{fill.price:.2f}",
        "fillsize": str(fill.quantity),
        "orderid": order_id_of(fill),
        "fillid": str(fill.trade_id),
        "filltime": f"{fill.at:%H:%M:%S}",
    }
