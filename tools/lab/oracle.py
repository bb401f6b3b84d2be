"""How many parameters the configs in tests/reference/data/configs.json have, and whether the defaults in families.json
are those of the configuration classes: asked of transformers itself.

Every model is built on torch's meta device, which holds shapes and no weights. Runs in an environment of its own
(`make oracle`), because the tests read what it wrote and need neither library.

A tied weight counts once. `buffers` are router corrections that released checkpoints hold, but that transformers keeps
as buffers.
"""

from __future__ import annotations

import json
from typing import Any

import torch
import transformers
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoModelForImageClassification

from app.calculators.pruning.model.families import Family, family_of, model_types
from tools.paths import ROOT

CONFIGS = ROOT / "tests" / "reference" / "data" / "configs.json"
_BARE = ("bert", "roberta", "distilbert", "vit")


def built(config: dict[str, Any]) -> Any:
    """The model that a config describes, without weights; of a model of several kinds of input, its text part."""
    whole = {key: value for key, value in config.items() if key not in ("_name_or_path", "transformers_version")}
    read = AutoConfig.for_model(**whole)
    text = read.get_text_config()
    if read.model_type == "vit" and "ViTModel" not in config["architectures"]:
        kind: Any = AutoModelForImageClassification
    else:
        kind = AutoModel if read.model_type in _BARE else AutoModelForCausalLM
    with torch.device("meta"):
        return kind.from_config(text)


def counted(config: dict[str, Any]) -> tuple[int, int]:
    """Parameters, and values in the buffers that a checkpoint holds."""
    model = built(config)
    parameters = sum(each.numel() for each in model.parameters())
    corrections = [each for name, each in model.named_buffers() if name.endswith("e_score_correction_bias")]
    return parameters, sum(each.numel() for each in corrections)


def other_defaults(family: Family) -> list[str]:
    """What transformers assumes and families.json tells otherwise."""
    switches = {"use_sliding_window": True} if family.window == "late" else {}  # without it they forget the window
    theirs = AutoConfig.for_model(family.model_type, **switches)
    ours = dict(family.defaults)
    if "tied" not in family.fixed:
        ours["tie_word_embeddings"] = family.tied
    return [
        f"{family.model_type}: {key} is {value} in families.json, {getattr(theirs, key, None)} in transformers"
        for key, value in ours.items()
        if getattr(theirs, key, None) != value
    ]


def main() -> None:
    """Compare the defaults, and count every config anew."""
    families = [found for found in map(family_of, model_types()) if found]
    if others := [line for family in families for line in other_defaults(family)]:
        raise SystemExit("\n".join(others))
    print(f"the defaults of {len(families)} families are those of transformers {transformers.__version__}")
    entries = json.loads(CONFIGS.read_text(encoding="utf-8"))
    for entry in entries:
        before = entry.get("parameters")
        try:
            entry["parameters"], entry["buffers"] = counted(entry["config"])
        except Exception as error:
            raise SystemExit(f"{entry['name']}: transformers refuses it: {error}") from error
        entry["transformers"] = transformers.__version__
        if before not in (None, entry["parameters"]):
            print(f"{entry['name']}: {before:,} -> {entry['parameters']:,}")
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    CONFIGS.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{len(entries)} configs counted with transformers {transformers.__version__}")


if __name__ == "__main__":
    main()
