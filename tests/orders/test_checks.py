"""What is refused before anybody is asked, and what the refusal says."""

from __future__ import annotations

from decimal import Decimal

import pytest
from makers import broker_info, instrument, option, request

from openalgo_core.capabilities import Capability, Support
from openalgo_core.errors import InvalidRequest, NotSupported
from openalgo_core.models import Exchange, OrderChange, OrderRequest, PriceType, Product
from openalgo_core.orders.checks import (
    check_change,
    check_instrument,
    check_supported,
    default_price_type,
    default_product,
    request_of,
)

GOOD = {
    "symbol": "SBIN",
    "exchange": "NSE",
    "action": "BUY",
    "quantity": 10,
    "product": "MIS",
    "price_type": "LIMIT",
    "price": 800,
}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"price": None}, "a LIMIT order needs a price"),
        ({"trigger_price": 790}, "a LIMIT order takes no trigger price"),
        ({"price_type": "MARKET"}, "a MARKET order takes no price"),
        ({"price_type": "SL"}, "a SL order needs a trigger price"),
        ({"price_type": "SL", "trigger_price": 801}, "at or below its price"),
        ({"price_type": "SL", "trigger_price": 799, "action": "SELL"}, "at or above its price"),
        ({"price_type": "SL-M", "trigger_price": 799}, "takes no price"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": -5}, "quantity"),
        ({"quantity": 1.5}, "quantity"),
        ({"price": 0}, "price"),
        ({"price": "nan"}, "price"),
        ({"price": float("inf")}, "price"),
        ({"product": "BO"}, "product"),
        ({"action": "HOLD"}, "action"),
        ({"exchange": "NYSE"}, "exchange"),
        ({"validity": "GTC"}, "validity"),
        ({"disclosed_quantity": 11}, "disclosed quantity must not exceed quantity"),
        ({"client_order_id": ""}, "client_order_id"),
        ({"client_order_id": "x" * 65}, "client_order_id"),
        ({"client_order_id": "tab\there"}, "client_order_id"),
        ({"prise": 800}, "prise"),
    ],
)
def test_a_request_that_cannot_be_right_is_refused_in_words(changes: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        request_of(OrderRequest, GOOD | changes)
    assert words.lower() in caught.value.message.lower()


def test_a_float_price_is_the_decimal_that_it_prints_as() -> None:
    assert request_of(OrderRequest, GOOD | {"price": 812.35}).price == Decimal("812.35")


def test_a_change_must_change_something() -> None:
    with pytest.raises(InvalidRequest, match=r"(?i)nothing to change"):
        request_of(OrderChange, {})


@pytest.mark.parametrize(
    ("exchange", "product", "right"),
    [(Exchange.NSE, Product.NRML, "CNC"), (Exchange.BSE, Product.NRML, "CNC"), (Exchange.NFO, Product.CNC, "NRML")],
)
def test_a_product_must_exist_on_its_exchange(exchange: Exchange, product: Product, right: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        check_supported(request(exchange=exchange, product=product), broker_info())
    assert right in caught.value.hint


def test_an_index_is_not_traded() -> None:
    with pytest.raises(InvalidRequest, match="is an index"):
        check_supported(request(symbol="NIFTY", exchange=Exchange.NSE_INDEX), broker_info())


@pytest.mark.parametrize("word", ["MIS", "LIMIT", "DAY"])
def test_what_the_broker_does_not_take_is_not_supported(word: str) -> None:
    info = broker_info()
    info = broker_info(capabilities={**info.capabilities, Capability(word): Support.IMPOSSIBLE})
    with pytest.raises(NotSupported, match=rf"{word} \(impossible\)"):
        check_supported(request(), info)


def test_an_exchange_that_the_broker_has_not_is_not_supported() -> None:
    with pytest.raises(NotSupported) as caught:
        check_supported(
            request(exchange=Exchange.MCX, product=Product.NRML), broker_info(exchanges=frozenset({Exchange.NSE}))
        )
    assert "NSE" in caught.value.hint


@pytest.mark.parametrize(("quantity", "right"), [(64, "Use 65."), (100, "65 or 130")])
def test_a_quantity_off_the_lot_is_refused_with_the_nearest(quantity: int, right: str) -> None:
    wanted = request(exchange=Exchange.NFO, product=Product.NRML, quantity=quantity)
    with pytest.raises(InvalidRequest) as caught:
        check_instrument(wanted, option())
    assert right in caught.value.hint


def test_a_quantity_above_the_freeze_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="freeze quantity 1800"):
        check_instrument(request(exchange=Exchange.NFO, product=Product.NRML, quantity=65 * 28), option())


@pytest.mark.parametrize("field", ["price", "trigger_price"])
def test_a_price_off_the_tick_is_refused_with_the_nearest(field: str) -> None:
    prices = {"price": Decimal(800), "trigger_price": Decimal(800), field: Decimal("799.97")}
    with pytest.raises(InvalidRequest) as caught:
        check_instrument(
            request(price_type=PriceType.SL, **prices) if field == "trigger_price" else request(price=prices["price"]),
            instrument(),
        )
    assert caught.value.hint == "Use 799.95 or 800."


def test_a_tick_that_the_broker_does_not_give_is_not_checked() -> None:
    check_instrument(request(price=Decimal("799.97")), instrument(tick_size=None))


def test_a_change_is_checked_like_an_order() -> None:
    with pytest.raises(InvalidRequest):
        check_change(OrderChange(quantity=66), option())
    with pytest.raises(InvalidRequest):
        check_change(OrderChange(price=Decimal("1.01")), option())


def test_defaults_follow_the_exchange_and_the_prices_given() -> None:
    assert [default_product(e) for e in (Exchange.NSE, Exchange.BSE, Exchange.NFO, Exchange.MCX)] == [
        "CNC",
        "CNC",
        "NRML",
        "NRML",
    ]
    assert default_price_type(None, None) is PriceType.MARKET
    assert default_price_type(1, None) is PriceType.LIMIT
    assert default_price_type(1, 1) is PriceType.SL
    assert default_price_type(None, 1) is PriceType.SL_M
