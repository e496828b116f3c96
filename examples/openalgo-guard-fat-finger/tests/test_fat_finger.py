"""The guard at work: orders on paper, through the public API."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from openalgo_core import Broker, connect
from openalgo_core.errors import GuardRefused
from openalgo_core.models import Quote

SETTINGS = """
[guards]
enabled = ["fat_finger"]

[guards.fat_finger]
percent = 5
"""


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Broker:
    (tmp_path / "openalgo.toml").write_text(SETTINGS)
    monkeypatch.setenv("OPENALGO_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return connect("paper")


def price_at(broker: Broker, percent: int) -> int:
    (quote,) = broker.quotes(["NSE:SBIN"])
    assert isinstance(quote, Quote) and quote.ltp is not None
    return int(quote.ltp * (100 + percent) / Decimal(100))


def test_a_price_close_to_the_last_one_passes(broker: Broker) -> None:
    with broker:
        assert broker.place_order("NSE:SBIN", "BUY", 1, price=price_at(broker, -3)).status == "acknowledged"
        assert broker.place_order("NSE:SBIN", "BUY", 1).status == "acknowledged"  # a market order has no price


@pytest.mark.parametrize("percent", [-8, 8])
def test_a_price_far_from_the_last_one_is_refused(broker: Broker, percent: int) -> None:
    with broker:
        with pytest.raises(GuardRefused, match=r"fat_finger: .* from the last price"):
            broker.place_order("NSE:SBIN", "BUY", 1, price=price_at(broker, percent))
        assert broker.orders() == []


def test_cancelling_is_always_possible(broker: Broker) -> None:
    with broker:
        placed = broker.place_order("NSE:SBIN", "BUY", 1, price=price_at(broker, -3))
        assert broker.cancel_order(str(placed.order_id)).status == "acknowledged"
