"""Orders and trades.

Mind the names of the wire: `order_type` is the side, `price_type` the type, `product_type` the product.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from openalgo_core.answers import kept, price, text, text_of
from openalgo_core.errors import InvalidRequest, NotSupported, OrderNotOpen
from openalgo_core.models import (
    Exchange,
    Order,
    OrderStatus,
    Placed,
    PriceType,
    Product,
    Trade,
)
from openalgo_core.numbers import decimal_text, money, optional_units, units

from . import tables, wire
from .wire import unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from openalgo_core.models import Account, Action, Instrument, OrderChange, OrderRequest

    from .rows import OrderRow

    Find = Callable[..., tuple[str, Exchange]]

__all__ = ["book", "cancel", "modify", "place", "product_of", "status", "terms_of", "trades"]

#: The broker's words that a modify must repeat and that a unified row may be unable to say.
_REFS = ("product_type", "validity")

#: An order book repeats few quantities many times.
_quantity = lru_cache(maxsize=1024)(optional_units)


# --- Writes ---


def place(account: Account, order: OrderRequest, instrument: Instrument, tag: str) -> Placed:
    """One new order. SUCCESS means that the order system took it; the exchange may still refuse it in the book.

    Raises `NotSupported`, before any request, for a disclosed quantity where Definedge takes none.
    """
    if order.disclosed_quantity and not (order.exchange.is_cash or order.exchange is Exchange.MCX):
        raise NotSupported("Definedge takes a disclosed quantity on shares and on MCX only.", broker="definedge")
    body = {
        **terms_of(instrument, order.action, order.price_type, order.price, order.trigger_price, order.quantity),
        "product_type": tables.PRODUCTS[order.product],
        "validity": tables.VALIDITIES[order.validity],
        # Without one the order is not placed, which is told in an HTTP 200.
        "algo_id": order.algo_id or tables.ALGO_IDS[order.exchange],
        "remarks": tag,
        **_disclosed(order.disclosed_quantity),
    }
    return Placed(wire.place_order(account, body), {name: body[name] for name in _REFS})


def modify(account: Account, row: Order, change: OrderChange) -> Placed:
    """Definedge replaces the whole order, so everything that stays is sent again; `quantity` is the new total.

    Raises `InvalidRequest`, before any request, where a price is missing or the order is of a kind of the broker's own.
    """
    price_type = change.price_type or row.price_type
    product = row.refs.get("product_type") or (tables.PRODUCTS[row.product] if row.product else "")
    validity = row.refs.get("validity") or (tables.VALIDITIES[row.validity] if row.validity else "")
    if price_type is None or not product or not validity:
        raise InvalidRequest(
            f"Order {row.order_id} is of a kind that only Definedge knows.",
            hint="Change it on its own platform.",
        )
    instrument = account.instruments.get(row.exchange, row.symbol)
    at = kept(change.price, row.price, "price", needed=price_type.needs_price)
    trigger = kept(change.trigger_price, row.trigger_price, "trigger price", needed=price_type.needs_trigger)
    body = {
        "order_id": row.order_id,
        **terms_of(instrument, row.action, price_type, at, trigger, change.quantity or row.quantity),
        "product_type": product,
        "validity": validity,
        **({"remarks": row.tag} if row.tag else {}),
        **_disclosed(row.disclosed_quantity),
    }
    return Placed(wire.change_order(account, "modify", body), {"product_type": product, "validity": validity})


def cancel(account: Account, row: Order) -> Placed:
    """Withdraw an order."""
    return Placed(wire.change_order(account, f"cancel/{quote(row.order_id, safe='')}"), row.refs)


def terms_of(
    instrument: Instrument,
    action: Action,
    price_type: PriceType,
    at: Decimal | None,
    trigger: Decimal | None,
    quantity: int,
) -> dict[str, str]:
    """What an order, a change and a margin call say alike; a trigger price only where there is one."""
    return {
        "exchange": instrument.broker_exchange,
        "tradingsymbol": instrument.broker_symbol,
        "order_type": action.value,
        "price_type": tables.PRICE_TYPES[price_type],
        "quantity": str(quantity),
        "price": decimal_text(at or Decimal(0)),
        **({} if trigger is None else {"trigger_price": decimal_text(trigger)}),
    }


def _disclosed(quantity: int | None) -> dict[str, str]:
    return {"disclosed_quantity": str(quantity)} if quantity else {}


# --- Orders and trades ---


def book(account: Account) -> list[Order]:
    """Today's orders; a book that is not a list of orders raises."""
    from .rows import OrderBook, OrderRow

    rows = OrderRow.each(wire.read_book(account, "orders", "orders", OrderBook))
    find = _finder(account)
    return [_order(row, find) for row in rows]


