"""Child legs of smart orders: a stop, a target, or both, under an id of their own.

A leg waits: what happens when its parent is executed is not simulated. It can be changed and withdrawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Final

from openalgo_core.clock import Clock, day_of
from openalgo_core.models import Action

from .envelopes import rule
from .fields import Input, check_price
from .master import Listing

__all__ = ["LEG_PRICES", "Leg", "Legs", "leg_prices"]

LEG_PRICES: Final = ("sl_trigger_price", "sl_limit_price", "tgt_trigger_price", "tgt_limit_price")
#: The first number; the ids of the page have seven digits.
_FIRST: Final = 3_300_001


@dataclass(slots=True)
class Leg:
    """One child. `prices` has the fields of one pair or of both; `action` is the side of the leg itself."""

    number: int
    user_id: str
    listing: Listing
    action: Action
    quantity: int
    product: str
    prices: dict[str, Decimal]
    remarks: str | None
    placed_at: datetime
    updated_at: datetime = field(init=False)
    cancelled: bool = False
    modified: int = 0

    def __post_init__(self) -> None:
        self.updated_at = self.placed_at

    @property
    def order_id(self) -> str:
        return f"GTT-{self.number}"


class Legs:
    """All legs of the day; they live in memory, as tokens do."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = count(_FIRST)
        self._legs: list[Leg] = []

    def add(self, user_id: str, listing: Listing, body: Input, prices: dict[str, Decimal], remarks: str | None) -> Leg:
        """The leg of a parent that was just taken in."""
        leg = Leg(
            number=next(self._numbers),
            user_id=user_id,
            listing=listing,
            action=Action.SELL if body.text("txn_type") == Action.BUY else Action.BUY,
            quantity=body.count("qty"),
            product=body.text("product"),
            prices=prices,
            remarks=remarks,
            placed_at=self._clock.now(),
        )
        self._legs.append(leg)
        return leg

    def of(self, user_id: str) -> list[Leg]:
        """Today's, oldest first."""
        today = day_of(self._clock.now())
        return [leg for leg in self._legs if leg.user_id == user_id and day_of(leg.placed_at) == today]

    def find(self, user_id: str, order_id: str, segment: str) -> Leg | None:
        """`None` for a leg that is withdrawn, too."""
        for leg in self.of(user_id):
            if (leg.order_id, leg.listing.segment, leg.cancelled) == (order_id, segment, False):
                return leg
        return None

    def touch(self, leg: Leg) -> None:
        """Note that it was changed just now."""
        leg.updated_at = self._clock.now()


def leg_prices(values: Mapping[str, Decimal | None], entry: Decimal, action: Action) -> dict[str, Decimal]:
    """The prices of the pairs that are given, for a parent of that side that enters at `entry`.

    Raises `Refusal` by the documented rules: half a pair, a leg on the wrong side of the entry, a limit on the wrong
    side of its trigger.
    """
    given: dict[str, Decimal] = {}
    for kind, word, side in (("sl", "Sl", -1), ("tgt", "Tgt", 1)):
        trigger, limit = values.get(f"{kind}_trigger_price"), values.get(f"{kind}_limit_price")
        if trigger is None and limit is None:
            continue
        trigger = check_price(trigger, f"{word}TriggerPriceMustBeAboveZero")
        limit = check_price(limit, f"{word}LimitPriceMustBeAboveZero")
        direction = side * action.sign
        bound = "Min" if direction > 0 else "Max"
        if (trigger - entry) * direction <= 0:
            raise rule(f"{bound}{word}TriggerPrice")
        if (limit - trigger) * direction <= 0:
            raise rule(f"{bound}{word}LimitPrice")
        given |= {f"{kind}_trigger_price": trigger, f"{kind}_limit_price": limit}
    return given
