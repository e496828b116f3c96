"""Placing, changing and withdrawing orders.

SmartAPI checks the request at the gate; what risk management or the exchange objects to shows only in the book.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from openalgo_core.exchange import BookOrder, ExchangeAccount, ExchangeRefusal, RefusalKind, Snapshot, Ticket
from openalgo_core.models import Action, Exchange, OrderStatus, PriceType, Product, Validity

from .books import order_id_of, unique_id_of
from .desk import Call, Desk
from .envelopes import Refusal
from .fields import Body, Fields, choice, integer, number, optional, text
from .master import Listing

__all__ = [
    "CANCEL",
    "CONVERT",
    "FAULTS",
    "MODIFY",
    "ORDER_TYPES",
    "PLACE",
    "PRODUCTS",
    "SEGMENTS",
    "cancel",
    "convert",
    "modify",
    "place",
]

SEGMENTS: Final = ("NSE", "BSE", "NFO", "BFO", "MCX", "CDS", "NCDEX")
ORDER_TYPES: Final = {
    "MARKET": PriceType.MARKET,
    "LIMIT": PriceType.LIMIT,
    "STOPLOSS_LIMIT": PriceType.SL,
    "STOPLOSS_MARKET": PriceType.SL_M,
}
_VARIETIES: Final = {"MARKET": "NORMAL", "LIMIT": "NORMAL", "STOPLOSS_LIMIT": "STOPLOSS", "STOPLOSS_MARKET": "STOPLOSS"}
PRODUCTS: Final = {
    "DELIVERY": Product.CNC,
    "MARGIN": Product.CNC,
    "INTRADAY": Product.MIS,
    "CARRYFORWARD": Product.NRML,
}
_COMMODITIES: Final = (Exchange.MCX, Exchange.NCDEX)

_SYMBOL: Final[Fields] = {"tradingsymbol": text(), "symboltoken": text(), "exchange": choice(*SEGMENTS)}
_TERMS: Final[Fields] = {
    "variety": choice("NORMAL", "STOPLOSS", "ROBO", code="AB1008"),
    "ordertype": choice(*ORDER_TYPES),
    "producttype": choice(*PRODUCTS, "BO", code="AB1012"),
    "duration": choice("DAY", "IOC"),
    "quantity": number(str, int),
    "triggerprice": optional(number()),
    "disclosedquantity": optional(number()),
}
PLACE: Final[Fields] = {
    **_SYMBOL,
    **_TERMS,
    "transactiontype": choice("BUY", "SELL"),
    "price": optional(number(str, int, float)),
    "squareoff": optional(number()),
    "stoploss": optional(number()),
    "trailingStopLoss": optional(number()),
    "ordertag": optional(text()),
    "scripconsent": optional(choice("yes", "no")),
}
MODIFY: Final[Fields] = {**_SYMBOL, **_TERMS, "orderid": text(), "price": number(str, int, float)}
CANCEL: Final[Fields] = {"variety": choice("NORMAL", "STOPLOSS", "ROBO", code="AB1008"), "orderid": text()}

#: What is needed, and what the documentation sends along from the row of the position.
CONVERT: Final[Fields] = {
    **_SYMBOL,
    "oldproducttype": choice(*PRODUCTS, code="AB1012"),
    "newproducttype": choice(*PRODUCTS, code="AB1012"),
    "transactiontype": choice("BUY", "SELL"),
    "quantity": integer(),
    "type": choice("DAY"),
    **dict.fromkeys(
        (
            "symbolname", "instrumenttype", "priceden", "pricenum", "genden", "gennum", "precision", "multiplier",
            "boardlotsize", "buyqty", "sellqty", "buyamount", "sellamount",
        ),
        optional(text()),
    ),
}  # fmt: skip

#: Faults that `place` plays.
FAULTS: Final = frozenset({"rejected-in-book"})
_REJECTION: Final = "Adapter is Logged Off"
#: How far a converted market order may run from the last price; the band of the live broker is not documented.
_PROTECTION: Final = Decimal("0.02")
_LONGEST_TAG: Final = 19


def place(desk: Desk, call: Call) -> dict[str, str]:
    """Books the order, whatever becomes of it, and answers with its ids."""
    body = call.body
    if len(body.text("ordertag")) > _LONGEST_TAG:
        raise Refusal("AB4008")
    if body.text("variety") == "ROBO" or body.text("producttype") == "BO":
        raise Refusal("AB2002")
    listing = _listing(desk, body)
    _check_terms(body, listing)
    if _VARIETIES[body.text("ordertype")] != body.text("variety"):
        raise Refusal("AB1008")
    books, ticket = desk.books(call), _ticket(desk, body, listing)
    order = _reject(books, ticket) if call.scripted in FAULTS else books.place(ticket, refuse="book")
    return {"script": listing.symbol, **_ids(order)}


def modify(desk: Desk, call: Call) -> dict[str, str]:
    """The whole order anew: what is left out falls back to nothing, not to what it was."""
    body, books = call.body, desk.books(call)
    order = _find(books, body.text("orderid"))
    listing = _listing(desk, body)
    if listing.contract.key != order.contract.key:
        raise Refusal("AB1018")
    if body.text("variety") != order.wire["variety"]:
        raise Refusal("AB1008")
    if body.text("producttype") != order.wire["producttype"]:
        raise Refusal("AB1012")
    _check_terms(body, listing)
    price_type, price, trigger = _prices(desk, body, listing, order.action)
    try:
        changed = books.modify(
            order.order_id,
            quantity=body.count("quantity"),
            price=price,
            trigger_price=trigger,
            price_type=price_type,
            validity=Validity(body.text("duration")),
            disclosed_quantity=body.count("disclosedquantity"),
            wire={**order.wire, "modified": "yes"},
        )
    except ExchangeRefusal as refusal:
        raise _refused(refusal) from None
    return _ids(changed)


def cancel(desk: Desk, call: Call) -> dict[str, str]:
    """The variety is not compared with the order's: live, NORMAL cancels every order."""
    books = desk.books(call)
    order = _find(books, call.body.text("orderid"))
    try:
        return _ids(books.cancel(order.order_id))
    except ExchangeRefusal as refusal:
        raise _refused(refusal) from None


