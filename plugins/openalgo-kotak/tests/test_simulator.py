"""The simulator's gate: sessions, what is refused and how, rates, addresses, faults by name."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import time
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from openalgo_core.simulation import Simulation
from openalgo_kotak.simulator.envelopes import TEXTS

from .simulator_fixtures import BOOK, MPIN, ORDER, PLACE, TOKEN, UCC, Caller, simulated, taken

LOGIN, VALIDATE = "login/1.0/tradeApiLogin", "login/1.0/tradeApiValidate"
LIMITS = {"seg": "ALL", "exch": "ALL", "prod": "ALL"}
NO_DATA = {"stat": "Not_Ok", "errMsg": "No Data", "stCode": 5203}
BAD_SESSION = {"stat": "error in neo-login-check-api", "errMsg": "invalid session token", "stCode": 100022}


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as logged_in:
        yield logged_in


def claims_of(token: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


def logged_in_elsewhere(app: ASGIApp) -> ASGIApp:
    """The login comes from another address than everything else."""

    async def moved(scope: Scope, receive: Receive, send: Send) -> None:
        elsewhere = {"client": ("203.0.113.7", 50000)} if scope.get("path", "").startswith("/login/") else {}
        await app({**scope, **elsewhere}, receive, send)

    return moved


class TestSessions:
    def test_the_second_step_gives_another_pair_and_the_host(self, simulation: Simulation, caller: Caller) -> None:
        data = caller.log_in()
        assert (data["baseUrl"], data["kType"], data["ucc"]) == (simulation.url, "Trade", UCC)
        claims = claims_of(data["token"])
        assert (claims["scope"], claims["ucc"]) == (["Trade"], UCC)
        assert claims["exp"] == 1795199400, "21 November 2026, 00:00 IST"

    def test_the_end_of_a_session_can_be_set(self) -> None:
        with simulated(session_ends=time(12)) as running, Caller(running) as caller:
            running.setup.clock.sleep(7200)
            assert caller.get(BOOK).json() == BAD_SESSION

    @pytest.mark.parametrize("missing", ["mobileNumber", "ucc", "totp"])
    def test_a_missing_field_is_named_with_a_capital(self, missing: str, caller: Caller) -> None:
        answer = caller.json(LOGIN, {name: value for name, value in caller.person().items() if name != missing})
        message = f"Missing required field '{missing[0].upper()}{missing[1:]}'"
        assert (answer.status_code, answer.json()) == (400, {"error": [{"code": "400", "message": message}]})

    @pytest.mark.parametrize("key", ["your_kotak_consumer_key", "your_api_key_here"])
    def test_the_values_of_set_up_pages_open_it(self, key: str, caller: Caller) -> None:
        caller.headers["Authorization"] = key.replace("_key", "_secret")
        assert caller.json(LOGIN, caller.person(ucc=key)).json()["data"]["kType"] == "View"
        caller.headers["Authorization"] = TOKEN
        assert caller.json(LOGIN, caller.person(ucc=key)).json()["errorCode"] == "401", "nobody else's token"

    def test_a_view_token_does_not_trade(self, caller: Caller) -> None:
        view = caller.json(LOGIN, caller.person()).json()["data"]
        caller.headers |= {"Auth": view["token"], "Sid": view["sid"]}
        answer = caller.get(BOOK)
        assert (answer.status_code, answer.json()["stCode"]) == (403, 100021)

    def test_a_trade_token_is_no_first_factor(self, caller: Caller) -> None:
        assert caller.json(VALIDATE, {"mpin": MPIN}).json()["stCode"] == 100021

    def test_token_and_sid_belong_together(self, caller: Caller) -> None:
        first = dict(caller.headers)
        caller.log_in()
        caller.headers["Sid"] = first["Sid"]
        assert caller.get(BOOK).json() == BAD_SESSION
        caller.headers = first
        assert caller.get(BOOK).json() == NO_DATA, "an earlier session goes on living"

    @pytest.mark.parametrize(("status", "header"), [(200, "Auth"), (401, "Sid"), (403, "Auth")])
    def test_a_session_is_refused_with_the_status_that_was_chosen(self, status: int, header: str) -> None:
        with simulated(session_status=status) as running, Caller(running) as caller:
            del caller.headers[header]
            answer = caller.get(BOOK)
            assert (answer.status_code, answer.json()) == (status, BAD_SESSION)

    def test_trading_needs_no_access_token_and_prices_nothing_else(self, caller: Caller) -> None:
        del caller.headers["Authorization"]
        assert caller.get(BOOK).json() == NO_DATA
        caller.headers = {"Authorization": TOKEN}
        quotes = "script-details/1.0/quotes/neosymbol/nse_cm|3045/ltp"
        assert caller.get(quotes).status_code == 200
        caller.headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = caller.get(quotes)
        assert (answer.status_code, answer.json()["stCode"]) == (401, 100008)


class TestStrictness:
    @pytest.mark.parametrize(
        ("method", "path", "surprise"),
        [
            ("GET", PLACE, "no such call (405)"),
            ("GET", "quick/user/order", "no such call (404)"),
            ("GET", f"{BOOK}/", "no such call (404)"),
            ("GET", f"{BOOK}?sid=1", "has no query"),
            ("POST", PLACE, "content-type"),
        ],
    )
    def test_what_is_undocumented_is_refused_loudly(
        self, method: str, path: str, surprise: str, simulation: Simulation, caller: Caller
    ) -> None:
        assert caller.send(method, path).status_code >= 400
        assert surprise in taken(simulation)

    @pytest.mark.parametrize(
        ("data", "surprise"),
        [
            ("am=NO", "one form field jData"),
            ("jData=%7B%7D&other=1", "one form field jData"),
            ("jData=five", "no JSON object"),
            ("jData=%5B%5D", "no JSON object"),
            ('jData={"seg":"ALL","exch":"ALL","prod":"ALL","colour":"red"}', "unknown fields: colour"),
            ('jData={"seg":"ALL","exch":"ALL","prod":5}', "prod is int"),
        ],
    )
    def test_a_form_has_one_field(self, data: str, surprise: str, simulation: Simulation, caller: Caller) -> None:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = caller.send("POST", "quick/user/limits", data, form)
        assert (answer.status_code, answer.json()["stat"]) == (400, "Not_Ok")
        assert surprise in taken(simulation)

    @pytest.mark.parametrize("blank", ["+", "%20", ""])
    def test_blanks_may_be_written_either_way(self, blank: str, caller: Caller) -> None:
        data = f'jData={{"seg":{blank}"ALL",{blank}"exch":{blank}"ALL","prod":"ALL"}}'
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert caller.send("POST", "quick/user/limits", data, form).json()["stat"] == "Ok"

    def test_the_login_needs_its_key(self, simulation: Simulation, caller: Caller) -> None:
        del caller.headers["neo-fin-key"]
        assert caller.json(LOGIN, caller.person()).status_code == 400
        assert "neo-fin-key" in taken(simulation)


class TestAddresses:
    def test_orders_come_from_registered_addresses_only(self) -> None:
        with simulated(registered_ip="203.0.113.7") as running, Caller(running) as caller:
            for path, values in ((PLACE, ORDER), ("quick/order/cancel", {"on": "1", "am": "NO"})):
                assert caller.form(path, values).json() == {
                    "stat": "Not_Ok", "emsg": "unauthorized", "stCode": 100008,
                }  # fmt: skip
            assert caller.get(BOOK).json() == NO_DATA, "everything else does from anywhere"

    def test_a_session_of_another_address_does_not_order(self) -> None:
        with simulated(around=logged_in_elsewhere) as running, Caller(running) as caller:
            assert caller.form(PLACE, ORDER).json() == {
                "stat": "Not_Ok", "emsg": "session ip doesnt match with reqest ip", "stCode": 1037,
            }  # fmt: skip
            assert caller.get(BOOK).json() == NO_DATA


class TestRates:
    def test_ten_orders_a_second_together(self) -> None:
        with simulated(enforce_rate_limits=True) as running, Caller(running) as caller:
            ids = [caller.place() for _ in range(9)]
            assert caller.form("quick/order/cancel", {"on": ids[0], "am": "NO"}).status_code == 200
            answer = caller.form(PLACE, ORDER)
            assert (answer.status_code, answer.headers["Retry-After"], answer.headers["X-RateLimit-Limit"]) == (
                429, "1", "10",
            )  # fmt: skip
            assert len(caller.rows()) == 9, "a throttled order is not executed"
            running.setup.clock.sleep(1)
            caller.place()

    def test_twenty_five_a_second_of_each_other_call(self) -> None:
        with simulated(enforce_rate_limits=True, rate_scale=10) as running, Caller(running) as caller:
            assert [caller.get(BOOK).status_code for _ in range(26)] == [200] * 25 + [429]
            assert caller.get("quick/user/trades").status_code == 200
            running.setup.clock.sleep(0.1)
            assert caller.get(BOOK).status_code == 200


class TestFaultsByName:
    @pytest.mark.parametrize("code", TEXTS)
    def test_every_code_can_be_had_instead_of_booking(self, code: int, simulation: Simulation, caller: Caller) -> None:
        simulation.fault(f"broker={code}@place")
        answer = caller.form(PLACE, ORDER)
        text, key = TEXTS[code]
        assert (answer.json()["stCode"], answer.json()[key]) == (code, text)
        assert answer.status_code == (code if code in (422, 424) else 200)
        assert caller.rows() == []

    def test_a_code_after_booking(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=1005@place:after")
        assert caller.form(PLACE, ORDER).json()["stCode"] == 1005
        assert len(caller.rows()) == 1

    def test_a_session_expires_and_stays_so(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=expired@place")
        for _ in range(2):
            assert caller.form(PLACE, ORDER).json() == BAD_SESSION
        caller.log_in()
        assert caller.rows() == []

    @pytest.mark.parametrize("stage", ["before", "after"])
    def test_a_yes_without_a_number(self, stage: str, simulation: Simulation, caller: Caller) -> None:
        simulation.fault(f"broker=no-id@place:{stage}")
        assert caller.form(PLACE, ORDER).json() == {"stat": "Ok", "stCode": 200}
        assert len(caller.rows()) == (stage == "after")

    def test_books_in_other_wrappings(self, simulation: Simulation, caller: Caller) -> None:
        order_id = caller.place()
        simulation.fault(f"broker=null-data@{BOOK}", "broker=wrapped@history")
        assert caller.get(BOOK).json() == {"stat": "Ok", "stCode": 200, "data": None}
        answer = caller.form("quick/order/history", {"nOrdNo": order_id}).json()
        assert answer["data"]["data"][0]["ordSt"] == "open"

    def test_a_position_without_a_price_and_a_quote_without_a_row(self, simulation: Simulation, caller: Caller) -> None:
        caller.place(pt="MKT", pr="0")
        simulation.fault("broker=zero-ltp@positions", "broker=incomplete@neosymbol")
        (position,) = caller.rows("portfolio/v2/positions")
        assert position["ltp"] == "0.00"
        rows = caller.get("script-details/1.0/quotes/neosymbol/nse_cm|3045,nse_cm|1594/ltp").json()
        assert [row["exchange_token"] for row in rows] == ["1594"]

    @pytest.mark.parametrize("state", ["put order req received", "validation pending", "open pending"])
    def test_an_order_stays_in_flight_whatever_the_market_does(
        self, state: str, simulation: Simulation, caller: Caller
    ) -> None:
        simulation.fault(f"broker={state}@place")
        order_id = caller.place(pt="MKT", pr="0")
        simulation.setup.clock.sleep(3600)
        (row,) = caller.rows()
        assert (row["ordSt"], row["fldQty"], row["exOrdId"]) == (state, 0, "NA")
        caller.form("quick/order/cancel", {"on": order_id, "am": "NO"})
        assert caller.rows()[0]["ordSt"] == "cancelled"

    def test_an_order_is_rejected_in_the_book_whatever_it_says(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=rejected-in-book@place")
        caller.place(ig="unlucky")
        (row,) = caller.rows()
        assert (row["ordSt"], row["rejRsn"], row["GuiOrdId"], row["prc"]) == (
            "rejected", "ADAPTER is down", "unlucky", "800.00",
        )  # fmt: skip

    def test_a_name_that_nobody_plays_is_a_surprise(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=moonlight")
        caller.get(BOOK)
        assert "moonlight" in taken(simulation)
