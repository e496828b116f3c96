"""Connections that can prove that nothing left, and answers that keep a deadline.

Built on `http.client`, which every HTTP library for Python is built on in the end. What `requests` and `urllib3` add to
it is what an order must not have (redirects, retries, cookies, the environment's proxies); it would cost more than half
of a call and 60 ms of every start. Imported when the first request is made.

**Nothing left.** A connection is made before its request begins. Whatever fails while it is made (name resolution,
refusal, time-out, TLS, a proxy's CONNECT) comes up as `NothingLeft`. From the moment at which `connect` has returned
nothing is provable any more: a write that fails may have failed after the last byte, so every later failure counts as
sent.

**Stale connections.** Before a kept connection is used again it is asked whether it has become readable, which it is
once the other side has closed it. TCP keep-alive probes bring a peer that vanished without a word, behind a NAT or
after a laptop slept, to the same state within half a minute. What remains is the peer that closes while our bytes are
on their way; that counts as sent.

**Deadline.** A socket time-out bounds each read; a server that drips a byte now and then would never meet it. So the
answer reads through `_PacedReader`, which grants each read only what is left of the whole.
"""

from __future__ import annotations

import base64
import http.client
import io
import select
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from ..secrets import Secret
from .redact import excerpt

__all__ = ["PORTS", "Answer", "Connection", "NothingLeft", "Proxy"]

PORTS = {"https": 443, "http": 80}


class NothingLeft(Exception):
    """The connection could not be made. The text says why, in a few words without secrets."""


class Proxy(NamedTuple):
    """Where https requests go out by CONNECT; `secure` is whether the proxy itself speaks TLS."""

    host: str
    port: int
    secure: bool
    headers: Mapping[str, str]

    def __repr__(self) -> str:
        return f"<Proxy {self.host}:{self.port}>"  # the headers hold its password

    @classmethod
    def of(cls, url: Secret) -> Proxy:
        """The proxy of an URL like `http://user:password@host:port`."""
        parts = urlsplit(url.reveal())
        assert parts.hostname is not None  # the client has looked at the form
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
        headers = {"Proxy-Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"} if login else {}
        return cls(parts.hostname, parts.port or PORTS[parts.scheme], parts.scheme == "https", headers)


class _ReadBudget:
    """How long reading one answer may take: `seconds` in all, or, after `per_read`, for each read."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._deadline: float | None = time.monotonic() + seconds

    def per_read(self) -> None:
        self._deadline = None

    def next_timeout(self) -> float:
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


class Answer(http.client.HTTPResponse):
    """Its budget, the socket's time-out at first, begins when it is made."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        self._budget = _ReadBudget(sock.gettimeout() or 0)
        super().__init__(_PacedSocket(sock, self._budget), *args, **kwargs)  # type: ignore[arg-type]  # calls makefile only

    def only_stalls_count(self) -> None:
        """From now on the time-out bounds each read of this answer, not the whole: for long downloads."""
        self._budget.per_read()

    def pieces(self, size: int) -> Iterator[bytes]:
        """The body in pieces of at most `size` bytes. Raises `http.client.IncompleteRead` if it ends early."""
        while piece := self.read(size):
            yield piece
        if self.length:  # which `read` lets pass
            raise http.client.IncompleteRead(b"", self.length)


class Connection(http.client.HTTPConnection):
    """One connection to one origin, for one request at a time. `tls` is `None` for plain http."""

    response_class = Answer

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None,
        proxy: Proxy | None,
        source_ip: str | None,
        connect_timeout: float,
    ) -> None:
        self._tls = tls
        self._proxy = proxy
        self._name = host
        self._source = (source_ip, 0) if source_ip else None
        self._answer: Answer | None = None
        first = (proxy.host, proxy.port) if proxy else (host, port)
        super().__init__(*first, timeout=connect_timeout)
        if proxy is not None:
            self.set_tunnel(host, port, dict(proxy.headers))

    def connect(self) -> None:
        """Make the connection, TLS included. Raises `NothingLeft`."""
        try:
            self._connect()
        except Exception as error:  # noqa: BLE001 - whatever it is that stops a connection, no byte of a request has left
            reason = _words(error, self.timeout)
        else:
            return
        self.close()
        raise NothingLeft(f"by way of the proxy {self.host}: {reason}" if self._proxy else reason)

    def _connect(self) -> None:
        self.sock = socket.create_connection((self.host, self.port), self.timeout, self._source)
        for option in _SOCKET_OPTIONS:
            self.sock.setsockopt(*option)
        if self._proxy is not None:
            if self._proxy.secure:
                assert self._tls is not None
                self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)
            self._tunnel()  # type: ignore[attr-defined]  # what HTTPConnection.connect calls; the stubs leave it out
        if self._tls is not None:
            self.sock = _wrapped(self.sock, self._tls, self._name)

    def close(self) -> None:
        if self._answer is not None:
            self._answer.close()  # it keeps the socket open as long as it is itself
        super().close()

    def __del__(self) -> None:
        self.close()  # a forked child drops what its parent keeps; the parent's own descriptor stays open

    @property
    def is_free(self) -> bool:
        """Whether the last answer has been read whole and the connection may serve another."""
        return self._answer is not None and self._answer.isclosed() and not self._answer.will_close

    @property
    def is_stale(self) -> bool:
        """Whether the other side has closed it, or sent what nobody asked for."""
        return self.sock is None or _is_readable(self.sock)

    def ask(self, method: str, request: bytes, read_timeout: float) -> Answer:
        """Send a whole request and read the head of its answer."""
        assert self.sock is not None
        self.sock.settimeout(read_timeout)
        self.sock.sendall(request)  # head and body in one piece: one packet less
        self._answer = Answer(self.sock, method=method)
        self._answer.begin()
        return self._answer


def _wrapped(sock: socket.socket, tls: ssl.SSLContext, name: str) -> Any:
    if not isinstance(sock, ssl.SSLSocket):
        return tls.wrap_socket(sock, server_hostname=name)
    from urllib3.util.ssltransport import SSLTransport  # TLS within a proxy's TLS, which `ssl` alone cannot do

    return SSLTransport(sock, tls, server_hostname=name)


def _is_readable(sock: socket.socket) -> bool:
    if not hasattr(select, "poll"):  # Windows, whose select knows no limit of numbers
        return bool(select.select([sock], [], [], 0)[0])
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _keep_alive_options() -> list[tuple[int, int, int]]:
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    for name, value in (("TCP_KEEPIDLE", 15), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):  # not on every platform
            options.append((socket.IPPROTO_TCP, getattr(socket, name), value))
    return options


_SOCKET_OPTIONS = _keep_alive_options()


def _words(error: Exception, seconds: float | None) -> str:
    match error:
        case socket.gaierror() | UnicodeError():  # the second from names that DNS could not hold
            return "the name does not resolve"
        case TimeoutError():
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
