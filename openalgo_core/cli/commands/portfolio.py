"""`openalgo trades`, `positions`, `holdings` and `funds`."""

from __future__ import annotations

import click

from ..command import command
from ..options import Options
from ..output import emit, emit_list, print_details
from ..session import broker_of
from ..shapes import FUNDS, HOLDING, POSITION, TRADE
from ..tables import FUNDS as FUNDS_COLUMNS
from ..tables import HOLDINGS, POSITIONS, TRADES

__all__ = ["funds", "holdings", "positions", "trades"]


@command("trades", examples=("openalgo trades",))
@click.pass_obj
def trades(options: Options) -> None:
    """Today's fills."""
    with broker_of(options) as broker:
        rows = broker.trades()
    emit_list(options, rows, TRADE, TRADES, "No trades today.")


@command("positions", examples=("openalgo positions --json",))
@click.pass_obj
def positions(options: Options) -> None:
    """Today's net positions.

    Quantity 0 is a position closed today, a negative one is short.
    """
    with broker_of(options) as broker:
        rows = broker.positions()
    emit_list(options, rows, POSITION, POSITIONS, "No positions today.")


@command("holdings", examples=("openalgo holdings",))
@click.pass_obj
def holdings(options: Options) -> None:
    """Shares held in the demat account.

    Those still in settlement are included.
    """
    with broker_of(options) as broker:
        rows = broker.holdings()
    emit_list(options, rows, HOLDING, HOLDINGS, "No holdings.")


@command("funds", examples=("openalgo funds --broker angel",))
@click.pass_obj
def funds(options: Options) -> None:
    """Cash and margin.

    In rupees; available cash is what you can trade with now.
    """
    with broker_of(options) as broker:
        row = broker.funds()
    emit(options, row, FUNDS, lambda money: print_details(money, FUNDS_COLUMNS))
