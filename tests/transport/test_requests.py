"""What goes on the wire, and what is refused before anything does."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openalgo_core.errors import PluginBroken
from openalgo_core.secrets import Secret
from openalgo_core.transport import HttpClient
from openalgo_core.transport.outgoing import compact_json

Serve = Callable[..., Any]
Client = Callable[..., HttpClient]

URL = "https://api.acme.in/orders/v1/place"


def test_json_goes_out_compact_with_decimals_digit_for_digit(serve: Serve, client: Client) -> None:
    server = serve()
    order = {"price": Decimal("812.50"), "trigger": Decimal("1E+2"), "qty": 75, "leg": None, "amo": False, "x": ["₹"]}
    client(server.url).request("POST", URL, json=order, headers={"Authorization": "Bearer t"})
    [seen] = server.requests
    assert seen.line == "POST /orders/v1/place HTTP/1.1"
    assert seen.body == b'{"price":812.50,"trigger":100,"qty":75,"leg":null,"amo":false,"x":["\\u20b9"]}'
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["authorization"] == "Bearer t"
    assert seen.headers["accept-encoding"] == "gzip"


def test_a_form_a_query_and_raw_bytes(serve: Serve, client: Client) -> None:
    server = serve()
    http = client(server.url)
    http.request("POST", URL, data={"mobile": "+91 98", "pin": "1&2"}, params={"q": "a b"})
    http.request("GET", f"{URL}?sym=nse_cm|3045&n=NIFTY 50%20", params={"page": "2"})
    http.request("PUT", URL, data=b"raw", headers={"content-type": "text/plain"})
    form, query, raw = server.requests
    assert (form.line, form.body) == ("POST /orders/v1/place?q=a+b HTTP/1.1", b"mobile=%2B91+98&pin=1%262")
    assert form.headers["content-type"] == "application/x-www-form-urlencoded"
    assert query.line == "GET /orders/v1/place?sym=nse_cm%7C3045&n=NIFTY%2050%20&page=2 HTTP/1.1"
    assert (raw.body, raw.headers["content-type"]) == (b"raw", "text/plain")


def test_a_get_may_carry_a_body_and_a_bare_post_says_that_it_has_none(serve: Serve, client: Client) -> None:
    server = serve()
    http = client(server.url)
    http.request("GET", URL, json={})
    http.request("POST", URL)
    http.request("GET", URL)
    with_body, empty, bare = server.requests
    assert (with_body.line.split()[0], with_body.body) == ("GET", b"{}")
    assert empty.headers["content-length"] == "0"
    assert "content-length" not in bare.headers


def test_a_plugins_header_wins_over_ours_in_any_case(serve: Serve, client: Client) -> None:
    server = serve()
    client(server.url).request("GET", URL, headers={"user-agent": "acme-app", "ACCEPT": "text/csv"})
    [seen] = server.requests
    assert (seen.headers["user-agent"], seen.headers["accept"]) == ("acme-app", "text/csv")


@pytest.mark.parametrize(
    "wrong",
    [
        {"headers": {"Authorization": "Bearer t\r\nX-Evil: 1"}},
        {"headers": {"Bad Name": "1"}},
        {"headers": {"Authorization": "Bearer ₹"}},
        {"headers": {"Authorization": Secret("token")}},
        {"headers": {"Content-Length": "3"}},
        {"json": {"pin": Secret("1234")}},
        {"json": {"price": Decimal("NaN")}},
        {"json": {"price": float("inf")}},
        {"json": {1: "a"}},
        {"json": {}, "data": {}},
        {"data": {"pin": Secret("1234")}},
        {"params": {"price": None}},
        {"method": "get"},
        {"method": "POST /other"},
    ],
)
def test_what_cannot_be_sent_is_refused_before_a_connection_is_made(
    serve: Serve, client: Client, wrong: dict[str, Any]
) -> None:
    server = serve()
    with pytest.raises(PluginBroken, match="acme made a request that cannot be sent") as caught:
        client(server.url).request(**{"method": "POST", "url": URL, **wrong})
    assert "1234" not in str(caught.value)
    assert "Bearer" not in str(caught.value)
    assert server.connections == 0


texts = st.text(st.characters(exclude_categories=["Cs"]))
leaves = st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | texts
trees = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(texts, inner))


@settings(deadline=None)
@given(trees)
def test_json_reads_back_as_it_was(tree: Any) -> None:
    read = json.loads(compact_json(tree), parse_float=Decimal)
    assert read == tree
