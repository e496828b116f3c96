"""What the plugin sends means the same as what Kotak's own client sends for the same action."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from openalgo_core import Broker
from openalgo_core.testing.bench import trader

from .official_client import Sent, Tape, change, loaded, log_in, order, pointed
from .simulator_fixtures import simulated


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    with loaded(tmp_path_factory.mktemp("neo")) as package:
        yield package


class Stand(NamedTuple):
    """A client and a broker of ours, logged in to one simulator."""

    tape: Tape
    theirs: Any
    ours: Broker


@pytest.fixture(scope="module")
def stand(sdk: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    tape, home = Tape(), tmp_path_factory.mktemp("home")
    with (
        simulated(around=tape.around) as running,
        pointed(sdk, running) as theirs,
        trader("kotak", running, home) as ours,
    ):
        log_in(theirs, running)
        yield Stand(tape, theirs, ours)


#: Who the client is: ours says it of new orders only, and OpenAlgo never.
SOURCE = "os"
#: What ours says again of an order that is changed, as Kotak's older clients do.
SAID_AGAIN = {"es", "ts", "tt", "pc", "tk", "dd"}
#: One order each, in their words and in ours.
TERMS: dict[str, dict[str, Any]] = {
    "limit": {"theirs": {}, "ours": {"price": Decimal(800)}},
    "market": {
        "theirs": {"order_type": "MKT", "price": "0", "product": "MIS"},
        "ours": {"price_type": "MARKET", "product": "MIS"},
    },
    "stop": {
        "theirs": {"order_type": "SL", "price": "930.5", "trigger_price": "930"},
        "ours": {"price_type": "SL", "price": Decimal("930.5"), "trigger_price": Decimal(930)},
    },
    "immediate": {"theirs": {"validity": "IOC"}, "ours": {"price": Decimal(800), "validity": "IOC"}},
    "disclosed": {
        "theirs": {"disclosed_quantity": "2"}, "ours": {"price": Decimal(800), "disclosed_quantity": 2},
    },
    "sold": {
        "theirs": {"transaction_type": "S", "product": "MIS", "price": "900"},
        "ours": {"price": Decimal(900), "product": "MIS"},
    },
}  # fmt: skip


def credentials(sent: Sent) -> Mapping[str, str]:
    """The kinds that were shown, and the access token, which both have."""
    return {name: value if name == "authorization" else "" for name, value in sent.credentials.items()}


def one(stand: Stand, act: Callable[[], object], path: str) -> Sent:
    """The one request to that path which somebody sends while doing that."""
    (found,) = [sent for sent in stand.tape.of(act) if sent.path == path]
    return found


def assert_same(ours: Sent, theirs: Sent, *, also: set[str] | None = None) -> None:
    """`also` are fields that only ours may have."""
    wanted = {name: value for name, value in theirs.fields.items() if name != SOURCE or name in ours.fields}
    told = {name: value for name, value in ours.fields.items() if name not in (also or set())}
    assert told == wanted
    assert (ours.method, ours.path, ours.query) == (theirs.method, theirs.path, theirs.query)
    assert credentials(ours).items() >= credentials(theirs).items()


class TestThePluginSaysTheSame:
    def test_the_login(self, stand: Stand) -> None:
        steps = [sent for sent in stand.tape.sent if sent.path.startswith("/login/")]
        ours, theirs = steps[:2], steps[2:]
        assert [(sent.path, sent.fields) for sent in ours] == [(sent.path, sent.fields) for sent in theirs[:2]]
        for mine, other in zip(ours, theirs, strict=True):
            assert credentials(mine) == credentials(other)

    @pytest.mark.parametrize("name", TERMS)
    def test_a_new_order(self, name: str, stand: Stand) -> None:
        path = "/quick/order/rule/ms/place"
        terms = TERMS[name]
        theirs = one(stand, lambda: stand.theirs.place_order(**order(**terms["theirs"], tag=f"theirs-{name}")), path)
        action = "SELL" if name == "sold" else "BUY"
        ours = one(stand, lambda: stand.ours.place_order("NSE:SBIN", action, 5, **terms["ours"]), path)
        assert ours.fields["ig"] != theirs.fields["ig"]
        assert_same(ours, theirs._replace(fields={**theirs.fields, "ig": ours.fields["ig"]}))

    def test_a_change_and_a_withdrawal(self, stand: Stand) -> None:
        modify, cancel = "/quick/order/vr/modify", "/quick/order/cancel"
        placed = stand.ours.place_order("NSE:SBIN", "BUY", 5, price=Decimal(799))
        order_id = placed.order_id
        assert order_id is not None
        ours = one(stand, lambda: stand.ours.modify_order(order_id, price=Decimal(811), quantity=2), modify)
        theirs = one(stand, lambda: stand.theirs.modify_order(**change(order_id)), modify)
        assert_same(ours, theirs, also=SAID_AGAIN)
        ours = one(stand, lambda: stand.ours.cancel_order(order_id), cancel)
        theirs = one(stand, lambda: stand.theirs.cancel_order(order_id), cancel)
        assert_same(ours, theirs)

    @pytest.mark.parametrize(
        ("path", "ours", "theirs"),
        [
            ("/quick/user/orders", "orders", "order_report"),
            ("/quick/user/trades", "trades", "trade_report"),
            ("/portfolio/v2/positions", "positions", "positions"),
            ("/portfolio/v1/holdings", "holdings", "holdings"),
            ("/quick/user/limits", "funds", "limits"),
        ],
    )
    def test_a_book(self, path: str, ours: str, theirs: str, stand: Stand) -> None:
        assert_same(one(stand, getattr(stand.ours, ours), path), one(stand, getattr(stand.theirs, theirs), path))

    def test_one_order(self, stand: Stand) -> None:
        order_id = stand.ours.place_order("NSE:SBIN", "BUY", 5, price=Decimal(798)).order_id
        assert order_id is not None
        path = f"/quick/user/orders/{order_id}"
        ours = one(stand, lambda: stand.ours.order(order_id), path)
        assert_same(ours, one(stand, lambda: stand.theirs.order_report(order_id=order_id), path))

    def test_the_margin(self, stand: Stand) -> None:
        path = "/quick/user/check-margin"
        ours = one(stand, lambda: stand.ours.margin("NSE:SBIN", "BUY", 5, price=Decimal(800)), path)
        given = {"exchange_segment": "nse_cm", "price": "800", "order_type": "L", "product": "CNC", "quantity": "5",
                 "instrument_token": "3045", "transaction_type": "B"}  # fmt: skip
        theirs = one(stand, lambda: stand.theirs.margin_required(**given), path)
        assert_same(ours, theirs, also={"trgPrc"})

    def test_quotes(self, stand: Stand) -> None:
        path = "/script-details/1.0/quotes/neosymbol/nse_cm|3045,nse_cm|Nifty 50/all"
        ours = one(stand, lambda: stand.ours.quotes(["NSE:SBIN", "NSE_INDEX:NIFTY"]), path)
        names = [{"exchange_segment": "nse_cm", "instrument_token": name} for name in ("3045", "Nifty 50")]
        assert_same(ours, one(stand, lambda: stand.theirs.quotes(names), path))

    def test_candles(self, stand: Stand) -> None:
        path = "/market-data/1.0/historical/details"
        day = date(2026, 11, 19)
        ours = one(stand, lambda: stand.ours.history("NSE:SBIN", "1m", day, day), path)
        theirs = one(stand, lambda: stand.theirs.historical_data("nse_cm|3045", "1min", str(day), str(day)), path)
        assert_same(ours, theirs)

    def test_the_list_of_files(self, stand: Stand) -> None:
        path = "/script-details/1.0/masterscrip/file-paths"
        ours = one(stand, stand.ours.sync_instruments, path)
        assert_same(ours, one(stand, stand.theirs.scrip_master, path))
