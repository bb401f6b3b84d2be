"""How many parameters configs have, and whether the defaults in families.json are those of the configuration classes:
asked of transformers itself.

Every model is built on torch's meta device, which holds shapes and no weights. Runs in an environment of its own
(`make oracle`), because the tests read what it wrote and need neither library.

`configs.json` holds configs by name: of a model of several kinds of input the text part, a tied weight once. `buffers`
are router corrections that released checkpoints hold, but that transformers keeps as buffers.

`released.json` holds configs as they were released, whole but for keys that say how, each with its source, what
transformers counts (parameters, active ones, buffers) and, where one was found, the total that was published.

`families.json` holds every family of causal language models that transformers has: its default config, a shallow one,
and the shallow one with each key changed that changes a count. A case is the keys that differ from the default, the
parameters, those that work on one token, and the buffers. Of BERT and its kin, the encoder without a head is counted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import torch
import transformers
from transformers import CONFIG_MAPPING, AutoConfig, AutoModel, AutoModelForCausalLM, AutoModelForImageClassification
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from app.calculators.pruning.model.families import Family, family_of, model_types
from tools.paths import ROOT

_DATA = ROOT / "tests" / "reference" / "data"
CONFIGS, FAMILIES = _DATA / "configs.json", _DATA / "families.json"
RELEASED = _DATA / "released.json"
SPECIAL = _DATA / "families_special.json"
"""Cases that no single changed key makes: kinds of layers, experts beside others, and what a family must be told."""
_CORRECTIONS = ("e_score_correction_bias", "expert_bias")
_BARE: tuple[str, ...] = (
    "bert",
    "roberta",
    "distilbert",
    "vit",
    "camembert",
    "xlm-roberta",
    "ernie",
    "megatron-bert",
    "data2vec-text",
)
_BARE += ("roberta-prelayernorm", "xlm-roberta-xl", "big_bird", "bert-generation", "roformer")


def built(config: dict[str, Any]) -> Any:
    """The model that a config describes, without weights; of a model of several kinds of input, its text part."""
    whole = {key: value for key, value in config.items() if key not in ("_name_or_path", "transformers_version")}
    return _built(AutoConfig.for_model(**deepcopy(whole)), "ViTModel" in config.get("architectures", ()))


def _built(read: Any, bare: bool = False) -> Any:
    if read.model_type == "vit" and not bare:
        kind: Any = AutoModelForImageClassification
    else:
        kind = AutoModel if read.model_type in _BARE else AutoModelForCausalLM
    with torch.device("meta"):
        return kind.from_config(read.get_text_config())


def _buffers(model: Any) -> int:
    """Values in the buffers that a checkpoint holds."""
    return sum(each.numel() for name, each in model.named_buffers() if name.endswith(_CORRECTIONS))


def counted(config: dict[str, Any]) -> tuple[int, int]:
    """Parameters, and values in the buffers that a checkpoint holds."""
    model = built(config)
    return sum(each.numel() for each in model.parameters()), _buffers(model)


def other_defaults(family: Family) -> list[str]:
    """What transformers assumes and families.json tells otherwise, of what transformers knows."""
    if family.model_type not in CONFIG_MAPPING:
        return []  # read from code that comes with the checkpoint
    switches = {"use_sliding_window": True} if family.window == "late" else {}  # without it they forget the window
    theirs = AutoConfig.for_model(family.model_type, **switches).get_text_config()
    ours = dict(family.defaults)
    if "tied" not in family.fixed:
        ours["tie_word_embeddings"] = family.tied
    told = _told(theirs)
    return [
        f"{family.model_type}: {key} is {value} in families.json, {told[key]} in transformers"
        for key, value in ours.items()
        if told.get(key) is not None and told[key] != value
    ]


# --- every family ---

_DEPTHS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "decoder_layers", "num_blocks")
_SHALLOW = 6
_EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")
_PER_TOKEN = ("num_experts_per_tok", "num_experts_per_token", "moe_topk", "moe_top_k", "moe_k", "top_k_experts")
_OTHER_TOWERS = re.compile(r"vision|visual|audio|image|embed_tokens_extend")
_HOW = re.compile(
    r"token_id|drop|eps|rope|initializer|dtype|^return|^output|coef|label|model_type|version|_name|position_emb|chunk_size"
    r"|max_position|use_cache|architectures|problem|tie_|is_(encoder_)?decoder|add_cross|scal|softcap|norm_topk|topk_group"
    r"|n_group|router|_loss|time_step|beam|length|penalty|begin|suppress|mask_|mem_|clamp|limit|freq|theta|_act$|activation"
)
"""Keys that say how, and never how many."""


def cases(model_type: str, special: dict[str, Any] | None) -> Iterator[list[Any]]:
    """The cases of one family; none of a config that transformers itself cannot build."""
    whole = _case(model_type, {})
    if whole:
        inner = _told(CONFIG_MAPPING[model_type]()).get("text_config")
        told = {key: value for key, value in (inner or {}).items() if value and key not in ("id2label", "label2id")}
        yield [{"text_config": told} if told else {}, *whole[1:]]
    try:
        keys = _told(CONFIG_MAPPING[model_type]())
    except Exception:  # its own defaults break its own rules
        keys = {}
    shallow = {key: _SHALLOW for key in _DEPTHS if isinstance(keys.get(key), int) and keys[key] > _SHALLOW}
    base = _case(model_type, shallow)
    if base and shallow:
        yield base
    for key, value in keys.items() if base else ():
        if not _HOW.search(key) and key not in _DEPTHS and (changed := _changed(value)) is not None:
            found = _case(model_type, {**shallow, key: changed})
            if found and base and found[1:] != base[1:]:
                yield found
    own = _case(model_type, special) if special else None
    if own:
        yield own


def _changed(value: Any) -> Any:
    """Another value of the same kind; None for what is not a number or a switch."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return 2 * value or 1
    return 1.5 * value if isinstance(value, float) and value > 0.3 else 2 if value is None else None


