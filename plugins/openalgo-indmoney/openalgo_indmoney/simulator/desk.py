"""What all handlers share, and what one request brings them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from openalgo_core.clock import day_of
from openalgo_core.exchange import ExchangeAccount
from openalgo_core.secrets import Secret
from openalgo_core.simulation import SimulatorSetup

from .fields import Fields, Input
from .legs import Legs
from .limits import Limit, RateLimits
from .lockouts import Authenticator
from .master import InstrumentMaster, Listing
from .sessions import Sessions

__all__ = ["Call", "Desk", "Endpoint"]

#: Deep in the money, as were the contracts that no quote was seen for.
_DEEP: Final = "NFO_44017"
#: What the set-up page has in its sample `.env`.
_SEED_TOKEN: Final = "your_generated_access_token"  # noqa: S105  # a placeholder that everybody may read


class Desk:
    """One simulated INDstocks."""

    def __init__(self, setup: SimulatorSetup) -> None:
        self.setup = setup
        self.exchange = setup.exchange
        self.authenticator = Authenticator(setup.clock, setup.account.totp_secret)
        self.sessions = Sessions(setup.clock)
        self.limits = RateLimits(setup.clock, setup.rate_scale)
        self.master = InstrumentMaster(day_of(setup.clock.now()))
        self.legs = Legs(setup.clock)
        self.deep_is_dead = False
        for token in (setup.account.api_secret, Secret(_SEED_TOKEN)):
            self.sessions.paste(token.reveal(), setup.account.user_id)

    def books(self, call: Call) -> ExchangeAccount:
        """The caller's account at the exchange."""
        return self.exchange.account(call.user_id)

    def trades(self, listing: Listing) -> bool:
        """Whether anybody quotes it. One contract can be made to die, so that a batch has a bad code in it."""
        return not (self.deep_is_dead and listing.code == _DEEP)

    def surprise(self, what: str) -> None:
        self.setup.surprises.append(f"indmoney: {what}")


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed the gate. `scripted` is the name of a fault that the handler is to play."""

    user_id: str
    headers: Mapping[str, str]
    body: Input
    query: Input
    path: Mapping[str, str]
    scripted: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One line of the documentation. `handle` returns what is sent, a text as CSV, or raises `Refusal`."""

    method: str
    path: str
    handle: Callable[[Desk, Call], Any]
    limit: Limit
    body: Fields = field(default_factory=dict)
    query: Fields = field(default_factory=dict)
    #: Whether the call needs a token; only the one that makes tokens does not.
    token: bool = True
    #: Whether the call is for registered addresses only.
    write: bool = False
    #: Names of faults that `handle` plays itself.
    plays: frozenset[str] = frozenset()
