"""What the exchange checks before it books an order. Each function raises `ExchangeRefusal` or returns."""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal

from ..models.vocabulary import Action, OrderStatus, PriceType, Product
from .book import Book
from .calendar import TradingCalendar
from .contracts import Contract
from .entries import OrderEntry
from .money import from_paise
from .quotes import Snapshot
from .refusals import ExchangeRefusal, RefusalKind
from .rules import ExchangeRules
from .schedule import expires_at, square_off_at

__all__ = ["check_clock", "check_funds", "check_holdings", "check_order", "check_quote"]

#: MIS may be opened again from this time on.
_MIS_OPENS = time(9, 0)


def check_order(order: OrderEntry, quote: Snapshot | None) -> None:
    """Everything that needs no books: contract, product, quantity, prices. `quote` `None`: no price, no band."""
    _check_contract(order.contract, order.product)
    _check_quantity(order)
    _check_prices(order)
    for price in (order.price, order.trigger_price):
        if price is not None:
            if quote is not None:
                _check_band(quote, price)
            _check_tick(order.contract, price)


def check_quote(order: OrderEntry, quote: Snapshot | None, why: str) -> None:
    """A market order needs a price."""
    if quote is None and order.price_type is PriceType.MARKET:
        raise ExchangeRefusal(
            RefusalKind.HALTED, f"A market order in {order.contract.symbol} needs a price, and there is none: {why}"
        )


def check_clock(order: OrderEntry, book: Book, calendar: TradingCalendar, now: datetime) -> None:
    """Expiry always; opening hours and the end of intraday trading where the rules keep exchange hours."""
    contract = order.contract
    if contract.expiry is not None and now >= expires_at(contract, calendar):
        raise ExchangeRefusal(RefusalKind.INVALID, f"{contract.symbol} expired on {contract.expiry:%d %b %Y}.")
    if not book.rules.exchange_hours:
        return
    if not calendar.is_open(contract.exchange, now):
        opens = calendar.next_open(contract.exchange, now)
        raise ExchangeRefusal(
            RefusalKind.MARKET_CLOSED, f"{contract.exchange} is closed. It opens on {opens:%a %d %b at %H:%M}."
        )
    if order.product is Product.MIS and order.charged and _is_after_square_off(contract, book.rules, calendar, now):
        raise ExchangeRefusal(
            RefusalKind.MARKET_CLOSED,
            f"MIS positions on {contract.exchange} have been squared off today; no new ones until {_MIS_OPENS:%H:%M}.",
        )


def check_holdings(order: OrderEntry, book: Book) -> None:
    """Shares can be sold for delivery only as far as they are there: held, bought today, not on sale already."""
    if order.product is not Product.CNC or order.action is not Action.SELL:
        return
    there = book.holding(order.contract).quantity + book.position(order.contract, Product.CNC).quantity
    there -= book.committed(order.contract, Product.CNC, Action.SELL, besides=order.number)
    if order.remaining > there:
        raise ExchangeRefusal(
            RefusalKind.HOLDINGS,
            f"Only {max(0, there)} of {order.contract.symbol} can be sold for delivery, not {order.remaining}.",
        )


def check_funds(order: OrderEntry, book: Book, *, freed: int = 0) -> None:
    """The margin must be free; `freed` paise are blocked by this very order already and count as free."""
    needed = from_paise(order.blocked(book.rules))
    if not needed:
        return
    available = book.cash - book.blocked + from_paise(freed)
    if needed > available:
        raise ExchangeRefusal(
            RefusalKind.FUNDS,
            f"Insufficient funds: the order needs a margin of ₹{needed:,.2f}, ₹{available:,.2f} is available.",
        )


def _check_contract(contract: Contract, product: Product) -> None:
    if contract.exchange.is_index:
        raise ExchangeRefusal(RefusalKind.INVALID, f"{contract.symbol} is an index and cannot be traded.")
    unfit = Product.NRML if contract.exchange.is_cash else Product.CNC
    if product is unfit:
        raise ExchangeRefusal(RefusalKind.INVALID, f"{product} is not a product of {contract.exchange}.")


def _check_quantity(order: OrderEntry) -> None:
    contract, quantity = order.contract, order.quantity
    if quantity <= 0:
        raise ExchangeRefusal(RefusalKind.INVALID, f"A quantity must be positive, not {quantity}.")
    if quantity % contract.lot_size:
        raise ExchangeRefusal(
            RefusalKind.LOT,
            f"Quantity {quantity} of {contract.symbol} is not a multiple of its lot of {contract.lot_size}.",
        )
    if contract.freeze_quantity and quantity > contract.freeze_quantity:
        raise ExchangeRefusal(
            RefusalKind.FREEZE,
            f"Quantity {quantity} of {contract.symbol} is above its freeze quantity of {contract.freeze_quantity}.",
        )
    if not 0 <= order.disclosed_quantity <= quantity:
        raise ExchangeRefusal(
            RefusalKind.INVALID, f"The disclosed quantity must be from 0 to {quantity}, not {order.disclosed_quantity}."
        )


def _check_prices(order: OrderEntry) -> None:
    kind = order.price_type
    for needed, value, name in (
        (kind.needs_price, order.price, "price"),
        (kind.needs_trigger, order.trigger_price, "trigger price"),
    ):
        if needed and (value is None or value <= 0):
            raise ExchangeRefusal(RefusalKind.INVALID, f"A {kind} order needs a {name} above 0.")
        if not needed and value is not None:
            raise ExchangeRefusal(RefusalKind.INVALID, f"A {kind} order takes no {name}.")
    if order.price is not None and order.trigger_price is not None and order.status is OrderStatus.TRIGGER_PENDING:
        above = order.trigger_price - order.price
        if above * order.action.sign > 0:
            side = "at or below" if order.action is Action.BUY else "at or above"
            raise ExchangeRefusal(
                RefusalKind.INVALID, f"The trigger price of a {order.action} SL order must be {side} its price."
            )


def _check_tick(contract: Contract, price: Decimal) -> None:
    if contract.tick_size and price % contract.tick_size:
        raise ExchangeRefusal(
            RefusalKind.TICK,
            f"Price {price} of {contract.symbol} is not a multiple of its tick of {contract.tick_size}.",
        )


def _check_band(quote: Snapshot, price: Decimal) -> None:
    if not quote.lower_circuit <= price <= quote.upper_circuit:
        raise ExchangeRefusal(
            RefusalKind.PRICE_BAND,
            f"Price {price} of {quote.contract.symbol} is outside today's band of {quote.lower_circuit} to"
            f" {quote.upper_circuit}.",
        )


def _is_after_square_off(contract: Contract, rules: ExchangeRules, calendar: TradingCalendar, now: datetime) -> bool:
    session = calendar.latest(contract.exchange, now)
    return now >= square_off_at(rules, session, contract.exchange)
