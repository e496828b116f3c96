"""`python -m benchmarks.drivers DRIVER ACT URL`: the figures of one act, by row, as the last line of the output."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import requests

from ..bare import counts, placing, reading_book
from ..measure import calls, peak_megabytes
from . import SHARES

_ORDERS = 100  # a turn

Figures = Mapping[str, float]


def orders(driver: Any, url: str) -> Figures:
    def place() -> None:
        assert driver.place()

    place()
    counts(url)
    calls({"peer": place}, rounds=1, each=_ORDERS)
    connections = counts(url)["connections"]
    with requests.Session() as session:
        timed = calls({"bare": placing(url, session), "peer": place}, rounds=12, each=_ORDERS)
    peer = timed["peer"]
    return {
        "2a": peer.ratio(timed["bare"]),
        "2c": peer.tail,
        "2d": connections / (_ORDERS + 1),  # one untimed
    }


def quotes(driver: Any, url: str) -> Figures:
    """Five hundred, in as few calls as the peer needs for them, after one that makes its connection."""
    driver.quotes(SHARES[:1])
    counts(url)
    begun = time.perf_counter()
    assert driver.quotes(SHARES) == len(SHARES)
    seconds = time.perf_counter() - begun
    counted = counts(url)
    return {"5 requests": counted["requests"], "5 connections": counted["connections"], "5 how long": seconds}


def book(driver: Any, url: str) -> Figures:
    def read() -> None:
        assert driver.book() >= 5_000

    with requests.Session() as session:
        timed = calls({"bare": reading_book(url, session), "peer": read}, rounds=7, each=3)
    return {"6 order book": timed["peer"].ratio(timed["bare"])}


def sync(driver: Any, _: str) -> Figures:
    begun = time.perf_counter()
    rows = driver.sync()
    return {"rows": rows, "seconds": time.perf_counter() - begun, "peak": peak_megabytes()}


def fault(driver: Any, _: str) -> Figures:
    """Whether the caller hears the truth of an order that was booked, and whose answer was spoilt."""
    try:
        return {"truthful": float(bool(driver.place()))}
    except Exception as error:  # noqa: BLE001  # whatever the peer raises is what it tells its user
        return {"truthful": float(_leaves_open(error))}


def _leaves_open(error: Exception) -> bool:
    """Whether the error's kind says, to somebody who knows, that the network failed: the order may then be booked.

    No peer has a word for "unknown", so this is as much as they can be given.
    """
    words = ("timeout", "connection", "network", "transport", "protocol", "chunked")
    return any(word in kind.__name__.lower() for kind in type(error).__mro__ for word in words)


_ACTS: Mapping[str, Callable[[Any, str], Figures]] = {act.__name__: act for act in (orders, quotes, book, sync, fault)}


def main(name: str, act: str, url: str) -> None:
    driver = import_module(f"{__package__}.{name}").Driver(url)
    print("\n" + json.dumps(_ACTS[act](driver, url)))


main(*sys.argv[1:])
