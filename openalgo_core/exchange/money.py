"""Exact money: what may be rounded, and to what."""

from __future__ import annotations

from decimal import Decimal

__all__ = ["PAISE", "from_paise", "price_of", "share", "to_paise"]

PAISE = Decimal("0.01")
_FINE = Decimal("0.0001")


def share(total: Decimal, part: int, whole: int) -> Decimal:
    """`part` / `whole` of `total`. What is taken and what is left always add up to `total`: only the cut is rounded."""
    return total if part == whole else (total * part / whole).quantize(_FINE)


def price_of(value: Decimal, quantity: int) -> Decimal:
    """An average for showing: to the paisa, or to a hundredth of one where it is not whole; 0 for nothing."""
    if not quantity:
        return Decimal(0)
    average = (value / quantity).quantize(_FINE)
    return average.quantize(PAISE) if average % PAISE == 0 else average


def to_paise(rupees: Decimal) -> int:
    return int((rupees / PAISE).to_integral_value())


def from_paise(paise: int) -> Decimal:
    return PAISE * paise
