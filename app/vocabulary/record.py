"""What a named tuple is in the browser. The build puts it in the place of `typing.NamedTuple`, which writes, compiles
and runs a program of its own for every class: a hundred of them take longer than all else that is imported at the
start (see tools/build/precompile.py). In plain CPython nothing imports this.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self


class Record(tuple[Any, ...]):
    """A tuple with names, as `collections.namedtuple` makes them; the build gives each class its `__new__`."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()
    _field_defaults: dict[str, Any] = {}  # noqa: RUF012 - each class has its own

    @classmethod
    def _make(cls, values: Iterable[Any]) -> Self:
        """An instance of so many values."""
        found = tuple.__new__(cls, values)
        if len(found) != len(cls._fields):
            raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(found)}")
        return found

    def _replace(self, /, **changed: Any) -> Self:
        """The same with some values changed."""
        found = self._make(map(changed.pop, self._fields, self))
        if changed:
            raise TypeError(f"Got unexpected field names: {list(changed)!r}")
        return found

    def _asdict(self) -> dict[str, Any]:
        """The values by name."""
        return dict(zip(self._fields, self, strict=True))

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
        return f"{type(self).__name__}({values})"
