"""Sends requests over one `requests.Session` and says in our own errors what became of them.

Imported when the first request is made: `requests` costs 90 ms.
"""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cached_property, partial
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import ProxyManager
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util import create_urllib3_context

from ..errors import BrokerUnavailable, NotSent
from ..secrets import Secret
from .connection import POOL_CLASSES, SOCKET_OPTIONS, NothingLeft, only_stalls_count
from .outgoing import Outgoing
from .redact import hush_urllib3, log_exchange
from .reply import HttpReply, decompressed

__all__ = ["HttpDownload", "Wire"]

#: Threads that one account may use at once without a connection being thrown away.
_POOL_SIZE = 64
#: More hosts than any broker has: pools are remembered, so urllib3 must not close one to make room.
_HOSTS = 64
#: What requests, urllib3, http.client, the socket and the decoder raise once bytes may have left.
_FAILURES = (OSError, HTTPError, HTTPException, EOFError, zlib.error)
_TIMEOUTS = (TimeoutError, ReadTimeoutError, requests.exceptions.Timeout)
_COMPRESSED = ("gzip", "x-gzip", "deflate")
_PIECE = 1 << 20


class Wire:
    """One account's session: pooled connections, no environment, no cookies, no redirects, TLS always verified.

    Every method raises `NotSent` if provably nothing left, and `BrokerUnavailable` for every failure after that. Our
    errors are raised outside the handlers on purpose: an exception of requests or urllib3 carries the URL with its
    query and the request with its headers, and must not hang on to ours.
    """

    def __init__(
        self, broker: str, *, proxy: Secret | None, source_ip: str | None, connect_timeout: float, read_timeout: float
    ) -> None:
        hush_urllib3()
        self._broker = broker
        self._read_timeout = read_timeout
        self._session = _Session()
        self._session.mount("https://", adapter := _Adapter(source_ip))
        self._session.mount("http://", adapter)
        self._send = partial(
            self._session.send,
            stream=True,
            verify=True,
            cert=None,
            # Plain http is for the loopback only and never goes by way of a proxy.
            proxies={"https": proxy.reveal()} if proxy else {},
            timeout=(connect_timeout, read_timeout),
            allow_redirects=False,
        )

    def send(self, request: Outgoing) -> HttpReply:
        """Send once and read the whole answer, all within the read time-out."""
        started = time.perf_counter()
        try:
            response = self._send(_prepared(request))
            body = response.raw.read(decode_content=False)
            if _is_compressed(response.headers):
                body = b"".join(decompressed([body], _PIECE))
        except NothingLeft as error:
            failure = self._not_sent(request, error)
        except _FAILURES as error:
            failure = self._broken(error)
        else:
            self._log(request, str(response.status_code), started)
            return HttpReply(self._broker, response.status_code, response.headers, body)
        self._log(request, failure.kind, started)
        raise failure

    @contextmanager
    def stream(self, request: Outgoing) -> Iterator[HttpDownload]:
        """Send once and hand out the answer to be read in pieces; the read time-out bounds each stall."""
        started = time.perf_counter()
        failure = None
        try:
            response = self._send(_prepared(request))
        except NothingLeft as error:
            failure = self._not_sent(request, error)
        except _FAILURES as error:
            failure = self._broken(error)
        self._log(request, failure.kind if failure else str(response.status_code), started)
        if failure:
            raise failure
        only_stalls_count(response.raw)
        with closing(response):
            yield HttpDownload(self._broker, response)

    def close(self) -> None:
        """Close the idle connections."""
        self._session.close()

    def _log(self, request: Outgoing, outcome: str, started: float) -> None:
        log_exchange(self._broker, request.method, request.url, outcome, time.perf_counter() - started)

    def _not_sent(self, request: Outgoing, error: NothingLeft) -> BrokerUnavailable:
        return NotSent(
            f"{self._broker} cannot be reached at {urlsplit(request.url).hostname}: {error}. Nothing was sent.",
            hint="Check the network, the proxy and the clock of this machine; openalgo doctor helps.",
            broker=self._broker,
        )

    def _broken(self, error: Exception) -> BrokerUnavailable:
        if isinstance(error, _TIMEOUTS):
            text = f"{self._broker} did not answer completely within {self._read_timeout:g} s."
        elif isinstance(error, EOFError | zlib.error):
            text = f"The compressed answer of {self._broker} is damaged or ends early."
        else:
            text = f"The connection to {self._broker} broke before its answer was complete."
        return BrokerUnavailable(text, broker=self._broker)


