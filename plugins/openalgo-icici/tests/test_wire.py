"""Golden cases: what each hook sends, and what it makes of the answer; and what every sentence means.

A case names the hook, its input, the requests that must go out, the answers that come back, and the result or error.
Adding a case is adding data. Nulls are left out of results. The signature of every request is checked anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from hashlib import sha256
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
from openalgo_icici.wire import checksum

GOLDEN = Path(__file__).parent / "golden"
CASES = [case for path in sorted(GOLDEN.glob("*.json")) for case in json.loads(path.read_text()) if "hook" in case]
RECORDED = json.loads((GOLDEN / "recorded.json").read_text())
SENTENCES = json.loads((GOLDEN / "sentences.json").read_text())

ROOT = "https://api.icicidirect.com/breezeapi/api/v1"
TOKEN = "QUIxMjM0NTY6ODc2NTQzMjE="
STAMP = "2026-11-20T16:55:28.000Z"


def test_the_names_of_the_cases_are_unique() -> None:
    names = [case["name"] for case in CASES]
    assert len(names) == len(set(names)) >= 100


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_golden_case(case: Mapping[str, Any], world: Callable[..., Any], plain: Callable[[Any], Any]) -> None:
    answers = [exchange["response"] for exchange in case["exchanges"]]
    allowed = case.get("exchanges_allowed", "NSE,BSE,NFO,BFO")
    use = world(*answers, session=case.get("session", True), exchanges=allowed)
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
    assert (sent["method"], sent["url"]) == (expected["method"], expected["url"])
    assert sent["limit"] == "api"
    assert sent.get("write", False) == expected.get("write", False)
    assert "json" not in sent
    if "params" in expected:
        assert (sent["params"], sent.get("data")) == (expected["params"], None)
        assert sent["headers"] == {
            "Content-Type": "application/json", "X-SessionToken": TOKEN, "apikey": "demo+app=key",
        }  # fmt: skip
    else:
        assert json.loads(sent["data"]) == expected["body"]
        _check_signature(sent)


def _check_signature(sent: Mapping[str, Any]) -> None:
    """The bytes that go out are the bytes that were signed; the exchange of the API session has no signature."""
    if sent["url"].endswith("/customerdetails"):
        assert sent["headers"] == {"Content-Type": "application/json"}
        return
    signed = sha256(STAMP.encode() + sent["data"] + b"demo-secret").hexdigest()
    assert sent["headers"] == {
        "Content-Type": "application/json",
        "X-Checksum": f"token {signed}",
        "X-Timestamp": STAMP,
        "X-AppKey": "demo+app=key",
        "X-SessionToken": TOKEN,
    }


def _check_error(error: errors.OpenAlgoError, expected: Mapping[str, Any]) -> None:
    assert error.kind == expected["kind"]
    assert error.code == expected.get("code", error.code)
    assert expected.get("text", "") in error.message
    assert expected.get("hint", "") in error.hint


def _order(given: Mapping[str, Any]) -> OrderRequest:
    defaults = {"action": "BUY", "quantity": 1, "product": "CNC", "price_type": "LIMIT"}
    return OrderRequest(**{**defaults, **given})


def _row(given: Mapping[str, Any]) -> Order:
    words = {
        "order_id": "20261120N300001234",
        "symbol": "ITC",
        "exchange": "NSE",
        "action": "BUY",
        "quantity": 5,
        "product": "CNC",
        "price_type": "LIMIT",
        "validity": "DAY",
        "status": "open",
        "refs": {"exchange_code": "NSE"},
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


def _instrument(name: str, use: Any) -> Any:
    return use.account.instruments.get(*name.split(":"))


#: How the input of a case becomes the argument of that name.
_ARGUMENTS: dict[str, Callable[[Any, Any], Any]] = {
    "answer": lambda given, _: CallbackAnswer("POST", given),
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


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: f"{recorded['call']}-{recorded['checksum'][:6]}")
def test_the_recorded_bodies_and_signatures_belong_together(recorded: Mapping[str, Any]) -> None:
    body = json.dumps(recorded["body"], separators=(",", ":")).encode()
    assert checksum(STAMP, body, "demo-secret") == recorded["checksum"]


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: f"{recorded['call']}-{recorded['checksum'][:6]}")
def test_a_request_means_what_the_official_client_sends(recorded: Mapping[str, Any], world: Callable[..., Any]) -> None:
    use = world({"status": 503, "text": ""})
    arguments = {name: _ARGUMENTS[name](value, use) for name, value in recorded["input"].items()}
    with pytest.raises(errors.BrokerUnavailable):
        use.call(recorded["call"], **arguments)
    (sent,) = use.http.requests
    assert f"{sent['method']} {sent['url'].removeprefix(ROOT + '/')}" == recorded["request"]
    assert _meaning(json.loads(sent["data"])) == _meaning(recorded["body"])
    if recorded["exact"]:
        assert sent["headers"]["X-Checksum"] == f"token {recorded['checksum']}"


def test_the_recorded_candles(world: Callable[..., Any]) -> None:
    use = world({"status": 503, "text": ""})
    with pytest.raises(errors.BrokerUnavailable):
        use.call(
            "history",
            instrument=_instrument("NFO:NIFTY04AUG2624300CE", use),
            interval=Interval.M1,
            start=date(2026, 7, 30),
            end=date(2026, 7, 30),
        )
    query = use.http.requests[0]["params"]
    assert {name: value for name, value in query.items() if not name.endswith("_date")} == {
        "interval": "1minute", "stock_code": "NIFTY", "exch_code": "NFO", "product_type": "options",
        "strike_price": "24300", "right": "call",
    }  # fmt: skip
    assert query["expiry_date"] == "2026-08-04T07:00:00.000Z"


def _meaning(body: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers by value, what is empty or 0 as left out, the days of a span as any day."""
    found = {key: "a day" if key in ("from_date", "to_date") else _number(value) for key, value in body.items()}
    return {key: value for key, value in found.items() if value}


