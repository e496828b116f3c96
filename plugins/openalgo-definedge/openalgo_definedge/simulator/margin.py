"""The two margin calculators: what orders would block, by the simulated exchange's simple rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from openalgo_core.exchange import ExchangeRefusal, Ticket
from openalgo_core.models import Action, PriceType
from openalgo_core.symbols import MONTHS

from .desk import Call, Desk, time_first
from .envelopes import error, success
from .fields import Body, Fields, Undocumented, choice, many, number, optional, text
from .master import Listing
from .orders import PRICE_TYPES, PRODUCTS, SEGMENTS

__all__ = ["BASKET", "SPAN", "basket", "span"]

BASKET: Final[Fields] = {"basketlists": many()}
SPAN: Final[Fields] = {"positions": many()}

_ORDER: Final[Fields] = {
    "exchange": choice(*SEGMENTS),
    "tradingsymbol": text(),
    "quantity": number(),
    "price": number(),
    "product_type": choice(*PRODUCTS),
    "order_type": choice("BUY", "SELL"),
    "price_type": choice(*PRICE_TYPES),
    "trigger_price": optional(number()),
}
_POSITION: Final[Fields] = {
    "product_type": choice(*PRODUCTS),
    "exchange": choice(*SEGMENTS),
    "symbol_name": text(),
    "tradingsymbol": text(),
    "open_buy_qty": number(),
    "open_sell_qty": number(),
    "net_qty": optional(number()),
    "expiry": optional(text()),
    "option_strike": optional(number()),
    "option_type": optional(choice("CE", "PE")),
}
#: The part of a derivative's margin that is shown as exposure; the rest is SPAN.
_EXPOSURE: Final = Decimal("0.2")


def basket(desk: Desk, call: Call) -> dict[str, str]:
    """What the orders of a basket would block together, and with what is blocked already."""
    rows = [Body.read(_object(row), _ORDER) for row in call.body.values["basketlists"]]
    wanted = sum((_required(desk, call, _ticket(desk, row)) for row in rows), Decimal(0))
    after = desk.books(call).funds().used_margin + wanted
    return success(
        marginUsed=f"{wanted:.2f}",
        newTotalMarginUsed=f"{after:.2f}",
        newMarginUsedAfterTrade=f"{after:.2f}",
        requestTime=time_first(desk.setup.clock.now()),
    )


def span(desk: Desk, call: Call) -> dict[str, str]:
    """SPAN and exposure of positions, whatever the account holds; shares have none."""
    total = Decimal(0)
    for row in call.body.values["positions"]:
        body = Body.read(_object(row), _POSITION)
        total += _span_of(desk, call, body)
    exposure = total * _EXPOSURE
    parts = {"span": f"{total - exposure:.2f}", "exposure": f"{exposure:.2f}"}
    return success(
        **parts,
        spanTrade=parts["span"],
        exposureTrade=parts["exposure"],
        request_time=time_first(desk.setup.clock.now()),
    )


def _object(row: Any) -> Mapping[str, Any]:
    if not isinstance(row, Mapping):
        raise Undocumented("a list in the body holds something else than objects")
    return row


def _ticket(desk: Desk, body: Body) -> Ticket:
    kind = PRICE_TYPES[body.text("price_type")]
    return Ticket(
        contract=desk.by_symbol(body.text("exchange"), body.text("tradingsymbol")).contract,
        action=Action(body.text("order_type")),
        quantity=body.count("quantity"),
        product=PRODUCTS[body.text("product_type")],
        price_type=kind,
        price=body.amount("price") if kind.needs_price else None,
        trigger_price=body.amount("trigger_price") if kind.needs_trigger else None,
    )


def _span_of(desk: Desk, call: Call, body: Body) -> Decimal:
    listing = desk.by_symbol(body.text("exchange"), body.text("tradingsymbol"))
    _check_facts(body, listing)
    if not listing.row.is_derivative:
        return Decimal(0)
    net = body.count("open_buy_qty") - body.count("open_sell_qty") + int(body.amount("net_qty") or 0)
    if not net:
        return Decimal(0)
    action = Action.BUY if net > 0 else Action.SELL
    product = PRODUCTS[body.text("product_type")]
    return _required(desk, call, Ticket(listing.contract, action, abs(net), product, PriceType.MARKET))


def _check_facts(body: Body, listing: Listing) -> None:
    """What is said of the contract beside its symbol must be true."""
    contract = listing.contract
    true = {
        "symbol_name": contract.name,
        "expiry": _day_text(contract.expiry),
        "option_type": contract.kind.value if contract.kind.is_option else "",
    }
    wrong = [name for name, value in true.items() if body.text(name) != value]
    if contract.strike != body.amount("option_strike"):
        wrong.append("option_strike")
    if wrong:
        raise error(f"Invalid Input : {', '.join(wrong)}", status="FAILURE")


def _day_text(day: date | None) -> str:
    """`25-AUG-2026`. Not by strftime, whose month names follow the locale."""
    return f"{day:%d}-{MONTHS[day.month - 1]}-{day.year}" if day else ""


def _required(desk: Desk, call: Call, ticket: Ticket) -> Decimal:
    try:
        return desk.books(call).margin(ticket).required_margin
    except ExchangeRefusal as refusal:
        raise error(refusal.text, status="FAILURE") from None
