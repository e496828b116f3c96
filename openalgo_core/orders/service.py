"""Placing, changing and withdrawing orders: from a user's words to a draft on the desk."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from ..capabilities import Capability
from ..clock import Clock
from ..errors import NotSupported, OpenAlgoError, OrderNotOpen
from ..guards.context import OrderContext
from ..guards.panel import GuardPanel
from ..journal import Draft, Intent, Journal, JournalKey
from ..journal.matching import face_of
from ..models.account import Account
from ..models.broker import BrokerInfo
from ..models.instrument import Instrument, InstrumentLookup
from ..models.journal import IntentKind, Settlement
from ..models.order import CancelResult, Order, OrderResult
from ..models.portfolio import Position
from ..models.request import OrderChange, OrderRequest
from ..models.vocabulary import OrderStatus
from .changes import changed, difference
from .checks import check_change, check_supported
from .desk import Desk
from .prepare import prepare
from .reconcile import Reconciler

__all__ = ["OrderService", "OrderTools"]

#: Seconds between two looks at what other processes left behind.
_TIDY_PAUSE = 1.0
_TAG_BYTES = 8  # 16 characters of [0-9a-f]; 64 random bits never meet again within a day


@dataclass(frozen=True, slots=True)
class OrderTools:
    """What the service works with; one per account."""

    info: BrokerInfo
    profile: str
    user_id: str
    home: Path
    clock: Clock
    journal: Journal
    key: JournalKey
    desk: Desk
    panel: GuardPanel
    reconciler: Reconciler
    lookup: InstrumentLookup
    protection: Decimal | None
    algo_id: str | None
    #: Calls a hook of the plugin with the account of a write: (hook, account, arguments).
    call: Callable[..., Any]
    read_book: Callable[[], Sequence[Order]]
    read_order: Callable[[Order], Order] | None
    positions: Callable[[], Sequence[Position]]
    last_price: Callable[[Instrument], Decimal]


class OrderService:
    def __init__(self, tools: OrderTools) -> None:
        self._tools = tools
        self._tidied = False
        self._tidy_again = float("-inf")

    def place(self, order: OrderRequest, instrument: Instrument) -> OrderResult:
        """See `Broker.place_order`, which has checked the order."""
        tools = self._tools
        self._tidy()
        request = _canonical(order)
        if order.client_order_id is not None:
            earlier = tools.desk.recall(order.client_order_id, request)
            if earlier is not None:
                return earlier
        prepared = self._prepare(order, instrument)
        tools.panel.check(self._context(IntentKind.PLACE, prepared, instrument))
        tag = secrets.token_hex(_TAG_BYTES)
        draft = _draft(IntentKind.PLACE, prepared, order.client_order_id or tag, request=request, tag=tag)
        return tools.desk.send(draft, self._writer("place_order", order=prepared, instrument=instrument, tag=tag))

    def modify(self, order_id: str, change: OrderChange) -> OrderResult:
        """See `Broker.modify_order`."""
        tools = self._tools
        self._need(Capability.MODIFY_ORDER, "modify_order")
        self._tidy()
        row = self._open_row(order_id)
        wanted = changed(row, change)
        instrument = tools.lookup.get(row.exchange, row.symbol)
        check_supported(wanted, tools.info)
        check_change(change, instrument)
        prepared = self._prepare(wanted, instrument)
        tools.panel.check(self._context(IntentKind.MODIFY, prepared, instrument))
        changes = difference(row, prepared)
        draft = _draft(IntentKind.MODIFY, prepared, self._client_id(row), request=changes.model_dump_json(), row=row)
        return tools.desk.send(draft, self._writer("modify_order", row=row, change=changes))

    def cancel(self, order_id: str) -> OrderResult:
        """See `Broker.cancel_order`."""
        self._need(Capability.CANCEL_ORDER, "cancel_order")
        self._tidy()
        return self._cancel(self._open_row(order_id))

    def cancel_all(self) -> list[CancelResult]:
        """See `Broker.cancel_all_orders`."""
        self._need(Capability.CANCEL_ORDER, "cancel_order")
        self._tidy()
        return [self._cancel_one(row) for row in self._tools.read_book() if not row.status.is_final]

    def order(self, order_id: str) -> Order:
        """The order as the broker shows it now. Raises `OrderNotOpen` if the broker does not know it."""
        tools = self._tools
        placed = tools.journal.placed(tools.key, order_id)
        row = None
        if tools.read_order is not None and placed is not None and placed.draft.refs:
            row = tools.read_order(_row_of(placed))
        else:
            row = next((row for row in tools.read_book() if row.order_id == order_id), None)
        if row is None:
            raise OrderNotOpen(
                f"{tools.info.title} shows no order {order_id} today.",
                hint="See: openalgo order list",
                broker=tools.info.name,
            )
        return row if placed is None else replace(row, client_order_id=placed.draft.client_order_id)

    def client_ids(self) -> Mapping[str, str]:
        """Today's client order ids by the broker's order id."""
        return self._tools.journal.client_ids(self._tools.key)

    def reconcile(self) -> list[Settlement]:
        return self._tools.reconciler.settle_all(self._tools.reconciler.leftovers())

    # -- inside ----------------------------------------------------------------------------------------------------

    def _tidy(self) -> None:
        """Settle what an earlier process left behind. Everything at the first order of this process; afterwards only
        what crashed meanwhile, so that an old unknown does not cost a look at the book with every order; and a crash a
        moment ago need not be found by each order of a burst."""
        now = self._tools.clock.monotonic()
        if now < self._tidy_again:
            return
        self._tidy_again = now + _TIDY_PAUSE
        reconciler = self._tools.reconciler
        left = reconciler.leftovers(crashed_only=self._tidied)
        try:
            if left:
                reconciler.settle_all(left)
            if not self._tidied:
                self._tools.journal.archive_old()
        except OpenAlgoError:
            # The book cannot be read now. The entries stay as they are, and a new order does not depend on them.
            return
        finally:
            self._tidied = True

    def _prepare(self, order: OrderRequest, instrument: Instrument) -> OrderRequest:
        tools = self._tools
        return prepare(
            order,
            instrument,
            tools.info,
            protection=tools.protection,
            algo_id=tools.algo_id,
            last_price=lambda: tools.last_price(instrument),
        )

    def _writer(self, hook: str, **arguments: Any) -> Callable[[Account], Any]:
        return lambda account: self._tools.call(hook, account=account, **arguments)

    def _cancel(self, row: Order) -> OrderResult:
        tools = self._tools
        instrument = tools.lookup.get(row.exchange, row.symbol)
        tools.panel.check(self._context(IntentKind.CANCEL, row, instrument))
        draft = _draft(IntentKind.CANCEL, row, self._client_id(row), request="{}", row=row)
        return tools.desk.send(draft, self._writer("cancel_order", row=row))

    def _cancel_one(self, row: Order) -> CancelResult:
        status: Literal["acknowledged", "rejected", "unknown"]
        try:
            result = self._cancel(row)
            status, reason = result.status, result.reason
        except OpenAlgoError as error:
            status, reason = "rejected", error.message
        return CancelResult(row.order_id, status, reason)

    def _open_row(self, order_id: str) -> Order:
        row = self.order(order_id)
        if row.status.is_final:
            raise OrderNotOpen(f"Order {order_id} is {row.status} already.", broker=self._tools.info.name)
        return row

    def _client_id(self, row: Order) -> str:
        """Ours where we know one, else the broker's; a row that `order` has read carries it already."""
        if row.client_order_id is not None:
            return row.client_order_id
        placed = self._tools.journal.placed(self._tools.key, row.order_id)
        return row.order_id if placed is None else placed.draft.client_order_id

    def _need(self, capability: Capability, hook: str) -> None:
        if not self._tools.info.support(capability).available:
            raise NotSupported(f"{self._tools.info.title} offers no {hook}.", broker=self._tools.info.name)

    def _context(self, kind: IntentKind, order: OrderRequest | Order, instrument: Instrument) -> OrderContext:
        tools = self._tools
        asked = _Asked(tools, instrument)
        return OrderContext(
            kind=kind,
            broker=tools.info.name,
            profile=tools.profile,
            user_id=tools.user_id,
            instrument=instrument,
            action=order.action,
            quantity=order.quantity,
            product=order.product,
            price_type=order.price_type,
            price=order.price,
            trigger_price=order.trigger_price,
            last_price=lambda: asked.last_price,
            positions=lambda: asked.positions,
            clock=tools.clock,
            home=tools.home,
        )


