"""What the tests stand on: the plugin's hooks over a wire that is a script, a few instruments, one account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest

import openalgo_acme
from openalgo_acme.instruments import unified
from openalgo_core.clock import IST
from openalgo_core.models import MasterRow, Session, Settings
from openalgo_core.secrets import Secret
from openalgo_core.testing import ScriptedBroker, Table, World

#: Rows of Acme's instrument file.
ROWS: tuple[Mapping[str, Any], ...] = (
    {"id": "1001", "segment": "CASH", "symbol": "SBIN", "base": "SBIN", "name": "STATE BANK OF INDIA",
     "kind": "SHARE", "expiry": None, "strike": None, "lot": 1, "tick": "0.05"},
    {"id": "2001", "segment": "DERIV", "symbol": "NIFTY:2026-12-29:25000:CALL", "base": "NIFTY", "name": "NIFTY",
     "kind": "CALL", "expiry": "2026-12-29", "strike": "25000.00", "lot": 65, "tick": "0.05"},
)  # fmt: skip
SETTINGS = Settings(api_key=Secret("APIKEY01"))
SESSION = Session("A123456", {"token": Secret("THE-TOKEN")}, datetime(2026, 11, 21, 3, 0, tzinfo=IST))


@pytest.fixture(scope="session")
def world() -> Callable[..., World]:
    """Makes a `World` of scripted answers, see `ScriptedBroker.world`."""
    table = Table([row for row in map(unified, ROWS) if isinstance(row, MasterRow)])
    return ScriptedBroker(openalgo_acme, SETTINGS, SESSION, table).world