def convert(desk: Desk, call: Call) -> None:
    """The simulated exchange keeps each product's position apart, so that every conversion is refused."""
    body = call.body
    desk.listing(body.text("exchange"), body.text("symboltoken"), body.text("tradingsymbol"))
    raise Refusal("AB1017")


def _listing(desk: Desk, body: Body) -> Listing:
    listing = desk.listing(body.text("exchange"), body.text("symboltoken"), body.text("tradingsymbol"))
    if not listing.tradable:
        raise Refusal("AB1018")
    return listing


def _check_terms(body: Body, listing: Listing) -> None:
    """What the gate objects to in an order, new or changed."""
    contract = listing.contract
    unfit = Product.NRML if contract.exchange.is_cash else Product.CNC
    if PRODUCTS.get(body.text("producttype")) in (None, unfit):
        raise Refusal("AB1012")
    quantity = body.count("quantity")
    if not quantity or quantity % contract.lot_size:
        raise _invalid(f"quantity must be a multiple of the lot size {contract.lot_size}")
    if body.text("duration") == "IOC" and contract.exchange in _COMMODITIES:
        raise _invalid("duration IOC is not available on commodities")
    disclosed = body.count("disclosedquantity")
    if disclosed and (disclosed > quantity or not contract.exchange.is_cash):
        raise _invalid("disclosedquantity")
    price_type = ORDER_TYPES[body.text("ordertype")]
    for needed, name in ((price_type.needs_price, "price"), (price_type.needs_trigger, "triggerprice")):
        if needed and (body.amount(name) or 0) <= 0:
            raise _invalid(f"{name} is needed for {body.text('ordertype')}")


def _ticket(desk: Desk, body: Body, listing: Listing) -> Ticket:
    action = Action(body.text("transactiontype"))
    price_type, price, trigger = _prices(desk, body, listing, action)
    return Ticket(
        contract=listing.contract,
        action=action,
        quantity=body.count("quantity"),
        product=PRODUCTS[body.text("producttype")],
        price_type=price_type,
        price=price,
        trigger_price=trigger,
        validity=Validity(body.text("duration")),
        disclosed_quantity=body.count("disclosedquantity"),
        tag=body.text("ordertag") or None,
        wire={"variety": body.text("variety"), "producttype": body.text("producttype")},
    )


def _prices(
    desk: Desk, body: Body, listing: Listing, action: Action
) -> tuple[PriceType, Decimal | None, Decimal | None]:
    """Price type, price and trigger as the exchange gets them: every MARKET order arrives as a protected LIMIT."""
    price_type = ORDER_TYPES[body.text("ordertype")]
    if price_type is PriceType.MARKET:
        return PriceType.LIMIT, _protected(desk.exchange.snapshot(listing.contract), action), None
    return (
        price_type,
        body.amount("price") if price_type.needs_price else None,
        body.amount("triggerprice") if price_type.needs_trigger else None,
    )


def _protected(quote: Snapshot, action: Action) -> Decimal:
    """The last price and a little more, on the tick and within the day's band."""
    tick = quote.contract.tick_size or Decimal("0.01")
    rounding = ROUND_CEILING if action is Action.BUY else ROUND_FLOOR
    reach = (quote.ltp * (1 + action.sign * _PROTECTION) / tick).to_integral_value(rounding) * tick
    return min(max(reach, quote.lower_circuit), quote.upper_circuit)


def _reject(books: ExchangeAccount, ticket: Ticket) -> BookOrder:
    """Books the order as rejected whatever it says: of a contract with such a lot nobody could order that many."""
    impossible = replace(ticket.contract, lot_size=ticket.quantity + 1)
    order = books.place(replace(ticket, contract=impossible), refuse="book")
    return books.force(order.order_id, OrderStatus.REJECTED, _REJECTION)


def _find(books: ExchangeAccount, order_id: str) -> BookOrder:
    for order in books.orders():
        if order_id_of(order) == order_id:
            return order
    raise Refusal("AB1013")


def _ids(order: BookOrder) -> dict[str, str]:
    return {"orderid": order_id_of(order), "uniqueorderid": unique_id_of(order)}


def _refused(refusal: ExchangeRefusal) -> Refusal:
    """A final order is no longer found; what else speaks against a change comes as a text without a code."""
    return Refusal("AB1013" if refusal.kind in (RefusalKind.NOT_FOUND, RefusalKind.FINAL) else "", refusal.text)


def _invalid(what: str) -> Refusal:
    return Refusal("AB1007", f"INVALID PARAMETERS: {what}")
