"""docs/performance.md and its plots, as one run made them."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from openalgo_core.clock import IST

from .growth import Curve
from .rows import Row, markdown, peers_markdown

__all__ = ["write"]

_DOCS = Path(__file__).parent.parent / "docs"
_TEXT = """# Performance

*Written by `tox -e bench -- --write` on {when}, on {machine}. Do not edit: run it again.*

Every figure is a ratio to something measured in the same run, round by round in turn, because times of one machine mean
little and those of a shared machine nothing. **bar** must hold; **aim** is where we want to be. Smaller is better.
Where a row is above its bar, all rows of its kind are measured again, twice at most: the least ratio counts, because
others on the machine add to some measurements and a regression adds to all. What did not count stands beside it.

![How many times its bar each row takes](performance.svg)

{rows}

## Peers

An empty cell is something that the library cannot do, or not over Angel One's wire.

{peers}

## Growth

![Growth](growth.svg)

{growth}

## What is compared with what

- The baseline of starting is a Python that imports `click`, or does nothing, or a script of six lines that asks for the
  same quote with `requests`. Ours has the session and the instruments on disk, as a trader's has by noon.
- The baseline of an order is `requests.Session().post(json=...)`. Ours validates, looks up the instrument, asks the
  guards, takes two rate tokens that all processes of the machine share, and writes the journal three times.
- 2c says as much of the machine as of us, which is why what the bare call has in the same run stands beside it. Each
  call counts as a multiple of the median of its round.
- 2b journals with `durability = "power"`; its baseline is the same post and two `fdatasync`, timed one by one.
  Ours waits for the disk as often: before the order leaves, and when its outcome is known.
- The floor of a sync decodes with msgspec, whole file in memory, and makes three indexes; ours streams, makes four,
  checks that keys are unique, and puts the file in place atomically. Other brokers' files hold the same contracts and
  are compared with the same floor, which reads Angel One's. Imports come before the clock on all sides. A floor is
  measured right before and right after each sync.
- The goals of a look-up were set in µs, 30 and 12 for the first, 2 and 0.5 for the next, where a bare one by index took
  6.7; those of a search in ms, 25 and 15, and 1 and 0.2 for an option, where a bare scan with `LIKE` took 13. They are
  kept as multiples of these two. The bare look-up reads the same row again and again; a first look-up of ours reads a
  page of the table that its process has never read.
- Peers are installed from the registry into environments of their own by the same command, and driven with nothing
  changed but where they find their host. Those that can take a token are given one; brokerkit keeps no session, so its
  quote (1d) logs in first, as its user's would. fenix's rate limits are off, or they would be what is timed.
- smartapi-python gives back what the broker sends, fenix dictionaries of its own; tt-connect, brokerkit and we give
  models. Of those that sync, only tt-connect and we keep a table; the others fill memory, each time anew.
- For row 5 smartapi-python is batched by hand, and brokerkit fetches open, high, low and close: whole quotes it fetches
  one by one. Neither keeps to the broker's limit of ten requests a second, as we do.
- Row 7 spoils the answer as often as a client asks again, and counts the orders where they arrive. No peer has a word
  for "unknown"; where its error is of a kind that speaks of the network or of time, it is taken to have said so.
- pyintegrate speaks Definedge's wire and breeze-connect ICICI Direct's, which the stub has as far as their instrument
  files: breeze-connect fetches one when it is imported, and gets the stub's. OpenAlgo's client speaks to its server.
{notes}

## What this cannot measure

A live broker, TLS and the way there: all is plain HTTP on the loopback, which hides what a new connection for each
order really costs (two or three round trips). OpenAlgo's server: only its client can be installed. Memory, but for the
sync. Other machines than the one named above.
"""


def write(rows: Sequence[Row], curves: Sequence[Curve], notes: Sequence[str]) -> None:
    """Put the page and its plots into `docs/`."""
    text = _TEXT.format(
        when=f"{datetime.now(IST):%d %B %Y, %H:%M IST}",
        machine=_machine(),
        rows=markdown(rows),
        peers=peers_markdown(rows),
        growth="\n".join(map(_points, curves)),
        notes="\n".join(f"- {note}" for note in notes),
    )
    (_DOCS / "performance.md").write_text(text, encoding="utf-8")
    _plot_rows(rows)
    _plot_curves(curves)


def _machine() -> str:
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    return f"{os.cpu_count()} cores of {model}, {platform.system()}, CPython {platform.python_version()}"


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def _points(curve: Curve) -> str:
    points = ", ".join(f"{place:,}: {figure:.3g}" for place, figure in curve.points.items())
    return f"- **{curve.what}** ({curve.unit}) against {curve.against}: {points}"


def _plot_rows(rows: Sequence[Row]) -> None:
    import matplotlib.pyplot as plt

    shown = [row for row in rows if row.bar]
    figure, axes = plt.subplots(figsize=(9, 0.32 * len(shown) + 1.2))
    colours = ["tab:red" if not row.holds() else "tab:blue" for row in shown]
    axes.barh([f"{row.number} {row.what}" for row in shown], [row.we / row.bar for row in shown], color=colours)
    for place, row in enumerate(shown):
        axes.plot([row.aim / row.bar] * 2, [place - 0.4, place + 0.4], color="black")
    axes.axvline(1, color="grey", linestyle="--")
    axes.invert_yaxis()
    axes.set_xlabel("part of its bar that each row takes; the black mark is the aim")
    _save(figure, "performance.svg")


def _plot_curves(curves: Sequence[Curve]) -> None:
    import matplotlib.pyplot as plt

    figure, all_axes = plt.subplots(1, len(curves), figsize=(3.2 * len(curves), 3))
    for axes, curve in zip(all_axes, curves, strict=True):
        axes.plot([str(place) for place in curve.points], list(curve.points.values()), marker="o")
        axes.set_ylim(bottom=0)
        axes.set_title(curve.what, fontsize=8)
        axes.set_xlabel(curve.against, fontsize=8)
        axes.set_ylabel(curve.unit, fontsize=8)
    _save(figure, "growth.svg")


def _save(figure: object, name: str) -> None:
    from matplotlib import rcParams
    from matplotlib.figure import Figure

    assert isinstance(figure, Figure)
    rcParams["svg.hashsalt"] = name  # the same picture from the same figures
    figure.tight_layout()
    figure.savefig(_DOCS / name, metadata={"Date": None})
