"""What a worker puts into a ring is read whole or not at all, however its writing and the reading cross."""

from __future__ import annotations

import errno
import gc
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kinect_sync.captures import Capture, Image
from kinect_sync.rig.modes import ColorFormat, ColorResolution, DepthMode
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.wire import capture_ring, ring_layout
from kinect_sync.wire.capture_ring import RingReader, RingWriter, ring_name
from kinect_sync.wire.ring_layout import Published, RingImages, most_nbytes
from tests.cli.commands import PATIENCE_S
from tests.limits import no_more_files
from tests.takes.recorded import settings, take

DEVICE = settings(depth_mode=DepthMode.NFOV_2X2BINNED)
CAPTURES = take(DEVICE, 9)
LINE = 64
"""Bytes that a processor writes to memory at once."""


def same(found: Capture, wanted: Capture) -> bool:
    images = zip((found.color, found.depth, found.ir), (wanted.color, wanted.depth, wanted.ir), strict=True)
    return found.host_time_ns == wanted.host_time_ns and all(
        (one is None) == (other is None)
        and (
            one is None
            or other is None
            or (
                np.array_equal(one.data.reshape(-1), other.data.reshape(-1))
                and one.device_timestamp_usec == other.device_timestamp_usec
                and one.exposure_us == other.exposure_us
            )
        )
        for one, other in images
    )


def shows(images: RingImages | None, wanted: Capture) -> bool:
    """Whether views are of these images."""
    expected = (wanted.color, wanted.depth, wanted.ir)
    return images is not None and all(
        found is None if image is None else found is not None and np.array_equal(found, image.data)
        for found, image in zip(images, expected, strict=True)
    )


class Shown:
    """A device that publishes, and somebody who looks."""

    def __init__(self, folder: Path, captures: int = 2, **changes: Any) -> None:
        self.path = folder / ring_name("front")
        self.now_ns = 1000
        self.reader = RingReader(self.path)
        self.captures = captures
        self._changes = changes

    def begin(self) -> RingWriter:
        self.writer = RingWriter(
            self.path,
            settings(**self._changes),
            captures=self.captures,
            clock_ns=lambda: self.now_ns,
        )
        return self.writer

    def put(self, *captures: Capture) -> None:
        for each in captures:
            self.writer.put(each, None, None)

    def read(self, after: int = 0) -> Published:
        found = self.reader.copy_newest(after)
        assert found is not None
        return found

    def snapshot_after(self, captures: list[Capture]) -> np.ndarray[Any, Any]:
        self.put(*captures)
        return np.frombuffer(self.path.read_bytes(), np.uint8).copy()

    def overwrite(self, content: np.ndarray[Any, Any]) -> None:
        """Let the mapped bytes be others."""
        with self.path.open("r+b") as stream:
            stream.write(content.tobytes())


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    return Shown(tmp_path)


@pytest.fixture
def ring(tmp_path: Path) -> Shown:
    """A ring of four captures."""
    shown = Shown(tmp_path, captures=4)
    shown.begin()
    return shown


# --- one who looks at the newest ------------------------------------------------------------------------


def test_the_newest_is_copied_with_its_number_and_its_moment(shown: Shown) -> None:
    shown.begin()
    assert shown.reader.copy_newest() is None, "nothing was published yet"
    for number, each in enumerate(CAPTURES, 1):
        shown.now_ns += 10
        shown.put(each)
        found = shown.read()
        assert same(found.capture, each)
        assert (found.label.number, found.label.published_ns) == (number, 1000 + 10 * number)
        assert found.settings == DEVICE
        assert shown.reader.copy_newest(after=number) is None


def test_a_reader_may_come_before_the_writer_and_stay_after_it(shown: Shown) -> None:
    assert (shown.reader.copy_newest(), shown.reader.captures, shown.reader.settings) == (None, 0, None)
    shown.begin()
    shown.put(CAPTURES[0])
    shown.writer.close()
    found = shown.read()
    assert (same(found.capture, CAPTURES[0]), found.label.published_ns) == (True, 1000), "its age is known"
    shown.path.unlink()
    shown.reader.let_go(1)
    assert shown.reader.copy_newest() is not None
    shown.reader.close()
    assert shown.reader.copy_newest() is None


