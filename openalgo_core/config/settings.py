"""`openalgo.toml`: everything a user may set that is no credential.

[guards]
enabled = ["my_guard"]                 # beside those that come with the core

[guards.max_quantity]
limit = 1000                           # units in one order

[guards.max_value]
limit = 500000                         # rupees in one order

[guards.daily_loss]
limit = 10000                          # rupees

[guards.order_rate]
per_second = 10

[guards.my_guard]                      # handed to that guard as it stands

[orders]
market_protection = 1.0                # percent
algo_id = "99999"

[network]
registered_ip = "203.0.113.7"          # or an array: primary and secondary

[journal]
durability = "process"                 # or "power": survive a power cut, at the price of two flushes per order

[sessions]
key = "file"                           # or "keyring": where the key is kept that encrypts them

[timeouts]                             # seconds
connect = 5
read = 10
reconcile = 15
rate_wait = 5
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeVar

from ..errors import ConfigurationError
from .paths import Paths
from .toml import Kind, TableReader, addresses, amount, choice, count, names, seconds, text

__all__ = ["ALWAYS_ON", "CoreSettings", "Durability", "GuardSettings", "KeyStore", "Timeouts", "load_settings"]

Durability = Literal["process", "power"]
KeyStore = Literal["file", "keyring"]

#: Guards that no configuration turns off.
ALWAYS_ON = ("kill_switch", "order_rate")

T = TypeVar("T")
D = TypeVar("D")


class GuardSettings(NamedTuple):
    """`enabled` is what is in force, in the order of asking. A limit that is `None` is not checked.

    `max_quantity` is in units of one order, `max_value` in rupees of one order, `daily_loss` in rupees.
    `options` has the table of each guard that is not the core's own, fractions as `Decimal`.
    """

    enabled: tuple[str, ...] = ALWAYS_ON
    max_quantity: int | None = None
    max_value: Decimal | None = None
    daily_loss: Decimal | None = None
    orders_per_second: int = 10
    options: Mapping[str, Mapping[str, Any]] = MappingProxyType({})


class Timeouts(NamedTuple):
    """Seconds: to connect, to wait for an answer, to reconcile an unknown order, to wait for a rate token."""

    connect: float = 5.0
    read: float = 10.0
    reconcile: float = 15.0
    rate_wait: float = 5.0


class CoreSettings(NamedTuple):
    """What is in force. `source` is the file, `None` where there is none.

    `market_protection` is a percentage of the last price; `None` leaves market orders to the broker's own
    way. `registered_ips` are the addresses registered with the broker, the primary first.
    """

    guards: GuardSettings = GuardSettings()
    market_protection: Decimal | None = None
    algo_id: str | None = None
    registered_ips: tuple[str, ...] = ()
    durability: Durability = "process"
    session_key: KeyStore = "file"
    timeouts: Timeouts = Timeouts()
    source: Path | None = None

    def describe(self) -> Iterator[tuple[str, str]]:
        """Each setting as (key path, value in words), for `doctor`."""
        guards = self.guards
        yield "guards.enabled", ", ".join(guards.enabled)
        for name in ("max_quantity", "max_value", "daily_loss"):
            yield f"guards.{name}.limit", _shown(getattr(guards, name))
        yield "guards.order_rate.per_second", _shown(guards.orders_per_second)
        for guard, options in guards.options.items():
            yield from ((f"guards.{guard}.{name}", _shown(value)) for name, value in options.items())
        yield "orders.market_protection", _shown(self.market_protection)
        yield "orders.algo_id", _shown(self.algo_id)
        yield "network.registered_ip", _shown(", ".join(self.registered_ips) or None)
        yield "journal.durability", self.durability
        yield "sessions.key", self.session_key
        yield from ((f"timeouts.{name}", f"{value:g} s") for name, value in self.timeouts._asdict().items())


def load_settings(paths: Paths, env: Mapping[str, str]) -> CoreSettings:
    """Read `openalgo.toml`, if there is one, and the environment, which wins.

    `OPENALGO_CONNECT_TIMEOUT`, `OPENALGO_READ_TIMEOUT` and `OPENALGO_RECONCILE_TIMEOUT` are seconds.
    Raises `ConfigurationError` with file and key path for a value that cannot be right, a key that nobody
    reads, and a file named by `OPENALGO_CONFIG` that is not there.
    """
    document = _document(paths.config_file, required=bool(env.get("OPENALGO_CONFIG")))
    root = TableReader(str(paths.config_file), document or {})
    orders, network = root.table("orders"), root.table("network")
    journal, sessions = root.table("journal"), root.table("sessions")
    settings = CoreSettings(
        guards=_guards(root.table("guards")),
        market_protection=orders.get("market_protection", amount(below=100), None),
        algo_id=orders.get("algo_id", text, None),
        registered_ips=network.get("registered_ip", addresses, ()),
        durability=journal.get("durability", choice("process", "power"), "process"),
        session_key=sessions.get("key", choice("file", "keyring"), "file"),
        timeouts=_timeouts(root.table("timeouts"), env),
        source=None if document is None else paths.config_file,
    )
    for table in (orders, network, journal, sessions, root):
        table.finish()
    return settings


def _document(file: Path, *, required: bool) -> dict[str, Any] | None:
    try:
        written = file.read_text(encoding="utf-8")
        from tomllib import loads  # only who has the file pays for it

        return loads(written, parse_float=Decimal)
    except FileNotFoundError:
        if required:
            raise ConfigurationError(f"There is no file {file}.", hint="Check OPENALGO_CONFIG.") from None
        return None
    except OSError as error:
        raise ConfigurationError(
            f"{file} cannot be read: {error.strerror}.", hint="Check the file's mode, or OPENALGO_CONFIG."
        ) from error
    except ValueError as error:  # TOML or UTF-8
        raise ConfigurationError(f"{file} is not TOML: {error}.", hint="See https://toml.io for the format.") from error


def _guards(table: TableReader) -> GuardSettings:
    limits: dict[str, Any] = {
        "max_quantity": _only(table.table("max_quantity"), "limit", count, None),
        "max_value": _only(table.table("max_value"), "limit", amount(), None),
        "daily_loss": _only(table.table("daily_loss"), "limit", amount(), None),
    }
    per_second = _only(table.table("order_rate"), "per_second", count, 10)
    listed: tuple[str, ...] = table.get("enabled", names, ())
    for name in limits:
        if name in listed and limits[name] is None:
            raise table.error("enabled", f"names {name}, which has no limit", f"Set limit in [guards.{name}].")
    options = {name: table.table(name).rest() for name in listed if name not in (*ALWAYS_ON, *limits)}
    table.finish(why=" and is no guard that enabled lists")
    active = [name for name, limit in limits.items() if limit is not None]
    return GuardSettings(
        enabled=tuple(dict.fromkeys((*ALWAYS_ON, *active, *listed))),
        orders_per_second=per_second,
        options=options,
        **limits,
    )


def _only(table: TableReader, key: str, kind: Kind[T], default: D) -> T | D:
    """The value of the single key that a table may have."""
    value = table.get(key, kind, default)
    table.finish()
    return value


def _timeouts(table: TableReader, env: Mapping[str, str]) -> Timeouts:
    values = {name: table.get(name, seconds, default) for name, default in Timeouts()._asdict().items()}
    table.finish()
    for name in ("connect", "read", "reconcile"):
        variable = f"OPENALGO_{name.upper()}_TIMEOUT"
        if written := env.get(variable, "").strip():
            values[name] = _seconds_of(variable, written)
    return Timeouts(**values)


def _seconds_of(variable: str, written: str) -> float:
    try:
        return seconds(Decimal(written))
    except (ValueError, ArithmeticError):
        raise ConfigurationError(
            f"{variable} must be a number of seconds above 0 and at most 600, not {written!r}.",
            hint=f"For instance {variable}=10",
        ) from None


def _shown(value: object) -> str:
    return "not set" if value is None else str(value)
