"""A simulated Angel One on loopback, with a clock that stands still until a test moves it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Any, Self

import pyotp
import requests

from openalgo_angel.simulator import application
from openalgo_angel.simulator.master import InstrumentMaster
from openalgo_core.clock import IST
from openalgo_core.exchange import Contract, ExchangeRules, SimulatedExchange
from openalgo_core.simulation import TEST_ACCOUNT, Simulation, SimulatorSetup, serve

__all__ = ["BOOK", "ORDER", "PLACE", "Caller", "StandingClock", "contract_of", "simulated", "taken", "totp"]

PLACE, BOOK = "order/v1/placeOrder", "order/v1/getOrderBook"
#: A limit order that rests: far below the market.
ORDER = {
    "variety": "NORMAL",
    "tradingsymbol": "SBIN-EQ",
    "symboltoken": "3045",
    "transactiontype": "BUY",
    "exchange": "NSE",
    "ordertype": "LIMIT",
    "producttype": "INTRADAY",
    "duration": "DAY",
    "price": "800.00",
    "quantity": "5",
}


class StandingClock:
    """10:15 IST on a trading day."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 20, 10, 15, tzinfo=IST)
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds


@contextmanager
def simulated(*, partial_fills: bool = False, gateway_status: int = 200, **settings: Any) -> Iterator[Simulation]:
    """Serves with an exchange in memory. Limits are off unless asked for, because the clock stands still.

    Leaving asserts that the simulator met no surprise but those that the test took.
    """
    clock = StandingClock()
    exchange = SimulatedExchange(clock=clock, rules=ExchangeRules(partial_fills=partial_fills))
    setup = SimulatorSetup(exchange, clock, **{"enforce_rate_limits": False, **settings})
    try:
        with serve(partial(application, gateway_status=gateway_status), setup) as simulation:
            yield simulation
        assert setup.surprises == []
    finally:
        setup.close()


def taken(simulation: Simulation) -> str:
    """The surprises so far in one text; they are forgotten."""
    text = "\n".join(simulation.setup.surprises)
    simulation.setup.surprises.clear()
    return text


def totp(simulation: Simulation, steps: int = 0) -> str:
    """The code of the simulator's present, or of so many steps of 30 seconds from it."""
    at = simulation.setup.clock.now() + timedelta(seconds=30 * steps)
    return pyotp.TOTP(TEST_ACCOUNT.totp_secret.reveal()).at(at)


def contract_of(simulation: Simulation, segment: str, token: str) -> Contract:
    """What the exchange knows of a row of the master."""
    listing = InstrumentMaster(simulation.setup.clock.now().date()).find(segment, token)
    assert listing is not None
    return listing.contract


class Caller:
    """Logged in while the `with` block lasts; sends what a careful client would. `headers` go with every request."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._session = requests.Session()
        self._session.trust_env = False
        self.headers: dict[str, str] = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "X-UserType": "USER",
            "X-SourceID": "WEB",
            "X-ClientLocalIP": "127.0.0.1",
            "X-ClientPublicIP": "127.0.0.1",
            "X-MACAddress": "02:fc:00:00:00:01",
            "X-PrivateKey": TEST_ACCOUNT.api_key.reveal(),
        }

    def __enter__(self) -> Self:
        self.log_in()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def log_in(self, **changes: str) -> Any:
        """The tokens; requests carry them from now on."""
        account = TEST_ACCOUNT
        fields = {"clientcode": account.user_id, "password": account.pin.reveal(), "totp": totp(self._simulation)}
        tokens = self.post("/rest/auth/angelbroking/user/v1/loginByPassword", fields | changes).json()["data"]
        self.headers["Authorization"] = f"Bearer {tokens['jwtToken']}"
        return tokens

    def get(self, path: str) -> requests.Response:
        return self.send("GET", path, None)

    def post(self, path: str, body: object) -> requests.Response:
        return self.send("POST", path, json.dumps(body))

    def send(self, method: str, path: str, data: str | None) -> requests.Response:
        """A path that begins with a slash is meant whole, any other below `/rest/secure/angelbroking`."""
        url = self._simulation.url + (path if path.startswith("/") else f"/rest/secure/angelbroking/{path}")
        return self._session.request(method, url, data=data, headers=self.headers, timeout=5, allow_redirects=False)
