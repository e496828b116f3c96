"""Sessions with every installed broker: when they die, who renews them, and what is left after a logout."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from clocks import FakeClock

from openalgo_core import Broker
from openalgo_core.capabilities import Capability, Support
from openalgo_core.clock import next_ist
from openalgo_core.errors import LoginRequired, OpenAlgoError, SessionExpired
from openalgo_core.plugins.discovery import discover
from openalgo_core.simulation import TEST_ACCOUNT, Simulation
from openalgo_core.testing.bench import log_in, new_broker, resting_price, simulating

BROKERS = sorted(found.name for found in discover() if found.group == "openalgo.brokers" and found.name != "paper")
Open = Callable[..., Broker]


@pytest.fixture(params=BROKERS)
def name(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def simulation(name: str) -> Iterator[Simulation]:
    with simulating(name, FakeClock(), enforce_rate_limits=False) as running:
        yield running


@pytest.fixture
def open_broker(name: str, simulation: Simulation, tmp_path: Path) -> Iterator[Open]:
    """A broker as another process of the same user would make it."""
    made: list[Broker] = []

    def open_one(**options: object) -> Broker:
        made.append(new_broker(name, simulation, tmp_path / "home", read_timeout=5, **options))  # type: ignore[arg-type]  # the bench's own
        return made[-1]

    yield open_one
    for broker in made:
        broker.close()


def unanswered(broker: Broker) -> dict[str, str]:
    """Settings in which no login field is answered, so that somebody must be asked."""
    return dict.fromkeys(("BROKER_TOTP_SECRET", *(item.environment or "" for item in broker.login_fields())), "")


def requests_of(simulation: Simulation) -> int:
    assert simulation.proxy is not None
    return len(simulation.proxy.seen)


def advance_to(simulation: Simulation, moment: datetime) -> None:
    clock = simulation.setup.clock
    assert isinstance(clock, FakeClock)
    clock.advance((moment - clock.now()).total_seconds() + 1)


def test_a_session_dies_when_its_broker_says(open_broker: Open, simulation: Simulation) -> None:
    broker = open_broker()
    begun = simulation.setup.clock.now()
    status = log_in(broker)
    rule = broker.info.session
    assert status.expires_at is not None
    if rule.dies_at is not None:
        assert status.expires_at <= next_ist(begun, rule.dies_at)
    if rule.lifetime is not None:
        assert status.expires_at <= begun + rule.lifetime + timedelta(minutes=1)
    assert status.expires_at > begun


def test_a_dead_session_is_refused_before_any_request(open_broker: Open, simulation: Simulation, name: str) -> None:
    broker = open_broker()
    status = log_in(broker)
    assert status.expires_at is not None
    advance_to(simulation, status.expires_at)
    before = requests_of(simulation)
    later = open_broker(variables=unanswered(broker))
    if later.office.relay.has("refresh_session"):
        pytest.skip("this broker refreshes")
    with pytest.raises(LoginRequired) as caught:
        later.funds()
    assert f"openalgo login --broker {name}" in caught.value.hint
    assert requests_of(simulation) == before


def test_where_all_is_configured_nobody_is_asked(open_broker: Open, simulation: Simulation) -> None:
    broker = open_broker()
    status = log_in(broker)
    assert status.expires_at is not None
    advance_to(simulation, status.expires_at)
    if not broker.login_fields():
        with pytest.raises(LoginRequired):
            open_broker().funds()
        return
    assert open_broker().funds().available_cash is not None
    renewed = broker.status()
    assert renewed.expires_at is not None and renewed.expires_at > status.expires_at


def test_a_session_that_the_broker_ended_is_noticed_at_the_first_answer(
    open_broker: Open, simulation: Simulation, name: str
) -> None:
    broker = open_broker()
    log_in(broker)
    simulation.fault("broker=expired")
    with pytest.raises(SessionExpired) as caught:
        broker.funds()
    assert f"openalgo login --broker {name}" in caught.value.hint
    assert not broker.status().logged_in


def test_an_order_notices_it_too(open_broker: Open, simulation: Simulation) -> None:
    broker = open_broker()
    log_in(broker)
    price = resting_price(broker, broker.instrument("NSE:SBIN"))
    simulation.fault("broker=expired")
    with pytest.raises(SessionExpired):
        broker.place_order("NSE:SBIN", "BUY", 1, price=price)
    assert not broker.status().logged_in
    assert simulation.setup.exchange.account(TEST_ACCOUNT.user_id).orders() == []


def test_a_logout_revokes_and_erases(open_broker: Open, tmp_path: Path) -> None:
    broker, beside = open_broker(), open_broker()
    log_in(broker)
    beside.funds()  # holds the session in its memory
    assert not broker.logout().logged_in
    assert list((tmp_path / "home" / "sessions").rglob("session")) == []
    with pytest.raises(LoginRequired):
        open_broker().funds()
    if broker.info.support(Capability.LOGOUT) is Support.FULL:
        with pytest.raises(OpenAlgoError):
            beside.funds()


def test_profiles_are_strangers(open_broker: Open) -> None:
    broker = open_broker()
    log_in(broker)
    father = open_broker(profile="father", variables=unanswered(broker))
    assert not father.status().logged_in
    log_in(open_broker(profile="father"))
    open_broker().logout()
    assert father.status().logged_in
