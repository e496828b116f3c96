"""The suite itself: a good plugin passes. In a file of its own: it takes as long as all other tests of the suite."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from openalgo_core.testing.pytest_plugin import CaseResult


@pytest.mark.usefixtures("sins")
def test_a_good_plugin_passes_every_case(check: Callable[[], list[CaseResult]]) -> None:
    results = check()
    assert [str(one) for one in results if one.outcome not in ("passed", "skipped")] == []
    assert len(results) > 300
    assert all(one.reason.startswith("toy declares ") for one in results if one.outcome == "skipped")
