"""The simulator's positions, holdings, funds and margins."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from openalgo_core.simulation import Simulation

from .simulator_fixtures import ACCOUNT, NIFTY_CE, Caller, contract_of, simulated

POSITIONS = "portfolio/v2/positions"


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as logged_in:
        yield logged_in


class TestPortfolio:
    def test_both_paths_have_the_positions(self, caller: Caller) -> None:
        caller.place(**NIFTY_CE, pt="MKT", pr="0")
        assert caller.rows(POSITIONS) == caller.rows("quick/user/positions")
        (row,) = caller.rows(POSITIONS)
        assert (row["exp"], row["expDt"]) == ("1795478400", "24 Nov, 2026"), "midnight UTC, not the master's clock"
        assert not row.keys() & {"avgPrc", "pnl", "netQty"}

    def test_what_was_carried_counts_at_the_previous_close(self, simulation: Simulation, caller: Caller) -> None:
        caller.place(**NIFTY_CE, pt="MKT", pr="0")
        simulation.setup.clock.sleep(3 * 24 * 3600)
        caller.log_in()
        close = simulation.setup.exchange.snapshot(contract_of(simulation, "nse_fo", "57110")).prev_close
        (row,) = caller.rows(POSITIONS)
        assert (row["cfBuyQty"], row["flBuyQty"], row["buyAmt"]) == ("65", "0", "0.00")
        assert Decimal(row["cfBuyAmt"]) == 65 * close

    def test_a_dollar_future_is_worth_a_thousand_times_its_price(self, caller: Caller) -> None:
        caller.place(es="cde_fo", ts="USDINR26NOVFUT", pc="NRML", qt="2", pt="MKT", pr="0")
        (row,) = caller.rows(POSITIONS)
        (trade,) = caller.rows("quick/user/trades")
        assert Decimal(row["buyAmt"]) == 2 * 1000 * Decimal(trade["avgPrc"])

    def test_holdings_come_from_yesterday(self, simulation: Simulation, caller: Caller) -> None:
        assert caller.get("portfolio/v1/holdings").json() == {"data": []}
        caller.place(pt="MKT", pr="0")
        simulation.setup.clock.sleep(3 * 24 * 3600)
        caller.log_in()
        (row,) = caller.get("portfolio/v1/holdings").json()["data"]
        assert (row["quantity"], row["exchangeIdentifier"], row["commonScripCode"]) == (5, "3045", "INE062A01020")

    def test_funds_follow_the_exchange(self, simulation: Simulation, caller: Caller) -> None:
        caller.place(pt="MKT", pr="0")
        money = simulation.setup.exchange.account(ACCOUNT.user_id).funds()
        answer = caller.form("quick/user/limits", {"seg": "ALL", "exch": "ALL", "prod": "ALL"}).json()
        assert Decimal(answer["MarginUsed"]) == money.used_margin > 0
        assert round(Decimal(answer["Net"]), 2) == money.available_cash
        assert all(isinstance(value, str) for name, value in answer.items() if name != "stCode")

    @pytest.mark.parametrize(
        ("changes", "code"),
        [({"tok": "999999"}, 1007), ({"tok": "Nifty 50"}, 1007), ({"exSeg": "NSE"}, 1006), ({"qty": "x"}, 1009)],
    )
    def test_a_margin_of_nothing(self, changes: dict[str, str], code: int, caller: Caller) -> None:
        call = {"brkName": "KOTAK", "brnchId": "ONLINE", "exSeg": "nse_cm", "prc": "800", "prcTp": "L", "prod": "CNC",
                "qty": "5", "tok": "3045", "trnsTp": "B", "slVal": None}  # fmt: skip
        assert caller.form("quick/user/check-margin", call).json()["ordMrgn"] == "4000.000000"
        assert caller.form("quick/user/check-margin", call | changes).json()["stCode"] == code

    def test_a_margin_that_is_not_there(self, caller: Caller) -> None:
        call = {"brkName": "KOTAK", "brnchId": "ONLINE", "exSeg": "nse_cm", "prc": "800", "prcTp": "L", "prod": "CNC",
                "qty": "20000", "tok": "3045", "trnsTp": "B"}  # fmt: skip
        assert caller.form("quick/user/check-margin", call).json()["insufFund"] == "6000000.000000"
