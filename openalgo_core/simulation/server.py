"""Any ASGI application on this machine, served from a thread."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ..errors import ConfigurationError, OpenAlgoError

try:
    import uvicorn
except ImportError as error:
    raise ConfigurationError(
        f"A simulator needs {error.name}, which is not installed.", hint="pip install 'openalgo-core[simulator]'"
    ) from error

if TYPE_CHECKING:
    from starlette.types import ASGIApp

__all__ = ["SimulatorServer", "bind", "url_of"]

#: Seconds that a request under way gets to finish when the server stops.
_GRACE = 1.0


class SimulatorServer:
    """Serves an application while the `with` block lasts; port 0 takes a free one, `url` then says which.

    Entering returns when requests are answered. It raises `ConfigurationError` if the address is taken. Leaving
    finishes what is being answered, closes all connections and frees the port.
    """

    def __init__(self, app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._app = app
        self._address = host, port
        self.url = ""

    def __enter__(self) -> Self:
        listener = bind(*self._address)
        self.url = url_of(listener)
        self._server = _Server(_config(self._app))
        self._thread = threading.Thread(target=self._server.serve_on, args=(listener,), name="simulator", daemon=True)
        self._thread.start()
        self._server.settled.wait()
        if not self._server.started:
            self._thread.join()
            raise OpenAlgoError("The simulator's application failed to start; its own message is in the log.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
        self._thread.join()


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws="none",
        log_config=None,  # the host's logging is not ours to configure
        log_level="error",
        access_log=False,
        server_header=False,
    )


class _Server(uvicorn.Server):
    """A uvicorn that says when it is up, or that it never will be, and that stops at once.

    Uvicorn's own loop and shutdown look around every tenth of a second; suites start simulators by the hundred.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.settled = threading.Event()

    def serve_on(self, listener: socket.socket) -> None:
        with listener, suppress(SystemExit):  # that is how uvicorn says that start-up failed, after logging it
            self.run(sockets=[listener])
        self.settled.set()

    def stop(self) -> None:
        """From any thread."""
        self._loop.call_soon_threadsafe(self._over.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        await super().startup(sockets)
        self.settled.set()

    async def main_loop(self) -> None:
        while not self._over.is_set():
            await self.on_tick(0)  # renews the Date header
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        connections, tasks = self.server_state.connections, self.server_state.tasks
        for server in self.servers:
            server.close()
        for connection in list(connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE):
                while connections or tasks:
                    await asyncio.sleep(0.002)
        await self.lifespan.shutdown()


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises `ConfigurationError` if the address is taken or none of ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Not socket.create_server: it leaves the protocol number out, and asyncio switches Nagle's algorithm off only where
    # it is there. With it on, an answer whose head and body go out apart takes 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # on Windows it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise ConfigurationError(
            f"Cannot listen on {host} port {port}: {error.strerror or error}.",
            hint="Choose another --port, or 0 for a free one.",
        ) from error
    return listener


def url_of(listener: socket.socket) -> str:
    """Where clients reach a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
