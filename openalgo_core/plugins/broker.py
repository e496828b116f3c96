"""`Broker`: the typed face over one plugin and one account. One method per line of the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..errors import InstrumentNotFound
from ..symbols import split_name

if TYPE_CHECKING:
    from datetime import date
    from types import TracebackType
    from typing import Unpack

    from ..models.broker import BrokerInfo
    from ..models.candle import Candle
    from ..models.depth import Depth
    from ..models.instrument import Instrument
    from ..models.journal import JournalEntry, Settlement
    from ..models.login import CallbackAnswer, Challenge, LoginField, Status
    from ..models.order import CancelResult, Order, OrderResult, Trade
    from ..models.portfolio import Funds, Holding, Margin, Position
    from ..models.quote import Quote, QuoteFailure
    from ..models.request import OrderRequest
    from ..models.settings import Settings
    from ..models.sync import SyncResult
    from ..models.vocabulary import Action, PriceType
    from ..orders.terms import Number, OrderTerms
    from ..secrets import Secret
    from .market import Row
    from .office import Office

__all__ = ["Broker"]


class Broker:
    """One account at one broker. Made by `openalgo_core.connect`; safe for many threads; a context manager.

    Instruments are named `EXCHANGE:SYMBOL`. Prices are rupees, quantities units. Every method raises errors of
    `openalgo_core.errors`, and `NotSupported` where the broker or its plugin cannot do it. Reads are tried again where
    that can help; orders never are.
    """

    def __init__(self, office: Office) -> None:
        self._office = office

    def __enter__(self) -> Broker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Broker({self.name!r}, profile={self.profile!r})"

    def close(self) -> None:
        """Close connections and files. The session stays."""
        self._office.close()

    @property
    def name(self) -> str:
        return self._office.info.name

    @property
    def profile(self) -> str:
        return self._office.environment.profile

    @property
    def info(self) -> BrokerInfo:
        """What the plugin declares about its broker."""
        return self._office.info

    @property
    def settings(self) -> Settings:
        """What the user configured for this account."""
        return self._office.environment.settings

    @property
    def office(self) -> Office:
        """The stores, settings and connections behind this face; for the command line and `doctor`."""
        return self._office

    @property
    def is_default(self) -> bool:
        """True where nothing named a broker and `paper` was taken."""
        return self._office.environment.is_default

    # -- session ---------------------------------------------------------------------------------------------------

    def login_fields(self) -> Sequence[LoginField]:
        """What `login` needs, in the order to ask it."""
        return self._office.keeper.fields()

    def request_otp(self, fields: Mapping[str, Secret]) -> Challenge:
        """Make the broker send a code. The challenge is kept for ten minutes, for this process or another."""
        return self._office.keeper.request_otp(fields)

    def login(self, fields: Mapping[str, Secret]) -> Status:
        """Log in with answers keyed by field name. Raises `AuthenticationError` with the broker's own text."""
        return self._office.keeper.login(fields)

    def login_url(self, state: str) -> str:
        """The broker's login page."""
        return self._office.relocate(self._office.keeper.login_url(state))

    def complete_web_login(self, answer: CallbackAnswer, state: str) -> Status:
        """Finish a login on the broker's page with what arrived at the redirect."""
        return self._office.keeper.complete_web_login(answer, state)

    def logout(self) -> Status:
        """End the session. Afterwards nothing logs in by itself until `login` is called."""
        return self._office.keeper.logout()

    def status(self) -> Status:
        """Whether there is a live session; makes no request."""
        return self._office.keeper.status()

    # -- instruments -----------------------------------------------------------------------------------------------

    def sync_instruments(self, progress: Callable[[int], None] | None = None) -> SyncResult:
        """Fetch the broker's instrument file if it changed; `progress` is told how many rows have come so far."""
        return self._office.sync(progress)

    def search_instruments(self, text: str, limit: int = 50) -> list[Instrument]:
        """Instruments that fit "NIFTY 24500 CE", "banknifty fut dec", "reliance"; best first."""
        return self._office.instruments().search(text, limit)

    def instrument(self, name: str) -> Instrument:
        """The instrument of `EXCHANGE:SYMBOL`. Raises `InstrumentNotFound` with what may have been meant."""
        exchange, symbol = split_name(name)
        return self._office.instruments().get(exchange, symbol)

    # -- prices ----------------------------------------------------------------------------------------------------

    def quotes(self, names: Sequence[str]) -> list[Quote | QuoteFailure]:
        """A quote or a failure for each name, in the order given, in as few requests as the broker allows.

        A symbol that there is not fails alone; what concerns all of them (no session, no instrument table) is raised.
        """
        from ..models.quote import QuoteFailure
        from .market import quotes_of

        table = self._office.instruments()
        found: dict[str, Instrument] = {}
        failed: dict[str, QuoteFailure] = {}
        for name in dict.fromkeys(names):
            exchange, symbol = split_name(name)
            try:
                found[name] = table.get(exchange, symbol)
            except InstrumentNotFound as error:
                failed[name] = QuoteFailure(symbol, exchange, " ".join(filter(None, (error.message, error.hint))))
        answers = quotes_of(list(found.values()), self._read_quotes, self.info.quote_batch)
        answered = dict(zip(found, answers, strict=True))
        return [failed.get(name) or answered[name] for name in names]

    def depth(self, name: str) -> Depth:
        answer: Depth = self._office.read("depth", instrument=self.instrument(name))
        return answer

    def history(self, name: str, interval: str, start: date, end: date) -> list[Candle]:
        """Candles of both days and all between, oldest first; cut into the spans that the broker allows."""
        from .market import interval_of, read_history

        chosen = interval_of(interval, self.info)
        instrument = self.instrument(name)

        def read(first: date, last: date) -> Sequence[Candle]:
            candles: Sequence[Candle] = self._office.read(
                "history", instrument=instrument, interval=chosen, start=first, end=last
            )
            return candles

        return read_history(start, end, self.info.history_windows[chosen], read)

    # -- orders ----------------------------------------------------------------------------------------------------

    def place_order(self, name: str, action: Action | str, quantity: int, **terms: Unpack[OrderTerms]) -> OrderResult:
        """Send one order, once, and say what became of it.

        `terms` are the fields of `OrderTerms`: product, price_type, price, trigger_price, validity,
        disclosed_quantity, client_order_id. A result of status `unknown` means that nobody can tell yet; `reconcile`
        settles it later. With `client_order_id` a repeated call returns the first outcome instead of a second order.
        """
        from ..orders.terms import order_request

        order, instrument = self._checked(order_request(name, action, quantity, terms))
        return self._office.orders().place(order, instrument)

    def modify_order(
        self,
        order_id: str,
        *,
        quantity: int | None = None,
        price: Number | None = None,
        trigger_price: Number | None = None,
        price_type: PriceType | str | None = None,
    ) -> OrderResult:
        """Change an open order; what is not given stays. `quantity` is the new total."""
        from ..models.request import OrderChange
        from ..orders.checks import request_of

        change = {"quantity": quantity, "price": price, "trigger_price": trigger_price, "price_type": price_type}
        return self._office.orders().modify(order_id, request_of(OrderChange, change))

    def cancel_order(self, order_id: str) -> OrderResult:
        return self._office.orders().cancel(order_id)

    def cancel_all_orders(self) -> list[CancelResult]:
        """Cancel every open order of the account, ours or not; one result each."""
        return self._office.orders().cancel_all()

    def order(self, order_id: str) -> Order:
        """One order as it stands now. Raises `OrderNotOpen` if the broker does not know it."""
        return self._office.orders().order(order_id)

    def orders(self) -> list[Order]:
        """Today's order book."""
        ours = self._office.client_ids()
        book: Sequence[Order] = self._office.read("order_book")
        return [replace(row, client_order_id=ours[row.order_id]) if row.order_id in ours else row for row in book]

    def margin(self, name: str, action: Action | str, quantity: int, **terms: Unpack[OrderTerms]) -> Margin:
        """What an order would block. Takes the same arguments as `place_order`."""
        from ..orders.terms import order_request

        order, instrument = self._checked(order_request(name, action, quantity, terms))
        answer: Margin = self._office.read("margin", order=order, instrument=instrument)
        if answer.available_cash is not None:
            return answer
        return replace(answer, available_cash=self.funds().available_cash)

    # -- account ---------------------------------------------------------------------------------------------------

    def trades(self) -> list[Trade]:
        return list(self._office.read("trade_book"))

    def positions(self) -> list[Position]:
        return self._priced(self._office.read("positions"))

    def holdings(self) -> list[Holding]:
        return self._priced(self._office.read("holdings"))

    def funds(self) -> Funds:
        answer: Funds = self._office.read("funds")
        return answer

    # -- journal and kill switch -----------------------------------------------------------------------------------

    def journal(
        self,
        *,
        day: date | None = None,
        state: str | None = None,
        symbol: str | None = None,
        client_order_id: str | None = None,
        archived: bool = False,
    ) -> list[JournalEntry]:
        """What was intended on this broker and profile, and what became of it; oldest first.

        What was settled more than 90 days ago is in the archive, which `archived` looks into, too.
        """
        return self._office.journal_entries(
            day=day, state=state, symbol=symbol, client_order_id=client_order_id, archived=archived
        )

    def reconcile(self) -> list[Settlement]:
        """Settle every intent that has no final outcome yet against the broker's book."""
        return self._office.orders().reconcile()

    def halt(self, reason: str = "") -> None:
        """The kill switch: no process of this machine places or modifies orders until `resume`."""
        self._office.halt(reason)

    def resume(self) -> None:
        self._office.resume()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _checked(self, order: OrderRequest) -> tuple[OrderRequest, Instrument]:
        """Everything that can be wrong with an order before a session is needed or a request is made."""
        from ..orders.checks import check_instrument, check_supported

        check_supported(order, self.info)
        instrument = self._office.instruments().get(order.exchange, order.symbol)
        check_instrument(order, instrument)
        return order, instrument

    def _read_quotes(self, instruments: Sequence[Instrument]) -> Sequence[Quote | QuoteFailure]:
        answers: Sequence[Quote | QuoteFailure] = self._office.read("quotes", instruments=instruments)
        return answers

    def _priced(self, rows: Sequence[Row]) -> list[Row]:
        from .market import fill_prices

        return fill_prices(rows, self._office.instruments().find, self._read_quotes, self.info.quote_batch)
