"""What was published on the speed and the quality of pruned models, trimmed to what the page quotes.

    python -m tools.lab.evidence SPEEDUPS.csv QUALITY.csv

writes five tables for the page's `speed/evidence/`. Single reports come from data/reported_speed.csv (in the format of
SPEEDUPS.csv) and data/reported_quality.csv (with the columns of `quality.csv`), what training brought back from
data/recovery.csv, small devices from data/edge.csv, and single products from data/gemm_2to4_latency.csv, where one
shape was timed in two types. Kept are verified rows whose source can be opened; dropped are those whose `value_type`
says that the measurement itself is at fault (an anomalous baseline, an outlier), 2:4 that is faster than 2:4 can be,
and qualities of no model in particular.

`evidence.csv`, one speed-up in a row, or several that differ in nothing but their tokens:
    pruning   unstructured, structured, experts or depth (these alone), 2:4, hybrid (some of the matrix dense, the rest
              2:4), int4+2:4, another N:M pattern such as 6:8, or the type of a dense model that was quantized
    level     end_to_end (a whole model), layer, or gemm (one matrix product)
    device    as the source names it
    dtype     the type of the weights; empty where the source does not state it
    against   the type of the dense model it is compared with, where that is another one
    model     the preset's name where there is one, else the source's; empty for a product of no model in particular
    params_b  its parameters in 10⁹
    kind      encoder, vision or cnn; empty for a decoder
    n, k      outputs and inputs of the matrix
    tokens    in one pass: those of all prompts in prefill, one for each request in decode; a number, a range (8-64),
              or as many numbers as there are speed-ups, between spaces
    batch     requests at once as the source puts it, where `tokens` does not say it
    phase     prefill, decode, request (whole requests), train, or na where it is none or not stated
    sparsity  the share of zeros or of what was removed; empty where the pattern says it, or the source does not
    speedup   dense time over pruned time; as many numbers as there are `tokens`
    value     what kind of figure it is, as in `speedups.csv`, or `doubtful_series` where other timings of the device
              and type are impossible, or `block_sparse` where what was removed left no smaller model; empty for a
              plain measurement
    note      what else the source says of it
    source    a key of `evidence_sources.csv`

`quality.csv`, one quality before and after in a row:
    option    unstructured, structured, 2:4, n:m, or the type of a quantized model (int8, fp8, int4, nvfp4)
    pattern   of n:m; `hybrid` for 2:4 in some of the matrix only; in words what was removed (depth, width, experts)
    model, params_b, kind   as above
    sparsity  the share of zeros or of what was removed; empty where the pattern says it, or nothing was
    method    how it was pruned
    retrained yes where it was trained afterwards, or its masks were
    metric, dense, pruned   what was measured, before and after
    delta     after − before, where only that was published
    note, source    as above

`recovery.csv`, what training after pruning brought back, one metric in a row, or several that differ in nothing but
their tokens: model, pruned_to, method, tokens_b (training tokens in 10⁹), gpu, gpu_hours, metric, dense, untrained,
recovered, note, source, option (as above), and in 10⁹ the parameters before (dense_b) and while it was trained
(trained_b), and of these the active ones where not all are (active_b).

`edge.csv`, one network on a small device in a row, or several that differ in nothing but their sparsity: device,
framework, model, pattern, sparsity, dense, sparse and unit (of both), speedup (empty where none was published), smaller
(how many times the file is), note, source.

`evidence_sources.csv`: key, source (a title), url, locator (the place in it), group (what was published together).
"""

from __future__ import annotations

import argparse
import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from app.calculators.pruning.model.architecture import preset
from app.calculators.pruning.speed.timings import MOST_POSSIBLE, UNRELIABLE_SHARE
from tools.lab import measured
from tools.lab.measured import LARGE, SLOWER
from tools.paths import PRUNING_DATA, ROOT, write

INTO = PRUNING_DATA
DATA = ROOT / "data"

FAULTY = ("_anomalous_baseline", "_outlier")
"""What `value_type` ends in where the measurement itself is at fault."""

