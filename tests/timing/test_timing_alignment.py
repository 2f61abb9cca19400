"""The table pulse × device, streaming and over whole recordings, against a ground truth made elsewhere."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinect_sync.timing.alignment import AlignedDevice, Aligner, Entry, HoleReason, Row, pairing_error_us
from kinect_sync.timing.pulses import Offsets
from kinect_sync.timing.table import MISSING, CaptureTimes, align
from tests.timing.drifting import Drifting

SENSOR, QUEUE, HALF, LOST, LATE = (
    HoleReason.SENSOR_DROPPED,
    HoleReason.QUEUE_FULL,
    HoleReason.HALF_CAPTURE,
    HoleReason.DEVICE_LOST,
    HoleReason.LATE,
)
MASTER, LEFT = AlignedDevice("master"), AlignedDevice("left")


def entry(pulse: int, capture: int | None = 0, hole: HoleReason | None = None) -> Entry:
    return Entry(pulse, capture, 1000 * pulse, 1000 * pulse, pulse, hole)


def holes(rows: Iterable[Row]) -> list[tuple[int, list[HoleReason | None]]]:
    return [(row.pulse, [cell.hole for cell in row.cells]) for row in rows]


def test_a_row_waits_for_the_slowest_device() -> None:
    aligner = Aligner([MASTER, LEFT], "master", 30)
    aligner.add("master", [entry(0), entry(1), entry(2)])
    assert holes(aligner.rows()) == []
    aligner.add("left", [entry(0)])
    assert holes(aligner.rows()) == [(0, [None, None])]
    aligner.add("left", [entry(2)])
    assert holes(aligner.rows()) == [(1, [None, SENSOR]), (2, [None, None])]


def test_rows_not_taken_stay() -> None:
    aligner = Aligner([MASTER], "master", 30)
    aligner.add("master", [entry(0), entry(1)])
    assert next(aligner.rows()).pulse == 0
    assert [row.pulse for row in aligner.rows()] == [1]


def test_every_hole_has_its_reason() -> None:
    aligner = Aligner([MASTER, LEFT], "master", 30)
    aligner.add("master", [entry(pulse) for pulse in range(6)])
    aligner.add("left", [entry(1, None, QUEUE), entry(2, 0, HALF), entry(3, 1)])
    aligner.lose("left")
    rows = list(aligner.rows())
    assert [cell.hole for _, cell in (row.cells for row in rows)] == [SENSOR, QUEUE, HALF, None, LOST, LOST]
    assert [row.complete for row in rows] == [False, False, False, True, False, False]
    half = rows[2].cells[1]
    assert (half.capture, half.color_us) == (0, 2000), "a half capture is in the file and is a hole"


def test_a_lost_device_may_still_report_what_is_undecided() -> None:
    aligner = Aligner([MASTER, LEFT], "master", 30)
    aligner.lose("left")
    aligner.add("left", [entry(0)])
    aligner.add("master", [entry(0), entry(1)])
    assert holes(aligner.rows()) == [(0, [None, None]), (1, [None, LOST])]
    aligner.add("left", [entry(1), entry(2)])
    assert aligner.late["left"] == 1
    aligner.add("master", [entry(3)])
    assert holes(aligner.rows()) == [(2, [SENSOR, None]), (3, [None, LOST])]


def test_a_rig_that_is_lost_as_a_whole_ends() -> None:
    aligner = Aligner([MASTER, LEFT], "master", 30)
    aligner.add("master", [entry(0), entry(1)])
    aligner.lose("master")
    aligner.lose("left")
    assert holes(aligner.rows()) == [(0, [None, LOST]), (1, [None, LOST])]
    assert holes(aligner.finish(3)) == [(2, [LOST, LOST])]


def test_a_device_that_came_to_its_end_has_dropped_what_it_has_not_reported() -> None:
    aligner = Aligner([MASTER, LEFT], "master", 30)
    aligner.add("master", [entry(0), entry(1), entry(2)])
    aligner.end("left")
    aligner.add("left", [entry(1)])
    assert holes(aligner.rows()) == [(0, [None, SENSOR]), (1, [None, None]), (2, [None, SENSOR])]
    aligner.lose("left")
    assert holes(aligner.finish(4)) == [(3, [SENSOR, LOST])]


@pytest.mark.parametrize(
    ("end_pulse", "expected"),
    [
        pytest.param(None, [(0, [None, None]), (1, [None, SENSOR])], id="up to the last pulse anyone has"),
        pytest.param(1, [(0, [None, None])], id="what lies behind the end is in no row"),
        pytest.param(
            3, [(0, [None, None]), (1, [None, SENSOR]), (2, [SENSOR, SENSOR])], id="the end nobody reached"
        ),
        pytest.param(0, [], id="an empty take"),
    ],
)
def test_the_end(end_pulse: int | None, expected: list[tuple[int, list[HoleReason | None]]]) -> None:
    aligner = Aligner([MASTER, LEFT], "master", 30)
    aligner.add("master", [entry(0), entry(1)])
    aligner.add("left", [entry(0)])
    assert holes(aligner.finish(end_pulse)) == expected
    assert holes(aligner.finish(end_pulse)) == []


def test_a_device_that_lags_too_far_is_not_waited_for() -> None:
    aligner = Aligner([MASTER, LEFT], "master", 30, max_lag=10)
    aligner.add("left", [entry(0)])
    for pulse in range(25):
        aligner.add("master", [entry(pulse)])
        list(aligner.rows()) if pulse < 20 else None
    late = holes(aligner.rows())
    assert late == [(pulse, [None, LATE]) for pulse in range(10, 15)]
    aligner.add("left", [entry(pulse) for pulse in range(1, 25)])
    assert aligner.late["left"] == 14
    assert all(reasons == [None, None] for _, reasons in holes(aligner.rows()))


def test_a_row_can_be_decided_before_its_time() -> None:
    aligner = Aligner([MASTER, LEFT], "master", 30)
    aligner.add("master", [entry(0), entry(1), entry(2)])
    aligner.add("left", [entry(0)])
    assert holes(aligner.rows_before(2)) == [(0, [None, None]), (1, [None, LATE])]
    assert aligner.next_pulse == 2
    aligner.add("left", [entry(1), entry(2)])
    assert aligner.late == {"master": 0, "left": 1}
    assert holes(aligner.rows()) == [(2, [None, None])]
    assert holes(aligner.rows_before(2)) == [], "what is decided stays so"


def test_rows_can_be_skipped() -> None:
    aligner = Aligner([MASTER, LEFT], "master", 30)
    aligner.add("master", [entry(pulse) for pulse in range(8)])
    aligner.add("left", [entry(0), entry(3)])
    aligner.skip_to(4)
    assert (aligner.next_pulse, aligner.buffered) == (4, 4)
    aligner.skip_to(2)
    assert aligner.next_pulse == 4, "nobody goes back"
    aligner.add("left", [entry(5)])
    assert holes(aligner.rows()) == [(4, [None, SENSOR]), (5, [None, None])]
    assert holes(aligner.finish(None)) == [(6, [None, SENSOR]), (7, [None, SENSOR])]


def test_memory_is_bounded_while_a_device_hangs() -> None:
    aligner = Aligner([MASTER, LEFT], "master", 30)
    aligner.add("left", [entry(0)])
    most = decided = 0
    for pulse in range(20_000):
        aligner.add("master", [entry(pulse)])
        decided += sum(1 for _ in aligner.rows())
        most = max(most, aligner.buffered)
    assert most <= 30 * 30 + 1
    assert decided >= 20_000 - 30 * 30 - 1


@pytest.mark.parametrize("pulse", [4, 5], ids=["behind", "again"])
def test_entries_out_of_order_are_a_mistake_of_the_caller(pulse: int) -> None:
    aligner = Aligner([MASTER], "master", 30)
    aligner.add("master", [entry(5)])
    with pytest.raises(ValueError, match="master: pulse"):
        aligner.add("master", [entry(pulse)])


@pytest.mark.parametrize(
    ("devices", "reference"),
    [
        pytest.param([MASTER], "left", id="the reference is no device"),
        pytest.param([MASTER, MASTER], "master", id="two devices of one name"),
    ],
)
def test_columns_must_be_clear(devices: list[AlignedDevice], reference: str) -> None:
    with pytest.raises(ValueError, match="reference"):
        Aligner(devices, reference, 30)


SUB, DEPTH_ONLY = (
    AlignedDevice("left", Offsets(200.0, 50.0)),
    AlignedDevice("left", Offsets(200.0, 0.0), has_color=False),
)


@pytest.mark.parametrize(
    ("reference", "device", "reference_us", "device_us", "expected"),
    [
        pytest.param(MASTER, SUB, (1000, 1000), (1203, 1300), 3.0, id="late by 3 µs"),
        pytest.param(MASTER, SUB, (1000, 1000), (1190, 1240), -10.0, id="early by 10 µs"),
        pytest.param(MASTER, DEPTH_ONLY, (1000, 900), (None, 1207), 7.0, id="depth against the color"),
        pytest.param(SUB, MASTER, (1200, 1250), (1001, 1001), 1.0, id="the reference has a delay of its own"),
        pytest.param(DEPTH_ONLY, SUB, (None, 1200), (1204, 1250), 4.0, id="a reference without color"),
        pytest.param(MASTER, SUB, (None, 1000), (1200, 1250), None, id="the reference lacks its color"),
        pytest.param(MASTER, SUB, (1000, 1000), (None, 1250), None, id="the device lacks its color"),
    ],
)
def test_residuals(
    reference: AlignedDevice,
    device: AlignedDevice,
    reference_us: tuple[int | None, int | None],
    device_us: tuple[int | None, int | None],
    expected: float | None,
) -> None:
    first = AlignedDevice("master", reference.offsets, reference.has_color)
    second = AlignedDevice("left", device.offsets, device.has_color)
    aligner = Aligner([second, first], "master", 30)
    aligner.add("master", [Entry(0, 0, *reference_us, 0, None)])
    aligner.add("left", [Entry(0, 0, *device_us, 0, None)])
    (row,) = aligner.rows()
    assert row.cells[0].residual_us == expected
    recorded = [
        CaptureTimes(each, *(np.array([MISSING if us is None else us]) for us in pair))
        for each, pair in ((second, device_us), (first, reference_us))
    ]
    (again,) = align(recorded, "master", 30).rows()
    assert again.cells[0].residual_us == expected


def test_no_residual_without_the_reference() -> None:
    aligner = Aligner([MASTER, LEFT], "master", 30)
    aligner.add("left", [entry(0), entry(1)])
    aligner.add("master", [entry(1)])
    residuals = [[cell.residual_us for cell in row.cells] for row in aligner.rows()]
    assert residuals == [[None, None], [0.0, 0.0]]


@pytest.mark.parametrize(
    ("color_us", "depth_us", "expected"),
    [(1000, 1160, 10.0), (1000, 1100, -50.0), (None, 1100, None), (1000, None, None)],
)
def test_pairing(color_us: int | None, depth_us: int | None, expected: float | None) -> None:
    assert pairing_error_us(color_us, depth_us, Offsets(999.0, 150.0)) == expected


# --- against the ground truth ---------------------------------------------------------------------------


def stream(devices: list[Drifting], chunk: int) -> Iterator[Row]:
    """Feed all devices by chunks of pulses, as workers do, with every worker's chunk of another size."""
    aligner = Aligner([device.device for device in devices], devices[0].name, devices[0].fps)
    entries = {device.name: device.entries() for device in devices}
    for start in range(0, max(len(each) for each in entries.values()), chunk):
        for name, each in entries.items():
            aligner.add(name, each[start : start + chunk])
        yield from aligner.rows()
    yield from aligner.finish(None)


