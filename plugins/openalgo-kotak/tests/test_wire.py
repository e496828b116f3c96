"""Golden cases: what each hook sends, and what it makes of the answer; and what every code of a refusal means.

The shape of a case is told in `openalgo_core.testing.golden`; the body of a case is what is inside `jData`. The logins
of the retired flows have folders of their own, for they are asked for in the environment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from openalgo_core import errors
from openalgo_core.secrets import Secret
from openalgo_core.testing import CaseInputs, GoldenCases, RecordedRequests, World, load_table, meaning
from openalgo_kotak.tables import ERRORS, NO_DATA

GOLDEN = Path(__file__).parent / "golden"
CODES = load_table(GOLDEN / "codes.json")

MARKET = {"Authorization": "ec6a746c-0000-4000-8000-000000000000"}
TRADING = {"Accept": "application/json", "Sid": "trade-sid", "Auth": "trade-jwt", "neo-fin-key": "neotradeapi"}
ORDER = {"symbol": "SBIN", "exchange": "NSE", "price": "800"}
LOGIN = {"mobile": "9876543210", "totp": "123456", "mpin": "654321"}
INPUTS = CaseInputs(
    order={"action": "BUY", "quantity": 1, "product": "MIS", "price_type": "LIMIT"},
    row={
        "order_id": "260828000000001", "symbol": "SBIN", "exchange": "NSE", "action": "BUY", "quantity": 10,
        "product": "MIS", "price_type": "LIMIT", "validity": "DAY", "status": "open",
    },
    probes={
        "read": ("trade_book", {}),
        "login": ("authenticate", {"fields": LOGIN, "challenge": None}),
        "place": ("place_order", {"order": ORDER, "instrument": "NSE:SBIN", "tag": "t" * 16}),
        "cancel": ("cancel_order", {"row": {}}),
    },
)  # fmt: skip


def _unpacked(form: Mapping[str, str]) -> Any:
    """What is in the one form field."""
    assert list(form) == ["jData"]
    return json.loads(form["jData"])


class TestGolden(GoldenCases):
    folder, inputs, fewest = GOLDEN, INPUTS, 200

    def check_headers(self, sent: Mapping[str, Any], expected: Mapping[str, str]) -> None:
        """A case that names headers names all of them. Prices want the access token and nothing else, and which host
        serves a client is told to everybody."""
        usual = {} if "get-base-url" in sent["url"] else MARKET
        if "/quick/" in sent["url"] or "/portfolio/" in sent["url"]:
            usual = TRADING | (MARKET if sent.get("write") else {})
        assert dict(sent.get("headers") or {}) == (expected or usual)

    def body(self, sent: Mapping[str, Any]) -> Any:
        """Every value inside `jData` is a text, and none is empty."""
        if sent.get("data") is None:
            return sent.get("json")
        fields = _unpacked(sent["data"])
        assert all(type(value) is str and value for value in fields.values())
        return fields


class RetiredLogin(TestGolden):
    """The logins of a retired flow, with a consumer key and secret."""

    __test__ = False
    flow: str

    @pytest.fixture
    def world(self, world: Callable[..., World]) -> Callable[..., World]:
        old = {"api_key": Secret("ck_AbCdEf123456"), "api_secret": Secret("cs_ZyXwVu654321")}
        return partial(world, **old, options={"flow": Secret(self.flow)})


class TestLoginV1(RetiredLogin):
    __test__ = True
    folder, fewest, flow = GOLDEN / "v1", 9, "v1"


class TestLoginV2(RetiredLogin):
    __test__ = True
    folder, fewest, flow = GOLDEN / "v2", 6, "v2"


class TestRecorded(RecordedRequests):
    folder, inputs = GOLDEN, INPUTS

    def path(self, path: str) -> str:
        """A bar and a comma may be encoded or not."""
        return unquote(path)

    def meaning(self, body: Any) -> Any:
        """The official client sends null for what it does not use."""
        if isinstance(body, Mapping) and "jData" in body:
            body = _unpacked(body)
        return meaning({name: value for name, value in body.items() if value is not None}) if body else None


# --- Every code, on a read, on order writes and at login ---

CONFIRMED = {"status": 403, "body": {"stat": "error in neo-login-check-api", "stCode": 100022, "errMsg": "invalid"}}


def _shapes(code: str, text: str) -> dict[str, dict[str, Any]]:
    number = int(code)
    return {
        "emsg": {"stat": "Not_Ok", "emsg": text, "stCode": number},
        "errMsg": {"stat": "Not_Ok", "errMsg": text, "stCode": code},
        "stat holds the message": {"stCode": number, "errMsg": text, "stat": text},
        "errorCode": {"status": "error", "message": text, "errorCode": code},
        "error": {"error": [{"code": code, "message": text}]},
        "fault": {"status": "ERROR", "fault": {"code": number, "message": text}},
    }


@pytest.mark.parametrize("code", CODES, ids=lambda code: f"{code['code']} {code['text']}")
@pytest.mark.parametrize("on", ["read", "place", "cancel", "login"])
@pytest.mark.parametrize("shape", _shapes("0", ""))
def test_code_of_a_refusal(code: Mapping[str, str], on: str, shape: str, world: Callable[..., World]) -> None:
    answer = {"body": _shapes(code["code"], code["text"])[shape]}
    use = world(answer, CONFIRMED)
    if code[on] == "empty":
        assert list(INPUTS.probe(use, on)) == []
        return
    error = INPUTS.probe_error(use, on)
    assert (error.kind, error.code) == (code[on], code["code"])
    assert code["text"] in error.message


def test_every_code_of_the_tables_has_a_case() -> None:
    assert {*ERRORS, NO_DATA} <= {code["code"] for code in CODES}


# --- A session is not given up for one word ---

DOUBTFUL = {"body": {"stat": "error in neo-login-check-api", "stCode": 100022, "errMsg": "invalid session token"}}


@pytest.mark.parametrize(
    ("book", "expected"),
    [
        pytest.param(CONFIRMED, "SessionExpired", id="the book says so too"),
        pytest.param({"status": 403, "text": "Forbidden"}, "SessionExpired", id="the book is forbidden"),
        pytest.param({"body": {"stat": "Ok", "data": []}}, "BrokerUnavailable", id="the book is good"),
        pytest.param({"body": {"stat": "Not_Ok", "stCode": 5203}}, "BrokerUnavailable", id="the book is empty"),
        pytest.param({"status": 503, "text": ""}, "BrokerUnavailable", id="the book does not answer"),
        pytest.param({"text": "<html></html>"}, "BrokerUnavailable", id="the book is a page"),
    ],
)
def test_100022_in_answer_to_a_read_is_confirmed_by_the_order_book(
    book: Mapping[str, Any], expected: str, world: Callable[..., World]
) -> None:
    use = world(DOUBTFUL, book)
    error = INPUTS.probe_error(use, "read")
    assert (error.kind, error.code) == (expected, "100022")
    asked = use.http.requests[1]
    assert (asked["method"], asked["url"]) == ("GET", "https://e43.kotaksecurities.com/quick/user/orders")
    assert not asked.get("write")


# --- Answers whose HTTP status or shape decides ---

HTML = "<html><head><title>Request Rejected</title></head><body>support ID 4711</body></html>"
NO = {"stat": "Not_Ok", "emsg": "no", "stCode": 4711}


@pytest.mark.parametrize(
    ("answer", "on_read", "on_order"),
    [
        pytest.param({"status": 401, "body": {}}, "SessionExpired", "SessionExpired", id="401"),
        pytest.param({"status": 401, "text": ""}, "SessionExpired", "SessionExpired", id="401-empty"),
        pytest.param({"status": 403, "text": "Forbidden"}, "SessionExpired", "SessionExpired", id="403"),
        pytest.param({"status": 403, "body": NO}, "SessionExpired", "SessionExpired", id="403-with-a-code"),
        pytest.param({"status": 403, "text": HTML}, "UnreadableAnswer", "UnreadableAnswer", id="403-firewall"),
        pytest.param({"status": 429, "body": NO}, "RateLimited", "BrokerUnavailable", id="429"),
        pytest.param({"status": 429, "text": HTML}, "RateLimited", "BrokerUnavailable", id="429-html"),
        pytest.param({"status": 422, "body": NO}, "InvalidRequest", "OrderRejected", id="422"),
        pytest.param({"status": 400, "body": NO}, "InvalidRequest", "OrderRejected", id="400"),
        pytest.param({"status": 424, "body": NO}, "BrokerUnavailable", "BrokerUnavailable", id="424"),
        pytest.param({"status": 500, "body": NO}, "BrokerUnavailable", "BrokerUnavailable", id="500-with-a-code"),
        pytest.param({"status": 500, "body": {"stat": "Ok", "nOrdNo": "1"}}, "BrokerUnavailable", "BrokerUnavailable",
                     id="500-with-a-yes"),
        pytest.param({"status": 502, "text": HTML}, "BrokerUnavailable", "BrokerUnavailable", id="502-html"),
        pytest.param({"status": 503, "text": ""}, "BrokerUnavailable", "BrokerUnavailable", id="503-empty"),
        pytest.param({"status": 504, "text": HTML}, "BrokerUnavailable", "BrokerUnavailable", id="504"),
        pytest.param({"text": HTML}, "UnreadableAnswer", "UnreadableAnswer", id="200-html"),
        pytest.param({"text": ""}, "UnreadableAnswer", "UnreadableAnswer", id="200-empty"),
        pytest.param({"text": '{"stat": "O'}, "UnreadableAnswer", "UnreadableAnswer", id="truncated"),
        pytest.param({"status": 404, "text": "Not Found"}, "UnreadableAnswer", "UnreadableAnswer", id="404"),
        pytest.param({"body": {}}, "UnreadableAnswer", "UnreadableAnswer", id="neither-yes-nor-no"),
        pytest.param({"body": "Ok"}, "UnreadableAnswer", "UnreadableAnswer", id="json-text"),
        pytest.param({"body": None}, "UnreadableAnswer", "UnreadableAnswer", id="json-null"),
        pytest.param({"body": {"stat": "Not_Ok"}}, "InvalidRequest", "OrderRejected", id="no-without-a-reason"),
        pytest.param({"body": {"stat": "NOT_OK", "emsg": "no"}}, "InvalidRequest", "OrderRejected", id="capitals"),
        pytest.param({"body": {"stat": "Ok", "error": [{"code": "1", "message": "no"}]}}, "InvalidRequest",
                     "OrderRejected", id="a-yes-with-an-error"),
    ],
)  # fmt: skip
def test_answers_that_are_no_plain_yes_or_no(
    answer: Mapping[str, Any], on_read: str, on_order: str, world: Callable[..., World]
) -> None:
    for on, expected in (("read", on_read), ("place", on_order), ("cancel", on_order)):
        assert INPUTS.probe_error(world(answer), on).kind == expected, on


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("", 1), ("Fri, 28 Aug 2026 05:00:00 GMT", 1)])
def test_a_throttled_read_waits_as_long_as_it_is_told(header: str, seconds: int, world: Callable[..., World]) -> None:
    error = INPUTS.probe_error(world({"status": 429, "text": "", "headers": {"Retry-After": header}}), "read")
    assert isinstance(error, errors.RateLimited)
    assert error.retry_after == seconds


@pytest.mark.parametrize("on", ["read", "place", "login"])
def test_no_secret_shows_in_an_error(on: str, world: Callable[..., World]) -> None:
    error = INPUTS.probe_error(world({"body": NO}), on)
    secrets = ("ec6a746c", "trade-jwt", "trade-sid", "654321")
    assert not any(secret in repr(vars(error)) for secret in secrets)
