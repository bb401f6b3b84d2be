"""The pruning calculator's declaration: what it asks and how the answers are read."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from app.calculators.pruning.model.architecture import Model, bare, preset, presets
from app.calculators.pruning.model.cuts import Keep, keep
from app.calculators.pruning.model.memory import Overhead
from app.calculators.pruning.model.storage import pattern, types
from app.calculators.pruning.options import Result, compute
from app.calculators.pruning.question import Question
from app.calculators.pruning.show.view import view
from app.calculators.pruning.speed.devices import Device, Own, device, devices, owned
from app.calculators.pruning.speed.run import Workload
from app.vocabulary.calculator import (
    Calculator,
    Choice,
    Field,
    Group,
    Invalid,
    Related,
    Slider,
    Upload,
    Values,
    one_of,
    shorten,
)
from app.vocabulary.quantity import bandwidth, count, share, show_count, size, tflops

if TYPE_CHECKING:
    from app.calculators.pruning.speed.timings import Timings

_MOST_PARAMS = 1e15
_params = partial(count, minimum=1, maximum=_MOST_PARAMS, example="7B")

STRUCTURES = (
    Choice("unstructured", "Scattered (unstructured)"),
    Choice("2:4", "2:4 (two of every four)"),
    Choice("n:m", "Another N:M"),
    Choice("structured", "Structured (layers, heads)"),
)
_DTYPES = tuple(
    Choice(key, types()[key].label) for key in ("fp32", "fp16", "bf16", "fp8", "int8", "int4", "mxfp4", "nvfp4")
)
_KV_TYPES = (Choice("16-bit", "16-bit (FP16, BF16)"), Choice("8-bit", "8-bit (FP8, INT8)"))
_MULTIPLES = (Choice("1", "1 (any width)"), Choice("8", "8"), Choice("64", "64"), Choice("128", "128"))
_WITH_24 = (Choice("auto", "As the device has it"), Choice("yes", "It has 2:4"), Choice("no", "It has none"))
_BYTES = (Choice("GB", "GB (10⁹ bytes)"), Choice("GiB", "GiB (2³⁰ bytes)"))
_OPERATIONS = (Choice("FLOPs", "FLOPs (a multiply-add is two)"), Choice("MACs", "MACs (a multiply-add is one)"))
_FORMULAS = (Choice("off", "Hide formulas"), Choice("on", "Show every figure’s formula"))
_FAMILIES = ("Llama", "Mistral", "Mixtral", "Qwen", "Gemma", "Phi", "OPT", "GPT-OSS", "DeepSeek")


def _model(text: str) -> Model:
    stripped = text.strip()
    if stripped[:1] in "{[" and stripped:
        from app.calculators.pruning.model.config import model  # read by those who bring a file, and by nobody else

        return model(text)
    known = preset(text)
    if known:
        return known
    if stripped[:1].isalpha():
        near = search(text)[:3]
        meant = f" Did you mean {' or '.join(each.value for each in near)}?" if near else ""
        raise Invalid(
            f"“{shorten(text)}” is not a model in the list.{meant} Choose one from it, paste its config.json, or write"
            " the number of parameters, such as 7B."
        )
    return bare(round(_params(text)))


def _config(text: str) -> str:
    from app.calculators.pruning.model.config import compact

    return compact(text)


@cache
def _models() -> tuple[Choice, ...]:
    return tuple(
        Choice(model.name, model.name, _family(model), f"{show_count(model.total)} parameters") for model in presets()
    )


def _family(model: Model) -> str:
    return next((family for family in _FAMILIES if model.name.startswith(family)), "Encoders and vision")


def search(text: str) -> tuple[Choice, ...]:
    """The presets whose name or family has every word of `text` in it, in any case and order; all for no words.

    >>> [choice.value for choice in search("llama 70b")]
    ['Llama-2-70B', 'Llama-3.1-70B']
    """
    words = text.casefold().replace("-", " ").split()
    return tuple(
        choice
        for choice in _models()
        if all(word in f"{choice.group} {choice.label}".casefold().replace("-", " ") for word in words)
    )


def _or_auto(parse: Callable[[str], Any], means: str) -> Callable[[str], Any]:
    """`parse`, or None for nothing and for "auto"."""

    def read(text: str) -> Any:
        if text.strip().casefold() in ("", "auto"):
            return None
        try:
            return parse(text)
        except Invalid as invalid:
            raise Invalid(f"{invalid} Or write auto, for {means}.") from None

    return read


def _device(text: str) -> Device:
    """By key or name, or the first whose name begins so: "A100" is the first A100 of the list."""
    wanted = text.strip().casefold()
    found = device(text) or next(
        (each for each in devices() if wanted and each.name.casefold().startswith(wanted)), None
    )
    if found is None:
        raise Invalid(
            f"“{shorten(text)}” is not a device in the list. Choose one from it, such as {_DEVICES[0].value}."
        )
    return found


_GROUPS = {True: "With 2:4", False: "Without 2:4", None: "Not on this list"}
_DEVICES = tuple(
    Choice(each.key, each.name, _GROUPS[each.has_24 if each.peaks else None])
    for each in sorted(devices(), key=lambda each: (not each.peaks, not each.has_24))
)


def _whole(minimum: int, maximum: float, example: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = count(text, minimum=minimum, maximum=maximum, example=example)
        if value != round(value):
            raise Invalid(f"“{shorten(text)}” is not a whole number: write one such as {example}.")
        return int(value)

    return read


def _share_of_parameters(text: str) -> float:
    """A share that is nothing or at least one parameter of the largest model."""
    value = share(text)
    if 0 < value < 1 / _MOST_PARAMS:
        raise Invalid(f"“{shorten(text)}” is not one parameter of any model: write 0, or a share such as 50%.")
    return value


def _overhead(text: str) -> Overhead:
    if text.strip().endswith("%"):
        return Overhead(of_device=share(text))
    try:
        return Overhead(fixed=float(size(text, example="2 GB")))
    except Invalid as invalid:
        raise Invalid(f"{invalid} Or write a share of the device, such as 10%.") from None


def _compute(values: Values) -> Result:
    model: Model = values["params"]
    prunable = values["prunable"]
    prompt, output = values["prompt"], values["output"]
    context = values["context"]
    cuts = tuple((name, values[name]) for name in Keep._fields if name in values)
    return compute(
        Question(
            model=model,
            sparsity=values["sparsity"],
            structure=values["structure"],
            dtype=values["dtype"],
            prunable=model.prunable if prunable is None else prunable,
            device=owned(values["device"], _own(values)),
            workload=Workload(
                prompt,
                values["batch"],
                prompt + output if context is None else context,
                16 if values["kv"] == "16-bit" else 8,
            ),
            output=output,
            pattern=values["pattern"],
            keep=Keep(**dict(cuts)),
            memory=values["memory"],
            overhead=values["overhead"],
        )
    )


def _own(values: Values) -> Own:
    """What the visitor says of the device. Timings of another one are left out."""
    own = Own(values["bandwidth"], values["tflops"], values["tflops8"], values["has24"])
    brought: Timings | None = values["timings"]
    if brought is None or not brought.are_of(values["device"]):
        return own
    return own._replace(of=brought.of, timed=brought.timed)


def _timings(text: str) -> Timings | None:
    if text.strip().casefold() in ("", "none"):
        return None
    from app.calculators.pruning.speed.timings import read  # by those who bring timings, and by nobody else

    return read(text)


def _take_timings(text: str) -> str:
    from app.calculators.pruning.speed.timings import take

    return take(text)


def _has_24(text: str) -> bool | None:
    return {"auto": None, "yes": True, "no": False}[one_of(*_WITH_24)(text)]


def _percent(value: Any) -> float:
    return round(100 * float(value))


def _cut(name: str, label: str, what: str) -> Field:
    return Field(
        name,
        label,
        "all",
        partial(keep, what=what),
        hint=f"A number of {what}, a share such as 50%, or all.",
        group="cuts",
    )


_TOKENS = _whole(1, 1e8, "2048")

CALCULATOR = Calculator(
    slug="pruning",
    title="Pruning and sparsity calculator",
    promise="What really gets smaller and faster when weights become zero, as a range, with its sources.",
    groups=(
        Group("workload", "Device and workload"),
        Group("own", "Your own peaks and timings"),
        Group("pruned", "What is pruned"),
        Group("cuts", "Structured: what stays"),
        Group("display", "Units and formulas"),
    ),
    fields=(
        Field(
            "params",
            "Model or parameters",
            "Llama-3.1-8B",
            _model,
            hint="A model from the list, a number such as 7B, or a config.json.",
            search=search,
            upload=Upload("Choose a config.json", ".json,application/json", 1_000_000, _config),
        ),
        Field("structure", "Kind of zeros", "unstructured", one_of(*STRUCTURES), "radio", choices=STRUCTURES),
        Field(
            "sparsity",
            "Sparsity",
            "50%",
            _share_of_parameters,
            hint="Share of zeros: 50% or 0.5.",
            slider=Slider(0, 100, _percent, "%"),
        ),
        Field("dtype", "Weight type", "bf16", one_of(*_DTYPES), "select", choices=_DTYPES),
        Field("device", "Device", "h100-sxm", _device, "select", choices=_DEVICES, group="workload"),
        Field(
            "memory",
            "Device memory",
            "auto",
            _or_auto(partial(size, minimum=1), "the device’s own"),
            hint="Such as 80 GB, or auto.",
            group="workload",
        ),
        Field("batch", "Batch", "1", _whole(1, 1e6, "8"), hint="Requests at once.", group="workload"),
        Field("prompt", "Prompt", "2048", _TOKENS, hint="Tokens read per request.", group="workload"),
        Field("output", "Output", "256", _TOKENS, hint="Tokens written per request.", group="workload"),
        Field(
            "context",
            "Context",
            "auto",
            _or_auto(_TOKENS, "prompt and output together"),
            hint="Tokens kept in the KV cache per request, or auto.",
            group="workload",
        ),
        Field("kv", "KV cache type", "16-bit", one_of(*_KV_TYPES), "select", choices=_KV_TYPES, group="workload"),
        Field(
            "overhead",
            "Overhead",
            "10%",
            _overhead,
            hint="Memory left for activations and the runtime: a share of the device, or an amount such as 2 GB.",
            group="workload",
        ),
        Field(
            "bandwidth",
            "Memory bandwidth",
            "auto",
            _or_auto(bandwidth, "the device’s own"),
            hint="Such as 2000 GB/s, or auto.",
            group="own",
        ),
        Field(
            "tflops",
            "TFLOPS in 16 bits",
            "auto",
            _or_auto(tflops, "the device’s own"),
            hint="Without sparsity, such as 300, or auto.",
            group="own",
        ),
        Field(
            "tflops8",
            "TFLOPS in 8 bits",
            "auto",
            _or_auto(partial(tflops, example="600"), "the device’s own"),
            hint="FP8, or TOPS in INT8, without sparsity, such as 600, or auto.",
            group="own",
        ),
        Field("has24", "2:4 hardware", "auto", _has_24, "select", choices=_WITH_24, group="own"),
        Field(
            "timings",
            "Timings of your own GPU",
            "none",
            _timings,
            hint="What tools/measure_gpu.py writes on your GPU: how fast it computes, reads and gains from 2:4.",
            upload=Upload("Choose a CSV of timings", ".csv,text/csv", 3_000_000, _take_timings),
            group="own",
        ),
        Field(
            "prunable",
            "Prunable share",
            "auto",
            _or_auto(_share_of_parameters, "the architecture’s own share"),
            hint="A share such as 90%, or auto.",
            group="pruned",
        ),
        Field(
            "pattern",
            "N:M pattern",
            "4:8",
            pattern,
            hint="N weights kept of every M, for “Another N:M”: 1:2, 4:8, 6:8 or your own.",
            group="pruned",
        ),
        _cut("layers", "Layers kept", "layers"),
        _cut("heads", "Attention heads kept", "heads"),
        _cut("ffn", "MLP channels kept", "channels"),
        _cut("hidden", "Hidden width kept", "features"),
        _cut("experts", "Experts kept", "experts"),
        Field(
            "multiple",
            "Widths rounded up to a multiple of",
            "8",
            lambda text: int(one_of(*_MULTIPLES)(text)),
            "select",
            choices=_MULTIPLES,
            group="cuts",
        ),
        Field("bytes", "Bytes", "GB", one_of(*_BYTES), "select", choices=_BYTES, group="display"),
        Field(
            "operations", "Operations", "FLOPs", one_of(*_OPERATIONS), "select", choices=_OPERATIONS, group="display"
        ),
        Field("formulas", "Formulas", "off", one_of(*_FORMULAS), "select", choices=_FORMULAS, group="display"),
    ),
    compute=_compute,
    view=view,
    related=(
        Related("roc-auc", "ROC-AUC calculator", "The area under a ROC curve from its points, every segment shown."),
        Related(
            "threshold-cost",
            "Classification threshold cost calculator",
            "The threshold your costs imply, and what another one costs.",
        ),
        Related(
            "silhouette",
            "Silhouette calculator",
            "How well one point sits in its cluster, from distances or coordinates.",
        ),
    ),
)
