"""Whatever fails between us and the broker: at most one order is booked, and the trader is told the truth.

Counted at the broker's side, in the simulated exchange.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from clocks import HurriedClock

from openalgo_core import Broker, connect
from openalgo_core.clock import Clock
from openalgo_core.demo.bench import account_lines
from openalgo_core.demo.browser import visit
from openalgo_core.errors import BrokerUnavailable, NotSent, OpenAlgoError, OrderRejected, RateLimited, SessionExpired
from openalgo_core.exchange import SimulatedExchange
from openalgo_core.models import IntentState, OrderStatus, Quote
from openalgo_core.plugins.loading import load_named_broker
from openalgo_core.simulation import TEST_ACCOUNT, Simulation, SimulatorSetup, serve

SETTINGS = """
[timeouts]
connect = 1
read = 0.6
reconcile = 4
"""


@dataclass(frozen=True)
class Wire:
    """What requests of a broker look like, and its own ways not to say whether an order was booked."""

    place: str
    modify: str
    cancel: str
    book: str
    #: Whether the broker's page says that a throttled order is not executed.
    throttling_is_proof: bool = False


WIRES = {
    "angel": Wire("placeOrder", "modifyOrder", "cancelOrder", "getOrderBook", throttling_is_proof=True),
    "definedge": Wire("/placeorder", "/modify", "/cancel", "/orders"),
    "icici": Wire(*(f"{method} /breezeapi/api/v1/order" for method in ("POST", "PUT", "DELETE", "GET"))),
}


@contextmanager
def simulating(name: str, clock: Clock) -> Iterator[Simulation]:
    setup = SimulatorSetup(exchange=SimulatedExchange(clock=clock), clock=clock)
    with serve(load_named_broker(name).module.simulator, setup, proxied=True) as running:
        yield running
    setup.close()
    assert setup.surprises == []


def trader(name: str, simulation: Simulation, home: Path, monkeypatch: pytest.MonkeyPatch) -> Broker:
    """Logged in, instruments fetched: a fault meets the order and nothing before it."""
    (home / "openalgo.toml").write_text(SETTINGS)
    environment = account_lines(name, TEST_ACCOUNT, simulation.url)
    for variable, value in (environment | {"OPENALGO_HOME": str(home), "OPENALGO_BROKER": name}).items():
        monkeypatch.setenv(variable, value)
    monkeypatch.chdir(home)
    broker = connect(clock=simulation.setup.clock)
    if not broker.login_fields():
        broker.complete_web_login(visit(broker.login_url("x"), broker.settings, simulation.setup.clock), "x")
    broker.quotes(["NSE:SBIN"])
    return broker


@pytest.fixture(params=sorted(WIRES))
def name(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def wire(name: str) -> Wire:
    return WIRES[name]


@pytest.fixture
def simulation(name: str) -> Iterator[Simulation]:
    with simulating(name, HurriedClock()) as running:
        yield running


@pytest.fixture
def broker(name: str, simulation: Simulation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    with trader(name, simulation, tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def price(broker: Broker) -> int:
    """Whole rupees, below the last price and inside the band, so that an order rests."""
    (quote,) = broker.quotes(["NSE:SBIN"])
    assert isinstance(quote, Quote) and quote.ltp
    return int(quote.ltp * Decimal("0.95"))


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
]


@pytest.mark.parametrize("fault", BOOKED)
def test_an_order_that_was_booked_is_found(
    broker: Broker, simulation: Simulation, wire: Wire, price: int, fault: str
) -> None:
    kind, _, stage = fault.partition(":")
    simulation.fault(f"{kind}@{wire.place}:{stage}")
    result = broker.place_order("NSE:SBIN", "BUY", 1, price=price)
    assert result.status == "acknowledged"
    assert booked(simulation) == ["open"]
    assert broker.order(str(result.order_id)).status is OrderStatus.OPEN


@pytest.mark.parametrize("fault", NOT_BOOKED)
def test_an_order_that_was_not_booked_is_unknown_and_never_sent_again(
    broker: Broker, simulation: Simulation, wire: Wire, price: int, fault: str
) -> None:
    kind, _, stage = fault.partition(":")
    simulation.fault(f"{kind}@{wire.place}{':' + stage if stage else ''}")
    result = broker.place_order("NSE:SBIN", "BUY", 1, price=price, client_order_id="mine")
    assert result.status == "unknown"
    assert booked(simulation) == []
    assert [entry.state for entry in broker.journal()] == [IntentState.UNKNOWN]
    assert broker.place_order("NSE:SBIN", "BUY", 1, price=price, client_order_id="mine").status == "unknown"
    assert booked(simulation) == []


@pytest.mark.parametrize("fault", NOT_SENT)
def test_what_never_left_is_not_placed_and_may_be_sent_anew(
    broker: Broker, simulation: Simulation, wire: Wire, price: int, fault: str
) -> None:
    broker.office.http.close()  # a new connection is needed, and refused
    simulation.fault(fault)
    with pytest.raises(BrokerUnavailable):
        broker.office.http.request("GET", f"{simulation.url}/")
    broker.office.http.close()
    placed = broker.place_order("NSE:SBIN", "BUY", 1, price=price, client_order_id="mine")
    assert placed.status == "acknowledged"
    assert booked(simulation) == ["open"]


def test_a_broker_that_is_not_there_gets_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with simulating(name, HurriedClock()) as simulation:
        broker = trader(name, simulation, tmp_path, monkeypatch)
    with broker, pytest.raises(NotSent):
        broker.place_order("NSE:SBIN", "BUY", 1, price=800)
    assert [entry.state for entry in broker.journal()] == [IntentState.NOT_PLACED]
    broker.close()


@pytest.mark.parametrize("name", ["angel"], indirect=True)
@pytest.mark.parametrize("fault", ["broker=AB1004", "broker=AB2001"])
def test_a_code_that_says_nothing_about_the_order_leaves_it_unknown(
    broker: Broker, simulation: Simulation, wire: Wire, price: int, fault: str
) -> None:
    simulation.fault(f"{fault}@{wire.place}")
    assert broker.place_order("NSE:SBIN", "BUY", 1, price=price).status == "unknown"
    assert booked(simulation) == []


def test_a_session_that_died_at_the_broker_places_nothing_and_is_not_sent_again(
    broker: Broker, simulation: Simulation, wire: Wire, price: int
) -> None:
    simulation.fault(f"broker=expired@{wire.place}")
    with pytest.raises(SessionExpired):
        broker.place_order("NSE:SBIN", "BUY", 1, price=price)
    assert booked(simulation) == []
    assert [entry.state for entry in broker.journal()] == [IntentState.NOT_PLACED]


def test_a_rejection_is_not_an_unknown_wherever_the_broker_says_it(
    broker: Broker, simulation: Simulation, price: int
) -> None:
    with suppress(OrderRejected):  # some refuse at once, some in the book
        result = broker.place_order("NSE:SBIN", "BUY", 90_000, price=price)  # more than the account can pay
        row = broker.order(str(result.order_id))
        assert (row.status, bool(row.reason)) == (OrderStatus.REJECTED, True)
    assert set(booked(simulation)) <= {"rejected"}
    assert broker.journal()[0].state in (IntentState.REJECTED, IntentState.ACKNOWLEDGED)


@pytest.mark.parametrize("fault", BOOKED)
@pytest.mark.parametrize("action", ["modify", "cancel"])
def test_a_lost_answer_to_a_change_is_settled_by_the_book(
    broker: Broker, simulation: Simulation, wire: Wire, price: int, fault: str, action: str
) -> None:
    placed = broker.place_order("NSE:SBIN", "BUY", 1, price=price)
    kind, _, stage = fault.partition(":")
    simulation.fault(f"{kind}@{getattr(wire, action)}:{stage}")
    order_id = str(placed.order_id)
    if action == "modify":
        assert broker.modify_order(order_id, price=price + 1).status == "acknowledged"
        assert broker.order(order_id).price == price + 1
    else:
        assert broker.cancel_order(order_id).status == "acknowledged"
        assert booked(simulation) == ["cancelled"]
    assert len(booked(simulation)) == 1


def test_a_lost_cancel_that_was_not_carried_out_is_unknown(
    broker: Broker, simulation: Simulation, wire: Wire, price: int
) -> None:
    placed = broker.place_order("NSE:SBIN", "BUY", 1, price=price)
    simulation.fault(f"reset@{wire.cancel}:before")
    result = broker.cancel_order(str(placed.order_id))
    assert result.status == "unknown"
    assert "no trace of the cancel" in str(result.reason)
    simulation.fault(f"reset@{wire.cancel}:before")
    (one,) = broker.cancel_all_orders()
    assert one.status == "unknown"


def test_a_book_that_cannot_be_read_is_an_error_and_never_an_empty_book(
    broker: Broker, simulation: Simulation, wire: Wire, price: int
) -> None:
    broker.place_order("NSE:SBIN", "BUY", 1, price=price)
    for fault in ("empty", "html", "truncate", "status=500"):
        simulation.fault(f"{fault}@{wire.book}:after*3")
        with pytest.raises(OpenAlgoError):
            broker.orders()
    simulation.fault(f"html@{wire.book}:after*3")
    with pytest.raises(OpenAlgoError):
        broker.cancel_all_orders()
    assert booked(simulation) == ["open"]


@pytest.mark.parametrize("name", ["angel"], indirect=True)
def test_the_brokers_no_keeps_its_code_and_text(broker: Broker, simulation: Simulation, price: int) -> None:
    simulation.setup.registered_ip = "203.0.113.7"
    with pytest.raises(OrderRejected) as caught:
        broker.place_order("NSE:SBIN", "BUY", 1, price=price)
    assert (caught.value.code, caught.value.broker) == ("AG7002", "angel")
    assert "IP" in f"{caught.value.message} {caught.value.hint}"
    assert [entry.state for entry in broker.journal()] == [IntentState.REJECTED]


def test_a_throttled_order_is_not_placed_where_the_page_says_so_and_else_unknown(
    broker: Broker, simulation: Simulation, wire: Wire, price: int
) -> None:
    simulation.fault(f"429@{wire.place}:before")
    if wire.throttling_is_proof:
        with pytest.raises(RateLimited):
            broker.place_order("NSE:SBIN", "BUY", 1, price=price)
    else:
        assert broker.place_order("NSE:SBIN", "BUY", 1, price=price).status == "unknown"
    assert booked(simulation) == []
    expected = IntentState.NOT_PLACED if wire.throttling_is_proof else IntentState.UNKNOWN
    assert [entry.state for entry in broker.journal()] == [expected]
