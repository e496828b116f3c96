"""Quotes, option chain and candles of the simulator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openalgo_core.simulation import Simulation

from .simulator_fixtures import NIFTY_CALL, NIFTY_FUTURE, Caller, simulated, taken

CHAIN = {"stock_code": "NIFTY", "exchange_code": "NFO", "product_type": "options"}


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as logged_in:
        yield logged_in


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
