"""What the exchange must know of an instrument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..models.vocabulary import Exchange, InstrumentKind
from ..symbols import expiry_text

__all__ = ["Contract"]


@dataclass(frozen=True, slots=True)
class Contract:
    """A share, an index, a future or an option, with the facts that matching and margin need.

    Prices in rupees; `lot_size` and `freeze_quantity` in units; `multiplier` is rupees per point per unit.
    """

    symbol: str
    exchange: Exchange
    name: str
    kind: InstrumentKind
    expiry: date | None
    strike: Decimal | None
    lot_size: int
    tick_size: Decimal | None
    freeze_quantity: int | None
    multiplier: Decimal = Decimal(1)

    def __str__(self) -> str:
        return f"{self.exchange}:{self.symbol}"

    @property
    def key(self) -> tuple[Exchange, str]:
        """What tells contracts apart."""
        return self.exchange, self.symbol

    @property
    def underlying(self) -> str:
        """The symbol whose price this contract follows: itself, or the part of a derivative's symbol before its expiry.

        Cut at the expiry rather than at the first digit, because of 360ONE, M&M and NIFTYNXT50.
        """
        if self.expiry is None:
            return self.symbol
        base, found, _ = self.symbol.partition(expiry_text(self.expiry))
        return base if found else self.name
