"""Claims about the tables of the pruning page: they say what the arithmetic says, in the reader's units."""

from __future__ import annotations

import json
import re

import pytest

from app.calculators.pruning.calculator import CALCULATOR
from app.calculators.pruning.inputs import search
from app.calculators.pruning.model.architecture import count
from app.calculators.pruning.model.config import read as read_config
from app.page import rendering
from app.vocabulary.calculator import Invalid, Line, Row, Table, read


def tables(**raw: str) -> dict[str, Table]:
    """The tables for these inputs, the defaults elsewhere."""
    assert not read(CALCULATOR, CALCULATOR.defaults | raw)[2]
    return rendering.tables(CALCULATOR, CALCULATOR.defaults | raw)


def rows(table: Table) -> dict[str, Row]:
    """Its rows by what stands in their heads."""
    return {text(row.head): row for row in table.rows()}


def text(line: Line) -> str:
    """A line as it is read."""
    return "".join(part if isinstance(part, str) else getattr(part, "text", "") for part in line)


def figures(line: Line) -> list[float]:
    """The values in a line."""
    return [part.value for part in line if hasattr(part, "value")]


def test_the_parts_add_up_and_name_what_is_touched() -> None:
    found = rows(tables()["parts"])
    sizes = {head: figures(row.cells[0])[0] for head, row in found.items()}
    together = sizes.pop("Total")
    assert sum(sizes.values()) == together == 8_030_261_248
    assert sizes["Embedding"] == sizes["Head"] == 128_256 * 4096
    assert text(found["Attention"].cells[4]) == "pruned"
    assert text(found["Head"].cells[4]) == "stays"
    left = figures(found["Total"].cells[3])[0]
    assert left == pytest.approx(8_030_261_248 - 0.5 * 6_979_321_856)


def test_a_tied_head_is_counted_once_and_experts_rest() -> None:
    found = rows(tables(params="GPT-OSS-20b")["parts"])
    experts = found["Experts"]
    assert figures(experts.cells[2])[0] == pytest.approx(figures(experts.cells[0])[0] * 4 / 32)
    tied = rows(tables(params="OPT-125M")["parts"])["Head"]
    assert figures(tied.cells[0]) == [0]
    assert "shared" in text(tied.note)


def test_the_bar_is_the_parts() -> None:
    table = tables()["parts"]
    assert sum(segment.value for segment in table.bar) == 8_030_261_248
    assert rendering.regions(CALCULATOR, CALCULATOR.defaults)["parts-bar"].count("<rect") == len(
        [segment for segment in table.bar if segment.value]
    )


def test_the_matrix_prices_every_format_in_every_type() -> None:
    found = rows(tables(params="7B", structure="unstructured", sparsity="50%", dtype="fp16")["matrix"])
    csr = found["CSR with 32-bit column indices"]
    assert figures(csr.cells[0]) == [21e9]  # MODEL.md 1.2: bigger than 14 GB dense
    dense = found["Dense file (safetensors, GGUF, PyTorch)"]
    # MODEL.md 1.2: 16, 8, 4.15625, 4.25 and 4.5 bits
    assert [figures(cell)[0] for cell in dense.cells[:5]] == [
        14e9,
        7e9,
        7e9 * 4.15625 / 8,
        7e9 * 4.25 / 8,
        7e9 * 4.5 / 8,
    ]


def test_fit_adds_cache_and_overhead_and_counts_devices() -> None:
    table = tables(params="Llama-2-70B", batch="8", prompt="3840", output="256")["fit"]
    dense = rows(table)["Dense"]
    weights, cache, overhead, together, share = (figures(cell)[0] for cell in dense.cells[:5])
    assert cache == 8 * 80 * 2 * 8 * 128 * 4096 * 2
    assert overhead == 8e9
    assert together == weights + cache + overhead
    assert share == together / 80e9
    assert text(dense.cells[5]) == "no: 3 devices"
    assert text(rows(tables(params="OPT-125M")["fit"])["Dense"].cells[5]).startswith("fits")


def test_memory_can_be_typed_where_none_is_known() -> None:
    assert text(rows(tables(device="cpu")["fit"])["Dense"].cells[5]) == "not known"
    assert text(rows(tables(device="cpu", memory="64 GB")["fit"])["Dense"].cells[5]).startswith("fits")
    assert text(rows(tables(memory="8 GB")["fit"])["Dense"].cells[5]) == "no: 3 devices"


def test_units_change_what_is_shown_and_not_the_value() -> None:
    plain, other = (rows(tables(**raw)["sizes"])["Dense"].cells for raw in ({}, {"bytes": "GiB", "operations": "MACs"}))
    assert [figures(cell) for cell in plain] == [figures(cell) for cell in other]
    assert (text(plain[1]), text(other[1])) == ("16.1\u202fGB", "15.0\u202fGiB")
    assert (text(plain[3]), text(other[3])) == ("16.2\u202fGFLOP", "8.11\u202fGMAC")


