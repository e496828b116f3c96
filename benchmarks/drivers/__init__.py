"""How each peer is driven, in its own environment: nothing of theirs is changed but where they find their host.

    python -m benchmarks.drivers fenix orders http://127.0.0.1:8000     prints the figures of rows 2a, 2c and 2d

A module for each peer, named as its driver in `benchmarks.peers`, with a class `Driver(url)` that has a method for each
thing the peer can do: `quote`, `place`, `quotes`, `book`, `sync`. They run where openalgo-core is not installed.
"""

from __future__ import annotations

__all__ = ["SHARES"]

#: Symbol and token of 500 shares of the stub's master.
SHARES = [(f"SHARE{number}", 100_000 + number) for number in range(1, 501)]
