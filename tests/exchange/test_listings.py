"""What is listed."""

from __future__ import annotations

import time
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest

from openalgo_core.exchange import CALENDAR, Contract, SimulatedPrices, universe
from openalgo_core.models import Exchange, InstrumentKind
from openalgo_core.symbols import parse

TODAY = date(2026, 11, 20)
LISTED = universe(TODAY)


def named(name: str, kind: InstrumentKind) -> list[Contract]:
    return [contract for contract in LISTED if contract.name == name and contract.kind is kind]


def test_every_contract_once() -> None:
    assert max(Counter(contract.key for contract in LISTED).values()) == 1


def test_the_traps_are_there() -> None:
    symbols = {contract.symbol for contract in LISTED if contract.exchange is Exchange.NSE}
    assert {"M&M", "M&MFIN", "BAJAJ-AUTO", "360ONE", "RELIANCE", "BAJFINANCE", "IDEA", "MRF"} <= symbols
    assert len(symbols) >= 60
    kinds = Counter((contract.exchange, contract.kind) for contract in LISTED)
    assert kinds[Exchange.NSE_INDEX, InstrumentKind.INDEX] >= 10
    assert all(kinds[exchange, InstrumentKind.FUT] for exchange in (Exchange.NFO, Exchange.BFO, Exchange.CDS))


def test_symbols_are_of_the_unified_grammar() -> None:
    for contract in LISTED:
        parsed = parse(contract.symbol, contract.exchange)
        assert (parsed.kind, parsed.expiry, parsed.strike) == (contract.kind, contract.expiry, contract.strike)


@pytest.mark.parametrize(
    ("name", "lot", "freeze"),
    [
        ("NIFTY", 65, 1800),
        ("BANKNIFTY", 30, 600),
        ("SBIN", 750, 30000),
        ("360ONE", 500, 20000),
        ("CRUDEOIL", 100, 10000),
    ],
)
def test_lots(name: str, lot: int, freeze: int) -> None:
    future = named(name, InstrumentKind.FUT)[0]
    assert (future.lot_size, future.freeze_quantity, future.multiplier) == (lot, freeze, Decimal(1))


def test_expiries_fall_on_trading_days() -> None:
    for contract in LISTED:
        if contract.expiry is not None:
            assert contract.expiry >= TODAY
            assert CALENDAR.hours(contract.exchange, contract.expiry) is not None


def test_weekly_and_monthly_expiries() -> None:
    # Tuesday 24 November 2026 is a holiday: Monday it is
    nifty = sorted({contract.expiry for contract in named("NIFTY", InstrumentKind.CE) if contract.expiry})
    assert nifty == [date(2026, 11, 23), date(2026, 12, 1), date(2026, 12, 8)]
    sensex = sorted({contract.expiry for contract in named("SENSEX", InstrumentKind.PE) if contract.expiry})
    assert sensex == [date(2026, 11, 26), date(2026, 12, 3), date(2026, 12, 10)]
    stock = sorted({contract.expiry for contract in named("SBIN", InstrumentKind.FUT) if contract.expiry})
    assert stock == [date(2026, 11, 23), date(2026, 12, 29), date(2027, 1, 26)]
    assert named("GOLD", InstrumentKind.FUT)[0].expiry == date(2026, 12, 4)


def test_strikes_surround_the_price() -> None:
    prices = SimulatedPrices(1)
    at = CALENDAR.latest(Exchange.NFO, CALENDAR.following(Exchange.NFO, TODAY).open).open
    for name in ("NIFTY", "BANKNIFTY", "VEDL"):
        calls = named(name, InstrumentKind.CE)
        spot = next(contract for contract in LISTED if contract.symbol == name)
        ltp = prices.snapshot(spot, at).ltp
        strikes = [contract.strike for contract in calls if contract.strike]
        assert min(strikes) < ltp < max(strikes)
    assert Decimal("467.5") in {contract.strike for contract in named("VEDL", InstrumentKind.PE)}


@pytest.mark.parametrize("ahead", range(0, 60, 3))
def test_every_day_has_a_universe(ahead: int) -> None:
    day = TODAY + timedelta(days=ahead)
    expiries = {contract.expiry for contract in universe(day) if contract.expiry}
    assert min(expiries) >= day


def test_it_is_built_in_no_time() -> None:
    begun = time.perf_counter()
    universe(TODAY)
    assert time.perf_counter() - begun < 0.25
