"""What ICICI Direct calls an instrument: not a symbol, but a stock code and the fields of a contract.

As one text, `RELIND|cash` or `NIFTY|options|2026-08-04|call|24300`, it is the `broker_symbol` of the instrument table,
so that the fields of a request and the look-up of an answer come from the same place.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from openalgo_core.answers import text_of
from openalgo_core.errors import UnreadableAnswer
from openalgo_core.numbers import decimal_text, money
from openalgo_core.symbols import MONTHS

from .tables import RIGHT_OF

if TYPE_CHECKING:
    from openalgo_core.models import Instrument

__all__ = ["Contract", "iso_day", "text_of"]

_MONTH_NUMBERS = {name: f"{number:02}" for number, name in enumerate(MONTHS, start=1)}


class Contract(NamedTuple):
    """`expiry` is `YYYY-MM-DD`, `strike` decimal text; shares and indices have neither. Futures: `others` and 0."""

    stock_code: str
    product: str = "cash"
    expiry: str = ""
    right: str = ""
    strike: str = ""

    @classmethod
    def of(cls, instrument: Instrument) -> Self:
        return cls(*instrument.broker_symbol.split("|"))

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """The contract of a row of any book. Raises `UnreadableAnswer` for a day or right that is none.

        `product_type` is not looked at: it is spelt differently from answer to answer.
        """
        stock_code, expiry = text_of(row, "stock_code").upper(), text_of(row, "expiry_date")
        if not expiry:
            return cls(stock_code)
        right = RIGHT_OF.get(text_of(row, "right").lower())
        if right is None:
            raise UnreadableAnswer("ICICI Direct sent a contract that is no call, put or future.", broker="icici")
        if right == "others":
            return cls.future(stock_code, iso_day(expiry))
        return cls.option(stock_code, iso_day(expiry), right, decimal_text(money(row.get("strike_price"))))

    @classmethod
    def future(cls, stock_code: str, expiry: str) -> Self:
        return cls(stock_code, "futures", expiry, "others", "0")

    @classmethod
    def option(cls, stock_code: str, expiry: str, right: str, strike: str) -> Self:
        return cls(stock_code, "options", expiry, right, strike)

    @property
    def text(self) -> str:
        return "|".join(filter(None, self))

    @property
    def is_derivative(self) -> bool:
        return bool(self.expiry)

    def fields(self, hour: str = "06") -> dict[str, str]:
        """Expiry, right and strike as requests carry them; nothing for shares. The hour is a formality."""
        if not self.is_derivative:
            return {}
        return {
            "expiry_date": f"{self.expiry}T{hour}:00:00.000Z",
            "right": self.right,
            "strike_price": self.strike,
        }


@lru_cache(maxsize=1024)
def iso_day(text: str) -> str:
    """`04-Aug-2026`, `04-AUG-26` or `2026-08-04T…` as `2026-08-04`. Raises `UnreadableAnswer` for anything else."""
    if text[4:5] == "-":
        return text[:10]
    try:
        day, month, year = text.split("-")
        return f"{'20' if len(year) == 2 else ''}{int(year):02}-{_MONTH_NUMBERS[month.upper()]}-{int(day):02}"
    except (ValueError, KeyError):
        raise UnreadableAnswer(f"{text!r} stands where a day is expected.", broker="icici") from None
