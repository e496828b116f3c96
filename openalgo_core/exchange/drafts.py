"""Orders on their way into the book: from a ticket, or from an order and its changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..models.vocabulary import OrderStatus, PriceType
from .book import Book
from .entries import OrderEntry
from .quotes import Snapshot
from .records import Ticket
from .refusals import ExchangeRefusal, RefusalKind

__all__ = ["charge", "draft", "revise"]


def draft(ticket: Ticket, order_id: str, now: datetime) -> OrderEntry:
    """The order that a ticket asks for, before anybody has looked at it."""
    return OrderEntry(
        order_id=order_id,
        contract=ticket.contract,
        action=ticket.action,
        product=ticket.product,
        quantity=ticket.quantity,
        price_type=ticket.price_type,
        price=ticket.price,
        trigger_price=ticket.trigger_price,
        validity=ticket.validity,
        disclosed_quantity=ticket.disclosed_quantity,
        status=_first_status(ticket.price_type),
        reason=None,
        tag=ticket.tag,
        wire=ticket.wire,
        placed_at=now,
        updated_at=now,
        watched=now,
    )


def charge(order: OrderEntry, book: Book, quote: Snapshot | None) -> None:
    """Set the price that margin is reckoned at, and the units that no opposite position covers: those of other orders
    that would close the same position do not count."""
    order.reference = order.trigger_price or order.price or (quote.ltp if quote is not None else Decimal(0))
    position = book.position(order.contract, order.product).quantity
    opposite = abs(position) if position * order.action.sign < 0 else 0
    committed = book.committed(order.contract, order.product, order.action, besides=order.number)
    order.charged = max(0, order.remaining - max(0, opposite - committed))


def revise(old: OrderEntry, changes: Mapping[str, Any], now: datetime) -> OrderEntry:
    """A copy with the changes, to be checked like a new order. Raises `ExchangeRefusal` for what cannot be changed."""
    new = replace(old, **changes, updated_at=now, watched=now)
    if new.price_type is not old.price_type:
        new.price = new.price if new.price_type.needs_price else None
        new.trigger_price = new.trigger_price if new.price_type.needs_trigger else None
        new.status = _first_status(new.price_type)
    elif old.price_type.needs_trigger and old.status is OrderStatus.OPEN and new.trigger_price != old.trigger_price:
        raise ExchangeRefusal(
            RefusalKind.INVALID,
            f"Order {old.order_id} has been triggered; its trigger price is past.",
            old.order_id,
        )
    if new.quantity <= new.filled_quantity:
        raise ExchangeRefusal(
            RefusalKind.INVALID,
            f"{new.filled_quantity} of order {old.order_id} are filled; the new quantity must be above that.",
            old.order_id,
        )
    return new


def _first_status(price_type: PriceType) -> OrderStatus:
    return OrderStatus.TRIGGER_PENDING if price_type.needs_trigger else OrderStatus.OPEN
