"""The rules that an exchange is run by. Defaults are those of OpenAlgo's sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal

from ..models.vocabulary import Action, Exchange, InstrumentKind, Product
from .contracts import Contract

__all__ = ["ExchangeRules"]

_SQUARE_OFF: Mapping[Exchange, time] = {
    Exchange.NSE: time(15, 15),
    Exchange.BSE: time(15, 15),
    Exchange.NFO: time(15, 15),
    Exchange.BFO: time(15, 15),
    Exchange.CDS: time(16, 45),
    Exchange.BCD: time(16, 45),
    Exchange.MCX: time(23, 30),
    Exchange.NCO: time(23, 30),
    Exchange.NCDEX: time(17, 0),
}


@dataclass(frozen=True, slots=True)
class ExchangeRules:
    """How much of a real exchange's strictness is on.

    `exchange_hours`: false means always open and no clock rules; true refuses orders outside the hours, squares MIS
    off and lets DAY orders lapse at the close. `partial_fills`: orders larger than the touch fill in pieces.
    Leverages divide the value of an order into the margin that it blocks.
    """

    starting_capital: Decimal = Decimal("10000000")
    exchange_hours: bool = False
    partial_fills: bool = False
    order_id_digits: int = 8
    leverage_equity_mis: Decimal = Decimal(5)
    leverage_equity_cnc: Decimal = Decimal(1)
    leverage_futures: Decimal = Decimal(10)
    leverage_option_buy: Decimal = Decimal(1)
    leverage_option_sell: Decimal = Decimal(1)
    square_off: Mapping[Exchange, time] = field(default_factory=lambda: _SQUARE_OFF)

    def leverage(self, contract: Contract, product: Product, action: Action) -> Decimal:
        """What the value of an order is divided by."""
        if contract.kind.is_option:
            return self.leverage_option_buy if action is Action.BUY else self.leverage_option_sell
        if contract.kind is InstrumentKind.FUT:
            return self.leverage_futures
        return self.leverage_equity_mis if product is Product.MIS else self.leverage_equity_cnc
