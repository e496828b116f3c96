"""What can be said of an installed plugin of which only the name is known; behind `openalgo plugin check`.

Both the loading and the conformance suite run in processes of their own: whatever the plugin does there is a finding.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ..errors import PluginError
from ..plugins.discovery import BROKERS, GUARDS, Found, discover, not_installed
from ..plugins.states import Verdict, examine

if TYPE_CHECKING:
    from .pytest_plugin import CaseResult

__all__ = ["Report", "check_plugin"]

#: What a plugin is checked with that brings no test module of its own.
_PLAIN = """
from openalgo_core.testing import BrokerConformance


class TestPlugin(BrokerConformance):
    broker = {name!r}
"""
#: Not the configuration of whatever project the command is run in.
_CONFIGURATION = "[pytest]\nfilterwarnings =\n    error\n    default::DeprecationWarning\nxfail_strict = true\n"
_ARGUMENTS = ("-q", "-p", "no:cacheprovider", "-p", "openalgo_core.testing.pytest_plugin", "--noconftest")


@dataclass(frozen=True, slots=True)
class Report:
    """All that can be said of a plugin. `state` is "ok", "failed" (a case did) or "broken" (it does not load)."""

    name: str
    distribution: str
    version: str
    api: int | None
    cause: str | None = None
    remedy: str | None = None
    seconds: float = 0.0
    cases: tuple[CaseResult, ...] = ()

    @property
    def state(self) -> str:
        if self.cause is not None:
            return "broken"
        return "failed" if self.failed else "ok"

    @property
    def passed(self) -> int:
        return self._count("passed")

    @property
    def failed(self) -> int:
        """Cases that failed, and those that are exempt and pass: a stale exemption is a failure."""
        return self._count("failed") + self._count("stale")

    @property
    def exempt(self) -> int:
        return self._count("exempt")

    @property
    def skipped(self) -> int:
        return self._count("skipped")

    def skips(self) -> list[tuple[str, int]]:
        """Why cases were skipped or are exempt, the most frequent reason first."""
        reasons = Counter(str(case.reason) for case in self.cases if case.outcome in ("skipped", "exempt"))
        return reasons.most_common()

    def _count(self, outcome: str) -> int:
        return sum(case.outcome == outcome for case in self.cases)


def check_plugin(name: str, tests: Path | None = None, numbers: Collection[int] = ()) -> Report:
    """Load an installed plugin as the core does, then run the conformance suite, or those cases, over its simulator.

    `tests` is a module with a subclass of `BrokerConformance`, for facts and exemptions. A guard is loaded only.
    Raises `PluginNotInstalled`, and `PluginError` without the extra `testing`.
    """
    found = _installed(name)
    verdict = examine(found)
    if verdict.state != "ok" or found.group == GUARDS:
        return _report(found, verdict)
    _require_extra()
    begun = time.monotonic()
    cases, cause = _run(name, tests, numbers)
    return _report(found, verdict, cases, cause, time.monotonic() - begun)


def _installed(name: str) -> Found:
    """The plugin of that name; a broker goes before a guard."""
    installed = discover(groups=(BROKERS, GUARDS))
    for group in (BROKERS, GUARDS):
        for found in installed:
            if (found.group, found.name) == (group, name):
                return found
    raise not_installed(name, sorted({found.name for found in installed}))


def _require_extra() -> None:
    missing = next((module for module in ("pytest", "starlette", "uvicorn") if find_spec(module) is None), None)
    if missing is not None:
        raise PluginError(
            f"The conformance suite needs {missing}, which is not installed.",
            hint="Run: pip install 'openalgo-core[testing]'",
        )


def _report(
    found: Found,
    verdict: Verdict,
    cases: Sequence[CaseResult] = (),
    cause: str | None = None,
    seconds: float = 0.0,
) -> Report:
    return Report(
        name=found.name,
        distribution=found.distribution,
        version=found.version,
        api=verdict.api,
        cause=verdict.cause or cause,
        remedy=verdict.remedy,
        seconds=round(seconds, 1),
        cases=tuple(cases),
    )


def _run(name: str, tests: Path | None, numbers: Collection[int]) -> tuple[list[CaseResult], str | None]:
    """The outcomes of all cases by number, and why the suite could not be run if it could not."""
    from .pytest_plugin import CaseResult

    with TemporaryDirectory(prefix="openalgo-check-") as directory:
        report = Path(directory, "report.json")
        module = tests.resolve() if tests else Path(directory, "test_plugin.py")
        if tests is None:
            module.write_text(_PLAIN.format(name=name), encoding="utf-8")
        ended = _pytest(module, report, numbers)
        told = json.loads(report.read_bytes()) if report.exists() else []
    cases = sorted((CaseResult(**fields) for fields in told), key=lambda case: case.number)
    if cases:
        return cases, None
    last = ended.stdout.strip().rpartition("\n")[2] or ended.stderr.strip().rpartition("\n")[2]
    return [], f"The conformance suite could not be run over {name!r}: {last or 'it found no case'}."


def _pytest(module: Path, report: Path, numbers: Collection[int]) -> subprocess.CompletedProcess[str]:
    directory = report.parent
    configuration = directory / "pytest.ini"
    configuration.write_text(_CONFIGURATION, encoding="utf-8")
    # -P and the path: see `plugins.states.examine`. Plugins of pytest that happen to be installed change nothing.
    command = [sys.executable, "-P", "-m", "pytest", str(module), *_ARGUMENTS, "--import-mode=importlib"]
    if numbers:
        command += ["-k", " or ".join(f"test_{number}_" for number in numbers)]
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    environment = {**os.environ, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    return subprocess.run(  # noqa: S603 - our own interpreter, and the module that the user names
        [*command, "-c", str(configuration), "--rootdir", str(directory), "--conformance-report", str(report)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=directory,
    )
