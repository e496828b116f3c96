"""The stub, running, and an account of ours that is logged in to it, with its instruments on disk."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

import requests

from openalgo_core import Broker
from openalgo_core.clock import IST, Clock, SystemClock
from openalgo_core.config import Paths, load, load_settings
from openalgo_core.models import Session
from openalgo_core.plugins.loading import load_named_broker
from openalgo_core.plugins.office import Office
from openalgo_core.secrets import Secret

from .bare import counts

__all__ = ["Paced", "Stand", "standing"]

#: Where the client stays and where the stub stays, so that neither takes the other's time.
CLIENT_CORE, STUB_CORE = 0, 1


#: What Kotak and INDmoney give to an API user; any will do here.
_ANY_UUID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"


class Paced(SystemClock):
    """Half past midnight of today, and time goes on only by `step`: no rate limit ever makes a timed call wait.

    A second one goes on where the first one is, as the counters of the limits on the disk do.
    """

    _now = datetime.combine(datetime.now(IST).date(), time(0, 30), IST)

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.step(seconds)

    def step(self, seconds: float) -> None:
        Paced._now += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Stand:
    """`environment` is for child processes; `home` holds the state that a trader would have by noon."""

    url: str
    home: Path
    environment: Mapping[str, str]

    def of(self, broker: str) -> Mapping[str, str]:
        """The environment of an account at another broker, whose instrument files the stub has too."""
        if broker == "angel":
            return self.environment
        # Without an authenticator's secret nobody tries to log in: most give their files to everybody.
        others = {name: value for name, value in self.environment.items() if name != "BROKER_TOTP_SECRET"}
        return others | {"OPENALGO_BROKER": broker, "BROKER_API_SECRET": _ANY_UUID}

    def connect(self, clock: Clock | None = None, broker: str = "angel") -> Broker:
        """A broker in this process, configured like the children; as `openalgo_core.connect`, by these variables."""
        variables = self.of(broker)
        environment = load(variables, cwd=self.home)
        paths = Paths.from_environment(variables)
        settings = load_settings(paths, variables)
        loaded = load_named_broker(environment.broker)
        return Broker(Office(loaded, environment, paths, settings, clock or SystemClock()))

    def log_in(self, broker: Broker) -> None:
        """As if its owner had logged in: keep a session with the tokens and data of every broker's."""
        tokens = dict.fromkeys(("access", "api_session_key", "jwt", "session", "sid", "trade"), Secret("TOKEN"))
        data = {"dialect": "live", "base_url": self.url, "exchanges": "NSE,BSE,NFO,BFO"}
        tomorrow = datetime.now(IST) + timedelta(days=1)
        session = Session("A123456", tokens, tomorrow, data)
        broker.office.sessions.save(broker.name, broker.profile, self.url, session)

    def counts(self) -> Mapping[str, int]:
        """Requests and connections since the last look."""
        return counts(self.url)


@contextmanager
def standing(home: Path, rows: int) -> Iterator[Stand]:
    """Serve a master of so many rows; log in and fetch it."""
    command = [sys.executable, "-m", "benchmarks.stub", "--rows", str(rows)]
    if (os.cpu_count() or 1) > 1:
        command += ["--core", str(STUB_CORE)]
        os.sched_setaffinity(0, {CLIENT_CORE})
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as stub:  # noqa: S603
        assert stub.stdout is not None and stub.stdin is not None
        try:
            stand = _stand(f"http://127.0.0.1:{stub.stdout.readline().strip()}", home)
            _prepare(stand)
            yield stand
        finally:
            stub.stdin.close()


def _stand(url: str, home: Path) -> Stand:
    (home / "openalgo.toml").write_text("[guards.order_rate]\nper_second = 100000\n", encoding="utf-8")
    account = {
        "OPENALGO_HOME": str(home),
        "OPENALGO_BROKER": "angel",
        "BROKER_API_KEY": "benchmark",
        "BROKER_CLIENT_ID": "A123456",
        "BROKER_PIN": "246810",
        "BROKER_TOTP_SECRET": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        "BROKER_BASE_URL": url,
    }
    return Stand(url, home, {"PATH": os.environ["PATH"], "HOME": str(home), **account})


def _prepare(stand: Stand) -> None:
    # The stub makes the file when it is first asked for, and with a million rows that takes longer than a broker may.
    requests.get(f"{stand.url}/OpenAPI_File/files/OpenAPIScripMaster.json", timeout=300).raise_for_status()
    with stand.connect() as broker:
        broker.sync_instruments()
        broker.quotes(["NSE:SBIN"])
    stand.counts()