def _number(value: Any) -> Any:
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return value


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
def test_sentence(sentence: Mapping[str, Any], on: str, world: Callable[..., Any]) -> None:
    refusal = {"Success": None, "Status": sentence["status"], "Error": sentence["error"]}
    probe = [PROBES[sentence["probe"]]] if sentence["probe"] else []
    use = world({"status": sentence.get("http", 200), "body": refusal}, *probe)
    if sentence[on] == "empty":
        assert list(_call(use, on)) == []
        return
    with pytest.raises(errors.OpenAlgoError) as caught:
        _call(use, on)
    assert caught.value.kind == sentence[on]
    assert [request["url"].rpartition("/")[2] for request in use.http.requests[1:]] == ["customerdetails"] * len(probe)
    if isinstance(caught.value, errors.RateLimited):
        assert caught.value.retry_after == sentence["pause"]
    if caught.value.kind != "UnreadableAnswer":
        assert caught.value.code == str(sentence["status"])
        assert sentence["error"].strip() in caught.value.message


def _call(use: Any, on: str) -> Any:
    if on == "read":
        return use.call("positions")
    if on == "place":
        order = _order({"symbol": "ITC", "exchange": "NSE", "price": "300"})
        return use.call("place_order", order=order, instrument=_instrument("NSE:ITC", use), tag="t" * 16)
    return use.call("cancel_order", row=_row({}))


def test_without_an_api_session_nothing_is_declared_dead(world: Callable[..., Any]) -> None:
    use = world({"body": {"Success": None, "Status": 500, "Error": "Resource not available."}})
    del use.account.session.tokens["api_session"]
    with pytest.raises(errors.BrokerUnavailable):
        _call(use, "read")


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
    answer: Mapping[str, Any], on_read: str, on_order: str, world: Callable[..., Any]
) -> None:
    for on, expected in (("read", on_read), ("place", on_order), ("change", on_order)):
        with pytest.raises(errors.OpenAlgoError) as caught:
            _call(world(answer), on)
        assert caught.value.kind == expected, on


def test_an_order_is_sent_once_whatever_comes_back(world: Callable[..., Any]) -> None:
    use = world({"body": {"Status": 5, "Error": "Authentication Fail :: Invalid Checksum."}}, PROBES["alive"])
    with pytest.raises(errors.AuthenticationError):
        _call(use, "place")
    assert [(one["method"], one.get("write", False)) for one in use.http.requests] == [("POST", True), ("GET", False)]


def test_no_secret_shows_in_an_error(world: Callable[..., Any]) -> None:
    for answers in ([{"body": {"Status": 500, "Error": "no"}}], [{"text": HTML}]):
        with pytest.raises(errors.OpenAlgoError) as caught:
            _call(world(*answers), "place")
        shown = f"{caught.value!r} {vars(caught.value)!r}"
        assert not any(secret in shown for secret in ("demo+app=key", "demo-secret", TOKEN, "12345678"))
