"""INDmoney has no official client to prove the simulator with. Instead: the requests that are recorded or documented,
sent as they stand, and answered with the keys and types of the replies that are recorded or documented for them.

The requests were recorded from OpenAlgo's `broker/indmoney` of August 2026; the replies are those of the INDstocks
documentation of September 2026 and of live clients where they are known to differ from it. All values are invented.

`recorded/exchanges.json` has them in the words of their sources. What a simulator cannot have (the order ids, the day's
authenticator code) is put in when a case is played; `change` and `drop` say what else had to be altered, because a
price or an expiry of August 2026 does not fit. `same` names the values that are equal, `exact` says that all are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from openalgo_core.secrets import Secret
from openalgo_core.simulation import TEST_ACCOUNT, Simulation

from .simulator_fixtures import JSON, Caller, contract_of, simulated, totp

TOKEN = "eyJhbGciOiJIUzI1NiJ9.FAKE.TOKEN"
CASES = json.loads((Path(__file__).parent / "recorded" / "exchanges.json").read_text(encoding="utf-8"))
BY_NAME = {case["name"]: case for case in CASES}
#: The account of the recordings.
ACCOUNT = replace(
    TEST_ACCOUNT,
    user_id="1234567",
    api_key=Secret("CLIENT123"),
    api_secret=Secret(TOKEN),
    pin=Secret("4321"),
)


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated(account=ACCOUNT) as running:
        yield running


class Player:
    """Plays cases and learns under which ids the simulator knows the orders of the recordings."""

    def __init__(self, simulation: Simulation, caller: Caller) -> None:
        self._simulation = simulation
        self._caller = caller
        self._ids: dict[str, str] = {}

    def play(self, case: Mapping[str, Any]) -> requests.Response:
        for name in case.get("before", ()):
            self.play(BY_NAME[name])
        if "fault" in case:
            self._simulation.fault(case["fault"])
        if "holding" in case:
            self._give(**case["holding"])
        method, path = case["request"].split(" ")
        if "query" in case:
            path = f"{path}?{urlencode(self._changed(case['query'], case))}"
        data = json.dumps(self._body(case)) if "body" in case else None
        headers = {} if data is None else dict(JSON)
        if case.get("token", True):
            headers["Authorization"] = TOKEN
        answer = self._caller.send(method, path, data, headers | case.get("headers", {}))
        if "reply" in case:
            self._ids |= dict(zip(ids_in(case["reply"]), ids_in(answer.json()), strict=True))
        return answer

    def _body(self, case: Mapping[str, Any]) -> dict[str, Any]:
        body = self._changed(case["body"], case)
        if "order_id" in body:
            body["order_id"] = self._ids.get(body["order_id"], body["order_id"])
        if "totp" in body:
            body["totp"] = totp(self._simulation)
        return body

    def _changed(self, values: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
        kept = {name: value for name, value in values.items() if name not in case.get("drop", ())}
        kept |= case.get("change", {})
        return kept

    def _give(self, code: str, quantity: int, price: str) -> None:
        account = self._simulation.setup.exchange.account(ACCOUNT.user_id)
        account.give_holding(contract_of(self._simulation, code), quantity, Decimal(price))


def ids_in(reply: Any) -> list[str]:
    """The order ids of an answer, from the outside in."""
    if isinstance(reply, list):
        return [found for part in reply for found in ids_in(part)]
    if not isinstance(reply, dict):
        return []
    own = [reply["order_id"]] if "order_id" in reply else []
    return own + [found for part in reply.values() for found in ids_in(part)]


def differences(recorded: Any, answered: Any, path: str = "") -> list[str]:
    """Where an answer has other keys or other JSON types than the recorded one. A list is as its first element."""
    if kind_of(recorded) != kind_of(answered):
        return [f"{path}: {kind_of(answered)} instead of {kind_of(recorded)}"]
    if isinstance(recorded, dict):
        found = [f"{path}: {name}" for name in recorded.keys() ^ answered.keys()]
        for name in recorded.keys() & answered.keys():
            found += differences(recorded[name], answered[name], f"{path}.{name}")
        return found
    if isinstance(recorded, list):
        empty = [f"{path}: empty"] if recorded and not answered else []
        return empty + [line for one in answered for line in differences(recorded[0], one, f"{path}[]")]
    return []


def kind_of(value: Any) -> str:
    return "number" if type(value) in (int, float) else type(value).__name__


def at(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_recorded_exchange_happens_again(case: Mapping[str, Any], simulation: Simulation) -> None:
    with Caller(simulation) as caller:
        caller.headers.clear()
        answer = Player(simulation, caller).play(case)
    assert answer.status_code == case.get("status", 200), answer.text
    assert simulation.setup.surprises == []
    assert simulation.setup.script.waiting == []
    if "reply" not in case:
        assert answer.json()["status"] == "success"
        return
    reply, answered = case["reply"], answer.json()
    assert differences(reply, answered) == []
    if case.get("exact"):
        assert answered == reply
    for path in case.get("same", ()):
        assert at(answered, path) == at(reply, path), path


@pytest.mark.parametrize(
    ("answered", "difference"),
    [
        ({"a": [{"b": 1}], "c": None}, ""),
        ({"a": [{"b": 1}, {"b": "1"}], "c": None}, ".a[].b: str instead of number"),
        ({"a": [{"b": True}], "c": None}, ".a[].b: bool instead of number"),
        ({"a": [], "c": None}, ".a: empty"),
        ({"a": [{}], "c": None}, ".a[]: b"),
        ({"a": [{"b": 1}], "c": []}, ".c: list instead of NoneType"),
        ({"a": [{"b": 1}], "c": None, "d": 1}, ": d"),
    ],
)
def test_the_comparison_finds_what_differs(answered: Any, difference: str) -> None:
    assert differences({"a": [{"b": 1.5}], "c": None}, answered) == ([difference] if difference else [])
