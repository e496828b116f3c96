from __future__ import annotations

import socket
import ssl
import time
from urllib.parse import urlsplit

import pytest
import requests

from openalgo_core.simulation import FaultProxy, Stage

from .conftest import ANSWER, Shop


def test_without_faults_nothing_changes(proxy: FaultProxy, shop: Shop, client: requests.Session) -> None:
    answer = client.post(f"{proxy.url}/order?a=%7C", data=b"buy")
    assert (answer.status_code, answer.json()) == (200, ANSWER)
    assert answer.headers["set-cookie"] == "a=1, b=2"
    assert shop.booked == [b"buy"]
    assert proxy.seen == [("POST", "/order?a=%7C", None)]


def test_chunks_both_ways_and_answers_without_a_body(proxy: FaultProxy, shop: Shop, client: requests.Session) -> None:
    assert client.post(f"{proxy.url}/order", data=iter([b"b", b"uy"])).status_code == 200
    assert shop.booked == [b"buy"]
    assert client.get(f"{proxy.url}/chunks").json() == {"in": "pieces"}
    assert client.get(f"{proxy.url}/nothing").status_code == 204
    assert client.head(f"{proxy.url}/chunks").content == b""


def test_one_connection_serves_many_requests(proxy: FaultProxy, shop: Shop) -> None:
    with socket.create_connection(_address(proxy.url), timeout=5) as connection:
        for _ in range(3):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    assert len(proxy.seen) == 3


def test_the_application_sees_the_clients_own_loopback_address(proxy: FaultProxy, shop: Shop) -> None:
    with socket.create_connection(_address(proxy.url), timeout=5, source_address=("127.0.0.2", 0)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        connection.recv(65536)
    assert shop.peers == ["127.0.0.2"]


def test_what_is_no_http_is_hung_up_on(proxy: FaultProxy, client: requests.Session) -> None:
    with socket.create_connection(_address(proxy.url), timeout=5) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        assert connection.recv(10) == b""
    assert _post(client, proxy).json() == ANSWER


def test_it_may_listen_on_ipv6(served: tuple[Shop, str], client: requests.Session) -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with FaultProxy(served[1], host="::1") as proxy:
        assert _post(client, proxy).json() == ANSWER


@pytest.mark.parametrize("stage", Stage)
class TestBookedOrNot:
    """`before`: the application never sees the request. `after`: it does."""

    def test_a_status(self, stage: Stage, proxy: FaultProxy, shop: Shop, client: requests.Session) -> None:
        proxy.script.add(f"status=503:{stage}")
        assert _post(client, proxy).status_code == 503
        _assert_booked(shop, stage)
        assert _post(client, proxy).json() == ANSWER, "the fault was for one request"

    def test_too_many(self, stage: Stage, proxy: FaultProxy, shop: Shop, client: requests.Session) -> None:
        proxy.script.add(f"429=2:{stage}")
        answer = _post(client, proxy)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
        _assert_booked(shop, stage)

    def test_a_gateways_page(self, stage: Stage, proxy: FaultProxy, shop: Shop, client: requests.Session) -> None:
        proxy.script.add(f"html:{stage}")
        answer = _post(client, proxy)
        assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
        assert answer.text.startswith("<html>")
        _assert_booked(shop, stage)

    def test_an_empty_answer(self, stage: Stage, proxy: FaultProxy, shop: Shop, client: requests.Session) -> None:
        proxy.script.add(f"empty:{stage}")
        answer = _post(client, proxy)
        assert (answer.status_code, answer.content) == (200, b"")
        _assert_booked(shop, stage)

    def test_half_of_the_json(self, stage: Stage, proxy: FaultProxy, shop: Shop, client: requests.Session) -> None:
        proxy.script.add(f"truncate:{stage}")
        answer = _post(client, proxy)
        assert answer.status_code == 200
        assert answer.text
        with pytest.raises(requests.JSONDecodeError):
            answer.json()
        _assert_booked(shop, stage)

    def test_half_of_the_answer(self, stage: Stage, proxy: FaultProxy, shop: Shop, client: requests.Session) -> None:
        proxy.script.add(f"half:{stage}")
        with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
            _post(client, proxy)
        _assert_booked(shop, stage)

    def test_a_wrong_length(self, stage: Stage, proxy: FaultProxy, shop: Shop, client: requests.Session) -> None:
        proxy.script.add(f"wrong-length:{stage}")
        with pytest.raises(requests.exceptions.ChunkedEncodingError, match="10 more expected"):
            _post(client, proxy)
        _assert_booked(shop, stage)

    def test_a_reset(self, stage: Stage, proxy: FaultProxy, shop: Shop, client: requests.Session) -> None:
        proxy.script.add(f"reset:{stage}")
        with pytest.raises(requests.ConnectionError, match="reset"):
            _post(client, proxy)
        _assert_booked(shop, stage)

    def test_no_answer(self, stage: Stage, proxy: FaultProxy, shop: Shop, client: requests.Session) -> None:
        proxy.script.add(f"never:{stage}")
        with pytest.raises(requests.ReadTimeout):
            client.post(f"{proxy.url}/order", data=b"buy", timeout=0.2)
        _assert_booked(shop, stage)


def test_a_slow_answer_is_right_and_late(proxy: FaultProxy, shop: Shop, client: requests.Session) -> None:
    proxy.script.add("slow=0.2")
    before = time.monotonic()
    assert _post(client, proxy).json() == ANSWER
    assert time.monotonic() - before >= 0.2
    assert shop.booked == [b"buy"]


def test_a_dripping_answer_outlasts_a_time_out_between_bytes(proxy: FaultProxy, client: requests.Session) -> None:
    proxy.script.add("drip=0.02")
    before = time.monotonic()
    assert client.post(f"{proxy.url}/order", timeout=0.15).json() == ANSWER
    assert time.monotonic() - before > 0.15


def test_a_refused_connection_reads_nothing(proxy: FaultProxy, shop: Shop, client: requests.Session) -> None:
    proxy.script.add("refuse*2")
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            _post(client, proxy)
    assert shop.booked == []
    assert _post(client, proxy).json() == ANSWER
    assert [seen.method for seen in proxy.seen] == ["", "", "POST"]


def test_garbage_instead_of_a_handshake(proxy: FaultProxy) -> None:
    proxy.script.add("tls")
    with (
        socket.create_connection(_address(proxy.url), timeout=5) as connection,
        pytest.raises(ssl.SSLError),
    ):
        ssl.create_default_context().wrap_socket(connection, server_hostname="localhost")


def test_a_fault_names_the_exchange_it_broke(proxy: FaultProxy, client: requests.Session) -> None:
    proxy.script.add("html@/order")
    client.get(f"{proxy.url}/book")
    _post(client, proxy)
    assert [(seen.path, seen.fault and str(seen.fault.kind)) for seen in proxy.seen] == [
        ("/book", None),
        ("/order", "html"),
    ]


def _post(client: requests.Session, proxy: FaultProxy) -> requests.Response:
    return client.post(f"{proxy.url}/order", data=b"buy", timeout=5)


def _assert_booked(shop: Shop, stage: Stage) -> None:
    assert shop.booked == ([] if stage is Stage.BEFORE else [b"buy"])


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port
