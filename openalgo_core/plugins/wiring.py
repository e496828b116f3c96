"""The order service of one account, put together from its office."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..clock import day_of
from ..config import CoreSettings
from ..errors import SessionExpired
from ..exchange.calendar import market_hours
from ..guards.panel import GuardPanel
from ..journal import JournalKey
from ..models.instrument import Instrument
from ..models.order import Order
from ..models.vocabulary import Exchange
from ..orders.desk import Desk
from ..orders.reconcile import Reconciler
from ..orders.service import OrderService, OrderTools
from .market import last_price

if TYPE_CHECKING:
    from .office import Office

__all__ = ["order_service"]


def order_service(office: Office, user_id: str) -> OrderService:
    """The service for the user who is logged in; a different user gets another one, with journal entries of its own."""
    environment, settings, info = office.environment, office.settings, office.info
    key = JournalKey(info.name, environment.profile, user_id, environment.settings.base_url)
    panel = GuardPanel(_asked(settings), _guard_tables(settings))

    def call(hook: str, **arguments: Any) -> Any:
        try:
            return office.relay.call(hook, **arguments)
        except SessionExpired:
            office.keeper.forget()
            raise

    def read_order(row: Order) -> Order:
        found: Order = office.read("order_status", row=row)
        return found

    def price_of(instrument: Instrument) -> Decimal:
        return last_price(instrument, lambda wanted: office.read("quotes", instruments=wanted))

    reconciler = Reconciler(office.journal, key, info.tag, office.clock, office.order_book, _market_close, panel.tell)
    desk = Desk(
        broker=info.name,
        journal=office.journal,
        key=key,
        clock=office.clock,
        timeouts=settings.timeouts,
        panel=panel,
        reconciler=reconciler,
        open_line=office.open_line,
    )
    return OrderService(
        OrderTools(
            info=info,
            profile=environment.profile,
            user_id=user_id,
            home=office.paths.home,
            clock=office.clock,
            journal=office.journal,
            key=key,
            desk=desk,
            panel=panel,
            reconciler=reconciler,
            lookup=office.account_with(None).instruments,
            protection=settings.market_protection,
            algo_id=settings.algo_id,
            call=call,
            read_book=office.order_book,
            read_order=read_order if office.relay.has("order_status") else None,
            positions=lambda: office.read("positions"),
            last_price=price_of,
        )
    )


def _asked(settings: CoreSettings) -> list[str]:
    """The order rate is no question to a guard: the desk waits for a token of it. A guard without its limit is none."""
    guards = settings.guards
    return [name for name in guards.enabled if name != "order_rate" and getattr(guards, name, True) is not None]


def _guard_tables(settings: CoreSettings) -> Mapping[str, Mapping[str, Any]]:
    guards = settings.guards
    limits = {name: {"limit": getattr(guards, name)} for name in ("max_quantity", "max_value", "daily_loss")}
    return {**limits, **guards.options}


def _market_close(exchange: Exchange, moment: datetime) -> datetime | None:
    hours = market_hours(exchange, day_of(moment))
    return None if hours is None else hours[1]
