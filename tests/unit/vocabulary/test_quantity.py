"""Quantities are read as people write them, refused with advice, and written so that they read back."""

from __future__ import annotations

import contextlib
import doctest
import math
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.vocabulary import quantity
from app.vocabulary.calculator import Invalid
from app.vocabulary.quantity import (
    count,
    number,
    share,
    show_bytes,
    show_bytes_binary,
    show_count,
    show_exact,
    show_flops,
    show_number,
    show_percent,
    show_rate,
    show_rates,
    show_ratio,
    show_share,
    show_typed,
    signed,
)

COUNTS = {
    # suffixes, in either case, with and without a space
    "7B": 7_000_000_000,
    "70b": 70_000_000_000,
    "7 B": 7_000_000_000,
    "1.5T": 1_500_000_000_000,
    "2t": 2_000_000_000_000,
    "137M": 137_000_000,
    "137m": 137_000_000,
    "3k": 3_000,
    "3K": 3_000,
    "7G": 7_000_000_000,
    "7g": 7_000_000_000,
    "1.1B": 1_100_000_000,
    "0.1B": 100_000_000,
    "8.03B": 8_030_000_000,
    "0,5B": 500_000_000,
    "1,200M": 1_200_000_000,
    "2 thousand": 2_000,
    "7 million": 7_000_000,
    "7 mn": 7_000_000,
    "7billion": 7_000_000_000,
    "7 Billion": 7_000_000_000,
    "7 bn": 7_000_000_000,
    "1.5 trillion": 1_500_000_000_000,
    # products
    "8x7B": 56_000_000_000,
    "8X7B": 56_000_000_000,
    "8×7B": 56_000_000_000,
    "8 x 7 B": 56_000_000_000,
    "8*7B": 56_000_000_000,
    "16x1.5k": 24_000,
    "8×22": 176,
    # powers of ten
    "7e9": 7_000_000_000,
    "7E9": 7_000_000_000,
    "7e+9": 7_000_000_000,
    "7.5e1": 75,
    "5e-1": 0.5,
    "5e−1": 0.5,
    "1e63": 1e63,
    # thousands marks
    "7,000,000": 7_000_000,
    "7.000.000": 7_000_000,
    "7 000 000": 7_000_000,
    "7_000_000": 7_000_000,
    "7'000'000": 7_000_000,
    "7’000’000": 7_000_000,
    "7\u00a0000\u00a0000": 7_000_000,
    "7\u2009000\u2009000": 7_000_000,
    "7\u202f000\u202f000": 7_000_000,
    "7\u3000000": 7_000,
    "7٬000": 7_000,
    "1,200": 1_200,
    "12,345": 12_345,
    "1,200.50": 1_200.5,
    "1 200.50": 1_200.5,
    "1 200,50": 1_200.5,
    "1.200,50": 1_200.5,
    "1.200.000,5": 1_200_000.5,
    "1'200.5": 1_200.5,
    # decimal marks
    "1.200": 1.2,
    "1,20": 1.2,
    "0,500": 0.5,
    "0,5": 0.5,
    ".5": 0.5,
    ",5": 0.5,
    "5.": 5,
    "5,": 5,
    "1200,500": 1_200.5,
    "0٫5": 0.5,
    # other scripts and forms
    "７Ｂ": 7_000_000_000,
    "７，０００": 7_000,
    "٧٠٠": 700,
    "७०": 70,
    "𝟟𝔹": 7_000_000_000,
    # signs, zero and space around
    "+7B": 7_000_000_000,
    "＋7": 7,
    "0": 0,
    "-0": 0,
    "0.0": 0,
    "007": 7,
    "  7B \n": 7_000_000_000,
    "8030261248": 8_030_261_248,
    "9223372036854775807": 2**63 - 1,
    "9223372036854775808": float(2**63),
}

