"""One `config.json` under the eyes of its family: every value that is taken out of it is checked, and what it lacks is
remembered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from app.calculators.pruning.model.families import Config, Family
from app.vocabulary.calculator import Invalid, shorten

MOST = {
    "hidden_size": 1_000_000,
    "layers": 10_000,
    "heads": 100_000,
    "kv_heads": 100_000,
    "head_dim": 1_000_000,
    "intermediate": 10_000_000,
    "dense_intermediate": 10_000_000,
    "shared_intermediate": 10_000_000,
    "vocab": 100_000_000,
    "experts": 100_000,
    "experts_per_token": 100_000,
    "shared_experts": 1_000,
    "embedding_dim": 1_000_000,
    "q_rank": 1_000_000,
    "kv_rank": 1_000_000,
    "qk_nope_dim": 1_000_000,
    "qk_rope_dim": 1_000_000,
    "v_dim": 1_000_000,
    "dense_layers": 10_000,
    "gate_dim": 1_000_000,
    "expert_width": 1_000_000,
    "per_layer_input": 1_000_000,
    "per_layer_vocab": 100_000_000,
}
"""The largest number that a field of `Shape` can be. It bounds every list that is made of layers."""

POSITIONS = 100_000_000
WINDOW = 1_000_000_000


_DERIVED = {"num_key_value_heads", "num_kv_heads", "head_dim", "n_inner", "ffn_hidden_size", "q_lora_rank"}
"""Where null asks for the value that follows from the others."""


class Reader:
    """Takes values out of one config and remembers which ones it lacked."""

    def __init__(self, config: Config, family: Family) -> None:
        self.config = config
        self.family = family
        self.assumed: dict[str, Any] = {}
        self.notes: list[str] = []
        self.asked: set[str] = set()

    def __repr__(self) -> str:
        return f"Reader({len(self.config)} keys of {self.family.name}, assumed {list(self.assumed)})"

    def at(self, key: str) -> Any:
        """What stands under a key, or under one inside another, such as "ffn_config.ffn_hidden_size"."""
        outer, _, inner = key.partition(".")
        self.asked.add(outer)
        found = self.config.get(outer)
        if not inner:
            return found
        return found.get(inner) if isinstance(found, Mapping) else None

    def value(self, keys: tuple[str, ...], default: Any = None) -> tuple[str, Any]:
        """The first of `keys` that is set, and its value; the family's default, or else `default`, if none is."""
        for key in keys:
            found = self.at(key)
            if found is not None:
                return key, found
        key = keys[0]
        standard = self.family.defaults.get(key, default)
        # What follows from other keys, or belongs to the family, is nothing that was assumed.
        if self.family.defaults.get(key) is not None and not any(name in self.config for name in keys):
            self.assumed[key] = standard
        # null asks for the derived value where there is one.
        derivable = key in _DERIVED and any(name in self.config for name in keys)
        return key, None if derivable else standard

    def number(self, keys: tuple[str, ...], most: int, default: int | None = None, least: int = 1) -> int | None:
        """A whole number from `least` to `most`; None if it is neither set nor has a default."""
        key, value = self.value(keys, default)
        if isinstance(value, list) and value and key in self.family.listed:
            if any(each != value[0] for each in value):
                raise Invalid(f"{key} differs from layer to layer, which is not understood in a {self.family.name}.")
            value = value[0]
        return None if value is None else whole_number(key, value, most, least)

    def size(self, field: str) -> int | None:
        """The number that holds a field of `Shape`."""
        keys = self.family.keys.get(field)
        return self.number(keys, MOST[field]) if keys else None

    def needed(self, field: str) -> int:
        """Like `size`, where nothing can be counted without it."""
        size = self.size(field)
        if size is None:
            raise Invalid(f"The config lacks {self.family.keys[field][0]}: without it nothing can be counted.")
        return size

    def whole(self, *keys: str, default: int | None = None, least: int = 1, most: int = MOST["intermediate"]) -> int:
        """The number under the first of `keys` that is set, the family's default for any of them, or else `default`.
        Raises `Invalid` where there is none of these.
        """
        told = self._told(keys)
        number = self.number(told[:1] or keys, most, default, least)
        if number is None:
            raise Invalid(f"The config lacks {keys[0]}: without it its layers cannot be counted.")
        return number

    def real(self, key: str) -> float:
        """A number that need not be whole, between 0 and 1,000."""
        _, value = self.value((key,))
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1000:
            raise Invalid(f"{key} must be a number from 0 to 1,000, not {quoted(value)}.")
        return float(value)

    def either(self, *keys: str) -> bool:
        """The switch under the first of `keys` that is set or has a default in the family."""
        return self.flag((self._told(keys) or keys)[0])

    def _told(self, keys: tuple[str, ...]) -> tuple[str, ...]:
        """Which of the keys are set, or else which have a default."""
        told = tuple(key for key in keys if self.at(key) is not None)
        return told or tuple(key for key in keys if key in self.family.defaults)

    def flag(self, key: str, default: bool = False) -> bool:
        """A switch."""
        value = self.at(key)
        if value is None:
            return bool(self.family.defaults.get(key, default))
        if not isinstance(value, bool):
            raise Invalid(f"{key} must be true or false, not {quoted(value)}.")
        return value

    def listed(self, key: str) -> list[Any] | None:
        """A list, None where there is none."""
        found = self.at(key)
        value = self.family.defaults.get(key) if found is None else found
        if value is not None and not isinstance(value, list):
            raise Invalid(f"{key} must be a list, not {quoted(value)}.")
        return value

    def indices(self, key: str) -> list[int] | None:
        """A list of layer numbers, the first being 0."""
        value = self.listed(key)
        return None if value is None else [whole_number(key, layer, MOST["layers"], 0) for layer in value]

    def name(self, field: str) -> str:
        """The key that holds a field in this config, for a message."""
        keys = self.family.keys.get(field, (field,))
        return next((key for key in keys if key in self.config), keys[0])


def quoted(value: object) -> str:
    """A value of the config as a message may show it: a lone half of a surrogate pair cannot be shown."""
    text = value if isinstance(value, str) else json.dumps(value)
    return f"“{shorten(shown(text[:200]))}”"


def shown(text: str) -> str:
    """Text as it can be shown: without lone halves of surrogate pairs."""
    return text.encode("utf-8", "replace").decode("utf-8")


def whole_number(key: str, value: object, most: int, least: int = 1) -> int:
    """`value` if it is a whole number from `least` to `most`. Raises `Invalid`, naming the key, otherwise."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid(f"{key} must be a whole number, not {quoted(value)}.")
    if not least <= value <= most:
        raise Invalid(f"{key} is {shorten(f'{value:,}')}: it must lie between {least:,} and {most:,}.")
    return value


def architectures(config: Config) -> list[str]:
    """The classes that a config names."""
    names = config.get("architectures")
    return [name for name in names if isinstance(name, str) and name.strip()] if isinstance(names, list) else []
