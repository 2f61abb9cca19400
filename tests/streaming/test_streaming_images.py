"""Images of live rows: where they are in memory, told when they are gone, and copied within a bound."""

from __future__ import annotations

import copy
import gc
import pickle
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinect_sync.errors import UsageError
from kinect_sync.findings.export import IMAGE_BROKEN
from kinect_sync.findings.files import IMAGE_ABSENT
from kinect_sync.findings.streaming import HELD_TOO_MUCH, IMAGE_OVERWRITTEN
from kinect_sync.rig.modes import ColorFormat, ColorResolution, DepthMode
from kinect_sync.steady import steady_ns
from kinect_sync.streaming.holding import MOST_HELD_BYTES
from kinect_sync.streaming.live_rows import LiveCapture, LiveRow
from kinect_sync.streaming.row_reader import RowReader
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.wire.capture_ring import RingReader, RingWriter, ring_name
from kinect_sync.wire.direction import StreamedDevice
from tests.streaming.memory_ring import SHAPE, StreamedRig, seen_in
from tests.takes.recorded import settings, take

ROW_NBYTES = 3 * 2 * SHAPE[0] * SHAPE[1]
"""What a copy in the memory of a `MemoryRing` takes: a place."""


@pytest.fixture
def rig() -> StreamedRig:
    return StreamedRig("front", captures=12)


def overwrite(rig: StreamedRig, row: LiveRow) -> None:
    rig.pulse(*range(row.pulse + 1, row.pulse + 13))


IMAGES: dict[str, Callable[[LiveCapture], Any]] = {
    "depth": lambda capture: capture.depth,
    "ir": lambda capture: capture.ir,
    "color_data": lambda capture: capture.color_data,
    "color_jpeg": lambda capture: capture.color_jpeg,
    "color": lambda capture: capture.color(),
}


# --- where they are -------------------------------------------------------------------------------------


def test_depth_and_ir_are_views_and_read_only(rig: StreamedRig) -> None:
    rig.pulse(7)
    front = rig.next()["front"]
    assert np.shares_memory(front.depth, front.depth)
    for image in (front.depth, front.ir):
        assert (image.shape, image.dtype) == (SHAPE, np.uint16)
        with pytest.raises(ValueError, match="read-only"):
            image[0, 0] = 1
    assert front.color_data == front.color_jpeg == bytes([7, 0, 7, 0, 7])


def test_a_jpeg_that_is_none_is_broken(rig: StreamedRig) -> None:
    rig.pulse(0)
    front = rig.next()["front"]
    with pytest.raises(UsageError, match="color of pulse 0 is broken") as refused:
        front.color()
    assert [(each.kind, each.device) for each in refused.value.findings] == [(IMAGE_BROKEN, "front")]


def test_an_image_that_is_not_there_is_told(rig: StreamedRig) -> None:
    rig.give("front", 0, hole=HoleReason.HALF_CAPTURE)
    half = rig.next()["front"]
    assert seen_in(half) == {0}
    with pytest.raises(UsageError, match="pulse 0 is a hole: half_capture") as refused:
        half.color_jpeg  # noqa: B018 - reading it is what is refused
    assert [(each.kind, each.device) for each in refused.value.findings] == [(IMAGE_ABSENT, "front")]


@pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)
def test_an_image_that_was_overwritten_is_told_and_not_used(
    rig: StreamedRig, image: Callable[[LiveCapture], Any]
) -> None:
    rig.pulse(0)
    row = rig.next()
    assert row.is_intact
    overwrite(rig, row)
    assert not row.is_intact
    assert not row["front"].is_intact
    with pytest.raises(UsageError, match="pulse 0 were overwritten") as refused:
        image(row["front"])
    assert [(each.kind, each.device) for each in refused.value.findings] == [(IMAGE_OVERWRITTEN, "front")]


def test_a_view_that_is_overwritten_while_it_is_used_is_detected(rig: StreamedRig) -> None:
    rig.pulse(0)
    row = rig.next()
    depth = row["front"].depth
    rig.pulse(*range(1, 14))
    assert depth[0, 0] == 13, "the very memory: a ring of 12 has 13 places"
    assert not row.is_intact


