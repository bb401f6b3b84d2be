"""What a sum grows to: a calculator as small as one can be, which a test puts into a copy of the house."""

from functools import partial

from app.vocabulary.calculator import Calculator, Card, Field, Figure, Row, Step, Table, Values, View
from app.vocabulary.quantity import number, share


def compute(values: Values) -> float:
    """What the sum has become."""
    return float(values["sum"] * (1 + values["rate"]) ** values["years"])


def view(values: Values, result: float) -> View:
    """What the page says of it."""
    grown = Figure(result, f"{result:,.2f}", "grown_sum")
    every = [values["sum"] * (1 + values["rate"]) ** year for year in (1, 2, 5, 10)]
    rows = tuple(
        Row((f"{year} years",), ((Figure(each, f"{each:,.2f}"),),))
        for year, each in zip((1, 2, 5, 10), every, strict=True)
    )
    return View(
        verdict=("The sum becomes ", grown._replace(name=""), "."),
        reason=("Interest bears interest.",),
        change=("The rate counts the more, the longer it lasts.",),
        cards=(Card("Grown to", (grown,)),),
        tables={"by-year": lambda: Table("Year by year", ("After", "Sum"), lambda: rows)},
        steps=lambda: (Step("Growth", "sum × (1 + rate)^years", (), (grown._replace(name=""),)),),
    )


CALCULATOR = Calculator(
    slug="compound-interest",
    title="Compound interest calculator",
    promise="What a sum grows to when its interest bears interest.",
    fields=(
        Field("sum", "Sum", "1000", partial(number, minimum=0, maximum=1e12, example="1000")),
        Field("rate", "Rate a year", "5%", share),
        Field("years", "Years", "10", partial(number, minimum=0, maximum=1000, example="10")),
    ),
    compute=compute,
    view=view,
)
