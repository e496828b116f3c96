"""How the broker turns a market order into a limit order: by how much it may be off, by kind and price."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from openalgo_core.exchange import Snapshot
from openalgo_core.models import Action

__all__ = ["protected"]

#: Below which price, which share of it. The cheapest options have ten paise.
_SHARES: Final = ((Decimal(100), Decimal("0.02")), (Decimal(500), Decimal("0.01")), (None, Decimal("0.005")))
_OPTIONS: Final = (
    (Decimal(5), Decimal("0.10")),
    (Decimal(10), Decimal("0.05")),
    (Decimal(100), Decimal("0.03")),
    (Decimal(500), Decimal("0.02")),
    (None, Decimal("0.01")),
)
_TEN_PAISE: Final = Decimal("0.10")


def protected(quote: Snapshot, action: Action) -> Decimal:
    """The limit of a market order: off the last price, on the tick and within the day's band."""
    tick = quote.contract.tick_size or Decimal("0.05")
    rounding = ROUND_CEILING if action is Action.BUY else ROUND_FLOOR
    reach = quote.ltp + action.sign * _offset(quote)
    on_tick = (reach / tick).to_integral_value(rounding) * tick
    return min(max(on_tick, quote.lower_circuit), quote.upper_circuit)


def _offset(quote: Snapshot) -> Decimal:
    if quote.contract.kind.is_option and quote.ltp < 1:
        return _TEN_PAISE
    grid = _OPTIONS if quote.contract.kind.is_option else _SHARES
    return quote.ltp * next(share for below, share in grid if below is None or quote.ltp < below)
