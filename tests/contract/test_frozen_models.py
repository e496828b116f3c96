"""Orders and instruments are built quickly, and are frozen dataclasses all the same."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, asdict, fields, replace
from decimal import Decimal
from typing import Any

import pytest

from openalgo_core.models import Action, Exchange, Instrument, InstrumentKind, Order, OrderStatus

ROW: dict[str, Any] = {
    "order_id": "7", "symbol": "SBIN", "exchange": Exchange.NSE, "action": Action.BUY, "quantity": 10,
    "filled_quantity": None, "price": None, "trigger_price": None, "average_price": None, "product": None,
    "price_type": None, "validity": None, "status": OrderStatus.OPEN, "reason": None, "time": None,
}  # fmt: skip


@pytest.mark.parametrize("name", [field.name for field in fields(Order)])
def test_no_field_can_be_set_or_deleted(name: str) -> None:
    order = Order(**ROW)
    with pytest.raises(FrozenInstanceError, match=name):
        setattr(order, name, "8")
    with pytest.raises(FrozenInstanceError, match=name):
        delattr(order, name)
    assert order == Order(**ROW)


def test_nothing_else_can_be_set() -> None:
    with pytest.raises((FrozenInstanceError, TypeError)):  # which of them, depends on the version of Python
        Order(**ROW).note = "x"  # type: ignore[attr-defined]
    assert not hasattr(Order(**ROW), "__dict__")


def test_it_is_what_its_class_says() -> None:
    order = Order(**ROW)
    assert type(order) is Order
    assert repr(order).startswith("Order(order_id='7', symbol='SBIN'")
    assert list(inspect.signature(Order).parameters) == [field.name for field in fields(Order)]
    assert asdict(order) == ROW | {"client_order_id": None, "tag": None, "disclosed_quantity": None, "refs": {}}


def test_positions_and_defaults_are_those_of_the_fields() -> None:
    assert Order(*ROW.values()) == Order(**ROW)
    assert Order(**ROW).refs is not Order(**ROW).refs


@pytest.mark.parametrize("arguments", [{"order_id": "7"}, {**ROW, "note": "x"}], ids=["missing", "unknown"])
def test_wrong_arguments_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        Order(**arguments)


def test_copies_are_frozen_orders_too() -> None:
    order = Order(**ROW, refs={"variety": "NORMAL"})
    changed = replace(order, client_order_id="mine")
    for same in (copy.copy(order), copy.deepcopy(order), pickle.loads(pickle.dumps(order)), replace(order)):
        assert same == order
    for one in (changed, copy.copy(order), pickle.loads(pickle.dumps(order))):
        assert type(one) is Order
        with pytest.raises(FrozenInstanceError):
            one.order_id = "8"
    assert changed.client_order_id == "mine"


def test_an_instrument_is_frozen_and_can_be_a_key() -> None:
    def sbin() -> Instrument:
        kind = InstrumentKind.EQ
        tick = Decimal("0.05")
        return Instrument(
            "SBIN", Exchange.NSE, "SBIN", kind, None, None, 1, tick, None, Decimal(1), "SBIN-EQ", "NSE", "3045"
        )

    assert type(sbin()) is Instrument
    assert {sbin(): 1}[sbin()] == 1
    for one in (sbin(), copy.copy(sbin()), pickle.loads(pickle.dumps(sbin()))):
        assert one == sbin()
        for field in fields(Instrument):
            with pytest.raises(FrozenInstanceError, match=field.name):
                setattr(one, field.name, "x")