def test_color_that_is_overwritten_while_it_is_copied_is_not_given(
    rig: StreamedRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.pulse(0)
    row = rig.next()
    ring, view = rig.rings["front"], rig.rings["front"].view

    def slow_view(number: int) -> Any:
        found = view(number)
        overwrite(rig, row)
        return found

    monkeypatch.setattr(ring, "view", slow_view)
    with pytest.raises(UsageError, match="overwritten"):
        row["front"].color_data  # noqa: B018 - reading it is what is refused


# --- copies ---------------------------------------------------------------------------------------------


def test_what_is_held_stays(rig: StreamedRig) -> None:
    rig.pulse(0)
    rig.next()
    rig.rings["front"].leave_out(2)
    rig.pulse(3)
    row = rig.next()
    held = row.hold()
    overwrite(rig, row)
    assert (held.pulse, held.complete, held.missed_before, held.is_intact) == (3, True, 2, True)
    assert held["front"] == row["front"], "told of the same capture"
    assert seen_in(held["front"]) == {3}
    assert held["front"].color_data == bytes([3, 0, 3, 0, 3])
    assert held.age_ms == row.age_ms
    for image in (held["front"].depth, held["front"].ir):
        with pytest.raises(ValueError, match="read-only"):
            image[0, 0] = 1
    assert held.hold()["front"].depth is held["front"].depth


def test_what_is_made_of_a_row_is_of_its_own_images_however_long_that_takes() -> None:
    class Space:
        """Sees with a camera what a device has seen."""

        def view(self, capture_of: Callable[[str], LiveCapture], view: object, device: str) -> Any:
            return seen_in(capture_of(device))

    rig = StreamedRig("front", "left", captures=12, space=Space)
    rig.pulse(3)
    row = rig.next()
    assert row.view("front.color", "front") == {3}
    overwrite(rig, row)
    assert not row.is_intact
    assert row.view("front.color", "left") == {3}


def test_what_is_overwritten_already_is_not_held(rig: StreamedRig) -> None:
    rig.pulse(0)
    row = rig.next()
    overwrite(rig, row)
    with pytest.raises(UsageError) as refused:
        row.hold()
    assert [(each.kind, each.device) for each in refused.value.findings] == [(IMAGE_OVERWRITTEN, "front")]


def test_a_hole_is_held_like_anything() -> None:
    rig = StreamedRig("front", "left")
    rig.pulse(0)
    rig.pulse(1, without=["left"])
    rig.pulse(2)
    _, row, _ = rig.rows()
    held = row.hold()
    assert (held["left"].hole, held.is_intact) == (HoleReason.SENSOR_DROPPED, True)
    assert seen_in(held["front"]) == {1}


def test_a_program_that_holds_everything_is_refused_at_its_bound_and_goes_on() -> None:
    rig = StreamedRig("front", most_held_bytes=10 * ROW_NBYTES)
    kept = []
    for pulse in range(10):
        rig.pulse(pulse)
        kept.append(rig.next().hold())
    rig.pulse(10)
    row = rig.next()
    with pytest.raises(UsageError, match="pulse 10 would come to more") as refused:
        row.hold()
    assert [each.kind for each in refused.value.findings] == [HELD_TOO_MUCH]
    depth = kept.pop(0)["front"].depth
    gc.collect()
    with pytest.raises(UsageError, match="pulse 10"):
        row.hold()
    assert depth[0, 0] == 0, "an image alone is held as well"
    del depth
    gc.collect()
    assert seen_in(row.hold()["front"]) == {10}


def through_pickle(row: LiveRow) -> Any:
    return pickle.loads(pickle.dumps(row))


def rows_for_processes(most_held_bytes: int = MOST_HELD_BYTES) -> tuple[LiveRow, LiveRow]:
    """A whole row, and one with a hole, on the clock of all processes."""
    rig = StreamedRig("front", "left")
    for pulse in range(3):
        rig.pulse(pulse, without=["left"] if pulse == 1 else [])
    reader = RowReader(rig.devices, "front", 30, rings=rig.rings, most_held_bytes=most_held_bytes)
    whole, holed = reader.next(0), reader.next(0)
    assert whole is not None
    assert holed is not None
    return whole, holed


@pytest.mark.parametrize("sent", [through_pickle, copy.deepcopy])
def test_what_is_held_goes_to_another_process(sent: Callable[[LiveRow], LiveRow]) -> None:
    whole, holed = (sent(row.hold()) for row in rows_for_processes())
    assert (whole.pulse, whole.missed_before, whole.complete, whole.is_intact) == (0, 0, True, True)
    assert [seen_in(each) for each in (whole["front"], whole["left"], holed["front"])] == [{0}, {0}, {1}]
    assert whole["front"].color_data == bytes(5)
    assert not whole["front"].depth.flags.writeable
    with pytest.raises(UsageError, match="pulse 1 is a hole: sensor_dropped"):
        holed["left"].depth  # noqa: B018 - reading it is what is refused


def test_what_came_from_another_process_counts_as_nothing() -> None:
    row, other = rows_for_processes(most_held_bytes=2 * ROW_NBYTES)
    there = through_pickle(row.hold())
    gc.collect()
    assert other.hold().pulse == there.pulse + 1
    assert seen_in(there.hold()["left"]) == {0}


@pytest.mark.parametrize("sent", [through_pickle, copy.deepcopy])
@pytest.mark.parametrize("part", [lambda row: row, lambda row: row["left"]], ids=["row", "capture"])
def test_what_is_not_held_is_not_sent_and_told_the_next_step(
    sent: Callable[[Any], Any], part: Callable[[LiveRow], Any]
) -> None:
    with pytest.raises(TypeError, match=r"hold\(\) it first"):
        sent(part(rows_for_processes()[0]))


def test_a_program_that_keeps_every_row_keeps_no_images(rig: StreamedRig) -> None:
    kept = []
    tracemalloc.start()
    try:
        for pulse in range(400):
            rig.pulse(pulse)
            kept.append(rig.next())
            if pulse == 200:
                before, _ = tracemalloc.get_traced_memory()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (after - before) / 200 < 2500, "bytes a row: what is told of it"
    assert [row.pulse for row in kept if row.is_intact] == [*range(388, 400)]


# --- in files, as workers write them ---------------------------------------------------------------------


def test_rows_come_from_rings_that_workers_write(tmp_path: Path) -> None:
    """Rings that come after their reader; raw color, as nothing in it is left to a JPEG."""
    kinds = {
        "front": settings(name="front", color_format=ColorFormat.NV12, depth_mode=DepthMode.NFOV_2X2BINNED),
        "left": settings(name="left", color_resolution=ColorResolution.OFF, depth_mode=DepthMode.PASSIVE_IR),
    }
    paths = {name: tmp_path / ring_name(name) for name in kinds}
    devices = [StreamedDevice(settings=each) for each in kinds.values()]
    rings = {name: RingReader(path) for name, path in paths.items()}
    reader = RowReader(devices, "front", 30, rings=rings)
    assert reader.next(0) is None
    writers = {name: RingWriter(paths[name], kind, captures=4) for name, kind in kinds.items()}
    captures = {name: take(kind, 12) for name, kind in kinds.items()}
    begin_ns = steady_ns()

    def put(pulse: int) -> LiveRow | None:
        for name, writer in writers.items():
            writer.put(captures[name][pulse], pulse, None)
        return reader.next(0)

    rows = [put(pulse) for pulse in range(4)]
    assert [row and row.pulse for row in rows] == [0, 1, 2, 3]
    row = rows[-1]
    assert row is not None
    front, left = (captures[name][3] for name in kinds)
    assert front.color is not None
    assert front.depth is not None
    assert left.ir is not None
    assert row["front"].color_data == front.color.data.tobytes()
    assert row["front"].color().shape == (720, 1280, 3)
    assert np.array_equal(row["front"].depth, front.depth.data)
    assert np.array_equal(row["left"].ir, left.ir.data)
    with pytest.raises(UsageError, match="pulse 3 has no depth: it was off"):
        row["left"].depth  # noqa: B018 - reading it is what is refused
    with pytest.raises(UsageError, match="recorded as nv12"):
        row["front"].color_jpeg  # noqa: B018 - reading it is what is refused
    held, ir = row.hold(), row["left"].ir
    for pulse in range(4, 12):
        put(pulse)
    assert not row.is_intact
    assert np.array_equal(held["left"].ir, left.ir.data)
    assert held["front"].color_data == front.color.data.tobytes()
    assert steady_ns() > begin_ns
    reader.close()
    for writer in writers.values():
        writer.close()
    assert ir.shape == left.ir.data.shape, "what was given may be looked at when the stream is over"
    assert int(ir[0, 0]) >= 0
