"""A simulator, running: who is asked for which fault, and what a simulator is given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
import requests
from clocks import FakeClock

from openalgo_core.errors import UsageError
from openalgo_core.models import Settings
from openalgo_core.secrets import Secret
from openalgo_core.simulation import (
    SEED_API_KEY,
    SEED_API_SECRET,
    TEST_ACCOUNT,
    SimulatorSetup,
    Stage,
    TestAccount,
    serve,
)

from .conftest import ANSWER, Shop

if TYPE_CHECKING:
    from openalgo_core.exchange import SimulatedExchange


class Closable:
    closed = False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def setup(clock: FakeClock) -> SimulatorSetup:
    return SimulatorSetup(cast("SimulatedExchange", Closable()), clock)


class PlayingShop(Shop):
    """Plays the faults that its broker's page knows."""

    def __init__(self, setup: SimulatorSetup) -> None:
        super().__init__()
        self.setup = setup
        self.played: list[tuple[str, str | None]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.played += [(stage, self.setup.scripted(scope["path"], stage)) for stage in Stage]
        await super().__call__(scope, receive, send)


class TestServing:
    def test_without_faults_there_is_no_proxy(self, setup: SimulatorSetup, client: requests.Session) -> None:
        with serve(PlayingShop, setup) as simulation:
            assert simulation.proxy is None
            assert simulation.url == setup.public_url
            assert client.get(simulation.url, timeout=5).json() == ANSWER
            with pytest.raises(RuntimeError, match="proxied=True"):
                simulation.fault("reset")

    def test_the_wire_and_the_application_each_get_their_faults(
        self, setup: SimulatorSetup, client: requests.Session
    ) -> None:
        shop = PlayingShop(setup)
        faults = ["html@/order", "broker=AB1004@/book", "broker=expired@/book:after"]
        with serve(lambda _: shop, setup, faults=faults) as simulation:
            assert simulation.proxy
            assert simulation.url == setup.public_url == simulation.proxy.url
            assert client.get(f"{simulation.url}/order", timeout=5).status_code == 502
            assert client.get(f"{simulation.url}/book", timeout=5).status_code == 200
        assert shop.played == [("before", "AB1004"), ("after", "expired")]
        assert simulation.proxy.script.waiting == setup.script.waiting == []

    def test_more_faults_may_be_asked_for_while_it_runs(self, setup: SimulatorSetup, client: requests.Session) -> None:
        with serve(PlayingShop, setup, proxied=True) as simulation:
            assert client.get(simulation.url, timeout=5).status_code == 200
            simulation.fault("status=503", "broker=busy")
            assert client.get(simulation.url, timeout=5).status_code == 503
        assert [fault.name for fault in setup.script.waiting] == ["busy"]

    def test_a_text_that_is_no_fault_starts_nothing(self, setup: SimulatorSetup) -> None:
        with pytest.raises(UsageError), serve(PlayingShop, setup, faults=["explode"]):
            pytest.fail("it was started")
        assert setup.public_url == ""

    def test_closing_the_setup_closes_the_exchange(self, setup: SimulatorSetup) -> None:
        setup.close()
        assert cast("Closable", setup.exchange).closed


class TestTheAccount:
    def test_its_settings_make_the_same_account(self) -> None:
        assert TestAccount.of(TEST_ACCOUNT.settings) == TEST_ACCOUNT

    def test_what_settings_leave_open_is_as_in_the_fixed_one(self) -> None:
        own = TestAccount.of(Settings(api_key=Secret("mine"), client_id="B1"))
        assert (own.user_id, own.api_key.reveal()) == ("B1", "mine")
        assert own.totp_secret == TEST_ACCOUNT.totp_secret

    def test_the_literal_seed_values_open_it_too(self) -> None:
        secret = TEST_ACCOUNT.secret_of(SEED_API_KEY)
        assert secret
        assert secret.reveal() == SEED_API_SECRET
        assert TEST_ACCOUNT.secret_of(TEST_ACCOUNT.api_key.reveal()) == TEST_ACCOUNT.api_secret
        assert TEST_ACCOUNT.secret_of("somebody else's") is None

    def test_its_totp_secret_is_long_enough_for_pyotp(self) -> None:
        assert len(TEST_ACCOUNT.totp_secret.reveal()) >= 23

    def test_it_prints_without_its_secrets(self) -> None:
        assert "246810" not in repr(TEST_ACCOUNT)
