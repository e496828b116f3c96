"""What came of each conformance case, collected while pytest runs; as JSON with `--conformance-report FILE`.

    pytest -p openalgo_core.testing.pytest_plugin --conformance-report report.json tests/test_conformance.py

The suite itself needs no pytest plugin, so this one is no entry point: it would be imported in every pytest run of
whoever has openalgo-core installed, and used in few.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pytest

from .conformance.cases import case_of

__all__ = ["CaseResult", "Results"]

Outcome = Literal["passed", "failed", "skipped", "exempt", "stale"]
_STALE = "[XPASS(strict)]"
_OPTION = "--conformance-report"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one case, for one of the things that it is run for.

    `reason` is what was found and expected (failed), the declaration (skipped), or the exemption (exempt, and stale:
    the case passes and is exempt no more).
    """

    number: int
    title: str
    variant: str
    outcome: Outcome
    reason: str
    page: str
    seconds: float

    def __str__(self) -> str:
        name = f"{self.number}[{self.variant}]" if self.variant else str(self.number)
        return f"{name} {self.title}: {self.outcome}{': ' if self.reason else ''}{self.reason}"


class Results:
    """A pytest plugin object; `results` has the cases in the order in which they ran."""

    def __init__(self) -> None:
        self._by_node: dict[str, CaseResult] = {}

    @property
    def results(self) -> list[CaseResult]:
        return list(self._by_node.values())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        found = case_of(getattr(item, "function", None))
        if found is not None:
            callspec: Any = getattr(item, "callspec", None)
            made = CaseResult(
                found.number,
                found.title,
                callspec.id if callspec is not None else "",
                _outcome(report),
                _reason(report, call),
                found.page,
                report.duration,
            )
            earlier = self._by_node.get(item.nodeid, made)
            self._by_node[item.nodeid] = _worse(earlier, made)
        return report


def _outcome(report: pytest.TestReport) -> Outcome:
    if report.failed:
        return "stale" if str(report.longrepr).startswith(_STALE) else "failed"
    if report.skipped:
        return "exempt" if hasattr(report, "wasxfail") else "skipped"
    return "passed"


def _reason(report: pytest.TestReport, call: pytest.CallInfo[None]) -> str:
    if hasattr(report, "wasxfail"):
        return str(report.wasxfail).removeprefix("reason: ")
    if report.skipped and isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    if not report.failed:
        return ""
    if call.excinfo is None:
        return str(report.longrepr).removeprefix(_STALE).strip()
    error = call.excinfo.value
    return str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"


def _worse(earlier: CaseResult, later: CaseResult) -> CaseResult:
    """A case is set up, called and torn down, and fails if any of these does."""
    kept = later if earlier.outcome == "passed" else earlier
    return replace(kept, seconds=earlier.seconds if earlier is later else earlier.seconds + later.seconds)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(_OPTION, metavar="FILE", help="what came of each conformance case, as JSON")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption(_OPTION):
        config.pluginmanager.register(Results(), "openalgo-conformance-results")


def pytest_sessionfinish(session: pytest.Session) -> None:
    file = session.config.getoption(_OPTION)
    results = session.config.pluginmanager.get_plugin("openalgo-conformance-results")
    if file and isinstance(results, Results):
        lines = [asdict(one) for one in results.results]
        Path(file).write_text(json.dumps(lines, indent=1) + "\n", encoding="utf-8")
