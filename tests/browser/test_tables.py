"""Architectures and bytes as a visitor meets them: each table opened, changed by its inputs, and read."""

from __future__ import annotations

import random
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from app.calculators.pruning.inputs import STRUCTURES
from app.calculators.pruning.model.architecture import presets
from tests import depth
from tests.browser.looks import until_all_follows
from tests.browser.opening import Open


def part(page: Page, slug: str) -> Locator:
    """One table with its bar, notes and downloads, unfolded."""
    found = page.locator(f"#pruning [data-part={slug}]")
    for fold in page.locator(f"#pruning details.table:has([data-part={slug}])").all():
        if fold.get_attribute("open") is None:
            fold.locator("> summary").click()
    return found


def row(page: Page, slug: str, head: str) -> Locator:
    """The cells of the row that begins with `head`."""
    return part(page, slug).locator("tbody tr").filter(has=page.locator("th").filter(has_text=head)).locator("td")


def values(cells: Locator) -> list[float]:
    """The first figure of each cell at full precision."""
    return [
        float(text)
        for text in cells.evaluate_all("all => all.map((cell) => cell.querySelector('data')?.value)")
        if text
    ]


def test_the_parts_of_a_model_are_drawn_and_listed(open_here: Open) -> None:
    page = open_here(link := "#pruning?params=GPT-OSS-20b")
    until_all_follows(page, link)
    found = part(page, "parts")
    expect(found.locator("svg.bar rect")).to_have_count(5)  # no plain MLP
    widths = [
        float(width) for width in found.locator("rect").evaluate_all("all => all.map((r) => r.getAttribute('width'))")
    ]
    assert sum(widths) == pytest.approx(1000, abs=0.1)
    parameters, share, active, _left = values(row(page, "parts", "Experts"))
    assert widths[1] == pytest.approx(1000 * share, abs=0.01)
    assert active == pytest.approx(parameters * 4 / 32)
    expect(row(page, "parts", "Head").nth(4)).to_have_text("stays")
    page.fill("#pruning [name=params]", "7B")
    expect(found).to_contain_text("bring its config.json")


def test_a_cut_is_counted_rounded_and_shown(open_here: Open) -> None:
    page = open_here("#pruning?structure=structured")
    page.locator("#pruning-fold-cuts > summary").click()
    page.fill("#pruning [name=layers]", "50%")
    page.fill("#pruning [name=ffn]", "43%")
    page.locator("#pruning [name=multiple]").select_option("64")
    expect(page.locator("#pruning-ffn-note")).to_contain_text(
        "6,208 of 14,336 kept, 8,128 removed, rounded up to a multiple of 64"
    )
    until_all_follows(page, "#pruning?structure=structured&layers=50%25&ffn=43%25&multiple=64")
    assert values(row(page, "shape", "Layers"))[:2] == [32, 16]
    assert values(row(page, "shape", "MLP channels"))[1] == 6208
    before, after, share = values(row(page, "shape", "KV cache"))
    assert (after / before, share) == (0.5, 0.5)
    expect(page.locator("#pruning-group-cuts")).to_have_text("50% of layers kept, 43% of channels kept")
    page.fill("#pruning [name=layers]", "33")
    expect(page.locator("#pruning-layers-message")).to_contain_text("32 layers")
    expect(page.locator("#pruning [name=layers]")).to_have_value("33")
    page.fill("#pruning [name=params]", "7B")
    expect(page.locator("#pruning-layers-message")).to_contain_text("bring its config.json")


def test_every_format_is_priced_in_every_type(open_here: Open) -> None:
    page = open_here(link := "#pruning?params=7B&dtype=fp16")
    until_all_follows(page, link)
    assert values(row(page, "matrix", "CSR with 32-bit"))[0] == 21e9
    assert values(row(page, "matrix", "Dense file")) == [14e9, 7e9, 7e9 * 4.15625 / 8, 7e9 * 4.25 / 8, 7e9 * 4.5 / 8]
    expect(row(page, "formats", "Bitmask").nth(3)).to_have_text("above 6.25%")
    page.locator("#pruning [name=structure][value='n:m']").check()
    page.locator("#pruning-fold-pruned > summary").click()
    page.fill("#pruning [name=pattern]", "6:8")
    expect(page.locator("#pruning-pattern-note")).to_contain_text("25% zeros")
    expect(row(page, "matrix", "6:8 with an index")).to_have_count(6)  # five types and the source
    expect(page.locator("#pruning-verdict")).to_contain_text("6:8 saves no memory and no time")
    page.fill("#pruning [name=pattern]", "8:6")
    expect(page.locator("#pruning-pattern-message")).to_contain_text("N below M")


