"""What every kind of test may ask for."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.depth import LONG
from tests.new_calculator import house
from tools.paths import BUILD

# How long an example takes says what else the machine does, with browsers at work beside it.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("usual", _PATIENT)
settings.register_profile(LONG, _PATIENT, max_examples=10 * _PATIENT.max_examples)
settings.load_profile("usual")


@pytest.fixture(scope="session")
def dist() -> Path:
    """The finished site, built from the sources as they are."""
    from tools.build.site import build

    with _alone():
        return build()


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources with one calculator more, and the site that is built of them."""
    with _alone():
        copy = house(tmp_path_factory.mktemp("grown") / "house")
    subprocess.run([sys.executable, "-m", "tools.build"], cwd=copy, check=True)
    return copy


@contextmanager
def _alone() -> Iterator[None]:
    """While no other process of the tests is in here: they share what is built."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
