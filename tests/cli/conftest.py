from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from openalgo_core.cli import main, session

from .fakes import FakeBroker


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        return json.loads(self.err)["error"]


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs `openalgo` with the words given, in an empty home, so that nothing of the developer's own is read."""
    monkeypatch.setenv("OPENALGO_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("OPENALGO_BROKER", raising=False)

    def run(*words: str, stdin: str | None = None) -> Ran:
        result = CliRunner().invoke(main, words, input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> FakeBroker:
    """The broker that every command of the test gets; how it was asked for is noted as a call of `connect`."""
    fake = FakeBroker()

    def connect(*asked: Any) -> FakeBroker:
        fake._answer("connect", None, *asked)
        return fake

    monkeypatch.setattr(session, "connect", connect)
    return fake
