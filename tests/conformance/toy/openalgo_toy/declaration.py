"""What the toy can do."""

from __future__ import annotations

from datetime import time

from openalgo_core.capabilities import Capability, Support
from openalgo_core.models import API_VERSION, BrokerInfo, Exchange, Interval, RateLimit, SessionRule, TagRule

from .sins import sins

__all__ = ["describe_broker"]

_EXCEPTIONS = {
    Capability.REQUEST_OTP: Support.IMPOSSIBLE,
    Capability.WEB_LOGIN: Support.IMPOSSIBLE,
    Capability.REFRESH_SESSION: Support.IMPOSSIBLE,
    Capability.ORDER_STATUS: Support.IMPOSSIBLE,
    Capability.MARGIN: Support.NOT_IMPLEMENTED,
    Capability.DEPTH: Support.IMPOSSIBLE,
    Capability.SL_M: Support.IMPOSSIBLE,
    Capability.DISCLOSED_QUANTITY: Support.IMPOSSIBLE,
}


def describe_broker() -> BrokerInfo:
    exceptions = dict(_EXCEPTIONS)
    if sins("declares a hook that is not there"):
        exceptions[Capability.DEPTH] = Support.FULL
    if sins("declares what it leaves out"):
        exceptions[Capability.DISCLOSED_QUANTITY] = Support.FULL
    if sins("leaves something unstated"):
        exceptions[Capability.DISCLOSED_QUANTITY] = Support.UNSTATED
    exchanges = {Exchange.NSE, Exchange.NFO, Exchange.NSE_INDEX}
    if sins("declares an exchange that is not listed"):
        exchanges.add(Exchange.MCX)
    return BrokerInfo(
        name="toy",
        title="Toy Securities",
        api=API_VERSION,
        exchanges=frozenset(exchanges),
        capabilities={one: exceptions.get(one, Support.FULL) for one in Capability},
        hosts=("api.toy.example",),
        rate_limits={} if sins("knows no limits") else {"all": (RateLimit(20, 1),)},
        session=SessionRule(dies_at=time(0)),
        tag=TagRule(max_length=20, comes_back=True),
        quote_batch=10,
        history_windows={Interval.DAY: 30},
    )
