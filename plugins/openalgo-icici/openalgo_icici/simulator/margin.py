"""The margin calculator: what a list of derivatives would block, by the simulated exchange's simple rules."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from openalgo_core.exchange import ExchangeRefusal, Ticket
from openalgo_core.models import Action, PriceType, Product

from .desk import Call, Desk
from .envelopes import Refusal
from .fields import Body, Fields, Undocumented, many, number, optional, text, word

__all__ = ["MARGIN", "margin"]

MARGIN: Final[Fields] = {"list_of_positions": many("List-Of-Positions"), "exchange_code": text("Exchange-Code")}
_ROW: Final[Fields] = {
    "stock_code": text("Stock-Code"),
    "product": word("Product", "futures", "options"),
    "action": word("Action", "buy", "sell"),
    "quantity": number("Quantity"),
    "price": number("Price"),
    "expiry_date": text("Expiry-Date"),
    "right": word("Right", "call", "put", "others"),
    "strike_price": number("Strike-Price"),
    **{
        name: optional(text(name))
        for name in (
            "cover_order_flow", "fresh_order_type", "cover_limit_rate", "cover_sltp_price", "fresh_limit_rate",
            "open_quantity",
        )
    },
}  # fmt: skip
_ECHOED: Final = ("strike_price", "quantity", "right", "product", "action", "price", "expiry_date", "stock_code")


def margin(desk: Desk, call: Call) -> dict[str, Any]:
    """The margin of all rows together. They do not offset each other here. `margin_calulation` is the live spelling."""
    segment = call.body.text("exchange_code")
    if segment not in ("NFO", "BFO"):
        raise Refusal("Exchange code should be nfo or bfo")
    rows = [_row(row) for row in call.body.values["list_of_positions"]]
    required = sum((_required(desk, call, segment, row) for row in rows), Decimal(0))
    return {
        "margin_calulation": [_echo(row) for row in rows],
        "non_span_margin_required": "0",
        "order_value": f"{required:.2f}",
        "order_margin": "0",
        "trade_margin": None,
        "block_trade_margin": "0",
        "span_margin_required": f"{required:.2f}",
    }


def _row(row: Any) -> Body:
    if not isinstance(row, Mapping):
        raise Undocumented("list_of_positions holds something else than objects")
    return Body.read(row, _ROW)


def _required(desk: Desk, call: Call, segment: str, row: Body) -> Decimal:
    price = row.amount("price")
    ticket = Ticket(
        contract=desk.listing(segment, row.word("product"), row).contract,
        action=Action(row.text("action").upper()),
        quantity=row.count("quantity"),
        product=Product.NRML,
        price_type=PriceType.LIMIT if price else PriceType.MARKET,
        price=price,
    )
    try:
        return desk.books(call).margin(ticket).required_margin
    except ExchangeRefusal as no:
        raise Refusal(no.text) from None


def _echo(row: Body) -> dict[str, str]:
    """The row again, its words capitalised; the stock code is padded."""
    echo = {name: row.text(name) for name in _ECHOED}
    echo |= {name: echo[name].title() for name in ("right", "product", "action")}
    return echo | {"stock_code": f"{echo['stock_code']} "}
