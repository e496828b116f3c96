"""A small HTTP server for one browser on this machine, which expects to be lied to.

Every connection has a deadline, their number is limited, and nothing is logged: the request line holds a
token.
"""

from __future__ import annotations

import logging
import os
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

from .pages import Page, refusal

__all__ = ["LoopbackServer", "Request", "Response"]

_LOG = logging.getLogger("openalgo.login")
_MAX_BODY = 64 * 1024  # as much as http.server allows the request line
_MAX_CONNECTIONS = 64
_POLL = 0.05  # seconds between looks at the deadlines, and the longest that closing takes
_LINGER = 1.0  # seconds to read what a client still sends, so that it gets to see the answer


@dataclass(frozen=True, slots=True)
class Request:
    """A complete request: `target` is path and query as they came, `body` what was posted."""

    method: str
    target: str
    headers: Message
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """A page, or, where `location` is given, a redirect to there."""

    page: Page
    location: str | None = None


class LoopbackServer(socketserver.ThreadingTCPServer):
    """Answers each request with what `respond` returns, in a thread of its own, until closed.

    `patience` is how many seconds a client has to send its whole request. Raises `OSError` if the port is not
    free.
    """

    allow_reuse_address = os.name == "posix"  # elsewhere it would let two programs listen on one port
    request_queue_size = _MAX_CONNECTIONS

    def __init__(self, address: tuple[str, int], respond: Callable[[Request], Response], patience: float) -> None:
        self.respond = respond
        self._patience = patience
        self._deadlines: dict[socket.socket, float] = {}
        self._guard = threading.Lock()
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(_POLL,), name="login-callback")

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop listening, cut off who has not sent a whole request, let the others have their answer."""
        self.shutdown()
        self._thread.join()
        self._cut(sys.float_info.max)
        self.server_close()

    def has_arrived(self, connection: socket.socket) -> None:
        """The request is complete: from here on the client waits for us."""
        with self._guard:
            self._deadlines[connection] = float("inf")

    def verify_request(self, request: Any, client_address: Any) -> bool:
        with self._guard:
            if len(self._deadlines) >= _MAX_CONNECTIONS:
                return False
            self._deadlines[request] = time.monotonic() + self._patience
            return True

    def service_actions(self) -> None:
        self._cut(time.monotonic())

    def shutdown_request(self, request: Any) -> None:
        _linger(request)
        with self._guard:
            self._deadlines.pop(request, None)
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Mostly a client that went away; the default prints a traceback into the trader's terminal."""
        _LOG.debug("a connection to the login callback ended with %s", type(sys.exception()).__name__)

    def _cut(self, now: float) -> None:
        with self._guard:
            late = [connection for connection, deadline in self._deadlines.items() if deadline <= now]
        for connection in late:
            _end(connection, socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: LoopbackServer

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            self.send_error(HTTPStatus.BAD_REQUEST)
        elif len(length) > len(str(_MAX_BODY)) or int(length) > _MAX_BODY:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            body = self.rfile.read(int(length))
            if len(body) == int(length):
                self._answer(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Our page instead of the default one, which repeats the request."""
        status = HTTPStatus(code)
        if status is HTTPStatus.NOT_IMPLEMENTED:  # what http.server calls a method that it has no handler for
            status = HTTPStatus.METHOD_NOT_ALLOWED
        self._send(Response(refusal(status)))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is the base class's
        """Nothing is logged: the request line holds the token."""

    def _answer(self, body: bytes) -> None:
        self.server.has_arrived(self.connection)
        self._send(self.server.respond(Request(self.command, self.path, self.headers, body)))

    def _send(self, response: Response) -> None:
        content = b"" if response.location else response.page.render()
        self.send_response_only(response.page.status)
        for name, value in response.page.headers.items():
            self.send_header(name, value)
        if response.location:
            self.send_header("Location", response.location)
        if response.page.status is HTTPStatus.METHOD_NOT_ALLOWED:
            self.send_header("Allow", "GET, POST")
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _linger(connection: socket.socket) -> None:
    """End our side and read the rest: closing on unread bytes makes the kernel throw our answer away."""
    _end(connection, socket.SHUT_WR)
    until = time.monotonic() + _LINGER
    try:
        while (left := until - time.monotonic()) > 0:
            connection.settimeout(left)
            if not connection.recv(1 << 16):
                return
    except OSError:  # cut off, reset, or out of patience: in each case there is nothing left to read
        return


def _end(connection: socket.socket, how: int) -> None:
    try:
        connection.shutdown(how)
    except OSError:  # the client was faster
        return
