"""Regular orders: placing, changing, withdrawing.

What a request gets wrong, and what risk management objects to, is answered at once with HTTP 400; what the exchange
refuses later shows in the book only.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

from openalgo_core.exchange import BookOrder, ExchangeAccount, ExchangeRefusal, RefusalKind, Ticket
from openalgo_core.models import Action, OrderStatus, PriceType, Validity

from .desk import Call, Desk
from .envelopes import order_refused, success
from .fields import Fields, Input, Undocumented, check_price, choice, flag, number, optional, text, whole
from .master import Listing
from .tickets import (
    NOT_THERE,
    SEGMENTS,
    TERMS,
    check_algo,
    check_quantity,
    counted,
    is_waiting,
    listing_of,
    order_id_of,
    order_of,
    product_of,
    refusal_of,
    remarks_of,
)

__all__ = ["CANCEL", "FAULTS", "MODIFY", "PLACE", "acknowledged", "cancel", "live_price", "modify", "place"]

PLACE: Final[Fields] = {
    **TERMS,
    "exchange": choice("NSE", "BSE"),
    "order_type": choice("LIMIT", "MARKET"),
    "validity": choice("DAY", "IOC"),
    "is_amo": optional(flag()),
}
MODIFY: Final[Fields] = {
    "order_id": optional(text()),
    "segment": choice(*SEGMENTS),
    "qty": whole(),
    "limit_price": number(),
}
CANCEL: Final[Fields] = {"order_id": optional(text()), "segment": choice(*SEGMENTS)}

#: Faults that `place` plays.
FAULTS: Final = frozenset({"rejected-in-book", "queued", "resting"})
_STOPPED: Final = FAULTS - {"resting"}
#: How far a price runs away.
_ELUSIVE: Final = Decimal("0.03")
_REJECTION: Final = "Rejected by exchange: 16283 price is beyond the limit price protection range"


def place(desk: Desk, call: Call) -> dict[str, Any]:
    """Books the order and says so; what becomes of it stands in the book."""
    body, books = call.body, desk.books(call)
    listing = listing_of(desk, body)
    ticket = _ticket(desk, body, listing)
    if call.scripted == "resting":
        ticket = replace(ticket, price=live_price(desk, listing, ticket.action, off=-ticket.action.sign * _ELUSIVE))
    order = _stopped(books, ticket, call.scripted) if call.scripted in _STOPPED else _booked(books, ticket)
    waits = order.status is OrderStatus.PENDING and body.values.get("is_amo")
    return acknowledged(order_id_of(listing, order), "O-PENDING" if waits else "INITIATED")


def modify(desk: Desk, call: Call) -> dict[str, Any]:
    """Quantity, filled units included, and limit price; everything else stays for life."""
    body, books = call.body, desk.books(call)
    order = _regular(desk, books, body)
    check_quantity(body.count("qty"))
    price = check_price(body.amount("limit_price"))
    modified = counted(order.wire.get("modified", 0))
    try:
        wire = {**order.wire, "modified": str(modified)}
        books.modify(order.order_id, quantity=body.count("qty"), price=price, wire=wire)
    except ExchangeRefusal as refusal:
        raise refusal_of(refusal) from None
    return acknowledged(body.text("order_id"), "MODIFIED")


def cancel(desk: Desk, call: Call) -> dict[str, Any]:
    books = desk.books(call)
    order = _regular(desk, books, call.body)
    try:
        books.cancel(order.order_id)
    except ExchangeRefusal as refusal:
        raise refusal_of(refusal) from None
    return acknowledged(call.body.text("order_id"), "CANCELLED")


def acknowledged(order_id: str, status: str) -> dict[str, Any]:
    """The answer to every write but a smart placement."""
    return success({"order_id": order_id, "order_status": status})


def live_price(desk: Desk, listing: Listing, action: Action, *, off: Decimal = Decimal(0)) -> Decimal:
    """What a market order is turned into before it goes to the exchange: the last price on the tick, or `off` it."""
    tick = listing.contract.tick_size or Decimal("0.01")
    rounding = ROUND_CEILING if action is Action.BUY else ROUND_FLOOR
    price = desk.exchange.snapshot(listing.contract).ltp * (1 + off)
    return (price / tick).to_integral_value(rounding) * tick


def _regular(desk: Desk, books: ExchangeAccount, body: Input) -> BookOrder:
    """A stop order that waits is not to be found here."""
    order = order_of(desk, books, body)
    if is_waiting(order):
        raise order_refused(NOT_THERE)
    return order


def _ticket(desk: Desk, body: Input, listing: Listing) -> Ticket:
    check_algo(body, listing.exchange)
    check_quantity(body.count("qty"))
    amo = {"amo": "true"} if body.values.get("is_amo") else {}
    return Ticket(
        contract=listing.contract,
        action=Action(body.text("txn_type")),
        quantity=body.count("qty"),
        product=product_of(body),
        price_type=PriceType.LIMIT,
        price=_price(desk, body, listing),
        validity=Validity(body.text("validity")),
        tag=remarks_of(body),
        wire={"kind": body.text("order_type"), **amo},
    )


def _price(desk: Desk, body: Input, listing: Listing) -> Decimal:
    if body.text("order_type") == "LIMIT":
        return check_price(body.amount("limit_price"))
    if "limit_price" in body:
        raise Undocumented("a MARKET order has no limit_price")
    if not desk.trades(listing):
        raise order_refused("Market orders are blocked for this instrument.")
    return live_price(desk, listing, Action(body.text("txn_type")))


def _booked(books: ExchangeAccount, ticket: Ticket) -> BookOrder:
    try:
        return books.place(ticket)
    except ExchangeRefusal as refusal:
        if refusal.kind is not RefusalKind.MARKET_CLOSED or "amo" not in ticket.wire:
            raise refusal_of(refusal) from None
    return _held(books, ticket)


def _held(books: ExchangeAccount, ticket: Ticket) -> BookOrder:
    """An order that waits for the next day; nothing here releases it."""
    return books.force(books.place(ticket, refuse="book").order_id, OrderStatus.PENDING)


def _stopped(books: ExchangeAccount, ticket: Ticket, fault: str | None) -> BookOrder:
    """Books an order that does not get to the exchange, whatever it says: of a contract with such a lot nobody could
    order that many. Raises `Refusal` for one that would be refused anyway."""
    try:
        books.margin(ticket)
    except ExchangeRefusal as refusal:
        raise refusal_of(refusal) from None
    impossible = replace(ticket.contract, lot_size=ticket.quantity + 1)
    order = books.place(replace(ticket, contract=impossible), refuse="book")
    if fault == "queued":
        return books.force(order.order_id, OrderStatus.PENDING)
    return books.force(order.order_id, OrderStatus.REJECTED, _REJECTION)
