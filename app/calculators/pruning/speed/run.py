"""What is timed: a model on a device, its weights of a type, in one phase of a workload."""

from __future__ import annotations

from typing import Literal, NamedTuple

from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.model.architecture import Model
from app.calculators.pruning.model.parallel import Split
from app.calculators.pruning.speed.devices import Device

Phase = Literal["prefill", "decode"]
PHASES: tuple[Phase, Phase] = ("prefill", "decode")


class Workload(NamedTuple):
    """What the model is asked: a prompt of `prefill_tokens`, `batch` concurrent requests, `context` tokens when
    decoding, the bits of a value in the KV cache.

    The defaults are an assumption of this page, stated in `speed.csv`.
    """

    prefill_tokens: int = int(constant("workload_prefill_tokens").value)
    batch: int = int(constant("workload_batch").value)
    context: int = int(constant("workload_context").value)
    kv_bits: int = 16

    def tokens(self, phase: Phase) -> int:
        """Tokens in one pass: all prompts in prefill, one per request in decode."""
        return self.prefill_tokens * self.batch if phase == "prefill" else self.batch


class Run(NamedTuple):
    """A model that runs on a device, its weights of the type `dtype`, in one phase of a workload; on several devices
    where it is `split` among them. Without its `ends` only the likely speed is asked for: the range is narrower than
    what is known of a model by its size alone.
    """

    model: Model
    device: Device
    dtype: str
    phase: Phase
    workload: Workload
    split: Split = Split()
    ends: bool = True

    @property
    def kind(self) -> Phase:
        """The phase whose pass is timed: a model that writes no tokens has no decode, its one pass is a prefill."""
        return self.phase if self.model.kind == "decoder" else "prefill"

    @property
    def tokens(self) -> int:
        """Tokens in the pass that is timed."""
        return self.workload.tokens(self.kind)
