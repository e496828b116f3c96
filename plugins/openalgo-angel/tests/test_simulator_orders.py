"""The simulator's orders and books: what is refused where, and what the rows show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openalgo_core.simulation import Simulation

from .simulator_fixtures import BOOK, ORDER, PLACE, Caller, simulated, taken

NIFTY_CE = {"tradingsymbol": "NIFTY23NOV2625000CE", "symboltoken": "40701", "exchange": "NFO"}
GOLD = {"tradingsymbol": "GOLD23NOV26FUT", "symboltoken": "483079", "exchange": "MCX"}
LEG = {"exchange": "NSE", "qty": 5, "price": 800, "productType": "DELIVERY", "token": "3045", "tradeType": "BUY"}
CANDLES = {"symboltoken": "3045", "exchange": "NSE", "interval": "ONE_MINUTE",
           "fromdate": "2026-11-19 15:28", "todate": "2026-11-20 09:16"}  # fmt: skip
MODIFY = "order/v1/modifyOrder"


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as logged_in:
        yield logged_in


class TestOrders:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"variety": "AMO"}, "AB1008"),
            ({"variety": "STOPLOSS"}, "AB1008"),
            ({"ordertype": "STOPLOSS_LIMIT", "triggerprice": "801"}, "AB1008"),
            ({"variety": "ROBO", "producttype": "BO", "squareoff": "5", "stoploss": "5"}, "AB2002"),
            ({"producttype": "CARRYFORWARD"}, "AB1012"),
            ({"producttype": "CNC"}, "AB1012"),
            ({**NIFTY_CE, "quantity": "65", "producttype": "DELIVERY"}, "AB1012"),
            ({"tradingsymbol": "SBIN"}, "AB1018"),
            ({"symboltoken": "1"}, "AB1018"),
            ({"exchange": "BSE"}, "AB1018"),
            ({"tradingsymbol": "Nifty 50", "symboltoken": "99926000"}, "AB1018"),
            ({"tradingsymbol": "Nifty 50", "symboltoken": "26000"}, "AB1018"),
            ({"exchange": "NYSE"}, "AB1007"),
            ({**NIFTY_CE, "quantity": "66", "producttype": "CARRYFORWARD"}, "AB1007"),
            ({"quantity": "0"}, "AB1007"),
            ({"quantity": "2.5"}, "AB1007"),
            ({"quantity": "five"}, "AB1007"),
            ({"price": "0"}, "AB1007"),
            ({"variety": "STOPLOSS", "ordertype": "STOPLOSS_MARKET"}, "AB1007"),
            ({"disclosedquantity": "6"}, "AB1007"),
            ({**NIFTY_CE, "quantity": "65", "producttype": "INTRADAY", "disclosedquantity": "65"}, "AB1007"),
            ({**GOLD, "quantity": "1", "producttype": "INTRADAY", "duration": "IOC"}, "AB1007"),
            ({"ordertag": "a" * 20}, "AB4008"),
        ],
    )
    def test_what_the_gate_refuses(self, changes: dict[str, str], code: str, caller: Caller) -> None:
        answer = caller.post(PLACE, ORDER | changes).json()
        assert (answer["status"], answer["errorcode"], answer["data"]) == (False, code, None)
        assert caller.get(BOOK).json()["data"] is None

    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            ({"price": "800.01"}, "tick"),
            ({"price": "1.00"}, "band"),
            ({"quantity": "100001"}, "freeze quantity"),
            ({"producttype": "DELIVERY", "transactiontype": "SELL"}, "can be sold for delivery"),
            ({"variety": "STOPLOSS", "ordertype": "STOPLOSS_LIMIT", "triggerprice": "801"}, "trigger price"),
        ],
    )
    def test_what_the_exchange_refuses_shows_in_the_book(
        self, changes: dict[str, str], text: str, caller: Caller
    ) -> None:
        answer = caller.post(PLACE, ORDER | changes).json()
        assert answer["status"] is True
        (row,) = caller.get(BOOK).json()["data"]
        assert (row["orderid"], row["status"]) == (answer["data"]["orderid"], "rejected")
        assert text in row["text"]
        assert row["exchangeorderid"] == row["exchtime"] == ""

    def test_nineteen_characters_of_tag_come_back(self, caller: Caller) -> None:
        caller.post(PLACE, ORDER | {"ordertag": "a" * 19, "scripconsent": "yes"})
        assert caller.get(BOOK).json()["data"][0]["ordertag"] == "a" * 19

    def test_a_commodity_counts_its_freeze_quantity_in_lots(self, caller: Caller) -> None:
        option = {"tradingsymbol": "CRUDEOIL26NOV267750CE", "symboltoken": "580373", "exchange": "MCX"}
        market = {"producttype": "CARRYFORWARD", "ordertype": "MARKET", "price": "0", "quantity": "200"}
        caller.post(PLACE, ORDER | option | market)
        (row,) = caller.get(BOOK).json()["data"]
        assert (row["status"], row["text"]) == ("complete", ""), "its freeze_qty is 100, its lot 100"

    def test_a_lot_of_gold_is_worth_a_hundred_times_its_price(self, caller: Caller) -> None:
        market = {"producttype": "CARRYFORWARD", "ordertype": "MARKET", "price": "0", "quantity": "2"}
        caller.post(PLACE, ORDER | GOLD | market)
        (row,) = caller.get("order/v1/getPosition").json()["data"]
        assert float(row["buyamount"]) == pytest.approx(2 * 100 * float(row["avgnetprice"]))
        assert row["buyavgprice"] == row["avgnetprice"]

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"orderid": "261120000000099"}, "AB1013"),
            ({"variety": "STOPLOSS"}, "AB1008"),
            ({"producttype": "DELIVERY"}, "AB1012"),
            ({"tradingsymbol": "INFY-EQ", "symboltoken": "1594"}, "AB1018"),
            ({"price": "0"}, "AB1007"),
            ({"ordertype": "STOPLOSS_LIMIT"}, "AB1007"),
            ({"price": "1.00"}, ""),
        ],
    )
    def test_a_change_that_is_refused_changes_nothing(self, changes: dict[str, str], code: str, caller: Caller) -> None:
        order_id = caller.post(PLACE, ORDER).json()["data"]["orderid"]
        before = caller.get(BOOK).json()["data"]
        change = {key: value for key, value in ORDER.items() if key != "transactiontype"} | {"orderid": order_id}
        answer = caller.post(MODIFY, change | changes).json()
        assert (answer["status"], answer["errorcode"]) == (False, code)
        assert answer["message"]
        assert caller.get(BOOK).json()["data"] == before

    def test_a_stop_order_needs_its_trigger_price_again(self, caller: Caller) -> None:
        stop = {"variety": "STOPLOSS", "ordertype": "STOPLOSS_LIMIT", "price": "930", "triggerprice": "929"}
        order_id = caller.post(PLACE, ORDER | stop).json()["data"]["orderid"]
        change = {key: value for key, value in (ORDER | stop).items() if key != "transactiontype"}
        change |= {"orderid": order_id, "price": "931"}
        assert caller.post(MODIFY, change).json()["status"] is True
        del change["triggerprice"]
        assert caller.post(MODIFY, change).json()["errorcode"] == "AB1007"
        assert caller.get(BOOK).json()["data"][0]["triggerprice"] == 929.0

    def test_an_unknown_unique_id_is_no_order(self, caller: Caller) -> None:
        answer = caller.get("order/v1/details/11111111-2222-3333-4444-555555555555")
        assert (answer.status_code, answer.json()["errorcode"]) == (200, "AB1013")

    def test_large_orders_fill_in_pieces_where_the_exchange_does(self) -> None:
        with simulated(partial_fills=True) as running, Caller(running) as caller:
            large = {"ordertype": "MARKET", "price": "0", "quantity": "20000"}
            caller.post(PLACE, ORDER | large)
            (row,) = caller.get(BOOK).json()["data"]
            assert row["status"] == "open"
            assert 0 < int(row["filledshares"]) < 20000
            assert int(row["filledshares"]) + int(row["unfilledshares"]) == 20000


class TestMargin:
    def test_shares_for_delivery_need_their_price(self, caller: Caller) -> None:
        data = caller.post("margin/v1/batch", {"positions": [LEG]}).json()["data"]
        assert data["totalMarginRequired"] == data["marginComponents"]["deliveryMargin"] == 4000.0

    def test_fifty_at_most(self, caller: Caller) -> None:
        assert caller.post("margin/v1/batch", {"positions": [LEG] * 51}).json()["errorcode"] == "AB1007"

    @pytest.mark.parametrize("row", [LEG | {"qty": "5"}, LEG | {"ordertype": "LIMIT"}, 5])
    def test_rows_are_as_strict_as_bodies(self, row: object, simulation: Simulation, caller: Caller) -> None:
        assert caller.post("margin/v1/batch", {"positions": [row]}).json()["status"] is False
        assert taken(simulation)


class TestHistory:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [({"exchange": "CDS", "symboltoken": "1150"}, "AB1007"), ({"interval": "ONE_WEEK"}, "AB1007"),
         ({"todate": "2026-11-20"}, "AB1004"), ({"symboltoken": "26000"}, "AB1018")],
    )  # fmt: skip
    def test_what_has_no_history(self, changes: dict[str, str], code: str, caller: Caller) -> None:
        assert caller.post("historical/v1/getCandleData", CANDLES | changes).json()["errorcode"] == code

    def test_only_the_session_has_candles_and_only_until_now(self, caller: Caller) -> None:
        rows = caller.post("historical/v1/getCandleData", CANDLES).json()["data"]
        assert [row[0][8:16] for row in rows] == ["19T15:28", "19T15:29", "20T09:15", "20T09:16"]
        assert all(type(price) is float for row in rows for price in row[1:5])
