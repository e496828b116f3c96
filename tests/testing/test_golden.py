"""Golden cases run in both directions, and each thing that can be wrong turns one red."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from openalgo_core.testing import CaseInputs, GoldenCases, RecordedRequests, World, load_table

FOLDER = Path(__file__).parent / "golden"
INPUTS = CaseInputs(
    order={"action": "BUY", "quantity": 1, "product": "CNC", "price_type": "LIMIT"},
    row={"order_id": "7", "symbol": "SBIN", "exchange": "NSE"},
    probes={"place": ("place_order", {"order": {"symbol": "SBIN", "exchange": "NSE", "price": "1"},
                                      "instrument": "NSE:SBIN", "tag": "t"})},
)  # fmt: skip
PLACE, REFUSED, LOGGED_OUT, FUNDS, MASTER = load_table(FOLDER / "cases.json")
(RECORDED,) = load_table(FOLDER / "recorded.json")


class TestGolden(GoldenCases):
    """What pytest collects of a plugin, right cases."""

    folder, inputs, fewest = FOLDER, INPUTS, 5

    def check_headers(self, sent: Mapping[str, Any], expected: Mapping[str, str]) -> None:
        common = {"Accept": "application/json"} if sent.get("headers") else {}
        super().check_headers(sent, {**common, **expected})


class TestRecorded(RecordedRequests):
    folder, inputs = FOLDER, INPUTS


def changed(case: Mapping[str, Any], *path: str | int, to: Any) -> dict[str, Any]:
    """The case with one thing in it put to another value."""
    copy: Any = deepcopy(case)
    place = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    result: dict[str, Any] = copy
    return result


REQUEST = ("exchanges", 0, "request")
MORE = [*PLACE["exchanges"], {"request": {"method": "GET", "url": "https://api.toy.example/x"}, "response": {}}]
ASKED = [exchange["request"] for exchange in FUNDS["exchanges"]]
SWAPPED = [{**exchange, "request": asked} for exchange, asked in zip(FUNDS["exchanges"], reversed(ASKED), strict=True)]


@pytest.mark.parametrize(
    ("case", "why"),
    [
        pytest.param(changed(PLACE, *REQUEST, "method", to="PUT"), r"\+.*POST", id="method"),
        pytest.param(changed(PLACE, *REQUEST, "url", to="https://api.toy.example/order"), r"\+.*/orders", id="url"),
        pytest.param(changed(PLACE, *REQUEST, "limit", to="data"), r'\+ "limit": "orders"', id="limit"),
        pytest.param(changed(PLACE, *REQUEST, "write", to=False), r'\+ "write": true', id="write"),
        pytest.param(changed(PLACE, *REQUEST, "body", "qty", to="1"), r'\+ +"qty": 1', id="number, not text"),
        pytest.param(changed(PLACE, *REQUEST, "body", "more", to=1), r'- +"more": 1', id="field missing"),
        pytest.param(changed(PLACE, *REQUEST, "params", to={"a": "b"}), r"params", id="query missing"),
        pytest.param(changed(PLACE, *REQUEST, "headers", to={}), "Authorization", id="header too many"),
        pytest.param(changed(PLACE, *REQUEST, "headers", "X-A", to="b"), "X-A", id="header missing"),
        pytest.param(changed(PLACE, "exchanges", to=[]), "unexpected request: POST", id="request too many"),
        pytest.param(changed(PLACE, "exchanges", to=MORE), "/x", id="request missing"),
        pytest.param(changed(PLACE, "result", "order_id", to="8"), r'\+ "order_id": "7"', id="result"),
        pytest.param(changed(PLACE, "result", "refs", to={"a": "b"}), "the answer of the hook", id="part of result"),
        pytest.param(changed(PLACE, "error", to={"kind": "OrderRejected"}), "answered", id="no error"),
        pytest.param(changed(REFUSED, "error", "kind", to="InvalidRequest"), "OrderRejected", id="kind of error"),
        pytest.param(changed(REFUSED, "error", "code", to="E2"), "E1", id="code of error"),
        pytest.param(changed(REFUSED, "error", to={"kind": "OrderRejected"}), "E1", id="code not named"),
        pytest.param(changed(REFUSED, "error", "text", to="too dear"), "too dear", id="text of error"),
        pytest.param(changed(REFUSED, "error", "hint", to="Ask for more"), "Ask for more", id="hint of error"),
        pytest.param(changed(REFUSED, "exchanges", 0, "response", "body", "why", to="T0KEN"), "shows a secret",
                     id="secret in error"),
        pytest.param(changed(FUNDS, "exchanges", 1, "request", "body", "of", to="you"), '"of": "me"', id="form"),
        pytest.param(changed(FUNDS, "exchanges", to=SWAPPED), "the requests", id="order of requests"),
        pytest.param(changed(MASTER, "exchanges", 0, "response", "text", to="1,ACME\nforget"), "left open",
                     id="download not closed"),
        pytest.param(changed(PLACE, "exchange", to=[]), "knows no exchange", id="word of a case"),
        pytest.param(changed(PLACE, *REQUEST, "form", to={}), "knows no form", id="word of a request"),
        pytest.param(changed(PLACE, "exchanges", 0, "response", "code", to=1), "knows no code", id="word of an answer"),
        pytest.param(changed(REFUSED, "error", "message", to=""), "knows no message", id="word of an error"),
    ],
)  # fmt: skip
def test_a_wrong_case_is_red_and_says_why(case: Mapping[str, Any], why: str, world: Callable[..., World]) -> None:
    with pytest.raises(AssertionError, match=why):
        TestGolden().test_golden_case(case, world)


def test_an_error_that_is_not_expected_passes_through(world: Callable[..., World]) -> None:
    expectant = {**{key: part for key, part in REFUSED.items() if key != "error"}, "result": {"order_id": "7"}}
    with pytest.raises(Exception, match="too cheap"):
        TestGolden().test_golden_case(expectant, world)


@pytest.mark.parametrize(
    ("recorded", "why"),
    [
        pytest.param(changed(RECORDED, "request", to="POST /order"), "/order", id="path"),
        pytest.param(changed(RECORDED, "request", to="PUT /orders"), "PUT", id="method"),
        pytest.param(changed(RECORDED, "headers", "Authorization", to="x"), "x", id="header"),
        pytest.param(changed(RECORDED, "body", "qty", to=2), '"qty": "1"', id="number"),
        pytest.param(changed(RECORDED, "also", to={}), "tag", id="field too many"),
        pytest.param(changed(RECORDED, "never", to={}), "amo", id="field missing"),
        pytest.param(changed(RECORDED, "nver", to={}), "knows no nver", id="word"),
    ],
)
def test_a_request_that_means_something_else_is_red(
    recorded: Mapping[str, Any], why: str, world: Callable[..., World]
) -> None:
    with pytest.raises(AssertionError, match=why):
        TestRecorded().test_a_request_means_what_the_official_client_sends(recorded, world)


@pytest.mark.parametrize(
    ("cases", "why"),
    [([PLACE, {**FUNDS, "name": "place"}], "the name: {'place'}"), ([PLACE], "only 1 cases"), ([], "only 0 cases")],
)
def test_doubled_names_and_an_empty_folder_are_seen(cases: list[dict[str, Any]], why: str, tmp_path: Path) -> None:
    (tmp_path / "some.json").write_text(json.dumps(cases))

    class Cases(GoldenCases):
        folder, inputs, fewest = tmp_path, INPUTS, 2

    with pytest.raises(AssertionError, match=why):
        Cases().test_the_names_of_the_cases_are_unique()


def test_probes_are_calls_by_a_word(world: Callable[..., World]) -> None:
    assert INPUTS.probe(world({"body": {"id": "9"}}), "place").order_id == "9"
    assert INPUTS.probe_error(world({"status": 400, "body": {"code": "E1", "why": "no"}}), "place").code == "E1"
    with pytest.raises(AssertionError, match="place_order answered"):
        INPUTS.probe_error(world({"body": {"id": "9"}}), "place")
