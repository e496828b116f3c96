"""A simulated INDstocks on loopback, and a client of its wire."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlencode

import requests

from openalgo_core import testing
from openalgo_core.exchange import Contract, Snapshot
from openalgo_core.simulation import TEST_ACCOUNT, Simulation
from openalgo_core.testing import SimulatorCaller, StandingClock, taken, totp
from openalgo_indmoney.simulator import application
from openalgo_indmoney.simulator.master import InstrumentMaster

__all__ = [
    "ACCOUNT_SECRET", "CLIENT_ID", "JSON", "MPIN", "NFO", "ORDER", "STOP", "Caller", "StandingClock", "book_id",
    "contract_of", "price_of", "simulated", "taken", "totp",
]  # fmt: skip

#: The test account: its dashboard token, its Client ID, its MPIN.
ACCOUNT_SECRET = TEST_ACCOUNT.api_secret.reveal()
CLIENT_ID, MPIN = TEST_ACCOUNT.api_key.reveal(), TEST_ACCOUNT.pin.reveal()
JSON = {"Content-Type": "application/json"}
#: A limit order that rests: below the market, inside the band.
ORDER = {
    "txn_type": "BUY",
    "exchange": "NSE",
    "segment": "EQUITY",
    "product": "INTRADAY",
    "order_type": "LIMIT",
    "validity": "DAY",
    "security_id": "3045",
    "qty": 5,
    "is_amo": False,
    "algo_id": "99999",
    "limit_price": 800.0,
}
#: A stop order that waits: it sells when the price falls.
STOP = {
    **{name: value for name, value in ORDER.items() if name not in ("limit_price", "is_amo")},
    "txn_type": "SELL",
    "order_type": "TRIGGER",
    "trigger_price": 800.0,
    "trigger_limit_price": 799.0,
}
#: What makes an order one for a NIFTY option.
NFO = {"segment": "DERIVATIVE", "product": "MARGIN", "security_id": "45108", "qty": 65}


#: See `openalgo_core.testing.simulated`.
simulated = partial(testing.simulated, application)


def contract_of(simulation: Simulation, code: str) -> Contract:
    """What the exchange knows of the row with that quote code."""
    listing = InstrumentMaster(simulation.setup.clock.now().date()).coded(code)
    assert listing is not None
    return listing.contract


def price_of(simulation: Simulation, code: str) -> Snapshot:
    """Its prices at the simulator's present."""
    return simulation.setup.exchange.snapshot(contract_of(simulation, code))


def book_id(order_id: str) -> str:
    """The exchange's id of an order: without the prefix."""
    return order_id.partition("-")[2]


class Caller(SimulatorCaller):
    """Holds a dashboard token while the `with` block lasts; sends what a careful client would."""

    def log_in(self) -> None:
        """Nobody is asked: the token was copied from the dashboard."""
        self.headers = {"Authorization": ACCOUNT_SECRET}

    def get(self, path: str, body: object = None, **query: object) -> requests.Response:
        """A read; `body` is for the calls that have one on GET."""
        together = f"{path}?{urlencode(query)}" if query else path
        return self.send("GET", together) if body is None else self.send("GET", together, json.dumps(body), JSON)

    def post(self, path: str, body: object, **headers: str) -> requests.Response:
        return self.send("POST", path, json.dumps(body), {**JSON, **headers})

    def data(self, path: str, body: object = None, **query: object) -> Any:
        """The payload of a read that succeeds, its numbers exact."""
        answer = self.get(path, body, **query)
        envelope = answer.json(parse_float=Decimal)
        assert (answer.status_code, envelope["status"]) == (200, "success"), envelope
        return envelope["data"]

    def generate(self, code: str, mpin: str = MPIN, client_id: str = CLIENT_ID) -> requests.Response:
        """The token call."""
        return self.post("/generate/token", {"mpin": mpin, "totp": code}, **{"x-api-key": client_id})

    def place(self, **changes: object) -> str:
        """The id of a regular order that is taken in."""
        answer = self.post("/order", ORDER | changes).json()
        assert answer["status"] == "success", answer
        return str(answer["data"]["order_id"])

    def place_market(self, **changes: object) -> str:
        """The same of a market order."""
        order = {name: value for name, value in ORDER.items() if name != "limit_price"}
        answer = self.post("/order", order | {"order_type": "MARKET"} | changes).json()
        assert answer["status"] == "success", answer
        return str(answer["data"]["order_id"])

    def place_stop(self, **changes: object) -> str:
        """The same of a stop order."""
        answer = self.post("/smart/order", STOP | changes).json()
        assert answer["status"] == "success", answer
        return str(answer["data"]["order_data"][0]["order_id"])

    def row(self, order_id: str) -> Any:
        """An order as the book shows it."""
        (row,) = [row for row in self.data("/order-book") if row["id"] == order_id]
        return row
