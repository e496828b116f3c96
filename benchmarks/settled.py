"""Figures beyond what is allowed are measured again before they count: a shared machine spoils one, a slow line all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from .rows import Row

__all__ = ["settled"]


def settled(measure: Callable[[], Sequence[Row]], *, fails: Callable[[Row], bool], tries: int) -> Sequence[Row]:
    """What `measure` finds, and finds again, up to `tries` times in all, while a row fails.

    What counts of a ratio is its least: others on the machine add to some measurements, a regression to each. What
    counts of anything else is its most: a second connection is one too many, however rarely it is made.
    """
    rows = measure()
    for _ in range(tries - 1):
        if not any(map(fails, rows)):
            break
        rows = [_one_of(pair) for pair in zip(rows, measure(), strict=True)]
    return rows


def _one_of(measured: tuple[Row, Row]) -> Row:
    before, after = measured
    assert (before.number, before.what) == (after.number, after.what)
    better, worse = sorted(measured, key=lambda row: row.we)
    counts, other = (better, worse) if before.unit == "x" else (worse, better)
    return replace(counts, also=(*before.also, *after.also, other.we))