NUMBERS = {
    "-5": -5.0,
    "−5": -5.0,
    "–5": -5.0,
    "－5": -5.0,
    "- 5": -5.0,
    "-0,25": -0.25,
    "−1.200,50": -1200.5,
    "-2e-3": -0.002,
    "12": 12.0,
}

SHARES = {
    "0.5": 0.5,
    "0,5": 0.5,
    ".5": 0.5,
    "5e-1": 0.5,
    "50%": 0.5,
    "50 %": 0.5,
    "50\u202f%": 0.5,
    "12,5%": 0.125,
    "0.1%": 0.001,
    "50 percent": 0.5,
    "٥٠٪": 0.5,
    "５０％": 0.5,
    "50﹪": 0.5,
    "0": 0.0,
    "0%": 0.0,
    "1": 1.0,
    "100%": 1.0,
    "100.0 %": 1.0,
}


@pytest.mark.parametrize(("text", "value"), COUNTS.items())
def test_a_count_is_read_as_people_write_it(text: str, value: float) -> None:
    assert count(text) == value
    assert type(count(text)) is type(value)


@pytest.mark.parametrize(("text", "value"), NUMBERS.items())
def test_a_number_may_be_negative_and_is_always_a_float(text: str, value: float) -> None:
    assert number(text) == value
    assert type(number(text)) is float


@pytest.mark.parametrize(("text", "value"), SHARES.items())
def test_a_share_is_read_as_a_part_of_one_or_of_a_hundred(text: str, value: float) -> None:
    assert share(text) == value
    assert type(share(text)) is float


ANYWHERE = {
    # nothing, or no number
    "": "Write a",
    "   ": "Write a",
    "\t\n\u2003": "Write a",
    "abc": "“abc” is not a number I can read",
    "NaN": "“NaN” is not a number",
    "nan": "“nan” is not a number",
    "inf": "“inf” is not a number",
    "-inf": "“-inf” is not a number",
    "Infinity": "“Infinity” is not a number",
    "∞": "“∞” is not a number",
    "None": "“None” is not a number",
    ".": "“.” is not a number",
    "-": "“-” is not a number",
    "%": "“%” is not a number",
    "B": "“B” is not a number",
    "e9": "“e9” is not a number",
    "x7B": "“x7B” is not a number",
    "--5": "“--5” is not a number",
    "+-5": "“+-5” is not a number",
    "~7B": "“~7B” is not a number",
    "≈7B": "“≈7B” is not a number",
    "<7": "“<7” is not a number",
    "$7": "“$7” is not a number",
    "(5)": "“(5)” is not a number",
    "<b>7</b>": "“<b>7</b>” is not a number",
    "__import__('os')": "is not a number",
    # sizes a float cannot hold
    "1e999": "too large to calculate with",
    "-1e999": "too large to calculate with",
    "1e99999999999999999999": "too large to calculate with",
    "1e-999": "too close to zero",
    "1e-99999999999999999999": "too close to zero",
    # other notations
    "0x10": "hexadecimal",
    "0XfF": "hexadecimal",
    "0b101": "more than one number",
    # marks in the wrong places
    "1.2.3": "The marks in “1.2.3”",
    "1,2,3": "The marks in “1,2,3”",
    "12,34,567": "groups of three digits",
    "7,000,00": "groups of three digits",
    "0,500,000": "groups of three digits",
    "1200,500,000": "groups of three digits",
    "1,200,": "The marks in",
    "1,200,50": "The marks in",
    "1.200.50": "The marks in",
    "1_0": "The marks in",
    "1__000": "The marks in",
    "1,000'000": "The marks in",
    "1..5": "The marks in",
    "1…": "The marks in",
    # several numbers
    "7B 8B": "more than one number",
    "7B,8B": "more than one number",
    "7;8": "more than one number",
    "1 2": "more than one number",
    "1 20 300": "more than one number",
    "1/2": "more than one number",
    "3-4": "more than one number",
    "10^9": "more than one number",
    "2**10": "more than one number",
    "1e5.5": "more than one number",
    "8x7x2B": "more than one number",
    "1.5x7B": "more than one number",
    # characters that look like digits, or like nothing
    "10⁹": "“⁹” is not a plain digit",
    "7₂": "“₂” is not a plain digit",
    "1½": "“½” is not a plain digit",
    "⑦": "“⑦” is not a plain digit",
    "七": "“七” is not a plain digit",
    "Ⅷ": "“Ⅷ” is not a plain digit",
    "7\x00B": "“7�B” contains a character that cannot be seen (U+0000)",
    "7\tB": "cannot be seen (U+0009)",
    "7\n8": "cannot be seen (U+000A)",
    "7\x7f": "cannot be seen (U+007F)",
    "7\u200bB": "cannot be seen (U+200B)",
    "\ufeff7B": "cannot be seen (U+FEFF)",
    "7\u202eB": "“7�B” contains a character that cannot be seen (U+202E)",
    "7\u20288": "cannot be seen (U+2028)",
    "7\ud800": "cannot be seen (U+D800)",
    # too long
    "9" * 65: "is too long, at 65 characters",
    "9" * 100_000: "is too long, at 100,000 characters",
    "0." + "0" * 70 + "1": "is too long",
}

