"""What Acme can do, and what of it this plugin does."""

from __future__ import annotations

from datetime import time

from openalgo_core.capabilities import Capability, Support
from openalgo_core.models import BrokerInfo, RateLimit, SessionRule, TagRule

from .tables import EXCHANGES

__all__ = ["BROKER"]

#: Every degree that is not "full". "Not implemented" says where help is wanted, "impossible" where it is in vain.
_EXCEPTIONS = {
    Capability.REQUEST_OTP: Support.IMPOSSIBLE,
    Capability.WEB_LOGIN: Support.IMPOSSIBLE,
    Capability.REFRESH_SESSION: Support.IMPOSSIBLE,
    Capability.ORDER_STATUS: Support.IMPOSSIBLE,  # only the whole book can be read
    Capability.MARGIN: Support.NOT_IMPLEMENTED,
    Capability.DEPTH: Support.NOT_IMPLEMENTED,
    Capability.HISTORY: Support.NOT_IMPLEMENTED,
}

BROKER = BrokerInfo(
    name="acme",
    title="Acme",
    api=1,  # the contract that this plugin was written for; never the number of whatever core is installed
    exchanges=frozenset(EXCHANGES.values()),
    capabilities={capability: _EXCEPTIONS.get(capability, Support.FULL) for capability in Capability},
    hosts=("api.acme.example",),
    rate_limits={"orders": (RateLimit(10, 1),), "reads": (RateLimit(20, 1),)},
    session=SessionRule(dies_at=time(3)),
    tag=TagRule(max_length=20, comes_back=True),
    quote_batch=50,
)
