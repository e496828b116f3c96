"""How Breeze writes a day and a moment. Not by strftime and strptime, whose month names follow the locale."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final

from openalgo_core.clock import IST
from openalgo_core.symbols import MONTHS

__all__ = ["day_text", "moment_text", "read_day", "read_moment"]

_DAY: Final = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})")
#: Two digits of the second's fraction occur as well as three.
_MOMENT: Final = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\.\d{2,3}Z")


def day_text(day: date) -> str:
    """`04-Aug-2026`."""
    return f"{day:%d}-{MONTHS[day.month - 1].title()}-{day.year}"


def moment_text(moment: datetime, *, seconds: bool = True) -> str:
    """`30-Jul-2026 14:28:02`, on the clock of an Indian wall."""
    return f"{day_text(moment)} {moment:{'%H:%M:%S' if seconds else '%H:%M'}}"


def read_day(text: str) -> date:
    """The day of `04-Aug-2026`, whatever the case, or of `2026-08-04T06:00:00.000Z`. Raises `ValueError`."""
    named = _DAY.fullmatch(text)
    if named:
        return date(int(named[3]), MONTHS.index(named[2].upper()) + 1, int(named[1]))
    return read_moment(text).date()


def read_moment(text: str) -> datetime:
    """`2026-07-30T09:15:00.000Z`: a quarter past nine in India, despite the Z. Raises `ValueError`."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return datetime.fromisoformat(match[1]).replace(tzinfo=IST)
