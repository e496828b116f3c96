"""What the tests of this plugin stand on: its hooks over a wire that is a script, the sample master, one account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

import openalgo_definedge
from openalgo_core.clock import IST
from openalgo_core.models import Session, Settings
from openalgo_core.secrets import Secret
from openalgo_core.testing import ScriptedBroker, Table, World
from openalgo_definedge.instruments import unified

SAMPLE = Path(__file__).parent / "data" / "allmaster.csv"
#: A Friday; the contracts of the sample fit this day.
NOW = datetime(2026, 8, 21, 10, 16, tzinfo=IST)
SETTINGS = Settings(api_key=Secret(" TOKEN-xyz "), api_secret=Secret(" SECRET-abc "))
TOKENS = {"api_session_key": Secret("sess-key-1"), "susertoken": Secret("ws-key-1")}
SESSION = Session("1234567", TOKENS, datetime(2026, 8, 22, 3, tzinfo=IST))


@pytest.fixture(scope="session")
def sample() -> list[list[str]]:
    """The rows of the sample master."""
    return [line.split(",", 14) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session")
def table(sample: list[list[str]]) -> Table:
    table = Table([row for row in map(unified, sample) if not isinstance(row, str)])
    assert not table.left_out
    return table


@pytest.fixture(scope="session")
def world(table: Table) -> Callable[..., World]:
    """Makes a `World` of scripted answers, see `ScriptedBroker.world`."""
    return ScriptedBroker(openalgo_definedge, SETTINGS, SESSION, table, NOW).world
