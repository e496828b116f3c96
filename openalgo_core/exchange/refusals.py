"""How the exchange says no."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["ExchangeRefusal", "RefusalKind"]


class RefusalKind(StrEnum):
    """Why. A simulator maps the kind to its broker's code and words; the paper broker keeps the text."""

    FUNDS = "funds"
    PRICE_BAND = "price band"
    LOT = "lot"
    TICK = "tick"
    FREEZE = "freeze"
    HOLDINGS = "holdings"
    MARKET_CLOSED = "market closed"
    NOT_FOUND = "not found"
    FINAL = "final"
    INVALID = "invalid"
    HALTED = "halted"  # nobody quotes a price


class ExchangeRefusal(Exception):
    """The exchange said no and booked nothing. `text` is one sentence for a person."""

    def __init__(self, kind: RefusalKind, text: str, order_id: str | None = None) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.order_id = order_id
