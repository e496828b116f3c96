"""What a guard is shown of an order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from ..clock import Clock
from ..models.instrument import Instrument
from ..models.journal import IntentKind
from ..models.portfolio import Position
from ..models.vocabulary import Action, PriceType, Product

__all__ = ["OrderContext"]


@dataclass(frozen=True, slots=True)
class OrderContext:
    """One order as it will go out; for a modify, as it will look afterwards.

    `last_price` and `positions` ask the broker when they are called, once per order; a guard that does not need them
    costs no request. `settings` is the guard's own table of `openalgo.toml`; `home` is the state directory.
    """

    kind: IntentKind
    broker: str
    profile: str
    user_id: str
    instrument: Instrument
    action: Action
    quantity: int
    product: Product | None
    price_type: PriceType | None
    price: Decimal | None
    trigger_price: Decimal | None
    last_price: Callable[[], Decimal] = field(repr=False)
    positions: Callable[[], Sequence[Position]] = field(repr=False)
    clock: Clock
    home: Path
    settings: Mapping[str, Any] = field(default_factory=dict)

    def value(self) -> Decimal:
        """Rupees that the order moves: quantity × price × multiplier, at the last price where it names none."""
        price = self.price or self.trigger_price or self.last_price()
        return price * self.quantity * self.instrument.multiplier
