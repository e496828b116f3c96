"""Is this intent in the book? The rules of reconciliation, one by one."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from clocks import TRADING_DAY
from makers import draft, moment, order

from openalgo_core.journal import Intent
from openalgo_core.journal.matching import book_is_final, find_placed, same_order
from openalgo_core.models import IntentState, OrderStatus, PriceType, TagRule

TAGGED = TagRule(20, comes_back=True)
UNTAGGED = TagRule(0, comes_back=False)


def intent(number: int = 1, **changes: object) -> Intent:
    return Intent(
        id=number,
        account="toy/default/me@live",
        broker="toy",
        profile="default",
        attempt=1,
        state=IntentState.UNKNOWN,
        owner="x",
        created_at=TRADING_DAY,
        sent_at=TRADING_DAY,
        settled_at=None,
        reason=None,
        error=None,
        draft=draft(**changes),  # type: ignore[arg-type]  # whatever the draft takes
    )


def test_the_tag_finds_the_order_whatever_else_differs() -> None:
    book = [order("1", tag="other"), order("2", tag="abcd", price=Decimal(1))]
    found = find_placed(intent(), book, TAGGED, claimed=(), rivals=())
    assert found.order is not None
    assert found.order.order_id == "2"


def test_an_order_without_our_tag_is_not_ours_even_if_it_looks_the_same() -> None:
    verdict = find_placed(intent(), [order("1", tag=None)], TAGGED, claimed=(), rivals=())
    assert verdict.order is None
    assert verdict.reason == "not in the book"


def test_a_tag_is_compared_as_the_broker_cuts_it() -> None:
    rule = TagRule(4, comes_back=True)
    assert find_placed(intent(tag="abcdefgh"), [order(tag="abcd")], rule, claimed=(), rivals=()).order is not None


def test_two_orders_with_our_tag_are_reported() -> None:
    verdict = find_placed(intent(), [order("1", tag="abcd"), order("2", tag="abcd")], TAGGED, claimed=(), rivals=())
    assert verdict.order is not None
    assert "1, 2" in str(verdict.reason)


def test_a_tag_that_was_never_seen_to_come_back_is_not_waited_for_in_vain() -> None:
    unverified = TagRule(20, comes_back=True, unverified=True)
    assert find_placed(intent(), [order("1", tag=None)], unverified, claimed=(), rivals=()).order is not None
    shown = [order("1", tag=None), order("2", tag="other", quantity=99)]
    assert find_placed(intent(), shown, unverified, claimed=(), rivals=()).order is None


@pytest.mark.parametrize(
    ("rule", "is_open"),
    [
        (TAGGED, False),
        (TagRule(20, comes_back=True, lost_on_change=True), True),
        (UNTAGGED, True),
    ],
)
def test_an_order_that_was_changed_elsewhere_may_be_ours_where_no_tag_tells(rule: TagRule, is_open: bool) -> None:
    changed = order("1", tag=None, quantity=99, price=Decimal(1))
    verdict = find_placed(intent(), [changed], rule, claimed=(), rivals=())
    assert (verdict.order, verdict.is_open) == (None, is_open)
    others = [order("1", tag="other"), order("2", tag=None, symbol="TCS"), order("3", tag=None)]
    assert not find_placed(intent(quantity=7), others, rule, claimed=("3",), rivals=()).is_open


def test_twins_leave_a_final_book_open() -> None:
    verdict = find_placed(intent(), [order("1"), order("2")], UNTAGGED, claimed=(), rivals=())
    assert (verdict.order, verdict.is_open) == (None, True)


def test_a_fingerprint_finds_the_only_order_that_fits() -> None:
    book = [order("1", quantity=11), order("2"), order("3", price=Decimal(801))]
    found = find_placed(intent(), book, UNTAGGED, claimed=(), rivals=())
    assert found.order is not None
    assert found.order.order_id == "2"


@pytest.mark.parametrize(
    "difference",
    [
        {"symbol": "TCS"},
        {"quantity": 9},
        {"price": Decimal("800.05")},
        {"trigger_price": Decimal(1)} | {"price": Decimal(2)},
        {"time": TRADING_DAY - timedelta(minutes=5)},
        {"time": TRADING_DAY + timedelta(minutes=5)},
    ],
)
def test_a_fingerprint_must_fit_in_everything(difference: dict[str, object]) -> None:
    assert find_placed(intent(), [order(**difference)], UNTAGGED, claimed=(), rivals=()).order is None


@pytest.mark.parametrize(
    ("sent", "shown", "fits"),
    [
        (moment(9, 26, 50), moment(9, 26), True),
        (moment(9, 26, 5), moment(9, 25), True),
        (moment(9, 26, 50), moment(9, 24), False),
        (moment(9, 26, 50), moment(9, 26, 10), False),
    ],
)
def test_a_time_without_seconds_is_the_whole_minute(sent: datetime, shown: datetime, fits: bool) -> None:
    late = intent()._replace(sent_at=sent)
    verdict = find_placed(late, [order(time=shown)], UNTAGGED, claimed=(), rivals=())
    assert (verdict.order is not None) is fits


def test_a_claimed_order_is_nobody_elses() -> None:
    assert find_placed(intent(), [order("2")], UNTAGGED, claimed={"2"}, rivals=()).order is None


def test_two_orders_that_fit_settle_nothing() -> None:
    verdict = find_placed(intent(), [order("1"), order("2")], UNTAGGED, claimed=(), rivals=())
    assert verdict.order is None
    assert "2 order(s)" in str(verdict.reason)


def test_two_identical_intents_settle_nothing() -> None:
    one, other = intent(1), intent(2, client_order_id="other")
    assert find_placed(one, [order("1")], UNTAGGED, claimed=(), rivals=[one, other]).order is None


def test_a_rival_that_looks_different_does_not_matter() -> None:
    rival = intent(2, quantity=99)
    assert find_placed(intent(1), [order("1")], UNTAGGED, claimed=(), rivals=[rival]).order is not None


def test_an_unknown_of_another_day_is_no_rival() -> None:
    old = intent(2)._replace(sent_at=TRADING_DAY - timedelta(days=1))
    assert find_placed(intent(1), [order("1")], UNTAGGED, claimed=(), rivals=[old]).order is not None


def test_a_rival_is_whatever_may_be_the_same_row_and_not_only_what_was_asked_in_the_same_words() -> None:
    market = intent(2, price_type=PriceType.MARKET, price=None)
    assert find_placed(intent(1), [order("1")], UNTAGGED, claimed=(), rivals=[market]).order is None


@pytest.mark.parametrize(("status", "found"), [(OrderStatus.REJECTED, False), (OrderStatus.OPEN, True)])
def test_a_rejected_row_may_be_that_of_an_order_that_the_broker_refused(status: OrderStatus, found: bool) -> None:
    refused = intent(2)._replace(state=IntentState.REJECTED)
    verdict = find_placed(intent(1), [order("1", status=status)], UNTAGGED, claimed=(), rivals=[refused])
    assert (verdict.order is not None) is found


def test_a_market_order_is_found_as_the_limit_that_the_broker_made_of_it() -> None:
    market = intent(price_type=PriceType.MARKET, price=None)
    assert find_placed(market, [order("1", price=Decimal(805))], UNTAGGED, claimed=(), rivals=()).order is not None


@pytest.mark.parametrize(
    ("sent", "now", "close", "final"),
    [
        (moment(10), moment(11), moment(15, 30), False),
        (moment(10), moment(15, 44), moment(15, 30), False),
        (moment(10), moment(15, 46), moment(15, 30), True),
        (moment(20), moment(20, 10), moment(15, 30), False),
        (moment(20), moment(20, 16), moment(15, 30), True),
        (moment(10), moment(10, 16), None, True),
        (moment(10), moment(0, 5, day=21), moment(15, 30), False),
    ],
)
def test_a_book_is_final_after_the_close_and_only_on_its_own_day(sent, now, close, final) -> None:  # type: ignore[no-untyped-def]
    assert book_is_final(sent, now, close) is final


def test_a_row_equals_a_modify_when_quantity_type_and_prices_do() -> None:
    wanted = draft(price=Decimal("801.00"))
    assert same_order(wanted, order(price=Decimal(801), trigger_price=Decimal(0)))
    assert not same_order(wanted, order(price=Decimal(800)))
    assert not same_order(wanted._replace(quantity=11), order(price=Decimal(801)))
