"""What paper trading can do."""

from __future__ import annotations

from openalgo_core.capabilities import Capability, Support
from openalgo_core.models import API_VERSION, BrokerInfo, Exchange, TagRule

from .tables import WINDOWS

__all__ = ["BROKER"]

#: There is nobody to send a code, no page to log in at, no session that ends, and no wire to simulate.
_IMPOSSIBLE = {
    Capability.REQUEST_OTP,
    Capability.WEB_LOGIN,
    Capability.REFRESH_SESSION,
    Capability.SIMULATOR,
}

BROKER = BrokerInfo(
    name="paper",
    title="Paper trading",
    api=API_VERSION,
    exchanges=frozenset(Exchange) - {Exchange.GLOBAL_INDEX},
    capabilities={
        capability: Support.IMPOSSIBLE if capability in _IMPOSSIBLE else Support.FULL for capability in Capability
    },
    hosts=(),
    tag=TagRule(max_length=20, comes_back=True),
    quote_batch=500,
    history_windows=WINDOWS,
)
