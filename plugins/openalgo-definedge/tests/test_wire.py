"""Golden cases: what each hook sends, and what it makes of the answer; and what every text of a refusal means.

A case names the hook, its input, the requests that must go out, the answers that come back, and the result or error.
Adding a case is adding data. Nulls are left out of results.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from openalgo_core import errors
from openalgo_core.models import (
    Action,
    Challenge,
    Exchange,
    Interval,
    Order,
    OrderChange,
    OrderRequest,
    OrderStatus,
    PriceType,
    Product,
    Validity,
)
from openalgo_core.secrets import Secret
from openalgo_definedge.tables import EMPTY_BOOKS, ERROR_TEXTS

GOLDEN = Path(__file__).parent / "golden"
CASES = [
    case
    for path in sorted(GOLDEN.glob("*.json"))
    for case in json.loads(path.read_text(encoding="utf-8"))
    if "hook" in case
]
RECORDED = json.loads((GOLDEN / "recorded.json").read_text(encoding="utf-8"))
TEXTS = json.loads((GOLDEN / "texts.json").read_text(encoding="utf-8"))

KEY = {"Authorization": "sess-key-1"}


def test_the_names_of_the_cases_are_unique() -> None:
    names = [case["name"] for case in CASES]
    assert len(names) == len(set(names)) >= 150


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_golden_case(case: Mapping[str, Any], world: Callable[..., Any], plain: Callable[[Any], Any]) -> None:
    answers = [exchange["response"] for exchange in case["exchanges"]]
    use = world(*answers, session=case.get("session", True))
    arguments = {name: _ARGUMENTS[name](value, use) for name, value in case["input"].items()}
    if "error" in case:
        with pytest.raises(errors.OpenAlgoError) as caught:
            use.call(case["hook"], **arguments)
        _check_error(caught.value, case["error"])
    else:
        assert plain(use.call(case["hook"], **arguments)) == case["result"]
    assert len(use.http.requests) == len(case["exchanges"])
    for sent, exchange in zip(use.http.requests, case["exchanges"], strict=True):
        _check_request(sent, exchange["request"])


def _check_request(sent: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Nothing but what is written down, the session key on the trading and the data host, and only there."""
    assert (sent["method"], sent["url"]) == (expected["method"], expected["url"])
    assert sent.get("limit") == expected.get("limit")
    assert sent.get("write", False) == expected.get("write", False)
    assert sent.get("json") == expected.get("body")
    login = "signin." in sent["url"]
    assert dict(sent.get("headers") or {}) == ({} if login else KEY) | expected.get("headers", {})


def _check_error(error: errors.OpenAlgoError, expected: Mapping[str, Any]) -> None:
    assert error.kind == expected["kind"]
    assert error.broker == "definedge" or error.kind in ("InvalidRequest", "UnreadableAnswer")
    assert expected.get("text", "") in error.message
    assert expected.get("hint", "") in error.hint


def _order(given: Mapping[str, Any]) -> OrderRequest:
    defaults = {"action": "BUY", "quantity": 1, "product": "MIS", "price_type": "LIMIT"}
    return OrderRequest(**{**defaults, **given})


def _row(given: Mapping[str, Any]) -> Order:
    words = {
        "order_id": "26082100000017",
        "symbol": "SBIN",
        "exchange": "NSE",
        "action": "BUY",
        "quantity": 10,
        "product": "MIS",
        "price_type": "LIMIT",
        "validity": "DAY",
        "status": "open",
        **dict.fromkeys(("filled_quantity", "price", "trigger_price", "average_price", "reason", "time")),
        **given,
    }
    kinds: dict[str, Callable[[Any], Any]] = {
        "exchange": Exchange, "action": Action, "product": Product, "price_type": PriceType, "validity": Validity,
        "status": OrderStatus, "price": Decimal, "trigger_price": Decimal,
    }  # fmt: skip
    return Order(
        **{key: kinds[key](word) if key in kinds and word is not None else word for key, word in words.items()}
    )


def _challenge(given: Mapping[str, str] | None) -> Challenge | None:
    return None if given is None else Challenge({name: Secret(text) for name, text in given.items()})