def assert_true(devices: list[Drifting], rows: list[Row]) -> None:
    """See that every capture stands in the row of the pulse that made it, and each hole where it was."""
    for column, device in enumerate(devices):
        number_of = {int(pulse): number for number, pulse in enumerate(device.truth)}
        for row in rows:
            assert row.cells[column].capture == number_of.get(row.pulse), (device.name, row.pulse)


@st.composite
def rigs(draw: st.DrawFn) -> list[Drifting]:
    fps, pulses = draw(st.sampled_from([5, 15, 30])), 400
    limit_ticks = 90_000 // fps
    gaps = st.sets(st.integers(1, pulses - 1), max_size=120).map(frozenset)
    devices = []
    for name in ["master", "left", "right"][: draw(st.integers(1, 3))]:
        half = draw(gaps)
        devices.append(
            Drifting(
                name,
                fps=fps,
                pulses=pulses,
                ppm=draw(st.floats(-500, 500)),
                jitter_us=draw(st.floats(0, 100)),
                sub_delay_ticks=0 if name == "master" else draw(st.integers(0, limit_ticks)),
                depth_delay_ticks=draw(st.integers(-limit_ticks, limit_ticks)),
                dropped=draw(gaps) if name != "master" else frozenset(),
                no_color=frozenset(pulse for pulse in half if pulse % 2),
                no_depth=frozenset(pulse for pulse in half if not pulse % 2),
                seed=draw(st.integers(0, 2**32 - 1)),
            )
        )
    return devices


