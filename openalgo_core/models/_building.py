"""Frozen dataclasses that cost little to build."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, make_dataclass
from typing import Any, TypeVar

__all__ = ["quick_to_build"]

T = TypeVar("T")


def quick_to_build(cls: type[T]) -> type[T]:
    """Give a frozen dataclass with slots the `__init__` of one that is not frozen; it behaves as before.

    A frozen one sets every field through `object.__setattr__`, which takes most of the time in which a book of
    thousands of orders is made. Here an instance is of a twin class with the same slots while `__init__` fills them:
    it becomes that with its first field, and one of `cls` again after the last.
    """
    declared: tuple[Any, ...] = fields(cls)  # type: ignore[arg-type]  # it is a dataclass
    first = declared[0].name

    def freeze(self: Any) -> None:
        self.__class__ = cls

    twin: Any = make_dataclass(
        cls.__name__,
        [(field.name, field.type, field) for field in declared],
        namespace={"__post_init__": freeze},
        slots=True,
    )

    def set_first(self: Any, name: str, value: object) -> None:
        if hasattr(self, first):
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        object.__setattr__(self, "__class__", twin)
        setattr(self, name, value)

    cls.__init__ = twin.__init__  # type: ignore[method-assign]
    cls.__setattr__ = set_first  # type: ignore[method-assign]
    return cls
