"""What GitHub runs for the project is pinned, and may do no more than it must."""

from __future__ import annotations

import re

from tools.paths import ROOT

WORKFLOWS = [path.read_text(encoding="utf-8") for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))]
PAGES = (ROOT / ".github" / "workflows" / "pages.yml").read_text(encoding="utf-8")
BUILD, DEPLOY = PAGES.split("\n  deploy:\n")


def test_every_action_is_pinned_by_commit_with_its_version_beside_it() -> None:
    used = [line for text in WORKFLOWS for line in re.findall(r"uses: (.*)", text)]
    assert used
    for each in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each), each


def test_only_the_step_that_deploys_may_write() -> None:
    assert "\npermissions:\n  contents: read\n" in BUILD
    assert "write" not in BUILD
    assert re.findall(r"(\S+): write", DEPLOY) == ["pages", "id-token"]
    assert "persist-credentials: false" in BUILD


def test_a_pull_request_is_tested_and_not_deployed() -> None:
    assert "\n  pull_request:\n" in PAGES
    assert "pull_request_target" not in PAGES
    for step in (r"actions/configure-pages@.*\n\s+id: pages", r"actions/upload-pages-artifact@.*"):
        assert re.search(step + r"\n\s+if: github.event_name != 'pull_request'\n", BUILD)
    assert "\n    if: github.event_name != 'pull_request'\n" in DEPLOY
