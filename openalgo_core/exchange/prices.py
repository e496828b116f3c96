"""Prices without a feed: a deterministic function of seed, contract and time.

The day of an underlying is one `DayPath`; shares, futures and options on it are read off the same path through their
`Pricing`. Whatever is shown of a session (quote, day's extremes, bars) and whatever fills an order is read off it too,
so they always agree.

Time runs on a grid of whole seconds, everywhere and always: because the path can be searched without walking it, a gap
of weeks between two looks is settled as exactly as one of a second, and no coarser candles are needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from ..clock import ist
from ..models.vocabulary import Exchange
from .calendar import CALENDAR, TradingCalendar, TradingSession
from .contracts import Contract
from .depth import depth_at
from .noise import key_of, pick
from .path import MICRO, DayPath
from .pricing import Pricing, tick_micros
from .quotes import Bar, NoPrice, Snapshot
from .reference import Underlying, underlying_of
from .tape import Tape

__all__ = ["SimulatedPrices", "simulated_prices"]

#: Exchanges whose contracts follow the same underlyings. The path of a day runs while any of them is open.
_FAMILIES = (
    (Exchange.NSE, Exchange.BSE, Exchange.NSE_INDEX, Exchange.BSE_INDEX, Exchange.NFO, Exchange.BFO),
    (Exchange.CDS, Exchange.BCD),
    (Exchange.MCX, Exchange.NCO, Exchange.MCX_INDEX),
    (Exchange.NCDEX,),
    (Exchange.GLOBAL_INDEX,),
)
_FAMILY = {exchange: family for family in _FAMILIES for exchange in family}
_SECOND = timedelta(seconds=1)
_PAISE = Decimal("0.01")


class _Leg(NamedTuple):
    """A stretch of time over which the path is read in one direction."""

    session: TradingSession
    at: datetime
    begin: int
    end: int


class SimulatedPrices:
    """The default price source of a `SimulatedExchange`. No state but caches; safe for threads.

    With `around_the_clock` the price goes on moving when the exchange is closed: the latest session is replayed
    backwards, forwards, backwards and so on until the next one opens, so that a resting order can fill at night and
    the price never leaves the range of the day that the bars show. Without it the last price stands still.
    """

    def __init__(self, seed: int = 1, calendar: TradingCalendar = CALENDAR, *, around_the_clock: bool = True) -> None:
        self._seed = seed
        self._calendar = calendar
        self._around_the_clock = around_the_clock
        self._underlying = lru_cache(maxsize=4096)(self._make_underlying)
        self._path = lru_cache(maxsize=2048)(self._make_path)
        self._tape = lru_cache(maxsize=4096)(self._make_tape)
        self._replayed = lru_cache(maxsize=512)(self._make_replayed)

    def snapshot(self, contract: Contract, at: datetime) -> Snapshot:
        """The contract at `at`, whatever time that is. Raises `NoPrice` for an option without a strike."""
        at = ist(at).replace(microsecond=0)
        session = self._calendar.latest(contract.exchange, at)
        tape = self._tape(contract, session.day)
        elapsed = _seconds(session.open, at)
        shown = min(elapsed, session.seconds - 1)
        position = self._lap(session, contract.exchange, elapsed)[0] if self._around_the_clock else shown
        ticks = tape.ticks(position)
        low, high = tape.extremes(shown)
        moment = at if self._around_the_clock else min(at, session.close)
        return self._publish(tape, moment, ticks, (tape.ticks(0), low, high), shown)

    def bars(self, contract: Contract, seconds: int, start: datetime, end: datetime, now: datetime) -> list[Bar]:
        """Candles that begin from `start` to `end`, both included, as far as they have happened by `now`.

        Only sessions have bars. Those of a day (86400) are stamped 00:00 IST, shorter ones count from the opening.
        """
        start, end, now = ist(start), ist(end), ist(now)
        # A session may run past midnight (Muhurat), so the day before may still have bars to give.
        first_day = start.date() - timedelta(days=1)
        bars: list[Bar] = []
        for session in self._calendar.sessions(contract.exchange, first_day, min(end, now).date()):
            last = min(_seconds(session.open, now), session.seconds - 1)
            if last >= 0:
                tape = self._tape(contract, session.day)
                bars += [tape.day_bar(last)] if seconds >= 86400 else tape.bars(last, seconds, start, end)
        return [bar for bar in bars if start <= bar.time <= end]

    def crossing(
        self, contract: Contract, after: datetime, until: datetime, price: Decimal, *, rising: bool
    ) -> datetime | None:
        """The first whole second later than `after` and not later than `until` at which the last traded price is at
        `price` or beyond it: above if `rising`, else below."""
        exact = price * MICRO / tick_micros(contract)
        ticks = int(exact)
        if rising and ticks != exact:
            ticks += 1
        for leg in self._legs(contract.exchange, after, until):
            tape = self._tape(contract, leg.session.day)
            second = tape.first(leg.begin, leg.end, ticks, rising=rising)
            if second is not None:
                return leg.at + abs(second - leg.begin) * _SECOND
        return None

    def _lap(self, session: TradingSession, exchange: Exchange, elapsed: int) -> tuple[int, int]:
        """Which second of the session is shown `elapsed` seconds after its opening, and after how many seconds the
        direction of time turns."""
        if elapsed < session.seconds:
            return elapsed, session.seconds - 1
        begin, length = self._replayed(exchange, session.day)
        lap, within = divmod(elapsed - begin, length)
        return begin + (length - 1 - within if lap % 2 else within), begin + (lap + 1) * length - 1

    def _legs(self, exchange: Exchange, after: datetime, until: datetime) -> Iterator[_Leg]:
        at = ist(after).replace(microsecond=0) + _SECOND
        until = ist(until).replace(microsecond=0)
        while at <= until:
            session = self._calendar.latest(exchange, at)
            following = self._calendar.following(exchange, session.day).open
            elapsed = _seconds(session.open, at)
            if elapsed >= session.seconds and not self._around_the_clock:
                at = following
                continue
            begin, turn = self._lap(session, exchange, elapsed)
            last = min(session.open + turn * _SECOND, following - _SECOND, until)
            end, _ = self._lap(session, exchange, _seconds(session.open, last))
            yield _Leg(session, at, begin, end)
            at = last + _SECOND

    def _publish(self, tape: Tape, at: datetime, ticks: int, range_: tuple[int, int, int], shown: int) -> Snapshot:
        contract, tick = tape.contract, tape.tick
        stamp = int(at.timestamp())
        band = tape.band()
        depth = depth_at(contract, tape.key, stamp, ticks, tick, band)
        opening, low, high = range_
        return Snapshot(
            contract=contract,
            ltp=tick * ticks,
            open=tick * opening,
            high=tick * high,
            low=tick * low,
            prev_close=tick * tape.previous,
            volume=tape.volume(shown),
            bid=depth.bids[0].price if depth.bids else None,
            ask=depth.asks[0].price if depth.asks else None,
            oi=tape.oi(shown),
            lower_circuit=tick * band[0],
            upper_circuit=tick * band[1],
            bids=depth.bids,
            asks=depth.asks,
            total_buy_quantity=depth.total_buy_quantity,
            total_sell_quantity=depth.total_sell_quantity,
            last_quantity=0 if contract.exchange.is_index else contract.lot_size * pick(tape.key, stamp, 1, 20),
            average_price=(tick * (opening + low + high + ticks) / 4).quantize(_PAISE),
            time=at,
        )

    def _make_tape(self, contract: Contract, day: date) -> Tape:
        if contract.kind.is_option and contract.strike is None:
            raise NoPrice(f"{contract} is an option without a strike.")
        session = self._calendar.session(contract.exchange, day)
        assert session is not None
        path, offset, pricing = self._sheet(contract, session)
        before = self._calendar.previous(contract.exchange, day)
        old_path, old_offset, old_pricing = self._sheet(contract, before)
        return Tape(
            contract=contract,
            session=session,
            path=path,
            offset=offset,
            pricing=pricing,
            tick=(Decimal(tick_micros(contract)) / MICRO),
            key=key_of(self._seed, *contract.key),
            previous=old_pricing.ticks(old_path.value(old_offset + before.seconds - 1)),
        )

    def _sheet(self, contract: Contract, session: TradingSession) -> tuple[DayPath, int, Pricing]:
        """The path of the underlying, where on it the session begins, and how the contract is read off it."""
        family = _FAMILY[contract.exchange]
        path, begins = self._path(family, contract.underlying, session.day)
        volatility = self._underlying(family[0], contract.underlying).volatility
        pricing = Pricing(contract, session.day, path.start, volatility)
        return path, _seconds(begins, session.open), pricing

    def _make_path(self, family: tuple[Exchange, ...], name: str, day: date) -> tuple[DayPath, datetime]:
        sessions = [found for exchange in family if (found := self._calendar.session(exchange, day)) is not None]
        begins = min(session.open for session in sessions)
        minutes = -(-_seconds(begins, max(session.close for session in sessions)) // 60)
        underlying = self._underlying(family[0], name)
        before = max(self._calendar.previous(exchange, day).day for exchange in family)
        start = underlying.level(before) + underlying.gap(day)
        key = key_of(underlying.key, day.toordinal())
        return DayPath(key, minutes, start, underlying.level(day), underlying.swing), begins

    def _make_replayed(self, exchange: Exchange, day: date) -> tuple[int, int]:
        """The part of a session that is replayed after it: first second, and how many. It is what all exchanges of the
        family have in common, so that options do not leave their underlying behind."""
        own = self._calendar.session(exchange, day)
        assert own is not None
        others = [found for other in _FAMILY[exchange] if (found := self._calendar.session(other, day)) is not None]
        begins, ends = max(session.open for session in others), min(session.close for session in others)
        if begins >= ends:
            begins, ends = own.open, own.close
        return _seconds(own.open, begins), _seconds(begins, ends)

    def _make_underlying(self, exchange: Exchange, name: str) -> Underlying:
        return underlying_of(self._seed, exchange, name)


def _seconds(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds())


@lru_cache(maxsize=16)
def simulated_prices(
    seed: int, calendar: TradingCalendar = CALENDAR, *, around_the_clock: bool = True
) -> SimulatedPrices:
    """One object for all who want the same prices, because its caches are what makes it fast."""
    return SimulatedPrices(seed, calendar, around_the_clock=around_the_clock)