#: How the input of a case becomes the argument of that name.
_ARGUMENTS: dict[str, Callable[[Any, Any], Any]] = {
    "fields": lambda given, _: {name: Secret(text) for name, text in given.items()},
    "challenge": lambda given, _: _challenge(given),
    "order": lambda given, _: _order(given),
    "tag": lambda given, _: given,
    "row": lambda given, _: _row(given),
    "change": lambda given, _: OrderChange(**given),
    "instrument": lambda given, use: use.account.instruments.get(*given.split(":")),
    "instruments": lambda given, use: [use.account.instruments.get(*name.split(":")) for name in given],
    "interval": lambda given, _: Interval(given),
    "start": lambda given, _: date.fromisoformat(given),
    "end": lambda given, _: date.fromisoformat(given),
}


# --- What the official SDK was recorded to send ---


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded["request"])
def test_a_request_means_what_the_official_sdk_sends(recorded: Mapping[str, Any], world: Callable[..., Any]) -> None:
    """`also` is what we send beyond it, `never` what of it we do not: orders are never made after-market orders."""
    use = world({"status": 503, "text": ""})
    arguments = {name: _ARGUMENTS[name](value, use) for name, value in recorded.get("input", {}).items()}
    with pytest.raises(errors.BrokerUnavailable):
        use.call(recorded["call"], **arguments)
    (sent,) = use.http.requests
    method, path = recorded["request"].split()
    assert (sent["method"], _without_times(urlsplit(sent["url"]).path)) == (method, _without_times(path))
    assert recorded.get("headers", {}).items() <= dict(sent.get("headers") or {}).items()
    expected = None
    if "body" in recorded:
        expected = {**recorded["body"], **recorded.get("also", {})}
        expected = {key: value for key, value in expected.items() if key not in recorded.get("never", {})}
    assert _meaning(sent.get("json")) == _meaning(expected)


def _without_times(path: str) -> str:
    """The times of day of a span of candles left out: we ask for whole days."""
    return re.sub(r"/(\d{8})\d{4}(?=/|$)", r"/\1", path) if "history" in path else path


def _meaning(body: Any) -> Any:
    """Numbers by value, whether they come as numbers or as texts."""
    if isinstance(body, Mapping):
        return {key: _meaning(part) for key, part in body.items()}
    if isinstance(body, list):
        return [_meaning(part) for part in body]
    try:
        return Decimal(str(body))
    except ArithmeticError:
        return body


# --- Every text, on a read and on order writes: there are no codes ---


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text["text"])
@pytest.mark.parametrize("on", ["read", "place", "cancel"])
@pytest.mark.parametrize("shape", ["ERROR", "FAILURE", "Not_Ok"])
def test_text_of_a_refusal(text: Mapping[str, str], on: str, shape: str, world: Callable[..., Any]) -> None:
    noren = {"stat": shape, "emsg": text["text"]}
    use = world({"body": noren if shape == "Not_Ok" else {"status": shape, "message": text["text"]}})
    if text[on] == "empty":
        assert list(_call(use, on)) == []
        return
    with pytest.raises(errors.OpenAlgoError) as caught:
        _call(use, on)
    assert caught.value.kind == text[on]
    assert text["text"] in caught.value.message


def test_every_text_of_the_tables_has_a_case() -> None:
    texts = [text["text"].lower() for text in TEXTS]
    assert all(any(all(word in text for word in words) for text in texts) for words, _ in ERROR_TEXTS)
    bodies = [exchange["response"].get("body") for case in CASES for exchange in case["exchanges"]]
    told = {body.get("message", "").lower() for body in bodies if isinstance(body, dict)}
    assert set(EMPTY_BOOKS.values()) <= told


def _call(use: Any, on: str) -> Any:
    if on == "read":
        return use.call("order_book")
    if on == "login":
        return use.call("request_otp", fields={})
    if on == "place":
        order = _order({"symbol": "SBIN", "exchange": "NSE", "price": "800"})
        return use.call("place_order", order=order, instrument=use.account.instruments.get("NSE", "SBIN"), tag="t" * 16)
    return use.call("cancel_order", row=_row({}))


# --- Answers whose HTTP status or shape decides ---

HTML = "<html><head><title>Request Rejected</title></head><body>support ID 4711</body></html>"
NO = {"status": "ERROR", "message": "Session Expired"}
IP = {"status": "ERROR", "message": "IP address not registered"}


