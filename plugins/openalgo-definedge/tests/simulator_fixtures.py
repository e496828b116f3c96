"""A simulated Definedge on loopback, and a client of its wire."""

from __future__ import annotations

import hashlib
import json
from contextlib import AbstractContextManager
from typing import Any

import requests

from openalgo_core import testing
from openalgo_core.exchange import Contract
from openalgo_core.simulation import TEST_ACCOUNT, Simulation
from openalgo_core.testing import SimulatorCaller, StandingClock, taken, totp
from openalgo_definedge.simulator import application
from openalgo_definedge.simulator.master import InstrumentMaster

__all__ = [
    "LOGIN", "MARKET", "NIFTY_CE", "ORDER", "OTP", "Caller", "StandingClock", "contract_of", "proof", "simulated",
    "taken", "totp",
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
#: Makes it one that trades at once.
MARKET = {"price_type": "MARKET", "price": "0"}


def simulated(**settings: Any) -> AbstractContextManager[Simulation]:
    """See `openalgo_core.testing.simulated`."""
    return testing.simulated(application, **settings)


def proof(otp_token: str, otp: str, secret: str = TEST_ACCOUNT.api_secret.reveal()) -> str:
    """The hash of step two."""
    return hashlib.sha256(f"{otp_token}{otp}{secret}".encode()).hexdigest()


def contract_of(simulation: Simulation, segment: str, token: str) -> Contract:
    """What the exchange knows of a row of the master."""
    listing = InstrumentMaster(simulation.setup.clock.now().date()).find(segment, token)
    assert listing is not None
    return listing.contract


class Caller(SimulatorCaller):
    """Sends what a careful client would."""

    root = "/dart/v1"

    def ask(self, token: str = TEST_ACCOUNT.api_key.reveal(), secret: str = TEST_ACCOUNT.api_secret.reveal()) -> Any:
        """Step one."""
        return self.send("GET", f"{LOGIN}/login/{token}", headers={"api_secret": secret}).json()

    def log_in(self) -> Any:
        """The answer of step two; requests carry its key from now on."""
        token = self.ask()["otp_token"]
        fields = {"otp_token": token, "otp": OTP, "ac": proof(token, OTP)}
        keys = self.post(f"{LOGIN}/token", fields).json()
        self.headers["Authorization"] = keys["api_session_key"]
        return keys

    def post(self, path: str, body: object) -> requests.Response:
        return self.send("POST", path, json.dumps(body), {"Content-Type": "application/json"})

    def place(self, **changes: object) -> str:
        """The id of an order that is taken in."""
        answer = self.post("placeorder", ORDER | changes).json()
        assert answer["status"] == "SUCCESS", answer
        return str(answer["order_id"])

    def row(self, path: str, key: str) -> Any:
        """The only row of a book."""
        (row,) = self.get(path).json()[key]
        return row
