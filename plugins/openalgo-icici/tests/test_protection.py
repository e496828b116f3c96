"""The limit that stands for a market order (page 3.3)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from openalgo_core.models import Action, Exchange, Instrument, InstrumentKind
from openalgo_icici.capabilities import BROKER, protected_price

SHARE = Instrument(
    "ITC", Exchange.NSE, "ITC", InstrumentKind.EQ, None, None, 1, None, None, Decimal(1), "ITC", "NSE", "1660"
)


@pytest.mark.parametrize(
    ("kind", "tick", "last", "action", "price"),
    [
        (InstrumentKind.EQ, None, "301.50", Action.BUY, "310.55"),  # the page's example
        (InstrumentKind.EQ, None, "1412.30", Action.SELL, "1369.9"),
        (InstrumentKind.FUT, "0.10", "25000", Action.BUY, "25375"),
        (InstrumentKind.CE, "0.05", "120", Action.SELL, "108"),
        (InstrumentKind.PE, "0.05", "3.20", Action.BUY, "8.2"),
        (InstrumentKind.PE, "0.05", "3.20", Action.SELL, "0.05"),
    ],
)
def test_it_is_the_pages(kind: InstrumentKind, tick: str | None, last: str, action: Action, price: str) -> None:
    instrument = replace(SHARE, kind=kind, tick_size=None if tick is None else Decimal(tick))
    assert protected_price(action, instrument, Decimal(last)) == Decimal(price)


def test_the_core_is_told_of_it() -> None:
    assert BROKER.protected_price is protected_price
    assert BROKER.native_market_orders is False
