"""Placing, changing and withdrawing orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from openalgo_core.exchange import ExchangeAccount, ExchangeRefusal, RefusalKind, Ticket
from openalgo_core.models import OrderStatus

from .desk import Answer, Call, Desk, Refusal
from .words import PRICE_TYPES, PRODUCTS, SIDES, VALIDITIES, meaning

__all__ = ["cancel", "modify", "place"]

_TERMS = {"type", "quantity", "price", "trigger"}
_NEW = _TERMS | {"instrument", "side", "product", "validity", "disclosed", "note"}


def place(desk: Desk, call: Call) -> Answer:
    _check_fields(call.body, _NEW)
    ticket = _ticket(desk, call.body)
    books = desk.books(call)
    if call.scripted == "rejected-in-book":
        return Answer({"id": _rejected(books, ticket)})
    try:
        return Answer({"id": books.place(ticket).order_id})
    except ExchangeRefusal as refusal:
        raise Refusal(422, "REFUSED", refusal.text) from None


def modify(desk: Desk, call: Call) -> Answer:
    """Type, quantity and prices anew; what else the order says stays."""
    _check_fields(call.body, _TERMS)
    terms = call.body
    try:
        order = desk.books(call).modify(
            call.path["id"],
            quantity=terms["quantity"],
            price=_amount(terms["price"]),
            trigger_price=_amount(terms["trigger"]),
            price_type=meaning(PRICE_TYPES, terms["type"]),
        )
    except ExchangeRefusal as refusal:
        raise _of_an_order(refusal) from None
    return Answer({"id": order.order_id})


def cancel(desk: Desk, call: Call) -> Answer:
    try:
        return Answer({"id": desk.books(call).cancel(call.path["id"]).order_id})
    except ExchangeRefusal as refusal:
        raise _of_an_order(refusal) from None


def _ticket(desk: Desk, body: Mapping[str, Any]) -> Ticket:
    return Ticket(
        contract=desk.contracts[body["instrument"]],
        action=meaning(SIDES, body["side"]),
        quantity=body["quantity"],
        product=meaning(PRODUCTS, body["product"]),
        price_type=meaning(PRICE_TYPES, body["type"]),
        price=_amount(body["price"]),
        trigger_price=_amount(body["trigger"]),
        validity=meaning(VALIDITIES, body["validity"]),
        disclosed_quantity=body["disclosed"],
        tag=body["note"],
    )


def _amount(value: int | Decimal | None) -> Decimal | None:
    """A whole number of rupees comes without a fraction, and is an amount all the same."""
    return None if value is None else Decimal(value)


def _of_an_order(refusal: ExchangeRefusal) -> Refusal:
    over = refusal.kind in (RefusalKind.NOT_FOUND, RefusalKind.FINAL)
    return Refusal(409, "NOT_OPEN", refusal.text) if over else Refusal(422, "REFUSED", refusal.text)


def _rejected(books: ExchangeAccount, ticket: Ticket) -> str:
    """Books the order as rejected whatever it says: of a contract with such a lot nobody could order that many."""
    impossible = replace(ticket.contract, lot_size=ticket.quantity + 1)
    order = books.place(replace(ticket, contract=impossible), refuse="book")
    return books.force(order.order_id, OrderStatus.REJECTED, "Risk management said no.").order_id


def _check_fields(body: Mapping[str, Any], expected: set[str]) -> None:
    """Raises `ValueError`, which is a surprise, for a field too many or too few."""
    if body.keys() != expected:
        raise ValueError(f"the fields are {sorted(body)}, documented are {sorted(expected)}")
