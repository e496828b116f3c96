"""Sessions: alive, dead, refreshed, renewed, over."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from clocks import FakeClock
from makers import broker_info

from openalgo_core import hookimpl
from openalgo_core.config import Paths
from openalgo_core.errors import BrokerUnavailable, LoginRequired, NotSupported, SessionExpired
from openalgo_core.models import Challenge, LoginField, Session
from openalgo_core.plugins.keeper import SessionKeeper
from openalgo_core.plugins.relay import Relay
from openalgo_core.secrets import Secret
from openalgo_core.store.crypto import Vault
from openalgo_core.store.sessions import SessionStore

PIN = LoginField("pin", "PIN")
ANSWERS = {"pin": Secret("1234")}


class Bench:
    """A broker whose hooks write down that they were called."""

    def __init__(self, home: Path, clock: FakeClock) -> None:
        self.home = home
        self.clock = clock
        self.called: list[str] = []
        self.fields: Sequence[LoginField] = (PIN,)
        self.unattended: Mapping[str, Secret] | None = None
        self.failures: dict[str, Exception] = {}
        self.challenges: list[Challenge | None] = []

    def keeper(self, *, without: Sequence[str] = ()) -> SessionKeeper:
        """As another process would make it: nothing but the disk is shared."""
        module = ModuleType("toy")
        hooks: dict[str, Any] = {
            "login_fields": lambda account: self.fields,
            "request_otp": lambda account, fields: self._call("request_otp", Challenge({"token": Secret("t")})),
            "authenticate": lambda account, fields, challenge: self._authenticate(challenge),
            "refresh_session": lambda account: self._call("refresh_session", self.session()),
            "logout": lambda account: self._call("logout", True),
        }
        for name, function in hooks.items():
            if name not in without:
                setattr(module, name, hookimpl(function))
        paths = Paths(self.home, self.home / "openalgo.toml")
        store = SessionStore(self.home / "sessions", Vault(paths, {}), self.clock)
        return SessionKeeper(
            info=broker_info(capabilities={}),
            profile="default",
            base_url=None,
            relay=Relay("toy", module),
            store=lambda: store,
            clock=self.clock,
            account_with=lambda session: session,  # type: ignore[arg-type,return-value]  # the hooks look no further
            unattended=lambda fields: self.unattended,
        )

    def session(self) -> Session:
        return Session("me", {"jwt": Secret("token")}, self.clock.now() + timedelta(hours=1))

    def _authenticate(self, challenge: Challenge | None) -> Session:
        self.challenges.append(challenge)
        session: Session = self._call("authenticate", self.session())
        return session

    def _call(self, name: str, answer: Any) -> Any:
        self.called.append(name)
        if name in self.failures:
            raise self.failures[name]
        return answer


@pytest.fixture
def bench(tmp_path: Path, clock: FakeClock) -> Bench:
    return Bench(tmp_path, clock)


def test_without_a_session_nothing_is_asked_of_the_broker(bench: Bench) -> None:
    with pytest.raises(LoginRequired) as caught:
        bench.keeper().account()
    assert caught.value.hint == "Run: openalgo login --broker toy"
    assert bench.called == []


def test_a_login_serves_this_process_and_the_next(bench: Bench) -> None:
    keeper = bench.keeper()
    status = keeper.login(ANSWERS)
    assert (status.logged_in, status.user_id) == (True, "me")
    for another in (keeper, bench.keeper()):
        session: Any = another.account()
        assert session.tokens["jwt"].reveal() == "token"
    assert bench.called == ["authenticate"]


def test_a_dead_session_is_refused_before_any_request(bench: Bench) -> None:
    bench.keeper().login(ANSWERS)
    bench.clock.advance(3600)
    keeper = bench.keeper(without=["refresh_session"])
    assert keeper.status().logged_in is False
    with pytest.raises(LoginRequired, match="expired at"):
        keeper.account()
    assert bench.called == ["authenticate"]


def test_a_session_that_dies_while_the_process_runs_is_noticed(bench: Bench) -> None:
    keeper = bench.keeper(without=["refresh_session"])
    keeper.login(ANSWERS)
    keeper.account()
    bench.clock.advance(3600)
    with pytest.raises(LoginRequired):
        keeper.account()


def test_a_dead_session_is_refreshed_where_the_broker_allows(bench: Bench) -> None:
    bench.keeper().login(ANSWERS)
    bench.clock.advance(3600)
    bench.keeper().account()
    assert bench.called == ["authenticate", "refresh_session"]
    assert bench.keeper().status().logged_in


def test_a_refresh_that_is_too_late_becomes_a_login_where_nobody_must_be_asked(bench: Bench) -> None:
    bench.keeper().login(ANSWERS)
    bench.clock.advance(3600)
    bench.failures["refresh_session"] = SessionExpired("too late")
    with pytest.raises(LoginRequired):
        bench.keeper().account()
    bench.unattended = ANSWERS
    bench.keeper().account()
    assert bench.called[-1] == "authenticate"


def test_many_threads_renew_once(bench: Bench) -> None:
    bench.unattended = ANSWERS
    threads = [threading.Thread(target=lambda: bench.keeper().account()) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert bench.called == ["authenticate"]


def test_after_a_logout_nothing_logs_in_by_itself_until_somebody_does(bench: Bench) -> None:
    bench.unattended = ANSWERS
    keeper = bench.keeper()
    keeper.account()
    assert keeper.logout().logged_in is False
    for another in (keeper, bench.keeper()):
        with pytest.raises(LoginRequired):
            another.account()
    bench.keeper().login(ANSWERS)
    bench.keeper().account()
    assert bench.called == ["authenticate", "logout", "authenticate"]


def test_a_logout_that_the_broker_does_not_hear_still_ends_the_session_here(bench: Bench) -> None:
    bench.keeper().login(ANSWERS)
    bench.failures["logout"] = BrokerUnavailable("502")
    with pytest.raises(BrokerUnavailable):
        bench.keeper().logout()
    assert bench.keeper().status().logged_in is False


def test_a_session_that_is_over_at_the_broker_already_is_logged_out(bench: Bench) -> None:
    bench.keeper().login(ANSWERS)
    bench.failures["logout"] = SessionExpired("over")
    assert bench.keeper().logout().logged_in is False


def test_a_session_that_the_broker_ended_is_forgotten_and_may_be_renewed(bench: Bench) -> None:
    bench.unattended = ANSWERS
    keeper = bench.keeper()
    keeper.account()
    keeper.forget()
    keeper.account()
    assert bench.called == ["authenticate", "authenticate"]


def test_a_session_that_somebody_else_made_since_then_is_kept(bench: Bench) -> None:
    """A login elsewhere ends ours at the broker; that must not throw the new one away."""
    keeper = bench.keeper(without=["refresh_session"])
    keeper.login(ANSWERS)
    bench.clock.advance(60)
    bench.keeper().login(ANSWERS)
    keeper.forget()
    keeper.account()
    assert bench.called == ["authenticate", "authenticate"]


def test_a_lost_key_asks_for_a_login_and_says_why(bench: Bench) -> None:
    bench.keeper().login(ANSWERS)
    (bench.home / "secret.key").unlink()
    keeper = bench.keeper()
    assert keeper.status().logged_in is False
    with pytest.raises(LoginRequired) as caught:
        keeper.account()
    assert "does not exist" not in caught.value.message
    bench.unattended = ANSWERS
    bench.keeper().account()
    assert bench.called == ["authenticate", "authenticate"]


def test_a_challenge_waits_for_the_process_that_has_the_code(bench: Bench) -> None:
    bench.keeper().request_otp({})
    bench.keeper().login(ANSWERS)
    assert bench.challenges[0] is not None
    assert bench.challenges[0].data["token"].reveal() == "t"


def test_a_renewal_asks_for_the_challenge_that_a_code_needs(bench: Bench) -> None:
    bench.fields = (PIN, LoginField("otp", "code", after_request=True, totp=True))
    bench.unattended = {**ANSWERS, "otp": Secret("123456")}
    bench.keeper().account()
    assert bench.called == ["request_otp", "authenticate"]
    assert bench.challenges[0] is not None


def test_a_broker_that_knows_no_login_is_always_logged_in(bench: Bench) -> None:
    bench.fields = ()
    keeper = bench.keeper(without=["authenticate"])
    assert keeper.account() is None
    assert keeper.status().logged_in is True
    assert keeper.logout().logged_in is False
    with pytest.raises(NotSupported):
        keeper.login({})
