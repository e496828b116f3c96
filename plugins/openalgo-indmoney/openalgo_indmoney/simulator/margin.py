"""The margin of one order: what it would block by the simulated exchange's simple rules, and what it would cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from openalgo_core.exchange import ExchangeRefusal, Ticket
from openalgo_core.models import Action, PriceType

from .desk import Call, Desk
from .envelopes import bad_input, number, order_refused, success
from .fields import Fields, Input, choice, decimals, digits, text
from .master import EQUITY
from .orders import live_price
from .tickets import PRODUCTS, SEGMENTS, refusal_of

__all__ = ["ORDER", "margin"]

#: Other keys than everywhere else, and numbers as texts.
ORDER: Final[Fields] = {
    "segment": choice(*SEGMENTS),
    "txnType": choice("BUY", "SELL"),
    "quantity": digits(),
    "price": decimals(),
    "product": choice("CNC", "INTRADAY", "MARGIN"),
    "securityID": text(),
    "exchange": choice("NSE", "BSE"),
}
#: The part of a derivative's margin that is shown as exposure; the rest is SPAN.
_EXPOSURE: Final = Decimal("0.2")
#: Rates of the documentation's sample, of the order's value; brokerage is flat.
_BROKERAGE: Final = Decimal(10)
_EXCHANGE_CHARGES: Final = Decimal("0.0005")
_STAMP_DUTY: Final = Decimal("0.00003")
_TURNOVER: Final = Decimal("0.000001")
_GST: Final = Decimal("0.18")


def margin(desk: Desk, call: Call) -> dict[str, Any]:
    body, books = call.body, desk.books(call)
    ticket = _ticket(desk, body)
    try:
        needed = books.margin(ticket).required_margin
    except ExchangeRefusal as refusal:
        raise refusal_of(refusal) from None
    available = books.funds().available_cash
    share = body.text("segment") == EQUITY
    bought_option = ticket.contract.kind.is_option and ticket.action is Action.BUY
    span = Decimal(0) if share or bought_option else needed * (1 - _EXPOSURE)
    exposure = needed - span if span else Decimal(0)
    assert ticket.price is not None
    return success(
        {
            "total_margin": number(needed),
            "span_margin": _rupees(span),
            "hedge_benefit": 0,
            "exposure_margin": _rupees(exposure),
            "available_balance": number(available),
            "var_margin": number(needed) if share and body.text("product") == "INTRADAY" else 0,
            "insufficient_balance": _rupees(max(Decimal(0), needed - available)),
            "delivery_margin": number(needed) if body.text("product") == "CNC" else 0,
            "brokerage": 0,
            "charges": _charges(ticket.quantity * ticket.price),
        }
    )


def _ticket(desk: Desk, body: Input) -> Ticket:
    listing = desk.master.find(body.text("exchange"), body.text("segment"), body.text("securityID"))
    if listing is None:
        raise order_refused("The instrument is not tradable.")
    products = PRODUCTS[body.text("segment")]
    if body.text("product") not in products:
        raise bad_input("product is not valid for the segment")
    action = Action(body.text("txnType"))
    return Ticket(
        contract=listing.contract,
        action=action,
        quantity=int(body.text("quantity")),
        product=products[body.text("product")],
        price_type=PriceType.LIMIT,
        price=body.amount("price") or live_price(desk, listing, action),  # 0 asks about the last price
    )


def _charges(value: Decimal) -> dict[str, float | int]:
    exchange, turnover = value * _EXCHANGE_CHARGES, value * _TURNOVER
    stamp, gst = value * _STAMP_DUTY, (_BROKERAGE + exchange + turnover) * _GST
    return {
        "stt": 0,
        "exchange_charges": _rupees(exchange),
        "stamp_duty": _rupees(stamp),
        "sebi_turn_over_charges": _rupees(turnover),
        "brokerage": number(_BROKERAGE),
        "gst": _rupees(gst),
        "IPFTCharges": 0,
        "total_charges": _rupees(_BROKERAGE + exchange + turnover + stamp + gst),
    }


def _rupees(value: Decimal) -> float | int:
    return number(round(value, 2))
