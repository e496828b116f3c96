"""Where a request may go: the broker's own hosts over https, or the one base URL that the user chose."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import quote

from ..errors import ConfigurationError, PluginBroken

__all__ = ["Routes"]

# Our own strict reading, from which the URL is put together again: two libraries that read one odd URL differently
# are how a token ends up on somebody else's host. No user part, no backslash, no control character, no fragment.
_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>(?:[/?][^\x00-\x1f\x7f\\#]*)?)"
)
_DEFAULT_PORTS = {"https": "443", "http": "80"}
#: What `requests` leaves as it is; the percent sign too, so that what a plugin has encoded is not encoded again.
_KEPT = "!#$%&'()*+,/:;=?@[]~"


class _Origin(NamedTuple):
    scheme: str
    host: str
    port: str

    def __str__(self) -> str:
        plain = self.port == _DEFAULT_PORTS[self.scheme]
        return f"{self.scheme}://{self.host}" if plain else f"{self.scheme}://{self.host}:{self.port}"


class Routes:
    """Checks a plugin's URLs and moves them to the base URL where there is one.

    `hosts` are names as in `BrokerInfo.hosts`, with a port if it is not 443; a leading `*.` stands for any subdomain
    (kotak tells each account its host at login). Raises `ConfigurationError` for a base URL that is more than scheme,
    host and port, or that is plain http to another machine.
    """

    def __init__(self, broker: str, hosts: Iterable[str], base_url: str | None = None) -> None:
        self._broker = broker
        self._hosts = frozenset(host.lower() for host in hosts)
        self._suffixes = tuple(host[1:] for host in self._hosts if host.startswith("*."))
        self._base = None if base_url is None else _base(base_url)
        #: An order goes to the same URL every time; a cancel may carry the order id in its path.
        self.resolve = lru_cache(maxsize=256)(self._resolve)

    def _resolve(self, url: str) -> str:
        """The URL that goes on the wire, percent-encoded. Raises `PluginBroken` if it leads to a foreign host."""
        match = _URL.fullmatch(url)
        if match is None:
            raise self._refused("an address that is no absolute https URL")
        origin, target = _origin(match), match["target"]
        if origin != self._base and not self._is_own(origin):
            raise self._refused(str(origin))
        if not target.startswith("/"):
            target = f"/{target}"
        return f"{self._base or origin}{quote(target, safe=_KEPT)}"

    def _is_own(self, origin: _Origin) -> bool:
        name = origin.host if origin.port == "443" else f"{origin.host}:{origin.port}"
        return origin.scheme == "https" and (name in self._hosts or name.endswith(self._suffixes))

    def _refused(self, what: str) -> PluginBroken:
        return PluginBroken(
            f"The plugin {self._broker} asked for {what}, which is not one of its hosts; nothing was sent.",
            hint="Report this to the plugin's author: describe() must name every host, each reached by https.",
            broker=self._broker,
        )


def _origin(match: re.Match[str]) -> _Origin:
    scheme = match["scheme"]
    return _Origin(scheme, match["host"].lower(), match["port"] or _DEFAULT_PORTS[scheme])


def _base(base_url: str) -> _Origin:
    match = _URL.fullmatch(base_url)
    if match is None or match["target"] not in ("", "/") or int(match["port"] or 0) > 65535:
        raise ConfigurationError(
            "BROKER_BASE_URL is not of the form https://host or https://host:port.",
            hint="Leave out paths, queries and user names; a loopback address may be plain http.",
        )
    origin = _origin(match)
    if origin.scheme == "http" and not _is_loopback(origin.host):
        raise ConfigurationError(
            f"BROKER_BASE_URL is plain http to {origin.host}: credentials would travel in the clear.",
            hint="Use https; plain http is for 127.0.0.1, ::1 and localhost.",
        )
    return origin


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
