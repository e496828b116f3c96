"""The simulator's prices: quotes, candles, the chain."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from openalgo_core.simulation import Simulation

from .simulator_fixtures import Caller, contract_of, simulated

QUOTES = "script-details/1.0/quotes/neosymbol"
CANDLES = "market-data/1.0/historical/details"
CHAIN, EXPIRIES = "market-data/1.0/watchlist/option-chain", "market-data/1.0/watchlist/expiries"


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as logged_in:
        yield logged_in


def candles(caller: Caller, **changes: str) -> Any:
    given = {"neosymbol": "nse_cm|3045", "interval": "1min", "fromdate": "2026-11-19", "todate": "2026-11-20"}
    query = "&".join(f"{name}={value}" for name, value in (given | changes).items())
    return caller.get(f"{CANDLES}?{query}")


class TestQuotes:
    def test_a_quote_is_text_and_its_close_yesterdays(self, simulation: Simulation, caller: Caller) -> None:
        (row,) = caller.get(f"{QUOTES}/nse_fo|57110/all").json()
        at = simulation.setup.exchange.snapshot(contract_of(simulation, "nse_fo", "57110"))
        assert (row["ltp"], row["ohlc"]["close"]) == (f"{at.ltp:.4f}", f"{at.prev_close:.4f}")
        assert (row["last_volume"], row["open_int"], row["lstup_time"]) == (str(at.volume), str(at.oi), "1795149900")
        assert [len(side) for side in row["depth"].values()] == [5, 5]

    @pytest.mark.parametrize("wanted", ["nse_cm%7C3045%2Cbse_cm%7CSNSX50", "nse_cm|3045,bse_cm|SNSX50"])
    def test_bars_and_commas_may_be_written_either_way(self, wanted: str, caller: Caller) -> None:
        rows = caller.get(f"{QUOTES}/{wanted}/ltp").json()
        assert [(row["exchange"], row["exchange_token"]) for row in rows] == [("nse_cm", "3045"), ("bse_cm", "47")]

    @pytest.mark.parametrize(
        ("name", "symbol"),
        [("Nifty Bank", "BANKNIFTY"), ("NIFTY MID SELECT", "MIDCPNIFTY"), ("INDIA VIX", "INDIAVIX"),
         ("Nifty PSU Bank", "NIFTYPSUBANK")],
    )  # fmt: skip
    def test_an_index_is_asked_for_by_its_name_to_the_letter(
        self, name: str, symbol: str, simulation: Simulation, caller: Caller
    ) -> None:
        (row,) = caller.get(f"{QUOTES}/nse_cm|{name}/all").json()
        assert (row["display_symbol"], row["depth"]) == (name.upper(), None)
        contract = contract_of(simulation, "nse_cm", name)
        assert contract.symbol == symbol
        assert Decimal(row["ltp"]) == simulation.setup.exchange.snapshot(contract).ltp
        answer = caller.get(f"{QUOTES}/nse_cm|{name.swapcase()}/all")
        assert (answer.status_code, answer.json()["stCode"]) == (200, 1009)

    def test_fifty_at_most(self, caller: Caller) -> None:
        assert len(caller.get(f"{QUOTES}/{','.join(['nse_cm|3045'] * 50)}/ltp").json()) == 50
        answer = caller.get(f"{QUOTES}/{','.join(['nse_cm|3045'] * 51)}/ltp").json()
        assert (answer["status"], answer["fault"]["code"]) == ("ERROR", 400)

    def test_an_unknown_part_is_refused(self, caller: Caller) -> None:
        assert caller.get(f"{QUOTES}/nse_cm|3045/everything").json()["status"] == "ERROR"


class TestCandles:
    def test_open_interest_is_always_nothing(self, caller: Caller) -> None:
        answer = candles(caller, neosymbol="nse_fo|57110").json()
        assert (answer["status"], answer["interval"]) == ("success", "1min")
        assert {row[6] for row in answer["data"]["candles"]} == {0}

    def test_weeks_are_made_of_their_days(self, caller: Caller) -> None:
        span = {"fromdate": "2026-11-02", "todate": "2026-11-20"}
        days = candles(caller, **span, interval="D").json()["data"]["candles"]
        weeks = candles(caller, **span, interval="W").json()["data"]["candles"]
        assert [week[0] for week in weeks] == [f"2026-11-{day:02}T00:00:00+0530" for day in (2, 9, 16)]
        assert sum(week[5] for week in weeks) == sum(day[5] for day in days)
        assert max(week[2] for week in weeks) == max(day[2] for day in days)
        assert (weeks[0][1], weeks[-1][4]) == (days[0][1], days[-1][4])

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"interval": "2min"}, "Invalid interval value"),
            ({"neosymbol": "mcx_fo|466583"}, "not available"),
            ({"fromdate": "2026-11-21"}, "Invalid date range"),
            ({"fromdate": "2026-10-20"}, "Invalid date range"),
            ({"fromdate": "20-11-2026"}, "Invalid date value"),
        ],
    )
    def test_what_has_none(self, changes: dict[str, str], message: str, caller: Caller) -> None:
        answer = candles(caller, **changes)
        assert (answer.status_code, answer.json()["status"]) == (400, "ERROR")
        assert message in answer.json()["fault"]["message"]

    def test_an_unknown_instrument(self, caller: Caller) -> None:
        assert candles(caller, neosymbol="nse_cm|999999").json()["stCode"] == 1009


class TestChain:
    def test_expiries_of_options_and_futures(self, caller: Caller) -> None:
        where = "exchange=nse_fo&underlying=NIFTY"
        assert caller.get(f"{EXPIRIES}?{where}").json()["expiries"] == ["2026-11-24"]
        futures = caller.get(f"{EXPIRIES}?{where}&instrument_type=fut").json()["expiries"]
        assert futures == ["2026-11-24", "2026-12-01"]

    def test_options_stand_on_two_sides(self, caller: Caller) -> None:
        data = caller.get(f"{CHAIN}?exchange=nse_fo&underlying=NIFTY").json()["data"]
        assert data["common_data"] == {
            "mktLot": 65, "multiplier": 1, "unlSymbol": "NIFTY", "exSeg": "nse_fo", "expiryDt": "2026-11-24",
        }  # fmt: skip
        assert [row["instrument"]["strikePrice"] for row in data["call"]] == [24500.0, 24800.0]
        assert [row["instrument"]["neoSymbol"] for row in data["put"]] == ["nse_fo|56526", "nse_fo|57111"]
        assert data["call"][0]["quote"]["close"] is None

    def test_futures_have_a_form_of_their_own(self, caller: Caller) -> None:
        data = caller.get(f"{CHAIN}?exchange=nse_fo&underlying=NIFTY&instrument_type=fut").json()["data"]
        assert [row["inst"]["expiryDt"] for row in data["fut"]] == ["24-NOV-2026", "01-DEC-2026"]

    @pytest.mark.parametrize("more", ["&underlying=NOSUCH", "&underlying=NIFTY&count=15",
                                      "&underlying=NIFTY&expiry=2026-11-25"])  # fmt: skip
    def test_what_is_no_chain(self, more: str, caller: Caller) -> None:
        assert caller.get(f"{CHAIN}?exchange=nse_fo{more}").json()["status"] == "ERROR"
