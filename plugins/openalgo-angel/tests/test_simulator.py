"""The simulator's gate: how strict it is, its limits, its sessions, its faults by name."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openalgo_angel.simulator.limits import Limit, RateLimits
from openalgo_core.simulation import TEST_ACCOUNT, Simulation

from .simulator_fixtures import BOOK, ORDER, PLACE, Caller, StandingClock, simulated, taken, totp


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as logged_in:
        yield logged_in


class TestTheGate:
    @pytest.mark.parametrize(
        "name",
        ["Content-Type", "Accept", "X-SourceID", "X-ClientLocalIP", "X-ClientPublicIP", "X-MACAddress"],
    )
    def test_every_common_header_is_needed(self, name: str, caller: Caller, simulation: Simulation) -> None:
        caller.headers[name] = ""
        assert caller.post(PLACE, ORDER).json()["errorcode"] == "AB1007"
        assert f"header {name.lower()}" in taken(simulation)

    def test_the_user_type_has_a_code_of_its_own(self, caller: Caller) -> None:
        caller.headers["X-UserType"] = "ROBOT"
        assert caller.get(BOOK).json()["errorcode"] == "AB1005"

    @pytest.mark.parametrize(
        ("header", "code"),
        [("", "AG8003"), ("Bearer", "AG8003"), ("Basic abc", "AG8003"), ("Bearer made.up.x", "AG8001")],
    )
    def test_a_call_needs_a_living_token(self, header: str, code: str, caller: Caller) -> None:
        caller.headers["Authorization"] = header
        answer = caller.get(BOOK)
        assert answer.status_code == 200
        assert answer.json()["errorCode"] == code
        assert "status" not in answer.json()

    def test_gateway_refusals_may_be_403(self) -> None:
        with simulated(gateway_status=403) as running, Caller(running) as caller:
            caller.headers["X-PrivateKey"] = "nobodys"
            answer = caller.get(BOOK)
            assert (answer.status_code, answer.json()["errorCode"]) == (403, "AG8004")

    def test_orders_come_from_the_registered_address_only(self) -> None:
        with simulated(registered_ip="203.0.113.7") as running, Caller(running) as caller:
            assert caller.post(PLACE, ORDER).json() == {
                "success": False,
                "message": "Request from an unregistered IP, register it for this API key",
                "errorCode": "AG7002",
                "data": "",
            }
            assert caller.get(BOOK).json() == {"status": True, "message": "SUCCESS", "errorcode": "", "data": None}
            running.setup.registered_ip = "127.0.0.1"
            assert caller.post(PLACE, ORDER).json()["status"] is True

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/rest/secure/angelbroking/order/v1/getOrderbook", 404),
            ("GET", "/rest/secure/angelbroking/order/v1/getOrderBook/", 404),
            ("POST", "/rest/secure/angelbroking/order/v1/getOrderBook", 405),
            ("POST", "/gtt-service/rest/secure/angelbroking/gtt/v1/createRule", 404),
        ],
    )
    def test_an_unknown_path_is_a_surprise(
        self, method: str, path: str, status: int, caller: Caller, simulation: Simulation
    ) -> None:
        assert caller.send(method, path, "{}" if method == "POST" else None).status_code == status
        assert f"{method} {path}: no such call" in taken(simulation)

    @pytest.mark.parametrize(
        ("body", "what"),
        [
            (ORDER | {"comment": "x"}, "unknown in the body: comment"),
            (ORDER | {"triggerprice": 1}, "triggerprice is int, not str"),
            (ORDER | {"price": True}, "price is bool"),
            (ORDER | {"symboltoken": None}, "symboltoken is NoneType"),
            ({key: value for key, value in ORDER.items() if key != "duration"}, "missing in the body: duration"),
            ([], "no JSON object"),
        ],
    )
    def test_a_body_outside_the_documentation_books_nothing(
        self, body: object, what: str, caller: Caller, simulation: Simulation
    ) -> None:
        answer = caller.post(PLACE, body).json()
        assert (answer["status"], answer["errorcode"]) == (False, "AB1007")
        assert what in taken(simulation)
        assert caller.get(BOOK).json()["data"] is None

    def test_a_query_is_junk_on_a_get_and_a_surprise_on_a_post(self, caller: Caller, simulation: Simulation) -> None:
        assert caller.get(f"{BOOK}?%7B%7D").json()["status"] is True
        assert caller.post(f"{PLACE}?x=1", ORDER).json()["status"] is False
        assert "a POST has no query" in taken(simulation)

    def test_a_fault_of_the_simulators_own_is_loud(
        self,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        with simulated() as running, Caller(running) as caller:
            monkeypatch.setattr(running.setup.exchange, "account", lambda _: 1 / 0)
            assert caller.get(BOOK).status_code == 500
            assert "ZeroDivisionError" in taken(running)
        assert "ZeroDivisionError" in caplog.text, "the server has it in its log"


class TestLimits:
    def test_the_order_book_is_read_once_a_second(self) -> None:
        with simulated(enforce_rate_limits=True) as running, Caller(running) as caller:
            assert caller.get(BOOK).status_code == 200
            answer = caller.get(BOOK)
            assert (answer.status_code, answer.text) == (403, "Access denied because of exceeding access rate")
            assert caller.get("order/v1/getTradeBook").status_code == 200, "a limit of its own"
            running.setup.clock.sleep(1)
            assert caller.get(BOOK).status_code == 200

    def test_order_writes_share_nine_a_second(self) -> None:
        with simulated(enforce_rate_limits=True) as running, Caller(running) as caller:
            ids = [caller.post(PLACE, ORDER).json()["data"]["orderid"] for _ in range(8)]
            cancel = {"variety": "NORMAL", "orderid": ids[0]}
            assert caller.post("order/v1/cancelOrder", cancel).status_code == 200
            assert caller.post(PLACE, ORDER).status_code == 403
            assert len(caller.get(BOOK).json()["data"]) == 8, "a throttled order is not executed"

    def test_scale_shortens_every_window(self) -> None:
        clock = StandingClock()
        limits, line = RateLimits(clock, scale=10), Limit.of("x", 1, 3)
        assert [limits.admit("A", line) for _ in range(2)] == [True, False]
        clock.advance(0.1)
        assert limits.admit("A", line)
        assert limits.admit("B", line), "each client code has its own"

    @given(st.lists(st.floats(0, 2), min_size=1, max_size=60))
    def test_no_window_ever_holds_more_than_its_limit(self, pauses: list[float]) -> None:
        clock = StandingClock()
        limits, line = RateLimits(clock, scale=1), Limit.of("x", 3, 20)
        admitted: list[float] = []
        for pause in pauses:
            clock.advance(pause)
            if limits.admit("A", line):
                admitted.append(clock.monotonic())
        for most, seconds in ((3, 1), (20, 60)):
            for place in range(len(admitted) - most):
                assert admitted[place + most] - admitted[place] >= seconds


class TestSessions:
    def test_the_tokens_say_when_they_die(self, caller: Caller) -> None:
        claims = base64.urlsafe_b64decode(caller.log_in()["jwtToken"].split(".")[1] + "==")
        assert json.loads(claims)["exp"] == 1795199400, "21 November 2026, 00:00 IST"

    def test_logging_in_again_gives_other_tokens_and_leaves_the_first_alive(self, caller: Caller) -> None:
        first = caller.headers["Authorization"]
        tokens = caller.log_in(state="abc")
        assert tokens["state"] == "abc"
        assert caller.headers["Authorization"] != first
        caller.headers["Authorization"] = first
        assert caller.get(BOOK).json()["status"] is True

    @pytest.mark.parametrize(("steps", "code"), [(-1, None), (1, None), (-2, "AB1050"), (2, "AB1050")])
    def test_a_code_may_be_one_step_off(
        self, steps: int, code: str | None, simulation: Simulation, caller: Caller
    ) -> None:
        fields = {"clientcode": TEST_ACCOUNT.user_id, "password": TEST_ACCOUNT.pin.reveal()}
        path = "/rest/auth/angelbroking/user/v1/loginByPassword"
        answer = caller.post(path, fields | {"totp": totp(simulation, steps)}).json()
        assert answer["errorcode"] == (code or "")

    def test_a_refresh_token_outlives_the_session_by_a_day(self, simulation: Simulation, caller: Caller) -> None:
        tokens, path = caller.log_in(), "/rest/auth/angelbroking/jwt/v1/generateTokens"
        simulation.setup.clock.sleep(2 * 86400)
        assert caller.post(path, {"refreshToken": tokens["refreshToken"]}).json()["errorcode"] == "AB8051"

    def test_one_client_cannot_log_another_out(self, caller: Caller) -> None:
        assert caller.post("user/v1/logout", {"clientcode": "B1"}).json()["errorcode"] == "AB1011"
        assert caller.get(BOOK).json()["status"] is True


class TestFaultsByName:
    def test_a_code_is_answered_instead_of_booking(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=AB2001@placeOrder", "broker=AG8001@placeOrder")
        assert caller.post(PLACE, ORDER).json()["errorcode"] == "AB2001"
        assert caller.post(PLACE, ORDER).json()["errorCode"] == "AG8001"
        assert caller.get(BOOK).json()["data"] is None

    def test_a_code_is_answered_after_booking(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=AB1004@placeOrder:after")
        assert caller.post(PLACE, ORDER).json()["errorcode"] == "AB1004"
        assert len(caller.get(BOOK).json()["data"]) == 1

    def test_a_session_expires_and_stays_so(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=expired@placeOrder")
        for _ in range(2):
            assert caller.post(PLACE, ORDER).json()["errorCode"] == "AG8002"
        caller.log_in()
        assert caller.get(BOOK).json()["data"] is None

    def test_an_order_is_rejected_in_the_book_whatever_it_says(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=rejected-in-book")
        caller.post(PLACE, ORDER | {"ordertag": "unlucky"})
        (row,) = caller.get(BOOK).json()["data"]
        assert (row["status"], row["text"]) == ("rejected", "Adapter is Logged Off")
        assert (row["ordertag"], row["price"], row["quantity"], row["lotsize"]) == ("unlucky", 800.0, "5", "1")
        assert caller.post(PLACE, ORDER).json()["data"]["orderid"] != row["orderid"]
        assert caller.get(BOOK).json()["data"][1]["status"] == "open"

    def test_success_without_data(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=data-null@placeOrder")
        assert caller.post(PLACE, ORDER).json() == {"status": True, "message": "SUCCESS", "errorcode": "", "data": None}
        assert caller.get(BOOK).json()["data"] is None

    def test_a_name_that_nobody_plays_is_a_surprise(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=moonlight")
        caller.get(BOOK)
        assert "moonlight" in taken(simulation)
