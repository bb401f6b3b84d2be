"""Quantities as people write them: "7B", "8x7B", "1,200.50", "90%" in; "3.5 B", "13.0 GiB", "1.42×" out.

Reading turns what was typed into a number, or raises `Invalid` with a message that says what is wrong and
what would be right. Writing turns a number into text that reading understands again, and it is the one home of how a
number looks, by kind of figure:

- a number of things is written with all its digits (`show_exact`) or in short (`show_count`),
- what is measured in a unit to three figures, closing zeros kept: bytes, FLOPs, MACs, times, ratios,
- a rate, an index or a probability to four decimals (`show_rate`, a range of them `show_rates`), a share as a
  percentage (`show_share`; in a column `show_percent`),
- any other amount, such as a cost or a distance, to four figures (`show_number`).

Closing zeros are kept only where a unit follows, or where the other end of a range has more digits. Thousands are
separated by commas, a unit stands after a narrow space, a percent sign after none, a minus sign is a true one, and what
is too large or too small for decimals is written as 2.5e−6.

>>> count("8x7B")
56000000000
>>> share("12,5 %")
0.125
>>> number("−1.200,50")
-1200.5
>>> show_count(count("7 000 000 000"))
'7\\u202fB'
"""

import re
import unicodedata
from math import floor, inf, isfinite, log10

from app.vocabulary.calculator import Invalid, shorten

# Powers of ten, not factors: with whole numbers alone "1.1B" is exactly 1100000000.
_SCALES = {"": 0, "k": 3, "m": 6, "g": 9, "b": 9, "t": 12}
_SCALES |= {"thousand": 3, "million": 6, "mn": 6, "billion": 9, "bn": 9, "trillion": 12}
_PERCENT = {"": 0, "%": -2, "percent": -2}
_NO_UNIT = {"": 0}
_BYTES = {"": 9, "b": 0, "bytes": 0, "kb": 3, "mb": 6, "gb": 9, "tb": 12}
_BYTES |= {"k": 3, "m": 6, "g": 9, "t": 12}
_BINARY = {"kib": 10, "mib": 20, "gib": 30, "tib": 40}

_LONGEST_INPUT = 64

# What NFKC leaves alone: typographic minus signs and apostrophes, Arabic marks.
_LOOKALIKES = str.maketrans("−–‐’‘ʼ٪٫٬", "---'''%.,")

# A sign, a factor as in 8x7B, the figures with their marks, a power of ten, and whatever is left as the unit.
_SPELLING = re.compile(
    r"([+-]?) ?(?:([1-9][0-9]*) ?[xX×*] ?)?([.,]?[0-9][0-9 ,._']*)(?:[eE]([+-]?[0-9]+))?(.*)", re.DOTALL
)
# A lone point is decimal (1.200 is 1.2); a lone comma before three digits is not (1,200), save in 0,500.
_GROUPED = re.compile(r"(?![0-9]+\.[0-9]+\Z)([1-9][0-9]{0,2}([ ,._'])[0-9]{3}(?:\2[0-9]{3})*)(?:(?!\2)[.,]([0-9]*))?")
_UNGROUPED = re.compile(r"([0-9]*)[.,]?([0-9]*)")


def number(
    text: str, *, minimum: float = -inf, above: float = -inf, maximum: float = inf, example: str = "12.5"
) -> float:
    """Read a plain decimal number, negative ones included unless a bound forbids them.

    >>> number("0,5"), number("1 200.50"), number("-2e-3")
    (0.5, 1200.5, -0.002)
    >>> number("-5", minimum=0)
    Traceback (most recent call last):
    app.vocabulary.calculator.Invalid: “-5” is negative: write a number that is at least 0, such as 12.5.
    """
    value, _ = _read(text, _NO_UNIT, f"write a number, such as {example}")
    return float(_within(value, text, minimum, above, maximum, example))


OF_PARAMETERS = ("parameters", "parameter", "params", "param")
OF_TOKENS = ("tokens", "token", "tok")
OF_REQUESTS = ("requests", "request", "users", "user", "sequences", "sequence")
OF_DEVICES = ("gpus", "gpu", "devices", "device", "cards", "card", "x", "×")
_OF_MEMORY = ("vram", "ram", "hbm", "memory")
"""What may be said, behind a number, that there are so many of."""


