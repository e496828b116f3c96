"""An intent: one thing the user wanted done to an order, as the journal holds it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from ..models.journal import IntentKind, IntentState, JournalEntry
from ..models.vocabulary import Action, Exchange, PriceType, Product, Validity

__all__ = ["Draft", "Intent"]

_NO_REFS: Mapping[str, str] = MappingProxyType({})


class Draft(NamedTuple):
    """What is about to be sent, in the form in which it will go out (a protected market order is a limit here).

    `request` is the user's own wording in canonical JSON; a second call with the same client order id must repeat it.
    For a modify or cancel, `order_id` names the order, and the order fields say what it is to look like afterwards;
    `before` is how the broker showed it, so that a reconciliation can tell changed from unchanged.
    """

    kind: IntentKind
    client_order_id: str
    request: str
    symbol: str
    exchange: Exchange
    action: Action
    quantity: int
    product: Product | None
    price_type: PriceType | None
    price: Decimal | None
    trigger_price: Decimal | None
    validity: Validity | None
    tag: str | None = None
    order_id: str | None = None
    refs: Mapping[str, str] = _NO_REFS
    before: str | None = None


class Intent(NamedTuple):
    """One row of the journal. `account` identifies broker, profile, user and base URL; `sent_at` is set when the
    request was handed to the network, so that a crash before it is provably not placed."""

    id: int
    account: str
    broker: str
    profile: str
    attempt: int
    state: IntentState
    owner: str
    created_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None
    reason: str | None
    error: str | None
    draft: Draft

    @property
    def order_id(self) -> str | None:
        return self.draft.order_id

    @property
    def is_settled(self) -> bool:
        return self.state in (IntentState.ACKNOWLEDGED, IntentState.REJECTED, IntentState.NOT_PLACED)

    def entry(self) -> JournalEntry:
        """The public form."""
        draft = self.draft
        return JournalEntry(
            client_order_id=draft.client_order_id,
            order_id=draft.order_id,
            kind=draft.kind,
            state=self.state,
            broker=self.broker,
            profile=self.profile,
            symbol=draft.symbol,
            exchange=draft.exchange,
            action=draft.action,
            quantity=draft.quantity,
            price=draft.price,
            created_at=self.created_at,
            settled_at=self.settled_at,
            reason=self.reason,
        )
