"""Golden cases: what each hook sends, and what it makes of the answer; and what every error code means.

The shape of a case is told in `openalgo_core.testing.golden`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from openalgo_angel.tables import ERRORS
from openalgo_core.testing import CaseInputs, GoldenCases, RecordedRequests, World, load_table, meaning

GOLDEN = Path(__file__).parent / "golden"
CODES = load_table(GOLDEN / "codes.json")
COMMON_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json",
    "X-UserType": "USER",
    "X-SourceID": "WEB",
    "X-PrivateKey": "APIKEY01",
}
PRESENT_HEADERS = {"X-ClientLocalIP", "X-ClientPublicIP", "X-MACAddress"}
ORDER = {"symbol": "SBIN", "exchange": "NSE", "price": "800"}
INPUTS = CaseInputs(
    order={"action": "BUY", "quantity": 1, "product": "MIS", "price_type": "LIMIT"},
    row={
        "order_id": "261120000123456", "symbol": "SBIN", "exchange": "NSE", "action": "BUY", "quantity": 5,
        "product": "MIS", "price_type": "LIMIT", "validity": "DAY", "status": "open",
    },
    probes={
        "read": ("order_book", {}),
        "login": ("authenticate", {"fields": {"client_id": "A1", "pin": "1234", "totp": "123456"}, "challenge": None}),
        "place": ("place_order", {"order": ORDER, "instrument": "NSE:SBIN", "tag": "t" * 16}),
        "cancel": ("cancel_order", {"row": {}}),
    },
)  # fmt: skip


class TestGolden(GoldenCases):
    folder, inputs, fewest = GOLDEN, INPUTS, 60

    def check_headers(self, sent: Mapping[str, Any], expected: Mapping[str, str]) -> None:
        headers = dict(sent["headers"])
        assert headers.keys() >= PRESENT_HEADERS
        assert (COMMON_HEADERS | dict(expected)).items() <= headers.items()
        bearer = "/rest/secure/" in sent["url"] or sent["url"].endswith("generateTokens")
        assert ("Authorization" in headers) is bearer


class TestRecorded(RecordedRequests):
    folder, inputs = GOLDEN, INPUTS

    def meaning(self, body: Any) -> Any:
        """The times of day of a span of candles left out."""
        days = {key: body[key][:10] for key in ("fromdate", "todate") if key in body} if body else {}
        return meaning({**body, **days}) if days else meaning(body)


# --- Every error code, on a read, a login and the three order writes ---


@pytest.mark.parametrize("code", CODES, ids=lambda code: code["code"])
@pytest.mark.parametrize("on", ["read", "login", "place", "cancel"])
def test_error_code(code: Mapping[str, str], on: str, world: Callable[..., World]) -> None:
    message = f"the text of {code['code']}"
    envelope = {"success": False, "message": message, "errorCode": code["code"], "data": ""}
    if code["code"].startswith("AB"):
        envelope = {"status": False, "message": message, "errorcode": code["code"], "data": None}
    use = world({"body": envelope})
    if code[on] == "empty":
        assert list(INPUTS.probe(use, on)) == []
        return
    error = INPUTS.probe_error(use, on)
    assert (error.kind, error.code) == (code[on], code["code"])
    assert message in error.message


def test_every_code_of_the_table_has_a_case() -> None:
    assert {code["code"] for code in CODES} == ERRORS.keys()


# --- Answers that are no envelope ---

HTML = "<html><head><title>Request Rejected</title></head><body>support ID 4711</body></html>"
SILENT = {"status": False, "message": "", "errorcode": "", "data": None}
RATE = "Access denied because of exceeding access rate"


@pytest.mark.parametrize(
    ("answer", "on_read", "on_order"),
    [
        pytest.param({"status": 403, "text": RATE}, "RateLimited", "RateLimited", id="403-rate-text"),
        pytest.param({"status": 429, "text": ""}, "RateLimited", "RateLimited", id="429"),
        pytest.param({"body": SILENT | {"message": RATE}}, "RateLimited", "RateLimited", id="rate-text-in-envelope"),
        pytest.param({"body": SILENT | {"errorcode": "AB1004", "message": RATE}}, "RateLimited", "RateLimited",
                     id="rate-text-with-a-vague-code"),
        pytest.param({"status": 403, "text": "Forbidden"}, "SessionExpired", "SessionExpired", id="403-other-text"),
        pytest.param({"status": 401, "text": ""}, "SessionExpired", "SessionExpired", id="401-empty"),
        pytest.param({"status": 403, "body": SILENT}, "SessionExpired", "SessionExpired", id="403-envelope"),
        pytest.param({"status": 403, "text": HTML}, "UnreadableAnswer", "UnreadableAnswer", id="403-firewall"),
        pytest.param({"text": HTML}, "UnreadableAnswer", "UnreadableAnswer", id="200-html"),
        pytest.param({"status": 502, "text": HTML}, "UnreadableAnswer", "UnreadableAnswer", id="502-html"),
        pytest.param({"text": ""}, "UnreadableAnswer", "UnreadableAnswer", id="200-empty"),
        pytest.param({"text": '{"status": tr'}, "UnreadableAnswer", "UnreadableAnswer", id="truncated"),
        pytest.param({"body": []}, "UnreadableAnswer", "UnreadableAnswer", id="json-list"),
        pytest.param({"status": 404, "body": {"status": 404, "error": "Not Found"}}, "UnreadableAnswer",
                     "UnreadableAnswer", id="json-of-a-gateway"),
        pytest.param({"body": {"data": {}}}, "UnreadableAnswer", "UnreadableAnswer", id="neither-yes-nor-no"),
        pytest.param({"status": 500, "body": SILENT | {"errorcode": "AB4036", "message": "no"}}, "BrokerUnavailable",
                     "BrokerUnavailable", id="500-with-a-code"),
        pytest.param({"body": SILENT}, "InvalidRequest", "UnreadableAnswer", id="no-without-reason"),
        pytest.param({"body": SILENT | {"message": "Something Went Wrong, Please Try After Sometime"}},
                     "BrokerUnavailable", "BrokerUnavailable", id="ambiguous-text-without-code"),
        pytest.param({"body": SILENT | {"errorcode": "ZZ1", "message": "not today"}}, "InvalidRequest",
                     "OrderRejected", id="unknown-code"),
        pytest.param({"body": {"status": "false", "message": "not today"}}, "InvalidRequest", "OrderRejected",
                     id="false-as-text"),
    ],
)  # fmt: skip
def test_answers_that_are_no_plain_yes_or_no(
    answer: Mapping[str, Any], on_read: str, on_order: str, world: Callable[..., World]
) -> None:
    for on, expected in (("read", on_read), ("place", on_order), ("cancel", on_order)):
        assert INPUTS.probe_error(world(answer), on).kind == expected, on


@pytest.mark.parametrize("answer", [{"status": 403, "text": "Forbidden"}, {"status": 401, "text": ""}])
def test_a_denied_login_is_a_refused_login(answer: Mapping[str, Any], world: Callable[..., World]) -> None:
    assert INPUTS.probe_error(world(answer, session=False), "login").kind == "AuthenticationError"


@pytest.mark.parametrize("text", ["Order already complete", "Order is cancelled", "order not found", "Order not open"])
def test_a_final_order_is_not_open_to_a_change_and_rejected_to_a_placement(
    text: str, world: Callable[..., World]
) -> None:
    refusal = {"body": SILENT | {"message": text}}
    assert INPUTS.probe_error(world(refusal), "cancel").kind == "OrderNotOpen"
    assert INPUTS.probe_error(world(refusal), "place").kind == "OrderRejected"


def test_no_secret_shows_in_an_error(world: Callable[..., World]) -> None:
    error = INPUTS.probe_error(world({"body": SILENT | {"message": "no"}}), "place")
    assert not any(secret in repr(vars(error)) for secret in ("APIKEY01", "JWT", "REFRESH"))
