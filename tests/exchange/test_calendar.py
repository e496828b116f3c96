"""When exchanges are open."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

import pytest

from openalgo_core.clock import IST
from openalgo_core.errors import ConfigurationError
from openalgo_core.exchange import CALENDAR, TradingCalendar, market_hours
from openalgo_core.models import Exchange


def hours(exchange: Exchange, day: date) -> str:
    found = market_hours(exchange, day)
    return "closed" if found is None else f"{found[0]:%H:%M}-{found[1]:%H:%M}"


@pytest.mark.parametrize(
    ("exchange", "day", "expected"),
    [
        (Exchange.NSE, date(2026, 11, 20), "09:15-15:30"),
        (Exchange.BSE_INDEX, date(2026, 11, 20), "09:15-15:30"),
        (Exchange.NFO, date(2026, 7, 31), "09:15-15:30"),
        (Exchange.NFO, date(2026, 8, 3), "09:15-15:40"),
        (Exchange.BFO, date(2026, 11, 20), "09:15-15:40"),
        (Exchange.CDS, date(2026, 11, 20), "09:00-17:00"),
        (Exchange.NCDEX, date(2026, 11, 20), "09:00-17:00"),
        # New York is on daylight time from 8 March to 1 November 2026
        (Exchange.MCX, date(2026, 3, 6), "09:00-23:55"),
        (Exchange.MCX, date(2026, 3, 9), "09:00-23:30"),
        (Exchange.MCX, date(2026, 10, 30), "09:00-23:30"),
        (Exchange.MCX, date(2026, 11, 2), "09:00-23:55"),
        (Exchange.NSE, date(2026, 11, 21), "closed"),
        (Exchange.NSE, date(2026, 1, 26), "closed"),
        (Exchange.CDS, date(2026, 3, 3), "closed"),
        (Exchange.MCX, date(2026, 3, 3), "17:00-23:55"),
        (Exchange.MCX, date(2026, 12, 25), "closed"),
        (Exchange.NSE, date(2026, 2, 1), "09:15-15:30"),  # a Sunday: the Union Budget
        (Exchange.MCX, date(2026, 2, 1), "09:00-17:00"),
        (Exchange.NSE, date(2026, 11, 8), "18:00-19:15"),  # a Sunday: Muhurat
        (Exchange.MCX, date(2026, 11, 8), "18:00-00:15"),
    ],
)
def test_hours(exchange: Exchange, day: date, expected: str) -> None:
    assert hours(exchange, day) == expected


def test_all_sixteen_weekday_holidays_of_2026_close_shares() -> None:
    weekdays = [date(2026, month, day) for month in range(1, 13) for day in range(1, 32) if _is_weekday(month, day)]
    assert sum(market_hours(Exchange.NSE, day) is None for day in weekdays) == 16


def _is_weekday(month: int, day: int) -> bool:
    try:
        return date(2026, month, day).weekday() < 5
    except ValueError:
        return False


def test_a_session_past_midnight_is_still_under_way() -> None:
    after_midnight = datetime(2026, 11, 9, 0, 10, tzinfo=IST)
    assert CALENDAR.latest(Exchange.MCX, after_midnight).day == date(2026, 11, 8)
    assert CALENDAR.is_open(Exchange.MCX, after_midnight)
    assert not CALENDAR.is_open(Exchange.MCX, datetime(2026, 11, 9, 0, 20, tzinfo=IST))


def test_the_next_opening_skips_weekend_and_holiday() -> None:
    # Friday evening; Tuesday 24 November is a holiday
    assert CALENDAR.next_open(Exchange.NSE, datetime(2026, 11, 20, 16, tzinfo=IST)).date() == date(2026, 11, 23)
    assert CALENDAR.next_open(Exchange.NSE, datetime(2026, 11, 23, 16, tzinfo=IST)).date() == date(2026, 11, 25)


def test_a_file_goes_before_the_shipped_table(tmp_path: Path) -> None:
    file = tmp_path / "calendar.toml"
    file.write_text('[2026-11-21]\nNSE = "09:15-12:30"\n\n[2026-11-20]\nNSE = "closed"\nMCX = "10:00-18:00"\n')
    calendar = TradingCalendar.read(file)
    saturday = calendar.hours(Exchange.NSE, date(2026, 11, 21))
    assert saturday is not None
    assert saturday[1].time() == time(12, 30)
    assert calendar.hours(Exchange.NSE, date(2026, 11, 20)) is None
    assert calendar.hours(Exchange.BSE, date(2026, 11, 20)) is not None


@pytest.mark.parametrize(
    "text", ['[2026-11-21]\nNYSE = "closed"\n', '[2026-11-21]\nNSE = "9 to 5"\n', "[soon]\nNSE = 1\n", "[", ""]
)
def test_a_broken_file_is_a_configuration_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "calendar.toml"
    if text:
        file.write_text(text)
    with pytest.raises(ConfigurationError, match="cannot be read") as caught:
        TradingCalendar.read(file)
    assert "YYYY-MM-DD" in caught.value.hint


def test_a_calendar_that_never_opens_is_refused_rather_than_searched_for_ever() -> None:
    from datetime import timedelta

    closed = {(Exchange.NSE, date(2025, 1, 1) + timedelta(days=ahead)): None for ahead in range(1200)}
    calendar = TradingCalendar(closed)
    with pytest.raises(ConfigurationError, match="closed for a year"):
        calendar.latest(Exchange.NSE, datetime(2026, 11, 20, 12, tzinfo=IST))
    with pytest.raises(ConfigurationError, match="stays closed"):
        calendar.following(Exchange.NSE, date(2026, 11, 20))
