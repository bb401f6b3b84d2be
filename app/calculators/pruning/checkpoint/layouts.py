"""Tensors of a checkpoint -> the matrices that its layers multiply by: what is stored in several tensors (values,
scales, zero points, a mask of nonzeros) is one matrix, and each says how its weights lie, or why that is not known.

Layouts: compressed-tensors (`compressors/pack_quantized`, `compressors/nvfp4`, and of earlier versions
`sparse_compressors/sparse_bitmask.py`); GPTQ (AutoGPTQ, `nn_modules/qlinear`); AWQ (AutoAWQ, `utils/packing_utils.py`);
MXFP4 of gpt-oss (transformers, `integrations/mxfp4.py`); bitsandbytes (`functional.py`, `QuantState.as_dict`).
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from app.calculators.pruning.checkpoint.counts import Grid, countable
from app.calculators.pruning.checkpoint.roles import Place, place
from app.calculators.pruning.checkpoint.tensors import Checkpoint, Tensor, kinds
from app.vocabulary.calculator import finish

_PACKED = (".weight_packed", ".qweight", ".compressed", "_blocks")
_BESIDE = (
    *(".weight_scale", ".weight_scale_inv", ".weight_scale_2", ".weight_zero_point", ".weight_shape", ".weight_g_idx"),
    *(".weight_global_scale", ".input_scale", ".input_global_scale", ".input_zero_point", ".k_scale", ".v_scale"),
    *(".qzeros", ".scales", ".g_idx", ".bitmask", ".row_offsets", ".shape", "_scales", ".biases", ".SCB", ".scb"),
    *(".weight.absmax", ".weight.quant_map", ".weight.nested_absmax", ".weight.nested_quant_map", ".weight_format"),
    *(".weight.quant_state.bitsandbytes__nf4", ".weight.quant_state.bitsandbytes__fp4", ".output_scale"),
)
_KERNELS = 16
"""The longest last axis of a three-dimensional tensor that is taken for the positions of a kernel."""


class Matrix(NamedTuple):
    """A weight of the model as a layer uses it: `weights` of them in `stored_bytes`, scales and masks included, stored
    in a `type` as people call it. `values` is the tensor that holds them; `grid` says how they lie, None where `why`
    says that it is not known. Zero is told by `zero` (bits that stand for it, repeated; empty for all bits clear), or
    by the tensor `zero_points`, for groups of so many inputs (`group`), which `indices` may reorder. `plus_one`: zero
    points are stored less one (GPTQ of version 1).
    """

    name: str
    place: Place
    type: str
    weights: int
    stored_bytes: int
    values: Tensor
    grid: Grid | None
    why: str = ""
    zero: bytes = b""
    zero_points: Tensor | None = None
    indices: Tensor | None = None
    group: int = 0
    plus_one: bool = False
    value_bits: int = 16
    stored_sparse: bool = False

    @property
    def scale_bits(self) -> float:
        """Bits beside each weight for scales, zero points and masks."""
        return (
            max(0.0, 8 * self.stored_bytes / self.weights - self.value_bits)
            if self.weights and not self.stored_sparse
            else 0.0
        )


class _Known(NamedTuple):
    """What is known of the whole: its config, whether there is a graph, which weights stand input by input, and the
    zero points that a graph names.
    """

    config: Mapping[str, Any]
    graph: bool
    turned: frozenset[str]
    zero_points: Mapping[str, Tensor]


def matrices(checkpoint: Checkpoint) -> tuple[Matrix, ...]:
    """Every weight of a checkpoint, those of one row among them, each once; in the order of the layers."""
    return finish(matrices_in_parts(checkpoint))


_AT_ONCE = 64
"""Weights that are looked at between two frames."""

_NAMES_AT_ONCE = 4096
"""Names that are."""


def matrices_in_parts(checkpoint: Checkpoint) -> Generator[None, None, tuple[Matrix, ...]]:
    """The same, some at a time."""
    own = checkpoint.own
    by_base = yield from _together(own)
    graph = checkpoint.way == "ONNX" and any(each.used for each in own)
    turned = _turned(own)
    points = {each.zero_point for each in own}
    known = _Known(checkpoint.config or {}, graph, turned, {each.name: each for each in own if each.name in points})
    found = []
    for base, parts in by_base.items():
        found.append(_if_countable(_matrix(base, parts, known)))
        if len(found) % _AT_ONCE == 0:
            yield
    return tuple(sorted(found, key=_in_order))


def _in_order(matrix: Matrix) -> tuple[int, str, int]:
    layer = matrix.place.layer
    return (0 if layer is None and matrix.place.role == "embedding" else 1 if layer is not None else 2,
            matrix.place.stack, layer or 0)  # fmt: skip


def _together(tensors: Sequence[Tensor]) -> Generator[None, None, dict[str, dict[str, Tensor]]]:
    """Tensors by the name of the weight they belong to, then by what they are of it; "" is the weight itself."""
    names = {each.name for each in tensors}
    ends = (*_PACKED, *_BESIDE)
    packed = {each[: -len(end)] for each in names if each.endswith(_PACKED) for end in _PACKED if each.endswith(end)}
    found: dict[str, dict[str, Tensor]] = {}
    for at, each in enumerate(tensors):
        if at % _NAMES_AT_ONCE == 0:
            yield
        base, part = each.name, ""
        for end in ends if each.name.endswith(ends) else ():
            root = each.name.removesuffix(end)
            if root == each.name:
                continue
            if root in packed or f"{root}.weight" in names:
                base, part = root if root in packed else f"{root}.weight", end
                break
        found.setdefault(base, {})[part] = each
    return found


def _turned(tensors: Sequence[Tensor]) -> frozenset[str]:
    """Which weights stand input by input: GPT-2's, told by its query, key and value being wider than high, and fused
    experts whose width within comes last (gpt-oss, Llama 4), told by both of their matrices.
    """
    shapes = {each.name: each.shape for each in tensors}
    found = set()
    if any(_is_conv1d(name, shape) for name, shape in shapes.items()):
        found |= {name for name, shape in shapes.items() if len(shape) == 2 and _ends_as_conv1d(name)}
    for name, shape in shapes.items():
        down = shapes.get(name.replace("gate_up_proj", "down_proj"), ())
        if "experts.gate_up_proj" in name and len(shape) == len(down) == 3:
            wide, across = shape[2] == 2 * down[1] and shape[1] == down[2], shape[1] == 2 * down[2]
            if wide and not across:
                found |= {name, name.replace("gate_up_proj", "down_proj")}
    return frozenset(found)


def _ends_as_conv1d(name: str) -> bool:
    return name.endswith((".c_attn.weight", ".c_proj.weight", ".c_fc.weight"))


def _is_conv1d(name: str, shape: tuple[int, ...]) -> bool:
    return name.endswith(".c_attn.weight") and len(shape) == 2 and shape[1] == 3 * shape[0]


def _if_countable(matrix: Matrix) -> Matrix:
    if matrix.grid is None or countable(matrix.grid):
        return matrix
    return matrix._replace(grid=None, why=matrix.why or "its rows or columns are too long, or end within a byte")


def _matrix(base: str, parts: Mapping[str, Tensor], known: _Known) -> Matrix:
    size = sum(each.bytes for each in parts.values())
    if ".weight_packed" in parts:
        return _packed(base, parts, size, known.config)
    if ".qweight" in parts:
        return _qweight(base, parts, size, known.config)
    if ".bitmask" in parts:
        return _bitmask(base, parts, size)
    if "_blocks" in parts:
        return _mxfp4(base, parts["_blocks"], size)
    values = parts.get("")
    if values is None:
        values = next(iter(parts.values()))
        return Matrix(base, Place("", None, "buffer", None, False), values.dtype, 0, size, values, None, "not a weight")
    return _plain(values, parts, size, known)


# --- stored as it is used ---

_CELLS = {"F8_E4M3": "F8", "F8_E5M2": "F8", "F8_E4M3FNUZ": "I8", "F8_E5M2FNUZ": "I8", "U8": "I8", "BOOL": "I8"}
_CELLS |= {"U16": "I16", "U32": "I32", "U64": "I64", "U4": "I4", "F4_E2M1": "F4"}
_INDICES = ("I64", "I32", "U64", "U32", "BOOL", "C64", "C128")


def _plain(values: Tensor, parts: Mapping[str, Tensor], size: int, known: _Known) -> Matrix:
    name, kind = values.name, kinds()[values.dtype]
    where = place(name, values.shape, values.used, known.graph)
    bits = round(8 * kind.bytes / kind.weights)
    if ".weight.absmax" in parts:
        return _bitsandbytes(values, where, size, parts)
    if ".weight_scale_2" in parts and values.dtype == "U8":  # NVFP4 of Model Optimizer
        return _two_a_byte(name, where, "NVFP4", values, size)
    if ".scales" in parts and ".biases" in parts and values.dtype == "U32":
        weights = parts[".scales"].elements * _mlx_group(values, parts[".scales"])
        return Matrix(name, where, "MLX", weights, size, values, None, "MLX’s affine groups have no zero point",
                      value_bits=4)  # fmt: skip
    if values.dtype in _INDICES and (where.role in ("buffer", "vector") or not where.prunable):
        return Matrix(name, where._replace(role="buffer"), values.dtype, 0, size, values, None, "not a weight")
    if where.role == "buffer":
        return Matrix(name, where, values.dtype, 0, size, values, None, "not a weight")
    found = Matrix(name, where, values.dtype, values.elements, size, values, None, values.why, value_bits=bits)
    if values.why:
        return found
    if not kind.zeros:
        return found._replace(why=f"the values of {values.dtype} are not read here")
    grid = _grid(values, known.turned)
    points = parts.get(".weight_zero_point") or known.zero_points.get(values.zero_point)
    return found._replace(grid=grid, zero_points=points if grid.cell in ("I8", "I4") else None)


def _mlx_group(values: Tensor, scales: Tensor) -> int:
    """Inputs that share a scale: at 4 bits, which is MLX's usual."""
    return values.shape[-1] * 8 // scales.shape[-1] if values.shape and scales.shape and scales.shape[-1] else 0


