"""Where an answer begins and ends on its connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from openalgo_core.errors import BrokerUnavailable
from openalgo_core.transport import HttpClient

Serve = Callable[..., Any]
Client = Callable[..., HttpClient]
URL = "https://api.acme.in/book"
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def saying(*parts: bytes, then_close: bool = False) -> Callable[..., None]:
    """Each request is answered with these bytes."""

    def handle(peer: Any, server: Any) -> None:
        while server.read(peer):
            for part in parts:
                peer.send(part)
            if then_close:
                return

    return handle


@pytest.mark.parametrize(
    "provisional", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nX-Code: early\r\n\r\n"]
)
@pytest.mark.parametrize("together", [True, False])
def test_a_provisional_answer_is_none(serve: Serve, client: Client, provisional: bytes, together: bool) -> None:
    server = serve(saying(provisional + WHOLE) if together else saying(provisional, WHOLE))
    http = client(server.url)
    for _ in range(2):
        got = http.request("GET", URL)
        assert (got.status, got.text, dict(got.headers)) == (200, "{}", {"content-length": "2"})
    assert server.connections == 1


@pytest.mark.parametrize("more", [WHOLE, b"HTTP/1.1 500 Sorry\r\nX-Code: 7\r\n\r\n", b"garbage", b"\r\n\r\nHTTP/"])
def test_what_stands_behind_an_answer_is_nobodys(serve: Serve, client: Client, more: bytes) -> None:
    """It must not be taken for the answer to the next request: an order's could be the one before it."""
    server = serve(saying(WHOLE + more))
    http = client(server.url)
    for _ in range(2):
        got = http.request("GET", URL)
        assert (got.status, got.text, dict(got.headers)) == (200, "{}", {"content-length": "2"})
    assert server.connections == 2


def test_a_body_without_a_length_ends_with_its_connection(serve: Serve, client: Client) -> None:
    server = serve(saying(b"HTTP/1.1 200 OK\r\n\r\n", b"[1, ", b"2]", then_close=True))
    http = client(server.url)
    assert [http.request("GET", URL).json() for _ in range(2)] == [[1, 2], [1, 2]]
    assert server.connections == 2
    with http.download(URL) as download:
        assert b"".join(download.pieces(3)) == b"[1, 2]"


@pytest.mark.parametrize("version", [b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 200 OK\r\nConnection: close\r\n"])
def test_a_server_that_will_close_gets_no_second_request(serve: Serve, client: Client, version: bytes) -> None:
    server = serve(saying(version + b"Content-Length: 2\r\n\r\n{}"))
    http = client(server.url)
    for _ in range(2):
        http.request("GET", URL)
    assert server.connections == 2


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * (1 << 18),
        b"HTTP/1.1 100 Continue\r\n\r\n" * (1 << 14),
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nno header at all\r\n\r\n",
    ],
    ids=["endless", "endlessly provisional", "two lengths", "two other lengths", "no length", "upgrade", "no header"],
)
def test_what_is_no_answer_is_an_error(serve: Serve, client: Client, head: bytes) -> None:
    with pytest.raises(BrokerUnavailable, match="broke before its answer was complete") as caught:
        client(serve(saying(head)).url).request("POST", URL, json={})
    assert caught.value.__context__ is None


def test_of_several_headers_alike_the_first_counts(serve: Serve, client: Client) -> None:
    answer = b"HTTP/1.1 200 OK\r\nX-Code:  a b \r\nX-CODE: c\r\nX-Name: caf\xe9\r\nContent-Length: 0\r\n\r\n"
    headers = client(serve(saying(answer)).url).request("GET", URL).headers
    assert (headers["x-code"], headers["X-Name"]) == ("a b", "café")
