"""What the requests of a broker look like on its wire, found out by watching them: texts that faults are aimed by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..capabilities import Capability
from ..models import Action, Exchange, Order, OrderChange, OrderRequest, Placed, PriceType, Product
from ..orders.checks import default_product
from ..plugins.broker import Broker
from ..simulation import Seen, Simulation
from .bench import resting_price

__all__ = ["Wire", "learn_wire", "requests_of"]

#: As long as a real one, and none of a real order.
_TAG = "0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Wire:
    """`METHOD /path` of each request of orders, without query and cut off before an order id.

    Each is text for the fault grammar: `f"reset@{wire.place}:after"`. `books` are all requests of one look at the
    order book, of which `book` is the first.
    """

    place: str
    modify: str
    cancel: str
    book: str
    books: tuple[str, ...] = ()


def requests_of(simulation: Simulation, act: Callable[[], object]) -> tuple[str, ...]:
    """`METHOD /path` of every request that `act` leads to, in order, each once, without queries."""
    seen = _seen(simulation)
    before = len(seen)
    act()
    return tuple(dict.fromkeys(f"{one.method} {one.path.partition('?')[0]}" for one in seen[before:]))


def learn_wire(broker: Broker, simulation: Simulation, name: str = "NSE:SBIN") -> Wire:
    """Found out by placing, changing and cancelling one order of the instrument `name`.

    The hooks are called directly, so the journal knows nothing of that order. `broker` must be logged in, and the
    simulation proxied. A write that the broker does not support is left empty.
    """
    return _Student(broker, simulation).learn(name)


class _Student:
    def __init__(self, broker: Broker, simulation: Simulation) -> None:
        self._broker = broker
        self._office = broker.office
        self._simulation = simulation

    def learn(self, name: str) -> Wire:
        instrument = self._broker.instrument(name)
        price = resting_price(self._broker, instrument)
        order = OrderRequest(
            symbol=instrument.symbol,
            exchange=instrument.exchange,
            action=Action.BUY,
            quantity=instrument.lot_size,
            product=self._product(default_product(instrument.exchange)),
            price_type=PriceType.LIMIT,
            price=price,
            algo_id=self._broker.info.algo_ids.get(instrument.exchange),
        )
        exchange = instrument.exchange
        order_id, place = self._write("place_order", exchange, "", order=order, instrument=instrument, tag=_TAG)
        books = requests_of(self._simulation, lambda: self._office.read("order_book"))
        change = OrderChange(price=price + (instrument.tick_size or 1))
        order_id, modify = self._write("modify_order", exchange, order_id, row=self._row(order_id), change=change)
        _, cancel = self._write("cancel_order", exchange, order_id, row=self._row(order_id))
        return Wire(place, modify, cancel, books[0], books)

    def _product(self, usual: Product) -> Product:
        """The usual one of the exchange, or intraday where the broker does not take that."""
        return usual if self._broker.info.support(Capability(usual.value)).available else Product.MIS

    def _row(self, order_id: str) -> Order:
        rows: list[Order] = list(self._office.read("order_book"))
        return next(row for row in rows if row.order_id == order_id)

    def _write(self, hook: str, exchange: Exchange, order_id: str, **arguments: Any) -> tuple[str, str]:
        """The order's id afterwards, and the request that the hook wrote; empty where the broker has no such hook."""
        if not self._office.relay.has(hook):
            return order_id, ""
        seen = _seen(self._simulation)
        places: list[int] = []
        line = self._office.open_line(exchange, lambda: places.append(len(seen)))
        placed: Placed = self._office.relay.call(hook, account=line.account, **arguments)
        request = seen[places[0]]
        path = request.path.partition("?")[0]
        for part in filter(None, (placed.order_id, order_id)):
            path = path.partition(part)[0]
        return placed.order_id, f"{request.method} {path}"


def _seen(simulation: Simulation) -> list[Seen]:
    if simulation.proxy is None:
        raise RuntimeError("nobody has seen the requests: start the simulation with proxied=True")
    return simulation.proxy.seen