class _Asked:
    """What guards ask the broker for, at most once per order however many guards ask."""

    def __init__(self, tools: OrderTools, instrument: Instrument) -> None:
        self._tools = tools
        self._instrument = instrument

    @cached_property
    def last_price(self) -> Decimal:
        return self._tools.last_price(self._instrument)

    @cached_property
    def positions(self) -> Sequence[Position]:
        return self._tools.positions()


def _canonical(order: OrderRequest) -> str:
    return order.model_dump_json(exclude={"client_order_id", "algo_id"})


def _draft(
    kind: IntentKind,
    order: OrderRequest | Order,
    client_order_id: str,
    *,
    request: str,
    tag: str | None = None,
    row: Order | None = None,
) -> Draft:
    return Draft(
        kind=kind,
        client_order_id=client_order_id,
        request=request,
        symbol=order.symbol,
        exchange=order.exchange,
        action=order.action,
        quantity=order.quantity,
        product=order.product,
        price_type=order.price_type,
        price=order.price,
        trigger_price=order.trigger_price,
        validity=order.validity,
        tag=tag,
        order_id=row.order_id if row else None,
        refs=row.refs if row else {},
        before=face_of(row) if row else None,
    )


def _row_of(intent: Intent) -> Order:
    """What the journal knows of an order, as a row for `order_status`."""
    draft = intent.draft
    assert draft.order_id is not None
    return Order(
        order_id=draft.order_id,
        symbol=draft.symbol,
        exchange=draft.exchange,
        action=draft.action,
        quantity=draft.quantity,
        filled_quantity=None,
        price=draft.price,
        trigger_price=draft.trigger_price,
        average_price=None,
        product=draft.product,
        price_type=draft.price_type,
        validity=draft.validity,
        status=OrderStatus.PENDING,
        reason=None,
        time=intent.created_at,
        client_order_id=draft.client_order_id,
        tag=draft.tag,
        refs=draft.refs,
    )
