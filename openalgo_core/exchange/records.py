"""What goes into the exchange and what its books show. Money in rupees, exact; quantities in units; times in IST."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from ..models.vocabulary import Action, OrderStatus, PriceType, Product, Validity
from .contracts import Contract

__all__ = ["BookFunds", "BookHolding", "BookOrder", "BookPosition", "Fill", "MarginEstimate", "Ticket"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """A new order. `tag` and `wire` are opaque: kept with the order and given back."""

    contract: Contract
    action: Action
    quantity: int
    product: Product
    price_type: PriceType
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    validity: Validity = Validity.DAY
    disclosed_quantity: int = 0
    tag: str | None = None
    wire: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BookOrder:
    """An order as the book shows it. `average_price` is `None` until something is filled."""

    order_id: str
    contract: Contract
    action: Action
    quantity: int
    filled_quantity: int
    price: Decimal | None
    trigger_price: Decimal | None
    average_price: Decimal | None
    product: Product
    price_type: PriceType
    validity: Validity
    disclosed_quantity: int
    status: OrderStatus
    reason: str | None
    tag: str | None
    wire: Mapping[str, str]
    placed_at: datetime
    updated_at: datetime
    exchange_order_id: str


@dataclass(frozen=True, slots=True)
class Fill:
    """One trade."""

    trade_id: str
    order_id: str
    contract: Contract
    action: Action
    quantity: int
    price: Decimal
    product: Product
    at: datetime


@dataclass(frozen=True, slots=True)
class BookPosition:
    """A net position; `quantity` is signed, 0 for one closed today, whose average is 0 too.

    Bought and sold quantities and values are those of the day. `ltp`, `unrealised_pnl` and `pnl` are `None` only where
    a price source of the caller's own has no price; the default one always has.
    """

    contract: Contract
    product: Product
    quantity: int
    average_price: Decimal
    ltp: Decimal | None
    realised_pnl: Decimal
    unrealised_pnl: Decimal | None
    pnl: Decimal | None
    buy_quantity: int
    sell_quantity: int
    buy_value: Decimal
    sell_value: Decimal


@dataclass(frozen=True, slots=True)
class BookHolding:
    """Shares that were delivered. `ltp` and `pnl` as for positions."""

    contract: Contract
    quantity: int
    average_price: Decimal
    ltp: Decimal | None
    pnl: Decimal | None


@dataclass(frozen=True, slots=True)
class BookFunds:
    """`available_cash` is free to trade now: starting capital, all that was earned, lost, paid for shares and got for
    them, less `used_margin`. Profits and losses are those of the day; `unrealised_pnl` is `None` where a price is
    missing."""

    available_cash: Decimal
    used_margin: Decimal
    collateral: Decimal
    realised_pnl: Decimal
    unrealised_pnl: Decimal | None
    starting_capital: Decimal


@dataclass(frozen=True, slots=True)
class MarginEstimate:
    """What an order would block, and how that was reckoned."""

    required_margin: Decimal
    components: Mapping[str, Decimal]
