"""The instrument file and quotes."""

from __future__ import annotations

from typing import Any

from openalgo_core.exchange import Contract, Snapshot

from .desk import Answer, Call, Desk
from .words import KINDS, SEGMENTS

__all__ = ["instruments", "names", "quotes"]


def instruments(desk: Desk, call: Call) -> Answer:
    """The file of the day; 304 for whoever has it."""
    stamp = f'"{desk.day.isoformat()}"'
    if call.headers.get("if-none-match") == stamp:
        return Answer(None, 304)
    rows = [_row(number, contract) for number, contract in desk.contracts.items()]
    return Answer(rows, headers={"ETag": stamp})


def quotes(desk: Desk, call: Call) -> Answer:
    """Those of the ids asked for that there are."""
    found = [(number, desk.contracts[number]) for number in call.query["ids"].split(",") if number in desk.contracts]
    return Answer({"quotes": [_quote(number, desk.exchange.snapshot(contract)) for number, contract in found]})


def names(desk: Desk, contract: Contract) -> dict[str, str]:
    """How every row of a book names its instrument."""
    return {
        "segment": SEGMENTS[contract.exchange],
        "instrument": desk.numbers[contract.key],
        "symbol": _symbol(contract),
    }


def _symbol(contract: Contract) -> str:
    """Acme's spelling: NIFTY:2026-11-24:25000:CALL."""
    parts = (contract.underlying, contract.expiry, contract.strike, KINDS[contract.kind])
    return ":".join(str(part) for part in parts if part is not None) if contract.expiry else contract.symbol


def _row(number: str, contract: Contract) -> dict[str, Any]:
    return {
        "id": number,
        "segment": SEGMENTS[contract.exchange],
        "symbol": _symbol(contract),
        "base": contract.underlying,
        "name": contract.name,
        "kind": KINDS[contract.kind],
        "expiry": contract.expiry.isoformat() if contract.expiry else None,
        "strike": contract.strike,
        "lot": contract.lot_size,
        "tick": contract.tick_size,
    }


def _quote(number: str, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "id": number,
        "ltp": snapshot.ltp,
        "open": snapshot.open,
        "high": snapshot.high,
        "low": snapshot.low,
        "close": snapshot.prev_close,
        "volume": snapshot.volume,
        "bid": snapshot.bid,
        "ask": snapshot.ask,
        "oi": snapshot.oi,
        "time": snapshot.time.isoformat(),
    }
