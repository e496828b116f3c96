"""Orders beyond the golden cases: every status word, and properties of every order that may be sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openalgo_core.errors import NotSupported
from openalgo_core.models import Action, Exchange, Order, OrderRequest, OrderStatus, PriceType, Product, Validity
from openalgo_core.testing import World
from openalgo_indmoney.tables import STATUSES as TABLE

GOLDEN = Path(__file__).parent / "golden"
STATUSES = json.loads((GOLDEN / "statuses.json").read_text(encoding="utf-8"))
SMART_STATUSES = json.loads((GOLDEN / "smart-statuses.json").read_text(encoding="utf-8"))
ROW = {
    "id": "EQ-1", "exchange": "NSE", "segment": "EQUITY", "security_id": "3045", "txn_type": "BUY",
    "order_type": "LIMIT", "requested_qty": 1, "traded_qty": 0,
}  # fmt: skip
TAG = "oa7f3k2m9qABCDEF"


def _book(world: Callable[..., World], **columns: Any) -> Order:
    (order,) = world({"body": {"status": "success", "data": [{**ROW, **columns}]}}).call("order_book")
    assert isinstance(order, Order)
    return order


@pytest.mark.parametrize("words", STATUSES, ids=lambda words: words["word"] or "none")
def test_status_words(words: Mapping[str, str], world: Callable[..., World]) -> None:
    order = _book(world, status=words["word"])
    assert order.status is OrderStatus(words["unified"])
    assert order.reason == words.get("reason")


@pytest.mark.parametrize("words", SMART_STATUSES, ids=lambda words: words["word"])
@pytest.mark.parametrize("order_type", ["TRIGGER", "GTT_LIMIT", "GTT_MARKET", "OCO"])
def test_status_words_of_a_smart_order_that_waits(
    words: Mapping[str, str], order_type: str, world: Callable[..., World]
) -> None:
    order = _book(world, status=words["word"], order_type=order_type)
    assert order.status is OrderStatus(words["unified"])
    assert order.reason == words.get("reason")


def test_every_word_of_the_table_has_a_case() -> None:
    assert TABLE.keys() <= {words["word"] for words in STATUSES}


@pytest.mark.parametrize("text", ["", "soon", "06/08/2026 10:15", "2026-13-01T00:00:00+05:30"])
def test_a_time_that_is_none_is_null(world: Callable[..., World], text: str) -> None:
    assert _book(world, status="PENDING", created_at=text).time is None


def test_a_time_in_another_zone_is_shown_in_ist(world: Callable[..., World]) -> None:
    moment = _book(world, status="PENDING", created_at="2026-08-06T04:45:00+00:00").time
    assert moment is not None
    assert moment.isoformat() == "2026-08-06T10:15:00+05:30"


prices = st.decimals(min_value=Decimal("0.05"), max_value=Decimal(99999), places=2)


@st.composite
def order_requests(draw: st.DrawFn, price_types: Sequence[PriceType]) -> OrderRequest:
    price_type = draw(st.sampled_from(price_types))
    action = draw(st.sampled_from(Action))
    low, high = sorted(draw(st.tuples(prices, prices)))
    price, trigger = (high, low) if action is Action.BUY else (low, high)
    return OrderRequest(
        symbol="SBIN",
        exchange=draw(st.sampled_from([Exchange.NSE, Exchange.BSE])),
        action=action,
        quantity=draw(st.integers(1, 10**7)),
        product=draw(st.sampled_from([Product.CNC, Product.MIS])),
        price_type=price_type,
        price=price if price_type.needs_price else None,
        trigger_price=trigger if price_type.needs_trigger else None,
        validity=draw(st.sampled_from(Validity)),
    )


#: The core makes SL of an SL-M order, or refuses it, before the plugin sees it.
SENT_TYPES = (PriceType.MARKET, PriceType.LIMIT, PriceType.SL)


@settings(max_examples=150)
@given(order=order_requests(SENT_TYPES))
def test_what_goes_out_says_what_the_order_says(world: Callable[..., World], order: OrderRequest) -> None:
    use = world({"body": {"status": "success", "data": {"order_id": "EQ-1"}}})
    instrument = use.account.instruments.get(order.exchange, "SBIN")
    stop = order.price_type is PriceType.SL
    if stop and (order.exchange is Exchange.BSE or order.validity is Validity.IOC):
        with pytest.raises(NotSupported):
            use.call("place_order", order=order, instrument=instrument, tag=TAG)
        assert use.http.requests == []
        return
    use.call("place_order", order=order, instrument=instrument, tag=TAG)
    (sent,) = use.http.requests
    body = sent["json"]
    assert sent["url"].endswith("/smart/order") is stop
    assert (body["order_type"] == "TRIGGER") is stop
    assert body.get("trigger_limit_price" if stop else "limit_price") == order.price
    assert body.get("trigger_price") == order.trigger_price
    assert (body["txn_type"], body["validity"], body["exchange"]) == (order.action, order.validity, order.exchange)
    assert (body["qty"], body["security_id"], body["remarks"]) == (order.quantity, instrument.token, TAG)
    assert type(body["qty"]) is int
    assert body["algo_id"] == ("99999" if order.exchange is Exchange.NSE else "9999999999999999")
    assert body.get("is_amo") is (None if stop else False)


@settings(max_examples=60)
@given(order=order_requests(SENT_TYPES[1:]))
def test_what_is_shown_is_what_was_sent(world: Callable[..., World], order: OrderRequest) -> None:
    """Placing and reading back: the book row that carries the sent words is the order again."""
    if order.price_type is PriceType.SL:
        order = order.model_copy(update={"exchange": Exchange.NSE, "validity": Validity.DAY})
    use = world({"body": {"status": "success", "data": {"order_id": "EQ-1"}}})
    instrument = use.account.instruments.get(order.exchange, "SBIN")
    use.call("place_order", order=order, instrument=instrument, tag=TAG)
    sent = use.http.requests[0]["json"]
    row = _book(
        world,
        **{key: sent[key] for key in ("txn_type", "exchange", "segment", "product", "validity", "security_id")},
        order_type={"TRIGGER": "GTT_LIMIT"}.get(sent["order_type"], sent["order_type"]),
        requested_qty=sent["qty"],
        requested_price=str(sent.get("limit_price", "")),
        tgt_trigger_price=str(sent.get("trigger_price", "")),
        tgt_limit_price=str(sent.get("trigger_limit_price", "")),
        remarks=sent["remarks"],
        status="INITIATED",
    )
    shown = (row.symbol, row.exchange, row.action, row.quantity, row.price, row.trigger_price, row.product, row.tag)
    asked = (order.symbol, order.exchange, order.action, order.quantity, order.price, order.trigger_price,
             order.product, TAG)  # fmt: skip
    assert shown == asked
    assert (row.price_type, row.validity) == (order.price_type, order.validity)


def test_a_book_looks_an_instrument_up_once(world: Callable[..., World], monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{**ROW, "id": f"EQ-{number}", "status": "PENDING"} for number in range(50)]
    use = world({"body": {"status": "success", "data": rows}})
    asked: list[str] = []
    look_up = use.account.instruments.by_token

    def counting(exchange: str, token: str) -> Any:
        asked.append(token)
        return look_up(exchange, token)

    monkeypatch.setattr(use.account.instruments, "by_token", counting)
    assert len(use.call("order_book")) == 50
    assert asked == ["3045"]
