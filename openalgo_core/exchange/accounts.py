"""One user's account at the simulated exchange."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from ..models.vocabulary import OrderStatus, PriceType, Validity
from .book import Book, trading_day
from .checks import check_clock, check_funds, check_holdings, check_order, check_quote
from .contracts import Contract
from .entries import OrderEntry
from .feeds import Feed
from .matching import fill as book_fill
from .money import PAISE
from .quotes import Snapshot
from .records import BookFunds, BookHolding, BookOrder, BookPosition, Fill, MarginEstimate, Ticket
from .refusals import ExchangeRefusal, RefusalKind
from .settling import Settlement

if TYPE_CHECKING:
    from sqlite3 import Connection

    from .market import SimulatedExchange

__all__ = ["ExchangeAccount"]

_ZERO = Decimal(0)


class ExchangeAccount:
    """Orders and books of one user. Every method first settles what has happened since the last look.

    Safe for threads and processes. Get one from `SimulatedExchange.account`.
    """

    def __init__(self, exchange: SimulatedExchange, user_id: str) -> None:
        self._exchange = exchange
        self._user = user_id

    # -- orders ----------------------------------------------------------------------------------------------------

    def place(self, ticket: Ticket, *, refuse: Literal["gate", "book"] = "gate") -> BookOrder:
        """Book an order and match it at once as far as it can be.

        What cannot be accepted raises `ExchangeRefusal` and leaves no trace (`refuse="gate"`), or is booked as
        rejected with the reason (`"book"`), as brokers do whose risk checks come after the acknowledgement.
        """
        now, feed = self._begin([ticket.contract])
        with self._exchange.database.write() as connection:
            book = self._book(connection)
            order = _entry(ticket, book.next_order_id(now), now)
            try:
                self._admit(order, book, feed, now)
            except ExchangeRefusal as refusal:
                if refuse == "gate":
                    raise
                order.status, order.reason, order.charged = OrderStatus.REJECTED, refusal.text, 0
            book.add(order)
            settlement = self._settlement(book, feed, now)
            settlement.arrive(order)
            settlement.reschedule()
        return order.record()

    def modify(
        self,
        order_id: str,
        *,
        quantity: int | None = None,
        price: Decimal | None = None,
        trigger_price: Decimal | None = None,
        price_type: PriceType | None = None,
        validity: Validity | None = None,
        disclosed_quantity: int | None = None,
        wire: Mapping[str, str] | None = None,
    ) -> BookOrder:
        """Change an open order; what is `None` stays. `quantity` is the new total, filled units included.

        A price that the new type has no use for is dropped. Raises `ExchangeRefusal`: `NOT_FOUND`, `FINAL`, or what
        `place` raises; the order then stays as it was.
        """
        changes = {
            "quantity": quantity,
            "price": price,
            "trigger_price": trigger_price,
            "price_type": price_type,
            "validity": validity,
            "disclosed_quantity": disclosed_quantity,
            "wire": wire,
        }
        contract = self.order(order_id).contract
        now, feed = self._begin([contract])
        with self._exchange.database.write() as connection:
            book = self._book(connection)
            old = self._find_open(book, order_id)
            new = _changed(old, {name: value for name, value in changes.items() if value is not None}, now)
            self._admit(new, book, feed, now, freed=old.blocked(book.rules))
            settlement = self._settlement(book, feed, now)
            settlement.arrive(new)
            settlement.reschedule()
        return new.record()

    def cancel(self, order_id: str) -> BookOrder:
        """Withdraw an open order. Raises `ExchangeRefusal`: `NOT_FOUND`, or `FINAL` for one that is over."""
        now, feed = self._begin()
        with self._exchange.database.write() as connection:
            book = self._book(connection)
            order = self._find_open(book, order_id)
            order.status, order.updated_at = OrderStatus.CANCELLED, now
            book.save(order)
            self._settlement(book, feed, now).reschedule()
        return order.record()

    def force(
        self, order_id: str, status: OrderStatus, reason: str | None = None, fill: int | None = None
    ) -> BookOrder:
        """For simulators and tests: fill `fill` units more (for `COMPLETE` all that remain) at the order's own price,
        or the last one, then give it that status. Raises `ExchangeRefusal` `NOT_FOUND`."""
        contract = self.order(order_id).contract
        now, feed = self._begin([contract])
        with self._exchange.database.write() as connection:
            book = self._book(connection)
            order = self._find(book, order_id)
            units = order.remaining if status is OrderStatus.COMPLETE else min(fill or 0, order.remaining)
            if units:
                book_fill(book, order, units, order.price or feed.snapshot(contract, now).ltp, now)
            order.status, order.reason, order.updated_at = status, reason, now
            order.look_at = None
            book.save(order)
            self._settlement(book, feed, now).reschedule()
        return order.record()

    def order(self, order_id: str) -> BookOrder:
        """One order of any day. Raises `ExchangeRefusal` `NOT_FOUND`."""
        self._begin()
        with self._exchange.database.read() as connection:
            return self._find(self._book(connection), order_id).record()

    def orders(self) -> list[BookOrder]:
        """Today's orders (since 03:00), oldest first."""
        now, _ = self._begin()
        with self._exchange.database.read() as connection:
            return [order.record() for order in self._book(connection).orders(trading_day(now))]

    def trades(self) -> list[Fill]:
        """Today's fills (since 03:00), oldest first."""
        now, _ = self._begin()
        with self._exchange.database.read() as connection:
            return self._book(connection).fills(trading_day(now))

    # -- what the account holds ------------------------------------------------------------------------------------

    def positions(self) -> list[BookPosition]:
        """Open positions and those closed today."""
        now, _ = self._begin()
        with self._exchange.database.read() as connection:
            entries = self._book(connection).positions()
        prices = self._exchange.prices_of([entry.contract for entry in entries], now)
        return [entry.record(prices.get(entry.contract)) for entry in entries]

    def holdings(self) -> list[BookHolding]:
        """Delivered shares."""
        now, _ = self._begin()
        with self._exchange.database.read() as connection:
            entries = self._book(connection).holdings()
        prices = self._exchange.prices_of([entry.contract for entry in entries], now)
        return [entry.record(prices.get(entry.contract)) for entry in entries]

    def funds(self) -> BookFunds:
        """Money."""
        now, _ = self._begin()
        with self._exchange.database.read() as connection:
            book = self._book(connection)
            cash, blocked, entries = book.cash, book.blocked, book.positions()
        prices = self._exchange.prices_of([entry.contract for entry in entries if entry.quantity], now)
        rows = [entry.record(prices.get(entry.contract)) for entry in entries]
        return BookFunds(
            available_cash=cash - blocked,
            used_margin=blocked,
            collateral=_ZERO,
            realised_pnl=sum((row.realised_pnl for row in rows), _ZERO),
            unrealised_pnl=_sum(row.unrealised_pnl for row in rows),
            starting_capital=self._exchange.rules.starting_capital,
        )

    def margin(self, ticket: Ticket) -> MarginEstimate:
        """What an order would block, given the positions and orders that there are. Raises `ExchangeRefusal` for an
        order that could not be right, whatever the funds."""
        now, feed = self._begin([ticket.contract])
        quote, why = self._exchange.quote(feed, ticket.contract, now)
        order = _entry(ticket, "", now)
        check_order(order, quote)
        check_quote(order, quote, why)
        with self._exchange.database.read() as connection:
            book = self._book(connection)
            _charge(order, book, quote)
        value = order.quantity * order.reference * order.contract.multiplier
        return MarginEstimate(
            required_margin=PAISE * order.blocked(book.rules),
            components={
                "order_value": value,
                "covered_value": (order.quantity - order.charged) * order.reference * order.contract.multiplier,
                "leverage": book.rules.leverage(order.contract, order.product, order.action),
            },
        )

    def give_holding(self, contract: Contract, quantity: int, average_price: Decimal) -> None:
        """Shares from nowhere: a fixture for simulators and tests."""
        self._begin()
        with self._exchange.database.write() as connection:
            book = self._book(connection)
            holding = book.holding(contract)
            holding.deliver(quantity, quantity * average_price)
            book.save_holding(holding)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _book(self, connection: Connection) -> Book:
        return Book(connection, self._user, self._exchange.rules)

    def _settlement(self, book: Book, feed: Feed, now: datetime) -> Settlement:
        return Settlement(book, feed, self._exchange.calendar, now)

    def _begin(self, contracts: list[Contract] | None = None) -> tuple[datetime, Feed]:
        """Settle up to now, if anything can have happened. Returns now, and the prices of now: at least those of
        `contracts`."""
        now = self._exchange.now()
        with self._exchange.database.read() as connection:
            book = self._book(connection)
            due = self._is_due(book, now)
            wanted = [*(contracts or []), *(book.contracts_in_play() if due and not self._exchange.foresees else [])]
        feed = self._exchange.feed(wanted, now)
        if due:
            with self._exchange.database.write() as connection:
                self._settlement(self._book(connection), feed, now).run()
        return now, feed

    def _is_due(self, book: Book, now: datetime) -> bool:
        due_at = book.due_at
        if due_at is not None and due_at <= now.timestamp():
            return True
        return not self._exchange.foresees and book.next_look() is not None

    def _admit(self, order: OrderEntry, book: Book, feed: Feed, now: datetime, *, freed: int = 0) -> None:
        """All checks, and what the order is charged. Raises `ExchangeRefusal`."""
        quote, why = self._exchange.quote(feed, order.contract, now)
        check_order(order, quote)
        check_quote(order, quote, why)
        _charge(order, book, quote)
        check_clock(order, book, self._exchange.calendar, now)
        check_holdings(order, book)
        check_funds(order, book, freed=freed)

    def _find(self, book: Book, order_id: str) -> OrderEntry:
        order = book.order(order_id)
        if order is None:
            raise ExchangeRefusal(RefusalKind.NOT_FOUND, f"There is no order {order_id}.", order_id)
        return order

    def _find_open(self, book: Book, order_id: str) -> OrderEntry:
        order = self._find(book, order_id)
        if order.status.is_final:
            raise ExchangeRefusal(RefusalKind.FINAL, f"Order {order_id} is {order.status} already.", order_id)
        return order