ADDRESSES = {
    "Neural Magic blog 2024-12-18 (Sparse FP8 Hopper)": (
        "https://neuralmagic.com/blog/24-sparse-llama-fp8-sota-performance-for-nvidia-hopper-gpus"
    ),
    "NVIDIA TensorRT 8 sparsity blog (engineering.fyi summary)": (
        "https://www.engineering.fyi/article/accelerating-inference-with-sparsity-using-the-nvidia-ampere-architecture"
        "-and-nvidia-tensorrt"
    ),
    "NVIDIA deck (pitchsend.com)": "https://pitchsend.com/slides/hckD5VbSMGMxyeKu",
}
"""The pages themselves, of sources that are given with the address of a front page."""

NO_OPTION = ("int5",)
"""Types that are no option of the page."""

LONG_SERIES = ("XiongjieDai", "vllm 29901", "torchao 174")
"""Publications of so many rows that the rates behind each speed-up stay in the data."""

GENERATED = ("1024", "8192")
"""Tokens written, of which the decode speed-ups of a long series are quoted."""

NOTES = {
    "NVIDIA deck (pitchsend.com)": "batch 256 dense against batch 49 on each of 7 slices of one A100",
}
"""What a source says and its row does not."""

WORDS = {
    "calibrated on WikiText2 (flattering: same data set as eval)": "calibrated on WikiText-2 itself, which flatters",
    "ctx 2048 (LLaMA-2 dense 5.47), Wanda README uses ctx 4096 (5.12)": "context of 2,048, where others take 4,096",
    "70 pct; dense 30B 4.10 / 65B 3.53 from BESA README (Wanda quote lists 4.77/3.56)": (
        "dense value from the README of BESA"
    ),
    "abstract gives only the GAP: +8.1; dense_value set to 0, delta is the gap": "",
    "gap only: +3.4": "",
    "4-bit costs +0.17 ppl - the seed range +0.1..0.3 is the cost of 4-BIT QUANTIZATION, not of 2:4": "",
}
"""Notes in other words."""

METRICS = {
    "wikitext2_ppl": "WikiText-2 perplexity",
    "wikitext2_ppl(LLM-Pruner protocol)": "WikiText-2 perplexity (LLM-Pruner protocol)",
    "wikitext_word_ppl": "WikiText word perplexity",
    "zero_shot_avg_acc": "zero-shot accuracy, mean",
    "reasoning_avg_acc": "reasoning accuracy, mean",
    "downstream_avg_acc": "downstream accuracy, mean",
    "COCO bbAP": "COCO box AP",
}


class Named(NamedTuple):
    """A model that the sources name: how they write it, our name, parameters in 10⁹ (0: not stated), its kind."""

    written: str
    name: str
    params_b: float = 0.0
    kind: str = ""


