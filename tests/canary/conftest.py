"""One trader at each installed broker, whose every secret is a canary."""

from __future__ import annotations

import logging
import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner

from openalgo_core import Broker, connect
from openalgo_core.cli import main
from openalgo_core.clock import SystemClock
from openalgo_core.demo import account_lines
from openalgo_core.models import Settings
from openalgo_core.plugins.discovery import discover
from openalgo_core.secrets import Secret
from openalgo_core.simulation import TEST_ACCOUNT, Simulation, TestAccount
from openalgo_core.testing.bench import simulating

from .canaries import Canaries, noting_children

BROKERS = sorted(found.name for found in discover() if found.group == "openalgo.brokers" and found.name != "paper")

#: Brokers whose API secret has that form; a value of another one is refused before it gets anywhere.
_UUID = ("kotak",)

SETTINGS = """
[timeouts]
connect = 1
read = 1
reconcile = 1
rate_wait = 5
"""


@dataclass
class Trader:
    """Runs `openalgo` and the API in this process; whatever they say is seen."""

    name: str
    simulation: Simulation
    directory: Path
    canaries: Canaries

    @property
    def home(self) -> Path:
        return self.directory / "home"

    @property
    def log(self) -> Path:
        return self.directory / "requests.log"

    def run(self, *words: str, stdin: str = "", code: int | None = None) -> str:
        """`openalgo` with these words, once for people with everything it can tell, once as JSON; its JSON."""
        for way in (("--verbose", "--log-file", str(self.log)), ("--json",)):
            result = CliRunner().invoke(main, [*words, *way], input=stdin)
            place = f"openalgo {' '.join(words[:2])}"
            self.canaries.saw(f"{place}: stdout", result.stdout)
            self.canaries.saw(f"{place}: stderr", result.stderr)
            assert code is None or result.exit_code == code, result.stderr
        return result.stdout

    def connect(self) -> Broker:
        return connect(self.name)

    @contextmanager
    def failing(self, fault: str) -> Iterator[None]:
        """Every request meets it, as often as anything could be tried again."""
        proxy = self.simulation.proxy
        assert proxy is not None
        self.simulation.fault(f"{fault}*12")
        yield
        proxy.script.clear()

    def configure(self, **variables: str) -> None:
        """Put these into the `.env` beside what stands there."""
        file = self.directory / ".env"
        with file.open("a", encoding="utf-8") as opened:
            opened.writelines(f"{name}='{value}'\n" for name, value in variables.items())


def canary_account(broker: str) -> TestAccount:
    """Unmistakable in every secret; numbers where brokers take only numbers."""
    word = secrets.token_hex(4)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return replace(
        TEST_ACCOUNT,
        redirect_url=f"http://127.0.0.1:{port}/{broker}/callback",
        api_key=Secret(f"CN{word.upper()}"),
        api_secret=Secret(str(uuid4()) if broker in _UUID else f"CANARYsecret{word}&%+/"),
        pin=Secret(str(secrets.randbelow(900_000) + 100_000)),
        password=Secret(f"CANARY@password1{word}"),
        totp_secret=Secret("CANARY" + "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(26))),
    )


class _Everything(logging.Handler):
    """What any logger of this process tells to a handler that leaves nothing out."""

    def __init__(self, canaries: Canaries) -> None:
        super().__init__(logging.DEBUG)
        self._canaries = canaries

    def emit(self, record: logging.LogRecord) -> None:
        self._canaries.saw(f"logger {record.name}", f"{self.format(record)} {vars(record)}")


@pytest.fixture
def canaries() -> Iterator[Canaries]:
    found = Canaries()
    everything, root = _Everything(found), logging.getLogger()
    before = root.level
    root.addHandler(everything)
    root.setLevel(logging.DEBUG)
    with noting_children(found):
        yield found
    root.removeHandler(everything)
    root.setLevel(before)


def plant(canaries: Canaries, settings: Settings) -> None:
    """Every secret of the settings, whatever their number."""
    for one in fields(settings):
        value: Any = getattr(settings, one.name)
        if isinstance(value, Secret):
            canaries.plant(**{one.name: value.reveal()})


@pytest.fixture(params=BROKERS)
def trader(
    request: pytest.FixtureRequest, canaries: Canaries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Trader]:
    name: str = request.param
    account = canary_account(name)
    plant(canaries, account.settings)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENALGO_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir(mode=0o700)
    (tmp_path / "home" / "openalgo.toml").write_text(SETTINGS)
    with ExitStack() as stack:
        simulation = stack.enter_context(simulating(name, SystemClock(), account=account, enforce_rate_limits=False))
        lines = account_lines(name, account, simulation.url)
        one = Trader(name, simulation, tmp_path, canaries)
        (tmp_path / ".env").touch(mode=0o600)
        one.configure(OPENALGO_BROKER=name, **lines)
        yield one
        simulation.setup.surprises.clear()  # wrong answers are part of the test
