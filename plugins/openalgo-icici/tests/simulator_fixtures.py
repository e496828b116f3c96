"""A simulated ICICI Direct on loopback, with a clock that stands still until a test moves it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from html.parser import HTMLParser
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import pyotp
import requests

from openalgo_core.clock import IST
from openalgo_core.exchange import Contract, ExchangeRules, SimulatedExchange
from openalgo_core.models import InstrumentKind
from openalgo_core.simulation import TEST_ACCOUNT, Simulation, SimulatorSetup, serve
from openalgo_icici.simulator import application
from openalgo_icici.simulator.dates import day_text
from openalgo_icici.simulator.master import InstrumentMaster, Listing

__all__ = [
    "ITC", "NIFTY_CALL", "NIFTY_FUTURE", "ORDER", "TODAY", "V1", "Caller", "Form", "StandingClock", "contract_of",
    "listing_of", "log_in", "simulated", "taken", "totp",
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
_BROWSER = "/apiuser/login"


class StandingClock:
    """10:15 IST on a trading day, or the moment given."""

    def __init__(self, at: datetime | None = None) -> None:
        self._now = at or datetime(2026, 11, 20, 10, 15, tzinfo=IST)
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
def simulated(
    *, at: datetime | None = None, partial_fills: bool = False, gateway_status: int = 200, **settings: Any
) -> Iterator[Simulation]:
    """Serves with an exchange in memory. Limits are off unless asked for, because the clock stands still.

    Leaving asserts that the simulator met no surprise but those that the test took.
    """
    clock = StandingClock(at)
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


class Caller:
    """Logged in while the `with` block lasts; sends what a careful client would, signed."""

    def __init__(self, simulation: Simulation, api_key: str = "", secret: str = "") -> None:
        self._simulation = simulation
        self._session = requests.Session()
        self._session.trust_env = False
        self.api_key = api_key or TEST_ACCOUNT.api_key.reveal()
        self.secret = secret or TEST_ACCOUNT.api_secret.reveal()
        self.api_session = self.token = ""

    def __enter__(self) -> Self:
        self.log_in()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

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

    def send(self, method: str, path: str, data: str | None, headers: Any = None) -> requests.Response:
        url = self._simulation.url + path
        return self._session.request(method, url, data=data, headers=headers, timeout=5, allow_redirects=False)

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
