"""The simulator's tokens: who gets one, how long it lives, and what wrong codes lead to."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from datetime import datetime

import pytest

from openalgo_core.clock import IST
from openalgo_core.simulation import SEED_API_KEY, TEST_ACCOUNT, Simulation
from openalgo_indmoney.simulator.lockouts import Authenticator

from .simulator_fixtures import ACCOUNT_SECRET, CLIENT_ID, MPIN, Caller, StandingClock, simulated, taken, totp

DEAD = {"status": "error", "message": "Invalid access token", "error_type": "TokenException"}


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as given_token:
        yield given_token


class TestTokens:
    def test_the_profile_says_who_it_is(self, caller: Caller) -> None:
        profile = caller.data("/user/profile")
        assert (profile["user_id"], profile["first_name"], profile["last_name"]) == ("A123456", "Asha", "Rao")
        assert all(profile[name] is True for name in profile if name.startswith("is_"))

    def test_the_word_of_the_set_up_page_is_a_token(self, caller: Caller) -> None:
        caller.headers["Authorization"] = "your_generated_access_token"
        assert caller.get("/funds").status_code == 200

    @pytest.mark.parametrize("token", ["made-up", "Bearer {token}", "{token}x"])
    def test_any_other_text_is_a_dead_token(self, token: str, caller: Caller) -> None:
        caller.headers["Authorization"] = token.format(token=caller.headers["Authorization"])
        answer = caller.get("/order-book")
        assert (answer.status_code, answer.json()) == (403, DEAD)

    @pytest.mark.parametrize("token", [None, ""])
    def test_none_at_all_is_answered_otherwise(self, token: str | None, caller: Caller) -> None:
        caller.headers = {} if token is None else {"Authorization": token}
        for path in ("/funds", "/market/instruments?source=index", "/order"):
            answer = caller.get(path)
            assert (answer.status_code, answer.json()) == (400, {"message": "Authorization not sent", "success": False})

    def test_a_dashboard_token_lives_for_a_day_and_no_wall_clock_ends_it(
        self, caller: Caller, simulation: Simulation
    ) -> None:
        simulation.setup.clock.sleep(24 * 3600 - 1)
        assert caller.get("/funds").status_code == 200
        simulation.setup.clock.sleep(1)
        assert caller.get("/funds").status_code == 403

    def test_a_generated_token_says_when_it_ends(self, caller: Caller, simulation: Simulation) -> None:
        token = caller.generate(totp(simulation)).json()["token"]
        _, payload, _ = token.split(".")
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        assert (claims["clientID"], claims["partnerID"]) == ("A123456", "SIM")
        assert claims["exp"] - claims["iat"] == 24 * 3600
        assert claims["iat"] == datetime(2026, 11, 20, 10, 15, tzinfo=IST).timestamp()
        caller.headers["Authorization"] = token
        assert caller.get("/funds").status_code == 200
        simulation.setup.clock.sleep(24 * 3600)
        assert caller.get("/funds").status_code == 403

    def test_a_new_token_kills_the_one_before_but_not_that_of_the_dashboard(
        self, caller: Caller, simulation: Simulation
    ) -> None:
        first = caller.generate(totp(simulation)).json()["token"]
        simulation.setup.clock.sleep(60)
        second = caller.generate(totp(simulation)).json()["token"]
        alive = {
            token: caller.send("GET", "/funds", headers={"Authorization": token}).status_code
            for token in (first, second, ACCOUNT_SECRET)
        }
        assert alive == {first: 403, second: 200, ACCOUNT_SECRET: 200}

    @pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
    def test_a_code_may_be_half_a_minute_off(
        self, steps: int, right: bool, caller: Caller, simulation: Simulation
    ) -> None:
        assert (caller.generate(totp(simulation, steps)).status_code == 200) is right

    def test_a_code_is_good_once(self, caller: Caller, simulation: Simulation) -> None:
        code = totp(simulation)
        assert caller.generate(code).status_code == 200
        answer = caller.generate(code)
        assert (answer.status_code, answer.json()["message"]) == (401, "Invalid TOTP")

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"client_id": "nobody"}, "Invalid API key"),
            ({"client_id": ""}, "Invalid API key"),
            ({"mpin": "1111"}, "Invalid MPIN"),
        ],
    )
    def test_what_else_must_be_right(
        self, changes: dict[str, str], message: str, caller: Caller, simulation: Simulation
    ) -> None:
        answer = caller.generate(totp(simulation), **changes)
        assert (answer.status_code, answer.json()["message"]) == (401, message)
        assert caller.generate(totp(simulation)).status_code == 200, "the code was not used up"

    def test_the_client_id_of_other_set_up_pages_opens_it_too(self, caller: Caller, simulation: Simulation) -> None:
        assert caller.generate(totp(simulation), client_id=SEED_API_KEY).status_code == 200

    def test_the_token_call_looks_at_no_token(self, caller: Caller, simulation: Simulation) -> None:
        caller.headers["Authorization"] = "made-up"
        assert caller.generate(totp(simulation)).status_code == 200

    def test_a_code_that_lost_its_quotes_is_a_surprise(self, caller: Caller, simulation: Simulation) -> None:
        answer = caller.post("/generate/token", {"mpin": MPIN, "totp": 12345}, **{"x-api-key": CLIENT_ID})
        assert (answer.status_code, answer.json()["error_type"]) == (400, "RequestValidationException")
        assert "totp is int, not a text" in taken(simulation)


class TestLockouts:
    def test_five_wrong_codes_shut_the_door(self, caller: Caller, simulation: Simulation) -> None:
        for number in range(5):
            assert caller.generate(f"00000{number}").status_code == 401
        answer = caller.generate(totp(simulation))
        assert (answer.status_code, answer.json()["error_type"]) == (403, "TokenException")
        assert caller.get("/funds").status_code == 200, "a lock-out blocks new tokens only"
        simulation.setup.clock.sleep(15 * 60)
        assert caller.generate(totp(simulation)).status_code == 200

    def test_attempts_during_a_lockout_do_not_prolong_it(self, caller: Caller, simulation: Simulation) -> None:
        for number in range(5):
            caller.generate(f"00000{number}")
        for number in range(9):
            simulation.setup.clock.sleep(99)
            assert caller.generate(f"11111{number}").status_code == 403
        simulation.setup.clock.sleep(9)
        assert caller.generate(totp(simulation)).status_code == 200

    def test_wrong_codes_are_forgotten_after_a_quarter_of_an_hour(self) -> None:
        clock = StandingClock()
        authenticator = _authenticator(clock)
        for number in range(20):
            assert not authenticator.accepts(f"{number:06d}")
            clock.advance(226)
        assert not authenticator.locked

    def test_the_third_lockout_of_an_hour_lasts_one(self) -> None:
        clock = StandingClock()
        authenticator = _authenticator(clock)
        for minutes in (15, 15, 60):
            authenticator.lock()
            clock.advance(minutes * 60 - 1)
            assert authenticator.locked
            clock.advance(1)
            assert not authenticator.locked


def _authenticator(clock: StandingClock) -> Authenticator:
    return Authenticator(clock, TEST_ACCOUNT.totp_secret)
