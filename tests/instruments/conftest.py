from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from openalgo_core.clock import IST
from openalgo_core.models import MasterRow
from openalgo_core.store.instruments import InstrumentStore, Stored

NOW = datetime(2026, 8, 20, 9, 0, tzinfo=IST)

MakeRow = Callable[..., MasterRow]
Sync = Callable[..., Stored]


class Hand:
    """A clock's hand that only the test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "instruments" / "angel.sqlite"


@pytest.fixture
def store(path: Path, hand: Hand) -> Iterator[InstrumentStore]:
    store = InstrumentStore(path, monotonic=hand)
    yield store
    store.close()


@pytest.fixture
def row() -> MakeRow:
    """A share's row; whatever is not said follows from the symbol."""

    def make(symbol: str = "SBIN", exchange: str = "NSE", **said: object) -> MasterRow:
        share = MasterRow(symbol, exchange, symbol, "EQ", None, None, 1, "0.05", None, "1", symbol, exchange, symbol)
        return share._replace(**said)  # type: ignore[arg-type] # the tests say which fields, and of what type

    return make


@pytest.fixture
def sync(store: InstrumentStore) -> Sync:
    def replace(*rows: MasterRow, now: datetime = NOW) -> Stored:
        return store.replace(rows, stamp="etag", source_time=None, now=now)

    return replace
