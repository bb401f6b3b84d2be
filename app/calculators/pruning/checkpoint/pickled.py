"""What a pickle of tensors says, without unpickling: its opcodes are followed one by one, and what they would call is
looked up in a list of the few things that a `state_dict` needs. Nothing is imported and nothing is called (opcodes:
CPython's Lib/pickletools.py; the list: torch/_weights_only_unpickler.py, `_get_allowed_globals`).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from app.calculators.pruning.checkpoint.source import PAUSE, Reading
from app.calculators.pruning.checkpoint.texts import name_of
from app.vocabulary.calculator import Invalid, shorten

_MOST_STEPS, _AT_ONCE = 4_000_000, 10_000
"""Instructions that are followed at most, and between two frames."""

_LONGEST_NUMBER = 16
"""Bytes of a whole number."""


class Named(NamedTuple):
    """What a pickle would import."""

    path: str


class Storage(NamedTuple):
    """The bytes under one or several tensors: their type (empty where the tensor says it), key, number of elements."""

    dtype: str
    key: str
    elements: int


class View(NamedTuple):
    """A tensor: where in a storage its first element stands, its shape and its strides in elements."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: str


class Other(NamedTuple):
    """Something that holds no tensor of its own: `inside` is what it was made of."""

    inside: Any = None


def _view(storage: Any, offset: Any, shape: Any, strides: Any, *rest: Any) -> View:
    dtype = next((each.path.removeprefix("torch.") for each in rest if isinstance(each, Named)), "")
    whole = (storage.elements, offset, *shape, *strides) if isinstance(storage, Storage) else ("",)
    if not all(type(each) is int and each >= 0 for each in whole) or len(shape) != len(strides):
        raise Invalid("A tensor in this pickle has no storage, shape and strides: the file is damaged.")
    return View(storage, offset, tuple(shape), tuple(strides), dtype or storage.dtype)


def _first(first: Any, *_: Any) -> Any:
    return first


def _pairs(pairs: Any = (), *_: Any) -> Any:
    return dict(_key(*each) for each in pairs) if isinstance(pairs, list | tuple) else pairs


def _typed(made_by: Any, _kind: Any, of: Any, *_: Any) -> Any:
    if isinstance(made_by, Named) and _CALLED.get(made_by.path) is _typed:
        raise Invalid("A tensor in this pickle is made of itself: the file is damaged.")
    return _call(made_by, of)


def _sparse(_layout: Any, data: Any) -> Any:
    return dict(zip(("indices", "values"), data, strict=False))


def _opaque(*inside: Any) -> Other:
    return Other(inside)


_CALLED: dict[str, Callable[..., Any]] = {
    "torch._utils._rebuild_tensor": _view,
    "torch._utils._rebuild_tensor_v2": _view,
    "torch._utils._rebuild_tensor_v3": _view,
    "torch._utils._rebuild_parameter": _first,
    "torch._utils._rebuild_parameter_with_state": _first,
    "torch._utils._rebuild_sparse_tensor": _sparse,
    "torch._tensor._rebuild_from_type_v2": _typed,
    "torch.nn.parameter.Parameter": _first,
    "collections.OrderedDict": _pairs,
    "collections.defaultdict": lambda _=None, pairs=(): _pairs(pairs),
}
_CALLED |= dict.fromkeys(
    (
        *("collections.Counter", "torch.Size", "torch.device", "torch.serialization._get_layout", "_codecs.encode"),
        *("builtins.bytearray", "builtins.set", "builtins.complex", "argparse.Namespace"),
        *(f"numpy.{core}.multiarray.{name}" for core in ("core", "_core") for name in ("scalar", "_reconstruct")),
        *("numpy.dtype", "numpy.ndarray", "torch._utils._rebuild_meta_tensor_no_storage"),
    ),
    _opaque,
)
_NAMED = {
    *_CALLED,
    *("torch.Tensor", "torch._tensor.Tensor", "torch.storage.UntypedStorage", "builtins.dict", "builtins.list"),
}
_PYTHON_2 = {"__builtin__": "builtins", "copy_reg": "copyreg"}


def _named(module: str, name: str) -> Named:
    path = f"{_PYTHON_2.get(module, module)}.{name}"
    plain = module == "torch" and name.replace("_", "").isalnum()  # a type or a storage; never called
    if not plain and path not in _NAMED:
        raise Invalid(
            f"This pickle would load {shorten(name_of(path[:200]))}, which a plain state_dict does not need. Nothing of"
            " it was run. Save the state_dict() of the model, or safetensors, and choose that."
        )
    return Named(path)


