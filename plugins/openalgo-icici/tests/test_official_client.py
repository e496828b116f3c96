"""ICICI's own Python client, unmodified but for its URLs, against the simulator.

The client has no argument for a host: its URLs are constants of a top-level module `config`, which lies in its own
directory. That module is loaded first, under that name, and given the simulator's address; only then is the client
imported. The simulator's clock stands still at the present, because the client signs with the machine's.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import socket
import sys
import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from openalgo_core.clock import IST
from openalgo_core.models import OrderStatus
from openalgo_core.simulation import SEED_API_KEY, SEED_API_SECRET, TEST_ACCOUNT, Simulation
from openalgo_icici.simulator.dates import day_text
from openalgo_icici.simulator.master import InstrumentMaster, Listing

from .simulator_fixtures import contract_of, log_in, simulated

if importlib.util.find_spec("breeze_connect") is None:
    # A failure, not a skip: without this module nothing proves what goes on ICICI's wire.
    pytest.fail(
        "The official client is not installed: pip install 'openalgo-icici[testing]', or breeze-connect.",
        pytrace=False,
    )

# The client asks for the time in a way that Python 3.12 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")

SECRET = TEST_ACCOUNT.api_secret.reveal()
ITC = {"stock_code": "ITC", "exchange_code": "NSE"}
_LOGGERS = ("APILogger", "WebsocketLogger")


@pytest.fixture(scope="module", autouse=True)
def no_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pytest.MonkeyPatch]:
    """The client fetches its instrument files when it is imported and again when it logs in, and makes a folder `logs`
    where it is run: both are kept from leaving these tests."""
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def loopback_only(self: socket.socket, address: Any) -> None:
        if not str(address[0]).startswith("127."):
            raise ConnectionRefusedError(f"{address} is not on this machine")
        connect(self, address)

    def local_names_only(host: Any, *rest: Any, **more: Any) -> Any:
        if not str(host).startswith("127."):
            raise socket.gaierror(f"{host} is not on this machine")
        return resolve(host, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", loopback_only)
        patch.setattr(socket, "getaddrinfo", local_names_only)
        patch.setenv("NO_PROXY", "*")
        patch.setattr(sys, "path", [*sys.path])  # the client puts its own directory there
        patch.chdir(tmp_path_factory.mktemp("breeze"))
        yield patch


@pytest.fixture(scope="module")
def config(no_network: pytest.MonkeyPatch) -> ModuleType:
    """The client's constants, in place before the client. Not by way of `sys.path`: in that directory a file has the
    name of the package and would hide it."""
    package = importlib.util.find_spec("breeze_connect")
    assert package is not None
    assert package.submodule_search_locations
    file = Path(package.submodule_search_locations[0]) / "config.py"
    spec = importlib.util.spec_from_file_location("config", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    no_network.setitem(sys.modules, "config", module)
    return module


@pytest.fixture(scope="module")
def breeze(config: ModuleType) -> Iterator[Any]:
    """The client's class. Importing it downloads the instrument files, from a simulator of its own."""
    with simulated(at=now()) as running, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the package does is its own affair
        point(config, running)
        package = importlib.import_module("breeze_connect")
    for name in _LOGGERS:
        # Some of its log calls have one argument too many, which pytest's log handler makes an exception of.
        logging.getLogger(name).disabled = True
    yield package.BreezeConnect
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        for handler in [*logger.handlers]:
            logger.removeHandler(handler)
            handler.close()
    for name in [name for name in sys.modules if name.partition(".")[0] == "breeze_connect"]:
        del sys.modules[name]


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    with simulated(at=now()) as running:
        yield running


@pytest.fixture
def client(breeze: Any, config: ModuleType, simulation: Simulation) -> Any:
    """Not logged in yet."""
    point(config, simulation)
    return breeze(api_key=TEST_ACCOUNT.api_key.reveal())


@pytest.fixture
def user(client: Any, simulation: Simulation) -> Any:
    """Logged in."""
    client.generate_session(SECRET, log_in(simulation))
    return client


