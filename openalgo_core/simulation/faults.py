"""What shall go wrong, as text: `KIND[=VALUE][@TEXT-IN-PATH][:before|:after][*TIMES]`.

| kind | what the client sees | value |
|---|---|---|
| `status` | an answer of that HTTP status, plain text | the status, needed |
| `429` | HTTP 429 | seconds of `Retry-After` |
| `html` | a gateway's HTML page | the status, 502 |
| `empty` | HTTP 200 without a body | |
| `truncate` | a whole HTTP answer with half of the JSON | |
| `slow` | the right answer, late | seconds, needed |
| `drip` | the right answer, a few bytes at a time | seconds between pieces, 0.05 |
| `never` | no answer; the connection stays open | |
| `reset` | the connection is reset | |
| `half` | half of the right body, then the connection closes | |
| `wrong-length` | a `Content-Length` longer than the body, then the connection closes | |
| `refuse` | the connection is reset before a byte of the request is read | |
| `tls` | garbage where a TLS handshake is expected | |
| `broker` | what the broker's simulator makes of that name (`AB1004`, `expired` …) | the name, needed |

`:before` means that the application never sees the request, so that nothing is booked; `:after` that it does, and the
answer is spoilt. The default is `after` for the kinds that spoil an answer (empty, truncate, slow, drip, half,
wrong-length) and `before` for the others. `refuse` and `tls` happen to a connection, before there is a path.
A fault happens once, or `*TIMES`; several wait in the order given, and each request takes the first that fits.

    429=2@placeOrder        reset@placeOrder:after        status=503@getOrderBook*3        broker=AB1004@getPosition
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..errors import UsageError

__all__ = ["Fault", "FaultKind", "FaultScript", "Stage", "parse_fault"]


class FaultKind(StrEnum):
    STATUS = "status"
    TOO_MANY = "429"
    HTML = "html"
    EMPTY = "empty"
    TRUNCATE = "truncate"
    SLOW = "slow"
    DRIP = "drip"
    NEVER = "never"
    RESET = "reset"
    HALF = "half"
    WRONG_LENGTH = "wrong-length"
    REFUSE = "refuse"
    TLS = "tls"
    BROKER = "broker"


class Stage(StrEnum):
    BEFORE = "before"  # the application never sees the request
    AFTER = "after"  # it does, and the answer is spoilt


_CONNECTION: Final = frozenset({FaultKind.REFUSE, FaultKind.TLS})
_LATE: Final = frozenset({FaultKind.SLOW, FaultKind.DRIP})
_SPOILS: Final = _LATE | {FaultKind.EMPTY, FaultKind.TRUNCATE, FaultKind.HALF, FaultKind.WRONG_LENGTH}

_GRAMMAR: Final = re.compile(
    r"(?P<kind>[^=@:*]+)(?:=(?P<value>[^@:*]*))?(?:@(?P<path>[^:*]*))?(?::(?P<stage>[^*]*))?(?:\*(?P<times>.*))?"
)
_HINT: Final = "Write KIND[=VALUE][@TEXT-IN-PATH][:before|:after][*TIMES], for instance reset@placeOrder:after*2."


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, happening `times` times to requests whose path contains `path`.

    `number` is the HTTP status of `status` and `html`, and the seconds of `429`, `slow` and `drip`.
    """

    kind: FaultKind
    stage: Stage = Stage.BEFORE
    number: float | None = None
    name: str = ""
    path: str = ""
    times: int = 1

    @property
    def of_connection(self) -> bool:
        """Whether it strikes before a request is read."""
        return self.kind in _CONNECTION


def parse_fault(text: str) -> Fault:
    """One fault from its text. Raises `UsageError` that says which part is off."""
    match = _GRAMMAR.fullmatch(text.strip())
    if match is None:
        raise _wrong(text, "it does not follow the grammar")
    kind = _kind(text, match["kind"])
    number, name = _value(text, kind, match["value"])
    path = match["path"] or ""
    if kind in _CONNECTION and (path or match["stage"]):
        raise _wrong(text, f"{kind} happens before there is a request, so it takes neither a path nor a stage")
    return Fault(kind, _stage(text, kind, match["stage"]), number, name, path, _times(text, match["times"]))


