"""Guards are asked one by one; one that cannot be asked stops orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from clocks import FakeClock
from makers import instrument, moment

from openalgo_core import hookimpl
from openalgo_core.errors import BrokerUnavailable, GuardRefused, PluginBroken
from openalgo_core.guards import kill_switch, panel
from openalgo_core.guards.context import OrderContext
from openalgo_core.guards.panel import BUILT_IN, GuardPanel
from openalgo_core.models import (
    Action,
    Exchange,
    IntentKind,
    IntentState,
    JournalEntry,
    Position,
    PriceType,
    Product,
)


def unasked() -> Any:
    raise AssertionError("the broker was asked for nothing")


def context(home: Path, **changes: Any) -> OrderContext:
    facts: dict[str, Any] = {
        "kind": IntentKind.PLACE,
        "broker": "toy",
        "profile": "default",
        "user_id": "me",
        "instrument": instrument(),
        "action": Action.BUY,
        "quantity": 10,
        "product": Product.MIS,
        "price_type": PriceType.LIMIT,
        "price": Decimal(800),
        "trigger_price": None,
        "last_price": unasked,
        "positions": unasked,
        "clock": FakeClock(),
        "home": home,
    }
    return OrderContext(**{**facts, **changes})


def guards(**settings: Any) -> GuardPanel:
    return GuardPanel(BUILT_IN, {name: {"limit": limit} for name, limit in settings.items()})


def test_without_limits_nothing_objects_and_nothing_is_asked(tmp_path: Path) -> None:
    guards().check(context(tmp_path))


@pytest.mark.parametrize("kind", [IntentKind.PLACE, IntentKind.MODIFY])
def test_a_halt_stops_placing_and_modifying(tmp_path: Path, kind: IntentKind) -> None:
    kill_switch.halt(tmp_path, "fat finger")
    with pytest.raises(GuardRefused, match="fat finger"):
        guards().check(context(tmp_path, kind=kind))
    kill_switch.resume(tmp_path)
    guards().check(context(tmp_path, kind=kind))


def test_a_halt_lets_cancels_through(tmp_path: Path) -> None:
    kill_switch.halt(tmp_path, "")
    guards(max_quantity=1, max_value=1, daily_loss=1).check(context(tmp_path, kind=IntentKind.CANCEL))


@pytest.mark.parametrize(("limit", "passes"), [(9, False), (10, True)])
def test_the_quantity_limit_is_inclusive(tmp_path: Path, limit: int, passes: bool) -> None:
    _check(guards(max_quantity=limit), context(tmp_path), passes)


@pytest.mark.parametrize(("limit", "passes"), [(7999, False), (8000, True)])
def test_the_value_limit_counts_price_and_quantity(tmp_path: Path, limit: int, passes: bool) -> None:
    _check(guards(max_value=limit), context(tmp_path), passes)


def test_the_value_of_a_market_order_is_taken_at_the_last_price(tmp_path: Path) -> None:
    market = context(tmp_path, price_type=PriceType.MARKET, price=None, last_price=lambda: Decimal(801))
    _check(guards(max_value=8000), market, passes=False)
    _check(guards(max_value=8010), market, passes=True)


def position(quantity: int, pnl: int | None) -> Position:
    shown = None if pnl is None else Decimal(pnl)
    return Position("SBIN", Exchange.NSE, Product.MIS, quantity, Decimal(800), Decimal(790), shown)


@pytest.mark.parametrize(
    ("positions", "changes", "passes"),
    [
        ([position(10, -999)], {}, True),
        ([position(10, -1000)], {}, False),
        ([position(10, -600), position(0, -500)], {}, False),
        ([position(10, -5000)], {"action": Action.SELL}, True),
        ([position(10, -5000)], {"action": Action.SELL, "quantity": 11}, False),
        ([position(-10, -5000)], {}, True),
        ([position(10, None)], {}, False),
        ([], {}, True),
    ],
)
def test_the_loss_limit_lets_a_trader_out(
    tmp_path: Path, positions: Sequence[Position], changes: dict[str, Any], passes: bool
) -> None:
    _check(guards(daily_loss=1000), context(tmp_path, positions=lambda: positions, **changes), passes)


def test_a_guard_whose_question_fails_objects(tmp_path: Path) -> None:
    def down() -> Any:
        raise BrokerUnavailable("502")

    with pytest.raises(GuardRefused, match="daily_loss: could not be asked"):
        guards(daily_loss=1).check(context(tmp_path, positions=down))


def test_all_objections_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(GuardRefused) as caught:
        guards(max_quantity=1, max_value=1).check(context(tmp_path))
    assert "max_quantity" in caught.value.message
    assert "max_value" in caught.value.message


# -- guards of third parties ------------------------------------------------------------------------------------------


def third_party(monkeypatch: pytest.MonkeyPatch, **hooks: Any) -> GuardPanel:
    module = ModuleType("somebody")
    for name, function in hooks.items():
        setattr(module, name, hookimpl(function))

    def load(name: str) -> ModuleType:
        if name == "missing":
            raise PluginBroken("The guard 'missing' is enabled but not installed.")
        return module

    monkeypatch.setattr("openalgo_core.plugins.loading.load_guard", load)
    return GuardPanel(("somebody",), {"somebody": {"colour": "red"}})


def test_a_third_party_guard_gets_its_own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def check_order(context: OrderContext) -> str | None:
        return f"it is {context.settings['colour']}"

    with pytest.raises(GuardRefused, match="somebody: it is red"):
        third_party(monkeypatch, check_order=check_order).check(context(tmp_path))


def test_a_guard_that_crashes_objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def check_order(context: OrderContext) -> str | None:
        raise ZeroDivisionError

    with pytest.raises(GuardRefused, match="somebody: failed with ZeroDivisionError"):
        third_party(monkeypatch, check_order=check_order).check(context(tmp_path))


def test_a_guard_that_is_enabled_but_missing_objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    third_party(monkeypatch)
    with pytest.raises(GuardRefused, match="not installed"):
        GuardPanel(("missing",), {}).check(context(tmp_path))


def entry() -> JournalEntry:
    return JournalEntry(
        "mine", "42", IntentKind.PLACE, IntentState.ACKNOWLEDGED, "toy", "default", "SBIN", Exchange.NSE,
        Action.BUY, 10, Decimal(800), moment(10), moment(10), None,
    )  # fmt: skip


def test_observers_are_told_and_cannot_do_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[JournalEntry] = []

    def order_settled(entry: JournalEntry) -> None:
        told.append(entry)
        raise RuntimeError("an observer's own trouble")

    def check_order() -> None:
        return None

    third_party(monkeypatch, order_settled=order_settled, check_order=check_order).tell(entry)
    assert told == [entry()]


def test_the_built_in_guards_are_modules_of_this_package() -> None:
    assert [module for module in BUILT_IN if not (Path(panel.__file__).parent / f"{module}.py").is_file()] == []


def _check(panel: GuardPanel, shown: OrderContext, passes: bool) -> None:
    if passes:
        panel.check(replace(shown))
    else:
        with pytest.raises(GuardRefused):
            panel.check(shown)
