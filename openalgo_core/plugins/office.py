"""Everything behind one `Broker`: made when it is first needed, closed together.

The one place where stores, transport, journal, guards and the plugin meet.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from ..clock import IST, Clock, next_ist
from ..errors import LoginRequired
from ..models.broker import BrokerInfo, RateLimit
from ..store.instruments import InstrumentStore
from .keeper import SessionKeeper
from .reader import Reader, not_supported
from .relay import Relay
from .views import Line, Lookup, Prices

if TYPE_CHECKING:
    from ..config import CoreSettings, Environment, Paths
    from ..journal import Journal
    from ..models.account import Account
    from ..models.journal import JournalEntry
    from ..models.login import LoginField
    from ..models.order import Order
    from ..models.session import Session
    from ..models.sync import SyncResult
    from ..models.vocabulary import Exchange
    from ..orders.service import OrderService
    from ..secrets import Secret
    from ..store.sessions import SessionStore
    from ..transport import HttpClient, Limiter
    from .broker import Broker
    from .loading import Loaded

__all__ = ["Office"]

#: Brokers publish the instruments of the day before this.
_MASTER_CUTOFF = time(8, 0)


class Office:
    """Wires one plugin, one profile and one configuration together. Safe for many threads."""

    def __init__(
        self,
        loaded: Loaded,
        environment: Environment,
        paths: Paths,
        settings: CoreSettings,
        clock: Clock,
        *,
        prices: Broker | None = None,
    ) -> None:
        self.loaded = loaded
        self.info: BrokerInfo = loaded.info
        self.environment = environment
        self.paths = paths
        self.settings = settings
        self.clock = clock
        self._prices = prices
        self._lock = threading.RLock()
        self._services: dict[str, OrderService] = {}
        self._current_until = datetime.min.replace(tzinfo=IST)

    # -- parts -----------------------------------------------------------------------------------------------------

    @cached_property
    def relay(self) -> Relay:
        return Relay(self.info.name, self.loaded.module)

    @cached_property
    def keeper(self) -> SessionKeeper:
        return SessionKeeper(
            info=self.info,
            profile=self.environment.profile,
            base_url=self.environment.settings.base_url,
            relay=self.relay,
            store=lambda: self.sessions,
            clock=self.clock,
            account_with=self.account_with,
            unattended=self._unattended,
        )

    @cached_property
    def read(self) -> Reader:
        """Calls a read hook: `read("funds")`."""
        return Reader(self.info, self.relay, self.keeper, self.clock)

    @cached_property
    def sessions(self) -> SessionStore:
        from ..store.crypto import Vault
        from ..store.sessions import SessionStore

        vault = Vault(self.paths, os.environ, self.settings.session_key)
        return SessionStore(self.paths.directory("sessions"), vault, self.clock)

    @cached_property
    def http(self) -> HttpClient:
        return self._client(self.settings.timeouts.connect, self.settings.timeouts.read)

    def _client(self, connect_timeout: float, read_timeout: float) -> HttpClient:
        from ..transport import HttpClient

        return HttpClient(
            broker=self.info.name,
            hosts=self.info.hosts,
            base_url=self.environment.settings.base_url,
            proxy=self.environment.proxy,
            source_ip=self.environment.source_ip,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            limiter=self.limiter,
        )

    @cached_property
    def limiter(self) -> Limiter:
        """Counts the broker's limits, and the exchanges' on orders a second, for all processes of the machine."""
        from ..transport import Limiter

        per_second = RateLimit(self.settings.guards.orders_per_second, 1)
        groups = {_pace_group(exchange): (per_second,) for exchange in self.info.exchanges} | dict(
            self.info.rate_limits
        )
        path = self.paths.directory() / "limits.sqlite"
        return Limiter(path, self.scope, groups, clock=self.clock, max_wait=self.settings.timeouts.rate_wait)

    @cached_property
    def journal(self) -> Journal:
        from ..journal import Journal

        return Journal(self.paths.home / "journal", self.clock, durability=self.settings.durability)

    @property
    def scope(self) -> str:
        """Which account this is, whoever is logged in: broker, profile and base URL."""
        base = self.environment.settings.base_url
        return f"{self.info.name}/{self.environment.profile}@{base or 'live'}"

    # -- accounts --------------------------------------------------------------------------------------------------

    def account_with(self, session: Session | None) -> Account:
        """What a read hook receives."""
        return self._account(session, self.http)

    def open_line(self, exchange: Exchange, on_send: Callable[[], None]) -> Line:
        """What an order write receives: an account that lets one write through, at the exchange's own pace.

        A broker without hosts books on this machine, without a request that could be watched: from the moment at which
        its hook is called nothing proves any more that it did not.
        """
        session = self.keeper.session()
        pace = _pace_group(exchange)
        if not self.info.hosts:
            self.limiter.acquire(pace)
            on_send()
            return Line(self._account(session, self.http), lambda: True)
        writer = self.http.for_write(on_send, pace)
        return Line(self._account(session, writer), lambda: writer.sent)

    def _account(self, session: Session | None, http: Any) -> Account:
        from ..models.account import Account

        return Account(
            broker=self.info.name,
            profile=self.environment.profile,
            settings=self.environment.settings,
            http=http,
            instruments=Lookup(self),
            clock=self.clock,
            session=session,
            state_directory=self._state_directory,
            prices=None if self._prices is None else Prices(self._prices),
        )

    @cached_property
    def _state_directory(self) -> str:
        return str(self.paths.home / "state" / self.info.name / self.environment.profile)

    def _unattended(self, fields: Sequence[LoginField]) -> Mapping[str, Secret] | None:
        from ..login.fields import unattended

        return unattended(self, fields)

    # -- instruments -----------------------------------------------------------------------------------------------

    def instruments(self) -> InstrumentStore:
        """The instrument table, fetched first where there is none. The paper broker's rolls on by itself each day."""
        if self._prices is not None:
            return self._prices.office.instruments()
        store = self._store
        if not store.exists or self._is_out_of_date:
            with self._lock:
                if not store.exists or self._is_out_of_date:
                    self.sync(None)
                    self._current_until = next_ist(self.clock.now(), _MASTER_CUTOFF)
        return store

    @property
    def _is_out_of_date(self) -> bool:
        """Only of a broker without a login; elsewhere a trader says when to fetch."""
        if self.keeper.needed or self.clock.now() < self._current_until:
            return False
        if not self.instruments_are_stale:
            self._current_until = next_ist(self.clock.now(), _MASTER_CUTOFF)
            return False
        return True

    @property
    def instruments_synced_at(self) -> datetime | None:
        """When the table was last fetched, or confirmed to be the broker's; `None` if never."""
        known = self._store.known()
        return None if known is None else known.synced_at

    @property
    def instruments_are_stale(self) -> bool:
        """Whether the table is missing or older than the last 08:00 IST."""
        known = self._store.known()
        return known is None or known.synced_at < next_ist(self.clock.now(), _MASTER_CUTOFF) - timedelta(days=1)

    def sync(self, progress: Callable[[int], None] | None) -> SyncResult:
        """See `Broker.sync_instruments`."""
        from ..models.master import Master
        from ..models.sync import SyncResult

        if self._prices is not None:
            return self._prices.sync_instruments(progress)
        if not self.relay.has("instruments"):
            raise not_supported(self.info, "instruments")
        begun = self.clock.monotonic()
        answer = self.relay.call("instruments", account=self._account_if_any(), known=self._store.known())
        unchanged = not isinstance(answer, Master)
        if isinstance(answer, Master):
            now = self.clock.now()
            stored = self._store.replace(
                answer.rows, stamp=answer.stamp, source_time=answer.source_time, now=now, progress=progress
            )
            skipped = {**answer.skipped, **stored.skipped}
        else:
            stored = self._store.confirm(self.clock.now())
            skipped = {}
        seconds = self.clock.monotonic() - begun
        return SyncResult(self.info.name, stored.rows, seconds, unchanged, stored.source_time, skipped)

    @cached_property
    def _store(self) -> InstrumentStore:
        name, base = self.info.name, self.environment.settings.base_url
        if base is not None:
            from hashlib import sha256  # here, because it imports OpenSSL

            name += f"-{sha256(base.encode()).hexdigest()[:12]}"
        return InstrumentStore(self.paths.directory("instruments") / f"{name}.sqlite")

    def _account_if_any(self) -> Account:
        """Most brokers give their instrument file to anybody; where one does not, its plugin asks for the session."""
        try:
            return self.keeper.account()
        except LoginRequired:
            return self.account_with(None)

    # -- orders ----------------------------------------------------------------------------------------------------

    def orders(self) -> OrderService:
        """The order service of whoever is logged in."""
        session = self.keeper.session()
        user = session.user_id if session is not None else "nobody"
        with self._lock:
            if user not in self._services:
                from .wiring import order_service  # here, because a read needs nothing of it

                self._services[user] = order_service(self, user)
            return self._services[user]

    def order_book(self, within: float | None = None) -> Sequence[Order]:
        """Today's orders. With `within`, one try on a connection of its own that gives up after so many seconds: a
        trader who waits for an answer to an order must not wait for the book longer than that."""
        if within is None:
            book: Sequence[Order] = self.read("order_book")
            return book
        timeouts = self.settings.timeouts
        half = max(0.1, round(within / 2, 1))
        hurried = self._client(min(timeouts.connect, half), min(timeouts.read, half))
        try:
            book = self.read.once("order_book", {}, self._account(self.keeper.session(), hurried))
        finally:
            hurried.close()
        return book

    def client_ids(self) -> Mapping[str, str]:
        """Today's client order ids by broker's order id."""
        return self.orders().client_ids()

    def journal_entries(self, **filters: Any) -> list[JournalEntry]:
        found = self.journal.entries(broker=self.info.name, profile=self.environment.profile, **filters)
        return [intent.entry() for intent in found]

    def halt(self, reason: str) -> None:
        from ..guards import kill_switch

        kill_switch.halt(self.paths.directory(), reason)

    def resume(self) -> None:
        from ..guards import kill_switch

        kill_switch.resume(self.paths.home)

    # -- the rest --------------------------------------------------------------------------------------------------

    def relocate(self, url: str) -> str:
        """A page of the broker's, moved to BROKER_BASE_URL where that is set."""
        base = self.environment.settings.base_url
        if base is None:
            return url
        parts = urlsplit(url)
        return urlunsplit((*urlsplit(base)[:2], parts.path, parts.query, ""))

    def close(self) -> None:
        for part in ("http", "limiter", "journal", "_store"):
            made = self.__dict__.pop(part, None)
            if made is not None:
                made.close()
        self._services.clear()
        if self._prices is not None:
            self._prices.close()


def _pace_group(exchange: Exchange) -> str:
    return f"orders of {exchange}"