def test_a_ring_that_the_system_lets_nobody_map_is_told_from_one_that_may_still_come(shown: Shown) -> None:
    assert (shown.reader.captures, shown.reader.failure) == (0, None)
    shown.begin()
    for left in (0, 1):  # to open it, and to map it
        with no_more_files(left):
            assert shown.reader.captures == 0
        assert shown.reader.failure is not None
        assert shown.reader.failure.errno == errno.EMFILE
    assert (shown.reader.captures, shown.reader.failure) == (2, None), "it is tried again"
    with no_more_files():
        shown.reader.let_go(1)
    assert shown.reader.failure is not None, "its writer would wait for ever"


@pytest.mark.parametrize(
    "changes",
    [
        {"color_resolution": ColorResolution.OFF},
        {"depth_mode": DepthMode.OFF},
        {"depth_mode": DepthMode.PASSIVE_IR},
        {"color_format": ColorFormat.BGRA32},
        {"color_format": ColorFormat.NV12},
    ],
    ids=lambda changes: "-".join(map(str, changes.values())),
)
def test_every_mode_is_published_as_it_came(tmp_path: Path, changes: dict[str, Any]) -> None:
    shown = Shown(tmp_path, **changes)
    shown.begin()
    for number, each in enumerate(take(settings(**changes), 2), 1):
        color = each.color and replace(each.color, exposure_us=8330)
        wanted = replace(each, color=color)
        shown.put(wanted)
        found = shown.read()
        assert same(found.capture, wanted)
        assert (found.label.color_us, found.label.depth_us) == (wanted.color_us, wanted.depth_us)
        assert found.label.nbytes == wanted.nbytes
        assert shows(shown.reader.view(number), wanted)
        gray = (found.capture.depth, found.capture.ir)
        assert all(image is None or image.data.flags.aligned for image in gray)


def test_a_capture_half_of_which_is_missing_is_one(shown: Shown) -> None:
    shown.begin()
    half = replace(CAPTURES[0], color=None, ir=None)
    shown.writer.put(half, 7, HoleReason.HALF_CAPTURE)
    found = shown.read()
    assert same(found.capture, half)
    assert (found.label.pulse, found.label.hole, found.label.color_us) == (7, HoleReason.HALF_CAPTURE, None)


@pytest.mark.parametrize("which", ["color", "depth"])
def test_an_image_for_which_there_is_no_room_is_left_out_and_a_hole(shown: Shown, which: str) -> None:
    huge = np.zeros(most_nbytes(DEVICE) + 4096, np.uint8)
    if which == "depth":
        huge = huge.view(np.uint16).reshape(2, -1)
    image = Image(huge, 5, 5)
    shown.begin()
    shown.writer.put(replace(CAPTURES[0], **{which: image}), 3, None)
    found = shown.read()
    assert same(found.capture, replace(CAPTURES[0], **{which: None}))
    assert found.label.hole is HoleReason.HALF_CAPTURE


# --- one who reads all of them --------------------------------------------------------------------------


def test_labels_tell_of_each_capture_that_the_ring_holds_and_views_show_it(ring: Shown) -> None:
    for pulse, each in enumerate(CAPTURES):
        ring.writer.put(each, None if pulse == 6 else pulse, None)
    reader = ring.reader
    assert (reader.newest, reader.captures) == (9, 4)
    assert [reader.label(number) for number in (-1, 0, 1, 5, 10, 11)] == [None] * 6
    held = [reader.label(number) for number in range(6, 10)]
    assert [label and (label.number, label.pulse) for label in held] == [(6, 5), (7, None), (8, 7), (9, 8)]
    assert [label and label.color_us for label in held] == [each.color_us for each in CAPTURES[5:]]
    assert all(shows(reader.view(number), CAPTURES[number - 1]) for number in range(6, 10))
    assert [reader.is_intact(number) for number in (0, 5, 6, 9, 10)] == [False, False, True, True, False]
    assert (reader.view(5), reader.copy(4), reader.copy(0), reader.copy(10)) == (None, None, None, None)
    assert (last := reader.copy(5)) is not None, "the next one is not there yet"
    assert same(last.capture, CAPTURES[4])


