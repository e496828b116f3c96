"""The simulator's quotes, depth, candles, option chain and contract search."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openalgo_core.clock import IST
from openalgo_core.simulation import Simulation
from openalgo_indmoney.simulator.quotes import grouped

from .simulator_fixtures import Caller, price_of, simulated, taken

BAD = {"message": "Invalid scrip codes or mode", "success": False}
BAD_CANDLES = {"message": "Bad Request", "debug_info": "Invalid scrip codes"}
CHAIN = {"exchange": "NSE", "segment": "INDEX", "underlying-scrip": "40000001", "expiry": "2026-11-23"}
NIFTY = {"underlying": "NIFTY", "segment": "DERIVATIVE"}


@pytest.fixture(scope="module")
def simulation() -> Iterator[Simulation]:
    """One for all: nothing here changes it."""
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as given_token:
        yield given_token


def quoted(caller: Caller, mode: str, *codes: str) -> Any:
    return caller.data(f"/market/quotes/{mode}", **{"scrip-codes": ",".join(codes)})


class TestQuotes:
    def test_a_full_quote_tells_the_truth(self, caller: Caller, simulation: Simulation) -> None:
        snapshot = price_of(simulation, "NSE_3045")
        quote = quoted(caller, "full", "NSE_3045")["NSE_3045"]
        assert (quote["live_price"], quote["prev_close"]) == (snapshot.ltp, snapshot.prev_close)
        assert quote["day_change"] == snapshot.ltp - snapshot.prev_close
        assert (quote["day_open"], quote["day_high"], quote["day_low"]) == (snapshot.open, snapshot.high, snapshot.low)
        assert (quote["upper_circuit"], quote["volume"]) == (snapshot.upper_circuit, snapshot.volume)
        assert not quote.keys() & {"oi", "ltp", "close"}

    def test_depth_is_nested_and_all_text(self, caller: Caller, simulation: Simulation) -> None:
        snapshot = price_of(simulation, "NSE_3045")
        depth = quoted(caller, "mkt", "NSE_3045")["NSE_3045"]["market_depth"]["NSE_3045"]
        assert depth["aggregate"]["total_buy"] == grouped(snapshot.total_buy_quantity)
        assert len(depth["depth"]) == 5
        for level, bid, ask in zip(depth["depth"], snapshot.bids, snapshot.asks, strict=True):
            assert Decimal(level["buy"]["price"].replace(",", "")) == bid.price
            assert Decimal(level["sell"]["quantity"].replace(",", "")) == ask.quantity
            assert "orders" not in level["buy"]

    def test_both_separators_are_read(self, caller: Caller) -> None:
        raw = caller.get("/market/quotes/ltp?scrip-codes=NSE_3045,NFO_45108")
        assert raw.json() == caller.get("/market/quotes/ltp?scrip-codes=NSE_3045%2CNFO_45108").json()
        assert raw.json()["data"].keys() == {"NSE_3045", "NFO_45108"}

    @pytest.mark.parametrize("code", ["NIDX_40000001", "NSE_40000001", "BIDX_40000006", "BSE_40000006"])
    def test_an_index_answers_to_two_names_and_has_no_depth(self, code: str, caller: Caller) -> None:
        assert quoted(caller, "ltp", code)[code]["live_price"] > 0
        assert "market_depth" not in quoted(caller, "full", code)[code]
        assert quoted(caller, "mkt", code) == {code: {}}

    @pytest.mark.parametrize("code", ["NSE_45108", "BSE_823590", "NSE_58072"])
    def test_a_derivative_under_its_exchange_is_left_out_in_silence(self, code: str, caller: Caller) -> None:
        assert quoted(caller, "full", code, "NSE_3045").keys() == {"NSE_3045"}
        assert quoted(caller, "ltp", code) == {}

    @pytest.mark.parametrize("mode", ["full", "ltp", "mkt"])
    @pytest.mark.parametrize(
        "code",
        ["NSE_1", "NFO_3045", "BSE_3045", "BFO_45108", "NSE_500112", "NIDX_3045", "BIDX_40000001", "MCX_1", "3045",
         "NSE:3045", "nse_3045", ""],
    )  # fmt: skip
    def test_one_bad_code_fails_all(self, code: str, mode: str, caller: Caller) -> None:
        answer = caller.get(f"/market/quotes/{mode}", **{"scrip-codes": f"NSE_3045,{code},NFO_45108"})
        assert (answer.status_code, answer.json()) == (400, BAD)

    def test_a_contract_may_die(self) -> None:
        with simulated() as running, Caller(running) as caller:
            assert quoted(caller, "ltp", "NSE_3045", "NFO_44017").keys() == {"NSE_3045", "NFO_44017"}
            running.fault("broker=dead-contract@/market/quotes")
            for mode in ("full", "ltp", "mkt"):
                answer = caller.get(f"/market/quotes/{mode}", **{"scrip-codes": "NSE_3045,NFO_44017"})
                assert (answer.status_code, answer.json()) == (400, BAD)
            assert quoted(caller, "ltp", "NSE_3045").keys() == {"NSE_3045"}

    def test_a_mode_must_be_one(self, caller: Caller) -> None:
        assert caller.get("/market/quotes/depth", **{"scrip-codes": "NSE_3045"}).json() == BAD

    def test_a_thousand_codes_are_taken(self, caller: Caller) -> None:
        codes = ["NSE_3045", "NSE_2885"] * 500
        assert quoted(caller, "ltp", *codes).keys() == {"NSE_3045", "NSE_2885"}

    @pytest.mark.parametrize(
        ("value", "text"),
        [(0, "0"), (999, "999"), (1000, "1,000"), (99999, "99,999"), (614220, "6,14,220"), (12345678, "1,23,45,678"),
         (Decimal("812.30"), "812.30"), (Decimal("148200.05"), "1,48,200.05")],
    )  # fmt: skip
    def test_digits_are_grouped_as_in_india(self, value: int | Decimal, text: str) -> None:
        assert grouped(value) == text

    @given(st.integers(0, 10**15))
    def test_grouping_loses_nothing(self, value: int) -> None:
        text = grouped(value)
        assert int(text.replace(",", "")) == value
        assert all(len(group) == 2 for group in text.split(",")[1:-1])


class TestCandles:
    def candles(self, caller: Caller, interval: str, start: datetime, end: datetime, code: str = "NSE_3045") -> Any:
        answer = self.asked(caller, interval, start, end, code)
        assert answer.status_code == 200, answer.text
        assert answer.json()["success"] is True
        return answer.json()["data"][code]["candles"]

    def asked(self, caller: Caller, interval: str, start: datetime, end: datetime, codes: str = "NSE_3045") -> Any:
        window = {"start_time": _ms(start), "end_time": _ms(end)}
        return caller.get(f"/market/historical/{interval}", **{"scrip-codes": codes}, **window)

    def test_they_start_with_the_session_and_count_in_seconds(self, caller: Caller) -> None:
        rows = self.candles(caller, "5minute", _at(19, 0, 0), _at(20, 0, 0))
        assert [_ist(row) for row in rows[:2]] == [_at(19, 9, 15), _at(19, 9, 20)]
        assert len(rows) == 75
        assert rows[0].keys() == {"ts", "o", "h", "l", "c", "v"}
        assert all(row["l"] <= min(row["o"], row["c"]) <= max(row["o"], row["c"]) <= row["h"] for row in rows)

    def test_the_start_is_inside_and_the_end_is_not(self, caller: Caller) -> None:
        rows = self.candles(caller, "1minute", _at(19, 9, 20), _at(19, 9, 23))
        assert [_ist(row).minute for row in rows] == [20, 21, 22]

    @pytest.mark.parametrize(
        ("interval", "minutes"),
        [("1minute", 1), ("2minute", 2), ("3minute", 3), ("4minute", 4), ("10minute", 10), ("15minute", 15),
         ("30minute", 30), ("60minute", 60), ("120minute", 120), ("180minute", 180), ("240minute", 240)],
    )  # fmt: skip
    def test_every_interval(self, interval: str, minutes: int, caller: Caller) -> None:
        rows = self.candles(caller, interval, _at(19, 0, 0), _at(20, 0, 0))
        assert rows[1]["ts"] - rows[0]["ts"] == 60 * minutes

    def test_a_day_is_stamped_midnight_in_greenwich(self, caller: Caller) -> None:
        rows = self.candles(caller, "1day", _at(18, 0, 0), _at(20, 0, 0))
        assert [row["ts"] for row in rows] == [_utc(18), _utc(19)]

    @pytest.mark.parametrize(("interval", "first"), [("1week", 9), ("1month", 1)])
    def test_weeks_and_months_are_days_put_together(self, interval: str, first: int, caller: Caller) -> None:
        start, end = _at(first, 0, 0), _at(14, 0, 0)
        days = self.candles(caller, "1day", start, end)
        (row,) = self.candles(caller, interval, start, end)
        assert row["ts"] == _utc(first)
        assert (row["o"], row["c"]) == (days[0]["o"], days[-1]["c"])
        assert (row["h"], row["l"]) == (max(day["h"] for day in days), min(day["l"] for day in days))
        assert row["v"] == sum(day["v"] for day in days)

    @pytest.mark.parametrize(
        ("interval", "days"),
        [("1minute", 7), ("30minute", 7), ("60minute", 14), ("240minute", 14), ("1day", 365)],
    )
    def test_too_wide_a_window_loses_its_older_part(self, interval: str, days: int, caller: Caller) -> None:
        end = _at(19, 0, 0)
        rows = self.candles(caller, interval, end - timedelta(days=3 * days), end)
        assert rows == self.candles(caller, interval, end - timedelta(days=days), end)

    def test_daily_ones_begin_in_2013(self, caller: Caller) -> None:
        long_ago = datetime(2012, 1, 2, tzinfo=IST)
        assert self.candles(caller, "1day", long_ago, long_ago + timedelta(days=300)) is None
        assert self.candles(caller, "1day", long_ago, long_ago.replace(year=2014))[0]["ts"] >= _utc(1, 1, 2013)

    def test_nothing_is_null(self, caller: Caller, simulation: Simulation) -> None:
        assert self.candles(caller, "1minute", _at(14, 0, 0), _at(15, 0, 0)) is None, "a Saturday"
        simulation.fault("broker=null-candles")
        assert self.candles(caller, "1minute", _at(19, 0, 0), _at(20, 0, 0)) is None

    def test_a_derivative_of_nse_under_its_exchange_is_left_out(self, caller: Caller) -> None:
        answer = self.asked(caller, "1day", _at(18, 0, 0), _at(20, 0, 0), "NSE_45108,NFO_45108,NSE_40000001")
        assert answer.json()["data"].keys() == {"NFO_45108", "NSE_40000001"}

    @pytest.mark.parametrize(
        "codes",
        [
            "BFO_823590",
            "BSE_823590",
            "NSE_1",
            "NSE_3045,NSE_1",
            "NSE_3045,NSE_2885,NSE_1594,NSE_11536,NSE_1333,NSE_4963",
        ],
    )
    def test_codes_that_have_none(self, codes: str, caller: Caller) -> None:
        answer = self.asked(caller, "1day", _at(18, 0, 0), _at(20, 0, 0), codes)
        assert (answer.status_code, answer.json()) == (400, BAD_CANDLES)

    def test_doubles_count_once(self, caller: Caller) -> None:
        answer = self.asked(caller, "1day", _at(18, 0, 0), _at(20, 0, 0), ",".join(["NSE_3045"] * 9))
        assert answer.status_code == 200

    @pytest.mark.parametrize("interval", ["1second", "5m", "day", "45minute"])
    def test_an_interval_must_be_one(self, interval: str, caller: Caller) -> None:
        answer = self.asked(caller, interval, _at(18, 0, 0), _at(20, 0, 0))
        assert (answer.status_code, answer.json()["debug_info"]) == (400, "invalid interval.")

    def test_the_start_comes_first(self, caller: Caller) -> None:
        answer = self.asked(caller, "1day", _at(20, 0, 0), _at(18, 0, 0))
        assert (answer.status_code, answer.json()["debug_info"]) == (400, "start_time must not be after end_time.")

    def test_seconds_are_a_surprise(self, caller: Caller, simulation: Simulation) -> None:
        window = {"scrip-codes": "NSE_3045", "start_time": "1795113000", "end_time": "1795199400"}
        assert caller.get("/market/historical/1day", **window).status_code == 400
        assert "start_time is not in milliseconds" in taken(simulation)


class TestOptionChain:
    def test_strikes_have_what_is_listed_of_them(self, caller: Caller, simulation: Simulation) -> None:
        chain = caller.data("/market/option-chain", **CHAIN)
        assert chain["underlying_ltp"] == price_of(simulation, "NIDX_40000001").ltp
        call, put = chain["strikes"]["24450"]["ce"], chain["strikes"]["24450"]["pe"]
        assert (call["security_id"], call["trading_symbol"]) == ("45202", "NIFTY-Nov2026-24450-CE")
        snapshot = price_of(simulation, "NFO_45202")
        assert (call["last_price"], call["oi"], call["top_bid_price"]) == (snapshot.ltp, snapshot.oi, snapshot.bid)
        assert abs(call["greeks"]["delta"] - put["greeks"]["delta"] - 1) <= Decimal("0.02")

    def test_shares_have_one_too(self, caller: Caller) -> None:
        wanted = {**CHAIN, "segment": "EQUITY", "underlying-scrip": "2885"}
        assert caller.data("/market/option-chain", **wanted)["strikes"].keys() == {"1400"}

    def test_it_can_be_cut_to_the_middle(self, caller: Caller) -> None:
        wanted = {**CHAIN, "expiry": "2026-12-01"}
        assert caller.data("/market/option-chain", **wanted)["strikes"].keys() == {"24450", "18500"}
        middle = caller.data("/market/option-chain", **wanted, strike_count=0)["strikes"]
        assert middle.keys() == {"24450"}

    @pytest.mark.parametrize(
        "changes",
        [{"segment": "DERIVATIVE"}, {"exchange": "NFO"}, {"underlying-scrip": "45108"}, {"expiry": "23-11-2026"},
         {"expiry": "2026-11-24"}],
    )  # fmt: skip
    def test_what_is_wrong_is_said_beside_the_message(self, changes: dict[str, str], caller: Caller) -> None:
        answer = caller.get("/market/option-chain", **{**CHAIN, **changes})
        reason = "Invalid exchange, segment, underlying-scrip or expiry passed"
        assert (answer.status_code, answer.json()) == (400, {"message": "Bad Request", "debug_info": reason})


class TestContractSearch:
    def test_expiries_are_dates_in_order(self, caller: Caller) -> None:
        dates = caller.data("/market/instruments/expiries", **NIFTY)
        assert dates == sorted(dates)
        assert dates[:2] == ["2026-11-23", "2026-12-01"], "the Tuesday is a holiday"

    def test_symbols_are_spelt_otherwise(self, caller: Caller) -> None:
        found = caller.data("/market/instruments/search", **NIFTY, expiry="2026-11-23")["instruments"]
        rows = {row["security_id"]: row for row in found}
        assert rows["58072"]["trading_symbol"] == "NIFTY26NOV23FUT"
        assert (rows["58072"]["strike_price"], rows["58072"]["option_type"]) == (None, None)
        assert rows["45202"]["trading_symbol"] == "NIFTY26NOV2324450CE"
        assert (rows["45202"]["strike_price"], rows["45202"]["lot_size"]) == (24450, 65)

    @pytest.mark.parametrize(
        ("filters", "count"),
        [({}, 12), ({"instrument_type": "FUTIDX"}, 4), ({"option_type": "PE"}, 3), ({"strike_from": "24500"}, 2),
         ({"strike_to": "20000", "option_type": "CE"}, 1), ({"instrument_type": "OPTSTK"}, 0)],
    )  # fmt: skip
    def test_filters(self, filters: dict[str, str], count: int, caller: Caller) -> None:
        assert caller.data("/market/instruments/search", **NIFTY, **filters)["count"] == count

    def test_pages(self, caller: Caller) -> None:
        pages = [caller.data("/market/instruments/search", **NIFTY, page=n, page_size=5) for n in (1, 2, 3, 4)]
        assert [len(page["instruments"]) for page in pages] == [5, 5, 2, 0]
        assert len({row["security_id"] for page in pages for row in page["instruments"]}) == 12

    @pytest.mark.parametrize("path", ["search", "expiries"])
    def test_shares_are_not_supported(self, path: str, caller: Caller) -> None:
        answer = caller.get(f"/market/instruments/{path}", underlying="SBIN", segment="EQUITY")
        assert (answer.status_code, answer.json()["message"]) == (400, "Not Supported")


def _at(day: int, hour: int, minute: int) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=IST)


def _ms(moment: datetime) -> str:
    return f"{int(moment.timestamp())}000"


def _utc(day: int, month: int = 11, year: int = 2026) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp())


def _ist(row: dict[str, int]) -> datetime:
    return datetime.fromtimestamp(row["ts"], IST)
