"""What was intended, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from .vocabulary import Action, Exchange

__all__ = ["IntentKind", "IntentState", "JournalEntry", "Settlement"]


class IntentKind(StrEnum):
    PLACE = "place"
    MODIFY = "modify"
    CANCEL = "cancel"


class IntentState(StrEnum):
    INTENDED = "intended"  # recorded; being sent, or the process died
    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"
    NOT_PLACED = "not placed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One order, change or cancel as it was intended, and what is known of it."""

    client_order_id: str
    order_id: str | None
    kind: IntentKind
    state: IntentState
    broker: str
    profile: str
    symbol: str
    exchange: Exchange
    action: Action
    quantity: int
    price: Decimal | None
    created_at: datetime
    settled_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """One line of a reconciliation."""

    client_order_id: str
    before: IntentState
    after: IntentState
    order_id: str | None
    reason: str | None