def test_a_view_is_told_to_be_gone_before_a_byte_of_it_changes(ring: Shown) -> None:
    ring.put(*CAPTURES[:4])
    view = ring.reader.view(1)
    assert shows(view, CAPTURES[0])
    assert ring.reader.is_intact(1)
    ring.put(CAPTURES[4])
    assert not ring.reader.is_intact(1), "the next capture goes there"
    assert shows(view, CAPTURES[0]), "and is not there yet"
    assert ring.reader.view(1) is None
    ring.put(CAPTURES[5])
    assert not shows(view, CAPTURES[0])


def test_what_is_left_out_leaves_a_gap_in_the_numbers(ring: Shown) -> None:
    ring.put(*CAPTURES[:6])
    ring.writer.leave_out()
    ring.writer.leave_out()
    ring.put(CAPTURES[6])
    assert ring.reader.newest == 9
    assert [number for number in range(12) if ring.reader.label(number) is not None] == [6, 9]
    assert shows(ring.reader.view(9), CAPTURES[6])


def test_views_are_read_only_and_outlive_their_reader(ring: Shown) -> None:
    ring.put(CAPTURES[0])
    view = ring.reader.view(1)
    assert view is not None
    assert view.depth is not None
    with pytest.raises(ValueError, match="read-only"):
        view.depth[0, 0] = 1
    ring.reader.close()
    ring.writer.close()
    ring.path.unlink()
    gc.collect()
    assert shows(view, CAPTURES[0])
    assert not ring.reader.is_intact(1)


def test_the_head_tells_of_the_device(shown: Shown) -> None:
    shown.begin()
    shown.put(CAPTURES[0])
    assert shown.reader.settings == DEVICE
    assert same(shown.read().capture, CAPTURES[0])


def test_captures_that_wait_are_let_go_of_by_their_reader(ring: Shown) -> None:
    ring.put(*CAPTURES[:3])
    assert ring.writer.has_room()
    assert not ring.writer.has_room(waiting=1)
    ring.put(CAPTURES[3])
    assert not ring.writer.has_room()
    ring.reader.let_go(2)
    RingReader(ring.path).let_go(1)
    assert ring.writer.has_room(waiting=1)
    assert not ring.writer.has_room(waiting=2)
    ring.put(CAPTURES[4])
    assert [number for number in range(9) if ring.reader.is_intact(number)] == [2, 3, 4, 5]


# --- however they cross ---------------------------------------------------------------------------------

SMALL = settings(color_resolution=ColorResolution.OFF, depth_mode=DepthMode.NFOV_2X2BINNED)


def numbered(number: int) -> Capture:
    """A capture every pixel of which says which it is."""
    gray = np.full((288, 320), number, np.uint16)
    return Capture(None, Image(gray, number, number), Image(gray, number, number), number)


def tiny(number: int) -> Capture:
    """A capture of some bytes, each of which says which it is."""
    gray, color = np.full((24, 32), number, np.uint16), np.full(64, number, np.uint8)
    return Capture(*(Image(each, number, number) for each in (color, gray, gray)), host_time_ns=number)


