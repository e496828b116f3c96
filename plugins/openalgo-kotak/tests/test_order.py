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
from openalgo_kotak.tables import STATUSES as TABLE

STATUSES = json.loads((Path(__file__).parent / "golden" / "statuses.json").read_text(encoding="utf-8"))
ROW = {"nOrdNo": "1", "exSeg": "nse_cm", "tok": "3045", "trdSym": "SBIN-EQ", "trnsTp": "B", "qty": 1}
YES = {"body": {"stat": "Ok", "stCode": 200, "nOrdNo": "1"}}
TAG = "0123456789abcdef"


@pytest.mark.parametrize("words", STATUSES, ids=lambda words: words["word"] or "none")
def test_status_words(words: Mapping[str, str], world: Callable[..., Any]) -> None:
    (order,) = world({"body": {"stat": "Ok", "data": [{**ROW, "ordSt": words["word"]}]}}).call("order_book")
    assert order.status is OrderStatus(words["unified"])
    assert order.reason == words.get("reason")


def test_every_word_of_the_table_has_a_case() -> None:
    assert TABLE.keys() <= {words["word"] for words in STATUSES}


@pytest.mark.parametrize(
    "text",
    ["", "soon", "17", "31-Feb-2026 10:00:00", "27-Aug-2026 25:00:00", "27-Abc-2026 10:00:00", "2026/13/01 10:00:00"],
)
def test_a_time_that_is_none_is_null(world: Callable[..., Any], text: str) -> None:
    (order,) = world({"body": {"stat": "Ok", "data": [{**ROW, "ordSt": "open", "ordEntTm": text}]}}).call("order_book")
    assert order.time is None


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tag=st.from_regex("[A-Za-z0-9]{16}", fullmatch=True), moment=st.integers(1_500_000_000, 2_000_000_000_000))
def test_a_tag_comes_back_whatever_hangs_on_to_it(world: Callable[..., Any], tag: str, moment: int) -> None:
    shown = [tag, f"{tag}-{moment}", f"{moment}-12-AB123-ADMINAPI"]
    rows = [{**ROW, "ordSt": "open", "GuiOrdId": text} for text in shown]
    orders = world({"body": {"stat": "Ok", "data": rows}}).call("order_book")
    assert [order.tag for order in orders] == [tag, tag, None]


prices = st.decimals(min_value=Decimal("0.05"), max_value=Decimal(99999), places=4)


@st.composite
def order_requests(draw: st.DrawFn) -> OrderRequest:
    price_type = draw(st.sampled_from(PriceType))
    action = draw(st.sampled_from(Action))
    low, high = sorted(draw(st.tuples(prices, prices)))
    price, trigger = (high, low) if action is Action.BUY else (low, high)
    quantity = draw(st.integers(1, 10**7))
    return OrderRequest(
        symbol="SBIN",
        exchange=Exchange.NSE,
        action=action,
        quantity=quantity,
        product=draw(st.sampled_from([Product.CNC, Product.MIS])),
        price_type=price_type,
        price=price if price_type.needs_price else None,
        trigger_price=trigger if price_type.needs_trigger else None,
        validity=draw(st.sampled_from(Validity)),
        disclosed_quantity=draw(st.integers(0, quantity)),
    )


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=order_requests())
def test_what_goes_out_says_what_the_order_says(world: Callable[..., Any], order: OrderRequest) -> None:
    use = world(YES)
    use.call("place_order", order=order, instrument=use.account.instruments.get("NSE", "SBIN"), tag=TAG)
    (sent,) = use.http.requests
    body = json.loads(sent["data"]["jData"])
    assert all(type(value) is str and value and value not in ("0.0", "0.00") for value in body.values())
    assert Decimal(body["pr"]) == (order.price or 0)
    assert Decimal(body["tp"]) == (order.trigger_price or 0)
    assert (body["tt"], body["rt"], body["pc"]) == (order.action.value[0], order.validity.value, order.product.value)
    assert (int(body["qt"]), int(body["dq"])) == (order.quantity, order.disclosed_quantity)
    assert (body["ig"], body["am"]) == (TAG, "NO")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=order_requests())
def test_what_is_shown_is_what_was_sent(world: Callable[..., Any], order: OrderRequest) -> None:
    """Placing and reading back: the book row that carries the sent words is the order again, tag and all."""
    use = world(YES)
    use.call("place_order", order=order, instrument=use.account.instruments.get("NSE", "SBIN"), tag=TAG)
    sent = json.loads(use.http.requests[0]["data"]["jData"])
    row = {
        "nOrdNo": "1", "ordSt": "open", "exSeg": sent["es"], "trdSym": sent["ts"], "trnsTp": sent["tt"],
        "prcTp": sent["pt"], "prod": sent["pc"], "vldt": sent["rt"], "qty": sent["qt"], "dscQty": sent["dq"],
        "prc": sent["pr"], "trgPrc": sent["tp"], "GuiOrdId": sent["ig"],
    }  # fmt: skip
    (shown,) = world({"body": {"stat": "Ok", "data": [row]}}).call("order_book")
    names = "symbol exchange action quantity price trigger_price product price_type validity disclosed_quantity"
    for name in names.split():
        assert getattr(shown, name) == getattr(order, name), name
    assert shown.tag == TAG
