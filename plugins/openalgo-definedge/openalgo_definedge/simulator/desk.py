"""What all handlers share, and what one request brings them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from openalgo_core.clock import day_of
from openalgo_core.exchange import ExchangeAccount
from openalgo_core.simulation import SimulatorSetup

from .codes import OneTimeCodes
from .envelopes import error
from .fields import Body, Fields
from .limits import RateLimits
from .master import InstrumentMaster, Listing
from .sessions import Sessions

__all__ = ["Call", "Desk", "Endpoint", "date_first", "time_first"]


class Desk:
    """One simulated Definedge. `otp` is the code that it sends to everybody."""

    def __init__(self, setup: SimulatorSetup, otp: str) -> None:
        self.setup = setup
        self.exchange = setup.exchange
        self.codes = OneTimeCodes(setup, otp)
        self.sessions = Sessions(setup.clock)
        self.limits = RateLimits(setup.clock, setup.rate_scale)
        self.master = InstrumentMaster(day_of(setup.clock.now()))

    def books(self, call: Call) -> ExchangeAccount:
        """The caller's account at the exchange."""
        return self.exchange.account(call.user_id)

    def by_token(self, call: Call) -> Listing:
        """The row that a path names by segment and token. Raises `Refusal`."""
        found = self.master.find(call.path["segment"], call.path["token"])
        if found is None:
            raise error("Token Not Found")
        return found

    def by_symbol(self, segment: str, symbol: str) -> Listing:
        """The row of a trading symbol. Raises `Refusal`."""
        found = self.master.named(segment, symbol)
        if found is None:
            raise error("Invalid Trading Symbol : Symbol Not Found")
        return found

    def surprise(self, what: str) -> None:
        self.setup.surprises.append(f"definedge: {what}")


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed the gate. `scripted` is the name of a fault that the handler is to play."""

    user_id: str
    headers: Mapping[str, str]
    body: Body
    path: Mapping[str, str]
    scripted: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One line of the documentation. `handle` returns what is sent, a text as CSV, or raises `Refusal`.

    `host` is whose rate the call counts for; the login host has none and asks for no key.
    """

    method: str
    path: str
    handle: Callable[[Desk, Call], Any]
    fields: Fields = field(default_factory=dict)
    host: str = "integrate"
    #: Names of faults that `handle` plays itself.
    plays: frozenset[str] = frozenset()

    @property
    def needs_key(self) -> bool:
        return self.host != "signin"


def date_first(moment: datetime) -> str:
    """`20-11-2026 10:15:02`, as the exchange's times are written."""
    return f"{moment:%d-%m-%Y %H:%M:%S}"


def time_first(moment: datetime) -> str:
    """`10:15:02 20-11-2026`, as request and entry times are written."""
    return f"{moment:%H:%M:%S %d-%m-%Y}"
