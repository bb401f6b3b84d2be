"""An ONNX model: protobuf, of which the places of the weights are taken, in nested graphs too, and what is done with
them (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto; https://protobuf.dev/programming-guides/encoding).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from pathlib import PurePosixPath
from typing import NamedTuple

from app.calculators.pruning.checkpoint.source import File, Reading, Window
from app.calculators.pruning.checkpoint.tensors import MOST_TENSORS, Tensor, Used, bytes_of, named, shape_of
from app.calculators.pruning.checkpoint.texts import decoded, name_of, quoted
from app.vocabulary.calculator import Invalid, shorten
from app.vocabulary.quantity import show_bytes

_VARINT, _EIGHT, _LENGTH, _FOUR = 0, 1, 2, 5
_DEEPEST, _MOST_FIELDS, _LONGEST_TEXT = 12, 2_000_000, 2**16
_GRAPH, _STRING, _ONE_BYTE = 7, 8, (2, 3, 9)
"""The number of the field that holds the graph; of the type of texts, which are no weights; and of types of a byte."""


class Field(NamedTuple):
    """A field of a message: its number and kind on the wire, its value if that is a number, and where its bytes are."""

    number: int
    wire: int
    value: int
    start: int
    length: int


class Node(NamedTuple):
    """An operation: what it is, what it takes and gives, and whether `transB` is set."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    turned: bool


