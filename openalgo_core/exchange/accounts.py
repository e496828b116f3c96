"""One user's account at the simulated exchange."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from ..models.vocabulary import OrderStatus, PriceType, Validity
from .book import Book, trading_day
from .contracts import Contract
from .desk import Desk
from .drafts import draft, revise
from .feeds import Feed
from .matching import fill as book_fill
from .money import PAISE
from .records import BookFunds, BookHolding, BookOrder, BookPosition, Fill, MarginEstimate, Ticket
from .refusals import ExchangeRefusal
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
        with self._command(ticket.contract) as desk:
            order = draft(ticket, desk.book.next_order_id(desk.now), desk.now)
            try:
                desk.admit(order)
            except ExchangeRefusal as refusal:
                if refuse == "gate":
                    raise
                order.status, order.reason = OrderStatus.REJECTED, refusal.text
            desk.book.add(order)
            desk.settlement.arrive(order)
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
        with self._command(*self._contracts(order_id)) as desk:
            old = desk.find_open(order_id)
            new = revise(old, {name: value for name, value in changes.items() if value is not None}, desk.now)
            desk.admit(new, freed=old.blocked(desk.book.rules))
            desk.settlement.arrive(new)
        return new.record()

    def cancel(self, order_id: str) -> BookOrder:
        """Withdraw an open order. Raises `ExchangeRefusal`: `NOT_FOUND`, or `FINAL` for one that is over."""
        with self._command() as desk:
            order = desk.find_open(order_id)
            order.status, order.updated_at = OrderStatus.CANCELLED, desk.now
            desk.settlement.keep(order)
        return order.record()

    def force(
        self, order_id: str, status: OrderStatus, reason: str | None = None, fill: int | None = None
    ) -> BookOrder:
        """For simulators and tests: fill `fill` units more (for `COMPLETE` all that remain) at the order's own price,
        or the last one, then give it that status. Raises `ExchangeRefusal` `NOT_FOUND`."""
        with self._command(*self._contracts(order_id)) as desk:
            order = desk.find(order_id)
            units = order.remaining if status is OrderStatus.COMPLETE else min(fill or 0, order.remaining)
            if units:
                price = order.price or desk.feed.snapshot(order.contract, desk.now).ltp
                book_fill(desk.book, order, units, price, desk.now)
            order.status, order.reason, order.updated_at = status, reason, desk.now
            desk.settlement.keep(order)
        return order.record()

    def order(self, order_id: str) -> BookOrder:
        """One order of any day. Raises `ExchangeRefusal` `NOT_FOUND`."""
        with self._look() as desk:
            return desk.find(order_id).record()

    def orders(self) -> list[BookOrder]:
        """Today's orders (since 03:00), oldest first."""
        with self._look() as desk:
            return [order.record() for order in desk.book.orders(trading_day(desk.now))]

    def trades(self) -> list[Fill]:
        """Today's fills (since 03:00), oldest first."""
        with self._look() as desk:
            return desk.book.fills(trading_day(desk.now))

    # -- what the account holds ------------------------------------------------------------------------------------

    def positions(self) -> list[BookPosition]:
        """Open positions and those closed today."""
        with self._look() as desk:
            entries = desk.book.positions()
        prices = self._exchange.prices_of([entry.contract for entry in entries], desk.now)
        return [entry.record(prices.get(entry.contract)) for entry in entries]

    def holdings(self) -> list[BookHolding]:
        """Delivered shares."""
        with self._look() as desk:
            entries = desk.book.holdings()
        prices = self._exchange.prices_of([entry.contract for entry in entries], desk.now)
        return [entry.record(prices.get(entry.contract)) for entry in entries]

    def funds(self) -> BookFunds:
        """Money."""
        with self._look() as desk:
            cash, blocked, entries = desk.book.cash, desk.book.blocked, desk.book.positions()
        prices = self._exchange.prices_of([entry.contract for entry in entries if entry.quantity], desk.now)
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
        rules = self._exchange.rules
        with self._look(ticket.contract) as desk:
            order = draft(ticket, "", desk.now)
            desk.appraise(order)
        value = order.reference * order.contract.multiplier
        return MarginEstimate(
            required_margin=PAISE * order.blocked(rules),
            components={
                "order_value": order.quantity * value,
                "covered_value": (order.quantity - order.charged) * value,
                "leverage": rules.leverage(order.contract, order.product, order.action),
            },
        )

    def give_holding(self, contract: Contract, quantity: int, average_price: Decimal) -> None:
        """Shares from nowhere: a fixture for simulators and tests."""
        with self._command() as desk:
            holding = desk.book.holding(contract)
            holding.deliver(quantity, quantity * average_price)
            desk.book.save_holding(holding)

    # -- inside ----------------------------------------------------------------------------------------------------

    @contextmanager
    def _command(self, *contracts: Contract) -> Iterator[Desk]:
        """One transaction as of now, with the prices of `contracts` at hand; undone if it raises."""
        now, feed = self._catch_up(contracts)
        with self._exchange.database.write() as connection:
            desk = self._desk(connection, feed, now)
            yield desk
            desk.settlement.reschedule()

    @contextmanager
    def _look(self, *contracts: Contract) -> Iterator[Desk]:
        """A consistent view of the books as of now, with the prices of `contracts` at hand."""
        now, feed = self._catch_up(contracts)
        with self._exchange.database.read() as connection:
            yield self._desk(connection, feed, now)

    def _catch_up(self, contracts: Sequence[Contract]) -> tuple[datetime, Feed]:
        """Settle up to now, if anything can have happened. Returns now, and its prices, at least those of `contracts`.

        A transaction of its own: what happened has happened, whatever becomes of the command that looked. Prices are
        asked for outside of any transaction, because that may take a while.
        """
        exchange, now = self._exchange, self._exchange.now()
        with exchange.database.read() as connection:
            book = self._book(connection)
            due = _is_due(book, now, foresees=exchange.foresees)
            wanted = [*contracts, *(book.contracts_in_play() if due and not exchange.foresees else ())]
        feed = exchange.feed(wanted, now)
        if due:
            with exchange.database.write() as connection:
                Settlement(self._book(connection), feed, exchange.calendar, now).run()
        return now, feed

    def _contracts(self, order_id: str) -> list[Contract]:
        """The contract of an order, nothing for an unknown one; before anything is settled."""
        with self._exchange.database.read() as connection:
            order = self._book(connection).order(order_id)
        return [] if order is None else [order.contract]

    def _desk(self, connection: Connection, feed: Feed, now: datetime) -> Desk:
        return Desk(self._book(connection), feed, self._exchange.calendar, now)

    def _book(self, connection: Connection) -> Book:
        return Book(connection, self._user, self._exchange.rules)


def _is_due(book: Book, now: datetime, *, foresees: bool) -> bool:
    due_at = book.due_at
    if due_at is not None and due_at <= now.timestamp():
        return True
    return not foresees and book.next_look() is not None


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    total = _ZERO
    for value in values:
        if value is None:
            return None
        total += value
    return total
