"""What the core adds to an order before it is journalled: an algo id, and protection for market orders.

A market order that a broker does not take as such, or that the user wants protected, becomes a limit order here, so
that the journal knows the price that really goes out.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from ..capabilities import Capability
from ..errors import InvalidRequest, NotSupported
from ..models.broker import BrokerInfo
from ..models.instrument import Instrument
from ..models.request import OrderRequest
from ..models.vocabulary import Action, PriceType
from ..numbers import share_tick

__all__ = ["prepare", "protected_price"]

#: Distance from the last price, by instrument and price band, where no percentage is configured: OpenAlgo's slabs
#: (utils/mpp_slab.py there). Each row: (price below which it applies, percent).
_CASH_SLABS = ((Decimal(100), Decimal(2)), (Decimal(500), Decimal(1)), (None, Decimal("0.5")))
_OPTION_SLABS = ((Decimal(10), Decimal(5)), (Decimal(100), Decimal(3)), (Decimal(500), Decimal(2)), (None, Decimal(1)))


def prepare(
    order: OrderRequest,
    instrument: Instrument,
    info: BrokerInfo,
    *,
    protection: Decimal | None,
    algo_id: str | None,
    last_price: Callable[[], Decimal],
) -> OrderRequest:
    """The order as it will go out.

    `protection` is the configured percentage, `None` for none; `last_price` is asked only where a price must be made
    and may raise whatever reading a quote raises: nothing has been sent then. Raises `NotSupported` for an SL-M order
    that the broker does not take and no percentage protects.
    """
    changes: dict[str, object] = {}
    chosen = algo_id or info.algo_ids.get(order.exchange)
    if chosen is not None:
        changes["algo_id"] = chosen
    if order.price_type is PriceType.MARKET and (protection is not None or not info.native_market_orders):
        own_rule = info.protected_price if protection is None else None
        if own_rule is not None:
            price = own_rule(order.action, instrument, last_price())
        else:
            price = protected_price(order.action, last_price(), instrument, protection)
        changes |= {"price_type": PriceType.LIMIT, "price": price}
    elif order.price_type is PriceType.SL_M and (protection is not None or not _takes_stop_market(info)):
        changes |= {"price_type": PriceType.SL, "price": _stop_limit(order, instrument, info, protection)}
    return order.model_copy(update=changes) if changes else order


def protected_price(action: Action, reference: Decimal, instrument: Instrument, percent: Decimal | None) -> Decimal:
    """`reference` moved against the trader by the percentage (or the slab's), rounded to the tick, never below one."""
    percent = _slab(reference, instrument) if percent is None else percent
    price = reference * (1 + action.sign * percent / 100)
    tick = instrument.tick_size or share_tick(reference)
    rounding = ROUND_FLOOR if action is Action.BUY else ROUND_CEILING  # never further away than the percentage
    return max(tick, (price / tick).to_integral_value(rounding) * tick)


def _stop_limit(order: OrderRequest, instrument: Instrument, info: BrokerInfo, protection: Decimal | None) -> Decimal:
    if protection is None:
        raise NotSupported(
            f"{info.title} does not take SL-M orders.",
            hint="Use SL with a price, or set orders.market_protection in openalgo.toml.",
            broker=info.name,
        )
    if order.trigger_price is None:
        raise InvalidRequest("An SL-M order needs a trigger price.")
    return protected_price(order.action, order.trigger_price, instrument, protection)


def _takes_stop_market(info: BrokerInfo) -> bool:
    return info.support(Capability.SL_M).available


def _slab(price: Decimal, instrument: Instrument) -> Decimal:
    slabs = _OPTION_SLABS if instrument.kind.is_option else _CASH_SLABS
    return next(percent for below, percent in slabs if below is None or price < below)
