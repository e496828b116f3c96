"""What ICICI Direct can do, and what of it this plugin does."""

from __future__ import annotations

from datetime import time
from decimal import ROUND_HALF_EVEN, Decimal

from openalgo_core.capabilities import Capability, Support
from openalgo_core.models import (
    Action,
    BrokerInfo,
    Exchange,
    Instrument,
    InstrumentKind,
    RateLimit,
    SessionRule,
    TagRule,
)
from openalgo_core.numbers import share_tick

from .tables import INTERVALS, ORDER_EXCHANGES
from .wire import LIMIT

__all__ = ["BROKER", "protected_price"]

#: Every degree that is not "full".
_EXCEPTIONS = {
    Capability.LOGIN: Support.IMPOSSIBLE,  # on the login page only
    Capability.REQUEST_OTP: Support.IMPOSSIBLE,
    Capability.REFRESH_SESSION: Support.IMPOSSIBLE,
    Capability.LOGOUT: Support.IMPOSSIBLE,
    Capability.MIS: Support.IMPOSSIBLE,  # prohibited through the API
    Capability.SL_M: Support.IMPOSSIBLE,
    Capability.MARKET: Support.PARTIAL,  # as a protected limit
    Capability.TRADE_BOOK: Support.PARTIAL,  # summed up by order
    Capability.MARGIN: Support.PARTIAL,  # futures and options only
    Capability.QUOTES: Support.PARTIAL,  # not MCX and CDS; no open interest
    Capability.DEPTH: Support.PARTIAL,  # one level
    Capability.HISTORY: Support.PARTIAL,  # no candles of a second
}


#: Distance of a protected limit from the last price: percent, and rupees at least (page 3.3, as the official client).
_DISTANCES = {
    InstrumentKind.CE: (Decimal(10), Decimal(5)),
    InstrumentKind.PE: (Decimal(10), Decimal(5)),
    InstrumentKind.FUT: (Decimal("1.5"), Decimal("0.05")),
}
_CASH_DISTANCE = (Decimal(3), Decimal("0.05"))


def protected_price(action: Action, instrument: Instrument, last: Decimal) -> Decimal:
    """The limit that stands for a market order, on the nearest tick. The day's circuits are left to the broker."""
    percent, least = _DISTANCES.get(instrument.kind, _CASH_DISTANCE)
    price = last + action.sign * max(last * percent / 100, least)
    tick = instrument.tick_size or share_tick(last)
    return max(tick, (price / tick).to_integral_value(ROUND_HALF_EVEN) * tick)


BROKER = BrokerInfo(
    name="icici",
    title="ICICI Direct",
    api=1,  # the number of the contract that this was written for
    # MCX and CDS are listed, and have history; orders are not taken there.
    exchanges=frozenset((*ORDER_EXCHANGES, Exchange.NSE_INDEX, Exchange.BSE_INDEX)),
    capabilities={capability: _EXCEPTIONS.get(capability, Support.FULL) for capability in Capability},
    hosts=("api.icicidirect.com", "breezeapi.icicidirect.com", "directlink.icicidirect.com"),
    # The 10 a second hold for order writes together. A request counts against one group only, and all calls share the
    # other two limits, so it is kept for all calls.
    rate_limits={LIMIT: (RateLimit(10, 1), RateLimit(100, 60), RateLimit(5000, 86400))},
    session=SessionRule(dies_at=time(0)),
    # `user_remark`: letters and digits; its length is not documented, and it is not given back.
    tag=TagRule(max_length=20, comes_back=False),
    quote_batch=1,
    history_windows={interval: days for interval, (_, days, _) in INTERVALS.items()},
    native_market_orders=False,
    protected_price=protected_price,
)
