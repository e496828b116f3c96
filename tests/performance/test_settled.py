"""The short benchmarks forgive a machine that is busy for a while, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest


@pytest.fixture(scope="module")
def benchmarks(benchmark: Callable[[str], Any]) -> Any:
    return benchmark("settled")


def run(benchmarks: Any, unit: str, *figures: float) -> tuple[float, int]:
    """The figure that counts, where 2 is allowed, and how often it was measured."""
    waiting = list(figures)

    def measure() -> list[Any]:
        return [benchmarks.Row("1", "a row", "none", waiting.pop(0), 2, 1, unit=unit)]

    (row,) = benchmarks.settled(measure, fails=lambda row: not row.holds(), tries=3)
    return row.we, len(figures) - len(waiting)


@pytest.mark.parametrize(
    ("figures", "counts", "measured"),
    [
        pytest.param((1.9, 0, 0), 1.9, 1, id="what is good is not measured again"),
        pytest.param((3.7, 1.9, 0), 1.9, 2, id="a busy moment"),
        pytest.param((3.7, 2.5, 1.9), 1.9, 3, id="a busy minute"),
        pytest.param((3.7, 2.5, 2.6), 2.5, 3, id="a regression"),
    ],
)
def test_a_ratio_counts_by_its_best_measurement(
    benchmarks: Any, figures: Sequence[float], counts: float, measured: int
) -> None:
    assert run(benchmarks, "x", *figures) == (counts, measured)


@pytest.mark.parametrize("unit", ["requests", "MB", "each"])
def test_a_count_counts_by_its_worst(benchmarks: Any, unit: str) -> None:
    assert run(benchmarks, unit, 3, 2, 2) == (3, 3)


def test_what_did_not_count_is_told(benchmarks: Any) -> None:
    waiting = [3.7, 2.5, 2.6]
    (row,) = benchmarks.settled(
        lambda: [benchmarks.Row("1", "a row", "none", waiting.pop(0), 2, 1)], fails=lambda row: row.we > 2, tries=3
    )
    assert (row.we, row.also) == (2.5, (3.7, 2.6))
    assert "2.50 x (also 3.70 x, 2.60 x)" in row.cells
