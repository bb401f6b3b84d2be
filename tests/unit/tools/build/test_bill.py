"""The bill of materials lists what the site hands on, each with its hashes and its licence."""

from __future__ import annotations

import json
import re

from tools.build.bill import bill
from tools.build.licences import licences
from tools.paths import ROOT

FOUND = json.loads(bill())
PARTS = {part["bom-ref"]: part for part in FOUND["components"]}


def test_what_the_licences_name_is_on_the_bill_as_part_of_the_site_and_nothing_else_is() -> None:
    named = {"pyodide"} | {
        line.partition(" ")[0] for line in licences().splitlines() if re.fullmatch(r"\S+ \d[\d.]+", line)
    }
    assert {part["name"].lower() for part in PARTS.values() if part["scope"] == "required"} == {*map(str.lower, named)}
    assert {"binaryen", "esbuild", "mistune"} < {part["name"] for part in PARTS.values() if part["scope"] == "excluded"}


def test_every_part_has_the_hashes_of_the_lock_file_a_licence_and_an_address() -> None:
    for address, part in PARTS.items():
        assert address == part["purl"]
        assert re.fullmatch(r"pkg:(npm|pypi)/\S+@[\d.]+", address)
        assert {len(each["content"]) for each in part["hashes"]} <= {64, 128}
        assert part["hashes"]
        assert re.fullmatch(r"[\w.-]+", part["licenses"][0]["expression"])
    locked = (ROOT / "requirements" / "page.txt").read_text(encoding="utf-8")
    assert {
        f"pkg:pypi/{name}@{version}" for name, version in re.findall(r"^([\w-]+)==([\d.]+)", locked, re.MULTILINE)
    } == {address for address in PARTS if address.startswith("pkg:pypi/")}


def test_pyodide_is_listed_with_the_python_in_it_and_with_what_is_done_to_it() -> None:
    (pyodide,) = (part for part in PARTS.values() if part["name"] == "pyodide")
    assert [part["name"] for part in pyodide["components"]] == ["cpython"]
    assert "trim.mjs" in pyodide["pedigree"]["notes"]


def test_it_says_nothing_of_when_it_was_made() -> None:
    assert not {"serialNumber", "timestamp"} & {*FOUND, *FOUND["metadata"]}
    assert bill() == bill()
