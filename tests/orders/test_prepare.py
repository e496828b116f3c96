"""Algo ids and market protection."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers import broker_info, instrument, option, request

from openalgo_core.capabilities import Capability, Support
from openalgo_core.errors import NotSupported
from openalgo_core.models import Action, BrokerInfo, Exchange, OrderRequest, PriceType
from openalgo_core.orders.prepare import prepare, protected_price


def prepared(order: OrderRequest, info: BrokerInfo | None = None, **settings: object) -> OrderRequest:
    options = {"protection": None, "algo_id": None, "last_price": lambda: Decimal(100)} | settings
    return prepare(order, instrument(), info or broker_info(), **options)  # type: ignore[arg-type]  # test settings


def test_a_native_market_order_goes_out_as_it_is_and_no_price_is_asked_for() -> None:
    def never() -> Decimal:
        raise AssertionError("a quote was read for nothing")

    order = request(price_type=PriceType.MARKET)
    assert prepared(order, last_price=never) is order


def test_protection_makes_a_market_order_a_limit() -> None:
    order = prepared(request(price_type=PriceType.MARKET), protection=Decimal(2))
    assert (order.price_type, order.price) == (PriceType.LIMIT, Decimal(102))


def test_a_broker_without_market_orders_gets_the_limit_of_the_slabs() -> None:
    order = prepared(request(price_type=PriceType.MARKET, action=Action.SELL), broker_info(native_market_orders=False))
    assert (order.price_type, order.price) == (PriceType.LIMIT, Decimal(99))


def test_a_broker_with_a_rule_of_its_own_is_asked_unless_a_percentage_is_configured() -> None:
    info = broker_info(
        native_market_orders=False, protected_price=lambda action, instrument, last: last + action.sign * 7
    )
    assert prepared(request(price_type=PriceType.MARKET), info).price == Decimal(107)
    assert prepared(request(price_type=PriceType.MARKET), info, protection=Decimal(2)).price == Decimal(102)


@pytest.mark.parametrize(
    ("last", "tick"),
    [("249.99", "0.01"), ("250", "0.05"), ("1000", "0.10"), ("5000", "0.50"), ("10000", "1"), ("20000", "5")],
)
def test_a_share_without_a_tick_takes_the_exchanges_bands(last: str, tick: str) -> None:
    price = protected_price(Action.BUY, Decimal(last), instrument(tick_size=None), Decimal(3))
    assert price % Decimal(tick) == 0


def no_stop_market() -> BrokerInfo:
    return broker_info(capabilities={**broker_info().capabilities, Capability.SL_M: Support.IMPOSSIBLE})


def test_sl_m_without_protection_is_not_supported_where_the_broker_takes_none() -> None:
    with pytest.raises(NotSupported) as caught:
        prepared(request(price_type=PriceType.SL_M, trigger_price=Decimal(100)), no_stop_market())
    assert "market_protection" in caught.value.hint


def test_sl_m_with_protection_goes_out_as_sl() -> None:
    order = prepared(
        request(price_type=PriceType.SL_M, trigger_price=Decimal(100)), no_stop_market(), protection=Decimal(1)
    )
    assert (order.price_type, order.trigger_price, order.price) == (PriceType.SL, Decimal(100), Decimal(101))


def test_the_configured_algo_id_wins_over_the_brokers_generic_one() -> None:
    info = broker_info(algo_ids={Exchange.NSE: "99999"})
    assert prepared(request(), info).algo_id == "99999"
    assert prepared(request(), info, algo_id="REG1").algo_id == "REG1"
    assert prepared(request()).algo_id is None


@given(
    reference=st.decimals("0.05", "90000", places=2),
    percent=st.decimals("0.1", "20", places=1),
    action=st.sampled_from(Action),
)
def test_a_protected_price_is_on_the_tick_and_never_further_than_the_percentage(
    reference: Decimal, percent: Decimal, action: Action
) -> None:
    share = instrument()
    price = protected_price(action, reference, share, percent)
    assert share.tick_size is not None
    assert price % share.tick_size == 0
    assert price >= share.tick_size
    limit = reference * (1 + action.sign * percent / 100)
    assert price <= max(limit, share.tick_size) if action is Action.BUY else price >= limit


def test_options_have_wider_slabs_than_shares() -> None:
    assert protected_price(Action.BUY, Decimal(50), option(), None) == Decimal("51.50")
    assert protected_price(Action.BUY, Decimal(50), instrument(), None) == Decimal("51.00")
