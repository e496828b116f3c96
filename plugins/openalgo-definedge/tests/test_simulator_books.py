"""The simulator's books, money, prices and candles: what the rows show, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from openalgo_core.models import OrderStatus
from openalgo_core.simulation import TEST_ACCOUNT, Simulation

from .simulator_fixtures import MARKET, NIFTY_CE, Caller, contract_of, simulated, taken

BASKET_ROW = {"exchange": "NSE", "tradingsymbol": "SBIN-EQ", "quantity": 5, "price": 800, "product_type": "CNC",
              "order_type": "BUY", "price_type": "LIMIT"}  # fmt: skip
SPAN_ROW = {"product_type": "NORMAL", "exchange": "NFO", "symbol_name": "NIFTY", "tradingsymbol": "NIFTY24NOV26C25000",
            "expiry": "24-NOV-2026", "option_strike": "25000", "option_type": "CE",
            "open_buy_qty": 0, "open_sell_qty": 65}  # fmt: skip


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as logged_in:
        yield logged_in


class TestBooks:
    @pytest.mark.parametrize("path", ["orders", "trades", "positions", "holdings"])
    def test_an_empty_book_is_an_error_inside_a_200(self, path: str, caller: Caller) -> None:
        answer = caller.get(path)
        expected = {"status": "ERROR", "message": f"No {path.title()} Found"}
        assert (answer.status_code, answer.json()) == (200, expected)

    def test_the_filled_quantity_of_a_trade_counts_up(self, caller: Caller, simulation: Simulation) -> None:
        order_id = caller.place(quantity="10", remarks="t1")
        account = simulation.setup.exchange.account(TEST_ACCOUNT.user_id)
        account.force(order_id, OrderStatus.OPEN, fill=4)
        row = caller.row("orders", "orders")
        assert (row["order_status"], row["filled_qty"], row["pending_qty"]) == ("OPEN", "4", "6")
        account.force(order_id, OrderStatus.COMPLETE)
        trades = caller.get("trades").json()["trades"]
        assert [(row["last_fill_qty"], row["filled_qty"]) for row in trades] == [("4", "4"), ("6", "10")]
        assert {row["fill_price"] for row in trades} == {"800.00"}
        assert {row["remarks"] for row in trades} == {"t1"}
        assert trades[0]["fill_time"] == "20-11-2026 10:15:00"

    def test_large_orders_fill_in_pieces_where_the_exchange_does(self) -> None:
        with simulated(partial_fills=True) as running, Caller(running) as caller:
            caller.place(**MARKET, quantity="20000")
            row = caller.row("orders", "orders")
            assert row["order_status"] == "OPEN"
            assert 0 < int(row["filled_qty"]) < 20000
            assert int(row["filled_qty"]) + int(row["pending_qty"]) == 20000

    def test_positions_of_both_signs(self, caller: Caller) -> None:
        caller.place(**MARKET)
        caller.place(**{**NIFTY_CE, **MARKET}, order_type="SELL")
        rows = {row["exchange"]: row for row in caller.get("positions").json()["positions"]}
        bought, sold = rows["NSE"], rows["NFO"]
        assert (bought["net_quantity"], bought["day_buy_qty"], bought["product_type"]) == ("5", "5", "INTRADAY")
        assert (sold["net_quantity"], sold["day_sell_qty"], sold["product_type"]) == ("-65", "65", "NORMAL")
        assert bought["net_averageprice"] == bought["net_uploadprice"] == bought["day_buy_avg"]
        assert (bought["realized_pnl"], sold["realized_pnl"], sold["upload_price"]) == ("0.00", "-0.00", "0.00")
        profit = 5 * (Decimal(bought["lastPrice"]) - Decimal(bought["net_averageprice"]))
        assert Decimal(bought["unrealized_pnl"]) == profit

    def test_a_flat_position_stays_and_waiting_orders_show(self, caller: Caller) -> None:
        caller.place(**MARKET)
        caller.place(**MARKET, order_type="SELL")
        caller.place()
        row = caller.row("positions", "positions")
        assert (row["net_quantity"], row["net_averageprice"], row["unrealized_pnl"]) == ("0", "0.00", "0.00")
        assert (row["open_buy_quantity"], row["open_sell_quantity"]) == ("5", "0")

    def test_a_future_of_dollars_is_worth_a_thousand_of_them(self, caller: Caller) -> None:
        future = {"exchange": "CDS", "tradingsymbol": "USDINR26NOV26F", "product_type": "NORMAL", "quantity": 1}
        caller.place(**future, **MARKET)
        row = caller.row("positions", "positions")
        assert Decimal(row["day_buy_amt"]) == 1000 * Decimal(row["net_averageprice"])

    def test_a_holding_is_one_row_of_all_listings(self, caller: Caller, simulation: Simulation) -> None:
        account = simulation.setup.exchange.account(TEST_ACCOUNT.user_id)
        account.give_holding(contract_of(simulation, "NSE", "5701"), 100, Decimal("164.75"))
        account.give_holding(contract_of(simulation, "BSE", "532210"), 10, Decimal("153.75"))
        cub = {"tradingsymbol": "CUB-EQ", "product_type": "CNC", "order_type": "SELL"}
        caller.place(**cub, **MARKET, quantity=30)
        price = caller.row("trades", "trades")["fill_price"]
        caller.place(**cub, quantity=20, price=str(Decimal(price) + 5))
        row = caller.row("holdings", "data")
        assert [(one["exchange"], one["tradingsymbol"], one["token"]) for one in row["tradingsymbol"]] == [
            ("NSE", "CUB-EQ", "5701"), ("BSE", "CUB", "532210"),
        ]  # fmt: skip
        assert {one["isin"] for one in row["tradingsymbol"]} == {"INE491A01021"}
        assert (row["dp_qty"], row["t1_qty"], row["avg_buy_price"]) == ("110", "0", "163.75")
        assert (row["trade_qty"], row["holding_used"]) == ("30", "50")
        assert Decimal(row["sell_amt"]) == 30 * Decimal(price)
        assert "ltp" not in row


class TestMoney:
    def test_cash_is_that_of_the_ledger(self, caller: Caller) -> None:
        fresh = caller.get("limits").json()
        assert (fresh["status"], fresh["cash"]) == ("200", "10000000.00")
        assert not fresh.keys() & {"marginUsed", "brokerCollateralAmount", "currentRealizedPNL"}, "nothing to say"
        caller.place()
        blocked = caller.get("limits").json()
        assert (blocked["cash"], blocked["marginUsed"]) == ("10000000.00", "800.00")

    def test_the_sign_of_a_profit_is_the_wrong_one(self, caller: Caller, simulation: Simulation) -> None:
        caller.place(**MARKET, quantity=1000)
        simulation.setup.clock.sleep(600)
        profit = Decimal(caller.row("positions", "positions")["unrealized_pnl"])
        assert profit != 0
        assert Decimal(caller.get("limits").json()["currentUnrealizedMtom"]) == -profit

    def test_the_margin_of_a_basket(self, caller: Caller) -> None:
        caller.place()
        market = BASKET_ROW | {"price_type": "MARKET", "price": 0, "product_type": "INTRADAY"}
        answer = caller.post("margin", {"basketlists": [BASKET_ROW, BASKET_ROW, market]}).json()
        assert answer["status"] == "SUCCESS"
        assert Decimal(answer["marginUsed"]) > 8000, "two for delivery and a part of the third"
        assert Decimal(answer["newTotalMarginUsed"]) == Decimal(answer["marginUsed"]) + 800

    def test_span_and_exposure_add_up_to_the_margin(self, caller: Caller) -> None:
        answer = caller.post("spancalculator", {"positions": [SPAN_ROW]}).json()
        order = {"exchange": "NFO", "tradingsymbol": "NIFTY24NOV26C25000", "quantity": 65, "price": 0,
                 "product_type": "NORMAL", "order_type": "SELL", "price_type": "MARKET"}  # fmt: skip
        basket = caller.post("margin", {"basketlists": [order]}).json()
        assert Decimal(answer["span"]) + Decimal(answer["exposure"]) == Decimal(basket["marginUsed"]) > 0
        assert (answer["spanTrade"], answer["request_time"]) == (answer["span"], "10:15:00 20-11-2026")

    def test_shares_and_what_is_flat_have_no_span(self, caller: Caller) -> None:
        row = {"product_type": "CNC", "exchange": "NSE", "symbol_name": "SBIN", "tradingsymbol": "SBIN-EQ",
               "open_buy_qty": 5, "open_sell_qty": 0}  # fmt: skip
        flat = SPAN_ROW | {"net_qty": 65}
        assert caller.post("spancalculator", {"positions": [row, flat]}).json()["span"] == "0.00"

    @pytest.mark.parametrize(
        "changes",
        [{"expiry": "24112026"}, {"expiry": "24-Nov-2026"}, {"option_strike": "2500000"}, {"option_type": "PE"},
         {"symbol_name": "BANKNIFTY"}, {"open_sell_qty": 66}],
    )  # fmt: skip
    def test_what_is_said_of_a_contract_must_be_true(self, changes: dict[str, object], caller: Caller) -> None:
        assert caller.post("spancalculator", {"positions": [SPAN_ROW | changes]}).json()["status"] == "FAILURE"

    @pytest.mark.parametrize("row", [BASKET_ROW | {"ordertype": "LIMIT"}, 5])
    def test_rows_are_as_strict_as_bodies(self, row: object, simulation: Simulation, caller: Caller) -> None:
        assert caller.post("margin", {"basketlists": [row]}).status_code == 400
        assert taken(simulation)


class TestPrices:
    def test_a_quote_is_all_text_without_close_and_open_interest(self, caller: Caller) -> None:
        row = caller.get("quotes/NFO/58921").json()
        assert all(type(value) is str for value in row.values())
        assert (row["status"], row["tradingsymbol"], row["lotsize"]) == ("SUCCESS", "NIFTY24NOV26C25000", "65")
        assert Decimal(row["day_low"]) <= Decimal(row["ltp"]) <= Decimal(row["day_high"])
        assert Decimal(row["best_bid_price1"]) < Decimal(row["best_ask_price1"])
        assert {"best_bid_qty5", "best_ask_orders5"} <= row.keys()
        assert row["last_trade_time"] == "10:15:00"
        assert not row.keys() & {"oi", "open_interest", "close", "prev_close"}

    def test_an_index_has_prices_only(self, caller: Caller) -> None:
        row = caller.get("quotes/NSE/26000").json()
        assert (row["tradingsymbol"], row["segment"]) == ("Nifty 50", "EQT")
        assert Decimal(row["ltp"]) > 0
        assert not row.keys() & {"volume", "best_bid_price1", "upper_circuit"}

    def test_a_token_counts_within_its_segment(self, caller: Caller) -> None:
        share, future = caller.get("quotes/NSE/3045").json(), caller.get("quotes/CDS/3045").json()
        assert (share["tradingsymbol"], future["tradingsymbol"]) == ("SBIN-EQ", "USDINR26NOV26F")
        assert caller.get("quotes/BSE/3045").json() == {"status": "ERROR", "message": "Token Not Found"}

    def test_the_facts_of_a_security(self, caller: Caller) -> None:
        row = caller.get("securityinfo/NFO/58921").json()
        assert (row["freeze_qty"], row["expiry"], row["option_strike"], row["option_type"], row["ticksize"]) == (
            "1950", "24-11-2026", "25000.00", "CE", "0.05",
        )  # fmt: skip
        assert not caller.get("securityinfo/NSE/3045").json().keys() & {"expiry", "option_strike", "option_type"}


class TestHistory:
    def rows(self, path: str, caller: Caller) -> list[list[str]]:
        answer = caller.get(f"/sds/history/{path}")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/csv")
        return [line.split(",") for line in answer.text.splitlines()]

    def test_minutes_are_those_of_the_session_until_now(self, caller: Caller) -> None:
        rows = self.rows("NSE/3045/minute/191120261528/201120262359", caller)
        assert [row[0] for row in rows[:3]] == ["191120261528", "191120261529", "201120260915"]
        assert rows[-1][0] == "201120261015"
        assert {len(row) for row in rows} == {6}
        assert all(row[5].isdecimal() for row in rows)

    def test_derivatives_have_their_open_interest_and_their_hours(self, caller: Caller) -> None:
        rows = self.rows("MCX/441301/minute/191120260000/191120262359", caller)
        assert (rows[0][0], {len(row) for row in rows}) == ("191120260900", {7})
        assert all(int(row[6]) > 0 for row in rows)

    def test_days_keep_their_leading_zero(self, caller: Caller) -> None:
        rows = self.rows("NSE/26000/day/011120260000/091120262359", caller)
        assert [row[0] for row in rows[:2]] == ["021120260000", "031120260000"], "the first is a Sunday"

    def test_ticks_are_seconds_since_1970(self, caller: Caller) -> None:
        rows = self.rows("NFO/58921/tick/201120260915/201120260916", caller)
        assert (rows[0][0], {len(row) for row in rows}) == ("1795146300", {4})
        assert len(rows) == 61

    def test_minutes_reach_back_half_a_year(self, caller: Caller) -> None:
        rows = self.rows("NSE/3045/minute/200520260915/220520261530", caller)
        assert rows[0][0] == "210520261015"

    @pytest.mark.parametrize(
        "path",
        [
            "NSE/3045/minute/141120260000/151120262359",  # a weekend
            "NSE/3045/day/201120260000/191120260000",
            "NSE/3045/tick/161120260915/161120261530",
            "NSE/999999999/day/011120260000/201120262359",
        ],
    )
    def test_nothing_is_a_400_in_json(self, path: str, caller: Caller) -> None:
        answer = caller.get(f"/sds/history/{path}")
        assert (answer.status_code, answer.json()["status"]) == (400, "ERROR")

    @pytest.mark.parametrize(
        "path",
        [
            "NSE/3045/5minute/201120260915/201120261530",
            "NSE/3045/minute/20112026/201120261530",
            "NSE/3045/minute/2026-11-20/201120261530",
            "NSE/3045/minute/320120260915/201120261530",
        ],
    )
    def test_what_is_no_window_is_a_surprise(self, path: str, caller: Caller, simulation: Simulation) -> None:
        assert caller.get(f"/sds/history/{path}").status_code == 400
        assert taken(simulation)

    def test_a_dead_key_is_told_in_json(self, caller: Caller) -> None:
        caller.headers.clear()
        answer = caller.get("/sds/history/NSE/3045/day/011120260000/201120262359")
        assert (answer.status_code, answer.json()["message"]) == (401, "Session Expired")
