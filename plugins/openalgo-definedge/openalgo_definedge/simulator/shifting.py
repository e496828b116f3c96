"""Rows of the sample, and how expiries that have gone by move forward, so that there is always something to trade.

A date moves by whole weeks, to the first day later than today that keeps its weekday; the trading symbol is spelt anew
in the manner of the row it stands in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Final, NamedTuple

from openalgo_core.symbols import MONTHS, expiry_text

__all__ = ["Row", "shifted"]

Style = Callable[[date], str]

_WEEK: Final = timedelta(weeks=1)
#: How weekly BFO symbols spell the month.
_MONTH_SIGNS: Final = "123456789OND"


class Row(NamedTuple):
    """One line of the master, text by text, in the order of its columns."""

    segment: str
    token: str
    symbol: str
    trading_symbol: str
    instrument_type: str
    expiry_text: str
    tick: str
    lot: str
    option_type: str
    strike: str
    precision: str
    multiplier: str
    isin: str
    price_multiplier: str
    company: str

    @property
    def is_derivative(self) -> bool:
        return self.instrument_type.startswith(("FUT", "OPT"))

    @property
    def expiry(self) -> date | None:
        """The day that `24112026` names; shares and indices carry a date that means nothing."""
        text = self.expiry_text
        return date(int(text[4:]), int(text[2:4]), int(text[:2])) if self.is_derivative else None


def shifted(rows: Iterable[Row], today: date) -> list[Row]:
    """The rows with no expiry before `today`. No two of a segment end up with one symbol."""
    rows = list(rows)
    taken = {(row.segment, row.trading_symbol) for row in rows if not _is_past(row, today)}
    return [_moved(row, today, taken) if _is_past(row, today) else row for row in rows]


def _is_past(row: Row, today: date) -> bool:
    return row.expiry is not None and row.expiry < today


def _moved(row: Row, today: date, taken: set[tuple[str, str]]) -> Row:
    old = row.expiry
    assert old is not None
    new = old + _WEEK * ((today - old).days // 7 + 1)
    while (row.segment, symbol := _respelt(row, old, new)) in taken:
        new += _WEEK
    taken.add((row.segment, symbol))
    return row._replace(trading_symbol=symbol, expiry_text=f"{new:%d%m%Y}")


def _respelt(row: Row, old: date, new: date) -> str:
    """The trading symbol with the new date in place of the old one, spelt alike."""
    place, style = _date_in(row, old)
    head, tail = row.trading_symbol[:place], row.trading_symbol[place + len(style(old)) :]
    if (row.segment, row.instrument_type) == ("BFO", "OPTIDX"):
        style = _bse_index_option
    return f"{head}{style(new)}{tail}"


def _date_in(row: Row, day: date) -> tuple[int, Style]:
    """Where a symbol has its date, and how it is spelt there."""
    for style in (expiry_text, _monthly, _weekly):
        place = row.trading_symbol.find(style(day), len(row.symbol))
        if place >= 0:
            return place, style
    raise ValueError(f"{row.trading_symbol} does not carry its expiry {day}")


def _bse_index_option(day: date) -> str:
    """Spelt by the month where it is the last of its month, else by the day."""
    return _monthly(day) if (day + _WEEK).month != day.month else _weekly(day)


def _monthly(day: date) -> str:
    return f"{day:%y}{MONTHS[day.month - 1]}"


def _weekly(day: date) -> str:
    return f"{day:%y}{_MONTH_SIGNS[day.month - 1]}{day:%d}"
