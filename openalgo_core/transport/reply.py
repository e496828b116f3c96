"""Answers: complete ones, and those read piece by piece."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any, NoReturn

from ..errors import UnreadableAnswer
from .redact import excerpt

__all__ = ["HttpReply", "decompressed"]

_GZIP_MAGIC = b"\x1f"


class HttpReply:
    """A complete HTTP answer, whatever its status; see `openalgo_core.models.account.Reply`."""

    __slots__ = ("_broker", "body", "headers", "status")

    def __init__(self, broker: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self._broker = broker
        self.status = status
        self.headers = headers
        self.body = body

    def __repr__(self) -> str:
        return f"<HttpReply {self.status}, {len(self.body)} bytes>"

    @property
    def text(self) -> str:
        """The body as text: UTF-8, which is what every broker sends, with `\\ufffd` for what is not."""
        return self.body.decode("utf-8", errors="replace")

    def json(self, shape: Any = None) -> Any:
        """The body as JSON, fractions as `Decimal`; of a body that fits `shape` only what that has.

        Raises `UnreadableAnswer` for anything else. Its message tells what came; of plain text it quotes at most 80
        characters, of broken JSON none, for that may hold tokens.
        """
        if shape is not None:
            with suppress(ValueError, RecursionError):  # what does not fit, or is no JSON at all, is seen to below
                return _shaped(self.body, shape)
        try:
            return _DECODER.decode(self.body.decode("utf-8", "surrogatepass").removeprefix("\ufeff"))
        except (ValueError, RecursionError):
            what = self._description()
        # Raised out here so that no JSONDecodeError, which carries the whole body, hangs on to it.
        raise UnreadableAnswer(
            f"{self._broker} answered with {what} (HTTP {self.status}) where JSON was expected.",
            broker=self._broker,
            http_status=self.status,
        )

    def _description(self) -> str:
        text = self.text.strip().lstrip("\ufeff")
        if not text:
            return "an empty body"
        if text.startswith("<"):
            return "an HTML page" if "<html" in text[:2000].lower() or "<!doctype" in text[:200].lower() else "XML"
        if text.startswith(("{", "[")):
            return "broken or truncated JSON"
        if "\ufffd" in text or "\x00" in text:
            return "binary data"
        return f"the text “{excerpt(text)}”"


def _shaped(body: bytes, shape: Any) -> Any:
    """Raises `ValueError` for what does not fit."""
    from msgspec.json import Decoder  # lazily: 20 ms that only a book needs

    return Decoder(shape, float_hook=Decimal).decode(body)


def decompressed(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Undo gzip or deflate, in pieces of at most `size` bytes.

    Raises `zlib.error` for damaged data, and `EOFError` where the data end early: urllib3's own decoder takes half a
    file for a whole one.
    """
    decoder = None
    for piece in pieces:
        rest = piece
        while rest:
            if decoder is None or decoder.eof:
                if decoder is not None and not rest.startswith(_GZIP_MAGIC):
                    return  # padding after the end, which every decoder lets pass
                decoder = _new_decoder()  # a second time where gzip files are laid end to end
            yield from _inflated(decoder, rest, size)
            rest = decoder.unused_data
    if decoder is not None and not decoder.eof:
        raise EOFError("the compressed data end early")


def _inflated(decoder: zlib._Decompress, data: bytes, size: int) -> Iterator[bytes]:
    while piece := decoder.decompress(data, size):
        yield piece
        if decoder.eof:
            return  # now `unconsumed_tail` holds again what stands in `unused_data`
        data = decoder.unconsumed_tail


def _new_decoder() -> zlib._Decompress:
    return zlib.decompressobj(zlib.MAX_WBITS | 32)  # 32: gzip or zlib, whichever the header says


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


#: Of `json.loads` the part that is the same each time.
_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant)
