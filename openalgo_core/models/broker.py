"""What a broker plugin says about its broker: everything declarative in one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import TYPE_CHECKING

from ..capabilities import Capability, Support
from .vocabulary import Action, Exchange, Interval

if TYPE_CHECKING:
    from decimal import Decimal

    from .instrument import Instrument

__all__ = ["API_VERSION", "BrokerInfo", "RateLimit", "SessionRule", "TagRule"]

#: The number of the contract between core and plugins. A plugin states the one it was written for.
API_VERSION = 1


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `count` requests in any `seconds`, per account."""

    count: int
    seconds: int


@dataclass(frozen=True, slots=True)
class SessionRule:
    """When the broker's tokens die: at a time of the Indian day, or after a span, whichever is declared."""

    dies_at: time | None = None
    lifetime: timedelta | None = None


@dataclass(frozen=True, slots=True)
class TagRule:
    """The text of ours that an order may carry on the wire.

    `max_length` 0 means that there is no such field. `comes_back`: whether the order book returns it, so that an
    unknown outcome can be settled by it. `unverified`: that it does is documented and was never seen live, so a book in
    which no order has any tag is searched by fingerprint. `lost_on_change`: an order that was modified shows it no
    more, so that a row without a tag may be anybody's.
    """

    max_length: int
    comes_back: bool
    characters: str = "A-Za-z0-9"
    unverified: bool = False
    lost_on_change: bool = False


@dataclass(frozen=True, slots=True)
class BrokerInfo:
    """Who the broker is and how its API behaves.

    `rate_limits` maps a group name of the plugin's choice to its limits; a request names the group that it counts
    against. `quote_batch` is how many instruments one quotes request may name. `history_windows` maps each supported
    interval to the longest span of days that one request may ask for. `hosts` are the only hosts the plugin talks to.
    `native_market_orders` is false where a MARKET order must be sent as a protected limit; `protected_price` makes that
    limit of side, instrument and last price where the broker has a rule of its own (pure, no requests). `algo_ids` maps
    an exchange to the generic algo id that its orders must carry, where the broker wants one in the request.
    """

    name: str
    title: str
    api: int
    exchanges: frozenset[Exchange]
    capabilities: Mapping[Capability, Support]
    hosts: tuple[str, ...]
    rate_limits: Mapping[str, tuple[RateLimit, ...]] = field(default_factory=dict)
    session: SessionRule = field(default_factory=SessionRule)
    tag: TagRule = field(default_factory=lambda: TagRule(0, comes_back=False))
    quote_batch: int = 1
    history_windows: Mapping[Interval, int] = field(default_factory=dict)
    native_market_orders: bool = True
    protected_price: Callable[[Action, Instrument, Decimal], Decimal] | None = None
    algo_ids: Mapping[Exchange, str] = field(default_factory=dict)

    def support(self, capability: Capability) -> Support:
        return self.capabilities.get(capability, Support.UNSTATED)
