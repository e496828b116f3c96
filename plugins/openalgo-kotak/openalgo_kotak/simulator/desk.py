"""What all handlers share, and what one request brings them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from openalgo_core.clock import day_of
from openalgo_core.exchange import ExchangeAccount
from openalgo_core.simulation import SimulatorSetup
from openalgo_core.symbols import MONTHS

from .credentials import Credentials
from .fields import Body, Fields
from .limits import RateLimits
from .master import InstrumentMaster
from .sessions import Session, Sessions

__all__ = ["Call", "Desk", "Endpoint", "moment_text", "slashed"]


class Desk:
    """One simulated Kotak. `session_status` is the HTTP status of a refused session, `session_ends` when all end."""

    def __init__(self, setup: SimulatorSetup, session_status: int, session_ends: time) -> None:
        self.setup = setup
        self.exchange = setup.exchange
        self.credentials = Credentials(setup)
        self.sessions = Sessions(setup.clock, session_ends, session_status)
        self.limits = RateLimits(setup.clock, setup.rate_scale)
        self.master = InstrumentMaster(day_of(setup.clock.now()))

    @property
    def books(self) -> ExchangeAccount:
        """The one customer's account at the exchange."""
        return self.exchange.account(self.setup.account.user_id)

    def now(self) -> datetime:
        return self.setup.clock.now()

    def surprise(self, what: str) -> None:
        self.setup.surprises.append(f"kotak: {what}")


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed the gate. `scripted` is the name of a fault that the handler is to play."""

    address: str
    headers: Mapping[str, str]
    body: Body
    path: Mapping[str, str]
    given: Session | None = None
    scripted: str | None = None

    @property
    def session(self) -> Session:
        """The trade session of a call that needs one."""
        assert self.given is not None
        return self.given


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One line of the documentation. `handle` returns what is sent or raises `Refusal`.

    `admit` is how the caller proves himself: it returns the session, if one is needed. `reads` says where the fields
    are: `json`, `form` (in `jData`), `query`, or `nothing`.
    """

    method: str
    path: str
    handle: Callable[[Desk, Call], Any]
    admit: Callable[[Desk, Mapping[str, str], Mapping[str, str]], Session | None]
    reads: str = "nothing"
    fields: Fields = field(default_factory=dict)
    #: Whose rate the call counts for; none before there is somebody to count for.
    group: str = ""
    #: HTTP status of a success.
    status: int = 200
    #: Names of faults that `handle` plays itself.
    plays: frozenset[str] = frozenset()


def moment_text(moment: datetime) -> str:
    """`20-Nov-2026 10:15:02`. Not by strftime, whose month names follow the locale."""
    return f"{moment:%d}-{MONTHS[moment.month - 1].title()}-{moment:%Y %H:%M:%S}"


def slashed(moment: datetime) -> str:
    """`2026/11/20 10:15:02`, as the time of an update is written."""
    return f"{moment:%Y/%m/%d %H:%M:%S}"