NOT_COUNTS = {
    "-5": "“-5” is negative: write a number that is at least 0, such as 7B.",
    "−5": "“−5” is negative",
    "－5": "is negative",
    "-8x7B": "is negative",
    "50%": "“50%” is a percentage: write a number, such as 7B.",
    "50 ％": "is a percentage",
    "7Q": "“Q” is not a unit I know, as k, M, B and T are: write a number, such as 7B.",
    "7B params": "“params” is not a unit I know",
    "7 bio": "“bio” is not a unit I know",
    "7kM": "“kM” is not a unit I know",
    "7 million billion": "“million billion” is not a unit I know",
    "7 GB": "“GB” is not a unit I know",
    "7e": "“e” is not a unit I know",
    "8x": "“x” is not a unit I know",
    "7€": "“€” is not a unit I know",
    "5‰": "“‰” is not a unit I know",
    "7B\u0301": "is not a unit I know",
    "7e9B": "has both a power of ten and a unit",
}

NOT_NUMBERS = {
    "7B": "“B” does not belong here: write a number, such as 12.5.",
    "7 million": "“million” does not belong here",
    "50%": "“50%” is a percentage",
    "8x7": "more than one number",
}

NOT_SHARES = {
    "50": "50 is more than 1. Did you mean 50%?",
    "1.5": "1.5 is more than 1. Did you mean 1.5%?",
    "33,3": "33.3 is more than 1. Did you mean 33.3%?",
    "100": "100 is more than 1. Did you mean 100%?",
    "150": "“150” is more than the whole: a share ends at 100%",
    "150%": "“150%” is more than the whole: a share ends at 100%",
    "100.1 %": "a share ends at 100%",
    "-5%": "“-5%” is negative: write a share such as 0.5 or 50%.",
    "−0.5": "is negative",
    "0.5k": "“k” does not belong here: write a share such as 0.5 or 50%.",
    "50%%": "“%%” does not belong here",
    "5‰": "“‰” does not belong here",
    "%50": "“%50” is not a number I can read: write a share such as 0.5 or 50%.",
    "5e1%": "has both a power of ten and a unit",
    "1x1": "more than one number",
}


def refusal(read: Callable[[str], float], text: str) -> str:
    with pytest.raises(Invalid) as caught:
        read(text)
    return str(caught.value)


@pytest.mark.parametrize("read", [count, number, share])
@pytest.mark.parametrize(("text", "phrase"), ANYWHERE.items())
def test_what_is_no_number_is_refused_everywhere_and_by_name(
    read: Callable[[str], float], text: str, phrase: str
) -> None:
    assert phrase in refusal(read, text)


