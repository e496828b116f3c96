"""The simulator's gate: signatures, strictness, limits, sessions, faults by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openalgo_core.secrets import Secret
from openalgo_core.simulation import TEST_ACCOUNT, Simulation
from openalgo_icici.simulator.envelopes import SENTENCES, Refusal
from openalgo_icici.simulator.limits import RateLimits

from .simulator_fixtures import ITC, NIFTY_CALL, ORDER, TODAY, V1, Caller, StandingClock, simulated, taken

INVALID_CHECKSUM = {"Status": 5, "Error": "Authentication Fail :: Invalid Checksum."}
NO_DATA = {"Success": None, "Status": 200, "Error": "No Data Found"}
BOOK = {"exchange_code": "NSE", **TODAY}
PER_MINUTE = "Limit exceed: API call per minute:Try after some time"
ONE_DAY = {"from_date": "2026-07-30T00:00:00.000Z", "to_date": "2026-07-30T23:59:59.000Z"}
ONE_ORDER = '{"exchange_code":"NSE","order_id":"20260730N300001234"}'


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as logged_in:
        yield logged_in


class TestSignatures:
    @pytest.mark.parametrize(
        ("method", "path", "body", "checksum"),
        [
            ("GET", "funds", "{}", "45ff5c1863393d6abd9fbfe9f83817671b2278067c3848c70f335177e4a9a7f9"),
            ("GET", "order", ONE_ORDER, "5e39717d4c556c8313304274f7e990db47655ddd64b3186cfee58be66f031586"),
            ("DELETE", "order", ONE_ORDER, "5e39717d4c556c8313304274f7e990db47655ddd64b3186cfee58be66f031586"),
            (
                "GET",
                "portfolioholdings",
                '{"exchange_code":"NSE"}',
                "55c51c0e4657788f734ebba720edc141bd632115a9b0561bba40e920a0e303a4",
            ),
            (
                "GET",
                "quotes",
                '{"stock_code":"ITC","exchange_code":"NSE","product_type":"cash"}',
                "1c30ce0ce35464d553fb68525ab66dd395d144b5cd3fa3f2b0f4a613204e7095",
            ),
            (
                "POST",
                "order",
                '{"stock_code":"ITC","exchange_code":"NSE","product":"cash","action":"buy","order_type":"limit",'
                '"quantity":"1","price":"300","validity":"day","settlement_id":"","order_segment_code":"","lots":"",'
                '"user_remark":"r1"}',
                "a46103aaad329ff458d03434a9a72a25ee5c35c8d2c09b570bce9256467fa17e",
            ),
            (
                "GET",
                "historicalcharts",
                '{"interval":"day","from_date":"2026-07-01T00:00:00.000Z","to_date":"2026-07-30T00:00:00.000Z",'
                '"stock_code":"ITC","exchange_code":"NSE","product_type":"cash"}',
                "f74bd62d914779b3eb53764da59cc968412f354aff188c12c8f47412b0b804c8",
            ),
        ],
    )
    def test_recorded_requests_of_the_official_client_pass(
        self, method: str, path: str, body: str, checksum: str
    ) -> None:
        account = replace(TEST_ACCOUNT, api_key=Secret("demo+app=key"), api_secret=Secret("demo-secret"))
        at = datetime(2026, 11, 20, 16, 55, 28, tzinfo=UTC)
        with simulated(at=at, account=account) as running, Caller(running, "demo+app=key", "demo-secret") as caller:
            headers = {
                "Content-Type": "application/json",
                "X-Checksum": f"token {checksum}",
                "X-Timestamp": "2026-11-20T16:55:28.000Z",
                "X-AppKey": "demo+app=key",
                "X-SessionToken": caller.token,
            }
            answer = caller.send(method, f"{V1}/{path}", body, headers).json()
            assert answer["Status"] != 5
            spoilt = caller.send(method, f"{V1}/{path}", f"{body} ", headers).json()
            assert spoilt == INVALID_CHECKSUM, "one space more is another body"

    @pytest.mark.parametrize(("seconds", "accepted"), [(60, True), (-60, True), (61, False), (-61, False)])
    def test_a_clock_may_be_a_minute_off(self, seconds: float, accepted: bool, caller: Caller) -> None:
        answer = caller.send("GET", f"{V1}/funds", "{}", caller.signed("{}", seconds)).json()
        assert (answer != INVALID_CHECKSUM) is accepted

    @pytest.mark.parametrize(
        "header",
        [
            {"X_Checksum": "token " + "0" * 64},
            {"X_Checksum": "0" * 64},
            {"X_Timestamp": "2026-11-20T04:45:00Z"},
            {"X_Timestamp": "2026-11-20T10:15:00.000Z"},
        ],
    )
    def test_a_wrong_signature_is_one_sentence_whatever_is_wrong(self, header: dict[str, str], caller: Caller) -> None:
        assert caller.call("GET", "funds", **header) == INVALID_CHECKSUM

    def test_the_gateways_own_refusals_may_be_401(self) -> None:
        with simulated(gateway_status=401) as running, Caller(running) as caller:
            caller.secret = "another"
            answer = caller.answer("GET", "funds")
            assert (answer.status_code, answer.json()) == (401, INVALID_CHECKSUM)


class TestTheGate:
    @pytest.mark.parametrize("name", ["Content-Type", "X-Checksum", "X-Timestamp", "X-AppKey"])
    def test_every_header_is_needed(self, name: str, caller: Caller, simulation: Simulation) -> None:
        answer = caller.call("POST", "order", ORDER, **{name.replace("-", "_"): None})
        assert (answer["Success"], answer["Status"]) == (None, 500)
        assert f"header {name.lower()}" in taken(simulation)

    @pytest.mark.parametrize(
        ("headers", "sentence"),
        [
            ({"X_AppKey": "nobodys"}, "Public Key does not exist."),
            ({"X_SessionToken": None}, "Invalid session."),
            ({"X_SessionToken": "QTEyMzQ1NjoxMjM0NTY3OA=="}, "Invalid session."),
            ({"X_AppKey": "your_api_key_here"}, "Invalid session."),
        ],
    )
    def test_a_call_needs_a_key_and_a_session_of_that_key(
        self, headers: dict[str, str | None], sentence: str, caller: Caller
    ) -> None:
        answer = caller.call("GET", "funds", **headers)
        assert (answer["Success"], answer["Error"]) == (None, sentence)

    def test_orders_come_from_the_registered_address_only(self) -> None:
        with simulated(registered_ip="203.0.113.7") as running, Caller(running) as caller:
            for method, body in (("POST", ORDER), ("PUT", {}), ("DELETE", {})):
                body = body or {"exchange_code": "NSE", "order_id": "20261120N300000001"}
                assert "registered static IP" in caller.call(method, "order", body)["Error"]
            assert caller.call("GET", "order", BOOK) == NO_DATA
            running.setup.registered_ip = "127.0.0.1"
            assert caller.place()["Status"] == 200

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", f"{V1}/orders", 404),
            ("GET", f"{V1}/order/", 404),
            ("PATCH", f"{V1}/order", 405),
            ("POST", f"{V1}/gttorder", 404),
            ("POST", f"{V1}/funds", 405),
        ],
    )
    def test_an_unknown_path_is_a_surprise(
        self, method: str, path: str, status: int, caller: Caller, simulation: Simulation
    ) -> None:
        assert caller.send(method, path, "{}").status_code == status
        assert f"{method} {path}: no such call" in taken(simulation)

    @pytest.mark.parametrize(
        ("body", "what"),
        [
            (ORDER | {"comment": "x"}, "unknown in the request: comment"),
            (ORDER | {"order_type_fresh": "limit"}, "unknown in the request: order_type_fresh"),
            (ORDER | {"quantity": True}, "quantity is bool"),
            (ORDER | {"stock_code": None}, "stock_code is NoneType"),
            ([], "no JSON object"),
        ],
    )
    def test_a_body_outside_the_documentation_books_nothing(
        self, body: object, what: str, caller: Caller, simulation: Simulation
    ) -> None:
        assert caller.call("POST", "order", body)["Status"] == 500
        assert what in taken(simulation)
        assert caller.book() == []

    def test_a_body_is_needed_even_where_there_is_nothing_to_say(self, caller: Caller, simulation: Simulation) -> None:
        assert caller.send("GET", f"{V1}/funds", None, caller.signed("")).json()["Status"] == 500
        assert "no JSON object" in taken(simulation)

    def test_a_query_is_no_part_of_the_first_version(self, caller: Caller, simulation: Simulation) -> None:
        assert caller.call("GET", "funds?x=1")["Status"] == 500
        assert "no query" in taken(simulation)

    def test_the_second_version_has_no_body(self, caller: Caller, simulation: Simulation) -> None:
        assert list(caller.candles()) == ["Error", "Status", "Success"]
        headers = {"Content-Type": "application/json", "X-SessionToken": caller.token, "apikey": caller.api_key}
        answer = caller.send("GET", "/api/v2/historicalcharts?interval=1minute", "{}", headers).json()
        assert answer["Status"] == 500
        assert "without a body" in taken(simulation)

    def test_a_fault_of_the_simulators_own_is_loud(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        with simulated() as running, Caller(running) as caller:
            monkeypatch.setattr(running.setup.exchange, "account", lambda _: 1 / 0)
            assert caller.answer("GET", "funds").status_code == 500
            assert "ZeroDivisionError" in taken(running)
        assert "ZeroDivisionError" in caplog.text, "the server has it in its log"


class TestLimits:
    def test_a_hundred_calls_a_minute_the_login_counted(self) -> None:
        with simulated(enforce_rate_limits=True) as running, Caller(running) as caller:
            answers = [caller.call("GET", "funds")["Status"] for _ in range(99)]
            assert set(answers) == {200}
            assert caller.call("GET", "funds") == {"Status": 5, "Error": PER_MINUTE}
            assert caller.candles()["Error"] == PER_MINUTE
            assert caller.customer_details()["Error"] == PER_MINUTE
            running.setup.clock.sleep(60)
            assert caller.call("GET", "funds")["Status"] == 200

    def test_ten_writes_a_second_and_a_throttled_order_is_not_booked(self) -> None:
        with simulated(enforce_rate_limits=True) as running, Caller(running) as caller:
            first = caller.placed()
            for _ in range(8):
                caller.placed()
            assert caller.call("DELETE", "order", {"exchange_code": "NSE", "order_id": first})["Status"] == 200
            assert caller.place()["Error"].startswith("Limit exceed")
            assert len(caller.book()) == 9
            running.setup.clock.sleep(1)
            caller.placed()

    def test_a_day_has_five_thousand(self) -> None:
        clock = StandingClock()
        limits = RateLimits(clock, scale=1)
        for _ in range(5000):
            limits.count("A", write=False)
            clock.advance(1)
        with pytest.raises(Refusal) as refusal:
            limits.count("A", write=False)
        assert (refusal.value.text, refusal.value.bare) == ("Limit exceed: API call per day: ", False)
        limits.count("B", write=False)
        clock.advance(86400)
        limits.count("A", write=False)

    def test_scale_shortens_every_window(self) -> None:
        clock = StandingClock()
        limits = RateLimits(clock, scale=10)
        assert self._accepted(limits, 101) == 100
        clock.advance(5.9)
        assert self._accepted(limits, 1) == 0
        clock.advance(6)
        assert self._accepted(limits, 1) == 1

    @given(st.lists(st.floats(0, 1), min_size=1, max_size=150))
    def test_no_minute_ever_holds_more_than_a_hundred(self, pauses: list[float]) -> None:
        clock = StandingClock()
        limits = RateLimits(clock, scale=1)
        admitted: list[float] = []
        for pause in pauses:
            clock.advance(pause)
            if self._accepted(limits, 1):
                admitted.append(clock.monotonic())
        for place in range(len(admitted) - 100):
            assert admitted[place + 100] - admitted[place] >= 60

    @staticmethod
    def _accepted(limits: RateLimits, times: int) -> int:
        accepted = 0
        for _ in range(times):
            try:
                limits.count("A", write=False)
            except Refusal:
                continue
            accepted += 1
        return accepted


class TestSessions:
    def test_customer_details_may_be_asked_for_again(self, caller: Caller) -> None:
        again = caller.customer_details()["Success"]
        assert again["session_token"] == caller.token
        assert again["exg_trade_date"] == dict.fromkeys(("NSE", "BSE", "FNO", "NDX"), "20-Nov-2026")

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"SessionToken": "12345678"}, "Invalid session."),
            ({"AppKey": "nobodys"}, "Public Key does not exist."),
            ({"AppKey": "your_api_key_here"}, "Invalid session."),
            ({"SessionToken": ""}, "API Session cannot be empty"),
        ],
    )
    def test_what_customer_details_refuses(self, changes: dict[str, str], sentence: str, caller: Caller) -> None:
        answer = caller.customer_details(**changes)
        assert (answer["Success"], answer["Error"]) == (None, sentence)
        assert answer["Status"] != 200

    def test_a_session_lives_until_midnight(self, simulation: Simulation, caller: Caller) -> None:
        simulation.setup.clock.sleep(13 * 3600 + 44 * 60 + 59)
        assert caller.call("GET", "funds")["Status"] == 200, "23:59:59"
        simulation.setup.clock.sleep(1)
        expired = {"Success": None, "Status": 500, "Error": "Resource not available."}
        assert caller.call("GET", "funds") == expired
        assert caller.customer_details() == expired
        caller.log_in()
        assert caller.call("GET", "funds")["Status"] == 200

    def test_logging_in_again_leaves_the_first_session_alive(self, caller: Caller) -> None:
        first = caller.token
        caller.log_in()
        assert caller.token != first
        assert caller.call("GET", "funds", X_SessionToken=first)["Status"] == 200


class TestFaultsByName:
    @pytest.mark.parametrize("name", sorted(SENTENCES))
    def test_every_sentence_can_be_asked_for(self, name: str, simulation: Simulation, caller: Caller) -> None:
        simulation.fault(f"broker={name}@order", f"broker={name}@order:after")
        text, status = SENTENCES[name]
        for _ in range(2):
            answer = caller.place()
            assert (answer["Error"], answer["Status"]) == (text, status)
            assert answer.get("Success") is None
        assert len(caller.book()) == 1, "only the second time it was booked"

    def test_a_fault_may_name_the_method_of_a_path(self, simulation: Simulation, caller: Caller) -> None:
        order_id = caller.placed()
        simulation.fault("broker=no-data@DELETE /breezeapi")
        assert caller.row(order_id)["status"] == "Ordered"
        cancel = {"exchange_code": "NSE", "order_id": order_id}
        assert caller.call("DELETE", "order", cancel)["Error"] == "No Data Found"
        assert caller.call("DELETE", "order", cancel)["Status"] == 200

    def test_a_session_expires_and_stays_so(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=expired@order")
        for _ in range(2):
            assert caller.place()["Error"] == "Resource not available."
        caller.log_in()
        assert caller.book() == []

    @pytest.mark.parametrize(
        ("name", "body"),
        [("null-body", None), ("success-null", {"Success": None, "Status": 200, "Error": None})],
    )
    def test_answers_that_say_nothing(self, name: str, body: Any, simulation: Simulation, caller: Caller) -> None:
        simulation.fault(f"broker={name}@order", f"broker={name}@order:after")
        assert [caller.place(), caller.place()] == [body, body]
        assert len(caller.book()) == 1

    @pytest.mark.parametrize(
        ("name", "status", "pending"),
        [("rejected-in-book", "Rejected", "5"), ("requested", "Requested", "0"), ("queued", "Queued", "0"),
         ("freezed", "Freezed", "0")],
    )  # fmt: skip
    def test_an_order_meets_its_fate_whatever_it_says(
        self, name: str, status: str, pending: str, simulation: Simulation, caller: Caller
    ) -> None:
        simulation.fault(f"broker={name}")
        row = caller.row(caller.placed())
        assert (row["status"], row["pending_quantity"], row["exchange_order_id"]) == (status, pending, None)
        assert (row["quantity"], row["average_price"], row["stock_code"]) == ("5", "0", "ITC")
        assert caller.row(caller.placed())["status"] == "Ordered"

    def test_a_name_that_nobody_plays_is_a_surprise(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=moonlight", "broker=queued@quotes")
        caller.call("GET", "funds")
        assert "moonlight" in taken(simulation)
        caller.call("GET", "quotes", ITC)
        assert "queued" in taken(simulation)


def test_a_derivative_is_found_by_any_spelling_of_its_expiry(caller: Caller) -> None:
    spellings = ("2026-11-24T00:00:00.000Z", "2026-11-24T06:00:00.00Z", "24-Nov-2026", "24-NOV-2026")
    for expiry in spellings:
        answer = caller.call("GET", "quotes", NIFTY_CALL | {"product_type": "options", "expiry_date": expiry})
        assert answer["Success"][0]["expiry_date"] == "24-Nov-2026"
    answer = caller.call("GET", "quotes", NIFTY_CALL | {"product_type": "options", "expiry_date": "24-11-2026"})
    assert answer["Error"] == "expiry_date is not a valid date"
