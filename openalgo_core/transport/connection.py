"""Connections that can prove that nothing left, and answers that keep a deadline.

The one module that reaches into urllib3; imported when the first request is made.

**Nothing left.** A connection is made before its request begins, or not at all. Whatever fails while it is made (name
resolution, refusal, time-out, TLS, a proxy's CONNECT) comes up as `NothingLeft`. From the moment at which `connect` has
returned nothing is provable any more: a write that fails may have failed after the last byte, so every later failure
counts as sent.

**Stale connections.** Before a kept connection is used again urllib3 asks whether it has become readable, which it is
once the other side has closed it (`is_connection_dropped`), and connects anew. TCP keep-alive probes bring a peer that
vanished without a word, behind a NAT or after a laptop slept, to the same state within half a minute. What remains is
the peer that closes while our bytes are on their way; that counts as sent.

**Deadline.** A socket time-out bounds each read; a server that drips a byte now and then would never meet it. So the
answer reads through `_PacedReader`, which grants each read only what is left of the whole.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util import Timeout

from .redact import excerpt

__all__ = ["POOL_CLASSES", "SOCKET_OPTIONS", "NothingLeft", "PacedResponse", "Pool"]


class NothingLeft(Exception):
    """The connection could not be made. The text says why, in a few words without secrets."""


class _ReadBudget:
    """How long reading one answer may take: `seconds` in all, or, after `per_read`, for each read."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._deadline = None if seconds is None else time.monotonic() + seconds

    def per_read(self) -> None:
        self._deadline = None

    def next_timeout(self) -> float | None:
        if self._deadline is None:
            return self._seconds
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer was not complete in time")
        return left


class _PacedReader(io.RawIOBase):
    """A socket's bytes; each read gets the time that the budget grants it."""

    def __init__(self, sock: socket.socket, budget: _ReadBudget) -> None:
        self._sock = sock
        self._budget = budget
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._budget.next_timeout())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _PacedSocket:
    """The one method of a socket that `http.client.HTTPResponse` calls."""

    def __init__(self, sock: socket.socket, budget: _ReadBudget) -> None:
        self._sock = sock
        self._budget = budget

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_PacedReader(self._sock, self._budget))


class PacedResponse(http.client.HTTPResponse):
    """An answer whose budget, the time-out of its socket, begins when it is made."""

    def __init__(self, sock: socket.socket, method: str) -> None:
        self._budget = _ReadBudget(sock.gettimeout())
        super().__init__(_PacedSocket(sock, self._budget), method=method)  # type: ignore[arg-type]  # calls makefile only

    def let_only_stalls_count(self) -> None:
        """From now on the read time-out bounds each read of this answer, not the whole: for long downloads."""
        self._budget.per_read()


class _Connection(HTTPConnection):
    def connect(self) -> None:
        with _nothing_left_yet(self):
            super().connect()


class _TlsConnection(_Connection, HTTPSConnection):
    pass


class Pool(HTTPConnectionPool):
    """Connections to one origin."""

    ConnectionCls = _Connection

    @contextmanager
    def answer_to(self, message: bytes, method: str, limits: Timeout) -> Iterator[PacedResponse]:
        """Send a whole request, in one piece, and hand out its answer, the body of which is to be read.

        What urllib3's `urlopen` does beyond this serves requests that may be sent again or follow a redirect. An order
        may do neither, and would pay for it with a fifth of its time on the way.
        """
        connection: Any = self._get_conn()
        response = None
        try:
            if connection.is_closed:
                connection.timeout = limits.connect_timeout
                self._connect(connection)
            connection.sock.settimeout(limits.read_timeout)
            with suppress(BrokenPipeError, ConnectionResetError):  # who closed before reading all may have answered
                connection.sock.sendall(message)
            response = PacedResponse(connection.sock, method)
            response.begin()
            yield response
        finally:
            good = response is not None and response.isclosed() and not response.will_close
            if response is not None:
                response.close()
            if not good:  # what is left of an answer must not be taken for the next one's
                connection.close()
            self._put_conn(connection)

    def _connect(self, connection: Any) -> None:
        if self.proxy is not None:
            self._prepare_proxy(connection)
        self._validate_conn(connection)

    def _validate_conn(self, conn: Any) -> None:
        super()._validate_conn(conn)
        if conn.is_closed:  # the pool for https does this by itself
            conn.connect()


class _TlsPool(Pool, HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


POOL_CLASSES = {"http": Pool, "https": _TlsPool}


def _keep_alive_options() -> list[tuple[int, int, int]]:
    # The options of urllib3, which it leaves away behind a proxy, where headers and body then wait for one another.
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    for name, value in (("TCP_KEEPIDLE", 15), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):  # not on every platform
            options.append((socket.IPPROTO_TCP, getattr(socket, name), value))
    return options


SOCKET_OPTIONS = _keep_alive_options()


@contextmanager
def _nothing_left_yet(connection: HTTPConnection) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it is that stops a connection, no byte of a request has left
        reason = _why(error, connection)
    else:
        return
    connection.close()
    raise NothingLeft(reason)


def _why(error: Exception, connection: HTTPConnection) -> str:
    reason = _words(error, connection.timeout)
    return f"by way of the proxy {connection.host}: {reason}" if connection.proxy else reason


def _words(error: Exception, seconds: float | None) -> str:
    match error:
        case NameResolutionError():
            return "the name does not resolve"
        case NewConnectionError(__cause__=OSError(strerror=str(text))):  # before its base, ConnectTimeoutError
            return text.lower()
        case ConnectTimeoutError() | TimeoutError():
            return f"no connection within {seconds:g} s"
        case ssl.SSLCertVerificationError():
            return f"the TLS certificate is not valid, {error.verify_message}"
        case ssl.SSLError():
            return f"the TLS handshake failed, {error.reason}"
        case OSError(strerror=str(text)):
            return text.lower()
        case OSError():  # what a proxy answers to CONNECT
            return excerpt(str(error))
        case _:
            return type(error).__name__
