"""The order book, one order, its fills and the trade book. Prices of orders are texts, empty where there is none."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from openalgo_core.exchange import BookOrder, Fill
from openalgo_core.models import OrderStatus, Product
from openalgo_core.numbers import decimal_text

from .desk import Call, Desk
from .envelopes import Refusal, error, number, success
from .fields import Fields, choice, optional, text
from .legs import LEG_PRICES, Leg
from .master import Listing
from .tickets import PRODUCTS, SEGMENTS, exchange_id, is_waiting, order_id_of, order_of

__all__ = ["ONE", "ONE_AGAIN", "SEGMENT", "one_order", "order_book", "order_trades", "product_word", "trade_book"]

SEGMENT: Final[Fields] = {"segment": choice(*SEGMENTS)}
ONE: Final[Fields] = {**SEGMENT, "order_id": text()}
#: Whoever fears that the body of a GET gets lost sends the same as a query.
ONE_AGAIN: Final[Fields] = {name: optional(field) for name, field in ONE.items()}

_STATUSES: Final = {
    OrderStatus.TRIGGER_PENDING: "SL-PENDING",
    OrderStatus.COMPLETE: "SUCCESS",
    OrderStatus.REJECTED: "FAILED",
}
#: How the exchange's reason for letting an order lapse begins.
_LAPSED: Final = "The validity"


def order_book(desk: Desk, call: Call) -> dict[str, Any]:
    """Today's orders, regular ones, stop orders and legs alike."""
    rows = [_order_row(desk, call, order) for order in desk.books(call).orders()]
    return success(rows + [_leg_row(leg) for leg in desk.legs.of(call.user_id)])


def one_order(desk: Desk, call: Call) -> dict[str, Any]:
    """The row of the book, without a history."""
    for leg in desk.legs.of(call.user_id):
        if (leg.order_id, leg.listing.segment) == (call.body.text("order_id"), call.body.text("segment")):
            return success(_leg_row(leg))
    return success(_order_row(desk, call, _found(desk, call)))


def order_trades(desk: Desk, call: Call) -> dict[str, Any]:
    order = _found(desk, call)
    return success([_fill(one, order) for one in desk.books(call).trades() if one.order_id == order.order_id])


def trade_book(desk: Desk, call: Call) -> dict[str, Any]:
    """Today's fills of a segment. A row says neither side nor product; the exchange's order id leads to them."""
    books, rows = desk.books(call), []
    orders = {order.order_id: order for order in books.orders()}
    for fill in books.trades():
        listing = desk.master.of(fill.contract)
        if listing.segment == call.query.text("segment"):
            rows.append(_trade_row(listing, fill, orders[fill.order_id]))
    return success(rows)


def product_word(listing: Listing, product: Product) -> str:
    return next(word for word, known in PRODUCTS[listing.segment].items() if known is product)


def _found(desk: Desk, call: Call) -> BookOrder:
    try:
        return order_of(desk, desk.books(call), call.body)
    except Refusal:
        raise error("Order not found", "NotFoundException", 404) from None


def _order_row(desk: Desk, call: Call, order: BookOrder) -> dict[str, Any]:
    listing = desk.master.of(order.contract)
    waiting = is_waiting(order)
    limit = _shown(order.price or order.average_price)
    prices = {"tgt_trigger_price": _shown(order.trigger_price), "tgt_limit_price": limit} if waiting else {}
    row = _instrument(listing) | {
        "created_at": order.placed_at.isoformat(timespec="microseconds"),
        "updated_at": order.updated_at.isoformat(timespec="microseconds"),
        "user_id": call.user_id,
        "id": order_id_of(listing, order),
        "exch_order_id": exchange_id(order),
        "txn_type": order.action.value,
        "product": product_word(listing, order.product),
        "order_type": _order_type(order, waiting=waiting),
        "validity": order.validity.value,
        "off_mkt_flag": order.wire.get("amo", "" if waiting else "false"),
        "traded_qty": order.filled_quantity,
        "requested_qty": order.quantity,
        "requested_price": "" if waiting else limit,
        "traded_price": _shown(order.average_price),
        **dict.fromkeys(LEG_PRICES, ""),
        **prices,
        "status": _status(order),
        "extra_info": order.reason or "",
    }
    # Orders that the exchange makes itself have a tag that is nobody's remark.
    return row | ({"remarks": order.tag} if order.tag and order.wire else {})


def _leg_row(leg: Leg) -> dict[str, Any]:
    row = _instrument(leg.listing) | {
        "created_at": leg.placed_at.isoformat(timespec="microseconds"),
        "updated_at": leg.updated_at.isoformat(timespec="microseconds"),
        "user_id": leg.user_id,
        "id": leg.order_id,
        "exch_order_id": "",
        "txn_type": leg.action.value,
        "product": leg.product,
        "order_type": "OCO" if len(leg.prices) == len(LEG_PRICES) else "GTT_LIMIT",
        "validity": "",
        "off_mkt_flag": "",
        "traded_qty": 0,
        "requested_qty": leg.quantity,
        "requested_price": "",
        "traded_price": "",
        **{name: _shown(leg.prices.get(name)) for name in LEG_PRICES},
        "status": "CANCELLED" if leg.cancelled else "SL-PENDING",
        "extra_info": "",
    }
    return row | ({"remarks": leg.remarks} if leg.remarks else {})


def _instrument(listing: Listing) -> dict[str, str]:
    """There is no trading symbol."""
    return {
        "security_id": listing.security_id,
        "isin": listing.isin,
        "name": listing.name,
        "exchange": listing.exchange,
        "segment": listing.segment,
        "mkt_type": "NL",
    }


def _order_type(order: BookOrder, *, waiting: bool) -> str:
    """A market order stays one, although it became a limit order; a triggered stop order is a limit order."""
    if waiting:
        return "GTT_LIMIT"
    kind = order.wire.get("kind", "MARKET")
    return "LIMIT" if kind == "TRIGGER" else kind


def _status(order: BookOrder) -> str:
    if order.status is OrderStatus.PENDING:
        return "O-PENDING" if "amo" in order.wire else "INITIATED"
    if order.status is OrderStatus.CANCELLED:
        word = "EXPIRED" if (order.reason or "").startswith(_LAPSED) else "CANCELLED"
        return f"PARTIALLY FILLED - {word}" if order.filled_quantity else word
    if order.status is OrderStatus.OPEN:
        if order.filled_quantity:
            return "PARTIALLY FILLED"
        return "MODIFIED" if "modified" in order.wire else "PENDING"
    return _STATUSES[order.status]


def _fill(fill: Fill, order: BookOrder) -> dict[str, Any]:
    return {
        "fill_id": int(fill.trade_id),
        "exch_order_id": order.exchange_order_id,
        "quantity": fill.quantity,
        "price": number(fill.price),
        "trade_date": fill.at.isoformat(timespec="seconds"),
    }


def _trade_row(listing: Listing, fill: Fill, order: BookOrder) -> dict[str, Any]:
    row = _fill(fill, order) | {
        "trade_serial_no": f"{int(fill.at.timestamp())}{int(fill.trade_id):010d}",
        "scrip_code": listing.security_id,
    }
    return row | ({"remarks": order.tag} if order.tag and order.wire else {})


def _shown(price: Decimal | None) -> str:
    return "" if price is None else decimal_text(price)
