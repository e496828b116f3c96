"""How the JSON of a golden case becomes the arguments of a hook, and the few calls that tests make again and again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from ..errors import OpenAlgoError
from ..models import (
    Action,
    CallbackAnswer,
    Challenge,
    Exchange,
    Instrument,
    Interval,
    Order,
    OrderChange,
    OrderRequest,
    OrderStatus,
    PriceType,
    Product,
    Validity,
)
from ..secrets import Secret
from .scripted import World

__all__ = ["CaseInputs"]

#: What the words of a row become.
_ROW: Final[Mapping[str, Callable[[Any], Any]]] = {
    "exchange": Exchange,
    "action": Action,
    "product": Product,
    "price_type": PriceType,
    "validity": Validity,
    "status": OrderStatus,
    "price": Decimal,
    "trigger_price": Decimal,
    "average_price": Decimal,
}
_NOT_SAID: Final = dict.fromkeys(("filled_quantity", "price", "trigger_price", "average_price", "reason", "time"))


@dataclass(frozen=True, slots=True)
class CaseInputs:
    """Makes arguments of hooks out of JSON, in the shapes that `openalgo_core.testing.golden` tells.

    `order` and `row` are what an order and a row of the book are unless a case says otherwise. `answer_method` is how
    the broker's login page comes back to the redirect. `probes` are calls by a word of the plugin's own ("read",
    "place"): the hook and its input, for tables of what an error means on a read, on a placement and so on.
    """

    order: Mapping[str, Any]
    row: Mapping[str, Any]
    answer_method: str = "GET"
    probes: Mapping[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)

    def arguments(self, given: Mapping[str, Any], world: World) -> dict[str, Any]:
        """The arguments of a hook from the `input` of a case. Raises `InstrumentNotFound`."""
        return {name: self._argument(name, value, world) for name, value in given.items()}

    def probe(self, world: World, on: str) -> Any:
        """What the hook of that probe answers. Raises what it raises."""
        hook, given = self.probes[on]
        return world.call(hook, **self.arguments(given, world))

    def probe_error(self, world: World, on: str) -> OpenAlgoError:
        """The error that the probe ends in, see `World.error_of`."""
        hook, given = self.probes[on]
        return world.error_of(hook, **self.arguments(given, world))

    def order_request(self, given: Mapping[str, Any]) -> OrderRequest:
        return OrderRequest(**{**self.order, **given})

    def order_row(self, given: Mapping[str, Any]) -> Order:
        words = {**_NOT_SAID, **self.row, **given}
        kinds = {name: kind for name, kind in _ROW.items() if words.get(name) is not None}
        return Order(**{**words, **{name: kind(words[name]) for name, kind in kinds.items()}})

    def _argument(self, name: str, given: Any, world: World) -> Any:
        if name == "instruments":
            return [_instrument(one, world) for one in given]
        if name == "instrument":
            return _instrument(given, world)
        makers: Mapping[str, Callable[[Any], Any]] = {
            "order": self.order_request,
            "row": self.order_row,
            "change": lambda words: OrderChange(**words),
            "answer": lambda parameters: CallbackAnswer(self.answer_method, parameters),
            "fields": _secrets,
            "challenge": lambda data: None if data is None else Challenge(_secrets(data)),
            "interval": Interval,
            "start": date.fromisoformat,
            "end": date.fromisoformat,
        }
        return makers[name](given) if name in makers else given


def _secrets(texts: Mapping[str, str]) -> dict[str, Secret]:
    return {name: Secret(text) for name, text in texts.items()}


def _instrument(given: str | Mapping[str, str], world: World) -> Instrument:
    if isinstance(given, str):
        return world.account.instruments.get(*given.split(":"))
    return replace(_instrument(given["like"], world), token=given["token"])