def _grid(values: Tensor, turned: frozenset[str]) -> Grid:
    """How the weights of a plain tensor lie."""
    cell, shape = _CELLS.get(values.dtype, values.dtype), values.shape
    if len(shape) < 2:
        return Grid(cell, 1, prod(shape))
    if values.strides is not None or values.used == "product turned" or values.name in turned:
        stack, inputs, outputs = prod(shape[:-2]), shape[-2], shape[-1]
        if values.strides is not None:  # a view that was turned round: its file has it the other way
            inputs, outputs = shape[-1], shape[-2]
        return Grid(cell, outputs, inputs, "columns", stack)
    if len(shape) > 3 or values.used == "convolution" or (len(shape) == 3 and shape[-1] < _KERNELS and not values.used):
        return Grid(cell, shape[0], shape[1], "positions", positions=prod(shape[2:]))
    return Grid(cell, shape[-2], shape[-1], "rows", prod(shape[:-2]))


# --- quantized ---


def _unknown(base: str, where: Place, kind: str, values: Tensor, size: int, why: str, weights: int = 0) -> Matrix:
    return Matrix(base, where, kind, weights or values.elements, size, values, None, why)


def _quantization(config: Mapping[str, Any]) -> Mapping[str, Any]:
    for key in ("quantization_config", "compression_config"):
        if isinstance(config.get(key), Mapping):
            return config[key]  # type: ignore[no-any-return]
    return {}


