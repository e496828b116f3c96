"""Full quotes, last prices and depth of many instruments at once. One that cannot be quoted fails all of them."""

from __future__ import annotations

from decimal import Decimal
from itertools import zip_longest
from typing import Any, Final

from openalgo_core.exchange import Level, Snapshot

from .desk import Call, Desk
from .envelopes import bad_codes, number, success
from .fields import Fields, text
from .master import Listing

__all__ = ["CODES", "grouped", "quotes", "wanted"]

CODES: Final[Fields] = {"scrip-codes": text()}
_MOST_CODES: Final = 1000
_MODES: Final = ("full", "ltp", "mkt")


def quotes(desk: Desk, call: Call) -> dict[str, Any]:
    """One entry for each code but those left out in silence, under the code as it was asked for."""
    mode, codes = call.path["mode"], wanted(call)
    if mode not in _MODES or len(codes) > _MOST_CODES:
        raise bad_codes()
    found = [(code, _listing(desk, code)) for code in codes]
    return success({code: _quoted(desk, code, listing, mode) for code, listing in found if listing is not None})


def wanted(call: Call) -> tuple[str, ...]:
    """The codes asked for, each once, in their order."""
    return tuple(dict.fromkeys(call.query.text("scrip-codes").split(",")))


def grouped(value: int | Decimal) -> str:
    """Digits in the Indian manner: `6,14,220`, `1,02,550.05`."""
    whole, point, decimals = str(value).partition(".")
    head, tail = whole[:-3], whole[-3:]
    pairs: list[str] = []
    while head:
        pairs.insert(0, head[-2:])
        head = head[:-2]
    return ",".join([*pairs, tail]) + point + decimals


def _listing(desk: Desk, code: str) -> Listing | None:
    """`None` for a derivative behind the prefix of its exchange: silence. Raises `Refusal` for what is nothing."""
    listing = desk.master.coded(code)
    if listing is None and desk.master.is_misnamed(code):
        return None
    if listing is None or not desk.trades(listing):
        raise bad_codes()
    return listing


def _quoted(desk: Desk, code: str, listing: Listing, mode: str) -> dict[str, Any]:
    """An index has no depth; what its entry then looks like is not documented."""
    snapshot = desk.exchange.snapshot(listing.contract)
    if mode == "ltp":
        return {"live_price": number(snapshot.ltp)}
    depth = {} if listing.contract.exchange.is_index else {"market_depth": {code: _depth(snapshot)}}
    return depth if mode == "mkt" else _full(snapshot) | depth


def _full(snapshot: Snapshot) -> dict[str, Any]:
    """No open interest."""
    change = snapshot.ltp - snapshot.prev_close
    return {
        "live_price": number(snapshot.ltp),
        "day_change": number(change),
        "day_change_percentage": number(round(change / snapshot.prev_close * 100, 2)),
        "day_low": number(snapshot.low),
        "day_high": number(snapshot.high),
        "day_open": number(snapshot.open),
        "prev_close": number(snapshot.prev_close),
        "52week_high": number(round(snapshot.high * Decimal("1.25"), 2)),  # the exchange keeps no year
        "52week_low": number(round(snapshot.low * Decimal("0.75"), 2)),
        "upper_circuit": number(snapshot.upper_circuit),
        "lower_circuit": number(snapshot.lower_circuit),
        "volume": snapshot.volume,
    }


def _depth(snapshot: Snapshot) -> dict[str, Any]:
    """Numbers as texts; the levels that there are."""
    buy, sell = snapshot.total_buy_quantity, snapshot.total_sell_quantity
    buys = round(100 * buy / (buy + sell), 1) if buy + sell else 0.0
    pairs = zip_longest(map(_level, snapshot.bids), map(_level, snapshot.asks))
    return {
        "aggregate": {
            "total_buy": grouped(buy),
            "total_sell": grouped(sell),
            "buy_percentage": buys,
            "sell_percentage": round(100 - buys, 1),
        },
        "depth": [
            {side: level for side, level in (("buy", bid), ("sell", ask)) if level is not None} for bid, ask in pairs
        ],
    }


def _level(level: Level) -> dict[str, str]:
    """Small quantities come with decimals, as live."""
    quantity = f"{level.quantity}.00" if level.quantity < 1000 else grouped(level.quantity)
    return {"quantity": quantity, "price": grouped(round(level.price, 2))}
