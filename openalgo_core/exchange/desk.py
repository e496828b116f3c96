"""Where orders of one account are received, within one transaction."""

from __future__ import annotations

from datetime import datetime

from .book import Book
from .calendar import TradingCalendar
from .checks import check_clock, check_funds, check_holdings, check_order, check_quote
from .drafts import charge
from .entries import OrderEntry
from .feeds import Feed
from .quotes import NoPrice
from .refusals import ExchangeRefusal, RefusalKind
from .settling import Settlement

__all__ = ["Desk"]


class Desk:
    """What a command works with: the books, the prices and the moment."""

    def __init__(self, book: Book, feed: Feed, calendar: TradingCalendar, now: datetime) -> None:
        self.book = book
        self.feed = feed
        self.now = now
        self.settlement = Settlement(book, feed, calendar, now)
        self._calendar = calendar

    def admit(self, order: OrderEntry, *, freed: int = 0) -> None:
        """All checks, and what the order is charged; `freed` paise are blocked by its former self.

        Raises `ExchangeRefusal`.
        """
        self.appraise(order)
        check_clock(order, self.book, self._calendar, self.now)
        check_holdings(order, self.book)
        check_funds(order, self.book, freed=freed)

    def appraise(self, order: OrderEntry) -> None:
        """What can be checked whatever the account holds, and what the order is charged. Raises `ExchangeRefusal`."""
        quote, why = None, ""
        try:
            quote = self.feed.snapshot(order.contract, self.now)
        except NoPrice as reason:
            why = str(reason)
        check_order(order, quote)
        check_quote(order, quote, why)
        charge(order, self.book, quote)

    def find(self, order_id: str) -> OrderEntry:
        """Raises `ExchangeRefusal` `NOT_FOUND`."""
        order = self.book.order(order_id)
        if order is None:
            raise ExchangeRefusal(RefusalKind.NOT_FOUND, f"There is no order {order_id}.", order_id)
        return order

    def find_open(self, order_id: str) -> OrderEntry:
        """Raises `ExchangeRefusal` `NOT_FOUND`, or `FINAL` for an order that is over."""
        order = self.find(order_id)
        if order.status.is_final:
            raise ExchangeRefusal(RefusalKind.FINAL, f"Order {order_id} is {order.status} already.", order_id)
        return order
