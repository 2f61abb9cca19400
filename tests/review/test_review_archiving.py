"""A take is archived, read as it is, proven years later and restored; and what may be in the way is told."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.devices.file_lock import FileLock
from kinect_sync.errors import UsageError
from kinect_sync.files import DRAFT
from kinect_sync.review.archiving.archiving import archive_take
from kinect_sync.review.archiving.reports import ArchiveReport, ArchiveRequest, RestoreReport
from kinect_sync.review.archiving.restoring import restore_take
from kinect_sync.review.archiving.verifying import verify_archive
from kinect_sync.review.inspection.examining import examine
from kinect_sync.takes.manifest_file import read_manifest, write_manifest
from kinect_sync.takes.mkv.reader import read_recording
from kinect_sync.takes.names import INDEX, OCCUPIED
from kinect_sync.takes.packing.packings import Packing
from tests.review.exported import export
from tests.review.small_takes import make_take

HOLES = {"left": {2: "sensor_dropped"}, "right": {1: "half_capture"}}
RECORDINGS = ("front.mkv", "left.mkv", "right.mkv")


def archive(take: Path, directory: Path, **fields: Any) -> ArchiveReport:
    request = ArchiveRequest(take=take, directory=directory, **{"codec": Packing.PNG, **fields})
    told: list[tuple[int, int]] = []
    report = archive_take(request, cores=2, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
    return report


def restore(folder: Path, directory: Path) -> RestoreReport:
    return restore_take(folder, directory, cores=2, progress=lambda done, total: None)


def verify(folder: Path) -> ArchiveReport:
    return verify_archive(folder, cores=2, progress=lambda done, total: None)


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


def code_of(error: pytest.ExceptionInfo[UsageError]) -> str:
    return error.value.findings[0].code


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A take, one of its recordings cut off, with notes of its own; and its archive."""
    folder = tmp_path_factory.mktemp("takes")
    take = make_take(folder / "take", pulses=4, holes=HOLES)
    (take / "right.mkv").write_bytes((take / "right.mkv").read_bytes()[:-70_000])
    (take / "notes.txt").write_text("the lamp was on")
    (take / "images").mkdir()
    report = archive(take, folder / "archive")
    assert report.verdict == "archived"
    assert {file.name: file.state for file in report.files} == {
        **dict.fromkeys(RECORDINGS, "archived"),
        **dict.fromkeys(("alignment.csv", "notes.txt", "take.json"), "copied"),
    }
    assert [each.code for each in report.findings] == ["archive-left-out"]
    (take / "images").rmdir()
    return take, folder / "archive"


@pytest.fixture
def copied(made: tuple[Path, Path], tmp_path: Path) -> Path:
    """An archive to be spoiled."""
    return Path(shutil.copytree(made[1], tmp_path / "archive"))


