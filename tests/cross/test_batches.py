"""Batches are honest: each item has an answer of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chaos.stage import has_wire, installed

from openalgo_core import Broker
from openalgo_core.errors import AuthenticationError
from openalgo_core.models import OrderStatus, Quote, QuoteFailure
from openalgo_core.simulation import TEST_ACCOUNT, Simulation
from openalgo_core.testing.bench import log_in, new_broker, resting_price, simulating
from openalgo_core.testing.clocks import TRADING_DAY, HurriedClock
from openalgo_core.testing.wire import learn_wire


@pytest.fixture(params=[name for name in installed() if has_wire(name)])
def simulation(request: pytest.FixtureRequest) -> Iterator[Simulation]:
    with simulating(request.param, HurriedClock(start=TRADING_DAY)) as running:
        yield running


@pytest.fixture
def broker(request: pytest.FixtureRequest, simulation: Simulation, tmp_path: Path) -> Iterator[Broker]:
    name: str = request.node.callspec.params["simulation"]
    with new_broker(name, simulation, tmp_path, read_timeout=10) as made:
        log_in(made)
        made.sync_instruments()
        yield made


def test_cancel_all_says_what_became_of_each_order(broker: Broker, simulation: Simulation) -> None:
    wire = learn_wire(broker, simulation)
    price = resting_price(broker, broker.instrument("NSE:SBIN"))
    for number in range(3):
        assert broker.place_order("NSE:SBIN", "BUY", 1 + number, price=price).status == "acknowledged"
    simulation.fault(f"reset@{wire.cancel}:before")
    told = broker.cancel_all_orders()
    assert sorted(result.status for result in told) == ["acknowledged", "acknowledged", "unknown"]
    book = simulation.setup.exchange.account(TEST_ACCOUNT.user_id).orders()
    assert [row.status for row in book].count(OrderStatus.OPEN) == 1
    (unknown,) = (result for result in told if result.status == "unknown")
    assert broker.order(unknown.order_id).status is OrderStatus.OPEN
    assert unknown.reason


def test_of_many_quotes_one_that_fails_leaves_the_others(broker: Broker) -> None:
    good, bad, other = broker.quotes(["NSE:SBIN", "NSE:NOSUCHSHARE", "NSE:TCS"])
    assert isinstance(bad, QuoteFailure)
    assert "NOSUCHSHARE" in bad.error
    assert isinstance(good, Quote) and good.ltp
    assert other.symbol == "TCS"


def test_what_keeps_all_quotes_from_coming_is_raised_and_not_told_of_each_symbol(tmp_path: Path) -> None:
    """INDmoney's instrument files, too, want a session."""
    wrong = {"BROKER_API_SECRET": "nobodys", "BROKER_TOTP_SECRET": ""}
    with (
        simulating("indmoney", HurriedClock(start=TRADING_DAY)) as simulation,
        new_broker("indmoney", simulation, tmp_path, variables=wrong) as broker,
        pytest.raises(AuthenticationError),
    ):
        broker.quotes(["NSE:SBIN", "NSE:TCS"])
