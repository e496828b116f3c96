"""Expiries and the option chain."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from openalgo_core.models import InstrumentKind
from openalgo_core.symbols import MONTHS

from .desk import Call, Desk
from .fields import Field, Fields
from .market import bad_request
from .scrips import Listing

__all__ = ["CHAIN", "EXPIRIES", "expiries", "option_chain"]

_ANY: Final = Field(required=False)
EXPIRIES: Final[Fields] = dict.fromkeys(("exchange", "underlying", "instrument_type"), _ANY)
CHAIN: Final[Fields] = {**EXPIRIES, "expiry": _ANY, "count": _ANY}

_DEFAULT_COUNT: Final = 40


def expiries(desk: Desk, call: Call) -> dict[str, Any]:
    """Of options, unless futures are asked for."""
    found = _listed(desk, call)
    return {
        "exchange": call.body.text("exchange"),
        "underlying": call.body.text("underlying"),
        "expiries": sorted({str(listing.contract.expiry) for listing in found}),
    }


def option_chain(desk: Desk, call: Call) -> dict[str, Any]:
    """The options of one expiry, the next one unless said, or all futures."""
    found, count = _listed(desk, call), call.body.text("count") or str(_DEFAULT_COUNT)
    if not count.isdecimal() or int(count) % 10:
        raise bad_request("count must be a multiple of 10")
    if call.body.text("instrument_type") == "fut":
        return {"data": {"common_data": _common(found[0]), "fut": [_future(desk, listing) for listing in found]}}
    wanted = call.body.text("expiry") or str(min(_expiry(listing) for listing in found))
    found = [listing for listing in found if str(listing.contract.expiry) == wanted][: int(count)]
    if not found:
        raise bad_request("Invalid expiry")
    sides = {"call": InstrumentKind.CE, "put": InstrumentKind.PE}
    return {
        "data": {
            "common_data": _common(found[0]) | {"expiryDt": wanted},
            **{
                name: [_option(desk, listing) for listing in found if listing.contract.kind is kind]
                for name, kind in sides.items()
            },
        }
    }


def _listed(desk: Desk, call: Call) -> list[Listing]:
    body = call.body
    futures = body.text("instrument_type") == "fut"
    found = [
        listing
        for listing in desk.master.derivatives(body.text("exchange"), body.text("underlying"))
        if listing.contract.kind.is_option is not futures
    ]
    if not found:
        raise bad_request("Invalid underlying")
    return sorted(found, key=lambda listing: (_expiry(listing), listing.contract.strike or 0))


def _expiry(listing: Listing) -> date:
    assert listing.contract.expiry is not None
    return listing.contract.expiry


def _common(listing: Listing) -> dict[str, Any]:
    contract = listing.contract
    multiplier = int(contract.multiplier)
    return {
        "mktLot": contract.lot_size,
        "multiplier": multiplier,
        "unlSymbol": contract.name,
        "exSeg": listing.segment,
    }


def _option(desk: Desk, listing: Listing) -> dict[str, Any]:
    contract, at = listing.contract, desk.exchange.snapshot(listing.contract)
    assert contract.strike is not None
    return {
        "instrument": {
            "neoSymbol": listing.key,
            "symbol": listing.symbol,
            "optionType": contract.kind.value,
            "strikePrice": float(contract.strike),
        },
        "quote": {
            "ltp": float(at.ltp),
            "open": float(at.open),
            "high": float(at.high),
            "low": float(at.low),
            "prevClose": float(at.prev_close),
            "close": None,
            "volume": at.volume,
        },
        "openInterest": {"current": at.oi, "previous": at.oi, "change": 0, "changePct": 0.0},
    }


def _future(desk: Desk, listing: Listing) -> dict[str, Any]:
    at, expiry = desk.exchange.snapshot(listing.contract), _expiry(listing)
    day = f"{expiry:%d}-{MONTHS[expiry.month - 1]}-{expiry.year}"
    prices = {"ltp": at.ltp, "o": at.open, "h": at.high, "l": at.low, "pc": at.prev_close}
    return {
        "inst": {"neoSymbol": listing.key, "symbol": listing.symbol, "expiryDt": day},
        "quote": {**{name: float(value) for name, value in prices.items()}, "c": None, "vol": at.volume},
        "oi": {"cur": at.oi, "prev": at.oi, "chg": 0, "chgPct": 0.0},
    }
