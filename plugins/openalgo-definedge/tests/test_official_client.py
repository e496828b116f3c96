"""Definedge's own Python client, unmodified but for its URLs, against the simulator.

`pyintegrate` asks for a pyOpenSSL below 24, which asks for a cryptography older than openalgo-core's. Only its
websocket would use either, so that it is installed without its dependencies, and those that it imports beside it.
"""

from __future__ import annotations

import importlib
import importlib.util
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from openalgo_core.simulation import TEST_ACCOUNT, Simulation

from .simulator_fixtures import LOGIN, OTP, contract_of, simulated, totp

_MISSING = [name for name in ("integrate", "autobahn", "twisted") if importlib.util.find_spec(name) is None]
if _MISSING:
    # A failure, not a skip: without this module nothing proves what goes on Definedge's wire.
    pytest.fail(
        f"The official client is not installed ({', '.join(_MISSING)} missing): "
        "pip install 'openalgo-definedge[testing]'",
        pytrace=False,
    )

#: It opens its copy of the master without naming an encoding, and never closes it.
pytestmark = pytest.mark.filterwarnings("ignore::EncodingWarning", "ignore:unclosed file:ResourceWarning")

TOKEN, SECRET = TEST_ACCOUNT.api_key.reveal(), TEST_ACCOUNT.api_secret.reveal()
NIFTY_CE = "NIFTY24NOV26C25000"
#: The two hosts that the client has written into its code.
FIXED_HOSTS = ("https://app.definedgesecurities.com", "https://data.definedgesecurities.com")


