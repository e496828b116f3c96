"""Many threads, many processes, and processes that die."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from clocks import FakeClock

from openalgo_core.errors import ConfigurationError
from openalgo_core.exchange import ExchangeAccount, SimulatedExchange, Ticket
from openalgo_core.models import OrderStatus

Make = Callable[..., Ticket]

#: Places argv[2] orders in the file argv[1], one line of output each. Its clock stands still, so that no day ends.
_TRADER = """
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from openalgo_core.clock import SystemClock
from openalgo_core.exchange import Contract, SimulatedExchange, Ticket
from openalgo_core.models import Action, Exchange, InstrumentKind, PriceType, Product

class Stopped(SystemClock):
    def now(self):
        return datetime.fromisoformat("2026-11-20T10:15:00+05:30")

account = SimulatedExchange(Path(sys.argv[1]), clock=Stopped()).account("U1")
share = Contract("SBIN", Exchange.NSE, "SBIN", InstrumentKind.EQ, None, None, 1, Decimal("0.05"), None)
for _ in range(int(sys.argv[2])):
    order = account.place(Ticket(share, Action.BUY, 1, Product.MIS, PriceType.MARKET))
    print(order.order_id, flush=True)
"""


def start(file: Path, orders: int) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", _TRADER, str(file), str(orders)], stdout=subprocess.PIPE, text=True)


def test_processes_share_one_account(clock: FakeClock, tmp_path: Path) -> None:
    """All of them open the new file at the same moment, too."""
    file = tmp_path / "state" / "exchange.sqlite"
    traders = [start(file, 15) for _ in range(4)]
    ids = [line for trader in traders for line in trader.communicate(timeout=60)[0].split()]
    assert [trader.returncode for trader in traders] == [0] * 4
    with closing(SimulatedExchange(file, clock=clock)) as exchange:
        account = exchange.account("U1")
        orders = account.orders()
        assert sorted(ids) == sorted(order.order_id for order in orders)
        assert len(set(ids)) == 60
        assert [row.quantity for row in account.positions()] == [60]
        assert len(account.trades()) == 60


def test_whoever_is_killed_leaves_whole_orders(clock: FakeClock, tmp_path: Path) -> None:
    file = tmp_path / "exchange.sqlite"
    acknowledged: list[str] = []
    for _ in range(3):
        trader = start(file, 100_000)
        assert trader.stdout is not None
        acknowledged += [trader.stdout.readline().strip() for _ in range(5)]
        trader.send_signal(signal.SIGKILL)
        acknowledged += trader.stdout.read().split("\n")[:-1]
        trader.stdout.close()
        trader.wait(60)
    with closing(SimulatedExchange(file, clock=clock)) as exchange:
        account = exchange.account("U1")
        orders = {order.order_id: order for order in account.orders()}
        assert set(acknowledged) <= set(orders)
        assert len(orders) - len(acknowledged) <= 3  # at most the one that each was placing when it died
        assert {order.status for order in orders.values()} == {OrderStatus.COMPLETE}
        assert [row.quantity for row in account.positions()] == [len(orders)] == [len(account.trades())]
        funds = account.funds()
        assert funds.available_cash + funds.used_margin == Decimal(10000000)


def test_threads_share_one_exchange(account: ExchangeAccount, ticket: Make) -> None:
    with ThreadPoolExecutor(8) as pool:
        placed = list(pool.map(lambda _: account.place(ticket(quantity=1)).order_id, range(64)))
    assert len(set(placed)) == 64
    assert [row.quantity for row in account.positions()] == [64]


def test_what_was_traded_is_there_after_a_restart(clock: FakeClock, ticket: Make, tmp_path: Path) -> None:
    file = tmp_path / "exchange.sqlite"
    with closing(SimulatedExchange(file, clock=clock)) as exchange:
        account = exchange.account("U1")
        account.place(ticket(wire={"k": "v"}, tag="T"))
        account.place(ticket(price=Decimal(850)))
        told = [account.orders(), account.trades(), account.positions(), account.funds()]
    with closing(SimulatedExchange(file, clock=clock)) as exchange:
        account = exchange.account("U1")
        assert [account.orders(), account.trades(), account.positions(), account.funds()] == told


def test_the_file_is_for_its_owner_only(clock: FakeClock, tmp_path: Path) -> None:
    file = tmp_path / "deep" / "down" / "exchange.sqlite"
    before = os.umask(0)
    try:
        SimulatedExchange(file, clock=clock).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [b"this is no database, whatever its name says" * 40])
def test_a_file_that_is_no_database_is_a_configuration_error(clock: FakeClock, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "exchange.sqlite"
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="cannot be used"):
        SimulatedExchange(file, clock=clock)
    assert file.read_bytes() == content


def test_a_file_of_a_later_version_is_left_alone(clock: FakeClock, tmp_path: Path) -> None:
    file = tmp_path / "exchange.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(ConfigurationError, match="format 99") as caught:
        SimulatedExchange(file, clock=clock)
    assert "Upgrade" in caught.value.hint


def test_a_directory_that_cannot_be_made_is_a_configuration_error(clock: FakeClock, tmp_path: Path) -> None:
    (tmp_path / "occupied").write_text("a file")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        SimulatedExchange(tmp_path / "occupied" / "exchange.sqlite", clock=clock)