def count(
    text: str,
    *,
    minimum: float = 0,
    above: float = -inf,
    maximum: float = inf,
    example: str = "7B",
    of: tuple[str, ...] = (),
) -> float:
    """Read a number of things, such as parameters: an exact int wherever it is whole and below 2**63. What it is `of`
    may be said.

    >>> count("1.1B"), count("7,000,000"), count("1.5 trillion"), count("0.5"), count("7B params", of=OF_PARAMETERS)
    (1100000000, 7000000, 1500000000000, 0.5, 7000000000)
    >>> count("7Q")
    Traceback (most recent call last):
    app.vocabulary.calculator.Invalid: “Q” is not a unit I know, as k, M, B and T are: write a number, such as 7B.
    """
    value, _ = _read(text, _SCALES, f"write a number, such as {example}", of)
    return _within(value, text, minimum, above, maximum, example)


def whole(text: str, *, minimum: int = 1, maximum: float = inf, example: str = "100", of: tuple[str, ...] = ()) -> int:
    """Read a whole number of things. What it is `of` may be said.

    >>> whole("1k"), whole("3"), whole("2 GPUs", of=OF_DEVICES)
    (1000, 3, 2)
    >>> whole("1.5")
    Traceback (most recent call last):
    app.vocabulary.calculator.Invalid: “1.5” is not a whole number: write one such as 100.
    """
    value = count(text, minimum=minimum, maximum=maximum, example=example, of=of)
    if value != int(value):
        raise Invalid(f"{_echo(text)} is not a whole number: write one such as {example}.")
    return int(value)


def share(text: str) -> float:
    """Read a share between 0 and 1. Only a percent sign makes 50 a half: guessing would hide a slip.

    >>> share("0.5"), share("50%"), share("5e-1")
    (0.5, 0.5, 0.5)
    >>> share("50")
    Traceback (most recent call last):
    app.vocabulary.calculator.Invalid: 50 is more than 1. Did you mean 50%?
    """
    ask = "write a share such as 0.5 or 50%"
    value, unit = _read(text, _PERCENT, ask)
    if value < 0:
        raise Invalid(f"{_echo(text)} is negative: {ask}.")
    if value > 100 or (value > 1 and unit):
        raise Invalid(f"{_echo(text)} is more than the whole: a share ends at 100%, so {ask}.")
    if value > 1:
        raise Invalid(f"{show_typed(value)} is more than 1. Did you mean {show_typed(value)}%?")
    return float(value)


def size(text: str, *, minimum: float = 0, maximum: float = 1e15, example: str = "80 GB") -> float:
    """Read an amount of memory in bytes: GB are meant where no unit is given, GiB are told apart.

    >>> size("80 GB"), size("24"), size("1 GiB"), size("24GB VRAM")
    (80000000000, 24000000000, 1073741824, 24000000000)
    >>> size("80 gallons")
    Traceback (most recent call last):
    app.vocabulary.calculator.Invalid: “gallons” does not belong here: write an amount of memory, such as 80 GB.
    """
    ask = f"write an amount of memory, such as {example}"
    value, unit = _read(text, _BYTES | dict.fromkeys(_BINARY, 0), ask, _OF_MEMORY)
    if unit in _BINARY:
        value *= 2 ** _BINARY[unit]
    return _within(value, text, minimum, -inf, maximum, example)


def bandwidth(text: str) -> float:
    """Read a rate of memory in GB/s, which are meant where no unit is given.

    >>> bandwidth("3350"), bandwidth("3.35 TB/s")
    (3350, 3350)
    >>> bandwidth("fast")
    Traceback (most recent call last):
    app.vocabulary.calculator.Invalid: “fast” is not a number I can read: write a memory bandwidth, such as 2000 GB/s.
    """
    value, _ = _read(text, {"": 0, "gb/s": 0, "tb/s": 3, "gbps": 0}, "write a memory bandwidth, such as 2000 GB/s")
    return _within(value, text, 1, -inf, 1e6, "2000 GB/s")


def tflops(text: str, example: str = "300") -> float:
    """Read a computing rate in TFLOPS (TOPS for integers), which are meant where no unit is given.

    >>> tflops("989.4"), tflops("1.98 PFLOPS"), tflops("624 TOPS")
    (989.4, 1980, 624)
    """
    units = {"": 0, "tflops": 0, "tflop/s": 0, "tops": 0, "pflops": 3, "pflop/s": 3, "pops": 3}
    value, _ = _read(text, units, f"write TFLOPS without sparsity, such as {example}")
    return _within(value, text, 0.001, -inf, 1e6, example)


