"""600: prices, depth and candles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from math import ceil

from ...capabilities import Capability, Support
from ...clock import IST
from ...errors import InvalidRequest, NotSupported, OpenAlgoError, UsageError
from ...models import BrokerInfo, Candle, DepthLevel, Exchange, Interval, Quote, QuoteFailure
from .base import Group
from .cases import Need, Variant, case, each_exchange, lacks
from .outcomes import raises
from .stand import Stand, expect

__all__ = ["Market"]

_QUOTES, _DEPTH, _HISTORY = Capability.QUOTES, Capability.DEPTH, Capability.HISTORY
_LONG = (Interval.DAY, Interval.WEEK, Interval.MONTH, Interval.QUARTER, Interval.YEAR)


def _intervals(info: BrokerInfo) -> list[Variant]:
    return [Variant(interval.value, interval) for interval in Interval if interval in info.history_windows]


def _other_intervals(info: BrokerInfo) -> list[Variant]:
    return [Variant(interval.value, interval, (_not_declared(interval),)) for interval in Interval]


def _not_declared(interval: Interval) -> Need:
    return lambda info: f"{info.name} declares {interval} candles" if interval in info.history_windows else None


class Market(Group):
    @case(
        given="an instrument of each exchange that is declared, indices included",
        when="its quote is asked for",
        then="it has a last price within the day's range, numbers are exact and times in IST",
        page="docs/hooks.md#quotes",
        needs=[_QUOTES],
        each=each_exchange,
    )
    def test_600_a_quote_makes_sense(self, stand: Stand, variant: Variant) -> None:
        quote = _quote(stand, variant.value)
        if quote is None:
            return
        prices = (quote.ltp, quote.open, quote.high, quote.low, quote.prev_close, quote.bid, quote.ask)
        expect(
            all(one is None or isinstance(one, Decimal) for one in prices), f"prices are {prices}", "Decimal or None"
        )
        expect(quote.ltp is not None and quote.ltp > 0, f"the last price is {quote.ltp}", "a price")
        expect(0 not in prices, f"prices are {prices}", "None, never 0, where the broker gives none")
        ordered = quote.low is None or quote.high is None or quote.low <= quote.high
        expect(ordered, f"the day goes from {quote.low} to {quote.high}", "low at or below high")
        crossed = quote.bid is not None and quote.ask is not None and quote.bid > quote.ask
        expect(not crossed, f"bid {quote.bid} and ask {quote.ask} are crossed", "bid at or below ask")
        in_ist = quote.time is None or quote.time.utcoffset() == IST.utcoffset(None)
        expect(in_ist, f"the time is {quote.time}", "a time in IST")

    @case(
        given="more instruments than one request may name",
        when="their quotes are asked for",
        then="each gets its own answer, in the order asked, in as few requests as declared",
        page="docs/hooks.md#quotes",
        needs=[_QUOTES],
    )
    def test_603_a_batch_keeps_its_order(self, stand: Stand) -> None:
        size = stand.info.quote_batch
        listed = [f"{row.exchange}:{row.symbol}" for row in stand.rows if row.exchange in stand.info.exchanges]
        names = list(dict.fromkeys(listed))[: min(size + 1, 60)]
        seen = stand.seen()
        answers = stand.broker.quotes(names)
        requests = stand.seen() - seen
        found = [f"{answer.exchange}:{answer.symbol}" for answer in answers]
        expect(found == names, f"the answers are for {found}", f"{names}")
        most = ceil(len(names) / size)
        expect(requests <= most, f"{requests} requests were made for {len(names)}", f"{most} at most: {size} go in one")

    @case(
        given="one symbol among good ones that is not listed",
        when="quotes are asked for",
        then="that one says what is wrong, and the others have their quotes",
        page="docs/hooks.md#quotes",
        needs=[_QUOTES],
    )
    def test_606_one_bad_symbol_spoils_nothing(self, stand: Stand) -> None:
        good = str(stand.sample())
        exchange = stand.sample().exchange
        first, bad, last = stand.broker.quotes([good, f"{exchange}:NOSUCHSHARE", good])
        expect(isinstance(bad, QuoteFailure) and bad.error, f"the answer is {bad}", "a QuoteFailure with its reason")
        both = isinstance(first, Quote) and isinstance(last, Quote)
        expect(both and first == last, f"the good ones are {first} and {last}", "the same quote")

    @case(
        given="no symbols",
        when="quotes are asked for",
        then="the answer is empty and no request is made",
        page="docs/hooks.md#quotes",
        needs=[_QUOTES],
    )
    def test_609_nothing_asked_is_nothing_sent(self, stand: Stand) -> None:
        stand.sample()
        seen = stand.seen()
        answers = stand.broker.quotes([])
        expect(answers == [] and stand.seen() == seen, f"{answers} after {stand.seen() - seen} requests", "[] after 0")

    @case(
        given="prices that the broker is declared not to give",
        when="they are asked for",
        then="that is refused as not supported (exit 11) before any request",
        page="docs/brokers.md",
        each=lambda info: [Variant(one.value, one, (lacks(one),)) for one in (_QUOTES, _DEPTH, _HISTORY)],
    )
    def test_612_prices_that_are_not_declared_are_not_supported(self, stand: Stand, variant: Variant) -> None:
        name = next(f"{row.exchange}:{row.symbol}" for row in stand.rows)
        today = stand.clock.now().date()
        act = {
            _QUOTES: lambda: stand.broker.quotes([name]),
            _DEPTH: lambda: stand.broker.depth(name),
            _HISTORY: lambda: stand.broker.history(name, "D", today, today),
        }[variant.value]
        raises(NotSupported, act)

    @case(
        given="an instrument of each exchange that is declared",
        when="its depth is asked for",
        then="bids fall and asks rise from the best, no level is empty, and they are not crossed",
        page="docs/hooks.md#depth",
        needs=[_DEPTH],
        each=each_exchange,
    )
    def test_620_depth_is_sorted_and_has_no_empty_levels(self, stand: Stand, variant: Variant) -> None:
        instrument = _listed(stand, variant.value)
        try:
            depth = stand.broker.depth(instrument)
        except (NotSupported, InvalidRequest, OpenAlgoError) as error:
            _only_if_partial(stand, _DEPTH, error)
            return
        bids, asks = depth.bids, depth.asks
        expect(_sorted(bids, falling=True), f"bids are {bids}", "the best (highest) first")
        expect(_sorted(asks, falling=False), f"asks are {asks}", "the best (lowest) first")
        empty = [level for level in (*bids, *asks) if not level.price or not level.quantity]
        expect(not empty, f"levels are {empty}", "only levels that exist")
        crossed = bids and asks and bids[0].price > asks[0].price
        expect(not crossed, f"bid {bids[:1]} and ask {asks[:1]} are crossed", "bid at or below ask")
        expect(f"{depth.exchange}:{depth.symbol}" == instrument, f"it is that of {depth.symbol}", instrument)

    @case(
        given="a share, and each candle length that is declared",
        when="the candles of five days are asked for",
        then="they are sorted, each once, within the days asked for; open, close, low and high fit together",
        page="docs/hooks.md#history",
        needs=[_HISTORY],
        each=_intervals,
    )
    def test_630_candles_make_sense(self, stand: Stand, variant: Variant) -> None:
        end = stand.clock.now().date()
        start = end - timedelta(days=4 if variant.value not in _LONG else 40)
        try:
            candles = _history(stand, variant.value, start, end)
        except NotSupported as error:
            _only_if_partial(stand, _HISTORY, error)
            return
        _check_candles(candles, variant.value, start, end)
        expect(candles or variant.value in _LONG[1:], "there are no candles", "some: the market was open")

    @case(
        given="an instrument of each exchange that is declared",
        when="its daily candles are asked for",
        then="they start at 00:00 IST of trading days; or are not supported where history is declared partial",
        page="docs/hooks.md#history",
        needs=[_HISTORY],
        each=each_exchange,
    )
    def test_633_daily_candles_start_at_midnight(self, stand: Stand, variant: Variant) -> None:
        end = stand.clock.now().date()
        try:
            candles = stand.broker.history(_listed(stand, variant.value), "D", end - timedelta(days=9), end)
        except OpenAlgoError as error:
            _only_if_partial(stand, _HISTORY, error)
            return
        _check_candles(candles, Interval.DAY, end - timedelta(days=9), end)

    @case(
        given="a span of days longer than one request may ask for",
        when="its candles are asked for",
        then="they come in one piece, in as few requests as declared",
        page="docs/hooks.md#history",
        needs=[_HISTORY],
    )
    def test_636_long_spans_are_cut_to_size(self, stand: Stand) -> None:
        interval, days = min(stand.info.history_windows.items(), key=lambda one: (one[1], one[0]))
        end = stand.clock.now().date()
        start = end - timedelta(days=days + 1)
        stand.sample()
        seen = stand.seen()
        candles = _history(stand, interval, start, end)
        _check_candles(candles, interval, start, end)
        requests = stand.seen() - seen
        expect(
            requests <= 4, f"{requests} requests were made for two windows", "two, or four where each is two requests"
        )

    @case(
        given="a candle length that the broker is declared not to have",
        when="candles of it are asked for",
        then="that is refused as not supported (exit 11) before any request",
        page="docs/brokers.md",
        needs=[_HISTORY],
        each=_other_intervals,
    )
    def test_640_other_candles_are_not_supported(self, stand: Stand, variant: Variant) -> None:
        today = stand.clock.now().date()
        name = str(stand.sample())
        seen = stand.seen()
        raises(NotSupported, lambda: stand.broker.history(name, variant.value.value, today, today))
        expect(stand.seen() == seen, "requests were made", "none")

    @case(
        given="a word that is no candle length, or days that end before they begin",
        when="candles are asked for",
        then="that is refused before any request",
        page="docs/errors.md",
        needs=[_HISTORY],
    )
    def test_643_nonsense_spans_never_leave(self, stand: Stand) -> None:
        today = stand.clock.now().date()
        name = str(stand.sample())
        interval = next(iter(stand.info.history_windows)).value
        seen = stand.seen()
        raises(UsageError, lambda: stand.broker.history(name, "7 minutes", today, today))
        raises(InvalidRequest, lambda: stand.broker.history(name, interval, today, today - timedelta(days=1)))
        expect(stand.seen() == seen, "requests were made", "none")


def _history(stand: Stand, interval: Interval, start: date, end: date) -> Sequence[Candle]:
    """Asked for by somebody who waits: thousands of candles take a simulator longer than faults leave it time."""
    with stand.another(variables={"OPENALGO_READ_TIMEOUT": "10"}) as patient:
        return patient.history(str(stand.sample()), interval.value, start, end)


def _listed(stand: Stand, exchange: Exchange) -> str:
    """Something of that exchange, the tradable sample where there is one."""
    if not exchange.is_index:
        return str(stand.sample(exchange))
    return next(f"{row.exchange}:{row.symbol}" for row in stand.rows if row.exchange == exchange)


def _quote(stand: Stand, exchange: Exchange) -> Quote | None:
    (answer,) = stand.broker.quotes([_listed(stand, exchange)])
    if isinstance(answer, Quote):
        return answer
    expect(stand.info.support(_QUOTES) is Support.PARTIAL, f"there is no quote: {answer.error}", "one: declared full")
    expect(answer.error, "there is neither a quote nor a reason", "the broker's reason")
    return None


def _only_if_partial(stand: Stand, capability: Capability, error: OpenAlgoError) -> None:
    partial = stand.info.support(capability) is Support.PARTIAL
    expect(partial, f"it failed: {error.kind}: {error}", f"an answer: {capability} is declared full")


def _sorted(levels: Sequence[DepthLevel], *, falling: bool) -> bool:
    prices = [level.price for level in levels]
    return prices == sorted(prices, reverse=falling)


def _check_candles(candles: Sequence[Candle], interval: Interval, start: date, end: date) -> None:
    times = [candle.time for candle in candles]
    expect(times == sorted(set(times)), "candles are not in order, or twice", "sorted by time, each once")
    for candle in candles:
        numbers = (candle.open, candle.high, candle.low, candle.close)
        expect(all(isinstance(one, Decimal) for one in numbers), f"prices are {numbers}", "Decimal")
        fits = candle.low <= min(candle.open, candle.close) and max(candle.open, candle.close) <= candle.high
        expect(fits, f"the candle is {candle}", "low at the bottom and high at the top")
        expect(candle.time.utcoffset() == IST.utcoffset(None), f"the time is {candle.time}", "a time in IST")
        if interval not in _LONG[1:]:
            expect(start <= candle.time.date() <= end, f"a candle is of {candle.time}", f"{start} to {end}")
        if interval in _LONG:
            expect(f"{candle.time:%H:%M}" == "00:00", f"a candle starts at {candle.time}", "00:00 IST")
