"""`openalgo order` and `openalgo margin`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from ...errors import OpenAlgoError, OutcomeUnknown, Refused
from ...models import Action, CancelResult, Margin, OrderResult, PriceType, Product, Validity
from ..command import command, group
from ..options import Options
from ..output import emit, emit_list, print_details
from ..parameters import INSTRUMENT, Word, rupees
from ..session import broker_of
from ..shapes import CANCEL, MARGIN, ORDER_RESULT
from ..shapes import ORDER as ORDER_SHAPE
from ..tables import CANCELS, ORDER, ORDERS
from ..tables import MARGIN as MARGIN_COLUMNS
from ..text import money

__all__ = ["margin", "order"]

_NEVER_TWICE = "Do not send it again before you know. Run: openalgo journal reconcile"

_QUANTITY = click.option("--quantity", type=int, metavar="N", help="New total quantity, in units.")
_PRICE = click.option("--price", type=rupees, metavar="P", help="Limit price in rupees.")
_TRIGGER = click.option("--trigger-price", type=rupees, metavar="P", help="Price at which a stop order wakes up.")


_TYPE_HELP = "Default: LIMIT with --price, SL with --price and --trigger-price, SL-M with --trigger-price, else MARKET."
_ID_HELP = "Your own id. Repeating it gives the first outcome again, never a second order."

#: What `order place` and `margin` take, in the order of the help.
_ORDER_ARGUMENTS = (
    click.argument("name", metavar=INSTRUMENT),
    click.argument("action", type=Word(Action)),
    click.argument("quantity", metavar="QUANTITY", type=int),
    click.option("--product", type=Word(Product), help="Default: CNC on NSE and BSE, NRML elsewhere."),
    click.option("--type", "price_type", type=Word(PriceType), help=_TYPE_HELP),
    _PRICE,
    _TRIGGER,
    click.option("--validity", type=Word(Validity), default="DAY", show_default=True),
    click.option("--disclosed-quantity", type=int, metavar="N", default=0, help="What the market may see."),
    click.option("--id", "client_order_id", metavar="ID", help=_ID_HELP),
)


def _order_arguments(function: Callable[..., Any]) -> Callable[..., Any]:
    for decorate in reversed(_ORDER_ARGUMENTS):
        function = decorate(function)
    return function


@group("order")
def order() -> None:
    """Place, change, cancel and show orders.

    An order is sent once. What became of it is in the exit code: 0 the broker has it, 5 it said no, 6 nobody
    can tell yet. After 6 never simply repeat the command: `openalgo journal reconcile` asks the broker.
    """


@order.command(
    "place",
    examples=(
        "openalgo order place NSE:SBIN BUY 10",
        "openalgo order place NSE:SBIN BUY 10 --price 812.35 --product MIS --id morning-1",
        "openalgo order place NFO:NIFTY25AUG26FUT SELL 75 --trigger-price 24400 --price 24390",
    ),
)
@_order_arguments
@click.pass_obj
def place(options: Options, /, name: str, action: str, quantity: int, **terms: Any) -> None:
    """Place an order.

    QUANTITY is in units, never in lots.
    """
    with broker_of(options) as broker, _being_sent():
        result = broker.place_order(name, action, quantity, **terms)
    _tell(options, result)


@order.command(
    "modify",
    examples=(
        "openalgo order modify 26112000000001 --price 813",
        "openalgo order modify 26112000000001 --quantity 20",
    ),
)
@click.argument("order_id")
@_QUANTITY
@_PRICE
@_TRIGGER
@click.option("--type", "price_type", type=Word(PriceType), help="New type of the order.")
@click.pass_obj
def modify(options: Options, /, order_id: str, **change: Any) -> None:
    """Change an open order; what is not given stays as it is."""
    if all(value is None for value in change.values()):
        raise click.UsageError("Nothing to change: give --quantity, --price, --trigger-price or --type.")
    with broker_of(options) as broker, _being_sent():
        result = broker.modify_order(order_id, **change)
    _tell(options, result)


@order.command("cancel", examples=("openalgo order cancel 26112000000001", "openalgo order cancel --all"))
@click.argument("order_id", required=False)
@click.option("--all", "everything", is_flag=True, help="Every open order of this account.")
@click.pass_obj
def cancel(options: Options, order_id: str | None, everything: bool) -> None:
    """Cancel an order, or all that are open."""
    if everything == (order_id is not None):
        raise click.UsageError("Give either ORDER_ID or --all.")
    with broker_of(options) as broker, _being_sent():
        result = broker.cancel_all_orders() if order_id is None else broker.cancel_order(order_id)
    if isinstance(result, OrderResult):
        _tell(options, result)
        return
    emit_list(options, result, CANCEL, CANCELS, "No open orders.")
    _fail_for(result, broker.name)


@order.command("show", examples=("openalgo order show 26112000000001",))
@click.argument("order_id")
@click.pass_obj
def show(options: Options, order_id: str) -> None:
    """One order as it stands now."""
    with broker_of(options) as broker:
        row = broker.order(order_id)
    emit(options, row, ORDER_SHAPE, lambda found: print_details(found, ORDER))


@order.command("list", examples=("openalgo order list --json",))
@click.pass_obj
def list_orders(options: Options) -> None:
    """Today's orders."""
    with broker_of(options) as broker:
        rows = broker.orders()
    emit_list(options, rows, ORDER_SHAPE, ORDERS, "No orders today.")


@command(
    "margin",
    examples=("openalgo margin NFO:NIFTY25AUG26FUT BUY 75", "openalgo margin NSE:SBIN BUY 10 --json"),
)
@_order_arguments
@click.pass_obj
def margin(options: Options, /, name: str, action: str, quantity: int, **terms: Any) -> None:
    """What an order would block.

    Nothing is placed.
    """
    with broker_of(options) as broker:
        estimate = broker.margin(name, action, quantity, **terms)
    emit(options, estimate, MARGIN, _show_margin)


@contextmanager
def _being_sent() -> Iterator[None]:
    """Ctrl-C while an order is under way: it may have left, and the user is told how to find out."""
    try:
        yield
    except KeyboardInterrupt as interruption:
        interruption.add_note("The order may have been sent; run: openalgo journal reconcile")
        raise


def _tell(options: Options, result: OrderResult) -> None:
    """Prints the result; an unknown outcome is an error besides."""
    emit(options, result, ORDER_RESULT, _show_result)
    if result.status == "unknown":
        raise OutcomeUnknown(
            f"Nobody can tell yet what became of the order: {result.reason or 'no reason is known'}.",
            hint=_NEVER_TWICE,
            broker=result.broker,
        )


def _show_result(result: OrderResult) -> None:
    order_id = f"order {result.order_id}" if result.order_id else "no order id"
    click.echo(f"{result.status} by {result.broker}: {order_id} (own id {result.client_order_id})")


def _fail_for(results: Sequence[CancelResult], broker: str) -> None:
    """The exit code of a cancel-all: any unknown weighs more than any refusal."""
    for status, error in (("unknown", OutcomeUnknown), ("rejected", Refused)):
        count = sum(result.status == status for result in results)
        if count:
            raise _cancel_error(error, status, count, len(results), broker)


def _cancel_error(error: type[OpenAlgoError], status: str, count: int, total: int, broker: str) -> OpenAlgoError:
    return error(f"{count} of {total} cancellations: {status}.", hint="Run: openalgo order list", broker=broker)


def _show_margin(estimate: Margin) -> None:
    print_details(estimate, MARGIN_COLUMNS, *((name, money(part)) for name, part in estimate.components.items()))
