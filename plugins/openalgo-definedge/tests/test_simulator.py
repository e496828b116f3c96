"""The simulator's gate: how strict it is, its login, its limits, its sessions, its faults by name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openalgo_core.simulation import SEED_API_KEY, SEED_API_SECRET, Simulation
from openalgo_definedge.simulator.limits import RateLimits

from .simulator_fixtures import LOGIN, ORDER, OTP, Caller, StandingClock, proof, simulated, taken, totp

NO_ORDERS = {"status": "ERROR", "message": "No Orders Found"}
EXPIRED = {"status": "ERROR", "message": "Session Expired"}


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as logged_in:
        yield logged_in


class TestStepOne:
    def test_it_gives_a_token_and_says_where_the_code_went(self, caller: Caller) -> None:
        first, second = caller.ask(), caller.ask()
        assert first["message"].startswith("OTP is sent to mobile XXXXXX3210 and registered email id.")
        assert first["otp_token"] != second["otp_token"]

    @pytest.mark.parametrize(("token", "secret"), [("TESTKEY1", "wrong"), ("nobodys", "test-api-secret"), ("x", "")])
    def test_wrong_credentials_are_counted_inside_a_200(self, token: str, secret: str, caller: Caller) -> None:
        for left in (4, 3):
            assert caller.ask(token, secret) == {
                "error": "Invalid Credential",
                "error_description": f"You have {left} attempts left.",
            }
        assert "otp_token" in caller.ask()
        assert caller.ask(token, secret)["error_description"] == "You have 4 attempts left.", "counted anew"

    def test_with_no_attempts_left_the_right_ones_are_refused_too(self, caller: Caller) -> None:
        for _ in range(5):
            caller.ask(secret="wrong")  # that is the point
        assert caller.ask() == {"error": "Invalid Credential", "error_description": "You have 0 attempts left."}

    @pytest.mark.parametrize(
        ("token", "secret"),
        [("your_api_Token_here", "your_api_Secret_here"), (SEED_API_KEY, SEED_API_SECRET)],
    )
    def test_the_values_of_the_set_up_page_open_it(self, token: str, secret: str, caller: Caller) -> None:
        otp_token = caller.ask(token, secret)["otp_token"]
        fields = {"otp_token": otp_token, "otp": OTP, "ac": proof(otp_token, OTP, secret)}
        assert caller.post(f"{LOGIN}/token", fields).json()["stat"] == "Ok"


class TestStepTwo:
    def test_it_gives_two_keys_and_who_it_is(self, caller: Caller) -> None:
        keys = caller.log_in()
        assert (keys["uid"], keys["actid"], keys["uname"], keys["stat"]) == ("A123456", "A123456", "ASHA RAO", "Ok")
        assert keys["api_session_key"] != keys["susertoken"]
        assert keys["request_time"] == "10:15:00 20-11-2026"
        assert keys["prarr"][0] == {"prd": "C", "s_prdt_ali": "CNC", "exch": ["NSE", "BSE"]}

    @pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
    def test_an_authenticators_code_may_be_one_step_off(
        self, steps: int, right: bool, caller: Caller, simulation: Simulation
    ) -> None:
        token, code = caller.ask()["otp_token"], totp(simulation, steps)
        answer = caller.post(f"{LOGIN}/token", {"otp_token": token, "otp": code, "ac": proof(token, code)}).json()
        assert (answer["stat"] == "Ok") is right

    @pytest.mark.parametrize("ac", ["", "0" * 64, "upper"])
    def test_the_hash_is_verified_where_it_is_sent(self, ac: str, caller: Caller) -> None:
        token = caller.ask()["otp_token"]
        fields = {"otp_token": token, "otp": OTP}
        wrong = fields | {"ac": proof(token, OTP).upper() if ac == "upper" else ac}
        assert caller.post(f"{LOGIN}/token", wrong).json() == {"stat": "Not_Ok", "emsg": "Invalid OTP"}
        assert caller.post(f"{LOGIN}/token", fields).json()["stat"] == "Ok", "the documentation does not list it"

    def test_a_code_may_be_wrong_once(self, caller: Caller) -> None:
        token = caller.ask()["otp_token"]
        texts = [
            caller.post(f"{LOGIN}/token", {"otp_token": token, "otp": otp}).json()["emsg"]
            for otp in ("000000", "000000", OTP)
        ]
        assert texts == ["Invalid OTP", "Invalid OTP", "Invalid OTP Token"]

    def test_a_token_is_good_once_and_not_for_ever(self, caller: Caller, simulation: Simulation) -> None:
        used, late = caller.ask()["otp_token"], caller.ask()["otp_token"]
        assert caller.post(f"{LOGIN}/token", {"otp_token": used, "otp": OTP}).json()["stat"] == "Ok"
        simulation.setup.clock.sleep(15 * 60)
        for token in (used, late, "made-up"):
            answer = caller.post(f"{LOGIN}/token", {"otp_token": token, "otp": OTP})
            assert (answer.status_code, answer.json()["emsg"]) == (200, "Invalid OTP Token")

    def test_a_code_that_lost_its_quotes_is_a_surprise(self, caller: Caller, simulation: Simulation) -> None:
        token = caller.ask()["otp_token"]
        assert caller.post(f"{LOGIN}/token", {"otp_token": token, "otp": 123456}).status_code == 400
        assert "otp is int, not str" in taken(simulation)


class TestTheGate:
    @pytest.mark.parametrize("header", ["", "made-up", "Bearer {key}", "{key}x"])
    def test_a_call_needs_the_bare_living_key(self, header: str, caller: Caller) -> None:
        caller.headers["Authorization"] = header.format(key=caller.headers["Authorization"])
        answer = caller.get("orders")
        assert (answer.status_code, answer.json()) == (401, EXPIRED)
        assert answer.headers["content-type"] == "application/json"

    def test_the_key_of_the_stream_opens_no_call(self, caller: Caller) -> None:
        caller.headers["Authorization"] = caller.log_in()["susertoken"]
        assert caller.get("orders").status_code == 401

    def test_every_call_comes_from_the_registered_address_only(self) -> None:
        with simulated(registered_ip="203.0.113.7") as running, Caller(running) as caller:
            answer = caller.get("limits")
            assert (answer.status_code, answer.json()) == (401, {"status": "ERROR", "message": "Unauthorized"})
            assert caller.post("placeorder", ORDER).status_code == 401
            running.setup.registered_ip = "127.0.0.1"
            assert caller.get("orders").json() == NO_ORDERS

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/dart/v1/Orders"),
            ("GET", "/dart/v1/orders/"),
            ("POST", "/dart/v1/orders"),
            ("POST", "/dart/v1/cancel/26112000000001"),
            ("GET", "/dart/v1/gttorders"),
            ("GET", "/public/ncdex.zip"),
        ],
    )
    def test_an_unknown_path_is_a_surprise(
        self, method: str, path: str, caller: Caller, simulation: Simulation
    ) -> None:
        answer = caller.send(method, path, "{}" if method == "POST" else None)
        assert (answer.status_code, answer.json()["message"]) == (404, "Invalid URL")
        assert f"{method} {path}: no such call" in taken(simulation)

    @pytest.mark.parametrize(
        ("body", "what"),
        [
            (ORDER | {"comment": "x"}, "unknown in the body: comment"),
            (ORDER | {"tradingsymbol": 3045}, "tradingsymbol is int, not str"),
            (ORDER | {"quantity": None}, "quantity is NoneType"),
            (ORDER | {"price": True}, "price is bool"),
            ({key: value for key, value in ORDER.items() if key != "price"}, "missing in the body: price"),
            ([], "no JSON object"),
        ],
    )
    def test_a_body_outside_the_documentation_books_nothing(
        self, body: object, what: str, caller: Caller, simulation: Simulation
    ) -> None:
        answer = caller.post("placeorder", body)
        assert (answer.status_code, answer.json()["status"]) == (400, "ERROR")
        assert what in taken(simulation)
        assert caller.get("orders").json() == NO_ORDERS

    def test_json_is_said_to_be_json_and_is(self, caller: Caller, simulation: Simulation) -> None:
        assert caller.send("POST", "placeorder", "exchange=NSE").status_code == 400
        assert "content-type" in taken(simulation)
        json = {"Content-Type": "application/json"}
        assert caller.send("POST", "placeorder", "exchange=NSE", json).status_code == 400
        assert "no JSON object" in taken(simulation)

    def test_a_query_or_a_body_of_a_get_is_a_surprise(self, caller: Caller, simulation: Simulation) -> None:
        assert caller.get("orders?x=1").status_code == 400
        assert caller.send("GET", "orders", "{}").status_code == 400
        assert "query" in (said := taken(simulation))
        assert "a GET has no body" in said

    def test_a_fault_of_the_simulators_own_is_loud(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        with simulated() as running, Caller(running) as caller:
            monkeypatch.setattr(running.setup.exchange, "account", lambda _: 1 / 0)
            assert caller.get("orders").status_code == 500
            assert "ZeroDivisionError" in taken(running)
        assert "ZeroDivisionError" in caplog.text, "the server has it in its log"


class TestLimits:
    def test_ten_a_second_for_each_host(self) -> None:
        with simulated(enforce_rate_limits=True) as running, Caller(running) as caller:
            for _ in range(10):
                caller.place()
            answer = caller.post("placeorder", ORDER)
            assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
            assert answer.json() == {"status": "ERROR", "message": "Too Many Requests"}
            assert caller.get("/sds/history/NSE/3045/day/201120260000/201120262359").status_code == 200
            running.setup.clock.sleep(1)
            assert len(caller.get("orders").json()["orders"]) == 10, "a throttled order is not executed"

    def test_scale_shortens_the_second(self) -> None:
        clock = StandingClock()
        limits = RateLimits(clock, scale=10)
        assert [limits.admit("A", "data") for _ in range(11)] == [True] * 10 + [False]
        assert limits.admit("B", "data"), "each client has its own"
        clock.advance(0.1)
        assert limits.admit("A", "data")

    @given(st.lists(st.floats(0, 0.3), min_size=12, max_size=60))
    def test_no_second_ever_holds_more_than_ten(self, pauses: list[float]) -> None:
        clock = StandingClock()
        limits, admitted = RateLimits(clock, scale=1), list[float]()
        for pause in pauses:
            clock.advance(pause)
            if limits.admit("A", "integrate"):
                admitted.append(clock.monotonic())
        assert all(later - first >= 1 for first, later in zip(admitted, admitted[10:], strict=False))


class TestSessions:
    def test_keys_die_at_three_in_the_night(self, caller: Caller, simulation: Simulation) -> None:
        simulation.setup.clock.sleep(16 * 3600 + 44 * 60)
        assert caller.get("limits").status_code == 200, "02:59"
        simulation.setup.clock.sleep(60)
        assert caller.get("limits").status_code == 401

    def test_logging_in_again_leaves_the_first_key_alive(self, caller: Caller) -> None:
        first = caller.headers["Authorization"]
        caller.log_in()
        assert caller.headers["Authorization"] != first
        caller.headers["Authorization"] = first
        assert caller.get("orders").json() == NO_ORDERS


class TestFaultsByName:
    @pytest.mark.parametrize(
        ("name", "status", "body"),
        [
            ("session-expired", 200, EXPIRED),
            ("unregistered-ip", 401, {"status": "ERROR", "message": "Unauthorized"}),
            ("error", 200, {"status": "ERROR", "message": "Request could not be processed"}),
            ("failure", 200, {"status": "FAILURE", "message": "Request could not be processed"}),
            ("not-ok", 200, {"stat": "Not_Ok", "emsg": "Request could not be processed"}),
            ("no-id", 200, {"status": "SUCCESS"}),
        ],
    )
    def test_an_answer_instead_of_booking_or_after_it(
        self, name: str, status: int, body: object, simulation: Simulation, caller: Caller
    ) -> None:
        simulation.fault(f"broker={name}@placeorder", f"broker={name}@placeorder:after")
        for rows in (0, 1):
            answer = caller.post("placeorder", ORDER)
            assert (answer.status_code, answer.json()) == (status, body)
            assert len(caller.get("orders").json().get("orders", [])) == rows

    def test_a_session_expires_and_stays_so(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=expired@placeorder")
        for _ in range(2):
            assert caller.post("placeorder", ORDER).json() == EXPIRED
        caller.log_in()
        assert caller.get("orders").json() == NO_ORDERS

    def test_an_order_is_rejected_in_the_book_whatever_it_says(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=rejected-in-book")
        order_id = caller.place(remarks="unlucky")
        row = caller.row("orders", "orders")
        assert (row["order_id"], row["order_status"], row["remarks"]) == (order_id, "REJECTED", "unlucky")
        assert row["message"] == "RED:RMS:Blocked for all orders"
        assert (row["exchange_time"], row["pending_qty"]) == ("01-01-1980 00:00:00", "0")
        assert "exchange_orderid" not in row
        assert "filled_qty" not in row

    def test_a_margin_shortfall_may_be_told_at_once(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=rms@placeorder")
        assert caller.post("placeorder", ORDER).json()["message"].startswith("RED:Margin Shortfall:")

    def test_a_yes_in_the_raw_shape(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=noren@placeorder")
        answer = caller.post("placeorder", ORDER).json()
        assert answer == {"stat": "Ok", "norenordno": caller.row("orders", "orders")["order_id"]}

    def test_a_book_without_its_envelope(self, simulation: Simulation, caller: Caller) -> None:
        order_id = caller.place()
        simulation.fault("broker=bare-list@orders")
        assert [row["order_id"] for row in caller.get("orders").json()] == [order_id]

    def test_an_empty_window_may_be_nothing(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=empty-window@history")
        answer = caller.get("/sds/history/NSE/3045/day/201120260000/201120262359")
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"].startswith("text/csv")

    def test_a_locked_account_gets_no_code(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=locked@/login/")
        assert caller.ask()["error"] == "Account Locked"

    def test_a_name_that_nobody_plays_is_a_surprise(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=moonlight", "broker=rejected-in-book@orders")
        caller.get("orders")
        caller.get("orders")
        assert "moonlight" in (said := taken(simulation))
        assert "rejected-in-book" in said
