"""A simulated ICICI Direct on loopback, a browser for its login page, and a client of its wire."""

from __future__ import annotations

import hashlib
import json
from contextlib import AbstractContextManager
from datetime import UTC, date, timedelta
from functools import partial
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from openalgo_core import testing
from openalgo_core.exchange import Contract
from openalgo_core.models import InstrumentKind
from openalgo_core.simulation import TEST_ACCOUNT, Simulation
from openalgo_core.testing import SimulatorCaller, StandingClock, taken, totp
from openalgo_icici.simulator import application
from openalgo_icici.simulator.dates import day_text
from openalgo_icici.simulator.master import InstrumentMaster, Listing

__all__ = [
    "CALL", "FUTURE", "ITC", "NIFTY_CALL", "NIFTY_FUTURE", "ORDER", "TODAY", "V1", "Caller", "Form", "StandingClock",
    "contract_of", "listing_of", "log_in", "simulated", "taken", "totp",
]  # fmt: skip

V1 = "/breezeapi/api/v1"
#: The days that a list is asked for: only the date counts.
TODAY = {"from_date": "2026-11-20T00:00:00.000Z", "to_date": "2026-11-20T23:59:59.000Z"}
ITC = {"stock_code": "ITC", "exchange_code": "NSE"}
#: The first expiry of the sample that has gone by, moved forward.
NIFTY_CALL = {
    "stock_code": "NIFTY", "exchange_code": "NFO", "expiry_date": "2026-11-24T06:00:00.000Z", "right": "call",
    "strike_price": "24300",
}  # fmt: skip
NIFTY_FUTURE = NIFTY_CALL | {"expiry_date": "01-Dec-2026", "right": "others", "strike_price": "0"}
#: A limit order that rests: far below the market.
ORDER = ITC | {
    "product": "cash", "action": "buy", "order_type": "limit", "quantity": "5", "price": "380", "validity": "day",
}  # fmt: skip
#: Orders for a lot of each.
CALL = NIFTY_CALL | {"product": "options", "quantity": "65", "price": "1300"}
FUTURE = NIFTY_FUTURE | {"product": "futures", "quantity": "65", "price": "25000"}
_BROWSER = "/apiuser/login"


def simulated(*, gateway_status: int = 200, **settings: Any) -> AbstractContextManager[Simulation]:
    """See `openalgo_core.testing.simulated`."""
    return testing.simulated(partial(application, gateway_status=gateway_status), **settings)


def listing_of(simulation: Simulation, segment: str, code: str) -> Listing:
    """A share or an index of the instrument files."""
    found = InstrumentMaster(simulation.setup.clock.now().date()).share(segment, code)
    assert found is not None
    return found


def contract_of(simulation: Simulation, segment: str, code: str, **terms: Any) -> Contract:
    """What the exchange knows of a share, or with `kind`, `expiry` and `strike` of a derivative."""
    if not terms:
        return listing_of(simulation, segment, code).contract
    kind, expiry = InstrumentKind(terms["kind"]), date.fromisoformat(terms["expiry"])
    master = InstrumentMaster(simulation.setup.clock.now().date())
    found = master.derivative(segment, code, kind, expiry, terms.get("strike"))
    assert found is not None, f"{code} {day_text(expiry)}"
    return found.contract


