"""What all handlers share, and what one request brings them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from starlette.responses import Response

from openalgo_core.clock import day_of
from openalgo_core.exchange import ExchangeAccount
from openalgo_core.models import InstrumentKind
from openalgo_core.simulation import SimulatorSetup

from .envelopes import refusal, succeeded
from .fields import Body, Field, Fields
from .limits import RateLimits
from .master import InstrumentMaster, Listing
from .sessions import Sessions

__all__ = ["KINDS", "Call", "Desk", "Endpoint", "number"]

#: How requests name what a derivative is.
KINDS = {"call": InstrumentKind.CE, "put": InstrumentKind.PE, "others": InstrumentKind.FUT}


class Desk:
    """One simulated ICICI Direct. `gateway_status` is the HTTP status of the gateway's own refusals (`Status` 5)."""

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

    def listing(self, segment: str, product: str, body: Body) -> Listing:
        """The row that a body names by stock code, and for a derivative by expiry, strike and right.

        `product` is cash, futures or options. Raises `Refusal` where a part is missing or nothing is listed so.
        """
        code = body.text("stock_code")
        found = self.master.share(segment, code) if product == "cash" else self._derivative(segment, code, body)
        if found is None or found.product.lower() != product:
            raise refusal("no-data")
        return found

    def surprise(self, what: str) -> None:
        self.setup.surprises.append(f"icici: {what}")

    def _derivative(self, segment: str, code: str, body: Body) -> Listing | None:
        expiry = body.day("expiry_date")
        if expiry is None:
            raise Field("Expiry-Date").missing()
        # Futures are asked for without a right as well as with `others`.
        kind = KINDS.get(body.word("right"), InstrumentKind.FUT)
        strike = body.amount("strike_price")
        return self.master.derivative(segment, code, kind, expiry, strike if kind.is_option else None)


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed the gate. `scripted` is the name of a fault that the handler is to play."""

    user_id: str
    body: Body
    scripted: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One line of the documentation. `handle` returns what goes under `Success` or raises `Refusal`.

    Several lines may share a method and a path: the first one counts whose `marked_by` is in the body.
    """

    method: str
    path: str
    handle: Callable[[Desk, Call], Any]
    fields: Fields = field(default_factory=dict)
    marked_by: str | None = None
    #: A write is for registered addresses only, and at most so many happen in a second.
    write: bool = False
    #: No list is an answer of its own.
    is_list: bool = False
    answer: Callable[[Any], Response] = succeeded
    #: Names of faults that `handle` plays itself.
    plays: frozenset[str] = frozenset()


def number(value: Decimal | None) -> float:
    """A JSON number of rupees; what does not exist is 0."""
    return float(value or 0)
