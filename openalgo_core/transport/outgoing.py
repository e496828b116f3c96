"""A request as it goes on the wire, complete and checked before anything is sent."""

from __future__ import annotations

import json as _json
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any, NamedTuple
from urllib.parse import urlencode

from ..errors import PluginBroken
from .redact import public_path

__all__ = ["Outgoing", "compact_json"]

# No product name of a library: some gateways turn those away. No version: reading it costs 36 ms of imports.
_DEFAULTS = {"User-Agent": "openalgo-core", "Accept": "*/*", "Accept-Encoding": "gzip"}
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?")
#: Headers that only the transport may set.
_OURS = frozenset(("content-length", "transfer-encoding", "host"))
#: Without a body these carry no length; all others say `Content-Length: 0`, as `requests` does.
_BODILESS = ("GET", "HEAD")


class Outgoing(NamedTuple):
    """Method, absolute URL, headers and body."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None

    def __repr__(self) -> str:
        return f"<{self.method} {public_path(self.url)}>"  # the rest is secret

    def message(self) -> bytes:
        """What goes over the connection. `build` has seen to it that nothing in it means more than it says."""
        end = self.url.index("/", len("https://"))
        host, target = self.url[:end].partition("://")[2], self.url[end:]
        lines = [f"{self.method} {target} HTTP/1.1", f"Host: {host}", *map(": ".join, self.headers.items()), "", ""]
        return "\r\n".join(lines).encode("latin-1") + (self.body or b"")

    @classmethod
    def build(
        cls,
        broker: str,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        params: Mapping[str, str] | None,
        json: Any,
        data: Mapping[str, str] | bytes | None,
    ) -> Outgoing:
        """Put a request together; `url` is already resolved.

        Raises `PluginBroken` for what no server could read: a header with a line break, a value that JSON does not
        know, a body given twice. So nothing of that kind can come up between the first byte and the last.
        """
        try:
            body, content_type = _body(json, data)
            return cls(_method(method), _with_query(url, params), _headers(method, headers, body, content_type), body)
        except (TypeError, ValueError) as error:
            raise PluginBroken(
                f"The plugin {broker} made a request that cannot be sent: {error}.",
                hint="Report this to the plugin's author; nothing was sent.",
                broker=broker,
            ) from error


def compact_json(value: Any) -> str:
    """JSON without blanks; a `Decimal` stands digit for digit as a number.

    Raises `TypeError` or `ValueError`, naming the type and never the value, for what JSON does not know.
    """
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if isinstance(value, Decimal):
        return _exact(value)
    if isinstance(value, Mapping):
        return "{" + ",".join([f"{_key(key)}:{compact_json(item)}" for key, item in value.items()]) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join([compact_json(item) for item in value]) + "]"
    if value is None or isinstance(value, bool | int | float):
        return _json.dumps(value, allow_nan=False)
    raise TypeError(f"a {type(value).__name__} is not JSON")


def _key(key: object) -> str:
    if isinstance(key, str):
        return encode_basestring_ascii(key)
    raise TypeError(f"a {type(key).__name__} stands where JSON wants a name")


def _exact(number: Decimal) -> str:
    if not number.is_finite():
        raise ValueError("a Decimal that is no finite number is not JSON")
    return format(number, "f")


def _method(method: str) -> str:
    if not (method.isascii() and method.isalpha() and method.isupper()):
        raise ValueError("its method is not a word in capitals")
    return method


def _with_query(url: str, params: Mapping[str, str] | None) -> str:
    if not params:
        return url
    return f"{url}{'&' if '?' in url else '?'}{_form(params)}"


def _body(json: Any, data: Mapping[str, str] | bytes | None) -> tuple[bytes | None, str | None]:
    if json is not None:
        if data is not None:
            raise ValueError("it has two bodies, json and data")
        return compact_json(json).encode(), "application/json"
    if data is None or isinstance(data, bytes):
        return data, None
    return _form(data).encode(), "application/x-www-form-urlencoded"


def _form(fields: Mapping[str, str]) -> str:
    for name, value in fields.items():
        if not isinstance(value, str):  # urlencode would write the asterisks of a Secret, and None as a word
            raise TypeError(f"its field {name} is a {type(value).__name__}, not a text")
    return urlencode(fields)


def _headers(
    method: str, given: Mapping[str, str] | None, body: bytes | None, content_type: str | None
) -> dict[str, str]:
    headers = dict(given or {})
    for name, value in headers.items():
        if not _VALUE.fullmatch(value):
            raise _unfit(name)
    named = set(map(_named, headers))
    if not named.isdisjoint(_OURS):
        raise ValueError("it sets Content-Length, Transfer-Encoding or Host, which are the transport's")
    headers.update((name, value) for name, value in _DEFAULTS.items() if _named(name) not in named)
    if content_type and "content-type" not in named:
        headers["Content-Type"] = content_type
    if body is not None or method not in _BODILESS:
        headers["Content-Length"] = str(len(body or b""))
    return headers


@lru_cache(maxsize=256)  # each request of a plugin has the same ones
def _named(name: str) -> str:
    """The name of a header in lower case, by which two are the same."""
    if not _NAME.fullmatch(name):
        raise _unfit(name)
    return name.lower()


def _unfit(name: str) -> ValueError:
    return ValueError(f"its header {name!r} cannot stand on one line")