# The first that matches counts. Presets know their own size.
MODELS = (
    Named(r"(?:Sparse-)?Llama-?3\.1-(?:8B|Minitron-4B)", "Llama-3.1-8B"),
    Named(r"Llama-?3\.2-1B", "Llama-3.2-1B"),
    Named(r"Llama-?3\.2-3B", "Llama-3.2-3B"),
    Named(r"Llama-3-8B", "Llama-3-8B", 8.03),
    Named(r"Llama-3-70B", "Llama-3-70B", 70.55),
    Named(r"Llama-?3\.1-70B", "Llama-3.1-70B"),
    Named(r"Nemotron-Nano-12B-v2", "Nemotron-Nano-12B-v2", 12.3),
    Named(r"Nemotron-Nano-9B-v2", "Nemotron-Nano-9B-v2", 8.89),
    Named(r"Nemotron-3-Nano(?: 31\.6B-A3\.6B)?", "Nemotron-3-Nano-30B-A3B", 31.6),
    Named(r"Qwen3-4B(?:-Instruct-2507)?", "Qwen3-4B", 4.02),
    Named(r"Qwen3-8B", "Qwen3-8B", 8.19),
    Named(r"Qwen3-32B", "Qwen3-32B", 32.8),
    Named(r"GLM-4\.7-Flash", "GLM-4.7-Flash"),
    Named(r"GPT3-843M", "GPT3-843M", 0.843),
    Named(r"DeepSeek-V4-Flash", "DeepSeek-V4-Flash"),
    Named(r"Llama-?2-7B", "Llama-2-7B"),
    Named(r"Llama-?2-13B", "Llama-2-13B"),
    Named(r"Llama-?2-70B", "Llama-2-70B"),
    Named(r"OpenLLaMA-3B", "OpenLLaMA-3B", 3.43),
    Named(r"LLaMA-7B", "LLaMA-7B", 6.738),
    Named(r"LLaMA-13B", "LLaMA-13B", 13.016),
    Named(r"LLaMA-30B", "LLaMA-30B", 32.529),
    Named(r"LLaMA-65B", "LLaMA-65B", 65.286),
    Named(r"Vicuna-7B-v1\.3", "Vicuna-7B-v1.3", 6.738),
    Named(r"Qwen2\.5-7B", "Qwen2.5-7B"),
    Named(r"Qwen3 \(avg reasoning\)", "Qwen3", 8),
    Named(r"BitNet-2B", "BitNet-2B", 2.413),
    Named(r"Mixtral-8x7B", "Mixtral-8x7B-v0.1"),
    Named(r"Mistral-7B", "Mistral-7B-v0.1"),
    Named(r"DeepSeek-MoE-16B", "DeepSeek-MoE-16B", 16.4),
    Named(r"MPT-7B", "MPT-7B", 6.65),
    Named(r"BLOOM-176B", "BLOOM-176B", 176),
    Named(r"OPT-125M", "OPT-125M"),
    Named(r"OPT-350M", "OPT-350M", 0.331),
    Named(r"OPT-1\.3B", "OPT-1.3B"),
    Named(r"OPT-2\.7B", "OPT-2.7B"),
    Named(r"OPT-6\.7B", "OPT-6.7B"),
    Named(r"OPT-13B", "OPT-13B"),
    Named(r"OPT-30B", "OPT-30B"),
    Named(r"OPT-66B", "OPT-66B"),
    Named(r"OPT-175B", "OPT-175B"),
    Named(r"Phi-2", "Phi-2"),
    Named(r"DistilBERT", "DistilBERT", 0.066, "encoder"),
    Named(r"BERT-base(?:-cased)?", "BERT-base-uncased", kind="encoder"),
    Named(r"BERT-Large(?: TensorRT)?", "BERT-Large", 0.335, "encoder"),
    Named(r"BERT|SST2|CoNLL", "BERT", kind="encoder"),
    Named(r"FairSeq Transformer", "FairSeq Transformer", 0.2, "encoder"),
    Named(r"SAM ViT-H", "SAM ViT-H", 0.641, "vision"),
    Named(r"(?:DINOv2 )?ViT-L", "ViT-L", 0.304, "vision"),
    Named(r"ViT-B/16", "ViT-B/16", kind="vision"),
    Named(r"ResNet-50", "ResNet-50", kind="cnn"),
    Named(r"ResNeXt-101(?:_32x8d| class)?", "ResNeXt-101", 0.0888, "cnn"),
    Named(r"Xception", "Xception", 0.0228, "cnn"),
    Named(r"SSD-RN50", "SSD-RN50", 0.03, "cnn"),
    Named(r"MaskRCNN-RN50", "MaskRCNN-RN50", 0.044, "cnn"),
    Named(r"YOLOv5s", "YOLOv5s", kind="cnn"),
    Named(r"YOLACT", "YOLACT", kind="cnn"),
    Named(r"sparse Transformer / MobileNetV1", "sparse Transformer / MobileNetV1", kind="cnn"),
    Named(r"OPT(?:/LLM inference| models)", "OPT"),
)


def model_in(text: str) -> tuple[str, str, str, str]:
    """The model that `text` names, its parameters in 10⁹ and its kind, all empty where it names none; the rest of it.

    >>> model_in("LLaMA2-7B block matmuls")
    ('Llama-2-7B', '6.738', '', 'block matmuls')
    """
    for each in MODELS:
        found = re.search(each.written, text, re.IGNORECASE)
        if found is None:
            continue
        known = preset(each.name)
        params_b = known.total / 1e9 if known else each.params_b
        rest = (text[: found.start()] + text[found.end() :]).strip(" ,-")
        return each.name, number(params_b, 3) if params_b else "", each.kind, rest
    return "", "", "", text