def test_the_operations_of_a_request_and_their_two_units(open_here: Open) -> None:
    page = open_here(link := "#pruning?params=Llama-2-7B&prompt=1000&output=100")
    until_all_follows(page, link)
    page.locator("#pruning-fold-display > summary").click()
    dense, paper, executed, _ = values(row(page, "work", "The whole request"))
    assert dense == executed > paper
    prefill, decode = (values(row(page, "work", head))[0] for head in ("Prefill of the prompt", "Decode of the output"))
    assert prefill + decode == pytest.approx(dense, rel=1e-12)
    expect(row(page, "work", "The whole request").first).to_contain_text("TFLOP")
    page.locator("#pruning [name=operations]").select_option("MACs")
    expect(row(page, "work", "The whole request").first).to_contain_text("TMAC")
    assert values(row(page, "work", "The whole request"))[0] == dense
    page.locator("#pruning [name=bytes]").select_option("GiB")
    expect(row(page, "sizes", "Dense").nth(1)).to_contain_text("GiB")


def test_what_fits_and_what_does_not(open_here: Open) -> None:
    page = open_here("#pruning?params=Llama-2-70B")
    expect(row(page, "fit", "Dense").last).to_have_text("no: 2 devices")
    expect(row(page, "fit", "INT4").first.locator("xpath=../td[6]")).to_contain_text("fits")
    page.locator("#pruning-fold-workload > summary").click()
    page.fill("#pruning [name=memory]", "24 GB")
    expect(row(page, "fit", "Dense").last).to_have_text("no: 7 devices")
    page.fill("#pruning [name=batch]", "64")
    until_all_follows(page, "#pruning?params=Llama-2-70B&memory=24 GB&batch=64")
    cache = values(row(page, "fit", "Dense"))[1]
    assert cache == 64 * 80 * 2 * 8 * 128 * 2304 * 2
    page.locator("#pruning [name=kv]").select_option("8-bit")
    until_all_follows(page, "#pruning?params=Llama-2-70B&memory=24 GB&batch=64&kv=8-bit")
    assert values(row(page, "fit", "Dense"))[1] == cache / 2
    page.fill("#pruning [name=memory]", "lots")
    expect(page.locator("#pruning-memory-message")).to_contain_text("80 GB")


def test_figures_show_their_formulas_when_asked(open_here: Open) -> None:
    page = open_here("#pruning?params=7B&structure=2:4&dtype=fp16")
    expect(page.locator("#pruning .how")).to_have_count(0)
    page.locator("#pruning-fold-display > summary").click()
    page.locator("#pruning [name=formulas]").select_option("on")
    expect(page.locator("output[name=remaining_params]")).to_contain_text("7,000,000,000 × (1 − 100% × 50%)")
    expect(page.locator("output[name=device_bytes]")).to_contain_text("7,000,000,000 × 9 / 8")
    expect(row(page, "formats", "CSR with 32-bit").first).to_contain_text("(1 − 0.5) × (16 + 32)")


def test_a_config_that_its_family_cannot_say_is_refused_beside_the_button(open_here: Open) -> None:
    page = open_here("#pruning?params=OPT-1.3B&structure=structured&heads=50%25")
    part(page, "shape").get_by_role("button", name="Download the pruned config.json").click()
    expect(page.locator("[id='got-config.json']")).to_contain_text("head")
    page.fill("#pruning [name=heads]", "all")
    expect(page.locator("[id='got-config.json']")).to_be_empty()


def test_the_first_screen_asks_what_decides_and_loads_no_reader_of_configs(open_here: Open) -> None:
    page = open_here("#pruning")
    visible = page.locator("#pruning-inputs [name]").evaluate_all(
        "all => [...new Set(all.filter((each) => each.checkVisibility()).map((each) => each.name))]"
    )
    setup = ["params", "device", "devices", "batch", "prompt", "output", "structure", "sparsity", "dtype", "quantize"]
    assert visible == [*setup, "goal", "target"]


@pytest.mark.deep
def test_every_figure_of_every_table_is_what_cpython_makes_of_it(open_here: Open) -> None:
    chance = random.Random(20261124)
    for _ in range(depth.cases(15, 300)):
        raw = {
            "params": chance.choice([*(model.name for model in presets()), f"{chance.uniform(0.1, 99):.2f}B"]),
            "sparsity": f"{chance.randint(0, 100)}%",
            "structure": chance.choice(STRUCTURES).value,
            "dtype": chance.choice(["fp32", "bf16", "fp8", "int8", "int4", "mxfp4", "nvfp4"]),
            "pattern": chance.choice(["1:4", "4:8", "6:8", "1:2"]),
            "batch": str(chance.randint(1, 64)),
            "prompt": str(chance.randint(1, 9000)),
            "output": str(chance.randint(1, 900)),
            "formulas": chance.choice(["on", "off"]),
            "bytes": chance.choice(["GB", "GiB"]),
            "memory": chance.choice(["auto", "16 GB"]),
            "layers": chance.choice(["all", "50%", "7"]),
            "ffn": chance.choice(["all", "30%"]),
        }
        fragment = "#pruning?" + "&".join(f"{name}={quote(text)}" for name, text in raw.items())
        until_all_follows(open_here(fragment), fragment)
