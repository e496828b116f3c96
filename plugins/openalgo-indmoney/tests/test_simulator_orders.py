"""The simulator's regular orders and the order book: what is refused how, and what the rows show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from openalgo_core.clock import IST
from openalgo_core.models import OrderStatus
from openalgo_core.simulation import TEST_ACCOUNT, Simulation

from .simulator_fixtures import NFO, ORDER, Caller, book_id, price_of, simulated, taken

BFO = {"exchange": "BSE", "algo_id": "9999999999999999", **NFO, "security_id": "823590", "qty": 20}
NOT_THERE = {"status": "error", "message": "Position could not be found.", "error_type": "OrderException"}


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated() as running:
        yield running


@pytest.fixture
def caller(simulation: Simulation) -> Iterator[Caller]:
    with Caller(simulation) as given_token:
        yield given_token


def change(order_id: str, /, **changes: object) -> dict[str, object]:
    return {"segment": "EQUITY", "order_id": order_id, "qty": 7, "limit_price": 801.5} | changes


def withdrawal(order_id: str, segment: str = "EQUITY") -> dict[str, str]:
    return {"segment": segment, "order_id": order_id}


class TestPlacing:
    @pytest.mark.parametrize(
        ("changes", "error_type", "text"),
        [
            ({"txn_type": "buy"}, "InputException", "txn_type"),
            ({"exchange": "NFO"}, "InputException", "exchange"),
            ({"segment": "FNO"}, "InputException", "segment"),
            ({"product": "MIS"}, "InputException", "product"),
            ({"product": "MARGIN"}, "InputException", "product"),
            ({**NFO, "product": "CNC"}, "InputException", "product"),
            ({"order_type": "TRIGGER"}, "InputException", "order_type"),
            ({"order_type": "SL"}, "InputException", "order_type"),
            ({"validity": "GTC"}, "InputException", "validity"),
            ({"algo_id": ""}, "InputException", "algo_id"),
            ({"algo_id": "9999999999999999"}, "InputException", "algo_id is not valid on NSE"),
            ({**BFO, "algo_id": "99999"}, "InputException", "algo_id is not valid on BSE"),
            ({"qty": 0}, "RequestValidationException", "QtyMustBeAboveZero"),
            ({"qty": -5}, "RequestValidationException", "QtyMustBeAboveZero"),
            ({"limit_price": 0}, "RequestValidationException", "LimitPriceMustBeAboveZero"),
            ({"remarks": " tv-Terminal "}, "RequestValidationException", "ReservedRemarks"),
            ({"security_id": "1"}, "OrderException", "The instrument is not tradable."),
            ({"security_id": "40000001"}, "OrderException", "The instrument is not tradable."),
            ({"security_id": "45108"}, "OrderException", "The instrument is not tradable."),
            ({**NFO, "qty": 66}, "OrderException", "The quantity is not a multiple of the lot size."),
            ({"limit_price": 1.0}, "OrderException", "The price is out of the circuit limit."),
            ({"limit_price": 800.01}, "OrderException", "Order price must be a multiple of the tick size."),
            ({"qty": 100_001}, "OrderException", "The order quantity exceeds the freeze limit."),
            (
                {"product": "CNC", "qty": 50_000},
                "OrderException",
                "RMS: Margin exceeds available limit for this order",
            ),
            ({"product": "CNC", "txn_type": "SELL"}, "OrderException", "RMS: Rule: Check holdings"),
        ],
    )
    def test_what_is_refused_is_refused_at_once(
        self, changes: dict[str, object], error_type: str, text: str, caller: Caller
    ) -> None:
        answer = caller.post("/order", ORDER | changes)
        assert (answer.status_code, answer.json()["error_type"]) == (400, error_type)
        assert text in answer.json()["message"]
        assert caller.data("/order-book") is None

    def test_a_limit_order_without_a_price_is_refused(self, caller: Caller) -> None:
        order = {name: value for name, value in ORDER.items() if name != "limit_price"}
        assert "LimitPriceMustBeAboveZero" in caller.post("/order", order).json()["message"]

    @pytest.mark.parametrize(
        ("changes", "prefix"),
        [
            ({"exchange": "BSE", "security_id": "500112", "algo_id": "9999999999999999"}, "EQ"),
            ({**NFO, "limit_price": 160.05}, "DRV"),
            ({**NFO, "product": "INTRADAY", "limit_price": 160}, "DRV"),
            ({**BFO, "limit_price": 10.0}, "DRV"),
            ({"algo_id": "7001234", "product": "CNC"}, "EQ"),
        ],
    )
    def test_what_each_exchange_takes(self, changes: dict[str, object], prefix: str, caller: Caller) -> None:
        order_id = caller.place(**changes)
        row, sent = caller.row(order_id), ORDER | changes
        assert order_id.startswith(f"{prefix}-")
        assert book_id(order_id).isdecimal()
        for name in ("exchange", "segment", "product", "security_id", "txn_type", "order_type", "validity"):
            assert row[name] == sent[name]
        assert row["requested_qty"] == sent["qty"]

    def test_the_row_of_an_order_that_rests(self, caller: Caller) -> None:
        row = caller.row(caller.place())
        assert (row["status"], row["requested_price"], row["traded_price"], row["traded_qty"]) == (
            "PENDING",
            "800",
            "",
            0,
        )
        assert (row["mkt_type"], row["off_mkt_flag"], row["extra_info"]) == ("NL", "false", "")
        assert {row[name] for name in row if name.startswith(("sl_", "tgt_"))} == {""}
        assert (row["isin"], row["name"], row["user_id"]) == ("INE062A01020", "State Bank of India", "A123456")
        assert row["exch_order_id"].isdecimal()
        assert row["created_at"] == row["updated_at"] == "2026-11-20T10:15:00.000000+05:30"
        assert not row.keys() & {"order_id", "trading_symbol", "remarks"}

    def test_a_market_order_stays_one_and_shows_its_limit(self, caller: Caller, simulation: Simulation) -> None:
        ltp = price_of(simulation, "NSE_3045").ltp
        row = caller.row(caller.place_market())
        assert (row["order_type"], row["status"], row["traded_qty"]) == ("MARKET", "SUCCESS", 5)
        assert Decimal(row["requested_price"]) == Decimal(row["traded_price"]) == ltp

    def test_a_market_order_may_rest(self, caller: Caller, simulation: Simulation) -> None:
        simulation.fault("broker=resting@POST /order")
        row = caller.row(order_id := caller.place_market())
        assert (row["order_type"], row["status"], row["traded_qty"]) == ("MARKET", "PENDING", 0)
        assert Decimal(row["requested_price"]) < price_of(simulation, "NSE_3045").ltp
        assert caller.post("/order/modify", change(order_id, limit_price=900)).status_code == 200
        assert (caller.row(order_id)["order_type"], caller.row(order_id)["status"]) == ("MARKET", "SUCCESS")

    def test_some_instruments_take_no_market_orders(self, caller: Caller, simulation: Simulation) -> None:
        simulation.fault("broker=dead-contract")
        deep = {**NFO, "security_id": "44017"}
        order = {name: value for name, value in (ORDER | deep).items() if name != "limit_price"}
        answer = caller.post("/order", order | {"order_type": "MARKET"})
        assert (answer.status_code, answer.json()["message"]) == (400, "Market orders are blocked for this instrument.")
        assert caller.place(**deep, limit_price=6000.0).startswith("DRV-")

    def test_nothing_is_left_of_an_ioc_order_that_found_nobody(self, caller: Caller) -> None:
        row = caller.row(caller.place(validity="IOC"))
        assert (row["status"], row["traded_qty"], row["validity"]) == ("CANCELLED", 0, "IOC")
        assert row["extra_info"].startswith("IOC")

    @pytest.mark.parametrize("length", [1, 16, 100, 101, 250])
    def test_remarks_come_back_cut_off(self, length: int, caller: Caller) -> None:
        remarks = ("tag/-" * 50)[:length]
        order_id = caller.place_market(remarks=remarks)
        kept = remarks[:100]
        assert caller.row(order_id)["remarks"] == kept
        asked = withdrawal(order_id)
        assert caller.data("/order", asked)["remarks"] == kept
        (trade,) = caller.data("/trade-book", segment="EQUITY")
        assert trade["remarks"] == kept
        (fill,) = caller.data("/order/trades", asked)
        assert "remarks" not in fill

    def test_the_reserved_word_may_stand_inside_others(self, caller: Caller) -> None:
        assert caller.row(caller.place(remarks="my TV-TERMINAL"))["remarks"] == "my TV-TERMINAL"
        assert "remarks" not in caller.row(caller.place(remarks=""))

    def test_nobody_looks_for_doubles(self, caller: Caller) -> None:
        assert caller.place(remarks="once") != caller.place(remarks="once")

    def test_an_order_is_rejected_in_the_book_whatever_it_says(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=rejected-in-book")
        row = caller.row(caller.place(remarks="unlucky"))
        assert (row["status"], row["exch_order_id"], row["remarks"]) == ("FAILED", "", "unlucky")
        assert row["extra_info"].startswith("Rejected by exchange")

    def test_an_order_may_be_on_its_way_for_ever(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=queued")
        order_id = caller.place()
        assert (caller.row(order_id)["status"], caller.row(order_id)["exch_order_id"]) == ("INITIATED", "")
        assert caller.post("/order/cancel", withdrawal(order_id)).status_code == 200
        assert caller.row(order_id)["status"] == "CANCELLED"

    def test_a_fault_books_nothing_that_is_wrong_anyway(self, simulation: Simulation, caller: Caller) -> None:
        simulation.fault("broker=rejected-in-book")
        assert "tick size" in caller.post("/order", ORDER | {"limit_price": 800.01}).json()["message"]
        assert caller.data("/order-book") is None


class TestChanging:
    def test_quantity_and_price_change_and_the_id_does_not(self, caller: Caller) -> None:
        order_id = caller.place(remarks="t1")
        answer = caller.post("/order/modify", change(order_id)).json()
        assert answer == {"status": "success", "data": {"order_id": order_id, "order_status": "MODIFIED"}}
        row = caller.row(order_id)
        assert (row["status"], row["requested_qty"], row["requested_price"]) == ("MODIFIED", 7, "801.5")
        assert (row["remarks"], row["validity"]) == ("t1", "DAY")

    def test_the_quantity_is_the_new_total(self, caller: Caller, simulation: Simulation) -> None:
        order_id = caller.place()
        account = simulation.setup.exchange.account(TEST_ACCOUNT.user_id)
        account.force(book_id(order_id), OrderStatus.OPEN, fill=4)
        assert caller.row(order_id)["status"] == "PARTIALLY FILLED"
        assert caller.post("/order/modify", change(order_id)).status_code == 200
        row = caller.row(order_id)
        assert (row["requested_qty"], row["traded_qty"]) == (7, 4)

    def test_a_change_may_trade(self, caller: Caller, simulation: Simulation) -> None:
        order_id = caller.place()
        assert caller.post("/order/modify", change(order_id, limit_price=900)).status_code == 200
        row = caller.row(order_id)
        assert (row["status"], Decimal(row["traded_price"])) == ("SUCCESS", price_of(simulation, "NSE_3045").ltp)

    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            ({"order_id": "EQ-26112000000099"}, "Position could not be found."),
            ({"order_id": "90417251"}, "Position could not be found."),
            ({"segment": "DERIVATIVE"}, "Position could not be found."),
            ({"limit_price": 0}, "LimitPriceMustBeAboveZero"),
            ({"limit_price": 1}, "circuit limit"),
            ({"limit_price": 800.02}, "tick size"),
            ({"qty": 0}, "QtyMustBeAboveZero"),
            ({"qty": 500_000}, "freeze limit"),
        ],
    )
    def test_a_change_that_is_refused_changes_nothing(
        self, changes: dict[str, object], text: str, caller: Caller
    ) -> None:
        before = caller.row(order_id := caller.place())
        answer = caller.post("/order/modify", change(order_id, **changes))
        assert answer.status_code == 400
        assert text in answer.json()["message"]
        assert caller.row(order_id) == before

    def test_what_cannot_be_changed_has_no_field(self, caller: Caller, simulation: Simulation) -> None:
        order_id = caller.place()
        for name in ("product", "validity", "remarks", "order_type"):
            assert caller.post("/order/modify", change(order_id) | {name: "DAY"}).status_code == 400
            assert name in taken(simulation)

    def test_an_id_must_come_along(self, caller: Caller) -> None:
        for path, body in (("modify", change("")), ("cancel", withdrawal(""))):
            nameless = {name: value for name, value in body.items() if name != "order_id"}
            assert "OrderIdMissing" in caller.post(f"/order/{path}", nameless).json()["message"]

    def test_an_order_is_changed_twenty_five_times(self, caller: Caller) -> None:
        order_id = caller.place()
        statuses = [caller.post("/order/modify", change(order_id, qty=5 + n)).status_code for n in range(26)]
        assert statuses == [200] * 25 + [400]
        assert caller.row(order_id)["requested_qty"] == 29
        assert caller.post("/order/cancel", withdrawal(order_id)).status_code == 200

    def test_a_withdrawn_order_says_so(self, caller: Caller) -> None:
        order_id = caller.place()
        answer = caller.post("/order/cancel", withdrawal(order_id)).json()
        assert answer == {"status": "success", "data": {"order_id": order_id, "order_status": "CANCELLED"}}
        assert caller.row(order_id)["status"] == "CANCELLED"

    def test_what_is_over_is_not_found(self, caller: Caller) -> None:
        order_id = caller.place_market()
        for answer in (
            caller.post("/order/cancel", withdrawal(order_id)),
            caller.post("/order/modify", change(order_id)),
            caller.post("/order/cancel", withdrawal("EQ-1")),
        ):
            assert (answer.status_code, answer.json()) == (400, NOT_THERE)

    def test_part_of_an_order_may_be_withdrawn(self, caller: Caller, simulation: Simulation) -> None:
        order_id = caller.place()
        simulation.setup.exchange.account(TEST_ACCOUNT.user_id).force(book_id(order_id), OrderStatus.OPEN, fill=2)
        caller.post("/order/cancel", withdrawal(order_id))
        row = caller.row(order_id)
        assert (row["status"], row["traded_qty"], row["traded_price"]) == ("PARTIALLY FILLED - CANCELLED", 2, "800")


class TestOneOrder:
    def test_it_is_the_row_of_the_book(self, caller: Caller) -> None:
        caller.place()
        order_id = caller.place(remarks="second")
        assert caller.data("/order", withdrawal(order_id)) == caller.row(order_id)

    @pytest.mark.parametrize(("path"), ["/order", "/order/trades"])
    @pytest.mark.parametrize("segment", ["EQUITY", "DERIVATIVE"])
    def test_an_unknown_one_is_not_found(self, path: str, segment: str, caller: Caller) -> None:
        order_id = caller.place() if segment == "DERIVATIVE" else "EQ-1"
        answer = caller.get(path, withdrawal(order_id, segment))
        assert (answer.status_code, answer.json()["error_type"]) == (404, "NotFoundException")

    def test_an_order_without_fills_has_null(self, caller: Caller) -> None:
        assert caller.data("/order/trades", withdrawal(caller.place())) is None


class TestTrades:
    def test_a_trade_leads_to_its_order_by_the_exchanges_id_only(self, caller: Caller) -> None:
        order_id = caller.place_market()
        (trade,) = caller.data("/trade-book", segment="EQUITY")
        assert trade["exch_order_id"] == caller.row(order_id)["exch_order_id"]
        assert trade["trade_date"] == "2026-11-20T10:15:00+05:30"
        assert len(trade["trade_serial_no"]) == 20
        assert not trade.keys() & {"order_id", "id", "txn_type", "product", "exchange"}

    def test_each_segment_has_its_trades(self, caller: Caller, simulation: Simulation) -> None:
        caller.place_market()
        caller.place_market(**NFO)
        codes = {
            segment: [trade["scrip_code"] for trade in caller.data("/trade-book", segment=segment)]
            for segment in ("EQUITY", "DERIVATIVE")
        }
        assert codes == {"EQUITY": ["3045"], "DERIVATIVE": ["45108"]}
        assert caller.get("/trade-book", segment="equity").status_code == 400

    def test_a_large_order_fills_in_pieces_where_the_exchange_does(self) -> None:
        with simulated(partial_fills=True) as running, Caller(running) as caller:
            order_id = caller.place_market(qty=20_000)
            row = caller.row(order_id)
            assert row["status"] == "PARTIALLY FILLED"
            assert 0 < row["traded_qty"] < 20_000
            fills = caller.data("/order/trades", withdrawal(order_id))
            assert sum(fill["quantity"] for fill in fills) == row["traded_qty"]


class TestHours:
    """An exchange that keeps its hours."""

    @pytest.fixture
    def simulation(self) -> Iterator[Simulation]:
        with simulated(exchange_hours=True) as running:
            running.setup.clock.sleep(6 * 3600)  # 16:15
            yield running

    def test_orders_after_hours_must_say_so(self, caller: Caller) -> None:
        answer = caller.post("/order", ORDER)
        assert (answer.status_code, answer.json()["error_type"]) == (400, "RequestValidationException")
        assert "AmoMustBeTrue" in answer.json()["message"]

    def test_an_after_market_order_waits(self, caller: Caller) -> None:
        answer = caller.post("/order", ORDER | {"is_amo": True}).json()["data"]
        row = caller.row(answer["order_id"])
        assert (answer["order_status"], row["status"], row["off_mkt_flag"]) == ("O-PENDING", "O-PENDING", "true")
        assert caller.post("/order/cancel", withdrawal(answer["order_id"])).status_code == 200

    def test_what_is_wrong_is_wrong_after_hours_too(self, caller: Caller) -> None:
        answer = caller.post("/order", ORDER | {"is_amo": True, "limit_price": 800.01})
        assert "tick size" in answer.json()["message"]

    def test_a_day_order_expires_at_the_close(self) -> None:
        with simulated(exchange_hours=True) as running, Caller(running) as caller:
            order_id = caller.place(product="CNC", limit_price=700.0)
            running.setup.clock.sleep(6 * 3600)
            assert caller.row(order_id)["status"] == "EXPIRED"


def test_orders_of_yesterday_are_gone(caller: Caller, simulation: Simulation) -> None:
    caller.place(limit_price=700.0)
    opens = datetime(2026, 11, 21, 9, 0, tzinfo=IST)
    simulation.setup.clock.sleep((opens - simulation.setup.clock.now()) / timedelta(seconds=1))
    assert caller.data("/order-book") is None


def test_another_account_sees_its_own_orders() -> None:
    account = replace(TEST_ACCOUNT, user_id="7654321")
    with simulated(account=account) as running, Caller(running) as caller:
        caller.place()
        assert [row["user_id"] for row in caller.data("/order-book")] == ["7654321"]
        assert running.setup.exchange.account(TEST_ACCOUNT.user_id).orders() == []
