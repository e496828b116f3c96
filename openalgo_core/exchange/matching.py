"""What a price does to an order."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from ..models.vocabulary import Action, OrderStatus, PriceType, Validity
from .book import Book
from .entries import OrderEntry
from .quotes import Snapshot

__all__ = ["at_market", "confront", "fill"]

#: An order that is larger than the touch still fills in this many pieces at most.
_PIECES = 10


def confront(book: Book, order: OrderEntry, quote: Snapshot, at: datetime, *, arriving: bool) -> None:
    """Let a live order meet a price: trigger, fill, rest. The caller saves the order.

    An order that can trade when it arrives (or just after its trigger) trades at the last price; one that rested
    trades at its own limit. An IOC order with a trigger waits for it, and is immediate from then on.
    """
    order.watched = at
    if order.status is OrderStatus.TRIGGER_PENDING:
        if not _reached(quote.ltp, order.trigger_price, rising=order.action is Action.BUY):
            return
        order.status, order.updated_at, arriving = OrderStatus.OPEN, at, True
    price = _tradable_at(order, quote, arriving=arriving)
    if price is not None:
        fill(book, order, _piece(book, order, quote), price, at)
    if order.validity is Validity.IOC and order.is_live:
        order.status, order.updated_at = OrderStatus.CANCELLED, at
        order.reason = "IOC: what could not trade at once was cancelled."


def fill(book: Book, order: OrderEntry, quantity: int, price: Decimal, at: datetime) -> None:
    """Trade `quantity` of an order: trade book, position, cash. The caller saves the order."""
    book.add_fill(order, quantity, price, at)
    position = book.position(order.contract, order.product)
    profit = position.trade(order.action, quantity, price, order.unit_margin(book.rules))
    book.save_position(position)
    if profit:
        book.pay(profit)
    order.filled_quantity += quantity
    order.filled_value += quantity * price
    order.updated_at = at
    if not order.remaining:
        order.status = OrderStatus.COMPLETE


def at_market(action: Action, quote: Snapshot) -> Decimal:
    """What a market order gets: the other side's best price, the last price where that side is empty."""
    side = quote.ask if action is Action.BUY else quote.bid
    return quote.ltp if side is None else side


def _tradable_at(order: OrderEntry, quote: Snapshot, *, arriving: bool) -> Decimal | None:
    if order.price_type is PriceType.MARKET:
        return at_market(order.action, quote)
    if order.price is None:  # SL-M, just triggered or in pieces
        return quote.ltp
    if not _reached(quote.ltp, order.price, rising=order.action is Action.SELL):
        return None
    return quote.ltp if arriving else order.price


def _reached(ltp: Decimal, level: Decimal | None, *, rising: bool) -> bool:
    assert level is not None
    return ltp >= level if rising else ltp <= level


def _piece(book: Book, order: OrderEntry, quote: Snapshot) -> int:
    """How much trades at once: all, or by the rule of partial fills what stands at the touch."""
    levels = quote.asks if order.action is Action.BUY else quote.bids
    if not book.rules.partial_fills or not levels:
        return order.remaining
    lot = order.contract.lot_size
    at_least = -(-order.quantity // (_PIECES * lot)) * lot
    return min(order.remaining, max(levels[0].quantity, at_least))
