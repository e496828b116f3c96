"""Golden cases: what each hook sends, and what it makes of the answer; and what every text of a refusal means.

The shape of a case is told in `openalgo_core.testing.golden`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from openalgo_core import errors
from openalgo_core.testing import CaseInputs, GoldenCases, RecordedRequests, World, load_table
from openalgo_definedge.tables import EMPTY_BOOKS, ERROR_TEXTS

GOLDEN = Path(__file__).parent / "golden"
TEXTS = load_table(GOLDEN / "texts.json")
KEY = {"Authorization": "sess-key-1"}
ORDER = {"symbol": "SBIN", "exchange": "NSE", "price": "800"}
INPUTS = CaseInputs(
    order={"action": "BUY", "quantity": 1, "product": "MIS", "price_type": "LIMIT"},
    row={
        "order_id": "26082100000017", "symbol": "SBIN", "exchange": "NSE", "action": "BUY", "quantity": 10,
        "product": "MIS", "price_type": "LIMIT", "validity": "DAY", "status": "open",
    },
    probes={
        "read": ("order_book", {}),
        "login": ("request_otp", {"fields": {}}),
        "place": ("place_order", {"order": ORDER, "instrument": "NSE:SBIN", "tag": "t" * 16}),
        "cancel": ("cancel_order", {"row": {}}),
    },
)  # fmt: skip


class TestGolden(GoldenCases):
    folder, inputs, fewest = GOLDEN, INPUTS, 150

    def check_headers(self, sent: Mapping[str, Any], expected: Mapping[str, str]) -> None:
        """The session key on the trading and the data host, and only there."""
        key = {} if "signin." in sent["url"] else KEY
        super().check_headers(sent, {**key, **expected})

    def check_error(self, error: errors.OpenAlgoError, expected: Mapping[str, str]) -> None:
        super().check_error(error, expected)
        assert error.broker == "definedge" or error.kind in ("InvalidRequest", "UnreadableAnswer")


class TestRecorded(RecordedRequests):
    folder, inputs = GOLDEN, INPUTS

    def path(self, path: str) -> str:
        """The times of day of a span of candles left out: we ask for whole days."""
        return re.sub(r"/(\d{8})\d{4}(?=/|$)", r"/\1", path) if "history" in path else path


# --- Every text, on a read and on order writes: there are no codes ---


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text["text"])
@pytest.mark.parametrize("on", ["read", "place", "cancel"])
@pytest.mark.parametrize("shape", ["ERROR", "FAILURE", "Not_Ok"])
def test_text_of_a_refusal(text: Mapping[str, str], on: str, shape: str, world: Callable[..., World]) -> None:
    noren = {"stat": shape, "emsg": text["text"]}
    use = world({"body": noren if shape == "Not_Ok" else {"status": shape, "message": text["text"]}})
    if text[on] == "empty":
        assert list(INPUTS.probe(use, on)) == []
        return
    error = INPUTS.probe_error(use, on)
    assert error.kind == text[on]
    assert text["text"] in error.message


def test_every_text_of_the_tables_has_a_case() -> None:
    texts = [text["text"].lower() for text in TEXTS]
    assert all(any(all(word in text for word in words) for text in texts) for words, _ in ERROR_TEXTS)
    bodies = [exchange["response"].get("body") for case in TestGolden.cases() for exchange in case["exchanges"]]
    told = {body.get("message", "").lower() for body in bodies if isinstance(body, dict)}
    assert set(EMPTY_BOOKS.values()) <= told


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
    answer: Mapping[str, Any], on_read: str, on_order: str, world: Callable[..., World]
) -> None:
    for on, expected in (("read", on_read), ("place", on_order), ("cancel", on_order)):
        assert INPUTS.probe_error(world(answer), on).kind == expected, on


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("", 1), ("Fri, 21 Aug 2026 05:00:00 GMT", 1)])
def test_a_throttled_read_waits_as_long_as_it_is_told(header: str, seconds: int, world: Callable[..., World]) -> None:
    use = world({"status": 429, "text": "", "headers": {"Retry-After": header}})
    error = INPUTS.probe_error(use, "read")
    assert isinstance(error, errors.RateLimited)
    assert error.retry_after == seconds


def test_a_dead_key_and_a_wrong_address_cannot_be_told_apart_so_both_are_named(world: Callable[..., World]) -> None:
    error = INPUTS.probe_error(world({"status": 401, "body": {"status": "ERROR", "message": "Unauthorized"}}), "place")
    assert isinstance(error, errors.SessionExpired)
    assert "openalgo login" in error.hint
    assert "static IP" in error.hint


@pytest.mark.parametrize("on", ["read", "place", "login"])
def test_no_secret_shows_in_an_error(on: str, world: Callable[..., World]) -> None:
    error = INPUTS.probe_error(world({"body": {"status": "ERROR", "message": "no"}}), on)
    assert not any(secret in repr(vars(error)) for secret in ("TOKEN-xyz", "SECRET-abc", "sess-key", "ws-key"))
