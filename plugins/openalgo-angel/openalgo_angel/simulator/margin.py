"""The margin calculator: what a batch of orders would block together, by the simulated exchange's simple rules."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from openalgo_core.exchange import ExchangeRefusal, Ticket
from openalgo_core.models import Action, Exchange, PriceType, Product

from .desk import Call, Desk, number
from .envelopes import Refusal
from .fields import Body, Fields, Undocumented, choice, integer, many, optional, text
from .fields import number as number_field
from .orders import ORDER_TYPES, PRODUCTS, SEGMENTS

__all__ = ["MARGIN", "margin"]

MARGIN: Final[Fields] = {"positions": many(list)}
_ROW: Final[Fields] = {
    "exchange": choice(*SEGMENTS),
    "qty": integer(),
    "price": number_field(int, float),
    "productType": choice(*PRODUCTS, code="AB1012"),
    "token": text(),
    "tradeType": choice("BUY", "SELL"),
    "orderType": optional(choice(*ORDER_TYPES)),
}
_MOST_ROWS: Final = 50
_COMPONENTS: Final = (
    "netPremium", "spanMargin", "marginBenefit", "deliveryMargin", "nonNFOMargin", "totOptionsPremium",
)  # fmt: skip


def margin(desk: Desk, call: Call) -> dict[str, Any]:
    """Total and components. Positions do not offset each other here, so that there is never a benefit."""
    rows = call.body.values["positions"]
    if len(rows) > _MOST_ROWS:
        raise Refusal("AB1007", f"INVALID PARAMETERS: more than {_MOST_ROWS} positions")
    total, parts = Decimal(0), dict.fromkeys(_COMPONENTS, Decimal(0))
    for row in rows:
        ticket = _ticket(desk, row)
        required = _required(desk, call, ticket)
        total += required
        for name in _components_of(ticket):
            parts[name] += required
    return {
        "totalMarginRequired": number(total),
        "marginComponents": {name: number(part) for name, part in parts.items()},
    }


def _ticket(desk: Desk, row: Any) -> Ticket:
    if not isinstance(row, Mapping):
        raise Undocumented("positions holds something else than objects")
    body = Body.read(row, _ROW)
    listing = desk.listing(body.text("exchange"), body.text("token"))
    price = body.amount("price")
    return Ticket(
        contract=listing.contract,
        action=Action(body.text("tradeType")),
        quantity=body.count("qty"),
        product=PRODUCTS[body.text("productType")],
        price_type=PriceType.LIMIT if price else PriceType.MARKET,
        price=price,
    )


def _required(desk: Desk, call: Call, ticket: Ticket) -> Decimal:
    try:
        return desk.books(call).margin(ticket).required_margin
    except ExchangeRefusal as refusal:
        raise Refusal("AB1007", f"INVALID PARAMETERS: {refusal.text}") from None


def _components_of(ticket: Ticket) -> tuple[str, ...]:
    """Under which names the margin of an order is shown."""
    if ticket.contract.exchange not in (Exchange.NFO, Exchange.BFO):
        return ("deliveryMargin",) if ticket.product is Product.CNC else ("nonNFOMargin",)
    if ticket.contract.kind.is_option and ticket.action is Action.BUY:
        return ("netPremium", "totOptionsPremium")
    return ("spanMargin",)
