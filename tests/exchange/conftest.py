"""An exchange in memory, its one account, and the contracts that the tests trade."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from clocks import FakeClock

from openalgo_core.exchange import Contract, ExchangeAccount, SimulatedExchange, Ticket
from openalgo_core.models import Action, Exchange, InstrumentKind, PriceType, Product


@pytest.fixture
def exchange(clock: FakeClock) -> Iterator[SimulatedExchange]:
    with closing(SimulatedExchange(clock=clock)) as exchange:
        yield exchange


@pytest.fixture
def account(exchange: SimulatedExchange) -> ExchangeAccount:
    return exchange.account("U1")


@pytest.fixture
def share() -> Contract:
    return Contract("SBIN", Exchange.NSE, "SBIN", InstrumentKind.EQ, None, None, 1, Decimal("0.05"), None)


@pytest.fixture
def index() -> Contract:
    return Contract("NIFTY", Exchange.NSE_INDEX, "NIFTY", InstrumentKind.INDEX, None, None, 1, Decimal("0.05"), None)


@pytest.fixture
def future() -> Contract:
    expiry = date(2026, 11, 23)
    return Contract(
        "NIFTY23NOV26FUT", Exchange.NFO, "NIFTY", InstrumentKind.FUT, expiry, None, 65, Decimal("0.10"), 1800
    )


@pytest.fixture
def option() -> Callable[..., Contract]:
    """An option on NIFTY that expires on Monday, 23 November 2026."""

    def make(strike: int = 25500, kind: InstrumentKind = InstrumentKind.CE, day: date = date(2026, 11, 23)) -> Contract:
        symbol = f"NIFTY{day:%d%b%y}{strike}{kind}".upper()
        return Contract(symbol, Exchange.NFO, "NIFTY", kind, day, Decimal(strike), 65, Decimal("0.05"), 1800)

    return make


@pytest.fixture
def ticket(share: Contract) -> Callable[..., Ticket]:
    """BUY 10 SBIN MIS, at the market unless prices say otherwise."""

    def make(**changes: Any) -> Ticket:
        kinds = {
            (False, False): PriceType.MARKET,
            (True, False): PriceType.LIMIT,
            (False, True): PriceType.SL_M,
            (True, True): PriceType.SL,
        }
        facts: dict[str, Any] = {
            "contract": share,
            "action": Action.BUY,
            "quantity": 10,
            "product": Product.MIS,
            "price_type": kinds["price" in changes, "trigger_price" in changes],
        }
        return Ticket(**{**facts, **changes})

    return make
