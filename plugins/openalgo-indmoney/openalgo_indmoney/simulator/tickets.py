"""What regular and stop orders are checked for alike, and the words of their refusals."""

from __future__ import annotations

from typing import Final

from openalgo_core.exchange import BookOrder, ExchangeAccount, ExchangeRefusal, RefusalKind
from openalgo_core.models import OrderStatus, Product

from .desk import Desk
from .envelopes import Refusal, bad_input, order_refused, rule
from .fields import Fields, Input, choice, number, optional, text, whole
from .master import DERIVATIVE, EQUITY, Listing

__all__ = [
    "NOT_THERE", "PRODUCTS", "SEGMENTS", "TERMS", "check_algo", "check_quantity",
    "counted", "exchange_id", "is_waiting", "listing_of", "order_id_of", "order_of", "product_of", "refusal_of",
    "remarks_of",
]  # fmt: skip

SEGMENTS: Final = (EQUITY, DERIVATIVE)
PRODUCTS: Final = {
    EQUITY: {"CNC": Product.CNC, "INTRADAY": Product.MIS},
    DERIVATIVE: {"MARGIN": Product.NRML, "INTRADAY": Product.MIS},
}
#: The fields that both kinds of orders have, but for the words of `order_type`.
TERMS: Final[Fields] = {
    "txn_type": choice("BUY", "SELL"),
    "segment": choice(*SEGMENTS),
    "product": choice("CNC", "INTRADAY", "MARGIN"),
    "security_id": text(),
    "qty": whole(),
    "algo_id": text(),
    "limit_price": optional(number()),
    "remarks": optional(text()),
}
_MOST_MODIFICATIONS: Final = 25
NOT_THERE: Final = "Position could not be found."

_PREFIXES: Final = {EQUITY: "EQ", DERIVATIVE: "DRV"}
#: Who has no algo of his own registered says so with the generic id of the exchange.
_GENERIC: Final = {"NSE": "99999", "BSE": "9999999999999999"}
_REMARKS_KEPT: Final = 100
_RESERVED: Final = "tv-terminal"
_TEXTS: Final = {
    RefusalKind.FUNDS: "RMS: Margin exceeds available limit for this order",
    RefusalKind.HOLDINGS: "RMS: Rule: Check holdings for this sell order",
    RefusalKind.LOT: "The quantity is not a multiple of the lot size.",
    RefusalKind.PRICE_BAND: "The price is out of the circuit limit.",
    RefusalKind.TICK: "Order price must be a multiple of the tick size.",
    RefusalKind.FREEZE: "The order quantity exceeds the freeze limit.",
    RefusalKind.NOT_FOUND: NOT_THERE,
    RefusalKind.FINAL: NOT_THERE,
}


def refusal_of(refusal: ExchangeRefusal) -> Refusal:
    """The broker's words for what the exchange objects to."""
    if refusal.kind is RefusalKind.MARKET_CLOSED:
        return rule("AmoMustBeTrue")
    return order_refused(_TEXTS.get(refusal.kind, refusal.text))


def listing_of(desk: Desk, body: Input) -> Listing:
    """The row that an order names. Raises `Refusal`."""
    found = desk.master.find(body.text("exchange"), body.text("segment"), body.text("security_id"))
    if found is None:
        raise order_refused("The instrument is not tradable.")
    return found


def product_of(body: Input) -> Product:
    """Raises `Refusal` for a product that the segment does not have."""
    products = PRODUCTS[body.text("segment")]
    if body.text("product") not in products:
        raise bad_input(f"product is not one of {', '.join(products)} for {body.text('segment')}")
    return products[body.text("product")]


def check_algo(body: Input, exchange: str) -> None:
    """A registered id may be anything; the generic ones hold for their own exchange only."""
    foreign = {generic for name, generic in _GENERIC.items() if name != exchange}
    if body.text("algo_id") in {"", *foreign}:
        raise bad_input(f"algo_id is not valid on {exchange}")


def check_quantity(quantity: int) -> None:
    if quantity <= 0:
        raise rule("QtyMustBeAboveZero")


def remarks_of(body: Input) -> str | None:
    """The tag as it is kept: what is too long is cut off in silence. Raises `Refusal` for the reserved word."""
    kept = body.text("remarks")[:_REMARKS_KEPT]
    if kept.strip().lower() == _RESERVED:
        raise rule("ReservedRemarks")
    return kept or None


def counted(modifications: str | int) -> int:
    """The number of the next change of an order. Raises `Refusal` when there may be no more."""
    number_of_this = int(modifications) + 1
    if number_of_this > _MOST_MODIFICATIONS:
        raise rule("OrderCannotBeModified")
    return number_of_this


def is_waiting(order: BookOrder) -> bool:
    """Whether it is a stop order that never was triggered, over or not: only those are changed as smart orders."""
    reached = order.filled_quantity or order.status in (OrderStatus.OPEN, OrderStatus.COMPLETE)
    return order.wire.get("kind") == "TRIGGER" and not reached


def order_of(desk: Desk, books: ExchangeAccount, body: Input) -> BookOrder:
    """One of today's orders by id and segment. Raises `Refusal`, the same for what is not there and what is over."""
    if "order_id" not in body:
        raise rule("OrderIdMissing")
    for order in books.orders():
        listing = desk.master.of(order.contract)
        if order_id_of(listing, order) == body.text("order_id") and listing.segment == body.text("segment"):
            return order
    raise order_refused(NOT_THERE)


def order_id_of(listing: Listing, order: BookOrder) -> str:
    """`EQ-26112000000001`: regular and stop orders look alike."""
    return f"{_PREFIXES[listing.segment]}-{order.order_id}"


def exchange_id(order: BookOrder) -> str:
    """Empty until the order has got to the exchange."""
    waits = is_waiting(order) or order.status in (OrderStatus.PENDING, OrderStatus.REJECTED)
    return "" if waits else order.exchange_order_id
