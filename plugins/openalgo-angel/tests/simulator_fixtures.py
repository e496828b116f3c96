"""A simulated Angel One on loopback, and a client of its wire."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import requests

from openalgo_angel.simulator import application
from openalgo_angel.simulator.master import InstrumentMaster
from openalgo_core import testing
from openalgo_core.exchange import Contract
from openalgo_core.simulation import TEST_ACCOUNT, Simulation
from openalgo_core.testing import SimulatorCaller, StandingClock, taken, totp

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


def simulated(*, gateway_status: int = 200, **settings: Any) -> AbstractContextManager[Simulation]:
    """See `openalgo_core.testing.simulated`."""
    return testing.simulated(partial(application, gateway_status=gateway_status), **settings)


def contract_of(simulation: Simulation, segment: str, token: str) -> Contract:
    """What the exchange knows of a row of the master."""
    listing = InstrumentMaster(simulation.setup.clock.now().date()).find(segment, token)
    assert listing is not None
    return listing.contract


class Caller(SimulatorCaller):
    """Sends what a careful client would."""

    root = "/rest/secure/angelbroking"

    def __init__(self, simulation: Simulation) -> None:
        super().__init__(simulation)
        self.headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "X-UserType": "USER",
            "X-SourceID": "WEB",
            "X-ClientLocalIP": "127.0.0.1",
            "X-ClientPublicIP": "127.0.0.1",
            "X-MACAddress": "02:fc:00:00:00:01",
            "X-PrivateKey": TEST_ACCOUNT.api_key.reveal(),
        }

    def log_in(self, **changes: str) -> Any:
        """The tokens; requests carry them from now on."""
        account = TEST_ACCOUNT
        fields = {"clientcode": account.user_id, "password": account.pin.reveal(), "totp": totp(self._simulation)}
        tokens = self.post("/rest/auth/angelbroking/user/v1/loginByPassword", fields | changes).json()["data"]
        self.headers["Authorization"] = f"Bearer {tokens['jwtToken']}"
        return tokens

    def post(self, path: str, body: object) -> requests.Response:
        return self.send("POST", path, json.dumps(body))
