"""A toy plugin over scripted wires."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from openalgo_core.clock import IST
from openalgo_core.models import Session, Settings
from openalgo_core.secrets import Secret
from openalgo_core.testing import ScriptedBroker, Table, World

from . import toy_plugin


@pytest.fixture
def world() -> Callable[..., World]:
    """Makes a `World` of scripted answers, see `ScriptedBroker.world`."""
    session = Session("U1", {"access": Secret("T0KEN")}, datetime(2026, 11, 21, tzinfo=IST))
    table = Table([toy_plugin.row_of("3045,SBIN")])
    return ScriptedBroker(toy_plugin, Settings(api_key=Secret("K3Y")), session, table).world
