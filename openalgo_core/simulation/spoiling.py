"""What a fault makes of an answer: which bytes go out, how fast, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from http.client import responses
from typing import Final

from .faults import Fault, FaultKind
from .http1 import Message

__all__ = ["Delivery", "Ending", "made_up", "spoil"]

_DRIP_BYTES: Final = 16
_GATEWAY_PAGE: Final = (
    b"<html><head><title>Bad Gateway</title></head>"
    b"<body><h1>The server is temporarily unable to service your request.</h1></body></html>\n"
)


class Ending(Enum):
    KEEP = auto()  # the connection serves the next request
    CLOSE = auto()
    RESET = auto()
    SILENCE = auto()  # open, until the client gives up


@dataclass(frozen=True, slots=True)
class Delivery:
    """Bytes with `pause` seconds after each piece, `delay` seconds before the first."""

    pieces: tuple[bytes, ...] = ()
    delay: float = 0
    pause: float = 0
    ending: Ending = Ending.KEEP


def made_up() -> Message:
    """An answer to spoil where the application was not asked."""
    return Message.answer(
        200, "OK", b'{"status": "success", "message": "never to be believed"}', ("content-type", "application/json")
    )


def spoil(answer: Message, fault: Fault) -> Delivery:
    """How `answer` goes out under a fault that happens to exchanges."""
    return _SPOILING[fault.kind](answer, fault)


def _status(answer: Message, fault: Fault) -> Delivery:
    return _whole(_plain(int(fault.number or 0)))


def _too_many(answer: Message, fault: Fault) -> Delivery:
    retry = () if fault.number is None else (("retry-after", f"{fault.number:g}"),)
    return _whole(_plain(429, *retry))


def _html(answer: Message, fault: Fault) -> Delivery:
    status = int(fault.number or 502)
    return _whole(Message.answer(status, _reason(status), _GATEWAY_PAGE, ("content-type", "text/html")))


def _empty(answer: Message, fault: Fault) -> Delivery:
    return _whole(answer.with_body(b""))


def _truncate(answer: Message, fault: Fault) -> Delivery:
    return _whole(answer.with_body(_first_half(answer.body)))


def _slow(answer: Message, fault: Fault) -> Delivery:
    return Delivery((answer.encode(),), delay=fault.number or 0)


def _drip(answer: Message, fault: Fault) -> Delivery:
    data = answer.encode()
    pieces = tuple(data[start : start + _DRIP_BYTES] for start in range(0, len(data), _DRIP_BYTES))
    return Delivery(pieces, pause=fault.number or 0)


def _never(answer: Message, fault: Fault) -> Delivery:
    return Delivery(ending=Ending.SILENCE)


def _reset(answer: Message, fault: Fault) -> Delivery:
    return Delivery(ending=Ending.RESET)


def _half(answer: Message, fault: Fault) -> Delivery:
    cut = answer.with_body(_first_half(answer.body))
    return Delivery((cut.encode(length=len(answer.body)),), ending=Ending.CLOSE)


def _wrong_length(answer: Message, fault: Fault) -> Delivery:
    return Delivery((answer.encode(length=len(answer.body) + 10),), ending=Ending.CLOSE)


_SPOILING: Final[dict[FaultKind, Callable[[Message, Fault], Delivery]]] = {
    FaultKind.STATUS: _status,
    FaultKind.TOO_MANY: _too_many,
    FaultKind.HTML: _html,
    FaultKind.EMPTY: _empty,
    FaultKind.TRUNCATE: _truncate,
    FaultKind.SLOW: _slow,
    FaultKind.DRIP: _drip,
    FaultKind.NEVER: _never,
    FaultKind.RESET: _reset,
    FaultKind.HALF: _half,
    FaultKind.WRONG_LENGTH: _wrong_length,
}


def _whole(answer: Message) -> Delivery:
    return Delivery((answer.encode(),))


def _plain(status: int, *headers: tuple[str, str]) -> Message:
    reason = _reason(status)
    return Message.answer(status, reason, f"{reason}\n".encode(), ("content-type", "text/plain"), *headers)


def _reason(status: int) -> str:
    return responses.get(status, "Unknown")


def _first_half(body: bytes) -> bytes:
    return body[: len(body) // 2]
