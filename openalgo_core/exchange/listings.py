"""What is listed at the simulated exchange: enough to learn and to test with, traps included.

Lots and freeze quantities are those of the series from April to June 2026 (OpenAlgo `docs/prompt/LotSize.md`,
`data/qtyfreeze.csv`); commodities are counted in the unit that they are quoted in, so every multiplier is 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from ..models.vocabulary import Exchange, InstrumentKind
from ..symbols import future, option
from .calendar import CALENDAR, TradingCalendar
from .contracts import Contract
from .path import MICRO
from .reference import underlying_of

__all__ = ["universe"]

_SHARES = {
    "360ONE": "360 ONE WAM", "ABB": "ABB INDIA", "ADANIENT": "ADANI ENTERPRISES", "ADANIPORTS": "ADANI PORTS & SEZ",
    "APOLLOHOSP": "APOLLO HOSPITALS", "ASIANPAINT": "ASIAN PAINTS", "AXISBANK": "AXIS BANK",
    "BAJAJ-AUTO": "BAJAJ AUTO", "BAJAJFINSV": "BAJAJ FINSERV", "BAJFINANCE": "BAJAJ FINANCE",
    "BANKBARODA": "BANK OF BARODA", "BEL": "BHARAT ELECTRONICS", "BHARTIARTL": "BHARTI AIRTEL",
    "BPCL": "BHARAT PETROLEUM", "BRITANNIA": "BRITANNIA INDUSTRIES", "CANBK": "CANARA BANK", "CIPLA": "CIPLA",
    "COALINDIA": "COAL INDIA", "DIVISLAB": "DIVIS LABORATORIES", "DLF": "DLF", "DRREDDY": "DR REDDYS LABORATORIES",
    "EICHERMOT": "EICHER MOTORS", "ETERNAL": "ETERNAL", "GAIL": "GAIL INDIA", "GOLDBEES": "NIPPON INDIA ETF GOLD BEES",
    "GRASIM": "GRASIM INDUSTRIES", "HAL": "HINDUSTAN AERONAUTICS", "HCLTECH": "HCL TECHNOLOGIES",
    "HDFCBANK": "HDFC BANK", "HDFCLIFE": "HDFC LIFE INSURANCE", "HEROMOTOCO": "HERO MOTOCORP",
    "HINDALCO": "HINDALCO INDUSTRIES", "HINDUNILVR": "HINDUSTAN UNILEVER", "ICICIBANK": "ICICI BANK",
    "IDEA": "VODAFONE IDEA", "INDIGO": "INTERGLOBE AVIATION", "INDUSINDBK": "INDUSIND BANK", "INFY": "INFOSYS",
    "IOC": "INDIAN OIL", "IRCTC": "INDIAN RAILWAY CATERING & TOURISM", "ITC": "ITC",
    "JIOFIN": "JIO FINANCIAL SERVICES", "JSWSTEEL": "JSW STEEL", "KOTAKBANK": "KOTAK MAHINDRA BANK",
    "LT": "LARSEN & TOUBRO", "M&M": "MAHINDRA & MAHINDRA", "M&MFIN": "MAHINDRA & MAHINDRA FINANCIAL SERVICES",
    "MARUTI": "MARUTI SUZUKI", "MRF": "MRF", "NESTLEIND": "NESTLE INDIA", "NIFTYBEES": "NIPPON INDIA ETF NIFTY BEES",
    "NTPC": "NTPC", "ONGC": "OIL & NATURAL GAS", "POWERGRID": "POWER GRID", "RELIANCE": "RELIANCE INDUSTRIES",
    "SBILIFE": "SBI LIFE INSURANCE", "SBIN": "STATE BANK OF INDIA", "SHRIRAMFIN": "SHRIRAM FINANCE",
    "SUNPHARMA": "SUN PHARMACEUTICAL", "SUZLON": "SUZLON ENERGY", "TATACONSUM": "TATA CONSUMER PRODUCTS",
    "TATAPOWER": "TATA POWER", "TATASTEEL": "TATA STEEL", "TCS": "TATA CONSULTANCY SERVICES", "TECHM": "TECH MAHINDRA",
    "TITAN": "TITAN COMPANY", "TRENT": "TRENT", "ULTRACEMCO": "ULTRATECH CEMENT", "VEDL": "VEDANTA", "WIPRO": "WIPRO",
    "YESBANK": "YES BANK",
}  # fmt: skip

_INDICES = {
    Exchange.NSE_INDEX: (
        "NIFTY", "BANKNIFTY", "FINNIFTY", "MIDCPNIFTY", "NIFTYNXT50", "INDIAVIX", "NIFTY100", "NIFTY500", "NIFTYAUTO",
        "NIFTYFMCG", "NIFTYIT", "NIFTYMETAL", "NIFTYPHARMA", "NIFTYPSUBANK", "NIFTYREALTY",
    ),
    Exchange.BSE_INDEX: ("SENSEX", "BANKEX", "SENSEX50", "BSE100", "BSE500"),
    Exchange.MCX_INDEX: ("MCXBULLDEX", "MCXMETLDEX", "MCXCRUDEX", "MCXGOLDEX"),
}  # fmt: skip

#: NSE since 15 April 2025: a price below the first number has the tick beside it.
_TICKS = ((250, "0.01"), (1000, "0.05"), (5000, "0.10"), (10000, "0.50"), (20000, "1.00"))
_TICK_ABOVE = Decimal("5.00")
_INDEX_TICK = Decimal("0.05")

_ONE_DAY = timedelta(days=1)
_TUESDAY, _THURSDAY = 1, 3


class _Series(NamedTuple):
    """The futures and options on one underlying. `strikes`: how many, `step` rupees apart."""

    name: str
    exchange: Exchange
    lot_size: int
    freeze_quantity: int
    step: str
    strikes: int
    expiries: Callable[[date, Exchange, TradingCalendar], Iterator[date]]
    #: How many expiries have options, and how many futures.
    options: int
    futures: int
    future_tick: str
    option_tick: str = "0.05"
    #: Options end so many days before the future they turn into.
    options_end_early: int = 0


def universe(today: date, seed: int = 1, calendar: TradingCalendar = CALENDAR) -> tuple[Contract, ...]:
    """Every contract listed on `today`, each once. Strikes lie around the price of the day before, by `seed`."""
    return (*_shares(), *_indices(), *_derivatives(today, seed, calendar))


def _shares() -> Iterator[Contract]:
    for exchange in (Exchange.NSE, Exchange.BSE):
        for symbol, name in _SHARES.items():
            tick = _tick_of(underlying_of(0, exchange, symbol).base)
            yield Contract(symbol, exchange, name, InstrumentKind.EQ, None, None, 1, tick, None)


def _indices() -> Iterator[Contract]:
    for exchange, names in _INDICES.items():
        for name in names:
            yield Contract(name, exchange, name, InstrumentKind.INDEX, None, None, 1, _INDEX_TICK, None)


def _derivatives(today: date, seed: int, calendar: TradingCalendar) -> Iterator[Contract]:
    for series in _SERIES:
        # Of a weekly series the futures still end with the month, and so does one series of options.
        ends = tuple(islice(_month_ends(series, today, calendar), series.futures))
        yield from (_future(series, expiry) for expiry in ends)
        level = underlying_of(seed, series.exchange, series.name).level(today - _ONE_DAY)
        strikes = tuple(_strikes(series, level))
        days = series.expiries(today, series.exchange, calendar)
        early = (_trading_day(day - series.options_end_early * _ONE_DAY, series.exchange, calendar) for day in days)
        expiries = tuple(islice((day for day in early if day >= today), series.options))
        for expiry in dict.fromkeys((*expiries, *(ends[:1] if not series.options_end_early else ()))):
            yield from _options(series, expiry, strikes)


def _future(series: _Series, expiry: date) -> Contract:
    return Contract(
        future(series.name, expiry),
        series.exchange,
        series.name,
        InstrumentKind.FUT,
        expiry,
        None,
        series.lot_size,
        Decimal(series.future_tick),
        series.freeze_quantity,
    )


def _options(series: _Series, expiry: date, strikes: tuple[Decimal, ...]) -> Iterator[Contract]:
    tick = Decimal(series.option_tick)
    for strike in strikes:
        for kind in (InstrumentKind.CE, InstrumentKind.PE):
            yield Contract(
                option(series.name, expiry, strike, kind),
                series.exchange,
                series.name,
                kind,
                expiry,
                strike,
                series.lot_size,
                tick,
                series.freeze_quantity,
            )


def _strikes(series: _Series, level: int) -> Iterator[Decimal]:
    step = Decimal(series.step)
    middle = int(level / (step * MICRO))
    for place in range(middle - series.strikes // 2, middle + series.strikes // 2 + 1):
        if place > 0:
            yield step * place


def _tick_of(level: int) -> Decimal:
    return next((Decimal(tick) for below, tick in _TICKS if level < below * MICRO), _TICK_ABOVE)


# -- expiries ----------------------------------------------------------------------------------------------------------


def _weekly(weekday: int) -> Callable[[date, Exchange, TradingCalendar], Iterator[date]]:
    def days(today: date, exchange: Exchange, calendar: TradingCalendar) -> Iterator[date]:
        day = today + (weekday - today.weekday()) % 7 * _ONE_DAY
        while True:
            expiry = _trading_day(day, exchange, calendar)
            if expiry >= today:
                yield expiry
            day += 7 * _ONE_DAY

    return days


def _last_of_month(weekday: int) -> Callable[[date, Exchange, TradingCalendar], Iterator[date]]:
    return _monthly(lambda month: _month_end(month) - (_month_end(month).weekday() - weekday) % 7 * _ONE_DAY)


def _day_of_month(day: int, months: tuple[int, ...] = tuple(range(1, 13))) -> Callable[..., Iterator[date]]:
    return _monthly(lambda month: month.replace(day=day) if month.month in months else None)


def _two_days_before_month_end(today: date, exchange: Exchange, calendar: TradingCalendar) -> Iterator[date]:
    """Currencies settle two working days after they expire, on the last working day of the month."""
    for month in _months(today):
        day = _trading_day(_month_end(month), exchange, calendar)
        for _ in range(2):
            day = _trading_day(day - _ONE_DAY, exchange, calendar)
        if day >= today:
            yield day


def _monthly(of_month: Callable[[date], date | None]) -> Callable[[date, Exchange, TradingCalendar], Iterator[date]]:
    def days(today: date, exchange: Exchange, calendar: TradingCalendar) -> Iterator[date]:
        for month in _months(today):
            day = of_month(month)
            expiry = None if day is None else _trading_day(day, exchange, calendar)
            if expiry is not None and expiry >= today:
                yield expiry

    return days


def _months(today: date) -> Iterator[date]:
    """First days of this month and all that follow."""
    month = today.replace(day=1)
    while True:
        yield month
        month = _month_end(month) + _ONE_DAY


def _month_end(month: date) -> date:
    return (month.replace(day=28) + 4 * _ONE_DAY).replace(day=1) - _ONE_DAY


def _trading_day(day: date, exchange: Exchange, calendar: TradingCalendar) -> date:
    """The day itself, or the last trading day before it."""
    return day if calendar.session(exchange, day) is not None else calendar.previous(exchange, day).day


def _month_ends(series: _Series, today: date, calendar: TradingCalendar) -> Iterator[date]:
    weekly = {Exchange.NFO: _TUESDAY, Exchange.BFO: _THURSDAY}.get(series.exchange)
    days = series.expiries if weekly is None else _last_of_month(weekly)
    return days(today, series.exchange, calendar)


_NFO_MONTH, _NFO_WEEK, _BFO_WEEK = _last_of_month(_TUESDAY), _weekly(_TUESDAY), _weekly(_THURSDAY)


def _stock(name: str, lot_size: int, freeze_quantity: int, step: str, tick: str) -> _Series:
    return _Series(name, Exchange.NFO, lot_size, freeze_quantity, step, 20, _NFO_MONTH, 2, 3, tick)


_SERIES = (
    _Series("NIFTY", Exchange.NFO, 65, 1800, "50", 40, _NFO_WEEK, 3, 3, "0.10"),
    _Series("BANKNIFTY", Exchange.NFO, 30, 600, "100", 40, _NFO_MONTH, 2, 3, "0.20"),
    _Series("FINNIFTY", Exchange.NFO, 60, 1200, "50", 20, _NFO_MONTH, 1, 3, "0.10"),
    _Series("MIDCPNIFTY", Exchange.NFO, 120, 2800, "25", 20, _NFO_MONTH, 1, 3, "0.05"),
    _Series("NIFTYNXT50", Exchange.NFO, 25, 600, "100", 20, _NFO_MONTH, 1, 3, "0.20"),
    _Series("SENSEX", Exchange.BFO, 20, 1000, "100", 40, _BFO_WEEK, 3, 3, "0.05"),
    _Series("BANKEX", Exchange.BFO, 30, 900, "100", 20, _last_of_month(_THURSDAY), 1, 3, "0.05"),
    _stock("RELIANCE", 500, 15000, "10", "0.10"),
    _stock("SBIN", 750, 30000, "10", "0.05"),
    _stock("INFY", 400, 16000, "20", "0.10"),
    _stock("TCS", 175, 7000, "20", "0.10"),
    _stock("HDFCBANK", 550, 27500, "5", "0.05"),
    _stock("M&M", 200, 8000, "20", "0.10"),
    _stock("BAJAJ-AUTO", 75, 3000, "50", "0.50"),
    _stock("360ONE", 500, 20000, "10", "0.10"),
    _stock("VEDL", 1150, 46000, "2.5", "0.05"),
    _Series("USDINR", Exchange.CDS, 1000, 10_000_000, "0.25", 30, _two_days_before_month_end, 1, 3, "0.0025", "0.0025"),
    _Series("CRUDEOIL", Exchange.MCX, 100, 10000, "50", 30, _day_of_month(19), 1, 3, "1", "0.10", 3),
    _Series("CRUDEOILM", Exchange.MCX, 10, 1000, "50", 30, _day_of_month(19), 1, 3, "1", "0.10", 3),
    _Series("GOLD", Exchange.MCX, 100, 1000, "500", 20, _day_of_month(5, (2, 4, 6, 8, 10, 12)), 1, 3, "1", "0.50", 5),
    _Series("GOLDM", Exchange.MCX, 10, 1000, "500", 20, _day_of_month(5), 1, 3, "1", "0.50", 5),
    _Series("SILVER", Exchange.MCX, 30, 600, "500", 20, _day_of_month(5, (3, 5, 7, 9, 12)), 1, 3, "1", "0.50", 5),
    _Series("NATURALGAS", Exchange.MCX, 1250, 60000, "5", 30, _day_of_month(26), 1, 3, "0.10", "0.05", 3),
)
