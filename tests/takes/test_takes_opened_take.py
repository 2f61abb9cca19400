"""A take opened: what is in it, and what a folder that is none, or a hostile one, is told."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from kinect_sync.errors import UsageError
from kinect_sync.review.inspection.examining import examine
from kinect_sync.review.inspection.rebuilding import rebuild
from kinect_sync.takes.names import INDEX, MANIFEST
from kinect_sync.takes.opened_take import open_take
from tests.review.small_takes import make_take


def test_without_its_manifest_the_index_is_put_aside_before_a_take_is_rebuilt(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take")
    (take / MANIFEST).unlink()
    with pytest.raises(UsageError) as caught:
        open_take(take)
    assert f"put {INDEX} aside (its arrival times" in caught.value.findings[0].remedy
    (take / INDEX).rename(take / "alignment.old")
    with pytest.raises(UsageError) as caught:
        open_take(take)
    assert caught.value.findings[0].remedy == f"write it with `ksync inspect {take} --rebuild`"
    rebuild(examine([take]))
    assert open_take(take).manifest.rebuilt


def test_a_take_is_opened_without_reading_its_rows(tmp_path: Path) -> None:
    path = make_take(tmp_path / "take", pulses=4, holes={"left": {2: "queue_full"}})
    take = open_take(path)
    assert take.manifest.names == ["front", "left", "right"]
    assert [take.recording(each).name for each in take.manifest.devices] == [
        "front.mkv",
        "left.mkv",
        "right.mkv",
    ]
    (part,) = take.index.stretches()
    assert part.complete().tolist() == [True, True, False, True]
    assert len(take.index) == 4
    assert take.load() is None
    (path / INDEX).write_bytes((path / INDEX).read_bytes().replace(b"\n3,", b"\nthree,"))
    with pytest.raises(UsageError, match="`three` is not a number"):
        _ = open_take(path).index


def test_a_take_without_devices_is_none(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", devices=())
    with pytest.raises(UsageError, match="names no device"):
        open_take(take)


def test_a_take_of_a_later_format_is_refused_with_a_word(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take")
    content = json.loads((take / MANIFEST).read_text()) | {"format": 7, "hosts": {}}
    (take / MANIFEST).write_text(json.dumps(content))
    with pytest.raises(UsageError) as raised:
        open_take(take)
    (finding,) = raised.value.findings
    assert (finding.code, finding.remedy) == (
        "take-newer",
        "use the ksync that recorded the take, or a newer one",
    )


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are those of POSIX")
def test_only_files_of_the_folder_are_recordings(tmp_path: Path) -> None:
    path = make_take(tmp_path / "take")
    (path / "left.mkv").rename(tmp_path / "elsewhere.mkv")
    (path / "left.mkv").symlink_to(tmp_path / "elsewhere.mkv")
    (path / "right.mkv").unlink()
    os.mkfifo(path / "right.mkv")
    (path / "front.mkv").unlink()
    take = open_take(path)
    problems = []
    for device in take.manifest.devices:
        with pytest.raises(UsageError) as raised:
            take.recording(device)
        problems += [(each.code, each.device) for each in raised.value.findings]
    assert problems == [
        ("recording-missing", "front"),
        ("recording-unreadable", "left"),
        ("recording-unreadable", "right"),
    ]
    assert [(each.code, each.device) for each in take.missing()] == problems
    with pytest.raises(UsageError, match="is no regular file"):
        examine([path])
