"""What is listed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time

from openalgo_core import exchange
from openalgo_core.clock import IST, day_of
from openalgo_core.exchange import Contract
from openalgo_core.models import Account, Known, Master, MasterRow
from openalgo_core.numbers import decimal_text

from .wire import at_the_exchange, seed

__all__ = ["master"]


def master(account: Account, known: Known | None) -> Master | bool:
    """The contracts of today, and those still held: strikes move on with the price, positions do not."""
    today = day_of(account.clock.now())
    stamp = today.isoformat()
    if known is not None and known.stamp == stamp:
        return False
    rows = (_row(contract) for contract in _listed(account, today))
    return Master(rows=rows, stamp=stamp, source_time=datetime.combine(today, time(0), IST))


def _listed(account: Account, today: date) -> Iterator[Contract]:
    listed = exchange.universe(today, seed(account))
    yield from listed
    keys = {contract.key for contract in listed}
    with at_the_exchange(account) as desk:
        held = [row.contract for row in desk.positions() if row.quantity]
    yield from (contract for contract in dict.fromkeys(held) if contract.key not in keys)


def _row(contract: Contract) -> MasterRow:
    return MasterRow(
        symbol=contract.symbol,
        exchange=contract.exchange.value,
        name=contract.name,
        kind=contract.kind.value,
        expiry=None if contract.expiry is None else contract.expiry.isoformat(),
        strike=None if contract.strike is None else decimal_text(contract.strike),
        lot_size=contract.lot_size,
        tick_size=None if contract.tick_size is None else decimal_text(contract.tick_size),
        freeze_quantity=contract.freeze_quantity,
        multiplier=decimal_text(contract.multiplier),
        broker_symbol=contract.symbol,
        broker_exchange=contract.exchange.value,
        token=contract.symbol,
    )
