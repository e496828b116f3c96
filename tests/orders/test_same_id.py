"""One id, many callers at the same moment: one order, and everybody hears of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

from openalgo_core import Broker, connect
from openalgo_core.errors import InvalidRequest
from openalgo_core.models import OrderResult, Quote

CALLERS = 50
TESTS = Path(__file__).parents[1]


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Broker:
    monkeypatch.setenv("OPENALGO_HOME", str(tmp_path))
    monkeypatch.setenv("OPENALGO_BROKER", "paper")
    monkeypatch.chdir(tmp_path)
    return connect()


def resting(broker: Broker) -> int:
    (quote,) = broker.quotes(["NSE:SBIN"])
    assert isinstance(quote, Quote) and quote.ltp is not None
    return int(quote.ltp * Decimal("0.95"))


def test_fifty_processes_book_one_order_and_get_one_answer(broker: Broker, tmp_path: Path) -> None:
    with broker:
        price = resting(broker)
        crowd = subprocess.run(
            [sys.executable, "-m", "chaos.crowd", str(CALLERS), "1", str(price), "mine"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(TESTS)},
            check=True,
        )
        (booked,) = broker.orders()
        told = [json.loads(line) for line in crowd.stdout.splitlines()]
        assert told == [["acknowledged", booked.order_id]] * CALLERS
        assert len(broker.journal()) == 1


def test_fifty_threads_book_one_order_and_get_one_answer(broker: Broker) -> None:
    with broker:
        price = resting(broker)
        start = threading.Barrier(CALLERS)

        def call(number: int) -> OrderResult:
            start.wait(60)
            return broker.place_order("NSE:SBIN", "BUY", 1, price=price, client_order_id="mine")

        with ThreadPoolExecutor(CALLERS) as pool:
            told = list(pool.map(call, range(CALLERS)))
        (booked,) = broker.orders()
        assert {(result.status, result.order_id) for result in told} == {("acknowledged", booked.order_id)}


def test_the_id_of_another_order_is_refused_whoever_uses_it(broker: Broker) -> None:
    with broker:
        price = resting(broker)
        broker.place_order("NSE:SBIN", "BUY", 1, price=price, client_order_id="mine")
        with pytest.raises(InvalidRequest):
            broker.place_order("NSE:SBIN", "BUY", 2, price=price, client_order_id="mine")
        assert len(broker.orders()) == 1
