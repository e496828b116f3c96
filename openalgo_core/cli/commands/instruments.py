"""`openalgo instruments`: sync, search, show."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from ..command import group
from ..options import Options
from ..output import emit, emit_list, print_details
from ..session import broker_of
from ..shapes import INSTRUMENT as INSTRUMENT_SHAPE
from ..shapes import SYNC
from ..tables import INSTRUMENT, INSTRUMENTS
from ..text import moment

if TYPE_CHECKING:
    from ...models import SyncResult

__all__ = ["instruments"]


@group("instruments")
def instruments() -> None:
    """Fetch, search and show instruments.

    Every broker has its own instrument file. It is fetched by `sync`, once a trading day, and kept on this
    machine; quotes and orders look up the symbol there.
    """


@instruments.command("sync", examples=("openalgo instruments sync", "openalgo instruments sync --broker angel"))
@click.pass_obj
def sync(options: Options) -> None:
    """Fetch the broker's instrument file, if it has changed."""
    with broker_of(options) as broker, _progress(options) as progress:
        result = broker.sync_instruments(progress)
    emit(options, result, SYNC, _show_sync)


@instruments.command("search", examples=('openalgo instruments search "NIFTY 24500 CE"',))
@click.argument("text", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many.")
@click.pass_obj
def search(options: Options, text: tuple[str, ...], limit: int) -> None:
    """Instruments whose symbol or name has all words of TEXT."""
    with broker_of(options) as broker:
        found = broker.search_instruments(" ".join(text), limit)
    emit_list(options, found, INSTRUMENT_SHAPE, INSTRUMENTS, "Nothing found.")


@instruments.command("show", examples=("openalgo instruments show NSE:SBIN",))
@click.argument("name", metavar="EXCHANGE:SYMBOL")
@click.pass_obj
def show(options: Options, name: str) -> None:
    """Everything known about one instrument."""
    with broker_of(options) as broker:
        found = broker.instrument(name)
    emit(options, found, INSTRUMENT_SHAPE, lambda row: print_details(row, INSTRUMENT))


def _show_sync(result: SyncResult) -> None:
    source = f" (file of {moment(result.source_time)})" if result.source_time else ""
    if result.unchanged:
        click.echo(f"{result.broker}: unchanged, {result.rows} instruments{source}.")
        return
    click.echo(f"{result.broker}: {result.rows} instruments in {result.seconds:.1f} s{source}.")
    for reason, count in result.skipped.items():
        click.echo(f"  skipped {count}: {reason}")


@contextmanager
def _progress(options: Options) -> Iterator[Callable[[int], None] | None]:
    """A running count of rows on a terminal, nothing elsewhere."""
    if options.json or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("Reading instruments: {task.completed:,.0f}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda rows: bar.update(task, completed=rows)
