"""What all handlers share, and what one request brings them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from openalgo_core.clock import day_of
from openalgo_core.exchange import Contract, ExchangeAccount, universe
from openalgo_core.models import Exchange, InstrumentKind
from openalgo_core.simulation import SimulatorSetup

__all__ = ["Answer", "Call", "Desk", "Refusal", "listed"]

_LISTED = (Exchange.NSE, Exchange.NFO, Exchange.NSE_INDEX)


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was admitted. `scripted` is the name of a fault that the handler is to play."""

    user_id: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    path: Mapping[str, str]
    body: Mapping[str, Any]
    scripted: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """A no of Acme's."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"code": code, "message": message}}


class Desk:
    """One simulated Acme. Instruments are numbered in the order in which the exchange lists them."""

    def __init__(self, setup: SimulatorSetup) -> None:
        self.setup = setup
        self.exchange = setup.exchange
        self.sessions: dict[str, str] = {}
        self.day = day_of(setup.clock.now())
        self.contracts = {str(number): one for number, one in enumerate(filter(listed, universe(self.day)), 1001)}
        self.numbers = {contract.key: number for number, contract in self.contracts.items()}

    def user_of(self, authorization: str) -> str:
        """Whose session that is. Raises `Refusal`."""
        user = self.sessions.get(authorization.removeprefix("Bearer "))
        if user is None:
            raise Refusal(401, "NO_SESSION", "The session is over.")
        return user

    def books(self, call: Call) -> ExchangeAccount:
        """The caller's account at the exchange."""
        return self.exchange.account(call.user_id)

    def surprise(self, what: str) -> None:
        self.setup.surprises.append(f"acme: {what}")

    async def unexpected(self, request: Request, problem: Exception) -> Response:
        """A path or method that is in no documentation."""
        self.surprise(f"{request.method} {request.url.path}: no such call")
        return JSONResponse({"error": {"code": "NO_SUCH_CALL", "message": str(problem)}}, 404)


def listed(contract: Contract) -> bool:
    """Shares, indices, futures, and the options on one index: enough to learn with."""
    if contract.exchange not in _LISTED:
        return False
    return contract.kind in (InstrumentKind.EQ, InstrumentKind.INDEX, InstrumentKind.FUT) or contract.name == "NIFTY"
