"""Sends requests over kept connections and says in our own errors what became of them."""

from __future__ import annotations

import ssl
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from http.client import HTTPException
from urllib.parse import urlsplit

from ..errors import BrokerUnavailable, NotSent
from ..secrets import Secret
from .connection import PORTS, Answer, Connection, NothingLeft, Proxy
from .outgoing import Outgoing
from .redact import log_exchange
from .reply import Headers, HttpReply, decompressed

__all__ = ["HttpDownload", "Wire"]

#: Threads that one account may use at once without a connection being thrown away.
_POOL_SIZE = 64
#: What http.client, the socket and the decoder raise once bytes may have left.
_FAILURES = (OSError, HTTPException, EOFError, zlib.error)
_COMPRESSED = ("gzip", "x-gzip", "deflate")
_PIECE = 1 << 20


class Wire:
    """One account's session: pooled connections, no environment, no cookies, no redirects, TLS always verified.

    Every method raises `NotSent` if provably nothing left, and `BrokerUnavailable` for every failure after that. Our
    errors are raised outside the handlers on purpose: an exception of a library may quote what a server said, and must
    not hang on to ours.
    """

    def __init__(
        self, broker: str, *, proxy: Secret | None, source_ip: str | None, connect_timeout: float, read_timeout: float
    ) -> None:
        self._broker = broker
        self._read_timeout = read_timeout
        self._connect_timeout = connect_timeout
        self._proxy = Proxy.of(proxy) if proxy else None
        self._source_ip = source_ip
        #: By origin, the one used last at the end: it is the least likely to have been closed meanwhile.
        self._idle: defaultdict[str, list[Connection]] = defaultdict(list)
        self._lock = threading.Lock()
        self._closed = False

    def send(self, request: Outgoing) -> HttpReply:
        """Send once and read the whole answer, all within the read time-out."""
        started = time.perf_counter()
        try:
            with self._connected(request.url) as connection:
                answer = connection.ask(request.method, _rendered(request), self._read_timeout)
                body = answer.read()
            headers = Headers(answer.getheaders())
            if _is_compressed(headers):
                body = b"".join(decompressed([body], _PIECE))
        except NothingLeft as error:
            failure = self._not_sent(request, error)
        except _FAILURES as error:
            failure = self._broken(error)
        else:
            self._log(request, str(answer.status), started)
            return HttpReply(self._broker, answer.status, headers, body)
        self._log(request, failure.kind, started)
        raise failure

    @contextmanager
    def stream(self, request: Outgoing) -> Iterator[HttpDownload]:
        """Send once and hand out the answer to be read in pieces; the read time-out bounds each stall."""
        started = time.perf_counter()
        failure = None
        with ExitStack() as stack:
            try:
                connection = stack.enter_context(self._connected(request.url))
                answer = connection.ask(request.method, _rendered(request), self._read_timeout)
            except NothingLeft as error:
                failure = self._not_sent(request, error)
            except _FAILURES as error:
                failure = self._broken(error)
            self._log(request, failure.kind if failure else str(answer.status), started)
            if failure:
                raise failure
            answer.only_stalls_count()
            yield HttpDownload(self._broker, answer)

    def close(self) -> None:
        """Close the idle connections now, and the others when they are done."""
        with self._lock:
            idle = [connection for kept in self._idle.values() for connection in kept]
            self._idle.clear()
            self._closed = True
        for connection in idle:
            connection.close()

    @contextmanager
    def _connected(self, url: str) -> Iterator[Connection]:
        """A connection to the URL's origin, live as far as anybody can tell, for one request."""
        origin = url[: _path_start(url)]
        connection = self._kept(origin) or self._new(origin)
        try:
            yield connection
        finally:
            if not (connection.is_free and self._keep(origin, connection)):
                connection.close()

    def _kept(self, origin: str) -> Connection | None:
        with self._lock:
            idle = self._idle[origin]
            while idle:
                connection = idle.pop()
                if not connection.is_stale:
                    return connection
                connection.close()
        return None

    def _keep(self, origin: str, connection: Connection) -> bool:
        with self._lock:
            idle = self._idle[origin]
            if self._closed or len(idle) >= _POOL_SIZE:
                return False
            idle.append(connection)
            return True

    def _new(self, origin: str) -> Connection:
        parts = urlsplit(origin)
        assert parts.hostname is not None  # the routes have seen to it
        secure = parts.scheme == "https"
        connection = Connection(
            parts.hostname,
            parts.port or PORTS[parts.scheme],
            tls=self._tls if secure else None,
            proxy=self._proxy if secure else None,  # plain http is for the loopback only, and goes there directly
            source_ip=self._source_ip,
            connect_timeout=self._connect_timeout,
        )
        connection.connect()
        return connection

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """One for all connections: reading the bundle takes 10 ms. Demands a valid certificate for the host's name."""
        import certifi

        context = ssl.create_default_context(cafile=certifi.where())
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _log(self, request: Outgoing, outcome: str, started: float) -> None:
        log_exchange(self._broker, request.method, request.url, outcome, time.perf_counter() - started)

    def _not_sent(self, request: Outgoing, error: NothingLeft) -> BrokerUnavailable:
        return NotSent(
            f"{self._broker} cannot be reached at {urlsplit(request.url).hostname}: {error}. Nothing was sent.",
            hint="Check the network, the proxy and the clock of this machine; openalgo doctor helps.",
            broker=self._broker,
        )

    def _broken(self, error: Exception) -> BrokerUnavailable:
        if isinstance(error, TimeoutError):
            text = f"{self._broker} did not answer completely within {self._read_timeout:g} s."
        elif isinstance(error, EOFError | zlib.error):
            text = f"The compressed answer of {self._broker} is damaged or ends early."
        else:
            text = f"The connection to {self._broker} broke before its answer was complete."
        return BrokerUnavailable(text, broker=self._broker)


class HttpDownload:
    """An answer read piece by piece; see `openalgo_core.models.account.Download`."""

    def __init__(self, broker: str, answer: Answer) -> None:
        self._broker = broker
        self._answer = answer
        self.status = answer.status
        self.headers: Mapping[str, str] = Headers(answer.getheaders())

    def pieces(self, size: int = _PIECE) -> Iterator[bytes]:
        """The body, decompressed, in pieces of at most `size` bytes.

        Raises `BrokerUnavailable` if it ends early or stalls; the pieces up to there are then good for nothing.
        """
        raw = self._answer.pieces(size)
        try:
            yield from decompressed(raw, size) if _is_compressed(self.headers) else raw
        except _FAILURES as error:
            how = "stalled" if isinstance(error, TimeoutError) else "ended early"
        else:
            return
        raise BrokerUnavailable(f"The download from {self._broker} {how}.", broker=self._broker)


def _path_start(url: str) -> int:
    return url.index("/", len("https://"))


def _rendered(request: Outgoing) -> bytes:
    """The bytes on the wire. `outgoing` has seen to it that no line break is in them that does not belong there."""
    start = _path_start(request.url)
    host = request.url[:start].partition("://")[2]
    lines = [f"{request.method} {request.url[start:]} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    return "\r\n".join((*lines, "", "")).encode("latin-1") + (request.body or b"")


def _is_compressed(headers: Mapping[str, str]) -> bool:
    return headers.get("Content-Encoding", "").lower() in _COMPRESSED
