"""How the matching sees prices: along a path that is known for all time, or by a look now and then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from ..models.vocabulary import Action, OrderStatus
from .contracts import Contract
from .entries import OrderEntry
from .prices import SimulatedPrices
from .quotes import BatchPriceSource, NoPrice, PriceSource, Snapshot

__all__ = ["Feed", "LookFeed", "PathFeed", "look"]

#: An order that fills in pieces gets the next one no sooner than this.
PIECE_INTERVAL = timedelta(seconds=2)


class Feed(Protocol):
    """What settling needs to know of prices."""

    #: Whether `wake` knows the whole future. If not, a resting order must be looked at again and again.
    foresees: bool

    def snapshot(self, contract: Contract, at: datetime) -> Snapshot:
        """Raises `NoPrice`."""

    def wake(self, order: OrderEntry, until: datetime) -> datetime | None:
        """The first moment later than `order.watched` and not later than `until` at which its fate changes."""


class PathFeed:
    """The deterministic path: what happens to an order is found by searching it, however long nobody looked."""

    foresees = True

    def __init__(self, prices: SimulatedPrices) -> None:
        self._prices = prices

    def snapshot(self, contract: Contract, at: datetime) -> Snapshot:
        return self._prices.snapshot(contract, at)

    def wake(self, order: OrderEntry, until: datetime) -> datetime | None:
        after = order.watched
        if order.filled_quantity:
            after += PIECE_INTERVAL - timedelta(seconds=1)
        buys = order.action is Action.BUY
        if order.status is OrderStatus.TRIGGER_PENDING:
            return self._crossing(order, after, until, order.trigger_price, rising=buys)
        if order.price is not None:
            return self._crossing(order, after, until, order.price, rising=not buys)
        moment = after.replace(microsecond=0) + timedelta(seconds=1)
        return moment if moment <= until else None

    def _crossing(
        self, order: OrderEntry, after: datetime, until: datetime, price: Decimal | None, *, rising: bool
    ) -> datetime | None:
        assert price is not None
        return self._prices.crossing(order.contract, after, until, price, rising=rising)


class LookFeed:
    """Somebody else's prices, of which only those of this moment are known: nothing can have happened in between."""

    foresees = False

    def __init__(self, answers: Mapping[Contract, Snapshot | NoPrice], now: datetime) -> None:
        self._answers = answers
        self._now = now

    def snapshot(self, contract: Contract, at: datetime) -> Snapshot:
        found = self._answers.get(contract)
        if not isinstance(found, Snapshot):
            raise found or NoPrice(f"nobody was asked for the price of {contract}.")
        if not found.low <= found.ltp <= found.high:
            raise NoPrice(f"the quote of {contract} is stale, its last price lies outside its own day's range.")
        return found

    def wake(self, order: OrderEntry, until: datetime) -> datetime | None:
        return self._now if order.watched < self._now <= until else None


def look(source: PriceSource, contracts: Sequence[Contract], at: datetime) -> Mapping[Contract, Snapshot | NoPrice]:
    """A snapshot of each contract, or why there is none; in one request where the source can."""
    if isinstance(source, BatchPriceSource):
        return source.snapshots(contracts, at)
    return {contract: _one(source, contract, at) for contract in contracts}


def _one(source: PriceSource, contract: Contract, at: datetime) -> Snapshot | NoPrice:
    try:
        return source.snapshot(contract, at)
    except NoPrice as reason:
        return reason
