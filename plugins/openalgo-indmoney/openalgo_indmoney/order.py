"""Orders and trades.

Stop orders are smart orders: placed, changed and withdrawn at `/smart/order`, NSE only. Sent to `/order` they would
lose their trigger and fire at once. Their ids look like any other, so the order type in the book tells them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from openalgo_core.answers import kept, price, rows_of, text, text_of
from openalgo_core.errors import InvalidRequest, NotSupported, OrderNotOpen
from openalgo_core.models import Exchange, Order, OrderStatus, Placed, PriceType, Trade, Validity
from openalgo_core.numbers import money, optional_units, units

from . import tables, wire
from .wire import unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

    from openalgo_core.models import Account, Action, Instrument, OrderChange, OrderRequest

    from .rows import OrderRow

    Find = Callable[..., tuple[str, Exchange]]

__all__ = ["book", "cancel", "modify", "place", "status", "trades"]

_REF = "order_type"
_FINAL_WORDS = frozenset(word for word, found in tables.STATUSES.items() if found.is_final)


# --- Writes ---


def place(account: Account, order: OrderRequest, instrument: Instrument, tag: str) -> Placed:
    """One new order. A yes only says that INDmoney took it; the exchange may still refuse it, in the book.

    Raises `NotSupported`, before any request, for stop orders that smart orders cannot be.
    """
    stop = order.price_type is PriceType.SL
    if stop:
        _check_stop(order)
    order_type = tables.ORDER_TYPES[order.price_type]
    body: dict[str, Any] = {
        "txn_type": order.action.value,
        "exchange": tables.PARENTS[order.exchange],
        "segment": tables.SEGMENTS[order.exchange],
        "product": tables.PRODUCTS[order.product],
        "order_type": order_type,
        "validity": order.validity.value,
        "security_id": instrument.token,
        "qty": order.quantity,
        "algo_id": order.algo_id or tables.ALGO_IDS[order.exchange],
        "remarks": tag,
    }
    if stop:
        body |= {"trigger_price": order.trigger_price, "trigger_limit_price": order.price}
    else:
        # After-market orders are never made by themselves.
        body |= {"is_amo": False} if order.price is None else {"is_amo": False, "limit_price": order.price}
    return Placed(wire.write_order(account, _family(stop), body, change=False), {_REF: order_type})


def modify(account: Account, row: Order, change: OrderChange) -> Placed:
    """A new total quantity and new prices; nothing else of an order can be changed.

    Raises `NotSupported`, before any request, for anything else and for smart orders with legs.
    """
    stop = _is_smart(row)
    _check_change(row, change.price_type or row.price_type, stop=stop)
    limit = kept(change.price, row.price, "price")
    body: dict[str, Any] = _named(row) | {"qty": change.quantity or row.quantity}
    if stop:
        trigger = kept(change.trigger_price, row.trigger_price, "trigger price")
        body |= {"algo_id": tables.ALGO_IDS[row.exchange], "trigger_price": trigger, "trigger_limit_price": limit}
    else:
        body["limit_price"] = limit
    return Placed(wire.write_order(account, f"{_family(stop)}/modify", body, change=True), row.refs)


def cancel(account: Account, row: Order) -> Placed:
    """Withdraw an order, or one leg of a smart order, where it was placed."""
    return Placed(wire.write_order(account, f"{_family(_is_smart(row))}/cancel", _named(row), change=True), row.refs)


def _named(row: Order) -> dict[str, str]:
    """What names an order."""
    return {"segment": tables.SEGMENTS[row.exchange], "order_id": row.order_id}


def _family(stop: bool) -> str:
    return "/smart/order" if stop else "/order"


def _check_stop(order: OrderRequest) -> None:
    if tables.PARENTS[order.exchange] != "NSE":
        raise NotSupported(
            f"INDmoney takes stop orders on NSE and NFO only, not on {order.exchange}.",
            hint="Place it there, or give a limit price without a trigger.",
            broker="indmoney",
        )
    if order.validity is not Validity.DAY:
        raise NotSupported(
            f"INDmoney takes stop orders for the day only, not {order.validity}.",
            hint="Leave --validity out.",
            broker="indmoney",
        )


def _check_change(row: Order, wanted: PriceType | None, *, stop: bool) -> None:
    if stop and (row.refs.get(_REF) == "OCO" or row.validity is None):
        raise NotSupported(
            f"Order {row.order_id} is a leg of a smart order, or has two.",
            hint="Cancel it, or change it in the INDmoney app.",
            broker="indmoney",
        )
    # A market order is a limit order from the moment that INDmoney takes it.
    kept = wanted is row.price_type and not stop
    if wanted is not (PriceType.SL if stop else PriceType.LIMIT) and not kept:
        raise NotSupported(
            f"INDmoney changes an order's quantity and prices, and does not make it {wanted}.",
            hint="Cancel the order and place a new one.",
            broker="indmoney",
        )


def _is_smart(row: Order) -> bool:
    return row.order_id.startswith("GTT-") or _is_smart_type(row.refs.get(_REF, ""))


def _is_smart_type(word: str) -> bool:
    return word in tables.SMART_ORDER_TYPES or word.startswith("GTT_")


# --- Orders and trades ---


def book(account: Account) -> list[Order]:
    """Today's orders, smart ones included; a book that is not a list of orders raises."""
    from .rows import OrderBook, OrderRow

    rows = OrderRow.each(_book_rows(account, OrderBook))
    find = _finder(account)
    return [_order(row, find) for row in rows]


