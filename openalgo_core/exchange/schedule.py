"""What the clock does to an account, whether anybody looks or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum

from ..clock import IST, next_ist
from ..models.vocabulary import Exchange
from .calendar import TradingCalendar, TradingSession
from .contracts import Contract
from .entries import OrderEntry
from .rules import ExchangeRules

__all__ = ["Boundary", "BoundaryKind", "boundaries", "expires_at", "lapses_at", "square_off_at"]

_DELIVERY = time(0, 0)
_NEW_DAY = time(3, 0)
#: Where the exchange rests on the day of expiry, contracts end when it usually closes.
_USUAL_CLOSE = time(15, 30)
#: Where the usual time of squaring off does not fall into a session (Muhurat), it happens this long before the close.
_BEFORE_CLOSE = timedelta(minutes=15)


class BoundaryKind(IntEnum):
    """In the order in which they happen if two fall on one moment."""

    SQUARE_OFF = 1  # MIS orders are cancelled, MIS positions closed
    CLOSE = 2  # contracts expire; DAY orders lapse where exchange hours are kept
    DELIVERY = 3  # T+1: delivery positions become holdings
    NEW_DAY = 4  # books begin anew; DAY orders lapse


@dataclass(frozen=True, slots=True, order=True)
class Boundary:
    """A moment at which something happens to everything of one exchange, or of all (`None`)."""

    at: datetime
    kind: BoundaryKind
    exchange: Exchange | None = None


def boundaries(
    rules: ExchangeRules, calendar: TradingCalendar, exchanges: Iterable[Exchange], after: datetime, until: datetime
) -> list[Boundary]:
    """Those later than `after` and not later than `until`, in the order in which they happen."""
    exchanges = tuple(exchanges)
    # From the day before, because a session may run past midnight.
    day, found = after.astimezone(IST).date() - timedelta(days=1), []
    while day <= until.astimezone(IST).date():
        found += [boundary for boundary in _of_day(rules, calendar, exchanges, day) if after < boundary.at <= until]
        day += timedelta(days=1)
    return sorted(found)


def expires_at(contract: Contract, calendar: TradingCalendar) -> datetime:
    """When a derivative stops trading: its exchange's close on the day of expiry."""
    assert contract.expiry is not None
    return _close(calendar, contract.exchange, contract.expiry)


def lapses_at(order: OrderEntry, rules: ExchangeRules, calendar: TradingCalendar) -> datetime:
    """When a DAY order ends by itself. Nothing need be known of its prices beyond."""
    end = next_ist(order.placed_at, _NEW_DAY)
    if rules.exchange_hours:
        end = min(end, calendar.latest(order.contract.exchange, order.placed_at).close)
    return end if order.contract.expiry is None else min(end, expires_at(order.contract, calendar))


def square_off_at(rules: ExchangeRules, session: TradingSession, exchange: Exchange) -> datetime:
    """When MIS positions of that session are closed."""
    usual = datetime.combine(session.day, rules.square_off.get(exchange, _USUAL_CLOSE), IST)
    return usual if session.open < usual < session.close else session.close - _BEFORE_CLOSE


def _of_day(
    rules: ExchangeRules, calendar: TradingCalendar, exchanges: Iterable[Exchange], day: date
) -> Iterator[Boundary]:
    yield Boundary(datetime.combine(day, _DELIVERY, IST), BoundaryKind.DELIVERY)
    yield Boundary(datetime.combine(day, _NEW_DAY, IST), BoundaryKind.NEW_DAY)
    for exchange in exchanges:
        yield Boundary(_close(calendar, exchange, day), BoundaryKind.CLOSE, exchange)
        session = calendar.session(exchange, day)
        if rules.exchange_hours and session is not None:
            yield Boundary(square_off_at(rules, session, exchange), BoundaryKind.SQUARE_OFF, exchange)


def _close(calendar: TradingCalendar, exchange: Exchange, day: date) -> datetime:
    session = calendar.session(exchange, day)
    return datetime.combine(day, _USUAL_CLOSE, IST) if session is None else session.close
