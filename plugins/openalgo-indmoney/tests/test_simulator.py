"""The simulator's gate: how strict it is, its addresses, its limits, its faults by name."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openalgo_core.simulation import Simulation
from openalgo_indmoney.simulator.limits import DATA, ORDER, Limit, RateLimits

from .simulator_fixtures import JSON, STOP, Caller, StandingClock, simulated, taken, totp
from .simulator_fixtures import ORDER as PLACED

DEAD = {"status": "error", "message": "Invalid access token", "error_type": "TokenException"}


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as given_token:
        yield given_token


class TestTheGate:
    def test_only_order_writes_come_from_registered_addresses(self) -> None:
        with simulated(registered_ip="203.0.113.7") as running, Caller(running) as caller:
            writes = {
                "/order": PLACED,
                "/order/modify": {"order_id": "EQ-1", "segment": "EQUITY", "qty": 1, "limit_price": 1},
                "/order/cancel": {"order_id": "EQ-1", "segment": "EQUITY"},
                "/smart/order": STOP,
                "/smart/order/modify": {"order_id": "EQ-1", "segment": "EQUITY", "algo_id": "99999"},
                "/smart/order/cancel": {"order_id": "EQ-1", "segment": "EQUITY"},
            }
            for path, body in writes.items():
                answer = caller.post(path, body)
                assert (answer.status_code, answer.json().keys()) == (403, {"status", "message"}), path
            assert caller.data("/order-book") is None
            running.setup.registered_ip = "127.0.0.1"
            assert caller.post("/order", PLACED).status_code == 200

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/Order-book", 404),
            ("GET", "/order-book/", 404),
            ("GET", "/v1/funds", 404),
            ("GET", "/trades/EQ-1", 404),
            ("GET", "/market/instruments/expired/search", 404),
            ("POST", "/order-book", 405),
            ("PUT", "/order/modify", 405),
            ("DELETE", "/order", 405),
        ],
    )
    def test_an_unknown_path_or_method_is_a_surprise(
        self, method: str, path: str, status: int, caller: Caller, simulation: Simulation
    ) -> None:
        answer = caller.send(method, path)
        expected = "NotFoundException" if status == 404 else "MethodNotAllowedException"
        assert (answer.status_code, answer.json()["error_type"]) == (status, expected)
        assert f"{method} {path}: no such call" in taken(simulation)

    @pytest.mark.parametrize(
        ("body", "what"),
        [
            (PLACED | {"trigger_price": 799.0}, "unknown in the request: trigger_price"),
            (PLACED | {"disclosed_quantity": 1}, "unknown in the request: disclosed_quantity"),
            (PLACED | {"qty": "5"}, "qty is str, not a whole number"),
            (PLACED | {"qty": 5.0}, "qty is Decimal, not a whole number"),
            (PLACED | {"qty": True}, "qty is bool"),
            (PLACED | {"security_id": 3045}, "security_id is int, not a text"),
            (PLACED | {"limit_price": "800"}, "limit_price is str, not a number"),
            (PLACED | {"limit_price": float("nan")}, "limit_price is float"),
            (PLACED | {"is_amo": "false"}, "is_amo is str, not true or false"),
            (PLACED | {"remarks": None}, "remarks is NoneType"),
            (PLACED | {"order_type": "MARKET"}, "a MARKET order has no limit_price"),
            ({name: value for name, value in PLACED.items() if name != "algo_id"}, "missing in the request: algo_id"),
            ([], "no JSON object"),
        ],
    )
    def test_a_body_outside_the_documentation_books_nothing(
        self, body: object, what: str, caller: Caller, simulation: Simulation
    ) -> None:
        answer = caller.post("/order", body)
        assert (answer.status_code, answer.json()["error_type"]) == (400, "RequestValidationException")
        assert what in taken(simulation)
        assert caller.data("/order-book") is None

    def test_json_is_said_to_be_json_and_is(self, caller: Caller, simulation: Simulation) -> None:
        assert caller.send("POST", "/order", json.dumps(PLACED)).status_code == 400
        assert "content-type" in taken(simulation)
        assert caller.send("POST", "/order", "{", JSON).status_code == 400
        assert "no JSON object" in taken(simulation)

    def test_a_get_has_a_body_where_the_documentation_has_one(self, caller: Caller, simulation: Simulation) -> None:
        order_id = caller.place()
        for path in ("/order", "/order/trades", "/margin"):
            assert caller.get(path).status_code == 400, "without its body"
            assert path in taken(simulation)
        assert caller.get("/funds", {}).status_code == 400
        assert "this call has no body" in taken(simulation)
        asked = {"order_id": order_id, "segment": "EQUITY"}
        assert caller.data("/order", asked, **asked)["id"] == order_id, "and in the query once more"
        assert caller.get("/order", asked, segment="DERIVATIVE").status_code == 400
        assert "segment is one thing in the body and another in the query" in taken(simulation)

    def test_queries_are_as_strict_as_bodies(self, caller: Caller, simulation: Simulation) -> None:
        for path in ("/funds?x=1", "/trade-book", "/market/quotes/ltp?scrip-codes=NSE_3045&scrip-codes=NSE_2885"):
            assert caller.get(path).status_code == 400
        assert taken(simulation).count("\n") == 2

    def test_a_fault_of_the_simulators_own_is_loud(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        with simulated() as running, Caller(running) as caller:
            monkeypatch.setattr(running.setup.exchange, "account", lambda _: 1 / 0)
            assert caller.get("/funds").json()["error_type"] == "GeneralException"
            assert "ZeroDivisionError" in taken(running)
        assert "ZeroDivisionError" in caplog.text, "the server has it in its log"


class TestLimits:
    @pytest.mark.parametrize(
        ("path", "most"),
        [
            ("/funds", 15),
            ("/market/quotes/ltp?scrip-codes=NSE_3045", 5),
            ("/market/instruments?source=index", 5),
        ],
    )
    def test_each_category_has_its_pace(self, path: str, most: int) -> None:
        with simulated(enforce_rate_limits=True) as running, Caller(running) as caller:
            statuses = [caller.get(path).status_code for _ in range(most + 1)]
            assert statuses == [200] * most + [429]
            answer = caller.get(path)
            assert answer.json() == {"error": "Rate limit exceeded", "success": False}
            assert answer.headers["Retry-After"] == "1"
            running.setup.clock.sleep(1)
            assert caller.get(path).status_code == 200

    def test_writing_and_reading_orders_count_apart(self) -> None:
        with simulated(enforce_rate_limits=True) as running, Caller(running) as caller:
            for _ in range(10):
                order_id = caller.place()
            assert caller.post("/smart/order", STOP).status_code == 429
            assert caller.data("/order", {"order_id": order_id, "segment": "EQUITY"})["id"] == order_id
            assert len(caller.data("/order-book")) == 10, "what was throttled is not booked"

    def test_tokens_are_made_once_a_minute(self) -> None:
        with simulated(enforce_rate_limits=True) as running, Caller(running) as caller:
            assert caller.generate("000000").status_code == 401
            running.setup.clock.sleep(59)
            answer = caller.generate(totp(running))
            assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
            running.setup.clock.sleep(1)
            assert caller.generate(totp(running)).status_code == 200

    def test_a_day_ends_at_midnight(self) -> None:
        clock = StandingClock()
        limits, few = RateLimits(clock, scale=1), Limit("data", 5, per_day=3)
        assert [limits.admit("A", few) for _ in range(4)] == [True, True, True, False]
        clock.advance(13 * 3600 + 44 * 60)
        assert not limits.admit("A", few), "23:59"
        clock.advance(60)
        assert limits.admit("A", few)
        assert (DATA.per_day, ORDER.per_day) == (100_000, None)

    def test_scale_shortens_the_second(self) -> None:
        clock = StandingClock()
        limits = RateLimits(clock, scale=10)
        assert [limits.admit("A", DATA) for _ in range(6)] == [True] * 5 + [False]
        assert limits.admit("B", DATA), "each account has its own"
        clock.advance(0.1)
        assert limits.admit("A", DATA)

    @given(st.lists(st.floats(0, 0.3), min_size=12, max_size=60))
    def test_no_second_ever_holds_more_than_ten_orders(self, pauses: list[float]) -> None:
        clock = StandingClock()
        limits, admitted = RateLimits(clock, scale=1), list[float]()
        for pause in pauses:
            clock.advance(pause)
            if limits.admit("A", ORDER):
                admitted.append(clock.monotonic())
        assert all(later - first >= 1 for first, later in zip(admitted, admitted[10:], strict=False))


class TestFaultsByName:
    @pytest.mark.parametrize(
        ("name", "status", "error_type"),
        [
            ("token-dead", 403, "TokenException"),
            ("token-dead-401", 401, "TokenException"),
            ("token-dead-513", 513, "TokenException"),
            ("unregistered-ip", 403, None),
            ("segment-not-activated", 403, "UserException"),
            ("general", 500, "GeneralException"),
            ("network", 503, "NetworkException"),
            ("unavailable", 503, "ServiceUnavailableException"),
            ("timeout", 504, "GatewayTimeoutException"),
            ("input", 400, "InputException"),
            ("validation", 400, "RequestValidationException"),
            ("text-error", 400, "InputException"),
            ("rms", 400, "OrderException"),
            ("rms-rule", 400, "OrderException"),
            ("rms-blocked", 400, "OrderException"),
            ("blocked-market", 400, "OrderException"),
            ("busy", 400, "OrderException"),
            ("locked", 403, "TokenException"),
        ],
    )
    def test_an_answer_instead_of_booking_or_after_it(
        self, name: str, status: int, error_type: str | None, simulation: Simulation, caller: Caller
    ) -> None:
        simulation.fault(f"broker={name}@POST /order", f"broker={name}@POST /order:after")
        for rows in (0, 1):
            answer = caller.post("/order", PLACED)
            assert (answer.status_code, json.loads(answer.text).get("error_type")) == (status, error_type)
            assert len(caller.data("/order-book") or []) == rows

    @pytest.mark.parametrize(
        ("name", "status", "body"),
        [
            ("throttled", 429, {"error": "Rate limit exceeded", "success": False}),
            ("failure", 200, {"status": "failure", "error": {"msg": "request could not be processed"}}),
            ("no-order-number", 200, {"status": "failure", "error": {"msg": "No order number in RS response"}}),
            ("error-code", 400, {"status": "error", "message": "Invalid input", "error_code": "INVALID_INPUT"}),
            ("list-error", 403, ["forbidden"]),
            ("invalid-codes", 400, {"message": "Invalid scrip codes or mode", "success": False}),
            ("not-supported", 400, {"message": "Not Supported", "debug_info": "not supported for this segment"}),
        ],
    )
    def test_other_shapes_of_a_no(
        self, name: str, status: int, body: object, simulation: Simulation, caller: Caller
    ) -> None:
        simulation.fault(f"broker={name}:after")
        answer = caller.post("/order", PLACED)
        assert (answer.status_code, answer.json()) == (status, body)
        assert len(caller.data("/order-book")) == 1

    def test_json_may_say_that_it_is_text(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=text-error")
        assert caller.get("/funds").headers["content-type"].startswith("text/")

    def test_a_page_may_stand_in_between(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=challenge")
        answer = caller.get("/funds")
        assert (answer.status_code, answer.headers["content-type"]) == (403, "text/html; charset=utf-8")
        assert "Just a moment" in answer.text

    def test_tokens_expire_and_stay_so(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=expired@POST /order")
        for _ in range(2):
            assert caller.post("/order", PLACED).json() == DEAD
        caller.headers["Authorization"] = caller.generate(totp(simulation)).json()["token"]
        assert caller.data("/order-book") is None

    def test_a_yes_may_lack_what_makes_it_one(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=no-id@POST /order", "broker=null@POST /order")
        answers = [caller.post("/order", PLACED).json()["data"] for _ in range(2)]
        assert answers == [{"order_status": "INITIATED"}, None]
        assert len(caller.data("/order-book")) == 2

    @pytest.mark.parametrize(
        ("name", "path"),
        [("nested-token", ("data", "token")), ("access-token", ("access_token",)), ("stated-token", ("token",))],
    )
    def test_a_token_may_come_in_other_shapes(
        self, name: str, path: tuple[str, ...], simulation: Simulation, caller: Caller
    ) -> None:
        simulation.fault(f"broker={name}@/generate/token")
        answer = caller.generate(totp(simulation)).json()
        for step in path:
            answer = answer[step]
        assert answer.count(".") == 2

    def test_a_name_that_nobody_plays_is_a_surprise(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=moonlight", "broker=rejected-in-book@order-book")
        caller.get("/order-book")
        caller.get("/order-book")
        assert "moonlight" in (said := taken(simulation))
        assert "rejected-in-book" in said