@pytest.mark.parametrize(("text", "phrase"), NOT_COUNTS.items())
def test_what_is_no_count_is_refused_by_name(text: str, phrase: str) -> None:
    assert phrase in refusal(count, text)


@pytest.mark.parametrize(("text", "phrase"), NOT_NUMBERS.items())
def test_what_is_no_plain_number_is_refused_by_name(text: str, phrase: str) -> None:
    assert phrase in refusal(number, text)


@pytest.mark.parametrize(("text", "phrase"), NOT_SHARES.items())
def test_what_is_no_share_is_refused_by_name(text: str, phrase: str) -> None:
    assert phrase in refusal(share, text)


@pytest.mark.parametrize("text", ["", "abc", "1.2.3", "7B 8B", "10⁹", "7Q", "-5", "1e999", "0x10", "9" * 65])
@pytest.mark.parametrize("read", [count, share])
def test_every_refusal_says_what_would_be_right(read: Callable[[str], float], text: str) -> None:
    message = refusal(read, text)
    assert "such as" in message
    assert message.endswith(".")


def test_a_bound_refuses_with_the_range_that_would_be_right() -> None:
    assert refusal(lambda text: count(text, above=0), "0") == (
        "“0” is too small: write a number that is more than 0, such as 7B."
    )
    assert refusal(lambda text: count(text, above=0, maximum=1e15, example="32"), "2e15") == (
        "“2e15” is too large: write a number that is more than 0 and at most 1e15, such as 32."
    )
    assert refusal(lambda text: number(text, minimum=-1, maximum=1), "-2") == (
        "“-2” is too small: write a number that is at least −1 and at most 1, such as 12.5."
    )
    assert refusal(lambda text: number(text, maximum=1000), "1001") == (
        "“1001” is too large: write a number that is at most 1,000, such as 12.5."
    )


def test_a_bound_lets_its_own_edge_through_unless_it_is_open() -> None:
    assert count("1", minimum=1, maximum=1) == 1
    assert number("0.001", above=0) == 0.001
    assert refusal(lambda text: number(text, above=0.001), "0.001").startswith("“0.001” is too small")


def test_a_long_input_is_not_repeated_whole() -> None:
    assert len(refusal(count, "9" * 1_000_000)) < 200
    assert len(refusal(count, "7" + "Q" * 63)) < 200


def test_a_message_keeps_unseen_characters_out() -> None:
    message = refusal(count, "\u202e7\x1b[31m\ud800")
    assert message.startswith("“�7�[31m�” contains a character that cannot be seen")
    assert message.isprintable()


@given(st.integers(0, 2**63 - 1))
def test_a_whole_number_written_in_full_is_read_back_exactly(whole: int) -> None:
    assert count(show_exact(whole)) == whole
    assert count(str(whole)) == whole


@given(st.integers(-(2**53), 2**53))
def test_a_negative_number_written_in_full_is_read_back_exactly(whole: int) -> None:
    assert number(show_exact(whole)) == whole


@given(st.floats(0, 1e24))
def test_a_count_written_short_is_read_back_within_its_three_figures(value: float) -> None:
    assert math.isclose(count(show_count(value)), value, rel_tol=0.0051)


@given(st.floats(0, 1))
def test_a_share_written_short_is_read_back_within_its_one_decimal(value: float) -> None:
    assert abs(share(show_share(value).lstrip("<>\u202f")) - value) <= 0.001


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_as_python_writes_it_is_read_back_exactly(value: float) -> None:
    assert number(repr(value)) == value


@given(st.decimals(0, 1, allow_nan=False, places=4))
def test_a_percentage_and_its_share_are_the_same_float(value: object) -> None:
    assert share(f"{value}") == float(str(value))
    assert share(f"{float(str(value)) * 100:.2f}%") == float(str(value))


