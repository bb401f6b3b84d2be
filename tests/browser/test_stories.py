"""The stories, the causes and the recipes as a visitor meets them."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.opening import Open


def test_a_story_sets_every_input(open_here: Open) -> None:
    page = open_here("#pruning")
    page.get_by_role("link", name="A 70B model on two GPUs").click()
    expect(page.locator("#pruning [name=params]")).to_have_value("Llama-3.1-70B")
    expect(page.locator("#pruning [name=devices]")).to_have_value("2")
    expect(page.locator("#pruning [name=quantize][value='8-bit']")).to_be_checked()


def test_the_check_names_the_cause_that_applies(open_here: Open) -> None:
    page = open_here("#pruning?observed=file&stored=mask")
    page.get_by_role("heading", name="Why is my pruned model not smaller or faster?").click()
    first = page.locator("#pruning-causes tr").first
    expect(first).to_contain_text("PyTorch keeps the mask beside the weights")
    expect(first.get_by_role("link")).to_have_attribute("href", "https://github.com/haochen-rye/NeRV/issues/21")
    page.select_option("#pruning [name=stored]", "dense")
    expect(first).to_contain_text("A zero takes as many bits")


def test_a_recipe_can_be_taken_as_a_file(open_here: Open) -> None:
    page = open_here("#pruning?structure=structured&layers=24")
    page.get_by_role("heading", name="A recipe for this option").click()
    expect(page.locator("#pruning-recipe pre").first).to_contain_text("layer_range: [0, 21]")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download 1-layers.yaml").click()
    assert taken.value.suggested_filename == "1-layers.yaml"
    assert "meta-llama/Llama-3.1-8B" in taken.value.path().read_text(encoding="utf-8")
