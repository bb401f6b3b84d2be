"""A new calculator is a new folder and one line: all else finds it, without any other edit."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.new_calculator import SLUG
from tests.reading import read


def test_what_is_asked_of_every_calculator_is_asked_of_a_new_one_and_holds(grown: Path) -> None:
    tests = sorted((grown / "tests" / "unit" / "calculators").glob("test_*.py"))
    options = ("-q", "-p", "no:cacheprovider", "-k", SLUG)
    found = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *tests], cwd=grown, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout
    passed = int(found.stdout.rpartition(" passed")[0].split()[-1])
    assert passed > 20, found.stdout


def test_the_site_has_its_page_and_its_program(grown: Path) -> None:
    html = (grown / "dist" / "index.html").read_text(encoding="utf-8")
    ways = [found.get("href") for tag, found in read(html).tags if tag == "a"]
    assert ways.count(f"#{SLUG}") >= 5, "from the banner, and from every other calculator"
    assert f'<section class="calculator" id="{SLUG}"' in html
    later = next((grown / "dist").rglob("later*.zip"))
    with zipfile.ZipFile(io.BytesIO(later.read_bytes())) as archive:
        assert "app/calculators/compound_interest/calculator.pyc" in archive.namelist()