LIKELY = st.text("0123456789 ,.'_+-eExX×*%kKmMbBtT٣７−\u202f\u00a0²½", max_size=20)


@given(st.one_of(st.text(), LIKELY, st.text(st.characters(), max_size=70)))
@example("\ufdfa" * 64)
@example("1" * 63 + "e9")
@example("1e" + "9" * 62)
@example("1e-" + "9" * 61)
@example("9" * 30 + "x" + "9" * 30)
def test_every_text_is_a_finite_number_or_is_refused_with_a_message(text: str) -> None:
    for read in (count, number, share):
        try:
            assert math.isfinite(read(text))
        except Invalid as invalid:
            message = str(invalid)
            assert message.strip()
            assert message.isprintable()
            assert len(message) < 300
            message.encode()


@given(LIKELY)
def test_a_share_is_never_outside_zero_to_one(text: str) -> None:
    with contextlib.suppress(Invalid):
        assert 0 <= share(text) <= 1


@pytest.mark.parametrize(
    "text",
    [
        "1" * 64,
        "1,111" * 12,
        "1 " * 32,
        "1x" * 32,
        "," * 64,
        "1" + "'" * 63,
        "1" * 63 + "!",
        "7" + " " * 62 + "!",
        "1e" + "9" * 62,
        "1e-" + "9" * 61,
        "\ufdfa" * 64,
        "1,000" * 100_000,
        " " * 1_000_000 + "7",
    ],
    ids=lambda text: f"{text.strip()[:6]}…",
)
def test_no_text_is_slow_to_read(text: str) -> None:
    start = time.perf_counter()
    for read in (count, number, share):
        with contextlib.suppress(Invalid):
            read(text)
    assert time.perf_counter() - start < 0.1


