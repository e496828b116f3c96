"""The demo: every step checked, so that a broker that does not do what it says is found out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from openalgo_core import demo as demo_package
from openalgo_core import hookimpl
from openalgo_core.demo import Exchange as Seen
from openalgo_core.demo import Recorder, Step, play
from openalgo_core.demo.stage import Stage
from openalgo_core.errors import AuthenticationError, PluginError
from openalgo_core.models import (
    Action,
    Exchange,
    IntentKind,
    IntentState,
    LoginField,
    OrderResult,
    OrderStatus,
    PriceType,
    Product,
    QuoteFailure,
    Trade,
)
from openalgo_core.secrets import Secret

from .conftest import Run
from .fakes import ENTRY, FUNDS, LOGGED_IN, LOGGED_OUT, ORDER, POSITION, SBIN, FakeBroker

PRICE = Decimal("812.35")


class Clock:
    """Time passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class DayBroker(FakeBroker):
    """Keeps a book like a broker; `ignores` names what it acknowledges without doing it."""

    ignores: str = ""
    book: dict[str, Any] = field(default_factory=dict)
    intents: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.office.clock = Clock()  # type: ignore[assignment]  # as much of a clock as the demo looks at

    def _does(self, kind: IntentKind, order_id: str, **change: Any) -> OrderResult:
        self.intents.append(replace(ENTRY, kind=kind, state=IntentState.ACKNOWLEDGED))
        if self.ignores != kind:
            self.book[order_id] = replace(self.book.get(order_id, ORDER), order_id=order_id, **change)
        return OrderResult("acknowledged", order_id, "x", "fake")

    def instrument(self, name: str) -> Any:
        return SBIN

    def place_order(self, name: str, action: Any, quantity: int, **terms: Any) -> OrderResult:
        filled = {"status": OrderStatus.COMPLETE, "filled_quantity": quantity, "average_price": PRICE}
        change = filled if terms["price_type"] is PriceType.MARKET and self.ignores != "fill" else {}
        return self._does(IntentKind.PLACE, str(len(self.intents)), quantity=quantity, price=terms["price"], **change)

    def modify_order(self, order_id: str, **change: Any) -> OrderResult:
        return self._does(IntentKind.MODIFY, order_id, **change)

    def cancel_order(self, order_id: str) -> OrderResult:
        return self._does(IntentKind.CANCEL, order_id, status=OrderStatus.CANCELLED)

    def orders(self) -> list[Any]:
        return list(self.book.values())

    def _filled(self) -> list[Any]:
        return [row for row in self.book.values() if row.status is OrderStatus.COMPLETE]

    def trades(self) -> list[Trade]:
        rows = [] if self.ignores == "trades" else self._filled()
        return [Trade("t", row.order_id, "SBIN", row.exchange, Action.BUY, 1, PRICE, Product.CNC, None) for row in rows]

    def positions(self) -> list[Any]:
        return [replace(POSITION, quantity=len(self._filled()) * (2 if self.ignores == "positions" else 1))]

    def funds(self) -> Any:
        spent = 0 if self.ignores == "funds" else PRICE * len(self._filled())
        return replace(FUNDS, available_cash=Decimal(100000) - spent)

    def journal(self, **filters: Any) -> list[Any]:
        return self.intents[:-1] if self.ignores == "journal" else self.intents


def _play(broker: FakeBroker, monkeypatch: pytest.MonkeyPatch, surprises: Sequence[str] = ()) -> list[Step]:
    @contextmanager
    def set_up(name: str) -> Iterator[Stage]:
        yield Stage(broker, surprises=surprises)  # type: ignore[arg-type]  # the fake has the real one's face

    monkeypatch.setattr(play, "set_up", set_up)
    steps: list[Step] = []
    passed = play.run_demo("fake", show=steps.append)
    assert passed == all(step.ok for step in steps)
    return steps


STEPS = "login sync quote funds place book modify cancel fill trades positions holdings,funds after,journal logout"
NAMES = STEPS.replace(" after,", "_after,").replace(",", " ").replace("_", " ")


def test_a_day_with_an_honest_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = _play(DayBroker(), monkeypatch)

    assert [step.step for step in steps if not step.ok] == []
    assert " ".join(step.step for step in steps) == NAMES
    details = {step.step: step.detail for step in steps}
    assert details["place"] == "BUY 1 at 787.95: order 0"  # 97 % of 812.35, on a tick of 0.05
    assert details["modify"] == "order 0 is open at 779.85"
    assert details["fill"] == "order 3 is complete at 812.35"


