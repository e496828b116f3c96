"""Real servers on the loopback that misbehave on command."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest

from openalgo_core.transport import HttpClient


class Seen(NamedTuple):
    """A request as the server read it; header names in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes


class Peer:
    """The server's end of one connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._file = sock.makefile("rb")

    def read(self) -> Seen | None:
        """The next request, or `None` once the client has hung up."""
        try:
            line = self._file.readline().decode().rstrip()
            if not line:
                return None
            headers = {}
            while header := self._file.readline().decode().rstrip():
                name, _, value = header.partition(":")
                headers[name.lower()] = value.strip()
            return Seen(line, headers, self._file.read(int(headers.get("content-length", 0))))
        except ConnectionError:
            return None

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def answer(self, body: bytes = b"{}", status: str = "200 OK", **headers: str) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.send("\r\n".join([*lines, "", ""]).encode() + body)

    def reset(self) -> None:
        """Close with a TCP reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        self._file.close()
        self.sock.close()


Handler = Callable[[Peer, "Server"], Any]


def keep_answering(peer: Peer, server: Server) -> None:
    """A server as it should be."""
    while server.read(peer):
        peer.answer()


@dataclass
class Server:
    """Runs `handler` in a thread for each connection, and remembers what came."""

    handler: Handler
    tls: ssl.SSLContext | None = None
    connections: int = 0
    refused_handshakes: int = 0
    requests: list[Seen] = field(default_factory=list)
    peers: list[tuple[str, int]] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)
    #: Set when the test is over: what a handler waits for instead of sleeping.
    over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Server:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        # Closing a listener does not wake an accept; a connection does.
        socket.create_connection(("127.0.0.1", self.port)).close()
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive()
        self._listener.close()
        assert not self.failures

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def read(self, peer: Peer) -> Seen | None:
        seen = peer.read()
        if seen:
            self.requests.append(seen)
        return seen

    def _accept(self) -> None:
        while True:
            sock, address = self._listener.accept()
            if self.over.is_set():
                sock.close()
                return
            self.connections += 1
            self.peers.append(address)
            thread = threading.Thread(target=self._serve, args=(sock,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        if self.tls:
            try:
                sock = self.tls.wrap_socket(sock, server_side=True)
            except OSError:  # the client did not like our certificate
                self.refused_handshakes += 1
                sock.close()
                return
        peer = Peer(sock)
        try:
            self.handler(peer, self)
        except (AssertionError, ValueError) as error:
            self.failures.append(error)
        except OSError:  # the client hung up on a handler that was still talking
            pass
        finally:
            peer.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts servers that are stopped, and asked for their failures, at the end."""
    with ExitStack() as stack:

        def start(handler: Handler = keep_answering, tls: ssl.SSLContext | None = None) -> Server:
            return stack.enter_context(Server(handler, tls))

        yield start


@pytest.fixture
def client() -> Iterator[Callable[..., HttpClient]]:
    """Makes clients of the broker `acme`, with short time-outs, that are closed at the end."""
    made: list[HttpClient] = []

    def make(base_url: str | None = None, **options: Any) -> HttpClient:
        options = {"connect_timeout": 2, "read_timeout": 2, "hosts": ("api.acme.in",), **options}
        made.append(HttpClient(broker="acme", base_url=base_url, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()