@settings(max_examples=60, deadline=None)
@given(devices=rigs(), chunk=st.integers(1, 500))
def test_no_wrong_row_whatever_drops_drifts_and_delays(devices: list[Drifting], chunk: int) -> None:
    streamed = list(stream(devices, chunk))
    table = align([device.recording() for device in devices], devices[0].name, devices[0].fps)
    rebuilt = list(table.rows())
    assert table.first_pulse == 0
    assert_true(devices, rebuilt)
    assert_true(devices, streamed)
    assert [row.complete for row in streamed] == table.complete.tolist()
    for ours, theirs in zip(streamed, rebuilt, strict=True):
        for one, other in zip(ours.cells, theirs.cells, strict=True):
            assert (one.capture, one.color_us, one.depth_us) == (
                other.capture,
                other.color_us,
                other.depth_us,
            )
            assert one.residual_us == pytest.approx(other.residual_us)
            reason = HoleReason.NOT_RECORDED if one.hole is HoleReason.SENSOR_DROPPED else one.hole
            assert other.hole == reason


def nine_devices(pulses: int) -> list[Drifting]:
    chance = np.random.default_rng(7)
    return [
        Drifting(
            f"d{i}",
            pulses=pulses,
            ppm=0.0 if i == 0 else (400.0 if i % 2 else -400.0),
            jitter_us=30,
            sub_delay_ticks=14 * i,
            dropped=frozenset(chance.integers(1, pulses, pulses // 50).tolist()),
            seed=i,
        )
        for i in range(9)
    ]


def test_an_hour_of_nine_devices_at_400_ppm_has_no_wrong_row() -> None:
    """After an hour two clocks are 2.9 s apart, 86 pulses: nearest timestamps would all be wrong."""
    devices = nine_devices(108_000)
    table = align([device.recording() for device in devices], "d0", 30)
    expected = np.full((108_000, 9), MISSING)
    for column, device in enumerate(devices):
        expected[device.truth, column] = np.arange(len(device.truth))
    assert (table.captures == expected).all()
    assert np.nanmax(np.abs(table.residual_us[-100:, 1:])) > 1.4e6


@pytest.mark.parametrize("starts", [(0, 5, 3), (4, 0, 0)])
def test_files_that_begin_anywhere_meet_at_the_first_common_pulse(starts: tuple[int, ...]) -> None:
    devices = [
        Drifting(f"d{i}", pulses=60, ppm=100.0 * i, dropped=frozenset(range(start)))
        for i, start in enumerate(starts)
    ]
    table = align([device.recording() for device in devices], "d0", 30)
    assert table.captures[0].tolist() == [max(starts) - start for start in starts]
    assert len(table) == 60 - max(starts)
    assert table.complete.all()


def test_anchors_of_the_take_hold_where_the_clocks_are_far_apart() -> None:
    """A rig that waited for long before it recorded: the clocks differ by periods at the first pulse."""
    late = Drifting("d1", pulses=90, zero_us=246_233.0 + 500_000, dropped=frozenset({0, 1}))
    devices = [Drifting("d0", pulses=90), late]
    anchors = {device.name: device.zero_us for device in devices}
    table = align([device.recording() for device in devices], "d0", 30, anchors)
    assert table.complete.tolist() == [False] * 2 + [True] * 88, "pulse 0 stays the first row"


def test_repeated_and_timeless_captures_are_in_no_row() -> None:
    color = np.array([0, 33333, 33340, 66666, MISSING, 100000])
    table = align([CaptureTimes(LEFT, color, color)], "left", 30)
    assert table.captures[:, 0].tolist() == [0, 1, 3, 5]


def test_recordings_without_a_common_pulse_give_no_rows() -> None:
    devices = [
        Drifting("d0", pulses=4, dropped=frozenset({1, 3})),
        Drifting("d1", pulses=4, dropped=frozenset({0, 2})),
    ]
    table = align([device.recording() for device in devices], "d0", 30)
    assert len(table) == 0
    assert list(table.rows()) == []


def test_an_empty_reference_cannot_be_aligned_against() -> None:
    empty = CaptureTimes(MASTER, np.array([], dtype=np.int64), np.array([], dtype=np.int64))
    with pytest.raises(ValueError, match="no captures"):
        align([empty, Drifting("d1").recording()], "master", 30)


def test_a_table_is_made_in_little_more_than_its_own_memory() -> None:
    """Ten hours of nine devices are 10 million cells: what stands beside the table counts."""
    pulses = 20_000
    times = 200_000 + np.round(np.arange(pulses) * 1e6 / 30).astype(np.int64)
    recordings = [CaptureTimes(AlignedDevice(f"d{number}"), times, times) for number in range(9)]
    tracemalloc.start()
    try:
        table = align(recordings, "d0", 30)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(table) == pulses
    assert peak < 1.4 * kept
