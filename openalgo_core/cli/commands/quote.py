"""`openalgo quote`, `depth` and `history`: market data."""

from __future__ import annotations

from datetime import date
from itertools import zip_longest
from typing import TYPE_CHECKING

import click

from ...clock import SystemClock, day_of
from ...errors import InvalidRequest
from ...models import Interval, Quote, QuoteFailure
from ..command import command
from ..options import Options
from ..output import emit, emit_json, emit_list, note, print_details, print_table, warn
from ..parameters import INSTRUMENT, calendar_day
from ..session import broker_of
from ..shapes import CANDLE, DEPTH, QUOTE, QUOTE_FAILURE, as_json
from ..tables import CANDLES, LEVELS, QUOTES
from ..tables import DEPTH as DEPTH_COLUMNS

if TYPE_CHECKING:
    from ...models import Depth

__all__ = ["depth", "history", "quote"]


@command("quote", examples=("openalgo quote NSE:SBIN", "openalgo quote NSE:SBIN NSE_INDEX:NIFTY --json"))
@click.argument("names", metavar=f"{INSTRUMENT}...", nargs=-1, required=True)
@click.pass_obj
def quote(options: Options, names: tuple[str, ...]) -> None:
    """Last prices of one or more instruments.

    An instrument that has no quote does not keep the others from coming; the command fails only if none came.
    """
    with broker_of(options) as broker:
        answers = broker.quotes(names)
    quotes = [answer for answer in answers if isinstance(answer, Quote)]
    failures = [answer for answer in answers if isinstance(answer, QuoteFailure)]
    if options.json:
        emit_json([as_json(row, QUOTE if isinstance(row, Quote) else QUOTE_FAILURE) for row in answers])
    elif quotes:
        print_table(quotes, QUOTES)
    if not quotes:
        raise InvalidRequest(
            _told(failures), hint="Look for the symbol with: openalgo instruments search TEXT", broker=broker.name
        )
    if not options.json:
        for failure in failures:
            warn(_told([failure]))


@command("depth", examples=("openalgo depth NSE:SBIN",))
@click.argument("name", metavar=INSTRUMENT)
@click.pass_obj
def depth(options: Options, name: str) -> None:
    """The best bids and asks of an instrument."""
    with broker_of(options) as broker:
        book = broker.depth(name)
    emit(options, book, DEPTH, _show_depth)


@command(
    "history",
    examples=(
        "openalgo history NSE:SBIN --interval 5m --from 2026-11-19",
        "openalgo history NSE_INDEX:NIFTY --interval D --from 2026-01-01 --to 2026-06-30 --json",
    ),
)
@click.argument("name", metavar=INSTRUMENT)
@click.option(
    "--interval",
    type=click.Choice([str(interval) for interval in Interval]),
    metavar="INTERVAL",
    default="D",
    show_default=True,
    help=f"Length of a candle: {' '.join(Interval)}. A broker has some of them.",
)
@click.option("--from", "start", type=calendar_day, metavar="DATE", required=True, help="First day, as YYYY-MM-DD.")
@click.option("--to", "end", type=calendar_day, metavar="DATE", help="Last day, included; else today.")
@click.pass_obj
def history(options: Options, name: str, interval: str, start: date, end: date | None) -> None:
    """Candles of an instrument, oldest first."""
    last = end or day_of(SystemClock().now())
    if start > last:
        raise click.UsageError(f"--from {start} is later than --to {last}.")
    with broker_of(options) as broker:
        candles = broker.history(name, interval, start, last)
    emit_list(options, candles, CANDLE, CANDLES, f"No candles of {name} from {start} to {last}.")


def _told(failures: list[QuoteFailure]) -> str:
    """The failures in one sentence each; a single one without repeating itself."""
    return " ".join(f"No quote of {row.exchange}:{row.symbol}: {row.error.rstrip('.')}." for row in failures)


def _show_depth(book: Depth) -> None:
    print_details(book, DEPTH_COLUMNS)
    if not (book.bids or book.asks):
        note("Nobody bids or asks.")
        return
    click.echo()
    print_table(list(zip_longest(book.bids, book.asks)), LEVELS)