def _value(formula: str) -> float:
    """What a formula of numbers and signs comes to."""
    plain = formula.translate(str.maketrans({"×": "*", "−": "-", ",": "", "\u202f": ""})).replace("%", "/100")
    assert re.fullmatch(r"[0-9eE+*/(). -]+", plain), formula
    return float(eval(plain, {"__builtins__": {}}))


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"params": "7B", "structure": "2:4", "dtype": "int8"},
        {"structure": "structured", "sparsity": "30%"},
        {"structure": "structured", "layers": "16", "ffn": "43%"},
        {"params": "GPT-OSS-120b", "structure": "n:m", "pattern": "6:8"},
        {"structure": "unstructured", "sparsity": "80%", "dtype": "nvfp4"},
    ],
)
def test_a_formula_comes_to_its_figure(raw: dict[str, str]) -> None:
    checked = 0
    for table in tables(**raw, formulas="on").values():
        for row in table.rows():
            for cell in row.cells:
                for part in cell:
                    formula = getattr(part, "formula", "")
                    if formula and re.fullmatch(r"[0-9eE+*/()., ×−%\u202f-]+", formula):
                        # Figures in it are shown to six digits or a tenth of a percent.
                        assert _value(formula) == pytest.approx(part.value, rel=2e-3), (table.slug, formula)
                        checked += 1
    assert checked > 80


@pytest.mark.parametrize("raw", [{"sparsity": "30%"}, {"layers": "16"}, {"heads": "50%"}])
def test_the_formula_of_the_cache_comes_to_what_a_cut_leaves(raw: dict[str, str]) -> None:
    table = tables(structure="structured", formulas="on", **raw)["fit"]
    row = next(row for row in table.rows() if row.chosen)
    (cache,) = (part for part in row.cells[1] if not isinstance(part, str))
    plain = re.sub(r" (requests|tokens over all layers|values)", "", cache.formula)
    assert _value(plain) == pytest.approx(cache.value, rel=2e-3)


def test_formulas_are_hidden_unless_asked_for() -> None:
    assert "how" not in "".join(rendering.regions(CALCULATOR, CALCULATOR.defaults).values()).split('class="')[0]
    shown = "".join(rendering.regions(CALCULATOR, CALCULATOR.defaults | {"formulas": "on"}).values())
    assert shown.count('class="how"') > 150


def test_a_cut_shows_the_shape_it_leaves() -> None:
    table = tables(structure="structured", layers="16", heads="50%", ffn="43%", multiple="64")["shape"]
    found = rows(table)
    assert [figures(found["Layers"].cells[at])[0] for at in (0, 1, 2)] == [32, 16, 0.5]
    assert figures(found["KV heads"].cells[1]) == [4]
    assert figures(found["MLP channels"].cells[1]) == [6208]
    assert text(found["MLP channels"].cells[3]) == "up to a multiple of 64"
    cache = found["KV cache"]
    assert figures(cache.cells[2]) == [0.25]


def test_the_pruned_config_is_the_given_one_with_its_sizes_changed() -> None:
    given = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "vocab_size": 128256,
        "rope_theta": 500000.0,
        "eos_token_id": [128001, 128008],
        "tie_word_embeddings": False,
    }
    raw = {"params": json.dumps(given), "structure": "structured", "layers": "24", "ffn": "50%"}
    made = rendering.downloads(CALCULATOR, read(CALCULATOR, CALCULATOR.defaults | raw))["config.json"].make
    assert made
    pruned = json.loads(made())
    assert pruned == given | {"num_hidden_layers": 24, "intermediate_size": 7168}
    _, result, _ = read(CALCULATOR, CALCULATOR.defaults | raw)
    assert count(read_config(json.dumps(pruned)).shape).total == result.chosen.remaining_params


def test_a_presets_config_has_its_sizes_and_a_family_that_cannot_say_it_refuses() -> None:
    raw = CALCULATOR.defaults | {"structure": "structured", "layers": "16"}
    made = rendering.downloads(CALCULATOR, read(CALCULATOR, raw))["config.json"].make
    assert made
    assert json.loads(made())["num_hidden_layers"] == 16
    opt = rendering.downloads(
        CALCULATOR, read(CALCULATOR, raw | {"params": "OPT-1.3B", "layers": "all", "heads": "50%"})
    )["config.json"].make
    assert opt
    with pytest.raises(Invalid, match="head"):
        opt()


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("qwen2.5 7b", "Qwen2.5-7B"),
        ("70B LLAMA", "Llama-2-70B"),
        ("oss 20", "GPT-OSS-20b"),
        ("bert", "BERT-base-uncased"),
    ],
)
def test_presets_are_found_by_their_words(words: str, first: str) -> None:
    assert search(words)[0].value == first


def test_a_search_for_nothing_lists_everything_and_for_nonsense_nothing() -> None:
    assert len(search("")) >= 40
    assert search("banana") == ()