def _told(config: Any) -> dict[str, Any]:
    keys: dict[str, Any] = json.loads(config.to_json_string(use_diff=False))
    return keys


def _case(model_type: str, changes: dict[str, Any]) -> list[Any] | None:
    try:
        config = CONFIG_MAPPING[model_type](**deepcopy(changes))
        model = _built(config)
    except Exception:  # whatever transformers raises: it has no such model
        return None
    return [changes, *_parameters(model, config), _buffers(model)]


def _parameters(model: Any, config: Any) -> tuple[int, int]:
    """All parameters, and those that work on one token."""
    total, resting = 0, 0
    text = _told(config.get_text_config())
    flat = {**text, **(text.get("ffn_config") or {})}
    experts, chosen = (next((flat[key] for key in keys if flat.get(key)), 0) for keys in (_EXPERTS, _PER_TOKEN))
    for name, each in model.named_parameters():
        if _OTHER_TOWERS.search(name):
            continue
        total += each.numel()
        of_experts = ".experts." in name and "shared" not in name and each.shape[0] % max(experts, 1) == 0
        if experts and chosen and of_experts and (each.dim() > 2 or config.model_type == "dbrx"):
            resting += each.numel() * (experts - chosen) // experts
    return total, total - resting


def released() -> None:
    """Count the released configs, whole as they are, of which transformers has the family."""
    entries = json.loads(RELEASED.read_text(encoding="utf-8"))
    for entry in entries:
        name = entry["config"]["model_type"]
        try:
            config = CONFIG_MAPPING[name](**{k: v for k, v in deepcopy(entry["config"]).items() if k != "model_type"})
            model = _built(config)
        except Exception as error:  # an older way of writing a config, or code that comes with the checkpoint
            print(f"{entry['name']}: not counted: {str(error)[:100]}")
            continue
        entry["counted"] = [*_parameters(model, config), _buffers(model)]
    RELEASED.write_text(f"[\n{_lines(entries)}\n]\n", encoding="utf-8")
    print(f"{len(entries)} released configs")


def main() -> None:
    """Compare the defaults, count every config anew, and every family."""
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
    CONFIGS.write_text(f"[\n{_lines(entries)}\n]\n", encoding="utf-8")
    print(f"{len(entries)} configs counted with transformers {transformers.__version__}")
    released()
    special = json.loads(SPECIAL.read_text(encoding="utf-8"))
    every = {name: list(cases(name, special.get(name))) for name in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES}
    lines = ",\n".join(f"{json.dumps(name)}: [\n{_lines(found)}\n]" for name, found in every.items())
    text = f'{{"transformers": {json.dumps(transformers.__version__)}, "families": {{\n{lines}\n}}}}\n'
    FAMILIES.write_text(text, encoding="utf-8")
    print(f"{sum(map(len, every.values()))} cases of {len(every)} families")


def _lines(entries: list[Any]) -> str:
    return ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)


if __name__ == "__main__":
    main()
