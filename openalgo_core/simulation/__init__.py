"""What every broker's simulator stands on: a test account, a server, faults on request. Needs the extra `simulator`."""

from typing import TYPE_CHECKING

from .._lazy import lazy_exports

if TYPE_CHECKING:
    from .bench import SEED_API_KEY, SEED_API_SECRET, TEST_ACCOUNT, SimulatorSetup, TestAccount
    from .faults import Fault, FaultKind, FaultScript, Stage, parse_fault
    from .proxy import FaultProxy, Seen
    from .server import SimulatorServer
    from .serving import Simulation, serve

__all__ = [
    "SEED_API_KEY",
    "SEED_API_SECRET",
    "TEST_ACCOUNT",
    "Fault",
    "FaultKind",
    "FaultProxy",
    "FaultScript",
    "Seen",
    "Simulation",
    "SimulatorServer",
    "SimulatorSetup",
    "Stage",
    "TestAccount",
    "parse_fault",
    "serve",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "SEED_API_KEY": ".bench",
        "SEED_API_SECRET": ".bench",
        "TEST_ACCOUNT": ".bench",
        "SimulatorSetup": ".bench",
        "TestAccount": ".bench",
        "Fault": ".faults",
        "FaultKind": ".faults",
        "FaultScript": ".faults",
        "Stage": ".faults",
        "parse_fault": ".faults",
        "FaultProxy": ".proxy",
        "Seen": ".proxy",
        "SimulatorServer": ".server",
        "Simulation": ".serving",
        "serve": ".serving",
    },
)
