"""Rows as a program gets them: whole and in order, holes with reasons, and what it missed by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinect_sync.errors import UsageError
from kinect_sync.findings.streaming import (
    ROWS_MISSED,
    ROWS_NOT_BROUGHT,
    STREAM_CAPTURES_LATE,
    STREAM_PULSE_UNBELIEVED,
)
from kinect_sync.streaming.decided_rows import BEGIN_S
from kinect_sync.streaming.live_rows import LiveRow
from kinect_sync.streaming.resting import rest_s
from kinect_sync.streaming.row_reader import PATIENCE_S, Mode, RowReader
from kinect_sync.timing.alignment import AlignedDevice, Aligner, Entry, HoleReason
from tests.streaming.memory_ring import FPS, PERIOD_MS, StreamedRig, holes, seen_in
from tests.timing.drifting import Drifting

SENSOR, HALF, LOST, LATE = (
    HoleReason.SENSOR_DROPPED,
    HoleReason.HALF_CAPTURE,
    HoleReason.DEVICE_LOST,
    HoleReason.LATE,
)
PATIENCE_MS = PATIENCE_S * 1000
LAUNCHED_NS = 1_000_000_000
"""When the rig of these tests was made."""


@pytest.fixture
def rig() -> StreamedRig:
    return StreamedRig("front", "left")


def every_row_is_accounted_for(reader: RowReader, pulses: int) -> bool:
    return reader.before + reader.given + reader.missed.count + reader.skipped == pulses


# --- what is in a row -----------------------------------------------------------------------------------


def test_rows_are_whole_and_in_order(rig: StreamedRig) -> None:
    rig.pulse(0, 1)
    rig.give("left", 2, late_us=7)
    rig.give("front", 2)
    rows = rig.rows()
    assert [(row.pulse, row.complete, list(row)) for row in rows] == [
        (pulse, True, ["front", "left"]) for pulse in range(3)
    ]
    left = rows[2]["left"]
    assert (left.device, left.pulse, left.hole, left.residual_us) == ("left", 2, None, 7)
    assert (left.color_timestamp_us, left.depth_timestamp_us) == (66674, 66674)
    assert left.host_time_ns == rig.now_ns - 500_000
    assert seen_in(left) == {2}
    assert (rig.reader.given, rig.reader.findings) == (3, ())


def test_a_row_waits_for_the_slowest_device(rig: StreamedRig) -> None:
    rig.pulse(0)
    rig.give("front", 1)
    assert rig.pulses() == [0]
    rig.in_ms(30, lambda: rig.give("left", 1))
    row = rig.next(timeout_s=1)
    assert (row.pulse, row.complete) == (1, True)
    assert rig.now_ns == 1_030_000_000


def test_a_dropped_capture_is_a_hole(rig: StreamedRig) -> None:
    rig.pulse(0)
    rig.pulse(1, without=["left"])
    rig.pulse(2)
    rows = rig.rows()
    assert [holes(row) for row in rows] == [
        {"front": None, "left": None},
        {"front": None, "left": SENSOR},
        {"front": None, "left": None},
    ]
    assert [row.complete for row in rows] == [True, False, True]


def test_a_half_capture_and_a_second_half_have_their_images_and_their_place(rig: StreamedRig) -> None:
    rig.pulse(0)
    rig.give("left", 1, hole=HALF)
    rig.give("left", None)
    rig.give("front", 1)
    rig.pulse(2)
    rows = rig.rows()
    assert [row["left"].hole for row in rows] == [None, HALF, None]
    assert seen_in(rows[1]["left"]) == {1}
    assert seen_in(rows[2]["left"]) == {2}
    assert rig.reader.missed.count == 0, "a second half takes a number and no row"


def test_age_counts_from_when_the_last_capture_was_delivered() -> None:
    rig = StreamedRig("front", "left", hosts=["left"])
    rig.give("front", 0)
    rig.pass_ms(10)
    rig.give("left", 0)
    rig.pass_ms(3)
    assert rig.next().age_ms == pytest.approx(3.0), "by when it came here"
    rig.give("left", 1)
    rig.pass_ms(2)
    rig.give("front", 1)
    row = rig.next()
    assert row.age_ms == pytest.approx(0.5)
    rig.pass_ms(4)
    assert row.age_ms == pytest.approx(4.5)


def test_clocks_that_drift_apart_for_an_hour_change_nothing() -> None:
    """At 400 ppm two clocks are 1.4 s apart by then: 7 pulses at 5 fps."""
    drifting = [Drifting(name, 5, 18_000, ppm=ppm) for name, ppm in (("front", -200), ("left", 200))]
    rig = StreamedRig("front", "left")
    entries = [device.entries() for device in drifting]
    complete = 0
    for captures in zip(*entries, strict=True):
        for name, each in zip(rig.names, captures, strict=True):
            rig.give(name, each.pulse, late_us=(each.color_us or 0) - round(each.pulse * 1e6 / FPS))
        row = rig.next()
        complete += row.complete
    assert (complete, row.pulse) == (18_000, 17_999)
    assert row["left"].residual_us == pytest.approx(400e-6 * 3600e6, rel=0.01)


# --- patience -------------------------------------------------------------------------------------------


def test_a_late_capture_is_counted_and_in_no_row(rig: StreamedRig) -> None:
    rig.pulse(0)
    assert rig.pulses() == [0]
    rig.give("front", 1)
    rig.in_ms(PATIENCE_MS + 50, lambda: rig.give("left", 1))
    before_ns = rig.now_ns
    row = rig.next(timeout_s=1)
    assert (rig.now_ns - before_ns) / 1e6 == pytest.approx(PATIENCE_MS, abs=2)
    assert holes(row) == {"front": None, "left": LATE}
    assert seen_in(row["front"]) == {1}
    rig.pass_ms(100)
    rig.pulse(2)
    row = rig.next()
    assert (row.pulse, row.complete) == (2, True)
    assert seen_in(row["left"]) == {2}
    assert rig.reader.late == {"front": 0, "left": 1}
    (finding,) = rig.reader.findings
    assert (finding.kind, finding.device) == (STREAM_CAPTURES_LATE, "left")
    assert "1 capture came after" in finding.what


def test_late_captures_of_many_devices_are_one_finding() -> None:
    names = [f"d{place}" for place in range(7)]
    rig = StreamedRig(*names)
    rig.pulse(0)
    rig.give("d0", 1, 2)
    rig.pass_ms(PATIENCE_MS)
    assert rig.pulses() == [0, 1, 2]
    rig.pulse(1, without=["d0"])
    rig.give("d6", 2)
    assert rig.pulses() == []
    (finding,) = rig.reader.findings
    assert finding.device is None
    assert "7 captures came after" in finding.what
    assert finding.what.endswith(": 2 of `d6`, 1 of `d1`, 1 of `d2`, 1 of `d3`, and of 2 others")


def test_a_program_that_was_away_gives_a_row_that_waited_long_enough_at_once(rig: StreamedRig) -> None:
    rig.pulse(0)
    rig.give("front", 1)
    rig.pass_ms(PATIENCE_MS)
    assert [row["left"].hole for row in rig.rows()] == [None, LATE]


@pytest.mark.parametrize("captures", [2, 5, 8])
def test_rows_wait_no_longer_than_their_captures_last_in_a_small_ring(captures: int) -> None:
    rig = StreamedRig("front", "left", captures=captures)
    rig.pulse(0)
    assert rig.pulses() == [0]
    for pulse in range(1, 30):
        rig.in_ms(pulse * PERIOD_MS, lambda pulse=pulse: rig.give("front", pulse))
    rows = [rig.next(timeout_s=1) for _ in range(25)]
    assert [row.pulse for row in rows] == [*range(1, 26)]
    assert {row["left"].hole for row in rows} == {LATE}
    assert rig.reader.missed.count == 0


def test_a_lost_device_is_a_hole_from_then_on_and_all_that_it_gave_counts(rig: StreamedRig) -> None:
    rig.pulse(0)
    assert rig.pulses() == [0]
    rig.give("left", 1)
    rig.reader.lose("left")
    rig.give("front", 1, 2)
    assert [holes(row)["left"] for row in rig.rows()] == [None, LOST]
    rig.give("front", 3)
    left = rig.next()["left"]
    assert left.is_intact
    with pytest.raises(UsageError, match="pulse 3 is a hole: device_lost"):
        left.depth  # noqa: B018 - reading it is what is refused


def test_a_silent_device_is_not_waited_for_until_it_is_back(rig: StreamedRig) -> None:
    rig.pulse(0)
    rig.reader.excuse("left")
    rig.give("front", 1)
    assert [holes(row)["left"] for row in rig.rows()] == [None, LOST]
    rig.pulse(2)
    rig.give("front", 3)
    assert [holes(row)["left"] for row in rig.rows()] == [None], "it is waited for again"


@pytest.mark.parametrize(
    ("end_pulse", "expected"),
    [
        pytest.param(3, [(1, SENSOR), (2, SENSOR)], id="an end that is known"),
        pytest.param(None, [(1, SENSOR)], id="the last that anybody reached"),
        pytest.param(1, [], id="nothing is left"),
    ],
)
def test_the_end_decides_all_rows(
    rig: StreamedRig, end_pulse: int | None, expected: list[tuple[int, HoleReason]]
) -> None:
    rig.pulse(0)
    rig.give("front", 1)
    assert rig.pulses() == [0]
    rig.reader.finish(end_pulse)
    assert not rig.reader.ended
    assert [(row.pulse, row["left"].hole) for row in rig.rows()] == expected
    assert rig.reader.ended
    assert rig.reader.next() is None, "it waits for nothing any more"


def test_what_is_in_the_rings_at_the_end_is_given_however_slow_the_program_is(rig: StreamedRig) -> None:
    rig.pulse(0)
    assert rig.pulses() == [0]
    rig.pulse(*range(1, 30))
    rig.reader.finish(30)
    assert rig.pulses() == [*range(18, 30)], "a ring of 12, and nothing overwrites the rest of it"
    assert rig.reader.missed.ranges == (range(1, 18),)


def test_an_end_without_a_capture_is_an_end(rig: StreamedRig) -> None:
    rig.reader.finish(None)
    assert rig.reader.next() is None
    assert rig.reader.ended


# --- the beginning --------------------------------------------------------------------------------------


def test_the_first_row_is_the_first_that_all_rings_hold(rig: StreamedRig) -> None:
    rig.give("front", *range(20))
    assert rig.pulses() == [], "the other worker is still making its file"
    rig.give("left", *range(15, 20))
    assert rig.pulses() == [*range(15, 20)]
    reader = rig.reader
    assert (reader.before, reader.missed.count, reader.late["front"]) == (15, 0, 0), "nobody had those before"
    assert reader.findings == ()
    assert every_row_is_accounted_for(rig.reader, 20)


def test_rows_before_the_program_asked_for_one_are_missed_by_name(rig: StreamedRig) -> None:
    rig.pulse(*range(40))
    row = rig.reader.next()
    assert row is not None
    assert rig.reader.missed.ranges == (range(row.pulse),)
    assert row.missed_before == row.pulse > 20
    assert [each.kind for each in rig.reader.findings] == [ROWS_MISSED]


def test_rows_that_go_by_before_a_program_can_ask_are_not_missed_and_those_after_that_are(
    rig: StreamedRig,
) -> None:
    for pulse in range(40):
        rig.give("front", pulse)
        rig.reader.read_along()
    rig.pulse(40)
    rig.reader.read_along()
    rig.pulse(*range(41, 60))
    row = rig.next()
    assert (rig.reader.before, row.missed_before) == (40, row.pulse - 40)
    assert rig.reader.missed.ranges == (range(40, row.pulse),)
    assert [each.kind for each in rig.reader.findings] == [ROWS_MISSED]


def test_a_device_that_never_begins_is_not_waited_for_for_ever(rig: StreamedRig) -> None:
    for pulse in range(120):
        rig.in_ms(pulse * PERIOD_MS, lambda pulse=pulse: rig.give("front", pulse))
    row = rig.next(timeout_s=5)
    assert rig.now_ns / 1e9 - 1 == pytest.approx(BEGIN_S, abs=0.5)
    assert holes(row) == {"front": None, "left": LATE}


def test_a_device_that_is_lost_before_it_begins_is_a_hole(rig: StreamedRig) -> None:
    rig.give("front", 0)
    rig.reader.lose("left")
    assert holes(rig.next()) == {"front": None, "left": LOST}


# --- pulses that can't have been ------------------------------------------------------------------------


@pytest.mark.parametrize("absurd", [2**62, 10**9, 1000])
@pytest.mark.parametrize("at", [0, 3])
def test_a_pulse_that_cannot_have_been_yet_passes_over_no_row_and_is_told(absurd: int, at: int) -> None:
    rig = StreamedRig("front", "left", hosts=["left"], launched_ns=LAUNCHED_NS)
    for pulse in range(6):
        rig.pass_ms(PERIOD_MS)
        rig.give("left", absurd if pulse == at else pulse)
        rig.give("front", pulse)
    rows = rig.rows()
    assert [row.pulse for row in rows if not row.complete] == [at] * (at > 0)
    assert [row.pulse for row in rows] == [*range(0 if at else 1, 6)]
    unbelieved = rig.reader.findings[-1]
    assert (unbelieved.kind, unbelieved.device) == (STREAM_PULSE_UNBELIEVED, "left")
    assert unbelieved.what == f"1 capture was of pulses that can't have been yet, the last of {absurd}"


def test_pulses_of_a_device_that_tells_nothing_else_are_holes_and_nothing_grows() -> None:
    rig = StreamedRig("front", "left", "right", launched_ns=LAUNCHED_NS)
    rig.pulse(0)
    rows = rig.rows()
    for pulse in range(1, 300):
        rig.pass_ms(PERIOD_MS)
        rig.pulse(pulse, without=["left"])
        rig.give("left", 2**62 + pulse)
        rows += rig.rows()
    assert [row.pulse for row in rows] == [*range(300 - 7)], "those whose patience is over"
    assert {holes(row)["left"] for row in rows[1:]} == {LATE}
    assert rig.reader.missed.count == 0


@pytest.mark.parametrize("stopped_s", [0, 60, 3600])
def test_what_can_have_been_is_believed_whoever_stood_still_or_came_late(stopped_s: int) -> None:
    rig = StreamedRig("front", "left", launched_ns=LAUNCHED_NS)
    rig.give("front", 0)
    assert rig.pulses() == []
    rig.pass_ms(1000 * stopped_s + 200)
    pulse = FPS * stopped_s
    rig.pulse(*range(pulse + 1, pulse + 6))
    assert rig.rows()[-1].pulse == pulse + 5
    assert STREAM_PULSE_UNBELIEVED not in [each.kind for each in rig.reader.findings]


# --- a program that is slow -----------------------------------------------------------------------------


def test_a_program_that_stopped_misses_rows_by_name_and_the_next_are_right(rig: StreamedRig) -> None:
    rig.pulse(*range(3))
    assert rig.pulses() == [0, 1, 2]
    rig.pulse(*range(3, 33))
    rows = rig.rows()
    assert [row.pulse for row in rows] == [*range(24, 33)], "of 12, those that will last"
    assert [row.missed_before for row in rows] == [21, *[0] * 8]
    assert all(seen_in(capture) == {row.pulse} for row in rows for capture in row.values())
    assert (rig.reader.missed.count, rig.reader.missed.ranges) == (21, (range(3, 24),))
    assert every_row_is_accounted_for(rig.reader, 33)
    (finding,) = rig.reader.findings
    assert finding.kind is ROWS_MISSED
    assert "21 rows were missed: pulses 3–23" in finding.what


def test_a_slow_program_has_time_for_each_row_that_it_gets(rig: StreamedRig) -> None:
    """It takes 90 ms for a row: 2.7 periods, within which nothing of the row is overwritten."""
    for pulse in range(200):
        rig.in_ms(pulse * PERIOD_MS, lambda pulse=pulse: rig.pulse(pulse))
    given = []
    while len(given) < 50:
        row = rig.next(timeout_s=1)
        rig.pass_ms(90)
        assert row.is_intact
        assert seen_in(row["left"]) == {row.pulse}
        given.append(row.pulse)
    assert given == sorted(set(given))
    assert rig.reader.missed.count == given[-1] + 1 - len(given)


def test_what_is_overwritten_between_label_and_row_is_missed(rig: StreamedRig) -> None:
    rig.pulse(0)
    assert rig.pulses() == [0]
    rig.give("front", 1, 2)
    assert rig.pulses() == []
    for pulse in range(3, 16):
        rig.give("front", pulse)
        assert rig.pulses() == []
    rig.give("left", *range(1, 16))
    assert rig.pulses() == [*range(7, 16)]
    assert rig.reader.missed.ranges == (range(1, 7),)


def test_what_a_worker_left_out_of_its_ring_is_missed_and_no_hole(rig: StreamedRig) -> None:
    rig.pulse(0)
    rig.pulse(1, without=["left"])
    rig.rings["left"].leave_out()
    rig.pulse(2, without=["left"])
    rig.pulse(3)
    assert [(row.pulse, row.complete) for row in rig.rows()] == [(0, True), (3, True)]
    assert rig.reader.missed.ranges == (range(1, 3),)
    (finding,) = rig.reader.findings
    assert (finding.kind, finding.device) == (ROWS_NOT_BROUGHT, "left"), "the program was fast enough"
    assert rig.reader.not_brought == {"left": 2}


def test_rows_that_a_program_was_too_slow_for_are_told_from_those_that_did_not_come() -> None:
    rig = StreamedRig("front", "left", "right", hosts=["left", "right"])
    rig.pulse(0)
    for name, left_out in (("left", 1), ("right", 2)):
        rig.rings[name].leave_out(left_out)
        rig.give(name, *range(1 + left_out, 4))
    rig.give("front", *range(1, 4))
    assert rig.pulses() == [0, 3]
    rig.pulse(*range(4, 34))
    assert rig.pulses() == [*range(25, 34)]
    assert rig.reader.not_brought == {"left": 1, "right": 2}
    slow, not_brought = rig.reader.findings
    assert (slow.kind, slow.what) == (ROWS_MISSED, "21 rows were missed: pulses 4–24")
    assert (not_brought.kind, not_brought.device) == (ROWS_NOT_BROUGHT, None)
    assert "2 rows were missed" in not_brought.what
    assert "2 of `right` at `other`, 1 of `left` at `other`; pulses 1–2" in not_brought.what
    assert rig.reader.missed.ranges == (range(1, 3), range(4, 25))


def test_late_captures_of_a_missed_row_are_not_late(rig: StreamedRig) -> None:
    rig.pulse(0)
    assert rig.pulses() == [0]
    rig.rings["front"].leave_out(2)
    rig.give("front", 3)
    assert rig.pulses() == []
    rig.give("left", 1, 2, 3)
    assert rig.pulses() == [3]
    assert rig.reader.late == {"front": 0, "left": 0}
    assert rig.reader.missed.ranges == (range(1, 3),)


def test_after_an_hour_away_a_program_goes_on_at_once(rig: StreamedRig) -> None:
    rig.pulse(0)
    assert rig.pulses() == [0]
    for ring in rig.rings.values():
        ring.leave_out(107_999)
    rig.pulse(*range(108_000, 108_012))
    assert rig.pulses() == [*range(108_003, 108_012)]
    assert rig.reader.missed.ranges == (range(1, 108_003),)


# --- only the newest ------------------------------------------------------------------------------------


def test_the_newest_whole_row_is_given_and_those_before_it_are_passed_over() -> None:
    rig = StreamedRig("front", "left", mode=Mode.NEWEST)
    rig.pulse(0, 1, 2)
    rig.pulse(3, without=["left"])
    rig.give("left", 4)
    row = rig.next()
    assert (row.pulse, row.complete, row.missed_before) == (2, True, 0)
    assert rig.reader.next(0) is None, "it was given"
    rig.give("front", 4)
    assert rig.next().pulse == 4
    rig.pulse(*range(5, 40))
    row = rig.next()
    assert row.pulse == 39
    assert seen_in(row["left"]) == {39}
    assert (rig.reader.given, rig.reader.missed.count) == (3, 0)
    assert rig.reader.skipped == 37
    assert every_row_is_accounted_for(rig.reader, 40)
    assert rig.reader.findings == ()


def test_the_newest_of_a_rig_that_lost_a_device_is_whole_without_it() -> None:
    rig = StreamedRig("front", "left", "right", mode=Mode.NEWEST)
    rig.pulse(0)
    rig.reader.lose("left")
    rig.pulse(1, 2, without=["left"])
    row = rig.next()
    assert (row.pulse, holes(row)) == (2, {"front": None, "left": LOST, "right": None})
    rig.give("front", 3)
    rig.give("right", 3, hole=HALF)
    assert rig.reader.next(0) is None
    rig.reader.finish(6)
    assert rig.reader.next() is None, "rows of nobody are not whole"
    assert rig.reader.ended


def test_the_newest_of_a_rig_with_a_silent_device_lacks_it_until_it_is_back() -> None:
    rig = StreamedRig("front", "left", mode=Mode.NEWEST)
    rig.pulse(0)
    assert rig.next().pulse == 0
    for pulse in range(1, 30):
        rig.in_ms(pulse * PERIOD_MS, lambda pulse=pulse: rig.give("front", pulse))
    begun_ns = rig.now_ns
    row = rig.next(timeout_s=1)
    assert (row.pulse, holes(row)) == (1, {"front": None, "left": LATE})
    assert (rig.now_ns - begun_ns) / 1e6 == pytest.approx(PERIOD_MS + PATIENCE_MS, abs=2)
    rig.pass_ms(1000)
    rig.give("left", *range(20, 30))
    row = rig.next()
    assert (row.pulse, row.complete) == (29, True), "and no later one that lacks somebody"
    rig.give("front", 30)
    rig.give("left", 30, hole=HALF)
    assert rig.reader.next(0) is None, "who is there and lacks an image is waited for"


# --- waiting --------------------------------------------------------------------------------------------


def test_waiting_rests_between_looks_and_ends_in_time(rig: StreamedRig) -> None:
    rig.pulse(0)
    assert rig.next().pulse == 0
    assert rig.reader.next(0.2) is None
    assert rig.now_ns == 1_200_000_000
    assert rig.rested[0] == pytest.approx(0.02)
    assert len(rig.rested) == 73, "and not 200, as where one looks each millisecond"
    assert not rig.reader.ended


def test_while_a_capture_waits_for_its_row_looks_are_frequent(rig: StreamedRig) -> None:
    rig.pulse(0)
    assert rig.next().pulse == 0
    rig.give("front", 1)
    assert rig.reader.next(0.0105) is None
    assert rig.rested == pytest.approx([0.001] * 10 + [0.0005])


@pytest.mark.parametrize(
    ("since_s", "expected_s"),
    [
        pytest.param(0.0, 0.02, id="right after a row"),
        pytest.param(0.013, 0.01, id="until the next may come"),
        pytest.param(0.0229, 0.001, id="never less than that"),
        pytest.param(0.03, 0.001, id="when it may come"),
        pytest.param(0.1, 0.005, id="when nothing comes"),
    ],
)
def test_one_rests_while_nothing_can_come(since_s: float, expected_s: float) -> None:
    assert rest_s(since_s, 0.033) == pytest.approx(expected_s, abs=2e-4)


def test_closing_ends_it(rig: StreamedRig) -> None:
    rig.pulse(0)
    rig.reader.close()
    assert rig.reader.next() is None
    assert all(ring.closed for ring in rig.rings.values())


# --- recordings that are played fast --------------------------------------------------------------------


def test_captures_that_wait_are_let_go_of_when_the_next_row_is_asked_for_and_no_row_is_missed() -> None:
    rig = StreamedRig("front", "left", captures=4, waits=True)
    front, left = rig.rings.values()
    given: list[int] = []
    coming = {"front": iter(range(50)), "left": iter(pulse for pulse in range(50) if pulse % 7)}
    while len(given) < 49:
        for name, pulses in coming.items():
            while rig.rings[name].has_room and (pulse := next(pulses, None)) is not None:
                rig.give(name, pulse)
        rig.pass_ms(1000)
        row = rig.reader.next(0)
        if row is not None:
            assert row.is_intact
            assert row["left"].hole is (None if row.pulse % 7 else SENSOR)
            given.append(row.pulse)
            assert front.let_go_to <= row.pulse, "the captures of this row are kept"
    assert given == [*range(49)]
    assert front.let_go_to == 48
    rig.reader.next(0)
    assert (front.let_go_to, left.let_go_to) == (49, 42)


def test_the_others_wait_for_no_device_that_came_to_its_end() -> None:
    rig = StreamedRig("front", "left", captures=4, waits=True)
    rig.pulse(0, 1)
    rig.give("front", 2)
    assert rig.pulses() == [0, 1]
    rig.reader.end("left")
    rig.give("front", 3)
    assert [(row.pulse, holes(row)) for row in rig.rows()] == [
        (2, {"front": None, "left": SENSOR}),
        (3, {"front": None, "left": SENSOR}),
    ]


# --- against the alignment of all that there was ---------------------------------------------------------


@st.composite
def streams(draw: st.DrawFn) -> dict[str, Any]:
    pulses = draw(st.integers(5, 45))
    names = ["front", "left", "right"][: draw(st.integers(1, 3))]
    some = st.sets(st.integers(1, pulses - 2), max_size=pulses // 3)
    delays = st.lists(st.one_of(st.integers(0, 40), st.integers(0, 500)), min_size=pulses, max_size=pulses)
    return {
        "pulses": pulses,
        "dropped": {name: draw(some) for name in names},
        "halves": {name: draw(some) for name in names},
        "left_out": {name: draw(st.one_of(st.just(set()), some)) for name in names},
        "delays_ms": {name: draw(delays) for name in names},
        "work_ms": draw(st.lists(st.sampled_from([0, 0, 0, 10, 60, 500]), min_size=1, max_size=9)),
        "captures": draw(st.sampled_from([6, 12])),
        "mode": draw(st.sampled_from([*Mode, Mode.EVERY])),
    }


def play(stream: dict[str, Any]) -> tuple[StreamedRig, list[LiveRow], Aligner]:
    """Let a program read a stream, with work to do for each row; and align all that the devices gave."""
    names = list(stream["dropped"])
    rig = StreamedRig(*names, captures=stream["captures"], mode=stream["mode"], step_ms=10)
    whole = Aligner([AlignedDevice.of(each.settings) for each in rig.devices], names[0], FPS, max_lag=np.inf)
    end_ms = 0.0
    for name in names:
        at_ms = 0.0
        for pulse in range(stream["pulses"]):
            at_ms = max(at_ms, pulse * PERIOD_MS + stream["delays_ms"][name][pulse])
            end_ms = max(end_ms, at_ms)
            if pulse in stream["dropped"][name]:
                continue
            hole = HALF if pulse in stream["halves"][name] else None
            at_us = round(pulse * 1e6 / FPS)
            whole.add(name, [Entry(pulse, 0, None if hole else at_us, at_us, None, hole)])
            if pulse in stream["left_out"][name]:
                rig.in_ms(at_ms, rig.rings[name].leave_out)
            else:
                rig.in_ms(at_ms, lambda name=name, pulse=pulse, hole=hole: rig.give(name, pulse, hole=hole))
    rig.in_ms(end_ms, lambda: rig.reader.finish(stream["pulses"]))
    rows = []
    while (row := rig.reader.next()) is not None:
        assert all(
            seen_in(each) == {row.pulse} for each in row.values() if each.depth_timestamp_us is not None
        )
        rows.append(row)
        rig.pass_ms(stream["work_ms"][len(rows) % len(stream["work_ms"])])
    return rig, rows, whole


@settings(max_examples=60, deadline=None)
@given(stream=streams())
def test_rows_are_those_of_the_alignment_but_for_what_is_told(stream: dict[str, Any]) -> None:
    rig, rows, whole = play(stream)
    expected = list(whole.finish(stream["pulses"]))
    reader = rig.reader
    assert every_row_is_accounted_for(reader, stream["pulses"])
    if stream["mode"] is Mode.NEWEST:
        given = [row.pulse for row in rows]
        assert given == sorted(set(given))
        assert {hole for row in rows for hole in holes(row).values()} <= {None, LATE}
        assert all(expected[row.pulse].complete for row in rows if row.complete)
        return
    told = {pulse for each in (range(reader.before), *reader.missed.ranges) for pulse in each}
    assert [row.pulse for row in rows] == [row.pulse for row in expected if row.pulse not in told]
    late = dict.fromkeys(rig.names, 0)
    for row in rows:
        for (name, capture), cell in zip(row.items(), expected[row.pulse].cells, strict=True):
            if capture.hole is LATE:
                late[name] += cell.capture is not None
                continue
            assert (capture.hole, capture.color_timestamp_us) == (cell.hole, cell.color_us)
            assert capture.depth_timestamp_us == cell.depth_us
    assert all(reader.late[name] <= count for name, count in late.items())
    if not reader.missed.count and not any(stream["left_out"].values()):
        assert reader.late == late