def now() -> datetime:
    return datetime.now(IST)


def point(config: ModuleType, simulation: Simulation) -> None:
    """Send the client to the simulator, with all the paths that it has."""
    config.__dict__.update(
        API_URL=f"{simulation.url}/breezeapi/api/v1/",
        BREEZE_NEW_URL=f"{simulation.url}/api/v2/",
        SECURITY_MASTER_URL=f"{simulation.url}/MotherAppMaster/SecurityMaster.zip",
    )


def order(**changes: str) -> dict[str, str]:
    """A limit order that rests: far below the market."""
    return ITC | {
        "product": "cash", "action": "buy", "order_type": "limit", "stoploss": "", "quantity": "5", "price": "380",
        "validity": "day",
    } | changes  # fmt: skip


def day(simulation: Simulation) -> dict[str, str]:
    """Today as lists are asked for it."""
    today = f"{simulation.setup.clock.now():%Y-%m-%d}"
    return {"from_date": f"{today}T00:00:00.000Z", "to_date": f"{today}T23:59:59.000Z"}


def listed(simulation: Simulation, product: str) -> Listing:
    """The first option, or future, on NIFTY that expires after today."""
    today = simulation.setup.clock.now().date()
    dated = {
        (row.contract.expiry, row.contract.symbol): row
        for row in InstrumentMaster(today).contracts_on("NFO", "NIFTY")
        if row.product == product and row.contract.expiry and row.contract.expiry > today
    }
    return dated[min(dated)]


def terms(simulation: Simulation, product: str) -> dict[str, str]:
    """That contract as the client's calls name it."""
    found = listed(simulation, product)
    assert found.contract.expiry is not None
    return {
        "stock_code": "NIFTY",
        "exchange_code": "NFO",
        "expiry_date": f"{found.contract.expiry}T06:00:00.000Z",
        "right": str(found.right).lower(),
        "strike_price": str(found.contract.strike or 0),
    }


def good(answer: dict[str, Any]) -> Any:
    assert (answer["Status"], answer["Error"]) == (200, None)
    return answer["Success"]


def only_row(answer: dict[str, Any]) -> dict[str, Any]:
    (row,) = good(answer)
    assert isinstance(row, dict)
    return row


class TestSessions:
    def test_an_api_session_becomes_a_session_token(self, client: Any, simulation: Simulation) -> None:
        api_session = log_in(simulation)
        client.generate_session(SECRET, api_session)
        assert client.user_id == TEST_ACCOUNT.user_id
        details = good(client.get_customer_details(api_session))
        assert (details["idirect_userid"], details["idirect_user_name"]) == (TEST_ACCOUNT.user_id, TEST_ACCOUNT.name)
        assert details["segments_allowed"]["Derivatives"] == "Y"

    def test_the_key_of_the_set_up_page_opens_it(self, client: Any, simulation: Simulation) -> None:
        client.api_key = SEED_API_KEY
        client.generate_session(SEED_API_SECRET, log_in(simulation, SEED_API_KEY))
        assert good(client.get_funds())["allocated_equity"] == 5_000_000

    @pytest.mark.parametrize(
        ("key", "session", "sentence"),
        [("", "87654321", "check session key"), ("nobodys", "", "check api key")],
    )
    def test_a_wrong_session_or_key_is_told_apart(
        self, key: str, session: str, sentence: str, client: Any, simulation: Simulation
    ) -> None:
        client.api_key = key or client.api_key
        with pytest.raises(Exception, match=sentence):
            client.generate_session(SECRET, session or log_in(simulation))

    def test_a_wrong_secret_shows_only_at_the_first_signed_call(self, client: Any, simulation: Simulation) -> None:
        client.generate_session("not the secret", log_in(simulation))
        assert client.get_funds() == {"Status": 5, "Error": "Authentication Fail :: Invalid Checksum."}

    def test_a_session_ends_at_midnight(self, user: Any, simulation: Simulation) -> None:
        api_session = log_in(simulation)
        simulation.setup.clock.sleep(86400)
        answer = user.place_order(**order())
        assert answer == {"Success": None, "Status": 500, "Error": "Resource not available."}
        with pytest.raises(Exception, match="Session key is expired"):
            user.generate_session(SECRET, api_session)

    def test_the_instrument_files_are_what_the_client_makes_of_them(self, user: Any, simulation: Simulation) -> None:
        found = user.get_names("NSE", "RELIANCE")
        assert (found["isec_stock_code"], found["isec_token"], found["exchange_stock_code"]) == (
            "RELIND", "2885", "RELIANCE",
        )  # fmt: skip
        contract = listed(simulation, "Futures").contract
        assert contract.expiry is not None
        assert f"FUT-NIFTY-{day_text(contract.expiry)}" in user.stock_script_dict_list[4]


