"""The simulator's orders and books: what is refused where, and what the rows show."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openalgo_core.exchange import SimulatedExchange, Snapshot
from openalgo_core.models import Action
from openalgo_core.simulation import Simulation
from openalgo_core.testing.clocks import StandingClock
from openalgo_kotak.simulator.master import InstrumentMaster
from openalgo_kotak.simulator.protection import protected

from .simulator_fixtures import NIFTY_CE, ORDER, PLACE, UCC, Caller, simulated

MODIFY, CANCEL, HISTORY = "quick/order/vr/modify", "quick/order/cancel", "quick/order/history"
STOP = {"pt": "SL", "pr": "930.5", "tp": "930"}
GOLD = {"es": "mcx_fo", "ts": "GOLD23NOV26FUT", "pc": "NRML", "qt": "1", "pt": "MKT", "pr": "0"}


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as logged_in:
        yield logged_in


class TestPlacing:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"es": "NSE"}, 1006),
            ({"es": "bse_cm"}, 1007),
            ({"ts": "SBIN"}, 1007),
            ({"ts": "NIFTY"}, 1007),
            ({"es": "bse_cm", "ts": "SENSEX"}, 1007),
            ({"tk": "1594"}, 1007),
            ({"tt": "BUY"}, 1009),
            ({"pc": "BO"}, 1009),
            ({"pt": "LMT"}, 1009),
            ({"rt": "GTC"}, 1009),
            ({"am": "no"}, 1009),
            ({"mp": "5"}, 1009),
            ({"qt": "0"}, 1009),
            ({"qt": "2.5"}, 1009),
            ({"qt": "-5"}, 1009),
            ({"qt": ""}, 1009),
            ({"pr": ""}, 1009),
            ({"pr": "0"}, 1009),
            ({"pr": "0.0"}, 1009),
            ({"pt": "MKT", "pr": "0.0"}, 1009),
            ({"tp": "0.0"}, 1009),
            ({"pt": "MKT"}, 1009),
            ({"pt": "SL"}, 1009),
            ({**GOLD, "rt": "IOC"}, 1009),
            ({"sot": "Absolute"}, 1017),
            ({"dq": None}, 1009),
        ],
    )
    def test_what_is_refused_at_once(self, changes: dict[str, str | None], code: int, caller: Caller) -> None:
        answer = caller.form(PLACE, ORDER | changes)
        assert (answer.status_code, answer.json()["stat"], answer.json()["stCode"]) == (200, "Not_Ok", code)
        assert caller.rows() == []

    def test_an_empty_price_is_told_as_a_wrong_quantity(self, caller: Caller) -> None:
        assert caller.form(PLACE, ORDER | {"pr": ""}).json() == {
            "stat": "Not_Ok", "errMsg": "please provide valid quantity", "stCode": 1009,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"pr": "1"}, "RMS:Rule: Check circuit limit "),
            ({"qt": "50000", "pr": "849"}, "RMS:Margin Exceeds,Cash Available:"),
            ({"pr": "800.01"}, "RMS:Price 800.01 of SBIN is not a multiple of its tick"),
            ({"qt": "187417"}, "RMS:Quantity 187417 of SBIN is above its freeze quantity"),
            ({"tt": "S"}, "RMS:Only 0 of SBIN can be sold"),
            ({"pc": "NRML"}, "RMS:NRML is not a product of NSE"),
            ({**NIFTY_CE, "qt": "66"}, "RMS:Quantity 66"),
            ({"dq": "6"}, "RMS:The disclosed quantity"),
            ({"pt": "SL-M", "pr": "0", "tp": "930"}, "Market order with Algo Id not allowed"),
            ({"pc": "MTF"}, "RMS:Blocked for MTF"),
            ({"am": "YES", "pr": "1"}, "RMS:Rule: Check circuit limit "),
        ],
    )
    def test_what_is_refused_later_shows_in_the_book(
        self, changes: dict[str, str], reason: str, caller: Caller
    ) -> None:
        order_id = caller.place(**changes)
        (row,) = caller.rows()
        assert (row["nOrdNo"], row["ordSt"], row["exOrdId"], row["exCfmTm"]) == (order_id, "rejected", "NA", "--")
        assert row["rejRsn"].startswith(reason)
        assert row["prod"] == changes.get("pc", "CNC")

    @pytest.mark.parametrize(
        "changes",
        [
            {"es": "bse_cm", "ts": "M&M", "pr": "3500"},
            {"es": "nse_fo", "ts": "BAJAJ-AUTO26NOVFUT", "pc": "NRML", "qt": "75", "pr": "8500"},
            {"es": "bse_fo", "ts": "SENSEX26NOV76800CE", "pc": "MIS", "qt": "20", "pt": "MKT", "pr": "0"},
            {"es": "cde_fo", "ts": "USDINR26NOVFUT", "pc": "NRML", "qt": "1", "pr": "88.0025"},
            GOLD,
            {"pf": "N", "os": "NEOFINTECH001", "tk": None, "sot": None, "ig": None},
        ],
    )
    def test_what_each_segment_takes(self, changes: dict[str, str | None], caller: Caller) -> None:
        caller.place(**changes)
        (row,) = caller.rows()
        sent = ORDER | changes
        assert (row["exSeg"], row["trdSym"], row["prod"]) == (sent["es"], sent["ts"], sent["pc"])
        assert row["rejRsn"] == "--"

    def test_currencies_have_four_decimals(self, caller: Caller) -> None:
        caller.place(es="cde_fo", ts="USDINR26NOVFUT", pc="NRML", qt="1", pr="88.0025")
        (row,) = caller.rows()
        assert (row["prc"], row["precision"], row["tckSz"], row["multiplier"]) == ("88.0025", "4", "0.0025", "1000")

    def test_a_stop_order_waits_for_its_trigger(self, caller: Caller) -> None:
        caller.place(**STOP)
        (row,) = caller.rows()
        assert (row["ordSt"], row["prcTp"], row["trgPrc"]) == ("trigger pending", "SL", "930.00")

    def test_a_tag_may_be_used_again_tomorrow(self, simulation: Simulation, caller: Caller) -> None:
        caller.place(ig="oa-000001")
        assert caller.form(PLACE, ORDER | {"ig": "oa-000001"}).json()["stCode"] == 32
        simulation.setup.clock.sleep(24 * 3600)
        caller.log_in()
        caller.place(ig="oa-000001")

    def test_large_orders_fill_in_pieces_where_the_exchange_does(self) -> None:
        with simulated(partial_fills=True) as running, Caller(running) as caller:
            order_id = caller.place(pt="MKT", pr="0", pc="MIS", qt="20000")
            (row,) = caller.rows()
            assert row["ordSt"] == "open"
            assert 0 < row["fldQty"] < 20000
            assert row["fldQty"] + row["unFldSz"] == 20000
            caller.form(CANCEL, {"on": order_id})
            (row,) = caller.rows()
            assert (row["ordSt"], row["fldQty"] + row["cnlQty"]) == ("cancelled", 20000)


class TestProtection:
    @pytest.mark.parametrize(
        ("changes", "least", "most"),
        [
            ({}, "0.0049", "0.0052"),
            ({"ts": "IDEA-EQ"}, "0.019", "0.026"),
            ({"ts": "TATAPOWER-EQ"}, "0.0099", "0.0103"),
            ({**NIFTY_CE}, "0.0099", "0.0102"),
        ],
    )
    def test_a_market_order_arrives_as_a_limit_off_the_last_price(
        self, changes: dict[str, str], least: str, most: str, caller: Caller
    ) -> None:
        caller.place(**changes, pt="MKT", pr="0")
        (row,) = caller.rows()
        off = Decimal(row["prc"]) / Decimal(row["avgPrc"]) - 1
        assert Decimal(least) <= off <= Decimal(most)

    @given(ltp=st.decimals(Decimal("0.05"), Decimal(5000), places=2), action=st.sampled_from(Action))
    def test_the_cheapest_options_have_ten_paise_and_all_stay_on_the_tick(self, ltp: Decimal, action: Action) -> None:
        quote = self._quote(ltp)
        limit = protected(quote, action)
        assert limit % Decimal("0.05") == 0
        assert (limit - ltp) * action.sign >= 0 or limit in (quote.lower_circuit, quote.upper_circuit)
        if ltp < 1 and action is Action.BUY:
            assert Decimal("0.10") <= limit - ltp < Decimal("0.15")

    @staticmethod
    def _quote(ltp: Decimal) -> Snapshot:
        clock = StandingClock()
        listing = InstrumentMaster(clock.now().date()).find("nse_fo", "57110")
        assert listing is not None
        exchange = SimulatedExchange(clock=clock)
        real = exchange.snapshot(listing.contract)
        exchange.close()
        facts: dict[str, Any] = {name: getattr(real, name) for name in Snapshot.__dataclass_fields__}
        return Snapshot(**facts | {"ltp": ltp, "lower_circuit": Decimal("0.05"), "upper_circuit": Decimal(6000)})


class TestChanges:
    def test_what_is_left_out_stays(self, caller: Caller) -> None:
        order_id = caller.place(**STOP, ig="oa-000001")
        caller.form(MODIFY, {"no": order_id, "qt": "7"})
        (row,) = caller.rows()
        assert (row["qty"], row["prc"], row["trgPrc"], row["prcTp"]) == (7, "930.50", "930.00", "SL")

    def test_the_whole_set_of_the_older_clients(self, caller: Caller) -> None:
        order_id = caller.place()
        whole = {"tk": "3045", "mp": "0", "pc": "CNC", "dd": "NA", "dq": "0", "vd": "DAY", "ts": "SBIN-EQ", "tt": "B",
                 "pr": "811", "pt": "L", "fq": "0", "am": "NO", "tp": "0.00", "qt": "2", "no": order_id,
                 "es": "nse_cm", "os": "NEOFINTECH001"}  # fmt: skip
        assert caller.form(MODIFY, whole).json() == {"nOrdNo": order_id, "stat": "Ok", "stCode": 200}
        (row,) = caller.rows()
        assert (row["prc"], row["qty"]) == ("811.00", 2)

    def test_a_limit_order_becomes_a_market_order(self, caller: Caller) -> None:
        order_id = caller.place()
        caller.form(MODIFY, {"no": order_id, "pt": "MKT", "pr": "0"})
        (row,) = caller.rows()
        assert (row["ordSt"], row["prcTp"]) == ("complete", "L")

    @pytest.mark.parametrize(
        ("changes", "code"),
        [({"no": "261120000000099"}, 1006), ({"es": "bse_cm"}, 1006), ({"ts": "INFY-EQ"}, 1007), ({"tk": "1"}, 1007),
         ({"tt": "S"}, 1009), ({"pc": "MIS"}, 1009), ({"pt": "SL"}, 1009), ({"pr": "0"}, 1009), ({"am": "YES"}, 14)],
    )  # fmt: skip
    def test_what_is_refused_at_once_changes_nothing(self, changes: dict[str, str], code: int, caller: Caller) -> None:
        order_id = caller.place()
        before = caller.rows()
        assert caller.form(MODIFY, {"no": order_id, "pr": "801"} | changes).json()["stCode"] == code
        assert caller.rows() == before

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [({"pr": "1"}, "RMS:Rule: Check circuit limit"), ({"pr": "801.01"}, "RMS:Price"),
         ({"pt": "SL-M", "pr": "0", "tp": "900"}, "Market order with Algo Id not allowed")],
    )  # fmt: skip
    def test_what_is_refused_later_leaves_its_reason(
        self, changes: dict[str, str], reason: str, caller: Caller
    ) -> None:
        order_id = caller.place()
        assert caller.form(MODIFY, {"no": order_id} | changes).json()["stat"] == "Ok"
        (row,) = caller.rows()
        assert (row["ordSt"], row["prc"], row["qty"]) == ("open", "800.00", 5)
        assert row["rejRsn"].startswith(reason)

    def test_a_finished_order_is_completed(self, caller: Caller) -> None:
        order_id = caller.place(pt="MKT", pr="0")
        finished = {"stat": "Not_Ok", "emsg": "order is completed", "stCode": 1021}
        assert caller.form(MODIFY, {"no": order_id, "pr": "801"}).json() == finished
        assert caller.form(CANCEL, {"on": order_id, "am": "NO"}).json() == finished

    def test_an_unknown_number_is_told_in_stat(self, caller: Caller) -> None:
        text = "please provide valid order number"
        odd = {"stCode": 1006, "errMsg": text, "stat": text}
        assert caller.form(CANCEL, {"on": "261120000000099"}).json() == odd
        assert caller.get("quick/user/orders/261120000000099").json() == odd
        assert caller.form(HISTORY, {"nOrdNo": "261120000000099"}).json() == odd


class TestAfterMarket:
    def test_it_is_changed_and_withdrawn_as_what_it_is(self, simulation: Simulation, caller: Caller) -> None:
        order_id = caller.place(am="YES", pt="MKT", pr="0")
        simulation.setup.clock.sleep(3600)
        (row,) = caller.rows()
        assert (row["ordSt"], row["ordGenTp"], row["fldQty"]) == ("after market order req received", "AMO", 0)
        change, stop = {"no": order_id, "pt": "L", "pr": "801"}, {"on": order_id}
        for path, values in ((MODIFY, change), (CANCEL, stop)):
            for flag in ({}, {"am": "NO"}):
                assert caller.form(path, values | flag).json()["emsg"] == "error from core"
        caller.form(MODIFY, change | {"am": "YES"})
        (row,) = caller.rows()
        assert (row["ordSt"], row["prc"]) == ("modify after market order req received", "801.00")
        caller.form(CANCEL, stop | {"am": "YES"})
        assert caller.rows()[0]["ordSt"] == "cancelled after market order"


class TestBooks:
    def test_the_row_of_an_order_that_rests(self, caller: Caller) -> None:
        caller.place(**NIFTY_CE, pr="700", ig="oa-000001")
        (row,) = caller.rows()
        assert {name: row[name] for name in ("tok", "sym", "series", "it", "optTp", "stkPrc", "expDt", "lotSz")} == {
            "tok": "57110", "sym": "NIFTY", "series": "XX", "it": "OPTIDX", "optTp": "CE", "stkPrc": "24800.00",
            "expDt": "24 Nov, 2026", "lotSz": "65",
        }  # fmt: skip
        assert (row["stat"], row["boeSec"], row["uSec"]) == ("open", 1795149900, "1795149900")
        assert row["updRecvTm"] // 1_000_000_000 == row["boeSec"]
        assert (row["actId"], row["ordGenTp"], row["reqId"]) == (UCC, "NA", "1")

    def test_shares_have_gaps_of_their_own(self, caller: Caller) -> None:
        caller.place()
        (row,) = caller.rows()
        assert (row["optTp"], row["series"], row["expDt"], row["stkPrc"]) == ("- ", "EQ", "NA", "0.00")

    def test_the_history_names_things_otherwise(self, caller: Caller) -> None:
        order_id = caller.place()
        caller.form(MODIFY, {"no": order_id, "pr": "801"})
        rows = caller.form(HISTORY, {"nOrdNo": order_id}).json()["data"]
        assert [row["ordSt"] for row in rows] == [
            "open", "modified", "modify pending", "modify validation pending", "open pending", "validation pending",
            "put order req received",
        ]  # fmt: skip
        assert (rows[0]["exch"], rows[0]["ordDur"], rows[0]["optTp"], rows[0]["uSec"]) == (
            "NSE", "DAY", "XX", "1795149900000",
        )  # fmt: skip
        assert not rows[0].keys() & {"exOrdId", "vldt", "dscQty", "reqId", "exCfmTm"}

    def test_a_rejected_order_has_never_been_open(self, caller: Caller) -> None:
        order_id = caller.place(pr="1")
        rows = caller.form(HISTORY, {"nOrdNo": order_id}).json()["data"]
        assert [row["ordSt"] for row in rows] == ["rejected", "validation pending", "put order req received"]

    def test_trades_say_ok_in_small_letters(self, caller: Caller) -> None:
        caller.place(pt="MKT", pr="0")
        answer = caller.get("quick/user/trades").json()
        (row,) = answer["data"]
        assert (answer["stat"], row["flDt"], row["flTm"], row["rptTp"]) == ("ok", "20-Nov-2026", "10:15:00", "fill")
