"""An order leaves once, after the journal knows of it, or not at all."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from clocks import FakeClock

from openalgo_core.errors import BrokerUnavailable, NotSent, PluginBroken, RateLimited
from openalgo_core.models.account import Http
from openalgo_core.models.broker import RateLimit
from openalgo_core.transport import HttpClient, Limiter

Serve = Callable[..., Any]
Client = Callable[..., HttpClient]
URL = "https://api.acme.in/place"


def nothing() -> None:
    """An `on_send` that has nothing to say."""


def test_an_order_is_written_through_an_order_hook_only(serve: Serve, client: Client) -> None:
    server = serve()
    with pytest.raises(PluginBroken, match="wrote an order outside an order hook"):
        client(server.url).request("POST", URL, json={}, write=True)
    assert server.connections == 0


@pytest.mark.parametrize(
    "second", [{"method": "POST", "write": True}, {"method": "PUT"}, {"method": "GET", "write": True}]
)
@pytest.mark.parametrize(
    "first", [{"method": "POST", "write": True}, {"method": "DELETE"}, {"method": "GET", "write": True}]
)
def test_the_second_write_is_refused_and_reads_pass(
    serve: Serve, client: Client, first: dict[str, Any], second: dict[str, Any]
) -> None:
    server = serve()
    line: Http = client(server.url).for_write(nothing)
    line.request("GET", URL)
    line.request(url=URL, **first)
    with pytest.raises(PluginBroken, match="acme tried to send an order twice"):
        line.request(url=URL, **second)
    line.request("GET", URL)
    with line.download(URL) as download:
        assert download.status == 200
    assert len(server.requests) == 4


def test_of_many_threads_one_may_write(serve: Serve, client: Client) -> None:
    server = serve()
    line = client(server.url).for_write(nothing)

    def write(_: int) -> bool:
        try:
            return line.request("POST", URL, json={}, write=True).status == 200
        except PluginBroken:
            return False

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(write, range(64))) == 1
    assert len(server.requests) == 1


def test_the_journal_is_told_after_the_rate_token_and_before_the_first_byte(
    serve: Serve, client: Client, clock: FakeClock
) -> None:
    server = serve()
    limiter = Limiter(None, "me", {"orders": [RateLimit(1, 1)]}, clock=clock)
    limiter.acquire("orders")
    told: list[Any] = []
    line = client(server.url, limiter=limiter).for_write(
        lambda: told.append((line.sent, len(clock.slept), server.connections))
    )
    line.request("POST", URL, json={}, limit="orders", write=True)
    assert told == [(False, 1, 0)]
    assert line.sent
    limiter.close()


def test_nothing_is_sent_where_the_journal_fails(serve: Serve, client: Client) -> None:
    server = serve()

    def full_disk() -> None:
        raise OSError("no space left")

    line = client(server.url).for_write(full_disk)
    with pytest.raises(OSError, match="no space left"):
        line.request("POST", URL, json={}, write=True)
    assert not line.sent
    assert server.connections == 0


def test_without_a_rate_token_nothing_is_journalled_or_sent(serve: Serve, client: Client, clock: FakeClock) -> None:
    server = serve()
    limiter = Limiter(None, "me", {"orders": [RateLimit(1, 60)]}, clock=clock)
    limiter.acquire("orders")
    told: list[None] = []
    line = client(server.url, limiter=limiter).for_write(lambda: told.append(None))
    with pytest.raises(RateLimited):
        line.request("POST", URL, json={}, limit="orders", write=True)
    assert (told, line.sent, server.connections) == ([], False, 0)
    limiter.close()


def test_sent_stays_false_where_nothing_left(client: Client) -> None:
    with socket.socket() as bound:  # bound, and nobody listens
        bound.bind(("127.0.0.1", 0))
        line = client(f"http://127.0.0.1:{bound.getsockname()[1]}").for_write(nothing)
        with pytest.raises(NotSent):
            line.request("POST", URL, json={}, write=True)
        assert not line.sent
        with pytest.raises(PluginBroken, match="twice"):
            line.request("POST", URL, json={}, write=True)


def test_sent_is_true_where_nobody_can_tell(serve: Serve, client: Client) -> None:
    def reset(peer: Any, server: Any) -> None:
        server.read(peer)
        peer.reset()

    line = client(serve(reset).url).for_write(nothing)
    with pytest.raises(BrokerUnavailable):
        line.request("POST", URL, json={}, write=True)
    assert line.sent


def test_reads_leave_sent_alone(serve: Serve, client: Client) -> None:
    line = client(serve().url).for_write(nothing)
    line.request("GET", URL)
    assert not line.sent


def test_a_write_that_cannot_be_put_into_words_is_not_sent(serve: Serve, client: Client) -> None:
    told: list[None] = []
    line = client(serve().url).for_write(lambda: told.append(None))
    with pytest.raises(PluginBroken, match="cannot be sent"):
        line.request("POST", URL, json={"price": object()}, write=True)
    assert (told, line.sent) == ([], False)
