"""The simulated exchange."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from ..clock import Clock, ist
from .accounts import ExchangeAccount
from .book import Book
from .calendar import CALENDAR, TradingCalendar
from .contracts import Contract
from .database import Database
from .feeds import Feed, LookFeed, PathFeed, look
from .prices import simulated_prices
from .quotes import Bar, PriceSource, Snapshot
from .rules import ExchangeRules

__all__ = ["SimulatedExchange"]

_DEFAULT_RULES = ExchangeRules()


class SimulatedExchange:
    """Prices, accounts and matching over one file (`path`), or in memory (`None`). No background process.

    Not modelled: auctions at the opening and the close, SPAN margins, brokerage and taxes, settlement holidays.

    `prices`: somebody else's instead of the deterministic path of `seed`; history then stays that of the path.
    `calendar`: the trading calendar that hours, expiries and the price path go by. Safe for threads; several processes
    may open the same file. Raises `ConfigurationError` where the file cannot be used.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        clock: Clock,
        seed: int = 1,
        rules: ExchangeRules = _DEFAULT_RULES,
        prices: PriceSource | None = None,
        calendar: TradingCalendar = CALENDAR,
    ) -> None:
        self.rules = rules
        self.calendar = calendar
        self.database = Database(path)
        self._clock = clock
        self._path = simulated_prices(seed, calendar, around_the_clock=not rules.exchange_hours)
        self._prices = prices
        self._accounts: dict[str, ExchangeAccount] = {}

    def snapshot(self, contract: Contract, at: datetime | None = None) -> Snapshot:
        """A contract now, or at `at`. Raises `NoPrice` where a price source of the caller's own has none."""
        return (self._prices or self._path).snapshot(contract, ist(at) if at else self.now())

    def bars(self, contract: Contract, seconds: int, start: datetime, end: datetime) -> list[Bar]:
        """Candles that begin from `start` to `end`, both included, as far as they have happened.

        86400 seconds: daily, stamped 00:00 IST; shorter ones count from the opening of each session.
        """
        return self._path.bars(contract, seconds, start, end, self.now())

    def account(self, user_id: str) -> ExchangeAccount:
        """The account of that user, opened on first use with the starting capital."""
        found = self._accounts.get(user_id)
        if found is None:
            with self.database.write() as connection:
                Book(connection, user_id, self.rules).open_account(self.now())
            found = self._accounts[user_id] = ExchangeAccount(self, user_id)
        return found

    def close(self) -> None:
        self.database.close()

    # -- for accounts ----------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return ist(self._clock.now())

    @property
    def foresees(self) -> bool:
        """Whether prices are known for all time."""
        return self._prices is None

    def feed(self, contracts: Sequence[Contract], now: datetime) -> Feed:
        """What settling and matching see; a source that is asked is asked once, for all `contracts`."""
        if self._prices is None:
            return PathFeed(self._path)
        return LookFeed(look(self._prices, contracts, now) if contracts else {}, now)

    def prices_of(self, contracts: Sequence[Contract], now: datetime) -> dict[Contract, Decimal]:
        """Last prices of those contracts that have one."""
        wanted = list(dict.fromkeys(contracts))
        found = look(self._prices or self._path, wanted, now) if wanted else {}
        return {contract: answer.ltp for contract, answer in found.items() if isinstance(answer, Snapshot)}
