"""Orders and trades.

A yes to a new order means that Kotak received it; what risk management or the exchange refuses shows in the book.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from openalgo_core.answers import kept, price, text, text_of
from openalgo_core.errors import InvalidRequest, NotSupported, OrderNotOpen
from openalgo_core.models import Exchange, Order, OrderStatus, Placed, Trade, Validity
from openalgo_core.numbers import decimal_text, money, optional_units, units

from . import tables, wire
from .flows import dialect_of
from .wire import unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from openalgo_core.models import Account, Action, Instrument, OrderChange, OrderRequest

    from .rows import OrderRow

    Find = Callable[..., tuple[str, Exchange]]

__all__ = ["book", "cancel", "modify", "place", "status", "trades"]

#: Kotak's own mark in place of a tag: orders without one, and those that were changed.
_NO_TAG = "-ADMINAPI"
#: What a cancel hangs on to a tag: the moment.
_CANCELLED_TAG = re.compile(r"(.+)-[0-9]{10,}")

_quantity = lru_cache(maxsize=1024)(optional_units)


# --- Writes ---


def place(account: Account, order: OrderRequest, instrument: Instrument, tag: str) -> Placed:
    """One new order. Raises `NotSupported`, before any request, for IOC on MCX."""
    if order.validity is Validity.IOC and order.exchange is Exchange.MCX:
        raise NotSupported("Kotak takes no IOC orders on MCX.", hint="Use DAY.", broker="kotak")
    fields = {
        "am": "NO",
        "dq": str(order.disclosed_quantity),
        "es": instrument.broker_exchange,
        "mp": "0",
        "pc": tables.PRODUCTS[order.product],
        "pr": _price_text(order.price),
        "pt": tables.PRICE_TYPES[order.price_type],
        "qt": str(order.quantity),
        "rt": tables.VALIDITIES[order.validity],
        "tp": _price_text(order.trigger_price),
        "ts": instrument.broker_symbol,
        "tt": tables.ACTIONS[order.action],
        "ig": tag,
        "os": "NEOTRADEAPI",
    }
    return Placed(wire.write_order(account, "quick/order/rule/ms/place", fields, change=False), {"am": "NO"})


def modify(account: Account, row: Order, change: OrderChange) -> Placed:
    """Kotak replaces the whole order, so everything that stays is sent again; `qt` is the new total. The tag is lost by
    it.

    Raises `InvalidRequest`, before any request, where a price is missing or the order is of a kind of Kotak's own.
    """
    price_type = change.price_type or row.price_type
    product = row.refs.get("product") or (tables.PRODUCTS[row.product] if row.product else "")
    if price_type is None or row.validity is None or not product:
        raise InvalidRequest(f"Order {row.order_id} is of a kind that only Kotak knows.", hint="Change it in Neo.")
    instrument = account.instruments.get(row.exchange, row.symbol)
    fields = {
        "no": row.order_id,
        "tk": instrument.token,
        "es": instrument.broker_exchange,
        "ts": instrument.broker_symbol,
        "tt": tables.ACTIONS[row.action],
        "pc": product,
        "pr": _price_text(kept(change.price, row.price, "price", needed=price_type.needs_price)),
        "tp": _price_text(
            kept(change.trigger_price, row.trigger_price, "trigger price", needed=price_type.needs_trigger)
        ),
        "qt": str(change.quantity or row.quantity),
        "pt": tables.PRICE_TYPES[price_type],
        "vd": tables.VALIDITIES[row.validity],
        "dd": "NA",
        "dq": str(row.disclosed_quantity or 0),
        "mp": "0",
        "am": _after_market(row),
    }
    return Placed(wire.write_order(account, "quick/order/vr/modify", fields, change=True), row.refs)


def cancel(account: Account, row: Order) -> Placed:
    """Withdraw an order; an after-market order as what it is."""
    after_market = _after_market(row)
    fields = {"on": row.order_id, "am": after_market}
    if after_market == "YES" and (instrument := account.instruments.find(row.exchange, row.symbol)):
        fields["ts"] = instrument.broker_symbol
    return Placed(wire.write_order(account, "quick/order/cancel", fields, change=True), row.refs)


def _after_market(row: Order) -> str:
    return row.refs.get("am", "NO")


def _price_text(value: Decimal | None) -> str:
    """`0` for none: `0.0` is refused, and so is an empty text."""
    return decimal_text(value) if value is not None else "0"


# --- Orders and trades ---


def book(account: Account) -> list[Order]:
    """Today's orders; a book that is not a list of orders raises."""
    from .rows import OrderBook, OrderRow

    rows = OrderRow.each(wire.rows_of(wire.read(account, "quick/user/orders", shape=OrderBook)))
    find = _finder(account)
    return [_order(row, find) for row in rows]


