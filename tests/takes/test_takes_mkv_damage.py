"""What remains of a recording when its writer is killed, its disk is full or its end is missing."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from kinect_sync.errors import KsyncError
from kinect_sync.takes.mkv.clusters import PAGE, empty_cluster, place
from kinect_sync.takes.mkv.reader import read_recording
from tests.takes.recorded import START_US, capture, expected, play, settings, take, writer
from tests.takes.written_until_killed import DEVICE, nth

pytest.importorskip("pyk4a", exc_type=ImportError)


@pytest.mark.parametrize("seen", [1, 2, 5, 9, 14])
@pytest.mark.skipif(os.name == "nt", reason="kill -9 is told by its POSIX signal")
def test_after_kill_9_every_capture_written_is_read(tmp_path: Path, seen: int) -> None:
    path = tmp_path / "a.mkv"
    command = [sys.executable, "-m", "tests.takes.written_until_killed", str(path)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.read(seen)
        child.kill()
        written = seen + len(child.stdout.read())
    recording = read_recording(path)
    assert recording.color_us.size >= written
    assert not recording.complete
    wanted = expected([nth(number) for number in range(written + 1)])
    played = play(path)
    for track, images in played.images.items():
        assert len(images) >= written
        assert images == wanted[track][: len(images)]
        assert [time for time, _ in images] == recording.tracks[track].timestamps_us.tolist()


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[int]]:
    """A recording as it stood after its fourth capture, and its sizes after each."""
    path = tmp_path_factory.mktemp("grown") / "a.mkv"
    sizes = []
    with writer(path, settings()) as mkv:
        for one in take(settings(), 4):
            mkv.write(one)
            sizes.append(mkv.bytes_written)
        return path.read_bytes(), sizes


def pages(data: bytes) -> list[int]:
    """Where a kill may cut the file: a signal ends a write between two pages."""
    return list(range(PAGE, len(data), PAGE))


def test_cut_at_any_page_the_file_opens_with_every_whole_capture(
    tmp_path: Path, grown: tuple[bytes, list[int]]
) -> None:
    data, sizes = grown
    wanted = expected(take(settings(), 4))
    chosen = random.Random(2).sample(pages(data), 40) + [
        page for size in sizes for page in (size // PAGE * PAGE, size // PAGE * PAGE + PAGE)
    ]
    path = tmp_path / "cut.mkv"
    for end in sorted({end for end in chosen if end <= len(data)}):
        path.write_bytes(data[:end])
        whole = sum(size <= end for size in sizes)
        recording, played = read_recording(path), play(path)
        for track, images in played.images.items():
            assert images == wanted[track][: len(images)], end
            assert len(images) >= whole, end
            assert [time for time, _ in images] == recording.tracks[track].timestamps_us.tolist(), end


def test_cut_at_any_byte_our_reader_has_every_whole_image_and_counts_the_rest(
    tmp_path: Path, grown: tuple[bytes, list[int]]
) -> None:
    data, sizes = grown
    chosen = random.Random(3)
    ends = {chosen.randrange(sizes[0], len(data)) for _ in range(200)}
    ends |= {end + more for end in (0, *sizes) for more in range(64) if sizes[0] <= end + more <= len(data)}
    path = tmp_path / "cut.mkv"
    for end in sorted(ends):
        path.write_bytes(data[:end])
        recording = read_recording(path)
        whole = sum(size <= end for size in sizes)
        assert recording.ir_us.size == whole, end
        assert whole <= recording.color_us.size <= whole + 1, end
        over = end - recording_end(recording)
        assert 0 <= recording.truncated_bytes <= over, end
        assert end not in sizes or recording.truncated_bytes == 0, end
        # Beside images only a Void and the heads of a cluster and a block are passed over.
        assert recording.truncated_bytes >= over - 80, end


def recording_end(recording) -> int:
    """Where the last whole image of a recording ends."""
    return max(int(track.offsets[-1] + track.sizes[-1]) for track in recording.tracks.values())


def test_cut_inside_the_header_the_error_says_so(tmp_path: Path, grown: tuple[bytes, list[int]]) -> None:
    data, _ = grown
    path = tmp_path / "cut.mkv"
    header_end = data.index(b"\x1f\x43\xb6\x75")
    for end in (0, 1, 20, 40, 45, 60, 300, 340, 700, header_end - 1):
        path.write_bytes(data[:end])
        with pytest.raises(KsyncError, match=r"cut\.mkv") as caught:
            read_recording(path)
        code = caught.value.findings[0].code
        assert code in ("recording-header-incomplete", "recording-not-matroska"), end
        assert code != "recording-not-matroska" or 0 < end < 40


@pytest.mark.parametrize("tail", [1, 100, 5000])
def test_zeros_at_the_end_as_a_power_cut_leaves_them_are_passed_over(
    tmp_path: Path, grown: tuple[bytes, list[int]], tail: int
) -> None:
    path = tmp_path / "a.mkv"
    path.write_bytes(grown[0] + bytes(tail))
    assert play(path).images == expected(take(settings(), 4))
    assert (read_recording(path).color_us.size, read_recording(path).truncated_bytes) == (4, tail)


def test_no_head_of_a_cluster_lies_across_two_pages() -> None:
    # libk4arecord aborts its process when a file ends inside the time of a cluster.
    head = len(empty_cluster().parts[0])
    for at in range(3 * PAGE):
        parts, (position,) = place([empty_cluster()], at)
        assert position + head <= (position // PAGE + 1) * PAGE, at
        assert position == at + sum(len(part) for part in parts) - head, at


def full_disk(monkeypatch: pytest.MonkeyPatch, taken: int, error: int = errno.ENOSPC) -> None:
    """Make the OS take some bytes of the next writes and then no more."""
    left = taken
    write = os.write

    def take_some(fd: int, data: memoryview) -> int:
        nonlocal left
        if left == 0:
            raise OSError(error, os.strerror(error))
        count = write(fd, data[:left])
        left -= count
        return count

    monkeypatch.setattr(os, "write", take_some)
    if hasattr(os, "writev"):
        monkeypatch.setattr(os, "writev", lambda fd, parts: take_some(fd, memoryview(b"".join(parts))))


@pytest.mark.parametrize(
    ("error", "code"),
    [(errno.ENOSPC, "disk-full"), (errno.EFBIG, "disk-full"), (errno.EIO, "write-failed")],
)
@pytest.mark.parametrize("taken", [0, 5, 5000])
def test_a_disk_that_takes_a_part_leaves_whole_captures(
    tmp_path: Path, taken: int, error: int, code: str
) -> None:
    device, path = settings(), tmp_path / "a.mkv"
    captures = take(device, 3)
    with writer(path, device) as mkv:
        mkv.write(captures[0])
        size = mkv.bytes_written
        with pytest.MonkeyPatch.context() as patch:
            full_disk(patch, taken, error)
            with pytest.raises(KsyncError, match=r"^front: ") as caught:
                mkv.write(captures[1])
        assert caught.value.findings[0].code == code
        assert (mkv.captures, mkv.bytes_written, path.stat().st_size) == (1, size, size)
        assert play(path).images == expected(captures[:1])
        mkv.write(captures[2])
    assert play(path).images == expected([captures[0], captures[2]])


def test_a_first_capture_that_finds_no_space_can_be_tried_again(tmp_path: Path) -> None:
    device, path = settings(), tmp_path / "a.mkv"
    with writer(path, device) as mkv:
        with pytest.MonkeyPatch.context() as patch:
            full_disk(patch, 1000)
            with pytest.raises(KsyncError, match="no space left"):
                mkv.write(capture(device, START_US, START_US))
        assert path.stat().st_size == 0
        mkv.write(capture(device, START_US + 33_333, START_US + 33_333))
    assert read_recording(path).facts.start_offset_us == START_US + 33_333
    assert play(path).times("COLOR") == [START_US + 33_333]


def test_a_close_without_space_for_the_index_leaves_a_file_that_is_read(tmp_path: Path) -> None:
    device, path = settings(imu=True), tmp_path / "a.mkv"
    mkv = writer(path, device)
    mkv.write(take(device, 1)[0])
    size = mkv.bytes_written
    resource = pytest.importorskip("resource", reason="file sizes are limited through POSIX")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        with pytest.raises(KsyncError, match="no space left"):
            mkv.write(take(device, 2)[1])
        mkv.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.stat().st_size == size
    assert play(path).images == expected(take(device, 1))
    assert read_recording(path).complete


def test_without_writev_the_same_bytes_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "writev", raising=False)
    monkeypatch.delattr(os, "fdatasync", raising=False)
    device = settings()
    with writer(tmp_path / "a.mkv", device) as mkv:
        for one in take(device, 3):
            mkv.write(one)
    assert play(tmp_path / "a.mkv").images == expected(take(device, 3))


def test_the_killed_writer_used_above_fills_all_tracks() -> None:
    assert all(expected([nth(0)]).values())
    assert DEVICE.imu
