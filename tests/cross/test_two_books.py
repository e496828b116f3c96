"""Identical orders in flight at once, over a wire that loses answers: what cannot be told apart is not told apart."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from openalgo_core import Broker
from openalgo_core.exchange import BookOrder
from openalgo_core.models import OrderResult
from openalgo_core.simulation import TEST_ACCOUNT, Simulation
from openalgo_core.testing.bench import resting_price, simulating, trader
from openalgo_core.testing.clocks import TRADING_DAY, HurriedClock
from openalgo_core.testing.wire import learn_wire

BY_TAG, BY_FINGERPRINT = "angel", "icici"


@dataclass(frozen=True)
class Bench:
    broker: Broker
    simulation: Simulation

    def twins(self, *faults: str) -> list[OrderResult]:
        """Two orders that are the same in everything, at the same moment; each meets one of the faults. Those that give
        no answer keep both in flight long enough to overlap."""
        place = learn_wire(self.broker, self.simulation).place
        self.simulation.fault(*(fault.replace("@place", f"@{place}") for fault in faults))
        price = resting_price(self.broker, self.broker.instrument("NSE:SBIN"))
        start = threading.Barrier(2)

        def call(name: str) -> OrderResult:
            start.wait(30)
            return self.broker.place_order("NSE:SBIN", "BUY", 7, price=price, client_order_id=name)

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(call, ("one", "two")))

    @property
    def booked(self) -> list[BookOrder]:
        account = self.simulation.setup.exchange.account(TEST_ACCOUNT.user_id)
        return [row for row in account.orders() if row.quantity == 7]


@pytest.fixture
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    name: str = request.param
    with (
        simulating(name, HurriedClock(5, start=TRADING_DAY)) as simulation,
        trader(name, simulation, tmp_path) as broker,
    ):
        yield Bench(broker, simulation)


@pytest.mark.parametrize("bench", [BY_TAG], indirect=True)
def test_twins_with_tags_are_both_found(bench: Bench) -> None:
    told = bench.twins("never@place:after*2")
    assert [result.status for result in told] == ["acknowledged"] * 2
    tags = {intent.draft.client_order_id: intent.draft.tag for intent in bench.broker.office.journal.entries()}
    shown = {row.order_id: row.tag for row in bench.broker.office.read("order_book")}
    assert [shown[str(result.order_id)] for result in told] == [tags["one"], tags["two"]]
    assert len(bench.booked) == 2


@pytest.mark.parametrize("bench", [BY_TAG], indirect=True)
def test_of_twins_with_tags_the_one_that_was_booked_is_found(bench: Bench) -> None:
    told = bench.twins("never@place:after", "never@place:before")
    assert sorted(result.status for result in told) == ["acknowledged", "unknown"]
    (booked,) = bench.booked
    (found,) = (result for result in told if result.status == "acknowledged")
    intent = next(each for each in bench.broker.office.journal.entries() if each.order_id)
    assert (intent.draft.client_order_id, intent.draft.tag) == (found.client_order_id, booked.tag)


@pytest.mark.parametrize("bench", [BY_FINGERPRINT], indirect=True)
@pytest.mark.parametrize(
    ("faults", "booked"),
    [(("never@place:after*2",), 2), (("never@place:after", "never@place:before"), 1), (("never@place:before*2",), 0)],
)
def test_twins_without_tags_stay_unknown(bench: Bench, faults: tuple[str, ...], booked: int) -> None:
    told = bench.twins(*faults)
    assert [result.status for result in told] == ["unknown"] * 2
    assert len(bench.booked) == booked
    assert {settled.after.value for settled in bench.broker.reconcile()} == {"unknown"}
    assert all(result.reason for result in told)


@pytest.mark.parametrize("bench", [BY_FINGERPRINT], indirect=True)
def test_a_twin_whose_answer_came_is_not_taken_for_the_other(bench: Bench) -> None:
    """One answer comes, the other order was never booked: the one row in the book belongs to the first."""
    told = {result.status: result for result in bench.twins("never@place:before")}
    assert sorted(told) == ["acknowledged", "unknown"]
    assert len(bench.booked) == 1
    settled = bench.broker.reconcile()
    assert [(each.after.value, each.order_id) for each in settled] == [("unknown", None)]


@pytest.mark.parametrize("bench", [BY_TAG, BY_FINGERPRINT], indirect=True)
def test_fifty_callers_with_one_id_get_one_order_over_a_slow_wire(bench: Bench) -> None:
    bench.simulation.fault(f"slow=0.3@{learn_wire(bench.broker, bench.simulation).place}")
    price = resting_price(bench.broker, bench.broker.instrument("NSE:SBIN"))

    def call(number: int) -> OrderResult:
        return bench.broker.place_order("NSE:SBIN", "BUY", 7, price=price, client_order_id="mine")

    with ThreadPoolExecutor(50) as pool:
        told = list(pool.map(call, range(50)))
    assert len(bench.booked) == 1
    assert {(result.status, result.client_order_id) for result in told} == {("acknowledged", "mine")}
    assert len({result.order_id for result in told}) == 1
