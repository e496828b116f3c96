"""Acme's wire over the simulated exchange.

It is strict: what is outside the documentation is refused and recorded in `setup.surprises`, which fails a test. Rate
limits are not simulated. Broker-level faults by name (`broker=NAME`): `expired` (every session ends) and, for a new
order, `rejected-in-book` (taken in, then refused by risk management).

Importing this package imports no Starlette: a trader's installation has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from openalgo_core.simulation import SimulatorSetup

__all__ = ["application"]


def application(setup: SimulatorSetup) -> Starlette:
    """See `app.application`."""
    from . import app

    return app.application(setup)
