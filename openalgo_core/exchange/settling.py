"""Catching up: everything that prices and the clock have done to an account since somebody last looked.

There is no background process. Every command and every read first lets the past happen, in the order in which it
happened: resting orders meet the price path, and between them the clock's own events (squaring off, expiry, delivery,
the new day). The result does not depend on when, or how often, somebody looks.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from heapq import heappop, heappush

from ..models.vocabulary import Action, OrderStatus, PriceType, Product, Validity
from .book import Book
from .calendar import TradingCalendar
from .entries import OrderEntry, PositionEntry
from .feeds import Feed
from .matching import at_market, confront, fill
from .money import price_of
from .quotes import NoPrice
from .schedule import Boundary, BoundaryKind, boundaries, expires_at, lapses_at

__all__ = ["Settlement"]

#: Tags of the orders that the exchange makes itself.
SQUARE_OFF_TAG = "AUTO_SQUARE_OFF"
EXPIRY_TAG = "EXPIRY"


class Settlement:
    """Settles one account within one transaction. `now` is where catching up ends."""

    def __init__(self, book: Book, feed: Feed, calendar: TradingCalendar, now: datetime) -> None:
        self._book = book
        self._feed = feed
        self._calendar = calendar
        self._now = now

    def run(self) -> None:
        """Let everything up to now happen."""
        rules, since = self._book.rules, self._book.settled_at
        for boundary in boundaries(rules, self._calendar, self._book.exchanges_in_play(), since, self._now):
            self._match(boundary.at)
            self._pass(boundary)
        self._match(self._now)
        self.reschedule()

    def arrive(self, order: OrderEntry) -> None:
        """Match an order that was just placed or modified, and keep it."""
        if order.is_live:
            self._meet(order, self._now, arriving=True)
        self.keep(order)

    def keep(self, order: OrderEntry) -> datetime | None:
        """Save an order and when it must be looked at again. Returns the moment of its next event, if it is known."""
        moment = None
        if order.is_live:
            end = lapses_at(order, self._book.rules, self._calendar)
            moment = self._feed.wake(order, end)
            order.look_at = int((moment or end).timestamp()) if self._feed.foresees else None
        self._book.save(order)
        return moment

    def reschedule(self) -> None:
        """Write down that everything up to now has happened, and when the next thing may."""
        exchanges = self._book.exchanges_in_play()
        looks = [look for look in (self._book.next_look(),) if look is not None]
        if exchanges:
            tomorrow = self._now + timedelta(days=1)
            ahead = boundaries(self._book.rules, self._calendar, exchanges, self._now, tomorrow)
            looks.append(int(ahead[0].at.timestamp()))
        self._book.settled(self._now, min(looks, default=None))

    # -- prices ----------------------------------------------------------------------------------------------------

    def _match(self, until: datetime) -> None:
        """Resting orders against prices, in the order in which things happen to them."""
        queue: list[tuple[datetime, int, OrderEntry]] = []
        waiting = self._book.live_orders(until if self._feed.foresees else None)
        while waiting or queue:
            for order in waiting:
                moment = self.keep(order)
                if moment is not None and moment <= until:
                    heappush(queue, (moment, order.number, order))
            waiting = []
            if queue:
                moment, _, order = heappop(queue)
                self._meet(order, moment, arriving=False)
                waiting = [order]

    def _meet(self, order: OrderEntry, at: datetime, *, arriving: bool) -> None:
        try:
            quote = self._feed.snapshot(order.contract, at)
        except NoPrice:  # it rests until there is one
            order.watched = at
        else:
            confront(self._book, order, quote, at, arriving=arriving)

    # -- the clock -------------------------------------------------------------------------------------------------

    def _pass(self, boundary: Boundary) -> None:
        if boundary.kind is BoundaryKind.SQUARE_OFF:
            self._square_off(boundary)
        elif boundary.kind is BoundaryKind.CLOSE:
            self._close(boundary)
        elif boundary.kind is BoundaryKind.DELIVERY:
            self._deliver()
        else:
            self._begin_day(boundary)

    def _square_off(self, boundary: Boundary) -> None:
        for order in self._book.open_orders():
            if _is_intraday(order, boundary):
                self._cancel(order, boundary.at, "MIS orders are cancelled when positions are squared off.")
        for position in self._book.positions():
            if not position.quantity or not _is_intraday(position, boundary):
                continue
            try:
                quote = self._feed.snapshot(position.contract, boundary.at)
            except NoPrice:  # nobody takes the other side: it stays open until the next squaring off
                continue
            price = at_market(Action.SELL if position.quantity > 0 else Action.BUY, quote)
            self._close_out(position, price, boundary.at, SQUARE_OFF_TAG)

    def _close(self, boundary: Boundary) -> None:
        self._lapse(boundary)
        for position in self._book.positions():
            contract = position.contract
            if position.quantity and contract.expiry and expires_at(contract, self._calendar) <= boundary.at:
                self._close_out(position, self._settlement_price(position, boundary.at), boundary.at, EXPIRY_TAG)

    def _settlement_price(self, position: PositionEntry, at: datetime) -> Decimal:
        """The last price; without one an option is worth nothing and a future what was paid for it."""
        try:
            return self._feed.snapshot(position.contract, at).ltp
        except NoPrice:
            if position.contract.kind.is_option:
                return Decimal(0)
            return price_of(position.open_value, abs(position.quantity))

    def _deliver(self) -> None:
        for position in self._book.positions():
            if position.product is not Product.CNC or not position.quantity:
                continue
            holding = self._book.holding(position.contract)
            holding.deliver(position.quantity, position.open_value)
            self._book.save_holding(holding)
            # Bought shares were only backed by margin so far; sold ones had not been paid yet.
            self._book.pay(-position.open_value if position.quantity > 0 else position.open_value)
            position.quantity, position.open_value, position.margin = 0, Decimal(0), 0
            self._book.save_position(position)

    def _begin_day(self, boundary: Boundary) -> None:
        self._lapse(boundary)
        self._book.drop_closed_positions()
        for position in self._book.positions():
            position.new_day()
            self._book.save_position(position)

    def _lapse(self, boundary: Boundary) -> None:
        for order in self._book.open_orders():
            if lapses_at(order, self._book.rules, self._calendar) <= boundary.at:
                self._cancel(order, boundary.at, "The validity of the order is over.")

    def _cancel(self, order: OrderEntry, at: datetime, reason: str) -> None:
        order.status, order.reason, order.updated_at = OrderStatus.CANCELLED, reason, at
        self._book.save(order)

    def _close_out(self, position: PositionEntry, price: Decimal, at: datetime, tag: str) -> None:
        """An order of the exchange's own that closes a position, so that the books show what happened."""
        order = OrderEntry(
            order_id=self._book.next_order_id(at),
            contract=position.contract,
            action=Action.SELL if position.quantity > 0 else Action.BUY,
            product=position.product,
            quantity=abs(position.quantity),
            price_type=PriceType.MARKET,
            price=None,
            trigger_price=None,
            validity=Validity.DAY,
            disclosed_quantity=0,
            status=OrderStatus.OPEN,
            reason=None,
            tag=tag,
            wire={},
            placed_at=at,
            updated_at=at,
            watched=at,
        )
        self._book.add(order)
        fill(self._book, order, order.quantity, price, at)
        self._book.save(order)


def _is_intraday(entry: OrderEntry | PositionEntry, boundary: Boundary) -> bool:
    return entry.product is Product.MIS and entry.contract.exchange is boundary.exchange
