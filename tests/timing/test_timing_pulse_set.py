"""Pulses of which something is true: counted, shared, and told as ranges."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kinect_sync.timing.pulse_set import PulseSet

PULSES = st.sets(st.integers(0, 100))


def pulse_set(pulses: set[int]) -> PulseSet:
    made = PulseSet()
    for pulse in pulses:
        made.add(pulse)
    return made


@given(PULSES, PULSES, st.integers(0, 110))
def test_it_is_a_set(some: set[int], others: set[int], pulse: int) -> None:
    made = pulse_set(some)
    assert list(made) == sorted(some)
    assert made.shared_with(pulse_set(others)) == len(some & others)
    assert made.count_before(pulse) == sum(each < pulse for each in some)
    assert list(PulseSet(made.ranges)) == sorted(some)


def test_ranges_are_told_by_their_first_and_last() -> None:
    assert pulse_set({0, 7, 8, 9, 11}).ranges == ((0, 0), (7, 9), (11, 11))
