from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from openalgo_core.errors import ConfigurationError, OpenAlgoError
from openalgo_core.simulation import SimulatorServer

from .conftest import ANSWER, Shop


def test_it_answers_as_soon_as_it_is_entered_and_frees_its_port(client: requests.Session) -> None:
    with SimulatorServer(Shop()) as server:
        port = urlsplit(server.url).port
        assert port
        assert client.get(server.url, timeout=5).json() == ANSWER
    with SimulatorServer(Shop(), port=port) as again:
        assert again.url == server.url


def test_leaving_closes_connections_that_clients_keep_open(client: requests.Session) -> None:
    with SimulatorServer(Shop()) as server:
        client.get(server.url, timeout=5)
    with pytest.raises(requests.ConnectionError):
        client.get(server.url, timeout=5)


def test_several_may_run_at_once(client: requests.Session) -> None:
    with SimulatorServer(Shop()) as one, SimulatorServer(Shop()) as other:
        assert one.url != other.url
        assert client.get(one.url, timeout=5).status_code == client.get(other.url, timeout=5).status_code == 200


def test_an_address_that_is_taken_is_a_matter_of_configuration() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"127.0.0.1 port {port}") as caught:
            SimulatorServer(Shop(), port=port).__enter__()
    assert "--port" in caught.value.hint


def test_an_application_that_does_not_start_says_so(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no exchange"})

    with pytest.raises(OpenAlgoError, match="failed to start"):
        SimulatorServer(broken).__enter__()
    assert "no exchange" in caplog.text


def test_a_request_under_way_is_finished(client: requests.Session) -> None:
    entered, release = threading.Event(), threading.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            entered.set()
            await asyncio.to_thread(release.wait, 5)
            await Shop()(scope, receive, send)

    answers: list[int] = []
    with SimulatorServer(slow) as server:
        asking = threading.Thread(target=lambda: answers.append(client.get(server.url, timeout=5).status_code))
        asking.start()
        assert entered.wait(5)
        release.set()
    asking.join()
    assert answers == [200]


def test_an_answer_does_not_wait_for_an_acknowledgement(served: tuple[Shop, str], client: requests.Session) -> None:
    took = []
    for _ in range(10):
        before = time.perf_counter()
        client.get(served[1], timeout=5)
        took.append(time.perf_counter() - before)
    assert min(took[1:]) < 0.03, "40 ms and more: head and body went out apart, with Nagle's algorithm on"


def test_it_makes_no_noise(client: requests.Session, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    with SimulatorServer(Shop()) as server:
        client.get(server.url, timeout=5)
    assert caplog.text == ""
    assert capfd.readouterr() == ("", "")


def test_ipv6_addresses_are_written_as_urls_want_them(client: requests.Session) -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with SimulatorServer(Shop(), host="::1") as server:
        assert server.url.startswith("http://[::1]:")
        assert client.get(server.url, timeout=5).status_code == 200


def test_importing_the_package_imports_no_server() -> None:
    code = (
        "import sys; from openalgo_core.simulation import SimulatorSetup, parse_fault; "
        "print({'uvicorn', 'starlette', 'pydantic'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert told.stdout.strip() == "set()"
