"""Placing, changing and withdrawing orders, and squaring off.

What Breeze, risk management or the exchange objects to is a sentence in the answer, and nothing is booked.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from openalgo_core.exchange import BookOrder, ExchangeAccount, ExchangeRefusal, RefusalKind, Ticket
from openalgo_core.models import Action, OrderStatus, PriceType, Product, Validity

from .books import find, order_id_of
from .desk import Call, Desk
from .envelopes import Refusal, refusal
from .fields import Body, Field, Fields, number, optional, text, word
from .master import Listing

__all__ = ["CANCEL", "FAULTS", "MODIFY", "PLACE", "SQUARE_OFF", "cancel", "modify", "place", "square_off"]

_SEGMENTS: Final = ("NSE", "BSE", "NFO", "BFO")
#: The product that a request names, and which row of the instrument files it is about.
_PRODUCTS: Final = {"cash": "cash", "btst": "cash", "mtf": "cash", "futures": "futures", "options": "options"}
_ORDER_TYPES: Final = {"limit": PriceType.LIMIT, "stoploss": PriceType.SL}
_VALIDITIES: Final = {"day": Validity.DAY, "ioc": Validity.IOC}

_PRODUCT: Final = word(
    "Product", *_PRODUCTS, wrong="Product should be either 'futures', 'options', 'cash', 'btst' or 'mtf'"
)
_EXCHANGE: Final = text("Exchange-Code")
_ACTION: Final = word("Action", "buy", "sell", wrong="Action should be either 'buy', or 'sell'")
_ORDER_TYPE: Final = word("Order-type", *_ORDER_TYPES, wrong="Order-type should be either 'limit' or 'stoploss'")
_VALIDITY: Final = word("Validity", *_VALIDITIES)
_RIGHT: Final = word(
    "Right", "call", "put", "others", wrong="Right should be either 'call', 'put', or 'others'"
)  # fmt: skip
_CONTRACT: Final[Fields] = {
    "expiry_date": optional(text("Expiry-Date")),
    "right": optional(_RIGHT),
    "strike_price": optional(number("Strike-Price")),
}
_TERMS: Final[Fields] = {
    "order_type": _ORDER_TYPE,
    "quantity": number("Quantity"),
    "price": number("Price"),
    "validity": _VALIDITY,
    "disclosed_quantity": optional(number("Disclosed-Quantity")),
    "validity_date": optional(text("Validity-Date")),  # accepted and ignored
}
PLACE: Final[Fields] = {
    "stock_code": text("Stock-Code"),
    "exchange_code": _EXCHANGE,
    "product": _PRODUCT,
    "action": _ACTION,
    **_TERMS,
    **_CONTRACT,
    "stoploss": optional(number("Stoploss")),
    "user_remark": optional(text("User-Remark")),  # kept, and never shown
    "settlement_id": optional(text("Settlement-Id")),
    "order_segment_code": optional(text("Order-Segment-Code")),
    "lots": optional(text("Lots")),
}
MODIFY: Final[Fields] = {
    "order_id": text("Order-Id"),
    "exchange_code": _EXCHANGE,
    "stoploss": optional(number("Stoploss")),
    **{name: optional(given) for name, given in _TERMS.items()},
}
CANCEL: Final[Fields] = {"exchange_code": _EXCHANGE, "order_id": text("Order-Id")}
SQUARE_OFF: Final[Fields] = {
    "stock_code": text("Stock-Code"),
    "exchange_code": _EXCHANGE,
    "product_type": _PRODUCT,
    "action": _ACTION,
    **_TERMS,
    **_CONTRACT,
    "stoploss_price": optional(number("Stoploss")),
    **{
        name: optional(text(name))
        for name in (
            "source_flag", "protection_percentage", "settlement_id", "margin_amount", "open_quantity",
            "cover_quantity", "alias_name", "trade_password", "order_reference", "position_exchange_code", "lots",
        )
    },
}  # fmt: skip

#: Faults that `place` plays: what the order comes to, and how the book calls an order that waits.
_FATES: Final = {
    "rejected-in-book": (OrderStatus.REJECTED, "Refused by the exchange"),
    "requested": (OrderStatus.PENDING, "Requested"),
    "queued": (OrderStatus.PENDING, "Queued"),
    "freezed": (OrderStatus.PENDING, "Freezed"),
}
FAULTS: Final = frozenset(_FATES)
_CLOSED: Final = "Order has already been executed and cannot be modified."

#: Ticks of shares by their last price: up to the price, the tick.
_NSE_TICKS: Final = tuple(
    (Decimal(below), Decimal(tick))
    for below, tick in ((250, "0.01"), (1000, "0.05"), (5000, "0.10"), (10000, "0.50"), (20000, "1"))
)
_NSE_DEAREST: Final = Decimal(5)
_BSE_CHEAP: Final = Decimal(100)


def place(desk: Desk, call: Call) -> dict[str, Any]:
    """Books the order and answers with its id; the remark never comes back."""
    order = _booked(desk, call, call.body)
    order_id, cash = order_id_of(desk, order), desk.master.of(order.contract).is_cash
    reference = f"Equity CASH Order placed successfully through RI reference no {order_id}"
    return {
        "order_id": order_id,
        "message": reference if cash else "Successfully Placed the order",
        "user_remark": None if cash else "",
    }


def modify(desk: Desk, call: Call) -> dict[str, Any]:
    """What is left out or empty stays. Raises `Refusal`; the order then stays as it was."""
    body, books = call.body, desk.books(call)
    order = find(desk, books, body)
    price_type = _ORDER_TYPES.get(body.word("order_type"), order.price_type)
    price, trigger = body.amount("price"), body.amount("stoploss") if price_type.needs_trigger else None
    for value in (price, trigger):
        _check_tick(desk, desk.master.of(order.contract), value)
    try:
        books.modify(
            order.order_id,
            quantity=body.count("quantity") or None,
            price=price,
            trigger_price=trigger,
            price_type=price_type,
            validity=_VALIDITIES.get(body.word("validity")),
            disclosed_quantity=body.count("disclosed_quantity") if body.text("disclosed_quantity") else None,
        )
    except ExchangeRefusal as no:
        raise Refusal(_CLOSED if no.kind is RefusalKind.FINAL else no.text) from None
    return {"message": "Successfully Modified the order", "order_id": body.text("order_id")}


def cancel(desk: Desk, call: Call) -> dict[str, Any]:
    """Raises `Refusal` for an order that is over or was never there; the sentence is the same."""
    books = desk.books(call)
    try:
        books.cancel(find(desk, books, call.body).order_id)
    except ExchangeRefusal:
        raise refusal("no-data") from None
    return {"order_id": call.body.text("order_id"), "message": "Your Order Canceled successfully."}


def square_off(desk: Desk, call: Call) -> dict[str, Any]:
    """An order on the closing side of a position that must be there."""
    renamed = {"product_type": "product", "stoploss_price": "stoploss"}
    body = Body({renamed.get(name, name): value for name, value in call.body.values.items()})
    ticket = _ticket(desk, body)
    open_quantity = sum(
        position.quantity for position in desk.books(call).positions() if position.contract.key == ticket.contract.key
    )
    if ticket.quantity > -open_quantity * ticket.action.sign:
        raise refusal("not-available")
    order = _booked(desk, call, body)
    return {"order_id": order_id_of(desk, order), "message": "Successfully Placed the order", "indicator": "0"}


def _booked(desk: Desk, call: Call, body: Body) -> BookOrder:
    books, ticket = desk.books(call), _ticket(desk, body)
    fate = _FATES.get(call.scripted or "")
    if fate is not None:
        return _fated(books, ticket, *fate)
    try:
        return books.place(ticket)
    except ExchangeRefusal as no:
        raise Refusal(no.text) from None


def _fated(books: ExchangeAccount, ticket: Ticket, status: OrderStatus, reason: str) -> BookOrder:
    """Books an order that never trades, whatever it says: no order could fill the lot that its contract then has."""
    impossible = replace(ticket.contract, lot_size=ticket.quantity + 1)
    order = books.place(replace(ticket, contract=impossible), refuse="book")
    return books.force(order.order_id, status, reason)


def _ticket(desk: Desk, body: Body) -> Ticket:
    product = body.word("product")
    action = Action(body.text("action").upper())
    listing = _listing(desk, body, product, action)
    price_type = _ORDER_TYPES[body.word("order_type")]
    price, trigger = body.amount("price"), body.amount("stoploss")
    if price is None:
        raise Field("Price").missing()
    if price_type.needs_trigger and trigger is None:
        raise Field("Stoploss").missing()
    for value in (price, trigger):
        _check_tick(desk, listing, value)
    return Ticket(
        contract=listing.contract,
        action=action,
        quantity=body.count("quantity"),
        product=Product.CNC if listing.is_cash else Product.NRML,
        price_type=price_type,
        price=price,
        trigger_price=trigger if price_type.needs_trigger else None,
        validity=_VALIDITIES[body.word("validity")],
        disclosed_quantity=body.count("disclosed_quantity"),
        tag=body.text("user_remark") or None,
        wire={"product": product.title()},
    )


def _listing(desk: Desk, body: Body, product: str, action: Action) -> Listing:
    segment = body.text("exchange_code")
    if segment == "NDX":
        raise Refusal("NDX as Exchange-Code not allowed")
    if segment not in _SEGMENTS:
        raise Refusal("Exchange-Code should be either 'NSE', 'BSE', 'NFO' or 'BFO'")
    if product == "mtf" and action is Action.SELL:
        raise Refusal("SELL action is not allowed for MTF product type. ")
    if product == "btst" and not (body.text("settlement_id") and body.text("order_segment_code")):
        raise Field("Settlement-Id").missing()
    listing = desk.listing(segment, _PRODUCTS[product], body)
    if not listing.tradable:
        raise refusal("no-data")
    return listing


def _check_tick(desk: Desk, listing: Listing, price: Decimal | None) -> None:
    """The exchange itself checks derivatives; a share's tick follows its price and is in no file."""
    if price is None or not listing.is_cash:
        return
    tick = _tick(listing, desk.exchange.snapshot(listing.contract).ltp)
    if price % tick:
        raise Refusal(f"Price {price} is not a multiple of the tick size {tick}.")


def _tick(listing: Listing, last_price: Decimal) -> Decimal:
    if listing.segment == "BSE":
        return Decimal("0.01") if last_price <= _BSE_CHEAP else Decimal("0.05")
    return next((tick for below, tick in _NSE_TICKS if last_price < below), _NSE_DEAREST)
