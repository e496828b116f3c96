"""What Angel One can do, and what of it this plugin does."""

from __future__ import annotations

from datetime import time

from openalgo_core.capabilities import Capability, Support
from openalgo_core.models import BrokerInfo, Exchange, RateLimit, SessionRule, TagRule

from .tables import EXCHANGES, INTERVALS

__all__ = ["BROKER"]

#: Every degree that is not "full".
_EXCEPTIONS = {
    Capability.REQUEST_OTP: Support.IMPOSSIBLE,  # codes come from an authenticator app only
    Capability.WEB_LOGIN: Support.PARTIAL,  # apps of the type "Publisher" only
    Capability.HISTORY: Support.PARTIAL,  # not for CDS and NCDEX
    Capability.IOC: Support.PARTIAL,  # not on commodities
    Capability.DISCLOSED_QUANTITY: Support.PARTIAL,  # cash equity only
}


def _limits(per_second: int, per_minute: int | None = None, per_hour: int | None = None) -> tuple[RateLimit, ...]:
    """The limits of one endpoint, as Angel One publishes them per client code."""
    spans = ((per_second, 1), (per_minute, 60), (per_hour, 3600))
    return tuple(RateLimit(count, seconds) for count, seconds in spans if count is not None)


BROKER = BrokerInfo(
    name="angel",
    title="Angel One SmartAPI",
    api=1,  # the number of the contract that this was written for
    # NCDEX rows of the master resolve both ways, but Angel One no longer documents NCDEX as an exchange for orders.
    exchanges=frozenset(EXCHANGES) - {Exchange.NCDEX},
    capabilities={capability: _EXCEPTIONS.get(capability, Support.FULL) for capability in Capability},
    hosts=("apiconnect.angelone.in", "smartapi.angelone.in", "margincalculator.angelbroking.com"),
    rate_limits={
        "login": _limits(1),
        "refresh": _limits(1, per_hour=1000),
        "profile": _limits(3, per_hour=1000),
        "logout": _limits(1),
        "funds": _limits(2),
        # 9 a second hold for place, modify and cancel together; the longer spans hold for each, and one count for
        # all three keeps on the safe side.
        "orders": _limits(9, 500, 1000),
        "order_book": _limits(1),
        "order_status": _limits(10, 500, 5000),
        "trade_book": _limits(1),
        "positions": _limits(1),
        "holdings": _limits(1),
        "margin": _limits(10, 500, 5000),
        "quotes": _limits(10, 500, 5000),
        "history": _limits(3, 180, 5000),
    },
    session=SessionRule(dies_at=time(0)),
    tag=TagRule(max_length=19, comes_back=True),
    quote_batch=50,
    history_windows={interval: days for interval, (_, days) in INTERVALS.items()},
    native_market_orders=True,
)
