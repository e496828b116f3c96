"""The ground of every group of cases: which of them apply, and the stands that they work with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, ClassVar

import pytest

from ...models import BrokerInfo, Exchange
from ..clocks import HurriedClock
from .cases import Case, Variant, a_stand, case_of, why_not
from .stand import Stand, expect, info_of, stand_of

__all__ = ["Group"]

#: The fixtures that give a case a stand.
_STANDS = frozenset({"stand", "fresh", "hurried"})


class Group:
    """Cases over one installed broker plugin.

    Three facts are no declaration's. `throttling_is_proof`: the broker's documentation promises that a request answered
    with HTTP 429 was not executed. `unlisted`: declared exchanges of which the simulator's instrument file has no row,
    and why; a case fails once it has one. `exempt` maps the number of a case, or `NUMBER[VARIANT]`, to the reason why
    the plugin fails it; an exempt case is run all the same, and fails once the plugin passes it.
    """

    broker: ClassVar[str]
    throttling_is_proof: ClassVar[bool] = False
    unlisted: ClassVar[Mapping[Exchange, str]] = {}
    exempt: ClassVar[Mapping[int | str, str]] = {}

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Called by pytest: what a case is run for follows from the declaration."""
        found = case_of(metafunc.function)
        if found is not None and found.each is not None:
            variants = found.variants(info_of(self.broker))
            metafunc.parametrize("variant", [pytest.param(one, id=one.id) for one in variants])

    @pytest.fixture(autouse=True)
    def _applies(self, request: pytest.FixtureRequest) -> None:
        """Skips by declaration, and turns an exempt case round."""
        found = case_of(request.function)
        if found is None:
            return
        variant = _variant_of(request)
        reason = why_not((*found.needs, *(variant.needs if variant else ())), info_of(self.broker))
        if reason is None and variant is not None and variant.exchange is not None:
            reason = self.unlisted.get(variant.exchange)
        if reason is None and not _STANDS.isdisjoint(request.fixturenames):
            reason = a_stand(info_of(self.broker))
        if reason is not None:
            pytest.skip(reason)
        exemption = self.exemption(found, variant)
        if exemption is not None:
            request.node.add_marker(pytest.mark.xfail(reason=f"exempt, until it passes: {exemption}", strict=True))

    @classmethod
    def exemption(cls, of: Case, variant: Variant | None) -> str | None:
        """The reason why the plugin may fail that case, `None` if it may not."""
        named = cls.exempt.get(f"{of.number}[{variant.id}]") if variant else None
        return named or cls.exempt.get(of.number)

    @classmethod
    def cases(cls) -> list[Case]:
        """Its cases, by number. Raises `ValueError` for a number that two of them have."""
        found = sorted(filter(None, (case_of(getattr(cls, name)) for name in dir(cls))), key=lambda one: one.number)
        for one, other in pairwise(found):
            if one.number == other.number:
                raise ValueError(f"the cases {one.title!r} and {other.title!r} have the same number {one.number}")
        return found

    @classmethod
    def _identities(cls, info: BrokerInfo) -> Iterator[int | str]:
        """Everything that `exempt` may name and that applies to the broker."""
        for one in cls.cases():
            if why_not(one.needs, info) is None:
                yield one.number
                yield from (f"{one.number}[{v.id}]" for v in one.variants(info) if v.id and not why_not(v.needs, info))

    @pytest.fixture
    def info(self) -> BrokerInfo:
        return info_of(self.broker)

    @pytest.fixture(scope="class")
    @classmethod
    def _shared(cls) -> Iterator[Stand]:
        with stand_of(cls.broker, unlisted=cls.unlisted) as stand:
            yield stand

    @pytest.fixture
    def stand(self, request: pytest.FixtureRequest) -> Iterator[Stand]:
        """The stand that the cases share; each leaves no open order, and met no surprise."""
        shared: Stand = request.getfixturevalue("_shared")  # only now: a case that does not apply needs none
        yield shared
        _check_left(shared)
        shared.tidy()

    @pytest.fixture
    def fresh(self) -> Iterator[Stand]:
        """A stand of the case's own, for what nobody else could work with afterwards."""
        with stand_of(self.broker, unlisted=self.unlisted) as stand:
            yield stand
            _check_left(stand)

    @pytest.fixture
    def hurried(self) -> Iterator[Stand]:
        """A stand of the case's own whose clock runs: for threads, of which none may move a clock under another.

        A hurried clock makes a moment between two threads as long as a limit's tolerance, so the broker's limits rest.
        """
        with stand_of(self.broker, clock=HurriedClock(), limited=False, unlisted=self.unlisted) as stand:
            yield stand
            _check_left(stand)


def _check_left(stand: Stand) -> None:
    waiting = stand.waiting_faults()
    expect(not waiting, f"the fault {', '.join(waiting)} never happened", "a request that it could happen to")
    if stand.simulation is None:
        return
    surprises = list(stand.simulation.setup.surprises)
    stand.simulation.setup.surprises.clear()
    expect(
        not surprises, f"the simulator was sent what it did not expect: {'; '.join(surprises)}", "nothing of that kind"
    )


def _variant_of(request: pytest.FixtureRequest) -> Variant | None:
    callspec: Any = getattr(request.node, "callspec", None)
    return callspec.params.get("variant") if callspec is not None else None
