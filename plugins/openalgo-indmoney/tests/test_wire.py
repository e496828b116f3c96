"""Golden cases: what each hook sends, and what it makes of the answer; and what every error type and status means.

The shape of a case is told in `openalgo_core.testing.golden`. There is no official client: the requests that OpenAlgo
was recorded to send take its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from openalgo_core import errors
from openalgo_core.testing import CaseInputs, GoldenCases, RecordedRequests, World, load_table
from openalgo_indmoney.tables import ERRORS

GOLDEN = Path(__file__).parent / "golden"
CODES = load_table(GOLDEN / "codes.json")
ORDER = {"symbol": "SBIN", "exchange": "NSE", "price": "800"}
INPUTS = CaseInputs(
    order={"action": "BUY", "quantity": 1, "product": "MIS", "price_type": "LIMIT"},
    row={
        "order_id": "EQ-90417251", "symbol": "SBIN", "exchange": "NSE", "action": "BUY", "quantity": 5,
        "product": "MIS", "price_type": "LIMIT", "validity": "DAY", "status": "open",
    },
    probes={
        "read": ("order_book", {}),
        "place": ("place_order", {"order": ORDER, "instrument": "NSE:SBIN", "tag": "t" * 16}),
        "cancel": ("cancel_order", {"row": {}}),
    },
)  # fmt: skip


class TestGolden(GoldenCases):
    folder, inputs, fewest = GOLDEN, INPUTS, 200

    def check_headers(self, sent: Mapping[str, Any], expected: Mapping[str, str]) -> None:
        """The token stands bare in every request but the one that asks for it."""
        usual = {"Accept": "application/json"}
        if not sent["url"].endswith("/generate/token"):
            usual["Authorization"] = "FAKE.ACCESS.TOKEN"
        assert dict(sent["headers"]) == usual | dict(expected)


class TestRecorded(RecordedRequests):
    """`note` says where a recorded request is not what we send, and why."""

    folder, inputs, words = GOLDEN, INPUTS, frozenset({"note"})

    def path(self, path: str) -> str:
        """The query is looked at by itself."""
        return path.partition("?")[0]

    def meaning(self, body: Any) -> Any:
        """A number stays a number, and a text a text."""
        return body

    def check_recorded(self, sent: Mapping[str, Any], recorded: Mapping[str, Any]) -> None:
        super().check_recorded(sent, recorded)
        query = urlsplit(recorded["request"].split()[1]).query
        assert (sent.get("params") or {}) == dict(parse_qsl(query))


# --- Every error type, rule name and message of the page, on a read and on order writes ---


@pytest.mark.parametrize("code", CODES, ids=lambda code: f"{code['code']} {code['message'][:24]}")
@pytest.mark.parametrize("on", ["read", "place", "cancel"])
@pytest.mark.parametrize("key", ["error_type", "error_code"])
def test_type_of_a_refusal(code: Mapping[str, Any], on: str, key: str, world: Callable[..., World]) -> None:
    body = {"status": "error", "message": code["message"], key: code["code"]}
    use = world({"status": code["status"], "body": body, "headers": {"Content-Type": "text/plain"}})
    error = INPUTS.probe_error(use, on)
    assert (error.kind, error.code) == (code[on], code["code"])
    assert code["message"] in error.message


def test_every_type_of_the_table_has_a_case() -> None:
    assert {code["code"] for code in CODES} >= ERRORS.keys()


# --- Answers whose HTTP status or shape decides ---

HTML = "<html><head><title>Just a moment...</title></head><body>cloudflare</body></html>"
NO = {"status": "error", "message": "no"}
LIMIT = {"error": "Rate limit exceeded", "success": False}


@pytest.mark.parametrize(
    ("answer", "on_read", "on_order"),
    [
        pytest.param({"status": 401, "body": NO}, "SessionExpired", "SessionExpired", id="401"),
        pytest.param({"status": 401, "text": ""}, "SessionExpired", "SessionExpired", id="401-empty"),
        pytest.param({"status": 513, "text": ""}, "SessionExpired", "SessionExpired", id="513"),
        pytest.param({"status": 401, "text": HTML}, "UnreadableAnswer", "UnreadableAnswer", id="401-html"),
        pytest.param({"status": 400, "body": {"message": "Authorization header was not sent", "success": False}},
                     "SessionExpired", "SessionExpired", id="no-token"),
        pytest.param({"status": 400, "body": {"message": "invalid access_token", "success": False}},
                     "SessionExpired", "SessionExpired", id="bad-token-text"),
        pytest.param({"status": 403, "body": {"message": "Unauthorised", "success": False}},
                     "SessionExpired", "SessionExpired", id="unauthorised-text"),
        pytest.param({"status": 403, "body": NO}, "SessionExpired", "OrderRejected", id="403-without-type"),
        pytest.param({"status": 403, "text": HTML}, "UnreadableAnswer", "UnreadableAnswer", id="403-challenge"),
        pytest.param({"status": 403, "text": "Forbidden"}, "UnreadableAnswer", "UnreadableAnswer", id="403-text"),
        pytest.param({"status": 429, "body": LIMIT}, "RateLimited", "BrokerUnavailable", id="429"),
        pytest.param({"status": 429, "text": HTML}, "RateLimited", "BrokerUnavailable", id="429-html"),
        pytest.param({"status": 400, "body": LIMIT}, "RateLimited", "BrokerUnavailable", id="429-in-words"),
        pytest.param({"status": 500, "body": NO}, "BrokerUnavailable", "BrokerUnavailable", id="500"),
        pytest.param({"status": 502, "body": NO}, "BrokerUnavailable", "BrokerUnavailable", id="502"),
        pytest.param({"status": 502, "text": HTML}, "UnreadableAnswer", "UnreadableAnswer", id="502-html"),
        pytest.param({"text": HTML}, "UnreadableAnswer", "UnreadableAnswer", id="200-html"),
        pytest.param({"text": ""}, "UnreadableAnswer", "UnreadableAnswer", id="200-empty"),
        pytest.param({"text": '{"status": "succ'}, "UnreadableAnswer", "UnreadableAnswer", id="truncated"),
        pytest.param({"status": 404, "text": "Not Found"}, "UnreadableAnswer", "UnreadableAnswer", id="404-text"),
        pytest.param({"body": []}, "UnreadableAnswer", "UnreadableAnswer", id="json-list"),
        pytest.param({"body": None}, "UnreadableAnswer", "UnreadableAnswer", id="json-null"),
        pytest.param({"body": {"data": {}}}, "UnreadableAnswer", "UnreadableAnswer", id="neither-yes-nor-no"),
        pytest.param({"body": {"status": "ok", "data": {}}}, "UnreadableAnswer", "UnreadableAnswer", id="another-yes"),
        pytest.param({"body": {"status": "failure", "error": {"msg": "no"}}}, "InvalidRequest", "OrderRejected",
                     id="failure-in-200"),
        pytest.param({"body": {"status": "error"}}, "InvalidRequest", "UnreadableAnswer", id="no-without-reason"),
        pytest.param({"status": 400, "body": {"status": "success", "data": {"order_id": "EQ-1"}}}, "InvalidRequest",
                     "OrderRejected", id="yes-in-400"),
        pytest.param({"status": 400, "body": {"message": "Bad Request", "debug_info": "why"}}, "InvalidRequest",
                     "OrderRejected", id="debug-info"),
    ],
)  # fmt: skip
def test_answers_that_are_no_plain_yes_or_no(
    answer: Mapping[str, Any], on_read: str, on_order: str, world: Callable[..., World]
) -> None:
    for on, expected in (("read", on_read), ("place", on_order), ("cancel", on_order)):
        assert INPUTS.probe_error(world(answer), on).kind == expected, on


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("", 1), ("Fri, 21 Aug 2026 05:00:00 GMT", 1)])
def test_a_throttled_read_waits_as_long_as_it_is_told(header: str, seconds: int, world: Callable[..., World]) -> None:
    error = INPUTS.probe_error(world({"status": 429, "text": "", "headers": {"Retry-After": header}}), "read")
    assert isinstance(error, errors.RateLimited)
    assert error.retry_after == seconds


def test_the_most_telling_text_is_shown(world: Callable[..., World]) -> None:
    texts = {"debug_info": "first", "error": {"msg": "second"}, "message": "third"}
    for shown in (*texts.copy(), "error"):
        body = texts or {"error": "fourth"}
        error = INPUTS.probe_error(world({"status": 400, "body": body}), "read")
        expected = {"debug_info": "first", "message": "third"}.get(shown, "second" if texts else "fourth")
        assert error.message == f"INDmoney: {expected}"
        texts.pop(shown, None)


def test_a_refusal_of_the_address_is_no_dead_session(world: Callable[..., World]) -> None:
    error = INPUTS.probe_error(world({"status": 403, "body": NO}), "place")
    assert error.kind == "OrderRejected"
    assert "static IP" in error.hint


def test_without_a_session_nothing_is_sent(world: Callable[..., World]) -> None:
    for on in ("read", "place", "cancel"):
        use = world(session=False)
        assert INPUTS.probe_error(use, on).kind == "LoginRequired"
        assert use.http.requests == []


def test_no_secret_shows_in_an_error(world: Callable[..., World]) -> None:
    error = INPUTS.probe_error(world({"status": 403, "body": NO}), "place")
    assert not any(secret in repr(vars(error)) for secret in ("CLIENT123", "FAKE", "ACCESS"))
