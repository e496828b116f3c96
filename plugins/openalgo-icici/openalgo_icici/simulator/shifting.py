"""Expiries of the sample that have gone by move forward, so that there is always something to trade.

All contracts of one underlying that expire on one day move together, by whole weeks, to the first day later than today
that keeps the weekday and is no other expiry of that underlying. The cell is replaced; every other byte stays.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from .dates import day_text, read_day

__all__ = ["shifted"]

_WEEK: Final = timedelta(weeks=1)
_LINE: Final = "\r\n"


def shifted(text: str, today: date) -> str:
    """A file of derivatives with no expiry before `today`."""
    header, *lines = text.split(_LINE)
    columns = _cells(header)
    name, expiry = columns.index("ShortName"), columns.index("ExpiryDate")
    listed: defaultdict[str, set[date]] = defaultdict(set)
    rows = [_cells(line) for line in lines]
    for row in rows:
        listed[row[name]].add(read_day(row[expiry]))
    moves = {underlying: _moves(days, today) for underlying, days in listed.items()}
    moved = [
        line.replace(f'"{row[expiry]}"', f'"{day_text(moves[row[name]][read_day(row[expiry])])}"', 1)
        for line, row in zip(lines, rows, strict=True)
    ]
    return _LINE.join([header, *moved])


def _moves(days: Iterable[date], today: date) -> dict[date, date]:
    """Where each expiry of an underlying goes; their order stays."""
    taken = {day for day in days if day >= today}
    moves = {day: day for day in taken}
    for old in sorted(set(days) - taken):
        new = old + _WEEK * ((today - old).days // 7 + 1)
        while new in taken:
            new += _WEEK
        taken.add(new)
        moves[old] = new
    return moves


def _cells(line: str) -> list[str]:
    return next(csv.reader([line], skipinitialspace=True))
