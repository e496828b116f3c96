"""Quotes with five levels of depth, and the facts of one security."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from openalgo_core.exchange import Level, Snapshot

from .desk import Call, Desk, time_first
from .envelopes import success
from .master import Listing

__all__ = ["quote", "security"]

_SEGMENT_NAMES: Final = {"NSE": "EQT", "BSE": "EQT", "NFO": "DER", "BFO": "DER", "CDS": "CUR", "MCX": "COM"}


def quote(desk: Desk, call: Call) -> dict[str, Any]:
    """All text. Neither the previous close nor open interest; an index has prices only."""
    listing = desk.by_token(call)
    snapshot = desk.exchange.snapshot(listing.contract)
    prices = {
        "ltp": snapshot.ltp,
        "day_open": snapshot.open,
        "day_high": snapshot.high,
        "day_low": snapshot.low,
    }
    shown = {name: listing.price(value) for name, value in prices.items()}
    return success(**_names(listing), **shown, **(_traded(listing, snapshot) if listing.tradable else {}))


def security(desk: Desk, call: Call) -> dict[str, Any]:
    """What stands in no column of the master: the quantity freeze, and the tick in rupees."""
    listing = desk.by_token(call)
    contract = listing.contract
    facts = {
        "freeze_qty": str(contract.freeze_quantity),
        "expiry": f"{contract.expiry:%d-%m-%Y}" if contract.expiry else "",
        "option_strike": listing.price(contract.strike) if contract.strike else "",
        "option_type": contract.kind.value if contract.kind.is_option else "",
    }
    told = {name: value for name, value in facts.items() if value}
    return success(requestTime=time_first(desk.setup.clock.now()), **_names(listing), **told)


def _names(listing: Listing) -> dict[str, str]:
    row = listing.row
    return {
        "exchange": row.segment,
        "tradingsymbol": row.trading_symbol,
        "token": row.token,
        "company_name": row.company,
        "symbol_name": row.symbol,
        "segment": _SEGMENT_NAMES[row.segment],
        "instrument_name": row.instrument_type,
        "isin": row.isin,
        "lotsize": row.lot,
        "ticksize": listing.price(listing.tick),
        "price_precision": row.precision,
        "multiplier": row.multiplier,
        "price_factor": "(1 / 1 ) * (1 / 1)",
    }


def _traded(listing: Listing, snapshot: Snapshot) -> dict[str, str]:
    return {
        "upper_circuit": listing.price(snapshot.upper_circuit),
        "lower_circuit": listing.price(snapshot.lower_circuit),
        "average_traded_price": listing.price(snapshot.average_price),
        "volume": str(snapshot.volume),
        "last_traded_qty": str(snapshot.last_quantity),
        "last_trade_time": f"{snapshot.time:%H:%M:%S}",
        **_side("bid", listing, snapshot.bids),
        **_side("ask", listing, snapshot.asks),
    }


def _side(side: str, listing: Listing, levels: Iterable[Level]) -> dict[str, str]:
    """The levels that there are, counted from 1."""
    shown: dict[str, str] = {}
    for place, level in enumerate(levels, 1):
        shown[f"best_{side}_price{place}"] = listing.price(level.price)
        shown[f"best_{side}_qty{place}"] = str(level.quantity)
        shown[f"best_{side}_orders{place}"] = str(level.orders)
    return shown
