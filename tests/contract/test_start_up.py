"""What is imported when: in a fresh interpreter, because this one has imported everything already."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "pydantic",
    "requests",
    "rich",
    "msgspec",
    "pluggy",
    "cryptography",
    "importlib.metadata",
    "sqlite3",
    "starlette",
)

SCRIPT = """
import json, sys
sys.argv = ["openalgo", *{words!r}]
try:
    from openalgo_core.cli import main
    main()
except SystemExit as stop:
    code = stop.code
print("\\n" + json.dumps({{"code": code or 0, "heavy": [name for name in {heavy!r} if name in sys.modules]}}))
"""


def heavy_after(words: list[str], home: Path) -> tuple[int, list[str]]:
    script = SCRIPT.format(words=words, heavy=HEAVY)
    run = subprocess.run(
        [sys.executable, "-I", "-c", script],
        capture_output=True,
        text=True,
        env={"OPENALGO_HOME": str(home), "PATH": ""},
        cwd=home,
        check=True,
    )
    found = json.loads(run.stdout.splitlines()[-1])
    return found["code"], found["heavy"]


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["order", "--help"], ["brokers", "--json"]], ids=" ".join)
def test_light_commands_stay_light(words: list[str], tmp_path: Path) -> None:
    heavy_after(["brokers"], tmp_path)  # the first call looks at plugins in subprocesses and remembers
    code, heavy = heavy_after(words, tmp_path)
    assert code == 0
    assert [name for name in heavy if name != "rich"] == []


def test_brokers_imports_neither_pydantic_nor_requests_even_the_first_time(tmp_path: Path) -> None:
    code, heavy = heavy_after(["brokers"], tmp_path)
    assert code == 0
    assert not {"pydantic", "requests", "pluggy", "importlib.metadata"} & set(heavy)


def test_importing_the_package_imports_nothing_heavy() -> None:
    script = f"import openalgo_core, sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_importing_the_package_imports_next_to_nothing() -> None:
    script = "import sys; before = {*sys.modules}; import openalgo_core; print(*{*sys.modules} - before)"
    run = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    ours = {"openalgo_core", "openalgo_core._lazy"}
    standard = {"__future__", "importlib", "importlib._bootstrap", "importlib._bootstrap_external", "warnings"}
    assert ours <= set(run.stdout.split()) <= ours | standard


def test_reading_a_quote_on_paper_imports_no_pydantic(tmp_path: Path) -> None:
    code, heavy = heavy_after(["quote", "NSE:SBIN", "--json"], tmp_path)
    assert code == 0
    assert not {"pydantic", "msgspec"} & set(heavy)
