"""A broker's simulator, running: its application, a server, and the fault proxy where faults are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .bench import SimulatorSetup
from .faults import Fault, FaultKind, FaultScript, parse_fault
from .proxy import FaultProxy
from .server import SimulatorServer

if TYPE_CHECKING:
    from starlette.types import ASGIApp

__all__ = ["Simulation", "serve"]


@dataclass(frozen=True, slots=True)
class Simulation:
    """`url` is where clients go: the proxy's address if there is one, else the server's."""

    url: str
    setup: SimulatorSetup
    proxy: FaultProxy | None

    def fault(self, *faults: Fault | str) -> None:
        """Ask for more faults while it runs; what the wire cannot do goes to the application.

        Raises `UsageError` for a text that is none. Needs a simulation that was started with `proxied=True` or with
        faults, except for faults of kind `broker`.
        """
        for fault in faults:
            parsed = parse_fault(fault) if isinstance(fault, str) else fault
            self._script_for(parsed).add(parsed)

    def _script_for(self, fault: Fault) -> FaultScript:
        if fault.kind is FaultKind.BROKER:
            return self.setup.script
        if self.proxy is None:
            raise RuntimeError(f"{fault.kind} needs the proxy: start the simulation with proxied=True")
        return self.proxy.script


@contextmanager
def serve(
    plugin_simulator: Callable[[SimulatorSetup], ASGIApp],
    setup: SimulatorSetup,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    faults: Iterable[Fault | str] = (),
    proxied: bool = False,
) -> Iterator[Simulation]:
    """Run a broker's simulator while the `with` block lasts.

    `faults` and `proxied` put a proxy in front, on `host` and `port`; the server is then on a free port behind it.
    Raises `UsageError` for a text that is no fault and `ConfigurationError` if the address is taken.
    """
    parsed = [parse_fault(fault) if isinstance(fault, str) else fault for fault in faults]
    with ExitStack() as stack:
        app = plugin_simulator(setup)
        proxy = None
        if proxied or any(fault.kind is not FaultKind.BROKER for fault in parsed):
            server = stack.enter_context(SimulatorServer(app))
            proxy = stack.enter_context(FaultProxy(server.url, host=host, port=port))
            setup.public_url = proxy.url
        else:
            setup.public_url = stack.enter_context(SimulatorServer(app, host=host, port=port)).url
        simulation = Simulation(setup.public_url, setup, proxy)
        simulation.fault(*parsed)
        yield simulation
