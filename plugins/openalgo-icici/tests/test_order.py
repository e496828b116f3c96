"""Orders beyond the golden cases: every status word, closed segments, properties of every order that may be sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openalgo_core.errors import OrderRejected
from openalgo_core.models import Action, Exchange, OrderRequest, OrderStatus, PriceType, Product, Validity
from openalgo_icici.tables import STATUSES as TABLE

STATUSES = json.loads((Path(__file__).parent / "golden" / "statuses.json").read_text())
ROW = {
    "order_id": "1", "exchange_code": "NSE", "stock_code": "ITC", "product_type": "Cash", "action": "Buy",
    "order_type": "Limit", "quantity": "5", "price": "300", "validity": "Day",
}  # fmt: skip
YES = {"body": {"Success": {"order_id": "1"}, "Status": 200, "Error": None}}
NOTHING = {"body": {"Success": None, "Status": 500, "Error": "No Data Found"}}


def _book(world: Callable[..., Any], row: Mapping[str, Any]) -> Any:
    use = world({"body": {"Success": [row], "Status": 200, "Error": None}}, session={"exchanges": "NSE"})
    (order,) = use.call("order_book")
    return order


@pytest.mark.parametrize("words", STATUSES, ids=lambda words: words["status"])
def test_status_words(words: Mapping[str, Any], world: Callable[..., Any]) -> None:
    order = _book(world, {**ROW, "status": words["status"]})
    assert order.status is OrderStatus(words["unified"])
    assert order.reason == words["reason"]


def test_every_word_of_the_table_has_a_case() -> None:
    assert TABLE.keys() <= {words["status"].lower() for words in STATUSES}


def test_an_unknown_status_says_nothing_about_fills(world: Callable[..., Any]) -> None:
    assert _book(world, {**ROW, "status": "Gone Fishing"}).filled_quantity is None


@pytest.mark.parametrize("pending", [None, "", "NA"])
def test_an_open_order_without_a_pending_quantity_is_not_taken_for_filled(
    world: Callable[..., Any], pending: str | None
) -> None:
    assert _book(world, {**ROW, "status": "Ordered", "pending_quantity": pending}).filled_quantity is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("20-Nov-2026 09:26", "2026-11-20T09:26:00+05:30"),
        ("20-NOV-2026 09:26:59", "2026-11-20T09:26:59+05:30"),
        ("", None), ("20-Nov-2026", None), ("31-Feb-2026 10:00", None), ("soon", None),
        ("20-Foo-2026 10:15", None), ("20/11/2026 10:15:02", None), ("20-Nov-2026 9:26", None),
    ],
)  # fmt: skip
def test_times_with_and_without_seconds(world: Callable[..., Any], text: str, shown: str | None) -> None:
    time = _book(world, {**ROW, "status": "Ordered", "order_datetime": text}).time
    assert (time and time.isoformat()) == shown


@pytest.mark.parametrize("word", ["Ordered", "Partially Executed", "Cancelled", "Expired", "Executed", "Rejected"])
@given(quantity=st.integers(1, 1000), pending=st.integers(0, 1000), cancelled=st.integers(0, 1000))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_filled_is_never_negative_nor_more_than_ordered(
    world: Callable[..., Any], word: str, quantity: int, pending: int, cancelled: int
) -> None:
    row = {
        **ROW,
        "status": word,
        "quantity": str(quantity),
        "pending_quantity": pending,
        "cancelled_quantity": cancelled,
    }
    assert 0 <= _book(world, row).filled_quantity <= quantity


def test_an_order_on_a_closed_segment_is_refused_before_it_is_sent(world: Callable[..., Any]) -> None:
    use = world(session={"exchanges": "NSE,BSE"})
    instrument = use.account.instruments.get("NFO", "NIFTY25AUG26FUT")
    order = OrderRequest(
        symbol=instrument.symbol, exchange=Exchange.NFO, action=Action.BUY, quantity=65, product=Product.NRML,
        price_type=PriceType.LIMIT, price=Decimal(24000),
    )  # fmt: skip
    with pytest.raises(OrderRejected, match="NFO"):
        use.call("place_order", order=order, instrument=instrument, tag="t" * 16)
    assert not use.http.requests


def test_with_every_segment_closed_nobody_is_asked(world: Callable[..., Any]) -> None:
    use = world(session={"exchanges": ""})
    assert (use.call("order_book"), use.call("trade_book"), use.http.requests) == ([], [], [])


def test_a_session_that_says_nothing_about_segments_has_all(world: Callable[..., Any]) -> None:
    use = world(*[NOTHING] * 4)
    del use.account.session.data["exchanges"]
    assert use.call("order_book") == []
    asked = [json.loads(one["data"])["exchange_code"] for one in use.http.requests]
    assert asked == ["NSE", "BSE", "NFO", "BFO"]


prices = st.decimals(min_value=Decimal("0.05"), max_value=Decimal(99999), places=2)
SYMBOLS = ["NSE:ITC", "BSE:M&M", "NFO:NIFTY04AUG2624300CE", "NFO:BAJAJ-AUTO25AUG26FUT", "NFO:JIOFIN25AUG26322.5PE",
           "BFO:SENSEX27AUG26FUT"]  # fmt: skip


@st.composite
def order_requests(draw: st.DrawFn) -> OrderRequest:
    exchange, symbol = draw(st.sampled_from(SYMBOLS)).split(":")
    price_type = draw(st.sampled_from([PriceType.LIMIT, PriceType.SL]))
    action = draw(st.sampled_from(Action))
    low, high = sorted(draw(st.tuples(prices, prices)))
    price, trigger = (high, low) if action is Action.BUY else (low, high)
    return OrderRequest(
        symbol=symbol,
        exchange=Exchange(exchange),
        action=action,
        quantity=draw(st.integers(1, 10**7)),
        product=Product.CNC if Exchange(exchange).is_cash else Product.NRML,
        price_type=price_type,
        price=price,
        trigger_price=trigger if price_type.needs_trigger else None,
        validity=draw(st.sampled_from(Validity)),
    )


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=order_requests())
def test_what_goes_out_says_what_the_order_says(world: Callable[..., Any], order: OrderRequest) -> None:
    use = world(YES)
    _place(use, order)
    body = json.loads(use.http.requests[0]["data"])
    assert all(type(value) is str for value in body.values())
    assert body["order_type"] in ("limit", "stoploss")
    assert body["product"] in ("cash", "futures", "options")
    assert Decimal(body["price"]) == order.price
    assert Decimal(body.get("stoploss", "0")) == (order.trigger_price or 0)
    assert (body["action"], body["validity"]) == (order.action.value.lower(), order.validity.value.lower())
    assert (int(body["quantity"]), body["user_remark"]) == (order.quantity, "t" * 16)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=order_requests())
def test_what_is_shown_is_what_was_sent(world: Callable[..., Any], order: OrderRequest) -> None:
    """Placing and reading back: the book row that carries the sent words is the order again, and no tag is among it."""
    use = world(YES)
    _place(use, order)
    row = {**json.loads(use.http.requests[0]["data"]), "order_id": "1", "status": "Ordered", "user_remark": None}
    row["product_type"] = row.pop("product").title()
    shown = _book(world, row)
    for name in (
        "symbol", "exchange", "action", "quantity", "price", "trigger_price", "product", "price_type", "validity",
    ):  # fmt: skip
        assert getattr(shown, name) == getattr(order, name), name
    assert shown.tag is None


def _place(use: Any, order: OrderRequest) -> None:
    instrument = use.account.instruments.get(order.exchange, order.symbol)
    use.call("place_order", order=order, instrument=instrument, tag="t" * 16)
