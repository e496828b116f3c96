"""Golden cases: what each hook sends, and what it makes of the answer; and what every sentence means.

The shape of a case is told in `openalgo_core.testing.golden`. The signature of every request is checked anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from openalgo_core import errors
from openalgo_core.testing import CaseInputs, GoldenCases, RecordedRequests, World, load_table, meaning
from openalgo_icici.wire import checksum

GOLDEN = Path(__file__).parent / "golden"
SENTENCES = load_table(GOLDEN / "sentences.json")
TOKEN = "QUIxMjM0NTY6ODc2NTQzMjE="
STAMP = "2026-11-20T16:55:28.000Z"
JSON_TYPE = {"Content-Type": "application/json"}
ORDER = {"symbol": "ITC", "exchange": "NSE", "price": "300"}
INPUTS = CaseInputs(
    order={"action": "BUY", "quantity": 1, "product": "CNC", "price_type": "LIMIT"},
    row={
        "order_id": "20261120N300001234", "symbol": "ITC", "exchange": "NSE", "action": "BUY", "quantity": 5,
        "product": "CNC", "price_type": "LIMIT", "validity": "DAY", "status": "open",
        "refs": {"exchange_code": "NSE"},
    },
    answer_method="POST",
    probes={
        "read": ("positions", {}),
        "place": ("place_order", {"order": ORDER, "instrument": "NSE:ITC", "tag": "t" * 16}),
        "change": ("cancel_order", {"row": {}}),
    },
)  # fmt: skip


class TestGolden(GoldenCases):
    folder, inputs, limit, fewest = GOLDEN, INPUTS, "api", 100

    def check_headers(self, sent: Mapping[str, Any], expected: Mapping[str, str]) -> None:
        """The bytes that go out are the bytes that were signed; two requests have no signature."""
        if sent.get("data") is None:
            assert sent["headers"] == {**JSON_TYPE, "X-SessionToken": TOKEN, "apikey": "demo+app=key"}
        elif sent["url"].endswith("/customerdetails"):
            assert sent["headers"] == JSON_TYPE
        else:
            signed = sha256(STAMP.encode() + sent["data"] + b"demo-secret").hexdigest()
            named = {"X-Timestamp": STAMP, "X-AppKey": "demo+app=key", "X-SessionToken": TOKEN}
            assert sent["headers"] == {**JSON_TYPE, **named, "X-Checksum": f"token {signed}"}


# --- The signature, and what the official client was recorded to send ---


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{}", "e49758f06093962405008d2c6fe9b412703920885e4ad5f8e5835bba703f0a21"),
        (
            '{"exchange_code":"NSE","order_id":"20260730N300001234"}',
            "662a317594b2d6b0e188a9063c45d97bec1cdda1095144f3f0ea9aa0482d71bd",
        ),
        (
            '{"stock_code":"ITC","exchange_code":"NSE","product":"cash","action":"buy","order_type":"limit",'
            '"quantity":"1","price":"300","validity":"day","settlement_id":"","order_segment_code":"","lots":"",'
            '"user_remark":"r1"}',
            "c4cc40bc5ad7546ad28084196ee73636a50ae37e2bab397816063b863439a6aa",
        ),
    ],
)
def test_the_worked_examples_of_the_signature(body: str, expected: str) -> None:
    assert checksum("2026-07-30T04:01:02.000Z", body.encode(), "demo-secret") == expected


class TestRecorded(RecordedRequests):
    folder, inputs, words = GOLDEN, INPUTS, frozenset({"exact", "checksum"})

    def test_the_recorded_bodies_and_signatures_belong_together(self, recorded: Mapping[str, Any]) -> None:
        body = json.dumps(recorded["body"], separators=(",", ":")).encode()
        assert checksum(STAMP, body, "demo-secret") == recorded["checksum"]

    def check_recorded(self, sent: Mapping[str, Any], recorded: Mapping[str, Any]) -> None:
        super().check_recorded(sent, recorded)
        if recorded["exact"]:
            assert sent["headers"]["X-Checksum"] == f"token {recorded['checksum']}"

    def meaning(self, body: Any) -> Any:
        """What is empty or 0 as left out, the days of a span as any day."""
        found = meaning(body | {day: "a day" for day in ("from_date", "to_date") if day in body})
        return {key: value for key, value in found.items() if value}


def test_the_recorded_candles(world: Callable[..., World]) -> None:
    use = world({"status": 503, "text": ""})
    day = "2026-07-30"
    asked = {"instrument": "NFO:NIFTY04AUG2624300CE", "interval": "1m", "start": day, "end": day}
    assert isinstance(use.error_of("history", **INPUTS.arguments(asked, use)), errors.BrokerUnavailable)
    query = use.http.requests[0]["params"]
    assert {name: value for name, value in query.items() if not name.endswith("_date")} == {
        "interval": "1minute", "stock_code": "NIFTY", "exch_code": "NFO", "product_type": "options",
        "strike_price": "24300", "right": "call",
    }  # fmt: skip
    assert query["expiry_date"] == "2026-08-04T07:00:00.000Z"


# --- Every sentence, on a read and on order writes ---

PROBES = {
    "dead": {"body": {"Success": None, "Status": 500, "Error": "Resource not available."}},
    "alive": {"body": {"Success": {"idirect_userid": "AB123456"}, "Status": 200, "Error": None}},
    "down": {"status": 502, "text": "<html></html>"},
    "limited": {"body": {"Status": 5, "Error": "Limit exceed: API call per minute:Try after some time"}},
}


@pytest.mark.parametrize(
    "sentence",
    SENTENCES,
    ids=lambda one: f"{one['error']}-{one['status']}-{one.get('http', 200)}-{one['probe']}",
)
@pytest.mark.parametrize("on", ["read", "place", "change"])
def test_sentence(sentence: Mapping[str, Any], on: str, world: Callable[..., World]) -> None:
    refusal = {"Success": None, "Status": sentence["status"], "Error": sentence["error"]}
    probe = [PROBES[sentence["probe"]]] if sentence["probe"] else []
    use = world({"status": sentence.get("http", 200), "body": refusal}, *probe)
    if sentence[on] == "empty":
        assert list(INPUTS.probe(use, on)) == []
        return
    error = INPUTS.probe_error(use, on)
    assert error.kind == sentence[on]
    assert [request["url"].rpartition("/")[2] for request in use.http.requests[1:]] == ["customerdetails"] * len(probe)
    if isinstance(error, errors.RateLimited):
        assert error.retry_after == sentence["pause"]
    if error.kind != "UnreadableAnswer":
        assert error.code == str(sentence["status"])
        assert sentence["error"].strip() in error.message


def test_without_an_api_session_nothing_is_declared_dead(world: Callable[..., World]) -> None:
    use = world({"body": {"Success": None, "Status": 500, "Error": "Resource not available."}})
    session = use.account.require_session()
    use.account = replace(use.account, session=replace(session, tokens={"session": session.tokens["session"]}))
    assert INPUTS.probe_error(use, "read").kind == "BrokerUnavailable"


# --- Answers that are no envelope ---

HTML = "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"
MANY = "<html><head><title>429 Too Many Requests</title></head></html>"
YES = {"Success": {"order_id": "20261120N300001234"}, "Status": 200, "Error": None}


@pytest.mark.parametrize(
    ("answer", "on_read", "on_order"),
    [
        pytest.param({"status": 429, "text": ""}, "RateLimited", "UnreadableAnswer", id="429"),
        pytest.param({"status": 200, "text": MANY}, "RateLimited", "UnreadableAnswer", id="429-in-a-page"),
        pytest.param({"status": 429, "body": {"Status": 429, "Error": "slow down"}}, "RateLimited", "RateLimited",
                     id="429-refusal"),
        pytest.param({"text": HTML}, "UnreadableAnswer", "UnreadableAnswer", id="200-html"),
        pytest.param({"status": 502, "text": HTML}, "UnreadableAnswer", "UnreadableAnswer", id="502-html"),
        pytest.param({"status": 503, "text": "Service Unavailable"}, "UnreadableAnswer", "UnreadableAnswer", id="503"),
        pytest.param({"text": ""}, "UnreadableAnswer", "UnreadableAnswer", id="200-empty"),
        pytest.param({"body": None}, "UnreadableAnswer", "UnreadableAnswer", id="null"),
        pytest.param({"text": '{"Success": {"ord'}, "UnreadableAnswer", "UnreadableAnswer", id="truncated"),
        pytest.param({"body": []}, "UnreadableAnswer", "UnreadableAnswer", id="json-list"),
        pytest.param({"body": {"Success": {}}}, "UnreadableAnswer", "UnreadableAnswer", id="no-status"),
        pytest.param({"body": {"status": 404, "error": "Not Found"}}, "UnreadableAnswer", "UnreadableAnswer",
                     id="json-of-a-gateway"),
        pytest.param({"body": {"Status": "no", "Error": "x"}}, "UnreadableAnswer", "UnreadableAnswer", id="odd-status"),
        pytest.param({"status": 500, "body": YES}, "BrokerUnavailable", "UnreadableAnswer", id="yes-under-500"),
        pytest.param({"body": {**YES, "Error": "but no"}}, "InvalidRequest", "UnreadableAnswer", id="yes-and-no"),
        pytest.param({"body": {**YES, "Status": 500, "Error": "but no"}}, "InvalidRequest", "UnreadableAnswer",
                     id="no-with-an-order-id"),
        pytest.param({"body": {"Status": 500, "Error": "Market closed"}}, "InvalidRequest", "OrderRejected",
                     id="no-without-success"),
        pytest.param({"body": {"Success": "", "Status": 500, "Error": "Market closed"}}, "InvalidRequest",
                     "OrderRejected", id="no-with-empty-success"),
    ],
)  # fmt: skip
def test_answers_that_are_no_plain_yes_or_no(
    answer: Mapping[str, Any], on_read: str, on_order: str, world: Callable[..., World]
) -> None:
    for on, expected in (("read", on_read), ("place", on_order), ("change", on_order)):
        assert INPUTS.probe_error(world(answer), on).kind == expected, on


def test_an_order_is_sent_once_whatever_comes_back(world: Callable[..., World]) -> None:
    use = world({"body": {"Status": 5, "Error": "Authentication Fail :: Invalid Checksum."}}, PROBES["alive"])
    assert INPUTS.probe_error(use, "place").kind == "AuthenticationError"
    assert [(one["method"], one.get("write", False)) for one in use.http.requests] == [("POST", True), ("GET", False)]


def test_no_secret_shows_in_an_error(world: Callable[..., World]) -> None:
    for answers in ([{"body": {"Status": 500, "Error": "no"}}], [{"text": HTML}]):
        error = INPUTS.probe_error(world(*answers), "place")
        shown = f"{error!r} {vars(error)!r}"
        assert not any(secret in shown for secret in ("demo+app=key", "demo-secret", TOKEN, "12345678"))
