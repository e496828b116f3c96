"""A simulated Definedge on loopback, with a clock that stands still until a test moves it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

import pyotp
import requests

from openalgo_core.clock import IST
from openalgo_core.exchange import Contract, ExchangeRules, SimulatedExchange
from openalgo_core.simulation import TEST_ACCOUNT, Simulation, SimulatorSetup, serve
from openalgo_definedge.simulator import application
from openalgo_definedge.simulator.master import InstrumentMaster

__all__ = [
    "LOGIN", "NIFTY_CE", "ORDER", "OTP", "Caller", "StandingClock", "contract_of", "proof", "simulated", "taken",
    "totp",
]  # fmt: skip

LOGIN = "/auth/realms/debroking/dsbpkc"
OTP = "123456"
#: Of the sample's NIFTY25AUG26C25000, moved to the next Tuesday.
NIFTY_CE = {"exchange": "NFO", "tradingsymbol": "NIFTY24NOV26C25000", "product_type": "NORMAL", "quantity": 65}
#: A limit order that rests: far below the market.
ORDER = {
    "exchange": "NSE",
    "tradingsymbol": "SBIN-EQ",
    "order_type": "BUY",
    "price_type": "LIMIT",
    "product_type": "INTRADAY",
    "quantity": "5",
    "price": "800.00",
    "algo_id": "99999",
    "validity": "DAY",
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
def simulated(*, partial_fills: bool = False, **settings: Any) -> Iterator[Simulation]:
    """Serves with an exchange in memory. Limits are off unless asked for, because the clock stands still.

    Leaving asserts that the simulator met no surprise but those that the test took.
    """
    clock = StandingClock()
    exchange = SimulatedExchange(clock=clock, rules=ExchangeRules(partial_fills=partial_fills))
    setup = SimulatorSetup(exchange, clock, **{"enforce_rate_limits": False, **settings})
    try:
        with serve(application, setup) as simulation:
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
    """The authenticator's code of the simulator's present, or of so many steps of 30 seconds from it."""
    at = simulation.setup.clock.now() + timedelta(seconds=30 * steps)
    return pyotp.TOTP(TEST_ACCOUNT.totp_secret.reveal()).at(at)


def proof(otp_token: str, otp: str, secret: str = TEST_ACCOUNT.api_secret.reveal()) -> str:
    """The hash of step two."""
    return hashlib.sha256(f"{otp_token}{otp}{secret}".encode()).hexdigest()


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
        self.headers: dict[str, str] = {}

    def __enter__(self) -> Self:
        self.log_in()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def ask(self, token: str = TEST_ACCOUNT.api_key.reveal(), secret: str = TEST_ACCOUNT.api_secret.reveal()) -> Any:
        """Step one."""
        url = f"{self._simulation.url}{LOGIN}/login/{token}"
        return self._session.get(url, headers={"api_secret": secret}, timeout=5).json()

    def log_in(self) -> Any:
        """The answer of step two; requests carry its key from now on."""
        token = self.ask()["otp_token"]
        fields = {"otp_token": token, "otp": OTP, "ac": proof(token, OTP)}
        keys = self.post(f"{LOGIN}/token", fields).json()
        self.headers["Authorization"] = keys["api_session_key"]
        return keys

    def get(self, path: str) -> requests.Response:
        return self.send("GET", path, None)

    def post(self, path: str, body: object) -> requests.Response:
        return self.send("POST", path, json.dumps(body), **{"Content-Type": "application/json"})

    def place(self, **changes: object) -> str:
        """The id of an order that is taken in."""
        answer = self.post("placeorder", ORDER | changes).json()
        assert answer["status"] == "SUCCESS", answer
        return str(answer["order_id"])

    def row(self, path: str, key: str) -> Any:
        """The only row of a book."""
        (row,) = self.get(path).json()[key]
        return row

    def send(self, method: str, path: str, data: str | None, **headers: str) -> requests.Response:
        """A path that begins with a slash is meant whole, any other below `/dart/v1`."""
        url = self._simulation.url + (path if path.startswith("/") else f"/dart/v1/{path}")
        return self._session.request(
            method, url, data=data, headers=self.headers | headers, timeout=5, allow_redirects=False
        )