class TestOrders:
    def test_nothing_yet_is_no_data(self, user: Any, simulation: Simulation) -> None:
        nothing = {"Success": None, "Status": 200, "Error": "No Data Found"}
        assert user.get_order_list("NSE", **day(simulation)) == nothing
        assert user.get_trade_list(**day(simulation), exchange_code="NSE") == nothing
        assert user.get_portfolio_positions() == nothing
        assert user.get_portfolio_holdings("NSE") == nothing
        assert user.get_demat_holdings() == nothing

    def test_a_limit_order_rests_and_its_remark_is_gone(self, user: Any, simulation: Simulation) -> None:
        placed = good(user.place_order(**order(disclosed_quantity="2", user_remark="Test1")))
        order_id = placed["order_id"]
        assert order_id.startswith(f"{simulation.setup.clock.now():%Y%m%d}N3")
        assert len(order_id) == 18
        assert (placed["user_remark"], order_id in placed["message"]) == (None, True)

        row = only_row(user.get_order_list("NSE", **day(simulation)))
        assert row == only_row(user.get_order_detail("NSE", order_id))
        assert (row["order_id"], row["status"], row["user_remark"]) == (order_id, "Ordered", "")
        assert (row["stock_code"], row["product_type"], row["action"]) == ("ITC", "Cash", "Buy")
        assert (row["price"], row["stoploss"], row["average_price"]) == ("380.00", "0.00", "0")
        assert (row["quantity"], row["pending_quantity"], row["disclosed_quantity"]) == ("5", "5", "2")
        assert (row["order_type"], row["validity"], row["strike_price"]) == ("Limit", "Day", 0.0)
        assert user.get_order_list("BSE", **day(simulation))["Success"] is None, "each exchange has its own book"

    @pytest.mark.parametrize("segment", ["NSE", "BSE"])
    def test_the_client_makes_a_market_order_an_aggressive_limit(
        self, segment: str, user: Any, simulation: Simulation
    ) -> None:
        quote = next(
            row for row in good(user.get_quotes(**ITC, product_type="cash")) if row["exchange_code"] == segment
        )
        placed = good(user.place_order(**order(exchange_code=segment, order_type="market", price="")))
        row = only_row(user.get_order_detail(segment, placed["order_id"]))
        assert (row["status"], row["order_type"], row["pending_quantity"]) == ("Executed", "Limit", "0")
        assert float(row["price"]) == pytest.approx(quote["ltp"] * 1.03, abs=0.05)
        assert float(row["average_price"]) == quote["ltp"]

        trade = only_row(user.get_trade_list(**day(simulation), exchange_code=segment))
        assert (trade["order_id"], trade["quantity"], trade["action"]) == (placed["order_id"], "5", "Buy")
        assert float(trade["average_cost"]) == quote["ltp"]
        fill = only_row(user.get_trade_detail(segment, placed["order_id"]))
        assert (fill["action"], fill["executed_quantity"]) == ("B", "5")
        assert float(fill["execution_price"]) == quote["ltp"]

    def test_a_stop_order_waits_for_its_trigger(self, user: Any, simulation: Simulation) -> None:
        ltp = Decimal(str(good(user.get_quotes(**ITC, product_type="cash"))[0]["ltp"]))
        placed = good(user.place_order(**order(order_type="stoploss", price=str(ltp + 6), stoploss=str(ltp + 5))))
        row = only_row(user.get_order_detail("NSE", placed["order_id"]))
        assert (row["status"], row["order_type"]) == ("Ordered", "StopLoss")
        assert (Decimal(row["price"]), Decimal(row["stoploss"])) == (ltp + 6, ltp + 5)

    def test_an_option_order_has_seconds_and_a_strike(self, user: Any, simulation: Simulation) -> None:
        option = terms(simulation, "Options")
        placed = good(user.place_order(**order(**option, product="options", quantity="65", price="0.05")))
        assert placed["message"] == "Successfully Placed the order"
        row = only_row(user.get_order_detail("NFO", placed["order_id"]))
        assert (row["product_type"], row["right"], row["strike_price"]) == (
            "Options", option["right"].title(), float(option["strike_price"]),
        )  # fmt: skip
        assert len(row["order_datetime"]) == len("30-Jul-2026 14:28:02")
        assert row["order_id"][8:10] == "38"

    def test_a_change_keeps_the_id_and_shows(self, user: Any) -> None:
        order_id = good(user.place_order(**order()))["order_id"]
        changed = user.modify_order(
            order_id=order_id, exchange_code="NSE", order_type="limit", stoploss="0", quantity="7", price="381",
            validity="day", disclosed_quantity="0", validity_date="",
        )  # fmt: skip
        assert good(changed) == {"message": "Successfully Modified the order", "order_id": order_id}
        row = only_row(user.get_order_detail("NSE", order_id))
        assert (row["price"], row["quantity"], row["status"]) == ("381.00", "7", "Ordered")

    def test_a_cancelled_order_stays_cancelled(self, user: Any) -> None:
        order_id = good(user.place_order(**order()))["order_id"]
        assert good(user.cancel_order("NSE", order_id))["message"] == "Your Order Canceled successfully."
        row = only_row(user.get_order_detail("NSE", order_id))
        assert (row["status"], row["cancelled_quantity"]) == ("Cancelled", "5")
        assert row["pending_quantity"] == "5", "it is not zeroed"
        assert user.cancel_order("NSE", order_id) == {"Success": None, "Status": 500, "Error": "No Data Found"}

    def test_the_client_reads_a_partial_fill(self, user: Any, simulation: Simulation) -> None:
        order_id = good(user.place_order(**order()))["order_id"]
        account = simulation.setup.exchange.account(TEST_ACCOUNT.user_id)
        account.force(account.orders()[0].order_id, OrderStatus.OPEN, fill=2)
        row = only_row(user.get_order_detail("NSE", order_id))
        assert (row["status"], row["pending_quantity"]) == ("Partially Executed", "3")
        good(user.cancel_order("NSE", order_id))
        row = only_row(user.get_order_detail("NSE", order_id))
        assert (row["status"], row["cancelled_quantity"]) == ("Partially Executed And Cancelled", "3")

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"product": "margin"}, "Product should be either"),
            ({"quantity": "99000"}, "Insufficient funds"),
            ({"price": "380.01"}, "tick size"),
            ({"price": "1"}, "outside today's band"),
            ({"stock_code": "RELIANCE"}, "No Data Found"),
            ({"exchange_code": "ndx"}, "NDX as Exchange-Code not allowed"),
        ],
    )
    def test_a_refusal_is_a_sentence_and_nothing_is_booked(
        self, changes: dict[str, str], sentence: str, user: Any, simulation: Simulation
    ) -> None:
        answer = user.place_order(**order(**changes))
        assert (answer["Success"], answer["Status"]) == (None, 500)
        assert sentence in answer["Error"]
        assert user.get_order_list("NSE", **day(simulation))["Success"] is None

    def test_a_lost_answer_leaves_the_order_in_the_book(self, user: Any, simulation: Simulation) -> None:
        simulation.fault("broker=success-null@order:after", "broker=null-body@order:after")
        assert good(user.place_order(**order())) is None
        assert user.place_order(**order(quantity="6")) is None
        assert [row["quantity"] for row in good(user.get_order_list("NSE", **day(simulation)))] == ["5", "6"]


