"""Rows of the sample, and how expiries that have gone by move forward, so that there is always something to trade.

A date moves by whole weeks, to the first day later than today that keeps its weekday; the symbols are spelt anew in the
manner of the row they stand in. All other dates of the row move along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from openalgo_core.symbols import MONTHS, expiry_text

__all__ = ["Row", "expiry_of", "shifted"]

#: A line of the master by the names of its columns, without the blanks and semicolons that these have in the file.
Row = dict[str, str]
Style = Callable[[date], str]

_WEEK: Final = timedelta(weeks=1)
#: What the seconds of NSE's files count from: 1980, as the clock on an Indian wall shows it.
_EPOCHS: Final = {"nse_fo": 315513000, "cde_fo": 315513000, "bse_fo": 0, "mcx_fo": 0}
_DATES: Final = (
    "lExpiryDate", "pExpiryDate", "pIssueDate", "pMaturityDate", "pExerciseStartDate", "pExerciseEndDate",
)  # fmt: skip
#: How weekly symbols spell the month.
_MONTH_SIGNS: Final = "123456789OND"


def shifted(rows: Iterable[Row], today: date) -> list[Row]:
    """The rows with no expiry before `today`. No two of a segment end up with one symbol."""
    rows = list(rows)
    taken = {row["pTrdSymbol"] for row in rows if not _is_past(row, today)}
    return [_moved(row, today, taken) if _is_past(row, today) else row for row in rows]


def expiry_of(row: Mapping[str, str]) -> date | None:
    """The day on which a future or option expires; spreads and everything else have none that matters."""
    if row["pOptionType"] not in ("CE", "PE", "XX"):
        return None
    seconds = int(row["lExpiryDate"]) + _EPOCHS[row["pExchSeg"]]
    return datetime.fromtimestamp(seconds, UTC).date()


def _is_past(row: Row, today: date) -> bool:
    expiry = expiry_of(row)
    return expiry is not None and expiry < today


def _moved(row: Row, today: date, taken: set[str]) -> Row:
    old = expiry_of(row)
    assert old is not None
    new = old + _WEEK * ((today - old).days // 7 + 1)
    while (symbol := _respelt(row, old, new)) in taken:
        new += _WEEK
    taken.add(symbol)
    seconds = int((new - old).total_seconds())
    dates = {name: str(int(row[name]) + seconds) for name in _DATES}
    name = row["pSymbolName"]
    key = row["pScripRefKey"].removeprefix(name).removeprefix(expiry_text(old))
    return row | dates | {"pTrdSymbol": symbol, "pScripRefKey": f"{name}{expiry_text(new)}{key}"}


def _respelt(row: Row, old: date, new: date) -> str:
    """The trading symbol with the new date in place of the old one."""
    name, symbol = row["pSymbolName"], row["pTrdSymbol"]
    for style in (expiry_text, _monthly, _weekly):
        before = f"{name}{style(old)}"
        if symbol.startswith(before):
            spelt = _index_option if _is_index_option(row) else style
            return f"{name}{spelt(new)}{symbol.removeprefix(before)}"
    raise ValueError(f"{symbol} does not carry its expiry {old}")


def _is_index_option(row: Row) -> bool:
    """Those alone have weekly contracts. BSE leaves the type of many rows empty, but lists none on shares here."""
    if row["pOptionType"] == "XX":
        return False
    return row["pExchSeg"] == "bse_fo" or row["pInstType"] == "OPTIDX"


def _index_option(day: date) -> str:
    """Spelt by the month where it is the last of its month, else by the day."""
    return _monthly(day) if (day + _WEEK).month != day.month else _weekly(day)


def _monthly(day: date) -> str:
    return f"{day:%y}{MONTHS[day.month - 1]}"


def _weekly(day: date) -> str:
    return f"{day:%y}{_MONTH_SIGNS[day.month - 1]}{day:%d}"
