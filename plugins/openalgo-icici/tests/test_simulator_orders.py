"""Orders of the simulator: what it refuses, what it changes, what it closes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from openalgo_core.simulation import Simulation

from .simulator_fixtures import CALL, FUTURE, ORDER, Caller, simulated, taken

SENSEX_FUTURE = FUTURE | {
    "stock_code": "BSESEN", "exchange_code": "BFO", "quantity": "20", "expiry_date": "26-nov-2026", "price": "80000",
}  # fmt: skip
NO_DATA = {"Success": None, "Status": 500, "Error": "No Data Found"}
SQUARE = {
    "source_flag": "", "stock_code": "NIFTY", "exchange_code": "NFO", "quantity": "65", "price": "1250",
    "action": "sell", "order_type": "limit", "validity": "day", "stoploss_price": "0", "disclosed_quantity": "0",
    "protection_percentage": "", "settlement_id": "", "margin_amount": "", "open_quantity": "",
    "cover_quantity": "", "product_type": "options", "expiry_date": "2026-11-24T06:00:00.000Z", "right": "Call",
    "strike_price": "24300", "validity_date": "", "alias_name": "", "trade_password": "", "order_reference": "",
    "position_exchange_code": "", "lots": "",
}  # fmt: skip


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as logged_in:
        yield logged_in


def modify(caller: Caller, order_id: str, segment: str = "NSE", **changes: Any) -> Any:
    return caller.call("PUT", "order", {"order_id": order_id, "exchange_code": segment, **changes})


class TestPlacing:
    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"order_type": "market"}, "Order-type should be either 'limit' or 'stoploss'"),
            ({"product": "margin"}, "Product should be either"),
            ({"product": "optionplus"}, "Product should be either"),
            ({"product": "futureplus"}, "Product should be either"),
            ({"product": "futures"}, "Expiry-Date cannot be empty"),
            ({"product": "mtf", "action": "sell"}, "SELL action is not allowed for MTF product type. "),
            ({"product": "btst", "action": "sell"}, "Settlement-Id cannot be empty"),
            ({"exchange_code": "NDX"}, "NDX as Exchange-Code not allowed"),
            ({"exchange_code": "MCX"}, "Exchange-Code should be either"),
            ({"exchange_code": "nse"}, "Exchange-Code should be either"),
            ({"exchange_code": ""}, "Exchange-Code cannot be empty"),
            ({"stock_code": ""}, "Stock-Code cannot be empty"),
            ({"stock_code": "RELIANCE"}, "No Data Found"),
            ({"stock_code": "NIFTY"}, "No Data Found"),
            ({"exchange_code": "NFO"}, "No Data Found"),
            ({"action": "short"}, "Action should be either 'buy', or 'sell'"),
            ({"validity": "gtc"}, "Validity should be either 'day' or 'ioc'"),
            ({"price": ""}, "Price cannot be empty"),
            ({"price": "0"}, "Price cannot be empty"),
            ({"order_type": "stoploss"}, "Stoploss cannot be empty"),
            ({"quantity": "0"}, "positive"),
            ({"quantity": "2.5"}, "whole number"),
            ({"quantity": "five"}, "should only contain digits"),
            ({"quantity": "-5"}, "whole number"),
            ({"price": "380.02"}, "tick size 0.05"),
            ({"price": "361.70"}, "outside today's band"),
            ({"quantity": "99000"}, "Insufficient funds"),
            ({"action": "sell"}, "can be sold for delivery"),
            ({"order_type": "stoploss", "price": "455", "stoploss": "456"}, "trigger price"),
            ({"order_type": "stoploss", "price": "456", "stoploss": "455.01"}, "tick size"),
            (CALL | {"quantity": "66"}, "lot of 65"),
            (CALL | {"price": "1300.03"}, "tick"),
            (CALL | {"expiry_date": "2026-11-25T06:00:00.000Z"}, "No Data Found"),
            (CALL | {"expiry_date": ""}, "Expiry-Date cannot be empty"),
            (CALL | {"right": "others"}, "No Data Found"),
            (CALL | {"right": "up"}, "Right should be either"),
            (CALL | {"strike_price": "24301"}, "No Data Found"),
            (CALL | {"exchange_code": "BFO"}, "No Data Found"),
            (CALL | {"product": "cash"}, "No Data Found"),
        ],
    )
    def test_what_is_refused_is_not_booked(self, changes: dict[str, str], sentence: str, caller: Caller) -> None:
        answer = caller.place(**changes)
        assert (answer["Success"], answer["Status"]) == (None, 500)
        assert sentence in answer["Error"]
        assert [caller.book(segment) for segment in ("NSE", "BSE", "NFO", "BFO")] == [[], [], [], []]

    @pytest.mark.parametrize("name", ["stock_code", "product", "quantity", "validity"])
    def test_a_missing_field_is_an_empty_one(self, name: str, caller: Caller) -> None:
        answer = caller.call("POST", "order", {key: value for key, value in ORDER.items() if key != name})
        assert answer["Error"].endswith("cannot be empty")

    def test_words_have_no_case_and_numbers_may_be_numbers(self, caller: Caller) -> None:
        order_id = caller.placed(
            product="Cash", action="BUY", order_type="Limit", validity="Day", quantity=5, price=0.1 + 380.2,
            stoploss="0", disclosed_quantity=0,
        )  # fmt: skip
        row = caller.row(order_id)
        assert (row["price"], row["quantity"]) == ("380.30", "5")

    @pytest.mark.parametrize(
        ("changes", "ending"),
        [
            ({}, "N300000001"),
            ({"exchange_code": "BSE"}, "B300000001"),
            (CALL, "3800000001"),
            (FUTURE, "3800000001"),
            (SENSEX_FUTURE, "3800000001"),
        ],
    )
    def test_order_ids_tell_shares_from_derivatives(self, changes: dict[str, str], ending: str, caller: Caller) -> None:
        assert caller.placed(**changes) == f"20261120{ending}"

    @pytest.mark.parametrize("segment", ["NSE", "NFO"])
    def test_the_remark_never_comes_back(self, segment: str, caller: Caller) -> None:
        answer = caller.place(**({} if segment == "NSE" else CALL), user_remark="mine")
        assert answer["Success"]["user_remark"] == (None if segment == "NSE" else "")
        (row,) = caller.book(segment)
        assert row["user_remark"] == ("" if segment == "NSE" else None)

    @pytest.mark.parametrize(("product", "shown"), [("mtf", "Mtf"), ("btst", "Btst")])
    def test_other_ways_to_hold_a_share(self, product: str, shown: str, caller: Caller) -> None:
        order_id = caller.placed(product=product, settlement_id="2026143", order_segment_code="N")
        assert caller.row(order_id)["product_type"] == shown

    def test_an_ioc_order_that_finds_nobody_has_expired(self, caller: Caller) -> None:
        row = caller.row(caller.placed(validity="ioc"))
        assert (row["validity"], row["status"], row["cancelled_quantity"]) == ("IoC", "Expired", "5")


class TestChanging:
    def test_what_is_left_out_stays(self, caller: Caller) -> None:
        order_id = caller.placed()
        before = caller.row(order_id)
        modify(caller, order_id, price="381", quantity="", validity="", stoploss="")
        assert caller.row(order_id) == before | {"price": "381.00"}
        modify(caller, order_id, quantity=7, disclosed_quantity="2", validity="ioc", validity_date="whatever")
        row = caller.row(order_id)
        assert (row["quantity"], row["disclosed_quantity"], row["validity"]) == ("7", "2", "IoC")

    def test_a_stop_order_becomes_a_limit_order_and_back(self, caller: Caller) -> None:
        order_id = caller.placed(order_type="stoploss", price="470", stoploss="465")
        modify(caller, order_id, order_type="limit", price="380", stoploss="0")
        row = caller.row(order_id)
        assert (row["order_type"], row["stoploss"], row["price"]) == ("Limit", "0.00", "380.00")
        modify(caller, order_id, order_type="stoploss", price="471", stoploss="466")
        row = caller.row(order_id)
        assert (row["order_type"], row["stoploss"], row["price"]) == ("StopLoss", "466.00", "471.00")

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"price": "1.00"}, "outside today's band"),
            ({"price": "380.01"}, "tick size"),
            ({"order_type": "market"}, "Order-type should be either"),
            ({"order_type": "stoploss"}, "trigger price"),
            ({"quantity": "99000"}, "Insufficient funds"),
        ],
    )
    def test_a_change_that_is_refused_changes_nothing(
        self, changes: dict[str, str], sentence: str, caller: Caller
    ) -> None:
        order_id = caller.placed()
        before = caller.row(order_id)
        answer = modify(caller, order_id, **changes)
        assert (answer["Success"], answer["Status"]) == (None, 500)
        assert sentence in answer["Error"]
        assert caller.row(order_id) == before

    def test_instrument_fields_are_not_sent_again(self, caller: Caller, simulation: Simulation) -> None:
        assert modify(caller, caller.placed(), stock_code="ITC")["Status"] == 500
        assert "unknown in the request: stock_code" in taken(simulation)

    def test_an_order_is_found_on_its_own_exchange_only(self, caller: Caller) -> None:
        order_id = caller.placed()
        assert modify(caller, order_id, "BSE", price="381") == NO_DATA
        for method in ("GET", "DELETE"):
            assert caller.call(method, "order", {"exchange_code": "BSE", "order_id": order_id}) == NO_DATA
        assert modify(caller, "20261120N300000099", price="381") == NO_DATA

    def test_what_is_over_cannot_be_changed(self, caller: Caller) -> None:
        order_id = caller.placed(price="460")
        assert caller.row(order_id)["status"] == "Executed"
        assert "already been executed" in modify(caller, order_id, price="461")["Error"]
        assert caller.call("DELETE", "order", {"exchange_code": "NSE", "order_id": order_id}) == NO_DATA


class TestSquaringOff:
    @pytest.mark.parametrize("changes", [{}, {"action": "buy"}, {"quantity": "130"}])
    def test_there_must_be_as_much_to_close(self, changes: dict[str, str], caller: Caller) -> None:
        if changes:
            caller.placed(**CALL | {"price": "1400"})
        answer = caller.call("POST", "squareoff", SQUARE | changes)
        assert answer == {"Success": None, "Status": 500, "Error": "Resource not available."}

    def test_it_closes_what_there_is(self, caller: Caller) -> None:
        caller.placed(**CALL | {"price": "1400"})
        answer = caller.call("POST", "squareoff", SQUARE)["Success"]
        assert (answer["message"], answer["indicator"]) == ("Successfully Placed the order", "0")
        assert caller.row(answer["order_id"], "NFO")["action"] == "Sell"
        (row,) = caller.call("GET", "portfoliopositions")["Success"]
        assert (row["action"], row["quantity"], row["average_price"]) == ("NA", "0", "0.00")
