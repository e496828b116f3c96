"""What a case is: a numbered test that says when it applies, what it does and what it expects.

A case applies by declaration alone. `needs` asks what a plugin declares about its broker, never which broker it is; the
reason of a skip is the declaration in words.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ...capabilities import Capability
from ...models import BrokerInfo, Exchange

__all__ = [
    "Case",
    "Need",
    "Variant",
    "a_stand",
    "a_wire",
    "case",
    "case_of",
    "derivatives",
    "each_exchange",
    "each_market",
    "lacks",
    "markets",
    "the_tag",
    "why_not",
]

#: What a declaration must say: `None` if it does, else the reason why the case does not apply.
Need = Callable[[BrokerInfo], str | None]
Test = TypeVar("Test", bound=Callable[..., Any])

_NAME = re.compile(r"test_(\d+)_(\w+)")
_ATTRIBUTE = "conformance_case"


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the things that a case is run for. `needs` are its own; `exchange` is where it trades, if it does."""

    id: str
    value: Any
    needs: tuple[Capability | Need, ...] = ()
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A numbered case. `page` is the page of the documentation that explains what is expected."""

    number: int
    title: str
    given: str
    when: str
    then: str
    page: str
    needs: tuple[Capability | Need, ...]
    each: Callable[[BrokerInfo], Iterable[Variant]] | None

    def __str__(self) -> str:
        return (
            f"conformance case {self.number}: {self.title}\n"
            f"  given {self.given}\n  when {self.when}\n  then {self.then}\n  explained in {self.page}"
        )

    def variants(self, info: BrokerInfo) -> Sequence[Variant]:
        """What it is run for at that broker; a case without `each` is run once."""
        return (Variant("", None),) if self.each is None else tuple(self.each(info))


def case(
    *,
    given: str,
    when: str,
    then: str,
    page: str,
    needs: Sequence[Capability | Need] = (),
    each: Callable[[BrokerInfo], Iterable[Variant]] | None = None,
) -> Callable[[Test], Test]:
    """Make a case of a method called `test_NUMBER_words_that_are_its_title`.

    Whatever it raises carries the case in words. With `each` the method takes a parameter `variant`.
    """

    def made(test: Test) -> Test:
        match = _NAME.fullmatch(test.__name__)
        if match is None:
            raise ValueError(f"{test.__name__} is not called test_NUMBER_title")
        described = Case(int(match[1]), match[2].replace("_", " "), given, when, then, page, tuple(needs), each)

        @functools.wraps(test)
        def told(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                return test(*args, **kwargs)
            except Exception as error:  # whatever it is, it is raised again, with the case in words
                error.add_note(str(described))
                raise

        setattr(told, _ATTRIBUTE, described)
        return told  # type: ignore[return-value]  # functools.wraps keeps the signature, which its type does not say

    return made


def case_of(test: object) -> Case | None:
    """The case that a test function is, `None` for any other function."""
    found: Case | None = getattr(test, _ATTRIBUTE, None)
    return found


def why_not(needs: Iterable[Capability | Need], info: BrokerInfo) -> str | None:
    """The first reason in the declaration why something does not apply to a broker, `None` if it does."""
    for need in needs:
        reason = _declared(need, info) if isinstance(need, Capability) else need(info)
        if reason is not None:
            return reason
    return None


def lacks(*capabilities: Capability) -> Need:
    """For cases about what is refused: at least one of the capabilities is declared not to be there."""

    def need(info: BrokerInfo) -> str | None:
        if any(not info.support(capability).available for capability in capabilities):
            return None
        return "; ".join(f"{info.name} declares {one} {info.support(one)}" for one in capabilities)

    return need


def a_stand(info: BrokerInfo) -> str | None:
    """The broker can be played with offline: it books on this machine, or its plugin brings a simulator."""
    return _declared(Capability.SIMULATOR, info) if info.hosts else None


def a_wire(info: BrokerInfo) -> str | None:
    """The broker is reached over a network, and its plugin brings a simulator."""
    return a_stand(info) if info.hosts else f"{info.name} declares no hosts: there is no wire that could fail"


def derivatives(info: BrokerInfo) -> str | None:
    """The broker takes orders for contracts with lots and expiries."""
    if any(not exchange.is_index and not exchange.is_cash for exchange in info.exchanges):
        return None
    return f"{info.name} declares no exchange of derivatives"


def the_tag(info: BrokerInfo) -> str | None:
    """Orders carry a text of ours."""
    return None if info.tag.max_length else f"{info.name} declares that orders carry no text of the client's"


def markets(info: BrokerInfo) -> list[Exchange]:
    """The exchanges on which a broker takes orders."""
    return sorted(exchange for exchange in info.exchanges if not exchange.is_index)


def each_market(info: BrokerInfo) -> Iterator[Variant]:
    """For `each`: every exchange on which the broker takes orders."""
    for exchange in markets(info):
        yield Variant(exchange.value, exchange, exchange=exchange)


def each_exchange(info: BrokerInfo) -> Iterator[Variant]:
    """For `each`: every exchange that the broker has prices of, indices included."""
    for exchange in sorted(info.exchanges):
        yield Variant(exchange.value, exchange, exchange=exchange)


def _declared(capability: Capability, info: BrokerInfo) -> str | None:
    support = info.support(capability)
    return None if support.available else f"{info.name} declares {capability} {support}"
