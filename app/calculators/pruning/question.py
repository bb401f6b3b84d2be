"""The question as one record, and what follows from it alone: what is pruned of the model, and what a cut leaves."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from app.calculators.pruning.model.architecture import Model, Shape, count
from app.calculators.pruning.model.cuts import Keep, cut
from app.calculators.pruning.model.flops import Work, work
from app.calculators.pruning.model.memory import Overhead
from app.calculators.pruning.model.parallel import Split, split
from app.calculators.pruning.model.storage import NM, WeightType, types
from app.calculators.pruning.model.weights import Quantized, of_model
from app.calculators.pruning.speed.devices import Device
from app.calculators.pruning.speed.links import in_one_machine
from app.calculators.pruning.speed.run import Run, Workload
from app.vocabulary.calculator import Invalid

if TYPE_CHECKING:
    from app.calculators.pruning.money import Budget

Structure = Literal["dense", "unstructured", "2:4", "n:m", "structured"]
Quantize = Literal["none", "8-bit", "4-bit"]


GoalKind = Literal["fit", "speed", "throughput", "first-token", "params", "quality"]


class Goal(NamedTuple):
    """What is to be reached: `fit` in so many bytes on each device, a `speed` of whole requests against the dense
    model, a `throughput` in tokens per second, a `first-token` within so many seconds, no more than so many `params`,
    or a `quality` no further than that from the dense model's perplexity. Without a `target` it is a usual one.
    """

    kind: GoalKind
    target: float | None = None


class Groups(NamedTuple):
    """The parameters by what happens to them: `pruned`, `linear` (quantized but not pruned), `rest`
    (neither).
    """

    pruned: float
    linear: float
    rest: float


class Question(NamedTuple):
    """What is asked: a model, the share of zeros or of removed weights in what is pruned (2:4 is always one
    half), the structure, the weight type, the share of the parameters that is pruned at all, the device and
    the workload.

    `output` tokens are written per request. `pattern` is what `n:m` means, `keep` what a structured cut leaves.
    `memory` in bytes replaces the device's own; the model runs on so many `devices`. `dtype` and `int4` are keys of
    `types.csv`: what the weights are in, and in what layout of INT4 where they are quantized to it. `quantized` says
    which weights are. With `quantize` what is pruned, or the dense model, is quantized afterwards. `budget` is what was
    said of money, None where no price was typed. Without `ends` only likely speeds are asked for (`Run`).
    """

    model: Model
    sparsity: float
    structure: Structure
    dtype: str
    prunable: float
    device: Device
    workload: Workload = Workload()
    output: int = 256
    pattern: NM = NM(4, 8)
    keep: Keep = Keep()
    memory: float | None = None
    overhead: Overhead = Overhead()
    int4: str = "int4"
    quantized: Quantized = "auto"
    devices: int = 1
    quantize: Quantize = "none"
    budget: Budget | None = None
    goal: Goal | None = None
    ends: bool = True

    @property
    def share(self) -> float:
        """The share of the block matrices that is pruned: all when the prunable share is the architecture's own."""
        return min(1.0, self.prunable / self.model.prunable) if self.model.prunable else 0.0

    @property
    def groups(self) -> Groups:
        """The parameters by what happens to them. Quantization takes the linear layers of the blocks, pruned or not.

        Without a shape the given prunable share is all that is known of them.
        """
        return _groups(self.model, self.prunable)

    def weights(self, dtype: str = "", model: Model | None = None) -> WeightType:
        """What a type, or that of the weights, comes to in the model, or in the one that a cut leaves."""
        return of_model(types()[dtype or self.dtype], model or self.model, self.quantized)

    @property
    def memory_bytes(self) -> float | None:
        """The memory of one device, None where it is not known."""
        return self.memory or (self.device.memory_gb * 1e9 if self.device.memory_gb else None)

    @property
    def runs(self) -> tuple[Run, Run]:
        """The dense model on the device, in prefill and in decode."""
        return _runs(self.model, self.device, self.dtype, self.workload, self.split, self.ends)

    @property
    def split(self) -> Split:
        """How the devices share the model: each layer within a machine, and a stage of the layers for every machine."""
        return split(self.devices, in_one_machine(self.device))

    def work(self, model: Model | None = None) -> Work:
        """The operations of the dense model, or of the `model` that a cut leaves."""
        return _work(model or self.model, self.workload.context, self.workload.prefill_tokens, self.output)

    def cut(self) -> Model | None:
        """What the structured cut leaves, None where none is asked for.

        Raises `Invalid`, naming the field, for a cut that the model cannot take.
        """
        return None if self.keep.all else _cut(self.model, self.keep)


@lru_cache(maxsize=64)
def _cut(model: Model, keep: Keep) -> Model:
    if model.shape is None:
        asked = next(name for name, amount in zip(Keep._fields, keep, strict=True) if amount is not None)
        raise Invalid(
            "Only the number of parameters is known, not the architecture: choose a model or bring its config.json,"
            " or write all.",
            asked,
        )
    return reshaped(model, cut(model.shape, keep))


# Every option asks these at every keystroke.


@lru_cache(maxsize=64)
def _runs(model: Model, device: Device, dtype: str, workload: Workload, among: Split, ends: bool) -> tuple[Run, Run]:
    prefill = Run(model, device, dtype, "prefill", workload, among, ends)
    return prefill, prefill._replace(phase="decode")


_work = lru_cache(maxsize=64)(work)


@lru_cache(maxsize=64)
def _groups(model: Model, share: float) -> Groups:
    linear = share if model.parts is None else max(share, model.prunable)
    return Groups(model.total * share, model.total * (linear - share), model.total * (1 - linear))


@lru_cache(maxsize=64)
def reshaped(model: Model, shape: Shape) -> Model:
    """`model` in another shape: the same object for the same question, as the caches of the speeds want it."""
    parts = count(shape)
    return Model(
        name=model.name,
        total=parts.total,
        prunable=parts.prunable / parts.total,
        active_share=parts.active / parts.total,
        kind=model.kind,
        shape=shape,
        parts=parts,
    )
