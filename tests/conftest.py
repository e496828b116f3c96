"""Fixtures that every folder of tests may ask for."""

from __future__ import annotations

import pytest
from clocks import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    """10:15 IST on a trading day, moved by hand."""
    return FakeClock()
