"""The steps of a demo, each checked against what must be so after it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from ..capabilities import Capability
from ..errors import InstrumentNotFound, OpenAlgoError
from ..models import Action, Instrument, IntentState, Order, OrderResult, OrderStatus, PriceType, Product, Quote
from .recorder import Exchange
from .stage import Stage, set_up

if TYPE_CHECKING:
    from ..models import LoginField, Status

__all__ = ["Step", "run_demo"]

#: Shares that every broker lists; the first one that the broker knows is traded.
_SHARES = ("NSE:SBIN", "NSE:RELIANCE", "NSE:INFY", "NSE:TCS")
#: Far enough below the price to rest in the book, near enough for every price band.
_RESTING, _LOWER = Decimal("0.97"), Decimal("0.96")
_TICK = Decimal("0.05")
#: Seconds that a market order may take to fill, and between two looks at it.
_PATIENCE, _PAUSE = 10.0, 0.25


@dataclass(frozen=True, slots=True)
class Step:
    """What a step did, whether everything it must have changed has changed, and what went over the wire."""

    step: str
    ok: bool
    detail: str
    requests: tuple[Exchange, ...]


class CheckFailed(Exception):
    """Something is not as it must be."""


def run_demo(broker: str, *, show: Callable[[Step], None]) -> bool:
    """Play the whole day and `show` each step when it is done; true only if every check held.

    It stops at the first step that fails, because the next ones build on it. Raises what `simulator_of` and
    `connect` raise where there is nothing to play with.
    """
    with set_up(broker) as stage:
        for step in _played(stage):
            show(step)
            if not step.ok:
                return False
    return True


def _played(stage: Stage) -> Iterator[Step]:
    for name, act in _Day(stage).acts:
        try:
            ok, detail = True, act()
        except CheckFailed as failure:
            ok, detail = False, str(failure)
        except OpenAlgoError as error:
            ok, detail = False, f"{error.kind}: {error.message}"
        if ok and stage.surprises:
            ok, detail = False, f"the simulator did not expect this: {'; '.join(stage.surprises)}"
        yield Step(name, ok, detail, stage.requests())


class _Day:
    """One trading day; what a step finds out is kept for the next ones."""

    def __init__(self, stage: Stage) -> None:
        self._broker = stage.broker
        self._instrument: Instrument
        self._ltp: Decimal
        self._cash: Decimal
        self._resting: str
        self._filled: str

    @property
    def acts(self) -> tuple[tuple[str, Callable[[], str]], ...]:
        return (
            ("login", self.login),
            ("sync", self.sync),
            ("quote", self.quote),
            ("funds", self.funds_before),
            ("place", self.place),
            ("book", self.book),
            ("modify", self.modify),
            ("cancel", self.cancel),
            ("fill", self.fill),
            ("trades", self.trades),
            ("positions", self.positions),
            ("holdings", self.holdings),
            ("funds after", self.funds_after),
            ("journal", self.journal),
            ("logout", self.logout),
        )

    # -- getting ready ---------------------------------------------------------------------------------------------

    def login(self) -> str:
        if not self._needs_login:
            _check(self._broker.status().logged_in, "nobody is logged in")
            return f"{self._broker.name} needs no login"
        fields = self._broker.login_fields()
        status = self._log_in(fields) if fields else self._log_in_on_page()
        _check(status.logged_in, "nobody is logged in")
        return f"logged in as {status.user_id}"

    def _log_in_on_page(self) -> Status:
        from .browser import visit

        state = secrets.token_urlsafe()
        answer = visit(self._broker.login_url(state), self._broker.settings, self._broker.office.clock)
        return self._broker.complete_web_login(answer, state)

    def _log_in(self, fields: Sequence[LoginField]) -> Status:
        from ..login import unattended

        answers = unattended(self._broker.office, fields)
        if answers is None:
            raise CheckFailed("the test account does not answer every question of the login")
        late = {field.name for field in fields if field.after_request}
        if late:
            self._broker.request_otp({name: answer for name, answer in answers.items() if name not in late})
        return self._broker.login(answers)

    def sync(self) -> str:
        result = self._broker.sync_instruments()
        _check(result.rows > 0, "the instrument file is empty")
        self._instrument = self._share()
        return f"{result.rows} instruments"

    def _share(self) -> Instrument:
        for name in _SHARES:
            try:
                return self._broker.instrument(name)
            except InstrumentNotFound:
                continue
        raise CheckFailed(f"none of {', '.join(_SHARES)} is listed")

    def quote(self) -> str:
        (answer,) = self._broker.quotes([str(self._instrument)])
        if not isinstance(answer, Quote):
            raise CheckFailed(f"there is no quote: {answer.error}")
        if not answer.ltp:
            raise CheckFailed("the quote has no last price")
        self._ltp = answer.ltp
        return f"{self._instrument} at {self._ltp:.2f}"

    def funds_before(self) -> str:
        self._cash = self._available_cash()
        _check(self._cash > 0, "there is no cash to trade with")
        return f"{self._cash:.2f} available"

    # -- an order that rests ---------------------------------------------------------------------------------------

    def place(self) -> str:
        price = self._below(_RESTING)
        self._resting = self._acknowledged(self._order(price=price))
        return f"BUY {self._quantity} at {price}: order {self._resting}"

    def book(self) -> str:
        row = self._in_book(self._resting)
        self._check_row(row, self._below(_RESTING), OrderStatus.OPEN)
        return f"order {row.order_id} is {row.status} at {row.price}"

    def modify(self) -> str:
        price = self._below(_LOWER)
        self._resting = self._acknowledged(self._broker.modify_order(self._resting, price=price))
        row = self._in_book(self._resting)
        self._check_row(row, price, OrderStatus.OPEN)
        return f"order {row.order_id} is {row.status} at {row.price}"

    def cancel(self) -> str:
        self._acknowledged(self._broker.cancel_order(self._resting))
        row = self._in_book(self._resting)
        _check(row.status is OrderStatus.CANCELLED, f"the cancelled order is {row.status}")
        return f"order {row.order_id} is {row.status}"

    # -- an order that fills ---------------------------------------------------------------------------------------

    def fill(self) -> str:
        self._filled = self._acknowledged(self._order())
        row = self._final(self._filled)
        _check(row.status is OrderStatus.COMPLETE, f"the market order is {row.status}: {row.reason}")
        _check(row.filled_quantity == self._quantity, f"{row.filled_quantity} of {self._quantity} are filled")
        average = "" if row.average_price is None else f" at {row.average_price:.2f}"
        return f"order {row.order_id} is {row.status}{average}"

    def trades(self) -> str:
        fills = [trade for trade in self._broker.trades() if trade.order_id == self._filled]
        bought = sum(trade.quantity for trade in fills)
        _check(bought == self._quantity, f"the trades of the order add up to {bought}, not {self._quantity}")
        return ", ".join(f"{trade.quantity} at {trade.price:.2f}" for trade in fills)

    def positions(self) -> str:
        rows = [row for row in self._broker.positions() if row.symbol == self._instrument.symbol]
        held = sum(row.quantity for row in rows)
        _check(held == self._quantity, f"the position is {held}, not {self._quantity}")
        return f"{held} of {self._instrument}"

    def holdings(self) -> str:
        rows = self._broker.holdings()
        _check(all(row.quantity >= 0 for row in rows), "a holding is negative")
        return f"{len(rows)} in the demat account; what was bought today comes tomorrow"

    def funds_after(self) -> str:
        cash = self._available_cash()
        _check(cash < self._cash, f"the purchase cost nothing: {cash} is still available")
        return f"{cash:.2f} available, {self._cash - cash:.2f} less"

    def journal(self) -> str:
        entries = self._broker.journal()
        states = [f"{entry.kind} {entry.state}" for entry in entries]
        expected = ["place", "modify", "cancel", "place"]
        _check([entry.kind for entry in entries] == expected, f"the journal has {states}")
        _check(all(entry.state is IntentState.ACKNOWLEDGED for entry in entries), f"the journal has {states}")
        return f"{len(entries)} intents, all acknowledged"

    def logout(self) -> str:
        status = self._broker.logout()
        if not self._needs_login:
            return f"{self._broker.name} needs no logout"
        _check(not status.logged_in, "somebody is still logged in")
        return f"logged out of {self._broker.name}"

    # -- inside ----------------------------------------------------------------------------------------------------

    @property
    def _needs_login(self) -> bool:
        on_a_page = self._broker.info.support(Capability.WEB_LOGIN).available
        return on_a_page or bool(self._broker.login_fields())

    @property
    def _quantity(self) -> int:
        return self._instrument.lot_size

    def _below(self, share: Decimal) -> Decimal:
        """That share of the last price, on a tick."""
        tick = self._instrument.tick_size or _TICK
        return (self._ltp * share) // tick * tick

    def _order(self, price: Decimal | None = None) -> OrderResult:
        return self._broker.place_order(
            str(self._instrument),
            Action.BUY,
            self._quantity,
            product=Product.CNC,
            price_type=PriceType.MARKET if price is None else PriceType.LIMIT,
            price=price,
        )

    def _acknowledged(self, result: OrderResult) -> str:
        if result.status != "acknowledged" or not result.order_id:
            raise CheckFailed(f"the outcome is {result.status}: {result.reason}")
        return result.order_id

    def _in_book(self, order_id: str) -> Order:
        rows = [row for row in self._broker.orders() if row.order_id == order_id]
        _check(len(rows) == 1, f"order {order_id} is in the book {len(rows)} times")
        return rows[0]

    def _check_row(self, row: Order, price: Decimal, status: OrderStatus) -> None:
        expected = (self._instrument.symbol, Action.BUY, self._quantity, price, status)
        found = (row.symbol, row.action, row.quantity, row.price, row.status)
        _check(found == expected, f"the book has {_words(found)} where {_words(expected)} was sent")

    def _final(self, order_id: str) -> Order:
        clock = self._broker.office.clock
        until = clock.monotonic() + _PATIENCE
        while not (row := self._in_book(order_id)).status.is_final and clock.monotonic() < until:
            clock.sleep(_PAUSE)
        return row

    def _available_cash(self) -> Decimal:
        cash = self._broker.funds().available_cash
        if cash is None:
            raise CheckFailed("the broker does not say how much cash there is")
        return cash


def _check(holds: bool, failure: str) -> None:
    if not holds:
        raise CheckFailed(failure)


def _words(values: tuple[object, ...]) -> str:
    return " ".join(str(value) for value in values)