def spoil(path: Path, track: str, number: int) -> None:
    blocks = read_recording(path).tracks[track]
    flip(path, int(blocks.offsets[number]) + int(blocks.sizes[number]) // 2)


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 2
    path.write_bytes(data)


def test_a_take_comes_back_byte_for_byte_with_its_dates(made: tuple[Path, Path], tmp_path: Path) -> None:
    take, folder = made
    report = restore(folder, tmp_path / "back")
    assert (report.verdict, report.kept, report.findings) == ("restored", 0, ())
    assert contents(tmp_path / "back") == contents(take)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 0.6 * sum(
        path.stat().st_size for path in take.iterdir()
    )


def test_its_checksums_are_those_that_other_programs_check(made: tuple[Path, Path]) -> None:
    lines = (made[1] / "archive.sha256").read_text().splitlines()
    told = {name: digest for digest, name in (line.split("  ") for line in lines)}
    assert told.keys() == {path.name for path in made[0].iterdir()}
    for name, digest in told.items():
        assert hashlib.sha256((made[1] / name).read_bytes()).hexdigest() == digest


def test_it_is_read_as_the_take_is(made: tuple[Path, Path], tmp_path: Path) -> None:
    was, now = (examine([folder]).inspection.model_dump_json().replace(str(folder), "") for folder in made)
    assert now == was
    assert "114361 bytes" in was, "that right was cut off is not lost"
    reports = [export(folder, tmp_path / folder.name, holes=True) for folder in made]
    assert reports[0].written == reports[1].written > 20
    for path in (tmp_path / "take").rglob("0*"):
        other = tmp_path / "archive" / path.relative_to(tmp_path / "take")
        assert path.read_bytes() == other.read_bytes()


def test_a_whole_archive_is_proven_to_be(made: tuple[Path, Path]) -> None:
    report = verify(made[1])
    assert (report.verdict, report.findings) == ("whole", ())
    assert {file.state for file in report.files} == {"whole"}


def test_a_flipped_bit_costs_one_image_that_is_named_by_its_pulse(copied: Path, tmp_path: Path) -> None:
    spoil(copied / "left.mkv", "IR", 2)  # pulse 3, as left has no pulse 2
    spoil(copied / "front.mkv", "COLOR", 1)
    report = verify(copied)
    assert report.verdict == "bad"
    named = [(each.device, each.track, each.pulse) for each in report.lost]
    assert named == [("front", "COLOR", 1), ("left", "IR", 3)]
    assert [(each.code, each.device) for each in report.findings] == [
        ("archive-image-lost", "front"),
        ("archive-image-lost", "left"),
    ]
    assert "IR of pulse 3 is damaged" in report.findings[1].what
    back = restore(copied, tmp_path / "back")
    assert (back.verdict, back.lost) == ("incomplete", report.lost)
    assert {each.code for each in back.findings} == {"restored-without-image"}
    assert (tmp_path / "back" / INDEX).read_bytes() == (copied / INDEX).read_bytes()
    left = read_recording(tmp_path / "back" / "left.mkv")
    assert (len(left.color_us), len(left.depth_us), len(left.ir_us)) == (3, 3, 2)
    assert left.facts.packing is None


def test_what_years_do_to_other_bytes_is_told_as_well(
    copied: Path, made: tuple[Path, Path], tmp_path: Path
) -> None:
    flip(copied / "notes.txt", 3)
    (copied / "left.mkv").unlink()
    flip(copied / "front.mkv", 60)  # of the header, which an archive does not restore
    (copied / "right.mkv").write_bytes((copied / "right.mkv").read_bytes()[:300])
    report = verify(copied)
    assert report.verdict == "bad"
    states = {file.name: file.state for file in report.files}
    assert states["left.mkv"] == "lost"
    assert {name for name, state in states.items() if state == "damaged"} == {
        "front.mkv",
        "notes.txt",
        "right.mkv",
    }
    back = restore(copied, tmp_path / "back")
    assert back.verdict == "incomplete"
    assert (tmp_path / "back" / "front.mkv").read_bytes() == (made[0] / "front.mkv").read_bytes()
    assert (tmp_path / "back" / "notes.txt").read_bytes() == (copied / "notes.txt").read_bytes()
    assert not (tmp_path / "back" / "right.mkv").exists()
    assert {"left", "right"} <= {each.device for each in back.findings}


def test_it_goes_on_where_it_was_and_removes_drafts(made: tuple[Path, Path], copied: Path) -> None:
    (copied / "left.mkv").rename(copied / f".left.mkv.7{DRAFT}")
    (copied / "right.mkv").unlink()
    report = archive(made[0], copied)
    states = {file.name: file.state for file in report.files}
    assert (states["front.mkv"], states["left.mkv"], states["take.json"]) == ("kept", "archived", "kept")
    assert verify(copied).verdict == "whole"
    assert {path.name for path in copied.iterdir()} == {path.name for path in made[1].iterdir()}


def test_originals_go_when_all_is_proven_and_restoring_brings_them_back_in_place(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    take = Path(shutil.copytree(made[0], tmp_path / "take"))
    archive(take, tmp_path / "archive")
    report = archive(take, tmp_path / "archive", remove_originals=True)
    assert {file.name for file in report.files if file.removed} == set(RECORDINGS)
    assert not list(take.glob("*.mkv"))
    back = restore(tmp_path / "archive", take)
    assert (back.verdict, back.kept) == ("restored", 3)
    assert {name: data for name, (data, _) in contents(take).items()} == {
        name: data for name, (data, _) in contents(made[0]).items()
    }


def test_no_original_goes_whose_archive_is_damaged_or_which_has_changed(
    made: tuple[Path, Path], copied: Path, tmp_path: Path
) -> None:
    take = Path(shutil.copytree(made[0], tmp_path / "take"))
    spoil(copied / "front.mkv", "DEPTH", 0)
    with pytest.raises(Exception, match="nothing more is removed"):
        archive(take, copied, remove_originals=True)
    flip(take / "left.mkv", 100_000)
    shutil.rmtree(copied)
    shutil.copytree(made[1], copied)
    report = archive(take, copied, remove_originals=True)
    assert [file.name for file in report.files if file.removed] == ["front.mkv", "right.mkv"]


def test_a_take_that_was_recorded_packed_is_copied_and_restored_twice(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=2, packing=Packing.PNG)
    report = archive(take, tmp_path / "archive")
    assert {each.code for each in report.findings} == {"archive-already"}
    restore(tmp_path / "archive", tmp_path / "packed")
    assert contents(tmp_path / "packed") == contents(take)
    restore(tmp_path / "packed", tmp_path / "plain")
    assert read_recording(tmp_path / "plain" / "left.mkv").facts.packing is None


def test_a_take_that_is_recorded_is_refused(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=1)
    recorder = FileLock(take / OCCUPIED)
    assert recorder.acquire()
    with pytest.raises(UsageError) as error:
        archive(take, tmp_path / "archive")
    assert code_of(error) == "archive-take-busy"
    recorder.release()
    assert archive(take, tmp_path / "archive").verdict == "archived"
    assert not (take / OCCUPIED).exists()


def test_files_on_other_hosts_and_files_that_are_lost_are_told(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=1)
    (take / "left.mkv").unlink()
    report = archive(take, tmp_path / "archive")
    assert [(each.code, each.severity, each.device) for each in report.findings] == [
        ("recording-missing", "warning", "left")
    ]
    manifest = read_manifest(take)
    host = {"name": "two", "computer": "b", "clock": "c", "system": "Linux", "machine": "x", "ksync": "1"}
    told = manifest.model_dump(mode="json", by_alias=True)
    told["devices"][1]["host"], told["hosts"], told["format"] = "two", [host], 2
    write_manifest(take, type(manifest).model_validate(told))
    with pytest.raises(UsageError) as error:
        archive(take, tmp_path / "other")
    assert (code_of(error), (tmp_path / "other").exists()) == ("file-elsewhere", False)


def test_what_is_in_the_way_is_refused_and_nothing_is_overwritten(
    made: tuple[Path, Path], copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take, folder = made
    other = make_take(tmp_path / "other", pulses=1, name="another")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").touch()
    before = contents(folder)
    for source, target, code in [
        (other, folder, "archive-of-another-take"),
        (take, take, "folder-not-empty"),
        (take, tmp_path / "full", "folder-not-empty"),
        (folder, tmp_path / "new", "archive-of-archive"),
        (tmp_path / "full", tmp_path / "new", "no-recordings"),
        (tmp_path / "nowhere", tmp_path / "new", "take-missing"),
        (take, tmp_path / "full" / "notes.txt" / "new", "archive-not-written"),
    ]:
        with pytest.raises(UsageError) as error:
            archive(source, target)
        assert code_of(error) == code
    assert contents(folder) == before
    for source, target, code in [
        (folder, other, "restore-not-empty"),
        (folder, folder, "restore-not-empty"),
        (take, tmp_path / "new", "nothing-packed"),
    ]:
        with pytest.raises(UsageError) as error:
            restore(source, target)
        assert code_of(error) == code
    with pytest.raises(UsageError) as error:
        verify(take)
    assert code_of(error) == "archive-none"
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: type("Usage", (), {"free": 10_000}))
    for work, code in [
        (lambda: archive(take, tmp_path / "new"), "archive-no-room"),
        (lambda: restore(folder, tmp_path / "new"), "restore-no-room"),
    ]:
        with pytest.raises(UsageError) as error:
            work()
        assert code_of(error) == code
    assert not (tmp_path / "new").exists()


def test_without_pyav_ffv1_is_refused_with_both_ways_out(
    made: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UsageError) as error:
        archive(made[0], tmp_path / "new", codec=Packing.FFV1)
    assert code_of(error) == "pyav-missing"
    assert "kinect-sync[archive]" in str(error.value)
    assert "--codec png" in str(error.value)
    assert not (tmp_path / "new").exists()


def test_names_in_a_list_of_checksums_lead_nowhere(copied: Path, tmp_path: Path) -> None:
    with (copied / "archive.sha256").open("a") as sums:
        sums.write(f"{'0' * 64}  ../../secret\n")
    assert verify(copied).verdict == "whole"
    (copied / "link.mkv").symlink_to("/etc/passwd")
    assert "link.mkv" not in restore(copied, tmp_path / "back").files


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
@pytest.mark.parametrize("codec", list(Packing))
def test_ffmpeg_takes_the_depth_out_that_an_export_writes(
    made: tuple[Path, Path], tmp_path: Path, codec: Packing
) -> None:
    if codec is Packing.FFV1:
        pytest.importorskip("av")
    from tests.review.exported import gray

    archive(made[0], tmp_path / "archive", codec=codec)
    export(made[0], tmp_path / "images", devices=("front",))
    (tmp_path / "depth").mkdir()
    file, pictures = tmp_path / "archive" / "front.mkv", tmp_path / "depth" / "%06d.png"
    command = ["ffmpeg", "-v", "error", "-i", file, "-map", "0:v:1", "-fps_mode", "passthrough", pictures]
    subprocess.run(command, check=True, timeout=60)
    found = sorted((tmp_path / "depth").iterdir())
    assert len(found) == 4
    wanted = sorted((tmp_path / "images" / "front" / "depth").iterdir())
    for path in wanted:
        assert (gray(path) == gray(found[int(path.stem)])).all()
    assert len(wanted) >= 2
