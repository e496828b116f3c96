"""Orders and trades.

Books are kept by exchange, and an order is found under its exchange only; `refs` carries that beside the id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from openalgo_core import errors
from openalgo_core.answers import price, rows_of, text_of
from openalgo_core.models import Order, OrderStatus, Placed, PriceType, Trade
from openalgo_core.numbers import decimal_text, money, optional_units, units

from . import tables, wire
from .contract import Contract

if TYPE_CHECKING:
    from openalgo_core.models import Account, Instrument, OrderChange, OrderRequest

__all__ = ["book", "cancel", "modify", "place", "status", "trades"]

_REF = "exchange_code"


# --- Writes ---


def place(account: Account, order: OrderRequest, instrument: Instrument, tag: str) -> Placed:
    """One new order. The tag goes out as its remark, which ICICI Direct does not give back."""
    exchange = instrument.broker_exchange
    if exchange not in _open_exchanges(account):
        raise errors.OrderRejected(
            f"ICICI Direct said at login that this account may not trade on {order.exchange}.",
            hint="Have the segment activated, then log in again.",
            broker="icici",
        )
    contract = Contract.of(instrument)
    body = {
        "stock_code": contract.stock_code,
        "exchange_code": exchange,
        "product": contract.product,
        "action": tables.ACTIONS[order.action],
        "order_type": tables.ORDER_TYPES[order.price_type],
        "quantity": str(order.quantity),
        "price": decimal_text(money(order.price)),
        "validity": tables.VALIDITIES[order.validity],
        "settlement_id": "",
        "order_segment_code": "",
        "lots": "",
        "user_remark": tag,
    }
    if order.trigger_price is not None:
        body["stoploss"] = decimal_text(order.trigger_price)
    if order.disclosed_quantity:
        body["disclosed_quantity"] = str(order.disclosed_quantity)
    order_id = wire.write_order(account, "POST", body | contract.fields(), change=False)
    return Placed(order_id, {_REF: exchange})


def modify(account: Account, row: Order, change: OrderChange) -> Placed:
    """Send the order as it is to be, what stays included; `quantity` is the new total."""
    price_type = change.price_type or row.price_type
    if price_type not in tables.ORDER_TYPES or row.validity is None:
        raise errors.InvalidRequest(
            f"Order {row.order_id} is of a kind that only ICICI Direct knows.",
            hint="Change it in the ICICI Direct app, or give it a limit price.",
        )
    limit, trigger = change.price or row.price, change.trigger_price or row.trigger_price
    if limit is None or (trigger is None and price_type is PriceType.SL):
        raise errors.InvalidRequest("The changed order needs a price, and an SL order a trigger price as well.")
    exchange = _exchange_of(row)
    body = {
        "order_id": row.order_id,
        "exchange_code": exchange,
        "order_type": tables.ORDER_TYPES[price_type],
        "stoploss": decimal_text(trigger) if trigger is not None and price_type is PriceType.SL else "0",
        "quantity": str(change.quantity or row.quantity),
        "price": decimal_text(limit),
        "validity": tables.VALIDITIES[row.validity],
        "disclosed_quantity": str(row.disclosed_quantity or 0),
    }
    return Placed(wire.write_order(account, "PUT", body, change=True), {_REF: exchange})


def cancel(account: Account, row: Order) -> Placed:
    """Withdraw an order. A yes means that the request was accepted; the book tells when it is done."""
    exchange = _exchange_of(row)
    body = {"exchange_code": exchange, "order_id": row.order_id}
    return Placed(wire.write_order(account, "DELETE", body, change=True), {_REF: exchange})


def _exchange_of(row: Order) -> str:
    return row.refs.get(_REF) or tables.EXCHANGES[row.exchange]


def _open_exchanges(account: Account) -> list[str]:
    """The exchanges that the account may trade on, as the login said; all four where it said nothing.

    Orders are refused on the others, so that the books of these are all the books there are.
    """
    every = ",".join(tables.EXCHANGES[exchange] for exchange in tables.ORDER_EXCHANGES)
    return [code for code in account.require_session().data.get("exchanges", every).split(",") if code]


# --- Orders and trades ---


def book(account: Account) -> list[Order]:
    """Today's orders, one request for each exchange; if one of them fails there is no book."""
    rows = {text_of(row, "order_id"): row for row in _of_every_exchange(account, "order")}
    return [_order(account, row) for row in rows.values()]


