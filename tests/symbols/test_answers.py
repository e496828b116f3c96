"""Reading what a broker answered."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from openalgo_core.answers import (
    claims_of,
    expiry_of,
    kept,
    mentions,
    price,
    profit_and_loss,
    record_of,
    retry_after,
    rows_of,
    text_of,
)
from openalgo_core.clock import IST
from openalgo_core.errors import BrokerUnavailable, InvalidRequest, UnreadableAnswer
from openalgo_core.models import Exchange, Position
from openalgo_core.testing import ScriptedReply

NOW = datetime(2026, 11, 20, 10, 15, tzinfo=IST)


@pytest.mark.parametrize(
    ("value", "text"), [("  a ", "a"), (None, ""), (261120, "261120"), ("", ""), (Decimal("1.50"), "1.50")]
)
def test_a_text_is_stripped_and_empty_for_want_of_one(value: object, text: str) -> None:
    assert text_of({"key": value}, "key") == text
    assert text_of({}, "key") == ""


def test_a_null_is_an_empty_list_of_rows() -> None:
    assert rows_of(None) == []
    assert rows_of([{"a": 1}]) == [{"a": 1}]


@pytest.mark.parametrize("data", ["", {}, 0, False, "null", [1], [{"a": 1}, None]])
def test_anything_else_than_rows_is_unreadable_and_never_empty(data: object) -> None:
    with pytest.raises(UnreadableAnswer):
        rows_of(data)


def test_a_record_is_an_object_and_its_absence_is_named() -> None:
    assert record_of({"a": 1}, "funds") == {"a": 1}
    with pytest.raises(UnreadableAnswer, match="no funds"):
        record_of(None, "funds")


@pytest.mark.parametrize(
    ("value", "rupees"),
    [("812.35", Decimal("812.35")), (Decimal("0.05"), Decimal("0.05")), ("1,234.5", Decimal("1234.5"))],
)
def test_a_price_is_exact(value: object, rupees: Decimal) -> None:
    assert price(value) == rupees


@pytest.mark.parametrize("value", [None, "", "0", "0.00", 0, Decimal("0.00"), "-", "----", "NA", "null"])
def test_no_price_is_none_however_it_is_written(value: object) -> None:
    assert price(value) is None


def test_a_price_that_is_no_number_is_unreadable() -> None:
    with pytest.raises(UnreadableAnswer):
        price("twelve")


def test_what_a_change_leaves_out_is_kept_and_what_is_needed_must_be_there() -> None:
    old, new = Decimal(1), Decimal(2)
    assert (kept(new, old, "price"), kept(None, old, "price")) == (new, old)
    assert kept(new, old, "trigger price", needed=False) is None
    with pytest.raises(InvalidRequest, match="trigger price"):
        kept(None, None, "trigger price")


def test_a_text_mentions_a_word_in_any_case() -> None:
    assert mentions("Too Many Requests", ("rate limit", "too many"))
    assert not mentions("no", ("rate limit", "too many"))


def _position(quantity: int, pnl: str | None) -> Position:
    result = None if pnl is None else Decimal(pnl)
    return Position("SBIN", Exchange.NSE, None, quantity, None, None, result)


def test_profit_and_loss_are_told_apart_by_what_is_still_open() -> None:
    rows = [_position(0, "10.5"), _position(0, "-3"), _position(5, "2"), _position(-5, "1.25")]
    assert profit_and_loss(lambda: rows) == (Decimal("7.5"), Decimal("3.25"))
    assert profit_and_loss(list) == (Decimal(0), Decimal(0))


def test_a_sum_with_a_missing_part_is_none_and_the_other_is_not() -> None:
    assert profit_and_loss(lambda: [_position(0, None), _position(5, "2")]) == (None, Decimal(2))


def test_positions_that_cannot_be_read_leave_both_open() -> None:
    def fails() -> Sequence[Position]:
        raise BrokerUnavailable("down")

    assert profit_and_loss(fails) == (None, None)


def _jwt(claims: object) -> str:
    payload = urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"head.{payload}.sign"


def test_a_token_says_who_it_is_and_when_it_dies() -> None:
    dies = NOW + timedelta(hours=3)
    token = _jwt({"sub": "AB123", "exp": int(dies.timestamp())})
    assert claims_of(token)["sub"] == "AB123"
    assert expiry_of(token, NOW) == dies


@pytest.mark.parametrize("token", ["", "opaque", "a.b", "a.!!!.c", "a.e30.c", _jwt([1]), "a.//79.c"])
def test_what_is_no_readable_token_claims_nothing(token: str) -> None:
    assert claims_of(token) == {}
    assert expiry_of(token, NOW) is None


@pytest.mark.parametrize("moment", ["soon", None, [], 10**30, 0, int(NOW.timestamp())])
def test_a_token_that_says_no_time_to_come_does_not_say(moment: object) -> None:
    assert expiry_of(_jwt({"exp": moment}), NOW) is None


@pytest.mark.parametrize(
    ("told", "seconds"), [("7", 7.0), ("", 1.5), ("-1", 1.5), ("Fri, 28 Aug 2026 05:00:00 GMT", 1.5)]
)
def test_how_long_to_wait(told: str, seconds: float) -> None:
    assert retry_after(ScriptedReply(429, {"Retry-After": told}, b""), 1.5) == seconds
    assert retry_after(ScriptedReply(429, {}, b""), 1.5) == 1.5
