"""`openalgo journal`: list and reconcile."""

from __future__ import annotations

from datetime import date

import click

from ...models import IntentState
from ..command import group
from ..options import Options
from ..output import emit_list
from ..parameters import calendar_day
from ..session import broker_of
from ..shapes import JOURNAL as JOURNAL_SHAPE
from ..shapes import SETTLEMENT
from ..tables import JOURNAL, SETTLEMENTS

__all__ = ["journal"]


@group("journal")
def journal() -> None:
    """What was intended, and what became of it.

    Every order is written here before anything is sent, and its outcome after. Nothing is ever deleted: old entries are
    moved to an archive.
    """


@journal.command(
    "list",
    examples=("openalgo journal list --state unknown", "openalgo journal list --day 2026-11-20 --json"),
)
@click.option("--day", type=calendar_day, metavar="DATE", help="Only this day, as YYYY-MM-DD.")
@click.option("--state", type=click.Choice([str(state) for state in IntentState]), help="Only this state.")
@click.option("--symbol", metavar="[EXCHANGE:]SYMBOL", help="Only this symbol.")
@click.option("--id", "client_order_id", metavar="ID", help="Only this id of yours.")
@click.option("--archived", is_flag=True, help="Also what was settled more than 90 days ago.")
@click.pass_obj
def list_entries(
    options: Options,
    day: date | None,
    state: str | None,
    symbol: str | None,
    client_order_id: str | None,
    archived: bool,
) -> None:
    """Intents of this broker and profile, oldest first."""
    exchange, _, bare = (symbol or "").upper().rpartition(":")
    with broker_of(options) as broker:
        entries = broker.journal(
            day=day, state=state, symbol=bare or None, client_order_id=client_order_id, archived=archived
        )
    rows = [entry for entry in entries if exchange in ("", entry.exchange)]
    emit_list(options, rows, JOURNAL_SHAPE, JOURNAL, "The journal has no such entry.")


@journal.command("reconcile", examples=("openalgo journal reconcile",))
@click.pass_obj
def reconcile(options: Options) -> None:
    """Settle unknown outcomes by asking the broker's order book."""
    with broker_of(options) as broker:
        rows = broker.reconcile()
    emit_list(options, rows, SETTLEMENT, SETTLEMENTS, "Nothing is open: every outcome is known.")