class Form(HTMLParser):
    """What a page lets a browser do: where its form goes and which fields it has, hidden ones filled in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = self.link = ""
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            assert given["method"] == "post"
            self.action = given["action"]
        elif tag == "a":
            self.link = given["href"]
        elif tag == "input":
            self.fields[given["name"]] = given.get("value", "")


def log_in(simulation: Simulation, api_key: str | None = None, **typed: str) -> str:
    """Fills in the login page as a browser does; the API session that the browser is sent back with."""
    account = TEST_ACCOUNT
    typed = {
        "txtuid": account.user_id,
        "txtPass": account.password.reveal(),
        "hiotp": totp(simulation),
        **typed,
    }
    with requests.Session() as browser:
        browser.trust_env = False
        query = urlencode({"api_key": api_key or account.api_key.reveal()})
        page = browser.get(f"{simulation.url}{_BROWSER}?{query}", timeout=5)
        while (form := Form(page.text)).action.startswith("/"):
            answers = form.fields | {name: value for name, value in typed.items() if name in form.fields}
            page = browser.post(simulation.url + form.action, data=answers, timeout=5)
    return parse_qs(urlsplit(form.action).query)["apisession"][0]


class Caller(SimulatorCaller):
    """Sends what a careful client would, signed."""

    def __init__(self, simulation: Simulation, api_key: str = "", secret: str = "") -> None:
        super().__init__(simulation)
        self.api_key = api_key or TEST_ACCOUNT.api_key.reveal()
        self.secret = secret or TEST_ACCOUNT.api_secret.reveal()
        self.api_session = self.token = ""

    def log_in(self) -> None:
        self.api_session = log_in(self._simulation, self.api_key)
        self.token = self.customer_details()["Success"]["session_token"]

    def customer_details(self, **changes: str) -> Any:
        body = {"SessionToken": self.api_session, "AppKey": self.api_key, **changes}
        return self.send("GET", f"{V1}/customerdetails", json.dumps(body), {"Content-Type": "application/json"}).json()

    def call(self, method: str, path: str, body: object = None, **headers: str | None) -> Any:
        """A signed call; what comes back as JSON. `headers` replace those of a right request, `None` leaves one out."""
        return self.answer(method, path, body, **headers).json()

    def answer(self, method: str, path: str, body: object = None, **headers: str | None) -> requests.Response:
        raw = json.dumps({} if body is None else body, separators=(",", ":"))
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send(method, f"{V1}/{path}", raw, self.signed(raw) | names)

    def signed(self, raw: str, seconds: float = 0) -> dict[str, str | None]:
        """The headers of a request whose body is `raw`, on a clock that is so many seconds fast."""
        moment = self._simulation.setup.clock.now().astimezone(UTC) + timedelta(seconds=seconds)
        stamp = f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"
        checksum = hashlib.sha256(f"{stamp}{raw}{self.secret}".encode()).hexdigest()
        return {
            "Content-Type": "application/json",
            "X-Checksum": f"token {checksum}",
            "X-Timestamp": stamp,
            "X-AppKey": self.api_key,
            "X-SessionToken": self.token,
        }

    def candles(self, **changes: str | None) -> Any:
        """The second version of history: one-minute candles of ITC, from half past nine to a quarter to ten."""
        query = {
            "interval": "1minute", "from_date": "2026-11-20T09:30:00.000Z", "to_date": "2026-11-20T09:45:00.000Z",
            "stock_code": "ITC", "exch_code": "NSE", "product_type": "cash", **changes,
        }  # fmt: skip
        asked = urlencode({name: value for name, value in query.items() if value is not None})
        headers = {"Content-Type": "application/json", "X-SessionToken": self.token, "apikey": self.api_key}
        return self.send("GET", f"/api/v2/historicalcharts?{asked}", None, headers).json()

    # -- what tests ask again and again ----------------------------------------------------------------------------

    def place(self, **changes: Any) -> Any:
        return self.call("POST", "order", ORDER | changes)

    def placed(self, **changes: Any) -> str:
        """The id of an order that was taken."""
        answer = self.place(**changes)
        assert answer["Status"] == 200, answer
        return str(answer["Success"]["order_id"])

    def book(self, segment: str = "NSE") -> list[dict[str, Any]]:
        return self.call("GET", "order", {"exchange_code": segment, **TODAY})["Success"] or []

    def row(self, order_id: str, segment: str = "NSE") -> dict[str, Any]:
        """One order."""
        (row,) = self.call("GET", "order", {"exchange_code": segment, "order_id": order_id})["Success"]
        assert isinstance(row, dict)
        return row
