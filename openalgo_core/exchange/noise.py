"""Randomness without state: the same on every machine, in every process, in any order of asking.

Integers only, so that no rounding of a processor or a library version can change a price.
"""

from __future__ import annotations

__all__ = ["SPAN", "key_of", "kick", "noise", "pick"]

#: `noise` and `kick` lie within ±SPAN.
SPAN = 1 << 16

_MASK = (1 << 64) - 1


def key_of(*parts: object) -> int:
    """A 64-bit key made of the text of `parts`: FNV-1a, mixed once more. (hashlib would load OpenSSL for it.)"""
    key = 0xCBF29CE484222325
    for byte in "\x1f".join(map(str, parts)).encode():
        key = (key ^ byte) * 0x100000001B3 & _MASK
    return _bits(key, 1)


def noise(key: int, index: int) -> int:
    """A number within ±SPAN, more often near 0 than near the ends (the sum of two dice)."""
    bits = _bits(key, index)
    return (bits >> 48) + (bits >> 32 & 0xFFFF) - 0xFFFF


def kick(key: int, index: int) -> int:
    """Half of SPAN to SPAN, up or down: as lively as can be for the bound it keeps."""
    bits = _bits(key, index)
    size = (SPAN >> 1) + (bits >> 49)
    return size if bits & 1 else -size


def pick(key: int, index: int, low: int, high: int) -> int:
    """A whole number from `low` to `high`, both included, all alike."""
    return low + _bits(key, index) % (high - low + 1)


def _bits(key: int, index: int) -> int:
    """SplitMix64 (Steele, Lea, Flood 2014): the finaliser of a counter-based generator."""
    z = (key + index * 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)
