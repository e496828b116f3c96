"""Instruments and prices. A plugin makes one request per call; the core cuts batches and spans to size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .markers import hookspec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ..models.account import Account
    from ..models.candle import Candle
    from ..models.depth import Depth
    from ..models.instrument import Instrument
    from ..models.master import Master
    from ..models.quote import Quote, QuoteFailure
    from ..models.sync import Known
    from ..models.vocabulary import Interval


@hookspec(firstresult=True)
def instruments(account: Account, known: Known | None) -> Master | bool:
    """The broker's instrument file as rows, read while downloading; `False` for "unchanged since `known`".

    Every tradable row becomes a `MasterRow`; what is no tradable instrument is counted in `Master.skipped`. The core
    stores the rows in a new table and puts it in place of the old one only when all have come.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def quotes(account: Account, instruments: Sequence[Instrument]) -> Sequence[Quote | QuoteFailure]:
    """Quotes of at most `BrokerInfo.quote_batch` instruments, in any order; one that has none is a `QuoteFailure`."""
    raise NotImplementedError


@hookspec(firstresult=True)
def depth(account: Account, instrument: Instrument) -> Depth:
    """The best levels of the book."""
    raise NotImplementedError


@hookspec(firstresult=True)
def history(account: Account, instrument: Instrument, interval: Interval, start: date, end: date) -> Sequence[Candle]:
    """Candles from `start` to `end`, both days included, oldest first; the span is within the declared window."""
    raise NotImplementedError