class TestPortfolio:
    def test_a_short_position_has_no_sign_but_an_action(self, user: Any, simulation: Simulation) -> None:
        future = terms(simulation, "Futures")
        sell = order(**future, product="futures", action="sell", quantity="65", order_type="market", price="")
        good(user.place_order(**sell))
        row = only_row(user.get_portfolio_positions())
        assert (row["action"], row["quantity"], row["segment"]) == ("Sell", "65", "fno")
        assert (row["strike_price"], row["right"], row["pnl"]) == ("0", "Others", None)

        squared = user.square_off(
            exchange_code="NFO", product="futures", stock_code="NIFTY", expiry_date=future["expiry_date"],
            right="others", strike_price="0", action="buy", order_type="market", validity="day", stoploss="0",
            quantity="65", price="0", validity_date="", trade_password="", disclosed_quantity="0",
        )  # fmt: skip
        assert good(squared)["indicator"] == "0"
        row = only_row(user.get_portfolio_positions())
        assert (row["action"], row["quantity"]) == ("NA", "0")
        profit = only_row(user.get_portfolio_holdings("NFO"))
        assert (profit["action"], profit["category_index_per_stock"]) == ("NA", "I")
        assert float(profit["realized_profit"]) <= 0, "sold and bought back at one price"

    def test_holdings_come_with_prices_and_from_the_depository(self, user: Any, simulation: Simulation) -> None:
        account = simulation.setup.exchange.account(TEST_ACCOUNT.user_id)
        account.give_holding(contract_of(simulation, "NSE", "RELIND"), 10, Decimal("1250.50"))
        row = only_row(user.get_portfolio_holdings("NSE"))
        assert (row["stock_code"], row["quantity"], row["average_price"]) == ("RELIND", "10", "1250.50")
        assert only_row(user.get_demat_holdings()) == {
            "stock_code": "RELIND", "stock_ISIN": "INE002A01018", "quantity": "10", "demat_total_bulk_quantity": "10",
            "demat_avail_quantity": "0", "blocked_quantity": "0", "demat_allocated_quantity": "10",
        }  # fmt: skip
        assert user.get_portfolio_holdings("BSE")["Success"] is None

    def test_funds_and_limits_say_what_the_exchange_knows(self, user: Any, simulation: Simulation) -> None:
        good(user.place_order(**order()))
        funds = good(user.get_funds())
        known = simulation.setup.exchange.account(TEST_ACCOUNT.user_id).funds()
        allocated = sum(value for name, value in funds.items() if name.startswith("allocated_"))
        assert allocated - funds["block_by_trade_balance"] == pytest.approx(float(known.available_cash))
        assert funds["block_by_trade_balance"] == float(known.used_margin) == 1900.0
        assert funds["total_bank_balance"] > allocated
        assert good(user.get_margin("NFO"))["block_by_trade"] == 1900.0
        assert good(user.get_margin("NSE"))["cash_limit"] == funds["allocated_equity"]

    def test_margin_of_two_legs(self, user: Any, simulation: Simulation) -> None:
        legs = [
            {"strike_price": leg["strike_price"], "quantity": "65", "right": leg["right"], "product": product,
             "action": action, "price": "0", "expiry_date": leg["expiry_date"], "stock_code": "NIFTY",
             "cover_order_flow": "N", "fresh_order_type": "N", "cover_limit_rate": "0", "cover_sltp_price": "0",
             "fresh_limit_rate": "0", "open_quantity": "0"}
            for product, action in (("options", "buy"), ("futures", "sell"))
            for leg in [terms(simulation, product.title())]
        ]  # fmt: skip
        both = good(user.margin_calculator(legs, "NFO"))
        apart = [good(user.margin_calculator([leg], "NFO")) for leg in legs]
        required = [Decimal(answer["span_margin_required"]) for answer in (both, *apart)]
        assert required[0] == required[1] + required[2]
        assert min(required) > 0
        assert [row["stock_code"] for row in both["margin_calulation"]] == ["NIFTY ", "NIFTY "]


