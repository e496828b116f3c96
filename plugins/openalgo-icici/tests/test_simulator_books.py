"""Books, portfolio, funds and margin of the simulator, with the quirks of their rows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from openalgo_core.models import OrderStatus
from openalgo_core.simulation import TEST_ACCOUNT, Simulation

from .simulator_fixtures import CALL, FUTURE, TODAY, Caller, contract_of, simulated, taken

LEG = {
    "strike_price": "24300", "quantity": "65", "right": "call", "product": "options", "action": "buy", "price": "100",
    "expiry_date": "24-Nov-2026", "stock_code": "NIFTY",
}  # fmt: skip


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as logged_in:
        yield logged_in


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
