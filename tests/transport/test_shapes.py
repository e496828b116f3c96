"""A long answer of which only the wanted fields are read: what they hold is what reading it whole would give."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Literal, TypedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from openalgo_core.answers import rows_of
from openalgo_core.errors import UnreadableAnswer
from openalgo_core.rows import Row
from openalgo_core.transport.reply import HttpReply


class Wanted(Row):
    order_id: Any = None
    price: Any = None


class Book(TypedDict):
    status: Literal["ok"]
    data: list[Wanted]


def reply(body: bytes) -> HttpReply:
    return HttpReply("acme", 200, {}, body)


def read(body: bytes) -> list[Wanted]:
    return Wanted.each(rows_of(reply(body).json(Book)["data"]))


def test_rows_hold_what_is_wanted_and_nothing_else() -> None:
    (row,) = reply(b'{"status": "ok", "more": 1, "data": [{"order_id": "7", "price": 812.50, "text": "x"}]}').json(
        Book
    )["data"]
    assert row == Wanted(order_id="7", price=Decimal("812.50"))


def test_fractions_come_digit_for_digit() -> None:
    (row,) = read(b'{"status": "ok", "data": [{"price": 0.10000000000000000555}]}')
    assert str(row.price) == "0.10000000000000000555"


def test_what_a_row_leaves_out_is_none() -> None:
    assert read(b'{"status": "ok", "data": [{"order_id": 7}]}') == [Wanted(order_id=7)]


@pytest.mark.parametrize(
    "body",
    [
        {"status": "no", "message": "No Orders Found"},
        {"status": "no", "data": [{"order_id": "7"}]},
        {"status": "ok", "data": None},
        {"status": "ok", "data": [{"order_id": "7"}, None]},
        [{"order_id": "7"}],
        "ok",
    ],
    ids=repr,
)
def test_what_does_not_fit_comes_whole(body: Any) -> None:
    assert reply(json.dumps(body).encode()).json(Book) == body


def test_rows_of_an_answer_that_came_whole_are_rows_too() -> None:
    assert read(b'{"status": "fine", "data": [{"order_id": "7", "text": "x"}]}') == [Wanted(order_id="7")]


def test_a_list_that_holds_something_else_than_rows_is_no_book() -> None:
    with pytest.raises(UnreadableAnswer, match="something else than a list of rows"):
        read(b'{"status": "ok", "data": [{"order_id": "7"}, 5]}')


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Bad Gateway</html>",
        b'{"status": "ok", "data": [{"order_id": "7"',
        b'{"status": "ok", "data": [{"price": NaN}]}',
        b'{"status": "ok", "data": [{"unwanted": NaN}]}',
        b'{"status": "ok", "data": []} {}',
        b'{"status": "ok", "data": ' + b"[" * 100_000,
    ],
    ids=lambda body: repr(body[:40]),
)
def test_what_is_no_json_fails_as_without_a_shape(body: bytes) -> None:
    with pytest.raises(UnreadableAnswer) as whole:
        reply(body).json()
    with pytest.raises(UnreadableAnswer) as shaped:
        reply(body).json(Book)
    assert shaped.value.message == whole.value.message


_numbers = some.integers() | some.floats(allow_nan=False, allow_infinity=False)
_scalars = some.none() | some.booleans() | _numbers | some.text('aé₹😀\ud800"\\\n\x00', max_size=5)
_values = _scalars | some.lists(_scalars, max_size=2) | some.dictionaries(some.just("price"), _scalars)
_rows = some.lists(some.dictionaries(some.sampled_from(["order_id", "price", "text"]), _values), max_size=5)


@settings(deadline=None)  # time is no matter here
@given(_rows, some.booleans())
def test_both_ways_of_reading_agree(rows: list[dict[str, Any]], ascii_only: bool) -> None:
    body = json.dumps({"status": "ok", "data": rows}, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert read(body) == [Wanted.of(row) for row in reply(body).json()["data"]]
