"""A broker to be unkind to: a home that is logged in, its simulator in this process, and the truth about its book."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zlib import crc32

from openalgo_core import Broker
from openalgo_core.clock import Clock
from openalgo_core.config import Paths, load, load_settings
from openalgo_core.demo import account_lines, simulator_of
from openalgo_core.exchange import BookOrder, SimulatedExchange
from openalgo_core.journal import Intent, Journal
from openalgo_core.paper.auth import USER
from openalgo_core.plugins.discovery import BROKERS, discover
from openalgo_core.plugins.loading import load_named_broker
from openalgo_core.plugins.office import Office
from openalgo_core.simulation import TEST_ACCOUNT, Simulation, SimulatorSetup, serve
from openalgo_core.testing.bench import log_in, resting_price

if TYPE_CHECKING:
    from starlette.types import ASGIApp

__all__ = ["SYMBOL", "Seat", "Stage", "has_wire", "installed", "set_up"]

SYMBOL = "NSE:SBIN"
_TICK = Decimal("0.05")
#: Ticks between 95 % and 90 % of a price of some hundred rupees: no order is filled, none is outside the band.
_LEVELS = 600
_SETTINGS = """
[timeouts]
connect = 1
read = {read}
reconcile = 4
rate_wait = 60
"""


@dataclass(frozen=True, slots=True)
class Seat:
    """What any process needs to trade in that home."""

    broker: str
    home: Path
    variables: Mapping[str, str]
    clock: Clock

    def open(self) -> Broker:
        """A broker of its own, as `connect` makes one, without a look at the environment of this process."""
        environment = load(self.variables, broker=self.broker, cwd=self.home)
        paths = Paths.from_environment(self.variables)
        settings = load_settings(paths, self.variables)
        return Broker(Office(load_named_broker(self.broker), environment, paths, settings, self.clock))


@dataclass(frozen=True, slots=True)
class Stage:
    """`truth` is the book of the exchange itself; `quiet` returns when the simulator has nothing left to do."""

    seat: Seat
    truth: Callable[[], Sequence[BookOrder]]
    quiet: Callable[[], None]
    simulation: Simulation | None
    ceiling: Decimal

    def journal(self) -> list[Intent]:
        """Every intent of the home."""
        with closing(self.open_journal()) as journal:
            return journal.entries()

    def open_journal(self) -> Journal:
        return Journal(self.seat.home / "journal", self.seat.clock)

    def price(self, number: int) -> Decimal:
        """Another one for every number; an order at it rests. Orders of the harness are told apart by it."""
        if number >= _LEVELS:
            raise ValueError("so many orders need a new stage")
        return self.ceiling - _TICK * number


def installed() -> list[str]:
    """Every broker there is."""
    return [found.name for found in discover(groups=(BROKERS,))]


def has_wire(broker: str) -> bool:
    """Whether a network lies between the broker and us."""
    return bool(load_named_broker(broker).info.hosts)


@contextmanager
def set_up(broker: str, clock: Clock, *, proxied: bool = False, read: float = 10) -> Iterator[Stage]:
    """The stage for that broker: logged in, instruments fetched. Fails if the simulator was surprised by anything.

    `read` is the time-out of an answer in seconds.
    """
    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True)))
        (home / "openalgo.toml").write_text(_SETTINGS.format(read=read))
        variables = {"OPENALGO_HOME": str(home), "OPENALGO_BROKER": broker}
        if has_wire(broker):
            traffic = _Traffic()
            simulation = stack.enter_context(_simulated(broker, clock, traffic, proxied))
            seat = Seat(broker, home, variables | account_lines(broker, TEST_ACCOUNT, simulation.url), clock)
            truth = simulation.setup.exchange.account(TEST_ACCOUNT.user_id).orders
            yield Stage(seat, truth, traffic.wait_until_over, simulation, _make_ready(seat))
        else:
            seat = Seat(broker, home, variables, clock)
            yield Stage(seat, lambda: _paper_book(seat), lambda: None, None, _make_ready(seat))


@contextmanager
def _simulated(broker: str, clock: Clock, traffic: _Traffic, proxied: bool) -> Iterator[Simulation]:
    # Ours are kept; by a clock in a hurry the simulator's count what arrives a moment later as far too early.
    setup = SimulatorSetup(exchange=SimulatedExchange(clock=clock), clock=clock, enforce_rate_limits=False)
    hook = simulator_of(broker)
    with closing(setup), serve(lambda given: traffic.counting(hook(given)), setup, proxied=proxied) as simulation:
        yield simulation
        if setup.surprises:
            raise AssertionError(f"the simulator of {broker} was surprised: {setup.surprises}")


def _make_ready(seat: Seat) -> Decimal:
    """Log in and fetch the instruments; returns the highest price at which an order to buy rests."""
    with seat.open() as broker:
        log_in(broker)
        broker.sync_instruments()
        return resting_price(broker, broker.instrument(SYMBOL))


def _paper_book(seat: Seat) -> Sequence[BookOrder]:
    file = seat.home / "state" / seat.broker / "default" / "exchange.sqlite"
    with closing(SimulatedExchange(file, clock=seat.clock, seed=crc32(b"default"))) as exchange:
        return exchange.account(USER).orders()


class _Traffic:
    """How many requests the simulator is working on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._active = 0

    def counting(self, app: ASGIApp) -> ASGIApp:
        async def counted(scope: Any, receive: Any, send: Any) -> None:
            weight = int(scope["type"] == "http")  # the application's own lifespan is no request
            self._add(weight)
            try:
                await app(scope, receive, send)
            finally:
                self._add(-weight)

        return counted

    def wait_until_over(self) -> None:
        """A request of a dead client may still lie in the socket: nothing is over before it was calm for a while."""
        calm = 0
        while calm < 5:
            time.sleep(0.002)
            calm = 0 if self._active else calm + 1

    def _add(self, number: int) -> None:
        with self._lock:
            self._active += number
