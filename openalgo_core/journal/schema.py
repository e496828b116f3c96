"""The journal's table, and the way between a row and an `Intent`."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..models.journal import IntentKind, IntentState
from ..models.vocabulary import Action, Exchange, PriceType, Product, Validity
from .intent import Draft, Intent

__all__ = ["COLUMNS", "SCHEMA", "VERSION", "draft_values", "intent_of"]

#: The format of the file.
VERSION = 1

SCHEMA = """
CREATE TABLE intents (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL, broker TEXT NOT NULL, profile TEXT NOT NULL,
    client_order_id TEXT NOT NULL, attempt INTEGER NOT NULL,
    kind TEXT NOT NULL, state TEXT NOT NULL, owner TEXT NOT NULL, day TEXT NOT NULL,
    created_at TEXT NOT NULL, sent_at TEXT, settled_at TEXT, reason TEXT, error TEXT,
    request TEXT NOT NULL, symbol TEXT NOT NULL, exchange TEXT NOT NULL,
    action TEXT NOT NULL, quantity INTEGER NOT NULL,
    product TEXT, price_type TEXT, price TEXT, trigger_price TEXT, validity TEXT,
    tag TEXT, order_id TEXT, refs TEXT NOT NULL, before TEXT
);
-- One row per attempt of a client order id: of many callers with the same id, one inserts and the others read.
CREATE UNIQUE INDEX place_once ON intents (account, client_order_id, attempt) WHERE kind = 'place';
-- A broker's order is claimed by one intent at most.
CREATE UNIQUE INDEX claim_once ON intents (account, day, order_id)
    WHERE kind = 'place' AND state = 'acknowledged';
CREATE INDEX unsettled ON intents (account) WHERE state IN ('intended', 'unknown');
CREATE INDEX by_order ON intents (account, order_id) WHERE order_id IS NOT NULL;
"""

_DRAFT = (
    "kind", "client_order_id", "request", "symbol", "exchange", "action", "quantity", "product", "price_type",
    "price", "trigger_price", "validity", "tag", "order_id", "refs", "before",
)  # fmt: skip
_REST = (
    "id",
    "account",
    "broker",
    "profile",
    "attempt",
    "state",
    "owner",
    "created_at",
    "sent_at",
    "settled_at",
    "reason",
    "error",
)
COLUMNS = ", ".join((*_REST, *_DRAFT))


def draft_values(draft: Draft) -> dict[str, Any]:
    """The columns of a draft, ready to be bound."""
    return {
        "kind": draft.kind.value,
        "client_order_id": draft.client_order_id,
        "request": draft.request,
        "symbol": draft.symbol,
        "exchange": draft.exchange.value,
        "action": draft.action.value,
        "quantity": draft.quantity,
        "product": draft.product,
        "price_type": draft.price_type,
        "price": _text(draft.price),
        "trigger_price": _text(draft.trigger_price),
        "validity": draft.validity,
        "tag": draft.tag,
        "order_id": draft.order_id,
        "refs": json.dumps(dict(draft.refs)),
        "before": draft.before,
    }


def intent_of(row: sqlite3.Row) -> Intent:
    """The intent of a row that was selected with `COLUMNS`."""
    draft = Draft(
        kind=IntentKind(row["kind"]),
        client_order_id=row["client_order_id"],
        request=row["request"],
        symbol=row["symbol"],
        exchange=Exchange(row["exchange"]),
        action=Action(row["action"]),
        quantity=row["quantity"],
        product=row["product"] and Product(row["product"]),
        price_type=row["price_type"] and PriceType(row["price_type"]),
        price=_decimal(row["price"]),
        trigger_price=_decimal(row["trigger_price"]),
        validity=row["validity"] and Validity(row["validity"]),
        tag=row["tag"],
        order_id=row["order_id"],
        refs=json.loads(row["refs"]),
        before=row["before"],
    )
    return Intent(
        id=row["id"],
        account=row["account"],
        broker=row["broker"],
        profile=row["profile"],
        attempt=row["attempt"],
        state=IntentState(row["state"]),
        owner=row["owner"],
        created_at=datetime.fromisoformat(row["created_at"]),
        sent_at=_moment(row["sent_at"]),
        settled_at=_moment(row["settled_at"]),
        reason=row["reason"],
        error=row["error"],
        draft=draft,
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