def status(account: Account, row: Order) -> Order:
    """One order by itself; from the book where something is filled, because only the book has the average price.

    Raises `OrderNotOpen` for an order that Definedge does not know.
    """
    from .rows import OrderRow

    try:
        answer = wire.read(account, f"order/{quote(row.order_id, safe='')}", bare="order_id")
        found = _order(OrderRow.of(answer), _finder(account))
    except InvalidRequest:  # an unknown id is refused in words that nobody has written down: the book tells
        found = None
    if found is not None and (found.filled_quantity == 0 or found.average_price is not None):
        return found
    for order in book(account):
        if order.order_id == row.order_id:
            return order
    if found is not None:
        return found
    raise OrderNotOpen(f"Definedge shows no order {row.order_id} today.", broker="definedge")


def trades(account: Account) -> list[Trade]:
    """Today's fills, one row each."""
    find = _finder(account)
    return [_trade(row, find) for row in wire.read_book(account, "trades", "trades")]


def _finder(account: Account) -> Find:
    """Looks up an instrument by the values of a row: a book names few instruments many times."""
    return cache(lambda *words: wire.listing(account, *map(text, words)))


def _order(row: OrderRow, find: Find) -> Order:
    symbol, exchange = find(row.exchange, row.tradingsymbol, row.token)
    order_status, raw_status = _status(text(row.order_status))
    product, validity = text(row.product_type), text(row.validity)
    quantity = units(_quantity(row.quantity))
    return Order(
        order_id=_order_id(text(row.order_id)),
        symbol=symbol,
        exchange=exchange,
        action=_action(text(row.order_type)),
        quantity=quantity,
        filled_quantity=_filled(row, order_status, quantity),
        price=price(row.price),
        trigger_price=price(row.trigger_price),
        average_price=price(row.average_traded_price),
        product=product_of(product, exchange),
        price_type=tables.PRICE_TYPE_OF.get(text(row.price_type)),
        validity=tables.VALIDITY_OF.get(validity),
        status=order_status,
        reason=text(row.message) or text(row.rejreason) or text(row.rejection_reason) or raw_status,
        time=wire.moment(text(row.order_entry_time)) or wire.moment(text(row.exchange_time)),
        tag=text(row.remarks) or None,
        disclosed_quantity=_quantity(row.disclosed_quantity),
        refs=_refs(product, validity),
    )


@lru_cache(maxsize=64)
def _status(word: str) -> tuple[OrderStatus, str | None]:
    """Unknown words are in flight, and shown."""
    found = tables.STATUSES.get(" ".join(word.upper().replace("_", " ").split()))
    return (OrderStatus.PENDING, word or None) if found is None else (found, None)


@lru_cache(maxsize=64)
def _refs(*words: str) -> Mapping[str, str]:
    """One mapping for all orders of the same words."""
    return {key: word for key, word in zip(_REFS, words, strict=True) if word}


def _filled(row: OrderRow, order_status: OrderStatus, quantity: int) -> int | None:
    """Units filled. The key may be missing, even on a complete order; then what is left over tells."""
    filled = _quantity(row.filled_qty)
    if filled is not None:
        return filled
    if order_status is OrderStatus.COMPLETE:
        return quantity
    if order_status is OrderStatus.REJECTED:
        return 0
    waiting = _quantity(row.pending_qty)
    if waiting is None:
        return None
    return max(0, quantity - waiting - (_quantity(row.cancel_qty) or 0))


def _order_id(order_id: str) -> str:
    if not order_id:
        raise unreadable("Definedge sent an order without an id.")
    return order_id


def _action(word: str) -> Action:
    if word not in tables.ACTION_OF:
        raise unreadable(f"Definedge sent an order that is neither BUY nor SELL: {word!r}.")
    return tables.ACTION_OF[word]


def product_of(word: str, exchange: Exchange) -> Product | None:
    """NORMAL among shares is delivery; bracket and cover orders have no unified word."""
    product = tables.PRODUCT_OF.get(word)
    return Product.CNC if product is Product.NRML and exchange.is_cash else product


def _trade(row: Mapping[str, Any], find: Find) -> Trade:
    """`filled_qty` counts all fills of the order so far; `last_fill_qty` is this one."""
    symbol, exchange = find(row.get("exchange"), row.get("tradingsymbol"), row.get("token"))
    paid = (price(row.get(key)) for key in ("fill_price", "average_traded_price", "price"))
    return Trade(
        trade_id=text_of(row, "fill_id") or None,
        order_id=_order_id(text_of(row, "order_id")),
        symbol=symbol,
        exchange=exchange,
        action=_action(text_of(row, "order_type")),
        quantity=units(row.get("last_fill_qty")),
        price=money(next(filter(None, paid), None)),
        product=product_of(text_of(row, "product_type"), exchange),
        time=wire.moment(text_of(row, "fill_time")) or wire.moment(text_of(row, "exchange_time")),
    )
