"""A disk that refuses for a while costs nothing; one that refuses for good costs its device, and is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.captures import Capture
from kinect_sync.errors import KsyncError
from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.recording import DISK_FULL, WRITE_FAILED
from kinect_sync.host.awake import AwakeClock
from kinect_sync.takes import appending
from kinect_sync.takes.mkv.reader import read_recording
from kinect_sync.takes.mkv.writer import MkvWriter
from kinect_sync.worker import patient_writer
from kinect_sync.worker.patient_writer import PatientWriter
from kinect_sync.worker.writers import DiscardingWriter
from tests.takes.recorded import settings, take

DEVICE = settings()
CAPTURES = take(DEVICE, 4)
EIO = WRITE_FAILED.found("cannot write: Input/output error")


class Refusing(DiscardingWriter):
    """Refuses so many calls, of each kind."""

    def __init__(self, times: int, finding: Finding = EIO) -> None:
        super().__init__()
        self.times = times
        self.finding = finding

    def _refuse(self) -> None:
        if self.times:
            self.times -= 1
            raise KsyncError(self.finding)

    def write(self, capture: Capture) -> None:
        self._refuse()
        super().write(capture)

    def sync(self) -> None:
        self._refuse()

    def write_imu(self, samples) -> None:
        self._refuse()


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patient_writer, "RETRY_S", 0.001)


def test_a_write_that_is_refused_is_tried_again_and_told() -> None:
    disk, notes = Refusing(3), []
    writer = PatientWriter(disk, "left", notes.append)
    for each in CAPTURES:
        writer.write(each)
    assert writer.captures == len(CAPTURES)
    assert [(note.code, note.severity, note.device) for note in notes] == [
        ("disk-refused", Severity.WARNING, "left")
    ]
    assert "Input/output error" in notes[0].what


@pytest.mark.parametrize(
    ("finding", "patience_s", "until_s"),
    [(EIO, 0.01, 1e12), (EIO, 60.0, 0.0), (DISK_FULL.found("no room"), 60.0, 1e12)],
    ids=["it refuses for too long", "the file is to be closed", "it is full"],
)
def test_a_disk_that_refuses_for_good_is_not_asked_for_ever(
    finding: Finding, patience_s: float, until_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient_writer, "PATIENCE_S", patience_s)
    writer = PatientWriter(Refusing(10**9, finding), "left", [].append, lambda: until_s)
    with pytest.raises(KsyncError) as raised:
        writer.write(CAPTURES[0])
    assert raised.value.findings == (finding,)


@pytest.mark.parametrize("call", ["write", "write_imu"])
def test_a_pause_of_the_process_is_not_held_against_the_disk(
    call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steady clock jumps while a container is frozen; a disk that refused just then is asked again."""
    now_s = iter([0.0, 0.1, 300.1, 300.2, 300.3, 300.4])
    clock = AwakeClock(lambda: next(now_s))
    monkeypatch.setattr(patient_writer.time, "sleep", lambda _: None)

    def awake_s() -> float:
        clock.tick()
        return clock.now_s

    disk = Refusing(2)
    writer = PatientWriter(disk, "left", [].append, awake_s=awake_s)
    for _ in range(3 if call == "write_imu" else 1):
        getattr(writer, call)(CAPTURES[0] if call == "write" else ())
    assert disk.times == 0


def test_samples_that_a_disk_refuses_for_good_are_not_gathered_for_ever() -> None:
    now_s, notes = [0.0], []
    disk = Refusing(10**9)
    writer = PatientWriter(disk, "left", notes.append, awake_s=lambda: now_s[0])
    for now_s[0] in (0.0, patient_writer.PATIENCE_S):
        writer.write_imu(())
    disk.times = 0
    writer.write_imu(())
    disk.times, now_s[0] = 10**9, now_s[0] + 1
    writer.write_imu(())
    now_s[0] += patient_writer.PATIENCE_S + 1
    with pytest.raises(KsyncError):
        writer.write_imu(())
    assert notes == [EIO] * 3


def test_a_disk_that_never_syncs_ends_no_recording() -> None:
    """It takes what is written: ending the file would lose more than a power cut may."""
    now_s, notes = [0.0], []
    writer = PatientWriter(Refusing(10**9), "left", notes.append, awake_s=lambda: now_s[0])
    for now_s[0] in (0.0, 3600.0):
        writer.sync()
    assert notes == [EIO, EIO]


def test_what_a_disk_has_lost_is_told_and_the_recording_goes_on() -> None:
    notes: list[Finding] = []
    PatientWriter(Refusing(1), "left", notes.append).sync()
    PatientWriter(Refusing(1), "left", notes.append).write_imu(())
    assert notes == [EIO, EIO]
    with pytest.raises(KsyncError):
        PatientWriter(Refusing(1, DISK_FULL.found("no room")), "left", notes.append).sync()


def test_a_recording_that_was_refused_in_the_middle_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of a capture has reached the file when the disk refuses the rest."""
    path, refusals, notes = tmp_path / "left.mkv", [OSError(5, "Input/output error")], []
    real = appending.os.writev

    def refuse_once(fd: int, parts) -> int:
        if refusals and path.stat().st_size:
            real(fd, [b"".join(map(bytes, parts))[:1000]])
            raise refusals.pop()
        return real(fd, parts)

    monkeypatch.setattr(appending.os, "writev", refuse_once)
    plain = MkvWriter(path, DEVICE, color_firmware="1", depth_firmware="1", calibration=None)
    writer = PatientWriter(plain, "left", notes.append)
    for each in CAPTURES:
        writer.write(each)
    writer.close()
    assert not refusals
    recording = read_recording(path)
    assert recording.complete
    assert len(recording.color_us) == len(CAPTURES)
    assert [note.code for note in notes] == ["disk-refused"]