class TestMarket:
    def test_a_share_has_a_row_for_each_exchange(self, user: Any) -> None:
        rows = good(user.get_quotes(**ITC, expiry_date="", product_type="cash", right="", strike_price=""))
        assert [row["exchange_code"] for row in rows] == ["NSE", "BSE"]
        assert rows[0]["low"] <= rows[0]["ltp"] <= rows[0]["high"]
        assert rows[0]["best_bid_price"] < rows[0]["best_offer_price"]
        assert type(rows[0]["total_quantity_traded"]) is str

    def test_a_future_is_called_future_and_has_a_star(self, user: Any, simulation: Simulation) -> None:
        row = only_row(user.get_quotes(**terms(simulation, "Futures"), product_type="futures"))
        assert (row["product_type"], row["right"], row["strike_price"]) == ("Future", "*", 0.0)
        assert float(row["spot_price"]) == pytest.approx(row["ltp"], rel=0.05)

    def test_commodities_have_no_quotes(self, user: Any) -> None:
        answer = user.get_quotes(stock_code="GOLD", exchange_code="MCX", product_type="futures")
        assert answer["Status"] == 500
        assert "Object reference" in answer["Error"]

    def test_the_chain_has_open_interest(self, user: Any, simulation: Simulation) -> None:
        option = terms(simulation, "Options")
        asked = {name: option[name] for name in ("stock_code", "exchange_code", "expiry_date")}
        calls = good(user.get_option_chain_quotes(**asked, product_type="options", right="call"))
        assert {row["right"] for row in calls} == {"Call"}
        assert len({row["strike_price"] for row in calls}) == len(calls) > 5
        assert all(row["open_interest"] > 0 for row in calls)
        futures = user.get_option_chain_quotes("NIFTY", "NFO", "", "futures", "others", "")
        assert good(futures) == [], "futures must be asked for without a right"

    def test_candles_of_both_versions_agree(self, user: Any) -> None:
        # The last session that is over, whatever day it is.
        asked = ITC | {
            "from_date": f"{now() - timedelta(days=12):%Y-%m-%d}T09:15:00.000Z",
            "to_date": f"{now():%Y-%m-%d}T00:00:00.000Z",
            "product_type": "cash",
        }
        for old, new in (("30minute", "30minute"), ("1day", "1day")):
            first = good(user.get_historical_data(interval=old, **asked))
            second = good(user.get_historical_data_v2(interval=new, **asked))
            assert len(first) == len(second) > 0
            for text, value in zip(first, second, strict=True):
                assert text["datetime"] == value["datetime"]
                assert float(text["close"]) == value["close"]
                assert value["low"] <= min(value["open"], value["close"]) <= value["high"]
            assert set(second[0]) == {
                "close", "datetime", "exchange_code", "high", "low", "open", "stock_code", "volume",
            }  # fmt: skip

    def test_candles_of_an_option_say_which(self, user: Any, simulation: Simulation) -> None:
        option = terms(simulation, "Options")
        row = good(
            user.get_historical_data_v2(
                interval="1day",
                from_date=f"{now() - timedelta(days=12):%Y-%m-%d}T00:00:00.000Z",
                to_date=f"{now():%Y-%m-%d}T00:00:00.000Z",
                product_type="options",
                **option,
            )
        )[0]
        assert (row["right"], row["strike_price"]) == (option["right"].title(), float(option["strike_price"]))
        assert row["open_interest"] > 0
        expiry = listed(simulation, "Options").contract.expiry
        assert expiry is not None
        assert row["expiry_date"] == day_text(expiry).upper()
