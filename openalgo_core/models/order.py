"""Orders: what a user asks for, what a broker says.

What users give is validated by pydantic and forbids unknown fields; what brokers give has been read by a plugin
already and travels in frozen dataclasses, which cost nothing to import.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from ._building import quick_to_build
from .vocabulary import Action, Exchange, OrderStatus, PriceType, Product, Validity

__all__ = ["CancelResult", "Order", "OrderResult", "Placed", "Trade"]


@dataclass(frozen=True, slots=True)
class Placed:
    """A broker's yes. `refs` is whatever the broker needs beside the id to find or change the order again."""

    order_id: str
    refs: Mapping[str, str] = field(default_factory=dict)


@quick_to_build
@dataclass(frozen=True, slots=True)
class Order:
    """One row of the order book.

    Quantities in units, prices in rupees. `None` where the broker does not say. `tag` is the text of ours that came
    back with the row; `refs` is what the broker needs beside the id (a variety, a UUID). Neither is shown to users.
    """

    order_id: str
    symbol: str
    exchange: Exchange
    action: Action
    quantity: int
    filled_quantity: int | None
    price: Decimal | None
    trigger_price: Decimal | None
    average_price: Decimal | None
    #: `None` for a product of the broker's own that has no unified word (bracket, cover, margin trading).
    product: Product | None
    price_type: PriceType | None
    validity: Validity | None
    status: OrderStatus
    reason: str | None
    time: datetime | None
    client_order_id: str | None = None
    tag: str | None = None
    disclosed_quantity: int | None = None
    refs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trade:
    """One fill."""

    trade_id: str | None
    order_id: str
    symbol: str
    exchange: Exchange
    action: Action
    quantity: int
    price: Decimal
    product: Product | None
    time: datetime | None


@dataclass(frozen=True, slots=True)
class OrderResult:
    """What became of a place, modify or cancel. A refusal is an exception; unknown is a result."""

    status: Literal["acknowledged", "unknown"]
    order_id: str | None
    client_order_id: str
    broker: str
    #: Why the outcome is unknown, or what else must be said of it (the journal could not be written afterwards).
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CancelResult:
    """One line of a cancel-all."""

    order_id: str
    status: Literal["acknowledged", "rejected", "unknown"]
    reason: str | None
