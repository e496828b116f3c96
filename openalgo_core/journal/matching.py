"""Is this intent in the broker's book? Pure: intents and rows in, a verdict out.

By the tag where the broker returns it; else by fingerprint (instrument, side, quantity, prices, time) among the orders
that no other intent claims. A fingerprint that fits more than one order, or more than one open intent, settles nothing:
unknown is better than a wrong match.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from ..clock import day_of
from ..models.broker import TagRule
from ..models.journal import IntentState
from ..models.order import Order
from ..models.vocabulary import OrderStatus, PriceType
from .intent import Draft, Intent

__all__ = ["Verdict", "book_is_final", "face_of", "find_placed", "same_as_before", "same_order"]

#: How far the broker's clock may stand from ours, and how long a request may have been under way.
_EARLIER = timedelta(seconds=30)
_LATER = timedelta(seconds=120)
#: After the market's close plus this, nothing of the day can enter the book any more.
_GRACE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`order` is the row that is this intent, or `None` with the reason why none is."""

    order: Order | None
    reason: str | None = None
    #: Whether a row may be the order all the same: even a final book proves nothing then.
    is_open: bool = False


def find_placed(
    intent: Intent, book: Sequence[Order], rule: TagRule, claimed: Collection[str], rivals: Sequence[Intent]
) -> Verdict:
    """The row of `book` that `intent` became.

    `rivals` are the other place intents of the account that may stand in the book without a claim: unsettled ones, and
    rejected ones, of which some brokers keep a rejected row.
    """
    tags_are_shown = not rule.unverified or any(row.tag for row in book)
    if rule.comes_back and intent.draft.tag and tags_are_shown:
        verdict = _by_tag(intent.draft.tag[: rule.max_length], book)
        doubtful = rule.lost_on_change
    else:
        verdict = _by_fingerprint(intent, book, claimed, rivals)
        doubtful = True
    if verdict.order is not None or not doubtful:
        return verdict
    # Changed in the broker's own app, the order would look otherwise than it was sent.
    changed = any(row.order_id not in claimed and not row.tag and _is_alike(intent, row) for row in book)
    return replace(verdict, is_open=changed)


def book_is_final(sent_at: datetime, now: datetime, close: datetime | None) -> bool:
    """Whether an order sent at `sent_at` that is absent from today's book can no longer appear in it.

    `close` is the market's close on the day of sending, `None` where it did not open. A book shows one day only: once
    the Indian day has turned, its absence proves nothing.
    """
    last_chance = max(sent_at, close) if close is not None else sent_at
    return day_of(sent_at) == day_of(now) and now > last_chance + _GRACE


def same_order(draft: Draft, row: Order) -> bool:
    """Whether `row` looks as `draft` wants it: for a modify that was perhaps carried out."""
    return (
        row.quantity == draft.quantity
        and (draft.price_type is None or row.price_type is draft.price_type)
        and _same_price(draft.price, row.price)
        and _same_price(draft.trigger_price, row.trigger_price)
    )


def face_of(row: Order) -> str:
    """How the broker shows an order, as a draft keeps it in `before`."""
    shown = (row.status, row.quantity, row.filled_quantity, row.price, row.trigger_price, row.price_type)
    return json.dumps([None if value is None else str(value) for value in shown])


def same_as_before(draft: Draft, row: Order) -> bool:
    """Whether `row` still has the terms that it had before `draft` was sent."""
    if draft.before is None:
        return True
    _, quantity, _, price, trigger_price, price_type = json.loads(draft.before)
    before = draft._replace(
        quantity=int(quantity),
        price=price and Decimal(price),
        trigger_price=trigger_price and Decimal(trigger_price),
        price_type=price_type and PriceType(price_type),
    )
    return same_order(before, row)


def _by_tag(tag: str, book: Sequence[Order]) -> Verdict:
    found = [row for row in book if row.tag == tag]
    if not found:
        return Verdict(None, "not in the book")
    reason = (
        f"the book shows {len(found)} orders with our tag: {', '.join(r.order_id for r in found)}"
        if found[1:]
        else None
    )
    return Verdict(found[0], reason)


def _by_fingerprint(
    intent: Intent, book: Sequence[Order], claimed: Collection[str], rivals: Sequence[Intent]
) -> Verdict:
    candidates = [row for row in book if row.order_id not in claimed and _fits(intent, row)]
    if not candidates:
        return Verdict(None, "not in the book")
    others = [rival for rival in rivals if rival.id != intent.id and any(_may_be(rival, row) for row in candidates)]
    if len(candidates) > 1 or others:
        return Verdict(
            None,
            f"{len(candidates)} order(s) in the book look like it ({', '.join(row.order_id for row in candidates)}), "
            f"and {len(others)} other order(s) of ours may be the same",
        )
    return Verdict(candidates[0])


def _may_be(rival: Intent, row: Order) -> bool:
    """Whether a row may be another intent's, by the same look that makes it a candidate."""
    return _fits(rival, row) and (rival.state is not IntentState.REJECTED or row.status is OrderStatus.REJECTED)


def _is_alike(intent: Intent, row: Order) -> bool:
    """The same instrument and side, which no change of an order alters."""
    draft = intent.draft
    return (row.symbol, row.exchange, row.action) == (draft.symbol, draft.exchange, draft.action)


def _fits(intent: Intent, row: Order) -> bool:
    draft = intent.draft
    # A market order may stand in the book as the protected limit that the broker made of it.
    priced = draft.price_type in (PriceType.LIMIT, PriceType.SL)
    return (
        row.symbol == draft.symbol
        and row.exchange is draft.exchange
        and row.action is draft.action
        and row.quantity == draft.quantity
        and (row.product is None or row.product is draft.product)
        and (not priced or _same_price(draft.price, row.price))
        and (draft.trigger_price is None or _same_price(draft.trigger_price, row.trigger_price))
        and _in_time(intent, row.time)
    )


def _in_time(intent: Intent, moment: datetime | None) -> bool:
    sent = intent.sent_at or intent.created_at
    if moment is None:
        return True
    earliest = sent - _EARLIER
    if moment.second == 0 and moment.microsecond == 0:
        # Some brokers show no seconds: 09:26 may be anything up to 09:26:59, by a clock that differs from ours.
        earliest = min(earliest, sent.replace(second=0, microsecond=0) - timedelta(minutes=1))
    return earliest <= moment <= sent + _LATER


def _same_price(wanted: Decimal | None, shown: Decimal | None) -> bool:
    """Brokers show 0 or nothing where an order has no such price."""
    return (wanted or Decimal(0)) == (shown or Decimal(0))
