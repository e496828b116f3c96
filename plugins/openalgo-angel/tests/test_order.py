"""Orders beyond the golden cases: every status word, and properties of every order that may be sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openalgo_core.models import Action, Exchange, OrderRequest, OrderStatus, PriceType, Product, Validity

STATUSES = json.loads((Path(__file__).parent / "golden" / "statuses.json").read_text(encoding="utf-8"))
ROW = {
    "orderid": "1", "exchange": "NSE", "symboltoken": "3045", "tradingsymbol": "SBIN-EQ", "transactiontype": "BUY",
    "quantity": "1", "variety": "NORMAL", "uniqueorderid": "u",
}  # fmt: skip
YES = {"body": {"status": True, "message": "SUCCESS", "errorcode": "", "data": {"orderid": "1", "uniqueorderid": "u"}}}


@pytest.mark.parametrize("words", STATUSES, ids=lambda words: f"{words['orderstatus']}-{words['status']}")
def test_status_words(words: Mapping[str, str], world: Callable[..., Any]) -> None:
    row = {**ROW, "orderstatus": words["orderstatus"], "status": words["status"]}
    (order,) = world({"body": {"status": True, "data": [row]}}).call("order_book")
    assert order.status is OrderStatus(words["unified"])
    assert order.reason == words.get("reason")


def test_every_word_of_the_table_has_a_case() -> None:
    from openalgo_angel.tables import STATUSES as TABLE

    assert TABLE.keys() <= {words["orderstatus"] for words in STATUSES}


prices = st.decimals(min_value=Decimal("0.05"), max_value=Decimal(99999), places=4)


@st.composite
def order_requests(draw: st.DrawFn) -> OrderRequest:
    price_type = draw(st.sampled_from(PriceType))
    action = draw(st.sampled_from(Action))
    low, high = sorted(draw(st.tuples(prices, prices)))
    price, trigger = (high, low) if action is Action.BUY else (low, high)
    return OrderRequest(
        symbol="SBIN",
        exchange=Exchange.NSE,
        action=action,
        quantity=draw(st.integers(1, 10**7)),
        product=draw(st.sampled_from(Product)),
        price_type=price_type,
        price=price if price_type.needs_price else None,
        trigger_price=trigger if price_type.needs_trigger else None,
        validity=draw(st.sampled_from(Validity)),
    )


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=order_requests())
def test_what_goes_out_says_what_the_order_says(world: Callable[..., Any], order: OrderRequest) -> None:
    use = world(YES)
    placed = use.call("place_order", order=order, instrument=use.account.instruments.get("NSE", "SBIN"), tag="t" * 16)
    (sent,) = use.http.requests
    body = sent["json"]
    assert all(type(value) is str for value in body.values())
    assert Decimal(body["price"]) == (order.price or 0)
    assert Decimal(body["triggerprice"]) == (order.trigger_price or 0)
    assert (body["transactiontype"], body["duration"]) == (order.action.value, order.validity.value)
    assert (body["variety"] == "STOPLOSS") is order.price_type.needs_trigger
    assert int(body["quantity"]) == order.quantity
    assert placed.refs == {"variety": body["variety"], "uniqueorderid": "u"}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=order_requests())
def test_what_is_shown_is_what_was_sent(world: Callable[..., Any], order: OrderRequest) -> None:
    """Placing and reading back: the book row that carries the sent words is the order again."""
    use = world(YES)
    use.call("place_order", order=order, instrument=use.account.instruments.get("NSE", "SBIN"), tag="t" * 16)
    row = {**use.http.requests[0]["json"], "orderid": "1", "orderstatus": "open"}
    (shown,) = world({"body": {"status": True, "data": [row]}}).call("order_book")
    for name in (
        "symbol",
        "exchange",
        "action",
        "quantity",
        "price",
        "trigger_price",
        "product",
        "price_type",
        "validity",
    ):
        assert getattr(shown, name) == getattr(order, name), name
    assert shown.tag == "t" * 16
