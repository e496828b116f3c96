"""Orders and trades."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from openalgo_core.answers import kept, price, rows_of, text, text_of
from openalgo_core.clock import day_of
from openalgo_core.errors import InvalidRequest, NotSupported, OrderNotOpen, UnreadableAnswer
from openalgo_core.models import Order, OrderStatus, Placed, PriceType, Trade, Validity
from openalgo_core.numbers import decimal_text, money, optional_units, units

from . import tables, wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from openalgo_core.models import Account, Action, Exchange, Instrument, OrderChange, OrderRequest

    from .rows import OrderRow

    Find = Callable[..., tuple[str, Exchange]]

__all__ = ["book", "cancel", "modify", "place", "status", "trades"]

#: An order book repeats few quantities many times.
_quantity = lru_cache(maxsize=1024)(optional_units)


# --- Writes ---


def place(account: Account, order: OrderRequest, instrument: Instrument, tag: str) -> Placed:
    """One new order. Raises `NotSupported`, before any request, for what Angel One takes on some exchanges only."""
    _check_exchange_specials(order)
    variety = tables.VARIETIES[order.price_type]
    body = {
        "variety": variety,
        "tradingsymbol": instrument.broker_symbol,
        "symboltoken": instrument.token,
        "transactiontype": order.action.value,
        "exchange": instrument.broker_exchange,
        "ordertype": tables.ORDER_TYPES[order.price_type],
        "producttype": tables.PRODUCTS[order.product],
        "duration": tables.VALIDITIES[order.validity],
        "price": decimal_text(order.price or Decimal(0)),
        "triggerprice": decimal_text(order.trigger_price or Decimal(0)),
        "squareoff": "0",
        "stoploss": "0",
        "quantity": str(order.quantity),
        "disclosedquantity": str(order.disclosed_quantity),
        "ordertag": tag,
    }
    return _placed(wire.write_order(account, "placeOrder", body, change=False), variety)


def modify(account: Account, row: Order, change: OrderChange) -> Placed:
    """Angel One replaces the whole order, so everything that stays is sent again, the trigger price above all."""
    instrument = account.instruments.get(row.exchange, row.symbol)
    price_type = change.price_type or row.price_type
    validity = row.validity
    if price_type is None or validity is None:
        raise InvalidRequest(
            f"Order {row.order_id} is of a kind that only Angel One knows.", hint="Change it in the Angel One app."
        )
    variety = _variety(row, price_type)
    body = {
        "variety": variety,
        "orderid": row.order_id,
        "ordertype": tables.ORDER_TYPES[price_type],
        "producttype": _product_word(row),
        "duration": tables.VALIDITIES[validity],
        "price": _text(kept(change.price, row.price, "price", needed=price_type.needs_price)),
        "triggerprice": _text(
            kept(change.trigger_price, row.trigger_price, "trigger price", needed=price_type.needs_trigger)
        ),
        "quantity": str(change.quantity or row.quantity),
        "disclosedquantity": str(row.disclosed_quantity or 0),
        "tradingsymbol": instrument.broker_symbol,
        "symboltoken": instrument.token,
        "exchange": instrument.broker_exchange,
    }
    return _placed(wire.write_order(account, "modifyOrder", body, change=True), variety)


def cancel(account: Account, row: Order) -> Placed:
    """Withdraw an order, under its own variety."""
    variety = _variety(row, row.price_type)
    body = {"variety": variety, "orderid": row.order_id}
    return _placed(wire.write_order(account, "cancelOrder", body, change=True), variety)


def _check_exchange_specials(order: OrderRequest) -> None:
    if order.validity is Validity.IOC and order.exchange in ("MCX", "NCDEX"):
        raise NotSupported("Angel One takes no IOC orders on commodities.", broker="angel")
    if order.disclosed_quantity and not order.exchange.is_cash:
        raise NotSupported("Angel One takes a disclosed quantity on NSE and BSE shares only.", broker="angel")


def _placed(data: Mapping[str, Any], variety: str) -> Placed:
    refs = {"variety": variety, "uniqueorderid": text_of(data, "uniqueorderid")}
    return Placed(text_of(data, "orderid"), {key: word for key, word in refs.items() if word})


def _variety(row: Order, price_type: PriceType | None) -> str:
    return row.refs.get("variety") or (tables.VARIETIES[price_type] if price_type else "NORMAL")


def _product_word(row: Order) -> str:
    word = row.refs.get("producttype") or (tables.PRODUCTS[row.product] if row.product else "")
    if not word:
        raise InvalidRequest(f"The product of order {row.order_id} is not known.", hint="Run: openalgo order list")
    return word


def _text(value: Decimal | None) -> str:
    """0 where the price type takes none."""
    return "0" if value is None else decimal_text(value)


# --- Orders and trades ---


def book(account: Account) -> list[Order]:
    """Today's orders; a book that is not a list of orders raises."""
    from .rows import OrderBook, OrderRow

    rows = OrderRow.each(rows_of(wire.read(account, "order/v1/getOrderBook", "order_book", shape=OrderBook)))
    find = _finder(account)
    return [_order(row, find) for row in rows]


