"""What the core asks of every plugin, and what it may offer beside trading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .markers import hookspec

if TYPE_CHECKING:
    from ..models.broker import BrokerInfo
    from ..simulation.bench import SimulatorSetup


@hookspec(firstresult=True)
def describe() -> BrokerInfo:
    """Everything declarative about the broker. Called once, first, and offline: no input, no output, no state."""
    raise NotImplementedError


@hookspec(firstresult=True)
def simulator(setup: SimulatorSetup) -> Any:
    """An ASGI application that speaks the broker's wire over the simulated exchange in `setup`.

    Needs the extra `simulator`; import Starlette inside. The application is strict: an unexpected path, header or
    field is answered as the broker would answer it and recorded in `setup.surprises`.
    """
    raise NotImplementedError
