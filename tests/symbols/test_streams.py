"""JSON arrays read piece by piece."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from itertools import count, permutations
from typing import Any

import pytest

from openalgo_core.errors import UnreadableAnswer
from openalgo_core.rows import Row
from openalgo_core.streams import csv_columns, csv_rows, json_rows, text_lines

#: Everything that makes the last brace of a piece mean something else, in rows of many lengths.
NASTY = [
    {
        "token": str(number),
        "name": 'A}],{"B' * (number % 7),
        "quote": '\\"}' * (number % 3),
        "nested": {"a": {"b": [{"c": number}]}, "tail": "x" * (number % 50)},
        "rupee": "₹} é",
        "price": Decimal(number) / 8,
    }
    for number in range(6_000)
]
DOCUMENT = json.dumps(NASTY, default=float, ensure_ascii=False, separators=(",", ":")).encode()


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


class Priced(Row):
    token: Any = None
    price: Any = None
    missing: Any = None


@pytest.mark.parametrize("size", [1_000, *range(1 << 18, (1 << 18) + 40), 1 << 20])
def test_rows_are_the_same_wherever_the_pieces_end(size: int) -> None:
    assert list(json_rows(pieces(DOCUMENT, size))) == NASTY
    assert list(json_rows(pieces(DOCUMENT, size), Priced)) == [Priced(row["token"], row["price"]) for row in NASTY]


@pytest.mark.parametrize(
    "document", ['[{"a":1},{"a":2}]', ' [ {"a" : 1 } ,\n {"a": 2}\t]\n', '\ufeff[{"a":1},{"a":2}]']
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_spaces_and_a_byte_order_mark_do_not_matter(document: str, size: int) -> None:
    assert list(json_rows(pieces(document.encode(), size))) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize("document", [b"[]", b" [ ] "])
def test_an_empty_array_has_no_rows(document: bytes) -> None:
    assert list(json_rows([document])) == []


def test_rows_come_before_the_last_piece_is_asked_for() -> None:
    taken: list[bytes] = []

    def counted() -> Iterator[bytes]:
        for piece in pieces(DOCUMENT, 1 << 18):
            taken.append(piece)
            yield piece

    assert next(json_rows(counted())) == NASTY[0]
    assert len(taken) == 1


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"   ",
        b"<html>Service unavailable</html>",
        b'{"status":false,"message":"Invalid Token"}',
        b'[{"a":1},{"a":2}',
        b'[{"a":1},',
        b'[{"a":1},{"a":',
        b"[",
        b'[{"a":1}] trailing',
        b'[{"a":1}{"a":2}]',
        b'[{"a":1},]',
        b"[1,2,3]",
        b'[[{"a":1}]]',
        b'[{"a":1},7,{"a":2}]',
        b'[{"a":\xff}]',
        b'[{"a":01}]',
    ],
)
@pytest.mark.parametrize("size", [5, 1_000])
def test_anything_else_is_unreadable(document: bytes, size: int) -> None:
    with pytest.raises(UnreadableAnswer):
        list(json_rows(pieces(document, size)))
    with pytest.raises(UnreadableAnswer):
        list(json_rows(pieces(document, size), Priced))


def test_a_download_cut_short_says_so() -> None:
    with pytest.raises(UnreadableAnswer, match="ends in the middle"):
        list(json_rows(pieces(DOCUMENT[:-100], 1 << 18)))


@pytest.mark.parametrize("start", [b'[{"a":1},{"a" 2},', b'[{"a":"', b"[1,"])
def test_a_broken_file_is_given_up_and_not_gathered(start: bytes) -> None:
    taken: list[int] = []

    def endless() -> Iterator[bytes]:
        yield start
        for number in count():
            taken.append(number)
            yield b'{"a":1},' * 20_000 if start != b"[1," else b"1," * 80_000

    with pytest.raises(UnreadableAnswer):
        list(json_rows(endless()))
    assert len(taken) * 160_000 < 4 << 20


def test_fractions_are_exact() -> None:
    rows: list[dict[str, Any]] = list(json_rows([b'[{"tick":0.05,"lot":65}]']))
    assert rows == [{"tick": Decimal("0.05"), "lot": 65}]
    (row,) = json_rows([b'[{"price":0.05,"token":65}]'], Priced)
    assert (row.price, type(row.price), row.token) == (Decimal("0.05"), Decimal, 65)


TEXT = "\ufeffcode,name\r\n1,₹ and é\r\n\r\n2,last"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_lines_are_the_same_wherever_the_pieces_end(size: int) -> None:
    assert list(text_lines(pieces(TEXT.encode(), size))) == ["code,name", "1,₹ and é", "2,last"]
    assert list(text_lines(pieces(f"{TEXT}\n".encode(), size))) == ["code,name", "1,₹ and é", "2,last"]


def test_no_pieces_are_no_lines() -> None:
    assert list(text_lines([])) == []


def test_a_byte_that_is_none_of_the_encoding() -> None:
    assert list(text_lines([b"a\xff\n", b"b"])) == ["a\ufffd", "b"]
    with pytest.raises(UnicodeDecodeError):
        list(text_lines([b"a\xff\n"], encoding="ascii", errors="strict"))


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("1,ACME,,", ["1", "ACME", "", ""]),
        ('1,"ACME, SONS",2', ["1", "ACME, SONS", "2"]),
        ('1,"7"" PIPES",2', ["1", '7" PIPES', "2"]),
        ('1,7" PIPES,2', ["1", '7" PIPES', "2"]),
        ('1,"ACME,2', ["1", "ACME,2"]),
    ],
)
def test_the_cells_of_a_line_are_those_of_no_other(line: str, cells: list[str]) -> None:
    assert list(csv_rows([line, "next,line"])) == [cells, ["next", "line"]]


@pytest.mark.parametrize("width", range(2, 7))
def test_the_cells_that_are_wanted_of_a_wide_line(width: int) -> None:
    cells = [f"cell{place}" for place in range(width)]
    for count_of in range(2, width + 1):
        for places in permutations(range(width), count_of):
            wanted = tuple(cells[place] for place in places)
            assert list(csv_columns([",".join(cells)], places, width)) == [wanted]


def test_a_line_of_another_width_is_none_and_a_quoted_comma_does_not_count() -> None:
    lines = ["a,b,c,d", "a,b,c", 'a,"b,",c,d', 'a,"b,c",d', "a,b,c,d,e", "a,,,"]
    assert list(csv_columns(lines, (3, 1), 4)) == [("d", "b"), None, ("d", "b,"), None, None, ("", "")]
