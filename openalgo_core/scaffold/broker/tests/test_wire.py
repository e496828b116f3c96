"""Golden cases: what each hook sends, and what it makes of the answer. Adding a case is adding data.

The shape of a case is told in `openalgo_core.testing.golden`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

import pytest

from openalgo_acme.tables import ERRORS
from openalgo_core.testing import CaseInputs, GoldenCases, World

GOLDEN = Path(__file__).parent / "golden"
INPUTS = CaseInputs(
    order={"action": "BUY", "quantity": 1, "product": "CNC", "price_type": "LIMIT"},
    row={
        "order_id": "26112000000001", "symbol": "SBIN", "exchange": "NSE", "action": "BUY", "quantity": 5,
        "product": "CNC", "price_type": "LIMIT", "price": "800", "validity": "DAY", "status": "open",
    },
    probes={"read": ("order_book", {}), "cancel": ("cancel_order", {"row": {}})},
)  # fmt: skip


class TestGolden(GoldenCases):
    folder, inputs, fewest = GOLDEN, INPUTS, 8
    headers: ClassVar[Mapping[str, str]] = {
        "Accept": "application/json", "X-Api-Key": "APIKEY01", "Authorization": "Bearer THE-TOKEN",
    }  # fmt: skip


@pytest.mark.parametrize("code", ERRORS)
@pytest.mark.parametrize("on", ["read", "cancel"])
def test_every_code_means_what_the_table_says(code: str, on: str, world: Callable[..., World]) -> None:
    answer = {"status": 400, "body": {"error": {"code": code, "message": f"the text of {code}"}}}
    error = INPUTS.probe_error(world(answer), on)
    assert (type(error), error.code) == (ERRORS[code], code)
    assert f"the text of {code}" in error.message


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param({"status": 429, "text": ""}, "RateLimited", id="throttled"),
        pytest.param({"status": 500, "text": "oops"}, "BrokerUnavailable", id="failed"),
        pytest.param({"text": ""}, "UnreadableAnswer", id="empty"),
        pytest.param({"text": "<html></html>"}, "UnreadableAnswer", id="a page"),
        pytest.param({"body": []}, "UnreadableAnswer", id="a list"),
        pytest.param({"body": {}}, "UnreadableAnswer", id="yes, and nothing else"),
        pytest.param({"status": 400, "body": {"error": {"code": "NEW"}}}, "UnreadableAnswer", id="an unknown code"),
    ],
)
def test_what_is_neither_yes_nor_no(answer: dict[str, object], kind: str, world: Callable[..., World]) -> None:
    for on in ("read", "cancel"):
        assert INPUTS.probe_error(world(answer), on).kind == kind
