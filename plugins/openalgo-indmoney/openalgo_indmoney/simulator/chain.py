"""The option chain, and the search for contracts and expiries."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from openalgo_core.clock import IST
from openalgo_core.exchange import Snapshot
from openalgo_core.models import InstrumentKind
from openalgo_core.numbers import decimal_text
from openalgo_core.symbols import MONTHS

from .desk import Call, Desk
from .envelopes import debug, number, success
from .fields import Fields, decimals, digits, optional, text
from .master import DERIVATIVE, EQUITY, INDEX, Listing

__all__ = ["CHAIN", "EXPIRIES", "SEARCH", "expiries", "option_chain", "search"]

CHAIN: Final[Fields] = {
    "exchange": text(),
    "segment": text(),
    "underlying-scrip": text(),
    "expiry": text(),
    "strike_count": optional(digits()),
}
EXPIRIES: Final[Fields] = {"underlying": text(), "segment": text()}
SEARCH: Final[Fields] = {
    **EXPIRIES,
    **dict.fromkeys(("instrument_type", "expiry", "option_type"), optional(text())),
    **dict.fromkeys(("strike_from", "strike_to"), optional(decimals())),
    "page": optional(digits()),
    "page_size": optional(digits()),
}
_STRIKES: Final = 10
_PAGE_SIZE: Final = 50
_LARGEST_PAGE: Final = 100
_WRONG: Final = "Invalid exchange, segment, underlying-scrip or expiry passed"
#: Made up, as an annual share of the price; greeks follow from it.
_VOLATILITY: Final = 0.12
_YEAR: Final = 365 * 86400


def option_chain(desk: Desk, call: Call) -> dict[str, Any]:
    """Strikes around the underlying's price, each with what is listed of its call and put."""
    query = call.query
    if query.text("segment") not in (EQUITY, INDEX):
        raise debug(_WRONG)
    underlying = desk.master.find(query.text("exchange"), query.text("segment"), query.text("underlying-scrip"))
    if underlying is None:
        raise debug(_WRONG)
    options = [
        one
        for one in _contracts(desk, underlying.contract.symbol)
        if one.contract.kind.is_option and f"{one.contract.expiry}" == query.text("expiry")
    ]
    if not options:
        raise debug(_WRONG)
    spot = desk.exchange.snapshot(underlying.contract).ltp
    each_side = query.count("strike_count") if "strike_count" in query else _STRIKES
    return success(
        {
            "underlying_ltp": number(spot),
            "expiry": query.text("expiry"),
            "strikes": _strikes(desk, _near(options, spot, each_side), float(spot)),
        }
    )


def search(desk: Desk, call: Call) -> dict[str, Any]:
    """One page of an underlying's contracts."""
    _check_segment(call)
    found = [one for one in _contracts(desk, call.query.text("underlying")) if _fits(one, call)]
    page = max(1, call.query.count("page") or 1)
    size = min(call.query.count("page_size") or _PAGE_SIZE, _LARGEST_PAGE)
    shown = found[(page - 1) * size : page * size]
    rows = [_search_row(one) for one in shown]
    return success({"count": len(found), "page": page, "page_size": size, "instruments": rows})


def expiries(desk: Desk, call: Call) -> dict[str, Any]:
    """Dates, the nearest first."""
    _check_segment(call)
    return success(sorted({f"{one.contract.expiry}" for one in _contracts(desk, call.query.text("underlying"))}))


def _contracts(desk: Desk, root: str) -> list[Listing]:
    return [one for one in desk.master.listings if one.segment == DERIVATIVE and one.contract.name == root]


def _near(options: Iterable[Listing], spot: Decimal, each_side: int) -> list[Listing]:
    """The options of the strike nearest to the price and of as many on each side of it."""
    options = list(options)
    strikes = sorted({one.contract.strike or Decimal(0) for one in options})
    middle = min(range(len(strikes)), key=lambda place: abs(strikes[place] - spot))
    kept = strikes[max(0, middle - each_side) : middle + each_side + 1]
    return [one for one in options if one.contract.strike in kept]


