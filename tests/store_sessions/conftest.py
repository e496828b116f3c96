from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import IO

import pytest

#: What four processes print that run `deed` at the same moment, after all have finished `setup`.
Race = Callable[..., list[str]]

_FRAME = """
import sys
{setup}
print("ready", flush=True)
sys.stdin.readline()
{deed}
"""


@pytest.fixture
def race() -> Race:
    """Call it with the code of `setup`, the code of `deed`, and the arguments that they find in `sys.argv`."""

    def run(setup: str, deed: str, *arguments: str) -> list[str]:
        command = [sys.executable, "-c", _FRAME.format(setup=setup, deed=deed), *arguments]
        processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)
        ]
        assert [_lines(process.stdout).readline() for process in processes] == ["ready\n"] * 4
        for process in processes:
            _lines(process.stdin).write("go\n")
            _lines(process.stdin).flush()
        outputs = [process.communicate(timeout=60)[0].strip() for process in processes]
        assert [process.returncode for process in processes] == [0] * 4
        return outputs

    return run


def _lines(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream
