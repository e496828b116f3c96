"""Fixtures that every folder of tests may ask for."""

from __future__ import annotations

import signal

import pytest
from clocks import FakeClock

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # What a shell runs in the background is deaf to Ctrl-C, and so would be every process that a test starts and stops.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def clock() -> FakeClock:
    """10:15 IST on a trading day, moved by hand."""
    return FakeClock()
