"""Bytes of the whole model in every storage format, by weight type and in the chosen one."""

from __future__ import annotations

from collections.abc import Iterator

from app.calculators.pruning.model.storage import WeightType, types
from app.calculators.pruning.options import Result
from app.calculators.pruning.show.figures import Show, groups_of, links, quotient, weights
from app.calculators.pruning.stored import FormatBytes, stored
from app.vocabulary.calculator import Row, Table
from app.vocabulary.quantity import show_number

_TYPES = ("bf16", "fp8", "int4", "mxfp4", "nvfp4")


def matrix(result: Result, show: Show) -> Table:
    """Every format that can hold the chosen structure, in every type."""
    question, groups = result.question, result.question.groups
    left, _ = groups_of(groups, result.chosen, question.model.total)
    dense = result.dense.device_bytes

    def rows() -> Iterator[Row]:
        by_type = {key: {each.key: each for each in stored(question, key)} for key in _TYPES}
        labels = {key: each.label for found in by_type.values() for key, each in found.items()}
        least = min(each.total_bytes for found in by_type.values() for each in found.values())
        for key, label in labels.items():
            cells = []
            for found in by_type.values():
                each = found.get(key)
                cells.append((show.bytes(each.total_bytes, how=weights(left, each.bytes)),) if each else ("–",))
            smallest = any(found[key].total_bytes == least for found in by_type.values() if key in found)
            written = any(found[key].written for found in by_type.values() if key in found)
            note = " and ".join(
                words
                for words, true in (("the smallest", smallest), ("written by no released software", not written))
                if true
            )
            source = next(found[key].source for found in by_type.values() if key in found)
            yield Row((label,), (*cells, links((source,))), note=(note,) if note else ())

    return Table(
        "Bytes by format and type",
        ("Format", *(types()[key].name for key in _TYPES), "Source"),
        rows,
        intro="The whole model, with your sparsity pattern, in every format that can hold it and in every type.",
        notes=(
            (
                "Of it, outside the linear layers and never pruned: ",
                show.bytes(
                    result.dense.device.rest, how=weights(groups._replace(pruned=0, linear=0), result.dense.device)
                ),
                ". FP16 is as BF16, INT8 as FP8. Dense in the chosen type: ",
                show.bytes(dense),
                ".",
            ),
        ),
    )


def _called(kind: WeightType) -> str:
    return kind.name


def formats(result: Result, show: Show) -> Table:
    """Every format in the chosen type: bits, break-even, who writes it."""
    dense, whole = result.dense.device_bytes, result.question.groups
    left, _ = groups_of(whole, result.chosen, result.question.model.total)

    def row(each: FormatBytes) -> Row:
        return Row(
            (each.label,),
            (
                (show.bits(each.bits_per_weight, each.formula),),
                (show.bytes(each.total_bytes, how=weights(left if each.group == "pruned" else whole, each.bytes)),),
                (show.percent(each.total_bytes / dense, how=quotient(each.total_bytes, dense)),),
                ("above ", show.percent(each.break_even)) if each.break_even is not None else ("–",),
                (f"{each.where}. {each.note}" if each.note else each.where,),
                links((each.source,)),
            ),
        )

    bits, gguf = result.question.weights(), result.question.weights("q4_k_m")
    whose = "by llama.cpp’s rule for each tensor" if gguf.known else "means over another model"
    return Table(
        "Size in each storage format",
        ("Format", "Bits per weight", "Whole model", "Of dense", "Smaller than dense", "Where", "Source"),
        lambda: map(row, result.formats),
        intro="Bits count per original weight of the pruned part, zeros included. Quantized rows are without pruning.",
        notes=(
            (
                f"Outside the block matrices a weight of {_called(bits)} has {show_number(bits.rest_bits)} bits: ",
                show.bytes(result.dense.device.rest),
                f" here. Bits of GGUF are {whose}, without the file’s own metadata of 6 to 8 MB. GB is 10⁹ bytes, GiB"
                " 2³⁰.",
            ),
        ),
    )
