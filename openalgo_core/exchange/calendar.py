"""When the exchanges are open: hours, the holidays of 2026, special sessions. All times IST.

Sources: OpenAlgo `database/market_calendar_db.py` (hours, holidays), SEBI circular
HO/47/11/11(3)2025-MRD-POD2/I/2765/2026 (derivatives to 15:40 from 3 August 2026), business-standard.com 30 January 2026
(the Sunday session of the Union Budget). Exchanges announce more days at short notice: a table of a file of the user's
own goes before ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..clock import IST
from ..errors import ConfigurationError
from ..models.vocabulary import Exchange

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CALENDAR", "Hours", "TradingCalendar", "TradingSession", "market_hours"]

#: Opening and closing time; a closing time that is not later than the opening one is on the next day. `None`: closed.
Hours = tuple[time, time] | None

_CASH = (Exchange.NSE, Exchange.BSE, Exchange.NSE_INDEX, Exchange.BSE_INDEX)
_DERIVATIVES = (Exchange.NFO, Exchange.BFO)
_CURRENCY = (Exchange.CDS, Exchange.BCD)
_COMMODITY = (Exchange.MCX, Exchange.NCO, Exchange.MCX_INDEX)
#: Derivatives trade through the closing auction of their shares from this day on.
_CLOSING_AUCTION = date(2026, 8, 3)
#: Commodities follow New York: they close earlier while it is on daylight time there.
_EVENING_SUMMER, _EVENING_WINTER = time(23, 30), time(23, 55)
_EVENING_OPEN = time(17, 0)

#: Days on which shares, derivatives and currencies rest, and commodities open in the evening only.
_HOLIDAYS = {
    date(2026, 1, 15),  # Maharashtra municipal election
    date(2026, 1, 26),  # Republic Day
    date(2026, 3, 3),  # Holi
    date(2026, 3, 26),  # Ram Navami
    date(2026, 3, 31),  # Mahavir Jayanti
    date(2026, 4, 3),  # Good Friday
    date(2026, 4, 14),  # Ambedkar Jayanti
    date(2026, 5, 1),  # Maharashtra Day
    date(2026, 5, 28),  # Bakri Id
    date(2026, 6, 26),  # Muharram
    date(2026, 9, 14),  # Ganesh Chaturthi
    date(2026, 10, 2),  # Gandhi Jayanti
    date(2026, 10, 20),  # Dussehra
    date(2026, 11, 10),  # Balipratipada
    date(2026, 11, 24),  # Guru Nanak Jayanti
    date(2026, 12, 25),  # Christmas
}
#: Those of them on which commodities rest in the evening too.
_FULL_HOLIDAYS = {date(2026, 1, 26), date(2026, 4, 3), date(2026, 10, 2), date(2026, 12, 25)}

_MUHURAT = date(2026, 11, 8)
_BUDGET = date(2026, 2, 1)


def _special_sessions() -> dict[tuple[Exchange, date], Hours]:
    table: dict[tuple[Exchange, date], Hours] = {}
    for exchange in (*_CASH, *_DERIVATIVES, *_CURRENCY):
        table[exchange, _MUHURAT] = (time(18, 0), time(19, 15))
    for exchange in (*_CASH, *_DERIVATIVES):
        table[exchange, _BUDGET] = (time(9, 15), time(15, 30))
    for exchange in _COMMODITY:
        table[exchange, _MUHURAT] = (time(18, 0), time(0, 15))
        table[exchange, _BUDGET] = (time(9, 0), time(17, 0))
    return table


@dataclass(frozen=True, slots=True)
class TradingSession:
    """One exchange's opening hours of one day."""

    day: date
    open: datetime
    close: datetime

    @property
    def seconds(self) -> int:
        return int((self.close - self.open).total_seconds())


