"""What Definedge can do, and what of it this plugin does."""

from __future__ import annotations

from datetime import time

from openalgo_core.capabilities import Capability, Support
from openalgo_core.models import BrokerInfo, RateLimit, SessionRule, TagRule

from .tables import ALGO_IDS, EXCHANGES, INTERVALS

__all__ = ["BROKER"]

#: Every degree that is not "full".
_EXCEPTIONS = {
    Capability.WEB_LOGIN: Support.IMPOSSIBLE,  # there is no page of the broker's to log in on
    Capability.REFRESH_SESSION: Support.IMPOSSIBLE,  # there is no refresh token
    Capability.LOGOUT: Support.IMPOSSIBLE,  # keys are forgotten here; there they live until they die
    Capability.QUOTES: Support.PARTIAL,  # neither previous close nor open interest
    Capability.DISCLOSED_QUANTITY: Support.PARTIAL,  # shares and MCX only
}

#: Nothing is published. OpenAlgo keeps a tenth of a second between two requests to a host, and gets along with it.
_PACE = (RateLimit(10, 1),)

BROKER = BrokerInfo(
    name="definedge",
    title="Definedge Securities",
    api=1,  # the number of the contract that this was written for
    exchanges=frozenset(EXCHANGES),
    capabilities={capability: _EXCEPTIONS.get(capability, Support.FULL) for capability in Capability},
    hosts=(
        "signin.definedgesecurities.com",
        "integrate.definedgesecurities.com",
        "data.definedgesecurities.com",
        "app.definedgesecurities.com",
    ),
    rate_limits={"integrate": _PACE, "data": _PACE},
    session=SessionRule(dies_at=time(3)),
    tag=TagRule(max_length=20, comes_back=True, characters="A-Za-z0-9_-", unverified=True),
    quote_batch=1,
    history_windows={interval: days for interval, (_, _, days) in INTERVALS.items()},
    native_market_orders=True,
    algo_ids=ALGO_IDS,
)
