"""Claims about what weights weigh."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calculators.pruning.model.storage import NM, by_key, formats, pattern, to_bytes, types
from app.vocabulary.calculator import Invalid

sparsities = st.floats(0, 1)
values = st.sampled_from([4, 8, 16, 32])


@given(sparsities, sparsities, values)
def test_more_zeros_are_never_more_bits(one, other, value_bits):
    low, high = sorted((one, other))
    for entry in formats():
        assert entry.bits(high, value_bits) <= entry.bits(low, value_bits) + 1e-9


@given(values, st.floats(0.001, 0.05))
def test_a_format_beats_dense_exactly_above_its_break_even(value_bits, step):
    for entry in formats():
        even = entry.break_even(value_bits)
        if even is None:
            continue
        assert entry.bits(even, value_bits) == pytest.approx(value_bits)
        assert entry.bits(min(1, even + step), value_bits) < value_bits
        if even > step:
            assert entry.bits(even - step, value_bits) > value_bits


def test_two_of_four_keeps_56_percent_at_16_bits_and_62_at_8():
    # cuSPARSELt: compressed size factors 9/16 and 10/16
    assert by_key()["2:4"].bits(0.5, 16) / 16 == 0.5625
    assert by_key()["2:4"].bits(0.5, 8) / 8 == 0.625


def test_break_even_sparsities_of_the_specification():
    # MODEL 1.2: bitmask above 1/b; CSR with 32-bit indices at 16 bits above 66.7%
    assert by_key()["bitmask"].break_even(16) == 1 / 16
    assert by_key()["csr-int32"].break_even(16) == pytest.approx(2 / 3)
    assert by_key()["csr-int16"].break_even(16) == 0.5
    assert by_key()["dense"].break_even(16) is None
    assert by_key()["2:4"].break_even(16) is None


def test_zeros_in_a_dense_tensor_save_nothing():
    assert by_key()["dense"].bits(0.99, 16) == 16


def test_scattered_zeros_empty_no_block():
    blocks = by_key()["bsr-64"]
    assert blocks.bits(0.9, 16, scattered=True) > 16
    assert blocks.bits(0.9, 16) == pytest.approx(1.6008, abs=1e-4)  # facts: BSR 64 x 64, fp16, 90%


def test_scales_are_kept_however_many_weights_are_zero():
    assert by_key()["bitmask"].bits(1.0, 4, types()["int4"].scales) == 1 + 0.15625


def test_n_of_m_agrees_with_the_named_formats():
    assert NM(2, 4).bits(16) == by_key()["2:4"].bits(0.5, 16)
    assert NM(1, 4).bits(16) == 4.5  # a quarter of the weights, each with two bits for its place
    assert NM(15, 16).bits(4) == 4  # never more than dense


@pytest.mark.parametrize(("text", "kept", "group"), [("2:4", 2, 4), (" 1 : 2 ", 1, 2), ("6/8", 6, 8), ("7:16", 7, 16)])
def test_a_pattern_is_read(text: str, kept: int, group: int) -> None:
    assert pattern(text) == NM(kept, group)


@pytest.mark.parametrize(
    "text", ["", "2", "4:2", "4:4", "0:4", "-1:4", "2:4:8", "1.5:4", "two:four", "9999:10000", "²:4"]
)
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="4:8"):
        pattern(text)


@given(kept=st.integers(1, 63), group=st.integers(2, 64), bits=values)
def test_an_nm_pattern_takes_no_more_than_dense_and_no_less_than_its_values(kept: int, group: int, bits: int) -> None:
    found = NM(min(kept, group - 1), group)
    assert found.kept / group * bits <= found.bits(bits) <= bits


def test_block_scaled_types_carry_their_scales():
    # MODEL 1.2: int4 g128 4.16, Q4_K_M 4.89, MXFP4 4.25, NVFP4 4.5
    shown = {key: round(types()[key].bits, 2) for key in ("int4", "q4_k_m", "mxfp4", "nvfp4", "int4-g64")}
    assert shown == {"int4": 4.16, "q4_k_m": 4.89, "mxfp4": 4.25, "nvfp4": 4.5, "int4-g64": 4.5}


def test_bytes_are_weights_times_bits_over_eight():
    assert to_bytes(7e9, 16) == 14e9
