"""The instrument file: one JSON array, turned into rows while it is being downloaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from openalgo_core.errors import UnreadableAnswer
from openalgo_core.masters import begun, conditions, counted, has_changed
from openalgo_core.models import Master, MasterRow
from openalgo_core.numbers import decimal_text, optional_money, units
from openalgo_core.streams import json_rows
from openalgo_core.symbols import Symbol

from .tables import EXCHANGES, KINDS
from .wire import ROOT

if TYPE_CHECKING:
    from openalgo_core.models import Account, Download, Known

__all__ = ["master", "unified"]


def master(account: Account, known: Known | None) -> Master | bool:
    """The file as it comes in, or `False` where it is the one that is known already."""
    with ExitStack() as connection:
        download = connection.enter_context(account.http.download(f"{ROOT}/instruments", headers=conditions(known)))
        if not has_changed(download):
            return False
        answer = begun(download)
        # From here on the connection belongs to the rows, and closes with them.
        answer.rows = counted(_rows(download, connection.pop_all()), answer.skipped)
    return answer


def _rows(download: Download, connection: ExitStack) -> Iterator[MasterRow | str]:
    with connection:
        for row in json_rows(download.pieces()):
            try:
                yield unified(row)
            except UnreadableAnswer:  # one odd number must not cost all the other rows
                yield "unreadable number"


def unified(row: Mapping[str, Any]) -> MasterRow | str:
    """A row of the file in unified words, or the reason why it is no tradable instrument."""
    segment, kind = row["segment"], KINDS.get(row["kind"])
    if segment not in EXCHANGES or kind is None:
        return f"{row['kind']} in {segment}"
    expiry = date.fromisoformat(row["expiry"]) if row["expiry"] else None
    strike = optional_money(row["strike"])
    tick = optional_money(row["tick"])
    return MasterRow(
        symbol=str(Symbol(row["base"], expiry, strike, kind)),
        exchange=EXCHANGES[segment],
        name=row["name"],
        kind=kind,
        expiry=row["expiry"],
        strike=_text(strike),
        lot_size=units(row["lot"]),
        tick_size=_text(tick),
        freeze_quantity=None,
        multiplier="1",
        broker_symbol=row["symbol"],
        broker_exchange=segment,
        token=row["id"],
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)
