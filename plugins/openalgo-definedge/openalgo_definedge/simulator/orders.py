"""Placing, changing and withdrawing orders.

The order system answers at once what it objects to in a request; what risk management or the exchange objects to shows
in the book only, after a SUCCESS.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from openalgo_core.exchange import BookOrder, ExchangeAccount, ExchangeRefusal, RefusalKind, Ticket
from openalgo_core.models import Action, Exchange, OrderStatus, PriceType, Product, Validity

from .desk import Call, Desk, time_first
from .envelopes import Refusal, error, invalid, success
from .fields import Body, Fields, choice, number, optional, text, text_or_number
from .master import Listing

__all__ = [
    "CONVERT", "FAULTS", "MODIFY", "PLACE", "PRICE_TYPES", "PRODUCTS", "SEGMENTS", "SLICE",
    "cancel", "convert", "find", "modify", "place", "slices",
]  # fmt: skip

SEGMENTS: Final = ("NSE", "BSE", "NFO", "BFO", "CDS", "MCX")
PRICE_TYPES: Final = {
    "MARKET": PriceType.MARKET,
    "LIMIT": PriceType.LIMIT,
    "SL-LIMIT": PriceType.SL,
    "SL-MARKET": PriceType.SL_M,
}
PRODUCTS: Final = {"CNC": Product.CNC, "INTRADAY": Product.MIS, "NORMAL": Product.NRML}
#: EOS, the end of the session, is the end of the day here.
_VALIDITIES: Final = {"DAY": Validity.DAY, "IOC": Validity.IOC, "EOS": Validity.DAY}

#: Who has no algo of his own registered says so with the generic id of the exchange's family.
_GENERIC: Final = "99999"
_GENERIC_BSE: Final = "9999999999999999"

_BRACKET: Final = ("book_loss_price", "book_profit_price", "trailing_price")
_TERMS: Final[Fields] = {
    "exchange": choice(*SEGMENTS),
    "tradingsymbol": text(),
    "order_type": choice("BUY", "SELL"),
    "price_type": choice(*PRICE_TYPES),
    "product_type": choice(*PRODUCTS),
    "quantity": number(),
    "price": number(),
    "trigger_price": optional(number()),
    "validity": optional(choice(*_VALIDITIES)),
    "disclosed_quantity": optional(number()),
    "market_protection": optional(number()),
    "amo": optional(choice("Yes")),
    "remarks": optional(text()),
    **dict.fromkeys(_BRACKET, optional(number())),
}
#: The algo id is needed, but its absence is answered like a wrong value.
PLACE: Final[Fields] = {**_TERMS, "algo_id": optional(text_or_number())}
SLICE: Final[Fields] = {**PLACE, "slices": number()}
MODIFY: Final[Fields] = {**_TERMS, "order_id": text(), "source": optional(text())}
CONVERT: Final[Fields] = {
    "exchange": choice(*SEGMENTS),
    "tradingsymbol": text(),
    "quantity": number(),
    "previous_product": choice(*PRODUCTS),
    "product_type": choice(*PRODUCTS),
    "order_type": choice("BUY", "SELL"),
    "position_type": choice("DAY"),
}

#: Faults that `place` plays.
FAULTS: Final = frozenset({"rejected-in-book"})
_REJECTION: Final = "RED:RMS:Blocked for all orders"
#: What is noticed after the order was taken in, and how its reason begins.
_LATE: Final = {
    RefusalKind.FUNDS: "RED:Margin Shortfall:",
    RefusalKind.HOLDINGS: "RED:RMS:",
    RefusalKind.FREEZE: "Exchange:",
    RefusalKind.PRICE_BAND: "Exchange:",
    RefusalKind.MARKET_CLOSED: "Exchange:",
}


def place(desk: Desk, call: Call) -> dict[str, Any]:
    """Books the order, whatever becomes of it, and answers with its id."""
    if "algo_id" not in call.body:
        raise invalid("algo_id is missing")
    ticket = _ticket(desk, call.body)
    books = desk.books(call)
    order = _reject(books, ticket) if call.scripted in FAULTS else _book(books, ticket)
    return success(order_id=order.order_id)


def slices(desk: Desk, call: Call) -> dict[str, Any]:
    """The same order several times; each slice has an answer of its own. Nobody lists an algo id here."""
    ticket, books = _ticket(desk, call.body), desk.books(call)
    answers = [_sliced(books, ticket) for _ in range(call.body.count("slices"))]
    if not answers:
        raise invalid("slices is 0")
    return success(message="Orders submitted", orders=answers)


def modify(desk: Desk, call: Call) -> dict[str, Any]:
    """Type, quantity and prices anew, filled units included; what else is left out stays."""
    body, books = call.body, desk.books(call)
    order = find(books, body.text("order_id"))
    listing = _listing(desk, body)
    if listing.contract.key != order.contract.key:
        raise invalid("tradingsymbol is not that of the order")
    for name, kept in (("order_type", order.action.value), ("product_type", order.wire["product_type"])):
        if body.text(name) != kept:
            raise invalid(f"{name} is not that of the order")
    price_type, price, trigger = _prices(body)
    _check_extras(body, listing)
    try:
        books.modify(
            order.order_id,
            quantity=body.count("quantity"),
            price=price,
            trigger_price=trigger,
            price_type=price_type,
            validity=_VALIDITIES[body.text("validity")] if "validity" in body else None,
            disclosed_quantity=body.count("disclosed_quantity") if "disclosed_quantity" in body else None,
            wire={**order.wire, **_wire(body), "modified": "yes"},
        )
    except ExchangeRefusal as refusal:
        raise error(refusal.text) from None
    return success(order_id=order.order_id)


def cancel(desk: Desk, call: Call) -> dict[str, Any]:
    books = desk.books(call)
    order = find(books, call.path["order_id"])
    try:
        books.cancel(order.order_id)
    except ExchangeRefusal as refusal:
        raise error(refusal.text) from None
    return success(order_id=order.order_id, request_time=time_first(desk.setup.clock.now()))


def convert(desk: Desk, call: Call) -> dict[str, Any]:
    """The simulated exchange keeps each product's position apart, so that every conversion is refused."""
    _listing(desk, call.body)
    raise error("Position conversion failed")


