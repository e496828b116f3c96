"""What a case works with: a broker that is logged in, what its exchange has really booked, and instruments to trade."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from ...capabilities import Capability
from ...clock import Clock
from ...errors import OpenAlgoError
from ...exchange import BookOrder
from ...models import (
    Account,
    BrokerInfo,
    Exchange,
    Instrument,
    InstrumentKind,
    Master,
    MasterRow,
    Order,
    OrderRequest,
    OrderStatus,
    Placed,
    PriceType,
    Product,
    Quote,
    Session,
)
from ...numbers import share_tick
from ...orders.terms import OrderTerms, order_request
from ...plugins.broker import Broker
from ...plugins.loading import load_named_broker
from ...simulation import TEST_ACCOUNT, Simulation, TestAccount
from ..bench import new_broker, simulating, trader
from ..clocks import StandingClock
from ..wire import Wire, learn_wire, requests_of
from .cases import markets

__all__ = ["Stand", "expect", "forget_plugins", "info_of", "stand_of"]

#: Shares that every broker lists; the first one there is goes before any other.
_USUAL = ("SBIN", "RELIANCE", "INFY", "TCS")


def expect(holds: object, did: str, expected: str) -> None:
    """Raise `AssertionError` that says what the broker did and what was expected, unless it `holds`."""
    __tracebackhide__ = True
    if not holds:
        raise AssertionError(f"{did}\nexpected: {expected}")


@lru_cache
def info_of(name: str) -> BrokerInfo:
    """What an installed plugin declares."""
    return load_named_broker(name).info


@dataclass
class Stand:
    """One trader of one broker, and the other side of the wire.

    `simulation` is `None` for a broker that books on this machine (`hosts=()`): what it has booked is then known from
    its own book alone.
    """

    name: str
    clock: Clock
    home: Path
    simulation: Simulation | None
    broker: Broker
    account: TestAccount = TEST_ACCOUNT
    unlisted: Collection[Exchange] = ()
    _prices: dict[Instrument, Decimal] = field(default_factory=dict)
    _samples: dict[Exchange, Instrument] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)

    @property
    def info(self) -> BrokerInfo:
        return self.broker.info

    @property
    def simulator(self) -> Simulation:
        """Raises `AssertionError` where there is none: the case forgot to need `a_wire`."""
        assert self.simulation is not None, f"{self.name} has no simulator"
        return self.simulation

    @cached_property
    def wire(self) -> Wire:
        """What its requests look like; learnt once for all stands of the broker."""
        return _wire_of(self.name)

    def another(self, *, profile: str = "default", variables: Mapping[str, str] | None = None) -> Broker:
        """The same home and account opened once more, as by a second process."""
        return new_broker(self.name, self.simulation, self.home, clock=self.clock, profile=profile, variables=variables)

    # -- the other side --------------------------------------------------------------------------------------------

    def booked(self) -> Sequence[BookOrder | Order]:
        """What the exchange has booked for the test account, whatever the plugin says about it."""
        if self.simulation is None:
            book: Sequence[Order] = self.call("order_book")
            return book
        return self.simulation.setup.exchange.account(self.account.user_id).orders()

    @contextmanager
    def booking(self) -> Iterator[list[BookOrder | Order]]:
        """Collects what is booked while the block lasts, also if it raises."""
        before = {row.order_id for row in self.booked()}
        new: list[BookOrder | Order] = []
        try:
            yield new
        finally:
            new.extend(row for row in self.booked() if row.order_id not in before)

    def at_exchange(self, order_id: str) -> BookOrder | Order:
        """What the exchange has booked under an id that the plugin gave; brokers number orders in ways of their own."""
        rows = [row for row in self.booked() if row.order_id == self._ids[order_id]]
        expect(len(rows) == 1, f"the exchange has {len(rows)} orders with the id {order_id}", "one")
        return rows[0]

    def same_order(self, new_id: str, old_id: str) -> None:
        """The plugin says that an order has another id now."""
        self._ids[new_id] = self._ids[old_id]

    def make(self, order_id: str, status: OrderStatus, reason: str | None = None, fill: int = 0) -> None:
        """Let the exchange fill, reject or cancel an order. There must be a simulator."""
        books = self.simulator.setup.exchange.account(self.account.user_id)
        books.force(self._ids[order_id], status, reason, fill)

    def seen(self) -> int:
        """Requests so far."""
        return 0 if self.simulation is None or self.simulation.proxy is None else len(self.simulation.proxy.seen)

    def addresses(self) -> list[str]:
        """Path and query of every request so far."""
        proxy = self.simulator.proxy
        return [] if proxy is None else [one.path for one in proxy.seen]

    def fault(self, *faults: str) -> None:
        self.simulator.fault(*faults)

    def waiting_faults(self) -> list[str]:
        """Faults that have not happened, which are then forgotten."""
        if self.simulation is None or self.simulation.proxy is None:
            return []
        scripts = (self.simulation.proxy.script, self.simulation.setup.script)
        return [f"{fault.kind}@{fault.path}" for script in scripts for fault in script.clear()]

    def tidy(self) -> None:
        """Withdraw whatever is open, without the plugin where there is an exchange behind it."""
        for row in self.booked():
            if row.status.is_final:
                continue
            if self.simulation is None:
                self.broker.cancel_order(row.order_id)
            else:
                self.simulation.setup.exchange.account(self.account.user_id).cancel(row.order_id)

    def requests(self, act: Callable[[], object]) -> tuple[str, ...]:
        """What goes over the wire while it is done, as texts that faults are aimed by."""
        return requests_of(self.simulator, act)

    # -- hooks -----------------------------------------------------------------------------------------------------

    def call(self, hook: str, **arguments: Any) -> Any:
        """A hook of the plugin, called with the account of a read."""
        return self.broker.office.relay.call(hook, account=self.broker.office.keeper.account(), **arguments)

    def call_with(self, session: Session | None, hook: str, **arguments: Any) -> Any:
        """A hook of the plugin, called with that session."""
        office = self.broker.office
        return office.relay.call(hook, account=office.account_with(session), **arguments)

    def write(self, hook: str, **arguments: Any) -> Any:
        """A hook of the plugin, called with the account of an order write."""
        subject: Order | OrderRequest = arguments.get("row") or arguments["order"]
        line = self.broker.office.open_line(subject.exchange, lambda: None)
        return self.broker.office.relay.call(hook, account=line.account, **arguments)

    def has(self, hook: str) -> bool:
        return self.broker.office.relay.has(hook)

    # -- instruments -----------------------------------------------------------------------------------------------

    @cached_property
    def master(self) -> Master:
        """The broker's instrument file as its plugin reads it, all rows in a list."""
        account: Account = self.broker.office.keeper.account()
        master: Master = self.broker.office.relay.call("instruments", account=account, known=None)
        master.rows = list(map(MasterRow._make, master.rows))
        return master

    @property
    def rows(self) -> list[MasterRow]:
        return cast("list[MasterRow]", self.master.rows)

    def sample(self, exchange: Exchange | None = None) -> Instrument:
        """An instrument of the exchange that has a price; by default a share, else whatever the broker trades.

        Raises `AssertionError` where the simulator's instrument file lists none.
        """
        if exchange is None:
            exchange = min(self.tradable(), key=lambda one: (not one.is_cash, one != Exchange.NSE, one))
        if exchange not in self._samples:
            self._samples[exchange] = self._sample_of(exchange)
        return self._samples[exchange]

    def tradable(self) -> list[Exchange]:
        """The exchanges on which there is something to trade."""
        return [exchange for exchange in markets(self.info) if exchange not in self.unlisted]

    def _sample_of(self, exchange: Exchange) -> Instrument:
        listed = [row for row in self.rows if row.exchange == exchange]
        listed.sort(key=lambda row: (row.symbol not in _USUAL, row.kind not in (InstrumentKind.EQ, InstrumentKind.FUT)))
        for row in listed[:8]:
            instrument = self.broker.office.instruments().find(row.exchange, row.symbol)
            if instrument is not None and self._has_price(instrument):
                return instrument
        raise AssertionError(f"the simulator of {self.name} lists nothing with a price on {exchange}")

    def _has_price(self, instrument: Instrument) -> bool:
        try:
            self.last_price(instrument)
        except (OpenAlgoError, AssertionError):
            return False
        return True

    # -- prices ----------------------------------------------------------------------------------------------------

    def last_price(self, instrument: Instrument) -> Decimal:
        """As first seen; while the clock stands, so do prices."""
        if instrument not in self._prices:
            self._prices[instrument] = self._priced(instrument)
        return self._prices[instrument]

    def _priced(self, instrument: Instrument) -> Decimal:
        (answer,) = self.broker.quotes([str(instrument)])
        if not isinstance(answer, Quote) or not answer.ltp:
            raise AssertionError(f"{self.name} gives no last price of {instrument}: {answer}")
        return answer.ltp

    def price(self, instrument: Instrument, share: str) -> Decimal:
        """That share of the last price, on a tick."""
        wanted = self.last_price(instrument) * Decimal(share)
        tick = instrument.tick_size or share_tick(wanted)
        return max(tick, wanted // tick * tick)

    def product(self, exchange: Exchange) -> Product:
        """One that the broker takes on that exchange."""
        usual = Product.CNC if exchange.is_cash else Product.NRML
        return usual if self.info.support(Capability(usual.value)).available else Product.MIS

    def terms(self, instrument: Instrument, price_type: PriceType = PriceType.LIMIT) -> dict[str, Any]:
        """Terms of a BUY order that rests (a MARKET one is filled)."""
        terms: dict[str, Any] = {"product": self.product(instrument.exchange), "price_type": price_type}
        if price_type is PriceType.LIMIT:
            terms["price"] = self.price(instrument, "0.97")
        if price_type.needs_trigger:
            terms["trigger_price"] = self.price(instrument, "1.02")
        if price_type is PriceType.SL:
            terms["price"] = self.price(instrument, "1.03")
        return terms

    def place(self, instrument: Instrument | None = None, **changes: Any) -> str:
        """A BUY of one lot that rests below the market; its order id."""
        instrument = instrument or self.sample()
        quantity = changes.pop("quantity", instrument.lot_size)
        terms = {**self.terms(instrument), **changes}
        with self.booking() as booked:
            result = self.broker.place_order(str(instrument), "BUY", quantity, **terms)
        expect(
            result.status == "acknowledged" and result.order_id,
            f"placing a plain order ended {result.status}: {result.reason}",
            "acknowledged, with an order id",
        )
        order_id = str(result.order_id)
        if booked:
            self._ids[order_id] = booked[-1].order_id
        return order_id

    def place_elsewhere(self) -> str:
        """The same through the plugin's hook alone, as another program might: our journal knows nothing of it."""
        instrument = self.sample()
        order = order_request(str(instrument), "BUY", instrument.lot_size, cast(OrderTerms, self.terms(instrument)))
        order = order.model_copy(update={"algo_id": self.info.algo_ids.get(instrument.exchange)})
        with self.booking() as booked:
            placed: Placed = self.write("place_order", order=order, instrument=instrument, tag="f0f0f0f0f0f0f0f0")
        self._ids[placed.order_id] = booked[-1].order_id
        return placed.order_id

    def buy(self, instrument: Instrument | None = None, **changes: Any) -> str:
        """A BUY that is filled at once; its order id."""
        instrument = instrument or self.sample()
        return self.place(instrument, price=self.price(instrument, "1.02"), **changes)

    def row(self, order_id: str) -> Order:
        """That order in the broker's book, exactly once."""
        rows = [row for row in self.broker.orders() if row.order_id == order_id]
        expect(len(rows) == 1, f"the book shows order {order_id} {len(rows)} times", "once")
        return rows[0]


@contextmanager
def stand_of(
    name: str,
    *,
    clock: Clock | None = None,
    account: TestAccount = TEST_ACCOUNT,
    limited: bool = True,
    logged_in: bool = True,
    unlisted: Collection[Exchange] = (),
) -> Iterator[Stand]:
    """A stand of its own. Leaving fails for what the simulator did not expect of its client.

    `limited`: the broker counts requests. `logged_in`: there is a session, and instruments are fetched.
    """
    clock = clock or StandingClock()
    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(prefix="openalgo-", ignore_cleanup_errors=True)))
        simulation = None
        if info_of(name).hosts:
            simulation = stack.enter_context(simulating(name, clock, account=account, enforce_rate_limits=limited))
        opened = (trader if logged_in else new_broker)(name, simulation, home, clock=clock)
        broker = stack.enter_context(opened)
        yield Stand(name, clock, home, simulation, broker, account, unlisted)


@lru_cache
def _wire_of(name: str) -> Wire:
    with stand_of(name) as stand:
        return learn_wire(stand.broker, stand.simulator, str(stand.sample()))


def forget_plugins() -> None:
    """What was found out of installed plugins: another one may be there now."""
    info_of.cache_clear()
    _wire_of.cache_clear()
