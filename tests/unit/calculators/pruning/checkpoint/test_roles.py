"""Names of the usual families tell layers, roles and what pruning touches."""

from __future__ import annotations

import pytest

from app.calculators.pruning.checkpoint.roles import place

SQUARE = (64, 64)


@pytest.mark.parametrize(
    ("name", "layer", "role"),
    [
        ("model.layers.3.self_attn.q_proj.weight", 3, "query"),
        ("model.layers.31.self_attn.k_proj.weight", 31, "key"),
        ("model.layers.3.self_attn.v_proj.weight", 3, "value"),
        ("model.layers.3.self_attn.o_proj.weight", 3, "attention out"),
        ("model.layers.3.mlp.gate_proj.weight", 3, "gate"),
        ("model.layers.3.mlp.up_proj.weight", 3, "up"),
        ("model.layers.3.mlp.down_proj.weight", 3, "down"),
        ("model.layers.3.mlp.gate_up_proj.weight", 3, "gate and up"),
        ("model.layers.3.self_attn.qkv_proj.weight", 3, "query, key, value"),
        ("model.layers.3.self_attn.q_a_proj.weight", 3, "query"),
        ("model.layers.3.mlp.experts.17.gate_proj.weight", 3, "expert gate"),
        ("model.layers.3.block_sparse_moe.experts.1.w2.weight", 3, "expert down"),
        ("model.layers.0.mlp.shared_expert.up_proj.weight", 0, "shared expert up"),
        ("h.11.attn.c_attn.weight", 11, "query, key, value"),
        ("h.0.attn.c_proj.weight", 0, "attention out"),
        ("h.0.mlp.c_fc.weight", 0, "up"),
        ("h.0.mlp.c_proj.weight", 0, "down"),
        ("model.decoder.layers.0.self_attn.out_proj.weight", 0, "attention out"),
        ("model.decoder.layers.0.fc1.weight", 0, "up"),
        ("model.decoder.layers.0.fc2.weight", 0, "down"),
        ("bert.encoder.layer.0.attention.self.query.weight", 0, "query"),
        ("bert.encoder.layer.0.attention.output.dense.weight", 0, "attention out"),
        ("bert.encoder.layer.0.intermediate.dense.weight", 0, "up"),
        ("bert.encoder.layer.0.output.dense.weight", 0, "down"),
        ("gpt_neox.layers.0.attention.query_key_value.weight", 0, "query, key, value"),
        ("gpt_neox.layers.0.attention.dense.weight", 0, "attention out"),
        ("gpt_neox.layers.0.mlp.dense_4h_to_h.weight", 0, "down"),
        ("layers.0.attention.wq.weight", 0, "query"),
        ("layers.0.attention.wo.weight", 0, "attention out"),
        ("layers.0.feed_forward.w1.weight", 0, "gate"),
        ("encoder.block.0.layer.1.DenseReluDense.wo.weight", 0, "down"),
        ("blk.2.attn_q.weight", 2, "query"),
        ("blk.2.attn_output.weight", 2, "attention out"),
        ("blk.2.ffn_gate.weight", 2, "gate"),
        ("blk.2.ffn_down_exps.weight", 2, "expert down"),
        ("blk.2.ffn_up_shexp.weight", 2, "shared expert up"),
        ("blocks.0.attn.qkv.weight", 0, "query, key, value"),
        ("layer1.0.conv2.weight", 0, "other"),
    ],
)
def test_a_matrix_of_a_layer_is_told_and_pruned(name: str, layer: int, role: str) -> None:
    found = place(name, SQUARE)
    assert (found.layer, found.role, found.prunable) == (layer, role, True)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("model.embed_tokens.weight", "embedding"),
        ("transformer.wte.weight", "embedding"),
        ("bert.embeddings.word_embeddings.weight", "embedding"),
        ("token_embd.weight", "embedding"),
        ("patch_embed.proj.weight", "embedding"),
        ("lm_head.weight", "head"),
        ("output.weight", "head"),
        ("embed_out.weight", "head"),
        ("fc.weight", "head"),
        ("bert.pooler.dense.weight", "head"),
        ("model.layers.3.mlp.gate.weight", "router"),
        ("model.layers.3.block_sparse_moe.gate.weight", "router"),
        ("blk.0.ffn_gate_inp.weight", "router"),
        ("model.layers.0.mixer.A_log", "state"),
        ("h.0.attn.bias", "buffer"),
    ],
)
def test_what_pruning_leaves_alone_is_told(name: str, role: str) -> None:
    found = place(name, SQUARE)
    assert (found.role, found.prunable) == (role, False)


def test_vectors_and_depthwise_kernels_are_left_alone() -> None:
    assert place("model.norm.weight", (64,)).role == "norm"
    assert place("model.layers.0.self_attn.q_proj.bias", (64,)).role == "bias"
    assert not place("model.layers.0.mixer.conv1d.weight", (64, 1, 4)).prunable
    assert place("conv1.weight", (64, 3, 7, 7)) == place("conv1.weight", (64, 3, 7, 7))._replace(prunable=True)


def test_stacks_of_layers_are_kept_apart_and_experts_numbered() -> None:
    assert place("model.encoder.layers.2.fc1.weight", SQUARE).stack == "model.encoder.layers"
    assert place("model.decoder.layers.2.fc1.weight", SQUARE).stack == "model.decoder.layers"
    assert place("model.layers.3.mlp.experts.17.gate_proj.weight", SQUARE).expert == 17


def test_in_a_graph_the_use_decides() -> None:
    assert place("onnx::MatMul_17", SQUARE, "product turned", graph=True).prunable
    assert not place("model.layers.0.mlp.up_proj.weight", SQUARE, "", graph=True).prunable
    assert place("table", SQUARE, "lookup", graph=True).role == "embedding"


def test_a_name_of_a_thousand_points_takes_no_time() -> None:
    assert place("a." * 499 + "9", SQUARE).layer is None
    assert place("layers." * 140 + "x", SQUARE).layer is None
