"""What every kind of test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def dist() -> Path:
    """The finished site, built from the sources as they are."""
    from tools.build.site import build

    return build()