def times(text: str) -> float:
    """Read how many times as fast.

    >>> times("2x"), times("1.5 ×"), times("2")
    (2.0, 1.5, 2.0)
    """
    value, _ = _read(text, dict.fromkeys(("", "x", "×", "times"), 0), "write how many times as fast, such as 2×")
    return float(_within(value, text, -inf, 0, 1e6, "2×"))


def throughput(text: str) -> float:
    """Read tokens per second.

    >>> throughput("100 tokens/s"), throughput("2.5k tok/s"), throughput("100")
    (100.0, 2500.0, 100.0)
    """
    ask = "write tokens per second, such as 100 tokens/s"
    value, _ = _read(text, {"": 0, "k": 3}, ask, _TOKENS_A_SECOND)
    return float(_within(value, text, -inf, 0, 1e12, "100 tokens/s"))


_TOKENS_A_SECOND = ("tokens/s", "token/s", "tok/s", "t/s", "tps", "tokens per second", "/s")


def duration(text: str) -> float:
    """Read a time in seconds: ms are meant where no unit is given.

    >>> duration("500 ms"), duration("0.5 s"), duration("500")
    (0.5, 0.5, 0.5)
    """
    units = {"": -3, "ms": -3, "s": 0, "sec": 0, "seconds": 0, "µs": -6, "us": -6, "min": 0}
    ask = "write a time, such as 500 ms"
    value, unit = _read(text, units, ask)
    return float(_within(value * 60 if unit == "min" else value, text, -inf, 0, 1e9, "500 ms"))


def perplexity(text: str) -> float:
    """Read a change in perplexity.

    >>> perplexity("1"), perplexity("+0.5"), perplexity("2 ppl")
    (1.0, 0.5, 2.0)
    """
    units = dict.fromkeys(("", "ppl", "perplexity"), 0)
    value, _ = _read(text, units, "write by how much perplexity may rise, such as 1")
    return float(_within(value, text, 0, -inf, 1e6, "1"))


def _read(text: str, units: dict[str, int], ask: str, of: tuple[str, ...] = ()) -> tuple[float, str]:
    """The value of a spelling and its unit in lower case, behind which may be said what it is `of`; `ask` says what
    would be right.
    """
    spelling = _SPELLING.fullmatch(_plain(text, ask))
    if spelling is None:
        raise Invalid(f"{_echo(text)} is not a number I can read: {ask}.")
    sign, factor, figures, exponent, rest = spelling.groups()
    if factor is None and figures == "0" and rest[:1] in ("x", "X"):
        raise Invalid(f"{_echo(text)} looks like a hexadecimal number. Use decimal digits: {ask}.")
    if (factor and units is not _SCALES) or any(map(str.isdecimal, rest)):
        raise Invalid(f"{_echo(text)} is more than one number. Keep one: {ask}.")
    whole, fraction = _figures(figures.rstrip(" "), text, ask)
    unit = rest.strip().lower()
    unit = next((unit.removesuffix(each).rstrip() for each in of if unit.endswith(each)), unit)
    if unit not in units:
        raise Invalid(_unknown_unit(rest, text, units, ask, of))
    if unit and exponent:
        raise Invalid(f"{_echo(text)} has both a power of ten and a unit. Keep one: {ask}.")
    digits = int(sign + whole + fraction) * int(factor or 1)
    value = _exact(digits, int(exponent or 0) + units[unit] - len(fraction))
    if not isfinite(value):
        raise Invalid(f"{_echo(text)} is too large to calculate with: {ask}.")
    if digits and not value:
        raise Invalid(f"{_echo(text)} is too close to zero to calculate with: {ask}.")
    return value, unit


def _plain(text: str, ask: str) -> str:
    """One line of ordinary characters: full-width, Arabic and other figures, spaces and marks become ASCII.

    >>> _plain("　７\u202f０００٫٥ Ｂ", "write a number")
    '7 000.5 B'
    """
    text = text.strip()
    if not text:
        raise Invalid(f"{ask[0].upper()}{ask[1:]}.")
    if len(text) > _LONGEST_INPUT:
        raise Invalid(f"{_echo(text)} is too long, at {len(text):,} characters: {ask}.")
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    for character in text:
        if not character.isprintable() and unicodedata.category(character) != "Zs":
            unseen = f"a character that cannot be seen (U+{ord(character):04X})"
            raise Invalid(f"{_echo(text)} contains {unseen}. Delete it: {ask}.")
        # NFKC would make 109 of 10⁹ and 11⁄2 of 1½.
        if character.isnumeric() and not character.isdecimal():
            raise Invalid(f"“{character}” is not a plain digit. Use the digits 0 to 9: {ask}.")
    text = " ".join(unicodedata.normalize("NFKC", text).translate(_LOOKALIKES).split())
    return "".join(str(unicodedata.decimal(character, character)) for character in text)


