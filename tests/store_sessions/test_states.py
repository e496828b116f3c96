"""Sessions as a state machine: several processes, one account, a clock, and a broker that ends sessions early."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from clocks import FakeClock
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from makers import broker_info

from openalgo_core import hookimpl
from openalgo_core.config import Paths
from openalgo_core.errors import LoginRequired, SessionExpired
from openalgo_core.models import LoginField, Session
from openalgo_core.plugins.keeper import SessionKeeper
from openalgo_core.plugins.relay import Relay
from openalgo_core.secrets import Secret
from openalgo_core.store import SessionStore, Vault

from .conftest import Race

PLACE = ("toy", "default", None)
HOUR = timedelta(hours=1)


class ToyBroker:
    """Hands out numbered tokens of an hour and remembers which of them it still takes."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.issued = 0
        self.good: set[str] = set()
        self.refreshes = True

    def issue(self) -> Session:
        self.issued += 1
        token = str(self.issued)
        self.good = {token}  # a new login ends the one before
        return Session("me", {"token": Secret(token)}, self.clock.now() + HOUR)

    def refresh(self) -> Session:
        if not self.refreshes:
            raise SessionExpired("too late")
        return self.issue()

    def revoke(self) -> bool:
        self.good.clear()
        return True

    def module(self) -> ModuleType:
        module = ModuleType("toy")
        hooks: dict[str, Any] = {
            "login_fields": lambda account: (LoginField("pin", "PIN"),),
            "authenticate": lambda account, fields, challenge: self.issue(),
            "refresh_session": lambda account: self.refresh(),
            "logout": lambda account: self.revoke(),
        }
        for name, function in hooks.items():
            setattr(module, name, hookimpl(function))
        return module


class Sessions(RuleBasedStateMachine):
    """What the user may expect, whatever order things come in."""

    @initialize(unattended=st.booleans(), refreshes=st.booleans())
    def begin(self, unattended: bool, refreshes: bool) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.clock = FakeClock()
        self.broker = ToyBroker(self.clock)
        self.broker.refreshes = refreshes
        self.unattended: Mapping[str, Secret] | None = {"pin": Secret("1")} if unattended else None
        self.processes = [self._keeper() for _ in range(3)]
        self.logged_out = False
        self.ever = False

    def _keeper(self) -> SessionKeeper:
        home = Path(self.directory.name)
        store = SessionStore(home / "sessions", Vault(Paths(home, home / "openalgo.toml"), {}), self.clock)
        return SessionKeeper(
            info=broker_info(capabilities={}),
            profile="default",
            base_url=None,
            relay=Relay("toy", self.broker.module()),
            store=lambda: store,
            clock=self.clock,
            account_with=lambda session: session,  # type: ignore[arg-type,return-value]  # the hooks look no further
            unattended=lambda fields: self.unattended,
        )

    @rule(which=st.integers(0, 2))
    def somebody_logs_in(self, which: int) -> None:
        assert self.processes[which].login({"pin": Secret("1")}).logged_in
        self.logged_out, self.ever = False, True

    @rule(which=st.integers(0, 2))
    def somebody_logs_out(self, which: int) -> None:
        assert not self.processes[which].logout().logged_in
        self.logged_out = True

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(minutes * 60)

    @rule(which=st.integers(0, 2))
    def a_process_is_started_anew(self, which: int) -> None:
        self.processes[which] = self._keeper()

    @rule(which=st.integers(0, 2))
    def a_command_runs(self, which: int) -> None:
        """It never uses a dead session, and a token that the broker ended is replaced after the first answer."""
        keeper, issued = self.processes[which], self.broker.issued
        try:
            session = keeper.session()
        except LoginRequired as error:
            assert error.hint == "Run: openalgo login --broker toy"
            assert self.unattended is None or self.logged_out
            return
        assert session is not None and session.expires_at > self.clock.now()
        assert self.broker.issued - issued <= 1, "one renewal, not several"
        if session.tokens["token"].reveal() not in self.broker.good:
            keeper.forget()  # what the reader does with SessionExpired

    @rule()
    @precondition(lambda self: self.broker.good)
    def the_broker_ends_it_early(self) -> None:
        self.broker.good.clear()

    @invariant()
    def nothing_readable_is_on_the_disk(self) -> None:
        if hasattr(self, "directory"):
            files = [path for path in Path(self.directory.name).rglob("session") if path.is_file()]
            assert all(b'"token"' not in path.read_bytes() for path in files)

    def teardown(self) -> None:
        if hasattr(self, "directory"):
            self.directory.cleanup()


Sessions.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestSessions = Sessions.TestCase


@pytest.mark.parametrize("way", ["refresh_session", "authenticate"])
def test_many_processes_make_one_renewal(race: Race, tmp_path: Path, way: str) -> None:
    """Real processes; each call of the broker is a line in a file."""
    asked = tmp_path / "asked"
    users = race(
        _PREPARE,
        "print(keeper.session().user_id)",
        str(tmp_path / "home"),
        str(asked),
        way,
    )
    assert set(users) == {"me"}
    assert asked.read_text().split() == [way]


_PREPARE = """
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from openalgo_core import hookimpl
from openalgo_core.clock import SystemClock
from openalgo_core.config import Paths
from openalgo_core.models import API_VERSION, BrokerInfo, Exchange, LoginField, Session
from openalgo_core.plugins.keeper import SessionKeeper
from openalgo_core.plugins.relay import Relay
from openalgo_core.secrets import Secret
from openalgo_core.store import SessionStore, Vault

home, asked, way = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
clock, module = SystemClock(), ModuleType("toy")
store = SessionStore(home / "sessions", Vault(Paths(home, home / "x"), {}), clock)

def renewed(name):
    with asked.open("a") as file:
        file.write(name + chr(10))
    return Session("me", {}, clock.now() + timedelta(hours=1))

module.login_fields = hookimpl(lambda account: (LoginField("pin", "PIN"),))
module.authenticate = hookimpl(lambda account, fields, challenge: renewed("authenticate"))
if way == "refresh_session":
    module.refresh_session = hookimpl(lambda account: renewed("refresh_session"))
    store.save("toy", "default", None, Session("me", {}, clock.now() - timedelta(hours=1)))
keeper = SessionKeeper(
    info=BrokerInfo("toy", "Toy", API_VERSION, frozenset({Exchange.NSE}), {}, ()), profile="default", base_url=None,
    relay=Relay("toy", module), store=lambda: store, clock=clock, account_with=lambda session: session,
    unattended=lambda fields: {"pin": Secret("1")},
)
"""
