"""The price path: the same everywhere, consistent with itself, and like a market."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openalgo_core.clock import IST
from openalgo_core.exchange import Bar, Contract, NoPrice, SimulatedPrices, Snapshot, universe
from openalgo_core.models import Exchange, InstrumentKind

NOON = datetime(2026, 11, 20, 12, 0, 7, tzinfo=IST)
LISTED = universe(date(2026, 11, 20))
PRICES = SimulatedPrices(1)

contracts = st.sampled_from(LISTED)
moments = st.integers(0, 40 * 86400).map(lambda seconds: NOON - timedelta(seconds=seconds))


def test_the_same_on_every_machine(share: Contract, option: Callable[..., Contract]) -> None:
    """Written down once. If this fails, every stored simulation would tell another story."""
    found = SimulatedPrices(1).snapshot(share, NOON)
    assert (found.ltp, found.open, found.high, found.low, found.prev_close) == tuple(
        map(Decimal, ("852.65", "854.60", "854.95", "849.60", "854.45"))
    )
    assert (found.bid, found.ask, found.volume) == (Decimal("852.65"), Decimal("852.90"), 1842425)
    assert SimulatedPrices(1).snapshot(option(25500), NOON).ltp == Decimal("209.90")


def test_another_seed_is_another_market(share: Contract) -> None:
    assert SimulatedPrices(2).snapshot(share, NOON).ltp != PRICES.snapshot(share, NOON).ltp


@given(contracts, moments)
@settings(max_examples=150, deadline=None)
def test_every_snapshot_is_consistent(contract: Contract, at: datetime) -> None:
    found = PRICES.snapshot(contract, at)
    assert found.low <= found.ltp <= found.high
    assert found.low <= found.open <= found.high
    assert found.lower_circuit <= found.low
    assert found.high <= found.upper_circuit
    assert found.low > 0
    assert found.volume >= 0
    assert contract.tick_size is not None
    assert all(price % contract.tick_size == 0 for price in _prices(found))
    _check_book(found)


def _prices(found: Snapshot) -> list[Decimal]:
    levels = [level.price for level in (*found.bids, *found.asks)]
    return [found.ltp, found.open, found.high, found.low, found.prev_close, *levels]


def _check_book(found: Snapshot) -> None:
    if found.contract.exchange.is_index:
        assert (found.bid, found.ask, found.bids, found.asks, found.volume) == (None, None, (), (), 0)
        return
    assert found.ask is not None
    assert found.bid is None or found.bid <= found.ltp <= found.ask
    assert [level.price for level in found.bids] == sorted({level.price for level in found.bids}, reverse=True)
    assert [level.price for level in found.asks] == sorted({level.price for level in found.asks})
    assert all(level.quantity > 0 and level.quantity % found.contract.lot_size == 0 for level in found.bids)
    assert all(found.lower_circuit <= level.price <= found.upper_circuit for level in (*found.bids, *found.asks))


@given(contracts, moments)
@settings(max_examples=60, deadline=None)
def test_bars_add_up_to_the_quote(contract: Contract, at: datetime) -> None:
    """Minutes, hours and the day show the same open, extremes, close and volume as the quote of that moment."""
    found = PRICES.snapshot(contract, at)
    day = _session_day(contract, at)
    begin = datetime.combine(day, datetime.min.time(), IST)
    end = begin + timedelta(days=1, minutes=20)  # Muhurat runs past midnight
    minutes = [bar for bar in PRICES.bars(contract, 60, begin, end, at) if bar.time - begin >= timedelta(hours=1)]
    hours = [bar for bar in PRICES.bars(contract, 3600, begin, end, at) if bar.time - begin >= timedelta(hours=1)]
    (daily,) = PRICES.bars(contract, 86400, begin, begin, at)
    for bars in (minutes, hours, [daily]):
        assert _summary(bars) == (found.open, found.high, found.low, found.volume)
    assert minutes[-1].close == hours[-1].close == daily.close


def _session_day(contract: Contract, at: datetime) -> date:
    from openalgo_core.exchange import CALENDAR

    return CALENDAR.latest(contract.exchange, at).day


def _summary(bars: list[Bar]) -> tuple[Decimal, Decimal, Decimal, int]:
    return (
        bars[0].open,
        max(bar.high for bar in bars),
        min(bar.low for bar in bars),
        sum(bar.volume for bar in bars),
    )


def test_bars_never_show_the_future(share: Contract) -> None:
    bars = PRICES.bars(share, 60, NOON.replace(hour=9), NOON + timedelta(days=3), NOON)
    assert bars[-1].time == NOON.replace(second=0)
    assert bars[-1].close == PRICES.snapshot(share, NOON).ltp


def test_bars_lie_within_hours_and_count_from_the_opening(share: Contract) -> None:
    bars = PRICES.bars(share, 3600, NOON - timedelta(days=7), NOON.replace(hour=23), NOON.replace(hour=23))
    assert {bar.time.strftime("%H:%M") for bar in bars} == {f"{hour:02}:15" for hour in range(9, 16)}
    assert {bar.time.weekday() for bar in bars} == {0, 2, 3, 4} | {4, 1}


def test_seconds_are_bars_too(share: Contract) -> None:
    (bar,) = PRICES.bars(share, 1, NOON, NOON, NOON)
    assert bar.open == bar.high == bar.low == bar.close == PRICES.snapshot(share, NOON).ltp


def test_yesterdays_close_is_todays_previous_close(share: Contract) -> None:
    (yesterday,) = PRICES.bars(share, 86400, _midnight(19), _midnight(19), NOON)
    assert PRICES.snapshot(share, NOON).prev_close == yesterday.close


def _midnight(day: int) -> datetime:
    return datetime(2026, 11, day, tzinfo=IST)


def test_a_second_moves_the_price_by_little(share: Contract) -> None:
    path = [PRICES.snapshot(share, NOON + timedelta(seconds=ahead)).ltp for ahead in range(1200)]
    steps = [abs(after - before) for before, after in pairwise(path)]
    assert max(steps) < path[0] / 500
    assert len(set(path)) > 20


def test_a_quarter_of_a_year_looks_like_a_market(share: Contract) -> None:
    bars = PRICES.bars(share, 86400, _midnight(20) - timedelta(days=90), _midnight(20), NOON.replace(hour=16))
    moves = [abs(after.close / before.close - 1) for before, after in pairwise(bars)]
    assert Decimal("0.002") < sum(moves) / len(moves) < Decimal("0.02")
    ranges = [(bar.high - bar.low) / bar.close for bar in bars]
    assert Decimal("0.004") < sum(ranges) / len(ranges) < Decimal("0.03")


@given(st.integers(20000, 31000).map(lambda strike: strike // 50 * 50), moments)
@settings(max_examples=60, deadline=None)
def test_options_keep_put_call_parity_and_intrinsic_value(strike: int, at: datetime) -> None:
    spot = PRICES.snapshot(_index(), at.replace(hour=12)).ltp
    day = date(2026, 12, 29)
    call, put = (PRICES.snapshot(_option(strike, kind, day), at.replace(hour=12)).ltp for kind in ("CE", "PE"))
    assert abs((call - put) - (spot - strike)) <= Decimal("0.15")  # three roundings to a tick of 0.05
    assert call >= max(spot - strike, Decimal(0)) - Decimal("0.05")
    assert put >= max(strike - spot, Decimal(0)) - Decimal("0.05")


def test_later_options_are_dearer_and_futures_carry() -> None:
    near, far = (PRICES.snapshot(_option(25500, "CE", date(2026, *day)), NOON).ltp for day in ((11, 23), (12, 29)))
    assert near < far
    spot = PRICES.snapshot(_index(), NOON).ltp
    future = Contract(
        "NIFTY29DEC26FUT", Exchange.NFO, "NIFTY", InstrumentKind.FUT, date(2026, 12, 29), None, 65, Decimal("0.1"), None
    )
    assert spot < PRICES.snapshot(future, NOON).ltp < spot * Decimal("1.01")


def _index() -> Contract:
    return Contract("NIFTY", Exchange.NSE_INDEX, "NIFTY", InstrumentKind.INDEX, None, None, 1, Decimal("0.05"), None)


def _option(strike: int, kind: str, day: date) -> Contract:
    symbol = f"NIFTY{day:%d%b%y}{strike}{kind}".upper()
    return Contract(
        symbol, Exchange.NFO, "NIFTY", InstrumentKind(kind), day, Decimal(strike), 65, Decimal("0.05"), 1800
    )


@given(contracts, moments, st.integers(0, 3 * 86400), st.integers(-30, 30), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_crossing_is_the_first_second_at_the_price(
    contract: Contract, after: datetime, gap: int, ticks: int, rising: bool
) -> None:
    """Checked against walking every second, over hours, nights and weekends."""
    assert contract.tick_size is not None
    price = max(contract.tick_size, PRICES.snapshot(contract, after).ltp + ticks * contract.tick_size)
    found = PRICES.crossing(contract, after, after + timedelta(seconds=gap), price, rising=rising)
    span = gap if found is None else int((found - after).total_seconds())
    for ahead in _sampled(span):
        ltp = PRICES.snapshot(contract, after + timedelta(seconds=ahead)).ltp
        assert not (ltp >= price if rising else ltp <= price)
    if found is not None:
        ltp = PRICES.snapshot(contract, found).ltp
        assert ltp >= price if rising else ltp <= price


def _sampled(span: int) -> list[int]:
    """Seconds before `span`: the last ones each, the others here and there."""
    return [*range(1, span, max(1, span // 50)), *range(max(1, span - 20), span)]


def test_the_price_lives_on_at_night_within_the_days_range(share: Contract) -> None:
    night = [PRICES.snapshot(share, NOON.replace(hour=22) + timedelta(minutes=step)) for step in range(60)]
    assert len({found.ltp for found in night}) > 10
    assert {(found.high, found.low, found.volume) for found in night} == {
        (night[0].high, night[0].low, night[0].volume)
    }


def test_with_exchange_hours_it_stands_still(share: Contract) -> None:
    prices = SimulatedPrices(1, around_the_clock=False)
    close = prices.snapshot(share, NOON.replace(hour=15, minute=29, second=59))
    for at in (NOON.replace(hour=22), NOON + timedelta(days=1)):
        assert prices.snapshot(share, at).ltp == close.ltp
        assert prices.snapshot(share, at).time == NOON.replace(hour=15, minute=30, second=0)
    after = NOON.replace(hour=15, minute=30, second=0)
    assert prices.crossing(share, after, after + timedelta(hours=60), close.ltp, rising=True) is None


def test_an_option_without_a_strike_has_no_price(option: Callable[..., Contract]) -> None:
    import dataclasses

    with pytest.raises(NoPrice, match="without a strike"):
        PRICES.snapshot(dataclasses.replace(option(), strike=None), NOON)


@pytest.mark.parametrize("symbol", ["M&M", "BAJAJ-AUTO", "360ONE", "NIFTYNXT50"])
def test_a_derivative_follows_its_underlying_whatever_its_name(symbol: str) -> None:
    future = next(one for one in LISTED if one.name == symbol and one.kind is InstrumentKind.FUT)
    spot = next(one for one in LISTED if one.symbol == symbol)
    assert future.underlying == symbol
    ratio = PRICES.snapshot(future, NOON).ltp / PRICES.snapshot(spot, NOON).ltp
    assert Decimal("0.999") < ratio < Decimal("1.03")


def test_nse_and_bse_quote_a_share_alike_and_so_do_sizes_of_a_commodity() -> None:
    by_key = {contract.key: contract for contract in LISTED}
    reliance = [PRICES.snapshot(by_key[exchange, "RELIANCE"], NOON).ltp for exchange in (Exchange.NSE, Exchange.BSE)]
    assert reliance[0] == reliance[1]
    crude = [
        PRICES.snapshot(next(one for one in LISTED if one.name == name and one.kind is InstrumentKind.FUT), NOON).ltp
        for name in ("CRUDEOIL", "CRUDEOILM")
    ]
    assert crude[0] == crude[1]


def test_a_share_without_a_tick_has_a_price_all_the_same() -> None:
    unknown = Contract("NOBODYKNOWS", Exchange.NSE, "NOBODY", InstrumentKind.EQ, None, None, 1, None, None)
    assert PRICES.snapshot(unknown, NOON).ltp >= 20


def test_a_quote_costs_well_under_a_millisecond() -> None:
    for contract in LISTED:
        PRICES.snapshot(contract, NOON)
    begun = time.perf_counter()
    for contract in LISTED:
        PRICES.snapshot(contract, NOON + timedelta(seconds=1))
    assert (time.perf_counter() - begun) / len(LISTED) < 0.001
