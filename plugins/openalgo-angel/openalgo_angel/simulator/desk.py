"""What all handlers share, and what one request brings them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from openalgo_core.clock import day_of
from openalgo_core.exchange import ExchangeAccount
from openalgo_core.simulation import SimulatorSetup
from openalgo_core.symbols import MONTHS

from .envelopes import Refusal
from .fields import Body, Fields
from .limits import Limit, RateLimits
from .master import InstrumentMaster, Listing
from .sessions import Sessions

__all__ = ["Call", "Desk", "Endpoint", "moment_text", "number"]


class Desk:
    """One simulated Angel One. `gateway_status` is the HTTP status of token, key and IP refusals."""

    def __init__(self, setup: SimulatorSetup, gateway_status: int) -> None:
        self.setup = setup
        self.gateway_status = gateway_status
        self.exchange = setup.exchange
        self.sessions = Sessions(setup.clock)
        self.limits = RateLimits(setup.clock, setup.rate_scale)
        self.master = InstrumentMaster(day_of(setup.clock.now()))

    def books(self, call: Call) -> ExchangeAccount:
        """The caller's account at the exchange."""
        return self.exchange.account(call.user_id)

    def listing(self, segment: str, token: str, symbol: str | None = None) -> Listing:
        """The row of a token, which must carry `symbol` if one is given. Raises `Refusal` AB1018."""
        found = self.master.find(segment, token)
        if found is None or symbol not in (None, found.symbol):
            raise Refusal("AB1018")
        return found

    def surprise(self, what: str) -> None:
        self.setup.surprises.append(f"angel: {what}")


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed the gate. `scripted` is the name of a fault that the handler is to play."""

    user_id: str
    bearer: str
    body: Body
    path: Mapping[str, str]
    scripted: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One line of the documentation. `handle` returns the `data` of a success or raises `Refusal`."""

    method: str
    path: str
    handle: Callable[[Desk, Call], Any]
    fields: Fields = field(default_factory=dict)
    limits: tuple[Limit, ...] = ()
    token: bool = True
    #: Refreshing takes the token that is to be replaced, however old.
    expired_token: bool = False
    registered_ip: bool = False
    #: Names of faults that `handle` plays itself.
    plays: frozenset[str] = frozenset()


def number(value: Decimal | None) -> float:
    """A JSON number of rupees; what does not exist is 0."""
    return float(value or 0)


def moment_text(moment: datetime) -> str:
    """`20-Nov-2026 10:15:02`. Not by strftime, whose month names follow the locale."""
    return f"{moment:%d}-{MONTHS[moment.month - 1].title()}-{moment:%Y %H:%M:%S}"
