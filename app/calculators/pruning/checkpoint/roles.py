"""What a tensor is in its model, by its name: its layer, its role, its expert, and whether pruning touches it. Names of
Hugging Face's families, of Meta's and OpenAI's own files, of timm and torchvision, and of GGUF (gguf-py,
`tensor_mapping.py`) are understood; others by their shape.

>>> place("model.layers.3.self_attn.q_proj.weight", (8, 8))
Place(stack='model.layers', layer=3, role='query', expert=None, prunable=True)
>>> place("blk.2.ffn_down_exps.weight", (4, 8, 8)).role, place("token_embd.weight", (9, 8)).prunable
('expert down', False)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from app.calculators.pruning.checkpoint.tensors import Used


class Place(NamedTuple):
    """Where a tensor stands: the `stack` of layers and the number of the `layer` in it (None outside), its role, the
    number of its `expert`, and whether it is `prunable`: a matrix that is neither embedding, head, norm nor router.
    """

    stack: str
    layer: int | None
    role: str
    expert: int | None
    prunable: bool


_LAYER = re.compile(
    r"(?:^|\.)(?:layers?|h|blocks?|blk|resblocks|layer_?\d|stages?|encoder|decoder|features)(?=\.(\d+)\.)"
)
_EXPERT = re.compile(r"(?:^|\.)experts?\.(\d+)\.")
_ROUTED = re.compile(r"experts?\.|_exps\b|experts\b")
_SHARED = re.compile(r"shared_?experts?|shared_mlp|_shexp\b|shared_expert")

_NOT_PRUNED: tuple[tuple[str, str], ...] = (
    ("buffer", r"inv_freq|position_ids|token_type_ids|masked_bias|rope_freqs|num_batches_tracked|running_(mean|var)|"
               r"relative_position_index|attn\.bias$|attention\.bias$|causal_mask|g_idx|input_scale|[kv]_scale\b"),
    ("bias", r"(\.|_|^)bias(_|\b)|_b$"),
    ("norm", r"[Nn]orm|(^|\.)ln(_|\d|\b)|layernorm|(^|\.|_)bn\d?(\.|$)|sinks|layer_scale|gamma$|beta$"),
    ("router", r"ffn_gate_inp|router|(moe|mlp|ffn|feed_forward)\.gate(\.wg)?\.weight|shared_expert_gate|gate\.e_score"),
    ("embedding", r"embed(?!_out)|wte|wpe|token_embd|position_embd|token_types|patch_?emb|conv_proj|cls_token|pos_emb|"
                  r"class_token|(^|\.)shared\.weight|mask_token|relative_attention_bias|visual\.proj$"),
    ("head", r"lm_head|^output\.weight|(^|\.)(head|heads|fc|score|classifier|qa_outputs|embed_out|pooler|cls)(\.|$)"),
    ("state", r"A_log$|(^|\.)D$|dt_bias|ssm_a$|ssm_d$|time_(decay|first|mix|maa|faaaa)"),
)  # fmt: skip

_ROLES: tuple[tuple[str, str], ...] = (
    ("down", r"DenseReluDense\.wo"),
    ("query, key, value", r"qkv|c_attn|query_key_value|W_pack|in_proj_weight|Wqkv|att_proj"),
    ("gate and up", r"gate_up|gate_and_up|w1_w3|wi_fused"),
    ("query", r"\.q_proj|(^|[._])q(_lin|_a|_b)?(_proj)?\.|\.wq\b|attn_q(_[ab])?\b|\.query\b|q_[ab]_proj|"
              r"\.SelfAttention\.q\b"),
    ("key", r"\.k_proj|(^|[._])k(_lin)?\.|\.wk\b|attn_k\b|\.key\b|kv_[ab]_proj|attn_kv|\.SelfAttention\.k\b"),
    ("value", r"\.v_proj|(^|[._])v(_lin)?\.|\.wv\b|attn_v\b|\.value\b|\.SelfAttention\.v\b"),
    ("attention out", r"\.o_proj|attn.*\.out_proj|\.wo\b|attn_out|out_lin|attention\.output\.dense|attn\.c_proj|"
                      r"attention\.dense|attn\.proj|attention\.o\b|self_attention\.dense|\.SelfAttention\.o\b|wo\.weight"),
    ("gate", r"gate_proj|\.w1\b|ffn_gate|linear_1\b|wi_0|\.gate\b"),
    ("up", r"up_proj|\.w3\b|ffn_up|fc1|c_fc|h_to_4h|intermediate\.dense|lin1|fc_in|\.wi\b|wi_1|linear_v|mlp\.0\b"),
    ("down", r"down_proj|\.w2\b|ffn_down|fc2|mlp\.c_proj|4h_to_h|output\.dense|lin2|fc_out|mlp\.2\b|\.wo\b"),
)  # fmt: skip


@lru_cache(maxsize=4096)
def _matching(table: str, name: str) -> str:
    """The first of a table's roles whose pattern is in a name; empty for none."""
    rows = _NOT_PRUNED if table == "not pruned" else _ROLES
    return next((role for role, pattern in rows if re.search(pattern, name)), "")


def place(name: str, shape: Sequence[int], used: Used = "", graph: bool = False) -> Place:
    """The place of a tensor. Of a `graph`, what is done with a tensor says whether it is pruned."""
    found = _LAYER.search(name)
    stack, layer = (name[: found.end()], int(found[1])) if found and len(found[1]) < 6 else ("", None)
    expert = _EXPERT.search(name)
    # Layers and experts alike have one name within, so that it is looked up once.
    within = name[found.end(1) :] if found and layer is not None else name
    within = _EXPERT.sub(".experts.N.", within)
    matrix = sum(length > 1 for length in shape) >= 2
    role = _matching("not pruned", within) or _matching("not pruned", name if layer is None else "")
    if used == "lookup":
        role = "embedding"
    if not matrix:
        role = role if role in ("buffer", "norm", "bias", "router", "embedding", "head") else "vector"
    if role:
        return Place(stack, layer, role, None, False)
    depthwise = len(shape) >= 3 and shape[1] == 1
    role = _matching("roles", within) or ("convolution" if len(shape) > 3 or depthwise else "other")
    number = int(expert[1]) if expert and len(expert[1]) < 7 else None
    if _SHARED.search(within):
        role = f"shared expert {role}"
    elif _ROUTED.search(within):
        role = f"expert {role}"
    prunable = not depthwise and (not graph or used in ("product", "product turned", "convolution"))
    return Place(stack, layer, role, number, prunable)
