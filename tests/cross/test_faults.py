"""Whatever fails between us and the broker: at most one order is booked, and the trader is told the truth.

Counted at the broker's side, in the simulated exchange.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from clocks import HurriedClock

from openalgo_core import Broker, connect
from openalgo_core.clock import Clock
from openalgo_core.errors import BrokerUnavailable, NotSent, OpenAlgoError, OrderRejected, RateLimited, SessionExpired
from openalgo_core.exchange import SimulatedExchange
from openalgo_core.models import IntentState, OrderStatus
from openalgo_core.plugins.loading import load_named_broker
from openalgo_core.simulation import TEST_ACCOUNT, Simulation, SimulatorSetup, serve

#: Well below the simulated price of SBIN and inside its band, so that it rests.
PRICE = 800

SETTINGS = """
[timeouts]
connect = 1
read = 0.6
reconcile = 4
"""


@contextmanager
def simulating(clock: Clock) -> Iterator[Simulation]:
    setup = SimulatorSetup(exchange=SimulatedExchange(clock=clock), clock=clock)
    with serve(load_named_broker("angel").module.simulator, setup, proxied=True) as running:
        yield running
    setup.close()
    assert setup.surprises == []


def trader(simulation: Simulation, home: Path, monkeypatch: pytest.MonkeyPatch) -> Broker:
    """Logged in, instruments fetched: a fault meets the order and nothing before it."""
    settings = TEST_ACCOUNT.settings
    assert settings.api_key and settings.pin and settings.totp_secret and settings.client_id
    (home / "openalgo.toml").write_text(SETTINGS)
    for name, value in {
        "OPENALGO_HOME": str(home),
        "OPENALGO_BROKER": "angel",
        "BROKER_API_KEY": settings.api_key.reveal(),
        "BROKER_CLIENT_ID": settings.client_id,
        "BROKER_PIN": settings.pin.reveal(),
        "BROKER_TOTP_SECRET": settings.totp_secret.reveal(),
        "BROKER_BASE_URL": simulation.url,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(home)
    broker = connect(clock=simulation.setup.clock)
    broker.quotes(["NSE:SBIN"])
    return broker


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulating(HurriedClock()) as running:
        yield running


@pytest.fixture
def broker(simulation: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    with trader(simulation, tmp_path, monkeypatch) as made:
        yield made


def booked(simulation: Simulation) -> list[str]:
    account = simulation.setup.exchange.account(TEST_ACCOUNT.user_id)
    return [row.status.value for row in account.orders()]


NOT_SENT = ["refuse"]
BOOKED = [
    "empty:after",
    "html:after",
    "status=500:after",
    "status=503:after",
    "truncate:after",
    "half:after",
    "wrong-length:after",
    "reset:after",
    "never:after",
    "slow=2:after",
]
NOT_BOOKED = [
    "empty:before",
    "html:before",
    "status=502:before",
    "reset:before",
    "never:before",
    "broker=AB1004",
    "broker=AB2001",
]


@pytest.mark.parametrize("fault", BOOKED)
def test_an_order_that_was_booked_is_found(broker: Broker, simulation: Simulation, fault: str) -> None:
    kind, _, stage = fault.partition(":")
    simulation.fault(f"{kind}@placeOrder:{stage}")
    result = broker.place_order("NSE:SBIN", "BUY", 1, price=PRICE)
    assert result.status == "acknowledged"
    assert booked(simulation) == ["open"]
    assert broker.order(str(result.order_id)).status is OrderStatus.OPEN


@pytest.mark.parametrize("fault", NOT_BOOKED)
def test_an_order_that_was_not_booked_is_unknown_and_never_sent_again(
    broker: Broker, simulation: Simulation, fault: str
) -> None:
    kind, _, stage = fault.partition(":")
    simulation.fault(f"{kind}@placeOrder{':' + stage if stage else ''}")
    result = broker.place_order("NSE:SBIN", "BUY", 1, price=PRICE, client_order_id="mine")
    assert result.status == "unknown"
    assert booked(simulation) == []
    assert [entry.state for entry in broker.journal()] == [IntentState.UNKNOWN]
    assert broker.place_order("NSE:SBIN", "BUY", 1, price=PRICE, client_order_id="mine").status == "unknown"
    assert booked(simulation) == []


@pytest.mark.parametrize("fault", NOT_SENT)
def test_what_never_left_is_not_placed_and_may_be_sent_anew(broker: Broker, simulation: Simulation, fault: str) -> None:
    broker.office.http.close()  # a new connection is needed, and refused
    simulation.fault(fault)
    with pytest.raises(BrokerUnavailable):
        broker.office.http.request("GET", "https://apiconnect.angelone.in/")
    broker.office.http.close()
    placed = broker.place_order("NSE:SBIN", "BUY", 1, price=PRICE, client_order_id="mine")
    assert placed.status == "acknowledged"
    assert booked(simulation) == ["open"]


def test_a_broker_that_is_not_there_gets_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with simulating(HurriedClock()) as simulation:
        broker = trader(simulation, tmp_path, monkeypatch)
    with broker, pytest.raises(NotSent):
        broker.place_order("NSE:SBIN", "BUY", 1, price=PRICE)
    assert [entry.state for entry in broker.journal()] == [IntentState.NOT_PLACED]
    broker.close()


def test_a_session_that_died_at_the_broker_places_nothing_and_is_not_sent_again(
    broker: Broker, simulation: Simulation
) -> None:
    simulation.fault("broker=expired@placeOrder")
    with pytest.raises(SessionExpired):
        broker.place_order("NSE:SBIN", "BUY", 1, price=PRICE)
    assert booked(simulation) == []
    assert [entry.state for entry in broker.journal()] == [IntentState.NOT_PLACED]


def test_a_rejection_in_the_book_is_not_an_unknown(broker: Broker, simulation: Simulation) -> None:
    result = broker.place_order("NSE:SBIN", "BUY", 90_000, price=PRICE)  # more than the account can pay
    assert result.status == "acknowledged"
    row = broker.order(str(result.order_id))
    assert row.status is OrderStatus.REJECTED
    assert row.reason


@pytest.mark.parametrize("fault", BOOKED)
@pytest.mark.parametrize("action", ["modify", "cancel"])
def test_a_lost_answer_to_a_change_is_settled_by_the_book(
    broker: Broker, simulation: Simulation, fault: str, action: str
) -> None:
    placed = broker.place_order("NSE:SBIN", "BUY", 1, price=PRICE)
    kind, _, stage = fault.partition(":")
    simulation.fault(f"{kind}@{action}Order:{stage}")
    order_id = str(placed.order_id)
    if action == "modify":
        assert broker.modify_order(order_id, price=PRICE + 1).status == "acknowledged"
        assert broker.order(order_id).price == PRICE + 1
    else:
        assert broker.cancel_order(order_id).status == "acknowledged"
        assert booked(simulation) == ["cancelled"]
    assert len(booked(simulation)) == 1


def test_a_lost_cancel_that_was_not_carried_out_is_unknown(broker: Broker, simulation: Simulation) -> None:
    placed = broker.place_order("NSE:SBIN", "BUY", 1, price=PRICE)
    simulation.fault("reset@cancelOrder:before")
    result = broker.cancel_order(str(placed.order_id))
    assert result.status == "unknown"
    assert "no trace of the cancel" in str(result.reason)
    simulation.fault("reset@cancelOrder:before")
    (one,) = broker.cancel_all_orders()
    assert one.status == "unknown"


def test_a_book_that_cannot_be_read_is_an_error_and_never_an_empty_book(broker: Broker, simulation: Simulation) -> None:
    broker.place_order("NSE:SBIN", "BUY", 1, price=PRICE)
    for fault in ("empty", "html", "truncate", "status=500"):
        simulation.fault(f"{fault}@getOrderBook:after*3")
        with pytest.raises(OpenAlgoError):
            broker.orders()
    simulation.fault("html@getOrderBook:after*3")
    with pytest.raises(OpenAlgoError):
        broker.cancel_all_orders()
    assert booked(simulation) == ["open"]


def test_the_brokers_no_keeps_its_code_and_text(broker: Broker, simulation: Simulation) -> None:
    simulation.setup.registered_ip = "203.0.113.7"
    with pytest.raises(OrderRejected) as caught:
        broker.place_order("NSE:SBIN", "BUY", 1, price=PRICE)
    assert (caught.value.code, caught.value.broker) == ("AG7002", "angel")
    assert "IP" in f"{caught.value.message} {caught.value.hint}"
    assert [entry.state for entry in broker.journal()] == [IntentState.REJECTED]


def test_a_throttled_order_is_surely_not_placed(broker: Broker, simulation: Simulation) -> None:
    simulation.fault("429@placeOrder:before")
    with pytest.raises(RateLimited):
        broker.place_order("NSE:SBIN", "BUY", 1, price=PRICE)
    assert booked(simulation) == []
    assert [entry.state for entry in broker.journal()] == [IntentState.NOT_PLACED]
