"""GGUF files as they were published, against the rule for each tensor."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from app.calculators.pruning.model.architecture import preset
from app.calculators.pruning.model.gguf import bits

with (Path(__file__).parent / "data" / "gguf_sizes.csv").open(encoding="utf-8", newline="") as file:
    PUBLISHED = list(csv.DictReader(file))

UNITS = {"byte": 1, "MB": 10**6, "GB": 10**9, "GiB": 2**30}
LLAMA_3_METADATA = 7_835_936
"""Bytes of a Llama 3 file that are no tensor: fifteen files of sizes.txt differ from the rule by exactly this much."""


def computed(row: dict[str, str]) -> float:
    """Bytes of all tensors, or bits per weight, as the row counts."""
    model = preset(row["model"])
    assert model is not None and model.shape is not None and model.parts is not None
    found = bits(row["type"], model.shape)
    assert found is not None
    inside, whole = model.parts.prunable, model.parts.total
    total = found.linear * inside + found.rest * (whole - inside)
    return total / whole if row["what"] == "bits" else total / 8


@pytest.mark.parametrize(
    "row", PUBLISHED, ids=lambda row: f"{row['model']} {row['type']} {row['published']} {row['unit']}"
)
def test_a_published_size_follows_from_the_rule(row: dict[str, str]) -> None:
    last_digit = 10.0 ** -len(row["published"].partition(".")[2])
    if row["what"] == "bits":
        assert computed(row) == pytest.approx(float(row["published"]), abs=last_digit / 2 + 1e-9)
        return
    unit = UNITS[row["unit"]]
    beside = 0 if row["what"] == "tensors" else LLAMA_3_METADATA if row["model"].startswith("Llama") else 5.9e6
    # A vocabulary is some megabytes: other families’ are known to half of one.
    slack = 0 if beside in (0, LLAMA_3_METADATA) else 0.5e6
    assert (computed(row) + beside) / unit == pytest.approx(
        float(row["published"]), abs=0.501 * last_digit + slack / unit
    )


def test_small_models_take_more_bits_than_large_ones() -> None:
    # Qwen2.5-0.5B: 398 MB at Q4_K_M, 506 MB at Q6_K; rows of 896 are no multiple of 256
    small, large = preset("Qwen2.5-0.5B"), preset("Llama-3.1-8B")
    assert small and large and small.shape and large.shape
    of_small, of_large = bits("q4_k_m", small.shape), bits("q4_k_m", large.shape)
    assert of_small and of_large and of_small.linear > of_large.linear + 0.5
