"""What is wrong with the toy just now."""

from __future__ import annotations

__all__ = ["SINS", "sins"]

SINS: set[str] = set()


def sins(name: str) -> bool:
    """Whether the toy commits that one."""
    return name in SINS
