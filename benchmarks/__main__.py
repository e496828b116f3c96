"""`python -m benchmarks`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Console

from . import faults, growth, instruments, orders, peers, reads, report, startup
from .rows import Row, table
from .settled import settled
from .stand import standing


@click.command()
@click.option(
    "--short", is_flag=True, help="Fewer rounds, no peers, no curves; fail only beyond twice the bar, and on no time."
)
@click.option("--rows", "listed", default=180_000, help="Instruments in the master.")
@click.option("--peers/--no-peers", "with_peers", default=True, help="Install the peers and measure them too.")
@click.option("--write", is_flag=True, help="Write docs/performance.md and its plots.")
def main(short: bool, listed: int, with_peers: bool, write: bool) -> None:
    """Measure, print the table, and end with 1 where a bar is missed."""

    def fails(row: Row) -> bool:
        return not (short and row.is_time) and not row.holds(2.0 if short else 1.0)

    settle = partial(settled, fails=fails, tries=3)
    # First, because it needs no quiet machine and imports the most.
    rows = faults.rows(instruments.BROKERS)
    with TemporaryDirectory() as home, standing(Path(home), 40_000 if short else listed) as stand:
        rows += settle(partial(startup.rows, stand, rounds=3 if short else 15))
        rows += settle(partial(orders.rows, stand, rounds=3 if short else 9, each=50 if short else 150))
        rows += settle(partial(instruments.rows, stand, rounds=3 if short else 5))
        rows += settle(partial(reads.rows, stand, rounds=3 if short else 9))
        notes: list[str] = []
        if with_peers and not short:
            rows, notes = peers.compared(stand, rows)
        rows.sort(key=lambda row: row.number)
        Console(width=max(Console().width, 150)).print(table(rows))
        print(*notes, sep="\n", flush=True)
        curves = [] if short else growth.curves(stand)
    if write:
        report.write(rows, curves, notes)
    sys.exit(any(map(fails, rows)))


if __name__ == "__main__":
    main()
