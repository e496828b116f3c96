"""What victims do. Each runs in a process of its own and tells how far it has come, so that it can be killed there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

from openalgo_core import Broker
from openalgo_core.errors import OpenAlgoError
from openalgo_core.journal import Journal
from openalgo_core.models import OrderResult
from openalgo_core.transport import HttpClient

from .stage import SYMBOL, Seat

__all__ = [
    "OPERATIONS",
    "STEPS",
    "Answer",
    "Attempt",
    "Operation",
    "perform",
    "place_all",
    "settle",
    "shown",
    "stretches",
]

Operation = Literal["place", "modify", "cancel"]
OPERATIONS: tuple[Operation, ...] = ("place", "modify", "cancel")
#: How far an order has come: nothing yet, its intent is written, it is marked as sent, its outcome is written.
STEPS = ("begun", "intended", "sent", "settled")
Reached = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One thing that is wanted once. `id` is the trader's own for the order, `price` what it is to have afterwards;
    `before` is the price of an order that is to be changed. No two attempts share a price."""

    id: str
    operation: Operation
    price: Decimal
    before: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller was told: acknowledged, unknown, or the error class; and how long that took (seconds)."""

    told: str
    seconds: float


def place_all(reached: Reached, seat: Seat, attempts: Sequence[Attempt]) -> dict[str, str]:
    """Place, undisturbed, the orders that are to be changed. Returns order ids by the trader's ids."""
    with seat.open() as broker:
        return {
            attempt.id: str(_place(broker, attempt.id, attempt.before or attempt.price).order_id)
            for attempt in attempts
        }


def perform(
    reached: Reached, seat: Seat, attempts: Sequence[Attempt], orders: Mapping[str, str], over_tls: bool = False
) -> list[Answer]:
    """Each attempt in a thread of its own. `over_tls` has everything sent by https, which the stage does not speak."""
    with seat.open() as broker:
        if over_tls:
            broker.office.http = _tls_client(broker, seat)
        if len(attempts) > 1:
            with ThreadPoolExecutor(len(attempts)) as pool:
                return list(pool.map(lambda attempt: _answer(broker, attempt, orders), attempts))
        _tell(broker.office.journal, reached)
        reached(STEPS[0])
        return [_answer(broker, attempts[0], orders)]


def _tls_client(broker: Broker, seat: Seat) -> HttpClient:
    base_url = seat.variables["BROKER_BASE_URL"].replace("http://", "https://")
    timeouts = broker.office.settings.timeouts
    return HttpClient(
        broker=broker.name,
        hosts=broker.info.hosts,
        base_url=base_url,
        connect_timeout=timeouts.connect,
        read_timeout=timeouts.read,
        limiter=broker.office.limiter,
    )


def _tell(journal: Journal, reached: Reached) -> None:
    """Have the journal tell how far an order has come; it does what it does otherwise."""

    def telling(method: Callable[..., Any], step: str) -> Callable[..., Any]:
        def told(*args: Any, **kwargs: Any) -> Any:
            result = method(*args, **kwargs)
            reached(step)
            return result

        return told

    for name, step in zip(("begin", "mark_sent", "settle"), STEPS[1:], strict=True):
        setattr(journal, name, telling(getattr(journal, name), step))


def settle(reached: Reached, seat: Seat, order: Attempt | None) -> str | None:
    """What a trader does after a crash: reconcile, or simply go on with the next order."""
    with seat.open() as broker:
        if order is None:
            broker.reconcile()
            return None
        return _place(broker, order.id, order.price).status


def shown(reached: Reached, seat: Seat) -> dict[str, Decimal | None]:
    """The price of every order by the id under which the broker shows it."""
    with seat.open() as broker:
        return {row.order_id: row.price for row in broker.orders()}


def stretches(reached: Reached, seat: Seat, attempt: Attempt, orders: Mapping[str, str]) -> list[float]:
    """Seconds from the start to the intent, from there to the sending, to the outcome, and to the end."""
    reached_at: dict[str, float] = {}
    perform(lambda step: reached_at.update({step: time.monotonic()}), seat, [attempt], orders)
    moments = [time.monotonic()]
    for step in reversed(STEPS):  # whoever sins may leave a step out
        moments.append(reached_at.get(step, moments[-1]))
    return [end - begin for begin, end in pairwise(reversed(moments))]


def _answer(broker: Broker, attempt: Attempt, orders: Mapping[str, str]) -> Answer:
    begun = time.monotonic()
    try:
        told = _do(broker, attempt, orders)
    except OpenAlgoError as error:
        told = error.kind
    return Answer(told, time.monotonic() - begun)


def _do(broker: Broker, attempt: Attempt, orders: Mapping[str, str]) -> str:
    match attempt.operation:
        case "place":
            return _place(broker, attempt.id, attempt.price).status
        case "modify":
            return broker.modify_order(orders[attempt.id], price=attempt.price).status
        case "cancel":
            return broker.cancel_order(orders[attempt.id]).status


def _place(broker: Broker, name: str, price: Decimal) -> OrderResult:
    return broker.place_order(SYMBOL, "BUY", 1, price=price, product="CNC", client_order_id=name)
