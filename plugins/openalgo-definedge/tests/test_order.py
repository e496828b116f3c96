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
from openalgo_definedge.tables import STATUSES as TABLE

STATUSES = json.loads((Path(__file__).parent / "golden" / "statuses.json").read_text(encoding="utf-8"))
ROW = {
    "order_id": "1", "exchange": "NSE", "token": "3045", "tradingsymbol": "SBIN-EQ", "order_type": "BUY",
    "quantity": "1",
}  # fmt: skip
YES = {"body": {"status": "SUCCESS", "order_id": "1"}}


@pytest.mark.parametrize("words", STATUSES, ids=lambda words: words["word"] or "none")
def test_status_words(words: Mapping[str, str], world: Callable[..., Any]) -> None:
    row = {**ROW, "order_status": words["word"]}
    (order,) = world({"body": {"status": "SUCCESS", "orders": [row]}}).call("order_book")
    assert order.status is OrderStatus(words["unified"])
    assert order.reason == words.get("reason")


def test_every_word_of_the_table_has_a_case() -> None:
    assert TABLE.keys() <= {words["word"].replace("_", " ") for words in STATUSES}


@pytest.mark.parametrize(
    "text",
    ["", "soon", "17", "10:15 21-08-2026 IST", "31-02-2026 10:00:00", "21-08-2026", "21-Aug-2026 10:00:00",
     "01-01-1980 00:00:00", "00:00:00 01-01-1980"],
)  # fmt: skip
def test_a_time_that_is_none_is_null(world: Callable[..., Any], text: str) -> None:
    row = {**ROW, "order_status": "OPEN", "order_entry_time": text}
    (order,) = world({"body": {"status": "SUCCESS", "orders": [row]}}).call("order_book")
    assert order.time is None


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
        product=draw(st.sampled_from([Product.CNC, Product.MIS])),
        price_type=price_type,
        price=price if price_type.needs_price else None,
        trigger_price=trigger if price_type.needs_trigger else None,
        validity=draw(st.sampled_from(Validity)),
        algo_id="99999",
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
    assert ("trigger_price" in body) is order.price_type.needs_trigger
    assert Decimal(body.get("trigger_price", 0)) == (order.trigger_price or 0)
    assert (body["order_type"], body["validity"]) == (order.action.value, order.validity.value)
    assert int(body["quantity"]) == order.quantity
    assert (body["algo_id"], body["remarks"]) == ("99999", "t" * 16)
    assert "disclosed_quantity" not in body
    assert placed.refs == {"product_type": body["product_type"], "validity": body["validity"]}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=order_requests())
def test_what_is_shown_is_what_was_sent(world: Callable[..., Any], order: OrderRequest) -> None:
    """Placing and reading back: the book row that carries the sent words is the order again, tag and all."""
    use = world(YES)
    use.call("place_order", order=order, instrument=use.account.instruments.get("NSE", "SBIN"), tag="t" * 16)
    row = {**use.http.requests[0]["json"], "order_id": "1", "order_status": "OPEN"}
    (shown,) = world({"body": {"status": "SUCCESS", "orders": [row]}}).call("order_book")
    names = "symbol exchange action quantity price trigger_price product price_type validity"
    for name in names.split():
        assert getattr(shown, name) == getattr(order, name), name
    assert shown.tag == "t" * 16
