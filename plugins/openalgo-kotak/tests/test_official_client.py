"""Kotak's own Python client, unmodified but for its URLs, against the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

from openalgo_core.simulation import Simulation

from .official_client import MOBILE, change, loaded, log_in, order, pointed
from .simulator_fixtures import ACCOUNT, UCC, contract_of, simulated, totp

NIFTY_CE = {"exchange_segment": "nse_fo", "trading_symbol": "NIFTY26NOV24800CE", "product": "NRML", "quantity": "65"}


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    with loaded(tmp_path_factory.mktemp("neo")) as package:
        yield package


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def client(sdk: ModuleType, simulation: Simulation) -> Iterator[Any]:
    with pointed(sdk, simulation) as made:
        yield made


@pytest.fixture
def user(client: Any, simulation: Simulation) -> Any:
    """Logged in."""
    log_in(client, simulation)
    return client


def only_row(answer: Any) -> Any:
    assert answer["stat"].lower() == "ok"
    (row,) = answer["data"]
    return row


class TestSessions:
    def test_two_steps_give_a_session_and_a_host(self, client: Any, simulation: Simulation) -> None:
        data = log_in(client, simulation)["data"]
        assert (data["kType"], data["status"], data["ucc"]) == ("Trade", "success", UCC)
        assert client.configuration.base_url == simulation.url
        assert client.configuration.edit_token != client.configuration.view_token
        assert client.configuration.edit_sid != client.configuration.sid

    @pytest.mark.parametrize(
        ("changes", "steps"), [({}, 2), ({}, -2), ({"ucc": "AB999"}, 0), ({"mobile_number": "+919000000000"}, 0)]
    )
    def test_a_wrong_person_or_code_is_refused(
        self, changes: dict[str, str], steps: int, client: Any, simulation: Simulation
    ) -> None:
        given = {"mobile_number": MOBILE, "ucc": UCC, "totp": totp(simulation, steps)} | changes
        assert client.totp_login(**given) == {
            "status": "error", "message": "Invalid credentials or TOTP.", "errorCode": "401",
        }  # fmt: skip
        assert client.configuration.view_token is None

    def test_a_wrong_mpin_is_refused(self, client: Any, simulation: Simulation) -> None:
        client.totp_login(mobile_number=MOBILE, ucc=UCC, totp=totp(simulation))
        assert client.totp_validate(mpin="000000")["errorCode"] == "401"
        assert "2fa" in client.limits()["Error Message"]

    def test_an_unknown_access_token_is_refused(self, sdk: ModuleType, simulation: Simulation) -> None:
        with pointed(sdk, simulation, "ec6a746c-0000-4000-8000-000000000000") as client:
            answer = client.totp_login(mobile_number=MOBILE, ucc=UCC, totp=totp(simulation))
            assert (answer["stCode"], answer["emsg"]) == (100008, "unauthorized")
            assert client.scrip_master()["stCode"] == 100008

    def test_a_session_ends_at_midnight(self, user: Any, simulation: Simulation) -> None:
        simulation.setup.clock.sleep(13 * 3600 + 44 * 60)
        assert user.limits()["stat"] == "Ok", "23:59"
        simulation.setup.clock.sleep(120)
        for answer in (user.limits(), user.place_order(**order())):
            assert (answer["stCode"], answer["errMsg"]) == (100022, "invalid session token")
        log_in(user, simulation)
        assert user.order_report()["stCode"] == 5203, "nothing was booked with the dead session"

    def test_the_broker_says_which_address_it_sees(self, user: Any) -> None:
        assert user.whatsmyip()["data"][0]["ip"] == "127.0.0.1"


class TestOrders:
    def test_nothing_yet_is_no_data(self, user: Any) -> None:
        for read in (user.order_report, user.trade_report, user.positions):
            assert read() == {"stat": "Not_Ok", "errMsg": "No Data", "stCode": 5203}
        assert user.holdings() == {"data": []}

    def test_a_limit_order_rests_with_everything_that_was_said(self, user: Any) -> None:
        answer = user.place_order(**order(tag="oa-000001", disclosed_quantity="2"))
        assert (answer["stat"], answer["stCode"]) == ("Ok", 200)
        order_id = answer["nOrdNo"]
        assert (order_id[:6], len(order_id)) == ("261120", 15)
        row = only_row(user.order_report())
        assert (row["nOrdNo"], row["ordSt"], row["rejRsn"], row["GuiOrdId"]) == (order_id, "open", "--", "oa-000001")
        assert (row["prc"], row["qty"], row["fldQty"], row["dscQty"]) == ("800.00", 5, 0, 2)
        assert (row["trnsTp"], row["prcTp"], row["prod"], row["vldt"]) == ("B", "L", "CNC", "DAY")
        assert (row["exSeg"], row["trdSym"], row["tok"]) == ("nse_cm", "SBIN-EQ", "3045")
        assert (row["ordDtTm"], row["hsUpTm"]) == ("20-Nov-2026 10:15:00", "2026/11/20 10:15:00")
        assert user.order_report(order_id=order_id)["data"] == [row]

    def test_a_market_order_becomes_a_protected_limit_and_trades(self, user: Any) -> None:
        (quote,) = user.quotes([{"exchange_segment": "nse_cm", "instrument_token": "3045"}], "ltp")
        ltp = Decimal(quote["ltp"])
        order_id = user.place_order(**order(order_type="MKT", price="0"))["nOrdNo"]
        row = only_row(user.order_report(order_id=order_id))
        assert (row["ordSt"], row["prcTp"], Decimal(row["avgPrc"])) == ("complete", "L", ltp)
        assert ltp < Decimal(row["prc"]) <= ltp * Decimal("1.0051")
        trade = only_row(user.trade_report())
        assert (trade["nOrdNo"], trade["fldQty"], Decimal(trade["avgPrc"])) == (order_id, 5, ltp)
        assert (trade["tok"], trade["qty"], trade["prc"]) == ("", 0, ""), "as live"
        position = only_row(user.positions())
        assert (position["flBuyQty"], position["flSellQty"], position["prod"]) == ("5", "0", "CNC")
        assert Decimal(position["buyAmt"]) == 5 * ltp

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"order_type": "SL", "price": "930.50", "trigger_price": "930"}, "trigger pending"),
            ({"validity": "IOC"}, "cancelled"),
            ({"exchange_segment": "bse_cm", "trading_symbol": "SBIN"}, "open"),
            ({**NIFTY_CE, "order_type": "MKT", "price": "0"}, "complete"),
            ({"amo": "YES"}, "after market order req received"),
            ({"order_type": "SL-M", "price": "0", "trigger_price": "930"}, "rejected"),
            ({"product": "MTF"}, "rejected"),
            ({"transaction_type": "S"}, "rejected"),
        ],
    )
    def test_what_becomes_of_an_order(self, changes: dict[str, str], status: str, user: Any) -> None:
        assert user.place_order(**order(**changes))["stat"] == "Ok"
        assert only_row(user.order_report())["ordSt"] == status

    @pytest.mark.parametrize(
        ("changes", "code"),
        [({"trading_symbol": "NOSUCH-EQ"}, 1007), ({"exchange_segment": "bse_cm"}, 1007)],
    )
    def test_what_is_refused_at_once_is_not_booked(self, changes: dict[str, str], code: int, user: Any) -> None:
        answer = user.place_order(**order(**changes))
        assert (answer["stat"], answer["stCode"]) == ("Not_Ok", code)
        assert user.order_report()["stCode"] == 5203

    def test_a_tag_is_taken_once_a_day(self, user: Any) -> None:
        user.place_order(**order(tag="oa-000001"))
        answer = user.place_order(**order(tag="oa-000001"))
        assert (answer["stCode"], answer["emsg"]) == (32, "error from core")
        assert len(user.order_report()["data"]) == 1

    def test_a_change_keeps_the_number_and_loses_the_tag(self, user: Any) -> None:
        order_id = user.place_order(**order(tag="oa-000001"))["nOrdNo"]
        assert user.modify_order(**change(order_id)) == {"nOrdNo": order_id, "stat": "Ok", "stCode": 200}
        row = only_row(user.order_report())
        assert (row["prc"], row["qty"], row["ordSt"]) == ("811.00", 2, "open")
        assert row["GuiOrdId"].endswith(f"-1-{UCC}-ADMINAPI")

    def test_a_cancelled_order_stays_cancelled(self, user: Any) -> None:
        order_id = user.place_order(**order(tag="oa-000001"))["nOrdNo"]
        assert user.cancel_order(order_id) == {"nOrdNo": order_id, "stat": "Ok", "stCode": 200}
        row = only_row(user.order_report())
        assert (row["ordSt"], row["cnlQty"], row["unFldSz"]) == ("cancelled", 5, 0)
        assert row["GuiOrdId"] == "oa-000001-1795149900"
        text = "please provide valid order number"
        assert user.cancel_order(order_id) == {"stCode": 1006, "errMsg": text, "stat": text}
        assert user.modify_order(**change(order_id))["status_code"] == 400, "1021: order is completed"

    def test_the_history_runs_backwards(self, user: Any) -> None:
        order_id = user.place_order(**order(order_type="MKT", price="0"))["nOrdNo"]
        rows = user.order_history(order_id)["data"]["data"]
        assert [row["ordSt"] for row in rows] == [
            "complete", "open", "open pending", "validation pending", "put order req received",
        ]  # fmt: skip
        assert rows[0]["flDtTm"] == "20-Nov-2026 10: 15: 00"

    def test_a_lost_answer_leaves_the_order_in_the_book(self, user: Any, simulation: Simulation) -> None:
        simulation.fault("broker=no-id@place:after")
        assert "nOrdNo" not in user.place_order(**order(tag="oa-000001"))
        assert only_row(user.order_report())["GuiOrdId"] == "oa-000001"


class TestMoney:
    def test_holdings_are_numbers(self, user: Any, simulation: Simulation) -> None:
        contract = contract_of(simulation, "nse_cm", "3045")
        simulation.setup.exchange.account(ACCOUNT.user_id).give_holding(contract, 20, Decimal("780.25"))
        (row,) = user.holdings()["data"]
        assert (row["exchangeIdentifier"], row["quantity"], row["averagePrice"]) == ("3045", 20, 780.25)
        assert row["instrumentToken"] != 3045
        assert row["mktValue"] - row["holdingCost"] == pytest.approx(row["unrealisedGainLoss"])

    def test_limits_are_net_of_what_is_used(self, user: Any) -> None:
        user.place_order(**order())
        answer = user.limits()
        assert (answer["stat"], answer["CollateralValue"], answer["MarginUsed"]) == ("Ok", "10000000.00", "4000.00")
        assert round(Decimal(answer["Net"]), 2) == Decimal("9996000.00")

    def test_margin_of_an_order(self, user: Any) -> None:
        answer = user.margin_required(
            exchange_segment="nse_cm", price="800", order_type="L", product="MIS", quantity="5",
            instrument_token="3045", transaction_type="B",
        )["data"]  # fmt: skip
        assert (answer["ordMrgn"], answer["reqdMrgn"], answer["insufFund"]) == ("800.000000", "0.000000", "0.000000")


class TestPrices:
    def test_quotes_of_a_share_and_an_index(self, user: Any) -> None:
        wanted = [("nse_cm", "3045"), ("nse_cm", "Nifty 50"), ("bse_cm", "SENSEX")]
        rows = user.quotes([{"exchange_segment": where, "instrument_token": token} for where, token in wanted])
        assert [row["exchange_token"] for row in rows] == ["3045", "26000", "1"]
        assert [row["depth"] is None for row in rows] == [False, True, True]
        share = rows[0]
        bids, asks = share["depth"]["buy"], share["depth"]["sell"]
        assert len(bids) == len(asks) == 5
        assert Decimal(bids[0]["price"]) <= Decimal(share["ltp"]) <= Decimal(asks[0]["price"])

    @pytest.mark.parametrize(
        ("kind", "key"),
        [("depth", "depth"), ("ohlc", "ohlc"), ("ltp", "ltp"), ("oi", "open_int"), ("52w", "year_high"),
         ("circuit_limits", "low_price_range"), ("scrip_details", "display_symbol")],
    )  # fmt: skip
    def test_a_part_of_a_quote(self, kind: str, key: str, client: Any) -> None:
        (row,) = client.quotes([{"exchange_segment": "nse_fo", "instrument_token": "57110"}], kind)
        assert row["display_symbol"] == "NIFTY26NOV24800CE"
        assert row[key]

    @pytest.mark.parametrize("token", ["999999", "26000", "NIFTY 50"])
    def test_one_bad_name_spoils_the_call(self, token: str, client: Any) -> None:
        names = [{"exchange_segment": "nse_cm", "instrument_token": name} for name in ("3045", token)]
        assert client.quotes(names) == {"stat": "Not_Ok", "emsg": "Invalid instrument/code", "stCode": 1009}

    def test_candles(self, client: Any) -> None:
        answer = client.historical_data("nse_cm|3045", "1min", "2026-11-19", "2026-11-20")
        candles = answer["data"]["candles"]
        assert (answer["status"], candles[0][0], candles[-1][0]) == (
            "success", "2026-11-19T09:15:00+0530", "2026-11-20T10:15:00+0530",
        )  # fmt: skip
        assert all(low <= close <= high and not interest for _, _, high, low, close, _, interest in candles)

    def test_the_chain_of_options(self, client: Any) -> None:
        assert client.expiries("nse_fo", "NIFTY")["expiries"] == ["2026-11-24"]
        data = client.option_chain("nse_fo", "NIFTY", expiry="2026-11-24", count=10)["data"]
        assert [row["instrument"]["symbol"] for row in data["call"]] == ["NIFTY26NOV24500CE", "NIFTY26NOV24800CE"]


class TestInstruments:
    def test_the_files_are_where_the_list_says(self, client: Any, simulation: Simulation) -> None:
        assert len(client.scrip_master()["filesPaths"]) == 7
        url = client.scrip_master("nse_fo")
        assert url == f"{simulation.url}/wso2-scripmaster/v1/prod/2026-11-20/transformed/nse_fo.csv"

    def test_the_client_finds_an_option(self, client: Any) -> None:
        (row,) = client.search_scrip("nse_fo", "nifty", "24NOV2026", "CE", "24500")
        assert (row["pSymbol"], row["pTrdSymbol"], row["dStrikePrice;"]) == (56630, "NIFTY26NOV24500CE", 2450000.0)

    @pytest.mark.parametrize("segment", ["nse_cm", "bse_cm", "bse_fo", "mcx_fo"])
    def test_the_client_reads_every_file(self, segment: str, client: Any) -> None:
        assert len(client.search_scrip(segment)) > 5
