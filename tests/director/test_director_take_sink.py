"""What a take's folder may meet while it is recorded: a disk that refuses, and somebody who removes it."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kinect_sync.devices.file_lock import FileLock
from kinect_sync.director.take_sink import TakeSink
from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.recording import TAKE_UNWRITABLE
from kinect_sync.rig.facts import rig_facts
from kinect_sync.takes.folder import TakeFolder
from kinect_sync.takes.manifest import TakeReport
from kinect_sync.takes.names import OCCUPIED
from kinect_sync.takes.packing.packings import Packing
from tests.director.scripted import ScriptedRig, chain
from tests.director.takes import record


def at_the_end(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen when everything is recorded and nothing is judged."""
    close, closed = TakeSink.close, []

    def closing(sink: TakeSink) -> None:
        close(sink)
        if not closed:
            happens()
        closed.append(sink)

    monkeypatch.setattr(TakeSink, "close", closing)


@pytest.mark.parametrize("away", [shutil.rmtree, lambda take: take.rename(take.with_name("moved"))])
def test_a_take_that_somebody_removes_is_not_told_as_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, away: Callable[[Path], object]
) -> None:
    at_the_end(monkeypatch, lambda: away(tmp_path / "take"))
    report = record(tmp_path, monkeypatch)
    assert report.verdict == "failed"
    assert [each.code for each in report.findings] == ["take-gone"]


def test_a_take_is_its_directors_to_the_last_word_in_take_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who collects into its folder meanwhile would write the index anew."""
    mine: list[bool] = []
    complete = TakeSink.complete

    def completing(sink: TakeSink, report: TakeReport) -> tuple[Finding, ...]:
        told = complete(sink, report)
        mine.append(FileLock(tmp_path / "take" / OCCUPIED).acquire())
        return told

    monkeypatch.setattr(TakeSink, "complete", completing)
    record(tmp_path, monkeypatch)
    assert mine == [False]
    assert not (tmp_path / "take" / OCCUPIED).exists()


@pytest.mark.parametrize(("packing", "fits"), [(None, False), (Packing.PNG, True)])
def test_a_take_is_weighed_as_it_will_be_written(tmp_path: Path, packing: Packing | None, fits: bool) -> None:
    """The room is between what the same take needs packed and not."""
    rig = chain()
    facts, seconds = rig_facts(rig), 100
    scripted = ScriptedRig(rig)
    for state in scripted.fleet:
        state.free_bytes = (facts.disk.high + facts.compressed_disk.high) // 2 * seconds
    folder = TakeFolder(tmp_path / "take")
    sink = TakeSink(folder, rig, scripted.fleet, 0, pulses=seconds * rig.camera.fps, packing=packing)
    if fits:
        sink.check_room()
    else:
        with pytest.raises(UsageError, match="the take needs about"):
            sink.check_room()


def refusing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let the disk refuse what is written into a file of the take."""
    fsync = os.fsync

    def refuse(fd: int) -> None:
        if name in os.readlink(f"/proc/self/fd/{fd}"):  # noqa: PTH115
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(fd)

    monkeypatch.setattr(os, "fsync", refuse)


linux_only = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="finds files in /proc")


@linux_only
@pytest.mark.parametrize(("captures", "verdict"), [(60, "incomplete"), (0, "failed")])
def test_a_take_json_that_cannot_be_completed_is_told_and_makes_no_verdict_better(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, captures: int, verdict: str
) -> None:
    at_the_end(monkeypatch, lambda: refusing(monkeypatch, "take.json"))
    report = record(tmp_path, monkeypatch, captures=captures)
    assert report.verdict == verdict
    assert report.findings[-1].code == "manifest-write-failed"


@linux_only
def test_a_disk_that_takes_no_take_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, "take.json")
    with pytest.raises(UsageError, match="No space left") as refused:
        record(tmp_path, monkeypatch)
    assert [each.kind for each in refused.value.findings] == [TAKE_UNWRITABLE]
    assert list(tmp_path.iterdir()) == []