def _figures(figures: str, text: str, ask: str) -> tuple[str, str]:
    """The digits before and after the decimal mark, thousands marks checked and dropped.

    >>> [_figures(f, f, "") for f in ("1,200", "0,500", "1.200", "1.200,50")]
    [('1200', ''), ('0', '500'), ('1', '200'), ('1200', '50')]
    """
    if grouped := _GROUPED.fullmatch(figures):
        whole, mark, fraction = grouped.groups("")
        return whole.replace(mark, ""), fraction
    if ungrouped := _UNGROUPED.fullmatch(figures):
        return ungrouped[1], ungrouped[2]
    if " " in figures:
        raise Invalid(f"{_echo(text)} is more than one number. Keep one: {ask}.")
    marks = "groups of three digits and one decimal mark, such as 1,234,567.8"
    raise Invalid(f"The marks in {_echo(text)} are not where I expect them: write {marks}.")


def _exact(digits: int, power: int) -> float:
    """`digits` times ten to the `power`: an int if whole and below 2**63, else the nearest float.

    >>> _exact(8030261248, 0), _exact(11, 8), _exact(75, -1), _exact(1, 999)
    (8030261248, 1100000000, 7.5, inf)
    """
    value = float(f"{digits}e{power}")
    # The float comes first: it alone can bear any power, and keeps the whole-number work below small.
    if 1 <= abs(value) <= 2**63:
        scale: int = 10 ** abs(power)
        whole, rest = (digits * scale, 0) if power > 0 else divmod(digits, scale)
        if not rest and abs(whole) < 2**63:
            return whole
    return value or 0


def _within(value: float, text: str, minimum: float, above: float, maximum: float, example: str) -> float:
    """`value`, unless a bound refuses it."""
    small = value < minimum or value <= above
    if not small and value <= maximum:
        return value
    wrong = "too large" if not small else "negative" if value < 0 <= max(minimum, above) else "too small"
    lower = ("at least", minimum) if minimum > above else ("more than", above)
    limits = (lower, ("at most", maximum))
    right = " and ".join(f"{words} {show_typed(limit)}" for words, limit in limits if isfinite(limit))
    raise Invalid(f"{_echo(text)} is {wrong}: write a number that is {right}, such as {example}.")


def _unknown_unit(rest: str, text: str, units: dict[str, int], ask: str, of: tuple[str, ...]) -> str:
    """The message that names the first word that is wrong: of "7B params" the second."""
    word = next((word for word in rest.split() if word.lower() not in (*units, *of)), rest.strip())
    if word == "%":
        return f"{_echo(text)} is a percentage: {ask}."
    if units is _SCALES:
        return f"{_echo(word)} is not a unit I know, as k, M, B and T are: {ask}."
    return f"{_echo(word)} does not belong here: {ask}."


def _echo(text: str) -> str:
    """What was typed, in quotes and short; what cannot be seen is marked: it must not disturb the message."""
    visible = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shorten(text))
    return f"“{visible}”"


def show_count(value: float) -> str:
    """A number of things, to three figures.

    >>> show_count(8030261248), show_count(999_600_000), show_count(999), show_count(-0.25)
    ('8.03\\u202fB', '1\\u202fB', '999', '−0.25')
    """
    return _scaled(value, 1000, ("", "k", "M", "B", "T"), ".3g")


def show_bytes(value: float) -> str:
    """Bytes in decimal units, a GB being 10⁹ bytes, to three figures.

    >>> show_bytes(16_060_522_496), show_bytes(512)
    ('16.1\\u202fGB', '512\\u202fB')
    """
    return _scaled(value, 1000, ("B", "kB", "MB", "GB", "TB", "PB"), "#.3g")


def show_bytes_binary(value: float) -> str:
    """Bytes in binary units, a GiB being 2³⁰ bytes, to three figures or all before the point.

    >>> show_bytes_binary(16_060_522_496), show_bytes_binary(1023 * 2**20)
    ('15.0\\u202fGiB', '1,023\\u202fMiB')
    """
    return _scaled(value, 1024, ("B", "KiB", "MiB", "GiB", "TiB", "PiB"), "#.3g")


def show_flops(value: float) -> str:
    """Floating-point operations, to three figures.

    >>> show_flops(16_060_522_496), show_flops(0)
    ('16.1\\u202fGFLOP', '0\\u202fFLOP')
    """
    return _scaled(value, 1000, ("FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP"), "#.3g")


