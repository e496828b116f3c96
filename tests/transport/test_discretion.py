"""What is said aloud: one line a request, no secret in it, nor in an error, nor in what other libraries log."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from openalgo_core.errors import BrokerUnavailable, OpenAlgoError
from openalgo_core.models.account import Reply
from openalgo_core.transport import HttpClient
from openalgo_core.transport.outgoing import Outgoing
from openalgo_core.transport.redact import public_path

Serve = Callable[..., Any]
Client = Callable[..., HttpClient]
SECRETS = {"QUERYKEY", "HEADERKEY", "BODYKEY", "a3f0-PATHKEY"}


def ask(http: HttpClient) -> Reply:
    return http.request(
        "POST",
        "https://api.acme.in/auth/v1/login/a3f0-PATHKEY",
        params={"token": "QUERYKEY"},
        headers={"Authorization": "Bearer HEADERKEY"},
        json={"pin": "BODYKEY"},
    )


def test_one_line_a_request(serve: Serve, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "openalgo.http")
    http = client(serve().url)
    ask(http)
    [record] = caplog.records
    assert re.fullmatch(r"acme POST /auth/v1/login/… 200 \d+\.\d ms", record.getMessage())


def test_a_failure_and_a_download_have_their_line(
    serve: Serve, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "openalgo.http")
    http = client(serve(lambda peer, server: server.read(peer)).url)
    with pytest.raises(OpenAlgoError):
        ask(http)
    with pytest.raises(OpenAlgoError), http.download("https://api.acme.in/master.csv"):
        raise AssertionError("there is no answer to read")
    assert [record.getMessage().split()[1:4] for record in caplog.records] == [
        ["POST", "/auth/v1/login/…", "BrokerUnavailable"],
        ["GET", "/master.csv", "BrokerUnavailable"],
    ]


@pytest.mark.parametrize("head", ["200 OK", "200 OK\r\nno header at all"])
def test_no_logger_of_any_library_tells_a_secret(
    serve: Serve, client: Client, caplog: pytest.LogCaptureFixture, head: str
) -> None:
    def answer(peer: Any, server: Any) -> None:
        server.read(peer)
        peer.answer(status=head)

    caplog.set_level(logging.DEBUG)
    with suppress(BrokerUnavailable):  # the second is no HTTP
        ask(client(serve(answer).url))
    assert any(record.name.startswith("urllib3") for record in caplog.records)
    assert not [secret for secret in SECRETS if secret in caplog.text]


@pytest.mark.parametrize("misbehave", ["refuse", "reset", "html", "text"])
def test_no_error_tells_a_secret(serve: Serve, client: Client, misbehave: str) -> None:
    def handle(peer: Any, server: Any) -> None:
        server.read(peer)
        if misbehave == "html":
            peer.answer(b"<html>a3f0-PATHKEY QUERYKEY HEADERKEY BODYKEY")
        if misbehave == "text":
            peer.answer(b"unknown token a3f0-9b1c-4711-8e2d")

    with pytest.raises(OpenAlgoError) as caught:
        ask(client("http://127.0.0.1:9" if misbehave == "refuse" else serve(handle).url)).json()
    # Nothing of another library hangs on to it, so these lines are all that a traceback can print besides source code.
    assert caught.value.__cause__ is caught.value.__context__ is None
    told = "".join(traceback.format_exception_only(caught.value)) + caught.value.hint
    assert not [secret for secret in SECRETS | {"9b1c"} if secret in told]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://api.acme.in/rest/secure/order/v1/placeOrder", "/rest/secure/order/v1/placeOrder"),
        ("https://api.acme.in/cancel/24112000000123?x=1", "/cancel/…"),
        ("https://api.acme.in/login/3fa85f64-5717-4562-b3fc-2c963f66afa6", "/login/…"),
        ("https://api.acme.in", "/"),
        ("/login/a3f0?x=1", "/login/…"),
        ("https://api.acme.in/market-data/2.0/master.csv", "/market-data/2.0/master.csv"),
    ],
)
def test_a_path_keeps_its_words_and_versions(url: str, path: str) -> None:
    assert public_path(url) == path


def test_a_request_shows_neither_headers_nor_body() -> None:
    request = Outgoing.build(
        "acme", "POST", "https://api.acme.in/place?t=QUERYKEY", {"Authorization": "HEADERKEY"}, None, "BODYKEY", None
    )
    assert repr(request) == str(request) == "<POST /place>"


def test_requests_and_the_limiter_are_imported_by_the_first_request() -> None:
    script = (
        "import sys; from openalgo_core.transport import HttpClient, Limiter, read_with_retry\n"
        "from openalgo_core.clock import SystemClock\n"
        "limiter = Limiter(None, 'me', {}, clock=SystemClock())\n"
        "HttpClient(broker='acme', hosts=('api.acme.in',), limiter=limiter).close()\n"
        "print(sorted({'requests', 'urllib3', 'pyrate_limiter', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
