"""The page of the documentation that lists the cases."""

from __future__ import annotations

import inspect
import sys

from ...capabilities import Capability
from .base import Group
from .cases import Case
from .suite import GROUPS

__all__ = ["conformance_page"]

_HEAD = """# Conformance cases

What every broker plugin must pass, by number. `openalgo_core.testing` runs them; a case that does not apply is skipped
for a reason that the plugin's own declaration gives. One with × is run for several things (exchanges, faults, hooks …)
and counts once for each of them.
"""


def conformance_page() -> str:
    """Markdown: a section for each group, and a row for each case with precondition, action and expectation."""
    return "\n".join([_HEAD, *(line for group in GROUPS for line in _section(group))]) + "\n"


def _section(group: type[Group]) -> list[str]:
    title = (inspect.getdoc(sys.modules[group.__module__]) or "").partition("\n\n")[0].replace("\n", " ")
    head = ["| case | given | when | then | needs | explained in |", "|---|---|---|---|---|---|"]
    own = [one for one in group.cases() if f"test_{one.number}_" in " ".join(vars(group))]
    return [f"## {title}", "", *head, *map(_row, own), ""]


def _row(case: Case) -> str:
    label, _, anchor = case.page.removeprefix("docs/").partition("#")
    link = f"[{anchor or label.removesuffix('.md')}]({case.page.removeprefix('docs/')})"
    needs = ", ".join(f"`{need.value}`" if isinstance(need, Capability) else _words(need) for need in case.needs)
    name = f'<a id="{case.number}"></a>**{case.number}** {case.title}{" ×" if case.each else ""}'
    return f"| {name} | {case.given} | {case.when} | {case.then} | {needs} | {link} |"


def _words(need: object) -> str:
    return getattr(need, "__name__", "a declaration").strip("_").replace("_", " ")