def _call(function: Any, arguments: Any) -> Any:
    called = _CALLED.get(function.path) if isinstance(function, Named) else None
    if called is None or not isinstance(arguments, tuple):
        what = shorten(name_of(function.path[:200])) if isinstance(function, Named) else "something that is no function"
        raise Invalid(f"This pickle would call {what}, which a plain state_dict does not need. Nothing of it was run.")
    try:
        return called(*arguments)
    except TypeError:
        raise Invalid(
            f"This pickle would call {function.path} in a way that it does not have: it is damaged."
        ) from None


def _key(name: Any, value: Any) -> tuple[Any, Any]:
    """An entry of a dictionary, if its key is a text or a number: others could take for ever to compare."""
    if not isinstance(name, str | float | bytes | None) and not (isinstance(name, int) and abs(name) < 2**53):
        raise Invalid("A dictionary in this pickle has keys that are neither texts nor numbers: it is no state_dict.")
    return name, value


class _Mark:
    pass


_MARK = _Mark()


class _Machine:
    """A stack, what was put aside, and where in the pickle it stands."""

    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 0
        self.stack: list[Any] = []
        self.aside: dict[int, Any] = {}

    def bytes(self, length: int) -> bytes:
        self.at += length
        if self.at > len(self.content):
            raise Invalid("This pickle is cut short: the file is damaged.")
        return self.content[self.at - length : self.at]

    def number(self, wide: int, signed: bool = False) -> int:
        return int.from_bytes(self.bytes(wide), "little", signed=signed)

    def text(self, wide: int) -> str:
        return self.bytes(self.number(wide)).decode("utf-8", "surrogatepass")

    def line(self) -> str:
        end = self.content.find(b"\n", self.at)
        return self.bytes(end + 1 - self.at if end >= 0 else len(self.content))[:-1].decode()

    def pop(self) -> Any:
        return self.stack.pop()

    def marked(self) -> list[Any]:
        """All above the last mark, taken off."""
        place = len(self.stack) - 1
        while self.stack[place] is not _MARK:
            place -= 1
            if place < 0:
                raise IndexError
        found = self.stack[place + 1 :]
        del self.stack[place:]
        return found

    def tuple_of(self, length: int) -> None:
        found = tuple(self.stack[-length:])
        if len(found) != length:
            raise IndexError
        self.stack[-length:] = [found]


def _set(machine: _Machine, items: list[Any]) -> None:
    into = machine.stack[-1]
    if isinstance(into, dict):
        for name, value in zip(items[::2], items[1::2], strict=False):
            _key(name, value)
            into[name] = value
    elif not isinstance(into, Other):
        raise Invalid("This pickle puts entries into what is no dictionary: it is damaged.")


def _append(machine: _Machine, items: list[Any]) -> None:
    into = machine.stack[-1]
    if isinstance(into, list):
        into.extend(items)
    elif not isinstance(into, Other):
        raise Invalid("This pickle puts values into what is no list: it is damaged.")


def _persistent(machine: _Machine) -> None:
    said = machine.pop()
    if not (isinstance(said, tuple) and len(said) >= 5 and said[0] == "storage" and isinstance(said[1], Named)):
        raise Invalid("This pickle refers to something that is no storage of a tensor: it is no state_dict.")
    kind, key, elements = said[1].path.rpartition(".")[2], said[2], said[4]
    if not isinstance(key, str) or type(elements) is not int:
        raise Invalid("A storage in this pickle has no name or size: the file is damaged.")
    machine.stack.append(Storage("" if kind == "UntypedStorage" else kind, key, elements))


def _long(machine: _Machine) -> None:
    wide = machine.number(1)
    if wide > _LONGEST_NUMBER:
        raise Invalid("A number in this pickle is no size of a tensor: the file is damaged.")
    machine.stack.append(machine.number(wide, signed=True))


def _build(machine: _Machine) -> None:
    """The state of an object: what a `state_dict` has of it (`_metadata`) holds no tensors."""
    machine.pop()
    machine.stack[-1]  # there must be an object