def show_macs(value: float) -> str:
    """Multiply-adds, to three figures.

    >>> show_macs(8_030_261_248)
    '8.03\\u202fGMAC'
    """
    return _scaled(value, 1000, ("MAC", "kMAC", "MMAC", "GMAC", "TMAC", "PMAC"), "#.3g")


def show_exact(value: float) -> str:
    """Every digit of a whole number, two decimals of another, and more where two would show nothing.

    >>> show_exact(8030261248), show_exact(-1200.5), show_exact(0.00123)
    ('8,030,261,248', '−1,200.5', '0.00123')
    """
    size = abs(value)
    if size >= 1e21 or 0 < size < 0.005:
        return _written(value, f"{size:.15g}" if size > 1 else f"{size:.3g}")
    return _written(value, f"{size:,}" if isinstance(size, int) else f"{size:,.2f}".rstrip("0").rstrip("."))


def show_number(value: float, figures: int = 4) -> str:
    """An amount, to so many figures, or all before the point up to a billion.

    >>> show_number(1 / 3), show_number(0.5), show_number(12345.6), show_number(-2.5e-7), show_number(2.5e9)
    ('0.3333', '0.5', '12,346', '−2.5e−7', '2.5e9')
    >>> show_number(1234.5678, 12)
    '1,234.5678'
    """
    size = abs(value)
    whole = 10**figures - 0.5 <= size < 1e9
    return _written(value, f"{size:,.0f}" if whole else f"{size:,.{figures}g}")


def show_rate(value: float, rounding: float = 0.0) -> str:
    """A rate, an index or a probability, mostly between −1 and 1: to four decimals, and to three figures from 0 and
    from 1. What is nearer to 0 or 1 than `rounding` differs from it by rounding alone, and is written as that.

    >>> show_rate(0.5), show_rate(2 / 3), show_rate(0.99987654), show_rate(-6.35e-7), show_rate(2e-16, 1e-12)
    ('0.5', '0.6667', '0.999877', '−6.35e−7', '0')
    """
    size, near = abs(value), _near(value)
    if near <= rounding:
        return _written(round(value), f"{size:.0f}")
    if not 1e-4 <= size < 10:
        return show_number(value, 3)
    return _written(value, f"{size:.{_decimals(near)}f}".rstrip("0").rstrip("."))


def show_rates(low: float, high: float, rounding: float = 0.0, decimals: int = 0) -> tuple[str, str]:
    """Both ends of a range of rates, to the same decimals but for 0 and 1: to so many, or to as many as the end needs
    that needs fewer; to more where one would look like 0 or 1, or both alike.

    >>> show_rates(0.9891, 0.999292), show_rates(0.9942, 0.99608), show_rates(0.9891, 0.999992), show_rates(0.29, 1)
    (('0.9891', '0.9993'), ('0.99420', '0.99608'), ('0.98910', '0.99999'), ('0.29', '1'))
    """
    inner = {each for each in (low, high) if _near(each) > rounding and abs(each) < 10}
    decimals = decimals or min((_decimals(_near(each)) for each in inner), default=0)

    def told_apart() -> bool:
        return len({-1, 0, 1, *(round(each, decimals) for each in inner)}) == 3 + len(inner)

    while inner and not told_apart():
        decimals += 1
        if decimals > _MOST_DECIMALS:
            return show_rate(low, rounding), show_rate(high, rounding)
    figures = {each: f"{abs(each):.{decimals}f}" for each in inner}
    while figures and all(figure[-1] in "0." for figure in figures.values()):
        figures = {each: figure[:-1] for each, figure in figures.items()}
    ends = (_written(each, figures[each]) if each in inner else show_rate(each, rounding) for each in (low, high))
    return next(ends), next(ends)


_MOST_DECIMALS = 8


def _near(value: float) -> float:
    """How far a rate is from 0 or from 1, whichever is nearer."""
    return min(abs(value), abs(1 - abs(value)))


def _decimals(near: float) -> int:
    """The decimals of a rate: four, or as many as leave three figures of what it is from 0 or 1."""
    return min(max(4, 2 - floor(log10(near))), 16)


def signed(text: str) -> str:
    """The text of a difference, with a plus sign where it is more than nothing.

    >>> signed(show_rate(0.25)), signed(show_number(-12.5)), signed("0")
    ('+0.25', '−12.5', '0')
    """
    return text if text[:1] in "−—" or text == "0" else f"+{text}"