class ToSimulator(HTTPAdapter):
    """Sends what is meant for a fixed host to the simulator, path and all: the client's constructor takes the URLs of
    its other two hosts only."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, *rest: Any, **more: Any) -> requests.Response:
        assert request.url is not None
        host = next(host for host in FIXED_HOSTS if request.url.startswith(host))
        request.url = self._url + request.url.removeprefix(host)
        return super().send(request, *rest, **more)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A URL that was forgotten must not reach the broker."""
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def loopback_only(self: socket.socket, address: Any) -> None:
        if not str(address[0]).startswith("127."):
            raise ConnectionRefusedError(f"{address} is not on this machine")
        connect(self, address)

    def local_names_only(host: Any, *rest: Any, **more: Any) -> Any:
        if not str(host).startswith("127."):
            raise socket.gaierror(f"{host} is not on this machine")
        return resolve(host, *rest, **more)

    monkeypatch.setattr(socket.socket, "connect", loopback_only)
    monkeypatch.setattr(socket, "getaddrinfo", local_names_only)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def client(simulation: Simulation, no_network: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """Not logged in yet."""
    connect = importlib.import_module("integrate.connect")
    # Every login downloads the master and writes it beside the client's code, wherever that says it is: in the
    # environment's packages, which may not be writable and which a parallel run would share.
    monkeypatch.setattr(connect, "__file__", str(tmp_path / "connect.py"))
    made = connect.ConnectToIntegrate(
        login_url=f"{simulation.url}{LOGIN}/",
        base_url=f"{simulation.url}/dart/v1/",
    )
    for host in FIXED_HOSTS:
        made._req_sess.mount(host, ToSimulator(simulation.url))
    yield made
    made._req_sess.close()


@pytest.fixture
def user(client: Any) -> Any:
    """Logged in."""
    client.login(TOKEN, SECRET, OTP)
    return client


@pytest.fixture
def orders(user: Any) -> Any:
    return importlib.import_module("integrate").IntegrateOrders(user)


@pytest.fixture
def data(user: Any) -> Any:
    return importlib.import_module("integrate").IntegrateData(user)


def terms(**changes: Any) -> dict[str, Any]:
    """A limit order that rests: far below the market."""
    return {
        "exchange": "NSE",
        "order_type": "BUY",
        "price": 800.0,
        "price_type": "LIMIT",
        "product_type": "INTRADAY",
        "quantity": 5,
        "tradingsymbol": "SBIN-EQ",
    } | changes


def new(**changes: Any) -> dict[str, Any]:
    return {"algo_id": "99999"} | terms(**changes)


class TestSessions:
    def test_logging_in_gives_the_keys_and_the_symbols(self, client: Any, tmp_path: Path) -> None:
        client.login(TOKEN, SECRET, OTP)
        uid, actid, api_key, stream_key = client.get_session_keys()
        assert uid == actid == TEST_ACCOUNT.user_id
        assert len({api_key, stream_key}) == 2
        symbols = list(client.symbols)
        assert len(symbols) == 322
        (option,) = [row for row in symbols if row["trading_symbol"] == NIFTY_CE]
        assert (option["token"], option["strike"], option["expiry"], option["lot_size"]) == (
            "58921", "25000", "24112026", "65",
        )  # fmt: skip
        assert (tmp_path / "allmaster.csv").is_file()

    def test_the_authenticators_code_does_as_well(self, client: Any, simulation: Simulation) -> None:
        client.login(TOKEN, SECRET, totp(simulation))
        assert client.api_session_key

    @pytest.mark.parametrize(("secret", "otp", "missing"), [("wrong", OTP, "otp_token"), (SECRET, "000000", "uid")])
    def test_a_wrong_secret_or_code_gives_nothing(self, secret: str, otp: str, missing: str, client: Any) -> None:
        with pytest.raises(Exception, match=missing):
            client.login(TOKEN, secret, otp)
        assert client.api_session_key == ""

    def test_a_session_ends_in_the_night(self, user: Any, orders: Any, simulation: Simulation) -> None:
        called = []
        user.session_expired_callback = lambda: called.append(True)
        simulation.setup.clock.sleep(17 * 3600)
        assert orders.limits() == {"status": "ERROR", "message": "Session Expired"}
        assert called == [True]
        user.login(TOKEN, SECRET, OTP)
        assert orders.limits()["status"] == "200"


class TestOrders:
    @pytest.mark.parametrize("book", ["orders", "trades", "positions", "holdings"])
    def test_nothing_yet_is_an_error(self, book: str, orders: Any) -> None:
        with pytest.raises(Exception, match=f"No {book.title()} Found"):
            getattr(orders, book)()

    def test_a_limit_order_rests_with_everything_that_was_said(self, orders: Any) -> None:
        answer = orders.place_order(**new(remarks="tag-001", disclosed_quantity=1, amo="Yes", validity="EOS"))
        assert answer["status"] == "SUCCESS"
        assert answer["order_id"].startswith("261120")
        (row,) = orders.orders()["orders"]
        assert row["order_id"] == answer["order_id"]
        assert (row["order_status"], row["price"], row["quantity"]) == ("OPEN", "800.00", "5")
        assert (row["order_type"], row["price_type"], row["product_type"]) == ("BUY", "LIMIT", "INTRADAY")
        assert (row["remarks"], row["disclosed_quantity"], row["validity"]) == ("tag-001", "1", "EOS")
        assert (row["variety"], row["amo"], row["token"]) == ("AMO", "Yes", "3045")

        single = orders.order(answer["order_id"])
        assert (single["order_status"], single["remarks"]) == ("OPEN", "tag-001")
        assert "status" not in single

    def test_a_market_order_trades_and_becomes_a_position(self, orders: Any, data: Any) -> None:
        quote = data.quotes("NSE", "SBIN-EQ")
        ltp, ask = quote["ltp"], quote["best_ask_price1"]
        order_id = orders.place_order(**new(price_type="MARKET", price=0))["order_id"]
        (row,) = orders.orders()["orders"]
        assert (row["order_status"], row["filled_qty"], row["average_traded_price"]) == ("COMPLETE", "5", ask)
        (trade,) = orders.trades()["trades"]
        assert (trade["order_id"], trade["fill_price"], trade["last_fill_qty"]) == (order_id, ask, "5")
        (position,) = orders.positions()["positions"]
        assert (position["net_quantity"], position["net_averageprice"], position["lastPrice"]) == ("5", ask, ltp)

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"price_type": "SL-LIMIT", "price": 930.0, "trigger_price": 929.0}, "TRIGGER PENDING"),
            ({"price_type": "SL-MARKET", "price": 0, "trigger_price": 929.0}, "TRIGGER PENDING"),
            ({"validity": "IOC"}, "CANCELED"),
            ({"exchange": "BSE", "tradingsymbol": "SBIN", "algo_id": "9999999999999999", "market_protection": 3},
             "OPEN"),
            ({"exchange": "NFO", "tradingsymbol": NIFTY_CE, "product_type": "NORMAL", "quantity": 65, "price": 0,
              "price_type": "MARKET"}, "COMPLETE"),
            ({"product_type": "CNC", "order_type": "SELL"}, "REJECTED"),
        ],
    )  # fmt: skip
    def test_what_becomes_of_an_order(self, changes: dict[str, Any], status: str, orders: Any) -> None:
        orders.place_order(**new(**changes))
        (row,) = orders.orders()["orders"]
        assert row["order_status"] == status

    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            ({"tradingsymbol": "NOSUCH-EQ"}, "Symbol Not Found"),
            ({"price": 800.01}, "tick"),
            ({"algo_id": "9999999999999999"}, "algo_id"),
            ({"exchange": "NFO", "tradingsymbol": NIFTY_CE, "product_type": "NORMAL", "quantity": 66}, "lot"),
        ],
    )
    def test_a_refusal_is_an_error_of_the_client(self, changes: dict[str, Any], text: str, orders: Any) -> None:
        with pytest.raises(Exception, match=text):
            orders.place_order(**new(**changes))
        with pytest.raises(Exception, match="No Orders Found"):
            orders.orders()

    def test_an_order_is_changed_and_cancelled(self, orders: Any) -> None:
        order_id = orders.place_order(**new())["order_id"]
        assert orders.modify_order(order_id=order_id, **terms(price=811.5, quantity=2)) == {
            "status": "SUCCESS", "order_id": order_id,
        }  # fmt: skip
        row = orders.order(order_id)
        assert (row["order_status"], row["price"], row["quantity"]) == ("REPLACED", "811.50", "2")
        assert orders.cancel_order(order_id)["request_time"] == "10:15:00 20-11-2026"
        assert orders.order(order_id)["order_status"] == "CANCELED"
        with pytest.raises(Exception, match="cancelled already"):
            orders.cancel_order(order_id)
        with pytest.raises(Exception, match="cancelled already"):
            orders.modify_order(order_id=order_id, **terms())

    def test_an_order_in_slices(self, orders: Any) -> None:
        answer = orders.slice_order(slices=2, **terms())
        assert [row["status"] for row in answer["orders"]] == ["SUCCESS", "SUCCESS"]
        assert len(orders.orders()["orders"]) == 2

    def test_a_position_is_not_converted(self, orders: Any) -> None:
        with pytest.raises(Exception, match="Position conversion failed"):
            orders.convert_position_product_type(
                exchange="NSE", order_type="BUY", previous_product="INTRADAY", product_type="CNC",
                quantity=1, tradingsymbol="SBIN-EQ", position_type="DAY",
            )  # fmt: skip


