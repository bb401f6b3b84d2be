"""Speed with evidence, as a visitor meets it: times, the roofline, peaks and timings of one's own, sources."""

from __future__ import annotations

import csv
import io
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.looks import until_all_follows
from tests.browser.opening import Open
from tests.browser.test_tables import part, row, values
from tools.paths import ROOT


def number(page: Page, name: str) -> float:
    return float(page.locator(f"output[name={name}] data").get_attribute("value") or "nan")


def unfold(page: Page, group: str) -> None:
    page.locator(f"#pruning-fold-{group} > summary").click()


# --- workload, device, times ---


def test_a_workload_is_answered_in_times_before_and_after(open_here: Open) -> None:
    page = open_here("#pruning?structure=structured")
    card = page.locator(".card", has_text="Whole request")
    expect(card).to_contain_text("tokens/s, dense")
    assert number(page, "tokens_per_second") > number(page, "dense_tokens_per_second") > 50
    page.fill("#pruning [name=batch]", "32")
    assert number(page, "dense_tokens_per_second") > 1500
    page.fill("#pruning [name=output]", "1")
    expect(card).to_contain_text("1 tokens out")
    assert number(page, "request_speedup") == number(page, "prefill_speedup")
    until_all_follows(page, "#pruning?structure=structured&batch=32&output=1")
    dense = values(row(page, "serving", "Dense"))
    assert dense[0] == number(page, "dense_time_to_first_token")
    assert dense[3] == dense[0], "one token of output is the prefill"
    expect(part(page, "serving")).to_contain_text("Ratios are surer than times")


def test_a_model_that_writes_nothing_is_asked_for_one_pass(open_here: Open) -> None:
    page = open_here("#pruning?params=BERT-base-uncased&structure=2:4")
    expect(page.locator(".card", has_text="Prefill speed")).to_contain_text("one pass")
    expect(page.locator(".card", has_text="Whole request")).to_have_count(0)


def dots(found: Locator, look: str) -> list[tuple[float, float]]:
    drawn = found.locator(f"path.{look}").get_attribute("d") or ""
    return [(float(x), float(y)) for x, y in re.findall(r"M([\d.]+) ([\d.]+)h0", drawn)]


def test_the_roofline_marks_the_point_before_and_after(open_here: Open) -> None:
    page = open_here("#pruning?structure=2:4")
    found = part(page, "roofline")
    before, after = dots(found, "rings"), dots(found, "dots")
    assert len(before) == len(after) == 2  # prefill and decode
    for (x, y), (new_x, new_y) in zip(before, after, strict=True):
        assert new_x > x, "fewer bytes for the same FLOPs: to the right"
        assert new_y < y, "faster: up"
    expect(found.locator("path.dashed")).to_have_count(1)  # the roof with 2:4
    expect(row(page, "roofline", "Decode, dense").last).to_have_text("memory")
    page.locator("#pruning [name=structure][value=unstructured]").check()
    expect(found.locator("path.dashed")).to_have_count(0)
    assert dots(found, "rings") == dots(found, "dots"), "unstructured zeros move nothing"
    page.fill("#pruning [name=params]", "nonsense")
    page.locator("#pruning [name=params]").blur()
    expect(found.locator("svg")).to_have_count(0)


def test_pruning_and_then_quantizing_stand_beside_the_rest(open_here: Open) -> None:
    page = open_here("#pruning")
    for head in ("INT8 + 2:4", "INT4 + 2:4", "+ INT4"):
        expect(part(page, "options").locator("tbody th", has_text=head)).to_have_count(1)
    until_all_follows(page, "#pruning")
    dense, both = (values(row(page, "sizes", head)) for head in ("Dense", "Structured + INT4"))
    assert both[1] < dense[1] / 4
    expect(part(page, "quality").locator("tr", has_text="INT4 + 2:4")).to_contain_text("no published figure")