@pytest.mark.parametrize(
    ("answer", "on_read", "on_order"),
    [
        pytest.param({"status": 401, "body": NO}, "SessionExpired", "SessionExpired", id="401"),
        pytest.param({"status": 401, "text": ""}, "SessionExpired", "SessionExpired", id="401-empty"),
        pytest.param({"status": 401, "text": HTML}, "SessionExpired", "SessionExpired", id="401-html"),
        pytest.param({"status": 403, "text": "Forbidden"}, "SessionExpired", "SessionExpired", id="403"),
        pytest.param({"status": 403, "text": HTML}, "UnreadableAnswer", "UnreadableAnswer", id="403-firewall"),
        pytest.param({"status": 401, "body": IP}, "AuthenticationError", "OrderRejected", id="401-address"),
        pytest.param({"status": 429, "body": NO}, "RateLimited", "BrokerUnavailable", id="429"),
        pytest.param({"status": 429, "text": HTML}, "RateLimited", "BrokerUnavailable", id="429-html"),
        pytest.param({"status": 500, "body": NO}, "BrokerUnavailable", "BrokerUnavailable", id="500-with-a-text"),
        pytest.param({"status": 502, "text": HTML}, "UnreadableAnswer", "UnreadableAnswer", id="502-html"),
        pytest.param({"text": HTML}, "UnreadableAnswer", "UnreadableAnswer", id="200-html"),
        pytest.param({"text": ""}, "UnreadableAnswer", "UnreadableAnswer", id="200-empty"),
        pytest.param({"text": '{"status": "SUC'}, "UnreadableAnswer", "UnreadableAnswer", id="truncated"),
        pytest.param({"status": 404, "text": "Not Found"}, "UnreadableAnswer", "UnreadableAnswer", id="404"),
        pytest.param({"body": {"data": {}}}, "UnreadableAnswer", "UnreadableAnswer", id="neither-yes-nor-no"),
        pytest.param({"body": {"status": True}}, "UnreadableAnswer", "UnreadableAnswer", id="another-yes"),
        pytest.param({"body": "SUCCESS"}, "UnreadableAnswer", "UnreadableAnswer", id="json-text"),
        pytest.param({"body": None}, "UnreadableAnswer", "UnreadableAnswer", id="json-null"),
        pytest.param({"body": {"status": "ERROR"}}, "InvalidRequest", "UnreadableAnswer", id="no-without-reason"),
        pytest.param({"body": {"status": "error", "message": "no"}}, "InvalidRequest", "OrderRejected", id="small"),
        pytest.param({"status": 400, "body": {"status": "ERROR", "message": "no"}}, "InvalidRequest", "OrderRejected",
                     id="400"),
    ],
)  # fmt: skip
def test_answers_that_are_no_plain_yes_or_no(
    answer: Mapping[str, Any], on_read: str, on_order: str, world: Callable[..., Any]
) -> None:
    for on, expected in (("read", on_read), ("place", on_order), ("cancel", on_order)):
        with pytest.raises(errors.OpenAlgoError) as caught:
            _call(world(answer), on)
        assert caught.value.kind == expected, on


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("", 1), ("Fri, 21 Aug 2026 05:00:00 GMT", 1)])
def test_a_throttled_read_waits_as_long_as_it_is_told(header: str, seconds: int, world: Callable[..., Any]) -> None:
    with pytest.raises(errors.RateLimited) as caught:
        _call(world({"status": 429, "text": "", "headers": {"Retry-After": header}}), "read")
    assert caught.value.retry_after == seconds


def test_a_dead_key_and_a_wrong_address_cannot_be_told_apart_so_both_are_named(world: Callable[..., Any]) -> None:
    with pytest.raises(errors.SessionExpired) as caught:
        _call(world({"status": 401, "body": {"status": "ERROR", "message": "Unauthorized"}}), "place")
    assert "openalgo login" in caught.value.hint
    assert "static IP" in caught.value.hint


@pytest.mark.parametrize("on", ["read", "place", "login"])
def test_no_secret_shows_in_an_error(on: str, world: Callable[..., Any]) -> None:
    with pytest.raises(errors.OpenAlgoError) as caught:
        _call(world({"body": {"status": "ERROR", "message": "no"}}), on)
    assert not any(secret in repr(vars(caught.value)) for secret in ("TOKEN-xyz", "SECRET-abc", "sess-key", "ws-key"))