class Crossing:
    """A ring as another core may see it: between two fences of its writer, any of what that wrote."""

    def __init__(self, shown: Shown, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
        """Put nine captures, the fifth of which is left out."""
        self._path, self._rng = shown.path, np.random.default_rng(seed)
        self._states: list[NDArray[np.uint8]] = []
        for module in (capture_ring, ring_layout):
            monkeypatch.setattr(module, "fence", self._keep)
        for number in range(1, 10):
            if number == 5:
                shown.writer.leave_out()
            else:
                shown.writer.put(tiny(number), number, None)
        self._keep()
        self._is_new = np.zeros(self._states[0].size // LINE, np.bool_)
        for module in (capture_ring, ring_layout):
            monkeypatch.setattr(module, "fence", self._go_on)

    def moments(self) -> Iterator[None]:
        """Let a reader begin at each moment, often; while it looks, its fences let time go on."""
        for moment in [*range(len(self._states) - 1)] * 15:
            self._show(moment, np.zeros_like(self._is_new))
            yield

    def _keep(self) -> None:
        self._states.append(np.frombuffer(self._path.read_bytes(), np.uint8))

    def _go_on(self) -> None:
        moment = min(self._now + int(self._rng.choice([0, 0, 0, 0, 0, 1, 2, 8])), len(self._states) - 2)
        self._show(moment, self._is_new & (moment == self._now))

    def _show(self, moment: int, seen: NDArray[np.bool_]) -> None:
        """Show of a moment what was seen of it already, and some lines more."""
        share = self._rng.random() ** 2
        self._now, self._is_new = moment, seen | (self._rng.random(seen.size) < share)
        before, after = self._states[moment : moment + 2]
        with self._path.open("r+b") as stream:
            stream.write(np.where(np.repeat(self._is_new, LINE), after, before).tobytes())


def _values(*images: Image) -> set[int]:
    return {value for image in images for value in np.unique(image.data).tolist()}


def copied(reader: RingReader, number: int) -> set[object]:
    if (found := reader.copy(number)) is None:
        return set()
    images = found.capture.images
    times = {time for each in images for time in (each.device_timestamp_usec, each.system_timestamp_nsec)}
    return {found.label.number, found.label.pulse, found.capture.host_time_ns, *times, *_values(*images)}


def labelled(reader: RingReader, number: int) -> set[object]:
    label = reader.label(number)
    return set() if label is None else {label.number, label.pulse, label.color_us, label.depth_us}


def viewed(reader: RingReader, number: int) -> set[object]:
    view = reader.view(number)
    values = set() if view is None else {int(each) for image in view for each in np.unique(image)}
    return values if reader.is_intact(number) else set()


@pytest.mark.parametrize("look", [copied, labelled, viewed])
@pytest.mark.parametrize("captures", [1, 2, 3])
def test_in_whatever_order_memory_is_seen_a_capture_is_itself_or_none(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    captures: int,
    look: Callable[[RingReader, int], set[object]],
) -> None:
    monkeypatch.setattr(ring_layout, "most_nbytes", lambda _: tiny(0).nbytes)
    shown = Shown(tmp_path, captures, color_resolution=ColorResolution.OFF)
    shown.begin()
    assert shown.reader.captures == captures
    crossing = Crossing(shown, monkeypatch, seed=captures)
    for number in (1, 2, 5, 7):
        seen = {value for _ in crossing.moments() for value in look(shown.reader, number)}
        assert seen == ({number} if number != 5 else set())


def test_a_reader_that_was_overtaken_while_it_copied_reads_again(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown.begin()
    shown.put(*CAPTURES[:2])
    fences = 0

    def overtake() -> None:
        nonlocal fences
        fences += 1
        if fences == 3:  # of the copy: its pixels were copied
            shown.put(*CAPTURES[2:6])

    monkeypatch.setattr(capture_ring, "fence", overtake)
    found = shown.read()
    assert (found.label.number, same(found.capture, CAPTURES[5])) == (6, True)


@pytest.mark.parametrize("how_far", range(0, 12, 3))
def test_a_writer_that_was_killed_leaves_what_it_had_put(ring: Shown, how_far: int) -> None:
    """Whatever it had written of the next: the label, some pixels, all but the stamp."""
    before = ring.snapshot_after(CAPTURES[:6])
    after = ring.snapshot_after(CAPTURES[6:7])
    places = before.size // 6  # of the head there is less than a place
    start = (
        int(np.flatnonzero(before != after)[np.flatnonzero(before != after) > places // 2][0]) // LINE * LINE
    )
    half = before.copy()
    half[start : start + LINE * how_far * 40] = after[start : start + LINE * how_far * 40]
    half[start : start + 8] = 0
    ring.overwrite(half)
    held = [number for number in range(12) if ring.reader.label(number) is not None]
    assert held == [3, 4, 5, 6]
    assert all(shows(ring.reader.view(number), CAPTURES[number - 1]) for number in held)


class Reading(threading.Thread):
    """Looks at what comes, by copies or by views, and counts what it saw."""

    def __init__(self, path: Path, seed: int, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.reader = RingReader(path)
        self.rng = np.random.default_rng(seed)
        self.stop = stop
        self.whole = 0
        self.wrong: list[str] = []

    def run(self) -> None:
        while not self.stop.is_set():
            newest = self.reader.newest
            number = int(self.rng.integers(max(1, newest - 5), newest + 2))
            if self.rng.random() < 0.5:
                self._copy(number)
            else:
                self._view(number)
        self.reader.close()

    def _copy(self, number: int) -> None:
        if (found := self.reader.copy(number)) is not None:
            self._see(number, found.label.number, found.label.host_time_ns)
            for image in found.capture.images:
                self._see(number, image.device_timestamp_usec, *np.unique(image.data).tolist())

    def _view(self, number: int) -> None:
        label, view = self.reader.label(number), self.reader.view(number)
        if view is not None:
            seen = [value for gray in view if gray is not None for value in np.unique(gray).tolist()]
            if self.reader.is_intact(number):
                self._see(number, *seen)
        if label is not None:
            self._see(number, label.number, label.pulse or 0, label.depth_us or 0, label.host_time_ns)

    def _see(self, number: int, *seen: int) -> None:
        self.whole += 1
        if set(seen) != {number}:
            self.wrong.append(f"{number}: {seen}")


@pytest.fixture
def readers(tmp_path: Path) -> Iterator[list[Reading]]:
    stop = threading.Event()
    readers = [Reading(tmp_path / ring_name("front"), seed, stop) for seed in range(3)]
    yield readers
    stop.set()
    for each in readers:
        each.join()


def test_no_reader_ever_gets_a_mixture_of_captures(tmp_path: Path, readers: list[Reading]) -> None:
    """A writer that is faster than any camera, and naps as it likes, overtakes them all the time."""
    rng = np.random.default_rng(7)
    writer = RingWriter(tmp_path / ring_name("front"), SMALL, captures=3)
    for each in readers:
        each.start()
    until_s = time.monotonic() + PATIENCE_S
    number = 0
    while number < 400 or (min(each.whole for each in readers) <= 20 and time.monotonic() < until_s):
        number += 1
        if rng.random() < 0.1:
            writer.leave_out()
        else:
            writer.put(numbered(number), number, None)
        if rng.random() < 0.5:
            time.sleep(rng.random() * 2e-3)
    assert [each.wrong for each in readers] == [[], [], []]
    assert min(each.whole for each in readers) > 20
    writer.close()


# --- what is no ring ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [b"", b"KSYNCRG3", b"\0" * 9000, b"KSYNCRG3" + b"\xff" * 9000,
     b"KSYNCRG3" + (4096).to_bytes(8, "little") + b"\1\0\0\0\2\0\0\0\xff\xff\xff\xff" + bytes(3 * 4096 - 28)],
)  # fmt: skip
def test_another_file_holds_no_capture(shown: Shown, content: bytes) -> None:
    shown.path.write_bytes(content)
    assert (shown.reader.copy_newest(), shown.reader.newest, shown.reader.captures) == (None, 0, 0)
    assert (shown.reader.label(1), shown.reader.view(1), shown.reader.is_intact(1)) == (None, None, False)
    shown.reader.let_go(1)
    assert shown.path.read_bytes() == content


@pytest.mark.parametrize("seed", range(20))
def test_a_ring_that_somebody_has_written_over_is_never_more_than_a_wrong_picture(
    shown: Shown, seed: int
) -> None:
    """Nothing raises, whatever is told of a capture."""
    shown.begin()
    content = shown.snapshot_after(CAPTURES[:2])
    rng = np.random.default_rng(seed)
    first = content.size - 3 * (content.size // 3 // 4096 * 4096)
    for place in range(first, content.size, content.size // 3 // 4096 * 4096):
        content[place + 24 : place + 24 + 136] = rng.integers(0, 256, 136, np.uint8) & rng.integers(0, 256)
    shown.overwrite(content)
    for number in range(4):
        assert shown.reader.copy(number) is None
        shown.reader.label(number)
        shown.reader.view(number)


def test_a_ring_for_which_there_is_no_room_takes_none(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, *_: int) -> None:
        os.write(descriptor, bytes(4096))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate" if hasattr(os, "posix_fallocate") else "ftruncate", refuse)
    with pytest.raises(OSError, match="No space left"):
        shown.begin()
    assert not shown.path.exists()


def test_a_file_of_another_writer_is_never_taken_over(shown: Shown) -> None:
    shown.begin()
    with pytest.raises(FileExistsError):
        shown.begin()
