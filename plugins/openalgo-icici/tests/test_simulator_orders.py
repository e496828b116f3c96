"""Orders, books, margin, quotes and candles of the simulator: what it refuses, and the quirks of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from openalgo_core.models import OrderStatus
from openalgo_core.simulation import TEST_ACCOUNT, Simulation

from .simulator_fixtures import NIFTY_CALL, NIFTY_FUTURE, ORDER, TODAY, Caller, contract_of, simulated, taken

CALL = NIFTY_CALL | {"product": "options", "quantity": "65", "price": "1300"}
FUTURE = NIFTY_FUTURE | {"product": "futures", "quantity": "65", "price": "25000"}
SENSEX_FUTURE = FUTURE | {
    "stock_code": "BSESEN", "exchange_code": "BFO", "quantity": "20", "expiry_date": "26-nov-2026", "price": "80000",
}  # fmt: skip
NO_DATA = {"Success": None, "Status": 500, "Error": "No Data Found"}
LEG = {
    "strike_price": "24300", "quantity": "65", "right": "call", "product": "options", "action": "buy", "price": "100",
    "expiry_date": "24-Nov-2026", "stock_code": "NIFTY",
}  # fmt: skip
SQUARE = {
    "source_flag": "", "stock_code": "NIFTY", "exchange_code": "NFO", "quantity": "65", "price": "1250",
    "action": "sell", "order_type": "limit", "validity": "day", "stoploss_price": "0", "disclosed_quantity": "0",
    "protection_percentage": "", "settlement_id": "", "margin_amount": "", "open_quantity": "",
    "cover_quantity": "", "product_type": "options", "expiry_date": "2026-11-24T06:00:00.000Z", "right": "Call",
    "strike_price": "24300", "validity_date": "", "alias_name": "", "trade_password": "", "order_reference": "",
    "position_exchange_code": "", "lots": "",
}  # fmt: skip
CHAIN = {"stock_code": "NIFTY", "exchange_code": "NFO", "product_type": "options"}


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


class TestBooks:
    def test_a_list_is_of_one_exchange_and_of_the_days_asked_for(self, caller: Caller) -> None:
        caller.placed()
        caller.placed(**CALL)
        assert [row["stock_code"] for row in caller.book("NFO")] == ["NIFTY"]
        assert caller.book("BFO") == []
        dates = {
            # What somebody sends who writes Indian midnights in UTC.
            ("2026-11-19T18:30:00.000Z", "2026-11-20T18:29:00.000Z"): 1,
            ("2026-11-20T10:00:00.000Z", "2026-11-20T10:00:00.000Z"): 1,
            ("2026-11-10T00:00:00.00Z", "2026-11-19T23:59:59.00Z"): 0,
        }
        for (first, last), count in dates.items():
            answer = caller.call("GET", "order", {"exchange_code": "NSE", "from_date": first, "to_date": last})
            assert len(answer["Success"] or []) == count

    @pytest.mark.parametrize(
        ("first", "sentence"),
        [("2026-11-09T00:00:00.000Z", "10 days"), ("yesterday", "not a valid date"), ("", "From-Date cannot be empty")],
    )
    def test_ten_days_at_most(self, first: str, sentence: str, caller: Caller) -> None:
        answer = caller.call("GET", "order", {"exchange_code": "NSE", **TODAY, "from_date": first})
        assert sentence in answer["Error"]

    def test_a_derivatives_row_differs_in_small_things(self, caller: Caller) -> None:
        share, option, future = (
            caller.row(caller.placed(**changes), segment)
            for changes, segment in (({}, "NSE"), (CALL, "NFO"), (FUTURE, "NFO"))
        )
        assert list(share) == list(option) == list(future)
        names = ("product_type", "stoploss", "expiry_date", "right", "strike_price", "order_datetime",
                 "parent_order_id", "validity_date")  # fmt: skip
        found = [tuple(row[name] for name in names) for row in (share, option, future)]
        assert found == [
            ("Cash", "0.00", None, None, 0.0, "20-Nov-2026 10:15", None, ""),
            ("Options", "0", "24-Nov-2026", "Call", 24300.0, "20-Nov-2026 10:15:00", "", None),
            ("Futures", "0", "01-Dec-2026", "Others", 0.0, "20-Nov-2026 10:15:00", "", None),
        ]

    def test_an_order_whose_day_is_over_has_expired(self) -> None:
        with simulated() as running, Caller(running) as caller:
            account = running.setup.exchange.account(TEST_ACCOUNT.user_id)
            order_id = caller.placed()
            number = account.orders()[0].order_id
            account.force(number, OrderStatus.OPEN, fill=2)
            account.force(number, OrderStatus.CANCELLED, "The validity of the order is over.")
            row = caller.row(order_id)
            assert (row["status"], row["cancelled_quantity"]) == ("Partially Executed And Expired", "3")

    def test_trades_are_added_up_and_details_are_not(self, simulation: Simulation, caller: Caller) -> None:
        order_id = caller.placed(price="380")
        account = simulation.setup.exchange.account(TEST_ACCOUNT.user_id)
        for units in (2, 3):
            account.force(account.orders()[0].order_id, OrderStatus.OPEN, fill=units)
        caller.placed(**CALL | {"price": "1400"})
        (row,) = caller.call("GET", "trades", {"exchange_code": "NSE", **TODAY})["Success"]
        assert (row["order_id"], row["quantity"], row["average_cost"]) == (order_id, "5", "380.00")
        assert (row["trade_date"], row["strike_price"]) == ("20-Nov-2026", None)
        fills = caller.call("GET", "trades", {"exchange_code": "NSE", "order_id": order_id})["Success"]
        assert [fill["executed_quantity"] for fill in fills] == ["2", "3"]
        assert fills[0]["execution_price"] == "380"
        assert fills[0]["exchange_trade_time"] == "20-Nov-2026 10:15:00"
        (option,) = caller.call("GET", "trades", {"exchange_code": "NFO"})["Success"]
        assert (option["strike_price"], option["right"], option["product_type"]) == ("24300", "Call", "Options")

    @pytest.mark.parametrize(
        ("changes", "count"),
        [({"action": "buy"}, 1), ({"action": "sell"}, 0), ({"stock_code": "ITC", "product_type": "cash"}, 1),
         ({"product_type": "btst"}, 0), ({"stock_code": "TCS"}, 0)],
    )  # fmt: skip
    def test_trades_can_be_narrowed_down(self, changes: dict[str, str], count: int, caller: Caller) -> None:
        caller.placed(price="460")
        answer = caller.call("GET", "trades", {"exchange_code": "NSE", **TODAY, **changes})
        assert len(answer["Success"] or []) == count

    def test_large_orders_fill_in_pieces_where_the_exchange_does(self) -> None:
        with simulated(partial_fills=True) as running, Caller(running) as caller:
            row = caller.row(caller.placed(price="460", quantity="15000"))
            assert row["status"] == "Partially Executed"
            assert 0 < int(row["pending_quantity"]) < 15000


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


class TestPortfolio:
    def test_a_share_bought_today_is_a_position_without_a_contract(self, caller: Caller) -> None:
        caller.placed(price="460")
        (row,) = caller.call("GET", "portfoliopositions")["Success"]
        assert (row["segment"], row["product_type"], row["action"]) == ("equity", "Cash", "Buy")
        assert (row["expiry_date"], row["right"], row["strike_price"], row["pnl"]) == (None, None, None, None)
        assert caller.call("GET", "portfolioholdings", {"exchange_code": "NSE"})["Success"] is None

    def test_it_is_in_the_depository_tomorrow(self, simulation: Simulation, caller: Caller) -> None:
        caller.placed(price="460")
        simulation.setup.clock.sleep(3 * 86400)
        caller.log_in()
        (row,) = caller.call("GET", "dematholdings")["Success"]
        assert (row["stock_code"], row["quantity"]) == ("ITC", "5")

    def test_the_depository_adds_up_exchanges(self, simulation: Simulation, caller: Caller) -> None:
        account = simulation.setup.exchange.account(TEST_ACCOUNT.user_id)
        for segment, quantity in (("NSE", 10), ("BSE", 4)):
            account.give_holding(contract_of(simulation, segment, "STABAN"), quantity, Decimal(600))
        (row,) = caller.call("GET", "dematholdings")["Success"]
        assert (row["stock_code"], row["quantity"], row["stock_ISIN"]) == ("STABAN", "14", "INE062A01020")
        (row,) = caller.call("GET", "portfolioholdings", {"exchange_code": "BSE", "stock_code": "STABAN"})["Success"]
        assert (row["quantity"], row["product_type"], row["action"]) == ("4", None, None)
        none = {"exchange_code": "NSE", "stock_code": "ITC"}
        assert caller.call("GET", "portfolioholdings", none)["Error"] == "No Data Found"

    def test_types_of_the_funds_are_mixed(self, caller: Caller) -> None:
        funds = caller.call("GET", "funds")["Success"]
        assert type(funds["allocated_equity"]) is float
        assert type(funds["unallocated_balance"]) is str
        assert type(funds["block_by_trade_balance"]) is int

    @pytest.mark.parametrize("segment", ["", "MCX"])
    def test_limits_are_of_an_exchange(self, segment: str, caller: Caller) -> None:
        assert caller.call("GET", "margin", {"exchange_code": segment})["Status"] == 500


class TestMargin:
    def test_the_row_comes_back_capitalised(self, caller: Caller) -> None:
        answer = caller.call("POST", "margincalculator", {"list_of_positions": [LEG], "exchange_code": "NFO"})
        assert answer["Success"]["margin_calulation"] == [
            LEG | {"right": "Call", "product": "Options", "action": "Buy", "stock_code": "NIFTY "}
        ]
        assert answer["Success"]["span_margin_required"] == "6500.00"
        assert answer["Success"]["non_span_margin_required"] == "0"

    @pytest.mark.parametrize(
        ("segment", "changes", "sentence"),
        [
            ("NSE", {}, "nfo or bfo"),
            ("BFO", {}, "No Data Found"),
            ("NFO", {"quantity": "1"}, "lot of 65"),
            ("NFO", {"product": "cash"}, "Product should be either 'futures' or 'options'"),
        ],
    )
    def test_what_it_cannot_reckon(self, segment: str, changes: dict[str, str], sentence: str, caller: Caller) -> None:
        body = {"list_of_positions": [LEG | changes], "exchange_code": segment}
        assert sentence in caller.call("POST", "margincalculator", body)["Error"]

    @pytest.mark.parametrize("row", [LEG | {"exchange": "NFO"}, LEG | {"right": None}, 5])
    def test_rows_are_as_strict_as_bodies(self, row: object, simulation: Simulation, caller: Caller) -> None:
        body = {"list_of_positions": [row], "exchange_code": "NFO"}
        assert caller.call("POST", "margincalculator", body)["Status"] == 500
        assert taken(simulation)


class TestQuotes:
    @pytest.mark.parametrize(
        ("segment", "code", "exchanges"),
        [
            ("NSE", "ITC", ["NSE", "BSE"]),
            ("BSE", "ITC", ["NSE", "BSE"]),
            ("NSE", "NIFTY", ["NSE"]),
            ("BSE", "BSESEN", ["BSE"]),
            ("NSE", "3BFLIM", ["BSE"]),
        ],
    )
    def test_rows_are_those_of_all_exchanges_that_list_it(
        self, segment: str, code: str, exchanges: list[str], caller: Caller
    ) -> None:
        answer = caller.call("GET", "quotes", {"stock_code": code, "exchange_code": segment})
        assert [row["exchange_code"] for row in answer["Success"]] == exchanges

    def test_an_index_has_a_price_and_no_book(self, caller: Caller) -> None:
        (row,) = caller.call("GET", "quotes", {"stock_code": "CNXBAN", "exchange_code": "NSE"})["Success"]
        assert row["ltp"] > 50_000
        assert (row["best_bid_price"], row["best_bid_quantity"], row["total_quantity_traded"]) == (0.0, "0", "0")

    @pytest.mark.parametrize(
        ("body", "sentence"),
        [
            ({"stock_code": "RELIANCE", "exchange_code": "NSE"}, "No Data Found"),
            ({"stock_code": "GOLD", "exchange_code": "MCX"}, "Object reference"),
            ({"stock_code": "USDINR", "exchange_code": "NDX"}, "Object reference"),
            (NIFTY_CALL, "Product-type should be either"),
            (NIFTY_CALL | {"product_type": "futures"}, "No Data Found"),
            ({"stock_code": "ITC", "exchange_code": "XYZ"}, "Exchange-Code should be either"),
        ],
    )
    def test_what_has_no_quote(self, body: dict[str, str], sentence: str, caller: Caller) -> None:
        assert sentence in caller.call("GET", "quotes", body)["Error"]


class TestTheChain:
    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({}, "Either Expiry-Date or Strike-Price cannot be empty."),
            ({"right": "call"}, "Either Expiry-Date or Strike-Price cannot be empty."),
            ({"expiry_date": "24-Nov-2026"}, "Either Right or Strike-Price cannot be empty."),
            ({"strike_price": "24300"}, "Either Expiry-Date or Right cannot be empty."),
            ({"exchange_code": "NSE"}, "Exchange code should be nfo or bfo"),
            ({"product_type": "cash"}, "Product-type should be either 'futures' or 'options'"),
        ],
    )
    def test_two_of_three_are_needed(self, given: dict[str, str], sentence: str, caller: Caller) -> None:
        answer = caller.call("GET", "optionchain", CHAIN | given)
        assert (answer["Status"], answer["Error"]) == (500, sentence)

    def test_a_strike_of_nothing_lists_the_expiries(self, caller: Caller) -> None:
        for path in ("optionchain", "OptionChain"):
            rows = caller.call("GET", path, CHAIN | {"right": "Call", "strike_price": "0"})["Success"]
            assert {row["expiry_date"] for row in rows} == {
                "24-Nov-2026", "01-Dec-2026", "08-Dec-2026", "29-Dec-2026", "30-Mar-2027",
            }  # fmt: skip

    def test_futures_are_asked_for_without_a_right(self, caller: Caller) -> None:
        futures = CHAIN | {"product_type": "futures"}
        assert len(caller.call("GET", "optionchain", futures)["Success"]) == 3
        assert caller.call("GET", "optionchain", futures | {"right": "others"}) == {
            "Success": [], "Status": 200, "Error": None,
        }  # fmt: skip


class TestHistory:
    def test_candles_begin_and_end_on_the_indian_clock(self, caller: Caller) -> None:
        rows = caller.candles(from_date="2026-11-19T15:28:00.000Z", to_date="2026-11-20T09:16:00.000Z")["Success"]
        assert [row["datetime"][8:16] for row in rows] == ["19 15:28", "19 15:29", "20 09:15", "20 09:16"]
        assert list(rows[0]) == ["close", "datetime", "exchange_code", "high", "low", "open", "stock_code", "volume"]

    def test_a_thousand_at_most_the_oldest_first(self, caller: Caller) -> None:
        answer = caller.candles(interval="1second", to_date="2026-11-20T10:15:00.000Z")["Success"]
        assert len(answer) == 1000
        assert (answer[0]["datetime"], answer[-1]["datetime"]) == ("2026-11-20 09:30:00", "2026-11-20 09:46:39")

    @pytest.mark.parametrize(
        ("product", "keys"),
        [
            ("options", {"expiry_date", "open_interest", "product_type", "right", "strike_price"}),
            ("futures", {"expiry_date", "open_interest", "product_type"}),
        ],
    )
    def test_derivatives_say_more(self, product: str, keys: set[str], caller: Caller) -> None:
        terms = NIFTY_CALL if product == "options" else NIFTY_FUTURE
        named = {name: value for name, value in terms.items() if name != "exchange_code"}
        row = caller.candles(**named, exch_code="NFO", product_type=product)["Success"][0]
        cash = {"close", "datetime", "exchange_code", "high", "low", "open", "stock_code", "volume"}
        assert set(row) == cash | keys
        assert row["expiry_date"] == ("24-NOV-2026" if product == "options" else "01-DEC-2026")

    def test_commodities_have_history(self, caller: Caller) -> None:
        answer = caller.candles(
            stock_code="CRUDE", exch_code="MCX", product_type="futures", right="others", strike_price="0",
            expiry_date="2026-11-25T07:00:00.000Z",
        )  # fmt: skip
        assert len(answer["Success"]) == 16

    @pytest.mark.parametrize(("hours", "last"), [(0, "2026-11-19"), (13.3, "2026-11-20")])
    def test_the_days_own_candle_is_made_overnight(
        self, hours: float, last: str, simulation: Simulation, caller: Caller
    ) -> None:
        simulation.setup.clock.sleep(hours * 3600)
        answer = caller.candles(
            interval="1day", from_date="2026-11-16T00:00:00.000Z", to_date="2026-11-20T23:59:59.000Z"
        )
        assert answer["Success"][-1]["datetime"] == f"{last} 00:00:00"
        assert caller.candles(interval="1day", from_date="2026-11-21T00:00:00.000Z")["Success"] == []

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"interval": "15minute"}, "Interval should be either '1second'"),
            ({"exch_code": "XYZ"}, "Exchange-Code should be either 'nse', 'bse' ,"),
            ({"exch_code": None}, "Exchange-Code cannot be empty"),
            ({"stock_code": "RELIANCE"}, "No Data Found"),
            ({"exch_code": "NFO", "product_type": None}, "Product-type should be either"),
            ({"exch_code": "NFO", "product_type": "options"}, "Strike-Price cannot be empty"),
            ({"exch_code": "NFO", "product_type": "futures"}, "Expiry-Date cannot be empty"),
            ({"to_date": "2026-11-20"}, "to_date is not a valid date"),
        ],
    )
    def test_what_has_no_candles(self, changes: dict[str, str | None], sentence: str, caller: Caller) -> None:
        answer = caller.candles(**changes)
        assert (answer["Success"], answer["Status"]) == (None, 500)
        assert sentence in answer["Error"]

    def test_the_other_name_of_the_exchange_is_a_surprise(self, caller: Caller, simulation: Simulation) -> None:
        assert caller.candles(exchange_code="NSE")["Status"] == 500
        assert "unknown in the request: exchange_code" in taken(simulation)

    def test_the_first_version_is_all_text(self, caller: Caller) -> None:
        body = NIFTY_CALL | {
            "interval": "30minute", "from_date": "2026-11-19T09:15:00.000Z", "to_date": "2026-11-19T10:00:00.000Z",
            "product_type": "options",
        }  # fmt: skip
        rows = caller.call("GET", "historicalcharts", body)["Success"]
        assert [row["datetime"] for row in rows] == ["2026-11-19 09:15:00", "2026-11-19 09:45:00"]
        assert {name for name, value in rows[0].items() if type(value) is not str} == {"count"}
        assert (rows[0]["expiry_date"], rows[0]["strike_price"]) == ("24-NOV-26", "24300")
        assert "'ndx'" in caller.call("GET", "historicalcharts", body | {"exchange_code": "BFO"})["Error"]
        assert "Interval" in caller.call("GET", "historicalcharts", body | {"interval": "1minute"})["Error"]