def test_a_device_is_typed_in(open_here: Open) -> None:
    page = open_here("#pruning?structure=2:4&device=other-geforce")
    expect(page.locator("#pruning-device-note")).to_contain_text("Your own peaks and timings")
    unfold(page, "own")
    page.fill("#pruning [name=bandwidth]", "1.8 TB/s")
    expect(page.locator("#pruning-bandwidth-message")).to_contain_text("TFLOPS in 16 bits as well")
    page.fill("#pruning [name=tflops]", "210")
    expect(page.locator("#pruning-bandwidth-message")).to_be_empty()
    expect(page.locator("#pruning-group-own")).to_have_text("1,800 GB/s, 210 TFLOPS in 16 bits")
    assert number(page, "prefill_speedup") == 1
    page.locator("#pruning [name=has24]").select_option("yes")
    assert number(page, "prefill_speedup") > 1
    page.wait_for_url(re.compile("bandwidth=1.8%20TB"))
    page.fill("#pruning [name=bandwidth]", "3.6 TB/s")
    page.fill("#pruning [name=bandwidth]", "fast")
    expect(page.locator("#pruning-bandwidth-message")).to_contain_text("2000 GB/s")
    expect(page.locator("#pruning [name=bandwidth]")).to_have_value("fast")


# --- timings of one's own ---


def timings(name: str, dtype: str) -> bytes:
    """Published timings of one device as a visitor's file."""
    with (ROOT / "data" / "gemm_2to4_latency.csv").open(encoding="utf-8", newline="") as file:
        rows = [each for each in csv.DictReader(file) if (each["device"], each["dtype"]) == (name, dtype)]
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def hand_over(page: Page, how: str, content: bytes) -> None:
    if how == "choose":
        file = {"name": "own_gpu.csv", "mimeType": "text/csv", "buffer": content}
        page.set_input_files("#pruning-file-timings", file)
    elif how == "paste":
        page.evaluate(
            """(text) => {
              const data = new DataTransfer();
              data.setData('text/plain', text);
              document.querySelector('#pruning [name=timings]').dispatchEvent(
                new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
            }""",
            content.decode(),
        )
    else:
        page.evaluate(
            """(text) => {
              const data = new DataTransfer();
              data.items.add(new File([text], 'own_gpu.csv', { type: 'text/csv' }));
              document.querySelector('#pruning').dispatchEvent(
                new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
            }""",
            content.decode(),
        )


@pytest.mark.parametrize("how", ["choose", "paste", "drop"])
def test_timings_of_ones_own_calibrate_the_speeds_and_it_says_so(open_here: Open, how: str) -> None:
    page = open_here("#pruning?structure=2:4&device=h100-pcie")
    unfold(page, "own")
    before = number(page, "prefill_speedup")
    hand_over(page, how, timings("H100 PCIe", "bf16"))
    expect(page.locator("#pruning [name=timings]")).to_have_value(re.compile("^H100 PCIe: bf16 "))
    expect(page.locator("#pruning-timings-note")).to_contain_text("Used wherever H100 PCIe 80GB computes")
    assert number(page, "prefill_speedup") != before
    expect(row(page, "speeds", "2:4, prefill").nth(3)).to_contain_text(
        "Calibrated with your own timings of 114 products"
    )
    expect(page.locator("#pruning-group-own")).to_have_text("timings of H100 PCIe")
    shown = number(page, "prefill_speedup")
    page.wait_for_url(re.compile("timings=H100%20PCIe:"))
    fragment = "#" + page.url.partition("#")[2]
    open_here("#pruning")
    assert number(page, "prefill_speedup") != shown
    open_here(fragment)
    assert number(page, "prefill_speedup") == shown
    page.locator("#pruning [name=device]").fill("a100-80gb")
    expect(page.locator("#pruning-timings-note")).to_contain_text("Not used: these are of H100 PCIe")
    page.fill("#pruning [name=timings]", "none")
    page.locator("#pruning [name=device]").fill("h100-pcie")
    assert number(page, "prefill_speedup") == before


