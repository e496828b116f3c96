"""Reading instrument files while they arrive, so that no file of forty megabytes sits in memory whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from operator import itemgetter
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, TypeVar, overload

from .errors import UnreadableAnswer

if TYPE_CHECKING:
    from .rows import Row

    _Shape = TypeVar("_Shape", bound=Row)

__all__ = ["csv_columns", "csv_rows", "json_rows", "text_lines"]

#: Pieces are gathered to this many bytes before they are decoded, so that small ones cost no more than large.
_BATCH: Final = 1 << 17
#: Undecodable bytes beyond this are no row still on its way but a broken file.
_LONGEST_ROW: Final = 1 << 20
_SPACE: Final = b" \t\r\n"
_BOM: Final = b"\xef\xbb\xbf"
#: What stands in an array that is none of rows.
_NO_ROWS: Final = {list, str, int, float, Decimal, bool, NoneType}
_DECODER: Final = json.JSONDecoder(parse_float=Decimal)


@overload
def json_rows(pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]: ...
@overload
def json_rows(pieces: Iterable[bytes], shape: type[_Shape]) -> Iterator[_Shape]: ...
def json_rows(pieces: Iterable[bytes], shape: type[Row] | None = None) -> Iterator[Any]:
    """The objects of one JSON array that comes in pieces of any size; fractions as `Decimal`.

    With `shape`, a class of `openalgo_core.rows`, only its fields are read of each, in a third of the time. Only about
    one piece is held at a time. Raises `UnreadableAnswer` as soon as it is clear that this is no array of objects, or
    at the end if the array was cut short.
    """
    for rows in _batches(pieces, _shaped(shape) if shape else _decoded):
        yield from shape.each(rows) if shape and type(rows[0]) is dict else rows


def _batches(pieces: Iterable[bytes], decode: Callable[[bytes], list[Any]]) -> Iterator[list[Any]]:
    """Rows that came together, at least one."""
    buffer = bytearray()
    opened = False
    for piece in pieces:
        buffer += piece
        if len(buffer) < _BATCH:
            continue
        opened = opened or _open(buffer)
        if rows := _take_rows(buffer, decode):
            yield rows
        if len(buffer) > _LONGEST_ROW:
            raise _broken(buffer)
    if not (opened or _open(buffer)):
        raise UnreadableAnswer("The answer is empty, where a JSON array of rows is expected.")
    if rows := _take_rows(buffer, decode):
        yield rows
    _close(buffer)


def text_lines(pieces: Iterable[bytes], *, encoding: str = "utf-8-sig", errors: str = "replace") -> Iterator[str]:
    """The lines of a text that comes in pieces of any size, without their ends and without a byte order mark.

    Empty lines are left out. Raises `UnicodeDecodeError` where `errors` is "strict" and a byte is none of the encoding.
    """
    rest = b""
    for piece in pieces:
        whole, _, rest = (rest + piece).replace(b"\r", b"").rpartition(b"\n")
        yield from filter(None, whole.decode(encoding, errors).split("\n"))
    if rest:
        yield rest.decode(encoding, errors)


def csv_rows(lines: Iterable[str]) -> Iterator[list[str]]:
    """The cells of each line of a table in which little is quoted; the header's too.

    Line by line: a quotation mark that is never closed does not swallow the rest of the file. A line without any
    is split, which takes half the time of `csv`.
    """
    import csv  # here, because every command imports the plugin, and few fetch its file

    for line in lines:
        yield line.split(",") if '"' not in line else next(csv.reader([line]))


def csv_columns(lines: Iterable[str], places: Sequence[int], width: int) -> Iterator[tuple[str, ...] | None]:
    """The cells at those places, of which there are two at least, of every line; `None` for one of another width.

    Nothing is split between the two of them that lie farthest apart: most columns of a wide table are of no interest.
    """
    in_order = sorted(places)
    last, first = max(pairwise(in_order), key=lambda pair: pair[1] - pair[0])
    pick, pick_near = itemgetter(*places), itemgetter(*(place if place <= last else place - width for place in places))
    for line in lines:
        if '"' in line:
            import csv  # here, because every command imports the plugin, and few fetch its file

            cells = next(csv.reader([line]))
            yield pick(cells) if len(cells) == width else None
        elif line.count(",") == width - 1:
            cells = line.split(",", last + 1)
            cells += cells.pop().rsplit(",", width - first)
            yield pick_near(cells)
        else:
            yield None


def _open(buffer: bytearray) -> bool:
    """Check that an array begins here; the bracket stays and serves as the first separator."""
    if buffer.startswith(_BOM):
        del buffer[: len(_BOM)]
    _trim(buffer)
    if not buffer:
        return False
    if not buffer.startswith(b"["):
        raise _broken(buffer)
    return True


def _close(buffer: bytearray) -> None:
    """Check that the array ends here and nothing follows."""
    ending = bytes(buffer).translate(None, _SPACE)
    if ending in (b"]", b"[]"):
        return
    if ending.startswith(b"]") or ending.endswith(b"]"):
        raise _broken(buffer)
    raise UnreadableAnswer("The answer ends in the middle of a JSON array.", hint="Try again.")


def _decoded(array: bytes) -> list[Any]:
    rows: list[Any] = _DECODER.decode(array.decode())
    return rows


def _shaped(shape: type[Row]) -> Callable[[bytes], list[Any]]:
    from msgspec.json import Decoder  # here, because importing it costs 20 ms

    return Decoder(list[shape], float_hook=Decimal).decode  # type: ignore[valid-type]  # a class known at run time only


def _take_rows(buffer: bytearray, decode: Callable[[bytes], list[Any]]) -> list[Any]:
    """Remove the complete rows from the front. Before and after, the buffer begins with a separator.

    Either all are as `decode` makes them, or all are `dict`s, because it would not have them.
    """
    cut = buffer.rfind(b"}") + 1
    if cut == 0:
        return []
    rows: list[Any]
    try:
        rows, taken = decode(b"[" + buffer[1:cut] + b"]"), cut
    except ValueError:  # the last brace closes no row but stands in a text or in a nested object
        rows, taken = _one_by_one(buffer[:cut])
    if set(map(type, rows)) & _NO_ROWS:
        raise _broken(buffer)
    del buffer[:taken]
    _trim(buffer)
    if buffer and buffer[0] not in b"[,]":
        raise _broken(buffer)
    return rows


def _one_by_one(front: bytearray) -> tuple[list[Any], int]:
    """The rows at the front as far as they are complete, and how many bytes they take; slower, and exact."""
    try:
        text = front.decode()
    except UnicodeDecodeError:
        raise _broken(front) from None
    rows: list[Any] = []
    place = taken = 0
    while place == 0 or text[place : place + 1] == ",":
        try:
            row, taken_now = _DECODER.raw_decode(text, _skip_space(text, place + 1))
        except ValueError:
            break
        rows.append(row)
        taken = taken_now
        place = _skip_space(text, taken)
    return rows, len(text[:taken].encode())


def _skip_space(text: str, place: int) -> int:
    while text[place : place + 1].isspace():
        place += 1
    return place


def _trim(buffer: bytearray) -> None:
    del buffer[: len(buffer) - len(buffer.lstrip(_SPACE))]


def _broken(buffer: bytearray) -> UnreadableAnswer:
    start = bytes(buffer[:60]).decode(errors="replace")
    return UnreadableAnswer(f"The answer is no JSON array of rows; it reads {start!r}.")
