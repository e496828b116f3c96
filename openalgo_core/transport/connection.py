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

**Deadline.** A socket time-out bounds each read; a server that drips a byte now and then would never meet it. So an
`Answer` grants each read only what is left of the whole.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError

from .redact import excerpt

__all__ = ["FAILURES", "POOL_CLASSES", "SOCKET_OPTIONS", "Answer", "NothingLeft", "Pool"]

#: What the socket, urllib3 and httptools raise once bytes may have left.
FAILURES = (OSError, HTTPError, HttpParserError, HttpParserUpgrade)

#: The first status that is an answer; those below it come before one.
_FINAL = 200
#: A body of which one of these says how long it is, does not end with the connection.
_BOUNDED = frozenset(("content-length", "transfer-encoding"))
#: Far more than any broker's.
_LONGEST_HEAD = 1 << 17
_PIECE = 1 << 16


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


class Answer:
    """What came on a connection in answer to a request: first its head, then as much of its body as is asked for.

    httptools says what the bytes mean. `status` and `headers` (names in lower case, of several alike the first) are
    there once `read_head` has returned. Methods raise what `FAILURES` lists.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.is_complete = False
        #: Whether the connection can carry another request, once this is complete.
        self.leaves_connection = False
        self._sock = sock
        self._budget = _ReadBudget(sock.gettimeout())
        self._parser = HttpResponseParser(self)
        self._received = 0
        self._body: list[bytes] = []

    def read_head(self) -> None:
        while self.status < _FINAL:
            if self._received > _LONGEST_HEAD:
                raise ConnectionAbortedError("the head of the answer has no end")
            self._receive(_PIECE)

    def read(self) -> bytes:
        """The body, or what has not been read of it."""
        while not self.is_complete:
            self._receive(_PIECE)
        return b"".join(self._body)

    def pieces(self, size: int) -> Iterator[bytes]:
        """The body in pieces of `size` bytes, the last one shorter. Each wait for the socket may take the time-out."""
        self._budget.per_read()
        while piece := self._next(size):
            yield piece

    def close(self) -> None:
        """Let go of the parser, which holds on to this answer."""
        del self._parser

    def _next(self, size: int) -> bytes:
        gathered = sum(map(len, self._body))
        while gathered < size and not self.is_complete:
            at = len(self._body)
            self._receive(size - gathered)
            gathered += sum(map(len, self._body[at:]))
        data = b"".join(self._body)
        self._body = [data[size:]]
        return data[:size]

    def _receive(self, size: int) -> None:
        self._sock.settimeout(self._budget.next_timeout())
        data = self._sock.recv(size)
        self._received += len(data)
        if not data:
            self._end()
            return
        try:
            self._parser.feed_data(data)
        except HttpParserError:  # also what stands behind the end, of which nobody knows whose it is
            self.leaves_connection = False
            if not self.is_complete:
                raise

    def _end(self) -> None:
        if self.status < _FINAL or not _BOUNDED.isdisjoint(self.headers):
            raise ConnectionAbortedError("the answer ends early")
        self.is_complete = True

    # -- what httptools calls --------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        if self.is_complete:
            raise HttpParserError("a second answer to one request")
        self.headers.clear()  # those of a provisional answer

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1").rstrip())

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        self.leaves_connection = self._parser.should_keep_alive()

    def on_body(self, data: bytes) -> None:
        self._body.append(data)

    def on_message_complete(self) -> None:
        self.is_complete = self.status >= _FINAL


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
    def answer_to(self, message: bytes, *, connect_timeout: float, read_timeout: float) -> Iterator[Answer]:
        """Send a whole request, in one piece, and hand out its answer, the body of which is to be read.

        What urllib3's `urlopen` does beyond this serves requests that may be sent again or follow a redirect. An order
        may do neither, and would pay for it with a fifth of its time on the way.
        """
        connection: Any = self._get_conn()
        answer = None
        try:
            if connection.is_closed:
                connection.timeout = connect_timeout
                self._connect(connection)
            connection.sock.settimeout(read_timeout)
            with suppress(BrokenPipeError, ConnectionResetError):  # who closed before reading all may have answered
                connection.sock.sendall(message)
            answer = Answer(connection.sock)
            answer.read_head()
            yield answer
        finally:
            if answer is not None:
                answer.close()
            if answer is None or not (answer.is_complete and answer.leaves_connection):
                connection.close()  # what is left of an answer must not be taken for the next one's
            self._put_conn(connection)

    def _connect(self, connection: Any) -> None:
        if self.proxy is not None:
            self._prepare_proxy(connection)
        self._validate_conn(connection)
        if connection.is_closed:  # the pool for https has connected it by now
            connection.connect()


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
