"""Reading instrument files while they arrive, so that no file of forty megabytes sits in memory whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

from .errors import UnreadableAnswer

__all__ = ["csv_rows", "json_rows", "text_lines"]

#: Pieces are gathered to this many bytes before they are decoded, so that small ones cost no more than large.
_BATCH: Final = 1 << 17
#: Undecodable bytes beyond this are no row still on its way but a broken file.
_LONGEST_ROW: Final = 1 << 20
_SPACE: Final = b" \t\r\n"
_BOM: Final = b"\xef\xbb\xbf"
_DECODER: Final = json.JSONDecoder(parse_float=Decimal)


def json_rows(pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The objects of one JSON array that comes in pieces of any size; fractions as `Decimal`.

    Only about one piece is held at a time. Raises `UnreadableAnswer` as soon as it is clear that this is no
    array of objects, or at the end if the array was cut short.
    """
    buffer = bytearray()
    opened = False
    for piece in pieces:
        buffer += piece
        if len(buffer) < _BATCH:
            continue
        opened = opened or _open(buffer)
        yield from _take_rows(buffer)
        if len(buffer) > _LONGEST_ROW:
            raise _broken(buffer)
    if not (opened or _open(buffer)):
        raise UnreadableAnswer("The answer is empty, where a JSON array of rows is expected.")
    yield from _take_rows(buffer)
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


def _take_rows(buffer: bytearray) -> list[dict[str, Any]]:
    """Remove the complete rows from the front. Before and after, the buffer begins with a separator."""
    cut = buffer.rfind(b"}") + 1
    if cut == 0:
        return []
    rows: list[Any]
    try:
        rows, taken = _DECODER.decode(f"[{buffer[1:cut].decode()}]"), cut
    except ValueError:  # the last brace closes no row but stands in a text or in a nested object
        rows, taken = _one_by_one(buffer[:cut])
    if set(map(type, rows)) - {dict}:
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
