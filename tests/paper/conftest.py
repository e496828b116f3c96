"""An account at the paper broker, as the core would hand it to the hooks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from clocks import FakeClock

from openalgo_core import paper
from openalgo_core.errors import InstrumentNotFound
from openalgo_core.models import Account, Exchange, Instrument, InstrumentKind, Master, MasterRow, Settings


class NoHttp:
    """The paper broker has no network."""

    def request(self, *args: Any, **options: Any) -> Any:
        raise AssertionError("the paper broker made a request")

    download = request


class Listed:
    """An instrument table in memory, filled from the plugin's own rows when it is first asked."""

    def __init__(self) -> None:
        self._table: dict[tuple[str, str], Instrument] = {}

    def fill(self, account: Account) -> None:
        answer = paper.instruments(account, None)
        assert isinstance(answer, Master)
        self._table = {(row.exchange, row.symbol): _instrument(row) for row in answer.rows}

    def get(self, exchange: str, symbol: str) -> Instrument:
        found = self.find(exchange, symbol)
        if found is None:
            raise InstrumentNotFound(f"{exchange}:{symbol}")
        return found

    def find(self, exchange: str, symbol: str) -> Instrument | None:
        return self._table.get((exchange, symbol))

    def by_token(self, broker_exchange: str, token: str) -> Instrument | None:
        return self.find(broker_exchange, token)

    def by_broker_symbol(self, broker_exchange: str, broker_symbol: str) -> Instrument | None:
        return self.find(broker_exchange, broker_symbol)


def _instrument(row: MasterRow) -> Instrument:
    return Instrument(
        symbol=row.symbol,
        exchange=Exchange(row.exchange),
        name=row.name,
        kind=InstrumentKind(row.kind),
        expiry=date.fromisoformat(row.expiry) if row.expiry else None,
        strike=Decimal(row.strike) if row.strike else None,
        lot_size=row.lot_size,
        tick_size=Decimal(row.tick_size) if row.tick_size else None,
        freeze_quantity=row.freeze_quantity,
        multiplier=Decimal(row.multiplier),
        broker_symbol=row.broker_symbol,
        broker_exchange=row.broker_exchange,
        token=row.token,
    )


@pytest.fixture
def make_account(clock: FakeClock, tmp_path: Path) -> Callable[..., Account]:
    def make(**changes: Any) -> Account:
        facts: dict[str, Any] = {
            "broker": "paper",
            "profile": "default",
            "settings": Settings(),
            "http": NoHttp(),
            "instruments": Listed(),
            "clock": clock,
            "state_directory": str(tmp_path / "state"),
        }
        account = Account(**{**facts, **changes})
        if isinstance(account.instruments, Listed):
            account.instruments.fill(account)
        return account

    return make


@pytest.fixture
def account(make_account: Callable[..., Account]) -> Account:
    """Without a session: paper trading needs none."""
    return make_account()


@pytest.fixture
def sbin(account: Account) -> Instrument:
    return account.instruments.get("NSE", "SBIN")
