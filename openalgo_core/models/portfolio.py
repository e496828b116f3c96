"""What an account holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from .vocabulary import Exchange, Product

__all__ = ["Funds", "Holding", "Margin", "Position"]


@dataclass(frozen=True, slots=True)
class Position:
    """One net position of the day. `quantity` is signed, in units; 0 is a position closed today.

    `ltp` and `pnl` are `None` where the broker gives none; the core then fills them through `quotes`.
    """

    symbol: str
    exchange: Exchange
    product: Product | None
    quantity: int
    average_price: Decimal | None
    ltp: Decimal | None
    pnl: Decimal | None


@dataclass(frozen=True, slots=True)
class Holding:
    """Shares held in the demat account, those still in settlement included."""

    symbol: str
    exchange: Exchange
    quantity: int
    average_price: Decimal | None
    ltp: Decimal | None
    pnl: Decimal | None


@dataclass(frozen=True, slots=True)
class Funds:
    """Rupees. `available_cash` is free to trade now, net of the margin in use."""

    available_cash: Decimal | None
    used_margin: Decimal | None
    collateral: Decimal | None
    realised_pnl: Decimal | None
    unrealised_pnl: Decimal | None


@dataclass(frozen=True, slots=True)
class Margin:
    """Rupees that an order would block. `components` carries the broker's own parts by name."""

    required_margin: Decimal
    available_cash: Decimal | None
    components: Mapping[str, Decimal] = field(default_factory=dict)
