"""The simulator's positions, holdings, funds and margin."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from openalgo_core.simulation import TEST_ACCOUNT, Simulation

from .simulator_fixtures import NFO, Caller, contract_of, price_of, simulated, taken

BFO = {"exchange": "BSE", "algo_id": "9999999999999999", **NFO, "security_id": "823590", "qty": 20}
COMBINATIONS = [("derivative", "margin"), ("derivative", "intraday"), ("equity", "cnc"), ("equity", "intraday")]
MARGIN = {
    "segment": "EQUITY", "txnType": "BUY", "quantity": "10", "price": "800", "product": "CNC", "securityID": "3045",
    "exchange": "NSE",
}  # fmt: skip


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as given_token:
        yield given_token


def positions(caller: Caller, segment: str, product: str) -> Any:
    return caller.data("/portfolio/positions", segment=segment, product=product)


class TestPositions:
    @pytest.mark.parametrize(("segment", "product"), COMBINATIONS)
    def test_none_is_null(self, segment: str, product: str, caller: Caller) -> None:
        assert positions(caller, segment, product) is None

    @pytest.mark.parametrize(
        ("segment", "product"),
        [("equity", "margin"), ("derivative", "cnc"), ("EQUITY", "CNC"), ("equity", "CNC"), ("equity", "mis")],
    )
    def test_other_combinations_and_capitals_are_refused(self, segment: str, product: str, caller: Caller) -> None:
        answer = caller.get("/portfolio/positions", segment=segment, product=product)
        assert (answer.status_code, answer.json()["error_type"]) == (400, "InputException")

    def test_each_is_in_one_combination_only(self, caller: Caller) -> None:
        caller.place_market()
        caller.place_market(product="CNC", qty=3)
        caller.place_market(**NFO)
        caller.place_market(**NFO | {"product": "INTRADAY"}, txn_type="SELL")
        found = {
            (segment, product): [row["net_qty"] for row in positions(caller, segment, product)]
            for segment, product in COMBINATIONS
        }
        assert found == dict(zip(COMBINATIONS, ([65], [-65], [3], [5]), strict=True))

    def test_a_share(self, caller: Caller, simulation: Simulation) -> None:
        caller.place_market()
        (row,) = positions(caller, "equity", "intraday")
        assert (row["symbol"], row["exchange"], row["isin"]) == ("SBIN", "NSE", "INE062A01020")
        assert (row["segment"], row["product"], row["drv_instrument"]) == ("EQUITY", "INTRADAY", "")
        assert row["avg_price"] == row["buy_avg"] == price_of(simulation, "NSE_3045").ltp
        assert not row.keys() & {"ltp", "live_price", "unrealized_profit", "pnl", "drv_strike_price"}

    def test_an_index_option_has_no_exchange_and_a_future_has_one(self, caller: Caller) -> None:
        caller.place_market(**BFO)
        caller.place_market(**NFO | {"security_id": "58072"})
        rows = {row["security_id"]: row for row in positions(caller, "derivative", "margin")}
        option, future = rows["823590"], rows["58072"]
        assert (option["exchange"], option["symbol"], option["drv_instrument"]) == ("", "SENSEX", "OPTIDX")
        assert (option["drv_option_type"], option["drv_strike_price"]) == ("CE", 82000)
        assert option["drv_expiry_date"] == "11/26/2026 14:00"
        assert (future["exchange"], future["symbol"], future["drv_expiry_date"]) == ("NSE", "NIFTY", "11/23/2026 14:00")
        assert not future.keys() & {"drv_option_type", "drv_strike_price", "isin"}

    def test_a_closed_one_stays_with_what_it_made(self, caller: Caller, simulation: Simulation) -> None:
        caller.place_market(qty=1000)
        bought = price_of(simulation, "NSE_3045").ltp
        simulation.setup.clock.sleep(900)
        caller.place_market(qty=1000, txn_type="SELL")
        sold = price_of(simulation, "NSE_3045").ltp
        assert sold != bought
        (row,) = positions(caller, "equity", "intraday")
        assert (row["net_qty"], row["avg_price"], row["realized_profit"]) == (0, 0, 1000 * (sold - bought))
        assert (row["buy_qty"], row["sell_qty"], row["sell_avg"]) == (1000, 1000, sold)
        assert caller.data("/funds")["realized_pnl"] == 1000 * (sold - bought)


class TestHoldings:
    def test_none_is_null(self, caller: Caller) -> None:
        assert caller.data("/portfolio/holdings") is None

    def test_what_is_sold_or_on_sale_is_used(self, caller: Caller, simulation: Simulation) -> None:
        account = simulation.setup.exchange.account(TEST_ACCOUNT.user_id)
        account.give_holding(contract_of(simulation, "NSE_3045"), 100, Decimal("612.25"))
        caller.place_market(product="CNC", txn_type="SELL", qty=30)
        caller.place(product="CNC", txn_type="SELL", qty=20, limit_price=900.0)
        (row,) = caller.data("/portfolio/holdings")
        assert (row["total_qty"], row["dp_qty"], row["t1_qty"], row["used_qty"]) == (100, 100, 0, 50)
        assert (row["symbol"], row["avg_price"]) == ("SBIN", Decimal("612.25"))
        assert not row.keys() & {"exchange", "ltp", "pnl"}


class TestFunds:
    def test_cash_is_net_of_margin_and_one_balance_is_too_high(self, caller: Caller) -> None:
        assert caller.data("/funds")["detailed_avl_balance"]["eq_cnc"] == 10_000_000
        caller.place()
        funds = caller.data("/funds")
        cash = funds["detailed_avl_balance"]["eq_cnc"]
        assert (funds["sod_balance"], cash) == (10_000_000, 9_999_200)
        assert funds["sod_balance"] - cash == 800, "what is utilised: five shares at a fifth of their price"
        assert funds["detailed_avl_balance"]["option_buy"] > cash

    def test_profits_have_their_sign_and_cannot_be_withdrawn(self, caller: Caller, simulation: Simulation) -> None:
        caller.place_market(qty=1000)
        simulation.setup.clock.sleep(900)
        (row,) = positions(caller, "equity", "intraday")
        open_profit = 1000 * (price_of(simulation, "NSE_3045").ltp - row["avg_price"])
        assert caller.data("/funds")["unrealized_pnl"] == open_profit
        caller.place_market(qty=1000, txn_type="SELL")
        funds = caller.data("/funds")
        assert funds["realized_pnl"] == open_profit
        assert funds["sod_balance"] == 10_000_000
        cash = funds["detailed_avl_balance"]["eq_cnc"]
        assert funds["withdrawal_balance"] == cash - max(0, open_profit)


class TestMargin:
    def test_a_share_for_delivery(self, caller: Caller) -> None:
        margin = caller.data("/margin", MARGIN)
        assert (margin["total_margin"], margin["delivery_margin"], margin["var_margin"]) == (8000, 8000, 0)
        assert (margin["span_margin"], margin["insufficient_balance"]) == (0, 0)

    def test_a_share_for_the_day(self, caller: Caller) -> None:
        margin = caller.data("/margin", MARGIN | {"product": "INTRADAY"})
        assert (margin["total_margin"], margin["var_margin"], margin["delivery_margin"]) == (1600, 1600, 0)

    def test_a_future_has_span_and_exposure(self, caller: Caller) -> None:
        wanted = {"segment": "DERIVATIVE", "product": "MARGIN", "securityID": "58072", "quantity": "65", "price": "0"}
        margin = caller.data("/margin", MARGIN | wanted)
        assert margin["span_margin"] + margin["exposure_margin"] == margin["total_margin"] > 100_000

    def test_what_is_missing_shows(self, caller: Caller) -> None:
        margin = caller.data("/margin", MARGIN | {"quantity": "20000"})
        assert margin["insufficient_balance"] == 16_000_000 - margin["available_balance"] > 0

    def test_what_it_costs_adds_up(self, caller: Caller) -> None:
        charges = caller.data("/margin", MARGIN | {"price": "801.05"})["charges"]
        assert charges["brokerage"] == 10
        parts = sum(value for name, value in charges.items() if name != "total_charges")
        assert abs(charges["total_charges"] - parts) <= Decimal("0.02")

    @pytest.mark.parametrize(
        ("changes", "error_type"),
        [
            ({"quantity": "ten"}, "InputException"),
            ({"price": "NaN"}, "InputException"),
            ({"price": "-1"}, "InputException"),
            ({"product": "MARGIN"}, "InputException"),
            ({"exchange": "NFO"}, "InputException"),
            ({"securityID": "1"}, "OrderException"),
            ({"price": "800.01"}, "OrderException"),
            ({"quantity": "0"}, "OrderException"),
        ],
    )
    def test_what_is_refused(self, changes: dict[str, object], error_type: str, caller: Caller) -> None:
        answer = caller.get("/margin", MARGIN | changes)
        assert (answer.status_code, answer.json()["error_type"]) == (400, error_type)

    @pytest.mark.parametrize("changes", [{"quantity": 10}, {"price": 800.0}, {"security_id": "3045"}])
    def test_numbers_are_texts_and_keys_are_camels(
        self, changes: dict[str, object], caller: Caller, simulation: Simulation
    ) -> None:
        assert caller.get("/margin", MARGIN | changes).status_code == 400
        assert taken(simulation)
