"""Rows 5 and 6: many quotes, and an order book of 5 000 orders."""

from __future__ import annotations

import json
import time

import requests

from openalgo_core.clock import SystemClock

from .measure import calls
from .rows import Row
from .stand import Paced, Stand

__all__ = ["rows"]

_QUOTES = 500
#: Angel One takes so many in one request.
_BATCH = 50


def rows(stand: Stand, *, rounds: int) -> list[Row]:
    return [*_quotes(stand), *_book(stand, rounds)]


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


def _book(stand: Stand, rounds: int) -> list[Row]:
    url = f"{stand.url}/rest/secure/angelbroking/order/v1/getOrderBook"
    clock = Paced()
    with stand.connect(clock) as broker, requests.Session() as session:

        def book() -> None:
            clock.step(5)
            assert len(broker.orders()) > 1000

        timed = calls(
            {"bare": lambda: json.loads(session.get(url, timeout=7).content), "we": book}, rounds=rounds, each=3
        )
    return [
        Row("6", "order book of 5 000 to models", "fetch and json.loads", timed["we"].ratio(timed["bare"]), 2.0, 1.2)
    ]