class _Reader:
    """One file, its tensors and nodes as far as they were read."""

    def __init__(self, files: Sequence[File], file: int) -> None:
        self.files, self.file = files, file
        self.name = files[file].label
        self.window = Window(files, file)
        self.tensors: list[Tensor] = []
        self.nodes: list[Node] = []
        self.fields = 0

    def field(self, stop: int) -> Reading[Field]:
        """The next field, and the place just before its bytes."""
        self.fields += 1
        if self.fields > _MOST_FIELDS:
            raise Invalid(f"{self.name} has over {_MOST_FIELDS:,} fields: no model that is read here has.")
        key = yield from self.window.varint("graph")
        number, wire = key >> 3, key & 7
        value = length = 0
        if wire == _VARINT:
            value = yield from self.window.varint("graph")
        elif wire == _LENGTH:
            length = yield from self.window.varint("graph")
        elif wire in (_EIGHT, _FOUR):
            length = 8 if wire == _EIGHT else 4
        else:
            raise Invalid(f"{self.name} is no ONNX model, or damaged: a field of an unknown kind stands in it.")
        if self.window.at + length > stop:
            raise Invalid(f"A part of {self.name} would end beyond the whole: the file is cut short or damaged.")
        return Field(number, wire, value, self.window.at, length)

    def text(self, field: Field) -> Reading[str]:
        if field.length > _LONGEST_TEXT:
            raise Invalid(f"A name in {self.name} has {field.length:,} bytes: the file is damaged.")
        return decoded((yield from self.window.take(field.length, "graph")), f"A name in {self.name}")

    def graph(self, stop: int, depth: int) -> Reading[None]:
        """A GraphProto: nodes (1) and initializers (5)."""
        if depth > _DEEPEST:
            raise Invalid(f"The graphs of {self.name} stand over {_DEEPEST} deep in each other: the file is damaged.")
        while self.window.at < stop:
            field = yield from self.field(stop)
            end = field.start + field.length
            if field.number == 1 and field.wire == _LENGTH:
                yield from self.node(end, depth)
            elif field.number == 5 and field.wire == _LENGTH:
                yield from self.tensor(end, "")
            self.window.at = end

    def node(self, stop: int, depth: int) -> Reading[None]:
        """A NodeProto: inputs (1), outputs (2), op_type (4), attributes (5)."""
        kind, turned = "", False
        inputs: list[str] = []
        outputs: list[str] = []
        while self.window.at < stop:
            field = yield from self.field(stop)
            end = field.start + field.length
            if field.wire == _LENGTH and field.number in (1, 2, 4):
                said = yield from self.text(field)
                if field.number == 4:
                    kind = said
                else:
                    (inputs if field.number == 1 else outputs).append(said)
            elif field.wire == _LENGTH and field.number == 5:
                turned = (yield from self.attribute(end, depth, outputs[0] if outputs else "")) or turned
            self.window.at = end
        self.nodes.append(Node(kind, tuple(inputs), tuple(outputs), turned))

    def attribute(self, stop: int, depth: int, owner: str) -> Reading[bool]:
        """An AttributeProto: name (1), i (3), tensors (5, 10), graphs (6, 11). Whether it is a transB that is set."""
        name, number = "", 0
        while self.window.at < stop:
            field = yield from self.field(stop)
            end = field.start + field.length
            if field.number == 1 and field.wire == _LENGTH:
                name = yield from self.text(field)
            elif field.number == 3 and field.wire == _VARINT:
                number = field.value
            elif field.number in (5, 10) and field.wire == _LENGTH:
                yield from self.tensor(end, owner)
            elif field.number in (6, 11) and field.wire == _LENGTH:
                yield from self.graph(end, depth + 1)
            self.window.at = end
        return name == "transB" and number == 1

    def tensor(self, stop: int, owner: str) -> Reading[None]:
        """A TensorProto: dims (1), data_type (2), floats (4), name (8), raw_data (9), doubles (10), external_data (13).
        One that a node holds is called after what the node gives, its `owner`.
        """
        name, code, dims, place, elsewhere = owner, 0, [], (-1, 0), {}
        why, numbers = "its values are not kept as plain bytes", (-1, 0)
        while self.window.at < stop:
            field = yield from self.field(stop)
            end = field.start + field.length
            if field.number == 1:
                if field.wire == _VARINT:
                    dims.append(field.value)
                while field.wire == _LENGTH and self.window.at < end:
                    dims.append((yield from self.window.varint("graph")))
                if len(dims) > 64:
                    raise Invalid(f"A tensor of {self.name} has over 64 dimensions: the file is damaged.")
            elif field.number == 2 and field.wire == _VARINT:
                code = field.value
            elif field.number == 8 and field.wire == _LENGTH:
                name = owner or (yield from self.text(field))
            elif field.number in (4, 9, 10) and field.wire == _LENGTH and field.length:
                place, why = (field.start, field.length), ""
            elif field.number == 5 and field.wire == _LENGTH:
                numbers = (field.start, field.length)
            elif field.number == 13 and field.wire == _LENGTH:
                key, value = yield from self.pair(end)
                elsewhere[key] = value
            self.window.at = end
        if code == _STRING:
            return
        if len(self.tensors) >= MOST_TENSORS:
            raise Invalid(f"{self.name} has over {MOST_TENSORS:,} tensors: up to so many are read.")
        if place[0] < 0 and numbers[1] == prod(dims) and code in _ONE_BYTE:
            place, why = numbers, ""  # numbers below 128 take a byte each, and are that byte
        self.tensors.append(self.made(name, code, dims, place, why, elsewhere))

    def pair(self, stop: int) -> Reading[tuple[str, str]]:
        """A StringStringEntryProto: key (1), value (2)."""
        said = {1: "", 2: ""}
        while self.window.at < stop:
            field = yield from self.field(stop)
            if field.number in said and field.wire == _LENGTH:
                said[field.number] = yield from self.text(field)
            self.window.at = field.start + field.length
        return said[1], said[2]

    def made(
        self, name: str, code: int, dims: list[int], place: tuple[int, int], why: str, elsewhere: dict[str, str]
    ) -> Tensor:
        """The tensor that was read."""
        dtype = named("onnx").get(str(code))
        if dtype is None:
            raise Invalid(f"{quoted(name)} has the type {code:,} of ONNX, which is not known here.")
        shape = shape_of(dims, name)
        size = bytes_of(dtype, shape)
        name = name_of(name)
        if elsewhere:
            return self.external(Tensor(name, shape, dtype, self.file, -1, size), elsewhere)
        if not why and place[1] != size:
            raise Invalid(
                f"{quoted(name)} has {place[1]:,} bytes, and {list(shape)} of {dtype} take {size:,}: the file is"
                " damaged."
            )
        return Tensor(name, shape, dtype, self.file, place[0], size, why=why if size else "")

    def external(self, tensor: Tensor, said: dict[str, str]) -> Tensor:
        """A tensor whose bytes stand in another file, if that is there: it is looked for among the files by name."""
        location = PurePosixPath(said.get("location", "").replace("\\", "/"))
        numbers = [said.get("offset") or "0", said.get("length") or str(tensor.bytes)]
        if not all(each.isdecimal() and len(each) < 20 for each in numbers) or int(numbers[1]) != tensor.bytes:
            raise Invalid(f"The place of {quoted(tensor.name)} in another file is not told right: the file is damaged.")
        file = next((at for at, each in enumerate(self.files) if PurePosixPath(each.name).name == location.name), -1)
        if file < 0:
            return tensor._replace(why=f"its bytes stand in {shorten(name_of(location.name[:200]))}, which is not here")
        offset = int(numbers[0])
        if offset + tensor.bytes > self.files[file].size:
            raise Invalid(
                f"{quoted(tensor.name)} would end at {show_bytes(offset + tensor.bytes)} of"
                f" {self.files[file].label}, which has {show_bytes(self.files[file].size)}: it is cut short."
            )
        return tensor._replace(file=file, offset=offset)


