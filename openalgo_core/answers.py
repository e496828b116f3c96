"""Reading what a broker answered: what every plugin needs, so that none has to write it again.

Numbers are read by `openalgo_core.numbers`. What is not there is `None` or an empty text, never a zero; what is not
what it must be raises `UnreadableAnswer`, so that a broken book is an error and never an empty one. The core adds
which broker it was.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeGuard

from .clock import epoch
from .errors import InvalidRequest, OpenAlgoError, UnreadableAnswer
from .numbers import money, optional_money

if TYPE_CHECKING:
    from .models import Position, Reply

__all__ = [
    "are_rows",
    "claims_of",
    "expiry_of",
    "kept",
    "mentions",
    "price",
    "profit_and_loss",
    "record_of",
    "retry_after",
    "rows_of",
    "text",
    "text_of",
]

#: What JSON holds beside objects.
_NO_OBJECT = (str, int, float, Decimal, list, NoneType)


def text(value: Any) -> str:
    """The text of a value, stripped; empty for null. Ids come as text or as bare numbers."""
    if type(value) is str:
        return value.strip()
    return "" if value is None else str(value).strip()


def text_of(row: Mapping[str, Any], key: str) -> str:
    """The text under a key, stripped; empty where it is missing or null."""
    return text(row.get(key))


def are_rows(data: Any) -> TypeGuard[list[Any]]:
    """Whether it is a list of objects, be they mappings or of a class of `openalgo_core.rows`."""
    return isinstance(data, list) and not any(isinstance(row, _NO_OBJECT) for row in data)


def rows_of(data: Any) -> list[Mapping[str, Any]]:
    """The rows of a list; null is an empty one. Raises `UnreadableAnswer` for anything but a list of objects."""
    rows = [] if data is None else data
    if not are_rows(rows):
        raise UnreadableAnswer("The broker sent something else than a list of rows.")
    return rows


def record_of(data: Any, what: str) -> Mapping[str, Any]:
    """The one object that `data` must be; `what` it stands for is named in the `UnreadableAnswer`."""
    if not isinstance(data, Mapping):
        raise UnreadableAnswer(f"The broker said yes and sent no {what}.")
    return data


def price(value: Any) -> Decimal | None:
    """Rupees; `None` where the broker writes nothing, null, dashes or, for want of a price, 0."""
    if not value:
        return None
    try:
        return money(value) or None
    except UnreadableAnswer:
        return optional_money(value)


def profit_and_loss(read: Callable[[], Iterable[Position]]) -> tuple[Decimal | None, Decimal | None]:
    """For `Funds` of a broker that tells neither: the sums over the closed and over the open positions.

    `None` for a sum with a part that the broker does not give, and for both where the positions cannot be read.
    """
    try:
        rows = list(read())
    except OpenAlgoError:  # whatever the reason, the cash figures are still worth showing
        return None, None
    return _sum(row.pnl for row in rows if not row.quantity), _sum(row.pnl for row in rows if row.quantity)


def kept(new: Decimal | None, old: Decimal | None, name: str, *, needed: bool = True) -> Decimal | None:
    """For a change of an order: the new value, else the old one; `None` where the price type takes none.

    Raises `InvalidRequest` naming the value where it is needed and there is neither.
    """
    value = new if new is not None else old
    if needed and value is None:
        raise InvalidRequest(f"The changed order needs a {name}.")
    return value if needed else None


def mentions(text: str, words: Iterable[str]) -> bool:
    """Whether any of the words, which are in lower case, stands in the text, whatever its case."""
    lowered = text.lower()
    return any(word in lowered for word in words)


def claims_of(jwt: str) -> Mapping[str, Any]:
    """What a JSON Web Token says of itself, unverified; nothing where it is no readable one."""
    try:
        payload = jwt.split(".")[1]
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, Mapping) else {}


def expiry_of(jwt: str, now: datetime) -> datetime | None:
    """When a JSON Web Token says that it dies, unverified; `None` where it does not say.

    `None` too where that is past: whether a token is dead is for its broker to say, our clock may be wrong.
    """
    try:
        dies = epoch(int(claims_of(jwt)["exp"]))
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None
    return dies if dies > now else None


def retry_after(reply: Reply, otherwise: float) -> float:
    """The seconds that a throttled client is told to wait; `otherwise` where it is told nothing, or a date."""
    told = reply.headers.get("Retry-After", "")
    return float(told) if told.isdecimal() else otherwise


def _sum(parts: Iterable[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for part in parts:
        if part is None:
            return None
        total += part
    return total
