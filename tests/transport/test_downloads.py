"""Large answers, read in pieces."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from typing import Any

import pytest

from openalgo_core.errors import BrokerUnavailable
from openalgo_core.transport import HttpClient

Serve = Callable[..., Any]
Client = Callable[..., HttpClient]
URL = "https://api.acme.in/master.csv"
ROWS = b"".join(b"%d,SHARE%d,0.05\n" % (number, number) for number in range(20_000))
NOISE = random.Random(7).randbytes(300_000)


def answer(body: bytes, **headers: str) -> Callable[..., None]:
    def handle(peer: Any, server: Any) -> None:
        while server.read(peer):
            peer.answer(body, **headers)

    return handle


@pytest.mark.parametrize(
    ("body", "headers", "content"),
    [
        (ROWS, {}, ROWS),
        (b"", {}, b""),
        (gzip.compress(ROWS), {"Content_Encoding": "gzip"}, ROWS),
        (gzip.compress(NOISE), {"Content_Encoding": "gzip"}, NOISE),
        (gzip.compress(ROWS) + gzip.compress(NOISE), {"Content_Encoding": "gzip"}, ROWS + NOISE),
        (gzip.compress(ROWS) + bytes(512), {"Content_Encoding": "gzip"}, ROWS),
        (gzip.compress(ROWS), {"Content_Type": "application/gzip"}, gzip.compress(ROWS)),
    ],
    ids=["plain", "empty", "gzip", "gzip of noise", "two gzips", "padded gzip", "a gzip file"],
)
@pytest.mark.parametrize("size", [1000, 1 << 20])
def test_the_pieces_are_the_file(
    serve: Serve, client: Client, body: bytes, headers: dict[str, str], content: bytes, size: int
) -> None:
    server = serve(answer(body, ETag='"7"', **headers))
    with client(server.url).download(URL, headers={"If-None-Match": '"6"'}) as download:
        assert (download.status, download.headers["etag"]) == (200, '"7"')
        pieces = list(download.pieces(size))
    assert b"".join(pieces) == content
    assert max(map(len, pieces), default=0) <= size
    assert server.requests[0].headers["if-none-match"] == '"6"'


def test_unchanged_is_an_answer(serve: Serve, client: Client) -> None:
    with client(serve(lambda peer, server: server.read(peer) and peer.answer(b"", "304 Not Modified")).url).download(
        URL
    ) as download:
        assert download.status == 304
        assert list(download.pieces()) == []


def test_the_connection_is_kept_after_a_whole_file_and_given_up_after_half_of_one(serve: Serve, client: Client) -> None:
    server = serve(answer(NOISE))
    http = client(server.url)
    for _ in range(3):
        with http.download(URL) as download:
            assert sum(map(len, download.pieces())) == len(NOISE)
    assert server.connections == 1
    with http.download(URL) as download:
        next(download.pieces(10))
    with http.download(URL) as download:
        assert b"".join(download.pieces()) == NOISE
    assert server.connections == 2


def ends_early(peer: Any, server: Any) -> None:
    server.read(peer)
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + ROWS[:50_000])


def ends_early_in_a_chunk(peer: Any, server: Any) -> None:
    server.read(peer)
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n" + ROWS[:50_000])


def ends_early_inside_gzip(peer: Any, server: Any) -> None:
    server.read(peer)
    peer.answer(gzip.compress(ROWS)[:-20], Content_Encoding="gzip")


def resets(peer: Any, server: Any) -> None:
    server.read(peer)
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + ROWS[:50_000])
    peer.reset()


def stalls(peer: Any, server: Any) -> None:
    ends_early(peer, server)
    server.over.wait(5)


@pytest.mark.parametrize("misbehave", [ends_early, ends_early_in_a_chunk, ends_early_inside_gzip, resets, stalls])
def test_half_a_file_is_an_error(serve: Serve, client: Client, misbehave: Callable[..., None]) -> None:
    with (
        client(serve(misbehave).url, read_timeout=0.3).download(URL) as download,
        pytest.raises(BrokerUnavailable, match=r"The download from acme (stalled|ended early)\.") as caught,
    ):
        list(download.pieces(10_000))
    assert caught.value.__context__ is None


def test_a_slow_file_may_take_longer_than_the_time_out_as_long_as_it_moves(serve: Serve, client: Client) -> None:
    def trickle(peer: Any, server: Any) -> None:
        server.read(peer)
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        for digit in b"123456789":
            server.over.wait(0.06)
            peer.send(bytes([digit]))

    with client(serve(trickle).url, read_timeout=0.3).download(URL) as download:
        assert b"".join(download.pieces()) == b"123456789"


def test_headers_must_come_within_the_time_out(serve: Serve, client: Client) -> None:
    def silent(peer: Any, server: Any) -> None:
        server.read(peer)
        server.over.wait(5)

    with pytest.raises(BrokerUnavailable), client(serve(silent).url, read_timeout=0.2).download(URL):
        raise AssertionError("there is no answer to read")