def status(account: Account, row: Order) -> Order:
    """One order, in one request instead of four. Raises `OrderNotOpen` for one that ICICI Direct does not know."""
    for found in _detail(account, "order", _exchange_of(row), row.order_id):
        if text_of(found, "order_id") == row.order_id:
            return _order(account, found)
    raise errors.OrderNotOpen(f"ICICI Direct shows no order {row.order_id}.", broker="icici")


def trades(account: Account) -> list[Trade]:
    """Today's trades. ICICI Direct sums them up by order, with the average price and no time.

    Fills one by one would cost a request for each order, of a hundred a minute.
    """
    return [_trade(account, row) for row in _of_every_exchange(account, "trades")]


def _of_every_exchange(account: Account, path: str) -> Iterator[Mapping[str, Any]]:
    for code in _open_exchanges(account):
        yield from rows_of(wire.read(account, path, {"exchange_code": code, **wire.today(account)}))


def _detail(account: Account, path: str, exchange_code: str, order_id: str) -> list[Mapping[str, Any]]:
    return rows_of(wire.read(account, path, {"exchange_code": exchange_code, "order_id": order_id}))


def _order(account: Account, row: Mapping[str, Any]) -> Order:
    symbol, exchange = wire.listing(account, row)
    word = text_of(row, "status").lower()
    filled = _filled(account, row, word)
    price_type = tables.PRICE_TYPE_OF.get(text_of(row, "order_type").lower())
    state = tables.STATUSES.get(word, OrderStatus.PENDING)
    if word == "ordered" and price_type is PriceType.SL and filled == 0:
        state = OrderStatus.TRIGGER_PENDING
    return Order(
        order_id=_order_id(row),
        symbol=symbol,
        exchange=exchange,
        action=wire.action(row),
        quantity=units(row.get("quantity")),
        filled_quantity=filled,
        price=price(row.get("price")),
        trigger_price=price(row.get("stoploss")),
        average_price=price(row.get("average_price")),
        product=tables.PRODUCT_OF.get(text_of(row, "product_type").lower()),
        price_type=price_type,
        validity=tables.VALIDITY_OF.get(text_of(row, "validity").lower()),
        status=state,
        reason=text_of(row, "status") if word in tables.REASONED_STATUSES or word not in tables.STATUSES else None,
        time=wire.moment(text_of(row, "order_datetime")),
        disclosed_quantity=optional_units(row.get("disclosed_quantity")),
        refs={_REF: text_of(row, _REF).upper()},
    )


def _filled(account: Account, row: Mapping[str, Any], word: str) -> int | None:
    """What was filled, of which no field speaks. The pending quantity lies once an order is final."""
    quantity = units(row.get("quantity"))
    cancelled, pending = optional_units(row.get("cancelled_quantity")) or 0, optional_units(row.get("pending_quantity"))
    state = tables.STATUSES.get(word)
    plain = {OrderStatus.COMPLETE: quantity, OrderStatus.PENDING: 0, None: None}
    if state in plain:
        return plain[state]
    if state is OrderStatus.OPEN:
        return None if pending is None else max(0, quantity - pending - cancelled)
    if cancelled:
        return max(0, quantity - cancelled)
    if price(row.get("average_price")) is not None:
        return _filled_by_trades(account, row)
    return None if word.startswith("partially") else 0


def _filled_by_trades(account: Account, row: Mapping[str, Any]) -> int | None:
    """The sum of an order's fills: the last resort for a final order that says how dear it was and not how much."""
    try:
        fills = _detail(account, "trades", text_of(row, _REF), _order_id(row))
    except errors.OpenAlgoError:  # the order itself was read; one number that is missing must not cost the book
        return None
    return sum(units(fill.get("executed_quantity")) for fill in fills)


def _order_id(row: Mapping[str, Any]) -> str:
    order_id = text_of(row, "order_id")
    if not order_id:
        raise errors.UnreadableAnswer("ICICI Direct sent an order without an id.", broker="icici")
    return order_id


def _trade(account: Account, row: Mapping[str, Any]) -> Trade:
    symbol, exchange = wire.listing(account, row)
    return Trade(
        trade_id=None,
        order_id=_order_id(row),
        symbol=symbol,
        exchange=exchange,
        action=wire.action(row),
        quantity=units(row.get("quantity")),
        price=money(row.get("average_cost")),
        product=tables.PRODUCT_OF.get(text_of(row, "product_type").lower()),
        time=None,
    )
