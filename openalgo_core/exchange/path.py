"""The price of one underlying through one trading day.

A bridge from the day's first to its last price by midpoint displacement: each interval of minutes is halved, and the
middle is moved by a random amount that shrinks with the interval's length. A minute is cut into four straight quarters.
Any second is found in some ten steps without knowing the others. Because the amounts are bounded, so is everything that
can happen inside an interval: highs, lows and crossings are found by looking only where they can be.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isqrt
from typing import TypeVar

from .noise import SPAN, kick

__all__ = ["MICRO", "DayPath"]

#: Prices inside the path are whole numbers of millionths of a rupee.
MICRO = 1_000_000

_MINUTE = 60
_QUARTER = 15
#: A session of 24 hours is halved 11 times.
_LEVELS = 12
#: The share of the first displacement that a level may add falls with the root of the interval, as in a random walk.
_SHARES = tuple(isqrt((1 << 32) >> level) for level in range(_LEVELS + 2))
#: Room for what rounding down may add over all levels.
_SLACK = 2 * _LEVELS

Key = TypeVar("Key")
Value = TypeVar("Value")
#: Minutes and extremes that a path remembers at most. Thousands of paths are kept, so each must stay small.
_REMEMBERED = 64


class DayPath:
    """Seconds count from the start of the session; the last one is `minutes * 60 - 1`. Values are in `MICRO`s.

    `swing` bounds the first displacement; the path stays within 3.4 swings of the straight line.
    """

    __slots__ = ("_extremes", "_inner", "_key", "_minutes", "_nodes", "_points", "_reach", "_steps", "start")

    def __init__(self, key: int, minutes: int, start: int, end: int, swing: int) -> None:
        self._key = key
        self._minutes = minutes
        levels = (minutes - 1).bit_length()
        steps = [swing * share >> 16 for share in _SHARES]
        self._steps = steps[:levels]
        self._inner = steps[levels], steps[levels + 1]
        self._reach = [sum(self._steps[level:]) + sum(self._inner) + _SLACK for level in range(levels + 1)]
        # Remembered because neighbours share their ancestors, and options share their underlying.
        self._nodes = {0: start, minutes: end}
        self._points: dict[int, tuple[int, int, int, int, int]] = {}
        self._extremes: dict[tuple[int, int, int], int] = {}
        self.start = start

    def value(self, second: int) -> int:
        minute, within = divmod(second, _MINUTE)
        quarter, rest = divmod(within, _QUARTER)
        points = self._minute(minute)
        return points[quarter] + (points[quarter + 1] - points[quarter]) * rest // _QUARTER

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Lowest and highest value of a few minutes, by looking at every corner."""
        corners = [self.value(first), self.value(last)]
        for quarter in range(first // _QUARTER + 1, last // _QUARTER + 1):
            minute, within = divmod(quarter, _MINUTE // _QUARTER)
            corners.append(self._minute(minute)[within])
        return min(corners), max(corners)

    def extreme(self, begin: int, last: int, sign: int) -> int:
        """The highest value (`sign` 1) or the lowest (-1) from the start of minute `begin` to second `last`."""
        end = (last + 1) // _MINUTE
        found = [self._whole(begin, end, sign)] if end > begin else []
        if end * _MINUTE <= last:
            low, high = self.span(end * _MINUTE, last)
            found.append(high if sign > 0 else low)
        return max(found) if sign > 0 else min(found)

    def first(self, begin: int, end: int, hit: Callable[[int], bool], sign: int) -> int | None:
        """The first second on the way from `begin` to `end`, both included, whose value hits; `end` may be the earlier.

        `hit` must be monotone: true for every value above one that hits (`sign` 1), or below it (-1).
        """
        backwards = end < begin
        first, last = (end, begin) if backwards else (begin, end)
        stack = [(0, self._minutes, 0)]
        while stack:
            low, high, depth = stack.pop()
            if high * _MINUTE <= first or low * _MINUTE > last or not hit(self._bound(low, high, depth, sign)):
                continue
            if high - low == 1:
                found = self._scan(low, first, last, hit, backwards=backwards)
                if found is not None:
                    return found
                continue
            middle = (low + high) // 2
            halves = [(middle, high, depth + 1), (low, middle, depth + 1)]
            if backwards:
                halves.reverse()
            stack += halves
        return None

    def _whole(self, begin: int, end: int, sign: int) -> int:
        """The extreme of the minutes from `begin` up to and without `end`; one minute more than known is cheap."""
        known = self._extremes.get((begin, end, sign))
        if known is None:
            before = self._extremes.get((begin, end - 1, sign))
            known = self._search(begin, end, sign) if before is None else self._beyond(before, end - 1, sign)
            _remember(self._extremes, (begin, end, sign), known)
        return known

    def _search(self, begin: int, end: int, sign: int) -> int:
        best = sign * self._node(begin)
        stack = [(0, self._minutes, 0)]
        while stack:
            low, high, depth = stack.pop()
            if high <= begin or low >= end or sign * self._bound(low, high, depth, sign) <= best:
                continue
            if high - low == 1:
                best = sign * self._beyond(sign * best, low, sign)
                continue
            middle = (low + high) // 2
            halves = [(low, middle, depth + 1), (middle, high, depth + 1)]
            # The half with the better end goes on top, so that what it yields cuts off most of the other.
            if sign * self._nodes[low] > sign * self._nodes[high]:
                halves.reverse()
            stack += halves
        return sign * best

    def _beyond(self, best: int, minute: int, sign: int) -> int:
        """`best`, or the extreme of that minute if it is beyond."""
        low, high = self.span(minute * _MINUTE, minute * _MINUTE + _MINUTE - 1)
        return max(best, high) if sign > 0 else min(best, low)

    def _bound(self, low: int, high: int, depth: int, sign: int) -> int:
        """A value that nothing between two minutes can pass. Works out the middle on the way, if there is one."""
        nodes = self._nodes
        best = max(sign * nodes[low], sign * nodes[high])
        if high - low == 1:
            return sign * (best + self._reach[-1])
        middle = (low + high) // 2
        value = nodes.get(middle)
        best = max(best, sign * (self._split(low, middle, high, depth) if value is None else value))
        return sign * (best + self._reach[depth + 1])

    def _scan(self, minute: int, first: int, last: int, hit: Callable[[int], bool], *, backwards: bool) -> int | None:
        start = max(first, minute * _MINUTE)
        stop = min(last, minute * _MINUTE + _MINUTE - 1)
        seconds = range(stop, start - 1, -1) if backwards else range(start, stop + 1)
        return next((second for second in seconds if hit(self.value(second))), None)

    def _minute(self, minute: int) -> tuple[int, int, int, int, int]:
        """The values at seconds 0, 15, 30, 45 and 60 of a minute; straight lines between them."""
        points = self._points.get(minute)
        if points is None:
            first, last = self._node(minute), self._node(minute + 1)
            wide, narrow = self._inner
            index = self._minutes + 3 * minute
            half = (first + last) // 2 + self._kick(wide, index + 1)
            early = (first + half) // 2 + self._kick(narrow, index + 2)
            late = (half + last) // 2 + self._kick(narrow, index + 3)
            points = (first, early, half, late, last)
            _remember(self._points, minute, points)
        return points

    def _node(self, minute: int) -> int:
        """The value at the start of a minute."""
        nodes = self._nodes
        low, high, depth = 0, self._minutes, 0
        while minute not in nodes:
            middle = (low + high) // 2
            if middle not in nodes:
                self._split(low, middle, high, depth)
            low, high = (low, middle) if minute <= middle else (middle, high)
            depth += 1
        return nodes[minute]

    def _split(self, low: int, middle: int, high: int, depth: int) -> int:
        nodes = self._nodes
        straight = (nodes[low] * (high - middle) + nodes[high] * (middle - low)) // (high - low)
        value = nodes[middle] = straight + self._kick(self._steps[depth], middle)
        return value

    def _kick(self, step: int, index: int) -> int:
        return step * kick(self._key, index) // SPAN


def _remember(memory: dict[Key, Value], key: Key, value: Value) -> None:
    if len(memory) >= _REMEMBERED:
        memory.clear()
    memory[key] = value
