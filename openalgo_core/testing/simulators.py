"""A broker's simulator on loopback, on a clock that stands until a test moves it, and a careful client of its wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pyotp
import requests

from ..exchange import ExchangeRules, SimulatedExchange
from ..simulation import TEST_ACCOUNT, Simulation, SimulatorSetup, serve
from .clocks import TRADING_DAY, StandingClock

if TYPE_CHECKING:
    from starlette.types import ASGIApp

__all__ = ["SimulatorCaller", "simulated", "taken", "totp"]

#: Seconds; an answer of this machine that takes longer never comes.
_PATIENCE = 5.0


@contextmanager
def simulated(
    application: Callable[[SimulatorSetup], ASGIApp],
    *,
    at: datetime = TRADING_DAY,
    partial_fills: bool = False,
    exchange_hours: bool = False,
    **settings: Any,
) -> Iterator[Simulation]:
    """Serves a simulator with an exchange in memory, whose clock stands `at` that moment.

    `settings` are those of `SimulatorSetup`. Limits are off unless asked for (`enforce_rate_limits=True`), because the
    clock stands still. Leaving raises `AssertionError` for every surprise of the simulator that the test has not taken.
    """
    clock = StandingClock(at)
    rules = ExchangeRules(exchange_hours=exchange_hours, partial_fills=partial_fills)
    exchange = SimulatedExchange(clock=clock, rules=rules)
    setup = SimulatorSetup(exchange, clock, **{"enforce_rate_limits": False, **settings})
    try:
        with serve(application, setup) as simulation:
            yield simulation
        if setup.surprises:
            raise AssertionError("the simulator did not expect this:\n" + "\n".join(setup.surprises))
    finally:
        setup.close()


def taken(simulation: Simulation) -> str:
    """The surprises so far in one text; they are forgotten."""
    text = "\n".join(simulation.setup.surprises)
    simulation.setup.surprises.clear()
    return text


def totp(simulation: Simulation, steps: int = 0) -> str:
    """The test account's code at the simulator's present, or so many steps of 30 seconds from it."""
    at = simulation.setup.clock.now() + timedelta(seconds=30 * steps)
    return pyotp.TOTP(TEST_ACCOUNT.totp_secret.reveal()).at(at)


class SimulatorCaller:
    """Base of a plugin's `Caller`: a client that logs in at the start of a `with` block and closes at its end.

    A subclass says how to log in, and where paths begin that do not begin with a slash (`root`). `headers` go with
    every request. Redirects are answers, not followed; proxies of the environment are not used.
    """

    root: str = ""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._session = requests.Session()
        self._session.trust_env = False
        self.headers: dict[str, str] = {}

    def __enter__(self) -> Self:
        self.log_in()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def log_in(self) -> Any:
        """Make `headers` those of somebody who is logged in; what the broker answered."""
        raise NotImplementedError

    def get(self, path: str) -> requests.Response:
        return self.send("GET", path)

    def send(
        self,
        method: str,
        path: str,
        data: str | Mapping[str, str] | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> requests.Response:
        """One request; `headers` beside those of every request, or in their place; `None` leaves one out."""
        url = self._simulation.url + (path if path.startswith("/") else f"{self.root}/{path}")
        together = {**self.headers, **(headers or {})}
        return self._session.request(method, url, data=data, headers=together, timeout=_PATIENCE, allow_redirects=False)
