"""Draws `order-states.svg`, the life of an order, from the table below.

python docs/picture.py            draw it
python docs/picture.py --check    fail if the picture differs from what would be drawn
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path
from typing import NamedTuple

__all__ = ["BOXES", "main"]

PICTURE = Path(__file__).with_name("order-states.svg")
_WIDTH, _HEIGHT = 172, 50


class Box(NamedTuple):
    """A state; `x` and `y` are its upper left corner. `kind`: begin, open or final."""

    title: str
    note: str
    x: int
    y: int
    kind: str


class Arrow(NamedTuple):
    """From one point to another, along the corners between them; the text stands at its own place."""

    points: str
    text: str
    x: int
    y: int


BOXES = (
    Box("checked", "nothing is recorded", 20, 150, "begin"),
    Box("intended", "on disk, not sent", 250, 150, "open"),
    Box("intended", "on disk: being sent", 480, 150, "open"),
    Box("acknowledged", "the broker has it: order id", 760, 40, "final"),
    Box("rejected", "the broker said no", 760, 150, "final"),
    Box("unknown", "nobody can tell yet", 480, 300, "open"),
    Box("not placed", "surely not booked", 250, 300, "final"),
)
ARROWS = (
    Arrow("192,175 250,175", "journal", 200, 166),
    Arrow("422,175 480,175", "mark", 434, 166),
    Arrow("652,175 760,175", "a clear no", 672, 166),
    Arrow("600,150 600,65 760,65", "yes, with an order id", 612, 56),
    Arrow("566,200 566,300", "any other answer, none, or a crash", 574, 254),
    Arrow("300,200 300,300", "a crash before sending", 152, 254),
    Arrow("652,325 945,325 945,65 932,65", "found in the order book", 690, 316),
    Arrow("480,325 422,325", "absent from the day's final book", 366, 374),
    Arrow("520,200 520,240 380,240 380,300", "nothing left this machine", 364, 232),
)


def main(check: bool) -> int:
    picture = _svg()
    if check:
        return 0 if PICTURE.exists() and PICTURE.read_text(encoding="utf-8") == picture else 1
    PICTURE.write_text(picture, encoding="utf-8")
    return 0


def _svg() -> str:
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 390" font-family="sans-serif" font-size="13">',
        "<title>The life of an order</title>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">',
        '<path d="M0 0 8 4 0 8z" fill="#444"/></marker></defs>',
        '<rect width="960" height="390" fill="#fff"/>',
        *(line for arrow in ARROWS for line in _arrow(arrow)),
        *(line for box in BOXES for line in _box(box)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


_FILLS = {"begin": "#f4f4f4", "open": "#fff3cd", "final": "#d9f0e3"}


def _box(box: Box) -> list[str]:
    middle = box.x + _WIDTH // 2
    return [
        f'<rect x="{box.x}" y="{box.y}" width="{_WIDTH}" height="{_HEIGHT}" rx="8" '
        f'fill="{_FILLS[box.kind]}" stroke="#444"/>',
        f'<text x="{middle}" y="{box.y + 21}" text-anchor="middle" font-weight="bold">{escape(box.title)}</text>',
        f'<text x="{middle}" y="{box.y + 39}" text-anchor="middle" font-size="12">{escape(box.note)}</text>',
    ]


def _arrow(arrow: Arrow) -> list[str]:
    line = f'<polyline points="{arrow.points}" fill="none" stroke="#444" marker-end="url(#head)"/>'
    return [line, f'<text x="{arrow.x}" y="{arrow.y}" fill="#444" font-size="12">{escape(arrow.text)}</text>'][
        : 2 if arrow.text else 1
    ]


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