def status(account: Account, row: Order) -> Order:
    """One order by Angel One's second id, which may be asked ten times as often as the book; else from the book.

    Raises `OrderNotOpen` for an order that Angel One does not know.
    """
    from .rows import OrderRow

    unique_id = row.refs.get("uniqueorderid")
    data = wire.read(account, f"order/v1/details/{unique_id}", "order_status") if unique_id else None
    found = [_order(OrderRow.of(data), _finder(account))] if isinstance(data, Mapping) else book(account)
    for order in found:
        if order.order_id == row.order_id:
            return order
    raise OrderNotOpen(f"Angel One shows no order {row.order_id} today.", broker="angel")


def trades(account: Account) -> list[Trade]:
    """Today's fills. The wire gives the time of day only; it is taken as today's."""
    today = day_of(account.clock.now())
    rows = rows_of(wire.read(account, "order/v1/getTradeBook", "trade_book"))
    find = _finder(account)
    return [_trade(row, find, today) for row in rows]


def _finder(account: Account) -> Find:
    """Looks up an instrument by the values of a row: a book names few instruments many times."""
    return cache(lambda *words: wire.listing(account, *map(text, words)))


def _order(row: OrderRow, find: Find) -> Order:
    symbol, exchange = find(row.exchange, row.tradingsymbol, row.symboltoken)
    order_status, raw_status = _status(row.orderstatus, row.status)
    refs = {"variety": row.variety, "uniqueorderid": row.uniqueorderid, "producttype": row.producttype}
    return Order(
        order_id=_order_id(row.orderid),
        symbol=symbol,
        exchange=exchange,
        action=_action(row.transactiontype),
        quantity=units(_quantity(row.quantity)),
        filled_quantity=_quantity(row.filledshares),
        price=price(row.price),
        trigger_price=price(row.triggerprice),
        average_price=price(row.averageprice),
        product=tables.PRODUCT_OF.get(row.producttype),
        price_type=tables.PRICE_TYPE_OF.get(row.ordertype),
        validity=tables.VALIDITY_OF.get(row.duration),
        status=order_status,
        reason=row.text or raw_status,
        time=wire.moment(row.updatetime or row.exchorderupdatetime or ""),
        tag=row.ordertag or None,
        disclosed_quantity=_quantity(row.disclosedquantity),
        refs=refs if all(refs.values()) else {key: word for key, word in refs.items() if word},
    )


@lru_cache(maxsize=256)
def _status(orderstatus: str | None, status: str | None) -> tuple[OrderStatus, str | None]:
    """`orderstatus` first: after a change `status` may say only "modified". Unknown words are in flight, and shown."""
    words = [word.strip().lower() for word in (orderstatus, status) if word]
    for word in words:
        if word in tables.STATUSES:
            return tables.STATUSES[word], None
    return OrderStatus.PENDING, words[0] if words else None


def _order_id(value: Any) -> str:
    order_id = text(value)
    if not order_id:
        raise UnreadableAnswer("Angel One sent an order without an id.", broker="angel")
    return order_id


def _action(word: str | None) -> Action:
    try:
        return tables.ACTION_OF[word or ""]
    except KeyError:
        raise UnreadableAnswer(
            f"Angel One sent an order that is neither BUY nor SELL: {word!r}.", broker="angel"
        ) from None


def _trade(row: Mapping[str, Any], find: Find, today: date) -> Trade:
    symbol, exchange = find(row.get("exchange"), row.get("tradingsymbol"))
    return Trade(
        trade_id=text_of(row, "fillid") or None,
        order_id=_order_id(row.get("orderid")),
        symbol=symbol,
        exchange=exchange,
        action=_action(row.get("transactiontype")),
        quantity=units(row.get("fillsize")),
        price=money(row.get("fillprice")),
        product=tables.PRODUCT_OF.get(text_of(row, "producttype")),
        time=wire.time_on(today, text_of(row, "filltime")),
    )
