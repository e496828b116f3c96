"""Prices as the exchange publishes them, and where it may take them from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol, runtime_checkable

from .contracts import Contract

__all__ = ["Bar", "BatchPriceSource", "Level", "NoPrice", "PriceSource", "Snapshot"]


class NoPrice(LookupError):
    """Nobody quotes this contract now. The text says why."""


@dataclass(frozen=True, slots=True)
class Level:
    """One price of the book."""

    price: Decimal
    quantity: int
    orders: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A contract at one moment. `open`, `high` and `low` are those of the session under way, or of the latest one.

    `bid` and `ask` are `None` where that side of the book is empty (always for an index), `oi` where there is no open
    interest (shares, indices).
    """

    contract: Contract
    ltp: Decimal
    open: Decimal
    high: Decimal
    low: Decimal
    prev_close: Decimal
    volume: int
    bid: Decimal | None
    ask: Decimal | None
    oi: int | None
    lower_circuit: Decimal
    upper_circuit: Decimal
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    total_buy_quantity: int
    total_sell_quantity: int
    last_quantity: int
    average_price: Decimal
    time: datetime


@dataclass(frozen=True, slots=True)
class Bar:
    """One candle; `time` is its start."""

    time: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int
    oi: int | None


class PriceSource(Protocol):
    """Where an exchange takes its prices from."""

    def snapshot(self, contract: Contract, at: datetime) -> Snapshot:
        """The contract at `at`. Raises `NoPrice`."""


@runtime_checkable
class BatchPriceSource(Protocol):
    """A source for which many contracts at once cost no more than one."""

    def snapshot(self, contract: Contract, at: datetime) -> Snapshot: ...

    def snapshots(self, contracts: Sequence[Contract], at: datetime) -> Mapping[Contract, Snapshot | NoPrice]:
        """One answer for each of `contracts`: a snapshot, or the reason why there is none."""
