"""What the tests of this plugin stand on: its hooks over a wire that is a script, the sample archive, one account."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

import openalgo_icici
from openalgo_core.clock import IST
from openalgo_core.models import MasterRow, Session, Settings
from openalgo_core.secrets import Secret
from openalgo_core.testing import ScriptedBroker, Table, World

DATA = Path(__file__).parent / "data"
MEMBERS = ("NSE", "BSE", "FONSE", "FOBSE", "CDNSE", "MCX", "MF")
#: The moment at which the requests of the official client were recorded: 16:55:28 UTC.
NOW = datetime(2026, 11, 20, 22, 25, 28, tzinfo=IST)
REDIRECT = "http://127.0.0.1:5000/icici/callback"
SETTINGS = Settings(api_key=Secret(" demo+app=key "), api_secret=Secret(" demo-secret "), redirect_url=REDIRECT)
TOKENS = {"session": Secret("QUIxMjM0NTY6ODc2NTQzMjE="), "api_session": Secret("12345678")}
SESSION = Session("AB123456", TOKENS, datetime(2026, 11, 21, tzinfo=IST), {"exchanges": "NSE,BSE,NFO,BFO"})


def zipped(**texts: bytes) -> bytes:
    """The archive of the sample files; a given text takes the place of a file, an empty one leaves it out."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in MEMBERS:
            if text := texts.get(name, (DATA / f"{name}ScripMaster.txt").read_bytes()):
                archive.writestr(f"{name}ScripMaster.txt", text)
    return packed.getvalue()


def read_master(archive: bytes) -> list[MasterRow]:
    master = ScriptedBroker(openalgo_icici).world({"bytes": archive}).call("instruments", known=None)
    return list(map(MasterRow._make, master.rows))


@pytest.fixture(scope="session")
def pack() -> Callable[..., bytes]:
    return zipped


@pytest.fixture(scope="session")
def rows() -> list[MasterRow]:
    """The rows of the sample archive and of the constructed currency file, as the plugin reads them."""
    currencies = read_master(zipped(CDNSE=(DATA / "CDNSEScripMaster.constructed.txt").read_bytes()))
    return read_master(zipped()) + [row for row in currencies if row.exchange == "CDS"]


@pytest.fixture(scope="session")
def table(rows: list[MasterRow]) -> Table:
    return Table(rows)


@pytest.fixture(scope="session")
def world(table: Table) -> Callable[..., World]:
    """Makes a `World` of scripted answers, see `ScriptedBroker.world`."""
    return ScriptedBroker(openalgo_icici, SETTINGS, SESSION, table, NOW).world
