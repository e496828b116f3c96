"""The simulator's orders: what is refused where, what becomes of them, and how they are changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openalgo_core.simulation import Simulation

from .simulator_fixtures import MARKET, NIFTY_CE, ORDER, Caller, simulated, taken

STOP = {"price_type": "SL-LIMIT", "price": "930", "trigger_price": "929"}
CRUDE = {"exchange": "MCX", "tradingsymbol": "CRUDEOIL23NOV26", "product_type": "NORMAL", "quantity": 100}


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as logged_in:
        yield logged_in


def changed(order_id: str, /, **changes: object) -> dict[str, object]:
    """The change of an order, as a careful client writes it."""
    return {name: value for name, value in ORDER.items() if name != "algo_id"} | {"order_id": order_id} | changes


class TestOrders:
    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            ({"algo_id": ""}, "algo_id"),
            ({"algo_id": "9999999999999999"}, "algo_id is not valid on NSE"),
            ({"exchange": "BSE", "tradingsymbol": "SBIN"}, "algo_id is not valid on BSE"),
            ({"exchange": "NCDEX"}, "exchange"),
            ({"tradingsymbol": "SBIN"}, "Symbol Not Found"),
            ({"tradingsymbol": "3045"}, "Symbol Not Found"),
            ({"tradingsymbol": "Nifty 50"}, "indices"),
            ({"order_type": "LIMIT"}, "order_type"),
            ({"price_type": "STOP_LOSS"}, "price_type"),
            ({"product_type": "MIS"}, "product_type"),
            ({"product_type": "NORMAL"}, "not a product"),
            ({**NIFTY_CE, "product_type": "CNC"}, "not a product"),
            ({**NIFTY_CE, "quantity": 66}, "multiple of its lot"),
            ({"quantity": "0"}, "positive"),
            ({"quantity": "-5"}, "whole number"),
            ({"quantity": "2.5"}, "whole number"),
            ({"quantity": "five"}, "not a number"),
            ({"price": "800.01"}, "multiple of its tick"),
            ({"price": "0"}, "price must not be 0 for LIMIT"),
            ({"price_type": "MARKET"}, "price must be 0 for MARKET"),
            ({"price_type": "SL-MARKET", "price": 0}, "trigger_price is needed"),
            ({"price_type": "SL-LIMIT", "trigger_price": 0}, "trigger_price is needed"),
            ({"trigger_price": "0"}, "trigger_price is not for LIMIT"),
            ({"price_type": "SL-LIMIT", "price": "928", "trigger_price": "929"}, "at or below"),
            ({"validity": "GTC"}, "validity"),
            ({"amo": "No"}, "amo"),
            ({"market_protection": 3}, "market_protection"),
            ({"disclosed_quantity": 6}, "disclosed quantity"),
            ({**NIFTY_CE, "disclosed_quantity": 65}, "disclosed_quantity"),
            ({"book_profit_price": 5}, "Bracket orders"),
        ],
    )
    def test_what_is_refused_at_once(self, changes: dict[str, object], text: str, caller: Caller) -> None:
        answer = caller.post("placeorder", ORDER | changes)
        assert (answer.status_code, answer.json()["status"]) == (200, "ERROR")
        assert text in answer.json()["message"]
        assert caller.get("orders").json()["message"] == "No Orders Found"

    def test_an_order_without_an_algo_id_is_not_placed(self, caller: Caller) -> None:
        answer = caller.post("placeorder", {name: value for name, value in ORDER.items() if name != "algo_id"})
        assert answer.json() == {"status": "ERROR", "message": "Invalid Input : algo_id is missing"}

    @pytest.mark.parametrize(
        "changes",
        [
            {"exchange": "BSE", "tradingsymbol": "SBIN", "algo_id": "9999999999999999", "market_protection": 3},
            {"exchange": "BFO", "tradingsymbol": "SENSEX26NOV81000CE", "algo_id": "9999999999999999",
             "product_type": "NORMAL", "quantity": 20, **MARKET},
            {"exchange": "CDS", "tradingsymbol": "USDINR26NOV26F", "product_type": "NORMAL", "quantity": 1,
             "price": "88.0025"},
            {**CRUDE, "disclosed_quantity": 100, **MARKET},
            {"algo_id": "7001234", "quantity": 5, "price": 800.5, "validity": "EOS", "amo": "Yes"},
            {"algo_id": 99999, "product_type": "CNC"},
        ],
    )  # fmt: skip
    def test_what_each_exchange_takes(self, changes: dict[str, object], caller: Caller) -> None:
        order_id = caller.place(**changes)
        row = caller.row("orders", "orders")
        sent = ORDER | changes
        assert row["order_id"] == order_id
        assert len(order_id) == 14
        assert all(row[name] == sent[name] for name in ("exchange", "tradingsymbol", "product_type", "validity"))
        assert row["variety"] == ("AMO" if "amo" in changes else "REGULAR")

    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            ({"price": "1.00"}, "Exchange:Price 1.00 of SBIN is outside"),
            ({"quantity": "100001"}, "Exchange:Quantity 100001 of SBIN is above its freeze"),
            ({"product_type": "CNC", "order_type": "SELL"}, "RED:RMS:Only 0 of SBIN"),
            ({"product_type": "CNC", "quantity": 50_000}, "RED:Margin Shortfall:Insufficient funds"),
        ],
    )
    def test_what_is_refused_later_shows_in_the_book(
        self, changes: dict[str, object], text: str, caller: Caller
    ) -> None:
        order_id = caller.place(**changes)
        row = caller.row("orders", "orders")
        assert (row["order_id"], row["order_status"]) == (order_id, "REJECTED")
        assert row["message"].startswith(text)
        assert caller.get(f"order/{order_id}").json()["message"] == row["message"]

    def test_the_row_of_an_order_that_rests(self, caller: Caller) -> None:
        order_id = caller.place(remarks="oa-7f3k2m9q", disclosed_quantity="2")
        row = caller.row("orders", "orders")
        assert all(type(value) is str for value in row.values())
        assert {name: row[name] for name in ("quantity", "pending_qty", "cancel_qty", "disclosed_quantity")} == {
            "quantity": "5", "pending_qty": "5", "cancel_qty": "0", "disclosed_quantity": "2",
        }  # fmt: skip
        assert (row["order_status"], row["price"], row["token"], row["remarks"]) == (
            "OPEN", "800.00", "3045", "oa-7f3k2m9q",
        )  # fmt: skip
        assert row["order_entry_time"] == "1795149900", "UTC epoch of 10:15 IST"
        assert row["exchange_time"] == "20-11-2026 10:15:00"
        assert (row["ticksize"], row["price_precision"]) == ("0.05", "2")
        assert not row.keys() & {"filled_qty", "average_traded_price", "trigger_price", "message", "amo", "status"}

        single = caller.get(f"order/{order_id}").json()
        assert single["order_entry_time"] == "10:15:00 20-11-2026", "another format here"
        assert single["exchange_orderid"].strip() == row["exchange_orderid"]
        assert not single.keys() & {"status", "average_traded_price", "variety", "lotsize"}

    def test_a_stop_order_waits_for_its_trigger(self, caller: Caller) -> None:
        caller.place(**STOP)
        row = caller.row("orders", "orders")
        assert (row["order_status"], row["price_type"], row["trigger_price"]) == (
            "TRIGGER PENDING", "SL-LIMIT", "929.00",
        )  # fmt: skip

    def test_currencies_have_four_decimals(self, caller: Caller) -> None:
        future = {"exchange": "CDS", "tradingsymbol": "USDINR26NOV26F", "product_type": "NORMAL", "quantity": 1}
        caller.place(**future, price="88.0025")
        row = caller.row("orders", "orders")
        assert (row["price"], row["ticksize"], row["multiplier"], row["token"]) == ("88.0025", "0.0025", "1000", "3045")

    def test_nothing_is_left_of_an_ioc_order_that_found_nobody(self, caller: Caller) -> None:
        caller.place(validity="IOC")
        row = caller.row("orders", "orders")
        assert (row["order_status"], row["cancel_qty"], row["pending_qty"]) == ("CANCELED", "5", "0")

    def test_slices_are_answered_one_by_one(self, caller: Caller) -> None:
        whole = {name: value for name, value in ORDER.items() if name != "algo_id"} | {"slices": 3}
        answer = caller.post("sliceorder", whole).json()
        assert (answer["status"], answer["message"]) == ("SUCCESS", "Orders submitted")
        assert [row["order_id"] for row in answer["orders"]] == [
            row["order_id"] for row in caller.get("orders").json()["orders"]
        ]
        refused = caller.post("sliceorder", whole | {"price": "800.01", "algo_id": "99999"}).json()
        assert (refused["status"], [row["status"] for row in refused["orders"]]) == ("SUCCESS", ["ERROR"] * 3)
        assert caller.post("sliceorder", whole | {"slices": 0}).json()["status"] == "ERROR"

    def test_a_position_cannot_be_converted(self, caller: Caller) -> None:
        wanted = {"exchange": "NSE", "tradingsymbol": "SBIN-EQ", "quantity": 1, "previous_product": "INTRADAY",
                  "product_type": "CNC", "order_type": "BUY", "position_type": "DAY"}  # fmt: skip
        assert caller.post("productconversion", wanted).json()["message"] == "Position conversion failed"


class TestChanges:
    def test_a_changed_order_says_so_while_it_lives(self, caller: Caller) -> None:
        order_id = caller.place(remarks="t1", validity="EOS")
        change = changed(order_id, price="801.50", quantity="7")
        del change["validity"]
        assert caller.post("modify", change).json() == {"status": "SUCCESS", "order_id": order_id}
        row = caller.row("orders", "orders")
        assert (row["order_status"], row["price"], row["quantity"]) == ("REPLACED", "801.50", "7")
        assert (row["remarks"], row["validity"]) == ("t1", "EOS"), "what is left out stays"
        assert caller.get(f"cancel/{order_id}").json() == {
            "status": "SUCCESS", "order_id": order_id, "request_time": "10:15:00 20-11-2026",
        }  # fmt: skip
        row = caller.row("orders", "orders")
        assert (row["order_status"], row["cancel_qty"], row["pending_qty"]) == ("CANCELED", "7", "0")

    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            ({"order_id": "26112000000099"}, "Order Not Found"),
            ({"order_type": "SELL"}, "order_type"),
            ({"product_type": "CNC"}, "product_type"),
            ({"tradingsymbol": "INFY-EQ"}, "tradingsymbol"),
            ({"price": "0"}, "price must not be 0"),
            ({"price_type": "SL-LIMIT"}, "trigger_price is needed"),
            ({"trigger_price": 0}, "trigger_price is not for LIMIT"),
            ({"price": "1.00"}, "band"),
            ({"quantity": "0"}, "quantity"),
            ({"quantity": "500000"}, "freeze"),
        ],
    )
    def test_a_change_that_is_refused_changes_nothing(
        self, changes: dict[str, object], text: str, caller: Caller
    ) -> None:
        order_id = caller.place()
        before = caller.get("orders").json()
        answer = caller.post("modify", changed(order_id, **changes))
        assert (answer.status_code, answer.json()["status"]) == (200, "ERROR")
        assert text in answer.json()["message"]
        assert caller.get("orders").json() == before

    def test_an_algo_id_has_no_place_in_a_change(self, caller: Caller, simulation: Simulation) -> None:
        assert caller.post("modify", changed(caller.place(), algo_id="99999")).status_code == 400
        assert "unknown in the body: algo_id" in taken(simulation)

    def test_a_change_to_market_trades(self, caller: Caller) -> None:
        order_id = caller.place()
        caller.post("modify", changed(order_id, **MARKET))
        row = caller.row("orders", "orders")
        assert (row["order_status"], row["price_type"], row["filled_qty"]) == ("COMPLETE", "MARKET", "5")

    def test_what_is_over_is_neither_changed_nor_cancelled(self, caller: Caller) -> None:
        order_id = caller.place(**MARKET)
        for answer in (caller.get(f"cancel/{order_id}"), caller.post("modify", changed(order_id))):
            assert (answer.status_code, answer.json()["status"]) == (200, "ERROR")
            assert "complete already" in answer.json()["message"]
        for path in ("cancel/26112000000099", "order/26112000000099"):
            assert caller.get(path).json() == {"status": "ERROR", "message": "Order Not Found"}
