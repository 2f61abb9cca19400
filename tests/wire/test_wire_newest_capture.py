"""What a worker publishes is read whole or not at all, however its writing and the reading cross."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinect_sync.captures import Capture
from kinect_sync.rig.modes import ColorFormat, ColorResolution, DepthMode
from kinect_sync.wire.newest_capture import NewestCaptureReader, NewestCaptureWriter, most_nbytes, newest_name
from tests.takes.recorded import settings, take

DEVICE = settings(depth_mode=DepthMode.NFOV_2X2BINNED)
CAPTURES = take(DEVICE, 6)
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


class Shown:
    """A device that publishes, and somebody who looks."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.path = folder / newest_name("front")
        self.now_ns = 1000
        self.reader = NewestCaptureReader(self.path, pause=lambda: self.paused())
        self.paused: Callable[[], object] = lambda: None
        self.pauses = 0
        self._changes = changes

    def begin(self) -> NewestCaptureWriter:
        self.writer = NewestCaptureWriter(self.path, settings(**self._changes), lambda: self.now_ns)
        return self.writer

    def snapshot_after(self, captures: list[Capture]) -> np.ndarray[Any, Any]:
        for each in captures:
            self.writer.publish(each)
        return np.frombuffer(self.path.read_bytes(), np.uint8).copy()

    def overwrite(self, content: np.ndarray[Any, Any]) -> None:
        """Let the mapped bytes be others."""
        with self.path.open("r+b") as stream:
            stream.write(content.tobytes())


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    return Shown(tmp_path)


def test_the_newest_is_read_with_its_number_and_its_moment(shown: Shown) -> None:
    writer = shown.begin()
    assert shown.reader.read() is None, "nothing was published yet"
    for number, each in enumerate(CAPTURES, 1):
        shown.now_ns += 10
        writer.publish(each)
        found = shown.reader.read()
        assert found is not None
        assert same(found.capture, each)
        assert (found.number, found.published_ns) == (number, 1000 + 10 * number)
        assert found.settings == DEVICE
        assert shown.reader.read(after=number) is None


def test_a_reader_may_come_before_the_writer_and_stay_after_it(shown: Shown) -> None:
    assert shown.reader.read() is None
    shown.begin().publish(CAPTURES[0])
    shown.writer.close()
    found = shown.reader.read()
    assert found is not None
    assert (same(found.capture, CAPTURES[0]), found.published_ns) == (True, 1000), "its age is known"
    shown.path.unlink()
    assert shown.reader.read() is not None
    shown.reader.close()
    assert shown.reader.read() is None


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
    for each in take(settings(**changes), 2):
        color = each.color and replace(each.color, exposure_us=8330)
        shown.writer.publish(replace(each, color=color))
        found = shown.reader.read()
        assert found is not None
        assert same(found.capture, replace(each, color=color))
        gray = (found.capture.depth, found.capture.ir)
        assert all(image is None or image.data.flags.aligned for image in gray)


def test_a_capture_half_of_which_is_missing_is_one(shown: Shown) -> None:
    shown.begin().publish(replace(CAPTURES[0], color=None, ir=None))
    found = shown.reader.read()
    assert found is not None
    assert same(found.capture, replace(CAPTURES[0], color=None, ir=None))


def test_color_for_which_there_is_no_room_is_left_out(shown: Shown) -> None:
    huge = replace(CAPTURES[0].color, data=np.zeros(most_nbytes(DEVICE), np.uint8))  # type: ignore[type-var]
    shown.begin().publish(replace(CAPTURES[0], color=huge))
    found = shown.reader.read()
    assert found is not None
    assert same(found.capture, replace(CAPTURES[0], color=None))


def crossed(shown: Shown, more: int, seed: int) -> None:
    """Let memory be partly as it was before some captures were published, and partly as after."""
    rng = np.random.default_rng(seed)
    before = shown.snapshot_after(CAPTURES[:2])
    after = shown.snapshot_after(CAPTURES[2 : 2 + more])
    lines = len(after) // LINE
    changed = (before != after).reshape(lines, LINE).any(axis=1)
    new = rng.random(lines) < rng.random()
    cut = rng.integers(0, lines)
    new = new if seed % 2 else np.arange(lines) < cut  # in any order, or in that of addresses
    mixed = np.where(np.repeat(new & changed, LINE), after, before)
    shown.overwrite(mixed)


@pytest.mark.parametrize("seed", range(24))
@pytest.mark.parametrize("more", [1, 2, 3])
def test_what_is_half_written_is_never_taken_for_a_capture(shown: Shown, more: int, seed: int) -> None:
    shown.begin()
    crossed(shown, more, seed)
    found = shown.reader.read()
    if more == 1:
        assert found is not None, "the other buffer is whole"
    if found is not None:
        assert same(found.capture, CAPTURES[found.number - 1])


def test_a_reader_that_was_overtaken_reads_again(shown: Shown) -> None:
    shown.begin()
    shown.snapshot_after(CAPTURES[:2])
    whole = shown.snapshot_after(CAPTURES[2:4])
    torn, half = whole.copy(), (whole.size - 4096) // 2
    torn[[4096 + 200, 4096 + half + 200]] ^= 1
    shown.overwrite(torn)

    def finish() -> None:
        shown.pauses += 1
        if shown.pauses == 2:
            shown.overwrite(whole)

    shown.paused = finish
    found = shown.reader.read()
    assert shown.pauses == 2
    assert found is not None
    assert (found.number, same(found.capture, CAPTURES[3])) == (4, True)


@pytest.mark.parametrize(
    "content",
    [b"", b"KSYNCNC1", b"\0" * 9000, b"KSYNCNC1" + b"\xff" * 9000,
     b"KSYNCNC1" + (4096).to_bytes(8, "little") + b"\2\0\0\0[]" + bytes(3 * 4096 - 22)],
)  # fmt: skip
def test_another_file_holds_no_capture(shown: Shown, content: bytes) -> None:
    shown.path.write_bytes(content)
    assert shown.reader.read() is None


def test_a_file_of_another_writer_is_never_taken_over(shown: Shown) -> None:
    shown.begin()
    with pytest.raises(FileExistsError):
        shown.begin()
