"""What Kotak can do, and what of it this plugin does."""

from __future__ import annotations

from datetime import time

from openalgo_core.capabilities import Capability, Support
from openalgo_core.models import BrokerInfo, RateLimit, SessionRule, TagRule

from .tables import EXCHANGES, INTERVALS

__all__ = ["BROKER"]

#: Every degree that is not "full".
_EXCEPTIONS = {
    Capability.REQUEST_OTP: Support.PARTIAL,  # the retired flow v1 only
    Capability.WEB_LOGIN: Support.IMPOSSIBLE,  # there is no page of the broker's to log in on
    Capability.REFRESH_SESSION: Support.IMPOSSIBLE,
    Capability.LOGOUT: Support.PARTIAL,  # the retired flows only; a live session lives on until midnight
    Capability.SL_M: Support.IMPOSSIBLE,
    Capability.IOC: Support.PARTIAL,  # not on MCX
    Capability.HISTORY: Support.PARTIAL,  # not on MCX; no open interest
}

#: Ten a second are allowed, and bursts of more than nine have left connections hanging instead of being refused.
_PACE = (RateLimit(8, 1),)

BROKER = BrokerInfo(
    name="kotak",
    title="Kotak Neo",
    api=1,  # the number of the contract that this was written for
    exchanges=frozenset(EXCHANGES),
    capabilities={capability: _EXCEPTIONS.get(capability, Support.FULL) for capability in Capability},
    # Which host serves an account is told at login.
    hosts=("*.kotaksecurities.com",),
    rate_limits={"orders": _PACE, "reads": _PACE},
    session=SessionRule(dies_at=time(0)),
    tag=TagRule(max_length=20, comes_back=True, characters="A-Za-z0-9-", lost_on_change=True),
    quote_batch=50,
    history_windows={interval: days for interval, (_, days) in INTERVALS.items()},
    native_market_orders=True,
)