def _bits_said(config: Mapping[str, Any]) -> int:
    """Bits of a weight as the config has them, 0 where it does not say one number."""
    said = _quantization(config)
    groups = said.get("config_groups")
    found = {said["bits"]} if isinstance(said.get("bits"), int) else set()
    for group in groups.values() if isinstance(groups, Mapping) else ():
        weights = group.get("weights") if isinstance(group, Mapping) else None
        if isinstance(weights, Mapping) and isinstance(weights.get("num_bits"), int):
            found.add(weights["num_bits"])
    return found.pop() if len(found) == 1 else 0


def _packed(base: str, parts: Mapping[str, Tensor], size: int, config: Mapping[str, Any]) -> Matrix:
    """compressed-tensors: integers less their least in words of 32 bits, the first one lowest; FP4 in pairs."""
    values, scale = parts[".weight_packed"], parts.get(".weight_scale")
    name = f"{base}.weight"
    where = place(name, values.shape)
    if values.dtype == "U8":
        kind = "NVFP4" if ".weight_global_scale" in parts else "MXFP4"
        return _two_a_byte(name, where, kind, values, size)
    bits = _bits_said(config) or 4
    if values.dtype != "I32" or len(values.shape) < 2 or bits not in (4, 8):
        return _unknown(name, where, f"packed INT{bits}", values, size, f"words with {bits} bits a weight are not read",
                        values.elements * 32 // max(1, bits))  # fmt: skip
    outputs, inputs = values.shape[-2], values.shape[-1] * 32 // bits
    grid = Grid("I4" if bits == 4 else "I8", outputs, inputs, "rows", prod(values.shape[:-2]))
    groups = scale.shape[-1] if scale is not None and len(scale.shape) == len(values.shape) else 1
    zero_points = parts.get(".weight_zero_point")
    found = Matrix(name, where, f"INT{bits} (compressed-tensors)", grid.weights, size, values, grid, values.why,
                   b"\x88" if bits == 4 else b"\x80", value_bits=bits)  # fmt: skip
    if zero_points is None:
        return found
    if parts.get(".weight_g_idx") is not None or not groups or inputs % groups or bits != 4:
        return found._replace(grid=None, why="its zero points are not laid out as expected")
    return found._replace(zero=b"", zero_points=zero_points, group=inputs // groups)


def _two_a_byte(name: str, where: Place, kind: str, values: Tensor, size: int) -> Matrix:
    """FP4: two a byte, the first one low; a sign, and three bits that are clear for zero."""
    shape = (*values.shape[:-1], 2 * values.shape[-1]) if values.shape else (2,)
    grid = Grid("F4", shape[-2] if len(shape) > 1 else 1, shape[-1], "rows", prod(shape[:-2]))
    return Matrix(name, where, kind, grid.weights, size, values, grid, values.why, value_bits=4)


def _mxfp4(base: str, values: Tensor, size: int) -> Matrix:
    """gpt-oss: experts, outputs, groups of 32 inputs, and their 16 bytes."""
    where = place(base, values.shape)
    if len(values.shape) != 4 or values.shape[-1] != 16 or values.dtype != "U8":
        return _unknown(base, where, "MXFP4", values, size, "its blocks are not laid out as expected")
    experts, outputs, groups, _ = values.shape
    grid = Grid("F4", outputs, groups * 32, "rows", experts)
    return Matrix(base, where, "MXFP4", grid.weights, size, values, grid, values.why, value_bits=4)


def _qweight(base: str, parts: Mapping[str, Tensor], size: int, config: Mapping[str, Any]) -> Matrix:
    """GPTQ packs eight inputs of an output in a word, AWQ eight outputs of an input: the scales tell which."""
    values, zeros, scales = parts[".qweight"], parts.get(".qzeros"), parts.get(".scales")
    name = f"{base}.weight"
    where = place(name, values.shape)
    words = [each.dtype for each in (values, zeros) if each] == ["I32", "I32"]
    if zeros is None or scales is None or not words or {len(each.shape) for each in (values, zeros, scales)} != {2}:
        return _unknown(name, where, "packed", values, size, "its layout is not known", 8 * values.elements)
    groups, outputs = scales.shape
    packs_outputs = values.shape[1] * 8 == outputs and zeros.shape == (groups, values.shape[1])
    packs_inputs = values.shape[1] == outputs and zeros.shape[0] == groups and zeros.shape[1] * 8 == outputs
    if not groups or not (packs_outputs or packs_inputs):
        return _unknown(
            name, where, "packed", values, size, "only words with 4 bits a weight are read", 8 * values.elements
        )
    if packs_outputs:
        grid = Grid("I4", outputs, values.shape[0], "columns")
        kind = "INT4 (AWQ)"
    else:
        grid = Grid("I4", outputs, 8 * values.shape[0], "words")
        kind = "INT4 (GPTQ)"
    if grid.inputs % groups:
        return _unknown(name, where, kind, values, size, "its groups are not laid out as expected", grid.weights)
    second = _quantization(config).get("checkpoint_format") == "gptq_v2"
    return Matrix(
        name,
        where,
        kind,
        grid.weights,
        size,
        values,
        grid,
        values.why,
        zero_points=zeros,
        indices=None if packs_outputs else parts.get(".g_idx"),
        group=grid.inputs // groups,
        plus_one=not packs_outputs and not second,
        value_bits=4,
    )


def _bitmask(base: str, parts: Mapping[str, Tensor], size: int) -> Matrix:
    """A bit for each weight, the first one lowest, rows in whole bytes, and the nonzero values beside it."""
    mask, values = parts[".bitmask"], parts.get(".compressed")
    where = place(base, (2, 2))
    kind = f"{values.dtype if values else '?'} as a bitmask"
    if values is None or mask.dtype not in ("U8", "I8") or len(mask.shape) != 2:
        return _unknown(base, where, kind, mask, size, "its mask is not laid out as expected", 8 * mask.elements)
    grid = Grid("BIT", mask.shape[0], 8 * mask.shape[1])
    return Matrix(base, where, kind, grid.weights, size, mask, grid, mask.why, stored_sparse=True,
                  value_bits=8 * values.bytes // max(1, values.elements))  # fmt: skip


def _bitsandbytes(values: Tensor, where: Place, size: int, parts: Mapping[str, Tensor]) -> Matrix:
    """Two codes a byte in one row: of NF4 the code 7 is zero. Which input a code is of is not told by its place."""
    nf4 = any("nf4" in each for each in parts)
    kind = "NF4 (bitsandbytes)" if nf4 else "FP4 (bitsandbytes)"
    where = place(values.name, (2, 2))
    grid = Grid("I4" if nf4 else "F4", 1, 2 * values.elements)
    return Matrix(values.name, where, kind, grid.weights, size, values, grid, values.why, b"\x77" if nf4 else b"",
                  value_bits=4)  # fmt: skip