class TestMoney:
    def test_holdings_are_listed_with_all_their_places(self, orders: Any, simulation: Simulation) -> None:
        account = simulation.setup.exchange.account(TEST_ACCOUNT.user_id)
        account.give_holding(contract_of(simulation, "NSE", "3045"), 100, account.funds().starting_capital / 10000)
        (row,) = orders.holdings()["data"]
        assert (row["dp_qty"], row["avg_buy_price"]) == ("100", "1000.00")
        assert [place["tradingsymbol"] for place in row["tradingsymbol"]] == ["SBIN-EQ", "SBIN"]

    def test_limits_have_an_envelope_of_their_own(self, orders: Any) -> None:
        orders.place_order(**new())
        limits = orders.limits()
        assert (limits["status"], limits["cash"], limits["marginUsed"]) == ("200", "10000000.00", "800.00")

    def test_margins(self, orders: Any) -> None:
        assert orders.margins([terms(), terms()])["marginUsed"] == "1600.00"
        position = {
            "product_type": "NORMAL", "exchange": "NFO", "symbol_name": "NIFTY", "tradingsymbol": "NIFTY24NOV26F",
            "expiry": "24-NOV-2026", "open_sell_qty": 65, "open_buy_qty": 0,
        }  # fmt: skip
        span = orders.span_calculator([position])
        assert float(span["span"]) > float(span["exposure"]) > 0


class TestPrices:
    def test_quotes_of_what_is_traded_and_of_an_index(self, data: Any) -> None:
        share = data.quotes("NSE", "SBIN-EQ")
        assert (share["status"], share["token"], share["symbol_name"]) == ("SUCCESS", "3045", "SBIN")
        assert float(share["best_bid_price1"]) <= float(share["ltp"]) <= float(share["best_ask_price1"])
        assert "volume" not in data.quotes("NSE", "Nifty 50")

    def test_the_facts_of_a_security(self, data: Any) -> None:
        facts = data.security_information("NFO", NIFTY_CE)
        assert (facts["freeze_qty"], facts["expiry"]) == ("1950", "24-11-2026")

    def test_candles_with_and_without_open_interest(self, data: Any) -> None:
        start, end = datetime(2026, 11, 20, 9, 15), datetime(2026, 11, 20, 9, 17)
        share = list(data.historical_data("NSE", "SBIN-EQ", "minute", start, end))
        assert [row["datetime"].minute for row in share] == [15, 16, 17]
        assert all("oi" not in row and row["low"] <= row["close"] <= row["high"] for row in share)
        assert all(row["oi"] > 0 for row in data.historical_data("NFO", NIFTY_CE, "minute", start, end))

    def test_days_and_ticks(self, data: Any) -> None:
        start, end = datetime(2026, 11, 1), datetime(2026, 11, 20, 10, 15)
        days = list(data.historical_data("NSE", "Nifty 50", "day", start, end))
        assert days[0]["datetime"] == datetime(2026, 11, 2)
        ticks = list(data.historical_data("NSE", "SBIN-EQ", "tick", datetime(2026, 11, 20, 10, 14), end))
        assert ticks[-1]["ltp"] == float(data.quotes("NSE", "SBIN-EQ")["ltp"])

    def test_a_weekend_has_none(self, data: Any) -> None:
        start, end = datetime(2026, 11, 14), datetime(2026, 11, 15, 23, 59)
        with pytest.raises(Exception, match="No Data Found"):
            list(data.historical_data("NSE", "SBIN-EQ", "minute", start, end))
