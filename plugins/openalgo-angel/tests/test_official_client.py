"""Angel One's own Python client, unmodified but for the root of its URLs, against the simulator.

Needs `smartapi-python`, and `logzero` and `websocket-client`, which it imports without declaring them.
"""

from __future__ import annotations

import importlib.util
import logging
import socket
import warnings
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from openalgo_core.simulation import SEED_API_KEY, TEST_ACCOUNT, Simulation

from .simulator_fixtures import contract_of, simulated, totp

_MISSING = [name for name in ("SmartApi", "logzero", "websocket") if importlib.util.find_spec(name) is None]
if _MISSING:
    # A failure, not a skip: without this module nothing proves what goes on Angel One's wire.
    pytest.fail(
        f"The official client is not installed ({', '.join(_MISSING)} missing): pip install 'openalgo-angel[testing]', "
        "or smartapi-python logzero websocket-client.",
        pytrace=False,
    )

SBIN = {"exchange": "NSE", "tradingsymbol": "SBIN-EQ", "symboltoken": "3045"}
NIFTY_CE = {"exchange": "NFO", "tradingsymbol": "NIFTY23NOV2625000CE", "symboltoken": "40701"}
PIN = TEST_ACCOUNT.pin.reveal()


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`import SmartApi` asks a site for the public IP, without a time-out, and SmartConnect writes `logs/` where it
    is run: both are kept from leaving this test."""
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
        assert running.setup.surprises == []


@pytest.fixture
def client(simulation: Simulation, no_network: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Not logged in yet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the package does is its own affair
        logzero, smart = importlib.import_module("logzero"), importlib.import_module("SmartApi").SmartConnect
        # individual_order_details reads the class, whatever root the object was given.
        monkeypatch.setattr(smart, "_rootUrl", simulation.url)
        monkeypatch.setattr(smart, "_login_url", f"{simulation.url}/publisher-login")
        made = smart(api_key=TEST_ACCOUNT.api_key.reveal(), root=simulation.url)
    yield made
    for handler in logzero.logger.handlers:
        if isinstance(handler, logging.FileHandler):
            handler.close()  # logzero forgets to
    logzero.logfile(None)


@pytest.fixture
def user(client: Any, simulation: Simulation) -> Any:
    """Logged in."""
    profile = client.generateSession(TEST_ACCOUNT.user_id, PIN, totp(simulation))
    assert profile["status"] is True
    return client


def order(**changes: str) -> dict[str, str]:
    """A limit order that rests: far below the market."""
    return (
        SBIN
        | {
            "variety": "NORMAL",
            "transactiontype": "BUY",
            "ordertype": "LIMIT",
            "producttype": "INTRADAY",
            "duration": "DAY",
            "price": "800.00",
            "squareoff": "0",
            "stoploss": "0",
            "quantity": "5",
        }
        | changes
    )


def only_row(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["status"] is True
    (row,) = answer["data"]
    assert isinstance(row, dict)
    return row


class TestSessions:
    def test_logging_in_gives_three_tokens_and_the_profile(self, client: Any, simulation: Simulation) -> None:
        data = client.generateSession(TEST_ACCOUNT.user_id, PIN, totp(simulation))["data"]
        assert (data["clientcode"], data["name"]) == (TEST_ACCOUNT.user_id, TEST_ACCOUNT.name)
        assert data["jwtToken"] == f"Bearer {client.access_token}"
        assert len({client.access_token, client.refresh_token, client.feed_token}) == 3
        assert "nse_fo" in data["exchanges"]

    @pytest.mark.parametrize(
        ("pin", "steps", "code", "message"),
        [
            (PIN, 2, "AB1050", "Invalid totp"),
            (PIN, -2, "AB1050", "Invalid totp"),
            ("0000", 0, "AB1007", "Login Id or password is invalid"),
        ],
    )
    def test_a_wrong_pin_or_code_is_refused(
        self, pin: str, steps: int, code: str, message: str, client: Any, simulation: Simulation
    ) -> None:
        answer = client.generateSession(TEST_ACCOUNT.user_id, pin, totp(simulation, steps))
        assert (answer["status"], answer["errorcode"], answer["message"]) == (False, code, message)
        assert client.access_token is None

    def test_the_key_of_the_set_up_page_opens_it_and_an_unknown_one_does_not(
        self, client: Any, simulation: Simulation
    ) -> None:
        client.privateKey = SEED_API_KEY
        assert client.generateSession(TEST_ACCOUNT.user_id, PIN, totp(simulation))["status"] is True
        client.privateKey = "nobodys"
        assert client.orderBook() == {
            "success": False, "message": "Invalid API Key", "errorCode": "AG8004", "data": "",
        }  # fmt: skip

    def test_a_session_ends_at_midnight_and_is_renewed(self, user: Any, simulation: Simulation) -> None:
        old = user.access_token
        simulation.setup.clock.sleep(13 * 3600 + 44 * 60)
        assert user.rmsLimit()["status"] is True, "23:59"
        simulation.setup.clock.sleep(120)
        assert user.rmsLimit()["errorCode"] == "AG8002"
        assert user.placeOrder(order()) is None

        assert user.generateToken(user.refresh_token)["status"] is True
        assert user.access_token != old
        assert user.rmsLimit()["status"] is True
        assert user.orderBook()["data"] is None, "nothing was booked with the dead token"

    def test_renewing_the_second_way_uses_the_refresh_token_up(self, user: Any) -> None:
        renewed = user.renewAccessToken()
        assert renewed["clientcode"] == TEST_ACCOUNT.user_id
        assert renewed["refreshToken"] != user.refresh_token
        answer = user._postRequest("api.token", {"refreshToken": user.refresh_token})
        assert (answer["status"], answer["errorcode"]) == (False, "AB8050")

    def test_logging_out_ends_the_session(self, user: Any) -> None:
        assert user.terminateSession(TEST_ACCOUNT.user_id) == {
            "status": True, "message": "SUCCESS", "errorcode": "", "data": "",
        }  # fmt: skip
        assert user.getProfile(user.refresh_token)["errorCode"] == "AG8001"

    def test_the_login_page_is_there(self, client: Any) -> None:
        page = requests.get(client.login_url(), timeout=5)
        assert page.status_code == 200
        assert 'name="totp"' in page.text


class TestOrders:
    def test_nothing_yet_is_null(self, user: Any) -> None:
        for read in (user.orderBook, user.tradeBook, user.position, user.holding, user.allholding):
            assert read() == {"status": True, "message": "SUCCESS", "errorcode": "", "data": None}

    def test_a_limit_order_rests_with_everything_that_was_said(self, user: Any) -> None:
        order_id = user.placeOrder(order(ordertag="t1", disclosedquantity="2"))
        assert order_id.startswith("261120")
        assert len(order_id) == 15
        row = only_row(user.orderBook())
        assert row["orderid"] == order_id
        assert (row["status"], row["orderstatus"], row["text"]) == ("open", "open", "")
        assert (row["price"], row["triggerprice"], row["averageprice"]) == (800.0, 0.0, 0.0)
        assert (row["quantity"], row["filledshares"], row["unfilledshares"]) == ("5", "0", "5")
        assert (row["ordertag"], row["disclosedquantity"], row["symboltoken"]) == ("t1", "2", "3045")
        assert (row["variety"], row["ordertype"], row["producttype"]) == ("NORMAL", "LIMIT", "INTRADAY")
        assert row["updatetime"] == "20-Nov-2026 10:15:00"

    def test_a_market_order_becomes_a_protected_limit_and_trades(self, user: Any) -> None:
        ltp = user.ltpData(**SBIN)["data"]["ltp"]
        answer = user.placeOrderFullResponse(order(ordertype="MARKET", price="0"))
        row = user.individual_order_details(answer["data"]["uniqueorderid"])["data"]
        assert (row["orderid"], answer["data"]["script"]) == (answer["data"]["orderid"], "SBIN-EQ")
        assert (row["status"], row["ordertype"]) == ("complete", "LIMIT")
        assert ltp < row["price"] <= ltp * 1.03
        assert row["averageprice"] == ltp

        trade = only_row(user.tradeBook())
        assert (trade["orderid"], trade["fillsize"], trade["transactiontype"]) == (row["orderid"], "5", "BUY")
        assert float(trade["fillprice"]) == ltp
        assert float(trade["tradevalue"]) == pytest.approx(5 * ltp)
        assert trade["filltime"] == "10:15:00"

    @pytest.mark.parametrize(("ordertype", "price"), [("STOPLOSS_LIMIT", "930.50"), ("STOPLOSS_MARKET", "0")])
    def test_stop_orders_wait_for_their_trigger(self, ordertype: str, price: str, user: Any) -> None:
        stop = order(variety="STOPLOSS", ordertype=ordertype, price=price, triggerprice="930.00")
        user.placeOrder(stop)
        row = only_row(user.orderBook())
        assert (row["variety"], row["ordertype"], row["status"]) == ("STOPLOSS", ordertype, "trigger pending")
        assert (row["price"], row["triggerprice"]) == (float(price), 930.0)

    def test_a_change_keeps_the_id_and_shows(self, user: Any) -> None:
        order_id = user.placeOrder(order())
        changed = {
            "variety": "NORMAL", "orderid": order_id, "ordertype": "LIMIT", "producttype": "INTRADAY",
            "duration": "DAY", "price": "801.00", "quantity": "7", **SBIN,
        }  # fmt: skip
        answer = user.modifyOrder(changed)
        row = only_row(user.orderBook())
        assert answer["data"] == {"orderid": order_id, "uniqueorderid": row["uniqueorderid"]}
        assert (row["price"], row["quantity"]) == (801.0, "7")
        assert (row["status"], row["orderstatus"]) == ("modified", "open")

    def test_a_cancelled_order_stays_cancelled(self, user: Any) -> None:
        order_id = user.placeOrder(order())
        assert user.cancelOrder(order_id, "NORMAL")["data"]["orderid"] == order_id
        row = only_row(user.orderBook())
        assert (row["status"], row["cancelsize"]) == ("cancelled", "5")
        again = user.cancelOrder(order_id, "NORMAL")
        assert (again["status"], again["errorcode"]) == (False, "AB1013")

    def test_what_risk_management_refuses_shows_only_in_the_book(self, user: Any) -> None:
        order_id = user.placeOrder(order(quantity="99000", producttype="DELIVERY"))
        row = only_row(user.orderBook())
        assert (row["orderid"], row["status"], row["filledshares"]) == (order_id, "rejected", "0")
        assert "Insufficient funds" in row["text"]
        assert row["exchtime"] == ""

    def test_what_the_gate_refuses_is_not_booked(self, user: Any) -> None:
        answer = user.placeOrderFullResponse(order(ordertag="x" * 20))
        assert (answer["status"], answer["errorcode"], answer["data"]) == (False, "AB4008", None)
        assert user.placeOrder(order(symboltoken="2885")) is None, "the token of another share"
        assert user.orderBook()["data"] is None

    def test_a_broken_answer_after_booking_leaves_the_order_in_the_book(
        self, user: Any, simulation: Simulation
    ) -> None:
        simulation.fault("broker=data-null@placeOrder:after", "broker=AB1004@placeOrder:after")
        assert user.placeOrder(order(ordertag="one")) is None
        assert user.placeOrderFullResponse(order(ordertag="two"))["errorcode"] == "AB1004"
        assert [row["ordertag"] for row in user.orderBook()["data"]] == ["one", "two"]


class TestPortfolio:
    def test_a_position_is_all_text(self, user: Any) -> None:
        user.placeOrder(order(**NIFTY_CE, ordertype="MARKET", price="0", quantity="65", producttype="CARRYFORWARD"))
        row = only_row(user.position())
        assert all(type(value) is str for value in row.values())
        assert (row["tradingsymbol"], row["netqty"], row["lotsize"]) == ("NIFTY23NOV2625000CE", "65", "65")
        assert (row["strikeprice"], row["optiontype"], row["expirydate"]) == ("25000.0", "CE", "23NOV2026")
        assert float(row["buyamount"]) == pytest.approx(65 * float(row["avgnetprice"]))
        profit = 65 * (float(row["ltp"]) - float(row["avgnetprice"]))
        assert float(row["pnl"]) == pytest.approx(profit, abs=0.01)
        assert user.convertPosition(
            NIFTY_CE | {"oldproducttype": "CARRYFORWARD", "newproducttype": "INTRADAY", "transactiontype": "BUY",
                        "quantity": 65, "type": "DAY"}
        )["errorcode"] == "AB1017"  # fmt: skip

    def test_funds_give_back_what_the_exchange_knows(self, user: Any, simulation: Simulation) -> None:
        user.placeOrder(order(ordertype="MARKET", price="0"))
        data = user.rmsLimit()["data"]
        known = simulation.setup.exchange.account(TEST_ACCOUNT.user_id).funds()
        free = float(data["utilisedpayout"]) + float(data["utiliseddebits"])
        collateral = float(data["availablecash"]) - float(data["utilisedpayout"])
        assert free == pytest.approx(float(known.available_cash))
        assert collateral == pytest.approx(0)
        assert float(data["utiliseddebits"]) == pytest.approx(float(known.used_margin))
        assert known.used_margin > 0
        assert (data["m2mrealized"], data["m2munrealized"]) == ("0.00", "0.00")

    def test_holdings_come_plain_and_with_totals(self, user: Any, simulation: Simulation) -> None:
        account = simulation.setup.exchange.account(TEST_ACCOUNT.user_id)
        account.give_holding(contract_of(simulation, "NSE", "3045"), 20, Decimal(640))
        row = only_row(user.holding())
        assert (row["tradingsymbol"], row["quantity"], row["averageprice"]) == ("SBIN-EQ", 20, 640.0)
        assert row["profitandloss"] == pytest.approx(20 * (row["ltp"] - 640))
        everything = user.allholding()["data"]
        assert everything["holdings"] == [row]
        assert everything["totalholding"]["totalinvvalue"] == 12800

    def test_margin_of_two_legs(self, user: Any) -> None:
        legs = [
            {"exchange": "NFO", "qty": 65, "price": 0, "productType": "CARRYFORWARD", "token": token,
             "tradeType": action, "orderType": "MARKET"}
            for token, action in (("40701", "BUY"), ("35000", "SELL"))
        ]  # fmt: skip
        data = user.getMarginApi({"positions": legs})["data"]
        parts = data["marginComponents"]
        assert data["totalMarginRequired"] == pytest.approx(parts["netPremium"] + parts["spanMargin"])
        assert parts["spanMargin"] > parts["netPremium"] > 0


class TestMarket:
    def test_three_modes_of_quotes_agree(self, user: Any) -> None:
        wanted = {"NSE": ["3045", "99926000"], "NFO": ["40701"], "MCX": [""]}
        answers = {mode: user.getMarketData(mode, wanted)["data"] for mode in ("LTP", "OHLC", "FULL")}
        for mode, fields in (("LTP", 4), ("OHLC", 8)):
            assert {len(row) for row in answers[mode]["fetched"]} == {fields}
        for ltp, full in zip(answers["LTP"]["fetched"], answers["FULL"]["fetched"], strict=True):
            assert full.items() >= ltp.items()
        share, index, _ = answers["FULL"]["fetched"]
        assert share["low"] <= share["ltp"] <= share["high"]
        assert share["depth"]["buy"][0]["price"] < share["depth"]["sell"][0]["price"]
        assert len(share["depth"]["buy"]) == 5
        assert (index["tradingSymbol"], index["tradeVolume"]) == ("Nifty 50", 0)
        assert index["depth"] == {"buy": [], "sell": []}
        assert answers["FULL"]["unfetched"] == [
            {"exchange": "MCX", "symbolToken": "", "message": "Symbol token cannot be empty", "errorCode": "AB4018"}
        ]

    def test_more_than_fifty_tokens_are_refused(self, user: Any) -> None:
        assert user.getMarketData("LTP", {"NSE": ["3045"] * 50})["status"] is True
        assert user.getMarketData("LTP", {"NSE": ["3045"] * 30, "BSE": ["500112"] * 21})["errorcode"] == "AB1007"

    def test_the_last_price_is_the_quotes(self, user: Any) -> None:
        data = user.ltpData(**SBIN)["data"]
        quote = user.getMarketData("OHLC", {"NSE": ["3045"]})["data"]["fetched"][0]
        assert {key: data[key] for key in ("ltp", "open", "high", "low", "close")} == {
            key: quote[key] for key in ("ltp", "open", "high", "low", "close")
        }

    def test_candles_of_the_morning(self, user: Any) -> None:
        morning = {
            "exchange": "NSE",
            "symboltoken": "3045",
            "fromdate": "2026-11-20 09:15",
            "todate": "2026-11-20 10:00",
        }
        rows = user.getCandleData(morning | {"interval": "FIFTEEN_MINUTE"})["data"]
        assert [row[0] for row in rows] == [f"2026-11-20T{at}:00+05:30" for at in ("09:15", "09:30", "09:45", "10:00")]
        assert all(low <= min(first, last) <= max(first, last) <= high for _, first, high, low, last, _ in rows)
        assert all(row[5] > 0 for row in rows)

    def test_daily_candles_start_at_midnight(self, user: Any) -> None:
        days = {
            "exchange": "NSE",
            "symboltoken": "99926000",
            "fromdate": "2026-11-16 00:00",
            "todate": "2026-11-19 23:59",
        }
        rows = user.getCandleData(days | {"interval": "ONE_DAY"})["data"]
        assert [row[0] for row in rows] == [f"2026-11-{day}T00:00:00+05:30" for day in (16, 17, 18, 19)]
        assert {row[5] for row in rows} == {0}, "an index has no volume"

    @pytest.mark.parametrize(
        ("start", "end"), [("2026-11-20 10:00", "2026-11-20 09:15"), ("2026-10-01 00:00", "2026-11-01 00:00")]
    )
    def test_dates_the_wrong_way_round_or_too_far_apart(self, start: str, end: str, user: Any) -> None:
        wanted = {"exchange": "NSE", "symboltoken": "3045", "interval": "ONE_MINUTE", "fromdate": start, "todate": end}
        assert user.getCandleData(wanted)["errorcode"] == "AB1004"

    def test_open_interest_goes_with_the_candles(self, user: Any) -> None:
        wanted = {"exchange": "NFO", "symboltoken": "35000", "interval": "FIVE_MINUTE",
                  "fromdate": "2026-11-20 09:15", "todate": "2026-11-20 09:25"}  # fmt: skip
        rows = user.getOIData(wanted)["data"]
        assert [row["time"][11:16] for row in rows] == ["09:15", "09:20", "09:25"]
        assert all(row["oi"] > 0 for row in rows)

    def test_search_finds_by_the_beginning(self, user: Any) -> None:
        found = user.searchScrip("NFO", "NIFTY23NOV26")["data"]
        assert {row["symboltoken"] for row in found} == {"35000", "40701", "40702"}
        assert user.searchScrip("NSE", "NOSUCH")["data"] is None
