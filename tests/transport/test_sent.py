"""Failures after bytes may have left: `BrokerUnavailable`, never `NotSent`, never a body that is too short."""

from __future__ import annotations

import gzip
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from openalgo_core.errors import BrokerUnavailable
from openalgo_core.transport import HttpClient

Serve = Callable[..., Any]
Client = Callable[..., HttpClient]
URL = "https://api.acme.in/place"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"


def reset_after_reading(peer: Any, server: Any) -> None:
    server.read(peer)
    peer.reset()


def close_after_reading(peer: Any, server: Any) -> None:
    server.read(peer)


def never_answer(peer: Any, server: Any) -> None:
    server.read(peer)
    server.over.wait(5)


def half_a_status_line(peer: Any, server: Any) -> None:
    server.read(peer)
    peer.send(b"HTTP/1.1 20")


def half_the_headers(peer: Any, server: Any) -> None:
    server.read(peer)
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Le")
    server.over.wait(5)


def half_a_body(peer: Any, server: Any) -> None:
    server.read(peer)
    peer.send(HEAD % 40 + b'{"status": "ok"}')  # a whole JSON text: only the length gives it away


def half_a_body_and_silence(peer: Any, server: Any) -> None:
    half_a_body(peer, server)
    server.over.wait(5)


def half_a_body_and_a_reset(peer: Any, server: Any) -> None:
    half_a_body(peer, server)
    peer.reset()


def cut_chunks(peer: Any, server: Any) -> None:
    server.read(peer)
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")


def half_a_gzip(peer: Any, server: Any) -> None:
    server.read(peer)
    whole = gzip.compress(b'{"rows": []}' * 50)
    peer.answer(whole[: len(whole) // 2], Content_Encoding="gzip")


def damaged_gzip(peer: Any, server: Any) -> None:
    server.read(peer)
    peer.answer(b"this is no gzip", Content_Encoding="gzip")


def no_http(peer: Any, server: Any) -> None:
    server.read(peer)
    peer.send(b"SSH-2.0-OpenSSH_9.6\r\n")


def drip_headers(peer: Any, server: Any) -> None:
    server.read(peer)
    peer.send(b"HTTP/1.1 200 OK\r\n")
    for _ in range(60):
        server.over.wait(0.05)
        peer.send(b"X-Wait: 1\r\n")
    peer.send(b"Content-Length: 2\r\n\r\n{}")


def drip_a_body(peer: Any, server: Any) -> None:
    server.read(peer)
    peer.send(HEAD % 60)
    for _ in range(60):
        server.over.wait(0.05)
        peer.send(b" ")


@pytest.mark.parametrize(
    "misbehave",
    [
        reset_after_reading,
        close_after_reading,
        never_answer,
        half_a_status_line,
        half_the_headers,
        half_a_body,
        half_a_body_and_silence,
        half_a_body_and_a_reset,
        cut_chunks,
        half_a_gzip,
        damaged_gzip,
        no_http,
        drip_headers,
        drip_a_body,
    ],
)
def test_it_counts_as_sent_and_ends_in_time(serve: Serve, client: Client, misbehave: Callable[..., None]) -> None:
    server = serve(misbehave)
    began = time.monotonic()
    with pytest.raises(BrokerUnavailable) as caught:
        client(server.url, read_timeout=0.3).request("POST", URL, json={}, headers={"Authorization": "Bearer TOKEN"})
    assert time.monotonic() - began < 1.5  # a shared machine may dawdle; a drip takes 3 s
    assert type(caught.value) is BrokerUnavailable
    assert caught.value.broker == "acme"
    assert caught.value.__context__ is None  # the library's exception holds the request with its headers
    assert server.connections == 1  # nothing is sent twice


def test_a_reset_before_anything_is_read_is_an_error_of_either_kind(serve: Serve, client: Client) -> None:
    """It may meet us while connecting, when nothing has left, or while writing."""
    server = serve(lambda peer, server: peer.reset())
    with pytest.raises(BrokerUnavailable):
        client(server.url).request("POST", URL, json={})
    assert server.connections == 1


def test_the_message_tells_a_time_out_from_a_break(serve: Serve, client: Client) -> None:
    with pytest.raises(BrokerUnavailable, match=r"acme did not answer completely within 0\.2 s"):
        client(serve(never_answer).url, read_timeout=0.2).request("GET", URL)
    with pytest.raises(BrokerUnavailable, match="The connection to acme broke before its answer was complete"):
        client(serve(reset_after_reading).url).request("GET", URL)


def test_a_failed_exchange_leaves_no_connection_behind(serve: Serve, client: Client) -> None:
    """A late answer to a request that was given up must not be taken for the answer to the next one."""
    gave_up = threading.Event()

    def answer_late(peer: Any, server: Any) -> None:
        if server.connections == 1:
            server.read(peer)
            gave_up.wait(5)
            peer.answer(b'"late"')
        elif server.read(peer):
            peer.answer(b'"fresh"')

    http = client(serve(answer_late).url, read_timeout=0.2)
    with pytest.raises(BrokerUnavailable):
        http.request("GET", URL)
    gave_up.set()
    assert http.request("GET", URL).json() == "fresh"


def test_connections_are_kept_alive(serve: Serve, client: Client) -> None:
    server = serve()
    http = client(server.url)
    for _ in range(5):
        http.request("POST", URL, json={})
    assert server.connections == 1
    http.close()
    assert http.request("GET", URL).status == 200


def test_a_connection_that_the_server_closed_meanwhile_is_not_written_on(serve: Serve, client: Client) -> None:
    closed = threading.Event()

    def answer_once(peer: Any, server: Any) -> None:
        if server.read(peer):
            peer.answer()
        peer.close()
        closed.set()

    server = serve(answer_once)
    http = client(server.url)
    for _ in range(3):
        closed.clear()
        assert http.for_write(lambda: None).request("POST", URL, json={}, write=True).status == 200
        assert closed.wait(5)
    assert (server.connections, len(server.requests)) == (3, 3)


def test_a_forked_process_opens_connections_of_its_own(
    serve: Serve, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve()
    http = client(server.url)
    http.request("GET", URL)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    http.request("GET", URL)
    http.request("GET", URL)
    assert server.connections == 2


def test_64_threads_share_a_client(serve: Serve, client: Client) -> None:
    def echo(peer: Any, server: Any) -> None:
        while seen := server.read(peer):
            peer.answer(seen.body)

    server = serve(echo)
    http = client(server.url, read_timeout=10, connect_timeout=10)
    start = threading.Barrier(64)

    def ask(number: int) -> bool:
        start.wait(10)
        return all(http.request("POST", URL, json=[number, turn]).json() == [number, turn] for turn in range(5))

    with ThreadPoolExecutor(64) as pool:
        assert all(pool.map(ask, range(64)))
    assert server.connections <= 64
    assert len(server.requests) == 64 * 5
