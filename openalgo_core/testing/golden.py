"""Golden cases: what each hook of a plugin sends, and what it makes of the answer. Adding a case is adding data.

A plugin keeps them in `tests/golden/*.json`, each file a list. An object with the key `hook` is a case:

    {
      "name": "place a LIMIT order",                       unique in the folder
      "hook": "place_order",
      "input": {"order": {"symbol": "SBIN", "exchange": "NSE", "price": "800"}, "instrument": "NSE:SBIN", "tag": "t1"},
      "session": false,                                    an account that is not logged in; {...}: the session's data
      "exchanges": [                                       every request that goes out, in order, and its answer
        {"request": {"method": "POST", "url": "https://api.toy.example/orders", "limit": "orders", "write": true,
                     "headers": {"Authorization": "Bearer T"}, "params": {...}, "body": {"side": "B", "qty": 1}},
         "response": {"status": 200, "headers": {...}, "body": {"id": "7"}}}
      ],
      "result": {"order_id": "7"},                         what the hook answers, or
      "error": {"kind": "OrderRejected", "code": "AB1", "text": "part of the message", "hint": "part of the hint"}
    }

Left out are: `input` for none; `session` for one who is logged in; `limit`, `params`, `body` for none; `write` for
false; a response's `status` for 200; an error's `code` for none, `text` and `hint` for any. A response may have `text`
in the place of `body`. `result` is what `plain` makes of the answer: dataclasses as objects without their
nulls, decimals as text, secrets revealed, times in ISO 8601.

`input` holds the arguments of the hook, by name:

| argument | written as |
|---|---|
| `order`, `row` | the fields of `OrderRequest` and `Order`; the others are as `CaseInputs.order` and `.row` say |
| `change` | the fields of `OrderChange` |
| `instrument`, `instruments` | `"NSE:SBIN"`, or `{"like": "NSE:SBIN", "token": "1"}`: the same with another token |
| `fields` | the answers of the login, by name |
| `challenge` | null, or the data of a `Challenge` |
| `answer` | the parameters of a `CallbackAnswer`, a list of values each |
| `interval`, `start`, `end` | `"5m"`, `"2026-11-20"` |
| any other | as it is |

The module `test_wire.py` of a plugin then needs a few lines, and asks for a fixture `world`, which is
`ScriptedBroker(...).world`:

    class TestGolden(GoldenCases):
        folder = Path(__file__).parent / "golden"
        inputs = CaseInputs(order={"action": "BUY", "quantity": 1, "product": "MIS", "price_type": "LIMIT"},
                            row={"order_id": "7", "symbol": "SBIN", "exchange": "NSE", "action": "BUY", ...})
        headers = {"Accept": "application/json"}

`golden/recorded.json` holds what the broker's official client was recorded to send, see `RecordedRequests`; other
files hold whatever tables the plugin's own tests read. No pytest is imported here: pytest finds the subclasses.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import urlsplit

from ..errors import BrokerUnavailable, OpenAlgoError
from ..numbers import decimal_text
from ..secrets import Secret
from .inputs import CaseInputs
from .scripted import World

if TYPE_CHECKING:
    import pytest

__all__ = ["GoldenCases", "RecordedRequests", "body_of", "load_table", "meaning", "plain"]

#: What may stand in a case, so that a misspelt word is seen and not passed over.
_CASE: Final = frozenset({"name", "hook", "input", "session", "exchanges", "result", "error"})
_REQUEST: Final = frozenset({"method", "url", "limit", "write", "headers", "params", "body"})
_RESPONSE: Final = frozenset({"status", "headers", "body", "text"})
_ERROR: Final = frozenset({"kind", "code", "text", "hint"})
_RECORDED: Final = frozenset({"call", "input", "request", "headers", "body", "also", "never"})


class GoldenCases:
    """Base of a plugin's `TestGolden`: one test for each case of the folder.

    `headers` go with every request beside those of the case, and `limit` is that of a request that names none.
    Override `check_headers` where headers depend on the request or hold what nobody can know before, `body` where the
    body is packed.
    """

    folder: ClassVar[Path]
    inputs: ClassVar[CaseInputs]
    headers: ClassVar[Mapping[str, str]] = {}
    limit: ClassVar[str | None] = None
    #: How many cases there are at least: a folder that is read only in part is seen.
    fewest: ClassVar[int] = 1

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "case" in metafunc.fixturenames:
            metafunc.parametrize("case", self.cases(), ids=lambda case: case["name"])

    @classmethod
    def cases(cls) -> list[dict[str, Any]]:
        """The cases of all files."""
        tables = [load_table(path) for path in sorted(cls.folder.glob("*.json"))]
        return [case for table in tables for case in table if "hook" in case]

    def test_the_names_of_the_cases_are_unique(self) -> None:
        names = [case["name"] for case in self.cases()]
        doubled = {name for name in names if names.count(name) > 1}
        assert not doubled, f"two cases have the name: {doubled}"
        assert len(names) >= self.fewest, f"only {len(names)} cases were found"

    def test_golden_case(self, case: Mapping[str, Any], world: Callable[..., World]) -> None:
        _check_words("case", case, _CASE)
        exchanges = case["exchanges"]
        for exchange in exchanges:
            _check_words("response", exchange["response"], _RESPONSE)
        use = world(*(exchange["response"] for exchange in exchanges), session=case.get("session", True))
        self._check_answer(case, use)
        asked = [f"{sent['method']} {sent['url']}" for sent in use.http.requests]
        wanted = [f"{one['request']['method']} {one['request']['url']}" for one in exchanges]
        _check_same("the requests", asked, wanted)
        for sent, exchange in zip(use.http.requests, exchanges, strict=True):
            self.check_request(sent, exchange["request"])
        assert use.http.open_downloads == 0, "a download was left open"

    def _check_answer(self, case: Mapping[str, Any], use: World) -> None:
        arguments = self.inputs.arguments(case.get("input", {}), use)
        if "error" in case:
            self.check_error(use.error_of(case["hook"], **arguments), case["error"])
        else:
            _check_same("the answer of the hook", plain(use.call(case["hook"], **arguments)), case["result"])

    def check_request(self, sent: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
        """`sent` is one of `ScriptedHttp.requests`, `expected` the `request` of a case."""
        _check_words("request", expected, _REQUEST)
        found = {
            "method": sent["method"],
            "url": sent["url"],
            "limit": sent.get("limit"),
            "write": sent.get("write", False),
            "params": sent.get("params"),
            "body": self.body(sent),
        }
        absent = {"limit": self.limit, "write": False, "params": None, "body": None}
        _check_same("a request", found, {**absent, **{key: expected[key] for key in expected if key != "headers"}})
        self.check_headers(sent, expected.get("headers", {}))

    def check_headers(self, sent: Mapping[str, Any], expected: Mapping[str, str]) -> None:
        """`expected` are the headers of the case; with those of the class they must be all that went out."""
        _check_same("the headers", dict(sent.get("headers") or {}), {**self.headers, **expected})

    def body(self, sent: Mapping[str, Any]) -> Any:
        """The body of a request as a case writes it: JSON, a form as an object, else a text; `None` for none."""
        return body_of(sent)

    def check_error(self, error: OpenAlgoError, expected: Mapping[str, str]) -> None:
        """`expected` is the `error` of a case."""
        _check_words("error", expected, _ERROR)
        found = {"kind": error.kind, "code": error.code}
        _check_same("the error", found, {"kind": expected["kind"], "code": expected.get("code")})
        assert expected.get("text", "") in error.message, f"{expected['text']!r} is not in {error.message!r}"
        assert expected.get("hint", "") in error.hint, f"{expected['hint']!r} is not in {error.hint!r}"


class RecordedRequests:
    """Base of a plugin's `TestRecorded`: our requests mean what those of the broker's official client do.

    Each object of `golden/recorded.json` is one request of that client and the call of ours that sends the same:

        {"call": "modify_order", "input": {...}, "request": "POST /path", "headers": {...}, "body": {...},
         "also": {...}, "never": {...}}

    `also` is what our body has beside the recorded one (or in its place), `never` what of it we do not send. Headers
    are those that must be among ours. `meaning` decides which bodies mean the same, `path` which paths do. `words` are
    those that an object may have besides, for checks of the plugin's own.
    """

    folder: ClassVar[Path]
    inputs: ClassVar[CaseInputs]
    words: ClassVar[frozenset[str]] = frozenset()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "recorded" in metafunc.fixturenames:
            table = load_table(self.folder / "recorded.json")
            metafunc.parametrize("recorded", table, ids=lambda one: f"{one['call']} {one['request']}")

    def test_a_request_means_what_the_official_client_sends(
        self, recorded: Mapping[str, Any], world: Callable[..., World]
    ) -> None:
        self.check_recorded(self.sent(recorded, world), recorded)

    def sent(self, recorded: Mapping[str, Any], world: Callable[..., World]) -> Mapping[str, Any]:
        """The one request that the call leads to; it is not answered."""
        _check_words("recorded request", recorded, _RECORDED | self.words)
        use = world({"status": 503, "text": ""})
        error = use.error_of(recorded["call"], **self.inputs.arguments(recorded.get("input", {}), use))
        assert isinstance(error, BrokerUnavailable), error
        (sent,) = use.http.requests
        return sent

    def check_recorded(self, sent: Mapping[str, Any], recorded: Mapping[str, Any]) -> None:
        method, path = recorded["request"].split()
        found = f"{sent['method']} {self.path(urlsplit(sent['url']).path)}"
        _check_same("the request", found, f"{method} {self.path(path)}")
        headers = sent.get("headers") or {}
        expected = recorded.get("headers", {})
        _check_same("the headers", {name: headers.get(name) for name in expected}, expected)
        _check_same("the meaning of the body", self.meaning(body_of(sent)), self.meaning(_recorded_body(recorded)))

    def path(self, path: str) -> str:
        """What of a path has a meaning."""
        return path.rstrip("/")

    def meaning(self, body: Any) -> Any:
        """What of a body has a meaning."""
        return meaning(body)


def load_table(path: Path) -> list[dict[str, Any]]:
    """A file of the golden folder: a list of objects."""
    table: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return table


def plain(value: Any) -> Any:
    """What a hook answered as a golden case writes it: decimals as text, secrets revealed, nothing for `None`."""
    if is_dataclass(value) and not isinstance(value, type):
        shown = {one.name: getattr(value, one.name) for one in fields(value)}
        return {name: plain(part) for name, part in shown.items() if part is not None}
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, Iterator)):
        return [plain(part) for part in value]
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    return decimal_text(value) if isinstance(value, Decimal) else value


def meaning(body: Any) -> Any:
    """Numbers by value, whether they come as numbers or as texts."""
    if isinstance(body, Mapping):
        return {key: meaning(part) for key, part in body.items()}
    if isinstance(body, list):
        return [meaning(part) for part in body]
    try:
        return Decimal(str(body))
    except ArithmeticError:
        return body


def body_of(sent: Mapping[str, Any]) -> Any:
    """The body of one of `ScriptedHttp.requests`: JSON, a form as an object, else a text; `None` for none."""
    if (data := sent.get("data")) is None:
        return _exact(sent.get("json"))
    if isinstance(data, Mapping):
        return dict(data)
    try:
        return json.loads(data)
    except ValueError:
        return data.decode()


def _exact(body: Any) -> Any:
    """As JSON goes out and comes in: a number stays a number, a text a text. Raises `TypeError` for what is no JSON."""
    return json.loads(json.dumps(body, default=_number))


def _number(value: Any) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{value!r} cannot be sent as JSON")


def _recorded_body(recorded: Mapping[str, Any]) -> Any:
    if "body" not in recorded:
        return None
    body = {**recorded["body"], **recorded.get("also", {})}
    return {key: value for key, value in body.items() if key not in recorded.get("never", {})}


def _check_words(what: str, given: Mapping[str, Any], known: frozenset[str]) -> None:
    strange = given.keys() - known
    assert not strange, f"the {what} of a golden case knows no {', '.join(sorted(strange))}"


def _check_same(what: str, found: Any, expected: Any) -> None:
    """An error message of its own, so that it is as good where pytest does not rewrite `assert`."""
    if found != expected:
        lines = difflib.unified_diff(_lines(expected), _lines(found), "expected", "found", lineterm="", n=2)
        raise AssertionError("\n".join([f"{what} differ from the golden case:", *lines]))


def _lines(value: Any) -> Sequence[str]:
    return json.dumps(value, indent=1, sort_keys=True, default=_written, ensure_ascii=False).splitlines()


def _written(value: Any) -> str:
    return decimal_text(value) if isinstance(value, Decimal) else repr(value)