def test_a_file_that_holds_no_timings_is_refused_with_the_reason(open_here: Open) -> None:
    page = open_here("#pruning?structure=2:4&device=h100-pcie")
    unfold(page, "own")
    hand_over(page, "choose", b"name,age\nx,1\n")
    expect(page.locator("#pruning-timings-message")).to_contain_text("has no column device or dtype")
    broken = timings("H100 PCIe", "bf16").replace(b"bf16", b"bf16", 1).split(b"\n")
    broken[3] = broken[3].replace(b",64,", b",many,")
    hand_over(page, "choose", b"\n".join(broken))
    expect(page.locator("#pruning-timings-message")).to_contain_text("Row 4, M: “many” is not a number")
    page.fill("#pruning [name=timings]", "none")
    expect(page.locator("#pruning-timings-message")).to_be_empty()


# --- every figure has a source that can be opened ---

# Of each table: rows with a figure and no source, neither in the row nor beside the table. Of the prose: paragraphs
# with a figure and no citation, the figures in names such as Llama-3.1 aside. Of the cards: figures that stand in no
# table and no step of the worked example.
WALK = r"""() => {
  const found = [];
  const text = (node) => node.textContent.replace(/\s+/g, ' ').trim();
  const sources = (node) => [...node.querySelectorAll('a[href^=http]')];
  const section = document.querySelector('#pruning');
  const named = (words) => words.replace(/\p{L}[\p{L}-]*-?[\d.]+\w*/gu, '');  // INT8 is no figure
  for (const part of section.querySelectorAll('[data-part]:not([data-part=worked])')) {
    const beside = sources(part).filter((link) => !link.closest('tbody')).length;
    for (const row of part.querySelectorAll('tbody tr')) {
      const cells = [...row.querySelectorAll('td')].map(text).join(' ');
      if (/\d/.test(named(cells)) && !beside && !sources(row).length) found.push(`${part.dataset.part}: ${text(row)}`);
    }
  }
  const figure = /\d\s?(×|%|GB\b|GiB\b)|\+\d|\d\.\d/;
  const said = (node) => named(text(node));
  const followed = 'a.cite, a[href^="#pruning?"]';  // a source, or the page's own answer
  for (const words of section.querySelectorAll('.words:not(.references)')) {
    if (words.querySelector('.steps, .related') || words.id.endsWith('-formula')) continue;
    for (const each of words.querySelectorAll('p, li, tbody tr'))
      if (figure.test(said(each)) && !each.querySelector(followed)) found.push(`prose: ${text(each)}`);
  }
  const known = new Set([...section.querySelectorAll('[data-part] data')].map((data) => data.value));
  for (const data of section.querySelectorAll('.cards data'))
    if (!isNaN(data.value) && !known.has(data.value)) found.push(`card: ${text(data.closest('.card'))} ${data.value}`);
  return found;
}"""


@pytest.mark.parametrize(
    "fragment",
    [
        "#pruning",
        "#pruning?structure=2:4&device=a100-80gb&dtype=int8",
        "#pruning?structure=structured&layers=50%25&params=Qwen3-30B-A3B",
        "#pruning?structure=n:m&pattern=6:8&params=Llama-2-70B&device=b200&dtype=nvfp4",
        "#pruning?device=mi300x&structure=2:4",
        "#pruning?device=cpu&sparsity=90%25&params=ViT-B/16",
    ],
)
def test_no_figure_stands_without_a_source(open_here: Open, fragment: str) -> None:
    page = open_here(fragment)
    expect(page.locator("#pruning-evidence tr[aria-current]").first).to_be_attached()
    until_all_follows(page, fragment)
    assert page.evaluate(WALK) == []
    addresses = page.eval_on_selector_all("#pruning a[href^=http]", "all => all.map((a) => [a.textContent, a.href])")
    assert len(addresses) > 100
    for title, address in addresses:
        parts = urlsplit(address)
        assert title.strip()
        assert parts.scheme in ("https", "http")
        assert parts.path.strip("/"), f"{title}: a front page shows no figure: {address}"
