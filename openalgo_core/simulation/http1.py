"""As much of HTTP/1.1 as a proxy needs that must be able to break it: whole messages over asyncio streams."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Self

__all__ = ["Message", "read_message"]

_FRAMING = ("content-length", "transfer-encoding", "connection", "keep-alive")


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer, read whole. `start` is its first line, `headers` keep order and repetition."""

    start: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @classmethod
    def answer(cls, status: int, reason: str, body: bytes, *headers: tuple[str, str]) -> Self:
        return cls(f"HTTP/1.1 {status} {reason}", headers, body)

    @property
    def method(self) -> str:
        """Of a request."""
        return self.start.split(" ")[0]

    @property
    def path(self) -> str:
        """Of a request, with the query."""
        return self.start.split(" ")[1]

    @property
    def status(self) -> int:
        """Of an answer."""
        return int(self.start.split(" ")[1])

    def header(self, name: str) -> str:
        """The last value of a header, empty if there is none."""
        return next((value for key, value in reversed(self.headers) if key.lower() == name), "")

    @property
    def closes(self) -> bool:
        """Whether its sender ends the connection with it."""
        return self.header("connection").lower() == "close" or " HTTP/1.0" in self.start

    def with_body(self, body: bytes) -> Self:
        return replace(self, body=body)

    def encode(self, *, length: int | None = None, close: bool = False) -> bytes:
        """The bytes, framed by a `Content-Length` that may be made to lie."""
        kept = [(name, value) for name, value in self.headers if name.lower() not in _FRAMING]
        if self._may_have_body:
            kept.append(("content-length", str(len(self.body) if length is None else length)))
        if close:
            kept.append(("connection", "close"))
        lines = [self.start, *(f"{name}: {value}" for name, value in kept), "", ""]
        return "\r\n".join(lines).encode("latin-1") + self.body

    @property
    def _may_have_body(self) -> bool:
        if self.start.startswith("HTTP/"):
            return self.status not in (204, 304)
        return bool(self.body) or self.method not in ("GET", "HEAD", "DELETE")


async def read_message(reader: asyncio.StreamReader, *, to: str = "") -> Message | None:
    """The next message, `None` at the end of the connection. An answer without a length is read to the end.

    `to` is the method of the request that an answer is for: one to HEAD has no body, whatever its headers say.
    Raises `asyncio.IncompleteReadError` if the connection ends inside a message, `ConnectionError` if it is no HTTP.
    """
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    start, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    if " " not in start:
        raise ConnectionError("what came is no HTTP")
    headers = tuple((name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines))
    message = Message(start, headers)
    return message if to == "HEAD" else message.with_body(await _read_body(reader, message))


async def _read_body(reader: asyncio.StreamReader, message: Message) -> bytes:
    if message.header("transfer-encoding").lower() == "chunked":
        return await _read_chunks(reader)
    length = message.header("content-length")
    if length:
        return await reader.readexactly(int(length))
    if message.start.startswith("HTTP/") and message.status not in (204, 304):
        return await reader.read()
    return b""


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    while await reader.readuntil(b"\r\n") != b"\r\n":  # trailers
        pass
    return bytes(body)
