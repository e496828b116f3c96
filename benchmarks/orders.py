"""Rows 2a to 2d: one LIMIT order in a running process, with all that we promise."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from .bare import placing
from .measure import Figures, calls
from .rows import Row
from .stand import Paced, Stand

__all__ = ["rows", "trading"]

#: Calls without which a hundredth of them says nothing.
_ENOUGH = 1_000


def rows(stand: Stand, rounds: int, each: int) -> list[Row]:
    timed, counted, placed = _normal(stand, rounds, each)
    durable = _durable(stand, rounds, each)
    ours, bare = timed["we"], timed["bare"]
    powered = durable["we"].ratio(durable["bare"], durable["disk"], durable["disk"])
    found = [
        Row("2a", "place one LIMIT order", "Session().post", ours.ratio(bare), 1.0, 0.8),
        Row("2b", "the same, surviving a power cut", "post + two fdatasync", powered, 1.2, 0.95),
        Row("2d", "connections per order", "none", counted / placed, 0, 0, unit="each"),
    ]
    if rounds * each >= _ENOUGH:
        baseline = f"its median (the bare call has {bare.tail:.2f} x)"
        found.append(Row("2c", "p99 of 2a", baseline, ours.tail, 2.0, 1.6))
    return found


def _normal(stand: Stand, rounds: int, each: int) -> tuple[dict[str, Figures], int, int]:
    with trading(stand) as place, requests.Session() as session:
        place()
        stand.counts()
        calls({"we": place}, rounds=1, each=each)
        counted = stand.counts()["connections"]
        timed = calls({"bare": placing(stand.url, session), "we": place}, rounds=rounds, each=each)
    return timed, counted, each + 1


def _durable(stand: Stand, rounds: int, each: int) -> dict[str, Figures]:
    """The journal waits for the disk, and so does the baseline."""
    configuration = stand.home / "openalgo.toml"
    before = configuration.read_text(encoding="utf-8")
    configuration.write_text(f'{before}\n[journal]\ndurability = "power"\n', encoding="utf-8")
    try:
        with trading(stand) as place, requests.Session() as session:
            cases: dict[str, Callable[[], object]] = {
                "bare": placing(stand.url, session),
                "disk": _Disk(stand.home / "floor"),
                "we": place,
            }
            return calls(cases, rounds=rounds, each=each)
    finally:
        configuration.write_text(before, encoding="utf-8")


@contextmanager
def trading(stand: Stand) -> Iterator[Callable[[], None]]:
    """Places an order at each call, five seconds after the last by its own clock: the broker's 1 000 an hour hold."""
    clock = Paced()
    with stand.connect(clock) as broker:

        def place() -> None:
            clock.step(5)
            result = broker.place_order("NSE:SBIN", "BUY", 1, product="MIS", price="812.35")
            assert result.status == "acknowledged"

        yield place


class _Disk:
    """One append that waits for the disk."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def __call__(self) -> None:
        os.write(self._file, b"x" * 300)
        os.fdatasync(self._file)