@pytest.mark.parametrize(
    ("ignores", "failed", "why"),
    [
        ("place", "book", "order 0 is in the book 0 times"),
        ("modify", "modify", "the book has SBIN BUY 1 787.95 open where SBIN BUY 1 779.85 open was sent"),
        ("cancel", "cancel", "the cancelled order is open"),
        ("fill", "fill", "the market order is open"),
        ("trades", "trades", "the trades of the order add up to 0, not 1"),
        ("positions", "positions", "the position is 2, not 1"),
        ("funds", "funds after", "the purchase cost nothing"),
        ("journal", "journal", "the journal has"),
    ],
)
def test_what_was_not_done_is_found_out(ignores: str, failed: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    last = _play(DayBroker(ignores=ignores), monkeypatch)[-1]

    assert (last.step, last.ok) == (failed, False)
    assert last.detail.startswith(why)


@pytest.mark.parametrize(
    ("method", "answer", "failed"),
    [
        ("status", AuthenticationError("Wrong PIN."), "login"),
        ("status", LOGGED_OUT, "login"),
        ("quotes", [QuoteFailure("SBIN", Exchange.NSE, "closed")], "quote"),
    ],
)
def test_it_stops_at_the_first_step_that_fails(
    method: str, answer: Any, failed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = _play(DayBroker(answers={method: answer}), monkeypatch)

    assert [step.step for step in steps if not step.ok] == [failed]
    assert steps[-1].step == failed


def test_a_login_is_answered_from_the_settings_and_undone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    field = LoginField("client_id", "Client id", environment="BROKER_CLIENT_ID")
    broker = DayBroker(answers={"login_fields": (field,)})
    assert _play(broker, monkeypatch)[-1].detail == "the test account does not answer every question of the login"

    environment = replace(broker.office.environment, variables={"BROKER_CLIENT_ID": Secret("A123")})
    broker.office.environment = environment
    steps = _play(broker, monkeypatch)
    assert (steps[0].detail, steps[-1].detail) == ("logged in as A123", "logged out of fake")

    broker = DayBroker(answers={"login_fields": (field,), "logout": LOGGED_IN})
    broker.office.environment = environment
    last = _play(broker, monkeypatch)[-1]
    assert (last.step, last.ok) == ("logout", False)


def test_what_the_simulator_did_not_expect_fails_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    (step,) = _play(DayBroker(), monkeypatch, surprises=["an unknown header"])

    assert (step.step, step.ok) == ("login", False)
    assert step.detail == "the simulator did not expect this: an unknown header"


GOOD = Step("login", True, "logged in", (Seen("POST", "/login", 200), Seen("GET", "/profile", 200)))
BAD = Step("quote", False, "there is no quote", ())


def _pretend(monkeypatch: pytest.MonkeyPatch, *steps: Step) -> None:
    def run_demo(broker: str, *, show: Any) -> bool:
        for step in steps:
            show(step)
        return all(step.ok for step in steps)

    monkeypatch.setattr(demo_package, "run_demo", run_demo, raising=False)


def test_the_command_shows_each_step_and_its_wire(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _pretend(monkeypatch, GOOD)

    ran = run("demo", "angel")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "login        ok      logged in",
        "                     POST /login 200",
        "                     GET /profile 200",
        "All 1 steps are as they must be.",
    ]


def test_the_command_fails_where_a_check_failed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    _pretend(monkeypatch, GOOD, BAD)

    ran = run("demo", "angel", "--json")

    assert ran.code == 1
    assert ran.error["message"] == "The demo failed at the step 'quote': there is no quote."
    assert ran.json == [
        {
            "step": "login",
            "ok": True,
            "detail": "logged in",
            "requests": [
                {"method": "POST", "path": "/login", "status": 200},
                {"method": "GET", "path": "/profile", "status": 200},
            ],
        },
        {"step": "quote", "ok": False, "detail": "there is no quote", "requests": []},
    ]


def test_without_the_extra_the_command_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "starlette", None)
    plugin = ModuleType("toy")
    plugin.simulator = hookimpl(lambda setup: None)  # type: ignore[attr-defined]  # a module made by hand
    monkeypatch.setattr("openalgo_core.plugins.loading.load_named_broker", lambda name: SimpleNamespace(module=plugin))

    for words in (["demo", "angel"], ["simulate", "angel"]):
        ran = run(*words, "--json")
        assert (ran.code, ran.error["kind"]) == (10, PluginError.__name__)
        assert ran.error["hint"] == "Run: pip install 'openalgo-core[simulator]'"


async def _app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def test_the_recorder_notes_method_path_and_status_and_no_query() -> None:
    import asyncio

    recorder = Recorder(_app)
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message["type"])

    async def exchange() -> None:
        scope = {"type": "http", "method": "GET", "path": "/x", "query_string": b"token=s3cret"}
        await recorder(scope, None, send)  # type: ignore[arg-type]  # the application reads nothing
        await recorder({"type": "lifespan"}, None, send)  # type: ignore[arg-type]

    asyncio.run(exchange())

    assert recorder.take() == (Seen("GET", "/x", 404),)
    assert recorder.take() == ()
    assert sent == ["http.response.start", "http.response.body"]
