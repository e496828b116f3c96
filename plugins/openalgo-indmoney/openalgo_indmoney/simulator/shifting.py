"""Rows of the samples, and how expiries that have gone by move forward, so that there is always something to trade.

NSE contracts expire on Tuesdays and BSE contracts on Thursdays, monthly ones on the last of their month, a trading day
earlier where that day is a holiday. The names are spelt anew in the manner of the exchange: those of NSE without the
day, so that a weekly and a monthly option of one month share their trading symbol, as live.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

from openalgo_core.exchange import market_hours
from openalgo_core.models import Exchange
from openalgo_core.symbols import MONTHS

__all__ = ["Row", "expiry_of", "respelt", "root_of", "shifted"]

#: One line of a file, by the names of its columns.
Row = dict[str, str]

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(weeks=1)
#: Read from the right, because roots have hyphens too: BAJAJ-AUTO.
_CONTRACT: Final = re.compile(r"(?P<root>.+)-(?P<day>\d\d)?(?P<month>[A-Z][a-z]{2}\d{4})-(?P<rest>FUT|[\d.]+-[CP]E)")
_WEEKDAYS: Final = {"NSE": 1, "BSE": 3}
_CALENDARS: Final = {"NSE": Exchange.NFO, "BSE": Exchange.BFO}
_SIDES: Final = {"CE": "CALL", "PE": "PUT"}


class _Series(NamedTuple):
    """What expires together."""

    exchange: str
    root: str
    is_option: bool
    expiry: date
    monthly: bool


def root_of(row: Row) -> str:
    """The underlying of a contract, as its trading symbol begins."""
    return _parts(row)["root"]


def expiry_of(row: Row) -> date | None:
    """The day that `08/18/2026 14:00` names, month first."""
    text = row["EXPIRY_DATE"]
    return date(int(text[6:10]), int(text[:2]), int(text[3:5])) if text else None


def shifted(rows: Iterable[Row], today: date) -> list[Row]:
    """The rows, in their order, with no expiry before `today`; those that expired together still do, and no others."""
    rows = list(rows)
    dated = {_series(row, expiry) for row in rows if (expiry := expiry_of(row))}
    taken = {series for series in dated if series.expiry >= today}
    moved: dict[_Series, date] = {}
    for series in sorted(dated - taken):
        new = next(day for day in _expiries(series, today) if series._replace(expiry=day) not in taken)
        taken.add(series._replace(expiry=new))
        moved[series] = new
    return [_moved(row, moved) for row in rows]


def respelt(row: Row, expiry: date) -> Row:
    """The same contract with another expiry, its names spelt as the exchange spells them."""
    parts, month = _parts(row), MONTHS[expiry.month - 1]
    of_bse = row["EXCH"] == "BSE"
    dated = f"{expiry:%d}" if of_bse else ""
    symbol = f"{parts['root']}-{dated}{month.title()}{expiry.year}-{parts['rest']}"
    side = _SIDES.get(row["OPTION_TYPE"])
    shown_day = f"{expiry:%d} " if of_bse or side else ""
    shown_rest = f"{row['STRIKE_PRICE']} {side}" if side else "FUT"
    return row | {
        "TRADING_SYMBOL": symbol,
        "CUSTOM_SYMBOL": f"{parts['root']} {shown_day}{month} {shown_rest}",
        "EXPIRY_DATE": f"{expiry:%m/%d/%Y} 14:00",
        "SYMBOL_NAME": row["SYMBOL_NAME"] if of_bse else symbol,
    }


def _parts(row: Row) -> re.Match[str]:
    parts = _CONTRACT.fullmatch(row["TRADING_SYMBOL"])
    assert parts is not None, row["TRADING_SYMBOL"]
    return parts


def _series(row: Row, expiry: date) -> _Series:
    return _Series(row["EXCH"], root_of(row), row["OPTION_TYPE"] in _SIDES, expiry, row["EXPIRY_FLAG"] == "M")


def _moved(row: Row, moved: Mapping[_Series, date]) -> Row:
    expiry = expiry_of(row)
    assert expiry is not None
    new = moved.get(_series(row, expiry))
    return row if new is None else respelt(row, new)


def _expiries(series: _Series, today: date) -> Iterator[date]:
    """The trading days after `today` on which such contracts expire."""
    nominal = today + _DAY * ((_WEEKDAYS[series.exchange] - today.weekday()) % 7)
    while True:
        is_last = (nominal + _WEEK).month != nominal.month
        day = _trading_day(series.exchange, nominal)
        if is_last is series.monthly and day > today:
            yield day
        nominal += _WEEK


def _trading_day(exchange: str, day: date) -> date:
    while market_hours(_CALENDARS[exchange], day) is None:
        day -= _DAY
    return day
