"""Placing, changing and withdrawing orders.

A success means that a request was received. What risk management or the exchange objects to shows in the book only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from openalgo_core.exchange import BookOrder, ExchangeAccount, ExchangeRefusal, RefusalKind, Snapshot, Ticket
from openalgo_core.models import Action, OrderStatus, PriceType, Validity

from .books import find, order_id_of
from .desk import Call, Desk
from .envelopes import coded, done, told
from .fields import Body
from .terms import ACTIONS, PRICE_TYPES, PRODUCTS, Prices, check_validity, listing, prices

__all__ = ["FAULTS", "cancel", "modify", "place"]

_SL_M: Final = "Market order with Algo Id not allowed"
_NO_MTF: Final = "RMS:Blocked for MTF"
_REJECTED: Final = "rejected-in-book"
#: States in which an order stays whatever the market does.
_IN_FLIGHT: Final = frozenset({"put order req received", "validation pending", "open pending"})
#: Faults that `place` plays.
FAULTS: Final = _IN_FLIGHT | {_REJECTED}
_ADAPTER: Final = "ADAPTER is down"
_AMO: Final = "after market order req received"
_AMO_CHANGED: Final = "modify after market order req received"
_WORDS: Final = {kind: word for word, kind in PRICE_TYPES.items()}
#: How the reasons of risk management begin.
_REASONS: Final = {
    RefusalKind.FUNDS: "RMS:Margin Exceeds,Cash Available:",
    RefusalKind.PRICE_BAND: "RMS:Rule: Check circuit limit ",
}


def place(desk: Desk, call: Call) -> dict[str, Any]:
    """Books the order, whatever becomes of it, and answers with its number."""
    body = call.body
    ticket = _ticket(desk, body)
    tag = body.text("ig")
    if tag and tag in {order.tag for order in desk.books.orders()}:
        raise coded(32)
    reason = _refusal_in_book(call)
    if reason:
        return done(order_id_of(_rejected(desk.books, ticket, reason)))
    fate = call.scripted if call.scripted in _IN_FLIGHT else _AMO if body.text("am") == "YES" else None
    return done(order_id_of(_parked(desk, ticket, fate) if fate else _booked(desk.books, ticket)))


def modify(desk: Desk, call: Call) -> dict[str, Any]:
    """What is left out stays. What cannot be is left as it was, with the reason in the book."""
    body = call.body
    order = find(desk.books, body.text("no"))
    if order.status.is_final:
        raise coded(1021)
    _check_after_market(order, body)
    _check_identity(desk, order, body)
    wanted = _changed_prices(desk, order, body)
    check_validity(desk.master.of(order.contract), body.text("vd"))
    if wanted.kind is PriceType.SL_M:
        return _unchanged(desk.books, order, _SL_M)
    try:
        desk.books.modify(
            order.order_id,
            quantity=body.count("qt") or None,
            price=wanted.price,
            trigger_price=wanted.trigger,
            price_type=wanted.kind,
            validity=Validity(body.text("vd")) if "vd" in body else None,
            disclosed_quantity=body.count("dq") if "dq" in body else None,
            wire=_changed_wire(desk, call, order),
        )
    except ExchangeRefusal as refusal:
        return _unchanged(desk.books, order, _reason(refusal))
    return done(order_id_of(order))


def cancel(desk: Desk, call: Call) -> dict[str, Any]:
    """An order that is withdrawn already is answered in the odd form."""
    order = find(desk.books, call.body.text("on"))
    if order.status is OrderStatus.CANCELLED:
        raise told(1006, "please provide valid order number")
    if order.status.is_final:
        raise coded(1021)
    _check_after_market(order, call.body)
    desk.books.cancel(order.order_id)
    return done(order_id_of(order))


# -- a new order -------------------------------------------------------------------------------------------------------


def _ticket(desk: Desk, body: Body) -> Ticket:
    found, action = listing(desk, body), ACTIONS[body.text("tt")]
    if not body.count("qt"):
        raise coded(1009)
    check_validity(found, body.text("rt"))
    wanted = prices(desk, found, action, body.text("pt"), body)
    return Ticket(
        contract=found.contract,
        action=action,
        quantity=body.count("qt"),
        product=PRODUCTS[body.text("pc")],
        price_type=wanted.kind,
        price=wanted.price,
        trigger_price=wanted.trigger,
        validity=Validity(body.text("rt")),
        disclosed_quantity=body.count("dq"),
        tag=body.text("ig") or None,
        wire={"product": body.text("pc"), "gui": body.text("ig")},
    )


def _refusal_in_book(call: Call) -> str | None:
    """What the broker objects to after it has said yes."""
    if call.scripted == _REJECTED:
        return _ADAPTER
    if call.body.text("pt") == "SL-M":
        return _SL_M
    return _NO_MTF if call.body.text("pc") == "MTF" else None


def _booked(books: ExchangeAccount, ticket: Ticket) -> BookOrder:
    try:
        return books.place(ticket)
    except ExchangeRefusal as refusal:
        reason = _reason(refusal)
    order = books.place(ticket, refuse="book")
    return books.force(order.order_id, order.status, reason) if order.status is OrderStatus.REJECTED else order


def _rejected(books: ExchangeAccount, ticket: Ticket, reason: str) -> BookOrder:
    """Books the order as rejected whatever it says: of a contract with such a lot nobody could order that many."""
    impossible = replace(ticket.contract, lot_size=ticket.quantity + 1)
    order = books.place(replace(ticket, contract=impossible), refuse="book")
    return books.force(order.order_id, OrderStatus.REJECTED, reason)


def _parked(desk: Desk, ticket: Ticket, state: str) -> BookOrder:
    """An order that stays in a state, out of the market's reach: put where no price comes, stopped, given its price."""
    books, quote = desk.books, desk.exchange.snapshot(ticket.contract)
    far = _out_of_reach(quote, ticket)
    away = replace(ticket, price=far, trigger_price=far if ticket.trigger_price else None)
    order = _booked(books, replace(away, validity=Validity.DAY, wire={**ticket.wire, "state": state}))
    if order.status.is_final:
        return order
    books.force(order.order_id, OrderStatus.PENDING)
    try:
        return books.modify(
            order.order_id, price=ticket.price, trigger_price=ticket.trigger_price, validity=ticket.validity
        )
    except ExchangeRefusal as refusal:
        return books.force(order.order_id, OrderStatus.REJECTED, _reason(refusal))


