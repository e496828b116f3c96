"""Orders and books through the hooks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from clocks import FakeClock
from makers import request

from openalgo_core import paper
from openalgo_core.errors import OrderNotOpen, OrderRejected
from openalgo_core.models import (
    Account,
    Action,
    Exchange,
    Instrument,
    Order,
    OrderChange,
    OrderStatus,
    PriceType,
    Product,
    Quote,
    Validity,
)

TAG = "Abcdefgh12345678"


def ltp(account: Account, instrument: Instrument) -> Decimal:
    (quote,) = paper.quotes(account, [instrument])
    assert isinstance(quote, Quote)
    assert quote.ltp is not None
    return quote.ltp


def the_order(account: Account) -> Order:
    (row,) = paper.order_book(account)
    return row


def test_an_order_comes_back_with_its_tag(account: Account, sbin: Instrument, clock: FakeClock) -> None:
    wanted = request(price=Decimal(850), disclosed_quantity=2)
    placed = paper.place_order(account, wanted, sbin, TAG)
    row = the_order(account)
    assert row == Order(
        order_id=placed.order_id,
        symbol="SBIN",
        exchange=Exchange.NSE,
        action=Action.BUY,
        quantity=10,
        filled_quantity=0,
        price=Decimal(850),
        trigger_price=None,
        average_price=None,
        product=Product.MIS,
        price_type=PriceType.LIMIT,
        validity=Validity.DAY,
        status=OrderStatus.OPEN,
        reason=None,
        time=clock.now(),
        tag=TAG,
        disclosed_quantity=2,
    )
    assert paper.order_status(account, row) == row


def test_modify_and_cancel(account: Account, sbin: Instrument) -> None:
    paper.place_order(account, request(price=Decimal(850)), sbin, TAG)
    row = the_order(account)
    assert paper.modify_order(account, row, OrderChange(price=Decimal(845), quantity=7)).order_id == row.order_id
    row = the_order(account)
    assert (row.price, row.quantity, row.tag) == (Decimal(845), 7, TAG)
    paper.cancel_order(account, row)
    row = the_order(account)
    assert row.status is OrderStatus.CANCELLED
    with pytest.raises(OrderNotOpen, match="is cancelled already"):
        paper.cancel_order(account, row)
    with pytest.raises(OrderNotOpen, match="is cancelled already"):
        paper.modify_order(account, row, OrderChange(quantity=1))


def test_an_order_that_is_not_there(account: Account, sbin: Instrument) -> None:
    paper.place_order(account, request(price=Decimal(850)), sbin, TAG)
    row = replace(the_order(account), order_id="26010100000001")
    with pytest.raises(OrderNotOpen, match="no order 26010100000001"):
        paper.cancel_order(account, row)


def test_a_refusal_keeps_its_words_and_leaves_no_order(account: Account, sbin: Instrument) -> None:
    with pytest.raises(OrderRejected, match="Insufficient funds: the order needs a margin of ₹") as caught:
        paper.place_order(account, request(quantity=1_000_000, price=Decimal(850)), sbin, TAG)
    assert (caught.value.code, caught.value.broker) == ("funds", "paper")
    assert paper.order_book(account) == []


def test_a_day_on_paper(account: Account, sbin: Instrument, clock: FakeClock) -> None:
    buy = request(product=Product.CNC, price_type=PriceType.MARKET)
    paper.place_order(account, buy, sbin, TAG)
    (trade,) = paper.trade_book(account)
    assert (trade.symbol, trade.quantity, trade.order_id) == ("SBIN", 10, the_order(account).order_id)
    (position,) = paper.positions(account)
    assert (position.quantity, position.average_price, position.ltp) == (10, trade.price, ltp(account, sbin))
    funds = paper.funds(account)
    assert funds.available_cash is not None
    assert funds.available_cash + (funds.used_margin or 0) == Decimal(10000000)
    assert paper.holdings(account) == []
    clock.advance(86400)
    (holding,) = paper.holdings(account)
    assert (holding.quantity, holding.average_price) == (10, trade.price)
    assert paper.funds(account).available_cash == 10000000 - 10 * trade.price


def test_margin_tells_what_is_needed_and_what_is_there(account: Account, sbin: Instrument) -> None:
    margin = paper.margin(account, request(price=Decimal(850)), sbin)
    assert (margin.required_margin, margin.available_cash) == (Decimal(1700), Decimal(10000000))
    assert margin.components["order_value"] == 8500
    assert paper.order_book(account) == []


def test_profiles_are_accounts_with_markets_of_their_own(
    make_account: Callable[..., Account], sbin: Instrument, tmp_path: Path
) -> None:
    one = make_account()
    two = make_account(profile="second", state_directory=str(tmp_path / "second"))
    paper.place_order(one, request(price=Decimal(850)), sbin, TAG)
    assert paper.order_book(two) == []
    assert ltp(one, sbin) != ltp(two, sbin)


def test_the_account_outlives_the_plugin_object(make_account: Callable[..., Account], sbin: Instrument) -> None:
    """Another clock stands for another process: nothing is shared but the file."""
    paper.place_order(make_account(), request(price=Decimal(850)), sbin, TAG)
    assert the_order(make_account(clock=FakeClock())).tag == TAG


def test_many_accounts_do_not_keep_many_files_open(make_account: Callable[..., Account], tmp_path: Path) -> None:
    open_files = Path("/proc/self/fd")
    if not open_files.exists():
        pytest.skip("counts open files where the system shows them")
    for number in range(40):
        paper.funds(make_account(state_directory=str(tmp_path / str(number))))
    assert sum("exchange.sqlite" in str(one.readlink()) for one in open_files.iterdir() if one.is_symlink()) <= 3 * 9


def test_exchange_hours_are_kept_on_request(
    account: Account, sbin: Instrument, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.advance(12 * 3600)
    paper.place_order(account, request(price_type=PriceType.MARKET), sbin, TAG)
    monkeypatch.setenv("OPENALGO_PAPER_HOURS", "1")
    with pytest.raises(OrderRejected, match="NSE is closed"):
        paper.place_order(account, request(price_type=PriceType.MARKET), sbin, TAG)
    assert len(paper.order_book(account)) == 1
