"""Sends requests over the connection pools of requests, and says in our own errors what became of them.

Imported when the first request is made: `requests` costs 90 ms.
"""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import PoolManager
from urllib3.util import create_urllib3_context

from ..errors import BrokerUnavailable, NotSent
from ..secrets import Secret
from .connection import FAILURES, POOL_CLASSES, SOCKET_OPTIONS, Answer, NothingLeft, Pool
from .outgoing import Outgoing
from .redact import hush_urllib3, log_exchange
from .reply import HttpReply, decompressed

__all__ = ["HttpDownload", "Wire"]

#: Threads that one account may use at once without a connection being thrown away.
_POOL_SIZE = 64
#: More hosts than any broker has: pools are remembered, so urllib3 must not close one to make room.
_HOSTS = 64
_FAILURES = (*FAILURES, EOFError, zlib.error)
_COMPRESSED = ("gzip", "x-gzip", "deflate")
#: Small enough for the cache of the processor: to decode pieces of 1 MB takes half as long again.
_PIECE = 1 << 17


class Wire:
    """One account's connections: pooled, no environment, no cookies, no redirects, no retries, TLS always verified.

    Every method raises `NotSent` if provably nothing left, and `BrokerUnavailable` for every failure after that. Our
    errors are raised outside the handlers on purpose: an exception of urllib3 carries the URL with its query, and must
    not hang on to ours.
    """

    def __init__(
        self, broker: str, *, proxy: Secret | None, source_ip: str | None, connect_timeout: float, read_timeout: float
    ) -> None:
        hush_urllib3()
        self._broker = broker
        self._read_timeout = read_timeout
        self._connect_timeout = connect_timeout
        self._pools = _Pools(proxy, source_ip)

    def send(self, request: Outgoing) -> HttpReply:
        """Send once and read the whole answer, all within the read time-out."""
        started = time.perf_counter()
        try:
            with self._answer_to(request) as answer:
                body = answer.read()
            headers = _Headers(answer.headers)
            if _is_compressed(headers):
                body = b"".join(decompressed([body], _PIECE))
        except NothingLeft as error:
            failure = self._not_sent(request, error)
        except _FAILURES as error:
            failure = self._broken(error)
        else:
            self._log(request, str(answer.status), started)
            return HttpReply(self._broker, answer.status, headers, body)
        self._log(request, failure.kind, started)
        raise failure

    @contextmanager
    def stream(self, request: Outgoing) -> Iterator[HttpDownload]:
        """Send once and hand out the answer to be read in pieces; the read time-out bounds each stall."""
        started = time.perf_counter()
        failure = None
        exchange = ExitStack()
        try:
            answer = exchange.enter_context(self._answer_to(request))
        except NothingLeft as error:
            failure = self._not_sent(request, error)
        except _FAILURES as error:
            failure = self._broken(error)
        self._log(request, failure.kind if failure else str(answer.status), started)
        if failure:
            raise failure
        with exchange:
            yield HttpDownload(self._broker, answer)

    def close(self) -> None:
        """Close the idle connections."""
        self._pools.close()

    def _answer_to(self, request: Outgoing) -> AbstractContextManager[Answer]:
        pool = self._pools.pool_of(request.url)
        return pool.answer_to(request.message(), connect_timeout=self._connect_timeout, read_timeout=self._read_timeout)

    def _log(self, request: Outgoing, outcome: str, started: float) -> None:
        log_exchange(self._broker, request.method, request.url, outcome, time.perf_counter() - started)

    def _not_sent(self, request: Outgoing, error: NothingLeft) -> BrokerUnavailable:
        return NotSent(
            f"{self._broker} cannot be reached at {urlsplit(request.url).hostname}: {error}. Nothing was sent.",
            hint="Check the network, the proxy and the clock of this machine; openalgo doctor helps.",
            broker=self._broker,
        )

    def _broken(self, error: Exception) -> BrokerUnavailable:
        if isinstance(error, TimeoutError):
            text = f"{self._broker} did not answer completely within {self._read_timeout:g} s."
        elif isinstance(error, EOFError | zlib.error):
            text = f"The compressed answer of {self._broker} is damaged or ends early."
        else:
            text = f"The connection to {self._broker} broke before its answer was complete."
        return BrokerUnavailable(text, broker=self._broker)


