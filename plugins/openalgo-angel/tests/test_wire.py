"""Golden cases: what each hook sends, and what it makes of the answer; and what every error code means.

A case names the hook, its input, the requests that must go out, the answers that come back, and the result or error.
Adding a case is adding data. Nulls are left out of results.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openalgo_core import errors
from openalgo_core.models import (
    Action,
    CallbackAnswer,
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

GOLDEN = Path(__file__).parent / "golden"
CASES = [
    case
    for path in sorted(GOLDEN.glob("*.json"))
    for case in json.loads(path.read_text(encoding="utf-8"))
    if "hook" in case
]
RECORDED = json.loads((GOLDEN / "recorded.json").read_text(encoding="utf-8"))
CODES = json.loads((GOLDEN / "codes.json").read_text(encoding="utf-8"))

COMMON_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json",
    "X-UserType": "USER",
    "X-SourceID": "WEB",
    "X-PrivateKey": "APIKEY01",
}
PRESENT_HEADERS = {"X-ClientLocalIP", "X-ClientPublicIP", "X-MACAddress"}


def test_the_names_of_the_cases_are_unique() -> None:
    names = [case["name"] for case in CASES]
    assert len(names) == len(set(names)) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_golden_case(case: Mapping[str, Any], world: Callable[..., Any], plain: Callable[[Any], Any]) -> None:
    answers = [exchange["response"] for exchange in case["exchanges"]]
    use = world(*answers, session=case.get("session", True))
    arguments = {name: _ARGUMENTS[name](value, use) for name, value in case.get("input", {}).items()}
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
    assert (sent["method"], sent["url"]) == (expected["method"], expected["url"])
    assert sent.get("limit") == expected["limit"]
    assert sent.get("write", False) == expected.get("write", False)
    assert _exact(sent.get("json")) == expected.get("body")
    headers = dict(sent["headers"])
    assert headers.keys() >= PRESENT_HEADERS
    assert (COMMON_HEADERS | expected.get("headers", {})).items() <= headers.items()
    bearer = "/rest/secure/" in sent["url"] or sent["url"].endswith("generateTokens")
    assert ("Authorization" in headers) is bearer


def _exact(body: Any) -> Any:
    """The body as JSON that a golden case can write; a number stays a number."""
    if body is None:
        return None
    return json.loads(json.dumps(body, default=lambda value: float(value) if isinstance(value, Decimal) else value))


def _check_error(error: errors.OpenAlgoError, expected: Mapping[str, Any]) -> None:
    assert (error.kind, error.code) == (expected["kind"], expected.get("code"))
    assert expected.get("text", "") in error.message
    assert expected.get("hint", "") in error.hint


def _order(given: Mapping[str, Any]) -> OrderRequest:
    defaults = {"action": "BUY", "quantity": 1, "product": "MIS", "price_type": "LIMIT"}
    return OrderRequest(**{**defaults, **given})


def _row(given: Mapping[str, Any]) -> Order:
    words = {
        "order_id": "261120000123456",
        "symbol": "SBIN",
        "exchange": "NSE",
        "action": "BUY",
        "quantity": 5,
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


def _instrument(given: str | Mapping[str, str], use: Any) -> Any:
    name, token = (given, None) if isinstance(given, str) else (given["like"], given["token"])
    found = use.account.instruments.get(*name.split(":"))
    return replace(found, token=token) if token else found


#: How the input of a case becomes the argument of that name.
_ARGUMENTS: dict[str, Callable[[Any, Any], Any]] = {
    "fields": lambda given, _: {name: Secret(text) for name, text in given.items()},
    "challenge": lambda given, _: given,
    "answer": lambda given, _: CallbackAnswer("GET", given),
    "state": lambda given, _: given,
    "order": lambda given, _: _order(given),
    "tag": lambda given, _: given,
    "row": lambda given, _: _row(given),
    "change": lambda given, _: OrderChange(**given),
    "instrument": _instrument,
    "instruments": lambda given, use: [_instrument(name, use) for name in given],
    "interval": lambda given, _: Interval(given),
    "start": lambda given, _: date.fromisoformat(given),
    "end": lambda given, _: date.fromisoformat(given),
}


# --- What the official SDK was recorded to send ---

#: Documented fields that were not in the recorded calls and that we always send.
ALSO_SENT = {"triggerprice": "0", "disclosedquantity": "0"}


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded["call"])
def test_a_request_means_what_the_official_sdk_sends(recorded: Mapping[str, Any], world: Callable[..., Any]) -> None:
    use = world({"status": 503, "text": ""})
    arguments = {name: _ARGUMENTS[name](value, use) for name, value in recorded.get("input", {}).items()}
    with pytest.raises(errors.BrokerUnavailable):
        use.call(recorded["call"], **arguments)
    (sent,) = use.http.requests
    method, path = recorded["request"].split()
    assert (sent["method"], sent["url"].rstrip("/")) == (method, f"https://apiconnect.angelone.in{path}")
    also = ALSO_SENT if recorded["call"] in ("place_order", "modify_order") else {}
    expected = {**also, **recorded["body"]} if "body" in recorded else None
    assert _meaning(sent.get("json")) == _meaning(expected)


def _meaning(body: Any) -> Any:
    """Numbers by value, the times of day of a span of candles left out."""
    if isinstance(body, Mapping):
        return {key: part[:10] if key in ("fromdate", "todate") else _meaning(part) for key, part in body.items()}
    if isinstance(body, list):
        return [_meaning(part) for part in body]
    try:
        return Decimal(str(body))
    except ArithmeticError:
        return body


# --- Every error code, on a read, a login and the three order writes ---


@pytest.mark.parametrize("code", CODES, ids=lambda code: code["code"])
@pytest.mark.parametrize("on", ["read", "login", "place", "cancel"])
def test_error_code(code: Mapping[str, str], on: str, world: Callable[..., Any]) -> None:
    message = f"the text of {code['code']}"
    envelope = {"success": False, "message": message, "errorCode": code["code"], "data": ""}
    if code["code"].startswith("AB"):
        envelope = {"status": False, "message": message, "errorcode": code["code"], "data": None}
    use = world({"body": envelope})
    if code[on] == "empty":
        assert list(_call(use, on)) == []
        return
    with pytest.raises(errors.OpenAlgoError) as caught:
        _call(use, on)
    assert (caught.value.kind, caught.value.code) == (code[on], code["code"])
    assert message in caught.value.message


def _call(use: Any, on: str) -> Any:
    if on == "read":
        return use.call("order_book")
    if on == "login":
        fields = {"client_id": Secret("A123456"), "pin": Secret("1234"), "totp": Secret("123456")}
        return use.call("authenticate", fields=fields, challenge=None)
    if on == "place":
        order = _order({"symbol": "SBIN", "exchange": "NSE", "price": "800"})
        return use.call("place_order", order=order, instrument=_instrument("NSE:SBIN", use), tag="t" * 16)
    return use.call("cancel_order", row=_row({}))


def test_every_code_of_the_table_has_a_case() -> None:
    from openalgo_angel.tables import ERRORS

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
    answer: Mapping[str, Any], on_read: str, on_order: str, world: Callable[..., Any]
) -> None:
    for on, expected in (("read", on_read), ("place", on_order), ("cancel", on_order)):
        with pytest.raises(errors.OpenAlgoError) as caught:
            _call(world(answer), on)
        assert caught.value.kind == expected, on


@pytest.mark.parametrize("answer", [{"status": 403, "text": "Forbidden"}, {"status": 401, "text": ""}])
def test_a_denied_login_is_a_refused_login(answer: Mapping[str, Any], world: Callable[..., Any]) -> None:
    with pytest.raises(errors.AuthenticationError) as caught:
        _call(world(answer, session=False), "login")
    assert caught.value.kind == "AuthenticationError"


@pytest.mark.parametrize("text", ["Order already complete", "Order is cancelled", "order not found", "Order not open"])
def test_a_final_order_is_not_open_to_a_change_and_rejected_to_a_placement(
    text: str, world: Callable[..., Any]
) -> None:
    refusal = {"body": SILENT | {"message": text}}
    with pytest.raises(errors.OrderNotOpen):
        _call(world(refusal), "cancel")
    with pytest.raises(errors.OrderRejected):
        _call(world(refusal), "place")


def test_no_secret_shows_in_an_error(world: Callable[..., Any]) -> None:
    with pytest.raises(errors.OpenAlgoError) as caught:
        _call(world({"body": SILENT | {"message": "no"}}), "place")
    assert not any(secret in repr(vars(caught.value)) for secret in ("APIKEY01", "JWT", "REFRESH"))