def show_typed(value: float) -> str:
    """A number in full, as it may have been typed: to fifteen figures.

    >>> show_typed(0.1), show_typed(1e12), show_typed(-1e-9)
    ('0.1', '1,000,000,000,000', '−1e−9')
    """
    return show_number(value, 15)


def show_share(value: float) -> str:
    """A share as a percentage, to one decimal; only nothing is 0% and only the whole is 100%.

    >>> show_share(0.4345), show_share(0.5), show_share(0.0001), show_share(0.9997)
    ('43.5%', '50%', '<\\u202f0.1%', '>\\u202f99.9%')
    """
    percent = value * 100
    size = abs(percent)
    figure = f"{size:,.1f}".removesuffix(".0") if size < 1e6 else f"{size:.3g}"
    if figure == "0" and size:
        return _written(percent, "0.1", "%", beyond="<")
    if figure == "100" and size < 100:
        return _written(percent, "99.9", "%", beyond=">")
    return _written(percent, figure, "%")


def show_percent(value: float) -> str:
    """A share among others in a column, to three significant digits; only nothing is 0% and only the whole is 100%.

    >>> show_percent(0.4345), show_percent(0.5), show_percent(0.0123), show_percent(0.9997), show_percent(1)
    ('43.5%', '50.0%', '1.23%', '>\\u202f99.9%', '100%')
    """
    percent = value * 100
    size = abs(percent)
    if 0 < size < 0.005:
        return _written(percent, "0.01", "%", beyond="<")
    if 99.95 <= size < 100:
        return _written(percent, "99.9", "%", beyond=">")
    return _written(percent, f"{size:.2f}" if 0 < size < 0.1 else _figure(size, "#.3g" if size else "g"), "%")


def show_ratio(value: float) -> str:
    """How many times as much: two decimals below ten, three figures above.

    >>> show_ratio(1.4235), show_ratio(12.34), show_ratio(150), show_ratio(0.001)
    ('1.42×', '12.3×', '150×', '<\\u202f0.01×')
    """
    size = abs(value)
    if 0 < size < 0.005:
        return _written(value, "0.01", "×", beyond="<")
    return _written(value, f"{size:.2f}" if 0 < size < 9.995 else _figure(size, "#.3g" if size else "g"), "×")


def show_duration(seconds: float) -> str:
    """A time, to three figures.

    >>> show_duration(0.0123), show_duration(0.9996), show_duration(75), show_duration(0.0000042)
    ('12.3\\u202fms', '1.00\\u202fs', '75.0\\u202fs', '4.2\\u202fµs')
    """
    return _scaled(seconds * 1e6, 1000, ("µs", "ms", "s"), "#.3g")


def _scaled(value: float, step: int, units: tuple[str, ...], style: str) -> str:
    """`value` in the largest unit that leaves at least one, or as a power of ten beyond the last unit."""
    size, rank = abs(value), 0
    # Half a unit early, because 999,600 would otherwise be rounded to 1,000 k.
    while size >= step - 0.5 and rank < len(units) - 1:
        size, rank = size / step, rank + 1
    if size >= 1e6:
        size, rank = abs(value), 0
    return _written(value, _figure(size, style if rank else ".3g"), f"\u202f{units[rank]}".rstrip())


def _figure(size: float, style: str) -> str:
    """Three figures, or all before the point up to a million; the style "#.3g" keeps closing zeros.

    >>> _figure(1.5, ".3g"), _figure(1.5, "#.3g"), _figure(150, "#.3g"), _figure(1234.5, ".3g")
    ('1.5', '1.50', '150', '1,234')
    """
    return f"{size:,.0f}" if 999.5 <= size < 1e6 else f"{size:{style}}".rstrip(".")


def _written(value: float, figure: str, unit: str = "", beyond: str = "") -> str:
    """The figure of `value` with its sign, and with what it lies `beyond`: less than (<) or more than (>).

    >>> _written(-0.001, "1.0e-03"), _written(-0.001, "0.01", "×", "<"), _written(inf, "inf")
    ('−1.0e−3', '>\\u202f−0.01×', '—')
    """
    if not isfinite(value):
        return "—"
    if value < 0:
        figure, beyond = f"-{figure}", {"<": ">", ">": "<"}.get(beyond, "")
    figure = figure.replace("e+0", "e").replace("e+", "e").replace("e-0", "e-").replace("-", "−")
    return f"{beyond}\u202f{figure}{unit}" if beyond else f"{figure}{unit}"
