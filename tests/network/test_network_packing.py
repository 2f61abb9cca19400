"""An answer and its bytes as one message, and what is no such message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinect_sync.network.packing import pack, unpack
from kinect_sync.wire.hosts import Done, OtherVersion, Running
from kinect_sync.wire.lines import Answered


@given(st.binary())
def test_what_is_packed_comes_out(payload: bytes) -> None:
    for answer in (Done(), Running(workers={"front": 7})):
        assert unpack(pack(Answered(answer, payload))) == Answered(answer, payload)


@given(st.binary())
def test_whatever_comes_is_an_answer_or_a_value_error(message: bytes) -> None:
    with pytest.raises(ValueError):
        unpack(message)


@given(st.data())
def test_a_message_that_is_cut_short_is_none(data: st.DataObject) -> None:
    whole = pack(Answered(Done(), b""))
    with pytest.raises(ValueError):
        unpack(whole[: data.draw(st.integers(0, len(whole) - 1))])


def test_another_versions_answer_is_told() -> None:
    with pytest.raises(OtherVersion) as caught:
        unpack(b'\0\0\0\x0e{"protocol":9}')
    assert caught.value.protocol == 9
