"""The order book, one order and the trade book. Every value is text; what does not exist has no key."""

from __future__ import annotations

from typing import Any, Final

from openalgo_core.exchange import BookOrder, Fill
from openalgo_core.models import OrderStatus

from .desk import Call, Desk, date_first, time_first
from .envelopes import error, success
from .master import Listing
from .orders import PRICE_TYPES, find

__all__ = ["facts_of", "one_order", "order_book", "trade_book"]

_PRICE_WORDS: Final = {price_type: word for word, price_type in PRICE_TYPES.items()}
_STATUSES: Final = {
    OrderStatus.OPEN: "OPEN",
    OrderStatus.TRIGGER_PENDING: "TRIGGER PENDING",
    OrderStatus.PENDING: "PENDING",
    OrderStatus.COMPLETE: "COMPLETE",
    OrderStatus.CANCELLED: "CANCELED",
    OrderStatus.REJECTED: "REJECTED",
}
#: What an order that never got to the exchange shows for its time there.
_NEVER: Final = "01-01-1980 00:00:00"


def order_book(desk: Desk, call: Call) -> dict[str, Any]:
    """Today's orders. None is an error."""
    orders = desk.books(call).orders()
    if not orders:
        raise error("No Orders Found")
    return success(orders=[_book_row(desk, order) for order in orders])


def one_order(desk: Desk, call: Call) -> dict[str, str]:
    """The bare row, without the average price and the facts of the instrument. Raises `Refusal`."""
    order = find(desk.books(call), call.path["order_id"])
    row = _row(desk, order) | {"order_entry_time": time_first(order.placed_at)}
    if "exchange_orderid" in row:
        row["exchange_orderid"] += " "  # a trailing blank, as in the official client's recorded answer
    return row


def trade_book(desk: Desk, call: Call) -> dict[str, Any]:
    """Today's fills, a row each. None is an error."""
    books = desk.books(call)
    trades = books.trades()
    if not trades:
        raise error("No Trades Found")
    orders = {order.order_id: order for order in books.orders()}
    filled, rows = dict.fromkeys(orders, 0), []
    for fill in trades:
        filled[fill.order_id] += fill.quantity
        rows.append(_trade_row(desk, fill, orders[fill.order_id], filled[fill.order_id]))
    return success(trades=rows)


def facts_of(listing: Listing) -> dict[str, str]:
    """What every book repeats of the instrument."""
    return {
        "lotsize": listing.row.lot,
        "ticksize": listing.price(listing.tick),
        "price_precision": listing.row.precision,
        "price_factor": listing.row.price_multiplier,
        "multiplier": listing.row.multiplier,
    }


def _book_row(desk: Desk, order: BookOrder) -> dict[str, str]:
    listing = desk.master.of(order.contract)
    row = _row(desk, order)
    row |= {
        "variety": "AMO" if "amo" in order.wire else "REGULAR",
        "rqty": str(order.quantity),
        "required_price": row["price"],
        "order_entry_time": str(int(order.placed_at.timestamp())),
        **facts_of(listing),
    }
    if order.average_price is not None:
        row["average_traded_price"] = listing.price(order.average_price)
    return row


def _row(desk: Desk, order: BookOrder) -> dict[str, str]:
    """What the book and a single order have in common."""
    listing = desk.master.of(order.contract)
    left, withdrawn = order.quantity - order.filled_quantity, order.status is OrderStatus.CANCELLED
    reached = order.status is not OrderStatus.REJECTED
    row = _names(listing, order) | {
        "quantity": str(order.quantity),
        "pending_qty": str(0 if order.status.is_final else left),
        "cancel_qty": str(left if withdrawn else 0),
        "disclosed_quantity": str(order.disclosed_quantity),
        "order_status": _status(order),
        "exchange_time": date_first(order.updated_at) if reached else _NEVER,
    }
    optional = {
        "filled_qty": str(order.filled_quantity) if order.filled_quantity else None,
        "trigger_price": listing.price(order.trigger_price) if order.trigger_price else None,
        "exchange_orderid": order.exchange_order_id if reached else None,
        "message": order.reason,
        "amo": order.wire.get("amo"),
        "market_protection": order.wire.get("market_protection"),
    }
    return row | {name: value for name, value in optional.items() if value}


def _names(listing: Listing, order: BookOrder) -> dict[str, str]:
    """What orders and trades have in common."""
    names = {
        "order_id": order.order_id,
        "exchange": listing.row.segment,
        "tradingsymbol": listing.row.trading_symbol,
        "token": listing.row.token,
        "order_type": order.action.value,
        "price_type": _PRICE_WORDS[order.price_type],
        "product_type": order.wire["product_type"],
        "validity": order.wire["validity"],
        "price": listing.price(order.price),
    }
    return names | ({"remarks": order.tag} if order.tag else {})


def _status(order: BookOrder) -> str:
    """A changed order that lives says so."""
    if order.status is OrderStatus.OPEN and "modified" in order.wire:
        return "REPLACED"
    return _STATUSES[order.status]


def _trade_row(desk: Desk, fill: Fill, order: BookOrder, filled: int) -> dict[str, str]:
    listing = desk.master.of(fill.contract)
    return _names(listing, order) | {
        "quantity": str(order.quantity),
        "filled_qty": str(filled),
        "last_fill_qty": str(fill.quantity),
        "fill_id": str(fill.trade_id),
        "fill_price": listing.price(fill.price),
        "fill_time": date_first(fill.at),
        "average_traded_price": listing.price(order.average_price),
        "exchange_time": date_first(fill.at),
        "exchange_orderid": order.exchange_order_id,
        **facts_of(listing),
    }