def _wrong(text: str, why: str) -> UsageError:
    return UsageError(f"{text!r} is no fault: {why}.", hint=_HINT)


def _kind(text: str, word: str) -> FaultKind:
    try:
        return FaultKind(word)
    except ValueError:
        raise _wrong(text, f"{word!r} is none of {', '.join(FaultKind)}") from None


def _stage(text: str, kind: FaultKind, word: str | None) -> Stage:
    if word is None:
        return Stage.AFTER if kind in _SPOILS else Stage.BEFORE
    if word not in tuple(Stage):
        raise _wrong(text, f"{word!r} is neither before nor after")
    if word == Stage.BEFORE and kind in _LATE:
        raise _wrong(text, f"{kind} gives the application's own answer, so it cannot come before; see never:before")
    return Stage(word)


def _times(text: str, word: str | None) -> int:
    if word is None:
        return 1
    if not (word.isdecimal() and int(word) > 0):
        raise _wrong(text, f"{word!r} is no number of times from 1 up")
    return int(word)


def _value(text: str, kind: FaultKind, word: str | None) -> tuple[float | None, str]:
    """The value as (number, name), one of the two."""
    if kind is FaultKind.BROKER:
        if not word:
            raise _wrong(text, "broker needs a name, as in broker=expired")
        return None, word
    read = _NUMBERS.get(kind)
    if read is None:
        if word is not None:
            raise _wrong(text, f"{kind} takes no value")
        return None, ""
    return read(text, kind, word), ""


def _status(text: str, kind: FaultKind, word: str | None) -> float:
    if word is None and kind is FaultKind.HTML:
        return 502
    if not (word and word.isdecimal() and 200 <= int(word) <= 599):
        raise _wrong(text, f"{kind} takes an HTTP status from 200 to 599")
    return int(word)


def _seconds(text: str, kind: FaultKind, word: str | None) -> float | None:
    if word is None and kind is not FaultKind.SLOW:
        return 0.05 if kind is FaultKind.DRIP else None
    if not (word and re.fullmatch(r"\d+(\.\d+)?", word)):
        raise _wrong(text, f"{kind} takes a number of seconds")
    return float(word)


_NUMBERS: Final[dict[FaultKind, Callable[[str, FaultKind, str | None], float | None]]] = {
    FaultKind.STATUS: _status,
    FaultKind.HTML: _status,
    FaultKind.TOO_MANY: _seconds,
    FaultKind.SLOW: _seconds,
    FaultKind.DRIP: _seconds,
}


class FaultScript:
    """Faults that wait for their request, counted. Safe to use from several threads."""

    def __init__(self, faults: Iterable[Fault | str] = ()) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[Fault, int]] = []
        self.add(*faults)

    def add(self, *faults: Fault | str) -> None:
        """Put more at the end. Raises `UsageError` for a text that is none."""
        parsed = [parse_fault(fault) if isinstance(fault, str) else fault for fault in faults]
        with self._lock:
            self._waiting.extend((fault, fault.times) for fault in parsed)

    def take(self, request: str, stage: Stage | None = None) -> Fault | None:
        """The first fault that fits a request, `METHOD /path` (and `stage`, if given); it counts as happened."""
        return self._take(
            lambda fault: not fault.of_connection and fault.path in request and stage in (None, fault.stage)
        )

    def take_connection(self) -> Fault | None:
        """The first fault that strikes a new connection; it counts as happened."""
        return self._take(lambda fault: fault.of_connection)

    @property
    def waiting(self) -> list[Fault]:
        """What has not happened yet, each fault once. A test that ends with any has not tested what it says."""
        with self._lock:
            return [fault for fault, _ in self._waiting]

    def clear(self) -> list[Fault]:
        """Forget what has not happened yet, and say what it was."""
        with self._lock:
            left, self._waiting = [fault for fault, _ in self._waiting], []
        return left

    def _take(self, fits: Callable[[Fault], bool]) -> Fault | None:
        with self._lock:
            for place, (fault, left) in enumerate(self._waiting):
                if fits(fault):
                    self._waiting[place : place + 1] = [(fault, left - 1)] if left > 1 else []
                    return fault
        return None
