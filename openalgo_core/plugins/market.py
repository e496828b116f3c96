"""Prices for many symbols and long spans, cut to what one request of the broker may ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import InvalidRequest, NotSupported, OpenAlgoError, UnreadableAnswer, UsageError
from ..models.instrument import Instrument
from ..models.quote import Quote, QuoteFailure
from ..models.vocabulary import Exchange, Interval

if TYPE_CHECKING:
    from ..models.broker import BrokerInfo
    from ..models.candle import Candle
    from ..models.portfolio import Holding, Position

__all__ = ["batches", "fill_prices", "interval_of", "last_price", "quotes_of", "read_history"]

Row = TypeVar("Row", "Position", "Holding")
Item = TypeVar("Item")
QuotesHook = Callable[[Sequence[Instrument]], Sequence[Quote | QuoteFailure]]


def quotes_of(instruments: Sequence[Instrument], read: QuotesHook, batch: int) -> list[Quote | QuoteFailure]:
    """One quote, or one failure, for each instrument, in the order asked; ⌈n / batch⌉ requests."""
    answers: dict[tuple[Exchange, str], Quote | QuoteFailure] = {}
    for group in batches(list(dict.fromkeys(instruments)), batch):
        answers.update({(answer.exchange, answer.symbol): answer for answer in read(group)})
    return [
        answers.get((one.exchange, one.symbol)) or QuoteFailure(one.symbol, one.exchange, "the broker gave no quote")
        for one in instruments
    ]


def batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """`items` in slices of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def last_price(instrument: Instrument, read: QuotesHook) -> Decimal:
    """The LTP. Raises `UnreadableAnswer` where there is none: no price may be made up from nothing."""
    (answer,) = quotes_of([instrument], read, 1)
    if isinstance(answer, QuoteFailure) or not answer.ltp:
        why = answer.error if isinstance(answer, QuoteFailure) else "it has no last price"
        raise UnreadableAnswer(f"No price for {instrument}: {why}.", hint="Give a price (--type LIMIT --price …).")
    return answer.ltp


def interval_of(word: str, info: BrokerInfo) -> Interval:
    """The interval of a word. Raises `UsageError` for no interval, `NotSupported` for one the broker has not."""
    try:
        interval = Interval(word)
    except ValueError:
        raise UsageError(f"{word!r} is no interval.", hint=f"Intervals are {', '.join(Interval)}.") from None
    if interval not in info.history_windows:
        raise NotSupported(
            f"{info.title} has no {interval} candles.",
            hint=f"It has {', '.join(info.history_windows)}.",
            broker=info.name,
        )
    return interval


def read_history(start: date, end: date, days: int, read: Callable[[date, date], Sequence[Candle]]) -> list[Candle]:
    """Candles of a span of any length, from windows of at most `days`; sorted, each moment once."""
    if start > end:
        raise InvalidRequest(f"The span from {start} to {end} ends before it begins.", hint="Swap --from and --to.")
    candles: dict[Any, Candle] = {}
    first = start
    while first <= end:
        last = min(end, first + timedelta(days=days - 1))
        candles.update({candle.time: candle for candle in read(first, last)})
        first = last + timedelta(days=1)
    return [candles[moment] for moment in sorted(candles)]


def fill_prices(
    rows: Sequence[Row], find: Callable[[str, str], Instrument | None], read: QuotesHook, batch: int
) -> list[Row]:
    """Rows with `ltp` and `pnl` filled in from quotes where the broker gave none, left `None` where that fails."""
    wanted = {
        (row.exchange, row.symbol): instrument
        for row in rows
        if row.ltp is None and (instrument := find(row.exchange, row.symbol)) is not None
    }
    if not wanted:
        return list(rows)
    try:
        answers = quotes_of(list(wanted.values()), read, batch)
    except OpenAlgoError:
        return list(rows)
    prices = {(a.exchange, a.symbol): a.ltp for a in answers if isinstance(a, Quote)}
    return [_priced(row, prices, wanted) for row in rows]


def _priced(
    row: Row, prices: Mapping[tuple[Exchange, str], Decimal | None], known: Mapping[tuple[Exchange, str], Instrument]
) -> Row:
    ltp = prices.get((row.exchange, row.symbol))
    if row.ltp is not None or ltp is None:
        return row
    pnl = row.pnl
    if pnl is None and row.average_price is not None:
        pnl = (ltp - row.average_price) * row.quantity * known[(row.exchange, row.symbol)].multiplier
    return replace(row, ltp=ltp, pnl=pnl)
