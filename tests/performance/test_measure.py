"""How the benchmarks compare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="module")
def measure(benchmark: Callable[[str], Any]) -> Any:
    return benchmark("measure")


def test_a_case_is_compared_with_its_baseline_of_the_same_round(measure: Any) -> None:
    """A machine that becomes four times slower in the third round: medians over all rounds would tell 8."""
    bare = measure.Figures([[1.0, 1.0, 9.0], [1.0] * 3, [1.0] * 3, [4.0] * 3, [4.0] * 3])
    we = measure.Figures([[2.0] * 3, [2.0] * 3, [8.0] * 3, [8.0] * 3, [8.0, 8.0, 0.1]])
    assert we.median / bare.median == pytest.approx(8.0)
    assert we.ratio(bare) == pytest.approx(2.0)


def test_the_parts_of_a_baseline_are_summed(measure: Any) -> None:
    assert measure.Figures([[6.0], [12.0]]).ratio(
        measure.Figures([[1.0], [2.0]]), measure.Figures([[2.0], [4.0]])
    ) == pytest.approx(2.0)


def test_a_tail_is_that_of_rounds_and_not_of_a_machine_that_slowed_down(measure: Any) -> None:
    steady = measure.Figures([[1.0] * 100, [5.0] * 100])
    assert steady.tail == pytest.approx(1.0)
    spiked = measure.Figures([[1.0] * 97 + [3.0] * 3, [5.0] * 97 + [15.0] * 3])
    assert spiked.tail == pytest.approx(3.0)


def test_cases_that_took_other_turns_are_not_compared(measure: Any) -> None:
    with pytest.raises(ValueError, match="shorter"):
        measure.Figures([[1.0], [1.0]]).ratio(measure.Figures([[1.0]]))


def test_each_case_has_its_turn_in_every_round(measure: Any) -> None:
    turns: list[str] = []
    timed = measure.calls({"a": lambda: turns.append("a"), "b": lambda: turns.append("b")}, rounds=2, each=2)
    assert turns == ["a", "b", *("a", "a", "b", "b") * 2]
    assert [len(seconds) for seconds in timed["a"].rounds] == [2, 2]
    assert len(timed["a"].seconds) == 4