def header(files: Sequence[File], file: int) -> Reading[tuple[Tensor, ...]]:
    """The tensors of a model. Raises `Invalid` for a file that is none."""
    reader = _Reader(files, file)
    stop, graphs = files[file].size, 0
    while reader.window.at < stop:
        field = yield from reader.field(stop)
        end = field.start + field.length
        if field.number == _GRAPH and field.wire == _LENGTH:
            graphs += 1
            yield from reader.graph(end, 0)
        reader.window.at = end
    if not graphs:
        raise Invalid(f"{reader.name} has no graph: it is no ONNX model.")
    return tuple(_with_uses(reader.tensors, reader.nodes))


# --- what is done with them ---

_PASSED = {"DequantizeLinear", "QuantizeLinear", "Identity", "Cast"}
_USES: dict[str, tuple[tuple[int, Used], ...]] = {
    "MatMul": ((1, "product turned"), (0, "product")),
    "MatMulInteger": ((1, "product turned"), (0, "product")),
    "QLinearMatMul": ((3, "product turned"), (0, "product")),
    "Conv": ((1, "convolution"),),
    "ConvInteger": ((1, "convolution"),),
    "QLinearConv": ((3, "convolution"),),
    "LSTM": ((1, "product"), (2, "product")),
    "GRU": ((1, "product"), (2, "product")),
    "RNN": ((1, "product"), (2, "product")),
    "Gather": ((0, "lookup"),),
}
"""Which inputs of an operation are weights, and what becomes of them (https://onnx.ai/onnx/operators)."""

_ZERO_POINTS = {"DequantizeLinear": (0, 2), "MatMulInteger": (1, 3), "ConvInteger": (1, 3), "QLinearMatMul": (3, 5)}
_ZERO_POINTS["QLinearConv"] = (3, 5)
"""Which input of an operation is a weight, and which its zero point."""

_TURNED: dict[Used, Used] = {"product": "product turned", "product turned": "product"}


def _with_uses(tensors: list[Tensor], nodes: list[Node]) -> list[Tensor]:
    """The tensors with what the graph does with them, through what only passes them on."""
    came_from: dict[str, tuple[str, bool]] = {}
    for node in nodes:
        if (node.kind in _PASSED or node.kind == "Transpose") and node.inputs and node.outputs:
            before, turned = came_from.get(node.inputs[0], (node.inputs[0], False))
            came_from[node.outputs[0]] = (before, turned != (node.kind == "Transpose"))
    uses: dict[str, Used] = {}
    zeros: dict[str, str] = {}
    for node in nodes:
        found = _USES.get(node.kind, ())
        if node.kind == "Gemm":
            found = ((1, "product" if node.turned else "product turned"),)
        for place, used in found:
            if place < len(node.inputs):
                name, turned = came_from.get(node.inputs[place], (node.inputs[place], False))
                uses.setdefault(name_of(name), _TURNED.get(used, used) if turned else used)
        weight, point = _ZERO_POINTS.get(node.kind, (0, len(node.inputs)))
        if point < len(node.inputs) and node.inputs[point]:
            zeros.setdefault(name_of(node.inputs[weight]), name_of(node.inputs[point]))
    return [each._replace(used=uses.get(each.name, ""), zero_point=zeros.get(each.name, "")) for each in tensors]
