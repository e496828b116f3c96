"""`simulate`: it serves, says where and to whom, and stops cleanly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openalgo_core import demo as demo_package
from openalgo_core.cli.commands import simulate
from openalgo_core.simulation import SimulatorSetup

from .conftest import Run


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[SimulatorSetup]:
    """What simulators were made with."""
    made: list[SimulatorSetup] = []

    def simulator_of(broker: str) -> Callable[[SimulatorSetup], Any]:
        def hook(setup: SimulatorSetup) -> Any:
            made.append(setup)
            return app

        return hook

    monkeypatch.setattr(demo_package, "simulator_of", simulator_of, raising=False)
    return made


def _until_asked(monkeypatch: pytest.MonkeyPatch, ask: Callable[[], None]) -> None:
    monkeypatch.setattr(simulate, "_wait", ask)


def _get(url: str) -> bytes:
    with urllib.request.urlopen(f"{url}/x", timeout=5) as answer:
        return bytes(answer.read())


def test_it_serves_and_prints_the_env_file(
    run: Run, served: list[SimulatorSetup], monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies: list[bytes] = []
    _until_asked(monkeypatch, lambda: bodies.append(_get(served[0].public_url)))

    ran = run("simulate", "fake")

    assert (ran.code, bodies) == (0, [b"hello"])
    lines = dict(line.split("=", 1) for line in ran.out.splitlines())
    assert lines["BROKER_BASE_URL"] == f"'{served[0].public_url}'"
    assert lines["BROKER_API_KEY"] == "'TESTKEY1'"
    assert lines["REDIRECT_URL"] == "'http://127.0.0.1:5000/fake/callback'"
    assert "sample API key" in ran.err
    assert ran.err.splitlines()[-1] == "Stopped."


def test_as_json_it_is_one_line(run: Run, served: list[SimulatorSetup], monkeypatch: pytest.MonkeyPatch) -> None:
    _until_asked(monkeypatch, lambda: None)

    ran = run("simulate", "fake", "--json")

    assert (ran.err, ran.out.count("\n")) == ("", 1)
    assert list(ran.json) == ["broker", "url", "environment"]
    assert ran.json["environment"]["BROKER_BASE_URL"] == ran.json["url"]


def test_faults_are_played_and_wrong_ones_refused(
    run: Run, served: list[SimulatorSetup], monkeypatch: pytest.MonkeyPatch
) -> None:
    codes: list[int] = []

    def ask() -> None:
        with pytest.raises(urllib.error.HTTPError) as failure:
            _get(served[0].public_url)
        codes.append(failure.value.code)
        failure.value.close()

    _until_asked(monkeypatch, ask)

    assert run("simulate", "fake", "--fault", "status=503@x").code == 0
    assert codes == [503]
    assert run("simulate", "fake", "--fault", "nonsense").code == 2


def test_somebodys_own_account_is_used_and_not_repeated(
    run: Run, served: list[SimulatorSetup], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    env_file = tmp_path / "own.env"
    env_file.write_text("BROKER_API_KEY='own-key'\nBROKER_API_SECRET='own-secret'\n", encoding="utf-8")
    _until_asked(monkeypatch, lambda: None)

    ran = run("simulate", "fake", "--env-file", str(env_file))

    assert served[0].account.api_key.reveal() == "own-key"
    assert "own-" not in ran.out + ran.err


PROGRAM = """
from openalgo_core import demo
from openalgo_core.cli import main

async def app(scope, receive, send):
    pass

demo.simulator_of = lambda broker: lambda setup: app
main(["simulate", "fake", "--json"])
"""


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT as a terminal does")
def test_ctrl_c_ends_it_cleanly(tmp_path: Path) -> None:
    environment = {**os.environ, "OPENALGO_HOME": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = json.loads(process.stdout.readline())["url"]
        process.send_signal(signal.SIGINT)
        assert (process.wait(10), process.stderr.read()) == (0, "")
    with pytest.raises(urllib.error.URLError):
        _get(url)
