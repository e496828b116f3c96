"""Finds an implementation of each hook that is tested: in the templates of a new plugin, else in a plugin of ours."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openalgo_core

__all__ = ["Example", "example_of"]

_CORE = Path(openalgo_core.__file__).parent
_PLUGINS = Path(__file__).parents[1] / "plugins"
#: Whose code is shown, the first that has the hook: what it is called in the text, and where it is.
_PACKAGES = (
    ("`openalgo plugin new acme`", _CORE / "scaffold/broker/openalgo_acme"),
    ("`openalgo plugin new acme --kind guard`", _CORE / "scaffold/guard/openalgo_acme"),
    ("openalgo-angel", _PLUGINS / "openalgo-angel/openalgo_angel"),
    ("openalgo-definedge", _PLUGINS / "openalgo-definedge/openalgo_definedge"),
    ("the guard daily_loss", _CORE / "guards/daily_loss.py"),
)


@dataclass(frozen=True, slots=True)
class Example:
    """`parts` are the hook and what it stands on, each with the name of its file."""

    origin: str
    parts: tuple[tuple[str, str], ...]


def example_of(hook: str) -> Example | None:
    """The first implementation there is."""
    for origin, place in _PACKAGES:
        file = place if place.suffix else place / "__init__.py"
        module = _Module(file)
        found = module.hook(hook)
        if found is not None:
            return Example(origin, ((file.name, module.text(found)), *_behind(found, place)))
    return None


class _Module:
    def __init__(self, file: Path) -> None:
        self._source = file.read_text(encoding="utf-8")
        self._tree = ast.parse(self._source)

    def hook(self, name: str) -> ast.FunctionDef | None:
        for node in self._tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == name and node.decorator_list:
                return node
        return None

    def named(self, name: str) -> ast.stmt | None:
        """The function or value of that name."""
        for node in self._tree.body:
            targets = [*node.targets] if isinstance(node, ast.Assign) else []
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            if name in names or (isinstance(node, ast.FunctionDef) and node.name == name):
                return node
        return None

    def text(self, node: ast.stmt) -> str:
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
        return "\n".join(self._source.splitlines()[first - 1 : node.end_lineno])


def _behind(hook: ast.FunctionDef, package: Path) -> Iterator[tuple[str, str]]:
    """What `from .order import place`, `return _instruments.master(...)` or `return BROKER` leads to."""
    *before, returned = hook.body
    if not isinstance(returned, ast.Return) or returned.value is None:
        return
    value = returned.value.func if isinstance(returned.value, ast.Call) else returned.value
    if before and isinstance(before[-1], ast.ImportFrom):
        part, name = before[-1].module or "", before[-1].names[0].name
    elif isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name):
        part, name = value.value.id.lstrip("_"), value.attr
    elif isinstance(value, ast.Name):
        part, name = "capabilities", value.id
    else:
        return
    file = package / part / "__init__.py" if (package / part).is_dir() else package / f"{part}.py"
    if file.exists():
        module = _Module(file)
        found = module.named(name)
        if found is not None:
            yield file.relative_to(package).as_posix(), module.text(found)
