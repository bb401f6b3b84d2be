"""Predicted and measured speeds, in a table and in pictures."""

from __future__ import annotations

from app.calculators.pruning.data.tables import constant, source_of
from app.calculators.pruning.data.tables import rows as read_rows
from app.calculators.pruning.show.figures import links
from app.vocabulary.calculator import Axis, Line, Link, Plot, Row, Table, Trace
from app.vocabulary.quantity import show_exact, show_percent

_KINDS = {"gemm": "Matrix product", "prefill": "Prefill", "decode": "Decode"}
_OTHERS = {
    "devices": "Twice the devices",
    "prefill time": "Time of a dense prefill",
    "decode time": "Time of a dense token",
}


def validation() -> Table:
    """Predicted against measured: by phase and device on measurements held out from the fit; other sources apart."""

    def row(each: dict[str, str]) -> Row:
        cells = [show_exact(int(each["n"]))]
        cells += [show_percent(float(each[name])) for name in ("median", "p90")]
        bias = float(each["bias"])
        cells += [("+" if bias > 0 else "") + show_percent(bias)]
        rest = ("inside", "device_median", "device_p90")
        cells += [show_percent(float(each[name])) if each[name] else "–" for name in rest]
        own = bool(each["device_p90"])
        source: Line = ("held out from the fit",) if own else links((source_of(each),))
        return Row((f"{(_KINDS | _OTHERS)[each['kind']]}, {each['of']}",), (*((cell,) for cell in cells), source))

    return Table(
        "Predicted and measured speeds",
        (
            "Predicted for",
            "Measurements",
            "Median error",
            "90% are within",
            "Bias",
            "Inside the range",
            "Median, device unseen",
            "90%, device unseen",
            "Source",
        ),
        lambda: map(row, read_rows("validation.csv")),
        intro="Predicted against measured speed-up of 2:4. Each measurement was predicted by a fit that had not seen"
        " its model, or, in the two columns so named, its device. No constant was fitted to other sources. Twice the"
        " devices: how many times as fast they serve one dense model. Times: of whole dense passes on one device, each"
        " by the constants of its engine, from a fit that had not seen the device; none of vLLM’s was fitted to these.",
        notes=(
            (
                "Ranges are as wide as it takes to hold 85% of these measurements. Left out by rule: FP4; devices and"
                " types of which more than a tenth of the timings is beyond what 2:4 can do; and matrices smaller than"
                " those of a language model. Held out from the fit: ",
                *links((constant("error", "gemm", held_out="model", statistic="median").source,)),
                ".",
            ),
            (
                "Ours: products in BF16 and FP8 on one H100 SXM, predicted from timings on H100 PCIe. ",
                Link("cuSPARSELt was 0.8.0", "https://docs.nvidia.com/cuda/cusparselt/release_notes.html"),
                ", which is slower there than what came before and after. The rule leaves out INT8, whose dense kernel"
                " was at fault (2:4 took as little as 35% of its time), and FP16, whose 2:4 kernel was: with 1,024"
                " tokens or more half of its products took 1.5 times as long as dense or longer, where half of those in"
                " BF16 were 1.4 times as fast or faster.",
            ),
        ),
        plots=tuple(_predicted(kind, label) for kind, label in _KINDS.items()),
    )


_ERROR_TICKS = tuple((float(tick), f"{tick}×") for tick in ("0.5", "0.7", "1", "1.4", "2"))


def _predicted(kind: str, label: str) -> Plot:
    """Predicted against measured for one kind; points on the line are right."""
    low, high = 0.45, 2.4
    found = tuple(
        (float(row["measured"]), float(row["predicted"])) for row in read_rows("scatter.csv") if row["kind"] == kind
    )
    x, y = (Axis(words, low, high, _ERROR_TICKS, log=True) for words in ("measured", "predicted"))
    return Plot(
        f"{label}: predicted against measured speed-up",
        x,
        y,
        (
            Trace("right", ((low, low), (high, high)), "line", 6),
            Trace("10% off", ((low, low * 1.1), (high / 1.1, high)), "dashed", 6),
            Trace("", ((low * 1.1, low), (high, high / 1.1)), "dashed", 6),
            Trace("measurements held out", found, "cloud", 1),
        ),
    )