class TradingCalendar:
    """The shipped table, with `special` before it. Immutable; safe for threads."""

    def __init__(self, special: Mapping[tuple[Exchange, date], Hours] | None = None) -> None:
        self._special = _special_sessions() | dict(special or {})
        # A calendar is asked for the same few days over and over, by every quote.
        self.session = lru_cache(maxsize=4096)(self._session)

    @classmethod
    def read(cls, path: Path) -> TradingCalendar:
        """A calendar with the days of a TOML file before the shipped ones. Raises `ConfigurationError`.

        Each day is a table named by its date; a key is an exchange, a value `"HH:MM-HH:MM"` or `"closed"`:

            [2026-02-01]
            NSE = "09:15-15:30"
            MCX = "closed"
        """
        import tomllib  # only who has such a file pays for the parser

        try:
            with path.open("rb") as file:
                return cls(dict(_special_rows(tomllib.load(file))))
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"The trading calendar {path} cannot be read: {error}.",
                hint='Write each day as [YYYY-MM-DD] with lines such as NSE = "09:15-15:30" or NSE = "closed".',
            ) from error

    def hours(self, exchange: Exchange, day: date) -> tuple[datetime, datetime] | None:
        """Opening and closing of one day, `None` for a day on which the exchange rests."""
        session = self.session(exchange, day)
        return None if session is None else (session.open, session.close)

    def is_open(self, exchange: Exchange, at: datetime) -> bool:
        return at < self.latest(exchange, at).close

    def next_open(self, exchange: Exchange, at: datetime) -> datetime:
        """When the exchange opens next after `at`."""
        today = self.session(exchange, at.date())
        return today.open if today is not None and today.open > at else self.following(exchange, at.date()).open

    def latest(self, exchange: Exchange, at: datetime) -> TradingSession:
        """The session under way at `at`, or the one that ended last."""
        today = self.session(exchange, at.date())
        return today if today is not None and today.open <= at else self.previous(exchange, at.date())

    def previous(self, exchange: Exchange, day: date) -> TradingSession:
        """The last session before `day`. Raises `ConfigurationError` if there was none for a year."""
        for back in range(1, 367):
            session = self.session(exchange, day - timedelta(days=back))
            if session is not None:
                return session
        raise ConfigurationError(
            f"By the trading calendar {exchange} was closed for a year before {day}.", hint="Mend the calendar file."
        )

    def following(self, exchange: Exchange, day: date) -> TradingSession:
        """The first session after `day`. Raises `ConfigurationError` if there is none for a year."""
        for session in self.sessions(exchange, day + timedelta(days=1), day + timedelta(days=366)):
            return session
        raise ConfigurationError(
            f"By the trading calendar {exchange} stays closed for a year after {day}.", hint="Mend the calendar file."
        )

    def sessions(self, exchange: Exchange, start: date, end: date) -> Iterable[TradingSession]:
        """The sessions of the days from `start` to `end`, both included."""
        for ahead in range((end - start).days + 1):
            session = self.session(exchange, start + timedelta(days=ahead))
            if session is not None:
                yield session

    def _session(self, exchange: Exchange, day: date) -> TradingSession | None:
        hours = self._special[exchange, day] if (exchange, day) in self._special else _regular(exchange, day)
        if hours is None:
            return None
        opening, closing = (datetime.combine(day, moment, IST) for moment in hours)
        return TradingSession(day, opening, closing if closing > opening else closing + timedelta(days=1))


def market_hours(exchange: Exchange, day: date) -> tuple[datetime, datetime] | None:
    """Opening and closing of an exchange by the shipped calendar, `None` for a day on which it rests."""
    return CALENDAR.hours(exchange, day)


def _regular(exchange: Exchange, day: date) -> Hours:
    if exchange is Exchange.GLOBAL_INDEX:
        return time(0, 0), time(0, 0)
    if day in _HOLIDAYS:
        evening = exchange in _COMMODITY and day not in _FULL_HOLIDAYS
        return (_EVENING_OPEN, _evening_close(day)) if evening else None
    return None if day.weekday() >= 5 else _weekday(exchange, day)


def _weekday(exchange: Exchange, day: date) -> Hours:
    if exchange in _CASH:
        return time(9, 15), time(15, 30)
    if exchange in _DERIVATIVES:
        return time(9, 15), time(15, 40) if day >= _CLOSING_AUCTION else time(15, 30)
    if exchange in _COMMODITY:
        return time(9, 0), _evening_close(day)
    return time(9, 0), time(17, 0)


def _evening_close(day: date) -> time:
    """New York is on daylight time from the second Sunday of March to the first Sunday of November."""
    begins, ends = _sunday(day.year, 3, 2), _sunday(day.year, 11, 1)
    return _EVENING_SUMMER if begins <= day < ends else _EVENING_WINTER


def _sunday(year: int, month: int, which: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=6 - first.weekday() + 7 * (which - 1))


def _special_rows(document: Mapping[str, Any]) -> Iterable[tuple[tuple[Exchange, date], Hours]]:
    for day, row in document.items():
        for exchange, text in row.items():
            yield (Exchange(exchange), date.fromisoformat(day)), _hours_of(text)


def _hours_of(text: str) -> Hours:
    if text == "closed":
        return None
    opening, _, closing = text.partition("-")
    return datetime.strptime(opening, "%H:%M").time(), datetime.strptime(closing, "%H:%M").time()


#: The shipped calendar.
CALENDAR = TradingCalendar()