def find(books: ExchangeAccount, order_id: str) -> BookOrder:
    """One of today's orders. Raises `Refusal`."""
    for order in books.orders():
        if order.order_id == order_id:
            return order
    raise error("Order Not Found")


def _ticket(desk: Desk, body: Body) -> Ticket:
    listing = _listing(desk, body)
    _check_algo(body)
    _check_extras(body, listing)
    price_type, price, trigger = _prices(body)
    return Ticket(
        contract=listing.contract,
        action=Action(body.text("order_type")),
        quantity=body.count("quantity"),
        product=PRODUCTS[body.text("product_type")],
        price_type=price_type,
        price=price,
        trigger_price=trigger,
        validity=_VALIDITIES[body.text("validity") or "DAY"],
        disclosed_quantity=body.count("disclosed_quantity"),
        tag=body.text("remarks") or None,
        wire={"product_type": body.text("product_type"), "validity": "DAY", **_wire(body)},
    )


def _listing(desk: Desk, body: Body) -> Listing:
    listing = desk.by_symbol(body.text("exchange"), body.text("tradingsymbol"))
    if not listing.tradable:
        raise error("Invalid Trading Symbol : indices cannot be ordered")
    return listing


def _check_algo(body: Body) -> None:
    """A registered id may be anything; the generic ones hold for their own exchanges only."""
    if "algo_id" not in body:
        return
    of_bse = body.text("exchange") in ("BSE", "BFO")
    if body.text("algo_id") in ("", _GENERIC if of_bse else _GENERIC_BSE):
        raise invalid(f"algo_id is not valid on {body.text('exchange')}")


def _check_extras(body: Body, listing: Listing) -> None:
    """What is not for every exchange, or for nobody any more."""
    exchange = listing.contract.exchange
    if any(name in body for name in _BRACKET):
        raise error("Bracket orders are not allowed")
    if body.amount("disclosed_quantity") and not (exchange.is_cash or exchange is Exchange.MCX):
        raise invalid("disclosed_quantity is for equity and MCX only")
    if "market_protection" in body and exchange not in (Exchange.BSE, Exchange.MCX):
        raise invalid("market_protection is for BSE and MCX only")


def _prices(body: Body) -> tuple[PriceType, Decimal | None, Decimal | None]:
    """Price type, price and trigger. A price that is not for the type is 0; such a trigger is not sent at all."""
    word = body.text("price_type")
    kind, price, trigger = PRICE_TYPES[word], body.amount("price"), body.amount("trigger_price")
    if (price is not None) is not kind.needs_price:
        raise invalid(f"price must {'not ' if kind.needs_price else ''}be 0 for {word}")
    if kind.needs_trigger and trigger is None:
        raise invalid(f"trigger_price is needed for {word}")
    if not kind.needs_trigger and "trigger_price" in body:
        raise invalid(f"trigger_price is not for {word}")
    return kind, price, trigger


def _wire(body: Body) -> dict[str, str]:
    """What the exchange has no field for."""
    return {name: body.text(name) for name in ("validity", "amo", "market_protection") if name in body}


def _book(books: ExchangeAccount, ticket: Ticket) -> BookOrder:
    try:
        return books.place(ticket)
    except ExchangeRefusal as refusal:
        if refusal.kind not in _LATE:
            raise error(refusal.text) from None
        reason = f"{_LATE[refusal.kind]}{refusal.text}"
    order = books.place(ticket, refuse="book")
    return books.force(order.order_id, order.status, reason) if order.status is OrderStatus.REJECTED else order


def _sliced(books: ExchangeAccount, ticket: Ticket) -> dict[str, str]:
    try:
        return success(order_id=_book(books, ticket).order_id)
    except Refusal as refusal:
        return refusal.body


def _reject(books: ExchangeAccount, ticket: Ticket) -> BookOrder:
    """Books the order as rejected whatever it says: of a contract with such a lot nobody could order that many."""
    impossible = replace(ticket.contract, lot_size=ticket.quantity + 1)
    order = books.place(replace(ticket, contract=impossible), refuse="book")
    return books.force(order.order_id, OrderStatus.REJECTED, _REJECTION)
