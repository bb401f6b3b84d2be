"""The pruning calculator's declaration: what it asks and how the answers are read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from app.calculators.pruning import inputs, targets
from app.calculators.pruning.inputs import or_auto
from app.calculators.pruning.model.cuts import keep
from app.calculators.pruning.model.storage import pattern
from app.calculators.pruning.options import Result, compute
from app.calculators.pruning.show.view import view
from app.calculators.pruning.speed.engines import DEFAULT
from app.vocabulary.calculator import Calculator, Choice, Field, Files, Group, Slider, Upload, Values, one_of
from app.vocabulary.quantity import OF_DEVICES, OF_REQUESTS, bandwidth, size, tflops, whole

if TYPE_CHECKING:
    from app.vocabulary.study import Study


def _compute(values: Values) -> Result:
    return compute(inputs.question(values))


def _percent(value: Any) -> float:
    return round(100 * float(value))


def _study(files: Sequence[tuple[str, int]]) -> Study:
    from app.calculators.pruning.checkpoint.beginning import begin  # comes with the first file

    return begin(files)


def _select(name: str, label: str, default: str, choices: tuple[Choice, ...], group: str = "") -> Field:
    return Field(name, label, default, one_of(*choices), "select", choices=choices, group=group)


def _cut(name: str, label: str, what: str) -> Field:
    return Field(
        name,
        label,
        "all",
        partial(keep, what=what),
        hint="Kept: 16 or 50%. Removed: -16 or -50%.",
        group="cuts",
    )


CALCULATOR = Calculator(
    slug="pruning",
    title="Pruning and sparsity calculator",
    promise="What really gets smaller and faster when weights become zero, as a range, with its sources.",
    groups=(
        Group("workload", "Engine, memory, KV cache and overhead"),
        Group("own", "Your own peaks and timings"),
        Group("pruned", "What is pruned"),
        Group("stored", "How weights are quantized"),
        Group("cuts", "Structured: what is removed"),
        Group("cost", "Cost"),
        Group("check", "What you measured"),
        Group("display", "Units and formulas"),
    ),
    fields=(
        Field(
            "params",
            "Model or parameters",
            "Llama-3.1-8B",
            inputs.model,
            hint="A model from the list, a Hugging Face id, a config.json, a number such as 7B, or what is known:"
            " 30B active 3B kv 96 kB (a token) state 50 MB (a request).",
            search=inputs.search,
            upload=Upload("Choose a config.json", ".json,application/json", 1_000_000, inputs.compact),
            shows=inputs.shown_model,
        ),
        Field(
            "device",
            "Device",
            "h100-sxm",
            inputs.device,
            hint="By its name, such as 4090, A100 80 or M3 Max.",
            choices=inputs.DEVICES,
            search=inputs.search_devices,
            shows=lambda _, device: device.name,
        ),
        Field(
            "devices",
            "Number",
            "1",
            partial(whole, maximum=1024, example="8", of=OF_DEVICES),
            beside="narrow",
        ),
        Field("batch", "Concurrent requests", "1", partial(whole, maximum=1e6, example="8", of=OF_REQUESTS)),
        Field("prompt", "Tokens in", "2048", inputs.tokens, beside="equal"),
        Field("output", "Tokens out", "256", inputs.tokens, beside="equal"),
        Field(
            "structure",
            "Sparsity pattern",
            "unstructured",
            one_of(*inputs.STRUCTURES),
            "radio",
            choices=inputs.STRUCTURES,
        ),
        Field(
            "sparsity",
            "Sparsity",
            "50%",
            inputs.share_of_parameters,
            hint="Share of zeros: 50% or 0.5.",
            slider=Slider(0, 100, _percent, "%"),
        ),
        _select("dtype", "Weight type", "bf16", inputs.DTYPES),
        Field("quantize", "Then quantize to", "none", one_of(*inputs.QUANTIZE), "radio", choices=inputs.QUANTIZE),
        _select("goal", "Goal", "none", targets.GOALS),
        Field("target", "Target", "auto", targets.target, hint="Such as 24 GB, 2×, 500 ms or 4B.", beside="narrow"),
        _select("engine", "Inference engine", DEFAULT, inputs.ENGINES, "workload"),
        Field(
            "memory",
            "Device memory",
            "auto",
            or_auto(partial(size, minimum=1), "the device’s own"),
            hint="Of one, such as 80 GB, or auto.",
            group="workload",
        ),
        Field(
            "context",
            "Context",
            "auto",
            or_auto(inputs.tokens, "prompt and output together"),
            hint="Tokens kept in the KV cache per request, or auto.",
            group="workload",
        ),
        _select("kv", "KV cache type", "16-bit", inputs.KV_TYPES, "workload"),
        Field(
            "overhead",
            "Overhead",
            "10%",
            inputs.overhead,
            hint="Memory left for activations and the runtime: a share of the device, or an amount such as 2 GB.",
            group="workload",
        ),
        Field(
            "bandwidth",
            "Memory bandwidth",
            "auto",
            or_auto(bandwidth, "the device’s own"),
            hint="Such as 2000 GB/s, or auto.",
            group="own",
        ),
        Field(
            "tflops",
            "TFLOPS in 16 bits",
            "auto",
            or_auto(tflops, "the device’s own"),
            hint="Without sparsity, such as 300, or auto.",
            group="own",
        ),
        Field(
            "tflops8",
            "TFLOPS in 8 bits",
            "auto",
            or_auto(partial(tflops, example="600"), "the device’s own"),
            hint="FP8, or TOPS in INT8, without sparsity, such as 600, or auto.",
            group="own",
        ),
        Field("has24", "2:4 hardware", "auto", inputs.has_24, "select", choices=inputs.WITH_24, group="own"),
        Field(
            "timings",
            "Timings of your own GPU",
            "none",
            inputs.timings,
            hint="What tools/measure_gpu.py writes on your GPU: how fast it computes, reads and gains from 2:4.",
            upload=Upload("Choose a CSV of timings", ".csv,text/csv", 3_000_000, inputs.line_of_timings),
            group="own",
        ),
        Field(
            "prunable",
            "Prunable share",
            "auto",
            or_auto(inputs.share_of_parameters, "the architecture’s own share"),
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
        _select("quantized", "What is quantized", "auto", inputs.QUANTIZED, "stored"),
        _select("int4", "INT4 layout", "int4", inputs.INT4, "stored"),
        _cut("layers", "Layers", "layers"),
        _cut("heads", "Attention heads", "heads"),
        _cut("ffn", "MLP channels", "channels"),
        _cut("hidden", "Hidden width", "features"),
        _cut("experts", "Experts", "experts"),
        Field(
            "multiple",
            "Widths rounded up to a multiple of",
            "8",
            lambda text: int(one_of(*inputs.MULTIPLES)(text)),
            "select",
            choices=inputs.MULTIPLES,
            group="cuts",
        ),
        Field(
            "price",
            "Price of a device-hour",
            "none",
            inputs.price,
            hint="Such as $2.50 or 2.50 EUR; US$ where no currency is given; or none. See “Listed prices”.",
            group="cost",
        ),
        Field(
            "load",
            "Load at its peak",
            "auto",
            or_auto(inputs.load, "as much as the dense model serves on full devices"),
            hint="Requests per second, such as 20; or 500/min, 2M/day; or auto.",
            group="cost",
        ),
        Field(
            "training",
            "Training after pruning",
            "auto",
            or_auto(inputs.training, "what published recoveries took"),
            hint="Tokens such as 13B, or your own GPU-hours such as 2000 h; none for one-shot pruning; or auto.",
            group="cost",
        ),
        Field(
            "training_price",
            "Price of a GPU-hour of training",
            "auto",
            or_auto(inputs.price, "the price of the device or what H100s are listed at"),
            hint="Such as $2.50, or auto.",
            group="cost",
        ),
        _select("observed", "What you see", "none", inputs.OBSERVED, "check"),
        _select("stored", "How it was saved", "unknown", inputs.STORED, "check"),
        _select("runs", "What runs it", "unknown", inputs.RUNS, "check"),
        _select("bytes", "Bytes", "GB", inputs.BYTES, "display"),
        _select("operations", "Operations", "FLOPs", inputs.OPERATIONS, "display"),
        _select("formulas", "Formulas", "off", inputs.FORMULAS, "display"),
    ),
    compute=_compute,
    view=view,
    files=Files(
        "Your own checkpoint: what is really zero in it",
        "Your checkpoint",
        "Checkpoint…",
        "Choose the files of a model or its folder, or drop them on the page: safetensors (with index and config.json),"
        " GGUF, what torch.save wrote, ONNX. They are read on this machine, a slice at a time, and go nowhere."
        " Parameters and types come first, then a sample with its error, then every weight.",
        (".safetensors", ".gguf", ".bin", ".pt", ".pth", ".ckpt", ".onnx", ".index.json"),
        _study,
    ),
)
