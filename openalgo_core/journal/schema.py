"""The journal's table, and the way between a row and an `Intent`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..models.journal import IntentKind, IntentState
from ..models.vocabulary import Action, Exchange, PriceType, Product, Validity
from .intent import Draft, Intent

__all__ = ["COLUMNS", "INSERT", "SCHEMA", "SETTLE", "VERSION", "draft_values", "intent_of"]

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


#: Takes what `Draft` and `Intent` are made of; does nothing for an attempt that is there already.
INSERT = f"""
INSERT INTO intents (account, broker, profile, attempt, owner, day, created_at, state, {", ".join(_DRAFT)})
VALUES ({", ".join("?" * 7)}, 'intended', {", ".join("?" * len(_DRAFT))})
ON CONFLICT DO NOTHING
"""  # noqa: S608 - our own names

#: Sets an outcome unless a final one is there.
SETTLE = """
UPDATE intents SET state = :state, settled_at = :now, reason = :reason, error = :error,
    order_id = coalesce(:order_id, order_id), refs = coalesce(:refs, refs)
WHERE id = :id AND state IN ('intended', 'unknown')
"""


def draft_values(draft: Draft) -> tuple[Any, ...]:
    """The columns of a draft, ready to be bound."""
    return (
        draft.kind.value,
        draft.client_order_id,
        draft.request,
        draft.symbol,
        draft.exchange.value,
        draft.action.value,
        draft.quantity,
        draft.product,
        draft.price_type,
        _text(draft.price),
        _text(draft.trigger_price),
        draft.validity,
        draft.tag,
        draft.order_id,
        json.dumps(dict(draft.refs)),
        draft.before,
    )


def intent_of(row: Iterable[Any]) -> Intent:
    """The intent of a row that was selected with `COLUMNS`."""
    # By position: a look-up by name compares names, which for thirty of them takes longer than reading the row.
    number, account, broker, profile, attempt, state, owner, created, sent, settled, reason, error, *draft = row
    return Intent(
        number,
        account,
        broker,
        profile,
        attempt,
        IntentState(state),
        owner,
        datetime.fromisoformat(created),
        _moment(sent),
        _moment(settled),
        reason,
        error,
        _draft_of(*draft),
    )


def _draft_of(
    kind: str,
    client_order_id: str,
    request: str,
    symbol: str,
    exchange: str,
    action: str,
    quantity: int,
    product: str | None,
    price_type: str | None,
    price: str | None,
    trigger_price: str | None,
    validity: str | None,
    tag: str | None,
    order_id: str | None,
    refs: str,
    before: str | None,
) -> Draft:
    return Draft(
        IntentKind(kind),
        client_order_id,
        request,
        symbol,
        Exchange(exchange),
        Action(action),
        quantity,
        Product(product) if product else None,
        PriceType(price_type) if price_type else None,
        _decimal(price),
        _decimal(trigger_price),
        Validity(validity) if validity else None,
        tag,
        order_id,
        json.loads(refs),
        before,
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