def _strikes(desk: Desk, options: Iterable[Listing], spot: float) -> dict[str, dict[str, Any]]:
    strikes: dict[str, dict[str, Any]] = {}
    for one in options:
        side = strikes.setdefault(decimal_text(one.contract.strike or Decimal(0)), {})
        side[one.contract.kind.lower()] = _option_row(desk, one, spot)
    return strikes


def _option_row(desk: Desk, listing: Listing, spot: float) -> dict[str, Any]:
    snapshot = desk.exchange.snapshot(listing.contract)
    return {
        "security_id": listing.security_id,
        "trading_symbol": listing.row["TRADING_SYMBOL"],
        "last_price": number(snapshot.ltp),
        "previous_close_price": number(snapshot.prev_close),
        "oi": snapshot.oi or 0,
        "previous_oi": snapshot.oi or 0,
        "volume": snapshot.volume,
        **_touch(snapshot),
        "iv": _VOLATILITY * 100,
        "greeks": _greeks(desk, listing, spot),
    }


def _touch(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "top_bid_price": number(snapshot.bid),
        "top_bid_quantity": snapshot.bids[0].quantity if snapshot.bids else 0,
        "top_ask_price": number(snapshot.ask),
        "top_ask_quantity": snapshot.asks[0].quantity if snapshot.asks else 0,
    }


def _greeks(desk: Desk, listing: Listing, spot: float) -> dict[str, float]:
    """By Black and Scholes without interest; theta a day, vega a point of volatility."""
    contract = listing.contract
    assert contract.expiry is not None
    ends = datetime(contract.expiry.year, contract.expiry.month, contract.expiry.day, 15, 30, tzinfo=IST)
    years = max((ends - desk.setup.clock.now()).total_seconds(), 60) / _YEAR
    spread = _VOLATILITY * math.sqrt(years)
    d1 = math.log(spot / float(contract.strike or 1)) / spread + spread / 2
    density = math.exp(-d1 * d1 / 2) / math.sqrt(2 * math.pi)
    delta = (1 + math.erf(d1 / math.sqrt(2))) / 2
    return {
        "delta": round(delta if contract.kind is InstrumentKind.CE else delta - 1, 2),
        "gamma": round(density / (spot * spread), 6),
        "theta": round(-spot * density * _VOLATILITY / (2 * math.sqrt(years)) / 365, 2),
        "vega": round(spot * density * math.sqrt(years) / 100, 2),
    }


def _check_segment(call: Call) -> None:
    if call.query.text("segment") != DERIVATIVE:
        raise debug("segment must be DERIVATIVE", "Not Supported")


def _fits(listing: Listing, call: Call) -> bool:
    contract, query = listing.contract, call.query
    asked = {
        "instrument_type": listing.row["INSTRUMENT_NAME"],
        "expiry": f"{contract.expiry}",
        "option_type": contract.kind.value,
    }
    if any(name in query and query.text(name) != value for name, value in asked.items()):
        return False
    strike = contract.strike or Decimal(0)
    low, high = query.amount("strike_from"), query.amount("strike_to")
    return (low is None or strike >= low) and (high is None or strike <= high)


def _search_row(listing: Listing) -> dict[str, Any]:
    contract = listing.contract
    is_option = contract.kind.is_option
    return {
        "security_id": listing.security_id,
        "trading_symbol": _search_symbol(listing),
        "expiry": f"{contract.expiry}",
        "strike_price": number(contract.strike) if is_option else None,
        "option_type": contract.kind.value if is_option else None,
        "lot_size": contract.lot_size,
    }


def _search_symbol(listing: Listing) -> str:
    """Spelt otherwise than in the files: root, year, month, day, and the strike or FUT."""
    contract = listing.contract
    assert contract.expiry is not None
    dated = f"{contract.name}{contract.expiry:%y}{MONTHS[contract.expiry.month - 1]}{contract.expiry:%d}"
    strike = "" if contract.strike is None else decimal_text(contract.strike)
    return f"{dated}{strike}{contract.kind.value}"
