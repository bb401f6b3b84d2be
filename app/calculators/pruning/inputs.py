"""What is typed, read: a model, a device, shares, amounts; and the `Question` that all of it together asks."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from app.calculators.pruning import targets
from app.calculators.pruning.model.architecture import Model, bare, by_hand, preset, presets
from app.calculators.pruning.model.cuts import Keep
from app.calculators.pruning.model.memory import Overhead
from app.calculators.pruning.model.storage import types
from app.calculators.pruning.question import Question
from app.calculators.pruning.speed.devices import Device, Own, another, devices, matching, named, near, owned, run_by
from app.calculators.pruning.speed.devices import device as device_of
from app.calculators.pruning.speed.engines import NAMES, engine
from app.calculators.pruning.speed.run import Workload
from app.vocabulary.calculator import Choice, Invalid, Values, one_of, shorten
from app.vocabulary.quantity import (
    OF_PARAMETERS,
    OF_TOKENS,
    count,
    share,
    show_count,
    show_exact,
    show_number,
    size,
    whole,
)

if TYPE_CHECKING:
    from app.calculators.pruning.money import Budget, Price, Training
    from app.calculators.pruning.speed.timings import Timings

# --- what can be chosen ---

STRUCTURES = (
    Choice("dense", "Dense"),
    Choice("unstructured", "Unstructured"),
    Choice("2:4", "2:4"),
    Choice("structured", "Structured"),
    Choice("n:m", "Other N:M"),
)
QUANTIZE = (Choice("none", "As it is"), Choice("8-bit", "8-bit"), Choice("4-bit", "4-bit"))
_GGUF = tuple(key for key, kind in types().items() if kind.base == "gguf")
DTYPES = tuple(
    Choice(key, types()[key].name if key == "int4" else types()[key].label)
    for key in ("fp32", "fp16", "bf16", "fp8", "int8", "int4", "mxfp4", "nvfp4", *_GGUF)
)
INT4 = tuple(
    Choice(key, f"{kind.label}: {show_number(kind.bits, 6)} bits")
    for key, kind in types().items()
    if kind.base == "int4"
)
QUANTIZED = (
    Choice("auto", "What is usual for the type"),
    Choice("blocks", "The matrices in the blocks"),
    Choice("experts", "Experts only"),
    Choice("head", "Blocks and head"),
    Choice("all", "Blocks, head and embedding"),
)
KV_TYPES = (Choice("16-bit", "16-bit (FP16, BF16)"), Choice("8-bit", "8-bit (FP8, INT8)"))
ENGINES = tuple(Choice(key, name) for key, name in NAMES.items())
MULTIPLES = (Choice("1", "1 (any width)"), Choice("8", "8"), Choice("64", "64"), Choice("128", "128"))
WITH_24 = (Choice("auto", "As the device has it"), Choice("yes", "It has 2:4"), Choice("no", "It has none"))
BYTES = (Choice("GB", "GB (10⁹ bytes)"), Choice("GiB", "GiB (2³⁰ bytes)"))
OPERATIONS = (Choice("FLOPs", "FLOPs (a multiply-add is two)"), Choice("MACs", "MACs (a multiply-add is one)"))
FORMULAS = (Choice("off", "Hide formulas"), Choice("on", "Show every figure’s formula"))
OBSERVED = (
    Choice("none", "Nothing yet: what to expect"),
    Choice("file", "The file is not smaller"),
    Choice("memory", "It takes as much memory"),
    Choice("not-faster", "It is not faster"),
    Choice("slower", "It is slower"),
)
STORED = (
    Choice("unknown", "Not known"),
    Choice("dense", "safetensors or state_dict"),
    Choice("mask", "With the masks of torch.nn.utils.prune"),
    Choice("compressed", "compressed-tensors"),
    Choice("engine", "Converted to the engine’s format"),
)
RUNS = (
    Choice("unknown", "Not known"),
    Choice("pytorch", "PyTorch"),
    Choice("vllm", "vLLM"),
    Choice("tensorrt", "TensorRT"),
    Choice("llama.cpp", "llama.cpp"),
    Choice("onnxruntime", "ONNX Runtime"),
    Choice("other", "Another"),
)
_HAS_24 = {True: "with 2:4", None: "2:4 not known", False: "without 2:4"}


def _listed() -> tuple[Choice, ...]:
    """The devices by kind, those of a kind that have 2:4 first; at the end what stands for any other."""
    kinds = list(dict.fromkeys(each.kind for each in devices()))
    order = list(_HAS_24)
    return tuple(
        Choice(
            each.key,
            each.name,
            f"{each.kind}, {_HAS_24[each.has_24]}" if each.kind else "Not on this list",
            _memory_of(each),
        )
        for each in sorted(devices(), key=lambda each: (kinds.index(each.kind), order.index(each.has_24)))
    )


def _memory_of(machine: Device) -> str:
    """How much memory a device has and how fast it is, as far as that is known.

    >>> [_memory_of(each) for each in devices() if each.key in ("h100-sxm", "cpu-graviton3", "other-amd")]
    ['80 GB, 3,350 GB/s', '307.2 GB/s', '']
    """
    known = ((machine.memory_gb, "GB"), (machine.bandwidth_gb_s, "GB/s"))
    return ", ".join(f"{show_exact(figure)} {unit}" for figure, unit in known if figure)


DEVICES = _listed()


# --- one field each ---


_MOST_PARAMS = 1e15
_params = partial(count, minimum=1, maximum=_MOST_PARAMS, example="7B", of=OF_PARAMETERS)
_FAMILIES: tuple[str, ...] = (
    "Llama",
    "Mistral",
    "Mixtral",
    "Qwen",
    "Gemma",
    "Phi",
    "OPT",
    "GPT-OSS",
    "DeepSeek",
    "GLM",
    "Kimi",
)
_FAMILIES += ("MiniMax", "Nemotron", "Granite", "OLMo", "SmolLM", "Falcon")
_NOT_DECODERS = ("BERT-base-uncased", "ViT-B/16", "ResNet-50")


def model(text: str) -> Model:
    """A preset by its name, whatever a config.json describes, or a bare number of parameters."""
    stripped = text.strip()
    if stripped[:1] in "{[" and stripped:
        from app.calculators.pruning.model import config  # read by those who bring a file, and by nobody else

        return config.model(text)
    if len(stripped) > _LONGEST_NAME:
        raise Invalid(f"“{shorten(text)}” has over {_LONGEST_NAME} characters, and no model’s name has. {_HOW}")
    known = preset(text)
    if known:
        return known
    if re.search(rf"\d.*\b({'|'.join(_SAID)})\b", stripped):
        return _by_hand(stripped)
    _ask_of_experts(stripped)
    return _on_the_list(stripped) if stripped[:1].isalpha() else _number_or_name(text)


def _number_or_name(text: str) -> Model:
    """A number of parameters, or a name that begins with a digit, such as 30b-a3b."""
    try:
        return bare(round(_params(text)))
    except Invalid:
        if not re.match(r"\s*\d.*([A-Za-z].*-|-.*[A-Za-z])", text):
            raise
    return _on_the_list(text.strip())


def _on_the_list(name: str) -> Model:
    from app.calculators.pruning.model import released  # the page starts with the presets' own names

    found = released.find(name)
    if found is None:
        raise Invalid(f"“{shorten(name)}” is not a model in the list.{_meant(name)} {_HOW}")
    return found


_LONGEST_NAME = 200
"""Characters beyond which nothing is looked for: that would take time, and no name is so long."""

_HOW = (
    "Choose one from it, paste its config.json, or write the number of parameters, such as 7B, or 30B active 3B kv"
    " 96 kB."
)
_SAID = ("active", "kv", "state")


def _ask_of_experts(text: str) -> None:
    """Experts share their attention: eight times seven billion are fewer than fifty-six."""
    said = "|".join(OF_PARAMETERS)
    times = re.fullmatch(rf"(\d+)\s*[x×]\s*(\d+(?:\.\d+)?)\s*b\s*({said})?", text.casefold())
    if times:
        near = [each.value for each in search("mixtral") if f"{times[1]}x{times[2]}b" in each.value.casefold()]
        known = [each.value for each in search("mixtral")]
        raise Invalid(
            f"“{shorten(text)}” names a mixture of experts, not a number: is {' or '.join(near or known)} meant? Write"
            f" that, or how many parameters there are, such as {float(times[1]) * float(times[2]):g}B."
        )


def _meant(text: str) -> str:
    """What may be meant by a name that is on no list."""
    near = search(text)[:3]
    return f" Did you mean {' or '.join(each.value for each in near)}?" if near else ""


def _by_hand(text: str) -> Model:
    """A model of which these are known: how many parameters it has and how many work on one token, the bytes that the
    KV cache keeps of each token in 16 bits, and those of the state that it keeps of each sequence.

    >>> _by_hand("30B active 3B kv 96 kB").active_share
    0.1
    """
    total, *rest = re.split(rf"[\s,;:]*\b({'|'.join(_SAID)})\b[\s:=]*", text)
    said = dict(zip(rest[::2], rest[1::2], strict=True))
    if len(said) < len(rest) // 2:
        raise Invalid(f"“{shorten(text)}” says one thing twice: write each once, such as 30B active 3B kv 96 kB.")
    params = round(_params(total))
    active = round(_params(said["active"])) if "active" in said else params
    if active > params:
        raise Invalid(f"{active:,} parameters are active, but there are {params:,}: write the whole number first.")
    kept = {
        name: float(size(said[name].removesuffix("/token"), example="96 kB"))
        for name in ("kv", "state")
        if name in said
    }
    return by_hand(params, active, kept.get("kv"), kept.get("state", 0.0))


def shown_model(text: str, model: Model) -> str:
    """What the box shows for a model: of a config.json what it says, anything else as it was typed."""
    if not text.lstrip().startswith("{") or model.shape is None:
        return text
    layers = f", {model.shape.layers:,} layers"
    name = re.sub(r"(For[A-Z]\w*|(LMHead)?Model)$", "", model.name.removesuffix(layers)) or model.name
    return f"config.json: {name}{layers}, {show_count(model.total)}"


def compact(text: str) -> str:
    """A config.json with what counts of it, for the box."""
    from app.calculators.pruning.model import config

    return config.compact(text)


@cache
def _models() -> tuple[Choice, ...]:
    return tuple(_choice(model.name, model.total) for model in presets())


@cache
def _more_models() -> tuple[Choice, ...]:
    from app.calculators.pruning.model import released

    return tuple(_choice(model.name, model.total) for model in released.released())


def _choice(name: str, total: int) -> Choice:
    return Choice(name, name, _family(name), f"{show_count(total)} parameters")


def _place(choice: Choice) -> int:
    """Where a model stands in the list: beside its family, those of none before encoders and vision."""
    groups = (*_FAMILIES, "Others", "Encoders and vision")
    return groups.index(choice.group)


def _family(name: str) -> str:
    known = next((family for family in _FAMILIES if name.casefold().startswith(family.casefold())), "")
    return known or ("Encoders and vision" if name in _NOT_DECODERS else "Others")


def search(text: str) -> tuple[Choice, ...]:
    """The presets whose name or family has every word of `text` in it, in any case and order; all for no words.

    >>> [choice.value for choice in search("llama 70b")]
    ['Llama-2-70B', 'Llama-3.1-70B']
    """
    words = text.casefold().replace("-", " ").split()
    try:
        every = sorted((*_models(), *_more_models()), key=_place)
    except (ImportError, FileNotFoundError):  # the rest of the program is on its way
        every = list(_models())
    return tuple(
        choice
        for choice in every
        if all(word in f"{choice.group} {choice.label}".casefold().replace("-", " ") for word in words)
    )


def device(text: str) -> Device:
    """By key or by name, as people write it: "A100" is the first A100 of the list, "4090" the RTX 4090."""
    if len(text) > _LONGEST_NAME:
        raise Invalid(
            f"“{shorten(text)}” has over {_LONGEST_NAME} characters, and no device’s name has. Choose from the list."
        )
    found = device_of(text) or named(text)
    if found is None:
        alike, instead = " or ".join(each.name for each in near(text)), another(text).name
        meant = f" Did you mean {alike}?" if alike else ""
        raise Invalid(
            f"“{shorten(text)}” is not a device in the list.{meant} Choose one from it, or “{instead}” at its end, and"
            " write what is known of it under “Your own peaks and timings”."
        )
    return found


def search_devices(text: str) -> tuple[Choice, ...]:
    """The devices that `text` may be the beginning of a name of, as they are listed; all for no words.

    >>> [choice.label for choice in search_devices("h100 pcie")]
    ['H100 PCIe 80GB']
    """
    if not text.strip():
        return DEVICES
    found = {each.key for each in matching(text)}
    return tuple(choice for choice in DEVICES if choice.value in found)


tokens = partial(whole, maximum=1e8, example="2048", of=OF_TOKENS)


def share_of_parameters(text: str) -> float:
    """A share that is nothing or at least one parameter of the largest model."""
    value = share(text)
    if 0 < value < 1 / _MOST_PARAMS:
        raise Invalid(f"“{shorten(text)}” is not one parameter of any model: write 0, or a share such as 50%.")
    return value


def overhead(text: str) -> Overhead:
    """A share of the device where there is a percent sign, else an amount of memory."""
    if text.strip().endswith("%"):
        return Overhead(of_device=share(text))
    try:
        return Overhead(fixed=float(size(text, example="2 GB")))
    except Invalid as invalid:
        raise Invalid(f"{invalid} Or write a share of the device, such as 10%.") from None


def has_24(text: str) -> bool | None:
    """Whether the device has 2:4 hardware; None for what is known of it."""
    return {"auto": None, "yes": True, "no": False}[one_of(*WITH_24)(text)]


def timings(text: str) -> Timings | None:
    """What a line of timings says; None where there are none."""
    if text.strip().casefold() in ("", "none"):
        return None
    from app.calculators.pruning.speed import timings  # by those who bring timings, and by nobody else

    return timings.read(text)


def line_of_timings(text: str) -> str:
    """The line for a file of timings, for the box."""
    from app.calculators.pruning.speed import timings

    return timings.take(text)


def price(text: str) -> Price | None:
    """What an hour of a device costs; None for none."""
    if text.strip().casefold() in ("", "none"):
        return None
    from app.calculators.pruning import money  # by those who ask for money, and by nobody else

    return money.price(text)


def load(text: str) -> float:
    """Requests per second."""
    from app.calculators.pruning import money

    return money.load(text)


def training(text: str) -> Training:
    """What is trained after pruning."""
    from app.calculators.pruning import money

    return money.training(text)


def or_auto(parse: Callable[[str], Any], means: str) -> Callable[[str], Any]:
    """`parse`, or None for nothing and for "auto"."""

    def read(text: str) -> Any:
        if text.strip().casefold() in ("", "auto"):
            return None
        try:
            return parse(text)
        except Invalid as invalid:
            raise Invalid(f"{invalid} Or write auto, for {means}.") from None

    return read


# --- all of them ---


def question(values: Values) -> Question:
    """What all the inputs ask together.

    Raises `Invalid`, naming the field, where what is said of a device does not go with it.
    """
    model, prompt, output = values["params"], values["prompt"], values["output"]
    prunable, context = values["prunable"], values["context"]
    return Question(
        model=model,
        sparsity=values["sparsity"],
        structure=values["structure"],
        dtype=values["int4"] if values["dtype"] == "int4" else values["dtype"],
        prunable=model.prunable if prunable is None else prunable,
        device=run_by(owned(values["device"], _own(values)), engine(values["engine"])),
        workload=Workload(
            prompt,
            values["batch"],
            prompt + output if context is None else context,
            16 if values["kv"] == "16-bit" else 8,
        ),
        output=output,
        pattern=values["pattern"],
        keep=Keep(**{name: values[name] for name in Keep._fields}),
        memory=values["memory"],
        overhead=values["overhead"],
        int4=values["int4"],
        quantized=values["quantized"],
        devices=values["devices"],
        quantize=values["quantize"],
        budget=_budget(values),
        goal=targets.goal(values["goal"], values["target"]),
    )


def _budget(values: Values) -> Budget | None:
    """What is said of money; nothing without a price."""
    price: Price | None = values["price"]
    if price is None:
        return None
    from app.calculators.pruning.money import Budget

    trained: Price | None = values["training_price"]
    if trained and trained.sign and trained.sign != (price.sign or "$"):
        raise Invalid(
            f"This is in {trained.sign} and the price of a device-hour in {price.sign or '$'}: write both in one"
            " currency.",
            "training_price",
        )
    return Budget(price, values["load"], values["training"], trained)


def _own(values: Values) -> Own:
    """What the visitor says of the device. Timings of another one are left out."""
    own = Own(values["bandwidth"], values["tflops"], values["tflops8"], values["has24"])
    brought: Timings | None = values["timings"]
    if brought is None or not brought.are_of(values["device"]):
        return own
    return own._replace(of=brought.of, timed=brought.timed)
