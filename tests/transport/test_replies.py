"""Answers of every kind, read completely or not at all."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from openalgo_core.errors import UnreadableAnswer
from openalgo_core.models.account import Http, Reply
from openalgo_core.transport import HttpClient
from openalgo_core.transport.reply import HttpReply

Serve = Callable[..., Any]
Client = Callable[..., HttpClient]

URL = "https://api.acme.in/book"


def reply(body: bytes, status: int = 200) -> Reply:
    return HttpReply("acme", status, {}, body)


def test_an_answer_is_complete_whatever_its_status(serve: Serve, client: Client) -> None:
    def answer(peer: Any, server: Any) -> None:
        server.read(peer)
        peer.answer(b'{"ltp": 812.50, "qty": 3}', "503 Busy", X_Code="7")

    http: Http = client(serve(answer).url)
    got = http.request("GET", URL)
    assert (got.status, got.headers["x-code"], got.text) == (503, "7", '{"ltp": 812.50, "qty": 3}')
    ltp = got.json()["ltp"]
    assert isinstance(ltp, Decimal)
    assert str(ltp) == "812.50"
    assert type(got.json()["qty"]) is int


def test_headers_are_a_mapping_in_which_case_does_not_count(serve: Serve, client: Client) -> None:
    def answer(peer: Any, server: Any) -> None:
        server.read(peer)
        peer.answer(b"{}", ETag="abc")

    headers = client(serve(answer).url).request("GET", URL).headers
    assert {name.lower(): value for name, value in headers.items()}["etag"] == headers["eTAG"] == "abc"
    assert len(headers) == len(list(headers))
    assert headers.get("Retry-After", "none") == "none"
    with pytest.raises(KeyError):
        headers["Retry-After"]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "an empty body"),
        (b" \r\n", "an empty body"),
        (b"<!DOCTYPE html><html>down</html>", "an HTML page"),
        (b"\xef\xbb\xbf<html><body>Request blocked</body></html>", "an HTML page"),
        (b"<fault/>", "XML"),
        (b'{"status": true, "data": {"jwtToken": "eyJh', "broken or truncated JSON"),
        (b'{"price": NaN}', "broken or truncated JSON"),
        (b"[" * 100_000, "broken or truncated JSON"),
        (b"\x1f\x8b\x08\x00\xff", "binary data"),
        (
            b"Access denied because of exceeding access rate",
            "the text “Access denied because of exceeding access rate”",
        ),
        (b"token eyJhbGciOiJIUzUxMiJ9.abc expired\n pin 4711", "the text “token … expired pin …”"),
    ],
)
def test_what_is_no_json_is_named_in_a_few_words(body: bytes, what: str) -> None:
    with pytest.raises(UnreadableAnswer) as caught:
        reply(body, 502).json()
    assert caught.value.message == f"acme answered with {what} (HTTP 502) where JSON was expected."
    assert (caught.value.broker, caught.value.http_status) == ("acme", 502)
    assert caught.value.__context__ is None  # a JSONDecodeError carries the whole body


def test_a_long_text_is_cut() -> None:
    with pytest.raises(UnreadableAnswer) as caught:
        reply(b"no way " * 1000).json()
    quoted = caught.value.message.split("“")[1].split("”")[0]
    assert len(quoted) == 80


@pytest.mark.parametrize("scalar", [b"null", b'"text"', b"3", b"[]"])
def test_json_that_is_no_object_is_json(scalar: bytes) -> None:
    assert reply(scalar).json() in (None, "text", 3, [])


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("gzip", lambda data: gzip.compress(b"") + gzip.compress(data)),
    ],
)
def test_compressed_answers(serve: Serve, client: Client, encoding: str, encode: Callable[[bytes], bytes]) -> None:
    def answer(peer: Any, server: Any) -> None:
        server.read(peer)
        peer.answer(encode(b'{"rows": [1, 2]}'), Content_Encoding=encoding)

    assert client(serve(answer).url).request("GET", URL).json() == {"rows": [1, 2]}


def test_a_chunked_answer(serve: Serve, client: Client) -> None:
    def answer(peer: Any, server: Any) -> None:
        server.read(peer)
        peer.send(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n3\r\n 1}\r\n0\r\n\r\n')

    assert client(serve(answer).url).request("GET", URL).json() == {"a": 1}


@pytest.mark.parametrize("location", ["https://evil.in/steal", "http://[", "/elsewhere"])
def test_redirects_are_answers_and_are_not_followed(serve: Serve, client: Client, location: str) -> None:
    def answer(peer: Any, server: Any) -> None:
        while server.read(peer):
            peer.answer(b"", "302 Found", Location=location)

    server = serve(answer)
    got = client(server.url).request("POST", URL, json={}, headers={"Authorization": "Bearer t"})
    assert (got.status, got.headers["Location"]) == (302, location)
    assert len(server.requests) == 1


def test_cookies_are_not_kept(serve: Serve, client: Client) -> None:
    def answer(peer: Any, server: Any) -> None:
        while server.read(peer):
            peer.answer(b"{}", Set_Cookie="sid=1; Path=/")

    server = serve(answer)
    http = client(server.url)
    http.request("GET", URL)
    http.request("GET", URL)
    assert all("cookie" not in seen.headers for seen in server.requests)