# A narrow no-break space stands between figure and unit; here it is written as "_" so that it can be seen.
WRITTEN: list[tuple[Callable[[float], str], float, str]] = [
    (show_count, 8_030_261_248, "8.03_B"),
    (show_count, 0, "0"),
    (show_count, 1, "1"),
    (show_count, 999, "999"),
    (show_count, 999.4, "999"),
    (show_count, 999.5, "1_k"),
    (show_count, 1000, "1_k"),
    (show_count, 1234, "1.23_k"),
    (show_count, 999_499, "999_k"),
    (show_count, 999_500, "1_M"),
    (show_count, 137e6, "137_M"),
    (show_count, 999_999_999, "1_B"),
    (show_count, 7e9, "7_B"),
    (show_count, 3.5e9, "3.5_B"),
    (show_count, 1.5e12, "1.5_T"),
    (show_count, 1.234e16, "12,340_T"),
    (show_count, 1.234e18, "1.23e18"),
    (show_count, -8_030_261_248, "−8.03_B"),
    (show_count, 0.5, "0.5"),
    (show_count, 0.000012345, "1.23e−5"),
    (show_exact, 8_030_261_248, "8,030,261,248"),
    (show_exact, 0, "0"),
    (show_exact, -0.0, "0"),
    (show_exact, 1200.5, "1,200.5"),
    (show_exact, 1234.567, "1,234.57"),
    (show_exact, 3.0, "3"),
    (show_exact, -7_000_000, "−7,000,000"),
    (show_exact, 0.00123, "0.00123"),
    (show_exact, 1e-9, "1e−9"),
    (show_exact, 1e20, "100,000,000,000,000,000,000"),
    (show_exact, 1.5e300, "1.5e300"),
    (show_exact, 2**63 - 1, "9,223,372,036,854,775,807"),
    (show_bytes, 16_060_522_496, "16.1_GB"),
    (show_bytes, 0, "0_B"),
    (show_bytes, 0.5, "0.5_B"),
    (show_bytes, 512, "512_B"),
    (show_bytes, 1500, "1.50_kB"),
    (show_bytes, 999_999_999, "1.00_GB"),
    (show_bytes, 150e9, "150_GB"),
    (show_bytes, 2e15, "2.00_PB"),
    (show_bytes, 2e21, "2e21_B"),
    (show_bytes_binary, 16_060_522_496, "15.0_GiB"),
    (show_bytes_binary, 1023, "1,023_B"),
    (show_bytes_binary, 1024, "1.00_KiB"),
    (show_bytes_binary, 2**30 - 1, "1.00_GiB"),
    (show_bytes_binary, 13 * 2**30, "13.0_GiB"),
    (show_flops, 16_060_522_496, "16.1_GFLOP"),
    (show_flops, 0, "0_FLOP"),
    (show_flops, 1e3, "1.00_kFLOP"),
    (show_flops, 2.5e6, "2.50_MFLOP"),
    (show_flops, 3e12, "3.00_TFLOP"),
    (show_flops, 4e15, "4.00_PFLOP"),
    (show_share, 0.4345, "43.5%"),
    (show_share, 0, "0%"),
    (show_share, 1, "100%"),
    (show_share, 0.5, "50%"),
    (show_share, 0.9997, ">_99.9%"),
    (show_share, 0.0004, "<_0.1%"),
    (show_share, 0.0006, "0.1%"),
    (show_share, 5e-324, "<_0.1%"),
    (show_share, -0.0004, ">_−0.1%"),
    (show_share, -0.9997, "<_−99.9%"),
    (show_share, -0.05, "−5%"),
    (show_share, 12.5, "1,250%"),
    (show_percent, 0.4345, "43.5%"),
    (show_percent, 0, "0%"),
    (show_percent, 1, "100%"),
    (show_percent, 0.5, "50.0%"),
    (show_percent, 0.0625, "6.25%"),
    (show_percent, 0.9997, ">_99.9%"),
    (show_percent, 0.99951, ">_99.9%"),
    (show_percent, 0.00052, "0.05%"),
    (show_percent, 0.00001, "<_0.01%"),
    (show_percent, -0.0123, "−1.23%"),
    (show_percent, 1.435, "144%"),
    (show_percent, 12.5, "1,250%"),
    (show_ratio, 1.4235, "1.42×"),
    (show_ratio, 2, "2.00×"),
    (show_ratio, 0, "0×"),
    (show_ratio, 0.53, "0.53×"),
    (show_ratio, 0.001, "<_0.01×"),
    (show_ratio, 9.996, "10.0×"),
    (show_ratio, 12.34, "12.3×"),
    (show_ratio, 99.96, "100×"),
    (show_ratio, 150, "150×"),
    (show_ratio, 1500, "1,500×"),
    (show_ratio, 1e9, "1.00e9×"),
    (show_ratio, -1.5, "−1.50×"),
    (show_number, 0, "0"),
    (show_number, 0.8, "0.8"),
    (show_number, 1 / 3, "0.3333"),
    (show_number, 123.456, "123.5"),
    (show_number, 9999.5, "10,000"),
    (show_number, -12345.6, "−12,346"),
    (show_number, 999_999_999, "999,999,999"),
    (show_number, 2.5e9, "2.5e9"),
    (show_number, 1e100, "1e100"),
    (show_number, 0.0001, "0.0001"),
    (show_number, 2.5e-6, "2.5e−6"),
    (show_rate, 0, "0"),
    (show_rate, 1, "1"),
    (show_rate, -1, "−1"),
    (show_rate, 0.8, "0.8"),
    (show_rate, 2 / 3, "0.6667"),
    (show_rate, 0.00012345, "0.000123"),
    (show_rate, 2.5e-6, "2.5e−6"),
    (show_rate, 0.99987654, "0.999877"),
    (show_rate, 0.9999999999999999, "0.9999999999999999"),
    (show_rate, -0.99995, "−0.99995"),
    (show_rate, 1.5, "1.5"),
]
WRITERS = sorted({write for write, _, _ in WRITTEN}, key=lambda write: write.__name__)


