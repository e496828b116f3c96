"""What every hook receives: one person's access to one broker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import LoginRequired

if TYPE_CHECKING:
    from ..clock import Clock
    from .instrument import Instrument, InstrumentLookup
    from .quote import Quote, QuoteFailure
    from .session import Session
    from .settings import Settings

__all__ = ["Account", "Download", "Http", "MarketData", "Reply"]


class Reply(Protocol):
    """A complete HTTP answer, whatever its status."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]:
        """Case-insensitive."""
        ...

    @property
    def body(self) -> bytes: ...
    @property
    def text(self) -> str: ...
    def json(self, shape: Any = None) -> Any:
        """The body as JSON, fractions as `Decimal`. Raises `UnreadableAnswer` for anything else, empty included.

        With `shape`, a `TypedDict` whose rows are of a class of `openalgo_core.rows`, nothing else is read of a body
        that fits it, which saves most of the time for a long one; any other body comes whole, as without it.
        """


class Download(Protocol):
    """An answer read piece by piece."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    def pieces(self, size: int = 1 << 17) -> Iterator[bytes]:
        """The body, decompressed. Raises `BrokerUnavailable` if it ends early or stalls."""


class Http(Protocol):
    """The account's way to its broker: time-outs, rate limits, proxies, redaction and base URL are seen to here.

    Nothing is ever sent twice by it. Redirects are not followed.
    """

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, str] | bytes | None = None,
        limit: str | None = None,
        write: bool = False,
    ) -> Reply:
        """One request, one answer.

        `url` is absolute, on one of the hosts of `describe()`. `json` may hold `Decimal`s and is sent compactly.
        `limit` names the group of rate limits that the request counts against. `write` marks the one request of an
        order hook that books, changes or cancels something.

        Raises `NotSent` if provably nothing left, `RateLimited` if our own limiter has no room in time, and
        `BrokerUnavailable` for every failure after that. An HTTP error status is an answer, not an exception.
        """

    def download(
        self, url: str, *, headers: Mapping[str, str] | None = None, limit: str | None = None
    ) -> AbstractContextManager[Download]:
        """A GET whose body is read in pieces; for instrument files."""


class MarketData(Protocol):
    """Somebody else's prices: what a simulated broker may trade on."""

    def quotes(self, instruments: Sequence[Instrument]) -> list[Quote | QuoteFailure]: ...


@dataclass(frozen=True, slots=True)
class Account:
    """One person's access to one broker, handed to every hook. Immutable; safe to use from many threads."""

    broker: str
    profile: str
    settings: Settings
    http: Http
    instruments: InstrumentLookup
    clock: Clock
    session: Session | None = None
    #: Directory of this broker and profile for state of the plugin's own (the paper broker's exchange).
    state_directory: str = ""
    #: Set where `--prices-from` names another broker.
    prices: MarketData | None = None

    def require_session(self) -> Session:
        """The session. Raises `LoginRequired` where there is none."""
        if self.session is None:
            raise LoginRequired(
                f"Not logged in to {self.broker}.",
                hint=f"Run: openalgo login --broker {self.broker}",
                broker=self.broker,
            )
        return self.session
