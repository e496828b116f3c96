"""What the tests of this plugin stand on: its hooks over a wire that is a script, the sample master, one account."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import openalgo_angel
from openalgo_angel.instruments import unified
from openalgo_angel.rows import ScripRow
from openalgo_core.clock import IST
from openalgo_core.models import Session, Settings
from openalgo_core.secrets import Secret
from openalgo_core.testing import ScriptedBroker, Table, World

SAMPLE = Path(__file__).parent / "data" / "instruments-sample.json"
NOW = datetime(2026, 11, 20, 10, 15, 30, tzinfo=IST)
SETTINGS = Settings(api_key=Secret(" APIKEY01 "), redirect_url="http://127.0.0.1:5000/angel/callback")
TOKENS = {"jwt": Secret("JWT.ACCESS.TOKEN"), "refresh": Secret("REFRESH.TOKEN"), "feed": Secret("FEED.TOKEN")}
SESSION = Session("A123456", TOKENS, datetime(2026, 11, 21, tzinfo=IST))


@pytest.fixture(scope="session")
def sample() -> list[dict[str, Any]]:
    """The rows of the sample master."""
    rows: list[dict[str, Any]] = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return rows


@pytest.fixture(scope="session")
def table(sample: list[dict[str, Any]]) -> Table:
    found = [unified(ScripRow.of(row)) for row in sample]
    table = Table([row for row in found if not isinstance(row, str)])
    assert not table.left_out
    return table


@pytest.fixture(scope="session")
def world(table: Table) -> Callable[..., World]:
    """Makes a `World` of scripted answers, see `ScriptedBroker.world`."""
    return ScriptedBroker(openalgo_angel, SETTINGS, SESSION, table, NOW).world
