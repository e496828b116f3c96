"""The states that an order went through, in the broker's words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from openalgo_core.exchange import BookOrder
from openalgo_core.models import OrderStatus

__all__ = ["stages", "state_of"]

_WORDS: Final = {
    OrderStatus.OPEN: "open",
    OrderStatus.TRIGGER_PENDING: "trigger pending",
    OrderStatus.COMPLETE: "complete",
    OrderStatus.CANCELLED: "cancelled",
    OrderStatus.REJECTED: "rejected",
}
_ARRIVING: Final = ("put order req received", "validation pending", "open pending")
_CHANGING: Final = ("modify validation pending", "modify pending", "modified")


def state_of(order: BookOrder) -> str:
    """What the book shows now."""
    kept = order.wire.get("state", "")
    if order.status is OrderStatus.PENDING:
        return kept
    if order.status is OrderStatus.CANCELLED and "after market" in kept:
        return "cancelled after market order"
    return _WORDS[order.status]


def stages(order: BookOrder) -> list[tuple[str, datetime]]:
    """Each state and when it began, the newest first. The exchange keeps the first and the last moment only."""
    states = list(dict.fromkeys(_passed(order)))
    return [(state, order.placed_at if state in _ARRIVING else order.updated_at) for state in reversed(states)]


def _passed(order: BookOrder) -> Iterator[str]:
    kept, now = order.wire.get("state", ""), state_of(order)
    if kept not in _ARRIVING:
        yield from _ARRIVING[:2] if order.status is OrderStatus.REJECTED else _ARRIVING
    else:
        yield from _ARRIVING[: _ARRIVING.index(kept) + 1]
    if "changes" in order.wire:
        yield from _CHANGING
    if order.status in (OrderStatus.COMPLETE, OrderStatus.CANCELLED) and not kept:
        yield "open"
    yield now
