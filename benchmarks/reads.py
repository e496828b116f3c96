"""Rows 5 and 6: many quotes, and an order book of 5 000 orders."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence

import requests

from openalgo_core.clock import SystemClock

from . import books
from .measure import Figures, calls
from .rows import Row
from .stand import Paced, Stand

__all__ = ["rows"]

_QUOTES = 500
#: Angel One takes so many in one request.
_BATCH = 50


def rows(stand: Stand, *, rounds: int) -> list[Row]:
    return [*_quotes(stand), *_books(stand, rounds)]


def _quotes(stand: Stand) -> list[Row]:
    """By the real clock, because the broker's limit on quotes a second is part of the time."""
    names = [f"NSE:SHARE{number}" for number in range(1, _QUOTES + 1)]
    with stand.connect(SystemClock()) as broker:
        broker.quotes(names[:1])
        time.sleep(1.1)  # what the stand has used of this second's limit is free again
        stand.counts()
        begun = time.perf_counter()
        found = broker.quotes(names)
        seconds = time.perf_counter() - begun
        counted = stand.counts()
    assert len(found) == _QUOTES
    least = -(-_QUOTES // _BATCH)
    return [
        Row("5", f"requests for {_QUOTES} quotes", "none", counted["requests"], least, least, unit="requests"),
        Row("5", "connections for them", "none", counted["connections"], 1, 0, unit="new"),
        Row("5", "how long they take within the broker's limit", "none", seconds, 1, 1, unit="s"),
    ]


def _books(stand: Stand, rounds: int) -> list[Row]:
    """Each against the same requests, made bare."""
    rows = []
    for broker, requests_of_it in books.REQUESTS.items():
        timed = _timed_book(stand, broker, requests_of_it, rounds)
        number = "6" if broker == "angel" else "6b"
        what = f"order book of 5 000 as {broker} writes it"
        rows.append(Row(number, what, "fetch and json.loads", timed["we"].ratio(timed["bare"]), 2.0, 1.2))
    return rows


def _timed_book(stand: Stand, broker: str, asked: Sequence[books.Asked], rounds: int) -> Mapping[str, Figures]:
    clock = Paced()
    with stand.connect(clock, broker) as connected, requests.Session() as session:
        if broker != "angel":  # whose login the stand has made already
            stand.log_in(connected)
            connected.sync_instruments()

        def bare() -> None:
            for path, exchange in asked:
                body = {"exchange_code": exchange} if exchange else None
                json.loads(session.get(f"{stand.url}{path}", json=body, timeout=7).content)

        def book() -> None:
            clock.step(5)
            assert len(connected.orders()) == 5000

        return calls({"bare": bare, "we": book}, rounds=rounds, each=3)