def _reduce(machine: _Machine) -> None:
    arguments, function = machine.pop(), machine.pop()
    machine.stack.append(_call(function, arguments))


def _stack_global(machine: _Machine) -> None:
    name, module = machine.pop(), machine.pop()
    if not (isinstance(name, str) and isinstance(module, str)):
        raise Invalid("This pickle would load something without a name: it is damaged.")
    machine.stack.append(_named(module, name))


def _put(machine: _Machine, place: int) -> None:
    machine.aside[place] = machine.stack[-1]


_STEPS: dict[int, Callable[[_Machine], object]] = {
    0x80: lambda m: m.number(1),  # PROTO
    0x95: lambda m: m.number(8),  # FRAME
    ord("("): lambda m: m.stack.append(_MARK),
    ord("}"): lambda m: m.stack.append({}),
    ord("]"): lambda m: m.stack.append([]),
    ord(")"): lambda m: m.stack.append(()),
    ord("N"): lambda m: m.stack.append(None),
    0x88: lambda m: m.stack.append(True),
    0x89: lambda m: m.stack.append(False),
    0x8F: lambda m: m.stack.append(Other()),  # EMPTY_SET
    0x90: lambda m: m.marked(),  # ADDITEMS
    ord("J"): lambda m: m.stack.append(m.number(4, signed=True)),
    ord("K"): lambda m: m.stack.append(m.number(1)),
    ord("M"): lambda m: m.stack.append(m.number(2)),
    0x8A: _long,  # LONG1
    ord("G"): lambda m: m.stack.append(struct.unpack(">d", m.bytes(8))[0]),
    ord("X"): lambda m: m.stack.append(m.text(4)),
    0x8C: lambda m: m.stack.append(m.text(1)),
    0x8D: lambda m: m.stack.append(m.text(8)),
    ord("U"): lambda m: m.stack.append(m.bytes(m.number(1))),
    ord("T"): lambda m: m.stack.append(m.bytes(m.number(4))),
    ord("C"): lambda m: m.stack.append(m.bytes(m.number(1))),
    ord("B"): lambda m: m.stack.append(m.bytes(m.number(4))),
    0x8E: lambda m: m.stack.append(m.bytes(m.number(8))),
    0x96: lambda m: m.stack.append(m.bytes(m.number(8))),
    ord("q"): lambda m: _put(m, m.number(1)),
    ord("r"): lambda m: _put(m, m.number(4)),
    0x94: lambda m: _put(m, len(m.aside)),  # MEMOIZE
    ord("h"): lambda m: m.stack.append(m.aside[m.number(1)]),
    ord("j"): lambda m: m.stack.append(m.aside[m.number(4)]),
    ord("t"): lambda m: m.stack.append(tuple(m.marked())),
    0x85: lambda m: m.tuple_of(1),
    0x86: lambda m: m.tuple_of(2),
    0x87: lambda m: m.tuple_of(3),
    ord("a"): lambda m: _append(m, [m.pop()]),
    ord("e"): lambda m: _append(m, m.marked()),
    ord("s"): lambda m: _set(m, [m.stack.pop(-2), m.pop()]),
    ord("u"): lambda m: _set(m, m.marked()),
    ord("0"): lambda m: m.pop(),
    ord("c"): lambda m: m.stack.append(_named(m.line(), m.line())),
    0x93: _stack_global,
    ord("Q"): _persistent,
    ord("R"): _reduce,
    0x81: _reduce,  # NEWOBJ
    ord("b"): _build,
}
_STOP = ord(".")


def walk(content: bytes) -> Reading[Any]:
    """What a pickle would make: dictionaries, lists, numbers, texts, and a `View` for every tensor. Raises `Invalid`
    for a pickle that does anything else.
    """
    machine = _Machine(content)
    try:
        for done in range(1, _MOST_STEPS):
            if done % _AT_ONCE == 0:
                yield PAUSE
            step = machine.number(1)
            if step == _STOP:
                return machine.pop()
            if step not in _STEPS:
                raise Invalid(
                    f"This pickle has an instruction (0x{step:02x}) that no state_dict needs. Nothing of it was run."
                )
            _STEPS[step](machine)
    except (IndexError, KeyError, UnicodeDecodeError):
        raise Invalid("This pickle takes what it never put down: the file is damaged.") from None
    raise Invalid(f"This pickle has over {_MOST_STEPS:,} instructions: no state_dict has.")