def status(account: Account, row: Order) -> Order:
    """One order as it stands now; in a retired flow, from the book. Raises `OrderNotOpen` for one that is not there."""
    found = _one(account, row.order_id) if dialect_of(account.require_session()).is_live else book(account)
    for order in found:
        if order.order_id == row.order_id:
            return order
    raise OrderNotOpen(f"Kotak shows no order {row.order_id} today.", broker="kotak")


def trades(account: Account) -> list[Trade]:
    """Today's fills, one row each."""
    find = _finder(account)
    return [_trade(row, find) for row in wire.rows_of(wire.read(account, "quick/user/trades"))]


def _one(account: Account, order_id: str) -> list[Order]:
    from .rows import OrderRow

    try:
        body = wire.read(account, f"quick/user/orders/{quote(order_id, safe='')}")
    except InvalidRequest:  # an unknown id may be refused, in words that nobody has written down
        return []
    find = _finder(account)
    return [_order(row, find) for row in OrderRow.each(wire.rows_of(body))]


def _finder(account: Account) -> Find:
    """Looks up an instrument by the values of a row: a book names few instruments many times."""
    return cache(lambda *words: wire.listing(account, *map(text, words)))


def _order(row: OrderRow, find: Find) -> Order:
    symbol, exchange = find(row.exSeg, row.trdSym, row.tok)
    order_status, raw_status = _status(text(row.ordSt) or text(row.stat))
    product = text(row.prod)
    return Order(
        order_id=_order_id(row.nOrdNo),
        symbol=symbol,
        exchange=exchange,
        action=_action(row.trnsTp),
        quantity=units(_quantity(row.qty)),
        filled_quantity=_quantity(row.fldQty),
        price=price(row.prc),
        trigger_price=price(row.trgPrc),
        average_price=price(row.avgPrc),
        product=tables.PRODUCT_OF.get(product),
        price_type=tables.PRICE_TYPE_OF.get(text(row.prcTp)),
        validity=tables.VALIDITY_OF.get(text(row.vldt)),
        status=order_status,
        reason=_said(row.rejRsn) or raw_status,
        time=_time(row),
        tag=_tag(text(row.GuiOrdId)),
        disclosed_quantity=_quantity(row.dscQty),
        refs=_refs(text(row.ordGenTp).upper(), product),
    )


@lru_cache(maxsize=64)
def _refs(generation: str, product: str) -> Mapping[str, str]:
    """One mapping for all orders of the same words."""
    refs = {"am": "YES" if generation == "AMO" else "NO", "product": product}
    return {name: word for name, word in refs.items() if word}


@lru_cache(maxsize=64)
def _status(word: str) -> tuple[OrderStatus, str | None]:
    """Unknown words are in flight, and shown."""
    found = tables.STATUSES.get(word.lower())
    return (OrderStatus.PENDING, word or None) if found is None else (found, None)


def _said(value: Any) -> str | None:
    """A text that is none of the placeholders."""
    said = text(value)
    return None if said.upper() in ("", "-", "--", "NA") else said


def _time(row: OrderRow) -> datetime | None:
    """When the order was placed; the last change of it where nothing else is said."""
    return wire.moment(text(row.ordEntTm)) or wire.moment(text(row.ordDtTm)) or wire.moment(text(row.hsUpTm))


def _tag(tag: str) -> str | None:
    """Our text. After a change there is none any more; after a cancel a moment hangs on to it."""
    if not tag or tag.endswith(_NO_TAG):
        return None
    cancelled = _CANCELLED_TAG.fullmatch(tag)
    return cancelled[1] if cancelled else tag


def _order_id(value: Any) -> str:
    order_id = text(value)
    if not order_id:
        raise unreadable("Kotak sent an order without an id.")
    return order_id


def _action(value: Any) -> Action:
    word = text(value)
    if word not in tables.ACTION_OF:
        raise unreadable(f"Kotak sent an order that is neither B nor S: {word!r}.")
    return tables.ACTION_OF[word]


def _trade(row: Mapping[str, Any], find: Find) -> Trade:
    """Token, price and quantity of a fill are empty; its trading symbol, average price and filled quantity are not."""
    symbol, exchange = find(row.get("exSeg"), row.get("trdSym"))
    return Trade(
        trade_id=_said(row.get("flId")),
        order_id=_order_id(row.get("nOrdNo")),
        symbol=symbol,
        exchange=exchange,
        action=_action(row.get("trnsTp")),
        quantity=units(row.get("fldQty")),
        price=money(row.get("avgPrc")),
        product=tables.PRODUCT_OF.get(text_of(row, "prod")),
        time=wire.moment(f"{text_of(row, 'flDt')} {text_of(row, 'flTm')}") or wire.moment(text_of(row, "exTm")),
    )
