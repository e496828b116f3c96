"""What the tests of this plugin stand on: its hooks over a wire that is a script, the sample master, one account."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

import openalgo_indmoney
from openalgo_core.clock import IST
from openalgo_core.models import Session, Settings
from openalgo_core.secrets import Secret
from openalgo_core.testing import ScriptedBroker, Table, World
from openalgo_indmoney.instruments import SOURCES, unified

DATA = Path(__file__).parent / "data"
#: A Thursday; the contracts of the sample fit this day, and the token of the page's example lives on it.
NOW = datetime(2026, 8, 6, 13, 0, tzinfo=IST)
SETTINGS = Settings(api_key=Secret(" CLIENT123 "), redirect_url="http://127.0.0.1:5000/indmoney/callback")
SESSION = Session("1234567", {"access": Secret("FAKE.ACCESS.TOKEN")}, datetime(2026, 8, 7, 12, 50, tzinfo=IST))


@pytest.fixture(scope="session")
def table() -> Table:
    """The three sample files together."""
    files = {source: (DATA / f"{source}.csv").read_bytes() for source in SOURCES}
    found = [row for source, content in files.items() for row in unified(io.BytesIO(content), source)]
    table = Table([row for row in found if not isinstance(row, str)])
    assert not table.left_out
    return table


@pytest.fixture(scope="session")
def world(table: Table) -> Callable[..., World]:
    """Makes a `World` of scripted answers, see `ScriptedBroker.world`."""
    return ScriptedBroker(openalgo_indmoney, SETTINGS, SESSION, table, NOW).world
