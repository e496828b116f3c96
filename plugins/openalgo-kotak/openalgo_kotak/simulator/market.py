"""Quotes, and the list of the instrument files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from openalgo_core.exchange import Level, Snapshot

from .desk import Call, Desk
from .envelopes import Refusal, coded
from .scrips import Listing

__all__ = ["FILES", "QUOTE_FAULTS", "bad_request", "file_paths", "listing_at", "quotes"]

#: Where the instrument files lie, below the host; a folder of the day comes in between.
FILES: Final = "/wso2-scripmaster/v1/prod"
#: Faults that `quotes` plays: a row that is simply not there.
QUOTE_FAULTS: Final = frozenset({"incomplete"})

_MOST: Final = 50


def quotes(desk: Desk, call: Call) -> list[dict[str, Any]]:
    """A bare list. One name that is wrong spoils the whole call."""
    wanted, show = call.path["symbols"].split(","), _FILTERS.get(call.path["filter"])
    if show is None:
        raise bad_request("Invalid filter")
    if len(wanted) > _MOST:
        raise bad_request(f"Maximum {_MOST} instruments are allowed")
    listings = [listing_at(desk, key) for key in wanted]
    if call.scripted in QUOTE_FAULTS:
        del listings[0]
    return [_names(listing) | show(listing, desk.exchange.snapshot(listing.contract)) for listing in listings]


def file_paths(desk: Desk, call: Call) -> dict[str, Any]:
    """The files of today; they need no login."""
    root = f"{desk.setup.public_url}{FILES}"
    paths = [f"{root}/{desk.master.day}/{path}" for path in desk.master.paths]
    return {"data": {"baseFolder": root, "filesPaths": paths}}


def listing_at(desk: Desk, key: str) -> Listing:
    """What `nse_cm|3045` or `nse_cm|Nifty 50` names. Raises `Refusal` 1009."""
    segment, _, token = key.partition("|")
    found = desk.master.find(segment, token)
    if found is None:
        refusal = coded(1009)
        refusal.body = {"stat": "Not_Ok", "emsg": "Invalid instrument/code", "stCode": 1009}
        raise refusal
    return found


def bad_request(message: str) -> Refusal:
    """How the market data calls refuse."""
    return Refusal({"status": "ERROR", "fault": {"code": 400, "message": message}}, 400)


def _names(listing: Listing) -> dict[str, Any]:
    return {
        "exchange_token": listing.row["pSymbol"],
        "display_symbol": listing.symbol,
        "exchange": listing.segment,
    }


def _last(listing: Listing, at: Snapshot) -> dict[str, Any]:
    return {"lstup_time": str(int(at.time.timestamp())), "ltp": _price(at.ltp)}


def _ohlc(listing: Listing, at: Snapshot) -> dict[str, Any]:
    """`close` is the previous day's."""
    prices = {"open": at.open, "high": at.high, "low": at.low, "close": at.prev_close}
    return {"ohlc": {name: _price(value) for name, value in prices.items()}}


def _depth(listing: Listing, at: Snapshot) -> dict[str, Any]:
    """Five levels; indices have none."""
    if listing.contract.exchange.is_index:
        return {"depth": None}
    return {"depth": {"buy": _levels(at.bids), "sell": _levels(at.asks)}}


def _interest(listing: Listing, at: Snapshot) -> dict[str, Any]:
    return {"open_int": str(at.oi or 0)}


def _year(listing: Listing, at: Snapshot) -> dict[str, Any]:
    """The exchange keeps no year."""
    return {"year_high": f"{float(at.high) * 1.25:.2f}", "year_low": f"{float(at.low) * 0.75:.2f}"}


def _circuits(listing: Listing, at: Snapshot) -> dict[str, Any]:
    return {"low_price_range": _price(at.lower_circuit), "high_price_range": _price(at.upper_circuit)}


def _nothing(listing: Listing, at: Snapshot) -> dict[str, Any]:
    return {}


def _everything(listing: Listing, at: Snapshot) -> dict[str, Any]:
    change = at.ltp - at.prev_close
    row = {
        "last_traded_quantity": str(at.last_quantity),
        "total_buy": str(at.total_buy_quantity),
        "total_sell": str(at.total_sell_quantity),
        "last_volume": str(at.volume),
        "avg_cost": _price(at.average_price),
        "change": _price(change),
        "per_change": f"{change / at.prev_close * 100:.4f}",
    }
    for part in (_last, _interest, _circuits, _year, _ohlc, _depth):
        row |= part(listing, at)
    return row


_FILTERS: Final[Mapping[str, Callable[[Listing, Snapshot], dict[str, Any]]]] = {
    "all": _everything,
    "depth": _depth,
    "market_depth": _depth,
    "ohlc": _ohlc,
    "ltp": _last,
    "oi": _interest,
    "52W": _year,
    "52w": _year,
    "circuit_limits": _circuits,
    "scrip_details": _nothing,
}


def _price(value: Any) -> str:
    return f"{value:.4f}"


def _levels(levels: tuple[Level, ...]) -> list[dict[str, str]]:
    return [
        {"price": _price(level.price), "quantity": str(level.quantity), "orders": str(level.orders)} for level in levels
    ]
