"""A simulated Kotak on loopback, and a client of its wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import time
from functools import partial
from typing import Any
from urllib.parse import urlencode

import requests
from starlette.types import ASGIApp

from openalgo_core import testing
from openalgo_core.exchange import Contract
from openalgo_core.simulation import TEST_ACCOUNT, Simulation
from openalgo_core.testing import SimulatorCaller, taken, totp
from openalgo_kotak.simulator import application
from openalgo_kotak.simulator.master import InstrumentMaster

__all__ = [
    "ACCOUNT", "BOOK", "MPIN", "NIFTY_CE", "ORDER", "PLACE", "TOKEN", "UCC", "Caller", "contract_of",
    "simulated", "taken", "totp",
]  # fmt: skip

ACCOUNT = TEST_ACCOUNT
UCC, TOKEN, MPIN = ACCOUNT.api_key.reveal(), ACCOUNT.api_secret.reveal(), ACCOUNT.pin.reveal()
PLACE, BOOK = "quick/order/rule/ms/place", "quick/user/orders"
#: Of the sample's NIFTY26SEP24800CE, moved to the last Tuesday of November.
NIFTY_CE = {"es": "nse_fo", "ts": "NIFTY26NOV24800CE", "pc": "NRML", "qt": "65"}
#: A limit order that rests: far below the market.
ORDER = {
    "am": "NO",
    "dq": "0",
    "es": "nse_cm",
    "mp": "0",
    "pc": "CNC",
    "pr": "800",
    "pt": "L",
    "qt": "5",
    "rt": "DAY",
    "tp": "0",
    "ts": "SBIN-EQ",
    "tt": "B",
}


def simulated(
    *,
    session_status: int = 403,
    session_ends: time = time(0),
    around: Callable[[ASGIApp], ASGIApp] = lambda app: app,
    **settings: Any,
) -> AbstractContextManager[Simulation]:
    """See `openalgo_core.testing.simulated`; `around` may put something between the wire and the simulator."""
    make = partial(application, session_status=session_status, session_ends=session_ends)
    return testing.simulated(lambda setup: around(make(setup)), **settings)


def contract_of(simulation: Simulation, segment: str, token: str) -> Contract:
    """What the exchange knows of a row of the instrument files."""
    listing = InstrumentMaster(simulation.setup.clock.now().date()).find(segment, token)
    assert listing is not None
    return listing.contract


class Caller(SimulatorCaller):
    """Sends what a careful client would."""

    def log_in(self) -> Any:
        """The answer of the second step; requests carry its token and sid from now on."""
        self.headers = {"Authorization": TOKEN, "neo-fin-key": "neotradeapi"}
        first = self.json("login/1.0/tradeApiLogin", self.person()).json()["data"]
        self.headers |= {"Auth": first["token"], "Sid": first["sid"]}
        data = self.json("login/1.0/tradeApiValidate", {"mpin": MPIN}).json()["data"]
        self.headers |= {"Auth": data["token"], "Sid": data["sid"]}
        return data

    def person(self, **changes: str) -> dict[str, str]:
        """The first factor of the live login."""
        return {"mobileNumber": f"+91{ACCOUNT.mobile}", "ucc": UCC, "totp": totp(self._simulation)} | changes

    def json(self, path: str, body: object) -> requests.Response:
        return self.send("POST", path, json.dumps(body), {"Content-Type": "application/json"})

    def form(self, path: str, values: object) -> requests.Response:
        """In the one form field."""
        data = urlencode({"jData": json.dumps(values)})
        return self.send("POST", path, data, {"Content-Type": "application/x-www-form-urlencoded"})

    def place(self, **changes: str | None) -> str:
        """The number of an order that was received."""
        answer = self.form(PLACE, ORDER | changes).json()
        assert answer["stat"] == "Ok", answer
        return str(answer["nOrdNo"])

    def rows(self, path: str = BOOK) -> Any:
        """Of a book; an empty one has none."""
        answer = self.get(path).json()
        return [] if answer.get("stCode") == 5203 else answer["data"]
