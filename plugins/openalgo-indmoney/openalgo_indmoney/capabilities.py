"""What INDmoney can do, and what of it this plugin does."""

from __future__ import annotations

from datetime import timedelta

from openalgo_core.capabilities import Capability, Support
from openalgo_core.models import BrokerInfo, RateLimit, SessionRule, TagRule

from .tables import ALGO_IDS, INTERVALS, PREFIXES

__all__ = ["BROKER"]

#: Every degree that is not "full".
_EXCEPTIONS = {
    Capability.REQUEST_OTP: Support.IMPOSSIBLE,  # codes come from an authenticator app only
    Capability.WEB_LOGIN: Support.IMPOSSIBLE,  # a token is copied from a page; nothing comes back to REDIRECT_URL
    Capability.REFRESH_SESSION: Support.IMPOSSIBLE,
    Capability.LOGOUT: Support.IMPOSSIBLE,  # tokens are forgotten here; there they live until they die
    Capability.MODIFY_ORDER: Support.PARTIAL,  # quantity and prices only
    Capability.QUOTES: Support.PARTIAL,  # no open interest
    Capability.HISTORY: Support.PARTIAL,  # not BFO; no open interest
    Capability.SL: Support.PARTIAL,  # NSE and NFO only, as smart orders
    Capability.SL_M: Support.IMPOSSIBLE,
    Capability.IOC: Support.PARTIAL,  # documented as a word, doubted by a rule; not for stop orders
    Capability.DISCLOSED_QUANTITY: Support.IMPOSSIBLE,
}

_DAY = RateLimit(100_000, 86_400)

BROKER = BrokerInfo(
    name="indmoney",
    title="INDmoney",
    api=1,  # the number of the contract that this was written for
    exchanges=frozenset(PREFIXES),
    capabilities={capability: _EXCEPTIONS.get(capability, Support.FULL) for capability in Capability},
    hosts=("api.indstocks.com",),
    rate_limits={
        "token": (RateLimit(1, 60),),
        "orders": (RateLimit(10, 1),),
        "data": (RateLimit(5, 1), _DAY),
        "quotes": (RateLimit(5, 1), _DAY),
        "account": (RateLimit(15, 1), _DAY),
    },
    session=SessionRule(lifetime=timedelta(hours=24)),
    tag=TagRule(max_length=100, comes_back=True, characters="A-Za-z0-9._:/-", unverified=True),
    # 1,000 are documented; at 500 the URL still has no more than 7 kB.
    quote_batch=500,
    history_windows={interval: days for interval, (_, days) in INTERVALS.items()},
    native_market_orders=True,
    algo_ids=ALGO_IDS,
)
