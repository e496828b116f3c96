"""Smart orders, on NSE only: stop orders (`TRIGGER`), and orders with child legs.

A stop order has an id like any other and is GTT_LIMIT in the book until its trigger is reached; from then on it is an
ordinary limit order, and this family does not know it any more.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from openalgo_core.exchange import BookOrder, ExchangeAccount, ExchangeRefusal, Ticket
from openalgo_core.models import Action, PriceType

from .desk import Call, Desk
from .envelopes import bad_input, order_refused, rule, success
from .fields import Fields, Input, Undocumented, check_price, choice, flag, number, optional, text, whole
from .legs import LEG_PRICES, Leg, leg_prices
from .master import Listing
from .orders import acknowledged, live_price
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

__all__ = ["MODIFY", "PLACE", "cancel", "modify", "place"]

_PRICES: Final = ("trigger_price", "trigger_limit_price", *LEG_PRICES)
PLACE: Final[Fields] = {
    **TERMS,
    "exchange": choice("NSE"),
    "order_type": choice("LIMIT", "MARKET", "TRIGGER"),
    "validity": text(),
    **dict.fromkeys(_PRICES, optional(number())),
    "is_tsl": optional(flag()),
    "tsl_step_size": optional(number()),
}
MODIFY: Final[Fields] = {
    "order_id": optional(text()),
    "segment": choice(*SEGMENTS),
    "algo_id": text(),
    "order_type": optional(choice("LIMIT", "MARKET", "TRIGGER")),
    "qty": optional(whole()),
    "limit_price": optional(number()),
    **dict.fromkeys(_PRICES, optional(number())),
}


def place(desk: Desk, call: Call) -> dict[str, Any]:
    """Books the parent, and its legs under one id of their own."""
    body = call.body
    check_algo(body, "NSE")
    if body.text("validity") != "DAY":
        raise rule("DayValidityAllowed")
    listing = listing_of(desk, body)
    ticket = _ticket(desk, body, listing)
    entry = ticket.price
    assert entry is not None
    prices = leg_prices({name: body.amount(name) for name in LEG_PRICES}, entry, ticket.action)
    try:
        order = desk.books(call).place(ticket)
    except ExchangeRefusal as refusal:
        raise refusal_of(refusal) from None
    created: dict[str, Any] = _created(order_id_of(listing, order))
    if prices:
        leg = desk.legs.add(call.user_id, listing, body, prices, ticket.tag)
        created["child_order_details"] = _created(leg.order_id)
    return success({"order_data": [created]})


def modify(desk: Desk, call: Call) -> dict[str, Any]:
    """What is left out stays, but for the trigger price of a stop order, which is needed."""
    body, books = call.body, desk.books(call)
    check_algo(body, "NSE")
    if "qty" in body:
        check_quantity(body.count("qty"))
    leg = desk.legs.find(call.user_id, body.text("order_id"), body.text("segment"))
    if leg is not None:
        _modify_leg(desk, leg, body)
    else:
        _modify_parent(desk, books, body)
    return acknowledged(body.text("order_id"), "MODIFIED")


def cancel(desk: Desk, call: Call) -> dict[str, Any]:
    """Parent and leg are withdrawn apart."""
    body, books = call.body, desk.books(call)
    leg = desk.legs.find(call.user_id, body.text("order_id"), body.text("segment"))
    if leg is not None:
        leg.cancelled = True
        desk.legs.touch(leg)
    else:
        try:
            books.cancel(_parent(desk, books, body).order_id)
        except ExchangeRefusal as refusal:
            raise refusal_of(refusal) from None
    return acknowledged(body.text("order_id"), "CANCELLED")


def _created(order_id: str) -> dict[str, str]:
    return {"order_id": order_id, "order_status": "CREATED"}


def _ticket(desk: Desk, body: Input, listing: Listing) -> Ticket:
    check_quantity(body.count("qty"))
    kind, action = body.text("order_type"), Action(body.text("txn_type"))
    ticket = Ticket(
        contract=listing.contract,
        action=action,
        quantity=body.count("qty"),
        product=product_of(body),
        price_type=PriceType.LIMIT,
        tag=remarks_of(body),
        wire={"kind": kind, "smart": "yes"},
    )
    if kind == "TRIGGER":
        trigger, price = _stop_prices(desk, body, listing, action)
        return replace(ticket, price_type=PriceType.SL, price=price, trigger_price=trigger)
    if "trigger_price" in body or "trigger_limit_price" in body:
        raise Undocumented(f"a trigger is not for {kind}")
    if kind == "LIMIT":
        return replace(ticket, price=check_price(body.amount("limit_price")))
    if "limit_price" in body:
        raise Undocumented("a MARKET order has no limit_price")
    return replace(ticket, price=live_price(desk, listing, action))


def _stop_prices(desk: Desk, body: Input, listing: Listing, action: Action) -> tuple[Decimal, Decimal]:
    """Trigger and limit; without a limit it is the trigger. Raises `Refusal`."""
    if "limit_price" in body:
        raise bad_input("limit_price must be omitted for TRIGGER")
    trigger = check_price(body.amount("trigger_price"), "TriggerPriceMustBeAboveZero")
    price = check_price(body.amount("trigger_limit_price") or trigger)
    _check_stop(desk, listing, action, trigger, price)
    return trigger, price


def _check_stop(desk: Desk, listing: Listing, action: Action, trigger: Decimal, price: Decimal) -> None:
    tick = listing.contract.tick_size
    assert tick is not None
    if trigger % tick:
        raise rule("TriggerPriceTickSize")
    if price % tick:
        raise rule("TriggerLimitPriceTickSize")
    if (trigger - desk.exchange.snapshot(listing.contract).ltp) * action.sign <= 0:
        raise rule(f"TriggerPriceVsCMP ({action})")


def _parent(desk: Desk, books: ExchangeAccount, body: Input) -> BookOrder:
    """A smart order that still is one. Raises `Refusal`."""
    order = order_of(desk, books, body)
    if "smart" not in order.wire or (order.wire["kind"] == "TRIGGER" and not is_waiting(order)):
        raise order_refused(NOT_THERE)
    return order


def _modify_parent(desk: Desk, books: ExchangeAccount, body: Input) -> None:
    order = _parent(desk, books, body)
    kind = order.wire["kind"]
    if body.text("order_type") not in ("", kind):
        raise bad_input("order_type must be that of the order")
    modified = counted(order.wire.get("modified", 0))
    trigger, price = None, body.amount("limit_price")
    if kind == "TRIGGER":
        trigger = check_price(body.amount("trigger_price"), "TriggerPriceMustBeAboveZero")
        price = body.amount("trigger_limit_price") or order.price or trigger
        _check_stop(desk, desk.master.of(order.contract), order.action, trigger, price)
    try:
        books.modify(
            order.order_id,
            quantity=body.count("qty") or None,
            price=price,
            trigger_price=trigger,
            wire={**order.wire, "modified": str(modified)},
        )
    except ExchangeRefusal as refusal:
        raise refusal_of(refusal) from None


def _modify_leg(desk: Desk, leg: Leg, body: Input) -> None:
    """The prices must stay on their sides of the last price; its parent may be long filled."""
    modified = counted(leg.modified)
    changed = {name: value for name in LEG_PRICES if (value := body.amount(name)) is not None}
    if changed.keys() - leg.prices.keys():
        raise bad_input("the order has no such leg")
    entry = desk.exchange.snapshot(leg.listing.contract).ltp
    opposite = Action.SELL if leg.action is Action.BUY else Action.BUY
    leg.prices = leg_prices(leg.prices | changed, entry, opposite)
    leg.quantity = body.count("qty") or leg.quantity
    leg.modified = modified
    desk.legs.touch(leg)
