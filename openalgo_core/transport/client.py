"""The account's way to its broker: every rule that holds for all requests, in the order in which they apply."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError, NotSent, PluginBroken
from .address import Routes
from .outgoing import Outgoing

if TYPE_CHECKING:
    from ..models.account import Download, Reply
    from ..secrets import Secret
    from .limits import Limiter
    from .wire import Wire

__all__ = ["HttpClient", "WriteOnce"]

_PROXY = re.compile(r"https?://(?:[^\s/@]+@)?[^\s/@:]+(?::[0-9]{1,5})?/?")


class HttpClient:
    """Implements `openalgo_core.models.account.Http`. Safe to use from many threads.

    A request passes: the host rule, the check of its form, the rate limit, one pooled connection. Nothing is sent
    twice, no redirect is followed, no cookie is kept, the environment is not asked.

    `hosts` and `base_url` are explained at `Routes`. `proxy` is an http or https URL, through which https requests go
    by CONNECT; `source_ip` is an address of this machine. `connect_timeout` bounds each attempt to connect and the TLS
    handshake, `read_timeout` a whole answer (of a download: each stall), both in seconds.

    Raises `ConfigurationError` for a proxy, address or base URL that cannot be used.
    """

    def __init__(
        self,
        *,
        broker: str,
        hosts: Sequence[str],
        base_url: str | None = None,
        proxy: Secret | None = None,
        source_ip: str | None = None,
        connect_timeout: float = 5,
        read_timeout: float = 10,
        limiter: Limiter | None = None,
    ) -> None:
        self._broker = broker
        self._routes = Routes(broker, hosts, base_url)
        self._limiter = limiter
        self._wire_options: dict[str, Any] = {
            "proxy": _checked_proxy(proxy),
            "source_ip": _checked_ip(source_ip),
            "connect_timeout": connect_timeout,
            "read_timeout": read_timeout,
        }
        self._wire: Wire | None = None
        self._wire_owner = 0
        self._opening = threading.Lock()

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
        """One request, one answer; see `Http.request`.

        Refuses `write`: an order is written through `for_write` only, where the journal knows of it.
        """
        if write:
            raise PluginBroken(
                f"The plugin {self._broker} wrote an order outside an order hook; nothing was sent.",
                hint="Report this to the plugin's author: write=True belongs into place, modify and cancel.",
                broker=self._broker,
            )
        outgoing = self._outgoing(method, url, headers, params, json, data)
        self._take_tokens(limit)
        return self._open().send(outgoing)

    def download(
        self, url: str, *, headers: Mapping[str, str] | None = None, limit: str | None = None
    ) -> AbstractContextManager[Download]:
        """A GET whose body is read in pieces; see `Http.download`."""
        outgoing = self._outgoing("GET", url, headers)
        self._take_tokens(limit)
        return self._open().stream(outgoing)

    def for_write(self, on_send: Callable[[], None], pace: str | None = None) -> WriteOnce:
        """A view of this client for one call of an order hook.

        `on_send` is called immediately before the write. `pace` names a group of limits that the write counts against
        whatever the plugin says.
        """
        return WriteOnce(self, on_send, pace)

    def close(self) -> None:
        """Close the idle connections; a later request opens new ones."""
        with self._opening:
            wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def _outgoing(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, str] | bytes | None = None,
    ) -> Outgoing:
        return Outgoing.build(self._broker, method, self._routes.resolve(url), headers, params, json, data)

    def _take_tokens(self, *groups: str | None) -> None:
        if self._limiter is not None:
            self._limiter.acquire(*[group for group in groups if group is not None])

    def _open(self) -> Wire:
        # A process that forked must not write on the connections of its parent: two would talk on one socket.
        if self._wire is not None and self._wire_owner == os.getpid():
            return self._wire
        with self._opening:
            if self._wire is None or self._wire_owner != os.getpid():
                from .wire import Wire  # here, because it imports requests

                self._wire, self._wire_owner = Wire(self._broker, **self._wire_options), os.getpid()
            return self._wire


class WriteOnce:
    """`Http` inside one call of an order hook: reads pass, and exactly one write.

    A write is a request marked `write=True`, or of any method other than GET. A second one is refused with
    `PluginBroken`, whatever became of the first: a plugin that tries again by itself would double orders.
    """

    def __init__(self, client: HttpClient, on_send: Callable[[], None], pace: str | None) -> None:
        self._client = client
        self._on_send = on_send
        self._pace = pace
        self._chance = threading.Lock()  # taken once and never released
        #: Whether bytes of the write may have left. False again if it ended in `NotSent`.
        self.sent = False

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
        """One request, one answer; see `Http.request`.

        The write waits for its rate tokens, then calls `on_send`, then is sent. Whatever `on_send` raises comes out
        here, and nothing is sent.
        """
        client = self._client
        if method == "GET" and not write:
            return client.request(method, url, headers=headers, params=params, json=json, data=data, limit=limit)
        if not self._chance.acquire(blocking=False):
            raise PluginBroken(
                f"The plugin {client._broker} tried to send an order twice; the second was not sent.",
                hint="Report this to the plugin's author: an order hook may write once, and never tries again.",
                broker=client._broker,
            )
        outgoing = client._outgoing(method, url, headers, params, json, data)
        client._take_tokens(self._pace, limit)
        wire = client._open()
        self._on_send()
        self.sent = True
        try:
            return wire.send(outgoing)
        except NotSent:
            self.sent = False
            raise

    def download(
        self, url: str, *, headers: Mapping[str, str] | None = None, limit: str | None = None
    ) -> AbstractContextManager[Download]:
        """A read; see `Http.download`."""
        return self._client.download(url, headers=headers, limit=limit)


def _checked_proxy(proxy: Secret | None) -> Secret | None:
    if not proxy:
        return None
    if not _PROXY.fullmatch(proxy.reveal()):
        raise ConfigurationError(
            "BROKER_PROXY is not of the form http://host:port or http://user:password@host:port.",
            hint="A proxy is reached by http or https; percent-encode special characters of the password.",
        )
    return proxy


def _checked_ip(source_ip: str | None) -> str | None:
    if not source_ip:
        return None
    try:
        return str(ip_address(source_ip))
    except ValueError:
        raise ConfigurationError(
            f"BROKER_SOURCE_IP is not an IP address: {source_ip!r}.",
            hint="Give an address of this machine, as `ip address` lists it.",
        ) from None