def number(value: float, digits: int = 4) -> str:
    """The shortest text of a number rounded to that many decimals, or to as many significant ones below 1."""
    return f"{value:.{digits}g}" if value < 1 else f"{round(value, digits):.12g}"


def readable(text: str) -> str:
    """Words for a reader: without the numbers of our own notes on GitHub, and with arrows."""
    text = re.sub(r"\s*\((?:quoted|via|quoted in)[^()]*GitHub[^()]*\)", ", as quoted elsewhere", text)
    text = re.sub(r"\s*\([^()]*GitHub[^()]*\)", "", text)
    text = re.sub(r"\s*\+ explainer id \d+", " and an explainer", text)
    text = re.sub(r"\b(AND|NOTHING|ONLY|PER|PREFILL|SLOWER|UP)\b", lambda found: found[0].lower(), text)
    text = text.replace("results csv, my median", "results CSV, median taken here")
    return text.replace("->", "→").strip()


class Sources:
    """The sources so far, each once, with the keys of their rows."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, str, str, str], str] = {}

    def key(self, row: dict[str, str]) -> str:
        """The key of the source of a row; empty where nothing of it can be opened."""
        title = row["source"]
        url = ADDRESSES.get(title, row["url"])
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.path.strip("/") in ("", "blog"):
            return ""
        # Products and models of one paper are published together.
        group = row.get("source_group", "").removesuffix("-gemm").removesuffix("-e2e")
        source = (readable(title), url, readable(row["locator"]), group)
        return self.keys.setdefault(source, str(len(self.keys) + 1))


def pruning(row: dict[str, str]) -> str:
    """The column of that name."""
    kind, text = row["kind"], row["model_or_shape"]
    if kind == "quantized":
        return row["dtype"]
    if kind == "n:m":
        found = re.search(r"\b\d+:\d+", text)
        if found is None:
            raise ValueError(f"row {row['id']}: no pattern in “{text}”")
        return found[0]
    if kind == "structured":
        return next((part for part, written in PARTS.items() if re.search(written, text)), kind)
    return "int4+2:4" if kind == "2:4" and row["dtype"].startswith("int4") else kind


PARTS = {
    "experts": r"\bREAP\b|\bdrop \d+/\d+ experts",
    "depth": r"\bdrop \d+/\d+ (?:MoE layers|blocks)|\bdepth \(",
}
"""How the sources write that whole experts were removed, or whole layers, and nothing else."""


def types_of(row: dict[str, str]) -> tuple[str, str]:
    """The type of the weights, and that of the dense model where it is another."""
    dtype = "" if "unstated" in row["dtype"] or "/" in row["dtype"] else row["dtype"].split()[0]
    if row["value_type"] != "measured_combined_with_quant" and row["kind"] != "quantized":
        return dtype, ""
    found = re.search(r"\bvs (?:dense |ORT )?(bf16|fp16|fp32)\b", row["model_or_shape"], re.IGNORECASE)
    if found is None:
        raise ValueError(f"row {row['id']}: compared with which type? “{row['model_or_shape']}”")
    return dtype, found[1].lower()


def tokens_of(row: dict[str, str]) -> tuple[str, str]:
    """Tokens of one pass, and the batch where that does not say it; each empty where it is not stated."""
    text, batch, phase = row["model_or_shape"], row["batch"], row["phase"]
    if "tokens not stated" in row["note"]:
        return "", batch
    given = re.search(r"\bM=(\d+)|\b(\d+) tokens", text) or re.search(r"\b(\d+)() tokens", row["note"])
    if given:
        return given[1] or given[2], "" if (given[1] or given[2]) == batch else batch
    if row["source_group"] == "SliceGPT" and row["level"] == "layer":
        return "2048", batch  # the same dense times as the rows that say M=2048
    measures_tokens = row["source_group"].startswith("SlideSparse") or row["level"] != "end_to_end"
    if re.fullmatch(r"\d+(-\d+)?", batch) and (phase in ("decode", "request") or (measures_tokens and batch != "1")):
        return batch, ""
    return "", batch


def impossible(row: dict[str, str]) -> bool:
    """Whether 2:4 is said to be faster than it can be against the same type."""
    combined = row["value_type"] == "measured_combined_with_quant"
    return row["kind"] in ("2:4", "n:m") and not combined and float(row["measured_speedup"]) > MOST_POSSIBLE


def doubtful(found: Iterable[dict[str, str]]) -> set[tuple[str, str]]:
    """Devices and types of which too many matrix products are impossible."""
    series: dict[tuple[str, str], list[bool]] = {}
    for row in found:
        if row["source_group"] == "SlideSparse-gemm" and wanted(row):
            slow = int(row["batch"]) >= LARGE and float(row["measured_speedup"]) < SLOWER
            series.setdefault((row["device"], row["dtype"]), []).append(slow or impossible(row))
    return {key for key, bad in series.items() if sum(bad) > UNRELIABLE_SHARE * len(bad)}


def value_of(row: dict[str, str], suspects: set[tuple[str, str]]) -> str:
    """What kind of figure it is, empty for a plain measurement."""
    if row["source_group"] == "SlideSparse-gemm" and (row["device"], row["dtype"]) in suspects:
        return "doubtful_series"
    if row["kind"] == "structured" and "block-sparse" in row["model_or_shape"]:
        return "block_sparse"
    return "" if row["value_type"] == "measured" else row["value_type"]


def quoted(row: dict[str, str]) -> bool:
    """Whether the page has an option for it, and it is not one of too many in a long series."""
    generated = re.search(r"\bgenerating (\d+)", row["model_or_shape"])
    long = row["source_group"] in LONG_SERIES and generated is not None
    return pruning(row) not in NO_OPTION and not (long and generated and generated[1] not in GENERATED)


def speed(row: dict[str, str], sources: Sources, suspects: set[tuple[str, str]]) -> dict[str, str] | None:
    """A row of `evidence.csv`, None for one that is not kept."""
    source = sources.key(row) if wanted(row) and not impossible(row) and quoted(row) else ""
    if not source:
        return None
    text = row["model_or_shape"]
    model, params_b, kind, rest = model_in(text)
    shape = re.search(r"\bN=(\d+),K=(\d+)", text)
    tokens, batch = tokens_of(row)
    dtype, against = types_of(row)
    what = pruning(row)
    if row["source_group"].startswith("SlideSparse"):
        note = ""
    else:
        rest = re.sub(r"\(?\bN=\d+,K=\d+\)?|\bM=\d+,?|\b\d+ tokens|\bseq128\b", "", rest)
        rest = re.sub(r"\s+", " ", rest).strip(" ,-")
        # The types stand in columns of their own.
        rest = re.sub(r",? ?\bvs (bf16|fp16)\b", "", rest) if row["kind"] == "quantized" else rest
        said = row["note"]
        if row["source_group"] in LONG_SERIES:
            said = re.sub(r"^[\d.]+ -> [\d.]+ \S+[,;] ", "", said)
        note = "; ".join(filter(None, map(readable, (rest, said, NOTES.get(row["source"], "")))))
    return {
        "pruning": what,
        "level": row["level"],
        "device": row["device"],
        "dtype": dtype,
        "against": against,
        "model": model,
        "params_b": params_b,
        "kind": kind,
        "n": shape[1] if shape else "",
        "k": shape[2] if shape else "",
        "tokens": tokens,
        "batch": batch,
        "phase": row["phase"],
        "sparsity": "" if ":" in what or not row["sparsity"] else number(float(row["sparsity"])),
        "speedup": number(float(row["measured_speedup"])),
        "value": value_of(row, suspects),
        "note": note,
        "source": source,
    }


MODELS_TIMED = {"Llama3.2-3B": "Llama-3.2-3B", "Qwen2.5-7B": "Qwen2.5-7B"}
"""Models of which products in two types are quoted: as the timings name them, and as the page does."""

QUOTED = (64, 1024, 16384)
"""Tokens of the products that are quoted."""


def products(path: Path, sources: Sources) -> Iterator[dict[str, str]]:
    """Rows of `evidence.csv` for one shape timed dense in 16 bits and in a narrower type: the largest of each model."""
    timed = {
        (row.device_name, row.model_name, row.tokens, row.outputs, row.inputs, row.dtype): row.dense_us
        for row in measured.read(path)
        if not row.excluded
    }
    source = sources.key(
        {
            "source": "SlideSparse raw timings (arXiv 2603.05232, bcacdwk/vllmbench @92a8ca49)",
            "url": "https://arxiv.org/abs/2603.05232",
            "locator": "products in CSV: dense time in BF16 over dense time in the type",
            "source_group": "SlideSparse",
        }
    )
    for device, model, tokens, outputs, inputs, dtype in timed:
        wide = timed.get((device, model, tokens, outputs, inputs, "bf16"))
        name = MODELS_TIMED.get(model)
        largest = max((n * k for _, m, _, n, k, _ in timed if m == model), default=0)
        if wide and name and dtype in ("int8", "fp8") and tokens in QUOTED and outputs * inputs == largest:
            yield {
                "pruning": dtype,
                "level": "gemm",
                "device": device,
                "dtype": dtype,
                "against": "bf16",
                "model": name,
                "params_b": number((known.total if (known := preset(name)) else 0) / 1e9, 3),
                "kind": "",
                "n": str(outputs),
                "k": str(inputs),
                "tokens": str(tokens),
                "batch": "",
                "phase": "decode" if tokens < LARGE // 2 else "prefill",
                "sparsity": "",
                "speedup": number(wide / timed[device, model, tokens, outputs, inputs, dtype]),
                "value": "derived",
                "note": "dense in both types",
                "source": source,
            }


def wanted(row: dict[str, str]) -> bool:
    """Whether a row was verified and its figure is sound."""
    return row.get("verified", "yes") == "yes" and not row.get("value_type", "").endswith(FAULTY)


def quantized(method: str) -> str:
    """The type of an unpruned reference row.

    >>> quantized("QUANT ref: Q4_K_M"), quantized("QUANT ref: NVFP4 W4A4")
    ('int4', 'nvfp4')
    """
    name = method.casefold()
    found = next((each for each in ("nvfp4", "fp8", "float8", "int8", "int4", "q4_") if each in name), "")
    return {"float8": "fp8", "q4_": "int4"}.get(found, found)


def quality(row: dict[str, str], sources: Sources) -> dict[str, str] | None:
    """A row of `quality.csv`, None for one that is not kept."""
    model, params_b, kind, rest = model_in(row["model"])
    source = sources.key(row) if wanted(row) and model else ""
    if not source:
        return None
    pattern = row["pattern"]
    option = pattern.split()[0]
    if pattern == "none":
        option, pattern = quantized(row["method"]), ""
    elif pattern in ("2:4", "unstructured", "structured"):
        pattern = ""
    elif ":" in pattern:
        option = "n:m"
    else:
        pattern = "depth"
    dense, pruned, delta = (float(row[name]) for name in ("dense_value", "pruned_value", "delta"))
    if abs(pruned - dense - delta) > 1e-3:
        raise ValueError(f"{row['model']}, {row['method']}: {pruned} − {dense} is not {delta}")
    return {
        "option": option,
        "pattern": pattern,
        "model": model,
        "params_b": params_b,
        "kind": kind,
        "sparsity": "" if ":" in row["pattern"] or row["pattern"] == "none" else row["sparsity"],
        "method": row["method"].removeprefix("QUANT ref: "),
        "retrained": "yes" if row["finetuned"] == "True" else "",
        "metric": METRICS.get(row["metric"], row["metric"]),
        # Where only the difference was published, the table has 0 for the dense model.
        "dense": number(dense) if dense else "",
        "pruned": number(pruned) if dense else "",
        "delta": "" if dense else number(delta),
        "note": "; ".join(
            filter(None, (rest.removeprefix("> ").strip(), readable(WORDS.get(row["note"], row["note"]))))
        ),
        "source": source,
    }


def reported(row: dict[str, str], sources: Sources) -> dict[str, str]:
    """A row of a table that has the page's own columns already, with the key of its source. Raises ValueError where it
    cannot be opened.
    """
    source = sources.key(row)
    if not source:
        raise ValueError(f"{row['source']} cannot be opened: {row['url']}")
    kept = {name: text for name, text in row.items() if name not in ("source", "url", "locator", "note")}
    return {**kept, "note": readable(row["note"]), "source": source}


def merged(
    found: Iterable[dict[str, str]], several: str = "tokens", with_it: tuple[str, ...] = ("speedup",)
) -> list[dict[str, str]]:
    """The rows, those that differ in nothing but `several` (a number) and what goes `with_it` as one, in its order."""
    series: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in found:
        alike = tuple(text for name, text in row.items() if name not in (several, *with_it))
        series.setdefault((*alike, "" if is_number(row[several]) else row[several]), []).append(row)
    together = []
    for rows in series.values():
        if is_number(rows[0][several]):
            rows.sort(key=lambda row: float(row[several]))
            joined = {name: " ".join(row[name] for row in rows).strip() for name in (several, *with_it)}
            together.append(rows[0] | joined)
        else:
            together += rows
    return together


def is_number(text: str) -> bool:
    """Whether it is one plain number."""
    return text.replace(".", "", 1).isdigit()


TELLING = ("MMLU", "GSM8K", "mean", "avg", "perplexity", "cost")
"""What the metrics are called that the page quotes of a recovery: the others stay in the data."""


def recovery(row: dict[str, str], sources: Sources) -> dict[str, str] | None:
    """A row of `recovery.csv`, None for one that is not kept."""
    if not any(word in row["metric"] for word in TELLING):
        return None
    asked = reported(row, sources)
    return {
        "model": asked["model"],
        "pruned_to": asked["pruned_to"],
        "method": asked["method"],
        "tokens_b": asked["training_tokens_b"],
        "gpu": asked["gpu"],
        "gpu_hours": asked["gpu_hours"],
        "metric": asked["metric"],
        "dense": asked["dense"],
        "untrained": asked["pruned_untrained"],
        "recovered": asked["recovered"],
        "note": asked["note"],
        "source": asked["source"],
        **{name: asked[name] for name in ("option", "dense_b", "trained_b", "active_b")},
    }


def table(found: Iterable[dict[str, str]]) -> bytes:
    """A CSV file of these rows, which all have the same columns."""
    listed = list(found)
    text = io.StringIO()
    writer = csv.DictWriter(text, listed[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(listed)
    return text.getvalue().encode()


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main(arguments: list[str] | None = None) -> None:
    """Write the tables, and say how large they are."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("speedups", type=Path, help="a table like speedups.csv")
    parser.add_argument("quality", type=Path, help="a table like quality.csv")
    asked = parser.parse_args(arguments)
    speedups, sources = read(asked.speedups), Sources()
    suspects = doubtful(speedups)
    timed = [speed(row, sources, suspects) for row in (*speedups, *read(DATA / "reported_speed.csv"))]
    scored = [quality(row, sources) for row in read(asked.quality)]
    scored += [reported(row, sources) for row in read(DATA / "reported_quality.csv")]
    trained = [recovery(row, sources) for row in read(DATA / "recovery.csv")]
    small = [reported(row, sources) for row in read(DATA / "edge.csv") if "palettized" not in row["pattern"]]
    made = {
        "evidence.csv": table(merged([*filter(None, timed), *products(DATA / "gemm_2to4_latency.csv", sources)])),
        "quality.csv": table(filter(None, scored)),
        "recovery.csv": table(merged(filter(None, trained), "tokens_b", ("gpu_hours", "recovered"))),
        "edge.csv": table(merged(small, "sparsity", ("sparse", "speedup", "smaller"))),
    }
    made["evidence_sources.csv"] = table(
        {"key": key, "source": title, "url": url, "locator": locator, "group": group}
        for (title, url, locator, group), key in sources.keys.items()
    )
    for name, content in made.items():
        write(INTO / name, content)
        print(f"{name}: {len(content.splitlines()) - 1:,} rows, {len(content):,} bytes")


if __name__ == "__main__":
    main()
