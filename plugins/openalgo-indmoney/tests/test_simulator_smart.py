"""The simulator's smart orders: stop orders, their own changes and withdrawals, and child legs."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from openalgo_core.simulation import Simulation

from .simulator_fixtures import NFO, ORDER, STOP, Caller, price_of, simulated, taken

#: An entry at a limit with a stop and a target.
BRACKET = {
    **{name: value for name, value in STOP.items() if not name.startswith("trigger_")},
    "txn_type": "BUY",
    "order_type": "LIMIT",
    "limit_price": 800.0,
    "sl_trigger_price": 790.0,
    "sl_limit_price": 789.0,
    "tgt_trigger_price": 810.0,
    "tgt_limit_price": 811.0,
}


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as given_token:
        yield given_token


def change(order_id: str, /, **changes: object) -> dict[str, object]:
    stated = {"segment": "EQUITY", "order_id": order_id, "algo_id": "99999", "trigger_price": 799.0}
    return stated | changes


def created(answer: Any) -> tuple[str, str]:
    """The ids of an order and of its leg."""
    (order,) = answer["data"]["order_data"]
    return order["order_id"], order["child_order_details"]["order_id"]


class TestStopOrders:
    def test_the_row_of_one_that_waits(self, caller: Caller) -> None:
        order_id = caller.place_stop(remarks="t1")
        row = caller.row(order_id)
        assert order_id.startswith("EQ-"), "it looks like any other"
        assert (row["order_type"], row["status"], row["requested_price"]) == ("GTT_LIMIT", "SL-PENDING", "")
        assert (row["tgt_trigger_price"], row["tgt_limit_price"], row["sl_trigger_price"]) == ("800", "799", "")
        assert (row["exch_order_id"], row["off_mkt_flag"], row["remarks"]) == ("", "", "t1")

    def test_there_is_no_leg_where_none_was_asked_for(self, caller: Caller) -> None:
        (order,) = caller.post("/smart/order", STOP).json()["data"]["order_data"]
        assert order.keys() == {"order_id", "order_status"}

    def test_the_limit_is_the_trigger_unless_it_is_given(self, caller: Caller) -> None:
        stop = {name: value for name, value in STOP.items() if name != "trigger_limit_price"}
        (order,) = caller.post("/smart/order", stop).json()["data"]["order_data"]
        assert caller.row(order["order_id"])["tgt_limit_price"] == "800"

    @pytest.mark.parametrize(
        ("changes", "error_type", "text"),
        [
            ({"exchange": "BSE"}, "InputException", "exchange is not one of NSE"),
            ({"order_type": "SL"}, "InputException", "order_type"),
            ({"limit_price": 800.0}, "InputException", "limit_price must be omitted"),
            ({"product": "MARGIN"}, "InputException", "product"),
            ({"algo_id": "9999999999999999"}, "InputException", "algo_id"),
            ({"validity": "IOC"}, "RequestValidationException", "DayValidityAllowed"),
            ({"qty": 0}, "RequestValidationException", "QtyMustBeAboveZero"),
            ({"trigger_price": 0}, "RequestValidationException", "TriggerPriceMustBeAboveZero"),
            ({"trigger_price": 799.98}, "RequestValidationException", "TriggerPriceTickSize"),
            ({"trigger_limit_price": 798.98}, "RequestValidationException", "TriggerLimitPriceTickSize"),
            ({"trigger_price": 999.0}, "RequestValidationException", "TriggerPriceVsCMP (SELL)"),
            ({"txn_type": "BUY"}, "RequestValidationException", "TriggerPriceVsCMP (BUY)"),
            ({"remarks": "TV-TERMINAL"}, "RequestValidationException", "ReservedRemarks"),
            ({"security_id": "1"}, "OrderException", "not tradable"),
            ({"trigger_limit_price": 600.0}, "OrderException", "circuit limit"),
            ({**NFO, "qty": 66, "trigger_price": 10.0, "trigger_limit_price": 9.0}, "OrderException", "lot size"),
        ],
    )
    def test_what_is_refused(self, changes: dict[str, object], error_type: str, text: str, caller: Caller) -> None:
        answer = caller.post("/smart/order", STOP | changes)
        assert (answer.status_code, answer.json()["error_type"]) == (400, error_type)
        assert text in answer.json()["message"]
        assert caller.data("/order-book") is None

    def test_the_trigger_is_strictly_beyond_the_price(self, caller: Caller, simulation: Simulation) -> None:
        ltp = float(price_of(simulation, "NSE_3045").ltp)
        answer = caller.post("/smart/order", STOP | {"trigger_price": ltp, "trigger_limit_price": ltp})
        assert "TriggerPriceVsCMP" in answer.json()["message"]

    def test_after_market_orders_are_none_of_these(self, caller: Caller, simulation: Simulation) -> None:
        assert caller.post("/smart/order", STOP | {"is_amo": False}).status_code == 400
        assert "is_amo" in taken(simulation)

    def test_derivatives_of_nse_have_them(self, caller: Caller) -> None:
        order_id = caller.place_stop(**NFO, trigger_price=900.0, trigger_limit_price=890.0)
        assert order_id.startswith("DRV-")
        assert caller.row(order_id)["order_type"] == "GTT_LIMIT"

    def test_a_stop_order_is_changed_by_its_own_call(self, caller: Caller) -> None:
        order_id = caller.place_stop()
        answer = caller.post("/smart/order/modify", change(order_id, qty=2, trigger_limit_price=798.0)).json()
        assert answer == {"status": "success", "data": {"order_id": order_id, "order_status": "MODIFIED"}}
        row = caller.row(order_id)
        assert (row["requested_qty"], row["tgt_trigger_price"], row["tgt_limit_price"]) == (2, "799", "798")
        assert row["status"] == "SL-PENDING"

    def test_what_a_change_leaves_out_stays(self, caller: Caller) -> None:
        order_id = caller.place_stop()
        caller.post("/smart/order/modify", change(order_id, trigger_price=799.5))
        row = caller.row(order_id)
        assert (row["requested_qty"], row["tgt_trigger_price"], row["tgt_limit_price"]) == (5, "799.5", "799")

    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            ({"order_id": "EQ-1"}, "Position could not be found."),
            ({"segment": "DERIVATIVE"}, "Position could not be found."),
            ({"order_type": "LIMIT"}, "order_type"),
            ({"trigger_price": 0}, "TriggerPriceMustBeAboveZero"),
            ({"trigger_price": 999.0}, "TriggerPriceVsCMP"),
            ({"trigger_limit_price": 600.0}, "circuit limit"),
            ({"algo_id": ""}, "algo_id"),
            ({"qty": 0}, "QtyMustBeAboveZero"),
        ],
    )
    def test_a_change_that_is_refused_changes_nothing(
        self, changes: dict[str, object], text: str, caller: Caller
    ) -> None:
        before = caller.row(order_id := caller.place_stop())
        answer = caller.post("/smart/order/modify", change(order_id, **changes))
        assert answer.status_code == 400
        assert text in answer.json()["message"]
        assert caller.row(order_id) == before

    def test_the_trigger_must_come_along(self, caller: Caller) -> None:
        body = {"segment": "EQUITY", "order_id": caller.place_stop(), "algo_id": "99999", "qty": 2}
        assert "TriggerPriceMustBeAboveZero" in caller.post("/smart/order/modify", body).json()["message"]

    def test_remarks_are_for_life(self, caller: Caller, simulation: Simulation) -> None:
        assert caller.post("/smart/order/modify", change(caller.place_stop(), remarks="t2")).status_code == 400
        assert "remarks" in taken(simulation)

    def test_a_stop_order_is_changed_twenty_five_times(self, caller: Caller) -> None:
        order_id = caller.place_stop()
        statuses = [caller.post("/smart/order/modify", change(order_id, qty=n + 1)).status_code for n in range(26)]
        assert statuses == [200] * 25 + [400]

    def test_neither_family_knows_the_others_orders(self, caller: Caller) -> None:
        stop, plain = caller.place_stop(), caller.place()
        regular = {"segment": "EQUITY", "order_id": stop, "qty": 1, "limit_price": 800.0}
        for path, body in (
            ("/order/modify", regular),
            ("/order/cancel", {"segment": "EQUITY", "order_id": stop}),
            ("/smart/order/modify", change(plain)),
            ("/smart/order/cancel", {"segment": "EQUITY", "order_id": plain}),
        ):
            answer = caller.post(path, body)
            assert (answer.status_code, answer.json()["message"]) == (400, "Position could not be found.")
        assert [row["status"] for row in caller.data("/order-book")] == ["SL-PENDING", "PENDING"]

    def test_a_withdrawn_stop_order_never_was_a_limit_order(self, caller: Caller) -> None:
        order_id = caller.place_stop()
        body = {"segment": "EQUITY", "order_id": order_id}
        assert caller.post("/smart/order/cancel", body).json()["data"]["order_status"] == "CANCELLED"
        row = caller.row(order_id)
        assert (row["status"], row["order_type"], row["exch_order_id"]) == ("CANCELLED", "GTT_LIMIT", "")
        assert caller.post("/smart/order/cancel", body).status_code == 400


class TestTriggering:
    def near(self, simulation: Simulation, action: str, limit_off: str) -> dict[str, Any]:
        """A stop order whose trigger is one tick from the price; its limit lies so far beyond."""
        ltp, sign = price_of(simulation, "NSE_3045").ltp, 1 if action == "BUY" else -1
        trigger = ltp + sign * Decimal("0.05")
        price = trigger + sign * Decimal(limit_off)
        return {"txn_type": action, "trigger_price": float(trigger), "trigger_limit_price": float(price)}

    def triggered(self, caller: Caller, simulation: Simulation, limit_off: str) -> Any:
        """The row of whichever of a buying and a selling stop order is triggered first."""
        ids = [caller.place_stop(**self.near(simulation, action, limit_off)) for action in ("BUY", "SELL")]
        for _ in range(600):
            simulation.setup.clock.sleep(1)
            rows = [caller.row(order_id) for order_id in ids]
            gone = [row for row in rows if row["order_type"] != "GTT_LIMIT"]
            if gone:
                return gone[0]
        raise AssertionError("the price stood still for ten minutes")

    def test_it_becomes_a_limit_order_and_trades(self, caller: Caller, simulation: Simulation) -> None:
        row = self.triggered(caller, simulation, "2.00")
        assert (row["order_type"], row["status"], row["traded_qty"]) == ("LIMIT", "SUCCESS", 5)
        assert (row["tgt_trigger_price"], row["tgt_limit_price"]) == ("", "")
        assert Decimal(row["requested_price"]) > 0
        (trade,) = caller.data("/trade-book", segment="EQUITY")
        assert trade["exch_order_id"] == row["exch_order_id"] != ""


class TestLegs:
    def test_a_leg_has_an_id_of_its_own(self, caller: Caller) -> None:
        answer = caller.post("/smart/order", BRACKET | {"remarks": "t1"}).json()
        parent, child = created(answer)
        assert child.startswith("GTT-")
        leg = caller.row(child)
        assert (leg["order_type"], leg["txn_type"], leg["validity"], leg["requested_price"]) == ("OCO", "SELL", "", "")
        prices = [leg[name] for name in ("sl_trigger_price", "sl_limit_price", "tgt_trigger_price", "tgt_limit_price")]
        assert prices == ["790", "789", "810", "811"]
        assert (leg["status"], leg["remarks"], leg["exch_order_id"]) == ("SL-PENDING", "t1", "")
        assert (caller.row(parent)["order_type"], caller.row(parent)["remarks"]) == ("LIMIT", "t1")
        assert leg.keys() == caller.row(parent).keys()

    def test_half_of_the_pairs_is_a_stop_of_its_own(self, caller: Caller) -> None:
        stop_only = {name: value for name, value in BRACKET.items() if not name.startswith("tgt_")}
        _, child = created(caller.post("/smart/order", stop_only).json())
        leg = caller.row(child)
        assert (leg["order_type"], leg["tgt_trigger_price"]) == ("GTT_LIMIT", "")
        assert caller.data("/order", {"order_id": child, "segment": "EQUITY"}) == leg

    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            ({"sl_trigger_price": 800.0}, "MaxSlTriggerPrice"),
            ({"sl_limit_price": 790.0}, "MaxSlLimitPrice"),
            ({"tgt_trigger_price": 800.0}, "MinTgtTriggerPrice"),
            ({"tgt_limit_price": 810.0}, "MinTgtLimitPrice"),
            ({"txn_type": "SELL"}, "MinSlTriggerPrice"),
            ({"sl_limit_price": 0}, "SlLimitPriceMustBeAboveZero"),
        ],
    )
    def test_each_leg_lies_on_its_side_of_the_entry(
        self, changes: dict[str, object], text: str, caller: Caller
    ) -> None:
        answer = caller.post("/smart/order", BRACKET | changes)
        assert answer.status_code == 400
        assert text in answer.json()["message"]
        assert caller.data("/order-book") is None

    def test_half_a_pair_is_refused(self, caller: Caller) -> None:
        half = {name: value for name, value in BRACKET.items() if name != "tgt_limit_price"}
        assert "TgtLimitPriceMustBeAboveZero" in caller.post("/smart/order", half).json()["message"]

    def test_parent_and_leg_are_changed_and_withdrawn_apart(self, caller: Caller) -> None:
        parent, child = created(caller.post("/smart/order", BRACKET).json())
        base = {"segment": "EQUITY", "algo_id": "99999"}
        wanted = {**base, "order_id": child, "sl_trigger_price": 795.0, "sl_limit_price": 794.0, "qty": 3}
        wanted |= {"tgt_trigger_price": 990.0, "tgt_limit_price": 991.0}
        assert caller.post("/smart/order/modify", wanted).json()["data"]["order_status"] == "MODIFIED"
        assert caller.post("/smart/order/modify", {**base, "order_id": parent, "limit_price": 801.0}).status_code == 200
        leg = caller.row(child)
        assert (leg["sl_trigger_price"], leg["tgt_limit_price"], leg["requested_qty"]) == ("795", "991", 3)
        assert caller.row(parent)["requested_price"] == "801"
        withdrawal = {"segment": "EQUITY", "order_id": child}
        assert caller.post("/smart/order/cancel", withdrawal).status_code == 200
        assert (caller.row(child)["status"], caller.row(parent)["status"]) == ("CANCELLED", "MODIFIED")
        assert caller.post("/smart/order/cancel", withdrawal).status_code == 400
        assert caller.post("/smart/order/cancel", withdrawal | {"order_id": parent}).status_code == 200

    def test_a_leg_that_is_not_there_cannot_be_changed(self, caller: Caller) -> None:
        stop_only = {name: value for name, value in BRACKET.items() if not name.startswith("tgt_")}
        _, child = created(caller.post("/smart/order", stop_only).json())
        body = {"segment": "EQUITY", "algo_id": "99999", "order_id": child, "tgt_trigger_price": 990.0}
        assert "no such leg" in caller.post("/smart/order/modify", body).json()["message"]

    def test_trailing_stops_are_taken_and_ignored(self, caller: Caller) -> None:
        answer = caller.post("/smart/order", BRACKET | {"is_tsl": True, "tsl_step_size": 1.5})
        _, child = created(answer.json())
        assert "is_tsl" not in caller.row(child)

    def test_a_market_entry_checks_its_legs_against_the_price(self, caller: Caller) -> None:
        entry = {name: value for name, value in BRACKET.items() if name != "limit_price"} | {"order_type": "MARKET"}
        assert "MinTgtTriggerPrice" in caller.post("/smart/order", entry).json()["message"], "810 is below the price"
        far = {"tgt_trigger_price": 990.0, "tgt_limit_price": 991.0}
        parent, _ = created(caller.post("/smart/order", entry | far).json())
        assert (caller.row(parent)["order_type"], caller.row(parent)["status"]) == ("MARKET", "SUCCESS")

    @pytest.mark.parametrize("order_type", ["LIMIT", "MARKET"])
    def test_a_trigger_is_for_stop_orders_only(self, order_type: str, caller: Caller, simulation: Simulation) -> None:
        order = {name: value for name, value in ORDER.items() if name != "is_amo"} | {"trigger_price": 790.0}
        assert caller.post("/smart/order", order | {"order_type": order_type}).status_code == 400
        assert f"a trigger is not for {order_type}" in taken(simulation)