class HttpDownload:
    """An answer read piece by piece; see `openalgo_core.models.account.Download`."""

    def __init__(self, broker: str, answer: Answer) -> None:
        self._broker = broker
        self._answer = answer
        self.status = answer.status
        self.headers: Mapping[str, str] = _Headers(answer.headers)

    def pieces(self, size: int = _PIECE) -> Iterator[bytes]:
        """The body, decompressed, in pieces of at most `size` bytes.

        Raises `BrokerUnavailable` if it ends early or stalls; the pieces up to there are then good for nothing.
        """
        raw = self._answer.pieces(size)
        try:
            yield from decompressed(raw, size) if _is_compressed(self.headers) else raw
        except _FAILURES as error:
            how = "stalled" if isinstance(error, TimeoutError) else "ended early"
        else:
            return
        raise BrokerUnavailable(f"The download from {self._broker} {how}.", broker=self._broker)


class _Headers(Mapping[str, str]):
    """The headers of an answer; case does not count in a name."""

    def __init__(self, by_lower: Mapping[str, str]) -> None:
        self._by_lower = by_lower

    def __getitem__(self, name: str) -> str:
        return self._by_lower[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_lower)

    def __len__(self) -> int:
        return len(self._by_lower)


class _Pools(HTTPAdapter):
    """Connections of our own kind by origin, as requests keeps them; one TLS context for all of them.

    A `requests.Session` stands above such an adapter. What it would add is the environment, cookies, redirects and a
    second reading of a request that is complete and checked, which makes half the cost of a call: none of it is wanted
    for an order.
    """

    def __init__(self, proxy: Secret | None, source_ip: str | None) -> None:
        self._proxy = proxy
        self._by_origin: dict[str, Pool] = {}
        self._connection_options: dict[str, Any] = {"socket_options": SOCKET_OPTIONS}
        if source_ip is not None:
            self._connection_options["source_address"] = (source_ip, 0)
        super().__init__(pool_connections=_HOSTS, pool_maxsize=_POOL_SIZE, max_retries=0)

    def pool_of(self, url: str) -> Pool:
        origin = url[: url.index("/", len("https://"))]
        # Nothing but the origin tells pools apart here; working out their key anew takes a tenth of a call.
        return self._by_origin.get(origin) or self._by_origin.setdefault(origin, self._new_pool(origin))

    def close(self) -> None:
        """Close the idle connections now, not when the garbage collector comes by."""
        pools, self._by_origin = self._by_origin, {}
        for pool in pools.values():
            pool.close()
        super().close()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **options, **self._connection_options)
        self.poolmanager.pool_classes_by_scheme = POOL_CLASSES

    def _new_pool(self, origin: str) -> Pool:
        plain = origin.startswith("http:")  # for the loopback only, and never by way of a proxy
        proxy = None if plain else self._proxy
        manager: PoolManager = self.poolmanager if proxy is None else self._manager_by_way_of(proxy)
        pool = manager.connection_from_url(origin, None if plain else {"ssl_context": self._tls})
        assert isinstance(pool, Pool)  # of POOL_CLASSES
        return pool

    def _manager_by_way_of(self, proxy: Secret) -> PoolManager:
        manager: PoolManager = self.proxy_manager_for(
            proxy.reveal(), proxy_ssl_context=self._tls, **self._connection_options
        )
        manager.pool_classes_by_scheme = POOL_CLASSES
        return manager

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        # Once for all: reading the bundle takes 10 ms, and requests would have every connection read it again.
        context = create_urllib3_context()
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
        return context


def _is_compressed(headers: Mapping[str, str]) -> bool:
    return headers.get("Content-Encoding", "").lower() in _COMPRESSED
