"""Values as people read them. Every function gives one line without control characters."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from ..clock import ist

__all__ = ["ABSENT", "moment", "money", "one_line", "price", "time_of_day", "units", "word"]

#: What stands where the broker says nothing.
ABSENT = "-"

_PAISA = Decimal("0.01")


def one_line(text: str) -> str:
    """The text on one line; what a broker wrote must not move the cursor or colour the terminal."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def word(value: object) -> str:
    """Any value as a word."""
    return ABSENT if value is None else one_line(str(value)) or ABSENT


def units(value: int | None) -> str:
    return ABSENT if value is None else str(value)


def price(value: Decimal | None) -> str:
    """A price per unit: two decimals, and more where the tick is finer (83.2525)."""
    if value is None:
        return ABSENT
    rounded = value.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    shorter = rounded.quantize(_PAISA, ROUND_HALF_UP)
    return format(shorter if shorter == rounded else rounded, "f")


def money(value: Decimal | None) -> str:
    """An amount of rupees, digits grouped as in India: 1,00,00,000.00."""
    if value is None:
        return ABSENT
    sign, whole, paise = _parts(value.quantize(_PAISA, ROUND_HALF_UP))
    head, tail = whole[:-3], whole[-3:]
    pairs = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)]
    return f"{sign}{','.join([*reversed(pairs), tail])}.{paise}"


def moment(value: datetime | date | None) -> str:
    """A day as 2026-11-20, a moment as 2026-11-20 09:15:00, Indian time."""
    if isinstance(value, datetime):
        return ist(value).strftime("%Y-%m-%d %H:%M:%S")
    return ABSENT if value is None else value.isoformat()


def time_of_day(value: datetime | None) -> str:
    """For today's books."""
    return ABSENT if value is None else ist(value).strftime("%H:%M:%S")


def _parts(amount: Decimal) -> tuple[str, str, str]:
    whole, _, paise = format(abs(amount), "f").partition(".")
    return "-" if amount < 0 else "", whole, paise