def status(account: Account, row: Order) -> Order:
    """One order by itself; from the book where INDmoney does not find it so, for a proxy may strip a GET of its body.

    Raises `OrderNotOpen` for an order that INDmoney does not know.
    """
    from .rows import OrderRow

    try:
        data = wire.read(account, "/order", "account", body=_named(row))
    except InvalidRequest:
        data = None
    found = [_order(OrderRow.of(data), _finder(account))] if isinstance(data, Mapping) else []
    for order in [one for one in found if one.order_id == row.order_id] or book(account):
        if order.order_id == row.order_id:
            return order
    raise OrderNotOpen(f"INDmoney shows no order {row.order_id} today.", broker="indmoney")


def trades(account: Account) -> list[Trade]:
    """Today's fills of both segments, joined with the book, because a fill names neither its order nor its side.

    Raises `UnreadableAnswer` where the book lacks the order of a fill: no side is made up.
    """
    fills = [
        fill
        for segment in dict.fromkeys(tables.SEGMENTS.values())
        for fill in rows_of(wire.read(account, "/trade-book", "account", {"segment": segment}))
    ]
    if not fills:
        return []
    # Read after the fills, so that no fill is newer than the book.
    orders = {_join_key(row, "security_id"): row for row in _book_rows(account)}
    find = _finder(account)
    return [_trade(fill, orders.get(_join_key(fill, "scrip_code")), find) for fill in fills]


def _book_rows(account: Account, shape: Any = None) -> list[Mapping[str, Any]]:
    return rows_of(wire.read(account, "/order-book", "account", shape=shape))


def _finder(account: Account) -> Find:
    """Looks up an instrument by the values of a row: a book names few instruments many times."""
    return cache(lambda *words: wire.listing(account, *map(text, words)))


def _order(row: OrderRow, find: Find) -> Order:
    symbol, exchange = find(row.exchange, row.segment, row.security_id, row.name)
    order_type = text(row.order_type).upper()
    wanted, filled = units(row.requested_qty), optional_units(row.traded_qty)
    order_status, raw_status = _status(row, wanted, filled or 0, smart=_is_smart_type(order_type))
    return Order(
        order_id=_order_id(row.id),
        symbol=symbol,
        exchange=exchange,
        action=_action(row.txn_type),
        quantity=wanted,
        filled_quantity=filled,
        price=price(row.requested_price) or price(row.tgt_limit_price) or price(row.sl_limit_price),
        trigger_price=price(row.sl_trigger_price) or price(row.tgt_trigger_price),
        average_price=price(row.traded_price),
        product=tables.PRODUCT_OF.get(text(row.product).upper()),
        price_type=tables.PRICE_TYPE_OF.get(order_type),
        validity=tables.VALIDITY_OF.get(text(row.validity).upper()),
        status=order_status,
        reason=text(row.extra_info) or raw_status,
        time=wire.moment(text(row.created_at)),
        tag=text(row.remarks) or None,
        refs=_refs(order_type),
    )


@lru_cache(maxsize=64)
def _refs(order_type: str) -> Mapping[str, str]:
    """One mapping for all orders of the same type."""
    return {_REF: order_type} if order_type else {}


def _status(row: OrderRow, wanted: int, filled: int, *, smart: bool) -> tuple[OrderStatus, str | None]:
    """The status, and INDmoney's word where we do not know it. What is filled is complete, whatever the word."""
    word = _word(text(row.status))
    if filled >= wanted > 0:
        return OrderStatus.COMPLETE, None
    raw = None if word in tables.STATUSES else word.lower() or None
    if word in _FINAL_WORDS:
        return tables.STATUSES[word], None
    # An order that waits for its trigger has not been at the exchange, which would have given it an id.
    if smart and not filled and not text(row.exch_order_id):
        return OrderStatus.TRIGGER_PENDING, raw
    if word == "O-PENDING" and text(row.off_mkt_flag).lower() == "true":
        return OrderStatus.PENDING, None
    return tables.STATUSES.get(word, OrderStatus.OPEN), raw


@lru_cache(maxsize=64)
def _word(status: str) -> str:
    """As the table spells it."""
    return " ".join(status.upper().replace("_", " ").split())


def _order_id(value: Any) -> str:
    order_id = text(value)
    if not order_id:
        raise unreadable("INDmoney sent an order without an id.")
    return order_id


def _action(value: Any) -> Action:
    word = text(value).upper()
    if word not in tables.ACTION_OF:
        raise unreadable(f"INDmoney sent an order that is neither BUY nor SELL: {word!r}.")
    return tables.ACTION_OF[word]


def _join_key(row: Mapping[str, Any], token: str) -> tuple[str, str]:
    """What fill and order share: the exchange's order id, which two exchanges may both have given."""
    return text_of(row, "exch_order_id"), text_of(row, token)


def _trade(fill: Mapping[str, Any], order: Mapping[str, Any] | None, find: Find) -> Trade:
    fill_id = text_of(fill, "fill_id")
    if order is None:
        raise unreadable(f"INDmoney shows fill {fill_id}, and no order that it belongs to.")
    symbol, exchange = find(*map(order.get, ("exchange", "segment", "security_id", "name")))
    return Trade(
        trade_id=fill_id or None,
        order_id=_order_id(order.get("id")),
        symbol=symbol,
        exchange=exchange,
        action=_action(order.get("txn_type")),
        quantity=units(fill.get("quantity")),
        price=money(fill.get("price")),
        product=tables.PRODUCT_OF.get(text_of(order, "product").upper()),
        time=wire.moment(text_of(fill, "trade_date")),
    )
