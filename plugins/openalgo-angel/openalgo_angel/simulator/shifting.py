"""Expiries of the sample that have gone by move forward, so that there is always something to trade.

A date moves by whole weeks, to the first day later than today that keeps its weekday; the symbol is spelt anew in the
manner of the row it stands in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any, Final

from openalgo_core.symbols import MONTHS, expiry_text

__all__ = ["expiry_of", "shifted", "underlying_of"]

Row = dict[str, Any]
Style = Callable[[date], str]

_WEEK: Final = timedelta(weeks=1)
#: How weekly BFO symbols spell the month.
_MONTH_SIGNS: Final = "123456789OND"


def shifted(rows: Iterable[Row], today: date) -> list[Row]:
    """The rows with no expiry before `today`. No two of a segment end up with one symbol."""
    rows = list(rows)
    taken = {(row["exch_seg"], row["symbol"]) for row in rows if not _is_past(row, today)}
    return [_moved(row, today, taken) if _is_past(row, today) else row for row in rows]


def expiry_of(row: Row) -> date | None:
    """The day that `23NOV2026` names."""
    text = row["expiry"]
    return date(int(text[5:]), MONTHS.index(text[2:5]) + 1, int(text[:2])) if text else None


def _is_past(row: Row, today: date) -> bool:
    expiry = expiry_of(row)
    return expiry is not None and expiry < today


def _moved(row: Row, today: date, taken: set[tuple[str, str]]) -> Row:
    old = expiry_of(row)
    assert old is not None
    new = old + _WEEK * ((today - old).days // 7 + 1)
    while (row["exch_seg"], symbol := _respelt(row["symbol"], row, old, new)) in taken:
        new += _WEEK
    taken.add((row["exch_seg"], symbol))
    token = row["token"] if row["token"].isdecimal() else _respelt(row["token"], row, old, new)
    return row | {"symbol": symbol, "token": token, "expiry": f"{new:%d}{MONTHS[new.month - 1]}{new.year}"}


def underlying_of(row: Row) -> str:
    """The name of a derivative's underlying; some BFO rows leave the column empty and have it in the symbol only."""
    expiry = expiry_of(row)
    assert expiry is not None
    name, symbol = str(row["name"]), str(row["symbol"])
    return name or symbol[: _date_in(symbol, row, expiry)[0]]


def _respelt(text: str, row: Row, old: date, new: date) -> str:
    """`text` with the new date in place of the old one, spelt alike."""
    place, style = _date_in(text, row, old)
    tail = text[place + len(style(old)) :]
    if (row["exch_seg"], row["instrumenttype"]) == ("BFO", "OPTIDX"):
        style = _bse_index_option
    return text[:place] + style(new) + tail.replace(_month_year(old), _month_year(new))


def _date_in(text: str, row: Row, day: date) -> tuple[int, Style]:
    """Where a symbol or token has its date, and how it is spelt there."""
    for style in (expiry_text, _monthly, _weekly):
        place = text.find(style(day), len(row["name"]))
        if place >= 0:
            return place, style
    raise ValueError(f"{text} does not carry its expiry {day}")


def _bse_index_option(day: date) -> str:
    """Spelt by the month where it is the last of its month, else by the day."""
    return _monthly(day) if (day + _WEEK).month != day.month else _weekly(day)


def _monthly(day: date) -> str:
    return f"{day:%y}{MONTHS[day.month - 1]}"


def _weekly(day: date) -> str:
    return f"{day:%y}{_MONTH_SIGNS[day.month - 1]}{day:%d}"


def _month_year(day: date) -> str:
    """What an NCDEX option says of its future: `OCT26`."""
    return f"{MONTHS[day.month - 1]}{day:%y}"
