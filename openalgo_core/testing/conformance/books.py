"""500: what the account has: orders, trades, positions, holdings, money."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ...capabilities import Capability, Support
from ...clock import IST
from ...errors import NotSupported, OrderNotOpen
from ...models import BrokerInfo, OrderStatus, Position, Product
from .base import Group
from .cases import Variant, a_wire, case, each_market, lacks
from .stand import Stand, expect

__all__ = ["Books"]

_PLACE, _BOOK = Capability.PLACE_ORDER, Capability.ORDER_BOOK
_READS = {
    Capability.ORDER_BOOK: "orders",
    Capability.TRADE_BOOK: "trades",
    Capability.POSITIONS: "positions",
    Capability.HOLDINGS: "holdings",
}
#: What an exchange may make of an order of three lots: (status, units that are filled, whether there is a reason).
_FATES: dict[str, tuple[OrderStatus, int, str | None]] = {
    "open, partly filled": (OrderStatus.OPEN, 1, None),
    "complete": (OrderStatus.COMPLETE, 3, None),
    "cancelled": (OrderStatus.CANCELLED, 0, None),
    "cancelled, partly filled": (OrderStatus.CANCELLED, 2, None),
    "rejected": (OrderStatus.REJECTED, 0, "RMS: conformance says no"),
}


def _lists(info: BrokerInfo) -> list[Variant]:
    return [Variant(method, method, (capability,)) for capability, method in _READS.items()]


def _refusals(info: BrokerInfo) -> list[Variant]:
    named = {**_READS, Capability.FUNDS: "funds"}
    return [Variant(method, method, (lacks(capability),)) for capability, method in named.items()]


def _shortable(info: BrokerInfo) -> list[Variant]:
    """Shares for delivery cannot be sold short, at any broker."""
    return [replace(one, needs=(Capability.MIS,) if one.value.is_cash else ()) for one in each_market(info)]


class Books(Group):
    @case(
        given="an account in which nothing has happened",
        when="a book is read",
        then="it is an empty list",
        page="docs/hooks.md#order_book",
        each=_lists,
    )
    def test_500_a_new_account_has_empty_books(self, fresh: Stand, variant: Variant) -> None:
        rows = getattr(fresh.broker, variant.value)()
        expect(rows == [], f"{variant.value} gave {rows!r}", "[]")

    @case(
        given="a book that the broker is declared not to give",
        when="it is read",
        then="that is refused as not supported (exit 11) before any request",
        page="docs/brokers.md",
        each=_refusals,
    )
    def test_503_a_book_that_is_not_declared_is_not_supported(self, stand: Stand, variant: Variant) -> None:
        seen = stand.seen()
        try:
            answer = getattr(stand.broker, variant.value)()
        except NotSupported:
            answer = None
        expect(answer is None, f"{variant.value} gave {answer}", "NotSupported")
        expect(stand.seen() == seen, "requests were made", "none")

    @case(
        given="an order of three lots that the exchange filled, partly filled, cancelled or rejected",
        when="the book is read",
        then="status, filled quantity and reason are those of the exchange",
        page="docs/hooks.md#order_book",
        needs=[_PLACE, _BOOK, a_wire],
        each=lambda info: (Variant(word, fate) for word, fate in _FATES.items()),
    )
    def test_510_the_book_tells_what_became_of_an_order(self, stand: Stand, variant: Variant) -> None:
        status, lots, reason = variant.value
        instrument = stand.sample()
        order_id = stand.place(instrument, quantity=3 * instrument.lot_size)
        stand.make(order_id, status, reason, lots * instrument.lot_size)
        row = stand.row(order_id)
        filled = row.filled_quantity or 0
        wanted = (status, lots * instrument.lot_size)
        expect((row.status, filled) == wanted, f"the book says {row.status}, {filled} filled", f"{wanted}")
        expect(reason is None or reason in str(row.reason), f"the reason is {row.reason!r}", f"{reason!r}")
        if lots:
            average = row.average_price
            expect(average is None or average > 0, f"the average price is {average}", "that of the fills, or None")

    @case(
        given="orders that are open, complete and cancelled",
        when="one of them is asked for by its id",
        then="it looks as it does in the book",
        page="docs/hooks.md#order_status",
        needs=[_PLACE, _BOOK],
    )
    def test_515_one_order_looks_as_in_the_book(self, stand: Stand) -> None:
        placed = [stand.place(), stand.buy()]
        placed.append(stand.place(quantity=2 * stand.sample().lot_size))
        stand.broker.cancel_order(placed[-1])
        for order_id in placed:
            one, row = stand.broker.order(order_id), stand.row(order_id)
            for name in ("status", "symbol", "exchange", "action", "quantity", "price", "product", "client_order_id"):
                alone, there = getattr(one, name), getattr(row, name)
                expect(alone == there, f"{name} of the order is {alone}, in the book {there}", "the same")

    @case(
        given="an id that is no order's",
        when="it is asked for",
        then="that is refused: there is no such order (exit 5)",
        page="docs/errors.md",
        needs=[_BOOK],
    )
    def test_518_an_order_that_is_not_there_is_said_to_be_so(self, stand: Stand) -> None:
        try:
            found = stand.broker.order("no-such-order")
        except OrderNotOpen:
            return
        expect(False, f"the answer is {found}", "OrderNotOpen")

    @case(
        given="one order of each kind of outcome",
        when="all books are read",
        then="numbers are Decimal or int, words are those of the vocabulary, times are today's in IST",
        page="docs/hooks.md#order_book",
        needs=[_PLACE],
        each=lambda info: [*_lists(info), Variant("funds", "funds", (Capability.FUNDS,))],
    )
    def test_521_values_have_their_types(self, stand: Stand, variant: Variant) -> None:
        stand.place()
        stand.buy()
        answer = getattr(stand.broker, variant.value)()
        for row in answer if isinstance(answer, list) else [answer]:
            _check_types(stand, row)

    @case(
        given="an order that is filled, on each exchange that is declared",
        when="trades and positions are read",
        then="the trades add up to the order, and the position has grown by it",
        page="docs/hooks.md#trade_book",
        needs=[_PLACE, Capability.TRADE_BOOK, Capability.POSITIONS],
        each=each_market,
    )
    def test_530_a_fill_is_a_trade_and_a_position(self, stand: Stand, variant: Variant) -> None:
        instrument = stand.sample(variant.value)
        before = _held(stand, instrument.symbol)
        order_id = stand.buy(instrument, quantity=2 * instrument.lot_size)
        fills = [trade for trade in stand.broker.trades() if trade.order_id == order_id]
        bought = sum(trade.quantity for trade in fills)
        expect(bought == 2 * instrument.lot_size, f"the trades add up to {bought}", f"{2 * instrument.lot_size} units")
        named = {(trade.exchange, trade.symbol, trade.action) for trade in fills}
        expect(named == {(instrument.exchange, instrument.symbol, "BUY")}, f"the trades name {named}", f"{instrument}")
        grown = _held(stand, instrument.symbol) - before
        expect(grown == bought, f"the position grew by {grown}", f"{bought}")

    @case(
        given="a position that is closed again",
        when="positions are read",
        then="its quantity is 0, or it is not there",
        page="docs/hooks.md#positions",
        needs=[_PLACE, Capability.POSITIONS],
    )
    def test_533_a_closed_position_holds_nothing(self, fresh: Stand) -> None:
        instrument = fresh.sample()
        fresh.buy(instrument)
        product = fresh.product(instrument.exchange)
        price = fresh.price(instrument, "0.98")
        fresh.broker.place_order(str(instrument), "SELL", instrument.lot_size, product=product, price=price)
        rows = [row for row in fresh.broker.positions() if row.symbol == instrument.symbol]
        expect(all(row.quantity == 0 for row in rows), f"positions are {rows}", "none with a quantity")

    @case(
        given="something sold that was not held",
        when="positions are read",
        then="the quantity is negative",
        page="docs/hooks.md#positions",
        needs=[_PLACE, Capability.POSITIONS],
        each=_shortable,
    )
    def test_536_a_short_position_is_negative(self, fresh: Stand, variant: Variant) -> None:
        instrument = fresh.sample(variant.value)
        product = Product.MIS if fresh.info.support(Capability.MIS).available else Product.NRML
        price = fresh.price(instrument, "0.98")
        fresh.broker.place_order(str(instrument), "SELL", instrument.lot_size, product=product, price=price)
        found = [(row.quantity, row.product) for row in _rows_of(fresh, instrument.symbol)]
        wanted = [(-instrument.lot_size, product)]
        expect(found == wanted, f"positions are {found}", f"{wanted}")

    @case(
        given="shares in the demat account",
        when="holdings are read",
        then="they are there with quantity and average price",
        page="docs/hooks.md#holdings",
        needs=[_PLACE, Capability.HOLDINGS, a_wire],
    )
    def test_540_holdings_show_what_is_held(self, fresh: Stand) -> None:
        instrument = fresh.sample()
        fresh.place(instrument)
        contract: Any = fresh.booked()[0]
        at_exchange = fresh.simulator.setup.exchange.account(fresh.account.user_id)
        at_exchange.give_holding(contract.contract, 7, Decimal("500.5"))
        found = [(row.symbol, row.exchange, row.quantity, row.average_price) for row in fresh.broker.holdings()]
        wanted = [(instrument.symbol, instrument.exchange, 7, Decimal("500.5"))]
        expect(found == wanted, f"holdings are {found}", f"{wanted}")

    @case(
        given="an account with money",
        when="shares are bought",
        then="there is less money to trade with than before",
        page="docs/hooks.md#funds",
        needs=[_PLACE, Capability.FUNDS],
    )
    def test_550_a_purchase_takes_money(self, fresh: Stand) -> None:
        before = fresh.broker.funds().available_cash
        fresh.buy()
        after = fresh.broker.funds().available_cash
        expect(before is not None and before > 0, f"available cash is {before}", "a sum of rupees")
        expect(after is not None and before is not None and after < before, f"{before} became {after}", "less")

    @case(
        given="an order on each exchange that is declared",
        when="its margin is asked for",
        then="it is above 0, and nothing is booked; or it is not supported where margins are declared partial",
        page="docs/hooks.md#margin",
        needs=[Capability.MARGIN],
        each=each_market,
    )
    def test_560_a_margin_is_asked_for_and_nothing_booked(self, stand: Stand, variant: Variant) -> None:
        instrument = stand.sample(variant.value)
        terms = stand.terms(instrument)
        with stand.booking() as booked:
            try:
                margin = stand.broker.margin(str(instrument), "BUY", instrument.lot_size, **terms)
            except NotSupported:
                partial = stand.info.support(Capability.MARGIN) is Support.PARTIAL
                expect(partial, "it is not supported", "a margin: it is declared full")
                return
        expect(margin.required_margin > 0, f"the margin is {margin.required_margin}", "rupees above 0")
        expect(margin.available_cash is not None, "the cash available is missing", "rupees")
        expect(not booked, f"{len(booked)} orders were booked", "none")


def _rows_of(stand: Stand, symbol: str) -> list[Position]:
    return [row for row in stand.broker.positions() if row.symbol == symbol]


def _held(stand: Stand, symbol: str) -> int:
    return sum(row.quantity for row in _rows_of(stand, symbol))


def _check_types(stand: Stand, row: Any) -> None:
    now = stand.clock.now()
    for one in fields(row):
        value = getattr(row, one.name)
        label = f"{type(row).__name__}.{one.name} is {value!r}"
        expect(not isinstance(value, float), label, "a Decimal: prices are exact")
        if isinstance(value, datetime):
            expect(value.utcoffset() == IST.utcoffset(None), label, "a time in IST")
            expect(abs(now - value) < timedelta(days=1), label, "a time of today")
    for name in ("quantity", "filled_quantity"):
        value = getattr(row, name, None)
        expect(value is None or type(value) is int, f"{name} is {value!r}", "a whole number of units")