def _out_of_reach(quote: Snapshot, ticket: Ticket) -> Any:
    """A limit waits below for a buyer, a stop above."""
    below = (ticket.action is Action.BUY) is (ticket.trigger_price is None)
    return quote.lower_circuit if below else quote.upper_circuit


def _reason(refusal: ExchangeRefusal) -> str:
    return f"{_REASONS.get(refusal.kind, 'RMS:')}{refusal.text}"


# -- a change ----------------------------------------------------------------------------------------------------------


def _check_after_market(order: BookOrder, body: Body) -> None:
    """Both kinds of orders are changed and withdrawn as what they are."""
    if (body.text("am") == "YES") is not order.wire.get("state", "").endswith(_AMO):
        raise coded(14)


def _check_identity(desk: Desk, order: BookOrder, body: Body) -> None:
    """What says again which order it is must be true."""
    found = desk.master.of(order.contract)
    true = {
        "es": (found.segment, 1006),
        "ts": (found.symbol, 1007),
        "tk": (found.token, 1007),
        "tt": (order.action.value[0], 1009),
        "pc": (order.wire["product"], 1009),
    }
    for name, (value, code) in true.items():
        if body.text(name) not in ("", value):
            raise coded(code, f"{name} is not that of the order" if code == 1009 else "")


def _changed_prices(desk: Desk, order: BookOrder, body: Body) -> Prices:
    word = body.text("pt")
    if not word and "pr" not in body and "tp" not in body:
        return Prices(order.price_type, None, None)
    kept = {"pr": str(order.price or 0), "tp": str(order.trigger_price or 0)}
    whole = Body({**kept, **body.values})
    return prices(desk, desk.master.of(order.contract), order.action, word or _WORDS[order.price_type], whole)


def _changed_wire(desk: Desk, call: Call, order: BookOrder) -> Mapping[str, str]:
    """The tag does not survive a change."""
    changes = int(order.wire.get("changes", "0")) + 1
    gui = f"{int(desk.now().timestamp())}-{changes}-{call.session.ucc}-ADMINAPI"
    wire = {**order.wire, "changes": str(changes), "gui": gui}
    return wire | {"state": _AMO_CHANGED} if order.wire.get("state") == _AMO else wire


def _unchanged(books: ExchangeAccount, order: BookOrder, reason: str) -> dict[str, Any]:
    """The answer is a yes all the same."""
    books.force(order.order_id, order.status, reason)
    return done(order_id_of(order))
