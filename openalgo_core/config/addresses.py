"""Hosts, URLs and addresses that a user may write into the configuration.

No message here repeats what was written: a proxy's URL carries a password, and people paste secrets into
wrong lines.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from ..errors import ConfigurationError

__all__ = ["base_url", "broker_in", "ip", "is_loopback", "proxy_url", "split_url"]

_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")


def is_loopback(host: str) -> bool:
    """Whether a name or address means this machine and no other."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def split_url(text: str, variable: str) -> SplitResult:
    """The parts of an http or https URL. Raises `ConfigurationError`, naming the variable, for other text."""
    return _split(text, variable, ("http", "https"))


def base_url(text: str, variable: str) -> str:
    """Scheme, host and port of a URL that has nothing else. Plain http is for loopback hosts only."""
    parts = split_url(text, variable)
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise _broken(variable, "has more than scheme, host and port", "Write it like http://127.0.0.1:8000")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise _broken(
            variable, "sends secrets unencrypted to another machine", "Use https; http is for loopback hosts."
        )
    return f"{parts.scheme}://{parts.netloc}"


def proxy_url(text: str, variable: str) -> str:
    """A proxy's URL, which may carry a name and a password."""
    _split(text, variable, _PROXY_SCHEMES)
    return text


def ip(text: str, variable: str) -> str:
    """An IPv4 or IPv6 address."""
    try:
        return str(ip_address(text))
    except ValueError:
        raise _broken(variable, "is no IP address", "Write it like 203.0.113.7") from None


def broker_in(redirect_url: str) -> str | None:
    """The path segment before `/callback`: `angel` of `http://127.0.0.1:5000/angel/callback`."""
    segments = [segment for segment in split_url(redirect_url, "REDIRECT_URL").path.split("/") if segment]
    return segments[-2] if len(segments) > 1 and segments[-1] == "callback" else None


def _split(text: str, variable: str, schemes: tuple[str, ...]) -> SplitResult:
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port  # the port is read because it is only checked then
    except ValueError:  # brackets of an IPv6 address, or a port that is no number; its text repeats the URL
        parts, host = SplitResult("", "", "", "", ""), None
    if parts.scheme not in schemes or not host or " " in text or not text.isprintable():
        raise _broken(variable, "is no URL that can be used", f"Write it like {schemes[0]}://host:port")
    return parts


def _broken(variable: str, what: str, hint: str) -> ConfigurationError:
    return ConfigurationError(f"{variable} {what}.", hint=hint)
