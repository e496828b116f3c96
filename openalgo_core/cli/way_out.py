"""The address that orders leave from, against the one that is registered with the broker."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING

from .checks import Finding

if TYPE_CHECKING:
    from ..plugins.broker import Broker

__all__ = ["way_out"]

_CHECK = "registered IP"
#: An address for documentation (RFC 5737): asking which way leads there sends nothing.
_ELSEWHERE = ("192.0.2.1", 443)


def way_out(broker: Broker) -> Iterator[Finding]:
    """SEBI's rule: orders by API come from an address that is registered with the broker.

    No broker says which address it sees us as, so this is certain only where the machine itself holds that address.
    """
    registered = broker.office.settings.registered_ips
    if not broker.info.hosts:
        yield Finding(_CHECK, "ok", "not needed: this broker is simulated on this machine")
    elif not registered:
        yield Finding(
            _CHECK,
            "warning",
            "none is configured; orders from an unregistered address are refused",
            "Register a static IP with the broker and set network.registered_ip in openalgo.toml.",
        )
    else:
        yield _compared(broker, registered)


def _compared(broker: Broker, registered: tuple[str, ...]) -> Finding:
    environment, listed = broker.office.environment, ", ".join(registered)
    compare = f"Compare {listed} with what your provider, proxy or router shows."
    if environment.proxy is not None:
        return Finding(_CHECK, "warning", f"not checkable: a proxy stands between us and {listed}", compare)
    source = environment.source_ip or _local_address()
    if source in registered:
        return Finding(_CHECK, "ok", f"requests leave from {source}")
    if source is None or not ip_address(source).is_global:
        seen = "no way out of this machine is known" if source is None else f"{source} is seen as another one outside"
        return Finding(_CHECK, "warning", f"not checkable: {seen}", compare)
    return Finding(
        _CHECK,
        "error",
        f"requests leave from {source}, registered is {listed}: orders will be refused",
        f"Set BROKER_SOURCE_IP to the registered address, or register {source} with the broker.",
    )


def _local_address() -> str | None:
    """The address of ours that the default route starts from."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            return None
        address: str = probe.getsockname()[0]
        return address
