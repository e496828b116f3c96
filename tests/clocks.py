"""The clocks of `openalgo_core.testing`, under the names that the tests of the core know them by."""

from openalgo_core.testing.clocks import TRADING_DAY, HurriedClock
from openalgo_core.testing.clocks import StandingClock as FakeClock

__all__ = ["TRADING_DAY", "FakeClock", "HurriedClock"]
