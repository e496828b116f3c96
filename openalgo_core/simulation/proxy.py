"""A small proxy that breaks exchanges below HTTP: resets, half answers, lies about lengths, silence.

It reads one request, asks its script, forwards the request or not, and gives back the answer or what the fault makes
of it. Everything runs on one event loop in one thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from .faults import Fault, FaultKind, FaultScript, Stage
from .http1 import Message, read_message
from .server import bind, url_of
from .spoiling import Delivery, Ending, made_up, spoil

__all__ = ["FaultProxy", "Seen"]

_TLS_GARBAGE = b"this is no TLS server\r\n\r\n"
#: `SO_LINGER` with zero seconds: closing such a socket sends a reset instead of an orderly end.
_LINGER_RESET = struct.pack("ii", 1, 0)


class Seen(NamedTuple):
    """One exchange, or one connection that a fault ended before there was a request (then both texts are empty)."""

    method: str
    path: str
    fault: Fault | None


class FaultProxy:
    """Stands in front of the server at `upstream` (an `http://host:port`) while the `with` block lasts.

    `seen` lists what came, in order. `script` may be added to at any time.
    """

    def __init__(
        self, upstream: str, script: FaultScript | None = None, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        parts = urlsplit(upstream)
        self._upstream = parts.hostname or "", parts.port or 80
        self._address = host, port
        self.script = script or FaultScript()
        self.seen: list[Seen] = []
        self.url = ""

    def __enter__(self) -> Self:
        listener = bind(*self._address)
        self.url = url_of(listener)
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, args=(listener,), name="fault-proxy", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def _run(self, listener: socket.socket) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve(listener))

    async def _serve(self, listener: socket.socket) -> None:
        """Accepts until told to stop; leaving cancels whatever connection is still open."""
        connections: set[asyncio.Task[None]] = set()

        async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            connections.add(task)
            # Cancelled is told to stop, and stopping is all there is to do: Python 3.11 would log it as an error.
            try:
                with contextlib.suppress(asyncio.CancelledError):
                    await _Connection(self, reader, writer).talk()
            finally:
                connections.discard(task)

        server = await asyncio.start_server(accepted, sock=listener)
        await self._over.wait()
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _forward(self, request: Message, peer: str) -> Message:
        """The application's answer, over a connection of its own that comes from the client's address."""
        # The many addresses that a machine has for itself stay visible, so that static-IP rules can be tried on it.
        local = (peer, 0) if peer.startswith("127.") else None
        reader, writer = await asyncio.open_connection(*self._upstream, local_addr=local)
        try:
            writer.write(request.encode(close=True))
            answer = await read_message(reader, to=request.method)
        finally:
            await _close(writer)
        if answer is None:
            raise ConnectionError("the application closed the connection without an answer")
        return answer


class _Connection:
    """One client's connection, for as many requests as it sends."""

    def __init__(self, proxy: FaultProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._reader = reader
        self._writer = writer
        self._peer: str = writer.get_extra_info("peername")[0]

    async def talk(self) -> None:
        # A client that goes away in the middle is what time-out tests do; it is no event for the proxy.
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                if not await self._struck():
                    await self._converse()
        except asyncio.CancelledError:
            self._writer.transport.abort()
            raise
        finally:
            await _close(self._writer)

    async def _converse(self) -> None:
        while request := await read_message(self._reader):
            if not await self._exchange(request) or request.closes:
                break

    async def _struck(self) -> bool:
        """Whether a fault of the connection itself ended it."""
        fault = self._proxy.script.take_connection()
        if fault is None:
            return False
        self._proxy.seen.append(Seen("", "", fault))
        if fault.kind is FaultKind.TLS:
            await self._reader.read(1 << 16)
            self._writer.write(_TLS_GARBAGE)
        else:
            self._reset()
        return True

    async def _exchange(self, request: Message) -> bool:
        """Answers one request; false when the connection is over."""
        fault = self._proxy.script.take(f"{request.method} {request.path}")
        self._proxy.seen.append(Seen(request.method, request.path, fault))
        if fault is None:
            self._writer.write((await self._proxy._forward(request, self._peer)).encode())
            await self._writer.drain()
            return True
        unseen = fault.stage is Stage.BEFORE
        answer = made_up() if unseen else await self._proxy._forward(request, self._peer)
        return await self._deliver(spoil(answer, fault))

    async def _deliver(self, delivery: Delivery) -> bool:
        await asyncio.sleep(delivery.delay)
        for piece in delivery.pieces:
            self._writer.write(piece)
            await self._writer.drain()
            await asyncio.sleep(delivery.pause)
        if delivery.ending is Ending.SILENCE:
            await self._reader.read()
        elif delivery.ending is Ending.RESET:
            self._reset()
        return delivery.ending is Ending.KEEP

    def _reset(self) -> None:
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
        self._writer.transport.abort()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
