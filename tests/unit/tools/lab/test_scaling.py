"""Published throughputs on 1, 2, 4 and 8 devices, and published all-reduces, against the page."""

import csv
from statistics import median

from app.calculators.pruning.speed.links import link_of
from tools.lab import scaling
from tools.lab.errors import VALIDATION


def test_twice_the_devices_are_as_much_faster_as_was_published_within_15_percent_in_the_median():
    found = list(scaling.doubled(scaling.read()))
    assert len(found) > 100
    assert median(abs(each.predicted / each.measured - 1) for each in found) < 0.15


def test_dense_throughput_over_nvlink_is_within_15_percent_in_the_median():
    rows = [row for row in scaling.read() if row.device.link.startswith("nvlink")]
    full = [row for row in rows if scaling.requests(row) >= scaling.FEWEST]
    assert len(full) > 100
    assert median(abs(scaling.predicted(row) / row.tokens_per_second - 1) for row in full) < 0.15


def test_the_page_shows_these_errors():
    with VALIDATION.open(encoding="utf-8", newline="") as file:
        shown = {
            row["of"]: (int(row["n"]), float(row["median"])) for row in csv.DictReader(file) if row["kind"] == "devices"
        }
    assert shown == {of: (n, middle) for _, of, n, middle, *_ in scaling.lines(scaling.read())}


def test_an_all_reduce_takes_as_long_as_was_timed_within_a_fifth_in_the_median():
    timed = scaling.all_reduces()
    assert len(timed) > 40
    off = [abs(link_of(each.device).all_reduce_us(each.devices, each.size) / each.us - 1) for each in timed]
    assert median(off) < 0.2