def _entry(ticket: Ticket, order_id: str, now: datetime) -> OrderEntry:
    return OrderEntry(
        order_id=order_id,
        contract=ticket.contract,
        action=ticket.action,
        product=ticket.product,
        quantity=ticket.quantity,
        price_type=ticket.price_type,
        price=ticket.price,
        trigger_price=ticket.trigger_price,
        validity=ticket.validity,
        disclosed_quantity=ticket.disclosed_quantity,
        status=OrderStatus.TRIGGER_PENDING if ticket.price_type.needs_trigger else OrderStatus.OPEN,
        reason=None,
        tag=ticket.tag,
        wire=ticket.wire,
        placed_at=now,
        updated_at=now,
        watched=now,
    )


def _charge(order: OrderEntry, book: Book, quote: Snapshot | None) -> None:
    """Set the price that margin is reckoned at, and the units that no opposite position covers: those of other orders
    that would close the same position do not count."""
    order.reference = order.trigger_price or order.price or (quote.ltp if quote is not None else _ZERO)
    position = book.position(order.contract, order.product).quantity
    opposite = abs(position) if position * order.action.sign < 0 else 0
    committed = book.committed(order.contract, order.product, order.action, besides=order.number)
    order.charged = max(0, order.remaining - max(0, opposite - committed))


def _changed(old: OrderEntry, changes: Mapping[str, Any], now: datetime) -> OrderEntry:
    """A copy with the changes, ready to be checked like a new order."""
    new = replace(old, **changes, updated_at=now, watched=now)
    if new.price_type is not old.price_type:
        new.price = new.price if new.price_type.needs_price else None
        new.trigger_price = new.trigger_price if new.price_type.needs_trigger else None
        new.status = OrderStatus.TRIGGER_PENDING if new.price_type.needs_trigger else OrderStatus.OPEN
    elif old.status is OrderStatus.OPEN and new.trigger_price != old.trigger_price:
        raise ExchangeRefusal(
            RefusalKind.INVALID,
            f"Order {old.order_id} has been triggered; its trigger price is past.",
            old.order_id,
        )
    if new.quantity <= new.filled_quantity:
        raise ExchangeRefusal(
            RefusalKind.INVALID,
            f"{new.filled_quantity} of order {old.order_id} are filled; the new quantity must be above that.",
            old.order_id,
        )
    return new


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    total = _ZERO
    for value in values:
        if value is None:
            return None
        total += value
    return total
