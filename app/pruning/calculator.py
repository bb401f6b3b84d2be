"""The pruning calculator's declaration: what it asks and how the answers are read."""

from __future__ import annotations

from functools import partial
from typing import Any

from app.calculator import Calculator, Choice, Field, Invalid, Related, Slider, Values, one_of, shorten
from app.pruning.architecture import Model, bare, preset, presets
from app.pruning.options import Inputs, Result, compute
from app.pruning.speed import Device, device, devices
from app.pruning.storage import types
from app.pruning.view import view
from app.quantity import count, share

_count = partial(count, minimum=1, maximum=1e15, example="7B")

STRUCTURES = (
    Choice("unstructured", "Scattered zeros (unstructured)"),
    Choice("2:4", "2:4 (two of every four)"),
    Choice("structured", "Structured (whole rows, heads, layers)"),
)
_DTYPES = tuple(Choice(key, types()[key].label) for key in ("fp32", "fp16", "bf16", "fp8", "int8", "int4"))
_FAMILIES = ("Llama", "Mistral", "Mixtral", "Qwen", "Gemma", "Phi", "OPT", "GPT-OSS", "DeepSeek")


def _model(text: str) -> Model:
    known = preset(text)
    if known:
        return known
    stripped = text.strip()
    if stripped[:1].isalpha():
        raise Invalid(
            f"“{shorten(text)}” is not a model in the list. Choose one from it, or write the number of"
            " parameters, such as 7B."
        )
    return bare(round(_count(text)))


def _prunable(text: str) -> float | None:
    """The share given, or None for the architecture's own."""
    if text.strip().casefold() in ("", "auto"):
        return None
    try:
        return share(text)
    except Invalid as invalid:
        raise Invalid(f"{invalid} Or write auto, for the architecture’s own share.") from None


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


def _family(model: Model) -> str:
    return next((family for family in _FAMILIES if model.name.startswith(family)), "Encoders and vision")


_MODELS = tuple(Choice(model.name, model.name, _family(model)) for model in presets())
_DEVICES = tuple(
    Choice(each.key, each.name, "With 2:4" if each.has_24 else "Without 2:4")
    for each in sorted(devices(), key=lambda each: not each.has_24)
)


def _compute(values: Values) -> Result:
    model: Model = values["params"]
    prunable = values["prunable"]
    return compute(
        Inputs(
            model=model,
            sparsity=values["sparsity"],
            structure=values["structure"],
            dtype=values["dtype"],
            prunable=model.prunable if prunable is None else prunable,
            device=values["device"],
        )
    )


def _percent(value: Any) -> float:
    return round(100 * float(value))


CALCULATOR = Calculator(
    slug="pruning",
    title="Pruning and sparsity calculator",
    promise="What really gets smaller and faster when weights become zero, as a range, with its sources.",
    fields=(
        Field(
            "params",
            "Model or parameters",
            "Llama-3.1-8B",
            _model,
            hint="A number such as 7B, or a model from the list.",
            choices=_MODELS,
        ),
        Field("structure", "Kind of zeros", "unstructured", one_of(*STRUCTURES), "radio", choices=STRUCTURES),
        Field(
            "sparsity",
            "Sparsity",
            "50%",
            share,
            hint="Share of zeros: 50% or 0.5.",
            slider=Slider(0, 100, _percent, "%"),
        ),
        Field("dtype", "Weight type", "bf16", one_of(*_DTYPES), "select", choices=_DTYPES),
        Field("device", "Device", "h100-sxm", _device, "select", choices=_DEVICES),
        Field("prunable", "Prunable share", "auto", _prunable, hint="A share such as 90%, or auto."),
    ),
    compute=_compute,
    view=view,
    related=(
        Related("roc-auc", "ROC-AUC", "The area under a ROC curve from its points, every segment shown."),
        Related(
            "threshold-cost",
            "Classification Threshold Cost",
            "The threshold your costs imply, and what another one costs.",
        ),
        Related(
            "silhouette",
            "Silhouette Score",
            "How well one point sits in its cluster, from distances or coordinates.",
        ),
    ),
)
