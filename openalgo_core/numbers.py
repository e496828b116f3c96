"""Numbers of brokers' answers: text or number, with commas, stray spaces, empty texts and nulls, read exactly.

Used by plugins; every function raises `UnreadableAnswer` for what is no number, so that a broken answer is an
error and never a zero.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .errors import UnreadableAnswer

__all__ = ["decimal_text", "money", "optional_money", "optional_units", "share_tick", "units"]

#: Price below which a tick holds.
_TICKS = (
    (Decimal(250), Decimal("0.01")),
    (Decimal(1000), Decimal("0.05")),
    (Decimal(5000), Decimal("0.10")),
    (Decimal(10000), Decimal("0.50")),
    (Decimal(20000), Decimal(1)),
    (None, Decimal(5)),
)


def money(value: Any) -> Decimal:
    """Rupees, exactly as the broker wrote them."""
    if type(value) is Decimal and value.is_finite():
        return value
    text = str(value)
    try:
        number = Decimal(text)
    except ArithmeticError:
        number = _grouped(text)
    if not number.is_finite():
        raise UnreadableAnswer(f"{value!r} stands where a number is expected.")
    return number


def optional_money(value: Any) -> Decimal | None:
    """Like `money`; `None`, an empty text and a text of `null` or dashes are `None`."""
    return None if _is_absent(value) else money(value)


def units(value: Any) -> int:
    """A whole number of units; `10`, `"10"` and `"10.00"` are ten, `"10.5"` is unreadable."""
    if type(value) is int:
        return value
    number = money(value)
    if number != number.to_integral_value():
        raise UnreadableAnswer(f"{value!r} stands where a whole number is expected.")
    return int(number)


def optional_units(value: Any) -> int | None:
    """Like `units`; `None`, an empty text and a text of `null` or dashes are `None`."""
    return None if _is_absent(value) else units(value)


def decimal_text(value: Decimal) -> str:
    """Plain notation without trailing zeros: 25000, 292.5, 0.0025. What symbols and most wires carry."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def share_tick(price: Decimal) -> Decimal:
    """The tick of an NSE share at that price, where the broker's file gives none (NSE, since 15 April 2025).

    The bands are reviewed monthly, so a tick of the broker's own always goes before this.
    """
    return next(tick for below, tick in _TICKS if below is None or price < below)


def _grouped(text: str) -> Decimal:
    """The number of a text with commas or blanks in it, which few have: no other is searched for them."""
    try:
        return Decimal(text.replace(",", "").replace(" ", ""))
    except ArithmeticError:
        return Decimal("NaN")


def _is_absent(value: Any) -> bool:
    if not isinstance(value, str):
        return value is None
    if value[:1].isdecimal():  # as most are
        return False
    text = value.strip().lower()
    return not text.strip("-") or text in ("null", "na")
