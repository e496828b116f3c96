"""Orders and what they lead to.

The three order writes are called exactly once for each intent, after it was journalled. Inside such a call the
account's `http` lets at most one request marked `write=True` through and refuses a second one, so that a plugin cannot
send an order twice even by mistake. What an exception means:

| raised | the core takes it as |
|---|---|
| `OrderRejected` | the broker said no: rejected |
| `AuthenticationError` and below, `RateLimited`, `NotSent` | proof that nothing was booked: not placed |
| anything else, once the write has left | unknown; reconciled against the order book |
| anything else, before the write has left | not placed; the exception is passed on |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .markers import hookspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..models.account import Account
    from ..models.instrument import Instrument
    from ..models.order import Order, Placed, Trade
    from ..models.portfolio import Funds, Holding, Margin, Position
    from ..models.request import OrderChange, OrderRequest


@hookspec(firstresult=True)
def place_order(account: Account, order: OrderRequest, instrument: Instrument, tag: str) -> Placed:
    """Send one new order.

    `order` has passed every check that the core can make, and is what the broker takes: product, price type and
    exchange are declared available. `tag` is 16 characters of `[A-Za-z0-9]`, new for each attempt; put it where the
    broker carries a text of the client's. A success without an order id is not a success: raise `UnreadableAnswer`.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def modify_order(account: Account, row: Order, change: OrderChange) -> Placed:
    """Change an open order. `row` is the order as the broker last showed it, with its `refs`.

    `change` holds only what differs; everything else is to stay as `row` says.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def cancel_order(account: Account, row: Order) -> Placed:
    """Withdraw an open order. Raises `OrderNotOpen` where the broker says that it is final or not there."""
    raise NotImplementedError


@hookspec(firstresult=True)
def order_book(account: Account) -> Sequence[Order]:
    """Today's orders, newest or oldest first as the broker has them. An unreadable book raises, never returns [].

    Of a long one `openalgo_core.rows` reads only the fields that are wanted, in a third of the time.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def order_status(account: Account, row: Order) -> Order:
    """One order as it stands now, where that is cheaper than the book. `row` is what the core knows of it."""
    raise NotImplementedError


@hookspec(firstresult=True)
def trade_book(account: Account) -> Sequence[Trade]:
    """Today's fills, one row each."""
    raise NotImplementedError


@hookspec(firstresult=True)
def positions(account: Account) -> Sequence[Position]:
    """Net positions, those closed today included with quantity 0."""
    raise NotImplementedError


@hookspec(firstresult=True)
def holdings(account: Account) -> Sequence[Holding]:
    """Shares held."""
    raise NotImplementedError


@hookspec(firstresult=True)
def funds(account: Account) -> Funds:
    """Money."""
    raise NotImplementedError


@hookspec(firstresult=True)
def margin(account: Account, order: OrderRequest, instrument: Instrument) -> Margin:
    """What an order would block, by the broker's own calculator. `available_cash` may be left to the core."""
    raise NotImplementedError
