"""How the families of Hugging Face models keep their sizes in a `config.json`: one `Family` for each `model_type`, as
`data/families.json` has them, every default read in transformers' own configuration of that version.

To add one, add some lines under "families", in the words of `Family`, and a config of it to
tests/reference/data/configs.json, which `make oracle` counts:

    "mistral": {
      "name": "Mistral", "like": "usual", "also": ["mistral3"], "window": "all",
      "source": "mistral/configuration_mistral.py",
      "defaults": {"vocab_size": 32000, "hidden_size": 4096, "num_key_value_heads": 8, "sliding_window": 4096}
    }

`like` names one of "kinds" or another family: what is not said is as there, of `keys`, `defaults`, `fixed` and `flags`
each entry, and null takes one away. `also` lists other names under which its configs go. The `source` is a path below
the address at the top of the file, or an address of its own. What no table can say is a pair of short functions in
`special`, named by "special".

>>> known = family_of("mistral3")
>>> known.model_type, known.keys["kv_heads"], known.defaults["num_key_value_heads"]
('mistral', ('num_key_value_heads',), 8)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from app.calculators.pruning.data.tables import text

Config = Mapping[str, Any]


class Family(NamedTuple):
    """How the configs of one `model_type` are to be read.

    `keys` names, for a field of `Shape`, the keys that may hold it: the first is the one to write. `defaults` are
    transformers' own, by that first key; what has none is derived. `fixed` holds for every model of the family, `flags`
    are switches in the config by the fields they set. `window` says which layers have a sliding window: `all`, `late`
    (from max_window_layers on, where use_sliding_window says so), `all or late` (late only where use_sliding_window is
    there), `chunked`, `listed` (those that layer_types says), or a number n for all but every n-th; without it none
    has. `tied`: the head reuses the embedding where the config does not say. `strict`: transformers refuses heads that
    do not divide the width, whatever the size of a head.

    Where layers differ, `layers` says of every kind that a config may list which changes make it (`layers.CHANGES`;
    under "every", of all of them), and `order` which kind each layer is where the config does not say
    (`layers.ORDERS`). `extra` are sums of products of fields and keys: parameters in no matrix of every `layer`,
    and `outside` of them; or `wide`, how many more vectors a layer has that are as long as the hidden width.
    `listed` are keys that may list a number for every layer, if all are the same, `refused` switches that add what
    is not counted here.
    """

    model_type: str
    name: str
    source: str
    keys: Mapping[str, tuple[str, ...]]
    defaults: Mapping[str, Any]
    fixed: Mapping[str, Any]
    flags: Mapping[str, tuple[str, ...]]
    window: str | int = ""
    tied: bool = False
    strict: bool = False
    special: str = ""
    layers: Mapping[str, tuple[str, ...]] = {}
    order: str = ""
    extra: Mapping[str, str] = {}
    listed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(text("families.json"))
    return data


@cache
def _names() -> dict[str, str]:
    """The name in the data by every name under which a family's configs go."""
    families = _data()["families"]
    return {name: name for name in families} | {
        other: name for name, entry in families.items() for other in entry.get("also", ())
    }


def model_types() -> tuple[str, ...]:
    """The `model_type` of every family that is known here."""
    return tuple(_data()["families"])


@cache
def family_of(model_type: str) -> Family | None:
    """The family of a `model_type`, by any of its names; None where it is not known here."""
    name = _names().get(model_type)
    return None if name is None else _family(name, _data()["families"][name])


def unknown_family(model_type: str, config: Config) -> Family:
    """A family that is not known here, read like the known one whose keys the config has: it has that one's name."""
    for entry in _data()["unknown"]:
        if not entry["when"] or any(key in config for key in entry["when"]):
            return _family(model_type, entry)
    raise AssertionError("the last of the unknown families asks for no key")


_MERGED = ("keys", "defaults", "fixed", "flags", "layers", "extra")


def _family(model_type: str, entry: Mapping[str, Any]) -> Family:
    whole = _whole(entry)
    for part in ("keys", "flags"):
        whole[part] = {key: (names,) if isinstance(names, str) else tuple(names) for key, names in whole[part].items()}
    whole["layers"] = {kind: tuple(names) for kinds, names in whole["layers"].items() for kind in kinds.split()}
    own = {"name": entry["name"], "source": entry.get("source", "")}
    whole |= {name: tuple(whole.get(name, ())) for name in ("listed", "refused")}
    said = {key: value for key, value in whole.items() if key in Family._fields}
    return Family(model_type, **{**said, **own})


def _whole(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry with what it takes from the one it is like."""
    base: dict[str, Any] = {}
    if "like" in entry:
        data = _data()
        base = _whole(data["kinds"].get(entry["like"]) or data["families"][entry["like"]])
    merged = {part: {**base.get(part, {}), **entry.get(part, {})} for part in _MERGED}
    present = {part: {key: value for key, value in of.items() if value is not None} for part, of in merged.items()}
    return {**base, **entry, **present}
