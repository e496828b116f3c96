"""What the tests of this plugin stand on: its hooks over a wire that is a script, the sample master, one account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import openalgo_kotak
from openalgo_core.clock import IST
from openalgo_core.models import Master, Session, Settings
from openalgo_core.secrets import Secret
from openalgo_core.testing import ScriptedBroker, Table, World

DATA = Path(__file__).parent / "data"
#: A Friday; the contracts of the sample fit this day.
NOW = datetime(2026, 8, 28, 10, 16, tzinfo=IST)
ACCESS = "ec6a746c-0000-4000-8000-000000000000"
SETTINGS = Settings(api_key=Secret(" AB123 "), api_secret=Secret(f" {ACCESS} "))
TOKENS = {"trade": Secret("trade-jwt"), "sid": Secret("trade-sid"), "access": Secret(ACCESS)}
LIVE = {"dialect": "live", "base_url": "https://e43.kotaksecurities.com", "server_id": ""}
SESSION = Session("AB123", TOKENS, datetime(2026, 8, 29, tzinfo=IST), LIVE)
FILES = "https://lapi.kotaksecurities.com/wso2-scripmaster/v1/prod/2026-08-28"


@pytest.fixture(scope="session")
def sample() -> dict[str, bytes]:
    """The sample files by their names without `.csv`."""
    return {path.stem: path.read_bytes() for path in sorted(DATA.glob("*.csv"))}


@pytest.fixture(scope="session")
def master_answers(sample: dict[str, bytes]) -> list[dict[str, Any]]:
    """What a sync of the sample is answered: the list of files, then the files in the order in which they are read."""
    folder = {name: "transformed-v1" if name.endswith("-v1") else "transformed" for name in sample}
    paths = [f"{FILES}/{folder[name]}/{name}.csv" for name in sorted(sample, reverse=True)]
    segments = ("nse_cm-v1", "bse_cm-v1", "nse_fo", "bse_fo", "cde_fo", "mcx_fo")
    return [{"body": {"data": {"filesPaths": paths}}}, *({"bytes": sample[name]} for name in segments)]


@pytest.fixture(scope="session")
def table(master_answers: list[dict[str, Any]]) -> Table:
    master = ScriptedBroker(openalgo_kotak, SETTINGS, SESSION).world(*master_answers).call("instruments", known=None)
    assert isinstance(master, Master)
    table = Table(list(master.rows))
    assert not table.left_out
    return table


@pytest.fixture(scope="session")
def retired() -> dict[str, dict[str, str]]:
    """What the sessions of the retired flows keep, by the name of the dialect."""
    gateway, own = "https://gw-napi.kotaksecurities.com", "https://mnapi.kotaksecurities.com"
    hosts = {"v1": gateway, "v2": own, "v2-gateway": gateway}
    return {name: {"dialect": name, "base_url": host, "server_id": "server4"} for name, host in hosts.items()}


@pytest.fixture(scope="session")
def world(table: Table) -> Callable[..., World]:
    """Makes a `World` of scripted answers, see `ScriptedBroker.world`."""
    return ScriptedBroker(openalgo_kotak, SETTINGS, SESSION, table, NOW).world
