"""The margin calculator: what one order would block, by the simulated exchange's simple rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from openalgo_core.exchange import ExchangeRefusal, Ticket
from openalgo_core.models import PriceType

from .desk import Call, Desk
from .envelopes import coded
from .fields import Body, Fields, choice, number, optional, price, text
from .terms import ACTIONS, PRICE_TYPES, PRODUCTS, SEGMENTS

__all__ = ["MARGIN", "margin"]

MARGIN: Final[Fields] = {
    "brkName": choice("KOTAK"),
    "brnchId": choice("ONLINE"),
    "exSeg": choice(*SEGMENTS, code=1006),
    "prc": price(),
    "prcTp": choice(*PRICE_TYPES),
    "prod": choice(*PRODUCTS),
    "qty": number(),
    "tok": text(code=1007),
    "trnsTp": choice(*ACTIONS),
    "trgPrc": optional(price()),
    **dict.fromkeys(("slAbsOrTks", "slVal", "sqrOffAbsOrTks", "sqrOffVal", "trailSL", "tSLTks"), optional(text())),
}


def margin(desk: Desk, call: Call) -> dict[str, Any]:
    """Flat, with six decimals. `reqdMrgn` is 0 in a good answer; the margin of the order is `ordMrgn`."""
    money = desk.books.funds()
    try:
        wanted = desk.books.margin(_ticket(desk, call.body)).required_margin
    except ExchangeRefusal as refusal:
        raise coded(1009, refusal.text) from None
    figures = {
        "avlCash": money.available_cash + money.used_margin,
        "totMrgnUsd": money.used_margin + wanted,
        "mrgnUsd": money.used_margin,
        "ordMrgn": wanted,
        "reqdMrgn": Decimal(0),
        "avlMrgn": Decimal(0),
        "insufFund": max(Decimal(0), wanted - money.available_cash),
    }
    told = {name: f"{value:.6f}" for name, value in figures.items()}
    return {**told, "rmsVldtd": "OK", "stat": "Ok", "stCode": 200}


def _ticket(desk: Desk, body: Body) -> Ticket:
    found = desk.master.find(body.text("exSeg"), body.text("tok"))
    if found is None or found.contract.exchange.is_index:
        raise coded(1007)
    limit = body.amount("prc")
    return Ticket(
        contract=found.contract,
        action=ACTIONS[body.text("trnsTp")],
        quantity=body.count("qty"),
        product=PRODUCTS[body.text("prod")],
        price_type=PriceType.LIMIT if limit else PriceType.MARKET,
        price=limit,
    )
