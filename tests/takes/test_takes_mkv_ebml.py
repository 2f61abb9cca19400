from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinect_sync.takes.mkv import ebml
from kinect_sync.takes.mkv.ebml import Head, Id

IDS = [value for name, value in vars(Id).items() if name.isupper()]


@given(st.sampled_from(IDS), st.integers(0, 2**56 - 2))
def test_an_encoded_head_decodes_to_itself(element_id: int, size: int) -> None:
    head = ebml.encode_id(element_id) + ebml.encode_size(size)
    assert ebml.decode_head(head) == Head(element_id, size, len(head))


@pytest.mark.parametrize(
    ("size", "encoded"),
    [
        (0, "80"),
        (126, "fe"),
        (127, "407f"),  # ff would mean "unknown"
        (128, "4080"),
        (16382, "7ffe"),
        (16383, "203fff"),
    ],
)
def test_sizes_take_the_fewest_bytes_that_do_not_mean_unknown(size: int, encoded: str) -> None:
    assert ebml.encode_size(size).hex() == encoded


def test_a_size_that_does_not_fit_its_width_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        ebml.encode_size(127, 1)


@pytest.mark.parametrize("total", [2, 3, 127, 128, 256, 5000])
def test_a_void_is_exactly_as_long_as_asked(total: int) -> None:
    void = ebml.void(total)
    head = ebml.decode_head(void)
    assert (len(void), head.id, head.length + (head.size or 0)) == (total, Id.VOID, total)


def test_unknown_sizes_zeros_and_cut_heads_are_told_apart() -> None:
    segment = ebml.encode_id(Id.SEGMENT) + ebml.UNKNOWN_SIZE
    assert ebml.decode_head(segment) == Head(Id.SEGMENT, None, 12)
    with pytest.raises(IndexError):
        ebml.decode_head(segment[:-1])
    with pytest.raises(ebml.EbmlError):
        ebml.decode_head(bytes(12))
    with pytest.raises(ebml.EbmlError):
        ebml.decode_head(b"\xa3\x00")
