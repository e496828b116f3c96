"""Quotes and the option chain."""

from __future__ import annotations

from typing import Any, Final

from openalgo_core.exchange import Snapshot

from .books import contract_facts
from .dates import moment_text
from .desk import KINDS, Call, Desk, number
from .envelopes import Refusal, refusal
from .fields import Body, Fields, optional, text, word
from .fields import number as number_field
from .master import Listing

__all__ = ["CHAIN", "QUOTE", "chain", "quotes"]

_DERIVATIVE: Final[Fields] = {
    "expiry_date": optional(text("Expiry-Date")),
    "right": optional(
        word("Right", "call", "put", "others", wrong="Right should be either 'call', 'put', or 'others'")
    ),
    "strike_price": optional(number_field("Strike-Price")),
}
QUOTE: Final[Fields] = {
    "stock_code": text("Stock-Code"),
    "exchange_code": text("Exchange-Code"),
    "product_type": optional(word("Product", "cash", "futures", "options")),
    **_DERIVATIVE,
}
CHAIN: Final[Fields] = {
    "stock_code": text("Stock-Code"),
    "exchange_code": word("Exchange-Code", "nfo", "bfo", wrong="Exchange code should be nfo or bfo"),
    "product_type": word("Product-type", "futures", "options"),
    **_DERIVATIVE,
}
_SEGMENTS: Final = ("NSE", "BSE", "NFO", "BFO")


def quotes(desk: Desk, call: Call) -> list[dict[str, Any]]:
    """One row for a derivative; for a share one for each exchange that lists it, NSE first, whichever was asked for."""
    body = call.body
    segment, code = body.text("exchange_code"), body.text("stock_code")
    if segment in ("MCX", "NDX"):
        raise refusal("object-reference")
    if segment not in _SEGMENTS:
        raise Refusal("Exchange-Code should be either 'NSE', 'BSE', 'NFO' or 'BFO'")
    if segment in ("NSE", "BSE"):
        found = (desk.master.share(exchange, code) for exchange in ("NSE", "BSE"))
        return [_quoted(desk, listing) for listing in found if listing is not None]
    if body.word("product_type") not in ("futures", "options"):
        raise Refusal("Product-type should be either 'futures' or 'options' for Exchange-Code 'NFO' or 'BFO'")
    return [_quoted(desk, desk.listing(segment, body.word("product_type"), body))]


def chain(desk: Desk, call: Call) -> list[dict[str, Any]]:
    """Contracts on an underlying; a strike of 0 stands for all. Futures asked for with a right are none."""
    body, product = call.body, call.body.word("product_type")
    if product == "options":
        _check_enough(body)
    elif body.text("right"):
        return []
    expiry, strike = body.day("expiry_date"), body.amount("strike_price")
    kind = KINDS.get(body.word("right"))
    found = [
        listing
        for listing in desk.master.contracts_on(body.text("exchange_code").upper(), body.text("stock_code"))
        if listing.product.lower() == product
        and expiry in (None, listing.contract.expiry)
        and strike in (None, listing.contract.strike)
        and kind in (None, listing.contract.kind)
    ]
    return [_chained(desk, listing) for listing in found]


def _check_enough(body: Body) -> None:
    """Two of three are needed."""
    expiry, right, strike = (bool(body.text(name)) for name in ("expiry_date", "right", "strike_price"))
    if expiry + right + strike >= 2:
        return
    if expiry:
        raise Refusal("Either Right or Strike-Price cannot be empty.")
    if strike:
        raise Refusal("Either Expiry-Date or Right cannot be empty.")
    raise Refusal("Either Expiry-Date or Strike-Price cannot be empty.")


def _quoted(desk: Desk, listing: Listing) -> dict[str, Any]:
    """Prices are JSON numbers, quantities and the spot price are texts."""
    snapshot = desk.exchange.snapshot(listing.contract)
    below = desk.master.underlying_of(listing.contract)
    return {
        "exchange_code": listing.segment,
        **_named(listing),
        "ltp": number(snapshot.ltp),
        "ltt": moment_text(snapshot.time),
        **_best(snapshot),
        "open": number(snapshot.open),
        "high": number(snapshot.high),
        "low": number(snapshot.low),
        "previous_close": number(snapshot.prev_close),
        "ltp_percent_change": round(number((snapshot.ltp / snapshot.prev_close - 1) * 100), 2),
        "upper_circuit": number(snapshot.upper_circuit),
        "lower_circuit": number(snapshot.lower_circuit),
        "total_quantity_traded": str(snapshot.volume),
        "spot_price": "" if below is None else str(desk.exchange.snapshot(below).ltp),
    }


def _named(listing: Listing) -> dict[str, Any]:
    """Futures are called `Future` here, and their right is a star."""
    if listing.is_cash:
        return {"product_type": "", "stock_code": listing.code, "expiry_date": "", "right": "", "strike_price": 0.0}
    facts = contract_facts(listing)
    if listing.product == "Options":
        return {"product_type": "Options", "stock_code": listing.code, **facts}
    return {"product_type": "Future", "stock_code": listing.code, **facts, "right": "*"}


def _best(snapshot: Snapshot) -> dict[str, Any]:
    """The first level of the book; an index has none."""
    row: dict[str, Any] = {}
    for side, levels in (("bid", snapshot.bids), ("offer", snapshot.asks)):
        row[f"best_{side}_price"] = number(levels[0].price) if levels else 0.0
        row[f"best_{side}_quantity"] = str(levels[0].quantity if levels else 0)
    return row


def _chained(desk: Desk, listing: Listing) -> dict[str, Any]:
    snapshot = desk.exchange.snapshot(listing.contract)
    return _quoted(desk, listing) | {
        "ltq": str(snapshot.last_quantity),
        "open_interest": float(snapshot.oi or 0),
        "chnge_oi": 0.0,
        "total_buy_qty": str(snapshot.total_buy_quantity),
        "total_sell_qty": str(snapshot.total_sell_quantity),
    }