class HttpDownload:
    """An answer read piece by piece; see `openalgo_core.models.account.Download`."""

    def __init__(self, broker: str, response: requests.Response) -> None:
        self._broker = broker
        self._response = response
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers

    def pieces(self, size: int = _PIECE) -> Iterator[bytes]:
        """The body, decompressed, in pieces of at most `size` bytes.

        Raises `BrokerUnavailable` if it ends early or stalls; the pieces up to there are then good for nothing.
        """
        raw = iter(lambda: self._response.raw.read(size, decode_content=False), b"")
        try:
            yield from decompressed(raw, size) if _is_compressed(self.headers) else raw
        except _FAILURES as error:
            how = "stalled" if isinstance(error, _TIMEOUTS) else "ended early"
        else:
            return
        raise BrokerUnavailable(f"The download from {self._broker} {how}.", broker=self._broker)


class _Session(requests.Session):
    """Takes nothing from the environment, follows nothing, remembers nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies = _NoCookies()

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Keeps requests from reading a redirect's Location even where it is told not to follow."""


class _NoCookies(RequestsCookieJar):
    def extract_cookies(self, response: Any, request: Any) -> None:
        """No broker's API needs a cookie, and 64 threads would share the jar."""


class _Adapter(HTTPAdapter):
    """Connections of our own kind, one TLS context for all of them."""

    def __init__(self, source_ip: str | None) -> None:
        self._pools: dict[str, Any] = {}
        self._connection_options: dict[str, Any] = {"socket_options": SOCKET_OPTIONS}
        if source_ip is not None:
            self._connection_options["source_address"] = (source_ip, 0)
        super().__init__(pool_connections=_HOSTS, pool_maxsize=_POOL_SIZE, max_retries=0)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        # Once per session: reading the bundle takes 10 ms, and requests would have every connection read it again.
        context = create_urllib3_context()
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
        return context

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **options, **self._connection_options)
        self.poolmanager.pool_classes_by_scheme = POOL_CLASSES

    def proxy_manager_for(self, proxy: str, **options: Any) -> ProxyManager:
        if proxy not in self.proxy_manager:
            manager: ProxyManager = super().proxy_manager_for(
                proxy, proxy_ssl_context=self._tls, **options, **self._connection_options
            )
            manager.pool_classes_by_scheme = POOL_CLASSES
            return manager
        known: ProxyManager = self.proxy_manager[proxy]
        return known

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, tls = super().build_connection_pool_key_attributes(request, verify, cert)
        if host["scheme"] == "https":
            tls["ssl_context"] = self._tls
        return host, tls

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        # Nothing but the origin differs from one request to the next; finding the pool anew takes a tenth of a call.
        origin = request.url[: request.url.find("/", len("https://"))]
        pool = self._pools.get(origin)
        if pool is None:
            pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
            self._pools[origin] = pool
        return pool

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing to do: the context holds the bundle, and demands a valid certificate for the host's name."""


def _prepared(request: Outgoing) -> requests.PreparedRequest:
    # What PreparedRequest.prepare would work out again is settled and checked in `outgoing`.
    prepared = requests.PreparedRequest()
    prepared.method, prepared.url, _, prepared.body = request
    prepared.headers = CaseInsensitiveDict(request.headers)
    return prepared


def _is_compressed(headers: Mapping[str, str]) -> bool:
    return headers.get("Content-Encoding", "").lower() in _COMPRESSED