@pytest.mark.parametrize(("write", "value", "shown"), WRITTEN)
def test_a_number_is_written_short_and_true(write: Callable[[float], str], value: float, shown: str) -> None:
    assert write(value) == shown.replace("_", "\u202f")


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_is_written_as_a_dash(write: Callable[[float], str], value: float) -> None:
    assert write(value) == "—"


@given(st.one_of(st.floats(-1e300, 1e300), st.integers(-(10**30), 10**30)))
@example(5e-324)
def test_every_number_can_be_written_in_a_few_plain_characters(value: float) -> None:
    for write in WRITERS:
        shown = write(value)
        assert 0 < len(shown) <= 32
        assert "-" not in shown
        assert ("−" in shown.partition("e")[0]) == (value < 0)


@given(st.floats(1e-300, 1e300))
def test_what_is_not_nothing_is_never_written_as_nothing(value: float) -> None:
    for write in WRITERS:
        assert write(value).rstrip("\u202fBFLOP%×") not in ("0", "0.00")


@given(st.floats(1, 1e18))
def test_no_thousand_of_a_unit_is_written_where_a_larger_unit_would_do(value: float) -> None:
    for write in (show_count, show_bytes, show_flops):
        figure, _, unit = write(value).partition("\u202f")
        assert "," not in figure or unit in ("T", "PB", "PFLOP")


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_only_the_whole_is_a_hundred_percent_and_only_nothing_is_zero(value: float) -> None:
    assert show_share(value) not in ("0%", "100%")


@given(st.floats(-1, 1))
def test_a_rate_is_read_again_to_four_decimals_and_three_figures(value: float) -> None:
    near = min(abs(value), 1 - abs(value))
    assert abs(number(show_rate(value)) - value) <= min(0.00005, max(0.0051 * near, 1e-16)) + 1e-16


@given(st.floats(0.001, 0.9999), st.floats(0.001, 0.9999))
@example(0.9891, 0.999292)
@example(0.99, 0.99608)
@example(0.5, 0.5)
def test_both_ends_of_a_range_have_the_same_decimals_and_are_told_apart(low: float, high: float) -> None:
    texts = show_rates(low, high)
    decimals = {len(text.partition(".")[2]) for text in texts}
    if abs(low - high) > 1e-8 or low == high:
        assert len(decimals) == 1
        assert (texts[0] == texts[1]) == (low == high)
    for text, value in zip(texts, (low, high), strict=True):
        assert abs(number(text) - value) <= 0.00005 + 1e-16


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_only_nothing_and_the_whole_end_a_range_as_zero_and_one(low: float, high: float) -> None:
    for text, value in zip(show_rates(low, high), (low, high), strict=True):
        assert (abs(number(text)) in (0, 1)) == (abs(value) in (0, 1))
        assert abs(number(text) - value) <= 0.00005 + 1e-16


@given(st.floats(-1, 1), st.floats(0, 1e-6))
def test_what_rounding_alone_parts_from_zero_or_one_is_written_as_that(whole: float, rounding: float) -> None:
    whole = round(whole)
    assert show_rate(whole + rounding / 2, rounding) == show_rate(whole)


@given(st.floats(-1e300, 1e300))
def test_a_difference_has_a_sign_unless_it_is_none(value: float) -> None:
    text = signed(show_number(value))
    assert text[0] == ("+" if value > 0 else "−" if value < 0 else "0")
    assert number(text) == number(show_number(value))


@given(st.floats(-1e300, 1e300).filter(lambda value: value == 0 or abs(value) > 1e-300))
def test_what_was_typed_is_read_again(value: float) -> None:
    assert number(show_typed(value)) == pytest.approx(value, rel=1e-14)


def test_the_examples_in_the_docstrings_hold() -> None:
    failed, tried = doctest.testmod(quantity)
    assert tried > 20
    assert failed == 0
